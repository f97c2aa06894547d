#![doc = include_str!("container_weak_isolation.md")]

use super::container_host_takeover::{capability, leads_out, unconfined};
use super::options::texts;
use crate::document::KeyPath;
use crate::finding::{Act, Confidence, Dimension, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::endpoint::{Distance, distance, parse};
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, launched, place, steps};
use crate::server::command::ContainerOption;
use crate::server::{Command, Server};
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "container-weak-isolation",
    title: "Container shares what it should not",
    dimension: Dimension::Permissions,
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP02", "CWE-653"],
    docs: include_str!("container_weak_isolation.md"),
    check,
};

/// An option that makes the fence lower.
struct Weak<'a> {
    word: usize,
    /// What it does, after `it`.
    does: String,
    value: Option<&'a str>,
    severity: Severity,
}

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let Some(container) = &command.launch.container else { continue };
        let local = || talks_to_this_computer(machine, server, command);
        let mounts = container.options.iter().any(|(_, option)| matches!(option, ContainerOption::Mount { .. }));
        let weak = container.options.iter().filter(|(_, option)| !leads_out(option, &container.options, machine));
        let weak: Vec<Weak> = weak.filter_map(|(word, option)| Weak::of(*word, option, mounts, &local)).collect();
        let Some(worst) = weak.iter().max_by_key(|one| one.severity) else { continue };
        let mut does: Vec<&str> = weak.iter().map(|one| one.does.as_str()).collect();
        does.dedup();
        let place = match command.word(worst.word) {
            Some(text) => place::text(machine, server, text),
            None => place::entry(server),
        };
        let name = named(&server.name);
        let message = format!("The container of {name} is less fenced than usual: it {}.", does.join(", and it "));
        let finding = found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message);
        finding.severity(worst.severity);
        let out: Option<Vec<Vec<KeyPath>>> = weak.iter().map(|one| texts(command, one.word, one.value)).collect();
        match out {
            Some(out) if may_edit(machine, server).is_ok() => {
                let said = Said {
                    title: format!("Fence the container of {name} again"),
                    past: format!("Fenced the container of {name} again"),
                    summary: "The options that lower the fence go.".to_owned(),
                    notes: vec!["Start the server once to see whether it still works.".to_owned()],
                };
                let texts = out.into_iter().flatten().map(|at| (at, None)).collect();
                finding.fix("fence", "Take the options out", Safety::Review, Act::Texts { texts, said });
            }
            _ => {
                let act = steps([
                    "Take the named options out of the entry, and start the server once to see whether it still works.",
                ]);
                finding.fix("by-hand", "Take the options out", Safety::Manual, act);
            }
        }
    }
}

