//! Granted paths as open descriptors.
//!
//! A path is a name that another program can point elsewhere between the check
//! and the mount, so each grant is opened once without following any link,
//! compared with what was approved, and mounted by its descriptor.

use std::collections::{HashMap, HashSet};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{fstat, major};

use super::mount::{Mount, open_path};
use super::protect::{self, Repositories, Search};
use super::{Grant, Sandbox, SandboxError};

/// The grants of one start.
pub(super) struct Opened {
    /// Outer ones first, each writable one followed by what stays as it is inside it.
    pub(super) mounts: Vec<Mount>,
    /// What is there of repositories where it may write.
    pub(super) repositories: Repositories,
}

/// Opens and checks all grants.
pub(super) fn open_all(sandbox: &Sandbox) -> Result<Opened, SandboxError> {
    let grants = by_path(sandbox);
    let mut mounts = Vec::new();
    for grant in &sandbox.read {
        mounts.push(Mount { is_part: false, source: open_grant(grant)?, path: grant.path.clone(), writable: false });
    }
    let mut search = Search::new(&grants, &sandbox.home);
    for grant in &sandbox.write {
        let source = open_grant(grant)?;
        search.through(&source, &grant.path)?;
        mounts.push(Mount { is_part: false, source, path: grant.path.clone(), writable: true });
    }
    search.keep_named()?;
    mounts.append(&mut search.found);
    for path in protect::between(&mounts, &grants)? {
        let source = open_path(&path).ok_or_else(|| SandboxError::Moved { path: path.clone() })?;
        mounts.push(Mount { is_part: true, source, path, writable: true });
    }
    // Of several at one place the last counts.
    let mut taken = HashSet::new();
    mounts.reverse();
    mounts.retain(|mount| taken.insert(mount.path.clone()));
    // Mounts hide what they cover: inner places come after those around them.
    mounts.sort_by_key(|mount| mount.path.components().count());
    Ok(Opened { mounts, repositories: search.repositories })
}

/// The repositories that are there now where it may write, and what may hide one.
pub(super) fn repositories(sandbox: &Sandbox) -> Repositories {
    let grants = by_path(sandbox);
    let mut search = Search::only_looking(&grants, &sandbox.home);
    for grant in &sandbox.write {
        match open_grant(grant) {
            // What ends a search that only looks is among what it tells.
            Ok(source) => drop(search.through(&source, &grant.path)),
            Err(_) => search.repositories.cut = true,
        }
    }
    search.repositories
}

/// All grants, and whether they may be written.
fn by_path(sandbox: &Sandbox) -> HashMap<&Path, bool> {
    let read = sandbox.read.iter().map(|grant| (grant, false));
    let write = sandbox.write.iter().map(|grant| (grant, true));
    read.chain(write).map(|(grant, writable)| (grant.path.as_path(), writable)).collect()
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
}
