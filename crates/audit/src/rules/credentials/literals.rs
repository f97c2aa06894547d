//! Every secret that stands in plain text, found once for all rules that speak of secrets.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use crate::dialect::Spot;
use crate::facts::{EnvFile, FileFacts};
use crate::finding::{Confidence, FileIndex, Finding, Place, ServerIndex, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, place, servers};
use crate::secret::{self, Verdict};
use crate::server::{Command, Pair, Server, Text, Transport};

/// Where in its entry a secret stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules) enum Seat {
    /// One of `Server::env`.
    Variable(usize),
    /// One of the headers.
    Header(usize),
    Url,
    /// One of `Command::words`.
    Word(usize, Carrier),
}

/// How a secret stands on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::rules) enum Carrier {
    /// `-e NAME=value` of a container, `env NAME=value`.
    Variable(String),
    /// `--api-key value`, `--api-key=value`, `--header 'Name: value'`.
    Flag(String),
    /// In a URL.
    Url,
    /// Anywhere else.
    Bare,
}

/// A secret in an entry. Holds its place, never its value.
pub(in crate::rules) struct Literal {
    pub(super) server: ServerIndex,
    pub(super) seat: Seat,
    /// Of the secret itself in the text of its seat.
    pub(super) range: Range<usize>,
    pub(super) verdict: Verdict,
}

impl Literal {
    pub(super) fn text<'a>(&self, machine: &'a Machine) -> &'a Text {
        let server = &machine.servers[self.server.0];
        match (&self.seat, &server.transport) {
            (Seat::Variable(index), _) => &server.env[*index].value,
            (Seat::Header(index), Transport::Http { headers, .. }) => &headers[*index].value,
            (Seat::Url, Transport::Http { url, .. }) => url,
            (Seat::Word(index, _), Transport::Stdio(command)) => command.word(*index).expect("a secret was seen there"),
            _ => unreachable!("a seat is in the transport it was found in"),
        }
    }

    pub(super) fn value<'a>(&self, machine: &'a Machine) -> &'a str {
        &self.text(machine).value[self.range.clone()]
    }

    pub(super) fn place(&self, machine: &Machine) -> Place {
        place::text(machine, &machine.servers[self.server.0], self.text(machine))
    }
}

/// A file of variables with secrets in it.
pub(in crate::rules) struct Held {
    pub(super) file: Arc<EnvFile>,
    /// Those that are given it, at least one.
    pub(super) servers: Vec<ServerIndex>,
    /// Indexes into its variables.
    pub(super) secrets: Vec<(usize, Verdict)>,
}

/// All secrets of a machine.
#[derive(Default)]
pub(in crate::rules) struct Literals {
    /// In the order of the servers.
    pub(super) entries: Vec<Literal>,
    pub(super) env_files: Vec<Held>,
}

impl Findings {
    /// The secrets of the machine; looked for at the first call.
    pub(super) fn literals(&mut self, machine: &Machine) -> Arc<Literals> {
        self.literals.get_or_insert_with(|| Arc::new(Literals::of(machine))).clone()
    }
}

impl Literals {
    /// Servers whose URL holds one.
    pub(super) fn in_urls(&self) -> HashSet<ServerIndex> {
        self.entries.iter().filter(|literal| literal.seat == Seat::Url).map(|literal| literal.server).collect()
    }

    fn of(machine: &Machine) -> Literals {
        let mut all = Literals::default();
        let mut files: HashMap<*const EnvFile, usize> = HashMap::new();
        for (index, server) in servers(machine) {
            entry(machine, index, server, &mut all.entries);
            let Some(file) = machine.facts.server(index).and_then(|facts| facts.env_file.as_ref()) else { continue };
            let known = *files.entry(Arc::as_ptr(file)).or_insert_with(|| {
                let judge = |(index, line): (usize, &crate::facts::EnvLine)| {
                    Some((index, secret::judge(&line.name, &line.value)?))
                };
                let secrets = file.variables.iter().enumerate().filter_map(judge).collect();
                all.env_files.push(Held { file: file.clone(), servers: Vec::new(), secrets });
                all.env_files.len() - 1
            });
            all.env_files[known].servers.push(index);
        }
        all.env_files.retain(|held| !held.secrets.is_empty());
        all
    }
}

