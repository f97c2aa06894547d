//! The home that a server keeps from one start to the next.
//!
//! A folder of ours that is only ever seen inside. What the server may use of
//! the real home appears in it at the same path, so something must be there to
//! mount it on; the server wrote the rest, so no link in it is followed.

use std::ffi::OsStr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, chmodat, fstat, mkdirat, openat};
use rustix::io::Errno;

use super::grants::open_grant;
use super::mount::{FLAGS, Mount};
use super::{Grant, Sandbox, SandboxError};

/// Folders of a home that many programs share: what the server keeps in them
/// must stay visible beside a grant.
const SHARED: &[&str] = &[".cache", ".config", ".local", ".local/share", ".local/state"];

/// A kept home, ready to be mounted.
pub(super) struct Kept {
    pub(super) home: Mount,
    /// Places in it that are empty and forgotten at each start: they hold the
    /// folders on the way to a grant, so that the kept home has none of them.
    pub(super) masks: Vec<PathBuf>,
}

/// Opens the kept home and makes in it what the grants are mounted on: for each
/// no more than one empty folder or file below what it has anyway.
pub(super) fn open(kept: &Grant, sandbox: &Sandbox, home: &Path) -> Result<Kept, SandboxError> {
    let source = open_folder(kept, home)?;
    let mut masks = Vec::new();
    let granted: Vec<&Path> = sandbox.read.iter().chain(&sandbox.write).map(|grant| grant.path.as_path()).collect();
    for path in &granted {
        let Ok(below) = path.strip_prefix(&sandbox.home) else { continue };
        if granted.iter().any(|outer| path != outer && path.starts_with(outer)) {
            continue;
        }
        let mut at = source.try_clone().map_err(SandboxError::Io)?;
        let mut names = below.iter().peekable();
        let mut way = PathBuf::new();
        while let Some(name) = names.next() {
            way.push(name);
            let leads_on = names.peek().is_some();
            let folder = leads_on || path.is_dir();
            let Some(made) = make(&at, name, folder) else {
                let reason = format!(
                    "{} is in the way of a granted folder; remove it, it is a part of what this server keeps",
                    kept.path.join(&way).display()
                );
                return Err(SandboxError::Refused { reason });
            };
            at = made;
            if !SHARED.iter().any(|shared| way == Path::new(shared)) {
                if leads_on {
                    masks.push(sandbox.home.join(&way));
                }
                break;
            }
        }
    }
    masks.sort();
    masks.dedup();
    Ok(Kept { home: Mount { is_part: false, source, path: sandbox.home.clone(), writable: true }, masks })
}

/// The folder itself: one of ours, and still the one that was approved.
pub(super) fn open_folder(kept: &Grant, home: &Path) -> Result<OwnedFd, SandboxError> {
    if kept.path.parent() != Some(&home.join(".warder/homes")) {
        return Err(SandboxError::TooBroad { path: kept.path.clone() });
    }
    let source = open_grant(kept)?;
    if !is_a(&source, FileType::Directory) {
        return Err(SandboxError::Moved { path: kept.path.clone() });
    }
    // The server may have changed the mode of what is its home. By number,
    // since an open descriptor of a closed folder does not do.
    let number = format!("/proc/self/fd/{}", source.as_raw_fd());
    chmodat(CWD, number, Mode::RWXU, AtFlags::empty()).map_err(|error| SandboxError::Io(error.into()))?;
    Ok(source)
}

/// What has this name, made if it is missing; `None` when it is something else.
pub(super) fn make(folder: &OwnedFd, name: &OsStr, is_folder: bool) -> Option<OwnedFd> {
    let made = if is_folder {
        mkdirat(folder, name, Mode::RWXU)
    } else {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        openat(folder, name, flags, Mode::RUSR | Mode::WUSR).map(drop)
    };
    if !matches!(made, Ok(()) | Err(Errno::EXIST)) {
        return None;
    }
    let found = openat(folder, name, FLAGS, Mode::empty()).ok()?;
    let wanted = if is_folder { FileType::Directory } else { FileType::RegularFile };
    is_a(&found, wanted).then_some(found)
}

fn is_a(file: &OwnedFd, kind: FileType) -> bool {
    fstat(file).is_ok_and(|found| FileType::from_raw_mode(found.st_mode) == kind)
}
