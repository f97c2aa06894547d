#![doc = include_str!("secret_in_git.md")]

use super::literals::{Exposed, exposed, mark};
use crate::facts::Git;
use crate::finding::{Act, Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier};

pub const RULE: Rule = Rule {
    id: "secret-in-git",
    title: "Secret in a repository",
    dimension: Dimension::Credentials,
    severity: Severity::High,
    tier: Tier::T1,
    fix: Safety::Manual,
    maps: &["MCP01", "CWE-540"],
    docs: include_str!("secret_in_git.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    let literals = found.literals(machine);
    mark(machine, &literals, found, Check::VersionControl, |facts| facts.git.is_some() && facts.synced.is_some());
    for file in exposed(machine, &literals) {
        let (shown, kind) = (&file.shown, file.kind);
        let tracked = match file.facts.git {
            Some(Git::Tracked) => true,
            Some(Git::Untracked) => false,
            Some(Git::Outside | Git::Ignored) | None => continue,
        };
        let message = if tracked {
            format!("{shown} is tracked by git and holds {kind}, which goes to everybody who gets the repository.")
        } else {
            format!("{shown} holds {kind} and lies in a repository that does not ignore it, so it may be committed.")
        };
        let confidence = file.confidence.min(if tracked { Confidence::Confirmed } else { Confidence::High });
        let place = file.place(machine);
        let finding = found.add(machine, &RULE, file.server, place, confidence, message);
        finding.group("exposure").also(file.also.clone());
        if !tracked {
            finding.severity(Severity::Medium);
        }
        finding.fix("by-hand", "Keep it out of git", Safety::Manual, by_hand(&file, tracked));
    }
}

fn by_hand(file: &Exposed, tracked: bool) -> Act {
    let name = named(file.shown.rsplit('/').next().unwrap_or(&file.shown));
    let mut steps = vec!["Take the keys out of the file: move them to the keychain, or write references.".to_owned()];
    if tracked {
        steps.push(format!(
            "If nobody else needs the file, run `git rm --cached {name}` in its folder and add it to `.gitignore`."
        ));
        steps.push("Replace every key that was committed: the history of the repository keeps it.".to_owned());
    } else {
        steps.push(format!("Or add {name} to the `.gitignore` of its folder."));
    }
    Act::Manual(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, FileFacts};
    use crate::rules::tests::{entry, judge, machine as given};

    #[test]
    fn what_git_makes_of_the_file_decides() {
        let token = r#""env": { "GITHUB_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" }"#;
        for (git, expected) in [
            (Some(Git::Tracked), Some(Severity::High)),
            (Some(Git::Untracked), Some(Severity::Medium)),
            (Some(Git::Ignored), None),
            (Some(Git::Outside), None),
            (None, None),
        ] {
            let known = git.is_some();
            let file = FileFacts { git, synced: Some(String::new()), ..FileFacts::default() };
            let facts = Facts { files: vec![file], ..Facts::default() };
            let mut machine = given(&entry(&format!(r#"{{ "command": "x", {token} }}"#)));
            machine.facts = facts.clone();
            let seen = judge(&machine);
            assert_eq!(seen.of(&RULE).first().map(|finding| finding.severity), expected);
            assert_eq!(seen.evaluated(Check::VersionControl), known);
            let mut machine = given(&entry(r#"{ "command": "x" }"#));
            machine.facts = facts;
            let seen = judge(&machine);
            assert!(seen.of(&RULE).is_empty() && seen.evaluated(Check::VersionControl), "no secret");
        }
    }
}
