//! What the launcher says: one line on stderr, because stdout belongs to the
//! server's protocol.

use std::fmt::{Display, Write as _};
use std::io::Write as _;

/// Writes `warder-launch: <text>` as one line. Characters that could break the
/// line, move the cursor or turn the text around are escaped.
pub fn tell(text: impl Display) {
    tell_as("warder-launch", text);
}

/// The same as another program.
pub fn tell_as(program: &str, text: impl Display) {
    let line = format!("{program}: {}\n", escaped(&text.to_string()));
    // Nobody is left to tell that stderr is closed.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// `text` with control, bidirectional and zero-width characters escaped.
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let hidden =
            matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if c.is_control() || hidden {
            let _ = write!(shown, "{}", c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(super::escaped("a\nb\u{1b}[2J\u{202e}c é"), "a\\u{a}b\\u{1b}[2J\\u{202e}c é");
    }
}
