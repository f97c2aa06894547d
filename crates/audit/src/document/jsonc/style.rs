//! How a file is written, and new values written the same way.

use super::{Node, Value};
use crate::document::blanks::{indent, opens_line};

pub(super) struct Style {
    pub(super) newline: &'static str,
    /// One level of indentation.
    pub(super) unit: String,
    /// After a comma or colon: a space, or nothing in minified files.
    pub(super) space: &'static str,
    /// Inside the braces of a one-line object.
    pad: &'static str,
    /// Lists of plain values stand on one line.
    flat_lists: bool,
}

impl Style {
    /// The style of a text, as far as these trees of it were kept.
    pub(super) fn of(text: &str, roots: [&Node; 2]) -> Style {
        let newline = match text.find(['\n', '\r']) {
            Some(at) if text[at..].starts_with("\r\n") => "\r\n",
            Some(at) if text[at..].starts_with('\r') => "\r",
            _ => "\n",
        };
        let mut seen = Seen::default();
        roots.into_iter().for_each(|root| seen.look(text, root, false));
        Style {
            newline,
            unit: seen.unit.unwrap_or("  ").to_owned(),
            space: if seen.tight.unwrap_or(false) { "" } else { " " },
            pad: if seen.padded.unwrap_or(false) { " " } else { "" },
            flat_lists: seen.flat_lists.unwrap_or(true),
        }
    }

    /// A value as text. With the indent of its line it may take several lines.
    pub(super) fn write(&self, node: &Node, indent: Option<&str>) -> String {
        match &node.value {
            Value::Null => "null".to_owned(),
            Value::Bool(yes) => yes.to_string(),
            Value::Number(number) => number.clone(),
            Value::String(text) => quote(text),
            Value::Array(items) => {
                let plain = items.iter().all(|item| !matches!(item.value, Value::Object(_) | Value::Array(_)));
                self.list("[", items, "]", indent.filter(|_| !(plain && self.flat_lists)), "")
            }
            Value::Object(members) => self.list("{", members, "}", indent, self.pad),
            Value::Skipped | Value::Other(_) => {
                unreachable!("only patched values are written, and JSON has a word for each of them")
            }
        }
    }

    /// A member with its name, or an element without.
    pub(super) fn write_child(&self, node: &Node, colon: Option<&str>, indent: Option<&str>) -> String {
        let value = self.write(node, indent);
        match &node.key {
            Some(key) => match colon {
                Some(colon) => format!("{}{colon}{value}", quote(&key.text)),
                None => format!("{}:{}{value}", quote(&key.text), self.space),
            },
            None => value,
        }
    }

    fn list(&self, open: &str, children: &[Node], close: &str, indent: Option<&str>, pad: &str) -> String {
        if children.is_empty() {
            return format!("{open}{close}");
        }
        let inner = indent.map(|indent| format!("{indent}{}", self.unit));
        let texts: Vec<String> = children.iter().map(|child| self.write_child(child, None, inner.as_deref())).collect();
        match (indent, inner) {
            (Some(indent), Some(inner)) => {
                let newline = self.newline;
                format!("{open}{newline}{inner}{}{newline}{indent}{close}", texts.join(&format!(",{newline}{inner}")))
            }
            _ => format!("{open}{pad}{}{pad}{close}", texts.join(&format!(",{}", self.space))),
        }
    }
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// The first example of each habit that a file shows.
#[derive(Default)]
struct Seen<'a> {
    unit: Option<&'a str>,
    tight: Option<bool>,
    padded: Option<bool>,
    flat_lists: Option<bool>,
}

impl<'a> Seen<'a> {
    /// `on_line`: the container around this one is known to stand on one line.
    fn look(&mut self, text: &'a str, node: &Node, on_line: bool) {
        let (Value::Object(children) | Value::Array(children)) = &node.value else {
            return;
        };
        let Some(first) = children.first() else {
            return;
        };
        let list = matches!(node.value, Value::Array(_));
        let one_line = on_line || memchr::memchr2(b'\n', b'\r', &text.as_bytes()[node.span.clone()]).is_none();
        let start = first.key.as_ref().map_or(first.span.start, |key| key.span.start);
        if let Some(inner) = opens_line(text, start) {
            let unit = inner.strip_prefix(indent(text, node.span.start)).filter(|unit| !unit.is_empty());
            self.unit = self.unit.or(unit);
        }
        if let Some(key) = &first.key {
            self.tight.get_or_insert(&text[key.span.end..first.span.start] == ":");
        }
        if list {
            self.flat_lists.get_or_insert(one_line);
        } else if one_line {
            self.padded.get_or_insert(text.as_bytes()[node.span.start + 1] == b' ');
        }
        for child in children {
            if self.unit.is_some() && self.flat_lists.is_some() && self.padded.is_some() {
                return;
            }
            self.look(text, child, one_line);
        }
    }
}
