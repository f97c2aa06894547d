//! Masks secrets and escapes control characters before any text leaves.

mod known;

use std::fmt::Write;

use crate::secret::find;
pub use known::{Known, Open, Past};

/// `ghp_••••3f`: a known vendor prefix (at most 8 characters), dots, and the
/// last two characters of a vendor's own format, which a person tells keys
/// apart by. Of all else, passwords above all, nothing; never more than a third.
pub fn mask(value: &str) -> String {
    let length = value.chars().count();
    let begun = prefix(value);
    let tail = if length > 16 && begun.is_some() && is_vendors(value) { 2 } else { 0 };
    let prefix = begun.filter(|prefix| (prefix.len() + tail) * 3 <= length).unwrap_or("");
    let end: String = value.chars().skip(length - tail).collect();
    format!("{prefix}••••{end}")
}

/// How keys of well-known providers begin, as their documentation shows them.
/// Longer ones first where one begins like another.
const PREFIXES: &[&str] = &[
    "sk-ant-", "sk-proj-", "sk-or-", "sk-", "github_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "xoxb-",
    "xoxp-", "xapp-", "AKIA", "ASIA", "AIza", "npm_", "pypi-", "hf_", "sk_live_", "sk_test_", "pk_live_", "rk_live_",
    "whsec_", "SG.", "dop_v1_", "ntn_", "secret_", "figd_", "lin_api_", "gsk_", "xai-", "pplx-", "tvly-", "fc-",
    "sbp_", "shpat_", "r8_", "BSA", "ATATT", "PMAK-", "key-", "eyJ",
];

/// Whether a value is, from its first to its last character, a key as its vendor writes them.
fn is_vendors(value: &str) -> bool {
    find(value).iter().any(|found| found.verdict.provider.is_some() && found.range == (0..value.len()))
}

fn prefix(value: &str) -> Option<&'static str> {
    PREFIXES.iter().copied().find(|prefix| value.starts_with(prefix))
}

/// `text` with every one of `secrets` masked, also where its characters are
/// escaped as JSON allows, in whatever way the file's writer chose.
pub fn mask_all(text: &str, secrets: &[&str]) -> String {
    let mut secrets: Vec<&str> = secrets.iter().copied().filter(|secret| !secret.is_empty()).collect();
    // The longest first, so that a secret inside another leaves nothing of it.
    secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    let mut starts = [false; 256];
    starts[usize::from(b'\\')] = true;
    secrets.iter().for_each(|secret| starts[usize::from(secret.as_bytes()[0])] = true);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| starts[usize::from(byte)]) {
        masked.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = secrets.iter().find_map(|secret| Some((mask(secret), spelled(rest, secret)?)));
        let (shown, length) = found.unwrap_or_else(|| {
            let first = rest.chars().next().expect("a byte was found");
            (first.to_string(), first.len_utf8())
        });
        masked.push_str(&shown);
        rest = &rest[length..];
    }
    masked.push_str(rest);
    masked
}

/// How many bytes `secret` takes at the beginning of `text`, plain or escaped.
fn spelled(text: &str, secret: &str) -> Option<usize> {
    if text.starts_with(secret) {
        return Some(secret.len());
    }
    let mut rest = text;
    for wanted in secret.chars() {
        let (found, length) = character(rest)?;
        if found != wanted {
            return None;
        }
        rest = &rest[length..];
    }
    Some(text.len() - rest.len())
}

/// The first character of the inside of a JSON string, and its length there.
pub(crate) fn character(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| text.get(at..at + 6)?.strip_prefix("\\u").and_then(|hex| u16::from_str_radix(hex, 16).ok());
    let first = text.chars().next()?;
    if first != '\\' {
        return Some((first, first.len_utf8()));
    }
    let simple = match text.as_bytes().get(1)? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let units = [unit(0)?, unit(6).unwrap_or(0)];
            let first = char::decode_utf16(units).next()?.ok()?;
            return Some((first, 6 * first.len_utf16()));
        }
        byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
        _ => return None,
    };
    Some((simple, 2))
}