impl<'a> Weak<'a> {
    fn of(word: usize, option: &'a ContainerOption, mounts: bool, local: &dyn Fn() -> bool) -> Option<Weak<'a>> {
        let weak = |does: &str, value, severity| Some(Weak { word, does: does.to_owned(), value, severity });
        match option {
            ContainerOption::Network(mode) if mode == "host" => {
                // The only way to a program of this computer, on Linux.
                let severity = if local() { Severity::Low } else { Severity::Medium };
                weak("shares the network of this computer", Some(mode), severity)
            }
            ContainerOption::Ipc(mode) if mode == "host" => {
                weak("shares the memory of this computer's programs", Some(mode), Severity::Medium)
            }
            ContainerOption::Pid(mode) if mode == "host" => {
                weak("sees every running program", Some(mode), Severity::Medium)
            }
            ContainerOption::User(user) if is_root(user) => {
                weak("runs as the administrator inside", Some(user), Severity::Low)
            }
            ContainerOption::AllEnv => weak("gets every variable of your environment", None, Severity::Medium),
            ContainerOption::Security(value) if !mounts && unconfined(value) => Some(Weak {
                word,
                does: format!("has no confinement ({})", named(value)),
                value: Some(value),
                severity: Severity::Medium,
            }),
            ContainerOption::CapAdd(name) if !is_usual(name) => Some(Weak {
                word,
                does: format!("has the capability {}", named(name)),
                value: Some(name),
                severity: Severity::Medium,
            }),
            _ => None,
        }
    }
}

fn is_root(user: &str) -> bool {
    matches!(user.split(':').next(), Some("0" | "root"))
}

/// What Docker gives to every container (docs.docker.com/engine/containers/run).
fn is_usual(name: &str) -> bool {
    const USUAL: [&str; 14] = [
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "NET_RAW",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ];
    name.split(',').all(|name| USUAL.iter().any(|usual| capability(name, usual)))
}

/// Whether the entry names an address of this computer, and nothing farther away.
fn talks_to_this_computer(machine: &Machine, server: &Server, command: &Command) -> bool {
    let words = command.words();
    let values = words.iter().map(|word| word.value.split_once('=').map_or(word.value.as_str(), |pair| pair.1));
    let variables = server.env.iter().map(|pair| pair.value.value.as_str());
    let mut distances =
        values.chain(variables).filter_map(|text| Some(distance(&parse(text)?.host()?, machine.env.os))).peekable();
    distances.peek().is_some() && distances.all(|distance| distance == Distance::Here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    fn docker(options: &str) -> String {
        format!(r#"{{ "command": "docker", "args": ["run", "-i", "--rm", {options}, "some/mcp:1.0", "stdio"] }}"#)
    }

    #[test]
    fn lowered_fences_are_found() {
        for options in [
            r#""--network", "host""#,
            r#""--net=host""#,
            r#""--ipc", "host""#,
            r#""--pid", "host""#,
            r#""-u", "0""#,
            r#""--user=root:root""#,
            r#""--security-opt", "seccomp=unconfined""#,
            r#""--cap-add", "NET_ADMIN""#,
            r#""--cap-add=CAP_SYS_PTRACE""#,
        ] {
            fires(&RULE, &docker(options));
        }
        fires(&RULE, r#"{ "command": "podman", "args": ["run", "-i", "--env-host", "some/mcp:1.0"] }"#);
    }

    #[test]
    fn usual_options_and_ways_out_are_not() {
        for options in [
            r#""--network", "none""#,
            r#""--network", "tools""#,
            r#""--ipc", "private""#,
            r#""-u", "1000:1000""#,
            r#""--cap-drop", "ALL""#,
            r#""--cap-add", "NET_RAW""#,
            r#""--security-opt", "no-new-privileges""#,
            r#""-e", "NETWORK=host""#,
            // These are `container-host-takeover`.
            r#""--privileged""#,
            r#""--cap-add", "SYS_ADMIN""#,
            r#""--pid", "host", "--cap-add", "SYS_PTRACE""#,
            r#""--security-opt", "seccomp=unconfined", "-v", "/srv/data:/data""#,
        ] {
            silent(&RULE, &docker(options));
        }
    }

    #[test]
    fn the_network_of_this_computer_may_be_what_it_is_for() {
        let severity = |options: &str| look(&entry(&docker(options))).of(&RULE)[0].severity;
        assert_eq!(severity(r#""--network", "host""#), Severity::Medium);
        assert_eq!(severity(r#""--network", "host", "-e", "URL=http://localhost:8080""#), Severity::Low);
        assert_eq!(severity(r#""--network", "host", "-e", "URL=https://example.com""#), Severity::Medium);
    }

    #[test]
    fn only_whole_words_are_taken_out() {
        let fix = |options: &str| look(&entry(&docker(options))).fixes(&RULE)[0].1;
        assert_eq!(fix(r#""--net=host""#), Safety::Review);
        assert_eq!(fix(r#""-u", "root""#), Safety::Review);
        assert_eq!(fix(r#""-u0""#), Safety::Manual);
        let shell = r#"{ "command": "sh", "args": ["-c", "exec docker run -i --net=host some/mcp:1.0"] }"#;
        assert_eq!(look(&entry(shell)).fixes(&RULE)[0].1, Safety::Manual);
    }
}
