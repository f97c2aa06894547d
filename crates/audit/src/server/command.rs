//! The launch line taken apart: wrappers, launcher, package, version,
//! container, script, bridge URL.
//!
//! Grammar of each launcher: client-formats §20. Unclear grammar is `Opaque`,
//! never a guess. Pure text: nothing is looked up, expanded or started.

use crate::clients::Os;

/// What starts the payload, as in a report: `npx`, `uvx`, `docker`, `node` …
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, ts_rs::TS)]
#[serde(rename_all = "kebab-case")]
pub enum Launcher {
    Npx,
    Bunx,
    PnpmDlx,
    YarnDlx,
    Npm,
    Uvx,
    UvRun,
    Pipx,
    Node,
    Bun,
    Deno,
    Python,
    Docker,
    Podman,
    /// Any other program.
    Binary,
    /// A shell line that is more than one simple command.
    Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    Npm,
    Pypi,
    Docker,
    /// A repository or archive URL.
    Git,
}

/// A package or image the launcher fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    pub ecosystem: Ecosystem,
    pub name: String,
    /// As written (`1.2.3`, `latest`, `^2`, `sha256:…`); `None` when none.
    pub version: Option<String>,
    /// Exact version, full commit or digest.
    pub pinned: bool,
    /// The word that names it.
    pub word: usize,
}

/// How a directory or file is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathUse {
    /// An argument of the server.
    Argument,
    /// The host side of a container mount.
    Mount,
}

/// A path among the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathWord {
    pub word: usize,
    /// The part of the word that is the path (bytes).
    pub range: std::ops::Range<usize>,
    pub path: String,
    pub how: PathUse,
    /// A mount marked read-only.
    pub read_only: bool,
}

/// Why nothing is said about the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    Package(Package),
    /// A local script or module; the word that names it, if one does.
    Script { word: Option<usize> },
    /// A program of its own.
    Binary,
    /// Could not be taken apart; a short reason for people.
    Opaque(String),
}

/// The launch line, taken apart. Word 0 is the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Prefixes taken off, outermost first: `cmd`, `env`, `sudo`, `bwrap` …
    pub layers: Vec<Layer>,
    pub launcher: Launcher,
    pub payload: Payload,
    /// The word where the server's own arguments begin (may be one past the end).
    pub arguments: usize,
    /// Paths among the server's arguments and container mounts.
    pub paths: Vec<PathWord>,
    /// A bridge's URL (`mcp-remote`): the word and the text.
    pub url: Option<(usize, String)>,
    /// `NAME=value` words of an `env` prefix, `-e NAME=value` of docker: word, name, byte range of the value.
    pub assignments: Vec<Assignment>,
    /// The line a shell would run, when one does (`sh -c '…'`, `cmd /c a && b`).
    pub shell: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub word: usize,
    pub name: String,
    pub range: std::ops::Range<usize>,
}

/// A prefix that was taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// `cmd /c`.
    Cmd,
    /// `sh -c` with one simple command.
    Shell,
    Env,
    /// `mise`, `op run`, `doppler run` …
    Runner,
    Sudo,
    Wsl,
    /// `nice`, `timeout`, `caffeinate` …
    Other,
    /// `bwrap`, `firejail`, `sandbox-exec`, `srt`.
    Sandbox,
}

/// Takes `program` and `args` apart. Windows names lose case and `.exe`/`.cmd`.
pub fn read(_program: &str, _args: &[&str], _os: Os) -> Launch {
    unimplemented!()
}

/// The scoring profile of a launch line.
pub fn kind(_launch: &Launch) -> crate::server::Kind {
    unimplemented!()
}
