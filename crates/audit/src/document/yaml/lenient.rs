//! What the parser refuses and every client takes: a closing bracket below the
//! name of its list, and a tab behind a colon.
//!
//! ```yaml
//! args: [
//!   -y
//! ]
//! ```
//!
//! YAML 1.2 wants the bracket further in, but `yaml` only warns, libyaml and
//! js-yaml say nothing. The tab is fine in YAML 1.2 too. The parser is given a
//! text with one more space before each of them.

use super::text::next_line;
use crate::document::blanks::skip_blanks;

/// A text for the parser, and where in the real one a space was put in.
pub(super) struct Spaced {
    pub(super) text: String,
    pub(super) spaces: Vec<usize>,
}

/// `None` if there is no such place. A text in quotes can hold one: its reader has to look.
pub(super) fn spaced(text: &str) -> Option<Spaced> {
    let mut spaces = Vec::new();
    let mut at = 0;
    // Lines further in than this are those of a block text.
    let mut block: Option<usize> = None;
    while at < text.len() {
        let first = skip_blanks(text, at);
        let end = text[first..].find(['\n', '\r']).map_or(text.len(), |end| first + end);
        if block.is_some_and(|column| first < end && first - at <= column) {
            block = None;
        }
        if block.is_none() {
            let line = &text[first..end];
            spaces.extend(line.starts_with([']', '}']).then_some(first));
            spaces.extend(line.match_indices(":\t").map(|(colon, _)| first + colon + 1));
            block = block_text(&text[at..end]);
        }
        at = next_line(text, end).unwrap_or(text.len());
    }
    let mut spaced = String::with_capacity(text.len() + spaces.len());
    let mut copied = 0;
    for &space in &spaces {
        spaced.push_str(&text[copied..space]);
        spaced.push(' ');
        copied = space;
    }
    spaced.push_str(&text[copied..]);
    (!spaces.is_empty()).then_some(Spaced { text: spaced, spaces })
}

/// The column of the entry whose block text begins behind this line.
fn block_text(line: &str) -> Option<usize> {
    let head = line.split(" #").next().unwrap_or(line).trim_end();
    let mark = head.trim_end_matches(|c: char| matches!(c, '+' | '-' | '1'..='9'));
    let before = mark.strip_suffix(['|', '>'])?;
    before.is_empty().then_some(0).or_else(|| {
        let entry = before.trim_start_matches([' ', '-']);
        before.ends_with(' ').then_some(before.len() - entry.len()).map(|column| column.min(before.len() - 1))
    })
}

impl Spaced {
    /// The place in the real text of a place in the other one.
    pub(super) fn real(&self, at: usize) -> usize {
        let (mut low, mut high) = (0, self.spaces.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.spaces[middle] + middle < at { low = middle + 1 } else { high = middle }
        }
        at - low
    }
}
