#![doc = include_str!("unsandboxed_server.md")]

use serde_json::json;

use crate::clients::Os;
use crate::document::Patch;
use crate::finding::{Act, Confidence, Dimension, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, place, servers, steps};
use crate::server::command::Payload;
use crate::server::{Command, Server, Transport};
use crate::writing::{may_edit, may_wrap};

use super::fences::{self, Fence};

pub const RULE: Rule = Rule {
    id: "unsandboxed-server",
    title: "Runs with all your rights",
    dimension: Dimension::Permissions,
    severity: Severity::Info,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP02", "CWE-653"],
    docs: include_str!("unsandboxed_server.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server) in servers(machine) {
        let command = match &server.transport {
            // Nothing of it runs on this computer.
            Transport::Http { .. } => {
                found.evaluated(index, Check::SandboxLayer);
                continue;
            }
            Transport::Unknown => continue,
            Transport::Stdio(command) => command,
        };
        let fence = fences::fence(machine, server, command);
        if fence != Fence::None || !opaque(command) {
            found.evaluated(index, Check::SandboxLayer);
        }
        let message = match &fence {
            Fence::Holds => continue,
            Fence::None => format!("{} runs with all your rights.", named(&server.name)),
            Fence::Leaks { name, does } => {
                format!("{} runs with all your rights: its fence, {}, {does}.", named(&server.name), named(name))
            }
        };
        let finding = found.add(machine, &RULE, Some(index), place::entry(server), Confidence::Confirmed, message);
        let broken = command.wrapped.is_some() && command.profile.is_none();
        if let Fence::Leaks { name, .. } = &fence {
            // A second fence around the first fails in ways that neither explains.
            let act = Act::Manual(vec![
                format!("Let {} hide your home folder, and open only the folders this server needs.", named(name)),
                "Or take it out of the entry and scan again: Warder can then put the server in a sandbox of its own."
                    .to_owned(),
            ]);
            finding.fix("by-hand", "Close the fence", Safety::Manual, act);
        } else if opaque(command) || command.launch.shell.is_some() {
            let act = steps([
                "Write the entry so that it starts the server directly, without a shell and with one program and its arguments.",
                "Scan again: Warder can then put the server in a sandbox.",
            ]);
            finding.fix("by-hand", "Start it directly", Safety::Manual, act);
        } else if !broken {
            match may_wrap(machine, server) {
                Ok(()) => finding.fix("sandbox", "Put in a sandbox", Safety::Review, Act::Sandbox),
                Err(why) => finding.fix("by-hand", "Why it gets no sandbox", Safety::Manual, Act::Manual(vec![why])),
            };
            if command.wrapped.is_none()
                && let Some(act) = clients_own(machine, server)
            {
                finding.fix("client-sandbox", "Use its client's sandbox", Safety::Review, act);
            }
        }
    }
}

/// The client's own fence, where it has one: weaker than ours in what may be
/// read, and its client stops asking before it calls the server's tools.
fn clients_own(machine: &Machine, server: &Server) -> Option<Act> {
    let key = machine.files[server.file.0].row.fences?;
    if machine.env.os == Os::Windows || may_edit(machine, server).is_err() {
        return None;
    }
    let (name, client) = (named(&server.name), server.client.name);
    let said = Said {
        title: format!("Have {client} fence {name}"),
        past: format!("Had {client} fence {name}"),
        summary: format!("{client} starts {name} in its own sandbox, which it has had since 2026."),
        notes: vec![
            format!("{client} then calls this server's tools without asking you."),
            "The server can still read your files. It writes only in its working folder and npm's cache, and reaches \
             only npm's registry, unless the sandbox settings of the file say otherwise: one that calls other hosts \
             will fail."
                .to_owned(),
            "Its keys cannot be moved to the keychain afterwards: Warder's launcher does not reach it from inside."
                .to_owned(),
        ],
    };
    let at = server.at.name(key);
    Some(Act::Settings { patches: vec![Patch::Set(at, json!(true))], said })
}

