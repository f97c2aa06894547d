//! An entry that changed since it was approved, old beside new.

use serde::Serialize;
use ts_rs::TS;

use crate::document::Stamp;

/// An entry that the launcher starts, as it was approved and as it is. No text
/// in it is cut; what cannot be seen is made visible, and keys are masked.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// A server's id.
    pub server: String,
    pub name: String,
    pub client_name: String,
    /// `~/.cursor/mcp.json`.
    pub shown: String,
    /// How it is not what was approved: `its command line changed`; null when it is.
    pub change: Option<String>,
    pub old: Approved,
    pub new: Approved,
    /// Every variable of both.
    pub variables: Vec<ApprovedVariable>,
    /// What the user should know, full sentences.
    pub notes: Vec<String>,
    /// Of all that is shown, and of what is not: the values.
    pub seen: Stamp,
}

/// One side of an approval.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Approved {
    /// The command line, program first.
    pub words: Vec<String>,
    /// The program that is started in the end.
    pub program: String,
    /// Null: the folder its client starts it in.
    pub cwd: Option<String>,
}

/// A variable of an entry; its value is never told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct ApprovedVariable {
    pub name: String,
    pub state: VariableState,
    /// Where the value comes from now; null for one that is gone.
    pub source: Option<VariableSource>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum VariableState {
    Same,
    Changed,
    New,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum VariableSource {
    Entry,
    Keychain,
    Client,
}