/// The secrets of one entry.
fn entry(machine: &Machine, index: ServerIndex, server: &Server, all: &mut Vec<Literal>) {
    let mut add = |seat, found: Option<(Range<usize>, Verdict)>| {
        all.extend(found.map(|(range, verdict)| Literal { server: index, seat, range, verdict }));
    };
    // `$token` is a password for one client and a reference for another.
    let expands = &machine.files[server.file.0].row.expands;
    let pair = |spot: Spot, pair: &Pair| match expands.is_reference(spot, pair.value.value.trim()) {
        true => None,
        false => judged(&pair.name, &pair.value.value),
    };
    for (at, variable) in server.env.iter().enumerate() {
        add(Seat::Variable(at), pair(Spot::Env, variable));
    }
    match &server.transport {
        Transport::Http { url, headers, .. } => {
            add(Seat::Url, judged("", &url.value));
            for (at, header) in headers.iter().enumerate() {
                add(Seat::Header(at), pair(Spot::Headers, header));
            }
        }
        Transport::Stdio(command) => words(command, &mut add),
        Transport::Unknown => {}
    }
}

fn words(command: &Command, add: &mut impl FnMut(Seat, Option<(Range<usize>, Verdict)>)) {
    let mut assigned = HashMap::new();
    for assignment in &command.launch.assignments {
        assigned.entry(assignment.word).or_insert(assignment);
    }
    let words = command.words();
    for (index, word) in words.iter().enumerate() {
        let text = word.value.as_str();
        if let Some(assignment) = assigned.get(&index) {
            let inside = text.get(assignment.range.clone()).unwrap_or_default();
            let start = assignment.range.start;
            let found = judged(&assignment.name, inside);
            let found = found.map(|(range, verdict)| (range.start + start..range.end + start, verdict));
            add(Seat::Word(index, Carrier::Variable(assignment.name.clone())), found);
            continue;
        }
        let before = index.checked_sub(1).map_or("", |before| words[before].value.as_str());
        if let Some((carrier, range, verdict)) = on_the_line(before, text) {
            add(Seat::Word(index, carrier), Some((range, verdict)));
        }
    }
}

/// The value of a header (its `name`) or of a URL (no name) with something in the place of each of its secrets.
pub(crate) fn without(name: &str, value: &str, mut put: impl FnMut(&str) -> String) -> String {
    /// More than anybody writes into one text.
    const MOST: usize = 32;
    let mut text = value.to_owned();
    for _ in 0..MOST {
        let Some((range, _)) = judged(name, &text) else { break };
        let instead = put(&text[range.clone()]);
        text.replace_range(range, &instead);
    }
    text
}

/// What a word behind `before` holds, if a secret.
fn on_the_line(before: &str, text: &str) -> Option<(Carrier, Range<usize>, Verdict)> {
    let (flag, value) = match text.split_once('=') {
        Some((flag, value)) if flag.starts_with('-') => (flag, value),
        _ => (before, text),
    };
    let offset = text.len() - value.len();
    let flagged = |found: Option<(Range<usize>, Verdict)>, start: usize| {
        let (range, verdict) = found?;
        let range = range.start + start..range.end + start;
        let carrier = if is_in_url(text, range.start) { Carrier::Url } else { Carrier::Flag(flag.to_owned()) };
        Some((carrier, range, verdict))
    };
    if secret::flag_takes_secret(flag)
        && !value.starts_with('-')
        && let Some(found) = flagged(judged(flag.trim_start_matches('-'), value), offset)
    {
        return Some(found);
    }
    if matches!(flag, "-H" | "--header" | "--headers")
        && let Some((name, header)) = value.split_once(':')
        && let Some(found) = flagged(judged(name.trim(), header), text.len() - header.len())
    {
        return Some(found);
    }
    let found = secret::find(text).into_iter().max_by_key(|found| found.verdict.confidence)?;
    let carrier = if is_in_url(text, found.range.start) { Carrier::Url } else { Carrier::Bare };
    Some((carrier, found.range, found.verdict))
}

/// Whether what begins at `at` belongs to a URL.
fn is_in_url(text: &str, at: usize) -> bool {
    let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>');
    text[..at].rsplit(end).next().is_some_and(|word| word.contains("://"))
}

/// A secret and its own bytes in the value of a name: without `Bearer`, without the rest of a URL.
fn judged(name: &str, value: &str) -> Option<(Range<usize>, Verdict)> {
    let verdict = secret::judge(name, value)?;
    let inside = secret::find(value).into_iter().find(|found| found.verdict == verdict);
    let start = value.len() - value.trim_start().len();
    let whole = || start..start + value.trim().len();
    Some((inside.map_or_else(whole, |found| found.range), verdict))
}

/// `a GitHub token` -> `GitHub token`.
pub(super) fn noun(kind: &str) -> &str {
    kind.strip_prefix("a ").or_else(|| kind.strip_prefix("an ")).unwrap_or(kind)
}

