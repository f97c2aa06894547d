//! One Warder for each home.
//!
//! The first start holds a lock in the home's state folder; a later one makes a
//! file there, which the first notices (`watch.rs`) and shows its window. A file
//! says nothing, so nobody can tell a running Warder anything but that, and
//! nobody who cannot write in `~/.warder` can tell it even that.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::PathBuf;

use warder_launch::state::State;

/// What a start of Warder is.
#[derive(Debug)]
pub(crate) enum Start {
    /// The only one, as long as the lock lives; none where nothing can be locked.
    First(Option<File>),
    /// Another one runs in this home.
    Later,
}

/// Takes the home's lock, or finds it taken.
pub(crate) fn start(state: &State) -> Start {
    match lock(state) {
        Ok(file) => Start::First(Some(file)),
        Err(TryLockError::WouldBlock) => Start::Later,
        // A home that cannot be written to is still read.
        Err(TryLockError::Error(_)) => Start::First(None),
    }
}

fn lock(state: &State) -> Result<File, TryLockError> {
    state.create().map_err(TryLockError::Error)?;
    let file = state.open_window_lock().map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

/// The file that calls for the window.
pub(crate) fn bell(state: &State) -> PathBuf {
    state.dir().join("window.call")
}

/// Asks the Warder that runs to show its window.
///
/// # Errors
///
/// When the state folder cannot be written to.
pub(crate) fn call(state: &State) -> io::Result<()> {
    let bell = bell(state);
    let gone = |error: io::Error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) };
    // One that a crash left would not be made anew.
    fs::remove_file(&bell).or_else(gone)?;
    match File::create_new(&bell) {
        // Two starts at once: one call is enough.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    fs::remove_file(&bell).or_else(gone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_has_one_first_start_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (State::at(dir.path().join("one/.warder")), State::at(dir.path().join("other/.warder")));
        let first = start(&one);
        assert!(matches!(first, Start::First(Some(_))));
        assert!(matches!(start(&one), Start::Later));
        assert!(matches!(start(&other), Start::First(Some(_))), "another home is another world");
        drop(first);
        // What another test starts at this moment has the lock too, until it runs its own program.
        let since = std::time::Instant::now();
        while !matches!(start(&one), Start::First(Some(_))) {
            assert!(since.elapsed() < std::time::Duration::from_secs(10), "the lock was not given back");
            std::thread::yield_now();
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_is_none_keeps_nobody_waiting() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::at(dir.path().join(".warder"));
        state.create().unwrap();
        assert!(std::process::Command::new("mkfifo").arg(state.dir().join("window.lock")).status().unwrap().success());
        assert!(matches!(start(&state), Start::First(None)));
    }

    #[test]
    fn a_call_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let state = State::at(dir.path());
        fs::write(bell(&state), "left by a crash").unwrap();
        call(&state).unwrap();
        call(&state).unwrap();
        assert!(!bell(&state).exists());
    }
}
