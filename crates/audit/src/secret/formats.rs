//! Providers' key formats as facts, in a notation of our own, and the matcher.
//!
//! `ghp_<a36>` is the text `ghp_` and 36 letters or digits. Classes: `d`
//! digits, `h` lower-case hex, `H` hex, `u` capitals and digits, `l` small
//! letters and digits, `a` letters and digits, `w` the same and `_`, `b` the
//! same and `-`, `p` the same and `./~`, `s` base64 in all its spellings;
//! `<guid>` is a UUID. `<b20-200>` gives both lengths. A `key` is known by its
//! own letters, a `named` one only beside a word of its provider.

mod table;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::{Reach, Verdict, values};
use crate::finding::Confidence;
use table::{PUBLIC, providers};

/// Who makes keys.
pub(super) struct Provider {
    /// Empty: the format is nobody's own.
    name: &'static str,
    /// How names of variables call it, in small letters, parted by blanks.
    words: &'static str,
    /// Where the format is documented.
    #[allow(dead_code, reason = "for who checks a row; a test reads it")]
    source: &'static str,
    /// Where keys are replaced; empty where not known.
    page: &'static str,
    keys: &'static [Key],
}

/// One format.
pub(super) struct Key {
    /// Completes "X holds …".
    kind: &'static str,
    shape: &'static str,
    named: bool,
    crc32: bool,
    reach: Option<Reach>,
}

impl Key {
    const fn reach(self, reach: Reach) -> Key {
        Key { reach: Some(reach), ..self }
    }

    /// The last six characters are the CRC-32 of the thirty before, in base 62.
    const fn crc32(self) -> Key {
        Key { crc32: true, ..self }
    }
}

const fn provider(
    name: &'static str,
    words: &'static str,
    source: &'static str,
    page: &'static str,
    keys: &'static [Key],
) -> Provider {
    Provider { name, words, source, page, keys }
}

const fn key(kind: &'static str, shape: &'static str) -> Key {
    Key { kind, shape, named: false, crc32: false, reach: None }
}

const fn named(kind: &'static str, shape: &'static str) -> Key {
    Key { named: true, ..key(kind, shape) }
}

/// A format that fits, and whose it is.
#[derive(Clone, Copy)]
pub(super) struct Match {
    provider: &'static Provider,
    key: &'static Key,
}

impl Match {
    /// What `value`, which has this format, is. Wrong check digits, and letters
    /// that count up, make it a broken or a made-up key.
    pub(super) fn verdict(&self, value: &str) -> Verdict {
        let shared = self.key.shape.split('<').next().unwrap_or_default();
        let body = value.strip_prefix(shared).unwrap_or(value);
        let confidence = if values::is_counted(body) {
            Confidence::Medium
        } else if self.key.crc32 && !has_crc32(value) {
            Confidence::High
        } else {
            Confidence::Confirmed
        };
        Verdict {
            provider: Some(self.provider.name).filter(|name| !name.is_empty()),
            reach: self.key.reach,
            ..Verdict::new(self.key.kind, confidence)
        }
    }
}

/// GitHub's and npm's check digits.
fn has_crc32(value: &str) -> bool {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let Some((body, check)) = value.len().checked_sub(6).and_then(|at| value.split_at_checked(at)) else {
        return false;
    };
    let Some(body) = body.len().checked_sub(30).and_then(|at| body.get(at..)) else { return false };
    let mut rest = crc32fast::hash(body.as_bytes());
    check.bytes().rev().all(|byte| {
        let digit = DIGITS[(rest % 62) as usize];
        rest /= 62;
        digit == byte
    })
}

pub(super) fn page(provider: &str) -> Option<&'static str> {
    providers().find(|row| row.name == provider).map(|row| row.page).filter(|page| !page.is_empty())
}

pub(super) fn is_public(value: &str) -> bool {
    PUBLIC.iter().any(|start| value.starts_with(start))
}

/// A piece of a compiled shape.
#[derive(Clone, Copy)]
enum Piece {
    Text(&'static str),
    Class { class: u8, least: usize, most: usize },
}

fn compile(shape: &'static str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = shape;
    while !rest.is_empty() {
        let open = rest.find('<').unwrap_or(rest.len());
        if open > 0 {
            pieces.push(Piece::Text(&rest[..open]));
        }
        let Some((class, behind)) = rest.get(open + 1..).and_then(|inner| inner.split_once('>')) else {
            break;
        };
        if class == "guid" {
            pieces.extend(compile("<H8>-<H4>-<H4>-<H4>-<H12>"));
        } else {
            let (least, most) = class[1..].split_once('-').unwrap_or((&class[1..], &class[1..]));
            let number = |text: &str| text.parse().expect("a test reads every shape");
            pieces.push(Piece::Class { class: class.as_bytes()[0], least: number(least), most: number(most) });
        }
        rest = behind;
    }
    pieces
}

fn is_in(class: u8, byte: u8) -> bool {
    match class {
        b'd' => byte.is_ascii_digit(),
        b'h' => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        b'H' => byte.is_ascii_hexdigit(),
        b'u' => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
        b'l' => byte.is_ascii_digit() || byte.is_ascii_lowercase(),
        b'a' => byte.is_ascii_alphanumeric(),
        b'w' => byte.is_ascii_alphanumeric() || byte == b'_',
        b'b' => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'),
        b'p' => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'~'),
        _ => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-' | b'%'),
    }
}

