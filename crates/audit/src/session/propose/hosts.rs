//! Hosts that the texts of an entry name.

use warder_launch::sandbox::{Host, HostError};

/// What a text names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Host(Host),
    /// This computer, its neighbours, or an address: no name to be allowed.
    Here(String),
    /// A name that stands for others, found by its records (`mongodb+srv`).
    Records(String),
}

/// The port of a scheme where a URL names none; `None`: those of the web.
const SCHEMES: &[(&str, Option<u16>)] = &[
    ("http", None),
    ("https", None),
    ("ws", None),
    ("wss", None),
    ("postgres", Some(5432)),
    ("postgresql", Some(5432)),
    ("mysql", Some(3306)),
    ("mariadb", Some(3306)),
    ("redis", Some(6379)),
    ("rediss", Some(6379)),
    ("mongodb", Some(27017)),
    ("mssql", Some(1433)),
    ("sqlserver", Some(1433)),
    ("neo4j", Some(7687)),
    ("bolt", Some(7687)),
    ("amqp", Some(5672)),
    ("amqps", Some(5671)),
    ("nats", Some(4222)),
];

/// Hosts in arguments: URLs, also behind `--flag=`, and what `--host` names.
pub(super) fn in_words(words: &[String]) -> Vec<Named> {
    let mut found = Vec::new();
    let mut pairs = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) if flag.starts_with('-') => (Some(flag), value),
            _ => (index.checked_sub(1).map(|before| words[before].as_str()), word.as_str()),
        };
        let flag = flag.filter(|flag| flag.starts_with('-')).map(|flag| flag.trim_start_matches('-'));
        // A proxy is no place a fenced server is led through.
        if flag.is_some_and(|flag| flag.to_ascii_lowercase().contains("proxy")) {
            continue;
        }
        if value.contains("://") {
            found.extend(in_url(value));
        } else if let Some(flag) = flag {
            pairs.push((flag, value));
        }
    }
    found.extend(by_name(&pairs).into_iter().map(|(_, named)| named));
    found
}

/// Hosts in variables: URLs, and what `DB_HOST` names, at the port of `DB_PORT`.
pub(super) fn in_variables<'a>(variables: &[(&'a str, &'a str)]) -> Vec<(&'a str, Named)> {
    let urls = variables.iter().flat_map(|(name, value)| in_url(value).into_iter().map(|named| (*name, named)));
    urls.chain(by_name(variables)).collect()
}

/// Whether a variable of this name says where something is.
pub(super) fn is_place(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    is_host(&name).is_some()
        || ["URL", "URI", "DSN", "ENDPOINT", "CONNECTION_STRING"].iter().any(|end| name.ends_with(end))
}

/// `DB_HOST` -> `DB_`: what stands before, which the port's name begins with too.
fn is_host(name: &str) -> Option<&str> {
    let before = ["HOSTNAME", "HOST", "host", "hostname"].iter().find_map(|end| name.strip_suffix(end))?;
    // `HOST` alone is mostly where a server listens, and `localhost` is no name of a setting.
    (before.ends_with(['_', '-']) || ["PG", "pg"].contains(&before)).then_some(before)
}

/// What settings called `…HOST` name.
fn by_name<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<(&'a str, Named)> {
    let hosts = pairs.iter().filter_map(|(name, value)| {
        let before = is_host(name)?;
        let is_port = |other: &str| other.strip_prefix(before).is_some_and(|rest| rest.eq_ignore_ascii_case("port"));
        let own = pairs.iter().find(|(other, _)| is_port(other)).and_then(|(_, port)| port.parse::<u16>().ok());
        let lower = before.to_ascii_lowercase();
        let usual = || {
            let begins = |(scheme, _): &&(&str, Option<u16>)| {
                lower.starts_with(scheme) || lower == "pg" && *scheme == "postgres"
            };
            SCHEMES.iter().filter(|(_, port)| port.is_some()).find(begins).and_then(|(_, port)| *port)
        };
        Some((*name, host(value, own.or_else(usual))?))
    });
    hosts.collect()
}

