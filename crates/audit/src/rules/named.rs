//! Text from a config in a message: masked, escaped, cut.

use crate::{redact, secret};

/// Longest name in a message, in characters.
const LONGEST: usize = 80;

/// Stands where there is nothing to be seen.
const NAMELESS: &str = "⟨no name⟩";

/// A name from a config, fit to be shown. People paste keys into the wrong
/// field, so what looks like a secret is masked in a name too.
pub(super) fn named(text: &str) -> String {
    if text.trim().is_empty() {
        return NAMELESS.to_owned();
    }
    let mut masked = String::new();
    let mut end = 0;
    for found in secret::find(text) {
        if found.range.start >= end {
            masked += &text[end..found.range.start];
            masked += &redact::mask(&text[found.range.clone()]);
            end = found.range.end;
        }
    }
    masked += &text[end..];

    let escaped = redact::escape(&masked).replace(['\n', '\t'], " ");
    match escaped.char_indices().nth(LONGEST) {
        Some((cut, _)) => format!("{}…", &escaped[..cut]),
        None => escaped,
    }
}
