//! The entry a change is about, in the bytes of then and of now.

use std::ops::Range;
use std::path::Path;

use crate::document::{Document, Format, KeyPath};
use crate::edit::{Edit, splice};
use crate::store::Way;

/// The bytes of the entry at `at`; `None` where there is none to read.
fn entry_range(path: &Path, format: Format, text: &str, at: &KeyPath) -> Option<Range<usize>> {
    let document = Document::parse(path, text.as_bytes().to_vec(), format, &[]).ok()?;
    Some(document.get(at)?.span.clone())
}

pub(super) fn entry_text(path: &Path, format: Format, text: &str, at: &KeyPath) -> Option<String> {
    Some(text[entry_range(path, format, text, at)?].to_owned())
}

pub(super) fn entry_now(path: &Path, text: &str, way: &Way) -> Option<String> {
    entry_text(path, Format::Jsonc, text, &way.entry)
}

/// Whether a text names what only this change made: its keys, its profile.
pub(super) fn refers(text: &str, way: &Way) -> bool {
    let made = way.profile.as_ref().filter(|_| way.profile_before.is_none());
    way.stashed.iter().any(|handle| text.contains(&handle.reference()))
        || made.is_some_and(|id| text.contains(id.as_str()))
}

/// The text with the entry as it was before, if it still is as it was after.
pub(super) fn entry_back(path: &Path, text: &str, way: &Way) -> Option<String> {
    let range = entry_range(path, Format::Jsonc, text, &way.entry)?;
    if !is_same(&text[range.clone()], &way.entry_after) {
        return None;
    }
    splice(text, &[Edit { range, text: way.entry_before.clone() }]).ok()
}

/// Whether two entries are the same but for white space: some clients write
/// their whole file anew. Only for strict JSON, where nothing else can hide.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    let strict = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    a == b || (strict(a) && strict(b) && bare(a) == bare(b))
}

/// Strict JSON without the white space between its words.
fn bare(text: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let kept = text.chars().filter(|c| {
        let space = !inside && c.is_ascii_whitespace();
        (inside, escaped) = match (c, inside, escaped) {
            ('"', _, false) => (!inside, false),
            ('\\', true, false) => (true, true),
            _ => (inside, false),
        };
        !space
    });
    kept.collect()
}
