//! How a file is written, and new values written the same way.

use super::scalar::{self, Quotes};
use super::text::skip;
use crate::document::{Node, Value};

pub(super) struct Style {
    pub(super) newline: &'static str,
    /// Columns from a mapping to a mapping inside it.
    unit: usize,
    /// Columns from a name to the dashes of its list.
    list: usize,
    /// Lists of plain values stand in brackets.
    bracketed: bool,
}

impl Style {
    /// The style of a text that says `root`: the first example of each habit.
    pub(super) fn of(text: &str, root: &Node) -> Style {
        let newline = match text.find(['\n', '\r']) {
            Some(at) if text[at..].starts_with("\r\n") => "\r\n",
            Some(at) if text[at..].starts_with('\r') => "\r",
            _ => "\n",
        };
        let mut seen = Seen::default();
        seen.look(text, root, None);
        let unit = seen.unit.unwrap_or(2);
        Style { newline, unit, list: seen.list.unwrap_or(unit), bracketed: seen.bracketed.unwrap_or(false) }
    }

    /// A value on one line, containers in brackets.
    pub(super) fn in_brackets(&self, node: &Node, quotes: Quotes) -> Option<String> {
        let join = |nodes: &[Node]| -> Option<String> {
            let texts: Option<Vec<String>> = nodes.iter().map(|node| self.entry_in_brackets(node, quotes)).collect();
            Some(texts?.join(", "))
        };
        match &node.value {
            Value::Array(items) => Some(format!("[{}]", join(items)?)),
            Value::Object(members) => Some(format!("{{{}}}", join(members)?)),
            _ => scalar::leaf(node, quotes, true),
        }
    }

    /// A member with its name, or an item.
    pub(super) fn entry_in_brackets(&self, node: &Node, quotes: Quotes) -> Option<String> {
        let value = self.in_brackets(node, quotes)?;
        Some(match &node.key {
            Some(key) => format!("{}: {value}", scalar::write(&key.text, Quotes::None, true)),
            None => value,
        })
    }

    /// A member or item whose first byte stands in `column`; no line end behind it.
    pub(super) fn entry(&self, node: &Node, column: usize, quotes: Quotes) -> Option<String> {
        match &node.key {
            None => Some(format!("- {}", self.on_line(node, column + 2, quotes)?)),
            Some(key) => {
                let name = scalar::write(&key.text, Quotes::None, false);
                Some(format!("{name}:{}", self.after_name(node, column, quotes)?))
            }
        }
    }

    /// What follows the colon of a member whose name stands in `column`.
    pub(super) fn after_name(&self, node: &Node, column: usize, quotes: Quotes) -> Option<String> {
        if let Some(text) = self.on_one_line(node, quotes) {
            return Some(format!(" {text}"));
        }
        let inner = column + if matches!(node.value, Value::Array(_)) { self.list } else { self.unit };
        Some(format!("{}{}{}", self.newline, " ".repeat(inner), self.entries(node, inner, quotes)?))
    }

    /// What follows a dash in this column. Behind an anchor entries need a line of their own.
    pub(super) fn after_dash(&self, node: &Node, dash: usize, anchored: bool, quotes: Quotes) -> Option<String> {
        let own = dash + 2;
        let break_line = anchored && self.on_one_line(node, quotes).is_none();
        let gap = if break_line { format!("{}{}", self.newline, " ".repeat(own)) } else { " ".to_owned() };
        Some(gap + &self.on_line(node, own, quotes)?)
    }

    /// A value whose first byte stands in `column`, behind a dash or in a line of its own.
    pub(super) fn on_line(&self, node: &Node, column: usize, quotes: Quotes) -> Option<String> {
        self.on_one_line(node, quotes).or_else(|| self.entries(node, column, quotes))
    }

    /// Several entries, each on its line; the first line's indentation is not written.
    pub(super) fn entries(&self, node: &Node, column: usize, quotes: Quotes) -> Option<String> {
        let (Value::Array(children) | Value::Object(children)) = &node.value else {
            return None;
        };
        let texts: Option<Vec<String>> = children.iter().map(|child| self.entry(child, column, quotes)).collect();
        Some(texts?.join(&format!("{}{}", self.newline, " ".repeat(column))))
    }

    /// The value, if it is one that this file's author would not spread over lines.
    fn on_one_line(&self, node: &Node, quotes: Quotes) -> Option<String> {
        match &node.value {
            Value::Array(items) if !items.is_empty() && self.bracketed && items.iter().all(is_leaf) => {
                self.in_brackets(node, quotes)
            }
            _ => scalar::leaf(node, quotes, false),
        }
    }
}

fn is_leaf(node: &Node) -> bool {
    !matches!(node.value, Value::Array(_) | Value::Object(_))
}

/// Whether a container stands in brackets. (A mapping can begin with a name in brackets.)
pub(super) fn has_brackets(text: &str, container: &Node) -> bool {
    let first = container.members().first().and_then(|member| member.key.as_ref());
    matches!(text.as_bytes().get(container.span.start), Some(b'[' | b'{'))
        && first.is_none_or(|name| name.span.start != container.span.start)
}

/// The column of a byte, if it stands behind blanks and indicators only.
pub(super) fn column(text: &str, at: usize) -> Option<usize> {
    let before = &text[..at];
    let line = &before[before.rfind(['\n', '\r']).map_or(0, |end| end + 1)..];
    let line = line.strip_prefix('\u{feff}').unwrap_or(line);
    line.bytes().all(|byte| matches!(byte, b' ' | b'-' | b'?' | b':')).then_some(line.len())
}

#[derive(Default)]
struct Seen {
    unit: Option<usize>,
    list: Option<usize>,
    bracketed: Option<bool>,
}

impl Seen {
    /// `name` is the column of the node's own name.
    fn look(&mut self, text: &str, node: &Node, name: Option<usize>) {
        let (Value::Array(children) | Value::Object(children)) = &node.value else {
            return;
        };
        if children.is_empty() || text.as_bytes().get(node.span.start) == Some(&b'*') {
            return;
        }
        let list = matches!(node.value, Value::Array(_));
        let brackets = has_brackets(text, node);
        if list && children.iter().all(is_leaf) {
            self.bracketed.get_or_insert(brackets);
        }
        if brackets {
            return;
        }
        let own = column(text, skip(text, node.span.start));
        if let (Some(name), Some(own)) = (name, own)
            && own >= name
        {
            if list {
                self.list.get_or_insert(own - name);
            } else if own > name {
                self.unit.get_or_insert(own - name);
            }
        }
        for child in children {
            if self.unit.is_some() && self.list.is_some() && self.bracketed.is_some() {
                return;
            }
            let name = child.key.as_ref().and(own);
            self.look(text, child, name);
        }
    }
}
