//! Where a server is reached, and what kind of computer answers there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::clients::Os;
use crate::server::command::Payload;
use crate::server::{Command, Kind, Pair, Server, Text, Transport};

/// How a client comes to a server.
pub(super) enum Endpoint<'a> {
    At(Address<'a>),
    /// A program spoken to over its standard input.
    Nowhere,
    /// The line hides it, or its address is a variable.
    Unknown,
}

/// An address of an entry: its own URL, or the one a bridge connects to.
pub(super) struct Address<'a> {
    /// As written.
    pub(super) url: &'a str,
    /// The text of the entry that holds it.
    pub(super) text: &'a Text,
    /// The entry sends headers with keys, or lets a bridge log in.
    pub(super) keyed: bool,
}

pub(super) fn endpoint(server: &Server) -> Endpoint<'_> {
    match &server.transport {
        Transport::Http { url, headers, .. } => {
            Endpoint::At(Address { url: &url.value, text: url, keyed: has_keys(headers) })
        }
        Transport::Unknown => Endpoint::Unknown,
        Transport::Stdio(command) => match &command.launch.url {
            Some((word, url)) => match command.word(*word) {
                Some(text) => Endpoint::At(Address { url, text, keyed: sends_headers(command) }),
                None => Endpoint::Unknown,
            },
            // A shell line may hide a bridge; a bridge's address may be a variable.
            None if server.kind == Kind::Bridge || matches!(command.launch.payload, Payload::Opaque(_)) => {
                Endpoint::Unknown
            }
            None => Endpoint::Nowhere,
        },
    }
}

fn has_keys(headers: &[Pair]) -> bool {
    headers.iter().any(|header| {
        let name = header.name.to_ascii_lowercase();
        ["auth", "cookie", "key", "secret", "token"].iter().any(|word| name.contains(word))
    })
}

fn sends_headers(command: &Command) -> bool {
    command.words().iter().any(|word| word.value.starts_with("--header") || word.value.starts_with("--oauth"))
}

/// The address taken apart; `None` where a reference stands for its scheme or host.
pub(crate) fn parse(text: &str) -> Option<Url> {
    let text = text.trim();
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let refers = |part: &str| part.contains(['$', '%', '{', '<']);
    if refers(scheme) || refers(host) {
        return None;
    }
    Url::parse(text).ok().filter(Url::has_host)
}

/// Whether a name and password stand in an address.
pub(super) fn names_user(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// How far away the computer behind a name or number is; ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Distance {
    /// This computer.
    Here,
    /// A name of one label: a container beside this one, or a computer that only the local network knows.
    Beside,
    /// Another computer of a private network.
    Near,
    /// Anywhere else.
    Far,
}

pub(crate) fn distance(host: &Host<&str>, os: Os) -> Distance {
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
    // Names that no public server answers (RFC 6762 app. G, RFC 8375, ICANN's `.internal`),
    // and those of VPN meshes (tailscale.com/kb/1081, docs.netbird.io).
    const PRIVATE: [&str; 9] =
        ["corp", "home", "home.arpa", "internal", "intranet", "lan", "local", "netbird.cloud", "ts.net"];
    if name.eq_ignore_ascii_case("localhost") || is_below(name, "localhost") || HERE.contains(&name) {
        Distance::Here
    } else if !name.contains('.') {
        Distance::Beside
    } else if PRIVATE.iter().any(|suffix| is_below(name, suffix)) {
        Distance::Near
    } else {
        Distance::Far
    }
}

/// Whether `name` is a name inside the domain `suffix`.
pub(super) fn is_below(name: &str, suffix: &str) -> bool {
    name.strip_suffix(suffix).is_some_and(|head| head.ends_with('.'))
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

    #[test]
    fn computers_are_told_by_their_names_and_numbers() {
        let far = |url: &str| parse(url).and_then(|url| Some(distance(&url.host()?, Os::Linux)));
        for (url, expected) in [
            ("http://localhost:3000/mcp", Some(Distance::Here)),
            ("http://api.localhost/mcp", Some(Distance::Here)),
            ("http://127.8.8.8/mcp", Some(Distance::Here)),
            ("http://2130706433/mcp", Some(Distance::Here)),
            ("http://[::ffff:127.0.0.1]/mcp", Some(Distance::Here)),
            ("http://host.docker.internal:9000/mcp", Some(Distance::Here)),
            ("http://gateway:8811/sse", Some(Distance::Beside)),
            ("http://10.1.2.3/mcp", Some(Distance::Near)),
            ("http://169.254.1.1/mcp", Some(Distance::Near)),
            ("http://nas.local/mcp", Some(Distance::Near)),
            ("http://box.tail1234.ts.net/mcp", Some(Distance::Near)),
            ("http://${USER}:${KEY}@192.168.1.20/mcp", Some(Distance::Near)),
            ("http://localhost.example.com/mcp", Some(Distance::Far)),
            ("http://203.0.113.9/mcp", Some(Distance::Far)),
            ("http://${HOST}:3000/mcp", None),
            ("${SCHEME}://mcp.example.com", None),
            ("${env:URL}", None),
        ] {
            assert_eq!(far(url), expected, "{url}");
        }
    }
}
