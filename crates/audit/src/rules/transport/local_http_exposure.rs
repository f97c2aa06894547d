#![doc = include_str!("local_http_exposure.md")]

use std::net::Ipv6Addr;

use crate::document::KeyPath;
use crate::finding::{Act, Confidence, Dimension, Safety, Said, ServerIndex, Severity};
use crate::machine::Machine;
use crate::rules::endpoint::{Distance, Endpoint, distance, endpoint, names_user, parse};
use crate::rules::named::named;
use crate::rules::words::{any, words};
use crate::rules::{Findings, Rule, Tier, place, servers, steps};
use crate::server::command::{Container, ContainerOption};
use crate::server::{Command, Server, Text};
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "local-http-exposure",
    title: "Local server open to others",
    dimension: Dimension::Transport,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP07", "CWE-1327", "CWE-306"],
    docs: include_str!("local_http_exposure.md"),
    check,
};

/// A text that opens a port to every network the computer is in.
struct Open<'a> {
    /// As a message names it: `--host`, `HOST`.
    name: &'a str,
    text: &'a Text,
    /// The text that opens it to this computer only; `None` where it cannot be written.
    closed: Option<String>,
    severity: Severity,
}

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server) in servers(machine) {
        match server.command().filter(|command| command.launch.url.is_none()) {
            Some(command) => {
                for open in opened(server, command) {
                    add_open(machine, index, server, &open, found);
                }
            }
            None => unguarded(machine, index, server, found),
        }
    }
}

fn opened<'a>(server: &'a Server, command: &'a Command) -> Vec<Open<'a>> {
    if let Some(container) = &command.launch.container {
        // What is bound inside is reached only through a published port.
        return published(container, command);
    }
    let all = command.words();
    let own = all.get(command.launch.arguments..).unwrap_or_default();
    let severity = match listens(server, own) {
        Some(false) => return Vec::new(),
        Some(true) => Severity::High,
        // The server may never open the port that it is told about.
        None => Severity::Medium,
    };
    let mut open = Vec::new();
    for (at, word) in own.iter().enumerate().filter(|(_, word)| word.value.starts_with('-')) {
        let (name, text, value) = match word.value.split_once('=') {
            Some((name, value)) => (name, *word, value),
            None => match own.get(at + 1) {
                Some(next) => (word.value.as_str(), *next, next.value.as_str()),
                None => continue,
            },
        };
        if names_address(name)
            && let Some(closed) = closed(value)
        {
            let head = &text.value[..text.value.len() - value.len()];
            open.push(Open { name, text, closed: Some(format!("{head}{closed}")), severity });
        }
    }
    for pair in server.env.iter().filter(|pair| names_address(&pair.name)) {
        if let Some(closed) = closed(&pair.value.value) {
            open.push(Open { name: &pair.name, text: &pair.value, closed: Some(closed), severity });
        }
    }
    open
}

/// Whether the words say that the server opens a port; `None` where they do not say.
fn listens(server: &Server, own: &[&Text]) -> Option<bool> {
    let transport = |value: &str| match value.to_ascii_lowercase().as_str() {
        "stdio" => Some(false),
        "http" | "sse" | "streamable-http" | "streamablehttp" | "streamable_http" | "httpstream" => Some(true),
        _ => None,
    };
    for (at, word) in own.iter().enumerate() {
        let (name, value) = match word.value.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word.value.as_str(), own.get(at + 1).map(|next| next.value.as_str())),
        };
        match name {
            "--transport" | "-t" | "--mode" => {
                if let Some(listens) = value.and_then(transport) {
                    return Some(listens);
                }
            }
            "--stdio" | "stdio" => return Some(false),
            "--http" | "--sse" | "--streamable-http" => return Some(true),
            _ => {}
        }
    }
    let mut variables = server.env.iter().filter(|pair| any(&words(&pair.name), &["transport"]));
    variables.find_map(|pair| transport(&pair.value.value))
}

/// Whether an option or variable says where to listen.
fn names_address(name: &str) -> bool {
    let words = words(name);
    let is = |wanted: &[&str]| any(&words, wanted);
    let listens = is(&["bind", "listen", "interface"]);
    // `DB_HOST` names another computer; `HOST` and `MCP_HOST` the server's own address.
    const OWN: [&str; 9] = ["address", "addr", "fastmcp", "host", "hostname", "http", "mcp", "server", "sse"];
    let host = is(&["address", "addr", "host", "hostname"]) && words.iter().all(|word| OWN.contains(&word.as_str()));
    listens || host
}

