//! The fence: which engine, and what it is asked to allow.
//!
//! Fails closed: a grant that moved, a missing engine or a failed probe means
//! no start. The engine is a part of what was approved: another one, which
//! might hold less, is never taken in its stead.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Variables by name.
pub type Variables = std::collections::BTreeMap<std::ffi::OsString, std::ffi::OsString>;

#[cfg(target_os = "linux")]
mod attach;
#[cfg(target_os = "linux")]
mod attached;
#[cfg(target_os = "linux")]
mod bubblewrap;
#[cfg(target_os = "linux")]
mod descriptors;
#[cfg(target_os = "linux")]
mod egress;
#[cfg(target_os = "linux")]
mod fence;
#[cfg(target_os = "linux")]
mod folder;
#[cfg(target_os = "linux")]
mod git;
#[cfg(target_os = "linux")]
mod git_settings;
#[cfg(target_os = "linux")]
mod grants;
#[cfg(target_os = "linux")]
mod guard;
#[cfg(target_os = "linux")]
mod inner;
#[cfg(target_os = "linux")]
mod kept;
#[cfg(target_os = "linux")]
mod landlock;
#[cfg(target_os = "linux")]
mod mount;
#[cfg(target_os = "linux")]
mod places;
mod process;
#[cfg(any(test, windows))]
mod process_container;
#[cfg(target_os = "linux")]
mod protect;
mod reach;
#[cfg(target_os = "linux")]
mod reap;
#[cfg(target_os = "linux")]
mod resolve;
#[cfg(any(test, target_os = "macos"))]
mod seatbelt;
#[cfg(target_os = "linux")]
mod seccomp;
#[cfg(target_os = "linux")]
mod supervise;
#[cfg(target_os = "linux")]
mod table;
#[cfg(target_os = "linux")]
mod tries;
#[cfg(target_os = "linux")]
mod watch;

pub use crate::host::{Host, HostError};
#[cfg(target_os = "linux")]
pub use attach::attach;
#[cfg(target_os = "linux")]
pub use egress::Reporter;
#[cfg(target_os = "linux")]
pub use fence::Fence;
#[cfg(target_os = "linux")]
pub use inner::inner;
pub use process::{end_all_with_starter, end_with_starter, harden, replace};
#[cfg(target_os = "linux")]
pub(crate) use protect::Repositories;
#[cfg(test)]
pub(crate) use protect::Repository;
pub use reach::{is_run_by_others, is_too_broad};

/// What is started, inside a fence or without one: all of it absolute and
/// resolved. Holds secrets, so it is never printed.
pub struct Start {
    pub program: PathBuf,
    pub args: Vec<String>,
    pub env: Variables,
    /// `None` keeps the caller's.
    pub cwd: Option<PathBuf>,
}

/// A file or folder the server may use, bound to what it was when approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Absolute, without symlinks.
    pub path: PathBuf,
    pub device: u64,
    pub inode: u64,
}

/// What makes the fence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// Namespaces and a filter of system calls: all that is promised.
    #[default]
    Bubblewrap,
    /// Landlock and the filter, where namespaces are forbidden: less, as
    /// [`Engine::leaves_open`] says.
    Landlock,
}

impl Engine {
    /// What it cannot keep a server from, one sentence each; shown wherever it
    /// is offered or used (measured, see `tests/probes.rs`).
    pub fn leaves_open(self) -> &'static [&'static str] {
        const SEES: &str = "The server sees which other programs run, with their command lines, and the names and \
                            sizes of hidden files.";
        const STARTS: &str = "It can start any number of programs, and one that keeps starting itself anew can \
                              outlive it.";
        const CREATES: &str = "In a writable folder without a project it can make files that other programs run, \
                               such as .vscode/tasks.json.";
        const MODES: &str = "It can change the permissions and times of your files, hidden ones too, and slow other \
                             programs of yours down.";
        const SIGNALS: &str = "It can end other programs of yours.";
        const WITHOUT_SIGNALS: &[&str] = &[SEES, STARTS, CREATES, MODES];
        const ALL: &[&str] = &[SEES, STARTS, CREATES, MODES, SIGNALS];
        match self {
            Engine::Bubblewrap => &[],
            #[cfg(target_os = "linux")]
            Engine::Landlock if !landlock::lets_signals_out() => WITHOUT_SIGNALS,
            Engine::Landlock => ALL,
        }
    }
}

/// What a server may reach on the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    None,
    /// These names and no other, each at its ports; never this computer or its
    /// neighbours.
    Hosts(Vec<Host>),
    /// Everything, as without a fence.
    All,
}

