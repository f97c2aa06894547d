#![doc = include_str!("indirect_launcher.md")]

use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, launched, place, steps};
use crate::server::command::{Launch, Launcher, Payload};

pub const RULE: Rule = Rule {
    id: "indirect-launcher",
    title: "It starts another server",
    dimension: Dimension::SupplyChain,
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP04", "MCP09", "CWE-829"],
    docs: include_str!("indirect_launcher.md"),
    check,
};

/// Packages that install or choose other servers.
const INSTALLERS: &[&str] =
    &["@anaisbetts/mcp-installer", "@michaellatman/mcp-get", "@smithery/cli", "mcp-get", "mcp-installer", "smithery"];

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let launch = &command.launch;
        let Some((severity, message)) = judge(launch) else { continue };
        let place = match &launch.payload {
            Payload::Package(package) => command.word(package.word).map(|word| place::text(machine, server, word)),
            _ => None,
        };
        let place = place.unwrap_or_else(|| place::entry(server));
        let finding = found.add(machine, &RULE, Some(index), place, Confidence::High, message);
        finding.severity(severity).fix(
            "by-hand",
            "Name the server itself",
            Safety::Manual,
            steps([
                "Look up which package or URL is behind it.",
                "Write an entry for that one: the package in one exact version, or the URL where your client takes one.",
                "Then take this entry out.",
            ]),
        );
    }
}

fn judge(launch: &Launch) -> Option<(Severity, String)> {
    let package = match &launch.payload {
        Payload::Package(package) => Some(package.name.as_str()),
        _ => None,
    };
    if launch.launcher == Launcher::DockerMcpGateway {
        let message = "The Docker gateway starts other servers, which are chosen outside of this entry.".to_owned();
        return Some((Severity::Medium, message));
    }
    if let Some(package) = package.filter(|package| INSTALLERS.contains(package)) {
        let message = match &launch.inner {
            Some(inner) => format!(
                "{} chooses what runs as {}: package and version are not in this entry.",
                named(package),
                named(inner)
            ),
            None => format!("{} installs other servers, which this entry does not name.", named(package)),
        };
        return Some((Severity::Medium, message));
    }
    // The URL is judged on its own; here it only counts that a part stands between.
    launch.url.as_ref().zip(launch.bridge.as_ref()).map(|(_, bridge)| {
        (Severity::Low, format!("{} stands between your client and a server that runs elsewhere.", named(bridge)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, look, silent};

    #[test]
    fn who_chooses_the_server_is_told_from_who_only_connects() {
        let severity = |json: &str| look(&entry(json)).of(&RULE).first().map(|finding| finding.severity);
        for json in [
            r#"{ "command": "npx", "args": ["-y", "@smithery/cli@latest", "run", "@acme/mcp", "--key", "x"] }"#,
            r#"{ "command": "npx", "args": ["-y", "@anaisbetts/mcp-installer"] }"#,
            r#"{ "command": "docker", "args": ["mcp", "gateway", "run"] }"#,
        ] {
            assert_eq!(severity(json), Some(Severity::Medium), "{json}");
        }
        let bridge = r#"{ "command": "npx", "args": ["-y", "mcp-remote@0.1.16", "https://mcp.example.com/mcp"] }"#;
        assert_eq!(severity(bridge), Some(Severity::Low));
    }

    #[test]
    fn entries_that_name_their_server_are_left_alone() {
        for json in [
            r#"{ "command": "npx", "args": ["-y", "@acme/mcp", "https://mcp.example.com/mcp"] }"#,
            r#"{ "command": "npx", "args": ["-y", "supergateway", "--stdio", "npx -y @acme/mcp"] }"#,
            r#"{ "url": "https://mcp.example.com/mcp" }"#,
        ] {
            silent(&RULE, json);
        }
    }
}
