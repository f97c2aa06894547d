#![doc = include_str!("name_shadowing.md")]

use std::collections::HashSet;

use url::Url;
use warder_launch::stderr::typed;

use crate::approval::{differences, said};
use crate::clients::Scope;
use crate::finding::{Act, Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::redact::{escape, line};
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, offer, place, servers, steps};
use crate::server::command::Payload;
use crate::server::{Relay, Server, Transport};

pub const RULE: Rule = Rule {
    id: "name-shadowing",
    title: "Another server under the same name",
    dimension: Dimension::Machine,
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP09", "CWE-694"],
    docs: include_str!("name_shadowing.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    swapped(machine, found);
    let mut said = HashSet::new();
    for (_, server) in servers(machine).filter(|(_, server)| server.enabled) {
        // Of those that win over it, the one that counts.
        let winner = server.under.iter().max_by_key(|over| (machine.servers[over.0].scope, **over));
        let Some(&index) = winner else { continue };
        let winner = &machine.servers[index.0];
        // What an administrator sets is meant to win.
        if !winner.enabled || winner.scope == Scope::Managed || !is_another(server, winner) || !said.insert(index) {
            continue;
        }
        let shown = |server: &Server| escape(&machine.files[server.file.0].shown);
        let (client, name) = (server.client.name, named(&winner.name));
        let place = place::entry(winner);
        let (own, other) = (shown(winner), shown(server));
        let other = if own == other { "the one for everywhere".to_owned() } else { format!("the one in {other}") };
        let message = format!("{client} starts the server {name} of {own} in place of {other}, which is another one.");
        let finding = found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message);
        // Nobody but the user writes the others.
        if winner.scope == Scope::Project {
            offer::off(machine, winner, finding, Safety::Review);
        } else {
            finding.severity(Severity::Low);
        }
        let act = steps([
            "Look whether both are meant: what was approved for one name may count for the other.",
            "Give one of the two another name, or take it out.",
        ]);
        finding.fix("rename", "Give them different names", Safety::Manual, act);
    }
}

/// Entries that became something else under the name that was approved.
fn swapped(machine: &Machine, found: &mut Findings) {
    for (index, server) in servers(machine).filter(|(_, server)| server.enabled) {
        let file = &machine.files[server.file.0];
        let changes = differences(&machine.env, file, server);
        if changes.is_empty() {
            continue;
        }
        let (name, said) = (named(&server.name), said(&changes));
        let message = match server.relay() {
            None => format!("The launcher does not start {name}: {said}."),
            Some(Relay::Started(_)) => format!("The relay does not start {name}: {said}."),
            Some(Relay::Asked { .. }) => format!("{name} is not what you approved: {said}."),
        };
        let act = steps([
            &format!("If that was you, look at it and approve it: warder approve {}", line(&typed(&server.name))),
            "If it was not you, put back what you approved, and look who may write to this file.",
        ]);
        let finding = found.add(machine, &RULE, Some(index), place::entry(server), Confidence::Confirmed, message);
        // Two entries of one name are the client's matter; this one alone is not what it was.
        finding.dimension = Dimension::Runtime;
        finding.severity(Severity::High).fix("put-back", "Put back what I approved", Safety::Review, Act::PutBack).fix(
            "approve",
            "Look at what changed",
            Safety::Manual,
            act,
        );
    }
}

/// Whether two entries start different things. The same package or address
/// with other arguments is how a project sets up a server for itself.
fn is_another(one: &Server, other: &Server) -> bool {
    match (what(one), what(other)) {
        (Some(one), Some(other)) => one != other,
        _ => false,
    }
}

/// What is started, without how; `None` where the entry does not say.
fn what(server: &Server) -> Option<String> {
    match &server.transport {
        Transport::Stdio(command) => match &command.launch.payload {
            Payload::Package(package) => Some(format!("{:?} {}", package.ecosystem, package.name)),
            Payload::Opaque(_) => None,
            Payload::Script { .. } | Payload::Binary => Some(server.identity()),
        },
        Transport::Http { url, .. } => Some(Url::parse(&url.value).ok()?.host_str()?.to_owned()),
        Transport::Unknown => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{at, look};

    /// Claude Code's own file with a server for everywhere and one for a project.
    fn claude(everywhere: &str, project: &str) -> crate::rules::tests::Given {
        let text = format!(
            r#"{{ "mcpServers": {{ "notes": {everywhere} }},
                 "projects": {{ "/home/ana/app": {{ "mcpServers": {{ "notes": {project} }} }} }} }}"#
        );
        at("claude-code", ".claude.json", &text)
    }

    const NPX: &str = r#"{ "command": "npx", "args": ["-y", "notes-mcp@1.0.0"] }"#;

    #[test]
    fn another_server_under_the_name_is_found() {
        for other in [
            r#"{ "command": "npx", "args": ["-y", "other-mcp@1.0.0"] }"#,
            r#"{ "command": "node", "args": ["/srv/notes.js"] }"#,
            r#"{ "type": "http", "url": "https://notes.example.com/mcp" }"#,
        ] {
            assert_eq!(look(&claude(NPX, other)).of(&RULE).len(), 1, "{other}");
        }
    }

    #[test]
    fn the_same_server_set_up_otherwise_is_not() {
        for other in [
            NPX,
            r#"{ "command": "npx", "args": ["notes-mcp@2.0.0", "--vault", "/home/ana/app"] }"#,
            r#"{ "command": "cmd", "args": ["/c", "npx", "notes-mcp"] }"#,
            r#"{ "args": [] }"#,
        ] {
            assert!(look(&claude(NPX, other)).of(&RULE).is_empty(), "{other}");
        }
        let one = r#"{ "type": "http", "url": "https://notes.example.com/mcp" }"#;
        let two = r#"{ "type": "http", "url": "https://notes.example.com/mcp?team=b" }"#;
        assert!(look(&claude(one, two)).of(&RULE).is_empty());
    }
}
