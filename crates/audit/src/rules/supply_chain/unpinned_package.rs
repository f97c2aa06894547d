#![doc = include_str!("unpinned_package.md")]

use crate::finding::{Act, Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, launched, place};
use crate::server::command::{Ecosystem, Package, Payload};

pub const RULE: Rule = Rule {
    id: "unpinned-package",
    title: "Version not fixed",
    dimension: Dimension::SupplyChain,
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP04", "CWE-829"],
    docs: include_str!("unpinned_package.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let launch = &command.launch;
        let payload = match &launch.payload {
            Payload::Opaque(_) => continue,
            Payload::Package(package) => Some(package),
            Payload::Script { .. } | Payload::Binary => None,
        };
        found.evaluated(index, Check::Pin);
        // What Warder installed stands still, whatever the words say.
        if command.profile.as_ref().is_some_and(|profile| profile.package.is_some()) {
            continue;
        }
        for package in payload.into_iter().chain(&launch.with).filter(|package| !package.pinned) {
            let place = match command.word(package.word) {
                Some(word) => place::text(machine, server, word),
                None => place::entry(server),
            };
            found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message(package)).group("pin").fix(
                "by-hand",
                "Pin the version",
                Safety::Manual,
                by_hand(package),
            );
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
    use crate::rules::tests::{entry, fires, look, silent};

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
}
