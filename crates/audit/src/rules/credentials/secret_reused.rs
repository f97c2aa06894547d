#![doc = include_str!("secret_reused.md")]

use std::collections::{BTreeSet, HashMap};

use super::literals::{Literals, noun};
use crate::finding::{Dimension, Place, Safety, ServerIndex, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, place, servers, steps};
use crate::secret::Verdict;
use crate::server::Transport;

pub const RULE: Rule = Rule {
    id: "secret-reused",
    title: "Same secret in several places",
    dimension: Dimension::Credentials,
    severity: Severity::Low,
    tier: Tier::T1,
    fix: Safety::Manual,
    maps: &["MCP01", "CWE-522"],
    docs: include_str!("secret_reused.md"),
    check,
};

/// One place of a secret.
struct Use<'a> {
    server: ServerIndex,
    place: Place,
    verdict: &'a Verdict,
    /// The file it stands in, as people read it.
    file: &'a str,
}

fn check(machine: &Machine, found: &mut Findings) {
    let literals = found.literals(machine);
    let readable = servers(machine).filter(|(_, server)| !matches!(server.transport, Transport::Unknown));
    // A single file that was asked for says nothing of the others.
    for (index, _) in readable.filter(|_| machine.env.only.is_none()) {
        found.evaluated(index, Check::Reuse);
    }
    for uses in same(machine, &literals) {
        let files: BTreeSet<&str> = uses.iter().map(|one| one.file).collect();
        let identities: BTreeSet<String> = uses.iter().map(|one| machine.servers[one.server.0].identity()).collect();
        if files.len() < 2 && identities.len() < 2 {
            continue;
        }
        let first = &uses[0];
        let message = format!("The same {} stands in {}.", noun(&first.verdict.kind), entries(machine, &uses, &files));
        let mut also: Vec<ServerIndex> = uses[1..].iter().map(|one| one.server).collect();
        also.retain(|index| *index != first.server);
        also.dedup();
        let confidence = first.verdict.confidence;
        let finding = found.add(machine, &RULE, Some(first.server), first.place.clone(), confidence, message);
        finding.also(also);
        if identities.len() < 2 {
            finding.severity(Severity::Info);
        }
        finding.fix(
            "by-hand",
            "Tell them apart",
            Safety::Manual,
            steps([
                "Make a key for each server, with no more rights than it needs: then one can be replaced alone.",
                "Move every one to the keychain.",
            ]),
        );
    }
}

/// The places of every secret that stands in more than one entry, in order.
fn same<'a>(machine: &'a Machine, literals: &'a Literals) -> Vec<Vec<Use<'a>>> {
    // A short value may be equal by chance, and what everybody knows is nobody's key.
    const SHORTEST: usize = 8;
    let counts = |value: &str, verdict: &Verdict| value.len() >= SHORTEST && !verdict.weak_default;
    let mut order = Vec::new();
    let mut known: HashMap<&str, Vec<Use>> = HashMap::new();
    let mut add = |value: &'a str, one: Use<'a>| {
        let uses = known.entry(value).or_default();
        if uses.is_empty() {
            order.push(value);
        }
        if uses.last().is_none_or(|last| (last.server, last.file) != (one.server, one.file)) {
            uses.push(one);
        }
    };
    for literal in &literals.entries {
        let (value, verdict) = (literal.value(machine), &literal.verdict);
        if counts(value, verdict) {
            let file = machine.files[machine.servers[literal.server.0].file.0].shown.as_str();
            add(value, Use { server: literal.server, place: literal.place(machine), verdict, file });
        }
    }
    for held in &literals.env_files {
        let server = held.servers[0];
        let Some(named) = &machine.servers[server.0].env_file else { continue };
        for (index, verdict) in &held.secrets {
            let value = held.file.variables[*index].value.as_str();
            if counts(value, verdict) {
                let place = place::text(machine, &machine.servers[server.0], named);
                add(value, Use { server, place, verdict, file: &held.file.shown });
            }
        }
    }
    let several = order.into_iter().filter_map(|value| known.remove(value));
    several.filter(|uses| uses.len() > 1).collect()
}

/// `3 entries: gh (Cursor), github (Claude Desktop) and one more`.
fn entries(machine: &Machine, uses: &[Use], files: &BTreeSet<&str>) -> String {
    const NAMED: usize = 3;
    let servers: BTreeSet<ServerIndex> = uses.iter().map(|one| one.server).collect();
    if servers.len() < 2 {
        let files: Vec<String> = files.iter().map(|file| named(file)).collect();
        return files.join(" and ");
    }
    let label = |index: &ServerIndex| {
        let server = &machine.servers[index.0];
        format!("{} ({})", named(&server.name), server.client.name)
    };
    let mut names: Vec<String> = servers.iter().take(NAMED).map(label).collect();
    match servers.len() - names.len() {
        0 => {}
        1 => names.push("one more".to_owned()),
        more => names.push(format!("{more} more")),
    }
    let last = names.pop().unwrap_or_default();
    format!("{} entries: {} and {last}", servers.len(), names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{file, look};

    const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    fn server(name: &str, package: &str, env: &str) -> String {
        format!(r#""{name}": {{ "command": "npx", "args": ["-y", "{package}"], "env": {{ {env} }} }}"#)
    }

    fn seen(servers: &[String]) -> Vec<(Severity, String, usize)> {
        let seen = look(&file(&format!(r#"{{ "mcpServers": {{ {} }} }}"#, servers.join(", "))));
        assert!(seen.evaluated(Check::Reuse));
        seen.of(&RULE).into_iter().map(|one| (one.severity, one.message.clone(), one.also.len())).collect()
    }

    #[test]
    fn one_key_for_several_servers_is_one_finding() {
        let env = format!(r#""TOKEN": "{TOKEN}""#);
        let found = seen(&[server("a", "one", &env), server("b", "two", &env), server("c", "three", &env)]);
        let message = "The same GitHub token stands in 3 entries: a (Cursor), b (Cursor) and c (Cursor).";
        assert_eq!(found, [(Severity::Low, message.to_owned(), 2)]);
        let many: Vec<String> = (0..9).map(|at| server(&format!("s{at}"), &format!("p{at}"), &env)).collect();
        assert!(seen(&many)[0].1.ends_with("s2 (Cursor) and 6 more."));
    }

    #[test]
    fn however_it_is_written_it_is_the_same_key() {
        let header = format!(
            r#""r": {{ "url": "https://mcp.example.com/mcp", "headers": {{ "Authorization": "Bearer {TOKEN}" }} }}"#
        );
        assert_eq!(seen(&[server("a", "one", &format!(r#""TOKEN": "{TOKEN}""#)), header]).len(), 1);
    }

    #[test]
    fn one_server_and_passwords_of_everybody_are_left_alone() {
        let twice = format!(r#""GITHUB_TOKEN": "{TOKEN}", "GH_TOKEN": "{TOKEN}""#);
        assert_eq!(seen(&[server("a", "one", &twice)]), []);
        let env = format!(r#""TOKEN": "{TOKEN}""#);
        assert_eq!(seen(&[server("a", "one", &env), server("b", "one", &env)]), [], "one server under two names");
        let weak = r#""DATABASE_URL": "postgresql://postgres:postgres@localhost/app""#;
        assert_eq!(seen(&[server("a", "one", weak), server("b", "two", weak)]), []);
        let reference = r#""TOKEN": "${env:TOKEN}""#;
        assert_eq!(seen(&[server("a", "one", reference), server("b", "two", reference)]), []);
    }
}
