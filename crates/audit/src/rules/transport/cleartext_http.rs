#![doc = include_str!("cleartext_http.md")]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::clients::Os;
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, place, servers, steps};
use crate::server::command::Payload;
use crate::server::{Command, Kind, Pair, Server, Text, Transport};

pub const RULE: Rule = Rule {
    id: "cleartext-http",
    title: "Unencrypted connection",
    dimension: Dimension::Transport,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP07", "CWE-319"],
    docs: include_str!("cleartext_http.md"),
    check,
};

/// What an address tells.
enum Address {
    /// Encrypted, or it does not leave this computer.
    Fine,
    /// Another computer of the same network.
    Near(String),
    /// Anywhere else.
    Far(String),
    /// A reference in the place of the host.
    Unknown,
}

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server) in servers(machine) {
        let (url, text, credentials) = match url(server) {
            Found::Url(url, text, credentials) => (url, text, credentials),
            Found::NoConnection => {
                found.evaluated(index, Check::TransportUrl);
                continue;
            }
            Found::Unknown => continue,
        };
        let (host, near) = match address(url, machine.env.os) {
            Address::Unknown => continue,
            Address::Fine => {
                found.evaluated(index, Check::TransportUrl);
                continue;
            }
            Address::Near(host) => (host, true),
            Address::Far(host) => (host, false),
        };
        found.evaluated(index, Check::TransportUrl);
        let message = format!(
            "The connection to {} is not encrypted, so others on the way can read and change it.",
            named(&host)
        );
        let place = place::text(machine, server, text);
        let finding = found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message);
        if near && !credentials {
            finding.severity(Severity::Medium);
        }
        let act = steps([
            "Try the same address with `https://`, and write that into the entry if it answers.",
            "If the server is your own and speaks only `http`, reach it through an SSH tunnel or a VPN, or put a TLS proxy in front of it.",
            "Replace every key that was sent over this connection.",
        ]);
        finding.fix("by-hand", "Encrypt the connection", Safety::Manual, act);
    }
}

enum Found<'a> {
    /// The address, where it stands, and whether credentials are sent to it.
    Url(&'a str, &'a Text, bool),
    /// A program spoken to over its standard input: nothing to encrypt.
    NoConnection,
    Unknown,
}

fn url(server: &Server) -> Found<'_> {
    match &server.transport {
        Transport::Http { url, headers, .. } => Found::Url(&url.value, url, has_credentials(headers)),
        Transport::Unknown => Found::Unknown,
        Transport::Stdio(command) => match &command.launch.url {
            Some((word, url)) => match command.word(*word) {
                Some(text) => Found::Url(url, text, sends_headers(command)),
                None => Found::Unknown,
            },
            // A shell line may hide a bridge; a bridge's address may be a variable.
            None if server.kind == Kind::Bridge || matches!(command.launch.payload, Payload::Opaque(_)) => {
                Found::Unknown
            }
            None => Found::NoConnection,
        },
    }
}

fn has_credentials(headers: &[Pair]) -> bool {
    headers.iter().any(|header| {
        let name = header.name.to_ascii_lowercase();
        ["auth", "cookie", "key", "secret", "token"].iter().any(|word| name.contains(word))
    })
}

fn sends_headers(command: &Command) -> bool {
    command.words().iter().any(|word| word.value.starts_with("--header") || word.value.starts_with("--oauth"))
}

fn address(text: &str, os: Os) -> Address {
    let Some((scheme, rest)) = text.trim().split_once("://") else { return Address::Unknown };
    if !["http", "ws"].iter().any(|clear| scheme.eq_ignore_ascii_case(clear)) {
        // `${SCHEME}://…` is not known; https, wss and Unix sockets are fine.
        return if scheme.contains(['$', '%', '{']) { Address::Unknown } else { Address::Fine };
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    if authority.contains(['$', '%', '{', '<']) {
        return Address::Unknown;
    }
    let Ok(url) = Url::parse(text.trim()) else { return Address::Unknown };
    let Some(host) = url.host() else { return Address::Unknown };
    // Userinfo is a credential wherever it is sent.
    let credentials = !url.username().is_empty() || url.password().is_some();
    match (distance(&host, os), credentials) {
        (Distance::Here, _) => Address::Fine,
        (Distance::Near, false) => Address::Near(host.to_string()),
        (Distance::Near, true) | (Distance::Far, _) => Address::Far(host.to_string()),
    }
}

enum Distance {
    Here,
    Near,
    Far,
}

fn distance(host: &Host<&str>, os: Os) -> Distance {
    match host {
        Host::Ipv4(ip) => v4(*ip, os),
        Host::Ipv6(ip) => v6(*ip, os),
        Host::Domain(name) => domain(name.trim_end_matches('.')),
    }
}

fn domain(name: &str) -> Distance {
    // The computer itself as a container or WSL calls it.
    const HERE: [&str; 5] = [
        "gateway.docker.internal",
        "host.containers.internal",
        "host.docker.internal",
        "host.lima.internal",
        "host.orb.internal",
    ];
    const PRIVATE: [&str; 7] = ["corp", "home", "home.arpa", "internal", "intranet", "lan", "local"];
    let below = |suffix: &str| name.strip_suffix(suffix).is_some_and(|head| head.ends_with('.'));
    // One label: `localhost`, or a container of the same network.
    if !name.contains('.') || below("localhost") || HERE.contains(&name) {
        Distance::Here
    } else if PRIVATE.iter().any(|suffix| below(suffix)) {
        Distance::Near
    } else {
        Distance::Far
    }
}

fn v4(ip: Ipv4Addr, os: Os) -> Distance {
    let [first, second, ..] = ip.octets();
    if ip.is_loopback() || ip.is_unspecified() {
        return Distance::Here;
    }
    // WSL's own network lies in this range on Windows.
    if os == Os::Windows && first == 172 && (16..32).contains(&second) {
        return Distance::Here;
    }
    // 100.64/10: carrier-grade NAT, and the addresses of VPN meshes.
    if ip.is_private() || ip.is_link_local() || (first == 100 && (64..128).contains(&second)) {
        return Distance::Near;
    }
    Distance::Far
}

fn v6(ip: Ipv6Addr, os: Os) -> Distance {
    match IpAddr::V6(ip).to_canonical() {
        IpAddr::V4(ip) => v4(ip, os),
        IpAddr::V6(ip) if ip.is_loopback() || ip.is_unspecified() => Distance::Here,
        IpAddr::V6(ip) if ip.is_unique_local() || ip.is_unicast_link_local() => Distance::Near,
        IpAddr::V6(_) => Distance::Far,
    }
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
            "http://mcp-gateway:8811/sse",
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
