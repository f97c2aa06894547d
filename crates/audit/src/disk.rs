//! Replacing one file so that nothing is ever lost.
//!
//! Temp file beside the target, same mode and owner, fsync, exchange, compare
//! what came out with what was expected, put it back if somebody else wrote in
//! between, fsync the folder, read back.

#[cfg(not(unix))]
mod elsewhere;
mod lock;
mod mode;
#[cfg(unix)]
mod unix;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

#[cfg(not(unix))]
use elsewhere::Folder;
#[cfg(unix)]
use unix::Folder;

use crate::document::{Identity, LARGEST, Stamp};

pub use lock::Lock;
pub use mode::{mode, set_mode};

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file is not what it was when the change was made for it.
    #[error("{path} was changed by another program")]
    Stale { path: PathBuf },
    #[error("{path} is a link that leads out of its folder")]
    Escapes { path: PathBuf },
    #[error("cannot replace {path}")]
    Io {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
}

/// A file as it was when a change was made for it.
#[derive(Clone, Debug)]
pub struct Seen {
    pub stamp: Stamp,
    /// Which file it was; `None` where only its bytes count.
    pub identity: Option<Identity>,
}

/// The file a path means once every link in it is followed.
pub fn resolve(path: &Path) -> io::Result<PathBuf> {
    std::fs::canonicalize(path)
}

/// Replaces the target of `path` (symlinks followed once) by `bytes`, if it
/// still is `expected`: the same bytes in the same file in the same folder. Never widens the mode. `within`: a folder the resolved
/// target must stay in (project files).
///
/// `Stale` and `Escapes` mean that nothing was changed. A file without write
/// permission, or with a second name (hard link), is not replaced: `Io`.
pub fn replace(path: &Path, expected: &Seen, bytes: &[u8], within: Option<&Path>) -> Result<Stamp, WriteError> {
    Replacing { path, expected, bytes, within }.run(&mut |_| {})
}

/// Removes what a crash left beside the target of `path`: our temp files whose
/// content `is_known`, because it can be made again. Others stay, they could be
/// the only copy.
pub fn clear(path: &Path, is_known: impl Fn(&[u8]) -> bool) -> io::Result<()> {
    let target = resolve(path)?;
    let parent = target.parent().ok_or(io::ErrorKind::IsADirectory)?;
    let folder = Folder::open(parent)?;
    for entry in std::fs::read_dir(parent)? {
        let name = entry?.file_name();
        let ours = name.to_str().is_some_and(|name| name.starts_with(TEMP_START) && name.ends_with(TEMP_END));
        if ours {
            let mut bytes = Vec::new();
            folder.open_file(&name)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
            if is_known(&bytes) {
                folder.remove(&name)?;
            }
        }
    }
    folder.sync()
}

const TEMP_START: &str = ".warder-";
const TEMP_END: &str = ".tmp";

/// The moments at which another program may come in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// The file was compared; the new one is not in place yet.
    Compared,
    /// The new file is in place; what it displaced was not looked at yet.
    Exchanged,
    /// Somebody else's version came out; it is about to be put back.
    PuttingBack,
}

struct Replacing<'a> {
    path: &'a Path,
    expected: &'a Seen,
    bytes: &'a [u8],
    within: Option<&'a Path>,
}

