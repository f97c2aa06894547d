#![doc = include_str!("invalid_config.md")]

use crate::document::{Duplicate, Key, KeyPath, Problem};
use crate::finding::{Confidence, Dimension, FileIndex, Place, Safety, Severity};
use crate::machine::{FileState, FoundFile, Machine};
use crate::redact;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, steps};

pub const RULE: Rule = Rule {
    id: "invalid-config",
    title: "Config is not as its client reads it",
    dimension: Dimension::Machine,
    severity: Severity::Low,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["CWE-710"],
    docs: include_str!("invalid_config.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, file) in machine.files.iter().enumerate() {
        let index = FileIndex(index);
        match &file.state {
            FileState::Missing => {}
            FileState::Invalid(problem) => {
                let message = message(file.client.name, file, problem);
                invalid(machine, index, problem, message, LOST, found);
            }
            FileState::Unreadable(problem) => unreadable(machine, index, file, problem, found),
            FileState::Read(document) => {
                if let Some(problem) = &document.refused {
                    let none = if machine.servers.iter().any(|server| server.file == index) {
                        " It starts none of the servers in it."
                    } else {
                        ""
                    };
                    let message = message(file.client.name, file, problem) + none;
                    invalid(machine, index, problem, message, KEPT, found);
                }
                for duplicate in document.duplicates.iter().filter(|duplicate| of_servers(file, &duplicate.at)) {
                    twice(machine, index, file, duplicate, found);
                }
            }
        }
    }
    for problem in &machine.problems {
        let place = Place { file: problem.file, at: problem.at.clone(), position: Some(problem.position), length: 0 };
        let message = redact::escape(&problem.message);
        let act = steps([
            "Write the entry as the documentation of the client shows it.",
            "Save the file: the window then looks again by itself, elsewhere scan again. Until then nothing is said \
             about this server.",
        ]);
        found.add(machine, &RULE, None, place, Confidence::Confirmed, message).fix(
            "by-hand",
            "Mend the entry",
            Safety::Manual,
            act,
        );
    }
}

/// What follows for a file that Warder cannot read either, and for one that it can.
const LOST: &str = "Save the file: the window then looks again by itself, elsewhere scan again. Until then nothing is \
                    said about the servers in it.";
const KEPT: &str = "Save the file: the window then looks again by itself, elsewhere scan again. Until then Warder shows \
                    the servers in it, but mends none of them.";

fn invalid(machine: &Machine, index: FileIndex, problem: &Problem, message: String, until: &str, found: &mut Findings) {
    let act = steps([
        "Open the file at the named line: often a comma, a quote or a bracket is missing there or just before.",
        "If the client wrote the file itself, take it back from a backup.",
        until,
    ]);
    found.add(machine, &RULE, None, whole(index, problem), Confidence::Confirmed, message).fix(
        "by-hand",
        "Mend the file",
        Safety::Manual,
        act,
    );
}

fn unreadable(machine: &Machine, index: FileIndex, file: &FoundFile, problem: &Problem, found: &mut Findings) {
    let act = steps([
        "Look who owns the file and who may read it, and whether it is an ordinary file.",
        "Scan again, if the window has not done so by itself: until then nothing is said about the servers in it.",
    ]);
    found
        .add(machine, &RULE, None, whole(index, problem), Confidence::Confirmed, message("Warder", file, problem))
        // What is not read is not judged: it must not pass where findings are a gate.
        .severity(Severity::Medium)
        .fix("by-hand", "Make it readable", Safety::Manual, act);
}

fn twice(machine: &Machine, index: FileIndex, file: &FoundFile, duplicate: &Duplicate, found: &mut Findings) {
    let name = match duplicate.at.0.last() {
        Some(Key::Name(name)) => named(name),
        Some(Key::Index(_)) | None => "A name".to_owned(),
    };
    let message = format!("{name} stands twice in one object, and {} takes the last one.", file.client.name);
    let place = Place { file: index, at: duplicate.at.clone(), position: Some(duplicate.first), length: 0 };
    let act = steps(["Remove the one that is not meant: the first has no effect, whatever it says."]);
    found.add(machine, &RULE, None, place, Confidence::Confirmed, message).fix(
        "by-hand",
        "Remove one of them",
        Safety::Manual,
        act,
    );
}

fn whole(file: FileIndex, problem: &Problem) -> Place {
    Place { file, at: KeyPath::default(), position: problem.at, length: 0 }
}

fn message(who: &str, file: &FoundFile, problem: &Problem) -> String {
    let at = match problem.at {
        Some(at) => format!(", line {}, column {}", at.line, at.column),
        None => String::new(),
    };
    format!("{who} cannot read {}: {}{at}.", redact::escape(&file.shown), redact::escape(&problem.message))
}

/// Whether a path leads into the client's servers; the rest of a shared file is
/// nobody's business here.
fn of_servers(file: &FoundFile, at: &KeyPath) -> bool {
    let on = |step: &str, key: &Key| matches!(key, Key::Name(name) if step == "*" || step == name);
    file.row
        .roots
        .iter()
        .any(|root| at.0.len() >= root.path.len() && root.path.iter().zip(&at.0).all(|(step, key)| on(step, key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{file, look};

    #[test]
    fn a_broken_file_is_found_with_its_place() {
        let seen = look(&file("{\n  \"mcpServers\": {\n    \"a\": { \"command\": \"npx\" \n"));
        let findings = seen.of(&RULE);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.starts_with("Cursor cannot read ~/.cursor/mcp.json: "), "{}", findings[0].message);
        assert!(findings[0].place.position.is_some());
        assert_eq!(findings[0].severity, Severity::Low);
    }

    #[test]
    fn a_name_that_stands_twice_is_found() {
        let twice = r#"{ "mcpServers": { "a": { "command": "x" }, "a": { "command": "y", "args": [], "args": [] } } }"#;
        let seen = look(&file(twice));
        let mut messages: Vec<&str> = seen.of(&RULE).iter().map(|finding| finding.message.as_str()).collect();
        messages.sort_unstable();
        assert_eq!(
            messages,
            [
                "a stands twice in one object, and Cursor takes the last one.",
                "args stands twice in one object, and Cursor takes the last one.",
            ]
        );
    }

    #[test]
    fn what_the_client_reads_is_no_fault() {
        for text in [
            "{ // a comment\n  \"mcpServers\": { \"a\": { \"command\": \"x\", }, },\n}",
            "\u{feff}{ \"mcpServers\": {} }",
            r#"{ "other": { "x": 1, "x": 2 }, "mcpServers": {} }"#,
            r#"{ "x": 1, "x": 2 }"#,
        ] {
            assert!(look(&file(text)).of(&RULE).is_empty(), "{text}");
        }
    }
}
