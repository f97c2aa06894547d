//! Secrets inside a longer text.

use data_encoding::{BASE64, BASE64_NOPAD};

use super::names::Name;
use super::urls::userinfo;
use super::{Found, Verdict, formats, literal, placeholders, values};
use crate::finding::Confidence;

/// No secret is longer; the bound keeps hostile texts cheap.
pub(super) const LONGEST: usize = 16_384;

pub(super) fn head(text: &str) -> &str {
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Keys of known vendors, web tokens and private keys, anywhere in a text.
pub(super) fn vendors(text: &str) -> Vec<Found> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < text.len() {
        if let Some((range, format)) =
            formats::at(text, at).filter(|(range, _)| !placeholders::is_placeholder(&text[range.clone()], false))
        {
            at = range.end;
            all.push(Found { verdict: format.verdict(&text[range.clone()]), range });
        } else if let Some(end) = web_token(text, at).or_else(|| private_key(text, at)) {
            let verdict = match values::claims(&text[at..end]) {
                None => Some(Verdict::new("a private key", Confidence::Confirmed)),
                Some(claims) => values::token(&claims),
            };
            all.extend(verdict.map(|verdict| Found { range: at..end, verdict }));
            at = end;
        } else {
            at += 1;
            while !text.is_char_boundary(at) {
                at += 1;
            }
        }
    }
    all
}

/// `eyJ….eyJ….…`, signed or not.
fn web_token(text: &str, at: usize) -> Option<usize> {
    // A header is short; the bound keeps a text full of beginnings cheap.
    const HEADER: usize = 1024;
    let rest = head(text[at..].strip_prefix("eyJ")?);
    if text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()) {
        return None;
    }
    let in_token = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'=');
    let run = |from: usize, most: usize| rest.as_bytes()[from..].iter().take(most).take_while(|b| in_token(b)).count();
    let dot = |at: usize| rest.as_bytes().get(at) == Some(&b'.');
    let header = run(0, HEADER);
    if header < 8 || !dot(header) {
        return None;
    }
    let claims = header + 1 + run(header + 1, LONGEST);
    if !dot(claims) {
        return None;
    }
    let end = at + 3 + claims + 1 + run(claims + 1, LONGEST);
    values::claims(&text[at..end]).map(|_| end)
}

/// From `-----BEGIN … PRIVATE KEY-----` to its end, if there is a key between.
fn private_key(text: &str, at: usize) -> Option<usize> {
    let rest = head(text[at..].strip_prefix("-----BEGIN ")?);
    let (label, body) = rest.split_once("-----")?;
    let body_at = at + 11 + label.len() + 5;
    if label.len() > 40 || !(label.ends_with("PRIVATE KEY") || label.ends_with("PRIVATE KEY BLOCK")) {
        return None;
    }
    let inner = body.split("-----").next().unwrap_or(body);
    let key = inner.bytes().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')).count();
    let behind = &body[inner.len()..];
    let tail = behind.strip_prefix("-----END").and_then(|tail| tail.find("-----").map(|at| at + 13)).unwrap_or(0);
    (key >= 40 && !inner.contains("...") && !inner.contains('…'))
        .then_some(body_at + inner.len() + tail.min(behind.len()))
}

/// `Bearer x` and its like, wherever a text has them.
pub(super) fn schemes(text: &str) -> Vec<Found> {
    let mut all: Vec<Found> = Vec::new();
    for (at, _) in text.match_indices([' ', '\t']) {
        let before = &text[..at];
        let word = before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).next().unwrap_or("");
        // Elsewhere `Token`, `Key` and `Bot` are words of a sentence.
        if word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic") {
            all.extend(authorization(head(&text[at - word.len()..]), at - word.len()).flatten());
        }
    }
    all
}

/// The value of an `Authorization` header that begins here; `None`: it does
/// not begin with a scheme.
pub(super) fn authorization(text: &str, offset: usize) -> Option<Option<Found>> {
    let (scheme, rest) = text.split_once([' ', '\t'])?;
    let scheme = values::SCHEMES.iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
    let skipped = rest.len() - rest.trim_start().len();
    let rest = rest.trim_start();
    let start = offset + scheme.len() + 1 + skipped;
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '`')).unwrap_or(rest.len());
    let value = &rest[..end];
    let range = start..start + end;
    if value.is_empty()
        || values::is_reference(value)
        || placeholders::is_placeholder(value, false)
        || values::is_public_jwt(value)
    {
        return Some(None);
    }
    if let Some(first) = vendors(value).into_iter().next() {
        let range = start + first.range.start..start + first.range.end;
        return Some(Some(Found { range, verdict: first.verdict }));
    }
    if *scheme == "Basic" {
        let plain = BASE64.decode(value.as_bytes()).or_else(|_| BASE64_NOPAD.decode(value.as_bytes())).ok();
        let plain = plain.and_then(|plain| String::from_utf8(plain).ok());
        let verdict = plain.as_deref().and_then(|plain| plain.split_once(':')).and_then(|(user, password)| {
            // `user:` with a token as the user is usual too.
            let secret = if password.is_empty() || password == "x" || password == "X" { user } else { password };
            userinfo(user, secret).filter(|_| !secret.is_empty())
        });
        return Some(verdict.map(|verdict| Found {
            range,
            verdict: Verdict { kind: "a user name and password".to_owned(), ..verdict },
        }));
    }
    let strong = value.len() >= 16 && values::entropy(value) >= 3.0;
    let long = value.len() >= 8 && value.contains(|c: char| c.is_ascii_digit());
    let confidence = if strong { Confidence::High } else { Confidence::Medium };
    Some((strong || long).then(|| Found::new(range, "an access token", confidence)))
}

