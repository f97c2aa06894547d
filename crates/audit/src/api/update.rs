//! What an update of an installed package would change.

use serde::Serialize;
use ts_rs::TS;

use crate::document::Stamp;

/// The package that an entry runs from, beside the one that its registry serves now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// A server's id.
    pub server: String,
    pub name: String,
    pub client_name: String,
    /// `~/.cursor/mcp.json`.
    pub shown: String,
    pub package: String,
    /// The version it runs from.
    pub installed: String,
    /// The version that its registry serves for what the entry asks.
    pub served: String,
    /// Whether what is installed still is what was installed; if not, the entry does not start.
    pub whole: bool,
    /// Packages that come with it, go, and change: `zod 3.25.1`, `zod 3.25.1 → 3.26.0`.
    pub added: Vec<String>,
    pub removed: Vec<String>,
    pub changed: Vec<String>,
    /// Packages with install scripts that the installed one has not; they are not run.
    pub scripts: Vec<String>,
    /// Number of files, installed and served.
    pub files: (usize, usize),
    /// What the user should know, full sentences.
    pub notes: Vec<String>,
    /// Of all that is shown; null when there is nothing to update.
    pub seen: Option<Stamp>,
}
