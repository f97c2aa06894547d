#![doc = include_str!("auto_approve_tools.md")]

use super::approved::{Approved, by_entries, by_lists};
use super::verbs::{Does, does};
use crate::clients::ConfigFile;
use crate::document::{KeyPath, Patch};
use crate::finding::{Act, Confidence, Dimension, Finding, Safety, Said, Severity};
use crate::machine::{FileState, Machine};
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, place, servers};
use crate::writing::{may_edit, may_write};

pub const RULE: Rule = Rule {
    id: "auto-approve-tools",
    title: "Tools run without asking",
    dimension: Dimension::Permissions,
    severity: Severity::High,
    tier: Tier::T1,
    fix: Safety::Safe,
    maps: &["MCP02", "CWE-862"],
    docs: include_str!("auto_approve_tools.md"),
    check,
};

/// Tools that a message names.
const NAMED: usize = 3;

fn check(machine: &Machine, found: &mut Findings) {
    evaluate(machine, found);
    for approved in by_entries(machine).iter().chain(&by_lists(machine)) {
        let server = &machine.servers[approved.server.0];
        let file = &machine.files[approved.file.0];
        let all = approved.tools.iter().any(|(tool, _)| tool.is_none());
        let names = || approved.tools.iter().filter_map(|(tool, _)| *tool);
        let changing: Vec<&str> = names().filter(|tool| does(tool) == Does::Changes).collect();
        let bad = all || !changing.is_empty();
        let tools = match (all, bad) {
            (true, _) => "every tool".to_owned(),
            (false, true) => listed(&changing),
            (false, false) => listed(&names().collect::<Vec<_>>()),
        };
        let name = named(&server.name);
        // Whoever reads a file of no known client may not look at the list.
        let (message, confidence) = if file.client.id == "generic" {
            (
                format!("A client that reads this file may let {name} use {tools} without asking you."),
                Confidence::Medium,
            )
        } else {
            (format!("{} lets {name} use {tools} without asking you.", file.client.name), Confidence::Confirmed)
        };
        let place = place::bytes(machine, approved.file, &approved.at, &approved.node.span);
        let finding = found.add(machine, &RULE, Some(approved.server), place, confidence, message);
        if !bad {
            finding.severity(Severity::Low);
        }
        fix(machine, approved, bad, finding);
    }
}

/// `a, b, c and 4 more`.
fn listed(tools: &[&str]) -> String {
    let mut shown: Vec<String> = tools.iter().take(NAMED).map(|tool| named(tool)).collect();
    shown.dedup();
    let shown = shown.join(", ");
    match tools.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Asks again: before what may change something, or, where all that is listed
/// only reads, before everything.
fn fix(machine: &Machine, approved: &Approved, bad: bool, finding: &mut Finding) {
    let server = &machine.servers[approved.server.0];
    let file = &machine.files[approved.file.0];
    let may = if approved.file == server.file { may_edit(machine, server) } else { may_write(machine, file) };
    if let Err(why) = may {
        let ask = "Let the client ask before every tool that is not only reading.".to_owned();
        finding.fix("by-hand", "Let it ask", Safety::Manual, Act::Manual(vec![why, ask]));
        return;
    }
    let goes = |tool: &Option<&str>| !bad || !tool.is_some_and(|tool| does(tool) == Does::Reads);
    let mut out: Vec<KeyPath> =
        approved.tools.iter().filter(|(tool, _)| goes(tool)).map(|(_, at)| at.clone()).collect();
    // From the last on: an item that goes moves those behind it.
    out.reverse();
    let name = named(&server.name);
    let client = file.client.name;
    let (title, past, summary) = if bad {
        (
            format!("Let {client} ask before {name} changes anything"),
            format!("Let {client} ask before {name} changes anything"),
            format!("{client} will ask before every tool whose name does not say that it only reads."),
        )
    } else {
        (
            format!("Let {client} ask before {name} is used"),
            format!("Let {client} ask before {name} is used"),
            format!("{client} will ask before each of these tools."),
        )
    };
    let said = Said { title, past, summary, notes: Vec::new() };
    let act = Act::Settings { patches: out.into_iter().map(Patch::Remove).collect(), said };
    // Being asked more often is no risk; before mere reading it may only be a nuisance.
    let (kind, safety) = if bad { ("ask", Safety::Safe) } else { ("ask-always", Safety::Review) };
    finding.fix(kind, "Let it ask", safety, act);
}

/// Where all that can approve was read.
fn evaluate(machine: &Machine, found: &mut Findings) {
    if machine.env.only.is_some() {
        return;
    }
    let lists = |row: &ConfigFile| !row.allows.is_empty();
    let read = |state: &FileState| matches!(state, FileState::Read(_) | FileState::Missing);
    let unread: Vec<&str> =
        machine.files.iter().filter(|file| lists(file.row) && !read(&file.state)).map(|file| file.client.id).collect();
    for (index, server) in servers(machine) {
        let row = machine.files[server.file.0].row;
        if row.spelling.approves_here && !unread.contains(&server.client.id) {
            found.evaluated(index, Check::AutoApproval);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{Given, entry, file, look};

    fn roo(list: &str) -> Given {
        entry(&format!(r#"{{ "command": "some-mcp", "alwaysAllow": {list} }}"#)).of("roo")
    }

    #[test]
    fn what_runs_unasked_is_weighed_by_what_it_does() {
        let severity = |list: &str| look(&roo(list)).of(&RULE).first().map(|finding| finding.severity);
        assert_eq!(severity(r#"["*"]"#), Some(Severity::High));
        assert_eq!(severity(r#"["list_tables", "execute_sql"]"#), Some(Severity::High));
        assert_eq!(severity(r#"["list_tables", "get_project"]"#), Some(Severity::Low));
        assert_eq!(severity(r#"["audio-to-markdown"]"#), Some(Severity::Low));
        assert_eq!(severity("[]"), None);
        assert_eq!(severity("true"), None);
        assert_eq!(severity("[1, null]"), None);
    }

    #[test]
    fn each_client_says_it_in_its_own_way() {
        let count = |client, text: &str| look(&file(text).of(client)).of(&RULE).len();
        let json = |member: &str| format!(r#"{{ "mcpServers": {{ "it": {{ "command": "some-mcp", {member} }} }} }}"#);
        assert_eq!(count("cline", &json(r#""autoApprove": ["write_file"]"#)), 1);
        assert_eq!(count("kiro", &json(r#""autoApprove": ["*"]"#)), 1);
        assert_eq!(count("gemini", &json(r#""trust": true"#)), 1);
        assert_eq!(count("gemini", &json(r#""trust": false"#)), 0);
        // Members of another client have no effect.
        assert_eq!(count("cursor", &json(r#""alwaysAllow": ["*"], "trust": true"#)), 0);
        assert_eq!(count("roo", &json(r#""trust": true"#)), 0);
        let codex = "[mcp_servers.it]\ncommand = 'some-mcp'\ndefault_tools_approval_mode = 'approve'\n\
                     [mcp_servers.it.tools.write_file]\napproval_mode = 'approve'\n";
        assert_eq!(count("codex", codex), 2);
        assert_eq!(count("codex", &codex.replace("'approve'", "'prompt'")), 0);
    }

    #[test]
    fn only_what_is_read_from_every_place_is_evaluated() {
        let judged = |given: &Given| look(given).evaluated(Check::AutoApproval);
        assert!(judged(&roo("[]")));
        assert!(!judged(&entry(r#"{ "command": "some-mcp" }"#)));
        assert!(!judged(&entry(r#"{ "command": "some-mcp" }"#).of("gemini")));
    }
}
