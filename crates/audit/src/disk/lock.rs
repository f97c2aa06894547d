//! The lock that Cline and its kin take to write their settings.
//!
//! A folder `<file>.lock` with `owner.<token>` in it, made aside and renamed
//! into place, so it is never seen empty. One that is older than ten seconds
//! belongs to a program that died (cline/cline, config-loader.ts).

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// From this age on nobody holds a lock any more.
const STALE: Duration = Duration::from_secs(10);

/// A writer holds it for some milliseconds.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(25);

/// A lock that is held; given back when dropped.
#[derive(Debug)]
pub struct Lock {
    folder: PathBuf,
    owner: PathBuf,
}

impl Lock {
    /// Takes the lock of `file`, waiting for a writer to end; `WouldBlock` when it does not.
    pub fn take(file: &Path) -> io::Result<Lock> {
        let mut folder = file.as_os_str().to_owned();
        folder.push(".lock");
        let folder = PathBuf::from(folder);
        let token = token()?;
        let since = Instant::now();
        loop {
            if let Some(lock) = Lock::try_take(&folder, &token)? {
                return Ok(lock);
            }
            if !give_up_stale(&folder, &token)? {
                if since.elapsed() > PATIENCE {
                    return Err(io::ErrorKind::WouldBlock.into());
                }
                std::thread::sleep(PAUSE);
            }
        }
    }

    fn try_take(folder: &Path, token: &str) -> io::Result<Option<Lock>> {
        let aside = beside(folder, "tmp", token);
        let name = format!("owner.{token}");
        fs::create_dir(&aside)?;
        let made = fs::write(aside.join(&name), token).and_then(|()| fs::rename(&aside, folder));
        match made {
            Ok(()) => Ok(Some(Lock { owner: folder.join(name), folder: folder.to_owned() })),
            Err(error) => {
                let _ = fs::remove_dir_all(&aside);
                // What a system says of a folder in the way differs.
                if fs::symlink_metadata(folder).is_ok() || error.kind() == io::ErrorKind::DirectoryNotEmpty {
                    Ok(None)
                } else {
                    Err(error)
                }
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Somebody who took it for stale has renamed both; then neither is ours to remove.
        let _ = fs::remove_file(&self.owner);
        let _ = fs::remove_dir(&self.folder);
    }
}

/// Moves a dead program's lock out of the way; false where it is not old enough.
fn give_up_stale(folder: &Path, token: &str) -> io::Result<bool> {
    let meta = match fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        meta => meta?,
    };
    let age = SystemTime::now().duration_since(meta.modified()?).unwrap_or_default();
    if age < STALE || !meta.is_dir() {
        return Ok(false);
    }
    let aside = beside(folder, "stale", token);
    match fs::rename(folder, &aside) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        moved => moved?,
    }
    fs::remove_dir_all(&aside)?;
    Ok(true)
}

fn beside(folder: &Path, what: &str, token: &str) -> PathBuf {
    let mut path = folder.as_os_str().to_owned();
    path.push(format!(".{what}.{token}"));
    path.into()
}

/// Unlike any other writer's: its process and random bits.
fn token() -> io::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| io::Error::other("there is no randomness"))?;
    Ok(format!("{}.{}", std::process::id(), data_encoding::HEXLOWER.encode(&random)))
}
