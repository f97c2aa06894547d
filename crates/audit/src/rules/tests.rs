//! How a rule is tried: one config text in, its findings out.

use std::path::PathBuf;

use crate::clients::{Os, Scope, client};
use crate::env::Env;
use crate::finding::{Finding, Safety, ServerIndex};
use crate::machine::Machine;

use super::{Check, Findings, Rule, rule, rules};

/// A config and where it is said to stand. `[HOME]` in the text is the home folder.
pub(super) struct Given {
    text: String,
    client: &'static str,
    os: Os,
    scope: Scope,
    /// Below the home; `None`: the client's first.
    path: Option<&'static str>,
}

/// A whole file of Cursor, on Linux.
pub(super) fn file(text: &str) -> Given {
    Given { text: text.to_owned(), client: "cursor", os: Os::Linux, scope: Scope::User, path: None }
}

/// A client's file at this path below the home.
pub(super) fn at(client: &'static str, path: &'static str, text: &str) -> Given {
    Given { client, path: Some(path), ..file(text) }
}

/// A file with this one entry, called `it`.
pub(super) fn entry(json: &str) -> Given {
    file(&format!(r#"{{ "mcpServers": {{ "it": {json} }} }}"#))
}

impl Given {
    pub(super) fn on(self, os: Os) -> Given {
        Given { os, ..self }
    }

    pub(super) fn of(self, client: &'static str) -> Given {
        Given { client, ..self }
    }

    pub(super) fn in_project(self) -> Given {
        Given { scope: Scope::Project, ..self }
    }
}

/// A machine with this one file; no disk is touched.
pub(super) fn machine(given: &Given) -> Machine {
    let home = match given.os {
        Os::Linux => "/home/ana",
        Os::Macos => "/Users/ana",
        Os::Windows => r"C:\Users\ana",
    };
    let env = Env {
        os: given.os,
        home: PathBuf::from(home),
        vars: Default::default(),
        projects: Vec::new(),
        files: Vec::new(),
        only: None,
        root: "/".into(),
        today: Some(20_778),
        instead: Vec::new(),
        launcher: None,
    };
    let client = client(given.client).expect("the client is in the table");
    let path = env.home.join(given.path.unwrap_or(client.files[0].path));
    let text = given.text.replace("[HOME]", &home.replace('\\', r"\\"));
    let mut machine = Machine::of_text(env, client, &path, &text);
    machine.files[0].scope = given.scope;
    machine.servers.iter_mut().for_each(|server| server.scope = given.scope);
    machine
}

/// What all rules said.
pub(super) struct Seen {
    pub(super) findings: Findings,
}

pub(super) fn judge(machine: &Machine) -> Seen {
    Seen { findings: super::run(machine) }
}

pub(super) fn look(given: &Given) -> Seen {
    judge(&machine(given))
}

impl Seen {
    pub(super) fn of(&self, rule: &Rule) -> Vec<&Finding> {
        self.findings.found.iter().filter(|finding| finding.rule == rule.id).collect()
    }

    /// Kind and safety of the fixes of the rule's only finding.
    pub(super) fn fixes(&self, rule: &Rule) -> Vec<(&str, Safety)> {
        let [finding] = self.of(rule)[..] else { panic!("one finding of {}", rule.id) };
        let kind = |id| str::rsplit_once(id, '.').expect("a fix id has a kind").1;
        finding.fixes.iter().map(|fix| (kind(&fix.id), fix.safety)).collect()
    }

    /// Whether a check was made for the first server.
    pub(super) fn evaluated(&self, check: Check) -> bool {
        self.findings.is_evaluated(ServerIndex(0), check)
    }
}

/// The entry has exactly one finding of the rule.
#[track_caller]
pub(super) fn fires(rule: &Rule, json: &str) {
    assert_eq!(look(&entry(json)).of(rule).len(), 1, "{} on {json}", rule.id);
}

/// The entry has no finding of the rule.
#[track_caller]
pub(super) fn silent(rule: &Rule, json: &str) {
    assert_eq!(look(&entry(json)).of(rule), Vec::<&Finding>::new(), "{} on {json}", rule.id);
}

#[test]
fn rules_are_sorted_and_told_apart() {
    assert!(rules().is_sorted_by(|a, b| a.id < b.id));
    for known in rules() {
        assert!(rule(known.id).is_some_and(|found| found.id == known.id), "{}", known.id);
        assert!(!known.maps.is_empty() && !known.title.is_empty(), "{}", known.id);
    }
    assert!(rule("no-such-rule").is_none());
}

#[test]
fn ids_are_stable_unique_and_free_of_values() {
    let token = |value: &str| {
        let json = r#"{ "command": "npx", "args": ["x"], "env": { "A_TOKEN": "V", "B_TOKEN": "V" } }"#;
        let seen = look(&entry(&json.replace('V', value)));
        seen.findings.found.into_iter().map(|finding| finding.id).collect::<Vec<String>>()
    };
    let first = token("ghp_16C7e42F292c6912E7710c838347Ae178B4a");
    assert_eq!(first, token("ghp_27D8f53A3A3d7023F8821d949458Bf289C5b"));
    let mut unique = first.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), first.len());
    assert!(first.iter().all(|id| id.len() == 16 && id.bytes().all(|digit| digit.is_ascii_hexdigit())));
}

#[test]
fn a_second_finding_at_one_place_gets_an_id_of_its_own() {
    let machine = machine(&entry(r#"{ "command": "npx", "args": ["x"] }"#));
    let mut found = Findings::default();
    for _ in 0..3 {
        let place = super::place::entry(&machine.servers[0]);
        let confidence = crate::finding::Confidence::Confirmed;
        found.add(&machine, rules()[0], None, place, confidence, String::new()).fix(
            "by-hand",
            "Do it",
            Safety::Manual,
            super::steps(["Do it."]),
        );
    }
    let ids: Vec<&str> = found.found.iter().map(|finding| finding.id.as_str()).collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2] && ids[0] != ids[2]);
    assert_eq!(found.found[1].fixes[0].id, format!("{}.by-hand", ids[1]));
}

#[test]
fn every_message_is_a_sentence() {
    let given = [
        entry(r#"{ "command": "npx", "args": ["some\u202emcp", "--token", "q8Zr2LmW0xVb7TnKc4JdYp91"] }"#),
        entry(r#"{ "command": "docker", "args": ["run", "--privileged", "-v", "[HOME]:/x", "a/b"] }"#),
        entry(
            r#"{ "url": "http://mcp.example.com/mcp", "env": { "A_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" } }"#,
        ),
        entry(r#"{ "command": 5 }"#),
        file("{"),
    ];
    for given in given {
        let seen = look(&given);
        assert!(!seen.findings.found.is_empty());
        for finding in &seen.findings.found {
            let message = &finding.message;
            assert!(message.ends_with('.') && !message.ends_with(".."), "{message}");
            assert!(!message.contains('\u{202e}'), "{message}");
            assert!(!finding.fixes.is_empty(), "{message}");
        }
    }
}
