#![doc = include_str!("scope_confusion.md")]

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use strsim::osa_distance;
use unicode_security::skeleton;

use crate::bundle::{self, Known, plain};
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::runs::packaged;
use crate::rules::{Findings, Rule, Tier, offer, steps};
use crate::server::command::Ecosystem;

pub const RULE: Rule = Rule {
    id: "scope-confusion",
    title: "Looks like another publisher",
    dimension: Dimension::Verification,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP04", "CWE-1007"],
    docs: include_str!("scope_confusion.md"),
    check,
};

/// Words that say nothing about whose package it is: everybody has a `…-mcp-server`.
const COMMON: &[&str] = &["mcp", "server", "cli", "client", "sdk", "core", "tools", "api", "local", "remote"];

/// What a name passes itself off as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Confused {
    /// The name, or the scope with its sign, that is meant to be seen.
    known: String,
    how: How,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// Written with other characters of the same look.
    Look,
    /// A slip away from the scope.
    Slip,
    /// The scope has become part of the name.
    Joined,
    /// Letters that no registry gives to names of this kind.
    Foreign,
}

fn check(machine: &Machine, found: &mut Findings) {
    let mut seen: HashMap<(Ecosystem, &str), Option<Confused>> = HashMap::new();
    for runs in packaged(machine) {
        let (ecosystem, name) = (runs.package.ecosystem, runs.package.name.as_str());
        let confused = seen.entry((ecosystem, name)).or_insert_with(|| confused(ecosystem, name));
        let Some(Confused { known, how }) = confused else { continue };
        let name = named(name);
        let (sure, message) = match how {
            How::Look => (Confidence::High, format!("{name} looks like {known} and is written with other characters.")),
            How::Slip => (Confidence::Medium, format!("The publisher of {name} is written almost like {known}.")),
            How::Joined => {
                (Confidence::High, format!("{name} carries the name of {known} without being in that scope."))
            }
            How::Foreign => {
                (Confidence::High, format!("{name} holds letters that look like others in a package's name."))
            }
        };
        let finding = found.add(machine, &RULE, Some(runs.index), runs.place(machine), sure, message);
        let compare = format!(
            "Compare {name} letter by letter with the name you meant{}.",
            match how {
                How::Foreign => String::new(),
                _ => format!(", which may be {known}"),
            }
        );
        let owner = "Only whoever owns a scope can publish in it: look at the page of the package for who that is.";
        finding.fix("by-hand", "Check the publisher", Safety::Manual, steps([&compare, owner]));
        offer::off(machine, runs.server, finding, Safety::Review);
    }
}

struct Looks {
    names: HashSet<(Ecosystem, String)>,
    /// Full names by what they look like.
    seen: HashMap<(Ecosystem, String), &'static str>,
    /// Scopes, and whether a vendor's.
    scopes: HashMap<(Ecosystem, &'static str), bool>,
    /// Scopes by what they look like.
    seen_scopes: HashMap<(Ecosystem, String), &'static str>,
    /// Scoped names of vendors as one word.
    joined: HashMap<String, &'static Known>,
}

static LOOKS: LazyLock<Looks> = LazyLock::new(|| {
    let mut looks = Looks {
        names: HashSet::new(),
        seen: HashMap::new(),
        scopes: HashMap::new(),
        seen_scopes: HashMap::new(),
        joined: HashMap::new(),
    };
    for known in bundle::known() {
        let name = plain(known.ecosystem, known.name);
        looks.seen.insert((known.ecosystem, look(&name)), known.name);
        looks.names.insert((known.ecosystem, name.into_owned()));
        let Some(scope) = scope(known.ecosystem, known.name) else { continue };
        *looks.scopes.entry((known.ecosystem, scope)).or_default() |= known.of_vendor;
        looks.seen_scopes.insert((known.ecosystem, look(scope)), scope);
        let own = known.name.rsplit('/').next().unwrap_or_default();
        let telling = own.split(['-', '_', '.']).any(|word| !COMMON.contains(&word) && word != scope);
        if known.of_vendor && known.ecosystem == Ecosystem::Npm && telling {
            looks.joined.insert(squashed(known.name), known);
        }
    }
    looks
});

/// What a text looks like (UTS #39).
fn look(text: &str) -> String {
    skeleton(text).collect()
}

fn squashed(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '@' | '/' | '-' | '_' | '.')).collect()
}

/// `acme` of `@acme/mcp`, `acme/mcp` and `ghcr.io/acme/mcp`.
fn scope(ecosystem: Ecosystem, name: &str) -> Option<&str> {
    match ecosystem {
        Ecosystem::Npm => Some(name.strip_prefix('@')?.split_once('/')?.0),
        Ecosystem::Docker => {
            let (path, _) = name.rsplit_once('/')?;
            Some(path.rsplit('/').next().unwrap_or(path)).filter(|scope| !scope.contains(['.', ':']))
        }
        _ => None,
    }
}

/// Whether a plain name is a well-known one.
pub(super) fn is_known(ecosystem: Ecosystem, name: &str) -> bool {
    LOOKS.names.contains(&(ecosystem, name.to_owned()))
}

