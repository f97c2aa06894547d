//! Several values looked for at once, in a stream.
//!
//! Memory stays the same whatever the length of a file: a window of it, with as
//! much of the one before as a value may reach over. Positions only are kept.

use std::io::{self, Read};
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use memchr::memchr_iter;
use warder_launch::vault::Secret;

use super::spellings::spellings;

/// Characters of the shortest value that is looked for: a shorter one may be a word like any other.
pub(super) const SHORTEST: usize = 8;

/// Below this length a value counts only where no letter or digit stands beside it.
const SURE: usize = 16;

const WINDOW: usize = 256 * 1024;

/// What is looked for.
pub(super) struct Needles {
    automaton: AhoCorasick,
    /// Of each pattern: the key it is a spelling of, and how it counts.
    patterns: Vec<Pattern>,
    longest: usize,
    keys: usize,
}

#[derive(Clone, Copy)]
struct Pattern {
    key: usize,
    /// A part of a run of base64.
    inside: bool,
    /// Counts only as a word of its own.
    alone: bool,
}

/// One key in one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// Index of the key.
    pub(super) key: usize,
    /// Of its first place, from 1.
    pub(super) line: usize,
    pub(super) count: usize,
}

impl Needles {
    /// `None` where there is nothing to look for. Each value has to be at least `SHORTEST` long.
    pub(super) fn of(values: &[Secret]) -> Option<Needles> {
        let (mut bytes, mut patterns) = (Vec::new(), Vec::new());
        for (key, value) in values.iter().enumerate() {
            for spelling in spellings(value.expose()) {
                patterns.push(Pattern { key, inside: spelling.inside, alone: value.expose().len() < SURE });
                bytes.push(spelling.bytes);
            }
        }
        let longest = bytes.iter().map(|one| one.len()).max()?;
        let all = bytes.iter().map(|one| one.as_slice());
        // What several keys share must not hide one of them. The faster automaton would take
        // a hundred times the memory for long values.
        let automaton = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::Standard)
            .build(all)
            .ok()?;
        Some(Needles { automaton, patterns, longest, keys: values.len() })
    }

    /// The keys in a stream, by index; `most` bytes of it are read.
    pub(super) fn look(&self, reader: impl Read, most: u64) -> io::Result<Vec<Hit>> {
        let mut reader = reader.take(most);
        // One byte more on each side says whether a word goes on.
        let keep = self.longest + 1;
        let mut window = Vec::with_capacity(WINDOW + 2 * keep);
        // Of the window's first byte in the stream, and of the line it is in.
        let (mut start, mut line) = (0u64, 1);
        // By key: its hit so far, and where that ends in the stream.
        let mut hits: Vec<Option<(Hit, u64)>> = vec![None; self.keys];
        loop {
            let before = window.len();
            (&mut reader).take(WINDOW as u64).read_to_end(&mut window)?;
            let last = window.len() == before;
            let (mut counted, mut here) = (0, line);
            for found in self.found(&window) {
                // Too near an end to know what stands beside it: seen whole in the window before, or in the next one.
                if start > 0 && found.range.start == 0 || !last && found.range.end == window.len() {
                    continue;
                }
                let (from, to) = (start + found.range.start as u64, start + found.range.end as u64);
                match &mut hits[found.key] {
                    Some((_, end)) if from < *end => {}
                    Some((hit, end)) => {
                        hit.count += 1;
                        *end = to;
                    }
                    none => {
                        // Spellings of several lengths do not come in the order of their starts.
                        if found.range.start < counted {
                            (counted, here) = (0, line);
                        }
                        here += memchr_iter(b'\n', &window[counted..found.range.start]).count();
                        counted = found.range.start;
                        *none = Some((Hit { key: found.key, line: here, count: 1 }, to));
                    }
                }
            }
            if last {
                return Ok(hits.into_iter().flatten().map(|(hit, _)| hit).collect());
            }
            let gone = window.len().saturating_sub(keep);
            line += memchr_iter(b'\n', &window[..gone]).count();
            start += gone as u64;
            window.drain(..gone);
        }
    }

    /// Every place of a text that says one of the keys, in order and without
    /// overlaps; a run of base64 as a whole.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = self.found(text.as_bytes()).map(|found| found.whole(text)).collect();
        places.sort_by_key(|place| (place.start, place.end));
        let mut joined: Vec<Range<usize>> = Vec::new();
        for place in places {
            match joined.last_mut() {
                Some(before) if place.start < before.end => before.end = before.end.max(place.end),
                _ => joined.push(place),
            }
        }
        joined
    }

    fn found<'a>(&'a self, bytes: &'a [u8]) -> impl Iterator<Item = Found> + 'a {
        self.automaton.find_overlapping_iter(bytes).filter_map(move |found| {
            let Pattern { key, inside, alone } = self.patterns[found.pattern()];
            let range = found.range();
            let goes_on = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
            let before = range.start.checked_sub(1).and_then(|at| bytes.get(at));
            let word = !alone || inside || !(goes_on(before) || goes_on(bytes.get(range.end)));
            word.then_some(Found { key, range, inside })
        })
    }
}