/// `--token=x`, `KEY=x`, `"api_key": "x"`, `X-Api-Key: x`, `Password=x;`.
pub(super) fn pairs(text: &str) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut all = Vec::new();
    let mut done = 0;
    for (mark, _) in text.match_indices(['=', ':']) {
        if mark < done || bytes.get(mark + 1) == Some(&b'/') && bytes[mark] == b':' {
            continue;
        }
        let before = text[..mark].trim_end_matches([' ', '\t', ':']).trim_end_matches(['"', '\'', '\\']);
        let longest = before.len().saturating_sub(80);
        let name = before.as_bytes()[longest..]
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
            .count();
        let name = &before[before.len() - name..];
        if name.is_empty() {
            continue;
        }
        let mut start = mark + 1 + usize::from(text[mark..].starts_with("=>"));
        if before[..before.len() - name.len()].ends_with("${") {
            // `${KEY:-default}` holds a value, `${KEY:?message}` a sentence.
            match bytes.get(start) {
                Some(b'-' | b'=') => start += 1,
                _ => continue,
            }
        }
        while matches!(bytes.get(start), Some(b' ' | b'\t')) {
            start += 1;
        }
        let unescaped = start;
        while bytes.get(start) == Some(&b'\\') && matches!(bytes.get(start + 1), Some(b'"' | b'\\')) {
            start += 1;
        }
        let is_json = start == unescaped && bytes.get(start) == Some(&b'"');
        let quote = bytes.get(start).copied().filter(|b| matches!(b, b'"' | b'\'' | b'`'));
        start += usize::from(quote.is_some());
        let read = Name::read(name);
        if !read.is_secret() {
            continue;
        }
        let rest = head(&text[start..]);
        let length = match quote {
            Some(_) if is_json && let Some(end) = end_of_json(rest) => end,
            Some(quote) => rest.find([char::from(quote), '\\', '\n']).unwrap_or(rest.len()),
            None => rest
                .find(|c: char| {
                    c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '&' | '}' | ')' | '|' | '<')
                })
                .unwrap_or(rest.len()),
        };
        let value = &rest[..length];
        let range = start..start + length;
        if values::SCHEMES.iter().any(|scheme| scheme.eq_ignore_ascii_case(value)) {
            all.extend(authorization(rest, start).flatten());
            continue;
        }
        if let Some(held) = authorization(value, start) {
            done = range.end;
            all.extend(held);
            continue;
        }
        // `password: the password of …` is a sentence.
        let said = quote.is_none() && bytes[mark] == b':' && value.bytes().all(|b| b.is_ascii_alphabetic());
        if said && rest[length..].trim_start_matches(' ').starts_with(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        // Long values are looked into once, not again from each mark inside.
        if value.len() > 128 {
            done = range.end;
        }
        if let Some(verdict) = judged(&read, name.starts_with("--"), value) {
            done = range.end;
            all.push(Found { range, verdict });
        }
    }
    all
}

/// Where a text of JSON ends: at the first quote that no backslash takes away, on the same line.
fn end_of_json(rest: &str) -> Option<usize> {
    let mut escaped = false;
    let mut is_end = |byte: u8| {
        let end = matches!(byte, b'"' | b'\n') && !escaped;
        escaped = byte == b'\\' && !escaped;
        end
    };
    rest.bytes().position(&mut is_end).filter(|at| rest.as_bytes()[*at] == b'"')
}

/// `flag`: the name is one of a command line.
fn judged(name: &Name, flag: bool, value: &str) -> Option<Verdict> {
    // `"key": "ctrl+p"`: alone the word says too little in running text.
    let certain = |verdict: &Verdict| flag || name.words() != ["key"] || verdict.confidence >= Confidence::High;
    let none = value.is_empty()
        || values::is_reference(value)
        || value.contains("://")
        || placeholders::is_placeholder(value, name.is_password())
        || formats::is_public(value)
        || values::is_public_jwt(value);
    if none { None } else { literal(name, value).filter(certain) }
}
