//! Warder's own folder and what lies where in it.
//!
//! Home-relative on every system on purpose: a launcher started by a client
//! has no XDG variables, and a child of a Store app sees another AppData.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::disk;

/// The state folder, `~/.warder` (mode 0700).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    dir: PathBuf,
}

/// Why a program has no state folder.
#[derive(Debug, thiserror::Error)]
pub enum NoState {
    #[error("cannot tell where this program is")]
    Nowhere(#[source] io::Error),
    #[error("it must stand in a folder .warder/bin")]
    Astray,
}

impl State {
    /// Names the folder; touches nothing.
    pub fn at(dir: impl Into<PathBuf>) -> State {
        State { dir: dir.into() }
    }

    /// The state folder a launcher belongs to: the one whose `bin` it stands
    /// in. Never taken from the environment, which the config file controls.
    pub fn of_launcher(exe: &Path) -> Option<State> {
        let bin = exe.parent()?;
        let dir = bin.parent()?;
        (bin.file_name()? == "bin" && dir.file_name()? == ".warder").then(|| State::at(dir))
    }

    /// The folder that the running program stands in, and never one that a variable names.
    pub fn of_this_program() -> Result<State, NoState> {
        let exe = std::env::current_exe().map_err(NoState::Nowhere)?;
        let exe = exe.canonicalize().unwrap_or(exe);
        State::of_launcher(&exe).ok_or(NoState::Astray)
    }

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `bin/warder-launch`, what rewritten entries start.
    pub fn launcher(&self) -> PathBuf {
        self.dir.join("bin").join(if cfg!(windows) { "warder-launch.exe" } else { "warder-launch" })
    }

    /// `bin/warder-relay`, which speaks to servers elsewhere.
    pub fn relay(&self) -> PathBuf {
        self.dir.join("bin").join(if cfg!(windows) { "warder-relay.exe" } else { "warder-relay" })
    }

    /// `bin/version`, of the newest Warder that put programs there.
    fn version_file(&self) -> PathBuf {
        self.dir.join("bin/version")
    }

    /// `profiles/`, one JSON file each.
    pub fn profiles(&self) -> PathBuf {
        self.dir.join("profiles")
    }

    /// `packages/`, the store of installed npm and PyPI packages.
    pub fn packages(&self) -> PathBuf {
        self.dir.join("packages")
    }

    /// `homes/`, what fenced servers keep of their homes, a folder for each profile.
    pub fn homes(&self) -> PathBuf {
        self.dir.join("homes")
    }

    /// `refused/`, what fenced servers tried to reach and may not, a file for each profile.
    pub fn refused(&self) -> PathBuf {
        self.dir.join("refused")
    }

    /// `watching/`, leave to watch a start, a file for each until it is used.
    pub fn watching(&self) -> PathBuf {
        self.dir.join("watching")
    }

    /// `temporary/`, private folders of fenced servers that run now.
    pub fn temporary(&self) -> PathBuf {
        self.dir.join("temporary")
    }

    /// `settings.json`, what the user settled in the window or on the command line.
    pub fn settings(&self) -> PathBuf {
        self.dir.join("settings.json")
    }

    /// Writes the settings as a whole, for their owner alone. Needs `create` first.
    pub fn write_settings(&self, bytes: &[u8]) -> io::Result<()> {
        disk::replace(&self.settings(), bytes, 0o600)
    }

    /// Opens `lock`, which is held by whoever changes something here. Needs `create` first.
    pub fn open_lock(&self) -> io::Result<File> {
        disk::open_lock(&self.dir.join("lock"))
    }

    /// Opens `window.lock`, which the one window of this home holds. Needs `create` first.
    pub fn open_window_lock(&self) -> io::Result<File> {
        disk::open_lock(&self.dir.join("window.lock"))
    }

    /// `window.json`, where the window stood; `None` where nobody wrote that down, or it is no file of ours.
    pub fn window(&self) -> Option<Vec<u8>> {
        disk::read_private(&self.dir.join("window.json")).ok()?
    }

    /// Writes that down as a whole. Needs `create` first.
    pub fn write_window(&self, bytes: &[u8]) -> io::Result<()> {
        disk::replace(&self.dir.join("window.json"), bytes, 0o600)
    }

