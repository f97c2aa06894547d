//! JSON and JSONC cut into tokens, exactly as the clients' own readers cut them.
//!
//! Written here because the verdict has to be the client's: ready-made scanners
//! let raw control characters and exotic blanks pass as JSON and refuse lone
//! surrogates, which `JSON.parse` accepts.

use super::{Fault, Format};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    OpenObject,
    CloseObject,
    OpenArray,
    CloseArray,
    Comma,
    Colon,
    String { escaped: bool },
    Number,
    True,
    False,
    Null,
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    format: Format,
}

const BOM: char = '\u{feff}';

impl<'a> Lexer<'a> {
    /// Tokens of `text` from byte `at` on.
    pub(super) fn new(text: &'a str, at: usize, format: Format) -> Lexer<'a> {
        Lexer { text, at, format }
    }

    pub(super) fn next(&mut self) -> Result<Token, Fault> {
        self.skip_trivia()?;
        let start = self.at;
        let Some(byte) = self.byte(start) else {
            return Ok(Token { kind: Kind::End, start, end: start });
        };
        let (kind, end) = match byte {
            b'{' => (Kind::OpenObject, start + 1),
            b'}' => (Kind::CloseObject, start + 1),
            b'[' => (Kind::OpenArray, start + 1),
            b']' => (Kind::CloseArray, start + 1),
            b',' => (Kind::Comma, start + 1),
            b':' => (Kind::Colon, start + 1),
            b'"' => self.string()?,
            b'-' | b'0'..=b'9' => (Kind::Number, self.number()?),
            _ => self.word()?,
        };
        self.at = end;
        Ok(Token { kind, start, end })
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn skip_trivia(&mut self) -> Result<(), Fault> {
        loop {
            match self.byte(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') => self.comment()?,
                Some(0x0b | 0x0c | 0x80..) if self.format == Format::Jsonc => {
                    let blank = self.text[self.at..].chars().next().expect("the lexer stands on a character");
                    if !exotic_blank(blank) {
                        return Ok(());
                    }
                    self.at += blank.len_utf8();
                }
                Some(0xef) if self.at == 0 && self.text.starts_with(BOM) => {
                    return Err(Fault::new("the file starts with a byte order mark, which JSON does not allow", 0));
                }
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let rest = &self.text[start..];
        let line = rest.starts_with("//");
        if !line && !rest.starts_with("/*") {
            return Err(Fault::new("a slash does not belong here", start));
        }
        if self.format == Format::Json {
            return Err(Fault::new("a comment is not allowed here", start));
        }
        if line {
            let length = rest.bytes().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
            // VS Code ends a comment at these two, its JSON library does not:
            // what follows would be a server for one and a comment for the other.
            if let Some(at) = rest[..length].find(['\u{2028}', '\u{2029}']) {
                let message = "a comment holds an invisible line separator";
                return Err(Fault::ours(message, start + at));
            }
            self.at += length;
        } else {
            let length = rest[2..].find("*/").ok_or(Fault::new("a comment is not closed", start))?;
            self.at += 2 + length + 2;
        }
        Ok(())
    }

    fn string(&self) -> Result<(Kind, usize), Fault> {
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        let mut at = self.at + 1;
        loop {
            at += bytes[at..].iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | ..0x20)).count();
            match bytes.get(at) {
                Some(b'"') => return Ok((Kind::String { escaped }, at + 1)),
                Some(b'\\') => {
                    escaped = true;
                    at = match bytes.get(at + 1) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at + 2,
                        Some(b'u')
                            if bytes.get(at + 2..at + 6).is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit)) =>
                        {
                            at + 6
                        }
                        None => return Err(Fault::new("a string is not closed", self.at)),
                        _ => return Err(Fault::new("a string holds an unknown escape", at)),
                    };
                }
                Some(b'\n' | b'\r') | None => {
                    return Err(Fault::new("a string is not closed", self.at));
                }
                Some(_) => return Err(Fault::new("a string holds a raw control character", at)),
            }
        }
    }

    fn number(&self) -> Result<usize, Fault> {
        let digits =
            |from: usize| from + self.text.as_bytes()[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let wrong = Err(Fault::new("this is not a number", self.at));
        let whole = if self.byte(self.at) == Some(b'-') { self.at + 1 } else { self.at };
        let mut end = if self.byte(whole) == Some(b'0') { whole + 1 } else { digits(whole) };
        if end == whole {
            return wrong;
        }
        if self.byte(end) == Some(b'.') {
            let fraction = end + 1;
            end = digits(fraction);
            if end == fraction {
                return wrong;
            }
        }
        if matches!(self.byte(end), Some(b'e' | b'E')) {
            let sign = matches!(self.byte(end + 1), Some(b'+' | b'-'));
            let exponent = end + 1 + usize::from(sign);
            end = digits(exponent);
            if end == exponent {
                return wrong;
            }
        }
        if self.goes_on(end) { wrong } else { Ok(end) }
    }

    fn word(&self) -> Result<(Kind, usize), Fault> {
        for (word, kind) in [("true", Kind::True), ("false", Kind::False), ("null", Kind::Null)] {
            let end = self.at + word.len();
            if self.text[self.at..].starts_with(word) && !self.goes_on(end) {
                return Ok((kind, end));
            }
        }
        let first = self.text[self.at..].chars().next().expect("the lexer stands on a character");
        let message = match first {
            '\'' | '`' | '\u{201c}' | '\u{201d}' | '_' | '$' => "text needs double quotes",
            _ if first.is_alphabetic() => "text needs double quotes",
            _ => "there is a character that does not belong here",
        };
        Err(Fault::new(message, self.at))
    }

    /// Whether a word or number goes on at `at`, so is another one than it seemed.
    fn goes_on(&self, at: usize) -> bool {
        self.byte(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'$' | b'-' | b'+'))
    }
}

/// Blanks that VS Code's reader skips and JSON does not know.
fn exotic_blank(c: char) -> bool {
    matches!(
        c,
        '\u{b}' | '\u{c}' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200b}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}' | BOM
    )
}

/// The text of a string token, given with its quotes. Half a surrogate pair
/// becomes U+FFFD, as it does when a client hands it to a process.
pub(super) fn unescape(quoted: &str, escaped: bool) -> String {
    let inner = &quoted[1..quoted.len() - 1];
    if !escaped {
        return inner.to_owned();
    }
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let code = rest.as_bytes()[at + 1];
        rest = &rest[at + 2..];
        match code {
            b'b' => text.push('\u{8}'),
            b'f' => text.push('\u{c}'),
            b'n' => text.push('\n'),
            b'r' => text.push('\r'),
            b't' => text.push('\t'),
            b'u' => {
                let unit = hex(rest);
                rest = &rest[4..];
                let low = rest.strip_prefix("\\u").map(hex).filter(|low| (0xdc00..0xe000).contains(low));
                if let (0xd800..0xdc00, Some(low)) = (unit, low) {
                    rest = &rest[6..];
                    let code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                    text.push(char::from_u32(code).expect("a surrogate pair is a character"));
                } else {
                    text.push(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
            }
            other => text.push(char::from(other)),
        }
    }
    text.push_str(rest);
    text
}

fn hex(digits: &str) -> u32 {
    u32::from_str_radix(&digits[..4], 16).expect("the lexer checked the digits")
}
