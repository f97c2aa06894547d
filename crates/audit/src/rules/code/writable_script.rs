#![doc = include_str!("writable_script.md")]

use std::path::Path;

use crate::facts::{Loose, Program, Writable};
use crate::finding::{Act, Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, launched, place};

pub const RULE: Rule = Rule {
    id: "writable-script",
    title: "Others can change what runs",
    dimension: Dimension::Code,
    severity: Severity::High,
    tier: Tier::T1,
    fix: Safety::Manual,
    maps: &["MCP05", "CWE-732"],
    docs: include_str!("writable_script.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let Some(facts) = machine.facts.server(index) else { continue };
        let Some(writable) = &facts.writable else { continue };
        // What is not there is missing-command's; nobody changed it yet.
        if matches!(facts.program, Some(Program::Missing { .. })) {
            continue;
        }
        found.evaluated(index, Check::ScriptFiles);
        for one in writable {
            let shown = named(&machine.env.shown(&one.path));
            let words = command.words();
            let under = |text: &str| Path::new(text).starts_with(&one.path);
            // The word that leads there, else the program.
            let word = words.iter().find(|word| under(&word.value)).or(words.first());
            let place = word.map_or_else(|| place::entry(server), |word| place::text(machine, server, word));
            let finding =
                found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message(&shown, one.why));
            finding.severity(severity(one)).group("writable");
            finding.fix("by-hand", "Close it to others", Safety::Manual, by_hand(&one.path, one.why));
        }
    }
}

fn severity(one: &Writable) -> Severity {
    const BREW: [&str; 4] = ["/opt/homebrew", "/usr/local", "/home/linuxbrew", "/opt/local"];
    match one.why {
        Loose::Place => Severity::Medium,
        // Package managers open their own folders to the group of administrators.
        Loose::Group | Loose::Owner if BREW.iter().any(|brew| one.path.starts_with(brew)) => Severity::Low,
        Loose::World | Loose::Group | Loose::Owner => Severity::High,
    }
}

fn message(shown: &str, why: Loose) -> String {
    match why {
        Loose::World => format!("Every user of this computer can change {shown}, and with it what this server runs."),
        Loose::Group => format!("A group of users can change {shown}, and with it what this server runs."),
        Loose::Owner => format!("{shown} belongs to another user, who can change what this server runs."),
        Loose::Place => {
            format!("What this server runs lies below {shown}, where other programs put and remove files.")
        }
    }
}

fn by_hand(path: &Path, why: Loose) -> Act {
    let shown = named(&path.to_string_lossy());
    Act::Manual(match why {
        Loose::World | Loose::Group => vec![
            format!("Look whether anybody changed something there: `ls -la {shown}`."),
            format!("Close it to others: `chmod go-w {shown}`."),
        ],
        Loose::Owner => vec![
            format!("Look whose it is: `ls -ld {shown}`."),
            "Install the server into a folder of your own, and name that in the entry.".to_owned(),
        ],
        Loose::Place => {
            vec!["Move it into a folder of your own, and name that in the entry.".to_owned()]
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, ServerFacts};
    use crate::rules::tests::{entry, judge, machine};

    fn with(writable: Option<Vec<Writable>>) -> Machine {
        let mut machine = machine(&entry(r#"{ "command": "node", "args": ["/srv/app/x.js"] }"#));
        machine.facts = Facts { servers: vec![ServerFacts { writable, ..Default::default() }], ..Default::default() };
        machine
    }

    #[test]
    fn how_bad_it_is_depends_on_who_and_where() {
        for (path, why, severity) in [
            ("/srv/app", Loose::World, Severity::High),
            ("/srv", Loose::Group, Severity::High),
            ("/srv/app/x.js", Loose::Owner, Severity::High),
            ("/opt/homebrew/bin", Loose::Group, Severity::Low),
            ("/usr/local", Loose::World, Severity::High),
            ("/home/ana/Downloads", Loose::Place, Severity::Medium),
        ] {
            let seen = judge(&with(Some(vec![Writable { path: path.into(), why }])));
            assert_eq!(seen.of(&RULE)[0].severity, severity, "{path}");
        }
    }

    #[test]
    fn what_is_not_known_is_not_evaluated() {
        assert!(!judge(&with(None)).evaluated(Check::ScriptFiles));
        assert!(judge(&with(Some(Vec::new()))).evaluated(Check::ScriptFiles));
    }
}