    /// Makes the folders (0700) and the state id where they are missing.
    pub fn create(&self) -> io::Result<()> {
        let bin = self.dir.join("bin");
        for folder in [&self.dir, &bin, &self.profiles(), &self.packages()] {
            disk::private_folder(folder)?;
        }
        let id = self.dir.join("id");
        if id.try_exists()? {
            return Ok(());
        }
        let beside = disk::write_beside(&id, disk::random_name()?.as_bytes(), 0o600)?;
        // A link, because it never replaces: of two processes that start at
        // once, the later one takes the earlier one's id.
        let linked = fs::hard_link(&beside, &id);
        fs::remove_file(&beside)?;
        match linked {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            _ => disk::sync_folder(&id),
        }
    }

    /// The random id of this state folder; part of every keychain account, so
    /// a demo or a test never meets real items. `NotFound` before `create`,
    /// `InvalidData` when the file is damaged or open to other users.
    pub fn id(&self) -> io::Result<String> {
        let bytes = disk::read_private(&self.dir.join("id"))?;
        bytes
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .filter(|id| disk::is_base32(id))
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    /// Removes what a crash left half written among programs and profiles.
    /// Needs the lock of whoever writes there.
    pub fn sweep(&self) {
        for folder in [self.dir.join("bin"), self.profiles()] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name();
                if name.to_str().and_then(|name| name.strip_prefix('.')).is_some_and(disk::is_base32) {
                    // Left-over files do no harm: nothing names them.
                    let _ = fs::remove_file(entry.path());
                }
            }
        }
    }

    /// Which Warder put the programs there; `None` where that was not written down.
    pub fn version(&self) -> Option<String> {
        let bytes = disk::read_private(&self.version_file()).ok()??;
        Some(String::from_utf8(bytes).ok()?.trim().to_owned())
    }

    /// Writes that down; before the programs are, so that a crash leaves old ones that are taken for new, which the next
    /// start replaces, and never the other way round.
    pub fn set_version(&self, version: &str) -> io::Result<()> {
        match self.version().as_deref() == Some(version) {
            true => Ok(()),
            false => disk::replace(&self.version_file(), format!("{version}\n").as_bytes(), 0o600),
        }
    }

    /// Puts a copy of the launcher at [`State::launcher`], as a whole; does
    /// nothing when the same bytes are there already. Needs `create` first.
    pub fn install_launcher(&self, from: &Path) -> io::Result<()> {
        install(from, &self.launcher())
    }

    /// The same of the relay, at [`State::relay`].
    pub fn install_relay(&self, from: &Path) -> io::Result<()> {
        install(from, &self.relay())
    }
}

/// Puts a file of the user's in its place as a whole: a link there is replaced, not followed.
pub fn replace_file(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    disk::replace(path, bytes, mode)
}

