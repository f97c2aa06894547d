//! What is wrong, how sure it is, and what can be done.
//!
//! Findings are plain data that own their texts; the rules make them, the
//! score weighs them, the screens show them.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::day::Day;
use crate::document::{KeyPath, Patch, Position};

/// Ordered: `Info < Critical`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

/// Ordered: `Low < Confirmed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    Low,
    Medium,
    High,
    Confirmed,
}

/// What a finding is about (rules-and-scoring §3.2); in JSON `SC`, `PV` …
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub enum Dimension {
    #[serde(rename = "SC")]
    SupplyChain,
    #[serde(rename = "PV")]
    Verification,
    #[serde(rename = "CODE")]
    Code,
    #[serde(rename = "RET")]
    Remote,
    #[serde(rename = "TP")]
    Transport,
    #[serde(rename = "CRED")]
    Credentials,
    #[serde(rename = "PERM")]
    Permissions,
    #[serde(rename = "RUN")]
    Runtime,
    /// Client and machine findings: they limit the machine's score, not a server's.
    #[serde(rename = "MACHINE")]
    Machine,
}

impl Dimension {
    /// Its name in JSON: `SC`.
    pub fn code(self) -> &'static str {
        match self {
            Dimension::SupplyChain => "SC",
            Dimension::Verification => "PV",
            Dimension::Code => "CODE",
            Dimension::Remote => "RET",
            Dimension::Transport => "TP",
            Dimension::Credentials => "CRED",
            Dimension::Permissions => "PERM",
            Dimension::Runtime => "RUN",
            Dimension::Machine => "MACHINE",
        }
    }
}

/// One root cause is charged once per server and group.
pub type Group = &'static str;

/// Whether a fix may be applied without thinking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// We explain, the user acts.
    Manual,
    /// Behaviour may change: needs a look and a yes.
    Review,
    /// The server starts and behaves as before, or is listed malware and starts
    /// no more; undo is exact.
    Safe,
}

/// Index into `Machine::servers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerIndex(pub usize);

/// Index into `Machine::files`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileIndex(pub usize);

/// A place in a config file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: FileIndex,
    pub at: KeyPath,
    /// `None` when the file could not be read at all.
    pub position: Option<Position>,
    /// Length of the marked text in bytes.
    pub length: usize,
}

/// What a fix does; planned in detail by the session.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Steps for the user, one sentence each.
    Manual(Vec<String>),
    /// Move the secret that stands at `range` (bytes) of the text at `at` into the keychain.
    Keychain { at: KeyPath, range: Range<usize>, by: By },
    /// Replace these too broad directories (places of arguments or variables) by ones the user picks.
    Narrow { places: Vec<KeyPath> },
    /// Start the server in a sandbox.
    Sandbox,
    /// Write these texts of the entry so, or take them out (`None`): arguments,
    /// variables, headers, the URL. What the launcher was told follows.
    Texts { texts: Vec<(KeyPath, Option<String>)>, said: Said },
    /// Change these places of the finding's file, which are not a part of what is started.
    Settings { patches: Vec<Patch>, said: Said },
    /// Switch the entry off in its client's own way, or take it out where there is none.
    Disable,
    /// Let only its owner read the finding's file.
    Protect,
    /// Put the entry back as the history has it, so that it is what was approved.
    PutBack,
}

/// How a moved key gets back to its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The launcher puts it where it stood: the value of a variable, a part of an argument.
    Launcher,
    /// It leaves the arguments for the variable of this name, which the server
    /// is known to read in their stead; the launcher gives it that.
    Variable(String),
    /// The entry starts the relay, which sends it to the server; all keys of
    /// the entry's URL and headers go together.
    Relay,
    /// The client asks the relay for its headers at each connection.
    Helper,
    /// The client asks its user for it once, and keeps it encrypted.
    Input,
}

/// How a change is spoken of; a name in it is fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Over a preview: `Pin some-mcp to 1.2.3`.
    pub title: String,
    /// In the log: `Pinned some-mcp to 1.2.3`.
    pub past: String,
    /// What will be different, one sentence.
    pub summary: String,
    /// What the user should know, full sentences.
    pub notes: Vec<String>,
}

/// The kinds of fixes that change something: the last part of a fix's id. All others are steps for the user
/// (`Safety::Manual`). Each is driven through apply and undo in the real window (`tests/window/kinds.rs`).
pub const KINDS: &[&str] = &[
    "absolute",
    "ask",
    "ask-always",
    "client-sandbox",
    "encrypt",
    "fence",
    "here",
    "keychain",
    "lower",
    "narrow",
    "no-scripts",
    "off",
    "password",
    "pin",
    "plain",
    "protect",
    "put-back",
    "read-only",
    "remove",
    "sandbox",
    "spell",
    "strip",
    "take-out",
    "verify",
];

#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// `<finding id>.<kind>`: `3f9a….keychain`; a kind that changes something is one of `KINDS`.
    pub id: String,
    /// The verb of its button: `Move to keychain`.
    pub title: String,
    pub safety: Safety,
    pub act: Act,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Hash of rule, home-relative path and pointer; 16 hex characters. Filled
    /// in by `Findings::add`.
    pub id: String,
    pub rule: &'static str,
    pub dimension: Dimension,
    pub severity: Severity,
    pub confidence: Confidence,
    pub group: Option<Group>,
    /// One full sentence, no secret in it.
    pub message: String,
    /// `None` for a file or the machine.
    pub server: Option<ServerIndex>,
    /// Other servers that the same cause weighs on; it is said once and counts for each.
    pub also: Vec<ServerIndex>,
    pub place: Place,
    pub fixes: Vec<Fix>,
}

/// Why a finding is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// It is wrong here.
    NotARisk,
    /// The server needs it.
    Needed,
    /// Something else keeps it from doing harm.
    Mitigated,
}

/// A finding's acceptance as the history keeps it; no secret in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    /// Of the finding: another evidence, another fingerprint.
    pub fingerprint: String,
    pub rule: String,
    pub reason: Reason,
    /// The user's words; may be empty.
    pub note: String,
    /// The day it was given.
    pub at: Day,
    /// The first day it does not count any more; `None`: until the evidence changes.
    pub until: Option<Day>,
}
