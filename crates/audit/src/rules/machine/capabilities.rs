//! What a server lets an agent do, as far as its name tells: by the list of
//! well-known ones (`capabilities.txt`), else by the words in its name.

use std::collections::HashMap;
use std::sync::LazyLock;

use url::Url;

use crate::server::command::{Ecosystem, Package, Payload};
use crate::server::{Server, Transport};

/// The three that are dangerous together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Legs {
    /// Reads what is not public.
    pub(super) private: bool,
    /// Takes in text that strangers can write.
    pub(super) untrusted: bool,
    /// Can carry data to somebody else.
    pub(super) egress: bool,
}

/// What is known of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    pub(super) legs: Legs,
    /// Only its name says so.
    pub(super) guessed: bool,
}

impl Legs {
    fn of(letters: &str) -> Legs {
        let has = |letter| letters.contains(letter);
        Legs { private: has('P'), untrusted: has('U'), egress: has('E') }
    }

    fn and(self, other: Legs) -> Legs {
        Legs {
            private: self.private || other.private,
            untrusted: self.untrusted || other.untrusted,
            egress: self.egress || other.egress,
        }
    }
}

/// The list: `npm:…`, `pypi:…`, `docker:…`, `host:…`.
static LIST: LazyLock<HashMap<&str, Legs>> = LazyLock::new(|| {
    let lines = include_str!("capabilities.txt").lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(' ')).map(|(key, rest)| (key, Legs::of(letters(rest)))).collect()
});

fn letters(rest: &str) -> &str {
    rest.split(' ').next().unwrap_or_default()
}

/// Words in a name that say what a server is for. Those that are as often part
/// of something harmless (`search`, `web`, `files`) are left out.
const WORDS: &[(&str, &str)] = &[
    ("browser", "UE"),
    ("confluence", "P"),
    ("crawler", "UE"),
    ("database", "P"),
    ("discord", "PUE"),
    ("email", "PUE"),
    ("fetch", "UE"),
    ("filesystem", "P"),
    ("firecrawl", "UE"),
    ("gdrive", "P"),
    ("github", "PUE"),
    ("gitlab", "PUE"),
    ("gmail", "PUE"),
    ("imap", "PU"),
    ("imessage", "PUE"),
    ("jira", "PU"),
    ("mongodb", "P"),
    ("mysql", "P"),
    ("notion", "P"),
    ("obsidian", "P"),
    ("outlook", "PUE"),
    ("playwright", "UE"),
    ("postgres", "P"),
    ("postgresql", "P"),
    ("puppeteer", "UE"),
    ("reddit", "U"),
    ("salesforce", "P"),
    ("scraper", "UE"),
    ("slack", "PUE"),
    ("smtp", "E"),
    ("snowflake", "P"),
    ("sqlite", "P"),
    ("telegram", "PUE"),
    ("twitter", "UE"),
    ("webhook", "E"),
    ("whatsapp", "PUE"),
];

/// What is known of a server; `None` when nothing is.
pub(super) fn known(server: &Server) -> Option<Known> {
    let launch = server.command().map(|command| &command.launch);
    let package = launch.and_then(|launch| match &launch.payload {
        Payload::Package(package) => Some(package),
        _ => None,
    });
    let host = match &server.transport {
        Transport::Http { url, .. } => host(&url.value),
        _ => launch.and_then(|launch| launch.url.as_ref()).and_then(|(_, url)| host(url)),
    };
    // What a bridge leads to counts, not the bridge.
    let listed = match (&host, package) {
        (Some(host), _) => below(host).find_map(|host| LIST.get(format!("host:{host}").as_str())),
        (None, Some(package)) => key(package).and_then(|key| LIST.get(key.as_str())),
        (None, None) => None,
    };
    if let Some(legs) = listed {
        return Some(Known { legs: *legs, guessed: false });
    }
    let package = package.filter(|_| host.is_none()).map_or("", |package| package.name.as_str());
    let legs = words(&server.name).chain(words(package)).fold(Legs::default(), |legs, word| {
        let found = WORDS.binary_search_by(|(known, _)| (*known).cmp(word.as_str()));
        found.map_or(legs, |index| legs.and(Legs::of(WORDS[index].1)))
    });
    (legs != Legs::default()).then_some(Known { legs, guessed: true })
}

