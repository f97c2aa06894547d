//! The secrets of one computer, to be found wherever else they stand.

use std::borrow::Cow;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use super::mask;

/// Shorter ones are words that stand in many texts.
const SHORTEST: usize = 8;
/// In what somebody wrote by hand a shorter one is no chance either.
const SHORTEST_TYPED: usize = 4;

/// All secrets that were recognised, wherever. Has no `Debug`.
#[derive(Default)]
pub struct Known {
    values: Vec<String>,
    /// `None`: there is nothing to look for.
    finder: Option<AhoCorasick>,
}

impl Known {
    /// `values`: as they are, nothing escaped.
    pub fn new(values: Vec<String>) -> Known {
        let mut spelled: Vec<String> = Vec::new();
        for value in &values {
            // A private key has lines, and any of them is most of it.
            for line in value.lines().map(str::trim).filter(|line| line.len() >= SHORTEST && !line.starts_with("-----"))
            {
                spelled.push(line.to_owned());
                let quoted = serde_json::Value::from(line).to_string();
                spelled.push(quoted[1..quoted.len() - 1].to_owned());
            }
        }
        spelled.sort();
        spelled.dedup();
        // Built for every look at a computer, and then read little: what is quick to build wins.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let build = || AhoCorasick::builder().kind(kind).match_kind(MatchKind::LeftmostLongest).build(&spelled);
        // More than fits in an index is more than any config holds.
        let finder = if spelled.is_empty() { None } else { build().ok() };
        Known { values, finder }
    }

    /// These and those.
    pub fn and(&self, other: &Known) -> Known {
        Known::new(self.values.iter().chain(&other.values).cloned().collect())
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
        let typed = |value: &String| value.trim().len() >= SHORTEST_TYPED && text.contains(value.trim());
        self.values.iter().any(typed) || !self.places(text).is_empty()
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
}
