//! Which file it was that was read, whatever its path leads to later.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

/// Device and inode of a file and of the folder it lies in. Where a system has
/// none all files are alike, and only their bytes are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    #[cfg(unix)]
    file: (u64, u64),
    #[cfg(unix)]
    folder: (u64, u64),
}

impl Identity {
    /// Of a file in a folder, as they were asked.
    pub fn of(file: &Metadata, folder: &Metadata) -> Identity {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let number = |meta: &Metadata| (meta.dev(), meta.ino());
            Identity { file: number(file), folder: number(folder) }
        }
        #[cfg(not(unix))]
        {
            let _ = (file, folder);
            Identity {}
        }
    }
}

/// The folder that the file at `path` lies in, all links followed.
pub(super) fn folder(path: &Path) -> io::Result<Metadata> {
    let real = if fs::symlink_metadata(path)?.is_symlink() { Some(path.canonicalize()?) } else { None };
    let folder = real.as_deref().unwrap_or(path).parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::metadata(folder.unwrap_or(Path::new(".")))
}
