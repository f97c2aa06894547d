//! Byte edits and the lines of a diff.
//!
//! An edit replaces one byte range of a text. Everything a fix changes in a
//! config is a list of these, so preview and write can never differ.

use std::ops::Range;

/// Replace `range` (bytes of the old text, on character boundaries) by `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub range: Range<usize>,
    pub text: String,
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpliceError {
    #[error("two edits touch the same bytes")]
    Overlap,
    #[error("an edit lies outside the text")]
    OutOfRange,
}

/// Applies `edits` (any order, not overlapping). Bytes outside never change.
pub fn splice(_text: &str, _edits: &[Edit]) -> Result<String, SpliceError> {
    unimplemented!()
}

/// One line of a diff.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
pub struct DiffLine {
    pub kind: LineKind,
    /// Line number in the old text (kept, removed) or the new (added), from 1.
    pub number: usize,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    Kept,
    Removed,
    Added,
    /// Unchanged lines left out here; `text` is empty.
    Gap,
}

/// The unified difference of two texts with three lines of context, unchanged
/// rest folded to a `Gap`.
pub fn diff(_before: &str, _after: &str) -> Vec<DiffLine> {
    unimplemented!()
}
