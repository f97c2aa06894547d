//! One start of a fenced server that is watched, and what could be allowed after it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{ProposedFolder, ProposedHost};

/// A tool that is called while a server is watched.
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Call {
    pub tool: String,
    /// An object, as the tool takes it.
    #[ts(type = "unknown")]
    pub arguments: serde_json::Value,
}

/// What a server tried and may not. Nothing of it is allowed: that is a change of its permissions, with these rows as
/// choices. A hostile server chooses what it tries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Learned {
    /// The id of the server.
    pub server: String,
    /// How it went, one full sentence: `It started and lists 12 tools.`
    pub outcome: String,
    /// Folders and files that could be allowed, most often tried first; `why` says what it did.
    pub folders: Vec<ProposedFolder>,
    pub hosts: Vec<ProposedHost>,
    /// What it tried that no sandbox opens, full sentences: keys above all.
    pub warnings: Vec<String>,
    /// What could not be seen, full sentences.
    pub notes: Vec<String>,
    /// Its tools that can be called with nothing, those first that say that they only read.
    pub tools: Vec<LearnedTool>,
}

/// A tool that could be called while it is watched again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct LearnedTool {
    /// As `Call` names it; not to be shown as it is.
    pub name: String,
    pub shown: String,
    /// It says that it changes nothing: a server's own word.
    pub reads: bool,
}
