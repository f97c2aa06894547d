#![doc = include_str!("no_source_repository.md")]

use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::runs::packaged;
use crate::rules::{Check, Findings, Rule, Tier, steps};

pub const RULE: Rule = Rule {
    id: "no-source-repository",
    title: "No source to look at",
    dimension: Dimension::Verification,
    severity: Severity::Medium,
    tier: Tier::T1,
    fix: Safety::Manual,
    maps: &["MCP04", "CWE-1357"],
    docs: include_str!("no_source_repository.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for runs in packaged(machine) {
        let Some(named) = runs.installed.and_then(|installed| installed.source) else { continue };
        found.evaluated(runs.index, Check::RepositoryLink);
        if named {
            continue;
        }
        let message = format!("{} names no repository, home page or place for bugs.", runs.shown());
        let finding = found.add(machine, &RULE, Some(runs.index), runs.place(machine), Confidence::Confirmed, message);
        let act = steps([
            "Look on the page of the package who publishes it, and whether they say where its source is.",
            "Prefer a server whose source can be read; or put this one in a sandbox.",
        ]);
        finding.fix("by-hand", "Look for its source", Safety::Manual, act);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Installed, ServerFacts};
    use crate::rules::tests::{Seen, entry, judge, machine};

    fn seen(source: Option<bool>, version: &str) -> Seen {
        let mut given = machine(&entry(r#"{ "command": "npx", "args": ["some-mcp@1.0.0"] }"#));
        let installed = Some(Installed { version: version.to_owned(), source, ..Installed::default() });
        given.facts.servers = vec![ServerFacts { installed, ..ServerFacts::default() }];
        judge(&given)
    }

    #[test]
    fn only_what_a_package_says_counts() {
        let bare = seen(Some(false), "1.0.0");
        assert!(bare.of(&RULE).len() == 1 && bare.evaluated(Check::RepositoryLink));
        let named = seen(Some(true), "1.0.0");
        assert!(named.of(&RULE).is_empty() && named.evaluated(Check::RepositoryLink));
        // What is not known, or known of another version only, is no fault and no merit.
        for unknown in [seen(None, "1.0.0"), seen(Some(false), "2.0.0")] {
            assert!(unknown.of(&RULE).is_empty() && !unknown.evaluated(Check::RepositoryLink));
        }
    }
}
