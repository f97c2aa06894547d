//! Repositories that came to be where a fenced server may write, and that have
//! git run programs, kept for the user to look at.
//!
//! What is there at a start stays as it is while the server runs (`protect.rs`);
//! what it makes meanwhile cannot be kept from it without making it first. So
//! the launcher looks again at the server's end, when nothing of it is left to
//! write, and at the next start where it was killed before.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
#[cfg(target_os = "linux")]
use std::path::Path;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
#[cfg(target_os = "linux")]
use sha2::{Digest as _, Sha256};

use crate::disk;
use crate::id::ProfileId;
use crate::state::State;

/// More than anyone looks at; the others are told once these were looked at.
#[cfg(target_os = "linux")]
const MOST: usize = 100;

/// Bytes of all paths together, so that the note stays one that can be read.
#[cfg(target_os = "linux")]
const LONGEST: usize = 300_000;

/// Others are new at each look.
#[cfg(target_os = "linux")]
const MOST_KNOWN: usize = 10_000;

/// Of one profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// The grants that were looked through, by the sums of their paths. What is in another one at its first look was
    /// there before the server could write in it.
    grants: BTreeSet<String>,
    /// All repositories at the last look, by the sums of their paths.
    known: BTreeMap<String, Known>,
    /// Those that came, and have git run something; see [`written`].
    made: Vec<String>,
    /// There were more.
    more: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Known {
    /// There before the server was: it has been kept from it ever since.
    First,
    /// Came later, and has git run nothing yet.
    Plain,
    /// Came later, has git run something, and was told.
    Runs,
}

/// What nobody has looked at yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// Folders of repositories (`…/.git`, or a bare one), and folders that cannot be looked into and may hide one.
    pub repositories: Vec<PathBuf>,
    /// There are others, which are told once these were looked at.
    pub more: bool,
}

/// What is to be looked at. `InvalidData` when another user could have written the file, or it is damaged.
pub fn read(state: &State, id: &ProfileId) -> io::Result<Made> {
    let kept = kept(state, id)?.unwrap_or_default();
    Ok(Made { repositories: kept.made.iter().filter_map(|text| path_of(text)).collect(), more: kept.more })
}

/// The user has looked at `seen`, as [`read`] gave it, or knows that it cannot be read (`None`). What came since stays.
pub fn looked_at(state: &State, id: &ProfileId, seen: Option<&Made>) -> io::Result<()> {
    let _alone = alone(state, id)?;
    let file = file(state, id);
    match (kept(state, id), seen) {
        (Ok(Some(mut kept)), Some(seen)) => {
            kept.made.retain(|text| path_of(text).is_none_or(|path| !seen.repositories.contains(&path)));
            kept.more = false;
            disk::write_note(&file, &kept)
        }
        (Err(_), None) => disk::forget(&file),
        (kept, _) => kept.map(|_| ()),
    }
}

/// Forgets all of it. What was never there is forgotten already.
pub fn forget(state: &State, id: &ProfileId) -> io::Result<()> {
    disk::forget(&file(state, id))?;
    disk::forget(&lock_file(state, id))
}