/// The hosts of a URL, which may name several, and of a list of URLs.
fn in_url(text: &str) -> Vec<Named> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        let start = before.rfind(|c: char| !c.is_ascii_alphanumeric() && c != '+').map_or(0, |at| at + 1);
        let scheme = before.get(start..).unwrap_or_default().to_ascii_lowercase();
        let end = after.find(['/', '?', '#', ' ', '"', '\'', '\\']).unwrap_or(after.len());
        let (authority, next) = after.split_at(end);
        rest = next;
        let (plain, records) = scheme.split_once('+').unwrap_or((&scheme, ""));
        let Some((_, port)) = SCHEMES.iter().find(|(name, _)| *name == plain) else { continue };
        // A password may hold anything, `@` too.
        let places = authority.rsplit_once('@').map_or(authority, |(_, places)| places);
        for place in places.split(',').filter(|place| !place.is_empty()) {
            found.extend(match records {
                "srv" => Some(Named::Records(place.to_owned())),
                _ => host(place, *port),
            });
        }
    }
    found
}

/// A place as a host, at its own port or this one. `None` for what is no name at all.
fn host(place: &str, port: Option<u16>) -> Option<Named> {
    let has_port = place.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let whole = match port {
        Some(port) if !has_port => format!("{place}:{port}"),
        _ => place.to_owned(),
    };
    match whole.parse::<Host>() {
        Ok(host) => Some(Named::Host(host)),
        Err(HostError::Local | HostError::Address) => Some(Named::Here(place.to_owned())),
        Err(HostError::NotAName | HostError::TooBroad) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(named: &Named) -> String {
        match named {
            Named::Host(host) => host.to_string(),
            Named::Here(place) => format!("here {place}"),
            Named::Records(place) => format!("records {place}"),
        }
    }

    #[test]
    fn arguments_name_hosts() {
        for (words, hosts) in [
            ("https://mcp.example.com/sse", "mcp.example.com"),
            ("--url=https://mcp.example.com:8443/x", "mcp.example.com:8443"),
            ("postgresql://me:p@ss@db.example.com/main", "db.example.com:5432"),
            ("postgres://db.example.com:6000/main", "db.example.com:6000"),
            ("postgresql+asyncpg://db.example.com", "db.example.com:5432"),
            ("mongodb://a.example.com:1,b.example.com/x", "a.example.com:1 b.example.com:27017"),
            ("mongodb+srv://u:p@c.example.net/x", "records c.example.net"),
            ("redis://localhost:6379", "here localhost:6379"),
            ("http://127.0.0.1:27124", "here 127.0.0.1:27124"),
            ("http://[::1]:80/", "here [::1]:80"),
            ("https://printer/", "here printer"),
            ("--db-host db.example.com --db-port 5433", "db.example.com:5433"),
            ("--mysql-host db.example.com", "db.example.com:3306"),
            ("--host 0.0.0.0", ""),
            ("--proxy-server http://proxy.example.com:1", ""),
            ("--proxy-server=http://proxy.example.com:1", ""),
            ("file:///etc/passwd memory://x a://b.example.com ://", ""),
            ("https://${HOST}/x", ""),
            ("plain db.example.com", ""),
        ] {
            let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
            let found: Vec<String> = in_words(&words).iter().map(shown).collect();
            assert_eq!(found.join(" "), hosts, "{words:?}");
        }
    }

    #[test]
    fn variables_name_hosts() {
        for (variables, hosts) in [
            (&[("GITLAB_API_URL", "https://git.example.com/api/v4")][..], "GITLAB_API_URL git.example.com"),
            (&[("DB_HOST", "db.example.com"), ("DB_PORT", "5433")], "DB_HOST db.example.com:5433"),
            (&[("PGHOST", "db.example.com")], "PGHOST db.example.com:5432"),
            (&[("MYSQL_HOST", "localhost")], "MYSQL_HOST here localhost"),
            (&[("API_HOST", "api.example.com")], "API_HOST api.example.com"),
            (&[("HOST", "0.0.0.0"), ("MODE", "a.example.com"), ("MAX_HOST", "no name")], ""),
            (
                &[("SITES", "[\"https://a.example.com\", \"https://b.example.com/x\"]")],
                "SITES a.example.com, SITES b.example.com",
            ),
        ] {
            let found: Vec<String> =
                in_variables(variables).iter().map(|(name, named)| format!("{name} {}", shown(named))).collect();
            assert_eq!(found.join(", "), hosts, "{variables:?}");
        }
    }

    #[test]
    fn a_variable_that_says_a_place_is_known_by_its_name() {
        for name in ["DATABASE_URL", "MDB_MCP_CONNECTION_STRING", "DB_HOST", "DSN", "PGHOST"] {
            assert!(is_place(name), "{name}");
        }
        for name in ["TOKEN", "HOST", "GHOST", "MODE"] {
            assert!(!is_place(name), "{name}");
        }
    }
}
