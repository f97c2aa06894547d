//! Texts of config files for people: every value that looks like a secret is
//! masked, whether or not a rule speaks of it, and control characters are escaped.

use crate::api::SnippetLine;
use crate::finding::FileIndex;
use crate::machine::Machine;
use crate::redact::{self, escape, mask, mask_all};
use crate::secret::{find, is_behind_flag, judge};
use crate::server::{Command, Pair, Server, Transport};

/// Lines shown before and after the marked one.
const AROUND: usize = 2;

/// Program and arguments as configured.
pub(super) fn all(command: &Command) -> Vec<&str> {
    std::iter::once(&command.program).chain(&command.args).map(|word| word.value.as_str()).collect()
}

/// The words of a command line, masked.
pub(super) fn words(all: &[&str]) -> Vec<String> {
    let secret = |index: usize| index > 0 && is_behind_flag(all[index - 1], all[index]);
    let words = all.iter().enumerate();
    words.map(|(index, word)| if secret(index) { escape(&mask(word)) } else { redact::text(word) }).collect()
}

/// The values to hide in the texts of one server.
fn hidden(server: &Server) -> Vec<String> {
    let inside = |text: &str| find(text).into_iter().map(|found| text[found.range].to_owned()).collect::<Vec<_>>();
    let pair = |pair: &Pair| {
        if judge(&pair.name, &pair.value.value).is_some() {
            vec![pair.value.value.clone()]
        } else {
            inside(&pair.value.value)
        }
    };
    let mut values: Vec<String> = server.env.iter().flat_map(pair).collect();
    match &server.transport {
        Transport::Stdio(command) => {
            let all = all(command);
            values.extend(all.iter().flat_map(|word| inside(word)));
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

/// A whole text of one config file.
pub(super) fn file(machine: &Machine, file: FileIndex, text: &str) -> String {
    let servers = machine.servers.iter().filter(|server| server.file == file);
    let values: Vec<String> = servers.flat_map(hidden).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    // A carriage return is no business of a reader's.
    let masked = mask_all(&text.replace("\r\n", "\n"), &values);
    masked.split_inclusive('\n').map(redact::text).collect()
}

/// The lines around `line`, masked.
pub(super) fn snippet(machine: &Machine, index: FileIndex, whole: &str, line: usize) -> Vec<SnippetLine> {
    let first = line.saturating_sub(AROUND + 1);
    let lines = whole.lines().enumerate().skip(first).take(line + AROUND - first);
    let (numbers, texts): (Vec<usize>, Vec<&str>) = lines.unzip();
    let masked = file(machine, index, &texts.join("\n"));
    let rows = numbers.into_iter().zip(masked.split('\n'));
    rows.map(|(number, text)| SnippetLine { number: number + 1, text: text.to_owned(), marked: number + 1 == line })
        .collect()
}
