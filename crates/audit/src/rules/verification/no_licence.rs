#![doc = include_str!("no_licence.md")]

use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::runs::packaged;
use crate::rules::{Check, Findings, Rule, Tier, steps};

pub const RULE: Rule = Rule {
    id: "no-licence",
    title: "No licence stated",
    dimension: Dimension::Verification,
    severity: Severity::Low,
    tier: Tier::T1,
    fix: Safety::Manual,
    maps: &["MCP04", "CWE-1357"],
    docs: include_str!("no_licence.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for runs in packaged(machine) {
        let Some(licence) = runs.installed.and_then(|installed| installed.licence.as_deref()) else { continue };
        found.evaluated(runs.index, Check::Licence);
        // npm's word for "not to be used by others".
        let message = match licence {
            "" => format!("{} states no licence.", runs.shown()),
            "UNLICENSED" => format!("{} says that nobody else may use it (UNLICENSED).", runs.shown()),
            _ => continue,
        };
        let finding = found.add(machine, &RULE, Some(runs.index), runs.place(machine), Confidence::Confirmed, message);
        let act = steps([
            "Ask its author for a licence, or look in its repository for one.",
            "Otherwise use another server.",
        ]);
        finding.fix("by-hand", "Look for a licence", Safety::Manual, act);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Installed, ServerFacts};
    use crate::rules::tests::{Seen, entry, judge, machine};

    fn seen(licence: Option<&str>) -> Seen {
        let mut given = machine(&entry(r#"{ "command": "npx", "args": ["some-mcp@1.0.0"] }"#));
        let licence = licence.map(str::to_owned);
        let installed = Some(Installed { version: "1.0.0".to_owned(), licence, ..Installed::default() });
        given.facts.servers = vec![ServerFacts { installed, ..ServerFacts::default() }];
        judge(&given)
    }

    #[test]
    fn any_licence_is_one() {
        for none in ["", "UNLICENSED"] {
            assert!(seen(Some(none)).of(&RULE).len() == 1, "{none}");
        }
        for licence in ["MIT", "SEE LICENSE IN LICENSE", "GPL-3.0", "LICENSE.md", "Unlicense"] {
            assert!(
                seen(Some(licence)).of(&RULE).is_empty() && seen(Some(licence)).evaluated(Check::Licence),
                "{licence}"
            );
        }
        assert!(seen(None).of(&RULE).is_empty() && !seen(None).evaluated(Check::Licence));
    }
}
