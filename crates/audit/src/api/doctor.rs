//! Whether everything is in place, and wrapped entries on their way back.

use serde::Serialize;
use ts_rs::TS;

use super::Failure;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// `keychain`, `github (Cursor)`.
    pub about: String,
    pub health: Health,
    /// What is so, one full sentence.
    pub message: String,
    /// What to do, full sentences.
    pub hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Health {
    Well,
    /// Nothing is wrong; good to know.
    Note,
    Wrong,
}

/// A wrapped entry on its way back to what it was.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Restoring {
    /// A server's id.
    pub server: String,
    pub name: String,
    pub client_name: String,
    /// `~/.cursor/mcp.json`.
    pub shown: String,
    /// Names of the keys that stand in clear in the file again.
    pub clear: Vec<String>,
    /// How: the changes that are undone, or that the launcher is taken off; full sentences.
    pub steps: Vec<String>,
    /// Why it stays as it is; null where it does not.
    pub failure: Option<Failure>,
}