/// Keeps what is there now in these grants, and says how many are new to the user. At the first look all of it was there
/// before the server.
#[cfg(target_os = "linux")]
pub(crate) fn note<'a>(
    state: &State,
    id: &ProfileId,
    grants: impl Iterator<Item = &'a Path>,
    found: &crate::sandbox::Repositories,
) -> io::Result<usize> {
    let _alone = alone(state, id)?;
    let grants: BTreeSet<String> = grants.map(sum).collect();
    let before = match kept(state, id) {
        Ok(kept) => kept.unwrap_or_default(),
        // Nobody knows what was there before, so all of it is to be looked at.
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Kept { grants: grants.clone(), ..Kept::default() },
        Err(error) => return Err(error),
    };
    let mut now = Kept { grants, ..Kept::default() };
    // What is gone, or runs nothing any more, is no danger; what could not be seen may be there.
    let still = |text: &&String| {
        let path = path_of(text);
        found.all.iter().any(|one| one.runs && Some(&one.path) == path.as_ref())
            || found.cut && path.is_some_and(|path| disk::may_be_there(&path))
    };
    now.made.extend(before.made.iter().filter(still).cloned());
    if found.cut {
        now.known.clone_from(&before.known);
    }
    let told = now.made.len();
    let mut length: usize = now.made.iter().map(String::len).sum();
    for one in &found.all {
        let key = sum(&one.path);
        let state = match (before.known.get(&key), one.runs) {
            (Some(Known::First), _) => Known::First,
            (None, _) if !before.grants.contains(&sum(&one.grant)) => Known::First,
            (Some(Known::Runs), true) => Known::Runs,
            (_, false) => Known::Plain,
            (_, true) => {
                let text = written(&one.path);
                if !now.made.contains(&text) {
                    if now.made.len() >= MOST || length + text.len() > LONGEST {
                        // Not known, so it is told another time.
                        now.more = true;
                        now.known.remove(&key);
                        continue;
                    }
                    length += text.len();
                    now.made.push(text);
                }
                Known::Runs
            }
        };
        if now.known.len() < MOST_KNOWN || now.known.contains_key(&key) {
            now.known.insert(key, state);
        }
    }
    if now != before {
        disk::write_note(&file(state, id), &now)?;
    }
    Ok(now.made.len() - told)
}

/// A path as JSON can hold it, whatever bytes it has: no path has a NUL.
#[cfg(target_os = "linux")]
fn written(path: &Path) -> String {
    match path.to_str() {
        Some(text) if !text.contains(char::is_control) => text.to_owned(),
        _ => format!("\0{}", data_encoding::HEXLOWER.encode(path.as_os_str().as_encoded_bytes())),
    }
}

fn path_of(text: &str) -> Option<PathBuf> {
    let Some(hex) = text.strip_prefix('\0') else { return Some(PathBuf::from(text)) };
    let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).ok()?;
    #[cfg(unix)]
    return Some(PathBuf::from(<std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes)));
    #[cfg(not(unix))]
    String::from_utf8(bytes).ok().map(PathBuf::from)
}

/// As long for every path.
#[cfg(target_os = "linux")]
fn sum(path: &Path) -> String {
    let hash = Sha256::digest(path.as_os_str().as_encoded_bytes());
    disk::base32(hash[..16].try_into().expect("a sum has 32 bytes"))
}

fn kept(state: &State, id: &ProfileId) -> io::Result<Option<Kept>> {
    disk::read_note(&file(state, id))
}

/// Two launchers of one profile may end at the same time.
fn alone(state: &State, id: &ProfileId) -> io::Result<std::fs::File> {
    disk::private_folder(&state.refused())?;
    let lock = disk::open_lock(&lock_file(state, id))?;
    lock.lock()?;
    Ok(lock)
}

fn file(state: &State, id: &ProfileId) -> PathBuf {
    state.refused().join(format!("{}.made.json", id.as_str()))
}

