//! Names that a server may reach.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A host by name and the ports it may be reached at: `api.github.com` (443
/// and 80), `db.example.com:5432`, `*.example.com` (any name below it, not
/// `example.com` itself).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Host {
    /// Lower case, without a dot at its end.
    name: String,
    /// Any name below `name`.
    below: bool,
    port: Option<u16>,
}

/// Why a text is no host that may be allowed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    #[error("it is not the name of a host")]
    NotAName,
    #[error("it is an address; only names can be allowed")]
    Address,
    #[error("it names this computer or the local network")]
    Local,
    #[error("a whole top-level domain is too much")]
    TooBroad,
}

impl Host {
    /// Whether this name at this port is meant.
    pub fn allows(&self, name: &str, port: u16) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let named = if self.below {
            let below = name.strip_suffix(&self.name).and_then(|rest| rest.strip_suffix('.'));
            // Others may read what is no name as one, up to where it stops being one.
            below.is_some_and(|below| name.len() <= LONGEST && below.split('.').all(is_label))
        } else {
            name == self.name
        };
        named && self.port.map_or(port == 443 || port == 80, |own| own == port)
    }

    /// The name without a star; `true`: any name below it.
    pub fn name(&self) -> (&str, bool) {
        (&self.name, self.below)
    }

    pub fn ports(&self) -> impl Iterator<Item = u16> + use<> {
        let [first, second] = self.port.map_or([Some(443), Some(80)], |port| [Some(port), None]);
        first.into_iter().chain(second)
    }
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Host, HostError> {
        let (name, port) = match text.rsplit_once(':') {
            Some((name, _)) if name.contains(':') => return Err(HostError::Address),
            Some((name, port)) => {
                let port = port.parse::<u16>().ok().filter(|port| *port != 0).ok_or(HostError::NotAName)?;
                (name, Some(port))
            }
            None => (text, None),
        };
        let name = name.to_ascii_lowercase();
        let (name, below) = name.strip_prefix("*.").map_or((name.as_str(), false), |rest| (rest, true));
        let name = name.strip_suffix('.').unwrap_or(name);
        if name.len() > LONGEST || !name.split('.').all(is_label) {
            return Err(HostError::NotAName);
        }
        let last = name.rsplit('.').next().unwrap_or_default();
        // What resolvers take for a number is an address, however it is spelled: `127.1`, `0x7f.1`.
        if last.bytes().all(|byte| byte.is_ascii_digit()) || last.starts_with("0x") {
            return Err(HostError::Address);
        }
        if ["localhost", "local", "internal", "localdomain", "home", "lan", "intranet"].contains(&last)
            || name.ends_with("home.arpa")
        {
            return Err(HostError::Local);
        }
        if !name.contains('.') {
            return Err(if below { HostError::TooBroad } else { HostError::Local });
        }
        Ok(Host { name: name.to_owned(), below, port })
    }
}

/// The longest name (RFC 1035, 2.3.4).
const LONGEST: usize = 253;

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl TryFrom<String> for Host {
    type Error = HostError;

    fn try_from(text: String) -> Result<Host, HostError> {
        text.parse()
    }
}

impl From<Host> for String {
    fn from(host: Host) -> String {
        host.to_string()
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let star = if self.below { "*." } else { "" };
        write!(f, "{star}{}", self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_and_its_ports() {
        for (text, name, port, allowed) in [
            ("api.github.com", "api.github.com", 443, true),
            ("api.github.com", "API.GitHub.com.", 80, true),
            ("api.github.com", "api.github.com", 22, false),
            ("api.github.com", "x.api.github.com", 443, false),
            ("Api.GitHub.com.", "api.github.com", 443, true),
            ("db.example.com:5432", "db.example.com", 5432, true),
            ("db.example.com:5432", "db.example.com", 443, false),
            ("*.example.com", "a.example.com", 443, true),
            ("*.example.com", "a.b.example.com", 443, true),
            ("*.example.com", "example.com", 443, false),
            ("*.example.com", ".example.com", 443, false),
            ("*.example.com", "badexample.com", 443, false),
            ("*.example.com", "example.com.evil.net", 443, false),
            ("*.example.com", "evil.net:443#.example.com", 443, false),
            ("*.example.com", "evil.net%0d%0a.example.com", 443, false),
            ("*.example.com", "evil.net/.example.com", 443, false),
            ("*.example.com", "a..example.com", 443, false),
            ("*.example.com", "..example.com", 443, false),
        ] {
            let host: Host = text.parse().unwrap();
            assert_eq!(host.allows(name, port), allowed, "{text} {name}:{port}");
            assert_eq!(host.to_string().parse(), Ok(host));
        }
    }

    #[test]
    fn addresses_and_whole_domains_are_refused() {
        for (text, error) in [
            ("", HostError::NotAName),
            ("a b.com", HostError::NotAName),
            ("a..com", HostError::NotAName),
            ("-a.com", HostError::NotAName),
            ("a.com:0", HostError::NotAName),
            ("a.com:http", HostError::NotAName),
            ("https://a.com", HostError::NotAName),
            ("a.*.com", HostError::NotAName),
            ("*", HostError::NotAName),
            ("*.com", HostError::TooBroad),
            ("10.0.0.1", HostError::Address),
            ("127.1:80", HostError::Address),
            ("a.0x7f", HostError::Address),
            ("[::1]:80", HostError::Address),
            ("::1", HostError::Address),
            ("localhost", HostError::Local),
            ("printer", HostError::Local),
            ("metadata.google.internal", HostError::Local),
            ("nas.local", HostError::Local),
        ] {
            assert_eq!(text.parse::<Host>(), Err(error), "{text}");
        }
    }
}
