#![doc = include_str!("missing_command.md")]

use std::path::{Path, PathBuf};

use crate::facts::{Loose, Program};
use crate::finding::{Act, Confidence, Dimension, Finding, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, launched, place, steps};
use crate::server::{Command, Server, Text};
use crate::writing::may_wrap;

pub const RULE: Rule = Rule {
    id: "missing-command",
    title: "Program not found",
    dimension: Dimension::Machine,
    severity: Severity::Low,
    tier: Tier::T1,
    fix: Safety::Safe,
    maps: &["CWE-426"],
    docs: include_str!("missing_command.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let Some(facts) = machine.facts.server(index).filter(|_| server.enabled) else { continue };
        let words = command.words();
        let client = server.client.name;
        let shown = |path: &Path| named(&machine.env.shown(path));
        let name = named(&words[0].value);
        // Another client's `PATH` can be another one than that of this program.
        let (word, confidence, message) = match &facts.program {
            Some(Program::Missing { path }) => {
                let word = words.iter().find(|word| is_word(word, path)).unwrap_or(&words[0]);
                let message = format!("{} does not exist, so {client} cannot start this server.", shown(path));
                (*word, Confidence::Confirmed, message)
            }
            Some(Program::Elsewhere { paths, .. }) => {
                let path = paths.first().map(|path| shown(path)).unwrap_or_default();
                let message = format!("{name} is not on the PATH but at {path}, so {client} may not find it.");
                (words[0], Confidence::Medium, message)
            }
            Some(Program::Nowhere) => {
                let message = format!("{name} is in no folder of the PATH, so {client} cannot start this server.");
                (words[0], Confidence::Medium, message)
            }
            Some(Program::Found { .. }) | None => continue,
        };
        let missing = matches!(facts.program, Some(Program::Missing { .. }));
        let writable = facts.writable.iter().flatten();
        let anybody =
            writable.filter(|one| one.why != Loose::Place || !one.path.starts_with(&machine.env.home)).count();
        let place = place::text(machine, server, word);
        let finding = found.add(machine, &RULE, Some(index), place, confidence, message);
        if missing && anybody > 0 {
            // Others can put something there that will be started.
            finding.severity(Severity::Medium);
        }
        match &facts.program {
            Some(Program::Elsewhere { paths, by_env }) => mend(machine, server, command, paths, *by_env, finding),
            _ => by_hand(missing, finding),
        }
    }
}

fn is_word(word: &Text, path: &Path) -> bool {
    let text = word.value.strip_prefix("~/").unwrap_or(&word.value);
    path.ends_with(text.trim_start_matches("./"))
}

/// The whole path, where there is only one that can be meant.
fn mend(machine: &Machine, server: &Server, command: &Command, paths: &[PathBuf], by_env: bool, finding: &mut Finding) {
    let [path] = paths else { return by_hand(false, finding) };
    let Some(text) = path.to_str() else { return by_hand(false, finding) };
    // A path of this computer is for this computer alone.
    if command.wrapped.is_some() || may_wrap(machine, server).is_err() {
        return by_hand(false, finding);
    }
    let (name, shown) = (named(&server.name), named(&machine.env.shown(path)));
    let mut notes = Vec::new();
    let safety = if by_env {
        notes.push(
            "It is a script that looks for its interpreter on the PATH too: if the server still does not start, \
             start the client from a terminal."
                .to_owned(),
        );
        Safety::Review
    } else {
        Safety::Safe
    };
    let said = Said {
        title: format!("Start {name} as {shown}"),
        past: format!("Wrote the whole path of the program of {name}"),
        summary: format!("{} will find {shown}, whatever its PATH is.", server.client.name),
        notes,
    };
    let act = Act::Texts { texts: vec![(command.program.at.clone(), Some(text.to_owned()))], said };
    finding.fix("absolute", "Write its whole path", safety, act);
}

fn by_hand(missing: bool, finding: &mut Finding) {
    let act = if missing {
        steps([
            "Look whether it was moved or renamed, or lies on a drive that is not there now.",
            "Write its path as it is today, or take the entry out.",
        ])
    } else {
        steps([
            "Install the program, or find where it is: `command -v NAME` in a terminal prints its path.",
            "Write that path as the command.",
        ])
    };
    finding.fix("by-hand", "Write where it is", Safety::Manual, act);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, ServerFacts, Writable};
    use crate::rules::tests::{Seen, entry, judge, machine};

    fn seen(json: &str, facts: ServerFacts) -> Seen {
        let mut machine = machine(&entry(json));
        machine.facts = Facts { servers: vec![facts], ..Default::default() };
        judge(&machine)
    }

    fn elsewhere(paths: &[&str], by_env: bool) -> ServerFacts {
        let paths = paths.iter().map(PathBuf::from).collect();
        ServerFacts { program: Some(Program::Elsewhere { paths, by_env }), ..Default::default() }
    }

    #[test]
    fn the_only_candidate_is_offered() {
        let json = r#"{ "command": "uvx", "args": ["x==1.0.0"] }"#;
        let fixes = |facts| seen(json, facts).fixes(&RULE).first().map(|fix| (fix.0.to_owned(), fix.1));
        let absolute = |safety| Some(("absolute".to_owned(), safety));
        assert_eq!(fixes(elsewhere(&["/home/ana/.local/bin/uvx"], false)), absolute(Safety::Safe));
        assert_eq!(fixes(elsewhere(&["/home/ana/.local/bin/uvx"], true)), absolute(Safety::Review));
        let two = elsewhere(&["/home/ana/.local/bin/uvx", "/opt/homebrew/bin/uvx"], false);
        assert_eq!(fixes(two), Some(("by-hand".to_owned(), Safety::Manual)));
    }

    #[test]
    fn where_anybody_may_put_it_is_worse() {
        let json = r#"{ "command": "node", "args": ["/srv/x.js"] }"#;
        let facts = |writable| ServerFacts {
            program: Some(Program::Missing { path: "/srv/x.js".into() }),
            writable,
            ..Default::default()
        };
        assert_eq!(seen(json, facts(Some(Vec::new()))).of(&RULE)[0].severity, Severity::Low);
        let open = Writable { path: "/srv".into(), why: Loose::World };
        let seen = seen(json, facts(Some(vec![open])));
        assert_eq!(seen.of(&RULE)[0].severity, Severity::Medium);
        assert_eq!(seen.of(&RULE)[0].place.at.to_string(), "/mcpServers/it/args/0");
    }

    #[test]
    fn what_is_unknown_found_or_switched_off_is_not_missing() {
        let missing = || ServerFacts { program: Some(Program::Nowhere), ..Default::default() };
        assert!(!seen(r#"{ "command": "x" }"#, missing()).of(&RULE).is_empty());
        let mut off = machine(&entry(r#"{ "command": "x" }"#));
        off.facts = Facts { servers: vec![missing()], ..Default::default() };
        off.servers[0].enabled = false;
        assert!(judge(&off).of(&RULE).is_empty());
        assert!(seen(r#"{ "command": "x" }"#, ServerFacts::default()).of(&RULE).is_empty());
        let found = ServerFacts { program: Some(Program::Found { path: "/x".into() }), ..Default::default() };
        assert!(seen(r#"{ "command": "x" }"#, found).of(&RULE).is_empty());
    }
}
