//! One finding, and what can be done about it.

use serde::Serialize;
use ts_rs::TS;

use crate::finding::{Confidence, Dimension, Reason, Safety, Severity};

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Finding {
    pub id: String,
    pub rule: String,
    pub dimension: Dimension,
    pub severity: Severity,
    pub confidence: Confidence,
    pub message: String,
    /// A server's id; null for a file's or the machine's finding.
    pub server: Option<String>,
    /// Ids of other servers that it weighs on; it is said once.
    pub also: Vec<String>,
    /// A file's id.
    pub file: Option<String>,
    pub pointer: String,
    pub line: Option<usize>,
    pub column: Option<usize>,
    pub fixes: Vec<Fix>,
    /// The rule's title.
    pub title: String,
    /// What it is about, the same until its evidence changes; 16 hex characters.
    pub fingerprint: String,
    /// Null when the user does not live with it.
    pub accepted: Option<Accepted>,
    /// Whether it can be accepted.
    pub acceptable: bool,
}

/// A finding the user lives with.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Accepted {
    pub reason: Reason,
    pub note: String,
    /// `2026-11-21`.
    pub at: String,
    /// The first day it counts in full again; null: when its evidence changes.
    pub until: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Fix {
    pub id: String,
    pub title: String,
    pub safety: Safety,
    /// Points the server gains, one decimal; null when it has no score.
    pub gain: Option<f64>,
    /// Steps for the user; only for `manual`.
    pub steps: Vec<String>,
    /// Must be answered before it can be previewed.
    pub asks: Asks,
}

/// What a fix wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Asks {
    Nothing,
    /// Directories to keep.
    Folders,
    /// Directories (optional) and network.
    Sandbox,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// Lines around the place, masked and escaped.
    pub snippet: Vec<SnippetLine>,
    /// Paragraphs of the rule's *Why it matters*; code in backticks.
    pub why: Vec<String>,
    /// `OWASP MCP01`, `CWE-526`.
    pub maps: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct SnippetLine {
    pub number: usize,
    pub text: String,
    pub marked: bool,
}
