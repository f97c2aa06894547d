//! Masks secrets and escapes control characters before any text leaves.

use std::fmt::Write;

/// `ghp_••••3f`: a known vendor prefix (at most 8 characters), dots, and the
/// last two characters when the value is longer than 16. Never more than a
/// third of it.
pub fn mask(value: &str) -> String {
    let length = value.chars().count();
    let tail = if length > 16 { 2 } else { 0 };
    let prefix = prefix(value)
        .filter(|prefix| (prefix.len() + tail) * 3 <= length)
        .unwrap_or("");
    let end: String = value.chars().skip(length - tail).collect();
    format!("{prefix}••••{end}")
}

/// How keys of well-known providers begin, as their documentation shows them.
/// Longer ones first where one begins like another.
const PREFIXES: &[&str] = &[
    "sk-ant-", "sk-proj-", "sk-or-", "sk-", "github_", "ghp_", "gho_", "ghu_", "ghs_", "ghr_",
    "glpat-", "xoxb-", "xoxp-", "xapp-", "AKIA", "ASIA", "AIza", "npm_", "pypi-", "hf_",
    "sk_live_", "sk_test_", "pk_live_", "rk_live_", "whsec_", "SG.", "dop_v1_", "ntn_", "secret_",
    "figd_", "lin_api_", "gsk_", "xai-", "pplx-", "tvly-", "fc-", "sbp_", "shpat_", "r8_", "BSA",
    "ATATT", "PMAK-", "key-", "eyJ",
];

fn prefix(value: &str) -> Option<&'static str> {
    PREFIXES
        .iter()
        .copied()
        .find(|prefix| value.starts_with(prefix))
}

/// `text` with every one of `secrets` masked, also where it stands escaped as
/// inside a JSON string.
pub fn mask_all(text: &str, secrets: &[&str]) -> String {
    let mut spellings: Vec<(String, &str)> = Vec::new();
    for &secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        let quoted = serde_json::Value::from(secret).to_string();
        let escaped = &quoted[1..quoted.len() - 1];
        spellings.push((secret.to_owned(), secret));
        spellings.push((escaped.replace('/', "\\/"), secret));
        spellings.push((escaped.to_owned(), secret));
    }
    // The longest first, so that a secret inside another leaves nothing of it.
    spellings.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
    spellings.dedup_by(|a, b| a.0 == b.0);
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((spelling, secret)) = spellings
            .iter()
            .find(|(spelling, _)| rest.starts_with(spelling))
        {
            masked.push_str(&mask(secret));
            rest = &rest[spelling.len()..];
        } else {
            masked.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    masked
}

/// Control, bidi, zero-width and other invisible characters (except `\n` and
/// `\t`) as `\u{202e}`; everything else unchanged.
pub fn escape(text: &str) -> String {
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

/// Characters that are not seen, or that change how others are seen: controls,
/// and Unicode's default-ignorable and format characters.
fn invisible(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        _ if c.is_control() => true,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            true
        }
        '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}' => true,
        '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' => true,
        '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}' => true,
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
            ("0123456789abcdefg", "••••fg"),
            ("ghp_0123456789abcdefghijklmnopqrstuvwx3f", "ghp_••••3f"),
            ("sk-ant-api03-0123456789abcdef", "sk-ant-••••ef"),
            ("sk_live_0123456", "••••"),
            ("pässwörter-und-mehr-é", "••••-é"),
        ] {
            assert_eq!(mask(value), masked, "{value}");
        }
        assert!(PREFIXES.iter().all(|prefix| prefix.len() <= 8));
    }

    #[test]
    fn mask_all_takes_the_longest_first_and_escaped_spellings() {
        let secrets = ["abc", "abcdef", "a\"b/c", ""];
        assert_eq!(mask_all("abc abcdef xabcx", &secrets), "•••• •••• x••••x");
        assert_eq!(
            mask_all(r#"{"k": "a\"b/c", "l": "a\"b\/c"}"#, &secrets),
            r#"{"k": "••••", "l": "••••"}"#
        );
        assert_eq!(mask_all("nothing", &[]), "nothing");
    }

    #[test]
    fn escape_makes_the_unseen_seen() {
        assert_eq!(
            escape("a\u{202e}b\u{200b}c\u{1b}[31m\r"),
            "a\\u{202e}b\\u{200b}c\\u{1b}[31m\\u{d}"
        );
        assert_eq!(
            escape("line\n\ttab ü 日本 \u{e0041}"),
            "line\n\ttab ü 日本 \\u{e0041}"
        );
    }
}
