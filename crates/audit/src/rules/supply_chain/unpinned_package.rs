#![doc = include_str!("unpinned_package.md")]

use crate::bundle;
use crate::clients::Scope;
use crate::finding::{Act, Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::runs::packaged;
use crate::rules::{Check, Findings, Rule, Tier, launched, place};
use crate::server::command::{Ecosystem, Package, Payload};

pub const RULE: Rule = Rule {
    id: "unpinned-package",
    title: "Version not pinned",
    dimension: Dimension::SupplyChain,
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Safe,
    maps: &["MCP04", "CWE-829"],
    docs: include_str!("unpinned_package.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        if matches!(command.launch.payload, Payload::Opaque(_)) {
            continue;
        }
        found.evaluated(index, Check::Pin);
        // What Warder installed stands still, whatever the words say.
        if command.profile.as_ref().is_some_and(|profile| profile.package.is_some()) {
            continue;
        }
        for package in command.launch.with.iter().filter(|package| !package.pinned) {
            let place = match command.word(package.word) {
                Some(word) => place::text(machine, server, word),
                None => place::entry(server),
            };
            let finding = found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message(package));
            finding.group("pin").fix("by-hand", "Pin the version", Safety::Manual, by_hand(package));
        }
    }
    for runs in packaged(machine).filter(|runs| !runs.package.pinned && !runs.is_of_store()) {
        let package = runs.package;
        let (place, message) = (runs.place(machine), message(package));
        let finding = found.add(machine, &RULE, Some(runs.index), place, Confidence::Confirmed, message).group("pin");
        let clean = |version: &&str| bundle::is_clean(package.ecosystem, &package.name, version);
        let offered = runs.version.filter(clean).is_some_and(|version| {
            let safety = match runs.server.scope {
                // Others work with that file, and may have another version.
                Scope::Project => Safety::Review,
                _ => Safety::Safe,
            };
            let client = runs.server.client.name;
            let shown = named(version);
            let summary = format!("{client} will start version {shown}, which ran here last, until you name another.");
            runs.offer_pin(machine, finding, version, safety, summary)
        });
        if !offered {
            finding.fix("by-hand", "Pin the version", Safety::Manual, by_hand(package));
        }
    }
}

fn message(package: &Package) -> String {
    let name = named(&package.name);
    let version = package.version.as_deref().map(named);
    match (package.ecosystem, version) {
        (Ecosystem::Git, _) => {
            format!("{name} is fetched without a full commit id, so its code may change at any start.")
        }
        (Ecosystem::Docker, Some(tag)) => {
            format!("The image {name} is named by the tag {tag} and not by digest, so it may change at any time.")
        }
        (Ecosystem::Docker, None) => {
            format!("The image {name} has neither tag nor digest, so it may change at any time.")
        }
        (_, Some(version)) => {
            format!("{name} is asked for as {version}, which is not one exact version, so any start may run new code.")
        }
        (_, None) => format!("{name} has no version, so any start may run new code."),
    }
}