/// Control, bidi, zero-width and other invisible characters (except `\n` and
/// `\t`) as `\u{202e}`; everything else unchanged.
pub fn escape(text: &str) -> String {
    // Most texts are plain.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return text.to_owned();
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if invisible(c) {
            write!(escaped, "\\u{{{:x}}}", u32::from(c)).expect("writing to a string cannot fail");
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// A longer text (a URL, an argument, a message) for people: the secrets inside
/// it masked, the rest escaped.
pub fn text(text: &str) -> String {
    let secrets = find(text);
    if secrets.is_empty() {
        return escape(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for found in secrets {
        if found.range.start >= at {
            out.push_str(&text[at..found.range.start]);
            out.push_str(&mask(&text[found.range.clone()]));
            at = found.range.end;
        }
    }
    out.push_str(&text[at..]);
    escape(&out)
}

/// A name or path as part of one line, masked: escaped, line breaks and tabs as well,
/// so that no name can end its line and begin one of its own.
pub fn line(text: &str) -> String {
    let text = self::text(text);
    if text.contains(['\n', '\t']) { text.replace('\n', "\\n").replace('\t', "\\t") } else { text }
}

/// Characters that are not seen, or that change how others are seen: controls,
/// and Unicode's default-ignorable and format characters.
pub(crate) fn invisible(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        _ if c.is_control() => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => true,
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' => true,
        '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' => true,
        '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' => true,
        '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mask_shows_at_most_a_third() {
        for (value, masked) in [
            ("", "••••"),
            ("hunter2", "••••"),
            ("sk-abc", "••••"),
            ("sk-abcdefg", "sk-••••"),
            ("0123456789abcdef", "••••"),
            ("0123456789abcdefg", "••••"),
            ("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", "ghp_••••IL"),
            ("ghp_0123456789abcdefghijklmnopqrstuvwx3f x", "ghp_••••"),
            ("sk-ant-api03-0123456789abcdef", "sk-ant-••••"),
            ("correct horse battery staple", "••••"),
            ("key-to-the-house-of-my-aunt", "key-••••"),
            ("sk_live_0123456", "••••"),
            ("pässwörter-und-mehr-é", "••••"),
        ] {
            assert_eq!(mask(value), masked, "{value}");
        }
        assert!(PREFIXES.iter().all(|prefix| prefix.len() <= 8));
    }

    #[test]
    fn mask_all_takes_the_longest_first_and_escaped_spellings() {
        let secrets = ["abc", "abcdef", "a\"b/c", ""];
        assert_eq!(mask_all("abc abcdef xabcx", &secrets), "•••• •••• x••••x");
        assert_eq!(mask_all(r#"{"k": "a\"b/c", "l": "a\"b\/c"}"#, &secrets), r#"{"k": "••••", "l": "••••"}"#);
        assert_eq!(mask_all(r"x\u0061B\ud83d\ude00\\\n.", &["aB😀\\\n"]), "x••••.");
        assert_eq!(mask_all(r"C:\dir\u00", &["C:\\dir"]), r"••••\u00");
        assert_eq!(mask_all(r"\ud83d\u0061 \", &["a"]), r"\ud83d•••• \");
        assert_eq!(mask_all("nothing", &[]), "nothing");
    }

    #[test]
    fn escape_makes_the_unseen_seen() {
        assert_eq!(escape("a\u{202e}b\u{200b}c\u{1b}[31m\r"), "a\\u{202e}b\\u{200b}c\\u{1b}[31m\\u{d}");
        assert_eq!(line("a\n[y/N]\t\u{1b}"), "a\\n[y/N]\\t\\u{1b}");
        assert_eq!(escape("line\n\ttab ü 日本 \u{e0041}"), "line\n\ttab ü 日本 \\u{e0041}");
    }
}
