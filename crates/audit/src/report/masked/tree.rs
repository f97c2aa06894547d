//! The secrets of a text that can be parsed: the bytes of every value that is or
//! holds one, in whatever way it is spelled there.

use std::ops::Range;
use std::path::Path;

use super::loose;
use super::veil::Veil;
use super::{assigned, flagged};
use crate::document::{Document, Format, Node, Value};
use crate::redact::{Known, character};
use crate::secret::{find, is_behind_flag, is_named, is_secret_name, judge};

/// What must not be seen of a text of this format.
pub(super) fn veils(text: &str, format: Format, known: &Known) -> Vec<Veil> {
    let mut look = Look { text, known, veils: Vec::new(), said: Vec::new() };
    if let Ok(document) = Document::parse(Path::new(""), text.as_bytes().to_vec(), format, &[]) {
        // Of other bytes than these the places would mean nothing.
        if document.text == text {
            look.node(&document.root);
        }
    }
    let mut said = std::mem::take(&mut look.said);
    said.sort_by_key(|span| span.start);
    let mut at = 0;
    for span in said.into_iter().chain(std::iter::once(text.len()..text.len())) {
        if span.start > at {
            // Comments, members that another of their name overshadows, and all that could not be parsed.
            look.veils.extend(loose::veils(text, at..span.start, known));
        }
        at = at.max(span.end);
    }
    look.veils
}

struct Look<'a> {
    text: &'a str,
    known: &'a Known,
    veils: Vec<Veil>,
    /// The bytes of names and values that were looked at.
    said: Vec<Range<usize>>,
}

/// What stands before a value and says what it is.
#[derive(Clone, Copy, Default)]
struct Before<'a> {
    name: Option<&'a str>,
    flag: Option<&'a str>,
}

impl Look<'_> {
    fn node(&mut self, root: &Node) {
        let mut left = vec![(root, Before::default())];
        while let Some((node, before)) = left.pop() {
            if let Some(name) = &node.key {
                self.value(&name.span, &name.text, Before::default());
            }
            let name = node.key.as_ref().map(|name| name.text.as_str()).or(before.name);
            match &node.value {
                Value::Object(nodes) => {
                    if let Some(default) = filled_in(node).filter(|node| node.as_str() != Some("")) {
                        let (start, raw) = (default.span.start, &self.text[default.span.clone()]);
                        let inner = inner(raw);
                        self.veils.push(Veil::all(self.text, start + inner.start..start + inner.end));
                    }
                    left.extend(nodes.iter().map(|node| (node, Before::default())));
                }
                Value::Array(nodes) => {
                    // `"tokens": […]` names each; of `args` the word before may.
                    let name = name.filter(|name| is_secret_name(name));
                    let flags = std::iter::once(None).chain(nodes.iter().map(Node::as_str));
                    left.extend(nodes.iter().zip(flags).map(|(node, flag)| (node, Before { name, flag })));
                }
                Value::String(text) | Value::Number(text) | Value::Other(text) => {
                    self.value(&node.span, text, Before { name, ..before });
                }
                Value::Null | Value::Bool(_) => self.said.push(node.span.clone()),
                Value::Skipped => {}
            }
        }
    }

    fn value(&mut self, span: &Range<usize>, value: &str, before: Before) {
        let Some(raw) = self.text.get(span.clone()) else { return };
        self.said.push(span.clone());
        let secrets = secrets(value, before, self.known);
        if secrets.is_empty() {
            return;
        }
        let inner = inner(raw);
        match Offsets::of(&raw[inner.clone()], value) {
            Some(offsets) => {
                let start = span.start + inner.start;
                let place = |at: &Range<usize>| start + offsets.at(at.start)..start + offsets.at(at.end);
                self.veils.extend(secrets.iter().map(|at| Veil::of(self.text, place(at), &value[at.clone()])));
            }
            // Which of the bytes say it cannot be told.
            None => self.veils.push(Veil::all(self.text, span.start + inner.start..span.start + inner.end)),
        }
    }
}

/// What an input fills in by itself where it asks for a password.
pub(super) fn filled_in(input: &Node) -> Option<&Node> {
    input.member("default").filter(|_| input.member("password").and_then(Node::as_bool) == Some(true))
}

/// The parts of a value that are secret.
fn secrets(value: &str, before: Before, known: &Known) -> Vec<Range<usize>> {
    // An address is shown but for its keys.
    let address = value.starts_with("http://") || value.starts_with("https://");
    let judged = |name: &str| judge(name, value).is_some() && (!address || is_named(name, value));
    if before.name.is_some_and(judged) || before.flag.is_some_and(|flag| is_behind_flag(flag, value)) {
        return std::iter::once(0..value.len()).collect();
    }
    let tail = flagged(value).or_else(|| assigned(value)).map(|secret| value.len() - secret.len()..value.len());
    let inside = find(value).into_iter().map(|found| found.range);
    inside.chain(known.places(value)).chain(tail).chain(loose::private_keys(value)).collect()
}

/// The bytes of a value without what marks its beginning and end.
fn inner(raw: &str) -> Range<usize> {
    for quote in ["\"\"\"", "'''", "\"", "'"] {
        if raw.len() >= 2 * quote.len() && raw.starts_with(quote) && raw.ends_with(quote) {
            return quote.len()..raw.len() - quote.len();
        }
    }
    // `|`, `>-`: what follows on the same line is at most a comment.
    let header = raw.split('\n').next().unwrap_or(raw).trim_end();
    let block =
        header.starts_with(['|', '>']) && header.bytes().skip(1).all(|byte| matches!(byte, b'+' | b'-' | b'1'..=b'9'));
    if block { header.len()..raw.len() } else { 0..raw.len() }
}

/// Where each byte of a value stands in its spelling.
enum Offsets {
    Same,
    Escaped(Vec<usize>),
}

impl Offsets {
    /// `None`: it is spelled in another way than as it is or with escapes as in JSON.
    fn of(inner: &str, value: &str) -> Option<Offsets> {
        if inner == value {
            return Some(Offsets::Same);
        }
        let (mut offsets, mut rest, mut left) = (Vec::with_capacity(value.len() + 1), inner, value);
        while !rest.is_empty() {
            let (letter, length) = character(rest)?;
            left = left.strip_prefix(letter)?;
            offsets.extend(std::iter::repeat_n(inner.len() - rest.len(), letter.len_utf8()));
            rest = &rest[length..];
        }
        offsets.push(inner.len());
        left.is_empty().then_some(Offsets::Escaped(offsets))
    }

    fn at(&self, byte: usize) -> usize {
        match self {
            Offsets::Same => byte,
            Offsets::Escaped(offsets) => offsets[byte],
        }
    }
}
