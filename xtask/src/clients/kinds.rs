//! The kinds of fixes that are judged, and the entries that each is offered for.

use std::path::Path;

use super::entry::{Entry, Kind};
use super::seed::{Seed, sum};
use crate::root;

/// The kind of fix that a home is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fix {
    /// A key in a variable.
    Variable,
    /// A key among the arguments: it goes to a variable, or keeps its place in a word.
    Argument,
    /// A key in a header: the relay sends it, or is asked for it.
    Header,
    /// A key in a URL: the relay sends it.
    Url,
    Narrow,
    Sandbox,
    /// A variable goes that switches a check off.
    Texts,
    /// The client asks again before it uses tools; an entry that is off, with a key in it, goes.
    Settings,
    /// The second of two equal entries is switched off.
    Disable,
}

pub(crate) const FIXES: [Fix; 9] = [
    Fix::Variable,
    Fix::Narrow,
    Fix::Sandbox,
    Fix::Header,
    Fix::Argument,
    Fix::Texts,
    Fix::Url,
    Fix::Settings,
    Fix::Disable,
];

impl Fix {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Fix::Variable => "key in a variable",
            Fix::Argument => "key in an argument",
            Fix::Header => "key in a header",
            Fix::Url => "key in a URL",
            Fix::Narrow => "narrow",
            Fix::Sandbox => "sandbox",
            Fix::Texts => "texts",
            Fix::Settings => "settings",
            Fix::Disable => "disable",
        }
    }

    /// What `warder` is told, to do it wherever it is offered.
    pub(crate) fn words(self, project: &str) -> Vec<&str> {
        let rules: &[&str] = match self {
            Fix::Variable => &["secret-in-env"],
            Fix::Argument => &["secret-in-args"],
            Fix::Header => &["secret-in-header"],
            Fix::Url => &["secret-in-url"],
            Fix::Narrow => &["broad-filesystem-root"],
            Fix::Sandbox => &["unsandboxed-server"],
            Fix::Texts => &["tls-verification-disabled"],
            Fix::Settings => &["auto-approve-tools", "stale-server"],
            Fix::Disable => &["duplicate-server"],
        };
        let choices: &[&str] = match self {
            Fix::Narrow => &["--keep", project],
            Fix::Sandbox => &["--network", "none"],
            _ => &[],
        };
        let rules = rules.iter().flat_map(|rule| ["--rule", rule]);
        ["fix", "--yes", "--project", project].into_iter().chain(rules).chain(choices.iter().copied()).collect()
    }

    /// Entries that it is offered for, made from two local ones. What gets a key
    /// checks it against the sum that it is told, and does not start without it.
    pub(crate) fn entries(self, entry: Entry, spare: Entry, place: &Place, seed: &mut Seed) -> Vec<Entry> {
        let token = seed.token();
        let sum = sum(&token);
        let mut entry = entry;
        match self {
            Fix::Variable => {
                entry.words.insert(2, format!("--sum={sum}"));
                entry.env = variables(&[("GITHUB_TOKEN", &token), ("MODE", "plain")]);
            }
            Fix::Argument => {
                entry.words.insert(2, format!("--sum={sum}"));
                if seed.once_in(2) {
                    entry.words.splice(0..0, ["env".to_owned(), format!("GITHUB_TOKEN={token}")]);
                } else {
                    entry.words.splice(2..2, ["--token".to_owned(), token]);
                }
            }
            Fix::Header => {
                let url = format!("{}/{}/{sum}", place.remote, seed.below(1_000_000));
                let headers = variables(&[("Authorization", &format!("Bearer {token}")), ("X-Mode", "plain")]);
                entry = Entry { kind: Kind::Keyed { headers }, words: vec![url], ..entry };
            }
            Fix::Url => {
                let url = format!("{}/{}/{sum}?api_key={token}", place.remote, seed.below(1_000_000));
                entry = Entry { kind: Kind::Keyed { headers: Vec::new() }, words: vec![url], ..entry };
            }
            Fix::Narrow => {
                let package = "tests/servers/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js";
                let words = [root().join(package), place.home.to_owned()];
                let words = words.map(|path| path.to_string_lossy().into_owned());
                entry.kind = Kind::Folder;
                entry.words = std::iter::once("node".to_owned()).chain(words).collect();
            }
            Fix::Sandbox => {}
            Fix::Texts => entry.env = variables(&[("NODE_TLS_REJECT_UNAUTHORIZED", "0"), ("MODE", "plain")]),
            Fix::Settings => {
                entry.approves = true;
                let off = Entry { off: true, env: variables(&[("GITHUB_TOKEN", &token)]), ..spare };
                return vec![entry, off];
            }
            Fix::Disable => {
                let twin = Entry { name: spare.name, ..entry.clone() };
                return vec![entry, twin];
            }
        }
        vec![entry]
    }
}

/// Where a home's entries lead.
pub(crate) struct Place<'a> {
    pub(crate) home: &'a Path,
    /// The URL of the server elsewhere.
    pub(crate) remote: &'a str,
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
