//! Values that only the words before them make secrets: `stripe SECRET q8Zr…`,
//! `wandb: 4f5e…`, `curl -u me:q8Zr…`.

use super::names::{Name, last_is_secret};
use super::text::head;
use super::{Found, formats, placeholders, values};
use crate::finding::Confidence;

/// What may stand between the words and the value.
const BETWEEN: &[u8] = b" \t=:\"'`>(,-_.";
/// No more of it than this.
const GAP: usize = 6;
/// No value that is found here is longer.
const LONGEST: usize = 400;

/// Key-like values right behind a word for one, or behind a provider's name
/// where they have its format.
pub(super) fn labelled(text: &str) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    let mut done = 0;
    for at in 1..bytes.len() {
        // The end of a word.
        if at < done || !bytes[at - 1].is_ascii_alphanumeric() || !BETWEEN.contains(&bytes[at]) {
            continue;
        }
        let gap = bytes[at..].iter().take(GAP + 1).take_while(|byte| BETWEEN.contains(byte)).count();
        let start = at + gap;
        let joined = bytes[at..start.min(bytes.len())].iter().all(|byte| matches!(byte, b'-' | b'_' | b'.'));
        // Beside a provider's name alone a value has to be set off; most words end here.
        if joined && !may_end_label(&bytes[..at]) {
            continue;
        }
        let length = bytes[start..].iter().take(LONGEST + 1).take_while(|byte| is_in_value(**byte)).count();
        if gap > GAP || length > LONGEST {
            continue;
        }
        let value = text[start..start + length].trim_end_matches(['.', '/', '-', '_']);
        if !values::is_keylike(value) || placeholders::is_placeholder(value, false) {
            continue;
        }
        let before = tail(&text[..at]);
        let label = last_is_secret(before);
        if !label && joined {
            continue;
        }
        // `FAKE_TOKEN_q8Zr…` says itself what it is.
        let run = before.rfind([' ', '"', '\'', '=', ':', '/']).map_or(before, |at| &before[at + 1..]);
        if joined && placeholders::is_placeholder(&text[at - run.len()..start + value.len()], false) {
            continue;
        }
        if joined && is_label(&bytes[..at]) {
            continue;
        }
        let words = Name::read(before);
        let range = start..start + value.len();
        match formats::beside(words.providers(), value) {
            Some(format) => {
                let verdict = format.verdict(value);
                let confidence = if label { verdict.confidence } else { Confidence::Medium };
                all.push(Found { range, verdict: super::Verdict { confidence, ..verdict } });
            }
            None if label => all.push(Found::new(range, "a key or password", Confidence::Medium)),
            None => continue,
        }
        done = start + value.len();
    }
    all
}

/// Whether a text may be one for [`last_is_secret`], told at a glance.
fn may_end_label(text: &[u8]) -> bool {
    const ENDS: &[&str] = &[
        "key",
        "token",
        "secret",
        "access",
        "private",
        "pass",
        "password",
        "passwd",
        "pwd",
        "auth",
        "pat",
        "cred",
        "creds",
        "credential",
        "bearer",
        "session",
        "cookie",
        "secrets",
        "credentials",
    ];
    ENDS.iter().any(|end| {
        let tail = text.len().checked_sub(end.len()).map(|from| &text[from..]);
        tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end.as_bytes()))
    })
}

/// Whether a text ends within `keychain:…`: the name of an item, drawn at random.
fn is_label(text: &[u8]) -> bool {
    const LONGEST: usize = 120;
    let start = text.len().saturating_sub(LONGEST);
    let word = text[start..].iter().rposition(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'='));
    text[start + word.map_or(0, |at| at + 1)..].starts_with(b"keychain:")
}

fn is_in_value(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'+' | b'/' | b'=' | b'~')
}

/// The last words of a line, as far back as anybody would look.
fn tail(text: &str) -> &str {
    let mut from = text.len().saturating_sub(40);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let text = &text[from..];
    let line = text.rfind('\n').map_or(text, |at| &text[at + 1..]);
    // Of a sentence the last three words.
    line.rmatch_indices(' ').nth(2).map_or(line, |(at, _)| &line[at + 1..])
}

/// `curl -u name:password`.
pub(super) fn curl(text: &str) -> Vec<Found> {
    let mut all = Vec::new();
    let Some(from) = text.find("curl") else { return all };
    for option in [" -u ", " --user "] {
        for (at, _) in text[from..].match_indices(option) {
            let start = from + at + option.len();
            let rest = head(&text[start..]);
            let skipped = rest.len() - rest.trim_start_matches([' ', '"', '\'']).len();
            let word = &rest[skipped..];
            let word = &word[..word.find([' ', '"', '\'', '\n', '\t']).unwrap_or(word.len())];
            let Some((user, password)) = word.split_once(':') else { continue };
            let (place, secret) = match password {
                "" => (0, user),
                _ => (user.len() + 1, password),
            };
            let place = start + skipped + place;
            let verdict = super::urls::userinfo(user, secret).filter(|_| !secret.is_empty());
            all.extend(verdict.map(|verdict| Found {
                range: place..place + secret.len(),
                verdict: super::Verdict { kind: "a password".to_owned(), ..verdict },
            }));
        }
    }
    all
}
