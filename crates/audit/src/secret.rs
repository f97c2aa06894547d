//! Is this value a secret?
//!
//! Vendor formats first (confirmed), then names and entropy, and before both
//! all that is certainly none: references, placeholders, paths, counts,
//! publishable keys. Definition: rules-and-scoring §2.0 item 4.

mod formats;
mod names;
mod placeholders;
mod prose;
mod text;
mod urls;
mod values;

use std::ops::Range;

use warder_launch::reference::references;

use crate::finding::Confidence;
use names::Name;
pub(crate) use urls::PASSWORD_IN_URL;

/// What a literal value was recognised as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `a GitHub token`, `a key or password`; completes "X holds …".
    pub kind: String,
    /// The vendor's name, where known; `page` says where it replaces keys.
    pub provider: Option<&'static str>,
    pub confidence: Confidence,
    /// How much it opens and for how long, where its form says so.
    pub reach: Option<Reach>,
    /// Known to everybody (`postgres`, `admin`), or of this computer alone
    /// (`…@localhost`): worth less than a key somebody made.
    pub weak_default: bool,
}

/// What the form of a key says about its power. What its owner allowed it to
/// do within that cannot be seen here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Administers a whole organisation: `sk-admin-…`, `sk-ant-admin…`.
    Admin,
    /// All that its owner may do, or all of an account: a classic `ghp_…`,
    /// `xoxp-…`, `sk_live_…`, Supabase's `service_role`.
    Everything,
    /// Works until somebody revokes it: `AKIA…`, a web token without `exp`.
    Endless,
    /// One form for narrow and for all-powerful ones: `glpat-…`.
    Unsaid,
    /// Rights chosen when it was made: `github_pat_…`, `rk_live_…`.
    Chosen,
    /// Ends by itself: `ASIA…`, a web token with `exp`.
    Passing,
}

impl Verdict {
    /// A secret of no vendor that is known.
    fn new(kind: &str, confidence: Confidence) -> Verdict {
        Verdict { kind: kind.to_owned(), provider: None, confidence, reach: None, weak_default: false }
    }
}

/// A secret inside a longer text. Holds its place, never its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The bytes of the value alone: no flag, no `Bearer`, no quotes.
    pub range: Range<usize>,
    pub verdict: Verdict,
}

impl Found {
    fn new(range: Range<usize>, kind: &str, confidence: Confidence) -> Found {
        Found { range, verdict: Verdict::new(kind, confidence) }
    }
}

/// `None`: not a secret. `name`: the variable, header or flag; empty when
/// there is none. References of any dialect, `keychain:…` and `op://…` are
/// never secrets.
pub fn judge(name: &str, value: &str) -> Option<Verdict> {
    let name = Name::read(name);
    let value = value.trim();
    // What stands around one of ours stands there in clear: `Bearer keychain:…`.
    if !references(value).is_empty() {
        return best(find(value));
    }
    if values::is_reference(value) {
        // What stands around a reference, or is its default, may still be a
        // secret: `${X:-ghp_…}`, `postgres://me:pass@${HOST}`.
        let mut inside = text::vendors(value);
        inside.extend(urls::urls(value));
        if value.contains("${") {
            inside.extend(text::pairs(value));
        }
        return best(inside);
    }
    // A document of its own is judged part by part, and so are settings in a row.
    let document = values::is_settings(value)
        || value.starts_with(['{', '[', '"']) && value.contains("\":")
        || value.contains("\\\":");
    if document || value.contains("://") || value.contains("-----BEGIN") {
        return best(find(value));
    }
    if name.is_phrase() && values::is_mnemonic(value) {
        let weak_default = value.starts_with("test test test ");
        return Some(Verdict { weak_default, ..Verdict::new("the seed phrase of a wallet", Confidence::High) });
    }
    if placeholders::is_placeholder(value, name.is_password()) || formats::is_public(value) {
        return None;
    }
    if let Some(found) = text::authorization(value, 0) {
        return best(found.into_iter().collect());
    }
    if values::is_public_jwt(value) {
        return None;
    }
    best(find(value)).or_else(|| literal(&name, value))
}