impl Replacing<'_> {
    /// `meanwhile` is called at each moment: in tests, the other program.
    fn run(&self, meanwhile: &mut dyn FnMut(Moment)) -> Result<Stamp, WriteError> {
        let target = self.target()?;
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(self.io(io::ErrorKind::IsADirectory.into()));
        };
        let folder = Folder::open(parent).map_err(|error| self.io(error))?;
        let mut old = self.open(&folder, name)?;
        self.compare(&folder, &mut old)?;
        Folder::check(&old).map_err(|error| self.io(error))?;

        let temp = Temp::write(&folder, &old, self.bytes).map_err(|error| self.io(error))?;
        meanwhile(Moment::Compared);
        match folder.exchange(&temp.name, name) {
            Ok(true) => self.judge(&folder, name, temp, &old, meanwhile)?,
            Ok(false) => {
                // No exchange here: the moment between this and the rename stays open.
                self.compare(&folder, &mut self.open(&folder, name)?)?;
                folder.rename(&temp.name, name).map_err(|error| self.io(error))?;
                temp.keep();
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(self.stale()),
            Err(error) => return Err(self.io(error)),
        }
        folder.sync().map_err(|error| self.io(error))?;
        let written = Stamp::of(self.bytes);
        let found = folder.open_file(name).and_then(|mut file| stamp(&mut file)).map_err(|error| self.io(error))?;
        if found != written {
            let message = "what was read back is not what was written";
            return Err(self.io(io::Error::new(io::ErrorKind::InvalidData, message)));
        }
        Ok(written)
    }

    fn target(&self) -> Result<PathBuf, WriteError> {
        let target = match resolve(self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(self.stale()),
            target => target.map_err(|error| self.io(error))?,
        };
        if let Some(within) = self.within {
            let within = resolve(within).map_err(|error| self.io(error))?;
            if !target.starts_with(within) {
                return Err(WriteError::Escapes { path: self.path.to_owned() });
            }
        }
        Ok(target)
    }

    fn open(&self, folder: &Folder, name: &OsStr) -> Result<File, WriteError> {
        folder.open_file(name).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => self.stale(),
            _ => self.io(error),
        })
    }

    fn compare(&self, folder: &Folder, file: &mut File) -> Result<(), WriteError> {
        let same = self.expected.is(folder, file).map_err(|error| self.io(error))?;
        if same { Ok(()) } else { Err(self.stale()) }
    }

    /// The new file is in place and the temp name holds what was there. Only
    /// if that is the expected file, the one that was compared, it may go.
    fn judge(
        &self,
        folder: &Folder,
        name: &OsStr,
        temp: Temp,
        old: &File,
        meanwhile: &mut dyn FnMut(Moment),
    ) -> Result<(), WriteError> {
        let name_of_displaced = temp.keep();
        meanwhile(Moment::Exchanged);
        let compared = Seen { stamp: self.expected.stamp.clone(), identity: identity(folder, old).ok() };
        let displaced = folder.open_file(&name_of_displaced).and_then(|mut file| compared.is(folder, &mut file));
        if matches!(displaced, Ok(true)) {
            return folder.remove(&name_of_displaced).map_err(|error| self.io(error));
        }
        meanwhile(Moment::PuttingBack);
        let put_back = |error| self.lost(&name_of_displaced, error);
        folder.exchange(&name_of_displaced, name).map_err(put_back)?;
        let ours = folder.open_file(&name_of_displaced).and_then(|mut file| stamp(&mut file));
        if !ours.is_ok_and(|stamp| stamp == Stamp::of(self.bytes)) {
            // Replaced a second time, and the newest just came out: it goes in again.
            folder.exchange(&name_of_displaced, name).map_err(put_back)?;
        }
        folder.remove(&name_of_displaced).map_err(|error| self.io(error))?;
        displaced.map_or_else(|error| Err(self.io(error)), |_| Err(self.stale()))
    }

    fn stale(&self) -> WriteError {
        WriteError::Stale { path: self.path.to_owned() }
    }

    fn io(&self, source: io::Error) -> WriteError {
        WriteError::Io { path: self.path.to_owned(), source }
    }

    /// Another program's version could not be put back: say where it lies.
    fn lost(&self, name: &OsStr, error: io::Error) -> WriteError {
        let message = format!("another program's version now lies beside it as {}: {error}", Path::new(name).display());
        self.io(io::Error::new(error.kind(), message))
    }
}

impl Seen {
    /// Whether a file, held open like its folder, is this one.
    fn is(&self, folder: &Folder, file: &mut File) -> io::Result<bool> {
        let same = match self.identity {
            Some(seen) => identity(folder, file)? == seen,
            None => true,
        };
        Ok(same && stamp(file)? == self.stamp)
    }
}

fn identity(folder: &Folder, file: &File) -> io::Result<Identity> {
    Ok(Identity::of(&file.metadata()?, &folder.metadata()?))
}

/// The stamp of a file from its beginning.
fn stamp(file: &mut File) -> io::Result<Stamp> {
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(Stamp::of(&bytes))
}

/// A file beside the target that goes away unless it is kept.
struct Temp<'a> {
    folder: &'a Folder,
    name: OsString,
    kept: bool,
}

impl<'a> Temp<'a> {
    /// A file with these bytes on the disk, and rights like `model`.
    fn write(folder: &'a Folder, model: &File, bytes: &[u8]) -> io::Result<Temp<'a>> {
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|_| io::Error::other("there is no randomness"))?;
        let name = OsString::from(format!(".warder-{}.tmp", data_encoding::HEXLOWER.encode(&random)));
        let mut file = folder.create(&name)?;
        let temp = Temp { folder, name, kept: false };
        file.write_all(bytes)?;
        Folder::copy_rights(model, &file)?;
        file.sync_all()?;
        Ok(temp)
    }

    /// Leaves the file and gives its name.
    fn keep(mut self) -> OsString {
        self.kept = true;
        self.name.clone()
    }
}

impl Drop for Temp<'_> {
    fn drop(&mut self) {
        if !self.kept {
            // An error is on its way already; a second one says nothing more.
            let _ = self.folder.remove(&self.name);
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