/// The same address on this computer only; `None` for one that is no address for all.
fn closed(value: &str) -> Option<String> {
    let value = value.trim();
    for (open, closed) in [("0.0.0.0", "127.0.0.1"), ("[::]", "[::1]")] {
        if let Some(rest) = value.strip_prefix(open)
            && (rest.is_empty() || rest.starts_with(':'))
        {
            return Some(format!("{closed}{rest}"));
        }
    }
    match value {
        "*" => Some("127.0.0.1".to_owned()),
        _ => value.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_unspecified()).then(|| "::1".to_owned()),
    }
}

/// Ports of the computer that lead into a container, without an address of their own.
fn published<'a>(container: &Container, command: &'a Command) -> Vec<Open<'a>> {
    let options = container.options.iter().filter_map(|(word, option)| {
        let text = command.word(*word)?;
        let port = match option {
            ContainerOption::Publish(port) => port,
            ContainerOption::PublishAll => {
                return Some(Open { name: "--publish-all", text, closed: None, severity: Severity::Medium });
            }
            _ => return None,
        };
        let closed = here(port)?;
        // In the word of the option, or in the next one.
        let texts = [Some(text), command.word(word + 1)];
        let holder = texts.into_iter().flatten().find(|text| text.value.ends_with(port.as_str()));
        let head = holder.and_then(|text| text.value.strip_suffix(port.as_str()));
        let closed = head.map(|head| format!("{head}{closed}"));
        Some(Open { name: "--publish", text: holder.unwrap_or(text), closed, severity: Severity::Medium })
    });
    options.collect()
}

/// `8080:80` -> `127.0.0.1:8080:80`; `None` where it is bound to one address, or is a variable.
fn here(port: &str) -> Option<String> {
    let numbers = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let (ports, protocol) = port.split_once('/').map_or((port, ""), |(ports, _)| (ports, &port[ports.len()..]));
    let (address, inner) = match ports.rsplit_once(':') {
        None => return numbers(ports).then(|| format!("127.0.0.1::{ports}{protocol}")),
        Some((outer, inner)) => match outer.rsplit_once(':') {
            None => return (numbers(outer) && numbers(inner)).then(|| format!("127.0.0.1:{outer}:{inner}{protocol}")),
            Some((address, outer)) => (address, format!("{outer}:{inner}")),
        },
    };
    let closed = closed(address)?;
    Some(format!("{closed}:{inner}{protocol}"))
}

fn add_open(machine: &Machine, index: ServerIndex, server: &Server, open: &Open, found: &mut Findings) {
    let name = named(open.name);
    let message = format!("{name} of {} opens it to every computer that can reach this one.", named(&server.name));
    let place = place::text(machine, server, open.text);
    let finding = found.add(machine, &RULE, Some(index), place, Confidence::High, message);
    finding.severity(open.severity).group("exposure-of-port");
    match &open.closed {
        Some(closed) if may_edit(machine, server).is_ok() => {
            let texts: Vec<(KeyPath, Option<String>)> = vec![(open.text.at.clone(), Some(closed.clone()))];
            let said = Said {
                title: format!("Open {} to this computer only", named(&server.name)),
                past: format!("Opened {} to this computer only", named(&server.name)),
                summary: "Programs of this computer will reach it as before, and others no more.".to_owned(),
                notes: Vec::new(),
            };
            finding.fix("here", "Open it to this computer only", Safety::Review, Act::Texts { texts, said });
        }
        _ => {
            let act = steps(["Let the server listen on 127.0.0.1, or let its client talk to it over standard input."]);
            finding.fix("by-hand", "Open it to this computer only", Safety::Manual, act);
        }
    }
}

