//! Places by their descriptors, reached through no link.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, fstat, open, openat};

/// One place to mount: the descriptor, where it appears inside, and how.
pub(super) struct Mount {
    pub(super) source: OwnedFd,
    pub(super) path: PathBuf,
    pub(super) writable: bool,
}

pub(super) const FLAGS: OFlags = OFlags::PATH.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Walks from the root, one name at a time, through no link.
pub(super) fn open_path(path: &Path) -> Option<OwnedFd> {
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
