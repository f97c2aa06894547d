#![doc = include_str!("git_or_url_source.md")]

use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::runs::packaged;
use crate::rules::{Check, Findings, Rule, Tier, launched, steps};
use crate::server::command::{Ecosystem, Launcher, Payload};

pub const RULE: Rule = Rule {
    id: "git-or-url-source",
    title: "Runs straight from a repository",
    dimension: Dimension::SupplyChain,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP04", "CWE-494"],
    docs: include_str!("git_or_url_source.md"),
    check,
};

/// The first npm that fetches from git only when it is told to (`allow-git`).
const REFUSES: u32 = 12;

fn check(machine: &Machine, found: &mut Findings) {
    for (index, _, command) in launched(machine) {
        if !matches!(command.launch.payload, Payload::Opaque(_)) {
            found.evaluated(index, Check::SourceKind);
        }
    }
    for runs in packaged(machine).filter(|runs| runs.package.ecosystem == Ecosystem::Git) {
        let name = named(&runs.package.name);
        let by_npm = matches!(runs.command.launch.launcher, Launcher::Npx | Launcher::Npm);
        let refused = by_npm && machine.facts.npm.major.is_some_and(|major| major >= REFUSES);
        let (severity, message) = if runs.package.pinned {
            (Severity::Low, format!("{name} is one commit of a repository, which nobody has published as a release."))
        } else if refused {
            (
                Severity::Low,
                format!("{name} comes straight from a repository, which your npm refuses: it will not start."),
            )
        } else {
            (
                Severity::High,
                format!("{name} runs whatever lies there at the moment, without a release or a fixed commit."),
            )
        };
        let place = runs.place(machine);
        let finding = found.add(machine, &RULE, Some(runs.index), place, Confidence::Confirmed, message);
        finding.severity(severity).group("pin").fix(
            "by-hand",
            "Use a release",
            Safety::Manual,
            steps([
                "See whether the server is published on npm or PyPI, and name that package in one exact version.",
                "Otherwise choose the commit you trust, and write its full id of 40 characters in place of the branch or tag.",
            ]),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, judge, look, machine, silent};

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    #[track_caller]
    fn severity(command: &str, args: &str) -> Severity {
        let seen = look(&entry(&format!(r#"{{ "command": "{command}", "args": {args} }}"#)));
        let [finding] = seen.of(&RULE)[..] else { panic!("{command} {args}") };
        finding.severity
    }

    #[test]
    fn branches_and_tags_are_told_from_commits() {
        for (command, args) in [
            ("npx", r#"["-y", "github:acme/mcp"]"#),
            ("npx", r#"["-y", "acme/mcp#v1.2.3"]"#),
            ("npx", r#"["-y", "https://example.com/mcp.tgz"]"#),
            ("uvx", r#"["--from", "git+https://github.com/acme/mcp@main", "mcp"]"#),
            ("deno", r#"["run", "https://deno.land/x/mcp/main.ts"]"#),
        ] {
            assert_eq!(severity(command, args), Severity::High, "{command} {args}");
        }
        assert_eq!(
            severity("uvx", &format!(r#"["--from", "git+https://github.com/acme/mcp@{COMMIT}", "mcp"]"#)),
            Severity::Low
        );
    }

    #[test]
    fn a_new_npm_does_not_start_it() {
        let mut given = machine(&entry(r#"{ "command": "npx", "args": ["-y", "github:acme/mcp"] }"#));
        given.facts.npm.major = Some(12);
        let seen = judge(&given);
        assert!(seen.of(&RULE)[0].severity == Severity::Low && seen.of(&RULE)[0].message.contains("will not start"));
        given.facts.npm.major = Some(11);
        assert_eq!(judge(&given).of(&RULE)[0].severity, Severity::High);
    }

    #[test]
    fn packages_and_local_code_have_another_source() {
        for json in [
            r#"{ "command": "npx", "args": ["-y", "@acme/mcp"] }"#,
            r#"{ "command": "uvx", "args": ["acme-mcp", "--repository", "https://github.com/acme/data"] }"#,
            r#"{ "command": "node", "args": ["/home/ana/code/server.js"] }"#,
        ] {
            silent(&RULE, json);
            assert!(look(&entry(json)).evaluated(Check::SourceKind));
        }
        let opaque = look(&entry(r#"{ "command": "sh", "args": ["-c", "cd /srv && npx -y x"] }"#));
        assert!(!opaque.evaluated(Check::SourceKind));
    }
}
