#![doc = include_str!("debug_or_exposed_port.md")]

use crate::document::KeyPath;
use crate::finding::{Act, Confidence, Dimension, Finding, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, launched, place, steps};
use crate::server::command::{Launcher, Payload};
use crate::server::{Command, Server, Text};
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "debug-or-exposed-port",
    title: "Debugger listens",
    dimension: Dimension::Code,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Safe,
    maps: &["MCP07", "CWE-489"],
    docs: include_str!("debug_or_exposed_port.md"),
    check,
};

/// The variable by which MCP's inspector asks nobody for a token.
const OMIT: &str = "DANGEROUSLY_OMIT_AUTH";

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let mut add = |text: &Text, open: bool, texts: Vec<(KeyPath, Option<String>)>| {
            let (severity, message) = if open {
                (
                    Severity::High,
                    "A debugger listens for anybody who reaches this computer, and whoever connects runs code.",
                )
            } else {
                (
                    Severity::Medium,
                    "A debugger listens on this computer, and any program on it can run code through it.",
                )
            };
            let place = place::text(machine, server, text);
            let finding = found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message.to_owned());
            finding.severity(severity);
            let title = "Take the debugger out";
            offer(machine, server, finding, title, Safety::Safe, texts, said(server));
        };
        for port in words(command) {
            let texts = port.words.iter().map(|word| (word.at.clone(), None)).collect();
            add(port.words[0], port.open, texts);
        }
        for variable in &server.env {
            let value = &variable.value;
            let (name, text) = (variable.name.to_ascii_uppercase(), value.value.as_str());
            let ports: Vec<bool> = match name.as_str() {
                "NODE_OPTIONS" => text.split_whitespace().filter_map(node).collect(),
                "JAVA_TOOL_OPTIONS" | "JDK_JAVA_OPTIONS" | "_JAVA_OPTIONS" => {
                    text.split_whitespace().filter_map(java).collect()
                }
                _ => continue,
            };
            if !ports.is_empty() {
                let listens = |word: &&str| node(word).is_none() && java(word).is_none();
                let kept = text.split_whitespace().filter(listens).collect::<Vec<&str>>().join(" ");
                let texts = vec![(value.at.clone(), Some(kept).filter(|kept| !kept.is_empty()))];
                add(value, ports.contains(&true), texts);
            }
        }
        let off = |text: &str| matches!(text.trim().to_lowercase().as_str(), "" | "0" | "false");
        let inspector = names(command).any(|name| name.starts_with("@modelcontextprotocol/inspector"));
        let open = |name: &str| name == OMIT && inspector;
        for variable in server.env.iter().filter(|one| open(&one.name) && !off(&one.value.value)) {
            let place = place::text(machine, server, &variable.value);
            let message = format!("{OMIT} lets every page in a browser start programs through the inspector.");
            let finding = found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message);
            let texts = vec![(variable.value.at.clone(), None)];
            let name = named(&server.name);
            let said = Said {
                title: format!("Let {name} ask for its token again"),
                past: format!("Let {name} ask for its token again"),
                summary: "The inspector will print a token and ask for it.".to_owned(),
                notes: Vec::new(),
            };
            offer(machine, server, finding, "Ask for the token again", Safety::Review, texts, said);
        }
    }
}

fn offer(
    machine: &Machine,
    server: &Server,
    finding: &mut Finding,
    title: &str,
    safety: Safety,
    texts: Vec<(KeyPath, Option<String>)>,
    said: Said,
) {
    match may_edit(machine, server) {
        Ok(()) => finding.fix("remove", title, safety, Act::Texts { texts, said }),
        Err(why) => finding.fix("by-hand", title, Safety::Manual, steps([why.as_str(), "Take it out there."])),
    };
}

fn said(server: &Server) -> Said {
    let name = named(&server.name);
    Said {
        title: format!("Take the debugger of {name} out"),
        past: format!("Took the debugger of {name} out"),
        summary: format!("{name} will start as before, without a port for a debugger."),
        notes: Vec::new(),
    }
}

