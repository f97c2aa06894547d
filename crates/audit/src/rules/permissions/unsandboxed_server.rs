#![doc = include_str!("unsandboxed_server.md")]

use crate::finding::{Act, Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, place, servers, steps};
use crate::server::command::{Launcher, Payload, Role};
use crate::server::{Command, Transport};
use crate::writing::may_wrap;

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
        let fenced = sandboxed(command);
        if fenced || !opaque(command) {
            found.evaluated(index, Check::SandboxLayer);
        }
        if fenced {
            continue;
        }
        let message = format!("{} runs with all your rights.", named(&server.name));
        let finding = found.add(machine, &RULE, Some(index), place::entry(server), Confidence::Confirmed, message);
        let broken = command.wrapped.is_some() && command.profile.is_none();
        if opaque(command) || command.launch.shell.is_some() {
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
        }
    }
}

/// Whether a fence is known to be around the server: ours, one of the known
/// sandbox programs, or a container.
fn sandboxed(command: &Command) -> bool {
    command.profile.as_ref().is_some_and(|profile| profile.sandbox.is_some())
        || command.launch.layers.iter().any(|layer| layer.role == Role::Sandbox)
        || matches!(command.launch.launcher, Launcher::Docker | Launcher::Podman | Launcher::DockerMcpGateway)
}

/// Whether it is not known what is started.
fn opaque(command: &Command) -> bool {
    matches!(command.launch.payload, Payload::Opaque(_))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    #[test]
    fn a_started_server_without_a_fence_is_found() {
        fires(&RULE, r#"{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"] }"#);
        fires(&RULE, r#"{ "command": "/usr/local/bin/some-mcp" }"#);
        fires(&RULE, r#"{ "command": "sh", "args": ["-c", "cd /srv && ./server"] }"#);
    }

    #[test]
    fn fences_containers_and_remote_servers_are_not() {
        silent(&RULE, r#"{ "command": "docker", "args": ["run", "-i", "mcp/fetch"] }"#);
        silent(&RULE, r#"{ "command": "bwrap", "args": ["--ro-bind", "/", "/", "npx", "-y", "some-mcp@1.0.0"] }"#);
        silent(&RULE, r#"{ "command": "firejail", "args": ["npx", "-y", "some-mcp@1.0.0"] }"#);
        silent(&RULE, r#"{ "url": "https://mcp.example.com/mcp" }"#);
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