/// What is only perhaps a secret, or nobody's, is worth a look and no alarm.
pub(super) fn weigh(finding: &mut Finding, verdict: &Verdict) {
    if verdict.weak_default || verdict.confidence == Confidence::Low {
        finding.severity(Severity::Low);
    }
}

/// A file with secrets in it, and whose they are.
pub(super) struct Exposed<'a> {
    /// The config; `None`: a file of variables.
    pub(super) config: Option<FileIndex>,
    /// As people read it.
    pub(super) shown: String,
    pub(super) facts: &'a FileFacts,
    /// One of them: `a GitHub token`.
    pub(super) kind: &'a str,
    /// The first that is on; the file is spoken of once, at its entry.
    pub(super) server: ServerIndex,
    /// The others with a secret there.
    pub(super) also: Vec<ServerIndex>,
    /// That it is one.
    pub(super) confidence: Confidence,
}

impl Exposed<'_> {
    pub(super) fn place(&self, machine: &Machine) -> Place {
        let server = &machine.servers[self.server.0];
        match &server.env_file {
            Some(named) if self.config.is_none() => place::text(machine, server, named),
            _ => place::entry(server),
        }
    }
}

/// Every file of which something is known and that holds a secret which is
/// worth something elsewhere, too.
pub(super) fn exposed<'a>(machine: &'a Machine, literals: &'a Literals) -> Vec<Exposed<'a>> {
    let mut files = Vec::new();
    let first = |servers: &[ServerIndex]| {
        let on = servers.iter().find(|index| machine.servers[index.0].enabled);
        *on.unwrap_or(&servers[0])
    };
    let mut add = |config, shown: &str, facts, servers: Vec<ServerIndex>, verdicts: &[&'a Verdict]| {
        let Some(surest) = verdicts.iter().max_by_key(|verdict| verdict.confidence) else { return };
        let server = first(&servers);
        let also = servers.into_iter().filter(|index| *index != server).collect();
        let (kind, confidence) = (surest.kind.as_str(), surest.confidence);
        files.push(Exposed { config, shown: named(shown), facts, kind, server, also, confidence });
    };
    // The servers of a file stand together.
    for part in literals.entries.chunk_by(|a, b| file_of(machine, a) == file_of(machine, b)) {
        let file = file_of(machine, &part[0]);
        let Some(facts) = machine.facts.file(file) else { continue };
        let part: Vec<&Literal> = part.iter().filter(|literal| !literal.verdict.weak_default).collect();
        let mut servers: Vec<ServerIndex> = part.iter().map(|literal| literal.server).collect();
        servers.dedup();
        let verdicts: Vec<&Verdict> = part.iter().map(|literal| &literal.verdict).collect();
        add(Some(file), &machine.files[file.0].shown, facts, servers, &verdicts);
    }
    for held in &literals.env_files {
        add(None, &held.file.shown, &held.file.facts, held.servers.clone(), &held.worth());
    }
    files
}

impl Held {
    /// Those that are worth something elsewhere, too.
    fn worth(&self) -> Vec<&Verdict> {
        self.secrets.iter().map(|(_, verdict)| verdict).filter(|verdict| !verdict.weak_default).collect()
    }
}

fn file_of(machine: &Machine, literal: &Literal) -> FileIndex {
    machine.servers[literal.server.0].file
}

/// Marks a check of the files that secrets stand in: made where there is no
/// secret, and where `known` of every file that holds one.
pub(super) fn mark(
    machine: &Machine,
    literals: &Literals,
    found: &mut Findings,
    check: Check,
    known: impl Fn(&FileFacts) -> bool,
) {
    let mut unknown: Vec<bool> = servers(machine)
        .map(|(index, server)| {
            let unread = || machine.facts.server(index).is_none_or(|facts| facts.env_file.is_none());
            matches!(server.transport, Transport::Unknown) || server.env_file.is_some() && unread()
        })
        .collect();
    for literal in literals.entries.iter().filter(|literal| !literal.verdict.weak_default) {
        let facts = machine.facts.file(file_of(machine, literal));
        unknown[literal.server.0] |= !facts.is_some_and(&known);
    }
    for held in literals.env_files.iter().filter(|held| !held.worth().is_empty() && !known(&held.file.facts)) {
        held.servers.iter().for_each(|index| unknown[index.0] = true);
    }
    for (index, _) in servers(machine).filter(|(index, _)| !unknown[index.0]) {
        found.evaluated(index, check);
    }
}
