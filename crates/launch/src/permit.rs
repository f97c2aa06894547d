//! Leave to watch one start, which no config can give.
//!
//! Warder writes it just before that start: half of it into a folder of its own,
//! the other half into a variable of the process that it starts. The launcher
//! takes it away, so it counts once: for that profile and for a child of the
//! process that wrote it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::command::{Digest, digest};
use crate::disk;
use crate::id::ProfileId;
use crate::state::State;

/// The variable that hands it over.
pub const VARIABLE: &str = "WARDER_WATCH";

/// What nobody used by then was left by a crash.
const OLD: Duration = Duration::from_secs(600);

/// Gone when dropped, used or not.
pub struct Permit {
    file: PathBuf,
    words: String,
}

impl Permit {
    /// Leave for one start of this profile by this process.
    pub fn write(state: &State, id: &ProfileId) -> io::Result<Permit> {
        let folder = state.watching();
        disk::private_folder(&folder)?;
        forget_old(&folder);
        let (name, random) = (disk::random_name()?, disk::random_name()?);
        let permit = Permit { file: folder.join(&name), words: format!("{name}-{random}") };
        disk::replace(&permit.file, seal(id, std::process::id(), &random).0.as_bytes(), 0o600)?;
        Ok(permit)
    }

    /// The value of [`VARIABLE`].
    pub fn words(&self) -> &str {
        &self.words
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        // It was used.
        let _ = fs::remove_file(&self.file);
    }
}

/// Uses it up. Whether this process was given leave to watch a start of this profile by the one that started it.
pub fn take(state: &State, id: &ProfileId, words: Option<&OsStr>) -> bool {
    let Some((name, random)) = words.and_then(OsStr::to_str).and_then(|words| words.split_once('-')) else {
        return false;
    };
    let folder = state.watching();
    // Never a path, and never what somebody else may have put there.
    if !disk::is_base32(name) || !disk::is_base32(random) || disk::folder_is_exposed(&folder).unwrap_or(true) {
        return false;
    }
    let file = folder.join(name);
    let Ok(Some(kept)) = disk::read_private(&file) else { return false };
    // Of two that use the same one, only the first takes it away.
    fs::remove_file(&file).is_ok() && is_same(&kept, seal(id, parent(), random).0.as_bytes())
}

fn seal(id: &ProfileId, process: u32, random: &str) -> Digest {
    digest(id.as_str(), &format!("watch/{process}"), random)
}

/// Without stopping at the first difference: how long it takes tells nothing.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).fold(0, |all, (one, other)| all | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differing) == 0
}

#[cfg(unix)]
fn parent() -> u32 {
    rustix::process::getppid().and_then(|pid| u32::try_from(pid.as_raw_pid()).ok()).unwrap_or_default()
}

/// Only fenced servers are watched, and there is no fence here yet.
#[cfg(not(unix))]
fn parent() -> u32 {
    0
}

fn forget_old(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let age =
            entry.metadata().and_then(|found| found.modified()).map(|then| SystemTime::now().duration_since(then));
        if age.is_ok_and(|age| age.is_ok_and(|age| age > OLD)) {
            // Nobody knows the other half of it any more.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// A caller's variables without the one that hands a permit over, and that one.
pub fn of_caller(caller: &mut crate::sandbox::Variables) -> Option<OsString> {
    caller.remove(OsStr::new(VARIABLE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_process_that_was_started_may_use_it() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        let id = ProfileId::new("x", [1; 16]);
        let permit = Permit::write(&state, &id).unwrap();
        assert!(!take(&state, &id, None) && permit.file.exists());
        for words in ["", "-", "../id-x", permit.words.split_once('-').unwrap().0] {
            assert!(!take(&state, &id, Some(OsStr::new(words))), "{words}");
        }
        assert!(permit.file.exists());
        // This is no child of the one that wrote it; it is used up all the same.
        assert!(!take(&state, &id, Some(OsStr::new(permit.words()))) && !permit.file.exists());
        let unused = Permit::write(&state, &id).unwrap().file.clone();
        assert!(!unused.exists(), "it goes with its owner");
    }

    #[cfg(unix)]
    #[test]
    fn what_was_left_goes_in_time() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        let id = ProfileId::new("x", [1; 16]);
        let left = Permit::write(&state, &id).unwrap();
        let age = |seconds| {
            let then = SystemTime::now() - Duration::from_secs(seconds);
            fs::File::options().write(true).open(&left.file).unwrap().set_modified(then).unwrap();
            Permit::write(&state, &id).unwrap();
            left.file.exists()
        };
        assert!(age(60) && !age(601));
    }
}
