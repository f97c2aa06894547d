#![doc = include_str!("ephemeral_endpoint.md")]

use super::domains::{self, Passing};
use super::{Remote, remotes};
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::endpoint::Distance;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, place, steps};

pub const RULE: Rule = Rule {
    id: "ephemeral-endpoint",
    title: "Address that may pass to others",
    dimension: Dimension::Remote,
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP09", "CWE-346"],
    docs: include_str!("ephemeral_endpoint.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for remote in remotes(machine, found, Check::HostClass) {
        found.evaluated(remote.index, Check::HostClass);
        if remote.distance != Distance::Far {
            continue;
        }
        let Some((severity, what)) = passes(&remote) else { continue };
        let message = format!("{} is {what}.", named(remote.host()));
        let place = place::text(machine, remote.server, remote.address.text);
        let act = steps([
            "Ask the operator for an address of its own domain, and write that into the entry.",
            "Until then switch the entry off while you do not use it.",
        ]);
        found.add(machine, &RULE, Some(remote.index), place, Confidence::Confirmed, message).severity(severity).fix(
            "by-hand",
            "Use a lasting address",
            Safety::Manual,
            act,
        );
    }
}

/// Why tomorrow somebody else may answer there.
fn passes(remote: &Remote) -> Option<(Severity, &'static str)> {
    let Some(name) = remote.name() else {
        return Some((Severity::Medium, "a bare number on the internet, which tells nobody who answers there"));
    };
    // Some vendors answer below such a domain themselves.
    if domains::vendor(name).is_some() {
        return None;
    }
    Some(match domains::passing(name)? {
        Passing::Tunnel => {
            (Severity::Medium, "the end of a tunnel to somebody's computer, and its name may be given to others later")
        }
        Passing::Dynamic => {
            (Severity::Medium, "a name that follows a changing number, so somebody else may answer there later")
        }
        Passing::Hosted => (Severity::Low, "a deployment that anybody can make without saying who they are"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    #[test]
    fn tunnels_numbers_and_changing_names_are_found() {
        for url in [
            "https://a1b2.ngrok-free.app/mcp",
            "https://some-words-here.trycloudflare.com/sse",
            "https://198.51.100.7:8443/mcp",
            "https://[2001:db8::7]/mcp",
            "https://home.duckdns.org/mcp",
            "https://198-51-100-7.sslip.io/mcp",
        ] {
            fires(&RULE, &format!(r#"{{ "url": "{url}" }}"#));
        }
        fires(&RULE, r#"{ "command": "npx", "args": ["mcp-remote@0.1.29", "https://a.loca.lt/mcp"] }"#);
    }

    #[test]
    fn lasting_private_and_vendors_addresses_are_not() {
        for url in [
            "https://mcp.example.com/mcp",
            "https://192.168.1.20/mcp",
            "https://100.101.102.103/mcp",
            "https://box.tail1234.ts.net/mcp",
            "https://netlify-mcp.netlify.app/mcp",
            "https://ngrok.example.com/mcp",
            "http://127.0.0.1:3000/mcp",
            "${env:URL}",
        ] {
            silent(&RULE, &format!(r#"{{ "url": "{url}" }}"#));
        }
    }

    #[test]
    fn a_deployment_is_less_bad_than_a_tunnel() {
        let severity = |url: &str| look(&entry(&format!(r#"{{ "url": "{url}" }}"#))).of(&RULE)[0].severity;
        assert_eq!(severity("https://some-mcp.fly.dev/mcp"), Severity::Low);
        assert_eq!(severity("https://some.ngrok.app/mcp"), Severity::Medium);
    }
}
