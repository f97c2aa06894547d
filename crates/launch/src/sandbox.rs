//! The fence: which engine, and what it is asked to allow.
//!
//! Fails closed: a grant that moved, a missing engine or a failed probe means
//! no start. Only bubblewrap for now; there is no weaker fallback.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// A file or folder the server may use, bound to what it was when approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Absolute, without symlinks.
    pub path: PathBuf,
    pub device: u64,
    pub inode: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    None,
    All,
}

/// What the fence allows. Everything else of the home does not exist inside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sandbox {
    /// Read-only: the package, the interpreter's prefix.
    pub read: Vec<Grant>,
    /// Read and write: the directories the arguments name.
    pub write: Vec<Grant>,
    pub network: Network,
    /// The (empty, private) home inside.
    pub home: PathBuf,
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
    #[error("bubblewrap cannot start a sandbox here: {reason}")]
    Refused { reason: String },
    #[error("the sandbox could not be set up")]
    Io(#[source] std::io::Error),
}

impl Grant {
    /// Resolves symlinks once, now, and remembers device and inode.
    pub fn of(_path: &Path) -> Result<Grant, SandboxError> {
        unimplemented!()
    }
}

/// Whether a sandbox can be made on this machine now: runs the engine with the
/// full set of flags around `true`.
pub fn probe() -> Result<(), SandboxError> {
    unimplemented!()
}

/// `/`, the home or a parent of it, a credential folder (sandbox.md §6), or
/// the state folder itself: what no grant may name.
pub fn is_too_broad(_path: &Path, _home: &Path) -> bool {
    unimplemented!()
}
