//! What is around a server, and how much it holds.
//!
//! Other people's sandboxes are graded by their own options, and nothing is
//! ever put around them: two fences fail in ways that neither explains.

use std::path::Path;

use crate::clients::Os;
use crate::machine::Machine;
use crate::server::command::{Launcher, Layer, Role};
use crate::server::{Command, Server};
use crate::writing::client_fences;

use super::reach::{Reach, reach};

/// The fence around an entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fence {
    None,
    /// Warder's, a container, or another's that leaves nothing plain open.
    Holds,
    /// Another's, which lets the server out: its name, and what is open, after `it`.
    Leaks {
        name: String,
        does: &'static str,
    },
}

const FILES: &str = "leaves all your files open";
const READABLE: &str = "lets it read all your files";
const RULES: &str = "allows whatever it does not name";
const IGNORED: &str = "is not used on Windows";

pub(crate) fn fence(machine: &Machine, server: &Server, command: &Command) -> Fence {
    let ours = command.profile.as_ref().is_some_and(|profile| profile.sandbox.is_some());
    let container = matches!(command.launch.launcher, Launcher::Docker | Launcher::Podman | Launcher::DockerMcpGateway);
    if ours || container {
        return Fence::Holds;
    }
    let mut layers = command.launch.layers.iter().filter(|layer| layer.role == Role::Sandbox).peekable();
    if layers.peek().is_some() {
        let leaks: Option<Vec<_>> = layers.map(|layer| Some((layer, leak(machine, layer)?))).collect();
        // One that holds is enough.
        return match leaks.as_deref() {
            Some([(layer, does), ..]) => Fence::Leaks { name: layer.program.clone(), does },
            _ => Fence::Holds,
        };
    }
    match client_fences(machine, server) {
        true if machine.env.os == Os::Windows => {
            Fence::Leaks { name: format!("{}'s sandbox", server.client.name), does: IGNORED }
        }
        true => Fence::Holds,
        false => Fence::None,
    }
}

/// What a sandbox of another's leaves open; `None`: nothing that its options show.
fn leak(machine: &Machine, layer: &Layer) -> Option<&'static str> {
    let words: Vec<&str> = layer.options.iter().map(String::as_str).collect();
    match layer.program.as_str() {
        "bwrap" => bubblewrap(machine, &words),
        // Without a profile nothing is hidden that is not named.
        "firejail" if words.contains(&"--noprofile") => {
            let hides =
                |word: &&str| ["--private", "--whitelist", "--blacklist"].iter().any(|name| word.starts_with(name));
            (!words.iter().any(hides)).then_some(FILES)
        }
        "sandbox-exec" => seatbelt(&words),
        "nono" => {
            let mut pairs = words.windows(2).filter(|pair| ["--allow", "-a", "--write", "-w"].contains(&pair[0]));
            pairs.any(|pair| is_home(machine, pair[1])).then_some(FILES)
        }
        // Settings of srt stand in a file, and what a ToolHive server gets in ToolHive.
        _ => None,
    }
}

/// Mounts cover each other in the order they stand in.
fn bubblewrap(machine: &Machine, words: &[&str]) -> Option<&'static str> {
    let mut open = None;
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "--bind" | "--bind-try" | "--dev-bind" | "--dev-bind-try" | "--ro-bind" | "--ro-bind-try" => {
                let (from, to) = (rest.next()?, rest.next()?);
                let shown = is_home(machine, from) && reaches(machine, to);
                if shown {
                    open = Some(if word.starts_with("--ro") { READABLE } else { FILES });
                }
            }
            "--tmpfs" if rest.next().is_some_and(|place| is_home(machine, place)) => open = None,
            _ => {}
        }
    }
    open
}

/// `sandbox-exec -p TEXT`, `-n NAME`; what a file says is not read.
fn seatbelt(words: &[&str]) -> Option<&'static str> {
    let value = |option: &str| {
        let at = words.iter().position(|word| *word == option)?;
        words.get(at + 1).copied()
    };
    if let Some(text) = value("-p") {
        let plain: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        return (plain.contains("(allow default)") && !plain.contains("(deny file-read")).then_some(RULES);
    }
    match value("-n")? {
        "no-internet" | "no-network" => Some(FILES),
        "no-write" | "no-write-except-temporary" => Some(READABLE),
        _ => None,
    }
}

/// Whether the whole home lies in a place.
fn is_home(machine: &Machine, place: &str) -> bool {
    matches!(reach(place, machine.env.os, &machine.env.home), Some(Reach::Home | Reach::Homes | Reach::Disk))
}

/// Whether a mount at this place shows what was mounted: everywhere but below
/// a folder that nobody looks into is close enough.
fn reaches(machine: &Machine, place: &str) -> bool {
    is_home(machine, place) || Path::new(place).is_absolute()
}