/// Whether it is not known what is started.
fn opaque(command: &Command) -> bool {
    matches!(command.launch.payload, Payload::Opaque(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{at, entry, fires, look, silent};

    #[test]
    fn a_started_server_without_a_fence_is_found() {
        fires(&RULE, r#"{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"] }"#);
        fires(&RULE, r#"{ "command": "/usr/local/bin/some-mcp" }"#);
        fires(&RULE, r#"{ "command": "sh", "args": ["-c", "cd /srv && ./server"] }"#);
    }

    #[test]
    fn fences_containers_and_remote_servers_are_not() {
        silent(&RULE, r#"{ "command": "docker", "args": ["run", "-i", "mcp/fetch"] }"#);
        silent(&RULE, r#"{ "command": "firejail", "args": ["npx", "-y", "some-mcp@1.0.0"] }"#);
        silent(&RULE, r#"{ "command": "srt", "args": ["npx", "-y", "some-mcp@1.0.0"] }"#);
        silent(&RULE, r#"{ "command": "thv", "args": ["run", "fetch"] }"#);
        silent(&RULE, r#"{ "command": "nono", "args": ["run", "--allow", "/srv/x", "--", "npx", "some-mcp@1.0.0"] }"#);
        silent(&RULE, r#"{ "url": "https://mcp.example.com/mcp" }"#);
    }

    #[test]
    fn a_fence_of_another_is_graded_and_never_doubled() {
        let line = |program: &str, options: &[&str]| {
            let words: Vec<&str> = options.iter().copied().chain(["npx", "-y", "some-mcp@1.0.0"]).collect();
            serde_json::json!({ "command": program, "args": words }).to_string()
        };
        let open = [
            ("bwrap", &["--bind", "/", "/"][..]),
            ("bwrap", &["--ro-bind", "/", "/", "--dev", "/dev"]),
            ("bwrap", &["--tmpfs", "[HOME]", "--dev-bind", "/", "/"]),
            ("bwrap", &["--ro-bind", "/usr", "/usr", "--bind", "[HOME]", "[HOME]"]),
            ("firejail", &["--noprofile"]),
            ("sandbox-exec", &["-p", "(version 1) (allow default)"]),
            ("sandbox-exec", &["-n", "no-network"]),
            ("nono", &["run", "--allow", "/", "--"]),
        ];
        for (program, options) in open {
            let seen = look(&entry(&line(program, options)));
            assert_eq!(seen.fixes(&RULE), [("by-hand", Safety::Manual)], "{program} {options:?}");
            assert!(seen.of(&RULE)[0].message.contains(program), "{}", seen.of(&RULE)[0].message);
        }
        let closed = [
            ("bwrap", &["--ro-bind", "/", "/", "--tmpfs", "[HOME]"][..]),
            ("bwrap", &["--ro-bind", "/usr", "/usr", "--bind", "/srv/x", "/srv/x"]),
            ("firejail", &["--noprofile", "--private=/srv/x"]),
            ("sandbox-exec", &["-f", "/etc/own.sb"]),
            ("sandbox-exec", &["-p", "(version 1)(deny default)(allow file-read*)"]),
        ];
        for (program, options) in closed {
            silent(&RULE, &line(program, options));
        }
    }

    #[test]
    fn a_client_with_a_fence_of_its_own_can_use_it() {
        let code = |entry: &str| {
            look(&at("vscode", ".config/Code/User/mcp.json", &format!(r#"{{ "servers": {{ "a": {entry} }} }}"#)))
        };
        let plain = code(r#"{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"] }"#);
        assert!(plain.fixes(&RULE).contains(&("client-sandbox", Safety::Review)), "{:?}", plain.fixes(&RULE));
        let fenced = code(r#"{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"], "sandboxEnabled": true }"#);
        assert!(fenced.of(&RULE).is_empty() && fenced.evaluated(Check::SandboxLayer));
    }

    #[test]
    fn only_a_line_that_is_understood_is_fenced() {
        let plain = look(&entry(r#"{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"] }"#));
        assert_eq!(plain.fixes(&RULE), [("sandbox", Safety::Review)]);
        assert!(plain.evaluated(Check::SandboxLayer));
        let shell = look(&entry(r#"{ "command": "sh", "args": ["-c", "cd /srv && ./server"] }"#));
        assert_eq!(shell.fixes(&RULE), [("by-hand", Safety::Manual)]);
        assert!(!shell.evaluated(Check::SandboxLayer));
    }
}
