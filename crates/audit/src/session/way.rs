//! The entry a change is about, in the bytes of then and of now.

use crate::document::{Encoding, range};
use crate::edit::{Edit, splice};
use crate::store::Way;

/// Whether a file is what the change made of it.
pub(super) fn is_after(encoding: Encoding, text: &str, way: &Way) -> bool {
    encoding == way.encoding && text == way.after
}

/// Whether the entry is what the change made of it.
pub(super) fn holds(text: &str, way: &Way) -> bool {
    range(text, way.format, &way.entry).is_some_and(|range| is_same(&text[range], &way.entry_after))
}

/// Whether a text names what only this change made: its keys, its profile.
pub(super) fn refers(text: &str, way: &Way) -> bool {
    let made = way.profile.as_ref().filter(|_| way.profile_before.is_none());
    way.stashed.iter().any(|handle| text.contains(&handle.reference()))
        || made.is_some_and(|id| text.contains(id.as_str()))
}

/// The text with the entry as it was before, if it still is as it was after.
pub(super) fn entry_back(text: &str, way: &Way) -> Option<String> {
    let range = range(text, way.format, &way.entry)?;
    if !is_same(&text[range.clone()], &way.entry_after) {
        return None;
    }
    splice(text, &[Edit { range, text: way.entry_before.clone() }]).ok()
}

/// Whether two entries are the same but for white space: some clients write
/// their whole file anew. Only for strict JSON, where nothing else can hide.
fn is_same(a: &str, b: &str) -> bool {
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
