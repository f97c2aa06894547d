//! Keys that a server started here is given: out of its entry, into the keychain.

use std::ops::Range;

use serde_json::json;
use warder_launch::vault::{Handle, Secret};

use crate::api::Failure;
use crate::dialect::Spot;
use crate::document::{Key, KeyPath, Patch, Value};
use crate::finding::By;
use crate::redact::line;
use crate::secret::{PASSWORD_IN_URL, find, flag_takes_secret};
use crate::server::command::Assignment;
use crate::session::entry::{Entry, Handed, known};
use crate::session::failures::refused;

use super::{Draft, Drawn, Plan, Subject, by_hand};

/// What a key is called in the keychain where nothing beside it names it.
const NAMELESS: &str = "KEY";

/// What the URLs of databases begin with.
const DATABASES: &[&str] = &[
    "clickhouse",
    "cockroachdb",
    "couchdb",
    "db2",
    "mariadb",
    "mongodb",
    "mssql",
    "mysql",
    "neo4j",
    "oracle",
    "postgres",
    "postgresql",
    "redis",
    "rediss",
    "snowflake",
    "sqlserver",
];

/// A key that is moved.
struct Moved {
    handle: Handle,
    secret: Secret,
    /// The keychain held it already, for something else.
    shared: bool,
}