/// The package of a launch line.
fn names(command: &Command) -> impl Iterator<Item = &str> {
    let payload = match &command.launch.payload {
        Payload::Package(package) => Some(package.name.as_str()),
        _ => None,
    };
    payload.into_iter()
}

/// A port that words of the launch line open.
struct Port<'a> {
    /// All that has to go, the telling one first.
    words: Vec<&'a Text>,
    /// Others than this computer reach it.
    open: bool,
}

fn words(command: &Command) -> Vec<Port<'_>> {
    let words = command.words();
    // What runs scripts takes the runtime's options as its own.
    let runner = names(command).any(|name| ["tsx", "ts-node", "nodemon"].contains(&name));
    let own = if runner { words.len() } else { command.launch.arguments.min(words.len()) };
    match command.launch.launcher {
        Launcher::Python => debugpy(&words).into_iter().collect(),
        Launcher::Java | Launcher::Jbang => {
            let ports = words[..own].iter().filter_map(|word| Some((*word, java(&word.value)?)));
            ports.map(|(word, open)| Port { words: vec![word], open }).collect()
        }
        Launcher::Node | Launcher::Bun | Launcher::Deno | Launcher::Npx => {
            // Behind the script an option is the script's.
            let script = match command.launch.payload {
                Payload::Script { word: Some(word) } => word,
                _ => own,
            };
            let ports = words[..own.min(script)].iter().filter_map(|word| Some((*word, node(&word.value)?)));
            ports.map(|(word, open)| Port { words: vec![word], open }).collect()
        }
        _ => Vec::new(),
    }
}

/// `--inspect`, `--inspect-brk=0.0.0.0:9229`: whether others reach it.
fn node(word: &str) -> Option<bool> {
    let (option, at) = word.split_once('=').unwrap_or((word, ""));
    matches!(option, "--inspect" | "--inspect-brk" | "--inspect-wait").then(|| is_open(at))
}

/// `-agentlib:jdwp=transport=dt_socket,server=y,address=*:5005`.
fn java(word: &str) -> Option<bool> {
    let options = word.strip_prefix("-agentlib:jdwp=").or_else(|| word.strip_prefix("-Xrunjdwp:"))?;
    let option = |name: &str| options.split(',').find_map(|one| one.strip_prefix(name)?.strip_prefix('='));
    // `server=n` calls a debugger, and listens to nobody.
    (option("server") == Some("y")).then(|| is_open(option("address").unwrap_or_default()))
}

/// `-m debugpy --listen 0.0.0.0:5678 [--wait-for-client]`, in front of the script.
fn debugpy<'a>(words: &[&'a Text]) -> Option<Port<'a>> {
    let at = words.iter().position(|word| word.value == "debugpy")?;
    let module = at.checked_sub(1).filter(|before| words[*before].value == "-m")?;
    let mut out = vec![words[module], words[at]];
    let mut open = None;
    let mut rest = words[at + 1..].iter().copied();
    while let Some(word) = rest.next().filter(|word| word.value.starts_with('-')) {
        match word.value.as_str() {
            "--listen" => {
                let address = rest.next()?;
                open = Some(is_open(&address.value));
                out.splice(0..0, [word, address]);
            }
            "--wait-for-client" | "--log-to-stderr" => out.push(word),
            // The script's own module.
            _ => break,
        }
    }
    Some(Port { words: out, open: open? })
}

