//! New names and values as TOML 1.0 has them, so that every reader takes them.

use super::{Node, Value};
use crate::document::patch::name;

/// How a string beside it is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quote {
    /// `"a\\b"`
    Basic,
    /// `'a\b'`, where the string allows it.
    Literal,
    /// `"""` with line breaks, where it has any.
    Long,
}

impl Quote {
    /// The quotes of a value as written.
    pub(super) fn of(written: &str) -> Quote {
        if written.starts_with("\"\"\"") || written.starts_with("'''") {
            Quote::Long
        } else if written.starts_with('\'') {
            Quote::Literal
        } else {
            Quote::Basic
        }
    }
}

/// A value on one line; `None` for what TOML has no word for. `text` is what
/// the parts were read from that nobody looked into.
pub(super) fn value(node: &Node, text: &str, like: Quote) -> Option<String> {
    match &node.value {
        Value::Null => None,
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(number) => Some(number.clone()),
        Value::String(string) => Some(quote(string, like)),
        Value::Other(written) => Some(written.clone()),
        Value::Skipped => Some(text[node.span.clone()].to_owned()),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| value(item, text, like)).collect::<Option<_>>()?;
            Some(format!("[{}]", items.join(", ")))
        }
        Value::Object(members) if members.is_empty() => Some("{}".to_owned()),
        Value::Object(members) => {
            let member = |node: &Node| Some(format!("{} = {}", key(name(node)), value(node, text, like)?));
            let members: Vec<String> = members.iter().map(member).collect::<Option<_>>()?;
            Some(format!("{{ {} }}", members.join(", ")))
        }
    }
}

/// A name, in quotes if it needs them.
pub(super) fn key(name: &str) -> String {
    let bare = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if bare { name.to_owned() } else { quote(name, Quote::Basic) }
}

fn quote(text: &str, like: Quote) -> String {
    let plain = |c: char| !c.is_control() || c == '\t';
    match like {
        Quote::Literal if text.chars().all(|c| plain(c) && c != '\'') => format!("'{text}'"),
        Quote::Long if text.contains('\n') => {
            let lines: Vec<String> = text.split('\n').map(escape).collect();
            format!("\"\"\"\n{}\"\"\"", lines.join("\n"))
        }
        _ => format!("\"{}\"", escape(text)),
    }
}

fn escape(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => result.push_str("\\\""),
            '\\' => result.push_str("\\\\"),
            '\n' => result.push_str("\\n"),
            '\t' => result.push_str("\\t"),
            '\r' => result.push_str("\\r"),
            c if c.is_control() => result.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => result.push(c),
        }
    }
    result
}
