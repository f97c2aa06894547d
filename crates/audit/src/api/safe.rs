//! All safe fixes at once: one preview, then one after the other.

use serde::Serialize;
use ts_rs::TS;

use super::Preview;

/// Every safe fix, in the order they are applied in. None of them starts anything.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct SafeFixes {
    pub fixes: Vec<Preview>,
    /// Safe ones that cannot be done now, and why.
    pub left: Vec<LeftFix>,
    /// The machine's score now and after; null where there is none.
    pub score: Option<(u32, u32)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct LeftFix {
    pub title: String,
    /// One full sentence.
    pub why: String,
}
