#![doc = include_str!("typosquat_name.md")]

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use strsim::osa_distance;

use super::scope_confusion::{confused, is_known};
use crate::bundle::{self, Known, plain};
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::runs::packaged;
use crate::rules::{Check, Findings, Rule, Tier, offer, steps};
use crate::server::command::Ecosystem;

pub const RULE: Rule = Rule {
    id: "typosquat-name",
    title: "Name close to a well-known one",
    dimension: Dimension::Verification,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP04", "CWE-1357"],
    docs: include_str!("typosquat_name.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    let mut seen: HashMap<(Ecosystem, &str), Option<&'static Known>> = HashMap::new();
    let listed = |runs: &crate::rules::runs::Runs| {
        matches!(runs.package.ecosystem, Ecosystem::Npm | Ecosystem::Pypi | Ecosystem::Docker)
    };
    for runs in packaged(machine).filter(listed) {
        if runs.command.launch.inner.is_none() {
            found.evaluated(runs.index, Check::Name);
        }
        let (ecosystem, name) = (runs.package.ecosystem, runs.package.name.as_str());
        let close = *seen.entry((ecosystem, name)).or_insert_with(|| {
            let close = resembled(ecosystem, name);
            close.filter(|_| confused(ecosystem, name).is_none())
        });
        let Some(known) = close else { continue };
        // A name alone may be chance.
        let source = runs.installed.and_then(|installed| installed.source);
        let sure = if source == Some(false) { Confidence::High } else { Confidence::Medium };
        let (name, known) = (named(name), known.name);
        let message = format!("{name} is written almost like {known}, which is far better known.");
        let finding = found.add(machine, &RULE, Some(runs.index), runs.place(machine), sure, message);
        let compare = format!("Compare {name} with {known}: which of them did you mean?");
        let look = "Look at the page of the package: who publishes it, since when, and where its source is.";
        let mend = format!("If you meant {known}, correct the name in the launch line.");
        finding.fix("by-hand", "Check the name", Safety::Manual, steps([&compare, look, &mend]));
        offer::off(machine, runs.server, finding, Safety::Review);
    }
}

/// Words that stand in names of well-known packages: two of them are two
/// things, however close they are written.
static WORDS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| bundle::known().iter().flat_map(|known| words(known.name)).collect());

/// The well-known packages that are likely to be meant, each with its plain name and letters.
static POPULAR: LazyLock<Vec<(&Known, String, u64)>> = LazyLock::new(|| {
    let popular = bundle::known().iter().filter(|known| known.popular);
    let row = |known: &'static Known| {
        let name = plain(known.ecosystem, known.name).into_owned();
        let letters = letters(&name);
        (known, name, letters)
    };
    popular.map(row).collect()
});

/// The letters and digits that occur in a name, as a set: two slips change four at most.
fn letters(name: &str) -> u64 {
    let bit = |b: u8| match b.to_ascii_lowercase() {
        b @ b'a'..=b'z' => 1 << (b - b'a'),
        b @ b'0'..=b'9' => 1 << (26 + b - b'0'),
        _ => 0,
    };
    name.bytes().fold(0, |set, b| set | bit(b))
}

/// The well-known package that a name which is none itself is written almost like.
fn resembled(ecosystem: Ecosystem, name: &str) -> Option<&'static Known> {
    let name = plain(ecosystem, name);
    if is_known(ecosystem, &name) {
        return None;
    }
    let own = letters(&name);
    let mut near =
        POPULAR.iter().filter(|(known, _, letters)| known.ecosystem == ecosystem && (own ^ letters).count_ones() <= 4);
    near.find(|(_, known, _)| is_close(&name, known, &|word| WORDS.contains(word))).map(|(known, ..)| *known)
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['@', '/', '-', '_', '.']).filter(|word| !word.is_empty())
}

/// Whether one name is a slip of the pen for the other. `is_word`: a word that means something of its own.
fn is_close(name: &str, known: &str, is_word: &dyn Fn(&str) -> bool) -> bool {
    // Scopes have an owner: that is another rule. Most pairs end here.
    if name == known || name.contains('/') || known.contains('/') || name.len().abs_diff(known.len()) > 2 {
        return false;
    }
    let squashed = |text: &str| -> String { words(text).collect() };
    if known.len() >= 8 && squashed(name) == squashed(known) {
        return true;
    }
    let (ours, theirs): (Vec<&str>, Vec<&str>) = (words(name).collect(), words(known).collect());
    if ours.len() != theirs.len() {
        return false;
    }
    let mut slips = 0;
    for (our, their) in ours.iter().zip(&theirs).filter(|(our, their)| our != their) {
        if is_word(our) {
            return false;
        }
        match slip(our, their) {
            Some(count) => slips += count,
            None => return false,
        }
    }
    match slips {
        1 => known.len() >= 8,
        2 => known.len() >= 14,
        _ => false,
    }
}

