//! The secrets of a text that nothing is known of: a comment, or a file that
//! cannot be parsed. Rather a word too many than one too few.

use std::ops::Range;

use super::veil::Veil;
use crate::redact::{Known, character};
use crate::secret::{find, flag_takes_secret, is_named, is_random_word, is_secret_name, judge};

/// Nothing as short is a secret.
const SHORTEST: usize = 4;
/// A name is no longer.
const NAME: usize = 80;

/// What must not be seen of these bytes of a text.
pub(super) fn veils(text: &str, range: Range<usize>, known: &Known) -> Vec<Veil> {
    let part = &text[range.clone()];
    // Most of what stands between two values are commas and blanks.
    if part.bytes().filter(u8::is_ascii_alphanumeric).take(SHORTEST).count() < SHORTEST {
        return Vec::new();
    }
    let mut places = known.places(part);
    places.extend(find(part).into_iter().map(|found| found.range));
    places.extend(private_keys(part));
    places.extend(quoted(part, known));
    places.extend(named(part));
    places.extend(words(part));
    let places = places.into_iter().filter(|place| !place.is_empty());
    places.map(|place| Veil::all(text, range.start + place.start..range.start + place.end)).collect()
}

/// All lines of private keys, also where each begins with a comment's sign.
pub(super) fn private_keys(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut done = 0;
    for (at, begin) in text.match_indices("-----BEGIN ") {
        let label = &text[at + begin.len()..];
        let Some(end) = label.find("-----").filter(|end| *end <= NAME) else { continue };
        if at < done || !label[..end].contains("PRIVATE KEY") {
            continue;
        }
        let start = at + begin.len() + end + 5;
        done = text[start..].find("-----END").map_or(text.len(), |end| start + end);
        all.push(start..done);
    }
    all
}

/// Texts in quotes that are, hold or are called a secret.
fn quoted(text: &str, known: &Known) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    // The inside of the one before, for its flag.
    let mut before: Option<Range<usize>> = None;
    let mut at = 0;
    while at < bytes.len() {
        let quote = bytes[at];
        // `don't` quotes nothing.
        let opens = quote == b'"' || quote == b'\'' && !(at > 0 && bytes[at - 1].is_ascii_alphanumeric());
        if !opens {
            at += 1;
            continue;
        }
        let three = text.as_bytes()[at..].starts_with(&[quote; 3]);
        let start = at + if three { 3 } else { 1 };
        let name = name_before(text, at);
        let end = closing(bytes, start, quote, three, name.is_some_and(is_secret_name));
        let inside = start..end;
        let value = decoded(&text[inside.clone()]);
        let flag = before.clone().map(|before| &text[before]).filter(|flag| flag.starts_with('-'));
        let secret = name.is_some_and(|name| judge(name, &value).is_some() || is_named(name, &value))
            || flag.is_some_and(|flag| flag_takes_secret(flag) && is_named(flag, &value))
            || value != text[inside.clone()] && (!find(&value).is_empty() || !words(&value).is_empty())
            || !known.places(&value).is_empty();
        if secret {
            all.push(inside.clone());
        }
        at = end + if three { 3 } else { 1 };
        before = Some(inside);
    }
    all
}

/// Where a text in quotes ends. One that may be a secret goes on over lines.
fn closing(bytes: &[u8], start: usize, quote: u8, three: bool, over_lines: bool) -> usize {
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !three && !over_lines => return at,
            byte if byte == quote && three && !bytes[at..].starts_with(&[quote; 3]) => {}
            // `''` is one quote within single ones.
            b'\'' if quote == b'\'' && !three && bytes.get(at + 1) == Some(&b'\'') => at += 1,
            byte if byte == quote => return at,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// The name that a value at `at` is given, `API_KEY` of `"API_KEY": `.
fn name_before(text: &str, at: usize) -> Option<&str> {
    let before = text[..at].trim_end();
    let before = before.strip_suffix([':', '='])?.trim_end();
    let before = before.trim_end_matches(['"', '\'', '\\']);
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = before.bytes().rev().take(NAME).take_while(|byte| letter(byte)).count();
    Some(&before[before.len() - length..]).filter(|name| !name.is_empty())
}

/// The inside of quotes as it is meant, as far as that can be told.
fn decoded(inner: &str) -> String {
    if !inner.contains('\\') {
        return inner.to_owned();
    }
    let (mut value, mut rest) = (String::with_capacity(inner.len()), inner);
    while !rest.is_empty() {
        let hex = |from: usize, to: usize| u32::from_str_radix(rest.get(from..to)?, 16).ok().and_then(char::from_u32);
        let (letter, length) = match (character(rest), rest.as_bytes()[1..].first()) {
            (Some(found), _) => found,
            (None, Some(b'x')) => hex(2, 4).map_or(('\\', 1), |letter| (letter, 4)),
            (None, Some(b'U')) => hex(2, 10).map_or(('\\', 1), |letter| (letter, 10)),
            _ => ('\\', 1),
        };
        value.push(letter);
        rest = &rest[length..];
    }
    value
}

/// What follows the name of a secret up to the end of its line, and the lines
/// below that stand further in.
fn named(text: &str) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    // How far in the line stands whose value may go on.
    let mut open: Option<usize> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let said = line.trim_start_matches([' ', '\t', '#', '/', '*']);
        let depth = line.len() - said.len();
        let end = start + line.trim_end().len();
        let content = (start + depth).min(end);
        start += line.len();
        if said.trim().is_empty() {
            continue;
        }
        if open.is_some_and(|open| depth > open) {
            all.push(content..end);
            continue;
        }
        open = None;
        let marks = said.match_indices([':', '=']).filter(|(at, _)| !said[*at..].starts_with("://"));
        for (mark, _) in marks {
            let Some(name) = name_before(said, mark + 1).filter(|name| is_secret_name(name)) else { continue };
            let value = said[mark + 1..].trim_start();
            let from = content + said.len() - said[mark + 1..].trim_start().len();
            if value.starts_with(['"', '\'']) {
                continue;
            }
            // One that asks for a value is none; what else the line says is not asked.
            let first = value.split(char::is_whitespace).next().unwrap_or(value);
            if is_named(name, first) || first.is_empty() {
                all.push(from.min(end)..end);
                open = Some(depth);
                break;
            }
        }
    }
    all
}

/// Words that follow no language.
fn words(text: &str) -> Vec<Range<usize>> {
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>')
    };
    let mut all = Vec::new();
    let (mut start, mut before) = (0, "");
    for word in text.split(ends) {
        let range = start..start + word.len();
        start = range.end + text[range.end..].chars().next().map_or(0, char::len_utf8);
        if is_random_word(word) || flag_takes_secret(before) && !before.contains('=') && word.len() >= SHORTEST {
            all.push(range);
        }
        before = word;
    }
    all
}
