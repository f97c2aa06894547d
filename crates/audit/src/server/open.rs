//! What an entry runs and where it is: programs, packages, images, scripts and
//! modules, the origins of addresses, and how it is run: flags, and words in a row.
//! All of it without what is secret in it.

use super::command::{Package, Payload};
use super::{Command, Server, Text, Transport};
use crate::secret::{find, is_random_word};

/// Pieces of one entry that have to be seen, as they are spelled there.
pub fn open(server: &Server) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(command) = server.command() {
        of_line(command, &mut all);
    }
    if let Some(command) = server.started() {
        without(&command.program.value, &mut all);
    }
    if let Transport::Http { url, .. } = &server.transport {
        origin(&url.value, &mut all);
    }
    all
}

fn of_line(command: &Command, all: &mut Vec<String>) {
    let (words, launch) = (command.words(), &command.launch);
    let text = |word: usize| words.get(word).map_or("", |word| word.value.as_str());
    // A whole line may stand in one word.
    all.extend(tokens(text(0)).next().map(str::to_owned));
    let mut packages: Vec<&Package> = launch.with.iter().collect();
    match &launch.payload {
        Payload::Package(package) => packages.push(package),
        Payload::Script { word: Some(word) } if launch.shell.is_none() => {
            without(text(*word), all);
            tokens(text(*word)).for_each(|token| without(token, all));
        }
        Payload::Script { word: Some(word) } => {
            let is_script = |token: &&str| SCRIPTS.iter().any(|ending| token.ends_with(ending));
            tokens(text(*word)).filter(is_script).for_each(|token| without(token, all));
        }
        Payload::Script { word: None } | Payload::Binary | Payload::Opaque(_) => {}
    }
    for package in packages {
        without(&package.name, all);
        if let Some(version) = &package.version {
            ["@", ":", "=="].iter().for_each(|mark| without(&format!("{}{mark}{version}", package.name), all));
        }
        tokens(text(package.word)).filter(|token| names(token, package)).for_each(|token| without(token, all));
    }
    // `--privileged`: nobody's key, whatever it is called.
    let flags = words.iter().map(|word| word.value.split('=').next().unwrap_or_default());
    all.extend(flags.filter(|flag| is_flag(flag)).map(str::to_owned));
    // Several words at once are no key either, unless they are one word on the line.
    let is_one = |word: &&Text| !word.value.contains(char::is_whitespace);
    for row in words.chunk_by(|a, b| is_one(a) && is_one(b)).filter(|row| row.len() > 1) {
        several(&row.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" "), all);
    }
    launch.shell.iter().for_each(|line| several(line, all));
    launch.bridge.iter().chain(&launch.inner).for_each(|name| without(name, all));
    if let Some((_, url)) = &launch.url {
        origin(url, all);
    }
}

/// Whether a word is the package's: `name[extra]==1.2`, `--from=name@1`.
fn names(word: &str, package: &Package) -> bool {
    let spec = match word.split_once('=') {
        Some((flag, spec)) if flag.starts_with('-') => spec,
        _ => word,
    };
    let rest = spec.strip_prefix(package.name.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['@', ':', '[', '=', '<', '>', '~', '!', '#']))
}

/// How the scripts on a shell's line are told from its other words.
const SCRIPTS: [&str; 10] = [".js", ".mjs", ".cjs", ".ts", ".py", ".sh", ".rb", ".php", ".jar", ".pl"];

fn is_flag(word: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    word.starts_with("--") && word.bytes().all(is_letter) && !is_random_word(word)
}

fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')).filter(|token| !token.is_empty())
}

/// `https://mcp.example.com:8443`, and the host alone; who may come in is no part of it.
fn origin(url: &str, all: &mut Vec<String>) {
    let Some((scheme, rest)) = url.split_once("://") else { return };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let host = rest[..end].rsplit('@').next().unwrap_or_default();
    all.extend([host.to_owned(), format!("{scheme}://{host}")]);
}

/// A text without the secrets that show in it: what is left of it on each side.
fn without(text: &str, all: &mut Vec<String>) {
    let mut at = 0;
    for found in find(text) {
        all.extend(text.get(at..found.range.start).map(str::to_owned));
        at = found.range.end;
    }
    all.extend(text.get(at..).map(str::to_owned));
}

/// The same of a line: only what is more than a word of it.
fn several(line: &str, all: &mut Vec<String>) {
    let mut pieces = Vec::new();
    without(line, &mut pieces);
    all.extend(pieces.into_iter().filter(|piece| piece.contains(char::is_whitespace)));
}
