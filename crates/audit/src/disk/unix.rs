//! A folder held open, so that no link put in its way later is followed.

use std::ffi::OsStr;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, renameat, unlinkat};

pub(super) struct Folder(OwnedFd);

impl Folder {
    /// `path` has no links in it; if it got one since it was resolved, this fails.
    pub(super) fn open(path: &Path) -> io::Result<Folder> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{ResolveFlags, openat2};
            use rustix::io::Errno;
            match openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS) {
                // Old kernels do not have it, some containers forbid it.
                Err(Errno::NOSYS | Errno::PERM) => {}
                folder => return Ok(Folder(folder?)),
            }
        }
        Folder::step_by_step(path, flags)
    }

    /// The same where the system has no call for it: each folder from the one above.
    pub(super) fn step_by_step(path: &Path, flags: OFlags) -> io::Result<Folder> {
        let mut folder = openat(CWD, Path::new("/"), flags, Mode::empty())?;
        for step in path.components() {
            match step {
                Component::RootDir => {}
                Component::Normal(name) => folder = openat(&folder, name, flags, Mode::empty())?,
                _ => return Err(io::ErrorKind::InvalidInput.into()),
            }
        }
        Ok(Folder(folder))
    }

    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        File::from(self.0.try_clone()?).metadata()
    }

    pub(super) fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = File::from(openat(&self.0, name, flags, Mode::empty())?);
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is not a regular file")) }
    }

    /// Refuses files that cannot be replaced without losing something.
    pub(super) fn check(file: &File) -> io::Result<()> {
        let meta = file.metadata()?;
        if meta.permissions().readonly() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is marked as read-only"));
        }
        if meta.nlink() > 1 {
            return Err(io::Error::other("it has a second name (a hard link), which would keep the old content"));
        }
        Ok(())
    }

    pub(super) fn create(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(File::from(openat(&self.0, name, flags, Mode::RUSR | Mode::WUSR)?))
    }

    /// Gives `file` the owner, mode and attributes of `model`, never more rights.
    pub(super) fn copy_rights(model: &File, file: &File) -> io::Result<()> {
        let (wanted, now) = (model.metadata()?, file.metadata()?);
        let mut mode = wanted.mode() & 0o7777;
        if wanted.uid() != now.uid() {
            fchown(file, Some(wanted.uid()), Some(wanted.gid()))?;
        } else if wanted.gid() != now.gid() && fchown(file, None, Some(wanted.gid())).is_err() {
            // Another group must not get what was meant for that one.
            mode &= !0o070 | (mode & 0o007) << 3;
        }
        file.set_permissions(Permissions::from_mode(mode))?;
        copy_attributes(model, file)
    }

    /// Swaps two names at one instant; `false` where that does not exist.
    pub(super) fn exchange(&self, a: &OsStr, b: &OsStr) -> io::Result<bool> {
        #[cfg(any(target_os = "linux", target_vendor = "apple"))]
        {
            use rustix::fs::{RenameFlags, renameat_with};
            use rustix::io::Errno;
            match renameat_with(&self.0, a, &self.0, b, RenameFlags::EXCHANGE) {
                Err(Errno::NOSYS | Errno::INVAL | Errno::OPNOTSUPP) => Ok(false),
                done => Ok(done.map(|()| true)?),
            }
        }
        #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
        Ok(false)
    }

    pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(renameat(&self.0, from, &self.0, to)?)
    }

    pub(super) fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.0, name, AtFlags::empty())?)
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.0)?)
    }
}

/// Access lists and other extended attributes.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn copy_attributes(model: &File, file: &File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fsetxattr};
    use rustix::io::Errno;

    let mut names = vec![0; 64 * 1024];
    let length = match flistxattr(model, &mut names[..]) {
        Err(Errno::NOTSUP) => return Ok(()),
        length => length?,
    };
    let mut value = vec![0; 64 * 1024];
    for name in names[..length].split(|&byte| byte == 0).filter(|name| !name.is_empty()) {
        let copied = fgetxattr(model, name, &mut value[..])
            .and_then(|length| fsetxattr(file, name, &value[..length], XattrFlags::empty()));
        // The system gives labels to the new file by its own rules.
        let labels = [&b"security."[..], b"trusted.", b"com.apple."].iter().any(|label| name.starts_with(label));
        if !labels {
            copied?;
        }
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn copy_attributes(_: &File, _: &File) -> io::Result<()> {
    Ok(())
}
