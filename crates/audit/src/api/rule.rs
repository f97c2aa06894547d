//! All that is written about a rule.

use serde::Serialize;
use ts_rs::TS;

use crate::edit::DiffLine;
use crate::finding::{Dimension, Safety, Severity};

/// A rule in words.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct RulePage {
    pub id: String,
    pub title: String,
    pub dimension: Dimension,
    /// Its usual one; a finding's may differ.
    pub severity: Severity,
    /// Where its evidence is: `config files`, `files on this computer`.
    pub looks: String,
    /// The best that its fixes can be.
    pub fix: Safety,
    /// `OWASP MCP01`, `CWE-526`.
    pub maps: Vec<String>,
    /// One sentence: what is wrong.
    pub summary: String,
    pub sections: Vec<RuleSection>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct RuleSection {
    pub heading: String,
    pub blocks: Vec<RuleBlock>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(tag = "block", rename_all = "camelCase")]
pub enum RuleBlock {
    /// A paragraph; code in backticks.
    Text { text: String },
    /// A config that the rule leaves alone, its lines as they are.
    Code { text: String },
    /// The example: a config before and after its fix.
    Difference { lines: Vec<DiffLine> },
}