fn lock_file(state: &State, id: &ProfileId) -> PathBuf {
    state.refused().join(format!("{}.made.lock", id.as_str()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::sandbox::{Repositories, Repository};

    fn at(path: &str, runs: bool) -> Repository {
        Repository { path: path.into(), grant: "/p".into(), runs }
    }

    struct World {
        state: State,
        id: ProfileId,
        _home: tempfile::TempDir,
    }

    impl World {
        fn new() -> World {
            let home = tempfile::tempdir().expect("a folder");
            let state = State::at(home.path().join(".warder"));
            state.create().expect("a folder of ours");
            World { state, id: ProfileId::new("demo", [0; 16]), _home: home }
        }

        fn look(&self, all: Vec<Repository>, cut: bool) -> usize {
            note(&self.state, &self.id, [Path::new("/p")].into_iter(), &Repositories { all, cut }).expect("kept")
        }

        fn looked(&self) {
            looked_at(&self.state, &self.id, Some(&read(&self.state, &self.id).expect("readable"))).expect("kept");
        }

        fn told(&self) -> Vec<PathBuf> {
            read(&self.state, &self.id).expect("readable").repositories
        }

        fn after(&self, all: &[(&str, bool)]) -> Vec<PathBuf> {
            self.look(all.iter().map(|(path, runs)| at(path, *runs)).collect(), false);
            self.told()
        }
    }

    #[test]
    fn what_came_since_the_first_look_is_told_until_somebody_looked() {
        let world = World::new();
        let (old, plain, armed) = (("/p/.git", true), ("/p/a/.git", false), ("/p/b/.git", true));
        let b = [PathBuf::from("/p/b/.git")];
        assert!(world.after(&[old]).is_empty(), "it was there before the server");
        assert!(world.after(&[old, plain]).is_empty(), "it runs nothing");
        assert_eq!(world.after(&[old, plain, armed]), b);
        assert_eq!(world.after(&[old, plain, armed]), b, "until somebody looked");
        assert!(world.after(&[old, plain]).is_empty(), "it is gone");
        assert_eq!(world.after(&[old, plain, armed]), b);
        world.looked();
        assert!(world.after(&[old, plain, armed]).is_empty());
        assert_eq!(world.after(&[old, ("/p/a/.git", true), armed]), [PathBuf::from("/p/a/.git")], "armed later");
        forget(&world.state, &world.id).unwrap();
        world.looked();
        assert!(world.told().is_empty());
    }

    #[test]
    fn what_came_after_the_user_looked_stays_told() {
        let world = World::new();
        world.look(Vec::new(), false);
        world.look(vec![at("/p/a/.git", true)], false);
        let seen = read(&world.state, &world.id).unwrap();
        world.look(vec![at("/p/a/.git", true), at("/p/b/.git", true)], false);
        looked_at(&world.state, &world.id, Some(&seen)).unwrap();
        assert_eq!(world.told(), [PathBuf::from("/p/b/.git")]);
    }

    #[test]
    fn the_users_own_may_come_to_run_something_and_so_may_those_of_a_new_grant() {
        let world = World::new();
        assert!(world.after(&[("/p/.git", false)]).is_empty());
        assert!(world.after(&[("/p/.git", true)]).is_empty(), "no server could write in it");
        let other = Repository { path: "/q/.git".into(), grant: "/q".into(), runs: true };
        let found = Repositories { all: vec![at("/p/.git", true), other.clone()], cut: false };
        let both = || [Path::new("/p"), Path::new("/q")].into_iter();
        assert_eq!(note(&world.state, &world.id, both(), &found).unwrap(), 0, "it was there when that was allowed");
        let found = Repositories { all: vec![other, at("/q/x/.git", true)], cut: false };
        assert_eq!(note(&world.state, &world.id, both(), &found).unwrap(), 1);
    }

    #[test]
    fn what_was_told_stays_told_where_not_everything_can_be_seen() {
        let world = World::new();
        world.look(Vec::new(), false);
        let there = world.state.dir().to_str().unwrap().to_owned();
        assert_eq!(world.look(vec![at(&there, true), at("/p/gone/.git", true)], false), 2);
        assert_eq!(world.look(vec![at("/p/closed", true)], true), 1);
        assert_eq!(world.told(), [PathBuf::from(&there), PathBuf::from("/p/closed")]);
        world.looked();
        assert_eq!(world.look(vec![at(&there, true), at("/p/closed", true)], true), 0, "it was looked at");
    }

    #[test]
    fn no_number_length_or_name_of_them_hides_one() {
        use std::ffi::OsString;
        use std::os::unix::ffi::OsStringExt;
        let world = World::new();
        world.look(Vec::new(), false);
        let strange = PathBuf::from(OsString::from_vec(b"/p/a\xff\n/.git".to_vec()));
        let mut all: Vec<Repository> = (0..130).map(|n| at(&format!("/p/{n}/.git"), true)).collect();
        all.insert(0, Repository { path: strange.clone(), ..at("", true) });
        all.extend((0..20_000).map(|n| at(&format!("/p/{}{n}", "long/".repeat(700)), false)));
        assert_eq!(world.look(all.clone(), false), 100);
        let made = read(&world.state, &world.id).unwrap();
        assert!(made.repositories.contains(&strange) && made.more);
        world.looked();
        assert_eq!(world.look(all, false), 31, "the others are told next");
        assert!(!read(&world.state, &world.id).unwrap().more);

        // A note that nobody can read is none.
        std::fs::write(file(&world.state, &world.id), "{").unwrap();
        assert!(read(&world.state, &world.id).is_err());
        assert_eq!(world.look(vec![at("/p/x/.git", true)], false), 1);
    }
}
