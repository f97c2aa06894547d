#![doc = include_str!("unknown_operator.md")]

use super::{Remote, domains, lookalike_domain, remotes};
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::endpoint::Distance;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, place, steps};

pub const RULE: Rule = Rule {
    id: "unknown-operator",
    title: "Unknown operator",
    dimension: Dimension::Remote,
    severity: Severity::Low,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP09", "CWE-1357"],
    docs: include_str!("unknown_operator.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for remote in remotes(machine, found, Check::Operator) {
        found.evaluated(remote.index, Check::Operator);
        let host = named(remote.host());
        let (severity, message) = match remote.distance {
            Distance::Here => continue,
            Distance::Beside | Distance::Near => (
                Severity::Info,
                format!("{host} is a private address: whoever runs your network or that computer runs the server."),
            ),
            Distance::Far if !is_nameless(&remote) => continue,
            Distance::Far => (
                Severity::Low,
                format!(
                    "Warder does not know who runs {host}, which sees all that is asked and can change its answers at any time."
                ),
            ),
        };
        let place = place::text(machine, remote.server, remote.address.text);
        let act = steps([
            "Find out who runs this address: its operator should name it in documentation of its own.",
            "Give the server only keys that can do little, and switch it off while you do not use it.",
        ]);
        found.add(machine, &RULE, Some(remote.index), place, Confidence::Medium, message).severity(severity).fix(
            "by-hand",
            "Find out who runs it",
            Safety::Manual,
            act,
        );
    }
}

/// Whether nobody known stands behind it, and no other rule says so.
fn is_nameless(remote: &Remote) -> bool {
    // A number and an imitation are findings of their own.
    remote.name().is_some_and(|name| {
        domains::vendor(name).is_none()
            && domains::passing(name).is_none()
            && lookalike_domain::imitated(name).is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    #[test]
    fn strangers_are_found() {
        fires(&RULE, r#"{ "url": "https://mcp.example.com/mcp" }"#);
        fires(&RULE, r#"{ "command": "npx", "args": ["mcp-remote@0.1.29", "https://mcp.example.com/mcp"] }"#);
        fires(&RULE, r#"{ "url": "https://stripe.example.com/mcp" }"#);
    }

    #[test]
    fn vendors_and_this_computer_are_not() {
        for url in [
            "https://mcp.linear.app/mcp",
            "https://mcp.notion.com./mcp",
            "https://bigquery.googleapis.com/mcp",
            "http://localhost:3000/mcp",
            "${env:MCP_URL}",
        ] {
            silent(&RULE, &format!(r#"{{ "url": "{url}" }}"#));
        }
        silent(&RULE, r#"{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"] }"#);
    }

    #[test]
    fn what_another_rule_says_is_said_once() {
        for url in ["https://198.51.100.7/mcp", "https://a.trycloudflare.com/mcp", "https://mcp.supabsae.com/mcp"] {
            let seen = look(&entry(&format!(r#"{{ "url": "{url}" }}"#)));
            assert!(seen.of(&RULE).is_empty(), "{url}");
            assert!(seen.evaluated(Check::Operator));
        }
    }

    #[test]
    fn a_private_address_costs_nothing() {
        for url in
            ["https://10.0.0.8/mcp", "https://mcp.corp/x", "https://tools.acme.internal/mcp", "https://tools/mcp"]
        {
            let seen = look(&entry(&format!(r#"{{ "url": "{url}" }}"#)));
            assert_eq!(seen.of(&RULE)[0].severity, Severity::Info, "{url}");
        }
    }

    #[test]
    fn an_address_that_is_not_known_is_not_evaluated() {
        let judged = |json: &str| look(&entry(json)).evaluated(Check::Operator);
        assert!(judged(r#"{ "url": "https://mcp.example.com/mcp" }"#));
        assert!(!judged(r#"{ "url": "${env:MCP_URL}" }"#));
        assert!(!judged(r#"{ "command": "sh", "args": ["-c", "cd /srv && npx mcp-remote https://x.example"] }"#));
    }
}