/// Whether an address, `HOST`, `HOST:PORT` or `PORT`, is one that others reach.
fn is_open(address: &str) -> bool {
    let port = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
    let host = match address.rsplit_once(':') {
        Some((host, end)) if port(end) => host,
        _ if port(address) => "",
        _ => address,
    };
    let host = host.trim_matches(['[', ']']);
    !(matches!(host, "" | "localhost" | "::1") || host.starts_with("127."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, look, silent};

    #[test]
    fn who_reaches_the_debugger_counts() {
        for (text, severity) in [
            (r#"{ "command": "node", "args": ["--inspect", "/srv/x.js"] }"#, Severity::Medium),
            (r#"{ "command": "node", "args": ["--inspect-brk=127.0.0.1:9229", "/srv/x.js"] }"#, Severity::Medium),
            (r#"{ "command": "node", "args": ["--inspect=0.0.0.0:9229", "/srv/x.js"] }"#, Severity::High),
            (r#"{ "command": "node", "args": ["--inspect=0.0.0.0", "/srv/x.js"] }"#, Severity::High),
            (r#"{ "command": "npx", "args": ["-y", "tsx@4.0.0", "--inspect=9229", "/srv/x.ts"] }"#, Severity::Medium),
            (r#"{ "command": "deno", "args": ["run", "--inspect", "/srv/x.ts"] }"#, Severity::Medium),
            (
                r#"{ "command": "node", "args": ["/srv/x.js"], "env": { "NODE_OPTIONS": "--inspect=[::]:1" } }"#,
                Severity::High,
            ),
            (
                r#"{ "command": "python", "args": ["-m", "debugpy", "--listen", "5678", "/srv/x.py"] }"#,
                Severity::Medium,
            ),
            (
                r#"{ "command": "python3", "args": ["-m", "debugpy", "--listen", "0.0.0.0:5678", "--wait-for-client", "/srv/x.py"] }"#,
                Severity::High,
            ),
            (
                r#"{ "command": "java", "args": ["-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005", "-jar", "/srv/x.jar"] }"#,
                Severity::High,
            ),
            (
                r#"{ "command": "npx", "args": ["@modelcontextprotocol/inspector"], "env": { "DANGEROUSLY_OMIT_AUTH": "true" } }"#,
                Severity::High,
            ),
        ] {
            let seen = look(&entry(text));
            let [finding] = seen.of(&RULE)[..] else { panic!("{text}") };
            assert_eq!(finding.severity, severity, "{text}");
        }
    }

    #[test]
    fn what_listens_to_nobody_is_not() {
        for text in [
            r#"{ "command": "node", "args": ["/srv/x.js", "--inspect=0.0.0.0"] }"#,
            r#"{ "command": "node", "args": ["--inspect-port=9230", "/srv/x.js"] }"#,
            r#"{ "command": "npx", "args": ["-y", "some-mcp@1.0.0", "--inspect"] }"#,
            r#"{ "command": "python", "args": ["/srv/x.py", "debugpy", "--listen", "0.0.0.0:1"] }"#,
            r#"{ "command": "java", "args": ["-agentlib:jdwp=transport=dt_socket,server=n,address=host:5005", "-jar", "x.jar"] }"#,
            r#"{ "command": "npx", "args": ["@modelcontextprotocol/inspector"], "env": { "DANGEROUSLY_OMIT_AUTH": "false" } }"#,
            r#"{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"], "env": { "NODE_OPTIONS": "--no-warnings", "DEBUG": "*" } }"#,
        ] {
            silent(&RULE, text);
        }
    }

    #[test]
    fn the_fix_takes_all_of_it_out() {
        let gone = |text: &str| match &look(&entry(text)).of(&RULE)[0].fixes[0].act {
            Act::Texts { texts, .. } => texts.iter().map(|(at, text)| format!("{at} {text:?}")).collect::<Vec<_>>(),
            _ => Vec::new(),
        };
        let python = r#"{ "command": "python", "args": ["-m", "debugpy", "--listen", "5678", "-m", "server"] }"#;
        assert_eq!(gone(python).len(), 4, "{:?}", gone(python));
        let node = r#"{ "command": "x", "env": { "NODE_OPTIONS": "--no-warnings --inspect" } }"#;
        assert_eq!(gone(node), ["/mcpServers/it/env/NODE_OPTIONS Some(\"--no-warnings\")"]);
    }
}
