//! Where every client keeps its servers: one table.
//!
//! Adding a client is adding a row. Facts and their sources are in the rows'
//! comments; nothing here touches a disk.

use serde::Serialize;
use ts_rs::TS;

use crate::document::Format;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Os {
    Linux,
    Macos,
    Windows,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    User,
    Project,
}

/// What a client expands in an entry before it starts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Nothing: the server gets the text itself.
    Nothing,
    /// `${env:X}`, `${userHome}`, `${workspaceFolder}` …
    Cursor,
    /// The same and `${input:x}`, `${command:x}`, `${config:x}`, a leading `~`.
    VsCode,
    /// `${X}` and `${X:-default}`.
    Shell,
}

/// How a client starts a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Only a short list of variables is handed down (client-formats §1.1).
    pub short_env: bool,
    /// The entry's `cwd` has an effect.
    pub cwd: bool,
}

/// When its file may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Watched by the client; a changed file is picked up.
    Any,
    /// Its client writes its own copy back: only while none of these programs runs.
    Closed(&'static [&'static str]),
}

/// The folder a place is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    Home,
    /// `XDG_CONFIG_HOME`, `~/Library/Application Support`, `%APPDATA%`.
    Config,
    /// `%LOCALAPPDATA%`; Windows only.
    LocalAppData,
    /// A project folder given by the user.
    Project,
}

/// One place a client looks in. A `*` step stands for every folder that matches.
#[derive(Clone, Copy, Debug)]
pub struct ConfigFile {
    pub os: &'static [Os],
    pub base: Base,
    pub path: &'static str,
    pub scope: Scope,
    pub format: Format,
    /// Where the map of servers stands; the first root that is there counts.
    pub roots: &'static [&'static [&'static str]],
    pub writing: Writing,
}

#[derive(Debug)]
pub struct Client {
    pub id: &'static str,
    pub name: &'static str,
    pub files: &'static [ConfigFile],
    pub expands: Dialect,
    pub start: Start,
}
