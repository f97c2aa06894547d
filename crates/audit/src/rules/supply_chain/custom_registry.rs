#![doc = include_str!("custom_registry.md")]

use crate::finding::{Act, Confidence, Dimension, Place, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, launched, place};
use crate::server::command::{Launcher, Payload};
use crate::server::{Command, Server};

pub const RULE: Rule = Rule {
    id: "custom-registry",
    title: "Packages from another registry",
    dimension: Dimension::SupplyChain,
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP04", "CWE-829"],
    docs: include_str!("custom_registry.md"),
    check,
};

/// How a source is used: instead of the usual one, or beside it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Instead,
    Beside,
}

const OPTIONS: &[(&str, How)] = &[
    ("--registry", How::Instead),
    ("--index-url", How::Instead),
    ("--default-index", How::Instead),
    ("-i", How::Instead),
    ("--extra-index-url", How::Beside),
    ("--index", How::Beside),
];

const VARIABLES: &[(&str, How)] = &[
    ("npm_config_registry", How::Instead),
    ("pip_index_url", How::Instead),
    ("uv_index_url", How::Instead),
    ("uv_default_index", How::Instead),
    ("pip_extra_index_url", How::Beside),
    ("uv_extra_index_url", How::Beside),
    ("uv_index", How::Beside),
];

/// The registries that launchers ask unless they are told otherwise.
const USUAL: &[&str] =
    &["registry.npmjs.org", "registry.yarnpkg.com", "npm.jsr.io", "pypi.org", "files.pythonhosted.org"];

/// A source of packages that an entry names.
struct Source<'a> {
    how: How,
    url: &'a str,
    /// `--registry`, `UV_INDEX`.
    named: &'a str,
    place: Place,
}

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        if !matches!(command.launch.payload, Payload::Package(_)) {
            continue;
        }
        let best = has(command, server, "--index-strategy", "uv_index_strategy", "unsafe-");
        for source in sources(machine, server, command) {
            let Some(host) = host(source.url) else { continue };
            let plain = source.url.starts_with("http://") && !is_local(host);
            if !plain && (USUAL.contains(&host) || is_own(machine, source.url)) {
                continue;
            }
            // uv takes a name from the first index that has it, pip from the one with the newest version.
            let confused = source.how == How::Beside && (command.launch.launcher == Launcher::Pipx || best);
            let severity = if plain || confused { Severity::High } else { Severity::Medium };
            let (named, host) = (named(source.named), named(host));
            let message = match source.how {
                _ if plain => format!(
                    "{named} takes packages from {host} without encryption, so others on the way can replace them."
                ),
                How::Beside if confused => {
                    format!(
                        "{named} asks {host} beside the usual index, and whoever offers the newest version of a name wins."
                    )
                }
                How::Beside => format!("{named} takes packages from {host} as well as from the usual index."),
                How::Instead => format!("{named} takes packages from {host} and not from the usual registry."),
            };
            let finding = found.add(machine, &RULE, Some(index), source.place, Confidence::Confirmed, message);
            finding.severity(severity).fix("by-hand", "Name one registry", Safety::Manual, by_hand(plain, source.how));
        }
    }
}

/// What the launch line and the variables of an entry say.
fn sources<'a>(machine: &Machine, server: &'a Server, command: &'a Command) -> Vec<Source<'a>> {
    let words = command.words();
    let end = command.launch.arguments.min(words.len());
    let mut sources = Vec::new();
    for (at, word) in words.iter().enumerate().take(end).skip(1) {
        let (name, joined) = match word.value.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.value.as_str(), None),
        };
        let Some((_, how)) = OPTIONS.iter().find(|(option, _)| *option == name) else { continue };
        let next = || words.get(at + 1).filter(|_| at + 1 < end).map(|word| word.value.as_str());
        let Some(url) = joined.or_else(next) else { continue };
        sources.push(Source { how: *how, url: unnamed(url), named: name, place: place::text(machine, server, word) });
    }
    let given = server.env.iter().map(|pair| (pair.name.as_str(), pair.value.value.as_str(), &pair.value));
    let assigned = command.launch.assignments.iter().filter_map(|one| {
        let word = command.word(one.word)?;
        Some((one.name.as_str(), word.value.get(one.range.clone())?, word))
    });
    for (name, value, text) in given.chain(assigned) {
        let lower = name.to_ascii_lowercase();
        let Some((_, how)) = VARIABLES.iter().find(|(variable, _)| *variable == lower) else { continue };
        for url in value.split_whitespace() {
            sources.push(Source {
                how: *how,
                url: unnamed(url),
                named: name,
                place: place::text(machine, server, text),
            });
        }
    }
    sources
}

/// uv can give an index a name: `work=https://…`.
fn unnamed(url: &str) -> &str {
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    url.split_once('=').filter(|(name, _)| is_name(name)).map_or(url, |(_, url)| url)
}

