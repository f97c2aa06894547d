//! One MCP server as its client would start it, whichever client wrote it.

pub mod command;
pub mod open;

use std::ops::Range;
use std::path::PathBuf;

use serde_json::{Value, json};
use warder_launch::profile::{Profile, ProfileId};
use warder_launch::wrap::Wrapped;

use crate::clients::{Client, Scope};
use crate::document::{KeyPath, Patch, Position};
use crate::finding::{FileIndex, ServerIndex};
use crate::id::short_hash;
use command::{Launch, Payload};

/// A text of an entry and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub value: String,
    pub at: KeyPath,
    pub span: Range<usize>,
}

/// A variable or header of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub name: String,
    pub value: Text,
}

/// The scoring profile (rules-and-scoring §3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, ts_rs::TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    LocalPackage,
    LocalScript,
    Remote,
    Bridge,
}

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every server is started here")]
pub enum Transport {
    Stdio(Command),
    Http {
        url: Text,
        sse: bool,
        headers: Vec<Pair>,
        /// Our relay, if the entry comes to the server through it.
        relay: Option<Relay>,
    },
    /// The entry cannot be read as its client would; see `Machine::problems`.
    Unknown,
}

/// Warder's relay in an entry with a server elsewhere. URL and headers of the
/// transport are as they were, with references where keys stood.
#[derive(Clone, Debug)]
pub enum Relay {
    /// The entry starts it; its `words` are the URL and how the server is spoken to.
    Started(Box<Command>),
    /// The client asks it for headers at each connection.
    Asked { at: KeyPath, id: ProfileId, profile: Option<Box<Profile>> },
}

/// Where an entry keeps its launch line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The program at one place, its arguments at another (where they would
    /// stand, if there are none yet).
    Apart { command: KeyPath, args: KeyPath },
    /// The program and its arguments in one list.
    Whole(KeyPath),
}

/// The launch line as written, and taken apart.
#[derive(Clone, Debug)]
pub struct Command {
    pub program: Text,
    pub args: Vec<Text>,
    /// Where they are written.
    pub line: Line,
    /// Of our own wrapper, if the entry starts it.
    pub wrapped: Option<Wrapped>,
    /// What the wrapper's profile says; `None` unwrapped, or when the profile
    /// cannot be read (then the entry would not start).
    pub profile: Option<Box<Profile>>,
    /// What is started in the end; our own wrapper is already taken off. Its
    /// word indexes count from `words()`.
    pub launch: Launch,
}

impl Command {
    /// The words of the real command (program first), our wrapper taken off.
    pub fn words(&self) -> Vec<&Text> {
        let all = std::iter::once(&self.program).chain(&self.args);
        all.skip(if self.wrapped.is_some() { Wrapped::PREFIX + 1 } else { 0 }).collect()
    }

    /// Whether our wrapper is told what no entry tells it: then it starts nothing.
    pub fn asks_to_be_watched(&self) -> bool {
        self.wrapped.is_some() && self.args.first().is_some_and(|word| word.value == Wrapped::LEARN)
    }

    /// What to change in the file so that this line is started instead.
    pub fn rewrite(&self, program: &str, args: &[String]) -> Vec<Patch> {
        match &self.line {
            Line::Apart { command, args: at } => {
                let mut patches = Vec::new();
                if program != self.program.value {
                    patches.push(Patch::Set(command.clone(), json!(program)));
                }
                patches.push(Patch::Set(at.clone(), json!(args)));
                patches
            }
            Line::Whole(at) => {
                let words: Vec<&str> = std::iter::once(program).chain(args.iter().map(String::as_str)).collect();
                vec![Patch::Set(at.clone(), json!(words))]
            }
        }
    }

    /// The program and its arguments once `patches` are applied.
    pub fn rewritten(&self, patches: &[Patch]) -> (String, Vec<String>) {
        let mut program = self.program.value.clone();
        let mut args: Vec<String> = self.args.iter().map(|arg| arg.value.clone()).collect();
        let texts = |value: &Value| -> Vec<String> {
            let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
            list.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect()
        };
        for patch in patches {
            let Patch::Set(set, value) = patch else { continue };
            match &self.line {
                Line::Apart { command, .. } if set == command => {
                    program = value.as_str().unwrap_or_default().to_owned();
                }
                Line::Apart { args: at, .. } if set == at => args = texts(value),
                Line::Whole(at) if set == at => {
                    let mut words = texts(value).into_iter();
                    program = words.next().unwrap_or_default();
                    args = words.collect();
                }
                _ => {}
            }
        }
        (program, args)
    }