struct Found {
    key: usize,
    range: Range<usize>,
    inside: bool,
}

impl Found {
    /// With the rest of its run of base64; without it, the rest would still say a part of the key.
    fn whole(&self, text: &str) -> Range<usize> {
        if !self.inside {
            return self.range.clone();
        }
        let part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
        let bytes = text.as_bytes();
        let before = bytes[..self.range.start].iter().rev().take_while(|byte| part(byte)).count();
        let behind = bytes[self.range.end..].iter().take_while(|byte| part(byte)).count();
        self.range.start - before..self.range.end + behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needles(values: &[&str]) -> Needles {
        let values: Vec<Secret> = values.iter().map(|value| Secret::new(*value)).collect();
        Needles::of(&values).unwrap()
    }

    #[test]
    fn each_key_is_counted_with_its_first_line() {
        let needles = needles(&["alpha-0123456789abcdef", "0123456789abcdef-omega-x"]);
        let text = "one\ntwo alpha-0123456789abcdef-omega-x\nalpha-0123456789abcdef\n\nalpha-0123456789abcde";
        let hits = needles.look(text.as_bytes(), u64::MAX).unwrap();
        assert_eq!(hits, [Hit { key: 0, line: 2, count: 2 }, Hit { key: 1, line: 2, count: 1 }]);
        assert!(needles.look("nothing".as_bytes(), u64::MAX).unwrap().is_empty());
    }

    #[test]
    fn nothing_is_lost_or_counted_twice_where_windows_meet() {
        let key = "key-0123456789-abcdefghij";
        let needles = needles(&[key]);
        for at in (WINDOW - 2 * key.len()..=WINDOW + 2 * key.len()).chain([3 * WINDOW - 1]) {
            let text = format!("{}{key}\n{key}", "\n".repeat(at));
            let hits = needles.look(text.as_bytes(), u64::MAX).unwrap();
            assert_eq!(hits, [Hit { key: 0, line: at + 1, count: 2 }], "{at}");
        }
    }

    #[test]
    fn a_short_value_counts_as_a_word_only() {
        let needles = needles(&["hunter42"]);
        let count = |text: &str| needles.look(text.as_bytes(), u64::MAX).unwrap().first().map_or(0, |hit| hit.count);
        assert_eq!(count("\"hunter42\" hunter42, xhunter42 hunter420"), 2);
        let text = format!("{}hunter42", "-".repeat(WINDOW - 8));
        assert_eq!(count(&text), 1);
        assert_eq!(count(&format!("{text}0")), 0);
    }

    #[test]
    fn a_run_of_base64_is_one_place() {
        let key = "s3cr3t-0f-th3-t3st";
        let text = format!("Basic {}\n{key}", data_encoding::BASE64.encode(format!("ana:{key}").as_bytes()));
        let places = needles(&[key]).places(&text);
        assert_eq!(places, [6..text.find('\n').unwrap(), text.rfind(key).unwrap()..text.len()]);
    }
}
