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
    /// Those of findings that one of these mends too: nothing is left to do about them then.
    pub also: Vec<AlsoMended>,
    /// Safe ones that cannot be done now, and why.
    pub left: Vec<LeftFix>,
    /// The machine's score now and after; null where there is none.
    pub score: Option<(u32, u32)>,
}

/// A safe fix that another one does as well.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct AlsoMended {
    pub title: String,
    /// What it would mend, one full sentence.
    pub finding: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct LeftFix {
    pub title: String,
    /// One full sentence.
    pub why: String,
}
