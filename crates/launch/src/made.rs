//! Repositories that came to be where a fenced server may write, and that have
//! git run programs, kept for the user to look at.
//!
//! What is there at a start stays as it is while the server runs (`protect.rs`);
//! what it makes meanwhile cannot be kept from it without making it first. So
//! the launcher looks again at the server's end, when nothing of it is left to
//! write, and at the next start where it was killed before.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::id::ProfileId;
use crate::state::State;

/// More than anyone looks at.
#[cfg(target_os = "linux")]
const MOST: usize = 100;

/// Of one profile.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// All that were there at the last look.
    known: Vec<PathBuf>,
    /// Those that came since the first one, and have git run something.
    made: Vec<PathBuf>,
}

/// Folders of repositories (`…/.git`, or a bare one) that nobody has looked at yet. `InvalidData` when another user could
/// have written the file.
pub fn read(state: &State, id: &ProfileId) -> io::Result<Vec<PathBuf>> {
    Ok(kept(state, id)?.map(|kept| kept.made).unwrap_or_default())
}

/// The user has looked at them.
pub fn looked_at(state: &State, id: &ProfileId) -> io::Result<()> {
    match kept(state, id) {
        Ok(None) => Ok(()),
        Ok(Some(kept)) => disk::write_note(&file(state, id), &Kept { made: Vec::new(), ..kept }),
        Err(_) => forget(state, id),
    }
}

/// Forgets all of it. What was never there is forgotten already.
pub fn forget(state: &State, id: &ProfileId) -> io::Result<()> {
    disk::forget(&file(state, id))
}

/// Keeps what is there now. At the first look all of it was there before the server.
#[cfg(target_os = "linux")]
pub(crate) fn note(state: &State, id: &ProfileId, found: &[crate::sandbox::Repository]) -> io::Result<()> {
    let before = kept(state, id).ok().flatten();
    let known: Vec<PathBuf> = found.iter().map(|one| one.path.clone()).collect();
    let mut made: Vec<PathBuf> = Vec::new();
    if let Some(before) = &before {
        // What is gone, or runs nothing any more, is no danger.
        let still = |path: &PathBuf| found.iter().any(|one| one.runs && one.path == *path);
        made.extend(before.made.iter().filter(|path| still(path)).cloned());
        let new = found.iter().filter(|one| one.runs && !before.known.contains(&one.path));
        made.extend(new.map(|one| one.path.clone()).filter(|path| !before.made.contains(path)));
        made.truncate(MOST);
        if before.known == known && before.made == made {
            return Ok(());
        }
    }
    disk::write_note(&file(state, id), &Kept { known, made })
}

fn kept(state: &State, id: &ProfileId) -> io::Result<Option<Kept>> {
    disk::read_note(&file(state, id))
}

fn file(state: &State, id: &ProfileId) -> PathBuf {
    state.refused().join(format!("{}.made.json", id.as_str()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::sandbox::Repository;

    #[test]
    fn what_came_since_the_first_look_is_told_until_somebody_looked() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        state.create().unwrap();
        let id = ProfileId::new("demo", [0; 16]);
        let found = |all: &[(&str, bool)]| -> Vec<Repository> {
            all.iter().map(|(path, runs)| Repository { path: path.into(), runs: *runs }).collect()
        };
        let made = |all: &[(&str, bool)]| {
            note(&state, &id, &found(all)).unwrap();
            read(&state, &id).unwrap().into_iter().map(|path| path.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        let (old, plain, armed) = (("/p/.git", true), ("/p/a/.git", false), ("/p/b/.git", true));
        assert!(made(&[old]).is_empty(), "it was there before the server");
        assert!(made(&[old, plain]).is_empty(), "it runs nothing");
        assert_eq!(made(&[old, plain, armed]), ["/p/b/.git"]);
        assert_eq!(made(&[old, plain, armed]), ["/p/b/.git"], "until somebody looked");
        assert!(made(&[old, plain]).is_empty(), "it is gone");
        assert_eq!(made(&[old, plain, armed]), ["/p/b/.git"]);
        looked_at(&state, &id).unwrap();
        assert!(made(&[old, plain, armed]).is_empty());
        forget(&state, &id).unwrap();
        looked_at(&state, &id).unwrap();
        assert!(read(&state, &id).unwrap().is_empty());
    }
}
