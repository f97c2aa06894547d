//! The secrets of one computer, to be found wherever else they stand.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use zeroize::{Zeroize, Zeroizing};

use super::mask;

/// Shorter ones are words that stand in many texts.
const SHORTEST: usize = 8;
/// In what somebody wrote by hand a shorter one is no chance either.
const SHORTEST_TYPED: usize = 4;

/// What servers run and where they are, as their entries say it. It is seen
/// whatever a config calls a key: who hid it would hide what is started.
#[derive(Clone, Default)]
pub struct Open {
    /// Each without a secret.
    pieces: BTreeSet<String>,
    /// Those of one word, a line each: what is a part of any is shown.
    words: String,
    /// Those of several: a single word of them may be a key for all that is known.
    lines: String,
}

impl Open {
    /// `pieces`: programs, packages, scripts, addresses, flags, and whole lines.
    pub fn new(pieces: impl IntoIterator<Item = String>) -> Open {
        let pieces: BTreeSet<String> = pieces.into_iter().filter(|piece| piece.len() >= SHORTEST).collect();
        let (lines, words): (Vec<&str>, Vec<&str>) =
            pieces.iter().map(String::as_str).partition(|piece| piece.contains(char::is_whitespace));
        Open { words: words.join("\n"), lines: lines.join("\n"), pieces }
    }

    /// Whether hiding `line` would hide one of them, or a part of one.
    fn holds(&self, line: &str) -> bool {
        if self.words.contains(line) {
            return true;
        }
        let apart = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '=');
        // A word alone may be one of a seed phrase too.
        let is_named = |word: &str| word.contains(|c: char| !c.is_alphanumeric()) && self.pieces.contains(word);
        line.contains(char::is_whitespace) && self.lines.contains(line)
            || line.contains(apart) && line.split(apart).any(is_named)
    }
}

/// All secrets that were recognised, wherever. Has no `Debug`.
#[derive(Default)]
pub struct Known {
    values: Vec<String>,
    open: Open,
    /// `None`: there is nothing to look for.
    finder: Option<AhoCorasick>,
}

impl Drop for Known {
    fn drop(&mut self) {
        self.values.zeroize();
    }
}

impl Known {
    /// `values`: as they are, nothing escaped.
    pub fn new(values: Vec<String>) -> Known {
        Known::but(values, Open::default())
    }

    /// `open`: what is seen all the same.
    pub fn but(mut values: Vec<String>, open: Open) -> Known {
        values.sort();
        values.dedup();
        let mut spelled: Zeroizing<Vec<String>> = Zeroizing::default();
        for value in &values {
            // A private key has lines, and any of them is most of it.
            for line in value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST && !line.starts_with("-----"))
            {
                if open.holds(line) {
                    continue;
                }
                spelled.push(line.to_owned());
                let quoted = serde_json::Value::from(line).to_string();
                spelled.push(quoted[1..quoted.len() - 1].to_owned());
            }
        }
        spelled.sort();
        spelled.dedup();
        // Built for every look at a computer, and then read little: what is quick to build wins.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let build = || AhoCorasick::builder().kind(kind).match_kind(MatchKind::LeftmostLongest).build(&*spelled);
        // More than fits in an index is more than any config holds.
        let finder = if spelled.is_empty() { None } else { build().ok() };
        Known { values, open, finder }
    }

    /// These and those.
    pub fn and(&self, other: &Known) -> Known {
        let values = self.values.iter().chain(&other.values).cloned().collect();
        Known::but(values, Open::new(self.open.pieces.union(&other.open.pieces).cloned()))
    }

    /// These and what was known before; what is seen all the same is what it is now.
    pub fn with(&self, past: &Past) -> Known {
        let mut values: Vec<String> = past.0.iter().map(|value| value.as_str().to_owned()).collect();
        values.extend(self.values.iter().cloned());
        Known::but(values, self.open.clone())
    }

    /// Whether a value may be hidden wherever it stands.
    pub fn hides(&self, value: &str) -> bool {
        !value.lines().map(str::trim).any(|line| !line.is_empty() && self.open.holds(line))
    }

    /// Where they stand in a text, in order.
    pub fn places(&self, text: &str) -> Vec<Range<usize>> {
        self.finder.iter().flat_map(|finder| finder.find_iter(text).map(|found| found.range())).collect()
    }

    /// The text without them; what else is secret in it is not looked for.
    pub fn hide<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let places = self.places(text);
        if places.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut hidden, mut at) = (String::with_capacity(text.len()), 0);
        for place in places {
            hidden.push_str(&text[at..place.start]);
            hidden.push_str(&mask(&text[place.clone()]));
            at = place.end;
        }
        hidden.push_str(&text[at..]);
        Cow::Owned(hidden)
    }

    /// Whether a text that somebody typed holds one of them, short ones too.
    pub fn is_in(&self, text: &str) -> bool {
        let typed =
            |value: &String| value.trim().len() >= SHORTEST_TYPED && text.contains(value.trim()) && self.hides(value);
        self.values.iter().any(typed) || !self.places(text).is_empty()
    }
}

