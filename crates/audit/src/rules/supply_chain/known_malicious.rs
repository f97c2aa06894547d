#![doc = include_str!("known_malicious.md")]

use crate::bundle::{self, Listed};
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::runs::{Runs, packaged};
use crate::rules::{Check, Findings, Rule, Tier, launched, offer, steps};
use crate::server::command::{Ecosystem, Payload};

pub const RULE: Rule = Rule {
    id: "known-malicious",
    title: "Listed as malware",
    dimension: Dimension::SupplyChain,
    severity: Severity::Critical,
    tier: Tier::T0,
    fix: Safety::Safe,
    maps: &["MCP04", "CWE-506"],
    docs: include_str!("known_malicious.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    let fresh = bundle::is_fresh(machine.env.today);
    for (index, _, command) in launched(machine) {
        // Code that lies here was fetched by nobody, so no list is about it.
        if fresh && matches!(command.launch.payload, Payload::Script { .. } | Payload::Binary) {
            found.evaluated(index, Check::MaliciousList);
        }
    }
    for runs in packaged(machine).filter(|runs| matches!(runs.package.ecosystem, Ecosystem::Npm | Ecosystem::Pypi)) {
        // What it starts in turn is another package.
        if fresh && runs.command.launch.inner.is_none() {
            found.evaluated(runs.index, Check::MaliciousList);
        }
        judge(machine, &runs, found);
        for (name, version) in runs.installed.into_iter().flat_map(|installed| &installed.tree) {
            if let Some(Listed::This(one)) = bundle::malicious(runs.package.ecosystem, name, Some(version)) {
                let message = format!(
                    "{} brings {} {} with it, which is listed as malware ({}).",
                    runs.shown(),
                    named(name),
                    named(version),
                    one.id
                );
                report(machine, &runs, found, Severity::Critical, Confidence::Confirmed, message);
            }
        }
    }
}

fn judge(machine: &Machine, runs: &Runs, found: &mut Findings) {
    let package = runs.package;
    match bundle::malicious(package.ecosystem, &package.name, runs.version) {
        Some(Listed::This(one)) => {
            let message = format!("{} is listed as malware ({}).", runs.shown(), one.id);
            report(machine, runs, found, Severity::Critical, Confidence::Confirmed, message);
        }
        // A version that stands fixed is another one than those that are listed.
        Some(Listed::Others(one)) if !package.pinned && !runs.is_of_store() => {
            let message = format!(
                "Versions of {} are listed as malware ({}), and the entry does not say which version it wants.",
                named(&package.name),
                one.id
            );
            report(machine, runs, found, Severity::High, Confidence::High, message);
        }
        _ => {}
    }
}

fn report(
    machine: &Machine,
    runs: &Runs,
    found: &mut Findings,
    severity: Severity,
    confidence: Confidence,
    message: String,
) {
    let finding = found.add(machine, &RULE, Some(runs.index), runs.place(machine), confidence, message);
    offer::off(machine, runs.server, finding.severity(severity), Safety::Safe);
    finding.fix(
        "clean-up",
        "Replace what it could read",
        Safety::Manual,
        steps([
            "Take every key that this entry holds for stolen: make new ones and revoke the old ones.",
            "Do the same for keys in files that the server could read: .env files, SSH keys, cloud profiles.",
            "Remove the package from the cache of its launcher (`npm cache clean --force`, `uv cache clean`).",
            "Look for entries you did not write in the configs of your other clients.",
        ]),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, judge, look, machine, silent};

    #[track_caller]
    fn verdict(command: &str, spec: &str) -> (Severity, Confidence) {
        let seen = look(&entry(&format!(r#"{{ "command": "{command}", "args": ["{spec}"] }}"#)));
        let [finding] = seen.of(&RULE)[..] else { panic!("{spec}") };
        (finding.severity, finding.confidence)
    }

    #[test]
    fn the_listed_version_is_malware_and_the_name_alone_is_not() {
        assert_eq!(verdict("npx", "postmark-mcp@1.0.16"), (Severity::Critical, Confidence::Confirmed));
        assert_eq!(verdict("npx", "claud-code"), (Severity::Critical, Confidence::Confirmed));
        assert_eq!(verdict("uvx", "mcp_runcmd.server==2.0"), (Severity::Critical, Confidence::Confirmed));
        assert_eq!(verdict("npx", "postmark-mcp"), (Severity::High, Confidence::High));
        assert_eq!(verdict("npx", "postmark-mcp@^1.0.0"), (Severity::High, Confidence::High));
        for spec in ["postmark-mcp@1.0.15", "@acme/postmark-mcp@1.0.16", "mcp-remote@0.1.20"] {
            silent(&RULE, &format!(r#"{{ "command": "npx", "args": ["{spec}"] }}"#));
        }
        silent(&RULE, r#"{ "command": "uvx", "args": ["mcp-server-git"] }"#);
        silent(&RULE, r#"{ "command": "uvx", "args": ["mcp-server-fetch"] }"#);
    }

    #[test]
    fn an_old_list_lowers_coverage_and_keeps_what_it_found() {
        let mut given = machine(&entry(r#"{ "command": "npx", "args": ["postmark-mcp@1.0.16"] }"#));
        assert!(judge(&given).evaluated(Check::MaliciousList));
        for today in [Some(20_778 + 22), None] {
            given.env.today = today;
            let seen = judge(&given);
            assert!(!seen.evaluated(Check::MaliciousList) && seen.of(&RULE).len() == 1);
        }
    }

    #[test]
    fn what_no_list_is_about_is_unknown() {
        let evaluated = |json: &str| look(&entry(json)).evaluated(Check::MaliciousList);
        assert!(evaluated(r#"{ "command": "npx", "args": ["some-mcp"] }"#));
        assert!(evaluated(r#"{ "command": "node", "args": ["/home/ana/x.js"] }"#));
        assert!(!evaluated(r#"{ "command": "docker", "args": ["run", "-i", "mcp/fetch"] }"#));
        assert!(!evaluated(r#"{ "command": "npx", "args": ["-y", "github:acme/mcp"] }"#));
        assert!(!evaluated(r#"{ "command": "npx", "args": ["-y", "@smithery/cli", "run", "acme/mcp"] }"#));
    }

    #[test]
    fn it_is_switched_off() {
        let seen = look(&entry(r#"{ "command": "npx", "args": ["postmark-mcp@1.0.16"] }"#));
        assert_eq!(seen.fixes(&RULE), [("off", Safety::Safe), ("clean-up", Safety::Manual)]);
    }
}