/// A value that only its name makes a secret.
fn literal(name: &Name, value: &str) -> Option<Verdict> {
    if !name.is_secret() {
        return None;
    }
    if let Some(format) = formats::beside(name.providers(), value) {
        return Some(format.verdict(value));
    }
    if values::is_ordinary(value, name.is_password()) {
        return None;
    }
    let strong = value.len() >= 16 && values::entropy(value) >= 3.5 && !values::is_counted(value);
    let kind = if name.is_password() { "a password" } else { "a key or password" };
    let confidence = if strong { Confidence::High } else { Confidence::Medium };
    let weak_default = values::is_weak(value);
    let provider = formats::whose(name.providers()).filter(|_| strong);
    Some(Verdict { provider, weak_default, ..Verdict::new(kind, confidence) })
}

fn best(found: Vec<Found>) -> Option<Verdict> {
    found.into_iter().map(|found| found.verdict).max_by_key(|verdict| verdict.confidence)
}

/// Secrets inside a longer text, in order and without overlaps: vendors'
/// keys, private keys, passwords and keys in URLs, `Authorization` values,
/// and values of secret-like names (`--token=…`, `"api_key": "…"`, `KEY=…`).
pub fn find(text: &str) -> Vec<Found> {
    let mut found = text::vendors(text);
    found.extend(urls::urls(text));
    found.extend(text::schemes(text));
    found.extend(text::pairs(text));
    found.extend(prose::labelled(text));
    found.extend(prose::curl(text));
    // Where a key of the keychain is put in, there is none.
    let ours = references(text);
    found.retain(|one| {
        let behind = ours.partition_point(|(range, _)| range.end <= one.range.start);
        ours.get(behind).is_none_or(|(range, _)| range.start >= one.range.end)
    });
    // The surest of those that overlap stays; the first of equals.
    found.sort_by(|a, b| (b.verdict.confidence, a.range.start).cmp(&(a.verdict.confidence, b.range.start)));
    let mut taken = std::collections::BTreeMap::new();
    found.retain(|one| {
        let before = taken.range(..one.range.end).next_back().map_or(0, |(_, end)| *end);
        let free = before <= one.range.start && !one.range.is_empty();
        if free {
            taken.insert(one.range.start, one.range.end);
        }
        free
    });
    found.sort_by_key(|one| one.range.start);
    found
}

/// `--token VALUE`, `--api-key VALUE`; not `--api-key-env NAME`, `--token-limit 5`.
pub fn flag_takes_secret(flag: &str) -> bool {
    let flag = flag.split('=').next().unwrap_or(flag);
    flag.starts_with('-') && Name::read(flag).is_secret()
}

/// Whether a variable, header or flag of this name is expected to hold a secret.
pub fn is_secret_name(name: &str) -> bool {
    Name::read(name).is_secret()
}

/// Whether a name (or flag) announces a secret and the value may be one: for
/// those who would rather hide too much.
pub fn is_named(name: &str, value: &str) -> bool {
    let value = value.trim();
    is_secret_name(name)
        && !value.is_empty()
        && !values::is_reference(value)
        && !placeholders::is_placeholder(value, false)
}

/// Whether a word looks drawn at random, whatever it may be; an address and a
/// path are judged by their steps.
pub fn is_random_word(word: &str) -> bool {
    word.split(['/', '\\', '?', '&', '=', ':', '@', '#']).any(values::is_drawn)
}

/// Whether a word holds a secret because of the flag before it. Secrets inside
/// the word itself are [`find`]'s.
pub fn is_behind_flag(flag: &str, word: &str) -> bool {
    flag_takes_secret(flag) && judge(flag, word).is_some()
}

/// The page where a vendor (`Verdict::provider`) lets its users replace a key.
pub fn page(provider: &str) -> Option<&'static str> {
    formats::page(provider)
}

#[cfg(test)]
mod tests;