fn install(from: &Path, to: &Path) -> io::Result<()> {
    let bytes = fs::read(from)?;
    let plain = fs::symlink_metadata(to).is_ok_and(|found| found.is_file());
    if plain && fs::read(to).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    disk::replace(to, &bytes, 0o700)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_launcher_finds_its_state_by_where_it_stands() {
        let state = |exe| State::of_launcher(Path::new(exe));
        assert_eq!(state("/h/.warder/bin/warder-launch"), Some(State::at("/h/.warder")));
        assert_eq!(state("/h/target/debug/warder-launch"), None);
        assert_eq!(state("/h/warder/bin/warder-launch"), None);
        assert_eq!(state("/.warder/warder-launch"), None);
    }

    #[test]
    fn creating_twice_keeps_the_id() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        assert_eq!(state.id().unwrap_err().kind(), io::ErrorKind::NotFound);
        state.create().unwrap();
        let id = state.id().unwrap();
        state.create().unwrap();
        assert_eq!(state.id().unwrap(), id);
        assert_eq!(fs::read_dir(state.dir()).unwrap().count(), 4);
        fs::write(state.dir().join("id"), "x").unwrap();
        assert_eq!(state.id().unwrap_err().kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn what_was_half_written_is_swept() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        state.sweep();
        state.create().unwrap();
        let half = disk::write_beside(&state.launcher(), b"half", 0o700).unwrap();
        let kept = [state.launcher(), state.profiles().join("x.json"), state.profiles().join(".hidden")];
        kept.iter().for_each(|path| fs::write(path, "").unwrap());
        state.sweep();
        assert!(!half.exists() && kept.iter().all(|path| path.exists()));
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        fs::create_dir(state.dir()).unwrap();
        fs::set_permissions(state.dir(), fs::Permissions::from_mode(0o755)).unwrap();
        state.create().unwrap();
        for folder in [state.dir(), &state.profiles(), &state.packages(), &state.dir().join("bin")] {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
        }
        assert_eq!(mode(&state.dir().join("id")), 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_of_anothers_is_opened_in_the_place_of_a_lock() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        use std::os::unix::net::UnixListener;
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        state.create().unwrap();
        let (lock, other) = (state.dir().join("lock"), home.path().join("other"));
        fs::write(&other, "theirs").unwrap();
        let refused = |what: &str| {
            assert!(state.open_lock().is_err(), "{what}");
            assert!(state.open_window_lock().is_err(), "{what}");
            for lock in ["lock", "window.lock"] {
                let lock = state.dir().join(lock);
                if lock.is_dir() { fs::remove_dir(lock).unwrap() } else { fs::remove_file(lock).unwrap() }
            }
        };
        let both = [lock.clone(), state.dir().join("window.lock")];
        both.iter().for_each(|lock| symlink(&other, lock).unwrap());
        refused("a link");
        both.iter().for_each(|lock| symlink(home.path().join("new"), lock).unwrap());
        refused("a link to nothing");
        assert!(!home.path().join("new").exists());
        assert!(std::process::Command::new("mkfifo").args(&both).status().unwrap().success());
        refused("a FIFO that nobody reads");
        assert!(std::process::Command::new("mkfifo").args(&both).status().unwrap().success());
        let read = |path| File::options().read(true).write(true).open(path).unwrap();
        let _readers: Vec<File> = both.iter().map(read).collect();
        refused("a FIFO that somebody reads");
        let _sockets: Vec<_> = both.iter().map(|lock| UnixListener::bind(lock).unwrap()).collect();
        refused("a socket");
        both.iter().for_each(|lock| fs::create_dir(lock).unwrap());
        refused("a folder");

        fs::hard_link(&other, &lock).unwrap();
        state.open_lock().unwrap().try_lock().unwrap();
        assert_eq!(fs::read(&other).unwrap(), b"theirs");
        fs::remove_file(&lock).unwrap();
        let held = state.open_lock().unwrap();
        held.try_lock().unwrap();
        assert!(state.open_lock().unwrap().try_lock().is_err());
        assert_eq!(fs::metadata(&lock).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn where_the_window_stood_is_read_and_written_as_a_file_of_ours() {
        use std::os::unix::fs::symlink;
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        state.create().unwrap();
        let (path, other) = (state.dir().join("window.json"), home.path().join("other"));
        assert_eq!(state.window(), None);
        fs::write(&other, "theirs").unwrap();
        symlink(&other, &path).unwrap();
        assert_eq!(state.window(), None);
        state.write_window(b"ours").unwrap();
        assert_eq!((fs::read(&other).unwrap(), state.window().unwrap()), (b"theirs".to_vec(), b"ours".to_vec()));
        fs::write(&path, vec![b' '; 2 << 20]).unwrap();
        assert_eq!(state.window(), None, "too large for one of ours");
        fs::remove_file(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert_eq!(state.window(), None);
        assert!(std::process::Command::new("mkfifo").arg(state.version_file()).status().unwrap().success());
        assert_eq!(state.version(), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_launcher_is_replaced_only_by_another() {
        use std::os::unix::fs::MetadataExt;
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        state.create().unwrap();
        let from = home.path().join("built");
        fs::write(&from, "one").unwrap();
        state.install_launcher(&from).unwrap();
        let first = fs::metadata(state.launcher()).unwrap();
        assert_eq!(first.mode() & 0o777, 0o700);
        state.install_launcher(&from).unwrap();
        assert_eq!(fs::metadata(state.launcher()).unwrap().ino(), first.ino());
        fs::write(&from, "two").unwrap();
        state.install_launcher(&from).unwrap();
        assert_eq!(fs::read(state.launcher()).unwrap(), b"two");
        assert_eq!(fs::read_dir(state.dir().join("bin")).unwrap().count(), 1);
    }
}
