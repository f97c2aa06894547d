//! Closing brackets that stand below the name of their list:
//!
//! ```yaml
//! args: [
//!   -y
//! ]
//! ```
//!
//! YAML 1.2 wants them further in, and so does the parser, but people write them
//! so and every client takes them (`yaml` with a warning; libyaml, js-yaml
//! without one). The parser is given a text with one more space before each.

use super::slots::{next_line, skip_blanks};

/// A text for the parser, and where in the real one a space was put in.
pub(super) struct Outdented {
    pub(super) text: String,
    pub(super) spaces: Vec<usize>,
}

/// `None` if no line begins with a closing bracket.
pub(super) fn shift(text: &str) -> Option<Outdented> {
    let mut shifted = Outdented { text: String::with_capacity(text.len() + 64), spaces: Vec::new() };
    let (mut at, mut copied) = (0, 0);
    // Lines further in than this are those of a block text.
    let mut block: Option<usize> = None;
    while at < text.len() {
        let first = skip_blanks(text, at);
        let end = text[first..].find(['\n', '\r']).map_or(text.len(), |end| first + end);
        if block.is_some_and(|column| first < end && first - at <= column) {
            block = None;
        }
        if block.is_none() {
            if text[first..end].starts_with([']', '}']) {
                shifted.text.push_str(&text[copied..first]);
                shifted.text.push(' ');
                shifted.spaces.push(first);
                copied = first;
            }
            block = block_text(&text[at..end]);
        }
        at = next_line(text, end).unwrap_or(text.len());
    }
    shifted.text.push_str(&text[copied..]);
    (!shifted.spaces.is_empty()).then_some(shifted)
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

impl Outdented {
    /// The place in the real text of a place in the shifted one.
    pub(super) fn real(&self, at: usize) -> usize {
        let (mut low, mut high) = (0, self.spaces.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.spaces[middle] + middle < at { low = middle + 1 } else { high = middle }
        }
        at - low
    }
}
