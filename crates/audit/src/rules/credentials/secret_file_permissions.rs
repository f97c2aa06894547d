#![doc = include_str!("secret_file_permissions.md")]

use super::literals::{Exposed, exposed, mark};
use crate::clients::Scope;
use crate::finding::{Act, Dimension, FileIndex, Finding, Safety, Severity};
use crate::machine::Machine;
use crate::rules::{Check, Findings, Rule, Tier, steps};
use crate::writing::{may_edit, may_write};

pub const RULE: Rule = Rule {
    id: "secret-file-permissions",
    title: "Secrets that others can read",
    dimension: Dimension::Credentials,
    severity: Severity::High,
    tier: Tier::T1,
    fix: Safety::Safe,
    maps: &["MCP01", "CWE-732"],
    docs: include_str!("secret_file_permissions.md"),
    check,
};

/// Permission bits that let the group or everybody read.
const OTHERS: u32 = 0o044;

fn check(machine: &Machine, found: &mut Findings) {
    let literals = found.literals(machine);
    mark(machine, &literals, found, Check::FileMode, |facts| facts.access.is_some());
    for file in exposed(machine, &literals) {
        let Some(access) = file.facts.access.as_ref().filter(|access| access.mode & OTHERS != 0) else { continue };
        let (shown, kind) = (&file.shown, file.kind);
        let message = if access.reachable {
            format!("Other users of this computer can read {shown}, which holds {kind}.")
        } else {
            format!("{shown} holds {kind} and may be read by everybody; only a folder above it keeps other users out.")
        };
        let confidence = file.confidence;
        let finding = found.add(machine, &RULE, file.server, file.place(machine), confidence, message);
        finding.group("exposure").also(file.also.clone());
        if !access.reachable {
            finding.severity(Severity::Low);
        }
        protect(machine, &file, finding);
    }
}

fn protect(machine: &Machine, file: &Exposed, finding: &mut Finding) {
    let by_hand = format!("Run `chmod go=` on {}.", file.shown);
    // What an administrator gives to all users is read by all of them.
    let scope = |config: FileIndex| machine.files[config.0].scope;
    let own = file.config.is_some_and(|config| !matches!(scope(config), Scope::System | Scope::Managed));
    let may = match (file.server, file.config) {
        (Some(server), _) => may_edit(machine, &machine.servers[server.0]),
        (None, Some(config)) => may_write(machine, &machine.files[config.0]),
        (None, None) => Ok(()),
    };
    match may.map(|()| own) {
        Ok(true) => finding.fix("protect", "Let only you read it", Safety::Safe, Act::Protect),
        Ok(false) => finding.fix("by-hand", "Let only you read it", Safety::Manual, steps([by_hand.as_str()])),
        Err(why) => {
            finding.fix("by-hand", "Let only you read it", Safety::Manual, steps([why.as_str(), by_hand.as_str()]))
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Access, EnvFile, EnvLine, Facts, FileFacts, ServerFacts};
    use crate::finding::ServerIndex;
    use crate::rules::tests::{entry, file, judge, machine};
    use std::sync::Arc;

    const SECRET: &str = r#"{ "command": "x", "env": { "GITHUB_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" } }"#;

    fn facts(mode: u32, reachable: bool) -> FileFacts {
        FileFacts { access: Some(Access { mode, reachable }), ..FileFacts::default() }
    }

    fn with(json: &str, file: FileFacts) -> Machine {
        let mut machine = machine(&entry(json));
        machine.facts = Facts { files: vec![file], ..Facts::default() };
        machine
    }

    #[test]
    fn who_can_read_decides() {
        for (mode, reachable, expected) in [
            (0o600, true, None),
            (0o700, true, None),
            (0o644, true, Some(Severity::High)),
            (0o640, true, Some(Severity::High)),
            (0o644, false, Some(Severity::Low)),
        ] {
            let seen = judge(&with(SECRET, facts(mode, reachable)));
            let severities = seen.of(&RULE).first().map(|finding| finding.severity);
            assert_eq!(severities, expected, "{mode:o}");
            assert!(seen.evaluated(Check::FileMode));
        }
    }

    #[test]
    fn a_file_without_secrets_may_be_read_and_unknown_is_unknown() {
        for json in [
            r#"{ "command": "x", "env": { "GITHUB_TOKEN": "${env:GITHUB_TOKEN}" } }"#,
            r#"{ "command": "x", "args": ["postgresql://postgres:postgres@localhost/app"] }"#,
        ] {
            let seen = judge(&with(json, FileFacts::default()));
            assert!(seen.of(&RULE).is_empty() && seen.evaluated(Check::FileMode), "{json}");
        }
        let seen = judge(&with(SECRET, FileFacts::default()));
        assert!(seen.of(&RULE).is_empty() && !seen.evaluated(Check::FileMode));
    }

    #[test]
    fn a_file_is_spoken_of_once_and_counts_for_all_whose_secrets_it_holds() {
        let text = format!(
            r#"{{ "mcpServers": {{ "none": {{ "command": "x" }}, "a": {SECRET}, "b": {SECRET}, "c": {SECRET} }} }}"#
        );
        let mut machine = machine(&file(&text));
        machine.facts = Facts { files: vec![facts(0o644, true)], ..Facts::default() };
        machine.servers[1].enabled = false;
        let seen = judge(&machine);
        let [finding] = seen.of(&RULE)[..] else { panic!("one finding") };
        assert_eq!(finding.server, Some(ServerIndex(2)));
        assert_eq!(finding.also, [ServerIndex(1), ServerIndex(3)]);
    }

    #[test]
    fn a_file_of_variables_counts_too_and_is_never_written() {
        let mut machine = machine(&entry(r#"{ "command": "x", "envFile": "/srv/.env" }"#));
        assert!(!judge(&machine).evaluated(Check::FileMode), "not read");
        let line = EnvLine { name: "API_KEY".to_owned(), value: "q8Zr2LmW0xVb7TnKc4JdYp91".to_owned(), line: 1 };
        let (path, shown) = ("/srv/.env".into(), "/srv/.env".to_owned());
        let env = EnvFile { path, shown, facts: facts(0o644, true), variables: vec![line] };
        let env_file = Some(Arc::new(env));
        machine.facts = Facts { servers: vec![ServerFacts { env_file, ..ServerFacts::default() }], ..Facts::default() };
        let seen = judge(&machine);
        assert_eq!(seen.fixes(&RULE), [("by-hand", Safety::Manual)]);
        assert!(seen.of(&RULE)[0].message.contains("/srv/.env"));
    }
}
