#![doc = include_str!("duplicate_server.md")]

use std::collections::{BTreeMap, HashMap};

use crate::finding::{Confidence, Dimension, Safety, ServerIndex, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, offer, place, servers, steps};
use crate::server::command::{Package, Payload};
use crate::server::{Server, Transport};

pub const RULE: Rule = Rule {
    id: "duplicate-server",
    title: "Same server configured twice",
    dimension: Dimension::Machine,
    severity: Severity::Info,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP09", "CWE-694"],
    docs: include_str!("duplicate_server.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<Vec<ServerIndex>> = Vec::new();
    for (index, server) in servers(machine).filter(|(_, server)| counts(machine, server)) {
        let group = *places.entry(server.identity()).or_insert_with(|| {
            groups.push(Vec::new());
            groups.len() - 1
        });
        groups[group].push(index);
    }
    for group in groups.into_iter().filter(|group| group.len() > 1) {
        if !versions(machine, &group, found) {
            twice(machine, &group, found);
        }
    }
}

/// Whether an entry is started at all, beside the others of its client.
fn counts(machine: &Machine, server: &Server) -> bool {
    // An agent's or a plugin's servers are its own, and which client reads a
    // file that is nobody's is not known.
    let apart = machine.files[server.file.0].row.apart || server.client.id == "generic";
    server.enabled && server.under.is_empty() && !apart && !matches!(server.transport, Transport::Unknown)
}

/// Whether exact versions differ; one finding at the first that differs.
fn versions(machine: &Machine, group: &[ServerIndex], found: &mut Findings) -> bool {
    let exact = |index: &&ServerIndex| {
        let package = package(&machine.servers[index.0])?;
        package.version.as_deref().filter(|_| package.pinned)
    };
    let Some(first) = group.iter().find(|index| exact(index).is_some()) else { return false };
    let Some(other) = group.iter().find(|index| exact(index).is_some_and(|version| Some(version) != exact(&first)))
    else {
        return false;
    };
    let (one, two) = (&machine.servers[first.0], &machine.servers[other.0]);
    let version = |index| named(exact(&index).unwrap_or_default());
    let what = package(one).map_or_else(String::new, |package| named(&package.name));
    let message = format!(
        "{what} is fixed to version {} for {} ({}) and to {} for {} ({}).",
        version(first),
        named(&one.name),
        one.client.name,
        version(other),
        named(&two.name),
        two.client.name
    );
    let finding = found.add(machine, &RULE, Some(*other), place::entry(two), Confidence::Confirmed, message);
    let act =
        steps(["Decide on one version, the newer one in most cases.", "Write it into every entry of this server."]);
    finding.severity(Severity::Low).fix("by-hand", "Use one version", Safety::Manual, act);
    true
}

/// The second of two entries that a client starts beside each other.
fn twice(machine: &Machine, group: &[ServerIndex], found: &mut Findings) {
    let mut clients: BTreeMap<&str, Vec<ServerIndex>> = BTreeMap::new();
    for index in group {
        clients.entry(machine.servers[index.0].client.id).or_default().push(*index);
    }
    for entries in clients.into_values() {
        let (first, rest) = entries.split_first().expect("a client is there for its entries");
        let one = &machine.servers[first.0];
        let Some(index) = rest.iter().find(|index| beside(one, &machine.servers[index.0])) else { continue };
        let two = &machine.servers[index.0];
        let message = format!(
            "{} starts the same server twice, as {} and as {}.",
            one.client.name,
            named(&one.name),
            named(&two.name)
        );
        let finding = found.add(machine, &RULE, Some(*index), place::entry(two), Confidence::Confirmed, message);
        offer::off(machine, two, finding, Safety::Review);
    }
}

/// Whether one session starts both, and to the same end: of one file, or a user's and a
/// project's. Two files of one scope may be two profiles or two installations.
fn beside(one: &Server, two: &Server) -> bool {
    if set_up(one) != set_up(two) {
        return false;
    }
    let meet = one.project == two.project || one.project.is_none() || two.project.is_none();
    meet && (one.file == two.file || one.scope != two.scope)
}

/// What an entry is set up with beside its arguments: another account or another part
/// of the same server makes it another one.
fn set_up(server: &Server) -> (BTreeMap<&str, &str>, Vec<&str>) {
    let headers = match &server.transport {
        Transport::Http { headers, .. } => headers.as_slice(),
        Transport::Stdio(_) | Transport::Unknown => &[],
    };
    let pairs = server.env.iter().chain(headers).map(|pair| (pair.name.as_str(), pair.value.value.as_str()));
    // What stands before an image sets up its container.
    let container = server.command().filter(|command| command.launch.container.is_some());
    let words = container.map(|command| command.words()).unwrap_or_default();
    let cwd = server.cwd.iter().map(|cwd| cwd.value.as_str());
    (pairs.collect(), cwd.chain(words.into_iter().map(|word| word.value.as_str())).collect())
}

fn package(server: &Server) -> Option<&Package> {
    match &server.command()?.launch.payload {
        Payload::Package(package) => Some(package),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{at, file, look};

    fn two(one: &str, two: &str) -> crate::rules::tests::Given {
        file(&format!(r#"{{ "mcpServers": {{ "a": {one}, "b": {two} }} }}"#))
    }

    const NPX: &str = r#"{ "command": "npx", "args": ["-y", "notes-mcp@1.0.0", "--vault", "/x"] }"#;

    #[test]
    fn the_same_server_twice_in_one_client_is_found() {
        for other in [NPX, r#"{ "command": "bunx", "args": ["notes-mcp@1.0.0", "--vault", "/x"] }"#] {
            let seen = look(&two(NPX, other));
            assert_eq!(seen.of(&RULE)[0].message, "Cursor starts the same server twice, as a and as b.");
            assert_eq!(seen.of(&RULE)[0].severity, Severity::Info);
            assert_eq!(seen.fixes(&RULE), [("off", Safety::Review)]);
        }
    }

    #[test]
    fn two_exact_versions_are_low() {
        let seen = look(&two(NPX, &NPX.replace("1.0.0", "1.1.0")));
        assert_eq!(seen.of(&RULE).len(), 1);
        assert_eq!(seen.of(&RULE)[0].severity, Severity::Low);
    }

    #[test]
    fn others_are_not() {
        for other in [
            r#"{ "command": "npx", "args": ["-y", "notes-mcp@1.0.0", "--vault", "/y"] }"#,
            r#"{ "command": "npx", "args": ["-y", "other-mcp@1.0.0", "--vault", "/x"] }"#,
            r#"{ "args": ["notes-mcp@1.0.0"] }"#,
            r#"{ "command": "npx", "args": ["-y", "notes-mcp@1.0.0", "--vault", "/x"], "env": { "ACCOUNT": "work" } }"#,
        ] {
            assert!(look(&two(NPX, other)).of(&RULE).is_empty(), "{other}");
        }
        let image =
            |site| format!(r#"{{ "command": "docker", "args": ["run", "-i", "-e", "SITE={site}", "acme/notes"] }}"#);
        assert!(look(&two(&image("a"), &image("b"))).of(&RULE).is_empty());
        assert_eq!(look(&two(&image("a"), &image("a"))).of(&RULE).len(), 1);
        let projects = format!(
            r#"{{ "projects": {{ "/a": {{ "mcpServers": {{ "n": {NPX} }} }}, "/b": {{ "mcpServers": {{ "n": {NPX} }} }} }} }}"#
        );
        assert!(look(&at("claude-code", ".claude.json", &projects)).of(&RULE).is_empty());
    }
}
