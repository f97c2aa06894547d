//! A fence that is ready to stand: its grants open and checked.

use std::io;
use std::path::Path;

use super::bubblewrap::{Around, Bubblewrap};
use super::folder::Folder;
use super::landlock::Landlock;
use super::places::Places;
use super::protect::Repositories;
use super::seccomp::Allowed;
use super::tries::Judge;
use super::{Engine, Host, Network, Sandbox, SandboxError, Start, is_too_broad};
use crate::state::State;

/// Starting it is all that is left.
pub struct Fence {
    pub(super) engine: Ready,
    pub(super) allowed: Allowed,
    /// What may be reached by name, if anything.
    pub(super) hosts: Option<Vec<Host>>,
    /// What is worth a word of the files that it asks for, if it is watched.
    pub(super) watched: Option<Judge>,
    /// Where repositories may come to be; `None` where it may write nowhere.
    pub(super) writes: Option<Sandbox>,
}

/// What each engine needs to start.
pub(super) enum Ready {
    Bubblewrap(Bubblewrap),
    Landlock(Landlock),
}

impl Fence {
    /// Opens the grants and finds the engine; starts nothing. `home` is the
    /// user's real one, `cwd` must be a folder that exists inside.
    pub fn prepare(sandbox: &Sandbox, cwd: Option<&Path>, home: &Path) -> Result<Fence, SandboxError> {
        for grant in sandbox.read.iter().chain(&sandbox.write) {
            if is_too_broad(&grant.path, home) || sandbox.home.starts_with(&grant.path) {
                return Err(SandboxError::TooBroad { path: grant.path.clone() });
            }
        }
        if !sandbox.home.is_absolute() || sandbox.home.parent().is_none() {
            return Err(SandboxError::TooBroad { path: sandbox.home.clone() });
        }
        let cwd = cwd.unwrap_or(Path::new("/"));
        if !is_visible(cwd, sandbox) {
            let reason = format!("{} is not in the sandbox", cwd.display());
            return Err(SandboxError::Refused { reason });
        }
        let engine = match sandbox.engine {
            Engine::Bubblewrap => Ready::Bubblewrap(Bubblewrap::prepare(sandbox, cwd, home)?),
            Engine::Landlock => Ready::Landlock(Landlock::prepare(sandbox, cwd, home)?),
        };
        let hosts = if let Network::Hosts(hosts) = &sandbox.network { Some(hosts.clone()) } else { None };
        let writes = (!sandbox.write.is_empty()).then(|| sandbox.clone());
        Ok(Fence { engine, allowed: Allowed::of(sandbox), hosts, watched: None, writes })
    }

    /// Keeps what it asks for of the user's files and may not use (`tried.rs`).
    /// It may use no more by that.
    #[must_use]
    pub fn watched(self, sandbox: &Sandbox, state: &State) -> Fence {
        Fence { watched: Some(Judge::of(sandbox, state)), ..self }
    }
}

impl Ready {
    /// The inner stage with these words, and what the engine puts around it.
    pub(super) fn around(&self, words: &[String]) -> io::Result<Around> {
        match self {
            Ready::Bubblewrap(bubblewrap) => bubblewrap.stage(words),
            Ready::Landlock(landlock) => landlock.around(words),
        }
    }

    /// What was there of repositories before the start.
    pub(super) fn repositories(&self) -> &Repositories {
        match self {
            Ready::Bubblewrap(bubblewrap) => &bubblewrap.repositories,
            Ready::Landlock(landlock) => &landlock.repositories,
        }
    }

    /// Where this process is killed when the one that started it ends: without namespaces, only this process can end all
    /// that the server started, so it is told instead.
    pub(super) fn end_in_order(&self) -> io::Result<()> {
        use rustix::process::{Signal, parent_process_death_signal, set_parent_process_death_signal};
        if matches!(self, Ready::Landlock(_)) && parent_process_death_signal()? == Some(Signal::KILL) {
            set_parent_process_death_signal(Some(Signal::TERM))?;
        }
        Ok(())
    }

    /// What has to be there until the server's end, or to be put where it belongs; the rest need not.
    pub(super) fn rest(self) -> (Option<Folder>, Option<Places>) {
        match self {
            Ready::Bubblewrap(bubblewrap) => (None, Some(bubblewrap.places)),
            Ready::Landlock(landlock) => (Some(landlock.private()), None),
        }
    }

    /// What the inner stage does otherwise than the profile says: without mounts, the server's private folders lie
    /// elsewhere, and it is in its working directory from the start.
    pub(super) fn settle(&self, start: &mut Start) {
        start.cwd = match self {
            Ready::Bubblewrap(bubblewrap) => Some(bubblewrap.cwd()),
            Ready::Landlock(landlock) => {
                start.env.extend(landlock.variables());
                None
            }
        };
    }
}

fn is_visible(cwd: &Path, sandbox: &Sandbox) -> bool {
    let grants = sandbox.read.iter().chain(&sandbox.write);
    cwd == Path::new("/")
        || cwd == Path::new("/tmp")
        || cwd == sandbox.home
        || cwd.starts_with("/usr")
        || grants.map(|grant| &grant.path).any(|path| cwd.starts_with(path))
}

#[cfg(test)]
mod tests {
    use super::super::Grant;
    use super::*;

    #[test]
    fn a_working_directory_must_be_inside() {
        let grant = Grant { path: "/srv/app".into(), device: 0, inode: 0 };
        let sandbox = Sandbox { read: vec![grant], ..Sandbox::new("/home/u") };
        let visible = |path: &str| is_visible(Path::new(path), &sandbox);
        assert!(visible("/srv/app/src") && visible("/") && visible("/home/u") && visible("/usr/lib"));
        assert!(!visible("/srv") && !visible("/home/u/code") && !visible("/etc"));
    }
}
