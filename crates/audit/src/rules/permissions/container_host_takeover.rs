#![doc = include_str!("container_host_takeover.md")]

use super::reach::{Reach, reach};
use crate::clients::Os;
use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, launched, place, steps};
use crate::server::command::{Container, ContainerOption, Launcher, Payload};

pub const RULE: Rule = Rule {
    id: "container-host-takeover",
    title: "Container can take over the computer",
    dimension: Dimension::Permissions,
    severity: Severity::Critical,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP02", "CWE-250"],
    docs: include_str!("container_host_takeover.md"),
    check,
};

/// Ways out that a message names.
const NAMED: usize = 3;

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let launch = &command.launch;
        let opaque = matches!(launch.payload, Payload::Opaque(_));
        if !opaque {
            found.evaluated(index, Check::ArgumentScope);
        }
        let Some(container) = &launch.container else { continue };
        let ways = ways_out(container, machine);
        let Some((word, _)) = ways.first() else { continue };
        let place = match command.word(*word) {
            Some(word) => place::text(machine, server, word),
            None => place::entry(server),
        };
        let reasons: Vec<&str> = ways.iter().take(NAMED).map(|way| way.1.as_str()).collect();
        let message = format!(
            "The container of {} can take over this computer: it {}.",
            named(&server.name),
            reasons.join(", and it ")
        );
        let finding = found.add(machine, &RULE, Some(index), place, Confidence::High, message);
        finding.group("container");
        if in_between(launch.launcher, machine.env.os) {
            finding.severity(Severity::High);
        }
        let act = steps([
            "Take the named options out of the entry, and start the server once to see whether it still works.",
            "Mount only the folders it works on, read-only where it need not write.",
            "If it has to manage containers, give it a socket proxy that allows only the calls it needs.",
        ]);
        finding.fix("by-hand", "Take the rights away", Safety::Manual, act);
    }
}

/// A virtual machine, or a daemon without root's rights, stands between the
/// container and the computer: Docker on macOS and Windows, podman.
fn in_between(launcher: Launcher, os: Os) -> bool {
    launcher == Launcher::Podman || os != Os::Linux
}

/// The options that lead out, each with its word and what it does.
fn ways_out(container: &Container, machine: &Machine) -> Vec<(usize, String)> {
    let options = &container.options;
    let adds = |wanted: &str| {
        options.iter().any(|(_, option)| matches!(option, ContainerOption::CapAdd(name) if capability(name, wanted)))
    };
    let traces = adds("SYS_PTRACE");
    let mounts = options.iter().any(|(_, option)| matches!(option, ContainerOption::Mount { .. }));

    options
        .iter()
        .filter_map(|(word, option)| {
            let does = match option {
                ContainerOption::Privileged => "is privileged".to_owned(),
                ContainerOption::Socket { source } => format!("controls the container service ({})", named(source)),
                ContainerOption::ApiSocket => "controls the container service".to_owned(),
                ContainerOption::Mount { source, read_only: false, .. }
                    if reach(source, machine.env.os, &machine.env.home) == Some(Reach::Disk) =>
                {
                    format!("writes to the whole disk ({})", named(source))
                }
                ContainerOption::Mount { source, .. } if holds_sockets(source) => {
                    format!("controls the services of the system ({})", named(source))
                }
                ContainerOption::CapAdd(name) if capability(name, "ALL") || capability(name, "SYS_ADMIN") => {
                    format!("has the capability {}", named(name))
                }
                ContainerOption::Pid(mode) if mode == "host" && traces => {
                    "may change every running program (--pid host, SYS_PTRACE)".to_owned()
                }
                ContainerOption::Security(option) if mounts && unconfined(option) => {
                    format!("has folders of the computer and no confinement ({})", named(option))
                }
                _ => return None,
            };
            Some((*word, does))
        })
        .collect()
}

fn capability(name: &str, wanted: &str) -> bool {
    name.split(',').any(|name| {
        let name = name.trim().to_ascii_uppercase();
        name.strip_prefix("CAP_").unwrap_or(&name) == wanted
    })
}

/// `seccomp=unconfined`, `apparmor:unconfined`, `systempaths=unconfined`.
fn unconfined(option: &str) -> bool {
    option.split(['=', ':']).next_back() == Some("unconfined")
}

/// The folders in which the sockets of Docker, containerd and systemd lie.
fn holds_sockets(source: &str) -> bool {
    ["/run", "/var/run"].contains(&source.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    fn docker(options: &str) -> String {
        format!(r#"{{ "command": "docker", "args": ["run", "-i", "--rm", {options}, "some/mcp:1.0", "stdio"] }}"#)
    }

    #[test]
    fn ways_out_are_found() {
        for options in [
            r#""--privileged""#,
            r#""--privileged=true""#,
            r#""-v", "/var/run/docker.sock:/var/run/docker.sock""#,
            r#""-v", "/var/run/docker.sock:/var/run/docker.sock:ro""#,
            r#""--volume=/run/containerd/containerd.sock:/c.sock""#,
            r#""--mount", "type=bind,source=/var/run/docker.sock,target=/s""#,
            r#""-v", "/:/host""#,
            r#""--mount", "type=bind,source=/,target=/host""#,
            r#""-v", "/var/run:/var/run""#,
            r#""--cap-add", "ALL""#,
            r#""--cap-add=CAP_SYS_ADMIN""#,
            r#""--pid", "host", "--cap-add", "SYS_PTRACE""#,
            r#""--security-opt", "seccomp=unconfined", "-v", "/srv/data:/data""#,
        ] {
            fires(&RULE, &docker(options));
        }
    }

    #[test]
    fn ordinary_options_are_not() {
        for options in [
            r#""--privileged=false""#,
            r#""-v", "/srv/data:/data""#,
            r#""-v", "data:/data""#,
            r#""-v", "/:/host:ro""#,
            r#""--cap-add", "SYS_PTRACE""#,
            r#""--cap-drop", "ALL""#,
            r#""--pid", "host""#,
            r#""--security-opt", "no-new-privileges""#,
            r#""--security-opt", "seccomp=unconfined""#,
            r#""-e", "DOCKER_HOST=tcp://socket-proxy:2375""#,
            r#""--name", "--privileged""#,
        ] {
            silent(&RULE, &docker(options));
        }
        let privileged_image = r#"{ "command": "docker", "args": ["run", "-i", "some/mcp:1.0", "--privileged"] }"#;
        silent(&RULE, privileged_image);
        silent(&RULE, r#"{ "command": "some-mcp", "args": ["--privileged"] }"#);
    }

    #[test]
    fn a_machine_in_between_makes_it_less_bad() {
        let privileged = docker(r#""--privileged""#);
        let severity = |os| look(&entry(&privileged).on(os)).of(&RULE)[0].severity;
        assert_eq!(severity(Os::Linux), Severity::Critical);
        assert_eq!(severity(Os::Macos), Severity::High);
        let podman = look(&entry(&privileged.replace("\"docker\"", "\"podman\"")));
        assert_eq!(podman.of(&RULE)[0].severity, Severity::High);
    }

    #[test]
    fn an_unknown_option_hides_nothing_before_it() {
        let seen = look(&entry(&docker(r#""--privileged", "--no-such-option", "x""#)));
        assert_eq!(seen.of(&RULE).len(), 1);
        assert!(!seen.evaluated(Check::ArgumentScope));
    }
}
