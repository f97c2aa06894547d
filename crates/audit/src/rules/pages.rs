//! Every rule's page is its first test.

use crate::finding::Dimension;
use crate::machine::Machine;
use crate::server::Transport;

use super::tests::{file, judge, machine};
use super::{Rule, permissions, rules};

/// The random part of ids in a page, `[ID]`: 26 characters of base32.
const ID: &str = "abcdefghijklmnopqrstuvw23a";

/// One fenced block of a page: `json before`, `json after vscode`, `json silent`,
/// `json facts before`; of Cursor where no client is named.
struct Block {
    client: &'static str,
    text: String,
}

/// The blocks of a kind, in order.
fn blocks(rule: &Rule, kind: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = rule.docs.lines();
    let opening = format!("```json {kind}");
    while let Some(line) = lines.by_ref().find(|line| line.strip_prefix(&opening).is_some_and(is_end)) {
        let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        let client = line[opening.len()..].trim();
        let client = if client.is_empty() { "cursor" } else { client };
        blocks.push(Block { client, text: text.join("\n").replace("[ID]", ID) });
    }
    blocks
}

fn is_end(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(' ')
}

fn block(rule: &Rule, kind: &str) -> Block {
    let block = blocks(rule, kind).into_iter().next();
    block.unwrap_or_else(|| panic!("the page of {} has no block {kind}", rule.id))
}

/// What a block describes, with the facts of the page (`json facts before`, `json facts silent`).
fn read(rule: &Rule, kind: &str, index: usize, block: &Block) -> Machine {
    let mut machine = machine(&file(&block.text).of(block.client));
    assert!(!machine.servers.is_empty() || rule.dimension == Dimension::Machine, "{}", block.text);
    if let Some(facts) = blocks(rule, &format!("facts {kind}")).get(index) {
        machine.facts = serde_json::from_str(&facts.text).unwrap_or_else(|error| panic!("{}: {error}", rule.id));
    }
    machine
}

#[test]
fn pages_say_why_and_show_how() {
    for rule in rules() {
        let first = rule.docs.lines().next().unwrap_or_default();
        assert!(first.ends_with('.') && first.len() < 100, "{}: {first}", rule.id);
        for heading in ["## Why it matters", "## What is looked at", "## Left alone", "## Example"] {
            assert!(rule.docs.lines().any(|line| line == heading), "{}: {heading}", rule.id);
        }
    }
}

#[test]
fn the_example_before_has_one_finding_of_its_rule() {
    for rule in rules() {
        let seen = judge(&read(rule, "before", 0, &block(rule, "before")));
        let [finding] = seen.of(rule)[..] else { panic!("{}: {:?}", rule.id, seen.of(rule)) };
        let best = finding.fixes.iter().map(|fix| fix.safety).max();
        assert!(best.is_none_or(|best| best <= rule.fix), "{} offers a fix better than it says", rule.id);
    }
}

#[test]
fn the_example_after_has_none() {
    for rule in rules() {
        let block = block(rule, "after");
        let mut machine = read(rule, "after", 0, &block);
        if rule.id == permissions::unsandboxed_server::RULE.id {
            fence(&mut machine);
        }
        let seen = judge(&machine);
        assert!(seen.of(rule).is_empty(), "{}: {:?}", rule.id, seen.of(rule));
    }
}

#[test]
fn what_a_page_says_is_left_alone_is() {
    for rule in rules() {
        let blocks = blocks(rule, "silent");
        assert!(!blocks.is_empty(), "the page of {} has no block silent", rule.id);
        for (index, block) in blocks.iter().enumerate() {
            let seen = judge(&read(rule, "silent", index, block));
            assert!(seen.of(rule).is_empty(), "{}: {:?}", rule.id, seen.of(rule));
        }
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
