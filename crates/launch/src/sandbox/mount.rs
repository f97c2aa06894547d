//! Places by their descriptors, reached through no link.

use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, fstat, open, openat};
use rustix::io::Errno;

/// One place to mount: the descriptor, where it appears inside, and how.
pub(super) struct Mount {
    /// What is granted, or something in a granted folder, where it is anyway.
    pub(super) is_part: bool,
    pub(super) source: OwnedFd,
    pub(super) path: PathBuf,
    pub(super) writable: bool,
}

pub(super) const FLAGS: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Walks from the root, one name at a time, through no link.
pub(super) fn open_path(path: &Path) -> Option<OwnedFd> {
    walk(path).ok()
}

/// The same, with the reason; a link is `ELOOP`.
pub(super) fn walk(path: &Path) -> rustix::io::Result<OwnedFd> {
    let mut names = path.components();
    if names.next() != Some(Component::RootDir) {
        return Err(Errno::INVAL);
    }
    let mut at = open("/", FLAGS, Mode::empty())?;
    for name in names {
        let Component::Normal(name) = name else {
            return Err(Errno::INVAL);
        };
        at = openat(&at, name, FLAGS, Mode::empty())?;
        if FileType::from_raw_mode(fstat(&at)?.st_mode).is_symlink() {
            return Err(Errno::LOOP);
        }
    }
    Ok(at)
}