/// What a name that is not well-known itself passes itself off as.
pub(super) fn confused(ecosystem: Ecosystem, name: &str) -> Option<Confused> {
    if !matches!(ecosystem, Ecosystem::Npm | Ecosystem::Pypi | Ecosystem::Docker) {
        return None;
    }
    let name = plain(ecosystem, name);
    let looks = &*LOOKS;
    if is_known(ecosystem, &name) {
        return None;
    }
    if let Some(known) = looks.seen.get(&(ecosystem, look(&name))) {
        return Some(Confused { known: (*known).to_owned(), how: How::Look });
    }
    if !name.is_ascii() {
        return Some(Confused { known: String::new(), how: How::Foreign });
    }
    match scope(ecosystem, &name) {
        Some(scope) => {
            if looks.scopes.contains_key(&(ecosystem, scope)) {
                return None;
            }
            let shown = |known: &str| if ecosystem == Ecosystem::Npm { format!("@{known}") } else { known.to_owned() };
            if let Some(known) = looks.seen_scopes.get(&(ecosystem, look(scope))) {
                return Some(Confused { known: shown(known), how: How::Look });
            }
            let mut vendors = looks.scopes.iter().filter(|((other, _), vendor)| *other == ecosystem && **vendor);
            let near = vendors.find(|((_, known), _)| is_slip(scope, known));
            near.map(|((_, known), _)| Confused { known: shown(known), how: How::Slip })
        }
        None if ecosystem == Ecosystem::Npm => {
            let twin = looks.joined.get(&squashed(&name)).map(|known| known.name.to_owned());
            // The protocol's own project publishes nothing without its scope.
            let own = || {
                let first = name.split(['-', '_', '.']).next()?;
                let official =
                    bundle::known().iter().any(|known| known.official && scope(ecosystem, known.name) == Some(first));
                official.then(|| format!("@{first}"))
            };
            twin.or_else(own).map(|known| Confused { known, how: How::Joined })
        }
        None => None,
    }
}

/// Whether a scope is a slip away from another; short ones are close to each other by chance.
fn is_slip(scope: &str, known: &str) -> bool {
    let plural = scope.strip_suffix('s') == Some(known) || known.strip_suffix('s') == Some(scope);
    let shorter = scope.len().min(known.len());
    if shorter < 6 || scope.len().abs_diff(known.len()) > 2 || plural || scope.as_bytes()[0] != known.as_bytes()[0] {
        return false;
    }
    let extended = scope.starts_with(known) || known.starts_with(scope);
    match osa_distance(scope, known) {
        1 => shorter >= 7 || !extended,
        2 => shorter >= 12 && !extended,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look as judged, silent};

    #[test]
    fn imitated_publishers_are_found() {
        for name in [
            "@modelcontextprotocl/server-filesystem",
            "@modelcontextprotoco1/server-filesystem",
            "@rnodelcontextprotocol/server-filesystem",
            "@modelcontext-protocol/server-memory",
            "modelcontextprotocol-server-filesystem",
            "modelcontextprotocol-server-anything",
            "@playwrigth/mcp",
            "upstash-context7-mcp",
            "@modelcontextprotocol\u{0430}/server-memory",
            "mcp-rernote",
        ] {
            fires(&RULE, &format!(r#"{{ "command": "npx", "args": ["-y", "{name}"] }}"#));
        }
        fires(&RULE, r#"{ "command": "docker", "args": ["run", "-i", "grafena/mcp-grafana"] }"#);
    }

    #[test]
    fn scopes_of_their_own_are_not() {
        for name in [
            "@modelcontextprotocol/server-filesystem",
            "@modelcontextprotocol/server-not-known-yet",
            "@acme/mcp",
            "@acme/server-filesystem",
            "@azura/mcp",
            "playwright-mcp",
            "sentry-mcp-server",
            "some-mcp",
            "mcp-remote",
        ] {
            silent(&RULE, &format!(r#"{{ "command": "npx", "args": ["-y", "{name}"] }}"#));
        }
        silent(&RULE, r#"{ "command": "docker", "args": ["run", "-i", "mcp/fetch"] }"#);
        silent(&RULE, r#"{ "command": "docker", "args": ["run", "-i", "ghcr.io/acme/mcp"] }"#);
        silent(&RULE, r#"{ "command": "uvx", "args": ["Mcp_Server.Git"] }"#);
    }

    /// Every known scope as if it were not on the list.
    #[test]
    fn no_known_scope_is_called_a_slip_for_another() {
        let scopes = &LOOKS.scopes;
        let mut close = Vec::new();
        for (ecosystem, one) in scopes.keys() {
            let vendors = scopes.iter().filter(|((other, name), vendor)| other == ecosystem && name != one && **vendor);
            close.extend(vendors.filter(|((_, known), _)| is_slip(one, known)).map(|((_, known), _)| (*one, *known)));
        }
        assert_eq!(close, []);
        // Nor is a known name without a scope the twin of one that has it.
        let plain =
            bundle::known().iter().filter(|known| known.ecosystem == Ecosystem::Npm && !known.name.contains('/'));
        let twins: Vec<_> =
            plain.filter_map(|known| Some((known.name, LOOKS.joined.get(&squashed(known.name))?.name))).collect();
        assert_eq!(twins, []);
    }

    #[test]
    fn what_is_shown_is_escaped() {
        let json = r#"{ "command": "npx", "args": ["-y", "@modelcontextprotocol\u0430/x"] }"#;
        let seen = judged(&entry(json));
        assert!(seen.of(&RULE)[0].message.ends_with('.'));
    }
}
