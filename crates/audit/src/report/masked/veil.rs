//! Pieces of a text that are not shown, and what stands there instead.

use std::ops::Range;

use crate::redact::mask;

/// Bytes of a text that hold a secret, and what is shown in their place.
pub(super) struct Veil {
    pub(super) range: Range<usize>,
    shown: String,
}

impl Veil {
    /// Hides `secret`, spelled as the bytes at `range` of `text`.
    pub(super) fn of(text: &str, range: Range<usize>, secret: &str) -> Veil {
        let shown = if text[range.clone()].contains('\n') { dots(&text[range.clone()]) } else { mask(secret) };
        Veil { range, shown }
    }

    /// Hides all of it; nothing is told of what it is.
    pub(super) fn all(text: &str, range: Range<usize>) -> Veil {
        Veil { shown: dots(&text[range.clone()]), range }
    }
}

/// Dots in every line that says something: the lines stay the same ones.
fn dots(text: &str) -> String {
    let line = |line: &str| {
        let said = line.trim();
        if said.is_empty() { line.to_owned() } else { line.replacen(said, "••••", 1) }
    };
    text.split_inclusive('\n').map(line).collect()
}

/// The text with what is behind the veils hidden; they may overlap.
pub(super) fn draw(text: &str, mut veils: Vec<Veil>) -> String {
    veils.sort_by_key(|veil| (veil.range.start, std::cmp::Reverse(veil.range.end)));
    let (mut drawn, mut at) = (String::with_capacity(text.len()), 0);
    for veil in veils {
        if veil.range.end <= at {
            continue;
        }
        if veil.range.start < at {
            // The rest of one that another has begun.
            drawn.push_str(&dots(&text[at..veil.range.end]));
        } else {
            drawn.push_str(&text[at..veil.range.start]);
            drawn.push_str(&veil.shown);
        }
        at = veil.range.end;
    }
    drawn.push_str(&text[at..]);
    drawn
}
