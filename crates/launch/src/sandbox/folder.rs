//! A private folder for the time that one server runs.
//!
//! A lock says that it is in use, which ends with the launcher however that
//! ends: the next one removes what a killed one left. What lies in it was made
//! by a server: its links are never followed, and no depth of it is too much.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FlockOperation, Mode, OFlags, fstat, mkdirat, open, openat, unlinkat};
use rustix::io::Errno;

use crate::disk;

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// So many steps of removing take about a second; the rest is for the next start.
const MOST_STEPS: u32 = 100_000;

/// Gone with all that is in it when dropped.
pub(super) struct Folder {
    path: PathBuf,
    /// Open and locked.
    folder: OwnedFd,
    /// What it lies in.
    among: OwnedFd,
}

impl Folder {
    /// A new one below `among`, which is made if it is missing; removes those
    /// there that are no longer in use.
    pub(super) fn new(among: &Path) -> io::Result<Folder> {
        disk::private_folder(among)?;
        let around = open(among, FOLDER, Mode::empty())?;
        sweep(&around)?;
        loop {
            let name = disk::random_name()?;
            mkdirat(&around, &name, Mode::RWXU)?;
            // Between the two, another start may take it for one that was left.
            let Some(folder) = locked(&around, name.as_ref())? else { continue };
            for inner in ["home", "tmp"] {
                mkdirat(&folder, inner, Mode::RWXU)?;
            }
            return Ok(Folder { path: among.join(name), folder, among: around });
        }
    }

    pub(super) fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    pub(super) fn temporary(&self) -> PathBuf {
        self.path.join("tmp")
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now is swept at the next start.
        let _ = remove(&self.among, self.path.file_name().unwrap_or_default(), &self.folder);
    }
}

/// `None` when it is in use, or gone.
fn locked(among: &OwnedFd, name: &OsStr) -> io::Result<Option<OwnedFd>> {
    let folder = match openat(among, name, FOLDER, Mode::empty()) {
        Ok(folder) => folder,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    match rustix::fs::flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok((fstat(&folder)?.st_nlink > 0).then_some(folder)),
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn sweep(among: &OwnedFd) -> io::Result<()> {
    for name in names(among)? {
        if !name.to_str().is_some_and(disk::is_base32) {
            continue;
        }
        if let Some(left) = locked(among, &name)? {
            // Not this server's business if it stays.
            let _ = remove(among, &name, &left);
        }
    }
    Ok(())
}

fn remove(among: &OwnedFd, name: &OsStr, folder: &OwnedFd) -> io::Result<()> {
    empty(folder)?;
    Ok(unlinkat(among, name, AtFlags::REMOVEDIR)?)
}

/// A folder that is being emptied.
struct Level {
    /// In the one above, which is this one.
    name: OsString,
    above: (u64, u64),
    /// What is still to be removed.
    rest: Vec<OsString>,
}

/// Removes what a folder holds. Only the folder at hand is open, and what lies
/// above it waits in a list, so that depth costs neither stack nor descriptors.
fn empty(folder: &OwnedFd) -> io::Result<()> {
    let mut at = openat(folder, ".", FOLDER, Mode::empty())?;
    let mut levels = vec![Level { name: OsString::new(), above: (0, 0), rest: names(&at)? }];
    for _ in 0..MOST_STEPS {
        let Some(level) = levels.last_mut() else { return Ok(()) };
        if let Some(name) = level.rest.pop() {
            if !is_removed(&at, &name)? {
                let above = identity(&at)?;
                at = own(&at, &name)?;
                levels.push(Level { name, above, rest: names(&at)? });
            }
        } else if let Some(done) = levels.pop()
            && !levels.is_empty()
        {
            at = openat(&at, "..", FOLDER, Mode::empty())?;
            // It may have been moved out while it was emptied.
            if identity(&at)? != done.above {
                return Err(io::ErrorKind::NotFound.into());
            }
            unlinkat(&at, &done.name, AtFlags::REMOVEDIR)?;
        }
    }
    Err(io::ErrorKind::QuotaExceeded.into())
}

fn identity(folder: &OwnedFd) -> io::Result<(u64, u64)> {
    let found = fstat(folder)?;
    Ok((found.st_dev, found.st_ino))
}

/// Not so for a folder that holds something.
fn is_removed(folder: &OwnedFd, name: &OsStr) -> io::Result<bool> {
    match unlinkat(folder, name, AtFlags::empty()) {
        Err(Errno::ISDIR) => {}
        removed => return Ok(removed.map(|()| true)?),
    }
    match unlinkat(folder, name, AtFlags::REMOVEDIR) {
        Err(Errno::NOTEMPTY) => Ok(false),
        removed => Ok(removed.map(|()| true)?),
    }
}

/// A folder inside, opened, whatever mode the server gave it.
fn own(folder: &OwnedFd, name: &OsStr) -> io::Result<OwnedFd> {
    let place = openat(folder, name, FOLDER | OFlags::PATH, Mode::empty())?;
    // By number, since a name might have become a link.
    let path = format!("/proc/self/fd/{}", place.as_raw_fd());
    rustix::fs::chmodat(CWD, path, Mode::RWXU, AtFlags::empty())?;
    Ok(openat(&place, ".", FOLDER, Mode::empty())?)
}

/// What lies in a folder.
pub(super) fn names(folder: impl AsFd) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name != "." && name != ".." {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_in_use_stays_and_what_was_left_goes() {
        let around = tempfile::tempdir().unwrap();
        let among = around.path().join("temporary");
        let one = Folder::new(&among).unwrap();
        fs::write(one.home().join("kept"), "").unwrap();
        let left = among.join(disk::random_name().unwrap());
        fs::create_dir_all(left.join("home/deep")).unwrap();
        fs::write(among.join("not ours"), "").unwrap();
        let two = Folder::new(&among).unwrap();
        assert!(one.home().join("kept").exists() && two.temporary().is_dir() && !left.exists());
        drop((one, two));
        assert_eq!(fs::read_dir(&among).unwrap().count(), 1);
    }

    #[test]
    fn whatever_a_server_left_is_removed() {
        let around = tempfile::tempdir().unwrap();
        let outside = around.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("file"), "").unwrap();
        let among = around.path().join("temporary");
        let folder = Folder::new(&among).unwrap();
        let home = folder.home();
        std::os::unix::fs::symlink(&outside, home.join("link")).unwrap();
        fs::hard_link(outside.join("file"), home.join("hard")).unwrap();
        fs::create_dir_all(home.join("closed/inner")).unwrap();
        for closed in ["closed/inner", "closed"] {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(home.join(closed), fs::Permissions::from_mode(0o000)).unwrap();
        }
        // Deeper than there are descriptors.
        let mut deep = open(&home, FOLDER, Mode::empty()).unwrap();
        for _ in 0..3_000 {
            mkdirat(&deep, "d", Mode::RWXU).unwrap();
            deep = openat(&deep, "d", FOLDER, Mode::empty()).unwrap();
        }
        drop((folder, deep));
        assert_eq!(fs::read_dir(&among).unwrap().count(), 0);
        assert!(outside.join("file").exists());
    }
}
