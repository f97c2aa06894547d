#![doc = include_str!("deprecated_transport.md")]

use crate::document::Node;
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::endpoint::{Endpoint, endpoint, parse};
use crate::rules::named::named;
use crate::rules::nodes::nodes;
use crate::rules::{Findings, Rule, Tier, place, servers, steps};
use crate::server::{Server, Text, Transport};

pub const RULE: Rule = Rule {
    id: "deprecated-transport",
    title: "Deprecated transport",
    dimension: Dimension::Transport,
    severity: Severity::Low,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP07", "CWE-477"],
    docs: include_str!("deprecated_transport.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for ((index, server), entry) in servers(machine).zip(nodes(machine)) {
        let Endpoint::At(address) = endpoint(server) else { continue };
        let path = parse(address.url).is_some_and(|url| url.path().trim_end_matches('/').ends_with("/sse"));
        let confidence = if asks_for_it(server, entry) {
            Confidence::High
        } else if path && !asks_for_another(server, entry) {
            // The address may answer the newer way too.
            Confidence::Medium
        } else {
            continue;
        };
        let message = format!(
            "{} is reached over HTTP with server-sent events, which the protocol has given up.",
            named(&server.name)
        );
        let place = place::text(machine, server, address.text);
        let act = steps([
            "Look in the server's documentation for its address of Streamable HTTP; it often ends in `/mcp`.",
            "Write that address, and the type `http` where the entry has one.",
        ]);
        found.add(machine, &RULE, Some(index), place, confidence, message).fix(
            "by-hand",
            "Use Streamable HTTP",
            Safety::Manual,
            act,
        );
    }
}

/// What the entry says about its transport, or its bridge is told.
fn said(server: &Server, entry: Option<&Node>, says: impl Fn(&str) -> bool) -> bool {
    match &server.transport {
        Transport::Stdio(command) => {
            let words = command.words();
            let told = |pair: &[&Text]| pair[0].value == "--transport" && says(&pair[1].value);
            words.windows(2).any(told)
                || words.iter().any(|word| word.value.strip_prefix("--transport=").is_some_and(&says))
        }
        _ => {
            let text = |node: &Node, name: &str| node.member(name).and_then(Node::as_str).is_some_and(&says);
            let nested = |node: &Node| node.member("transport").is_some_and(|inside| text(inside, "type"));
            entry.is_some_and(|entry| {
                ["type", "transport", "transportType"].iter().any(|name| text(entry, name)) || nested(entry)
            })
        }
    }
}

fn asks_for_it(server: &Server, entry: Option<&Node>) -> bool {
    said(server, entry, |text| ["sse", "sse-only"].iter().any(|sse| text.eq_ignore_ascii_case(sse)))
}

fn asks_for_another(server: &Server, entry: Option<&Node>) -> bool {
    said(server, entry, |text| text.to_ascii_lowercase().contains("http"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    #[test]
    fn server_sent_events_are_found() {
        for entry in [
            r#"{ "type": "sse", "url": "https://mcp.example.com/events" }"#,
            r#"{ "url": "https://mcp.example.com/sse" }"#,
            r#"{ "url": "https://mcp.example.com/v1/sse/?a=b" }"#,
            r#"{ "command": "npx", "args": ["-y", "mcp-remote@0.1.29", "https://mcp.example.com/sse"] }"#,
            r#"{ "command": "npx", "args": ["-y", "mcp-remote@0.1.29", "https://mcp.example.com/x", "--transport", "sse-only"] }"#,
        ] {
            fires(&RULE, entry);
        }
    }

    #[test]
    fn newer_ways_are_not() {
        for entry in [
            r#"{ "url": "https://mcp.example.com/mcp" }"#,
            r#"{ "type": "http", "url": "https://mcp.example.com/sse" }"#,
            r#"{ "url": "https://mcp.example.com/assets" }"#,
            r#"{ "command": "npx", "args": ["mcp-remote@0.1.29", "https://mcp.example.com/sse", "--transport", "http-only"] }"#,
            r#"{ "command": "some-mcp", "args": ["--transport", "sse"] }"#,
        ] {
            silent(&RULE, entry);
        }
    }

    #[test]
    fn a_path_alone_is_less_certain() {
        let confidence = |json: &str| look(&entry(json)).of(&RULE)[0].confidence;
        assert_eq!(confidence(r#"{ "type": "sse", "url": "https://mcp.example.com/x" }"#), Confidence::High);
        assert_eq!(confidence(r#"{ "url": "https://mcp.example.com/sse" }"#), Confidence::Medium);
    }
}
