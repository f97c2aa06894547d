//! What a scan found, as a whole.

use serde::Serialize;
use ts_rs::TS;

use super::{Finding, Server};
use crate::clients::{Os, Scope};
use crate::document::Format;

/// The report, schema `warder.report/1`; also what `scan --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Report {
    pub schema: String,
    /// Version of Warder.
    pub warder: String,
    pub os: Os,
    pub machine: Score,
    /// The machine's servers that count, by the band of their scores.
    pub bands: Bands,
    /// Every client with a server, by id.
    pub clients: Vec<Client>,
    pub files: Vec<File>,
    pub servers: Vec<Server>,
    /// Most important first.
    pub findings: Vec<Finding>,
    /// What to do first.
    pub best: Best,
}

/// The fixes that gain most, one of each server.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Best {
    /// Their ids, at most three.
    pub fixes: Vec<String>,
    /// The machine's score after each of them, one after the other; empty where there is none.
    pub steps: Vec<u32>,
    /// The machine's score once all of them are done; null where that is not higher.
    pub score: Option<u32>,
}

/// Servers that are on, each that is configured several times once, by the band of its worst entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Bands {
    pub trusted: u32,
    pub moderate: u32,
    pub caution: u32,
    pub warning: u32,
    pub dangerous: u32,
}

/// A client and the score of its servers together.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Client {
    pub client: String,
    /// For people.
    pub client_name: String,
    /// By the machine's formula, over the client's own servers and findings.
    pub score: Score,
    pub bands: Bands,
}

/// A score; all null when nothing can be scored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Score {
    /// Whole points, 0 to 100.
    pub score: Option<u32>,
    pub band: Option<Band>,
    /// Bounds with worse and better luck for what was not seen; one decimal.
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub confidence: Option<Certainty>,
}

impl Score {
    /// The bounds in whole points, as every report and the window say them: down below, up above, so that what is
    /// said is never narrower than what is known.
    pub fn range(&self) -> Option<(u32, u32)> {
        Some((self.low?.floor() as u32, self.high?.ceil() as u32))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct File {
    pub id: String,
    pub client: String,
    pub scope: Scope,
    pub path: String,
    pub format: Format,
    pub state: FileState,
    /// Why it is invalid or unreadable; in a `read` file, why its client refuses it.
    pub error: Option<FileError>,
    /// The client's name for people.
    pub client_name: String,
    /// `~/.cursor/mcp.json`.
    pub shown: String,
    /// The names of other clients that read it too.
    pub readers: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum FileState {
    Read,
    Missing,
    Invalid,
    Unreadable,
}

impl FileState {
    /// Whether it is there and nobody knows which servers are in it.
    pub fn is_unread(self) -> bool {
        matches!(self, FileState::Invalid | FileState::Unreadable)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct FileError {
    pub message: String,
    pub line: Option<usize>,
    pub column: Option<usize>,
}

/// A score's step, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Band {
    Dangerous,
    Warning,
    Caution,
    Moderate,
    Trusted,
}

impl Band {
    /// For people: `Moderate`.
    pub fn word(self) -> &'static str {
        match self {
            Band::Dangerous => "Dangerous",
            Band::Warning => "Warning",
            Band::Caution => "Caution",
            Band::Moderate => "Moderate",
            Band::Trusted => "Trusted",
        }
    }
}

/// How sure a score is, by the width of its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    Low,
    Medium,
    High,
}