/// Whether an option or variable of the entry has a value that begins so.
fn has(command: &Command, server: &Server, option: &str, variable: &str, start: &str) -> bool {
    let words = command.words();
    let option = words.iter().enumerate().any(|(at, word)| match word.value.strip_prefix(option) {
        Some("") => words.get(at + 1).is_some_and(|word| word.value.starts_with(start)),
        Some(rest) => rest.strip_prefix('=').is_some_and(|value| value.starts_with(start)),
        None => false,
    });
    let set = |name: &str, value: &str| name.eq_ignore_ascii_case(variable) && value.starts_with(start);
    option || server.env.iter().any(|pair| set(&pair.name, &pair.value.value))
}

/// The host of a plain URL; what a client puts in is not known here.
fn host(url: &str) -> Option<&str> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => authority.split(':').next()?,
    };
    (!host.is_empty() && !host.contains(['$', '%', '{'])).then_some(host)
}

fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "::1") || host.starts_with("127.")
}

/// Whether the user has told npm, pip or uv to use it for everything.
fn is_own(machine: &Machine, url: &str) -> bool {
    let plain = |url: &str| {
        let url = url.trim_end_matches('/').trim_end_matches("/simple");
        // Who asks is not what is asked.
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        format!("{scheme}://{}/{path}", host.to_ascii_lowercase())
    };
    let url = plain(url);
    machine.facts.npm.registries.values().chain(&machine.facts.indexes).any(|own| plain(own) == url)
}

fn by_hand(plain: bool, how: How) -> Act {
    let first = match (plain, how) {
        (true, _) => "Write https:// in place of http://, if the registry answers there.",
        (_, How::Beside) => "Name one index for everything, one that passes on what it does not have itself.",
        (_, How::Instead) => "Check that you know who runs this registry.",
    };
    let own = "If it is your company's, set it for all packages in your own settings (.npmrc, pip.conf, uv.toml) and \
               take it out of the entry.";
    Act::Manual(vec![first.to_owned(), own.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, judge, look, machine, silent};

    #[track_caller]
    fn severity(json: &str) -> Severity {
        let seen = look(&entry(json));
        let [finding] = seen.of(&RULE)[..] else { panic!("{json}") };
        finding.severity
    }

    #[test]
    fn other_sources_are_found() {
        for json in [
            r#"{ "command": "npx", "args": ["--registry", "https://npm.acme.example", "acme-mcp"] }"#,
            r#"{ "command": "npx", "args": ["--registry=https://npm.acme.example", "acme-mcp"] }"#,
            r#"{ "command": "npx", "args": ["acme-mcp"], "env": { "NPM_CONFIG_REGISTRY": "https://npm.acme.example" } }"#,
            r#"{ "command": "env", "args": ["UV_DEFAULT_INDEX=https://pypi.acme.example/simple", "uvx", "acme-mcp"] }"#,
            r#"{ "command": "uvx", "args": ["--index", "work=https://pypi.acme.example/simple", "acme-mcp"] }"#,
        ] {
            assert_eq!(severity(json), Severity::Medium, "{json}");
        }
        for json in [
            r#"{ "command": "npx", "args": ["--registry", "http://npm.acme.example", "acme-mcp"] }"#,
            r#"{ "command": "pipx", "args": ["run", "acme-mcp"], "env": { "PIP_EXTRA_INDEX_URL": "https://x.example/simple" } }"#,
            r#"{ "command": "uvx", "args": ["--index-strategy", "unsafe-best-match", "--extra-index-url", "https://x.example/simple", "acme-mcp"] }"#,
        ] {
            assert_eq!(severity(json), Severity::High, "{json}");
        }
    }

    #[test]
    fn the_usual_ones_and_those_of_others_are_not() {
        for json in [
            r#"{ "command": "npx", "args": ["--registry", "https://registry.npmjs.org/", "acme-mcp"] }"#,
            r#"{ "command": "npx", "args": ["acme-mcp", "--registry", "https://npm.acme.example"] }"#,
            r#"{ "command": "npx", "args": ["acme-mcp"], "env": { "NPM_CONFIG_REGISTRY": "${env:REGISTRY}" } }"#,
            r#"{ "command": "uvx", "args": ["--default-index", "https://pypi.org/simple", "acme-mcp"] }"#,
            r#"{ "command": "node", "args": ["x.js"], "env": { "NPM_CONFIG_REGISTRY": "https://npm.acme.example" } }"#,
        ] {
            silent(&RULE, json);
        }
        fires(&RULE, r#"{ "command": "npx", "args": ["--registry", "http://localhost:4873", "acme-mcp"] }"#);
    }

    #[test]
    fn the_users_own_registry_is_no_other_one() {
        let json =
            r#"{ "command": "npx", "args": ["--registry", "https://user:pw@npm.acme.example/all/", "acme-mcp"] }"#;
        let mut given = machine(&entry(json));
        given.facts.npm.registries = [(String::new(), "https://npm.acme.example/all".to_owned())].into();
        assert!(judge(&given).of(&RULE).is_empty());
        let seen = look(&entry(json));
        assert!(!seen.of(&RULE)[0].message.contains("pw"), "{}", seen.of(&RULE)[0].message);
        let mut given = machine(&entry(
            r#"{ "command": "uvx", "args": ["--index-url", "https://pypi.acme.example/simple/", "acme-mcp"] }"#,
        ));
        given.facts.indexes = vec!["https://pypi.acme.example/simple".to_owned()];
        assert!(judge(&given).of(&RULE).is_empty());
    }
}
