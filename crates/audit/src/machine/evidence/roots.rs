//! Where the folders that a server or a container is given lead to: a link to
//! `/` is as broad as `/`.

use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::Machine;
use crate::clients::Os;
use crate::dialect::Spot;
use crate::env::Env;
use crate::facts::{Facts, ServerFacts};
use crate::server::command::Payload;

/// Nobody gives a server more folders by hand.
const MOST: usize = 64;

pub(super) fn gather(machine: &Machine, facts: &mut Facts) {
    facts.servers.resize_with(machine.servers.len(), ServerFacts::default);
    for (server, facts) in machine.servers.iter().zip(&mut facts.servers) {
        let Some(launch) = server.command().map(|command| &command.launch) else { continue };
        if launch.container.is_none() && !matches!(launch.payload, Payload::Package(_)) {
            continue;
        }
        let file = &machine.files[server.file.0];
        let real = |path: &str| real(&machine.env, &file.expand(&machine.env, path, Spot::Args).ok()?);
        facts.roots = launch.paths.iter().take(MOST).map(|path| real(&path.path)).collect();
    }
}

fn real(env: &Env, path: &str) -> Option<PathBuf> {
    let path = match path.strip_prefix('~') {
        // What clients leave, the servers that take folders fill in themselves.
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            PathBuf::from(format!("{}{rest}", env.home.display()))
        }
        _ => PathBuf::from(path),
    };
    // Asking after a path of the network would be asking others.
    let network = env.os == Os::Windows && path.to_string_lossy().starts_with(['\\', '/']);
    if !path.is_absolute() || network {
        return None;
    }
    follow(&plain(&path))
}

/// Without `.` and `..`, by the text alone, as servers and docker take them.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

fn follow(path: &Path) -> Option<PathBuf> {
    for there in path.ancestors() {
        match there.canonicalize() {
            Ok(real) => return Some(real.join(path.strip_prefix(there).ok()?)),
            // A link into nothing leads wherever somebody makes a folder.
            Err(error) if error.kind() == ErrorKind::NotFound && there.symlink_metadata().is_err() => {}
            Err(_) => return None,
        }
    }
    None
}