/// Words of the last part of a name: before it stand owners and the sites that host
/// repositories (`github.com/acme/notes`, `git+https://github.com/acme/notes@v1`).
fn words(name: &str) -> impl Iterator<Item = String> {
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or(name);
    last.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_lowercase)
}

fn host(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.to_owned())
}

/// A host and the domains above it, those of one label left out.
fn below(host: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, rest)| rest))
        .filter(|host| host.contains('.'))
}

fn key(package: &Package) -> Option<String> {
    Some(match package.ecosystem {
        Ecosystem::Npm => format!("npm:{}", package.name),
        // PyPI takes `_` and `-` for the same; a dot stays, as the list writes it.
        Ecosystem::Pypi => format!("pypi:{}", package.name.to_lowercase().replace('_', "-")),
        Ecosystem::Docker => format!("docker:{}", package.name.trim_start_matches("docker.io/")),
        Ecosystem::Git | Ecosystem::Nuget | Ecosystem::Maven | Ecosystem::Jsr | Ecosystem::Go => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, file, machine};

    #[test]
    fn the_list_is_read_whole() {
        let lines = include_str!("capabilities.txt").lines().filter(|line| !line.starts_with('#'));
        for line in lines.clone() {
            let (key, rest) = line.split_once(' ').expect("a key and the rest");
            assert!(["npm:", "pypi:", "docker:", "host:"].iter().any(|kind| key.starts_with(kind)), "{line}");
            assert!(["P", "U", "E", "PU", "PE", "UE", "PUE", "-"].contains(&letters(rest)), "{line}");
            assert!(rest.split_once(' ').is_some_and(|(_, why)| why.len() > 5), "{line}");
        }
        assert_eq!(LIST.len(), lines.count(), "a key stands twice");
        assert!(WORDS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn servers_are_known_by_package_address_or_name() {
        for (json, letters, guessed) in [
            (
                r#"{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2025.1.1", "/x"] }"#,
                "P",
                false,
            ),
            (r#"{ "command": "uvx", "args": ["mcp_server_fetch"] }"#, "UE", false),
            (r#"{ "command": "docker", "args": ["run", "-i", "--rm", "docker.io/mcp/fetch:latest"] }"#, "UE", false),
            (r#"{ "url": "https://mcp.notion.com/mcp" }"#, "P", false),
            (r#"{ "command": "npx", "args": ["-y", "mcp-remote", "https://mcp.linear.app/sse"] }"#, "P", false),
            (r#"{ "url": "https://eu.mcp.notion.com/mcp" }"#, "P", false),
            (r#"{ "command": "npx", "args": ["-y", "@acme/gmail-tools"] }"#, "PUE", true),
            (
                r#"{ "command": "uvx", "args": ["--from", "git+https://github.com/acme/slack-mcp@v1", "x"] }"#,
                "PUE",
                true,
            ),
        ] {
            let machine = machine(&entry(json));
            let known = known(&machine.servers[0]);
            assert_eq!(known, Some(Known { legs: Legs::of(letters), guessed }), "{json}");
        }
    }

    #[test]
    fn nothing_is_said_of_unknown_names() {
        for json in [
            r#"{ "command": "npx", "args": ["-y", "@acme/search-docs"] }"#,
            r#"{ "command": "node", "args": ["/srv/github-like/server.js"] }"#,
            r#"{ "url": "https://notion.com.example.org/mcp" }"#,
            r#"{ "url": "not a url" }"#,
            r#"{ "command": "uvx", "args": ["--from", "git+https://github.com/acme/notes@v1", "notes"] }"#,
            r#"{ "command": "npx", "args": ["-y", "@gmail-friends/notes"] }"#,
        ] {
            let machine = machine(&entry(json));
            assert_eq!(known(&machine.servers[0]), None, "{json}");
        }
        let name = r#"{ "mcpServers": { "github.com/acme/notes": { "command": "notes-mcp" } } }"#;
        assert_eq!(known(&machine(&file(name)).servers[0]), None);
    }
}
