//! Where things stand on their lines: the geometry of a container's bytes.

use std::ops::Range;

use super::Format;
use super::lexer::{Lexer, unescape};
use crate::document::blanks::skip_blanks;
use crate::document::commas::{Rest, Slot};

/// The slots of the container at `span`, which was parsed before, and the names
/// in an object. An overshadowed member is one, too.
pub(super) fn slots(text: &str, format: Format, span: &Range<usize>) -> (Vec<Slot>, Vec<Option<String>>) {
    let object = text.as_bytes()[span.start] == b'{';
    let mut lexer = Lexer::new(text, span.start + 1, format);
    let (mut slots, mut names) = (Vec::<Slot>::new(), Vec::new());
    // Nothing below fails: the container was parsed before.
    while let Ok(Some(byte)) = lexer.peek() {
        match byte {
            b'}' | b']' => break,
            b',' => {
                slots.last_mut().expect("a comma follows a value").comma = Some(lexer.at);
                lexer.at += 1;
            }
            _ => {
                let start = lexer.at;
                let mut name = None;
                if object && let Ok(escaped) = lexer.string() {
                    name = Some(unescape(&text[start..lexer.at], escaped).into_owned());
                    let _ = lexer.peek();
                    lexer.at += 1;
                }
                lexer.skip_value();
                slots.push(Slot { start, end: lexer.at, comma: None });
                names.push(name);
            }
        }
    }
    (slots, names)
}

/// Looks from `from`, which lies between two tokens, to the end of the line.
pub(super) fn rest_of_line(text: &str, from: usize) -> Rest {
    let mut end = from;
    loop {
        let at = skip_blanks(text, end);
        let rest = &text[at..];
        if rest.starts_with("//") {
            end = at + rest.find(['\n', '\r']).unwrap_or(rest.len());
        } else if let Some(inner) = rest.strip_prefix("/*") {
            let length = inner.find("*/").map_or(rest.len(), |length| length + 4);
            if rest[..length].contains(['\n', '\r']) {
                return Rest { end, line_break: None };
            }
            end = at + length;
        } else {
            let length = ["\r\n", "\n", "\r"].into_iter().find(|end| rest.starts_with(end)).map(str::len);
            return Rest { end, line_break: length.map(|length| at..at + length) };
        }
    }
}