/// A server of this computer behind a URL, to which no key is sent.
fn unguarded(machine: &Machine, index: ServerIndex, server: &Server, found: &mut Findings) {
    let Endpoint::At(address) = endpoint(server) else { return };
    let Some(url) = parse(address.url) else { return };
    let here = url.host().is_some_and(|host| distance(&host, machine.env.os) == Distance::Here);
    if !here || address.keyed || names_user(&url) || url.query().is_some() {
        return;
    }
    let message = format!(
        "No key is sent to {}, so any program of this computer, and perhaps a page in your browser, can use it as well.",
        named(&server.name)
    );
    let place = place::text(machine, server, address.text);
    // Whether it asks for a login, or looks where a question comes from, is not known from here.
    let act = steps([
        "Update the server: newer ones refuse questions that come from a page in a browser.",
        "If it can ask for a key or a login, switch that on.",
        "If it can be started by its client and talk over standard input, use that.",
    ]);
    let finding = found.add(machine, &RULE, Some(index), place, Confidence::Medium, message);
    finding.severity(Severity::Low).fix("by-hand", "Guard the server", Safety::Manual, act);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    #[test]
    fn open_ports_are_found() {
        for entry in [
            r#"{ "command": "some-mcp", "args": ["--transport", "http", "--host", "0.0.0.0"] }"#,
            r#"{ "command": "some-mcp", "args": ["--sse", "--host=::"] }"#,
            r#"{ "command": "some-mcp", "args": ["--listen", "0.0.0.0:8080"] }"#,
            r#"{ "command": "some-mcp", "env": { "HOST": "0.0.0.0", "MCP_TRANSPORT": "sse" } }"#,
            r#"{ "command": "some-mcp", "env": { "FASTMCP_HOST": "0.0.0.0" } }"#,
            r#"{ "command": "docker", "args": ["run", "-i", "-p", "8080:80", "a/b:1"] }"#,
            r#"{ "command": "docker", "args": ["run", "-i", "-p8080:80/tcp", "a/b:1"] }"#,
            r#"{ "command": "docker", "args": ["run", "-i", "--publish=0.0.0.0:8080:80", "a/b:1"] }"#,
            r#"{ "command": "docker", "args": ["run", "-i", "-P", "a/b:1"] }"#,
            r#"{ "url": "http://127.0.0.1:3000/mcp" }"#,
        ] {
            fires(&RULE, entry);
        }
    }

    #[test]
    fn closed_ports_and_other_computers_are_not() {
        for entry in [
            r#"{ "command": "some-mcp", "args": ["--transport", "stdio", "--host", "0.0.0.0"] }"#,
            r#"{ "command": "some-mcp", "args": ["--host", "127.0.0.1"] }"#,
            r#"{ "command": "some-mcp", "args": ["--db-host", "0.0.0.0"] }"#,
            r#"{ "command": "some-mcp", "env": { "HOST": "localhost", "DB_HOST": "0.0.0.0" } }"#,
            r#"{ "command": "docker", "args": ["run", "-i", "-e", "HOST=0.0.0.0", "a/b:1", "--host", "0.0.0.0"] }"#,
            r#"{ "command": "docker", "args": ["run", "-i", "-p", "127.0.0.1:8080:80", "a/b:1"] }"#,
            r#"{ "command": "docker", "args": ["run", "-i", "-p", "[::1]:8080:80", "a/b:1"] }"#,
            r#"{ "command": "docker", "args": ["run", "-i", "-p", "${PORTS}", "a/b:1"] }"#,
            r#"{ "url": "https://mcp.example.com/mcp" }"#,
            r#"{ "url": "http://127.0.0.1:3000/mcp?key=${env:KEY}" }"#,
            r#"{ "url": "http://127.0.0.1:3000/mcp", "headers": { "Authorization": "Bearer ${env:KEY}" } }"#,
        ] {
            silent(&RULE, entry);
        }
    }

    #[test]
    fn what_is_certain_weighs_more() {
        let severity = |json: &str| look(&entry(json)).of(&RULE)[0].severity;
        let args = |args: &str| severity(&format!(r#"{{ "command": "some-mcp", "args": [{args}] }}"#));
        assert_eq!(args(r#""--transport", "http", "--host", "0.0.0.0""#), Severity::High);
        assert_eq!(args(r#""--host", "0.0.0.0""#), Severity::Medium);
        assert_eq!(severity(r#"{ "url": "http://localhost:3000/mcp" }"#), Severity::Low);
    }

    #[test]
    fn the_same_port_is_opened_to_this_computer_only() {
        for (port, expected) in [
            ("8080:80", Some("127.0.0.1:8080:80")),
            ("80", Some("127.0.0.1::80")),
            ("3000-3005:3000-3005/udp", Some("127.0.0.1:3000-3005:3000-3005/udp")),
            ("0.0.0.0:8080:80", Some("127.0.0.1:8080:80")),
            ("[::]:8080:80", Some("[::1]:8080:80")),
            ("127.0.0.1:8080:80", None),
            ("10.0.0.8::80", None),
            ("$PORT:80", None),
        ] {
            assert_eq!(here(port).as_deref(), expected, "{port}");
        }
        for (value, expected) in [
            ("0.0.0.0", Some("127.0.0.1")),
            ("0.0.0.0:8080", Some("127.0.0.1:8080")),
            ("[::]:8080", Some("[::1]:8080")),
            ("::", Some("::1")),
            ("*", Some("127.0.0.1")),
            ("0.0.0.0.example.com", None),
            ("localhost", None),
        ] {
            assert_eq!(closed(value).as_deref(), expected, "{value}");
        }
    }
}