/// Where a match that begins at `at` ends. The last class takes all it can;
/// a token that goes on behind it is another one.
fn ends(pieces: &[Piece], text: &[u8], at: usize) -> Option<usize> {
    let Some((piece, behind)) = pieces.split_first() else {
        return Some(at);
    };
    match *piece {
        Piece::Text(literal) => {
            text[at..].starts_with(literal.as_bytes()).then(|| ends(behind, text, at + literal.len()))?
        }
        Piece::Class { class, least, most } => {
            let run = text[at..].iter().take(most + 1).take_while(|byte| is_in(class, **byte)).count();
            if behind.is_empty() {
                let open = text.get(at + run).is_some_and(|byte| byte.is_ascii_alphanumeric());
                return (run >= least && run <= most && !open).then_some(at + run);
            }
            // Only a class in front of a text can stop early.
            (least..=run.min(most)).rev().find_map(|length| ends(behind, text, at + length))
        }
    }
}

struct Compiled {
    formats: Vec<(Match, Vec<Piece>)>,
    /// The formats that can begin with a byte, longest text first, each with
    /// the byte that has to follow.
    by_first: Vec<Vec<(Option<u8>, usize)>>,
    /// Those that begin with a class.
    open: Vec<usize>,
    /// The formats that need a word of their provider, by that word.
    by_word: HashMap<&'static str, Vec<(Match, Vec<Piece>)>>,
    by_name: HashMap<&'static str, &'static str>,
}

static COMPILED: LazyLock<Compiled> = LazyLock::new(|| {
    let all = || providers().flat_map(|provider| provider.keys.iter().map(move |key| Match { provider, key }));
    let formats: Vec<(Match, Vec<Piece>)> =
        all().filter(|one| !one.key.named).map(|one| (one, compile(one.key.shape))).collect();
    let mut by_first = vec![Vec::new(); 256];
    let mut open = Vec::new();
    for (index, (_, pieces)) in formats.iter().enumerate() {
        match pieces.first() {
            Some(Piece::Text(text)) => {
                by_first[usize::from(text.as_bytes()[0])].push((text.as_bytes().get(1).copied(), index));
            }
            _ => open.push(index),
        }
    }
    // `sk-ant-api03-…` is more than `sk-ant-…`.
    for list in &mut by_first {
        list.sort_by_key(|&(_, index)| {
            std::cmp::Reverse(match formats[index].1.first() {
                Some(Piece::Text(text)) => text.len(),
                _ => 0,
            })
        });
    }
    let mut by_word: HashMap<_, Vec<_>> = HashMap::new();
    let mut by_name = HashMap::new();
    for provider in providers() {
        for word in provider.words.split_ascii_whitespace() {
            by_name.entry(word).or_insert(provider.name);
            let keys = provider.keys.iter().filter(|key| key.named);
            by_word.entry(word).or_default().extend(keys.map(|key| (Match { provider, key }, compile(key.shape))));
        }
    }
    Compiled { formats, by_first, open, by_word, by_name }
});

/// A key of a known provider whose format begins at `at`, and its place: of a
/// URL what stands behind the address that all of them share.
pub(super) fn at(text: &str, at: usize) -> Option<(Range<usize>, Match)> {
    let bytes = text.as_bytes();
    let first = *bytes.get(at)?;
    if at > 0 && bytes[at - 1].is_ascii_alphanumeric() && first.is_ascii_alphanumeric() {
        return None;
    }
    let compiled = &*COMPILED;
    let open = if first.is_ascii_alphanumeric() { compiled.open.as_slice() } else { &[] };
    let second = bytes.get(at + 1).copied();
    let texts = compiled.by_first[usize::from(first)].iter();
    let texts = texts.filter(|(wanted, _)| wanted.is_none() || *wanted == second).map(|(_, index)| index);
    let mut longest: Option<(usize, Match)> = None;
    for &index in texts.chain(open) {
        let (format, pieces) = &compiled.formats[index];
        if let Some(end) = ends(pieces, bytes, at)
            && longest.is_none_or(|(before, _)| end > before)
        {
            longest = Some((end, *format));
        }
    }
    longest.map(|(end, format)| {
        let shared = format.key.shape.split('<').next().filter(|text| text.contains('.') && text.contains('/'));
        (at + shared.map_or(0, str::len)..end, format)
    })
}

/// A value that one of the words beside it makes a provider's key.
pub(super) fn beside<'a>(words: impl Iterator<Item = &'a str>, value: &str) -> Option<Match> {
    let mut lists = words.filter_map(|word| COMPILED.by_word.get(word));
    lists.find_map(|list| {
        let fits = |pieces: &[Piece]| ends(pieces, value.as_bytes(), 0) == Some(value.len());
        list.iter().find(|(_, pieces)| fits(pieces)).map(|(format, _)| *format)
    })
}

/// The provider that one of the words means.
pub(super) fn whose<'a>(mut words: impl Iterator<Item = &'a str>) -> Option<&'static str> {
    words.find_map(|word| COMPILED.by_name.get(word).copied())
}

#[cfg(test)]
mod tests;
