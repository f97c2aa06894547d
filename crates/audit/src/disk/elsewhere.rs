//! A folder on systems without descriptors for folders: its path.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn open(path: &Path) -> io::Result<Folder> {
        Ok(Folder(path.to_owned()))
    }

    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        fs::metadata(&self.0)
    }

    pub(super) fn open_file(&self, name: &OsStr) -> io::Result<File> {
        let path = self.0.join(name);
        if fs::symlink_metadata(&path)?.is_file() {
            File::open(path)
        } else {
            Err(io::Error::other("it is not a regular file"))
        }
    }

    /// Refuses files that cannot be replaced without losing something.
    pub(super) fn check(file: &File) -> io::Result<()> {
        if file.metadata()?.permissions().readonly() {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is marked as read-only"));
        }
        Ok(())
    }

    pub(super) fn create(&self, name: &OsStr) -> io::Result<File> {
        File::options().write(true).create_new(true).open(self.0.join(name))
    }

    /// A new file has the rights its folder hands down, as the old one had.
    pub(super) fn copy_rights(_: &File, _: &File) -> io::Result<()> {
        Ok(())
    }

    /// Swaps two names at one instant: there is no such call here.
    pub(super) fn exchange(&self, _: &OsStr, _: &OsStr) -> io::Result<bool> {
        Ok(false)
    }

    pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        fs::rename(self.0.join(from), self.0.join(to))
    }

    pub(super) fn remove(&self, name: &OsStr) -> io::Result<()> {
        fs::remove_file(self.0.join(name))
    }

    /// The file system writes its folders by itself.
    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
