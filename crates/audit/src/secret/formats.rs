//! Vendors' key formats as facts, in a notation of our own, and the matcher.
//!
//! `ghp_<a36>` is the text `ghp_` and 36 letters or digits. Classes: `d`
//! digits, `h` lower-case hex, `H` hex, `u` capitals and digits, `l` small
//! letters and digits, `a` letters and digits, `w` the same and `_`, `b` the
//! same and `-`, `s` base64 (`+/=`). `<b20-200>` gives both lengths. Every
//! format begins with letters of its own, by which it is found.

mod table;

use std::sync::LazyLock;

use super::Reach;
use table::{FORMATS, NAMED, PAGES, PUBLIC};

/// One format.
pub(super) struct Format {
    /// Completes "X holds …".
    pub(super) kind: &'static str,
    pub(super) provider: &'static str,
    pub(super) reach: Option<Reach>,
    shape: &'static str,
}

impl Format {
    const fn reach(self, reach: Reach) -> Format {
        Format { reach: Some(reach), ..self }
    }
}

const fn format(provider: &'static str, kind: &'static str, shape: &'static str) -> Format {
    Format { kind, provider, reach: None, shape }
}

/// Formats that say nothing without a name that fits.
pub(super) struct Named {
    pub(super) kind: &'static str,
    pub(super) provider: &'static str,
    /// One of these words stands in the name.
    words: &'static str,
    shape: &'static str,
}

const fn named(provider: &'static str, kind: &'static str, words: &'static str, shape: &'static str) -> Named {
    Named { kind, provider, words, shape }
}

pub(super) fn page(provider: &str) -> Option<&'static str> {
    PAGES.iter().find(|(name, _)| *name == provider).map(|(_, page)| *page)
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
        let (least, most) = class[1..].split_once('-').unwrap_or((&class[1..], &class[1..]));
        let number = |text: &str| text.parse().expect("a test reads every shape");
        pieces.push(Piece::Class { class: class.as_bytes()[0], least: number(least), most: number(most) });
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
    formats: Vec<Vec<Piece>>,
    named: Vec<Vec<Piece>>,
    /// The formats that can begin with a byte, longest text first.
    by_first: Vec<Vec<usize>>,
    /// Those that begin with a class.
    open: Vec<usize>,
}

static COMPILED: LazyLock<Compiled> = LazyLock::new(|| {
    let formats: Vec<Vec<Piece>> = FORMATS.iter().map(|format| compile(format.shape)).collect();
    let mut by_first = vec![Vec::new(); 256];
    let mut open = Vec::new();
    for (index, pieces) in formats.iter().enumerate() {
        match pieces.first() {
            Some(Piece::Text(text)) => by_first[usize::from(text.as_bytes()[0])].push(index),
            _ => open.push(index),
        }
    }
    // `sk-ant-api03-…` is more than `sk-ant-…`.
    for list in &mut by_first {
        list.sort_by_key(|&index| {
            std::cmp::Reverse(match formats[index].first() {
                Some(Piece::Text(text)) => text.len(),
                _ => 0,
            })
        });
    }
    Compiled { formats, named: NAMED.iter().map(|format| compile(format.shape)).collect(), by_first, open }
});

/// A key of a known vendor that begins at `at`, and where it ends.
pub(super) fn at(text: &str, at: usize) -> Option<(usize, &'static Format)> {
    let bytes = text.as_bytes();
    let first = *bytes.get(at)?;
    if at > 0 && bytes[at - 1].is_ascii_alphanumeric() {
        return None;
    }
    let compiled = &*COMPILED;
    let open = if first.is_ascii_alphanumeric() { compiled.open.as_slice() } else { &[] };
    let mut longest: Option<(usize, &'static Format)> = None;
    for &index in compiled.by_first[usize::from(first)].iter().chain(open) {
        if let Some(end) = ends(&compiled.formats[index], bytes, at)
            && longest.is_none_or(|(before, _)| end > before)
        {
            longest = Some((end, &FORMATS[index]));
        }
    }
    longest
}

/// A value that its name makes a vendor's key; `words` are the name's.
pub(super) fn by_name(words: &[String], value: &str) -> Option<&'static Named> {
    NAMED.iter().enumerate().find_map(|(index, named)| {
        let fits = named.words.split(' ').any(|word| words.iter().any(|have| have == word));
        (fits && ends(&COMPILED.named[index], value.as_bytes(), 0) == Some(value.len())).then_some(named)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A made-up value of a shape.
    fn sample(shape: &'static str) -> String {
        let letters = |class| {
            (0..=255u8).filter(move |byte| byte.is_ascii_alphanumeric() && is_in(class, *byte)).collect::<Vec<_>>()
        };
        let mut text = String::new();
        for piece in compile(shape) {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Class { class, least, .. } => {
                    let letters = letters(class);
                    text.extend((0..least).map(|at| char::from(letters[(at * 7 + 3) % letters.len()])));
                }
            }
        }
        text
    }

    #[test]
    fn every_format_finds_its_own_sample() {
        for format in FORMATS {
            let text = sample(format.shape);
            let found = at(&text, 0).map(|(end, found)| (end, found.provider));
            assert_eq!(found.map(|found| found.0), Some(text.len()), "{} {}", format.kind, format.shape);
        }
        for named in NAMED {
            let words = vec![named.words.split(' ').next().expect("one word").to_owned()];
            assert!(by_name(&words, &sample(named.shape)).is_some(), "{}", named.kind);
        }
    }

    #[test]
    fn a_longer_token_is_another_one() {
        let text = format!("{}0", sample("ghp_<a36>"));
        assert!(at(&text, 0).is_none());
        assert!(at(&format!("x{}", sample("ghp_<a36>")), 1).is_none());
    }
}
