#![doc = include_str!("container_host_takeover.md")]

use super::options::texts;
use super::reach::{Reach, reach};
use crate::clients::Os;
use crate::document::KeyPath;
use crate::finding::{Act, Confidence, Dimension, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, launched, place, steps};
use crate::server::command::{Container, ContainerOption, Launch, Launcher, PathUse, PathWord, Payload};
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "container-host-takeover",
    title: "Container can take over the computer",
    dimension: Dimension::Permissions,
    severity: Severity::Critical,
    tier: Tier::T0,
    fix: Safety::Review,
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
        let Some(first) = ways.first() else { continue };
        let place = match command.word(first.shown_at(launch, &container.options)) {
            Some(word) => place::text(machine, server, word),
            None => place::entry(server),
        };
        let reasons: Vec<&str> = ways.iter().take(NAMED).map(|way| way.does.as_str()).collect();
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
        let out: Option<Vec<Vec<KeyPath>>> =
            ways.iter().map(|way| texts(command, way.word, value(&container.options[way.option].1))).collect();
        match out {
            // A mount that goes takes the place of a folder that the server may need.
            Some(out) if ways.iter().all(|way| way.idle) && may_edit(machine, server).is_ok() => {
                let name = named(&server.name);
                let said = Said {
                    title: format!("Take rights from the container of {name}"),
                    past: format!("Took rights from the container of {name}"),
                    summary: "The options that lead out of the container go.".to_owned(),
                    notes: vec!["Start the server once to see whether it still works.".to_owned()],
                };
                let texts = out.into_iter().flatten().map(|at| (at, None)).collect();
                finding.fix("fence", "Take the rights away", Safety::Review, Act::Texts { texts, said });
            }
            _ => {
                let act = steps([
                    "Take the named options out of the entry, and start the server once to see whether it still works.",
                    "Mount only the folders it works on, read-only where it need not write.",
                    "If it has to manage containers, give it a socket proxy that allows only the calls it needs.",
                ]);
                finding.fix("by-hand", "Take the rights away", Safety::Manual, act);
            }
        }
    }
}

/// What follows an option as a word of its own, if it takes a value.
fn value(option: &ContainerOption) -> Option<&str> {
    match option {
        ContainerOption::Pid(value) | ContainerOption::CapAdd(value) | ContainerOption::Security(value) => Some(value),
        ContainerOption::Device(value) => Some(value),
        _ => None,
    }
}

/// A virtual machine, or a daemon without root's rights, stands between the
/// container and the computer: Docker on macOS and Windows, podman.
fn in_between(launcher: Launcher, os: Os) -> bool {
    launcher == Launcher::Podman || os != Os::Linux
}

/// An option that leads out.
struct Way {
    word: usize,
    /// Its number among the container's options.
    option: usize,
    /// What it does, after `it`.
    does: String,
    /// It gives rights and no folder or socket that the server works with.
    idle: bool,
}

impl Way {
    /// The word that says what leads out: of a mount what is mounted, which may follow its option.
    fn shown_at(&self, launch: &Launch, options: &[(usize, ContainerOption)]) -> usize {
        let (ContainerOption::Mount { source, .. } | ContainerOption::Socket { source }) = &options[self.option].1
        else {
            return self.word;
        };
        let is_it = |path: &&PathWord| path.how == PathUse::Mount && path.path == *source && path.word >= self.word;
        launch.paths.iter().find(is_it).map_or(self.word, |path| path.word)
    }
}

/// The options that lead out, each with its word and what it does.
fn ways_out(container: &Container, machine: &Machine) -> Vec<Way> {
    let options = container.options.iter().enumerate();
    options
        .filter_map(|(at, (word, option))| {
            let does = way_out(option, &container.options, machine)?;
            let idle = !matches!(
                option,
                ContainerOption::Mount { .. } | ContainerOption::Socket { .. } | ContainerOption::ApiSocket
            );
            Some(Way { word: *word, option: at, does, idle })
        })
        .collect()
}

/// Whether one of a container's `options` leads out of it.
pub(super) fn leads_out(option: &ContainerOption, options: &[(usize, ContainerOption)], machine: &Machine) -> bool {
    let traces =
        |option: &ContainerOption| matches!(option, ContainerOption::CapAdd(name) if capability(name, "SYS_PTRACE"));
    let pid = |option: &ContainerOption| matches!(option, ContainerOption::Pid(mode) if mode == "host");
    way_out(option, options, machine).is_some() || traces(option) && options.iter().any(|(_, other)| pid(other))
}

