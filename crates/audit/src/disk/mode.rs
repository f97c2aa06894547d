//! Who may read a file: its permission bits, changed without touching its bytes.

use std::path::Path;

use super::{Folder, Seen, WriteError, resolve};

/// The permission bits of the target of `path`; `None` where it has none
/// (Windows) or cannot be asked.
pub fn mode(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::PermissionsExt::mode(&path.metadata().ok()?.permissions()) & 0o7777);
    #[cfg(not(unix))]
    return path.metadata().ok().and(None);
}

/// Gives the target of `path` these permission bits, if it still is
/// `expected`; read back afterwards. The file is held open, so no other can
/// come in its place.
pub fn set_mode(path: &Path, expected: &Seen, mode: u32) -> Result<(), WriteError> {
    let failed = |source| WriteError::Io { path: path.to_owned(), source };
    let target = resolve(path).map_err(failed)?;
    let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(failed(std::io::ErrorKind::IsADirectory.into()));
    };
    let folder = Folder::open(parent).map_err(failed)?;
    let mut file = folder.open_file(name).map_err(failed)?;
    if !expected.is(&folder, &mut file).map_err(failed)? {
        return Err(WriteError::Stale { path: path.to_owned() });
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(mode)).map_err(failed)?;
        let now = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
        if now != mode {
            return Err(failed(std::io::Error::other("its file system keeps no permissions")));
        }
        file.sync_all().map_err(failed)
    }
    #[cfg(not(unix))]
    {
        let _ = mode;
        Err(failed(std::io::ErrorKind::Unsupported.into()))
    }
}
