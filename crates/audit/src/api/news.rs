//! What others changed, in words.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::edit::DiffLine;
use crate::finding::Severity;

/// What changed in the configs since Warder looked last, by others than Warder.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct NewsPage {
    /// Newest first; at most 500 are kept.
    pub news: Vec<News>,
    /// When the user last said that it was seen, RFC 3339, UTC; null: never.
    pub since: Option<String>,
    /// The machine's score then; null: there was none.
    pub score: Option<u32>,
    /// Ids of open findings that were not there then.
    pub findings: Vec<String>,
    /// Since when nothing of medium or more has been open, RFC 3339, UTC; null: something is.
    pub clear: Option<String>,
    /// Files that cannot be read now, with the servers that stood in them when they could.
    pub unread: Vec<Unread>,
}

/// The servers of a file that cannot be read: nobody judges what they are now.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Unread {
    /// A file's id.
    pub file: String,
    /// Their names, the first twenty.
    pub servers: Vec<String>,
    /// How many there were.
    pub count: usize,
}

/// One change by others.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct News {
    pub id: String,
    /// When it was noticed, RFC 3339, UTC.
    pub at: String,
    pub kind: NewsKind,
    /// One full sentence, masked and escaped, names in quotes: `“notion” was added to Cursor's config.`
    pub text: String,
    pub client_name: String,
    /// `~/.cursor/mcp.json`; null for the machine's score.
    pub shown: Option<String>,
    /// The server's name; null where it is about none.
    pub name: Option<String>,
    /// A server's id, while it is there.
    pub server: Option<String>,
    /// What it starts, before and after, masked; may be empty.
    pub diff: Vec<DiffLine>,
    /// The worst open finding on it now.
    pub severity: Option<Severity>,
    pub seen: bool,
    /// Worth a notification: a new server, a lowered score, an approved command that was swapped.
    pub urgent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub enum NewsKind {
    ServerAdded,
    ServerRemoved,
    /// What it starts and where, where it is, what it gets, or what it may do without asking.
    ServerChanged,
    SwitchedOn,
    SwitchedOff,
    /// An approved entry is not any more what was approved.
    ApprovalBroken,
    ScoreLowered,
    /// Its client cannot read the file any more.
    FileBroken,
    FileMended,
}
