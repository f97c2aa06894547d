//! Granted paths as open descriptors.
//!
//! A path is a name that another program can point elsewhere between the check
//! and the mount, so each grant is opened once without following any link,
//! compared with what was approved, and mounted by its descriptor.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Mode, OFlags, fstat, open, openat};

use super::{Grant, Sandbox, SandboxError};

/// Files and folders in a project that make other programs run code; they
/// stay read-only inside a writable grant. One that does not exist cannot be
/// masked without creating it on the host, so the server can create it.
const PROTECTED: &[&str] = &[
    ".git",
    ".gitmodules",
    ".vscode",
    ".idea",
    ".cursor",
    ".claude",
    ".mcp.json",
    ".envrc",
    ".husky",
];

/// One place to mount: the descriptor, where it appears inside, and how.
pub(super) struct Mount {
    pub(super) source: OwnedFd,
    pub(super) path: PathBuf,
    pub(super) writable: bool,
}

/// Opens and checks all grants, outer ones first, each writable one followed
/// by what stays read-only inside it.
pub(super) fn open_all(sandbox: &Sandbox) -> Result<Vec<Mount>, SandboxError> {
    let read = sandbox.read.iter().map(|grant| (grant, false));
    let write = sandbox.write.iter().map(|grant| (grant, true));
    let (mut mounts, mut protected) = (Vec::new(), Vec::new());
    for (grant, writable) in read.chain(write) {
        let source = open_grant(grant)?;
        if writable {
            protect(&source, &grant.path, &mut protected);
        }
        mounts.push(Mount {
            source,
            path: grant.path.clone(),
            writable,
        });
    }
    mounts.append(&mut protected);
    // Mounts hide what they cover: inner places come after those around them,
    // and of two at one path the protected one stays last.
    mounts.sort_by_key(|mount| mount.path.components().count());
    Ok(mounts)
}

fn open_grant(grant: &Grant) -> Result<OwnedFd, SandboxError> {
    let moved = || SandboxError::Moved {
        path: grant.path.clone(),
    };
    let source = open_path(&grant.path).ok_or_else(moved)?;
    let found = fstat(&source).map_err(|error| SandboxError::Io(error.into()))?;
    if (found.st_dev, found.st_ino) != (grant.device, grant.inode) {
        return Err(moved());
    }
    Ok(source)
}

const FLAGS: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Walks from the root, one name at a time, through no link.
fn open_path(path: &Path) -> Option<OwnedFd> {
    let mut names = path.components();
    if names.next() != Some(Component::RootDir) {
        return None;
    }
    let mut at = open("/", FLAGS, Mode::empty()).ok()?;
    for name in names {
        let Component::Normal(name) = name else {
            return None;
        };
        at = open_in(at, name)?;
    }
    Some(at)
}

/// `None` for what is not there and for a link.
fn open_in(folder: impl AsFd, name: &OsStr) -> Option<OwnedFd> {
    let found = openat(folder, name, FLAGS, Mode::empty()).ok()?;
    let kind = rustix::fs::FileType::from_raw_mode(fstat(&found).ok()?.st_mode);
    (!kind.is_symlink()).then_some(found)
}

fn protect(grant: &OwnedFd, path: &Path, mounts: &mut Vec<Mount>) {
    for name in PROTECTED {
        if let Some(source) = open_in(grant, OsStr::new(name)) {
            mounts.push(Mount {
                source,
                path: path.join(name),
                writable: false,
            });
        }
    }
}
