//! Files and folders that nobody but their owner may write.
//!
//! What the state folder and the profiles have in common. On Windows the
//! home's own access list does this work, so only the writing is shared.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A state file larger than this is not one of ours.
const LARGEST: u64 = 1 << 20;

/// 128 bits from the system, as 26 characters of lower-case base32.
pub(crate) fn random_name() -> io::Result<String> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(io::Error::other)?;
    Ok(base32(bits))
}

/// 26 lower-case characters, no padding.
pub(crate) fn base32(bits: [u8; 16]) -> String {
    data_encoding::BASE32_NOPAD.encode(&bits).to_ascii_lowercase()
}

/// Whether `text` is what [`base32`] gives.
pub(crate) fn is_base32(text: &str) -> bool {
    let upper = text.to_ascii_uppercase();
    let bits = data_encoding::BASE32_NOPAD.decode(upper.as_bytes());
    bits.is_ok_and(|bits| bits.len() == 16) && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// Makes a folder of mode 0700, or takes a wider mode back from one that is
/// there and ours.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let found = fs::metadata(path)?;
        if found.mode() & 0o077 != 0 && found.uid() == rustix::process::geteuid().as_raw() {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
        }
        Ok(())
    }
    #[cfg(not(unix))]
    fs::create_dir_all(path)
}

/// Whether another user could write in this folder.
pub(crate) fn folder_is_exposed(path: &Path) -> io::Result<bool> {
    let found = fs::metadata(path)?;
    Ok(!found.is_dir() || is_exposed(&found))
}

#[cfg(unix)]
fn is_exposed(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o022 != 0
}

#[cfg(not(unix))]
fn is_exposed(_found: &fs::Metadata) -> bool {
    false
}

/// Reads a file of ours without following a link. `None` when another user
/// could have written it, or when it is no plain file of reasonable size.
pub(crate) fn read_private(path: &Path) -> io::Result<Option<Vec<u8>>> {
    #[cfg(unix)]
    let file = {
        use rustix::fs::{Mode, OFlags};
        // NONBLOCK: a FIFO in its place must not make us wait.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match rustix::fs::open(path, flags, Mode::empty()) {
            Ok(file) => File::from(file),
            Err(rustix::io::Errno::LOOP) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    };
    #[cfg(not(unix))]
    let file = File::open(path)?;
    let found = file.metadata()?;
    if !found.is_file() || found.len() > LARGEST || is_exposed(&found) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

/// What a small JSON file of ours says; `None` where there is none. `InvalidData`
/// when another user could have written it, or it is damaged.
pub(crate) fn read_note<T: DeserializeOwned>(path: &Path) -> io::Result<Option<T>> {
    let bytes = match read_private(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes?.ok_or(io::ErrorKind::InvalidData)?,
    };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| io::ErrorKind::InvalidData.into())
}

/// Replaces such a file, and makes its folder.
pub(crate) fn write_note(path: &Path, note: &impl Serialize) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(note).map_err(|_| io::ErrorKind::InvalidData)?;
    bytes.push(b'\n');
    private_folder(path.parent().ok_or(io::ErrorKind::InvalidInput)?)?;
    replace(path, &bytes, 0o600)
}

/// Opens a file of ours that is locked and never read, and makes it (0600) where there is none. Follows no link, waits
/// for no FIFO, and leaves what is in it as it is: what lies in its place may be another's.
pub(crate) fn open_lock(path: &Path) -> io::Result<File> {
    let astray = || io::Error::other(format!("{} is no plain file", path.display()));
    #[cfg(unix)]
    let file = {
        use rustix::fs::{Mode, OFlags};
        use rustix::io::Errno;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        match rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => File::from(file),
            // A link; a FIFO or a socket that nobody reads; a folder.
            Err(Errno::LOOP | Errno::NXIO | Errno::ISDIR) => return Err(astray()),
            Err(error) => return Err(error.into()),
        }
    };
    #[cfg(not(unix))]
    let file = {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(windows)]
        {
            use std::os::windows::fs::OpenOptionsExt;
            const FILE_FLAG_OPEN_REPARSE_POINT: u32 = 0x0020_0000;
            options.custom_flags(FILE_FLAG_OPEN_REPARSE_POINT);
        }
        options.open(path)?
    };
    if file.metadata()?.is_file() { Ok(file) } else { Err(astray()) }
}

/// A new file beside `path`, on the disk, with this mode; the caller moves it
/// into place or removes it.
pub(crate) fn write_beside(path: &Path, bytes: &[u8], mode: u32) -> io::Result<PathBuf> {
    let beside = path.with_file_name(format!(".{}", random_name()?));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(&beside)?;
    match file.write_all(bytes).and_then(|()| file.sync_all()) {
        Ok(()) => Ok(beside),
        Err(error) => {
            // The first error is the one worth telling.
            let _ = fs::remove_file(&beside);
            Err(error)
        }
    }
}

/// Replaces `path` as a whole: new file, fsync, rename, fsync of the folder.
pub(crate) fn replace(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let beside = write_beside(path, bytes, mode)?;
    if let Err(error) = fs::rename(&beside, path) {
        let _ = fs::remove_file(&beside);
        return Err(error);
    }
    sync_folder(path)
}

/// Whether something is at this path, or nobody can tell.
#[cfg(target_os = "linux")]
pub(crate) fn may_be_there(path: &Path) -> bool {
    fs::symlink_metadata(path).map_or_else(|error| error.kind() != io::ErrorKind::NotFound, |_| true)
}

/// Takes a file away for good. What was never there is gone already.
pub(crate) fn forget(path: &Path) -> io::Result<()> {
    match fs::remove_file(path).and_then(|()| sync_folder(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Makes a rename, link or removal of `path` last.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
