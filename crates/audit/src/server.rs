//! One MCP server as its client would start it, whichever client wrote it.

pub mod command;

use std::ops::Range;

use warder_launch::profile::Profile;
use warder_launch::wrap::Wrapped;

use crate::clients::Client;
use crate::document::{KeyPath, Position};
use crate::finding::FileIndex;
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
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    LocalPackage,
    LocalScript,
    Remote,
    Bridge,
}

#[derive(Clone, Debug)]
pub enum Transport {
    Stdio(Command),
    Http { url: Text, sse: bool, headers: Vec<Pair> },
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
