//! Secrets inside URLs.

use std::ops::Range;

use super::names::{Name, listed};
use super::{Found, Verdict, placeholders, values};
use crate::finding::Confidence;

/// What the password of `user:password@host` is called.
pub(crate) const PASSWORD_IN_URL: &str = "a password in a URL";

/// Passwords before the host of a URL, and keys in its query.
pub(super) fn urls(text: &str) -> Vec<Found> {
    let mut all = Vec::new();
    let mut done = 0;
    for (mark, _) in text.match_indices("://") {
        if mark < done {
            continue;
        }
        let start = mark + 3;
        let rest = &text[start..];
        let end = start
            + rest.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>')).unwrap_or(rest.len());
        done = end;
        let url = &text[start..end];
        let authority = start..start + url.find(['/', '?', '#']).unwrap_or(url.len());
        // A password may hold a slash; the last `@` of the authority counts.
        let authority = match text[authority.clone()].contains('@') {
            true => authority,
            false => match url.split(['?', '#']).next().and_then(|url| url.rfind('@')) {
                Some(at)
                    if url[..at].contains(':')
                        && !url[..at].contains("//")
                        && url[..at].split('/').count() <= 3
                        && !text[authority.clone()].contains('.') =>
                {
                    start..start + at + 1
                }
                _ => authority,
            },
        };
        if let Some(at) = text[authority.clone()].rfind('@') {
            let user = &text[authority.start..authority.start + at];
            let (name, from) = match user.find(':') {
                Some(colon) => (&user[..colon], authority.start + colon + 1),
                None => ("", authority.end),
            };
            let range = from..authority.start + at;
            if range.start < range.end {
                let host = &text[range.end + 1..authority.end];
                all.extend(userinfo(name, &text[range.clone()]).map(|verdict| Found {
                    range,
                    verdict: Verdict { weak_default: verdict.weak_default || values::is_own_host(host), ..verdict },
                }));
            }
        }
        all.extend(query(text, start..end));
        all.extend(path(text, start..end));
    }
    all
}

/// The password of `user:password@host`.
pub(super) fn userinfo(user: &str, password: &str) -> Option<Verdict> {
    const ANYBODY: &str = "user username user_name myuser your_user usr login name";
    const ANY: &str = "password pass pwd passwd secret pw mypassword passwort";
    let lower = password.to_ascii_lowercase();
    let pattern = listed(ANYBODY, &user.to_ascii_lowercase()) && listed(ANY, &lower);
    if pattern
        || password == "PASSWORD"
        || values::is_reference(password)
        || placeholders::is_placeholder(password, true)
        || password.starts_with('<')
        || password.starts_with('[')
    {
        return None;
    }
    let weak_default = values::is_weak(password) || lower == user.to_ascii_lowercase();
    let confidence = if weak_default { Confidence::Medium } else { Confidence::Confirmed };
    Some(Verdict { weak_default, ..Verdict::new(PASSWORD_IN_URL, confidence) })
}

/// `?api_key=…&token=…`.
fn query(text: &str, url: Range<usize>) -> Vec<Found> {
    let mut all = Vec::new();
    let Some(mark) = text[url.clone()].find('?') else {
        return all;
    };
    let mut start = url.start + mark + 1;
    for pair in text[start..url.end].split(['&', '#', ';']) {
        if let Some((name, value)) = pair.split_once('=') {
            let range = start + name.len() + 1..start + pair.len();
            let read = Name::read(name);
            let secret = (read.is_secret() || matches!(name, "key" | "sig" | "profile" | "code"))
                && !values::is_reference(value)
                && !placeholders::is_placeholder(value, false)
                && !values::is_ordinary(value, false);
            let strong = value.len() >= 16 && values::entropy(value) >= 3.0;
            if secret && (strong || read.is_secret() && value.len() >= 8) {
                all.push(Found::new(
                    range,
                    "a key in a URL",
                    if strong { Confidence::High } else { Confidence::Medium },
                ));
            }
        }
        start += pair.len() + 1;
    }
    all
}

/// `…/token/q8Zr…`, and `…/mcp/s/q8Zr…/sse`: an endpoint whose address is its key.
fn path(text: &str, url: Range<usize>) -> Vec<Found> {
    const ENDPOINT: &str = "mcp sse stream messages";
    const LABEL: &str = "key token apikey api-key api_key secret access_token auth";
    let whole = &text[url.clone()];
    let Some(slash) = whole.find('/') else { return Vec::new() };
    let end = whole.find(['?', '#']).unwrap_or(whole.len());
    let Some(path) = whole.get(slash + 1..end) else { return Vec::new() };
    let endpoint = path.split('/').any(|step| listed(ENDPOINT, step));
    let mut all = Vec::new();
    let mut start = url.start + slash + 1;
    let mut before = "";
    for step in path.split('/') {
        let labelled = listed(LABEL, &before.to_ascii_lowercase()) && values::is_keylike(step);
        let address = endpoint && step.len() >= 24 && values::is_random(step);
        if (labelled || address) && !values::is_reference(step) && !placeholders::is_placeholder(step, false) {
            all.push(Found::new(start..start + step.len(), "a key in a URL", Confidence::Medium));
        }
        before = step;
        start += step.len() + 1;
    }
    all
}
