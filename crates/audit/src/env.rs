//! The platform as data.
//!
//! Discovery, rewriting and resolving take an [`Env`] and never ask the process
//! or the compiler where things are, so every system's paths are tested on any
//! system. Only the programs' `main` calls [`Env::current`].

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use warder_launch::state::State;

use crate::clients::{Base, Os};

#[derive(Clone, Debug)]
pub struct Env {
    pub os: Os,
    /// Absolute.
    pub home: PathBuf,
    pub vars: BTreeMap<String, String>,
    /// Projects whose files are read too.
    pub projects: Vec<PathBuf>,
    /// Single files to read instead of everything that is usual.
    pub only: Option<(PathBuf, &'static crate::clients::Client)>,
    /// The launcher that came with this program, to be installed by a fix.
    pub launcher: Option<PathBuf>,
}

/// Variables that would lead out of a home given by `--home`.
const ELSEWHERE: &[&str] =
    &["APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"];

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
                vars.retain(|name, _| !ELSEWHERE.contains(&name.as_str()));
                let home = std::path::absolute(home).ok()?;
                vars.insert("HOME".to_owned(), home.to_string_lossy().into_owned());
                home
            }
            None => dirs::home_dir()?,
        };
        let exe = std::env::current_exe().ok();
        let beside =
            exe.and_then(|exe| Some(exe.parent()?.join(format!("warder-launch{}", std::env::consts::EXE_SUFFIX))));
        let given = vars.get("WARDER_LAUNCHER").map(PathBuf::from);
        let launcher = given.or(beside).filter(|path| path.is_file());
        Some(Env { os, home, vars, projects: Vec::new(), only: None, launcher })
    }

    /// Warder's own folder.
    pub fn state(&self) -> State {
        State::at(self.home.join(".warder"))
    }

    /// The folder a table row is relative to; `None` for `Base::Project`.
    pub fn base(&self, base: Base) -> Option<PathBuf> {
        let named = |name: &str| self.vars.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        Some(match (base, self.os) {
            (Base::Project, _) => return None,
            (Base::Home, _) => self.home.clone(),
            (Base::Config, Os::Linux) => named("XDG_CONFIG_HOME").unwrap_or_else(|| self.home.join(".config")),
            (Base::Config, Os::Macos) => self.home.join("Library/Application Support"),
            (Base::Config, Os::Windows) => named("APPDATA").unwrap_or_else(|| self.home.join("AppData/Roaming")),
            (Base::LocalAppData, _) => named("LOCALAPPDATA").unwrap_or_else(|| self.home.join("AppData/Local")),
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
