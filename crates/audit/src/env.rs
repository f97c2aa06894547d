//! The platform as data.
//!
//! Discovery, rewriting and resolving take an [`Env`] and never ask the process
//! or the compiler where things are, so every system's paths are tested on any
//! system. Only the programs' `main` calls [`Env::current`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use warder_launch::profile::{Profile, ProfileId};
use warder_launch::state::State;

use crate::clients::{Base, CLIENTS, Client, ConfigFile, Os};
use crate::day::Day;

/// One file, and what its entry starts through, as a change would leave them.
#[derive(Clone, Debug)]
pub struct Instead {
    pub path: PathBuf,
    pub bytes: Vec<u8>,
    /// Permission bits, where they are changed.
    pub mode: Option<u32>,
    pub profile: Option<Profile>,
}

#[derive(Clone, Debug)]
pub struct Env {
    pub os: Os,
    /// Absolute.
    pub home: PathBuf,
    pub vars: BTreeMap<String, String>,
    /// Projects whose files are read too.
    pub projects: Vec<PathBuf>,
    /// Files that are read besides, each as this client reads it.
    pub files: Vec<(PathBuf, &'static Client, &'static ConfigFile)>,
    /// A single file to read instead of everything that is usual.
    pub only: Option<(PathBuf, &'static Client, &'static ConfigFile)>,
    /// The root of the file system, `/`; another one makes a world of its own for system-wide files.
    pub root: PathBuf,
    /// Today; without it no dated list is taken for fresh.
    pub today: Option<Day>,
    /// Changes that are only thought of: what they would leave in the place of what is there, the last one last.
    pub instead: Vec<Arc<Instead>>,
    /// The launcher that came with this program, to be installed by a fix; the relay stands beside it.
    pub launcher: Option<PathBuf>,
}

/// Whether a config names this program of ours, with either slash.
fn is_spelled(command: &str, program: &Path) -> bool {
    let spelled = program.to_string_lossy();
    command == spelled || command == spelled.replace('\\', "/")
}

/// The launcher that came with the program `exe`: beside it, or where packages of Linux put it, `lib/warder` next to
/// its `bin`.
fn shipped(exe: &Path) -> Option<PathBuf> {
    let name = format!("warder-launch{}", std::env::consts::EXE_SUFFIX);
    let folder = exe.parent()?;
    let packaged = (folder.file_name()? == "bin").then(|| folder.with_file_name("lib").join("warder"));
    let places = std::iter::once(folder.to_owned()).chain(packaged);
    places.map(|place| place.join(&name)).find(|path| path.is_file())
}

/// Variables that would lead out of a home given by `--home`.
const ELSEWHERE: &[&str] = &[
    "APPDATA",
    "LOCALAPPDATA",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
    "XDG_STATE_HOME",
    "UV_CACHE_DIR",
    "UV_TOOL_DIR",
];

/// Whether a client's row looks where this variable points.
fn is_place(name: &str) -> bool {
    let bases = CLIENTS.iter().flat_map(|client| client.files).map(|row| row.base);
    // npm takes its settings from the environment in any case: cache, userconfig, registry …
    ELSEWHERE.contains(&name)
        || name.to_ascii_lowercase().starts_with("npm_config_")
        || bases.into_iter().any(|base| matches!(base, Base::Named(one, _) | Base::Only(one) if one == name))
}

impl Env {
    /// This process's platform. `home` makes a world of its own: variables that
    /// point elsewhere are forgotten. `None` when there is no home folder.
    pub fn current(home: Option<&Path>) -> Option<Env> {
        let os = if cfg!(target_os = "windows") {
            Os::Windows
        } else if cfg!(target_os = "macos") {
            Os::Macos
        } else {
            Os::Linux
        };
        let mut vars: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let home = match home {
            Some(home) => {
                vars.retain(|name, _| !is_place(name));
                let home = std::path::absolute(home).ok()?;
                vars.insert("HOME".to_owned(), home.to_string_lossy().into_owned());
                home
            }
            None => dirs::home_dir()?,
        };
        let given = vars.get("WARDER_LAUNCHER").map(PathBuf::from).filter(|path| path.is_file());
        let launcher = given.or_else(|| shipped(&std::env::current_exe().ok()?));
        // The day can be given, as for every reproducible output.
        let given = vars.get("SOURCE_DATE_EPOCH").and_then(|seconds| seconds.parse().ok());
        let since = || Some(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs());
        let today = given.or_else(since).and_then(|seconds: u64| Day::try_from(seconds / 86_400).ok());
        Some(Env {
            os,
            home,
            vars,
            projects: Vec::new(),
            files: Vec::new(),
            only: None,
            root: PathBuf::from("/"),
            today,
            instead: Vec::new(),
            launcher,
        })
    }

