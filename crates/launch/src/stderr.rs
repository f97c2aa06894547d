//! What the launcher says: one line on stderr, because stdout belongs to the
//! server's protocol.

use std::error::Error;
use std::fmt::{Display, Write as _};
use std::io::{self, Write as _};

/// What the launcher calls itself.
pub const LAUNCHER: &str = "warder-launch";

/// Writes `warder-launch: <text>` as one line. Characters that could break the
/// line, move the cursor or turn the text around are escaped.
pub fn tell(text: impl Display) {
    tell_as(LAUNCHER, text);
}

/// The same as another program.
pub fn tell_as(program: &str, text: impl Display) {
    let line = format!("{program}: {}\n", escaped(&text.to_string()));
    // Nobody is left to tell that stderr is closed.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Says why a program of ours did not start. Of the causes, only what the operating system says: others may quote what
/// was read.
pub fn refuse_as(program: &str, refusal: &dyn Error) {
    match cause(refusal) {
        Some(cause) => tell_as(program, format_args!("{refusal}: {cause}")),
        None => tell_as(program, refusal),
    }
}

fn cause(error: &dyn Error) -> Option<&io::Error> {
    let source = error.source()?;
    source.downcast_ref::<io::Error>().or_else(|| cause(source))
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

/// A word as a person types it in a shell: in quotes where it needs them.
pub fn typed(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./@:+".contains(c);
    if !word.is_empty() && !word.starts_with('-') && word.chars().all(plain) {
        return word.to_owned();
    }
    let dashes = if word.starts_with('-') { "-- " } else { "" };
    format!("{dashes}'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_word_is_typed_as_one_word() {
        for (word, typed) in [
            ("github", "github"),
            ("@a/b-c", "@a/b-c"),
            ("a b", "'a b'"),
            ("a'b", r"'a'\''b'"),
            ("", "''"),
            ("-x", "-- '-x'"),
        ] {
            assert_eq!(super::typed(word), typed);
        }
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(super::escaped("a\nb\u{1b}[2J\u{202e}c é"), "a\\u{a}b\\u{1b}[2J\\u{202e}c é");
    }
}
