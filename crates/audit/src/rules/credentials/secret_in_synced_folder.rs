#![doc = include_str!("secret_in_synced_folder.md")]

use super::literals::exposed;
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, steps};

pub const RULE: Rule = Rule {
    id: "secret-in-synced-folder",
    title: "Secret in a synced folder",
    dimension: Dimension::Credentials,
    severity: Severity::Medium,
    tier: Tier::T1,
    fix: Safety::Manual,
    maps: &["MCP10", "CWE-552"],
    docs: include_str!("secret_in_synced_folder.md"),
    check,
};

/// Whether it could be judged is marked by `secret-in-git`, with which it is one check.
fn check(machine: &Machine, found: &mut Findings) {
    let literals = found.literals(machine);
    for file in exposed(machine, &literals) {
        let Some(service) = file.facts.synced.as_deref().filter(|service| !service.is_empty()) else { continue };
        let (shown, kind) = (&file.shown, file.kind);
        let message = format!("{} copies {shown}, which holds {kind}, to other computers.", named(service));
        let confidence = file.confidence.min(Confidence::High);
        let place = file.place(machine);
        let finding = found.add(machine, &RULE, file.server, place, confidence, message);
        finding.group("exposure").also(file.also.clone()).fix(
            "by-hand",
            "Keep it on this computer",
            Safety::Manual,
            steps([
                "Take the keys out of the file: move them to the keychain, or write references.",
                "Or move the file to a folder that is not copied, or leave it out in the settings of the service.",
                "Replace the keys: the service and its other computers may keep old versions of the file.",
            ]),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, FileFacts};
    use crate::rules::tests::{entry, judge, machine};

    #[test]
    fn only_a_service_and_a_secret_together() {
        const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
        for (token, synced, expected) in [
            (TOKEN, Some("Dropbox"), 1),
            (TOKEN, Some(""), 0),
            (TOKEN, None, 0),
            ("${env:GITHUB_TOKEN}", Some("Dropbox"), 0),
        ] {
            let mut machine =
                machine(&entry(&format!(r#"{{ "command": "x", "env": {{ "GITHUB_TOKEN": "{token}" }} }}"#)));
            let file = FileFacts { synced: synced.map(str::to_owned), ..FileFacts::default() };
            machine.facts = Facts { files: vec![file], ..Facts::default() };
            assert_eq!(judge(&machine).of(&RULE).len(), expected, "{synced:?}");
        }
    }
}
