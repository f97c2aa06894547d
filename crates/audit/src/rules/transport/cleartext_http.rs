#![doc = include_str!("cleartext_http.md")]

use url::Url;

use crate::finding::{Act, Confidence, Dimension, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::endpoint::{Address, Distance, Endpoint, distance, endpoint, names_user, parse};
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, place, servers, steps};
use crate::server::Server;
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "cleartext-http",
    title: "Unencrypted connection",
    dimension: Dimension::Transport,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP07", "CWE-319"],
    docs: include_str!("cleartext_http.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server) in servers(machine) {
        let address = match endpoint(server) {
            Endpoint::At(address) => address,
            Endpoint::Nowhere => {
                found.evaluated(index, Check::TransportUrl);
                continue;
            }
            Endpoint::Unknown => continue,
        };
        let Some(encrypted) = is_encrypted(address.url) else { continue };
        if encrypted {
            found.evaluated(index, Check::TransportUrl);
            continue;
        }
        let Some(url) = parse(address.url) else { continue };
        let Some(host) = url.host() else { continue };
        found.evaluated(index, Check::TransportUrl);
        // Userinfo is a key wherever it is sent.
        let keyed = address.keyed || names_user(&url);
        let distance = distance(&host, machine.env.os);
        let severity = match (distance, keyed) {
            (Distance::Here, _) => continue,
            (Distance::Beside, _) => Severity::Low,
            (Distance::Near, false) => Severity::Medium,
            (Distance::Near, true) | (Distance::Far, _) => Severity::High,
        };
        let message = format!(
            "The connection to {} is not encrypted, so others on the way can read and change it.",
            named(&host.to_string())
        );
        let place = place::text(machine, server, address.text);
        let finding = found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message);
        finding.severity(severity);
        match encrypt(server, &address, &url) {
            // Elsewhere a certificate is seldom there, and another port answers.
            Some(act) if distance == Distance::Far && url.port().is_none() && may_edit(machine, server).is_ok() => {
                finding.fix("encrypt", "Use https", Safety::Review, act);
            }
            _ => {
                finding.fix("by-hand", "Encrypt the connection", Safety::Manual, by_hand());
            }
        }
    }
}

/// Whether nothing of it can be read on the way; `None` where the scheme is a reference.
fn is_encrypted(text: &str) -> Option<bool> {
    let (scheme, _) = text.trim().split_once("://")?;
    if scheme.contains(['$', '%', '{']) {
        return None;
    }
    // https, wss and Unix sockets are fine.
    Some(!["http", "ws"].iter().any(|clear| scheme.eq_ignore_ascii_case(clear)))
}

/// The same address with encryption; `None` where it is not a text of its own.
fn encrypt(server: &Server, address: &Address, url: &Url) -> Option<Act> {
    let (scheme, rest) = address.text.value.split_once("://").filter(|_| address.text.value == address.url)?;
    let name = named(&server.name);
    let said = Said {
        title: format!("Reach {name} with encryption"),
        past: format!("Let {name} be reached with encryption"),
        summary: format!(
            "{} will ask {} for an encrypted connection.",
            server.client.name,
            named(url.host_str().unwrap_or_default())
        ),
        notes: vec!["Warder has not tried whether the server answers there.".to_owned(), REPLACE.to_owned()],
    };
    Some(Act::Texts { texts: vec![(address.text.at.clone(), Some(format!("{scheme}s://{rest}")))], said })
}

const REPLACE: &str = "Replace every key that was sent over the clear connection.";

fn by_hand() -> Act {
    steps([
        "Try the same address with `https://`, and write that into the entry if it answers.",
        "If the server is your own and speaks only `http`, reach it through an SSH tunnel or a VPN, or put a TLS proxy in front of it.",
        REPLACE,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    #[test]
    fn clear_connections_are_found() {
        for url in [
            "http://mcp.example.com/mcp",
            "HTTP://mcp.example.com/mcp",
            "ws://mcp.example.com/mcp",
            "http://203.0.113.9:8080/sse",
            "http://192.168.1.20:3000/mcp",
            "http://nas.local/mcp",
            "http://[2001:db8::1]/mcp",
            "http://localhost.example.com/mcp",
            "http://mcp-gateway:8811/sse",
        ] {
            fires(&RULE, &format!(r#"{{ "url": "{url}" }}"#));
        }
        fires(
            &RULE,
            r#"{ "command": "npx", "args": ["-y", "mcp-remote@0.1.29", "http://mcp.example.com/mcp", "--allow-http"] }"#,
        );
    }

    #[test]
    fn encrypted_local_and_unknown_ones_are_not() {
        for url in [
            "https://mcp.example.com/mcp",
            "wss://mcp.example.com/mcp",
            "http://localhost:3000/mcp",
            "http://api.localhost/mcp",
            "http://127.0.0.1:8080/sse",
            "http://127.8.8.8/mcp",
            "http://[::1]:8080/mcp",
            "http://[::ffff:127.0.0.1]/mcp",
            "http://0.0.0.0:8080/mcp",
            "http://host.docker.internal:9000/mcp",
            "http://${env:HOST}:3000/mcp",
            "${env:MCP_URL}",
            "http+unix://%2Ftmp%2Fmcp.sock/mcp",
        ] {
            silent(&RULE, &format!(r#"{{ "url": "{url}" }}"#));
        }
        silent(&RULE, r#"{ "command": "npx", "args": ["-y", "some-mcp@1.0.0", "--api", "http://example.com"] }"#);
    }

    #[test]
    fn a_private_network_is_less_bad_unless_a_key_is_sent() {
        let severity = |json: &str| look(&entry(json)).of(&RULE)[0].severity;
        let url = r#""url": "http://192.168.1.20:3000/mcp""#;
        assert_eq!(severity(&format!("{{ {url} }}")), Severity::Medium);
        let headers = r#""headers": { "Authorization": "${env:AUTH}" }"#;
        assert_eq!(severity(&format!("{{ {url}, {headers} }}")), Severity::High);
        assert_eq!(severity(r#"{ "url": "http://ana:pw@192.168.1.20/mcp" }"#), Severity::High);
        assert_eq!(severity(r#"{ "url": "http://mcp-gateway:8811/sse" }"#), Severity::Low);
    }

    #[test]
    fn https_is_offered_where_it_may_answer() {
        let fixes = |json: &str| look(&entry(json)).fixes(&RULE)[0].1;
        assert_eq!(fixes(r#"{ "url": "http://mcp.example.com/mcp" }"#), Safety::Review);
        assert_eq!(
            fixes(r#"{ "command": "npx", "args": ["mcp-remote@0.1.29", "http://mcp.example.com/mcp"] }"#),
            Safety::Review
        );
        assert_eq!(fixes(r#"{ "url": "http://mcp.example.com:8080/mcp" }"#), Safety::Manual);
        assert_eq!(fixes(r#"{ "url": "http://192.168.1.20/mcp" }"#), Safety::Manual);
    }

    #[test]
    fn what_is_not_known_is_not_evaluated() {
        let judged = |json: &str| look(&entry(json)).evaluated(Check::TransportUrl);
        assert!(judged(r#"{ "url": "http://mcp.example.com/mcp" }"#));
        assert!(judged(r#"{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"] }"#));
        assert!(!judged(r#"{ "url": "${env:MCP_URL}" }"#));
        assert!(!judged(r#"{ "command": "sh", "args": ["-c", "cd /srv && npx mcp-remote http://x.example"] }"#));
    }
}
