//! Where things stand on their lines: the geometry of a container's bytes.

use super::source::{property_end, skip};
use super::style::has_brackets;
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

/// The first byte from `at` on that is neither space nor tab.
pub(super) fn skip_blanks(text: &str, at: usize) -> usize {
    at + text.as_bytes()[at..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Whether there is nothing but white space.
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
}

/// The first byte of the line, behind a byte order mark.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    let start = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
    if text[start..at].starts_with('\u{feff}') { start + 3 } else { start }
}

/// The end of the line before the one of `at`, if there is one.
pub(super) fn line_before(text: &str, at: usize) -> Option<usize> {
    let before = &text[..line_start(text, at)];
    let rest = before.strip_suffix('\n').map(|rest| rest.strip_suffix('\r').unwrap_or(rest));
    rest.or_else(|| before.strip_suffix('\r')).map(str::len)
}

/// Whether only spaces come before it on its line.
pub(super) fn opens_line(text: &str, at: usize) -> bool {
    is_blank(&text[line_start(text, at)..at])
}

/// The end of the line, if nothing but a comment comes before it; without the line end.
pub(super) fn line_end(text: &str, from: usize) -> Option<usize> {
    let at = skip_blanks(text, from);
    match text.as_bytes().get(at) {
        None | Some(b'\n' | b'\r') => Some(at),
        Some(b'#') => Some(at + text[at..].find(['\n', '\r']).unwrap_or(text.len() - at)),
        Some(_) => None,
    }
}

/// Past the line end at `at`.
pub(super) fn next_line(text: &str, at: usize) -> Option<usize> {
    ["\r\n", "\n", "\r"].into_iter().find(|end| text[at..].starts_with(end)).map(|end| at + end.len())
}
