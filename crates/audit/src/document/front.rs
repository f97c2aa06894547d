//! The YAML in front of a Markdown file, between a first line `---` and the next.
//!
//! Spans point into the whole file. What follows is a text for a model and is
//! never read; a file without front matter, or in whose front matter no wanted
//! name can stand, is a file that says nothing.

use std::borrow::Cow;
use std::ops::Range;

use super::patch::{name, same};
use super::tree::{Fault, Tree};
use super::{Format, Node, Value, yaml};

const FENCE: &str = "---";

/// Reads the front matter of `text`.
pub(super) fn parse(text: &str, roots: &[&[&str]]) -> Result<Tree, Fault> {
    let Some(block) = block(text).filter(|block| may_name(&text[block.clone()], roots)) else {
        return Ok(nothing(text));
    };
    let inner = &text[block.clone()];
    let whole = read(inner, roots);
    // A mark before the end is the end for Claude Code.
    let tree = match inner.find(FENCE).map(|end| &inner[..end]).filter(|part| may_name(part, roots)) {
        Some(part) => match (whole, read(part, roots)) {
            (whole, Err(_)) => whole,
            (Err(_), part) => part,
            (Ok(whole), Ok(cut)) if say_the_same(&whole.root, &cut.root, inner, roots) => Ok(whole),
            _ => Err(Fault::ours("readers do not agree on where this front matter ends", part.len())),
        },
        None => whole,
    };
    match tree {
        Ok(mut tree) => {
            shift(&mut tree.root, block.start);
            Ok(tree)
        }
        Err(fault) => Err(Fault { offset: fault.offset + block.start, ..fault }),
    }
}

fn read(inner: &str, roots: &[&[&str]]) -> Result<Tree, Fault> {
    // `<<` is taken in as Bun's reader does, Claude Code's: a command that comes that way is started.
    let read = |inner: &str| yaml::parse(inner, Format::YamlMerging, roots);
    match read(inner) {
        Err(fault) if !fault.only_ours => blanked(inner, roots).and_then(|inner| read(&inner).ok()).ok_or(fault),
        read => read,
    }
}

/// Whether two readings of one text hold the same under the names that are wanted.
fn say_the_same(one: &Node, other: &Node, text: &str, roots: &[&[&str]]) -> bool {
    roots.iter().filter_map(|root| root.first()).all(|wanted| {
        let held = |root: &Node| root.members().iter().position(|node| name(node) == *wanted);
        match (held(one), held(other)) {
            (Some(a), Some(b)) => same(&one.members()[a], text, &other.members()[b], text),
            (a, b) => a.is_none() && b.is_none(),
        }
    })
}

fn nothing(text: &str) -> Tree {
    Tree { root: Node { value: Value::Null, span: text.len()..text.len(), key: None }, duplicates: Vec::new() }
}

/// The bytes between the two lines. Claude Code ends it at the first `---` wherever that
/// stands, other readers at the first line that is one; without such a line it is the former.
fn block(text: &str) -> Option<Range<usize>> {
    let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let first = text[mark..].split_inclusive('\n').next().filter(|line| line.trim_end() == FENCE)?;
    let start = mark + first.len();
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        if line.trim_end() == FENCE {
            return Some(start..at);
        }
        at += line.len();
    }
    Some(start..start + text[start..].find(FENCE)?)
}

/// Whether the first step of a root can be a name in there. A backslash can spell any.
fn may_name(inner: &str, roots: &[&[&str]]) -> bool {
    let named = |root: &&[&str]| root.first().is_none_or(|name| *name == "*" || inner.contains(name));
    roots.is_empty() || inner.contains('\\') || roots.iter().any(named)
}

/// Texts in which nothing may stand that YAML takes for its own, as `: ` in a sentence.
const SPECIAL: &[char] = &['{', '}', '[', ']', '*', '&', '#', '!', '|', '>', '%', '@', '`'];

/// The same bytes, with letters in the place of texts that should have been in quotes: where
/// YAML is refused, Claude Code reads again with quotes around them. `None` if there are none.
fn blanked(inner: &str, roots: &[&[&str]]) -> Option<String> {
    let mut text = Cow::Borrowed(inner);
    let mut at = 0;
    for line in inner.split_inclusive('\n') {
        if let Some(value) = unquoted(line.trim_end_matches(['\n', '\r']), roots) {
            let letters = "x".repeat(value.len());
            text.to_mut().replace_range(at + value.start..at + value.end, &letters);
        }
        at += line.len();
    }
    match text {
        Cow::Owned(text) => Some(text),
        Cow::Borrowed(_) => None,
    }
}

/// Where the text of a line `name: text` stands, if it needs quotes and has none.
fn unquoted(line: &str, roots: &[&[&str]]) -> Option<Range<usize>> {
    let (name, rest) = line.split_once(':')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic() || c == '_' || c == '-');
    let wanted = roots.iter().any(|root| root.first().is_some_and(|first| *first == name));
    let value = rest.trim_start();
    let quoted = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    let special = value.contains(SPECIAL) || value.contains(": ");
    if !is_name || wanted || value.len() == rest.len() || quoted('"') || quoted('\'') || !special {
        return None;
    }
    Some(line.len() - value.len()..line.len())
}

fn shift(root: &mut Node, by: usize) {
    let mut nodes = vec![root];
    while let Some(node) = nodes.pop() {
        let key = node.key.as_mut().map(|key| &mut key.span);
        for span in std::iter::once(&mut node.span).chain(key) {
            *span = span.start + by..span.end + by;
        }
        if let Value::Array(children) | Value::Object(children) = &mut node.value {
            nodes.extend(children);
        }
    }
}