/// Every value that was known as a secret since a process began: a key that was
/// moved may stand elsewhere still. Zeroed on drop; has no `Debug`.
#[derive(Default)]
pub struct Past(Vec<Zeroizing<String>>);

impl Past {
    /// Keeps all that is known now.
    pub fn keep(&mut self, known: &Known) {
        known.values.iter().for_each(|value| self.add(value));
    }

    /// Keeps one.
    pub fn add(&mut self, value: &str) {
        if let Err(at) = self.0.binary_search_by(|kept| kept.as_str().cmp(value)) {
            self.0.insert(at, Zeroizing::new(value.to_owned()));
        }
    }

    /// Whether any of them is not known to `known`.
    pub fn has_more(&self, known: &Known) -> bool {
        self.0.iter().any(|value| known.values.binary_search_by(|one| one.as_str().cmp(value)).is_err())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_hidden_wherever_it_stands() {
        let known =
            Known::new(vec!["plain-value-1".to_owned(), "first line\nsecond \"line\"".to_owned(), "ab12".to_owned()]);
        assert_eq!(known.hide("x plain-value-1, plain-value-12"), "x ••••, ••••2");
        assert_eq!(known.hide(r#"second \"line\" and second "line""#), "•••• and ••••");
        assert_eq!(known.hide("ab12 stays"), "ab12 stays");
        assert!(known.is_in("it is ab12.") && !known.is_in("nothing of it"));
        assert_eq!(Known::default().hide("text"), "text");
    }

    #[test]
    fn what_runs_is_no_secret_whoever_says_so() {
        let open = || Open::new(["@evil/server-github@6.6.6", "npx"].map(str::to_owned));
        let of = |value: &str| Known::but(vec![value.to_owned()], open());
        let line = "npx -y @evil/server-github@6.6.6 plain-value-1";
        for hidden in ["@evil/server-github@6.6.6", "evil/server", "-y @evil/server-github@6.6.6", "a\n@evil/server"] {
            assert_eq!(of(hidden).hide(line), line, "{hidden}");
        }
        assert_eq!(of("plain-value-1").hide(line), "npx -y @evil/server-github@6.6.6 ••••");
        // What was known stays so, what runs is what it is now.
        let mut past = Past::default();
        past.keep(&of("@evil/server"));
        assert!(past.has_more(&of("plain-value-1")) && !past.has_more(&of("@evil/server")));
        assert_eq!(Known::new(Vec::new()).with(&past).hide(line), "npx -y ••••-github@6.6.6 plain-value-1");
        assert_eq!(of("plain-value-1").with(&past).hide(line), "npx -y @evil/server-github@6.6.6 ••••");
    }
}