    /// One of `words()`.
    pub fn word(&self, index: usize) -> Option<&Text> {
        let index = index + if self.wrapped.is_some() { Wrapped::PREFIX + 1 } else { 0 };
        if index == 0 { Some(&self.program) } else { self.args.get(index - 1) }
    }
}

#[derive(Clone, Debug)]
pub struct Server {
    /// Hash of client, home-relative path and pointer; 16 hex characters.
    pub id: String,
    pub client: &'static Client,
    pub file: FileIndex,
    pub name: String,
    /// The entry: `/mcpServers/github`.
    pub at: KeyPath,
    pub span: Range<usize>,
    /// Of the entry's name.
    pub position: Position,
    /// Whose entry it is; with `Local` and `Project`, of `project`.
    pub scope: Scope,
    /// The folder this entry counts in; `None` everywhere.
    pub project: Option<PathBuf>,
    pub enabled: bool,
    /// Entries of the same name that win over this one where they count
    /// (indexes into `Machine::servers`), at most 50.
    pub under: Vec<ServerIndex>,
    pub kind: Kind,
    pub transport: Transport,
    pub env: Vec<Pair>,
    pub cwd: Option<Text>,
    /// A file of variables that the client reads as well, as the entry names it.
    pub env_file: Option<Text>,
}

impl Server {
    /// The launch line of a stdio server.
    pub fn command(&self) -> Option<&Command> {
        if let Transport::Stdio(command) = &self.transport { Some(command) } else { None }
    }

    /// The name of one of the headers of a server elsewhere.
    pub fn header(&self, index: usize) -> Option<&str> {
        let Transport::Http { headers, .. } = &self.transport else { return None };
        headers.get(index).map(|header| header.name.as_str())
    }

    /// Our relay, if it stands between the client and a server elsewhere.
    pub fn relay(&self) -> Option<&Relay> {
        if let Transport::Http { relay, .. } = &self.transport { relay.as_ref() } else { None }
    }

    /// What the client starts: the launch line of a stdio server, or our relay's.
    pub fn started(&self) -> Option<&Command> {
        match self.relay() {
            Some(Relay::Started(command)) => Some(command),
            _ => self.command(),
        }
    }

    /// The profile that our own wrapper around this entry, or our relay in it, names; `None`: there is neither.
    pub fn profile_id(&self) -> Option<&ProfileId> {
        match self.relay() {
            Some(Relay::Asked { id, .. }) => Some(id),
            _ => Some(&self.started()?.wrapped.as_ref()?.profile),
        }
    }

    /// That profile, where it can be read.
    pub fn profile(&self) -> Option<&Profile> {
        match self.relay() {
            Some(Relay::Asked { profile, .. }) => profile.as_deref(),
            _ => self.started()?.profile.as_deref(),
        }
    }

    /// Equal for two entries that start the same server, whatever their names and
    /// clients: the package and the server's own arguments (not the version, not
    /// how it is fetched), else the whole real launch line, or the URL.
    pub fn identity(&self) -> String {
        match &self.transport {
            Transport::Stdio(command) => {
                let words: Vec<&str> = command.words().iter().map(|word| word.value.as_str()).collect();
                let mut same = match &command.launch.payload {
                    Payload::Package(package) => vec!["package", &package.name],
                    _ => vec!["line", program(words[0])],
                };
                let own = if same[0] == "line" { 1 } else { command.launch.arguments };
                same.extend(words.get(own..).unwrap_or_default());
                short_hash(&same)
            }
            Transport::Http { url, .. } => short_hash(&["url", &url.value]),
            Transport::Unknown => short_hash(&[self.id.as_str()]),
        }
    }
}

/// A program's name without its folder: clients are given `node` and `/usr/bin/node`.
fn program(word: &str) -> &str {
    word.rsplit(['/', '\\']).next().unwrap_or(word)
}
