//! Where things stand on their lines: the geometry of a container's bytes.

use super::style::has_brackets;
use super::text::{property_end, skip};
use crate::document::blanks::skip_blanks;
use crate::document::{Node, Value};

/// One member or item as written.
pub(super) struct Slot {
    /// Its first byte: a dash, question mark, anchor, quote, name.
    pub(super) start: usize,
    /// Behind its dash or colon and anchor: where its value goes.
    pub(super) head: usize,
    /// End of the value.
    pub(super) end: usize,
    /// The comma behind it, in brackets.
    pub(super) comma: Option<usize>,
    /// Whether a dash or colon says that a value stands here.
    pub(super) marked: bool,
}

/// The slots of a container; `None` for an alias, whose inside stands elsewhere.
pub(super) fn slots(text: &str, container: &Node) -> Option<Vec<Slot>> {
    let (Value::Array(children) | Value::Object(children)) = &container.value else {
        return None;
    };
    let brackets = has_brackets(text, container);
    let bytes = text.as_bytes();
    let mut at = container.span.start + usize::from(brackets);
    let mut slots = Vec::with_capacity(children.len());
    for child in children {
        let start = skip(text, at);
        let (mut head, marked) = match &child.key {
            Some(key) => match skip(text, key.span.end) {
                colon if bytes.get(colon) == Some(&b':') => (colon + 1, true),
                _ => (key.span.end, false),
            },
            None if brackets => (start, true),
            None => (start + 1, bytes.get(start) == Some(&b'-')),
        };
        if start < container.span.start || child.span.start < start || child.span.end > container.span.end {
            return None;
        }
        loop {
            let next = skip_blanks(text, head);
            match property_end(text, next) {
                Some(end) if next < child.span.start => head = end,
                _ => break,
            }
        }
        let end = child.span.end.max(head);
        at = end;
        let comma = Some(skip(text, end)).filter(|&comma| brackets && bytes.get(comma) == Some(&b','));
        if let Some(comma) = comma {
            at = comma + 1;
        }
        slots.push(Slot { start, head, end, comma, marked });
    }
    Some(slots)
}
