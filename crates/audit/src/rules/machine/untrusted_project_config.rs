#![doc = include_str!("untrusted_project_config.md")]

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::clients::{Scope, Skips};
use crate::finding::{Confidence, Dimension, FileIndex, Safety, Severity};
use crate::machine::{FoundFile, Machine};
use crate::redact::escape;
use crate::rules::{Findings, Rule, Tier, place, settings};

pub const RULE: Rule = Rule {
    id: "untrusted-project-config",
    title: "Servers of projects start unasked",
    dimension: Dimension::Machine,
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP09", "MCP05", "CWE-829"],
    docs: include_str!("untrusted_project_config.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    let bringing = bringing(machine);
    for on in settings::on(machine, Skips::Projects) {
        let file = &machine.files[on.file.0];
        let own = matches!(file.scope, Scope::Project | Scope::Local);
        let brought = bringing.get(file.client.id).into_iter().flatten();
        let first = brought.map(|index| &machine.files[index.0]).find(|other| !own || is_below(other, file));
        let (client, name) = (file.client.name, on.name());
        let (message, severity) = match first {
            // The user said so for this one project.
            Some(first) if file.scope == Scope::Local => (started(client, &name, first), Severity::Medium),
            Some(first) => (started(client, &name, first), Severity::High),
            None if own => continue,
            None => (
                format!("{name} lets {client} start the servers of every project you open, without asking."),
                Severity::Medium,
            ),
        };
        let place = place::bytes(machine, on.file, &on.at, &on.span);
        let finding = found.add(machine, &RULE, None, place, Confidence::Confirmed, message);
        finding.severity(severity);
        let summary = format!("{client} asks you once for the servers of each project before it starts them.");
        on.offer(machine, finding, Safety::Review, summary);
    }
}

fn started(client: &str, name: &str, file: &FoundFile) -> String {
    format!("{name} lets {client} start the servers that {} brings, without asking.", escape(&file.shown))
}

/// By client, the projects' files with a server that is on.
fn bringing(machine: &Machine) -> HashMap<&'static str, BTreeSet<FileIndex>> {
    let mut files: HashMap<&str, BTreeSet<FileIndex>> = HashMap::new();
    for server in machine.servers.iter().filter(|server| server.enabled && server.scope == Scope::Project) {
        files.entry(server.client.id).or_default().insert(server.file);
    }
    files
}

/// Whether a project's file counts where this one does.
fn is_below(other: &FoundFile, file: &FoundFile) -> bool {
    let project = file.project.as_deref().unwrap_or(Path::new(""));
    other.project.as_deref().is_some_and(|dir| dir.starts_with(project))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{at, look};

    #[test]
    fn a_blanket_setting_of_the_user_is_found() {
        let all = r#"{ "enableAllProjectMcpServers": true }"#;
        let seen = look(&at("claude-code", ".claude/settings.json", all));
        assert_eq!(seen.of(&RULE)[0].severity, Severity::Medium);
        assert_eq!(seen.fixes(&RULE), [("ask", Safety::Review)]);
    }

    #[test]
    fn servers_named_one_by_one_are_fine() {
        for text in [
            r#"{ "enabledMcpjsonServers": ["notes"] }"#,
            r#"{ "enableAllProjectMcpServers": false }"#,
            r#"{ "enableAllProjectMcpServers": "true" }"#,
        ] {
            assert!(look(&at("claude-code", ".claude/settings.json", text)).of(&RULE).is_empty(), "{text}");
        }
    }
}
