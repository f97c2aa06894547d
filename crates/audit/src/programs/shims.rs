//! What a version manager's shim starts: found in the manager's own files,
//! never by starting it or anything else.
//!
//! A shim decides at each start which version runs. A fence has neither the
//! manager nor its settings inside, so what runs there is decided beforehand.
//! Where these files do not tell, nothing is guessed: the caller is told that
//! the manager decides.

mod asdf;
mod mise;
mod rbenv;
mod volta;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::{below, is_program, named, numbers, program_at, usual};
use crate::env::Env;

/// From where a shim is asked.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub(crate) env: &'a Env,
    /// The entry's own variables; those of the terminal that Warder was started in are not the client's.
    pub(crate) variables: &'a BTreeMap<String, String>,
    /// The folder it is started in, where that is known.
    pub(crate) cwd: Option<&'a Path>,
    /// The script that it is given: rbenv and nodenv look beside it first.
    pub(crate) script: Option<&'a Path>,
}

impl<'a> Place<'a> {
    /// An entry of which nothing is known.
    pub(crate) fn anywhere(env: &'a Env) -> Place<'a> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        Place { env, variables: &NONE, cwd: None, script: None }
    }

    /// The files of these names from the start folder up to the root, nearest first.
    fn upward<'b>(&'b self, names: &'b [&'b str]) -> impl Iterator<Item = PathBuf> + 'b {
        let folders = self.cwd.into_iter().flat_map(Path::ancestors);
        folders.flat_map(move |folder| names.iter().map(move |name| folder.join(name))).filter(|file| file.is_file())
    }

    /// A program of the system's: what the `PATH` has besides the shims.
    fn besides(&self, shims: &Path, name: &str) -> Option<PathBuf> {
        let mut folders = named(self.env).into_iter().chain(usual(self.env)).filter(|folder| folder != shims);
        folders.find_map(|folder| program_at(self.env, &folder.join(name)))
    }
}

/// What a program is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Behind {
    /// No shim.
    Itself,
    Found {
        /// `pyenv`.
        manager: &'static str,
        program: PathBuf,
        /// Folders that its manager puts before the `PATH`.
        path: Vec<PathBuf>,
    },
    /// Its files do not tell.
    Decides { manager: &'static str, root: PathBuf },
}

/// Which manager a shim is of.
struct Shim<'a> {
    path: &'a Path,
    name: &'a str,
    /// The manager's folder.
    root: &'a Path,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Rbenv(&'static rbenv::Row),
    Asdf,
    Mise,
    Volta,
}

impl Shim<'_> {
    fn of(path: &Path) -> Option<Shim<'_>> {
        let (folder, name) = (path.parent()?, path.file_name()?.to_str()?);
        let root = folder.parent()?;
        let leads_to = |name: &str| fs::read_link(path).is_ok_and(|target| target.ends_with(name));
        let kind = match folder.file_name()?.to_str()? {
            "bin" if leads_to("volta-shim") => Kind::Volta,
            "shims" if leads_to("mise") || leads_to("rtx") => Kind::Mise,
            "shims" if root.join("installs").is_dir() && text(path).contains("asdf exec ") => Kind::Asdf,
            "shims" if root.join("versions").is_dir() => Kind::Rbenv(rbenv::row(root, &text(path))?),
            _ => return None,
        };
        Some(Shim { path, name, root, kind })
    }

    fn manager(&self) -> &'static str {
        match self.kind {
            Kind::Rbenv(row) => row.name,
            Kind::Asdf => "asdf",
            Kind::Mise => "mise",
            Kind::Volta => "Volta",
        }
    }
}

/// What this program starts, if it is a shim.
pub(crate) fn behind(place: &Place<'_>, path: &Path) -> Behind {
    let Some(shim) = Shim::of(path) else { return Behind::Itself };
    let found = match shim.kind {
        Kind::Rbenv(row) => rbenv::find(place, &shim, row).map(alone),
        Kind::Asdf => asdf::find(place, &shim).map(alone),
        Kind::Mise => mise::find(place, &shim).map(alone),
        Kind::Volta => volta::find(place, &shim),
    };
    match found {
        Some((program, path)) => Behind::Found { manager: shim.manager(), program, path },
        None => Behind::Decides { manager: shim.manager(), root: shim.root.to_owned() },
    }
}

fn alone(program: PathBuf) -> (PathBuf, Vec<PathBuf>) {
    (program, Vec::new())
}

/// The folder of the manager that this is a shim of.
pub(crate) fn root_of(path: &Path) -> Option<PathBuf> {
    Shim::of(path).map(|shim| shim.root.to_owned())
}

/// The version of this name among the folders of versions: itself, or the latest that it begins
/// (`3.12` is `3.12.4`).
fn version(versions: &Path, name: &str) -> Option<PathBuf> {
    let plain = !name.is_empty() && !name.contains('/') && !name.starts_with('.');
    let exact = plain.then(|| versions.join(name))?;
    if exact.is_dir() {
        return Some(exact);
    }
    let begins = |folder: &PathBuf| {
        let rest = folder.file_name().and_then(|file| file.to_str()?.strip_prefix(name));
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    below(versions).into_iter().filter(begins).max_by_key(|folder| numbers(folder))
}

/// The program of this name in a version's folder.
fn program_in(version: &Path, name: &str) -> Option<PathBuf> {
    let places = [version.join("bin").join(name), version.join(".npm/bin").join(name), version.join(name)];
    places.into_iter().find(|path| is_program(path))
}

/// A small file of settings; nothing where it cannot be read.
fn text(path: &Path) -> String {
    const LARGEST: u64 = 64 << 10;
    let small = path.metadata().is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
    small
        .then(|| fs::read(path).ok())
        .flatten()
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .unwrap_or_default()
}

/// `nodejs 20.11.0 18.19.0 # mine`, as asdf and mise read it.
fn tool_versions(text: &str) -> Vec<(String, Vec<String>)> {
    let line = |line: &str| {
        let mut words = line.split('#').next()?.split_whitespace().map(str::to_owned);
        Some((words.next()?, words.collect()))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(all(test, unix))]
mod tests;
