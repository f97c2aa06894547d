//! The fence: which engine, and what it is asked to allow.
//!
//! Fails closed: a grant that moved, a missing engine or a failed probe means
//! no start. Only bubblewrap for now; there is no weaker fallback.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Variables by name.
pub type Variables = std::collections::BTreeMap<std::ffi::OsString, std::ffi::OsString>;

#[cfg(target_os = "linux")]
mod bubblewrap;
#[cfg(target_os = "linux")]
mod descriptors;
#[cfg(target_os = "linux")]
mod grants;
#[cfg(target_os = "linux")]
mod inner;
mod process;
mod reach;
#[cfg(target_os = "linux")]
mod supervise;

#[cfg(target_os = "linux")]
pub use bubblewrap::Fence;
#[cfg(target_os = "linux")]
pub use inner::inner;
pub use process::{harden, replace};
pub use reach::is_too_broad;

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

/// Whether a sandbox can be made on this machine now: runs the engine with the
/// full set of flags around `true`.
pub fn probe() -> Result<(), SandboxError> {
    #[cfg(target_os = "linux")]
    return bubblewrap::probe();
    #[cfg(not(target_os = "linux"))]
    Err(SandboxError::Unsupported)
}
