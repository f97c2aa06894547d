//! JSON and JSONC cut into tokens, exactly as the clients' own readers cut them.
//!
//! Written here because the verdict has to be the client's, with its place:
//! `JSON.parse` (V8) stops at the very character, VS Code's reader
//! (jsonc-parser) at the token it stands in. Ready-made scanners let raw control
//! characters and exotic blanks pass as JSON and refuse lone surrogates, which
//! `JSON.parse` accepts.

use std::borrow::Cow;

use super::{Fault, Format};

/// A place in a text, between two tokens.
pub(super) struct Lexer<'a> {
    text: &'a str,
    pub(super) at: usize,
    format: Format,
}

const BOM: char = '\u{feff}';

impl<'a> Lexer<'a> {
    /// Tokens of `text` from byte `at` on.
    pub(super) fn new(text: &'a str, at: usize, format: Format) -> Lexer<'a> {
        Lexer { text, at, format }
    }

    /// Goes on to the next token and gives its first byte; `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let byte = self.byte(self.at);
            match byte {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at = self.end_of_blanks(self.at + 1),
                Some(b'/') => self.comment()?,
                Some(0x0b | 0x0c | 0x80..) if self.skips_exotic_blank()? => {}
                _ => return Ok(byte),
            }
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn end_of_blanks(&self, mut at: usize) -> usize {
        while matches!(self.byte(at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            at += 1;
        }
        at
    }

    fn skips_exotic_blank(&mut self) -> Result<bool, Fault> {
        let character = self.character();
        let first = self.at == 0 && character == BOM;
        if first && matches!(self.format, Format::Json | Format::JsonComments) {
            return Err(Fault::new("the file starts with a byte order mark, which JSON does not allow", 0));
        }
        let skips = first || self.format == Format::Jsonc && exotic_blank(character);
        if skips {
            self.at += character.len_utf8();
        }
        Ok(skips)
    }

    fn character(&self) -> char {
        self.text[self.at..].chars().next().expect("the lexer stands on a character")
    }

    fn comment(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let rest = &self.text[start..];
        let line = rest.starts_with("//");
        if !line && !rest.starts_with("/*") {
            return Err(Fault::new("a slash does not belong here", start));
        }
        if self.format.is_strict() && self.format != Format::JsonComments {
            return Err(Fault::new("a comment is not allowed here", start));
        }
        if line {
            let length = memchr::memchr2(b'\n', b'\r', rest.as_bytes()).unwrap_or(rest.len());
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

    /// Takes the string that begins here; whether it holds escapes.
    pub(super) fn string(&mut self) -> Result<bool, Fault> {
        let bytes = self.text.as_bytes();
        let mut escaped = false;
        let mut at = self.at + 1;
        let message = loop {
            at = end_of_plain(bytes, at);
            match bytes.get(at) {
                Some(b'"') => {
                    self.at = at + 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    at += 1;
                    match bytes.get(at) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => at += 1,
                        Some(b'u') => {
                            let digits = bytes[at + 1..].iter().take(4);
                            let length = digits.take_while(|byte| byte.is_ascii_hexdigit()).count();
                            at += 1 + length;
                            if length < 4 {
                                let closed = at < bytes.len();
                                break if closed {
                                    "a string holds an unknown escape"
                                } else {
                                    "a string is not closed"
                                };
                            }
                        }
                        Some(_) => break "a string holds an unknown escape",
                        None => break "a string is not closed",
                    }
                }
                Some(b'\n' | b'\r') | None => break "a string is not closed",
                Some(_) => break "a string holds a raw control character",
            }
        };
        Err(self.fault(message, at))
    }

    /// Takes the number that begins here.
    pub(super) fn number(&mut self) -> Result<(), Fault> {
        let bytes = self.text.as_bytes();
        let digits = |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let wrong = |lexer: &Lexer, at| Err(lexer.fault("this is not a number", at));
        let whole = self.at + usize::from(bytes[self.at] == b'-');
        let mut end = if self.byte(whole) == Some(b'0') { whole + 1 } else { digits(whole) };
        if end == whole {
            return wrong(self, whole);
        }
        if bytes[end - 1] == b'0' && end == whole + 1 && self.byte(end).is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(Fault::new("this is not a number", end));
        }
        if self.byte(end) == Some(b'.') {
            let fraction = end + 1;
            end = digits(fraction);
            if end == fraction {
                return wrong(self, end);
            }
        }
        if matches!(self.byte(end), Some(b'e' | b'E')) {
            let exponent = end + 1 + usize::from(matches!(self.byte(end + 1), Some(b'+' | b'-')));
            end = digits(exponent);
            if end == exponent {
                return wrong(self, end);
            }
        }
        self.at = end;
        Ok(())
    }

    /// Takes `true`, `false` or `null`, and gives it.
    pub(super) fn word(&mut self) -> Result<&'static str, Fault> {
        let rest = &self.text.as_bytes()[self.at..];
        let word = match rest.first() {
            Some(b't') => "true",
            Some(b'f') => "false",
            Some(b'n') => "null",
            _ => return Err(self.no_value()),
        };
        let common = rest.iter().zip(word.as_bytes()).take_while(|(a, b)| a == b).count();
        // VS Code's reader takes all that is no mark or blank for one word.
        if common < word.len() || !self.format.is_strict() && self.goes_on(word.len()) {
            return Err(self.fault("text needs double quotes", self.at + common));
        }
        self.at += word.len();
        Ok(word)
    }

    /// Whether a word goes on `length` bytes from here.
    fn goes_on(&self, length: usize) -> bool {
        let next = self.text[self.at + length..].chars().next();
        next.is_some_and(|c| !" \t\n\r{}[]\":,/".contains(c) && !exotic_blank(c))
    }

    /// What stands here can begin no value.
    pub(super) fn no_value(&self) -> Fault {
        if self.at == self.text.len() {
            return Fault::new("the file ends where a value belongs", self.at);
        }
        let message = match self.character() {
            '\'' | '`' | '\u{201c}' | '\u{201d}' | '_' | '$' => "text needs double quotes",
            c if c.is_alphabetic() => "text needs double quotes",
            '{' | '}' | '[' | ']' | ',' | ':' => "expected a value",
            _ => "there is a character that does not belong here",
        };
        Fault::new(message, self.at)
    }

    /// A token that begins here goes wrong at `at`.
    fn fault(&self, message: &'static str, at: usize) -> Fault {
        Fault::new(message, if self.format.is_strict() { at } else { self.at })
    }

    /// Takes one value of a text that was read before, whatever is in it.
    pub(super) fn skip_value(&mut self) {
        let mut depth = 0usize;
        while let Ok(Some(byte)) = self.peek() {
            match byte {
                b'"' => drop(self.string()),
                b'a'..=b'z' | b'-' | b'0'..=b'9' => {
                    let word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
                    self.at += self.text.as_bytes()[self.at..].iter().take_while(word).count();
                }
                mark => {
                    depth = match mark {
                        b'{' | b'[' => depth + 1,
                        b'}' | b']' => depth - 1,
                        _ => depth,
                    };
                    self.at += 1;
                }
            }
            if depth == 0 {
                return;
            }
        }
    }
}

/// The first byte from `at` on that ends a string or is special in it: a quote,
/// a backslash, a control character. Eight bytes at a time.
fn end_of_plain(bytes: &[u8], mut at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES << 7;
    // The high bit of each byte that is less than `n`, and perhaps of others
    // above the first such one: a borrow only goes up.
    let below = |word: u64, n: u64| word.wrapping_sub(ONES * n) & !word & HIGH;
    let equal = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let found = below(word, 0x20) | equal(word, b'"') | equal(word, b'\\');
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + bytes[at..].iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | ..0x20)).count()
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
pub(super) fn unescape(quoted: &str, escaped: bool) -> Cow<'_, str> {
    let inner = &quoted[1..quoted.len() - 1];
    if !escaped {
        return Cow::Borrowed(inner);
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
    Cow::Owned(text)
}

fn hex(digits: &str) -> u32 {
    u32::from_str_radix(&digits[..4], 16).expect("the lexer checked the digits")
}
