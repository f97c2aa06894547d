//! Granted paths as open descriptors.
//!
//! A path is a name that another program can point elsewhere between the check
//! and the mount, so each grant is opened once without following any link,
//! compared with what was approved, and mounted by its descriptor.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{Dir, FileType, Mode, OFlags, fstat, major, open, openat};

use super::{Grant, Sandbox, SandboxError};
use crate::stderr::tell;

/// Files and folders in a project that make other programs run code; they
/// stay read-only inside a writable grant. One that does not exist cannot be
/// masked without creating it on the host, so the server can create it.
const PROTECTED: &[&str] =
    &[".git", ".gitmodules", ".vscode", ".idea", ".cursor", ".claude", ".mcp.json", ".envrc", ".husky"];

/// Folders full of other people's packages, which no one opens as a project.
const PASSED_OVER: &[&str] = &["node_modules", "target", "venv", ".venv", ".cache"];

/// How far below a grant projects are looked for: a granted `~/code` has them
/// one or two levels down.
const DEPTH: u32 = 3;

/// A look at so many names takes a few milliseconds.
const MOST_NAMES: u32 = 20_000;

/// So many mounts take the engine a noticeable time.
const MOST_PROTECTED: usize = 200;

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
    let (mut mounts, mut protected, mut names) = (Vec::new(), Vec::new(), MOST_NAMES);
    for (grant, writable) in read.chain(write) {
        let source = open_grant(grant)?;
        if writable {
            names = protect(&source, &grant.path, DEPTH, names, &mut protected);
        }
        mounts.push(Mount { source, path: grant.path.clone(), writable });
    }
    if names == 0 || protected.len() >= MOST_PROTECTED {
        tell("the writable folders are too large to protect every .git in them");
    }
    mounts.append(&mut protected);
    // Mounts hide what they cover: inner places come after those around them,
    // and of two at one path the protected one stays last.
    mounts.sort_by_key(|mount| mount.path.components().count());
    Ok(mounts)
}

pub(super) fn open_grant(grant: &Grant) -> Result<OwnedFd, SandboxError> {
    let moved = || SandboxError::Moved { path: grant.path.clone() };
    let source = open_path(&grant.path).ok_or_else(moved)?;
    let found = fstat(&source).map_err(|error| SandboxError::Io(error.into()))?;
    if found.st_ino != grant.inode || !is_same_device(found.st_dev, grant.device) {
        return Err(moved());
    }
    Ok(source)
}

/// Btrfs, ZFS, NFS and overlays have no device: the kernel numbers them as they
/// are mounted (major 0), so the number may differ after a restart. A place on
/// another of them with the same inode, reached by the same path and no link,
/// is as good as the same.
fn is_same_device(found: u64, approved: u64) -> bool {
    found == approved || (major(found) == 0 && major(approved) == 0)
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
    let kind = FileType::from_raw_mode(fstat(&found).ok()?.st_mode);
    (!kind.is_symlink()).then_some(found)
}

/// Finds what is to be protected in this folder and the ones below it, nearest
/// first. Takes and returns how many names may still be looked at. A folder
/// that cannot be listed is passed over.
fn protect(folder: &OwnedFd, path: &Path, depth: u32, mut names: u32, found: &mut Vec<Mount>) -> u32 {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let Ok(entries) = openat(folder, ".", flags, Mode::empty()).and_then(Dir::new) else {
        return names;
    };
    let mut below = Vec::new();
    for entry in entries.flatten() {
        if names == 0 || found.len() >= MOST_PROTECTED {
            return names;
        }
        names -= 1;
        let name = OsStr::from_bytes(entry.file_name().to_bytes()).to_owned();
        if PROTECTED.iter().any(|protected| name == *protected) {
            let source = open_in(folder, &name);
            let path = path.join(name);
            found.extend(source.map(|source| Mount { source, path, writable: false }));
        } else if matches!(entry.file_type(), FileType::Directory | FileType::Unknown)
            && ![".", ".."].iter().chain(PASSED_OVER).any(|passed| name == *passed)
        {
            below.push(name);
        }
    }
    for name in below.into_iter().filter(|_| depth > 0) {
        if let Some(inner) = open_in(folder, &name) {
            names = protect(&inner, &path.join(name), depth - 1, names, found);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use rustix::fs::makedev;

    use super::*;

    #[test]
    fn only_unnamed_devices_may_change_their_number() {
        assert!(is_same_device(makedev(8, 1), makedev(8, 1)));
        assert!(!is_same_device(makedev(8, 1), makedev(8, 2)));
        assert!(!is_same_device(makedev(0, 40), makedev(8, 1)));
        assert!(is_same_device(makedev(0, 40), makedev(0, 41)));
    }

    #[test]
    fn a_search_for_projects_ends() {
        let folder = tempfile::tempdir().unwrap();
        for place in [".git", "a/.git", "a/b/c/.git", "a/b/c/d/.git", "node_modules/x/.git"] {
            std::fs::create_dir_all(folder.path().join(place)).unwrap();
        }
        std::os::unix::fs::symlink("a", folder.path().join(".vscode")).unwrap();
        let path = folder.path().canonicalize().unwrap();
        let search = |names| {
            let mut found = Vec::new();
            let left = protect(&open_path(&path).unwrap(), &path, DEPTH, names, &mut found);
            let mut places: Vec<String> =
                found.iter().map(|mount| mount.path.strip_prefix(&path).unwrap().display().to_string()).collect();
            places.sort();
            (left, places)
        };
        assert_eq!(search(1000).1, [".git", "a/.git", "a/b/c/.git"]);
        assert_eq!(search(3).0, 0);
    }
}