/// How many slips make one word of the other; `None` where they are two words. The shorter they are, the more of
/// their neighbours are words too.
fn slip(our: &str, their: &str) -> Option<usize> {
    let shorter = our.len().min(their.len());
    if shorter < 4 || our.len().max(their.len()) < 5 {
        return None;
    }
    let numeric = |word: &str| word.bytes().any(|b| b.is_ascii_digit());
    // `web3` and `web4`, `tool` and `tools`, `postgres` and `postgresql`.
    let two_things = numeric(our) && numeric(their)
        || our.strip_suffix('s') == Some(their)
        || their.strip_suffix('s') == Some(our)
        || our.len().abs_diff(their.len()) == 2 && (our.starts_with(their) || their.starts_with(our));
    let distance = osa_distance(our, their);
    let swapped =
        distance == 1 && our.len() == their.len() && our.chars().rev().take(1).eq(their.chars().rev().take(1));
    let head = our.as_bytes()[0] == their.as_bytes()[0] || swapped && our.as_bytes()[0] == their.as_bytes()[1];
    match distance {
        1 | 2 if two_things || !head => None,
        1 => Some(1),
        2 if shorter >= 8 => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Installed, ServerFacts};
    use crate::rules::tests::{entry, fires, judge, machine, silent};

    #[test]
    fn slips_of_the_pen_are_found() {
        for (command, name) in [
            ("npx", "mcp-remoet"),
            ("npx", "mcp-remotte"),
            ("npx", "mcp_remote"),
            ("npx", "mcpremote"),
            ("npx", "figma-develper-mcp"),
            ("npx", "figma-devloper-mpc2"),
            ("uvx", "mcp-sevrer-git"),
            ("uvx", "mcp-server-fecth"),
        ] {
            let json = format!(r#"{{ "command": "{command}", "args": ["{name}"] }}"#);
            if name == "figma-devloper-mpc2" { silent(&RULE, &json) } else { fires(&RULE, &json) }
        }
    }

    #[test]
    fn other_names_are_not() {
        for (command, name) in [
            ("npx", "mcp-remote"),
            ("npx", "remote-mcp"),
            ("npx", "mcp-promote-tools"),
            ("npx", "@modelcontextprotocol/server-gitlab"),
            ("npx", "@modelcontextprotocol/sever-filesystem"),
            ("npx", "@acme/mcp-remoet"),
            ("uvx", "server-mcp-git"),
            ("uvx", "mcp_server.git"),
            ("uvx", "mcp-server-gpt"),
            ("uvx", "mcp-server-git2"),
            ("uvx", "mcp-server-times"),
            ("docker", "mcp/fetch"),
        ] {
            silent(&RULE, &format!(r#"{{ "command": "{command}", "args": ["{name}"] }}"#));
        }
    }

    /// Each well-known name as if it were not on the list: those that are fetched a hundred times less than what they
    /// are like may be called so, by the rule's own measure; nobody else.
    #[test]
    fn no_known_name_is_called_a_slip_for_another() {
        let known = bundle::known();
        let mut uses: HashMap<&str, usize> = HashMap::new();
        known.iter().flat_map(|known| words(known.name)).for_each(|word| *uses.entry(word).or_default() += 1);
        let mut close = Vec::new();
        for one in known {
            // Its own words do not speak for it.
            let is_word = |word: &str| uses.get(word).is_some_and(|uses| *uses > 1);
            let others = known.iter().filter(|other| other.ecosystem == one.ecosystem && other.popular);
            let ratio = |other: &&Known| match (one.downloads, other.downloads) {
                (Some(ours), Some(theirs)) => theirs >= 100 * ours,
                _ => true,
            };
            let name = plain(one.ecosystem, one.name);
            let likes =
                others.filter(ratio).filter(|other| is_close(&name, &plain(other.ecosystem, other.name), &is_word));
            close.extend(likes.map(|other| (one.name, other.name)));
        }
        assert_eq!(close, []);
    }

    #[test]
    fn a_second_sign_makes_it_surer() {
        let mut given = machine(&entry(r#"{ "command": "npx", "args": ["mcp-remoet@1.0.0"] }"#));
        assert_eq!(judge(&given).of(&RULE)[0].confidence, Confidence::Medium);
        let installed = Some(Installed { version: "1.0.0".to_owned(), source: Some(false), ..Installed::default() });
        given.facts.servers = vec![ServerFacts { installed, ..ServerFacts::default() }];
        assert_eq!(judge(&given).of(&RULE)[0].confidence, Confidence::High);
        assert!(judge(&given).evaluated(Check::Name));
    }
}