/// What the fence allows. Everything else of the home does not exist inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sandbox {
    #[serde(default)]
    pub engine: Engine,
    /// Read-only: the package, the interpreter's prefix.
    pub read: Vec<Grant>,
    /// Read and write: the directories the arguments name.
    pub write: Vec<Grant>,
    pub network: Network,
    /// The private home inside: empty at each start, unless it is kept.
    pub home: PathBuf,
    /// The folder that is the home inside, so that what the server writes there
    /// is there again at the next start. In [`crate::state::State::homes`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeps: Option<Grant>,
    /// May make user namespaces, as the browsers do that some servers start; a
    /// larger part of the kernel is open to it then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub user_namespaces: bool,
}

impl Sandbox {
    /// The narrowest: nothing of the home, no network.
    pub fn new(home: impl Into<PathBuf>) -> Sandbox {
        Sandbox {
            engine: Engine::default(),
            read: Vec::new(),
            write: Vec::new(),
            network: Network::None,
            home: home.into(),
            keeps: None,
            user_namespaces: false,
        }
    }

    /// The same for a start that is watched: where nothing may be reached, nothing
    /// is reached either, but the names that are asked for can be told. Only
    /// bubblewrap gives a server a network with nobody in it.
    #[must_use]
    pub fn with_names_told(&self) -> Sandbox {
        let mut sandbox = self.clone();
        if sandbox.engine == Engine::Bubblewrap && sandbox.network == Network::None {
            sandbox.network = Network::Hosts(Vec::new());
        }
        sandbox
    }

    /// Opens the grants and looks through the writable ones as each start does:
    /// what that start would refuse.
    pub fn check(&self) -> Result<(), SandboxError> {
        #[cfg(target_os = "linux")]
        return grants::open_all(self).map(drop);
        #[cfg(not(target_os = "linux"))]
        Err(SandboxError::Unsupported)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error("bubblewrap is not installed; install the package bubblewrap")]
    NoEngine,
    #[error("{path} is not a program of the system's administrator")]
    UntrustedEngine { path: PathBuf },
    #[error("this system has no sandbox that Warder supports yet")]
    Unsupported,
    #[error("{path} is gone or was replaced since it was approved")]
    Moved { path: PathBuf },
    #[error("{path} is too broad for a sandbox")]
    TooBroad { path: PathBuf },
    #[error("no server may write in {path}: {reason}")]
    Unprotected { path: PathBuf, reason: &'static str },
    #[error("a sandbox cannot be set up here: {reason}")]
    Refused { reason: String },
    #[error("this kernel cannot make the sandbox: {reason}")]
    NoLandlock { reason: &'static str },
    #[error(
        "without bubblewrap, a sandbox cannot hold a server to single hosts; give it the whole network or none of it"
    )]
    NoHosts,
    #[error("the sandbox could not be set up")]
    Io(#[source] std::io::Error),
}

impl Grant {
    /// Resolves symlinks once, now, and remembers device and inode.
    pub fn of(path: &Path) -> Result<Grant, SandboxError> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let path = path.canonicalize().map_err(SandboxError::Io)?;
            let found = path.symlink_metadata().map_err(SandboxError::Io)?;
            Ok(Grant { path, device: found.dev(), inode: found.ino() })
        }
        #[cfg(not(unix))]
        {
            let _ = path;
            Err(SandboxError::Unsupported)
        }
    }

    /// Whether it still is what was approved: there, reached through no link,
    /// the same file.
    pub fn check(&self) -> Result<(), SandboxError> {
        #[cfg(target_os = "linux")]
        return grants::open_grant(self).map(drop);
        #[cfg(not(target_os = "linux"))]
        Err(SandboxError::Unsupported)
    }
}

/// Whether this engine can make a sandbox on this machine now: runs it in full
/// around `true`.
pub fn probe(engine: Engine) -> Result<(), SandboxError> {
    #[cfg(target_os = "linux")]
    return match engine {
        Engine::Bubblewrap => bubblewrap::probe(),
        Engine::Landlock => landlock::probe(),
    };
    #[cfg(not(target_os = "linux"))]
    {
        let _ = engine;
        Err(SandboxError::Unsupported)
    }
}

/// The engine to propose on this machine: the first that works. The error is
/// bubblewrap's, which holds more and can usually be had.
pub fn usable() -> Result<Engine, SandboxError> {
    probe(Engine::Bubblewrap).map(|()| Engine::Bubblewrap).or_else(|error| match probe(Engine::Landlock) {
        Ok(()) => Ok(Engine::Landlock),
        Err(_) => Err(error),
    })
}