fn way_out(option: &ContainerOption, options: &[(usize, ContainerOption)], machine: &Machine) -> Option<String> {
    let adds = |wanted: &str| {
        options.iter().any(|(_, option)| matches!(option, ContainerOption::CapAdd(name) if capability(name, wanted)))
    };
    let mounts = || options.iter().any(|(_, option)| matches!(option, ContainerOption::Mount { .. }));
    Some(match option {
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
        ContainerOption::CapAdd(name) if OUT.iter().any(|out| capability(name, out)) => {
            format!("has the capability {}", named(name))
        }
        ContainerOption::Pid(mode) if mode == "host" && adds("SYS_PTRACE") => {
            "may change every running program (--pid host, SYS_PTRACE)".to_owned()
        }
        ContainerOption::Security(option) if mounts() && unconfined(option) => {
            format!("has folders of the computer and no confinement ({})", named(option))
        }
        ContainerOption::Device(device) if is_disk(device) => {
            format!("has a disk or the memory of the computer ({})", named(device))
        }
        _ => return None,
    })
}

/// Capabilities with which the host's kernel or hardware is changed (capabilities(7)).
const OUT: [&str; 4] = ["ALL", "SYS_ADMIN", "SYS_MODULE", "SYS_RAWIO"];

/// Whole disks and memory: `/dev/sda`, `/dev/nvme0n1`, `/dev/mem`.
fn is_disk(device: &str) -> bool {
    let source = device.split(':').next().unwrap_or(device);
    let name = source.strip_prefix("/dev/").unwrap_or_default();
    let disks = ["sd", "nvme", "vd", "xvd", "dm-", "mapper/", "disk/", "mmcblk"];
    source.trim_end_matches('/') == "/dev"
        || ["mem", "kmem", "port"].contains(&name)
        || disks.iter().any(|disk| name.starts_with(disk))
}

pub(super) fn capability(name: &str, wanted: &str) -> bool {
    name.split(',').any(|name| {
        let name = name.trim().to_ascii_uppercase();
        name.strip_prefix("CAP_").unwrap_or(&name) == wanted
    })
}

/// `seccomp=unconfined`, `apparmor:unconfined`, `systempaths=unconfined`.
pub(super) fn unconfined(option: &str) -> bool {
    option.split(['=', ':']).next_back() == Some("unconfined")
}

/// The folders in which the sockets of Docker, containerd and systemd lie.
fn holds_sockets(source: &str) -> bool {
    ["/run", "/var/run"].contains(&source.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Key;
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
            r#""--cap-add=SYS_MODULE""#,
            r#""--device", "/dev/sda:/dev/sda""#,
        ] {
            fires(&RULE, &docker(options));
        }
    }

    #[test]
    fn what_is_mounted_is_marked_and_not_the_option_before_it() {
        for (options, marked) in [
            (r#""-v", "/:/host""#, 4),
            (r#""--volume", "/:/host""#, 4),
            (r#""--mount", "type=bind,source=/,target=/host""#, 4),
            (r#""-v", "/srv/data:/data", "-v", "/var/run/docker.sock:/s""#, 6),
            (r#""--volume=/:/host""#, 3),
            (r#""--mount=type=bind,source=/,target=/host""#, 3),
            (r#""--privileged", "-v", "/:/host""#, 3),
        ] {
            let seen = look(&entry(&docker(options)));
            let at = seen.of(&RULE)[0].place.at.0.last().cloned();
            assert_eq!(at, Some(Key::Index(marked)), "{options}");
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
            r#""--device", "/dev/dri""#,
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
    fn rights_are_taken_away_and_folders_are_not() {
        let fix = |options: &str| look(&entry(&docker(options))).fixes(&RULE)[0].1;
        assert_eq!(fix(r#""--privileged""#), Safety::Review);
        assert_eq!(fix(r#""--cap-add", "ALL""#), Safety::Review);
        assert_eq!(fix(r#""-v", "/var/run/docker.sock:/var/run/docker.sock""#), Safety::Manual);
        assert_eq!(fix(r#""--privileged", "-v", "/:/host""#), Safety::Manual);
    }

    #[test]
    fn an_unknown_option_hides_nothing_before_it() {
        let seen = look(&entry(&docker(r#""--privileged", "--no-such-option", "x""#)));
        assert_eq!(seen.of(&RULE).len(), 1);
        assert!(!seen.evaluated(Check::ArgumentScope));
    }
}
