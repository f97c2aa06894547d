//! What is taken away from the window: reports, and a file in the user's editor.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum ReportShape {
    Html,
    Markdown,
    Sarif,
    Json,
}

/// A report that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Exported {
    /// Absolute.
    pub path: String,
    /// `~/Downloads/warder-2026-11-30.html`.
    pub shown: String,
}
