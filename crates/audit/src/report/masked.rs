//! Texts of config files for people: every value that looks like a secret is
//! masked, whether or not a rule speaks of it, and control characters are escaped.

mod loose;
mod tree;
mod veil;

use crate::api::SnippetLine;
use crate::dialect::is_variable;
use crate::document::{KeyPath, Node};
use crate::finding::FileIndex;
use crate::machine::Machine;
use crate::redact::{self, Known, escape, mask, mask_all};
use crate::secret::{find, is_behind_flag, judge};
use crate::server::{Command, Pair, Server, Transport};
use veil::draw;

/// Lines shown before and after the marked one.
const AROUND: usize = 2;

/// Program and arguments as configured.
pub(super) fn all(command: &Command) -> Vec<&str> {
    std::iter::once(&command.program).chain(&command.args).map(|word| word.value.as_str()).collect()
}

/// The words of a command line, masked.
pub(super) fn words(all: &[&str]) -> Vec<String> {
    let secret = |index: usize| index > 0 && is_behind_flag(all[index - 1], all[index]);
    let shown = |(index, word): (usize, &&str)| match flagged(word).or_else(|| assigned(word)) {
        _ if secret(index) => escape(&mask(word)),
        Some(value) => escape(&format!("{}{}", &word[..word.len() - value.len()], mask(value))),
        None => redact::text(word),
    };
    all.iter().enumerate().map(shown).collect()
}

/// The secret of `--token=secret`. Of a word it is all that follows, whatever signs
/// are in it; in running text it would end at the first comma.
fn flagged(word: &str) -> Option<&str> {
    let (flag, value) = word.split_once('=').filter(|(flag, _)| flag.starts_with('-'))?;
    is_behind_flag(flag, value).then_some(value)
}

/// The secret of `API_KEY=secret`, as it is handed to a container.
fn assigned(word: &str) -> Option<&str> {
    let (name, value) = word.split_once('=').filter(|(name, _)| is_variable(name))?;
    judge(name, value).is_some().then_some(value)
}

/// The secrets inside a text.
fn inside(text: &str) -> Vec<String> {
    find(text).into_iter().map(|found| text[found.range].to_owned()).collect()
}

/// What is secret of a value with a name: all of it, or what stands in it.
fn of_pair(name: &str, value: &str) -> Vec<String> {
    if judge(name, value).is_some() { vec![value.to_owned()] } else { inside(value) }
}

/// The values to hide in the texts of one server.
fn hidden(server: &Server) -> Vec<String> {
    let pair = |pair: &Pair| of_pair(&pair.name, &pair.value.value);
    let mut values: Vec<String> = server.env.iter().flat_map(pair).collect();
    match &server.transport {
        Transport::Stdio(command) => {
            let all = all(command);
            values.extend(all.iter().flat_map(|word| inside(word)));
            values.extend(all.iter().filter_map(|word| flagged(word).or_else(|| assigned(word))).map(str::to_owned));
            let pairs = all.windows(2).filter(|pair| is_behind_flag(pair[0], pair[1]));
            values.extend(pairs.map(|pair| pair[1].to_owned()));
        }
        Transport::Http { url, headers, .. } => {
            values.extend(inside(&url.value));
            values.extend(headers.iter().flat_map(pair));
        }
        Transport::Unknown => {}
    }
    values
}

/// What the files' inputs fill in for a password that nobody gave.
pub(super) fn filled_in(machine: &Machine) -> Vec<String> {
    let mut all = Vec::new();
    for (index, file) in machine.files.iter().enumerate().filter(|(_, file)| !file.row.inputs.is_empty()) {
        let at = file.row.inputs.iter().fold(KeyPath::default(), |at, step| at.name(*step));
        let inputs = machine.document(FileIndex(index)).and_then(|document| document.get(&at));
        let defaults = inputs.into_iter().flat_map(Node::items).filter_map(tree::filled_in).filter_map(Node::as_str);
        let worth = |value: &&str| judge("password", value).is_some_and(|verdict| !verdict.weak_default);
        all.extend(defaults.filter(worth).map(|value| value.trim().to_owned()));
    }
    all
}

/// A whole text of one config file.
pub(super) fn file(machine: &Machine, known: &Known, file: FileIndex, text: &str) -> String {
    let format = machine.files[file.0].format;
    let drawn = draw(text, tree::veils(text, format, known));
    again(machine, known, file, &drawn)
}

/// What is left is searched for the values of the file's servers, whatever wrote
/// them there, and for what shows by itself that it is a key.
fn again(machine: &Machine, known: &Known, file: FileIndex, text: &str) -> String {
    let servers = machine.servers.iter().filter(|server| server.file == file);
    let values: Vec<String> = servers.flat_map(hidden).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).filter(|value| known.hides(value)).collect();
    // A carriage return is no business of a reader's.
    let masked = mask_all(&known.hide(&text.replace("\r\n", "\n")), &values);
    masked.split_inclusive('\n').map(redact::text).collect()
}

/// The lines around `line`, masked.
pub(super) fn snippet(
    machine: &Machine,
    known: &Known,
    index: FileIndex,
    whole: &str,
    line: usize,
) -> Vec<SnippetLine> {
    let format = machine.files[index.0].format;
    let drawn = draw(whole, tree::veils(whole, format, known));
    let first = line.saturating_sub(AROUND + 1);
    let lines = drawn.lines().enumerate().skip(first).take(line + AROUND - first);
    let (numbers, texts): (Vec<usize>, Vec<&str>) = lines.unzip();
    let masked = again(machine, known, index, &texts.join("\n"));
    let rows = numbers.into_iter().zip(masked.split('\n'));
    rows.map(|(number, text)| SnippetLine { number: number + 1, text: text.to_owned(), marked: number + 1 == line })
        .collect()
}
