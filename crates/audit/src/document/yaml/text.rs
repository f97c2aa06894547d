//! Blanks, lines and comments: what lies between the words of a text.

use crate::document::blanks::{line_start, skip_blanks};

/// The first byte from `from` on that is no blank, line end or comment. `from`
/// lies between two tokens.
pub(super) fn skip(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\n' | b'\r') => at += 1,
            Some(0xef) if text[at..].starts_with('\u{feff}') => at += 3,
            Some(b'#') => at += text[at..].find(['\n', '\r']).unwrap_or(text.len() - at),
            _ => return at,
        }
    }
}

/// The end of the anchor or tag at `at`, if one is there.
pub(super) fn property_end(text: &str, at: usize) -> Option<usize> {
    let rest = &text[at..];
    let stops = match rest.as_bytes() {
        [b'!', b'<', ..] => return rest.find('>').map(|end| at + end + 1),
        [b'&' | b'!', ..] => rest.find([' ', '\t', '\n', '\r', ',', '[', ']', '{', '}']),
        _ => return None,
    };
    Some(at + stops.unwrap_or(rest.len()))
}

/// The end of the line before the one of `at`, if there is one.
pub(super) fn line_before(text: &str, at: usize) -> Option<usize> {
    let before = &text[..line_start(text, at)];
    let rest = before.strip_suffix('\n').map(|rest| rest.strip_suffix('\r').unwrap_or(rest));
    rest.or_else(|| before.strip_suffix('\r')).map(str::len)
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