    /// What a thought-of change would leave at a path.
    pub fn thought(&self, path: &Path) -> Option<&Instead> {
        self.instead.iter().rev().find(|instead| instead.path == path).map(Arc::as_ref)
    }

    /// This platform once one more change is thought of.
    pub fn with(&self, instead: Instead) -> Env {
        let mut env = self.clone();
        env.instead.push(Arc::new(instead));
        env
    }

    /// Warder's own folder.
    pub fn state(&self) -> State {
        State::at(self.home.join(".warder"))
    }

    /// The file that starts the window with the user's session, there or not. Windows has none: a list in the registry.
    pub fn autostart(&self) -> Option<PathBuf> {
        match self.os {
            Os::Linux => Some(self.base(Base::DotConfig)?.join("autostart/warder.desktop")),
            Os::Macos => Some(self.home.join("Library/LaunchAgents/dev.warder.desktop.plist")),
            Os::Windows => None,
        }
    }

    /// Whether a config's `command` names the launcher of this very state folder, which alone keeps what a
    /// wrapper promises.
    pub fn is_launcher(&self, command: &str) -> bool {
        is_spelled(command, &self.state().launcher())
    }

    /// The same for the relay.
    pub fn is_relay(&self, command: &str) -> bool {
        is_spelled(command, &self.state().relay())
    }

    /// The relay that came with this program; `None` where it is missing.
    pub fn relay(&self) -> Option<PathBuf> {
        let relay = self.launcher.as_ref()?.with_file_name(self.state().relay().file_name()?);
        relay.is_file().then_some(relay)
    }

    /// The profile of a wrapped entry; `None` where it cannot be read.
    pub fn profile(&self, id: &ProfileId) -> Option<Profile> {
        let mut thought = self.instead.iter().rev().filter_map(|instead| instead.profile.as_ref());
        thought.find(|profile| profile.id == *id).cloned().or_else(|| Profile::read(&self.state(), id).ok())
    }

    /// The folder (with `Base::Only` perhaps the file) a table row is relative
    /// to; `None` where there is none on this system, and for a project's.
    pub fn base(&self, base: Base) -> Option<PathBuf> {
        let named = |name: &str| self.vars.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        Some(match (base, self.os) {
            (Base::Project | Base::Above | Base::RepositoryOrAbove | Base::Repository | Base::Given, _) => return None,
            (Base::Told(..), _) => return None,
            (Base::Home, _) => self.home.clone(),
            (Base::Config, Os::Macos) => self.home.join("Library/Application Support"),
            (Base::Config, Os::Windows) => named("APPDATA").unwrap_or_else(|| self.home.join("AppData/Roaming")),
            (Base::Config, Os::Linux) | (Base::DotConfig, _) => {
                named("XDG_CONFIG_HOME").unwrap_or_else(|| self.home.join(".config"))
            }
            (Base::LocalAppData, Os::Windows) => {
                named("LOCALAPPDATA").unwrap_or_else(|| self.home.join("AppData/Local"))
            }
            (Base::ProgramData, Os::Windows) => named("ProgramData").unwrap_or_else(|| self.root.join("ProgramData")),
            (Base::ProgramFiles, Os::Windows) => {
                named("ProgramFiles").unwrap_or_else(|| self.root.join("Program Files"))
            }
            (Base::LocalAppData | Base::ProgramData | Base::ProgramFiles, _) => return None,
            (Base::Root, Os::Windows) => return None,
            (Base::Root, _) => self.root.clone(),
            (Base::Named(name, usual), _) => named(name).unwrap_or_else(|| self.home.join(usual)),
            (Base::Only(name), _) => named(name)?,
        })
    }

    /// A path as people read it: `~/.cursor/mcp.json`, always with `/`.
    pub fn shown(&self, path: &Path) -> String {
        match path.strip_prefix(&self.home) {
            Ok(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
            Ok(rest) => format!("~/{}", rest.to_string_lossy().replace('\\', "/")),
            Err(_) => path.to_string_lossy().into_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_launcher_is_found_beside_a_program_and_where_packages_put_it() {
        let root = tempfile::tempdir().expect("a folder");
        let name = format!("warder-launch{}", std::env::consts::EXE_SUFFIX);
        let found = |exe: &str| shipped(&root.path().join(exe));
        let file = |path: &str| {
            let path = root.path().join(path).join(&name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            fs::write(&path, "").expect("written");
            path
        };
        assert_eq!(found("usr/bin/warder"), None);
        let packaged = file("usr/lib/warder");
        assert_eq!(found("usr/bin/warder"), Some(packaged));
        assert_eq!(found("usr/other/warder"), None, "only what stands in a bin");
        let beside = file("usr/bin");
        assert_eq!(found("usr/bin/warder"), Some(beside), "a program's own neighbour comes first");
    }
}