fn by_hand(package: &Package) -> Act {
    let name = named(&package.name);
    let fence = "Or put the server in a sandbox: Warder then installs one exact version and runs that.";
    Act::Manual(match package.ecosystem {
        Ecosystem::Npm => vec![
            format!("Choose the version you trust; `npm view {name} version` prints the newest one."),
            format!("Write it behind the name, for example `{name}@1.2.3`."),
            fence.to_owned(),
        ],
        Ecosystem::Pypi => vec![
            format!("Choose the version you trust; `pip index versions {name}` lists them."),
            format!("Write it behind the name, for example `{name}==1.2.3`."),
            fence.to_owned(),
        ],
        Ecosystem::Docker => vec![
            format!(
                "Ask for the digest of the image you trust: `docker image inspect --format '{{{{index .RepoDigests 0}}}}' {name}`."
            ),
            format!("Write it in place of the tag, as `{name}@sha256:…`."),
        ],
        Ecosystem::Nuget | Ecosystem::Maven | Ecosystem::Jsr | Ecosystem::Go => vec![
            "Choose the version you trust, on the page of the package.".to_owned(),
            "Write it where the launch line names the package.".to_owned(),
        ],
        Ecosystem::Git => vec![
            "Choose the commit you trust, on the page of the repository.".to_owned(),
            "Write its full id of 40 characters in place of the branch or tag.".to_owned(),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Installed, ServerFacts};
    use crate::rules::tests::{entry, fires, judge, look, machine, silent};

    #[test]
    fn anything_but_one_exact_version_is_found() {
        for (command, args) in [
            ("npx", r#"["-y", "@modelcontextprotocol/server-github"]"#),
            ("npx", r#"["-y", "@modelcontextprotocol/server-github@latest"]"#),
            ("npx", r#"["-y", "some-mcp@^1.2.0"]"#),
            ("cmd", r#"["/c", "npx", "-y", "some-mcp"]"#),
            ("uvx", r#"["mcp-server-git"]"#),
            ("uvx", r#"["mcp-server-git>=2025.1"]"#),
            ("uvx", r#"["--with", "httpx", "mcp-server-git==2026.1.14"]"#),
            ("docker", r#"["run", "-i", "--rm", "mcp/fetch"]"#),
            ("docker", r#"["run", "-i", "--rm", "mcp/fetch:1.0"]"#),
        ] {
            fires(&RULE, &format!(r#"{{ "command": "{command}", "args": {args} }}"#));
        }
    }

    #[test]
    fn exact_versions_and_local_code_are_not() {
        for (command, args) in [
            ("npx", r#"["-y", "@modelcontextprotocol/server-github@2025.4.8"]"#),
            ("uvx", r#"["mcp-server-git==2026.1.14"]"#),
            ("uvx", r#"["mcp-server-git@2026.1.14"]"#),
            (
                "docker",
                r#"["run", "-i", "--rm", "mcp/fetch@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"]"#,
            ),
            ("node", r#"["/home/ana/code/server.js"]"#),
            ("/usr/local/bin/some-mcp", "[]"),
        ] {
            silent(&RULE, &format!(r#"{{ "command": "{command}", "args": {args} }}"#));
        }
    }

    #[test]
    fn a_line_that_cannot_be_taken_apart_is_unknown() {
        let seen = look(&entry(r#"{ "command": "sh", "args": ["-c", "cd /srv && npx -y some-mcp"] }"#));
        assert!(seen.of(&RULE).is_empty() && !seen.evaluated(Check::Pin));
        let seen = look(&entry(r#"{ "command": "npx", "args": ["-y", "some-mcp"] }"#));
        assert!(seen.evaluated(Check::Pin));
    }

    #[test]
    fn what_ran_last_is_offered_unless_it_is_known_to_be_bad() {
        let fix = |command: &str, spec: &str, version: &str| {
            let mut given = machine(&entry(&format!(r#"{{ "command": "{command}", "args": ["{spec}"] }}"#)));
            let installed = Some(Installed { version: version.to_owned(), ..Installed::default() });
            given.facts.servers = vec![ServerFacts { installed, ..ServerFacts::default() }];
            let fix = judge(&given).of(&RULE)[0].fixes[0].clone();
            match fix.act {
                Act::Texts { texts, .. } => (fix.safety, texts[0].1.clone().unwrap_or_default()),
                _ => (fix.safety, String::new()),
            }
        };
        assert_eq!(fix("npx", "some-mcp@latest", "1.2.3"), (Safety::Safe, "some-mcp@1.2.3".to_owned()));
        assert_eq!(fix("uvx", "some-mcp[cli]", "1.2.3"), (Safety::Safe, "some-mcp[cli]==1.2.3".to_owned()));
        assert_eq!(fix("npx", "mcp-remote", "0.1.15"), (Safety::Manual, String::new()));
        assert_eq!(fix("npx", "postmark-mcp", "1.0.16"), (Safety::Manual, String::new()));
        let seen = look(&entry(r#"{ "command": "npx", "args": ["some-mcp"] }"#));
        assert_eq!(seen.fixes(&RULE), [("by-hand", Safety::Manual)]);
    }
}
