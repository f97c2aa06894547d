//! Plain text to values, and text to a spelling that every reader takes for that text.

use crate::document::{Node, Value};

/// What a text without quotes means in the core schema (YAML 1.2.2, 10.3.2).
/// Numbers come as JSON spells them; those that readers disagree about (`017`,
/// `0b1`) and those that JSON does not have are `Other`.
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Value::Other(text.to_owned());
    }
    if let Some((radix, digits)) = based(unsigned) {
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            return Value::String(text.to_owned());
        }
        return match u64::from_str_radix(digits, radix) {
            Ok(number) if radix > 2 && unsigned.len() == text.len() => Value::Number(number.to_string()),
            _ => Value::Other(text.to_owned()),
        };
    }
    if !is_decimal(unsigned) {
        return Value::String(text.to_owned());
    }
    let all_digits = unsigned.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits && unsigned.len() > 1 && unsigned.starts_with('0') {
        return Value::Other(text.to_owned());
    }
    let positive = text.strip_prefix('+').unwrap_or(text);
    if positive.parse::<serde_json::Number>().is_ok() {
        return Value::Number(positive.to_owned());
    }
    match positive.parse().ok().and_then(serde_json::Number::from_f64) {
        Some(number) => Value::Number(number.to_string()),
        None => Value::Other(text.to_owned()),
    }
}

fn based(unsigned: &str) -> Option<(u32, &str)> {
    [("0x", 16), ("0o", 8), ("0b", 2)].into_iter().find_map(|(mark, radix)| Some((radix, unsigned.strip_prefix(mark)?)))
}

/// `( "." [0-9]+ | [0-9]+ ( "." [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_decimal(unsigned: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, part) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(part)
        && !(whole.is_empty() && part.is_empty())
        && exponent.is_none_or(|exponent| !exponent.is_empty() && digits(exponent))
}

/// How a text is marked as such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Quotes {
    #[default]
    None,
    Single,
    Double,
}

impl Quotes {
    /// Those that stand at the beginning of a value's bytes.
    pub(super) fn of(written: &str) -> Quotes {
        match written.as_bytes().first() {
            Some(b'\'') => Quotes::Single,
            Some(b'"') => Quotes::Double,
            _ => Quotes::None,
        }
    }
}

/// A text on one line, in the wanted quotes where they can hold it.
pub(super) fn write(text: &str, wanted: Quotes, in_brackets: bool) -> String {
    let escape = text.chars().any(needs_escape);
    match wanted {
        _ if escape => double(text),
        Quotes::Double => double(text),
        Quotes::None if !is_taken_for_else(text) && !has_indicator(text, in_brackets) => text.to_owned(),
        _ => format!("'{}'", text.replace('\'', "''")),
    }
}

/// A value that is neither a filled list nor a filled mapping.
pub(super) fn leaf(node: &Node, quotes: Quotes, in_brackets: bool) -> Option<String> {
    match &node.value {
        Value::Null => Some("null".to_owned()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => Some(write(text, quotes, in_brackets)),
        Value::Array(items) if items.is_empty() => Some("[]".to_owned()),
        Value::Object(members) if members.is_empty() => Some("{}".to_owned()),
        Value::Array(_) | Value::Object(_) | Value::Other(_) | Value::Skipped => None,
    }
}

fn double(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => written.push_str("\\\""),
            '\\' => written.push_str("\\\\"),
            '\n' => written.push_str("\\n"),
            '\r' => written.push_str("\\r"),
            '\t' => written.push_str("\\t"),
            _ if needs_escape(c) => written.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => written.push(c),
        }
    }
    written.push('"');
    written
}

/// What YAML calls not printable, line ends of any version, and the byte order
/// mark. (All of them below U+10000.)
fn needs_escape(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether some reader, of YAML 1.1 or 1.2, takes this for something other than text.
fn is_taken_for_else(text: &str) -> bool {
    const WORDS: &[&str] = &["", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", "<<", "=", ".nan"];
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if WORDS.iter().any(|word| text.eq_ignore_ascii_case(word)) || unsigned.eq_ignore_ascii_case(".inf") {
        return true;
    }
    // Numbers of every base, with underscores, of base 60, dates and times.
    let begins = unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|c: char| c.is_ascii_digit());
    begins && text.chars().all(|c| c.is_ascii_hexdigit() || "xXoO_.:+-tTzZ ".contains(c))
}

/// Whether a text without quotes would not be read as it stands.
fn has_indicator(text: &str, in_brackets: bool) -> bool {
    let mut chars = text.chars();
    let (first, second) = (chars.next(), chars.next());
    let leading = match first {
        Some('-') => matches!(second, None | Some(' ')) || text.starts_with("---"),
        Some(first) => "?:,[]{}#&*!|>'\"%@` ".contains(first),
        None => true,
    };
    leading
        || text.starts_with("...")
        || text.ends_with([' ', ':'])
        || text.contains(": ")
        || text.contains(" #")
        || in_brackets && text.contains([',', '[', ']', '{', '}', ':', '?'])
}