impl Subject<'_> {
    pub(super) fn keychain(&self, at: &KeyPath, range: &Range<usize>, by: &By, drawn: Drawn) -> Result<Plan, Failure> {
        let word = self.command.words().iter().position(|word| word.at == *at);
        match (by, word) {
            (By::Launcher, None) => self.own_variable(at, drawn),
            (By::Launcher, Some(index)) => self.inside_word(index, range, drawn),
            (By::Variable(name), Some(index)) => self.for_word(index, range, name, drawn),
            (By::Variable(name), None) => self.beside_file(name, drawn),
            _ => Err(by_hand()),
        }
    }

    /// The value of a variable of the entry.
    fn own_variable(&self, variable: &KeyPath, drawn: Drawn) -> Result<Plan, Failure> {
        let Some(Key::Name(name)) = variable.0.last() else { return Err(by_hand()) };
        let mut entry = Entry::of(self.env, self.file, self.server, self.command)?;
        let secret = match entry.env.remove(name) {
            Some(Handed::Plain(value)) => Secret::new(value),
            _ => return Err(refused(format!("{} holds no plain value", line(name)))),
        };
        let moved = self.moved(name, secret, drawn);
        entry.env.insert(name.clone(), Handed::Key(moved.handle.clone()));
        let (id, mut patches) = self.wrapped(drawn)?;
        patches.push(Patch::Set(variable.clone(), json!(moved.handle.reference())));
        let draft = Draft { id, entry, fencing: self.fencing(), wanted: None, added: Vec::new() };
        Ok(self.move_of(name, "which hands it the key.", Vec::new(), patches, moved, draft))
    }

    /// A part of a word, which the launcher puts back where it stood.
    fn inside_word(&self, index: usize, range: &Range<usize>, drawn: Drawn) -> Result<Plan, Failure> {
        let label = self.label(index, range);
        let (moved, written, handed) = self.cut(index, range, &label, drawn)?;
        let old = Entry::of(self.env, self.file, self.server, self.command)?;
        let mut words = old.words;
        words[index] = handed;
        let entry = Entry::given(self.env, self.file, self.server, self.command, words, Some(&moved.handle))?;
        let mut raw = self.written();
        raw[index] = written;
        let (id, patches) = self.started(&raw, drawn)?;
        let draft = Draft { id, entry, fencing: self.fencing(), wanted: None, added: Vec::new() };
        let notes = vec![
            "A secret in an argument stays visible to other processes: while the server runs, a list of processes \
             still shows it."
                .to_owned(),
        ];
        let named = if label == NAMELESS { self.described(index, range) } else { label };
        Ok(self.move_of(&named, "which puts the key into its arguments.", notes, patches, moved, draft))
    }

    /// A part of a word, which the server takes from the variable `name` in its stead.
    fn for_word(&self, index: usize, range: &Range<usize>, name: &str, drawn: Drawn) -> Result<Plan, Failure> {
        let (moved, ..) = self.cut(index, range, name, drawn)?;
        let raw = self.without(index, range, name)?;
        let handed = raw.iter().enumerate().map(|(at, word)| {
            let spot = if at == 0 { Spot::Command } else { Spot::Args };
            known(self.env, self.file, word, spot)
        });
        let handed = handed.collect::<Result<Vec<_>, _>>()?;
        let mut entry = Entry::with(self.env, self.file, self.server, self.command, handed)?;
        if entry.env.insert(name.to_owned(), Handed::Key(moved.handle.clone())).is_some() {
            return Err(refused(format!("the entry sets {} already", line(name))));
        }
        let (id, mut patches) = self.started(&raw, drawn)?;
        patches.push(self.set_variable(name, &moved.handle.reference()));
        let draft = Draft { id, entry, fencing: self.fencing(), wanted: None, added: Vec::new() };
        let notes = vec![format!("The key leaves the arguments: the server reads {} instead.", line(name))];
        Ok(self.move_of(name, "which hands it the key in a variable.", notes, patches, moved, draft))
    }

    /// A line of the entry's file of variables, which the entry's own variable wins over.
    fn beside_file(&self, name: &str, drawn: Drawn) -> Result<Plan, Failure> {
        let facts = self.machine.facts.server(self.index).and_then(|facts| facts.env_file.as_ref());
        let file = facts.ok_or_else(by_hand)?;
        // The last of two counts.
        let value = file.variables.iter().rfind(|one| one.name == name).ok_or_else(by_hand)?;
        let moved = self.moved(name, Secret::new(value.value.as_str()), drawn);
        let mut entry = Entry::of(self.env, self.file, self.server, self.command)?;
        if entry.env.insert(name.to_owned(), Handed::Key(moved.handle.clone())).is_some() {
            return Err(refused(format!("the entry sets {} already", line(name))));
        }
        let (id, mut patches) = self.wrapped(drawn)?;
        patches.push(self.set_variable(name, &moved.handle.reference()));
        let draft = Draft { id, entry, fencing: self.fencing(), wanted: None, added: Vec::new() };
        let notes = vec![format!(
            "{} still holds the key in line {}: take that line out once the server runs, unless something else reads it.",
            line(&file.shown),
            value.line
        )];
        Ok(self.move_of(name, "which hands it the key in the place of the file.", notes, patches, moved, draft))
    }

    /// The words without the key that the variable `name` holds from now on.
    fn without(&self, index: usize, range: &Range<usize>, name: &str) -> Result<Vec<String>, Failure> {
        let mut words = self.written();
        let is_option = |word: &String| word.starts_with('-');
        let assigned = |one: &&Assignment| one.word == index && one.name == name;
        if self.command.launch.assignments.iter().any(|one| assigned(&one)) {
            // `-e NAME=value`, `-eNAME=value`; or a word of `env`.
            if is_option(&words[index]) || is_option(&words[index - 1]) {
                words[index].truncate(range.start - 1);
            } else {
                words.remove(index);
            }
        } else if words[index].len() > range.end || words[index - 1] == "--header" {
            words[index].replace_range(range.clone(), &format!("${{{name}}}"));
        } else if range.start > 0 {
            words.remove(index);
        } else if is_option(&words[index - 1]) {
            words.drain(index - 1..=index);
        } else {
            return Err(by_hand());
        }
        Ok(words)
    }

    /// The key at `range` of a word, the word as it is written with its
    /// reference there, and as the client then hands it over.
    fn cut(
        &self,
        index: usize,
        range: &Range<usize>,
        label: &str,
        drawn: Drawn,
    ) -> Result<(Moved, String, String), Failure> {
        let word = &self.command.word(index).ok_or_else(by_hand)?.value;
        let (Some(head), Some(tail)) = (word.get(..range.start), word.get(range.end..)) else { return Err(by_hand()) };
        let with = |handle: &Handle| format!("{head}{}{tail}", handle.reference());
        let handed = |text: &str| known(self.env, self.file, text, Spot::Args);
        // What the client puts in for the rest is not a part of the key.
        let new = Handle::new(label, drawn.key);
        let around = handed(&with(&new))?;
        let whole = handed(word)?;
        let key = around
            .split_once(&new.reference())
            .and_then(|(before, after)| whole.strip_prefix(before)?.strip_suffix(after).filter(|key| !key.is_empty()));
        let key =
            key.ok_or_else(|| refused(format!("{} reads this argument in its own way", self.file.client.name)))?;
        let moved = self.moved(label, Secret::new(key), drawn);
        let written = with(&moved.handle);
        let handed = handed(&written)?;
        Ok((moved, written, handed))
    }

    /// The item for a key: a new one, or that which holds it already.
    fn moved(&self, label: &str, secret: Secret, drawn: Drawn) -> Moved {
        match (self.held)(&secret) {
            Some(handle) => Moved { handle, secret, shared: true },
            None => Moved { handle: Handle::new(label, drawn.key), secret, shared: false },
        }
    }

    /// What the key in a word is called: the flag or name before it, where
    /// that is the name of a key, and never a part of another one.
    fn label(&self, index: usize, range: &Range<usize>) -> String {
        let words = self.written();
        let before = match range.start {
            0 => words[index - 1].as_str(),
            start => &words[index][..start],
        };
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let mut names = before.split(|c| !is_part(c)).map(|name| name.trim_matches('-'));
        let name = names.rfind(|name| !name.is_empty()).unwrap_or_default();
        let shouted = name.to_ascii_uppercase().replace('-', "_");
        let is_name = name.len() <= 24 && flag_takes_secret(&format!("--{name}"));
        if is_name { shouted } else { NAMELESS.to_owned() }
    }

    /// What a key in a word is, where nothing names it: `a GitHub token`, `the password of a database URL`.
    fn described(&self, index: usize, range: &Range<usize>) -> String {
        let word = &self.written()[index];
        let found = find(word).into_iter().find(|found| found.range.start < range.end && range.start < found.range.end);
        let scheme = word[..range.start].rsplit_once("://").map(|(before, _)| before);
        let scheme = scheme.map(|before| before.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '+').next());
        let of_database = |scheme: &str| DATABASES.contains(&scheme.split('+').next().unwrap_or(scheme));
        match (found, scheme.flatten()) {
            (Some(found), Some(scheme)) if found.verdict.kind == PASSWORD_IN_URL => {
                if of_database(&scheme.to_ascii_lowercase()) {
                    "the password of a database URL".to_owned()
                } else {
                    "the password of a URL".to_owned()
                }
            }
            (Some(found), _) => found.verdict.kind,
            (None, _) => "a key".to_owned(),
        }
    }

    /// One more variable in the entry's own, which may not be there yet.
    fn set_variable(&self, name: &str, value: &str) -> Patch {
        let beside = |at: &KeyPath| KeyPath(at.0[..at.0.len().saturating_sub(1)].to_vec());
        if let Some(pair) = self.server.env.first() {
            return Patch::Set(beside(&pair.value.at).name(name), json!(value));
        }
        let place = beside(match &self.command.line {
            crate::server::Line::Apart { command, .. } => command,
            crate::server::Line::Whole(command) => command,
        });
        let spelled = self.file.row.spelling.env;
        let node = |member: &&&str| {
            let node = self.machine.document(self.server.file)?.get(&place)?.member(member)?;
            matches!(node.value, Value::Object(_)).then_some(())
        };
        match spelled.iter().find(|member| node(member).is_some()) {
            Some(member) => Patch::Set(place.name(*member).name(name), json!(value)),
            None => Patch::Set(place.name(spelled[0]), json!({ name: value })),
        }
    }

    fn move_of(
        &self,
        name: &str,
        does: &str,
        mut notes: Vec<String>,
        patches: Vec<Patch>,
        moved: Moved,
        draft: Draft,
    ) -> Plan {
        let name = line(name);
        if moved.shared {
            notes.push("The keychain holds this key already: one item will serve all its uses.".to_owned());
        }
        notes.push("The key has stood here in plain text: replace it at its provider as well.".to_owned());
        Plan {
            file: self.server.file,
            server: Some(self.index),
            title: format!("Move {name} to the keychain"),
            past: format!("Moved {name} to the keychain"),
            summary: format!(
                "{} will start {} through Warder's launcher, {does}",
                self.server.client.name,
                line(&self.server.name)
            ),
            notes,
            patches,
            mode: None,
            stash: vec![(moved.handle, moved.secret)],
            draft: Some(draft),
            ready: None,
            back: None,
        }
    }
}
