//! What is being done while an answer takes long.

use serde::Serialize;
use ts_rs::TS;

/// One step of what takes long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Step {
    /// Masked and escaped, no full stop: `Installing some-mcp@1.2.3`.
    pub words: String,
}
