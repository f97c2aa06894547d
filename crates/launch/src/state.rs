//! Warder's own folder and what lies where in it.
//!
//! Home-relative on every system on purpose: a launcher started by a client
//! has no XDG variables, and a child of a Store app sees another AppData.

use std::io;
use std::path::{Path, PathBuf};

/// The state folder, `~/.warder` (mode 0700).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    dir: PathBuf,
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

    /// The folder itself.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// `bin/warder-launch`, what rewritten entries start.
    pub fn launcher(&self) -> PathBuf {
        self.dir.join("bin").join(if cfg!(windows) { "warder-launch.exe" } else { "warder-launch" })
    }

    /// `profiles/`, one JSON file each.
    pub fn profiles(&self) -> PathBuf {
        self.dir.join("profiles")
    }

    /// `packages/`, the store of installed npm and PyPI packages.
    pub fn packages(&self) -> PathBuf {
        self.dir.join("packages")
    }

    /// Makes the folders (0700) and the state id where they are missing.
    pub fn create(&self) -> io::Result<()> {
        unimplemented!()
    }

    /// The random id of this state folder; part of every keychain account, so
    /// a demo or a test never meets real items. `NotFound` before `create`.
    pub fn id(&self) -> io::Result<String> {
        unimplemented!()
    }
}

impl State {
    pub fn install_launcher(&self, _from: &Path) -> io::Result<()> {
        unimplemented!()
    }
}
