//! Every rule's page is its first test.

use crate::machine::Machine;
use crate::server::Transport;

use super::tests::{file, judge, machine};
use super::{RULES, Rule, permissions};

/// The random part of ids in a page, `[ID]`: 26 characters of base32.
const ID: &str = "abcdefghijklmnopqrstuvw23a";

/// The configs of a page, with the client they are of.
struct Example {
    client: &'static str,
    before: String,
    after: String,
}

/// A fenced block: `json before`, `json after vscode`; Cursor's when no client is named.
fn block(rule: &Rule, name: &str) -> (&'static str, String) {
    let mut lines = rule.docs.lines();
    let opening = lines.find_map(|line| line.strip_prefix(&format!("```json {name}")));
    let opening = opening.unwrap_or_else(|| panic!("the page of {} has no block {name}", rule.id));
    let text: Vec<&str> = lines.take_while(|line| *line != "```").collect();
    let client = opening.trim();
    (if client.is_empty() { "cursor" } else { client }, text.join("\n"))
}

fn example(rule: &Rule) -> Example {
    let (client, before) = block(rule, "before");
    let (other, after) = block(rule, "after");
    assert_eq!(client, other, "{}: both blocks are of one client", rule.id);
    Example { client, before, after: after.replace("[ID]", ID) }
}

fn read(client: &'static str, text: &str) -> Machine {
    let machine = machine(&file(text).of(client));
    assert!(!machine.servers.is_empty(), "{text}");
    machine
}

#[test]
fn pages_say_why_and_show_how() {
    for rule in RULES {
        let first = rule.docs.lines().next().unwrap_or_default();
        assert!(first.ends_with('.') && first.len() < 100, "{}: {first}", rule.id);
        for heading in ["## Why it matters", "## What is looked at", "## Example"] {
            assert!(rule.docs.lines().any(|line| line == heading), "{}: {heading}", rule.id);
        }
    }
}

#[test]
fn the_example_before_has_one_finding_of_its_rule() {
    for rule in RULES {
        let example = example(rule);
        let seen = judge(&read(example.client, &example.before));
        assert_eq!(seen.of(rule).len(), 1, "{}", rule.id);
    }
}

#[test]
fn the_example_after_has_none() {
    for rule in RULES {
        let example = example(rule);
        let mut machine = read(example.client, &example.after);
        if rule.id == permissions::unsandboxed_server::RULE.id {
            fence(&mut machine);
        }
        let seen = judge(&machine);
        assert!(seen.of(rule).is_empty(), "{}: {:?}", rule.id, seen.of(rule));
    }
}

/// Gives the wrapped entry the profile that the fix would have written.
fn fence(machine: &mut Machine) {
    let Transport::Stdio(command) = &mut machine.servers[0].transport else { panic!("it is started here") };
    let wrapped = command.wrapped.as_ref().expect("the launcher starts it");
    let profile = serde_json::json!({
        "schema": 1,
        "id": wrapped.profile,
        "server": "files",
        "client": "cursor",
        "approved": { "argv": [], "env": {}, "varies": [], "cwd": null, "inherited": {} },
        "run": { "program": "/usr/bin/node", "args": [], "cwd": null, "env": {} },
        "secrets": {},
        "sandbox": { "read": [], "write": [], "network": "none", "home": "/home/ana/.warder/homes/files" },
        "package": null,
    });
    command.profile = Some(serde_json::from_value(profile).expect("a profile"));
}
