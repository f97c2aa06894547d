//! One MCP server as its client would start it, whichever client wrote it.

pub mod command;

use std::ops::Range;

use warder_launch::profile::Profile;
use warder_launch::wrap::Wrapped;

use crate::clients::Client;
use crate::document::{KeyPath, Position};
use crate::finding::FileIndex;
use crate::id::short_hash;
use command::Launch;

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
    },
    /// The entry cannot be read as its client would; see `Machine::problems`.
    Unknown,
}

/// The launch line as written, and taken apart.
#[derive(Clone, Debug)]
pub struct Command {
    pub program: Text,
    pub args: Vec<Text>,
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
    pub enabled: bool,
    pub kind: Kind,
    pub transport: Transport,
    pub env: Vec<Pair>,
    pub cwd: Option<Text>,
}

impl Server {
    /// The launch line of a stdio server.
    pub fn command(&self) -> Option<&Command> {
        if let Transport::Stdio(command) = &self.transport { Some(command) } else { None }
    }

    /// Equal for two entries that start the same thing: the real launch line or
    /// the URL, whatever the name and the client.
    pub fn identity(&self) -> String {
        match &self.transport {
            Transport::Stdio(command) => {
                let words: Vec<&str> = command.words().iter().map(|word| word.value.as_str()).collect();
                short_hash(&words)
            }
            Transport::Http { url, .. } => short_hash(&["url", &url.value]),
            Transport::Unknown => short_hash(&[self.id.as_str()]),
        }
    }
}
