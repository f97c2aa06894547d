//! Files of variables that entries name (`envFile`), read as data.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::Files;
use crate::dialect::{self, Spot};
use crate::document::{ReadError, is_remote, read_text};
use crate::facts::{EnvFile, EnvLine, Facts, FileFacts, ServerFacts};
use crate::machine::Machine;
use crate::server::Server;

/// The largest file that is read, and how much is read of all of them.
const LARGEST: u64 = 1024 * 1024;
const MOST: u64 = 4 * LARGEST;

/// Fills in `ServerFacts::env_file`.
pub(super) fn gather(machine: &Machine, files: &mut Files, facts: &mut Facts) {
    facts.servers.resize_with(machine.servers.len(), ServerFacts::default);
    let mut known: HashMap<PathBuf, Option<Arc<EnvFile>>> = HashMap::new();
    let mut left = MOST;
    for (server, facts) in machine.servers.iter().zip(&mut facts.servers) {
        let Some(path) = path(machine, server) else { continue };
        let read = known.entry(path).or_insert_with_key(|path| {
            let variables = read(path, &mut left)?;
            let seen = if variables.is_empty() { FileFacts::default() } else { files.facts(path) };
            Some(Arc::new(EnvFile { path: path.clone(), shown: machine.env.shown(path), facts: seen, variables }))
        });
        facts.env_file.clone_from(read);
    }
}

/// The file an entry names, if that is one and the same at every start.
fn path(machine: &Machine, server: &Server) -> Option<PathBuf> {
    let named = server.env_file.as_ref()?.value.as_str();
    let file = &machine.files[server.file.0];
    // Several readers of one file do not agree on what they put in.
    if file.has_several_readers() && !dialect::all(named).is_empty() {
        return None;
    }
    let mut path = String::new();
    let mut done = 0;
    for reference in file.row.expands.references(Spot::Env, named) {
        let variable = || machine.env.vars.get(reference.name).filter(|_| reference.form == dialect::Form::Env);
        let value = file.place_of(&machine.env, &reference).or_else(|| variable().cloned())?;
        path += &named[done..reference.range.start];
        path += &value;
        done = reference.range.end;
    }
    path += &named[done..];
    let path = Path::new(&path);
    if path.as_os_str().is_empty() || is_remote(path) {
        return None;
    }
    match &file.project {
        _ if path.is_absolute() => Some(path.to_owned()),
        Some(project) => Some(project.join(path)),
        None => None,
    }
}

/// The variables of a file, none where there is no such file; `None` for what
/// is no small regular file of text.
fn read(path: &Path, left: &mut u64) -> Option<Vec<EnvLine>> {
    // Reading itself refuses what is not a regular file.
    let size = fs::metadata(path).map(|meta| meta.len()).unwrap_or_default();
    if size > LARGEST || size > *left {
        return None;
    }
    *left -= size;
    match read_text(path) {
        Ok((_, text, _)) if text.len() as u64 <= 2 * LARGEST => Some(variables(&text)),
        Err(ReadError::Missing) => Some(Vec::new()),
        _ => None,
    }
}

/// `NAME=value`, `export NAME="value"`; comments are left out. A value ends
/// with its line, except for a private key in quotes.
fn variables(text: &str) -> Vec<EnvLine> {
    let text = text.trim_start_matches('\u{feff}');
    let mut variables = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let mut end = text[at..].find('\n').map_or(text.len(), |length| at + length);
        if let Some((name, value)) = assignment(&text[at..end]) {
            let quote = value.chars().next().filter(|first| matches!(first, '"' | '\'' | '`'));
            let inside = &value[quote.map_or(0, char::len_utf8)..];
            let mut closing = quote.and_then(|quote| inside.find(quote));
            let mut rest = inside;
            if let Some(quote) = quote.filter(|_| closing.is_none() && inside.starts_with("-----BEGIN ")) {
                rest = &text[end - inside.len()..];
                closing = rest.find(quote);
                let last = closing.map_or(end, |length| end - inside.len() + length);
                end = text[last..].find('\n').map_or(text.len(), |length| last + length);
            }
            let value = match (quote, closing) {
                (Some(_), Some(length)) => &rest[..length],
                (Some(_), None) => inside,
                (None, _) => inside.split(" #").next().unwrap_or(inside),
            };
            variables.push(EnvLine { name: name.to_owned(), value: value.trim().to_owned(), line });
        }
        line += text[at..end].matches('\n').count() + 1;
        at = end + 1;
    }
    variables
}

/// The name and everything behind the `=` of a line that is one.
fn assignment(row: &str) -> Option<(&str, &str)> {
    let row = row.trim_start();
    let row = row.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(row);
    let (name, value) = row.split_once('=')?;
    let name = name.trim();
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    (!name.is_empty() && name.chars().all(fits)).then(|| (name, value.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_shells_and_editors_read_it() {
        let key = "-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----";
        let text = format!(
            "\u{feff}Z=0\n# A=no\nA=1\r\n\nexport B = \"two # three\" # four\n C='x\nD=five # six\nexport=7\nno line\n\
             E=\"{key}\"\nF=`y`\n=8\nG H=9\nI=\n"
        );
        let found: Vec<_> = variables(&text).into_iter().map(|one| (one.name, one.value, one.line)).collect();
        let expected = [
            ("Z", "0", 1),
            ("A", "1", 3),
            ("B", "two # three", 5),
            ("C", "x", 6),
            ("D", "five", 7),
            ("export", "7", 8),
            ("E", key, 10),
            ("F", "y", 13),
            ("I", "", 16),
        ];
        assert_eq!(found, expected.map(|(name, value, line)| (name.to_owned(), value.to_owned(), line)));
    }

    #[test]
    fn quotes_that_do_not_end_take_no_time_and_no_panic() {
        assert_eq!(variables(&"A=\"-----BEGIN \n".repeat(50_000)).len(), 25_000);
        assert_eq!(variables("ä=1\nA=\"ü\nB=\"-----BEGIN ä\n").len(), 2);
    }
}
