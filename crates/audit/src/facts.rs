//! What was seen beside the configs, as plain data.
//!
//! Rules read it and never look themselves. `None` is *unknown*: it lowers
//! what is covered, and is never taken for good. Gathered by
//! `machine/evidence/`, which starts nothing and asks nobody outside.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use std::collections::BTreeSet;

use crate::finding::{FileIndex, ServerIndex};

/// Facts of one look; parallel to `Machine::files` and `Machine::servers`.
/// Shorter lists mean that nothing is known of the rest.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Facts {
    pub files: Vec<FileFacts>,
    pub servers: Vec<ServerFacts>,
    /// Scripts that servers start, each once.
    pub sources: Vec<Source>,
    pub npm: Npm,
    /// Package indexes of the user's own settings of pip and uv.
    pub indexes: Vec<String>,
    /// Ids of servers whose tools all said, when they were started with the user's yes, that they only read.
    pub only_read: BTreeSet<String>,
}

/// A file: a config, or one that a config names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct FileFacts {
    pub access: Option<Access>,
    pub git: Option<Git>,
    /// The service that copies it elsewhere: `iCloud Drive`, `Dropbox`; empty: none does.
    pub synced: Option<String>,
}

/// Who may read and write a file, by its mode and those of the folders above it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Access {
    /// Permission bits of the file itself.
    pub mode: u32,
    /// Whether users other than the owner can come through every folder above it.
    pub reachable: bool,
}

/// What git makes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Git {
    /// In no repository.
    Outside,
    Ignored,
    /// In a work tree, not ignored, not yet added.
    Untracked,
    Tracked,
}

/// What one server starts.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct ServerFacts {
    pub program: Option<Program>,
    /// What the search for its program passes, where it is named without a folder and found on the `PATH`.
    pub search: Option<Search>,
    /// What of the program, its script and their folders others may write, the first offending one each.
    pub writable: Option<Vec<Writable>>,
    /// Its script, one of `Facts::sources`.
    pub source: Option<usize>,
    /// What the local cache would start today.
    pub installed: Option<Installed>,
    /// Where the paths of its launch line lead, links followed, in the order of `Launch::paths`; one that is not there is
    /// as it is named. `None`: cannot be told.
    pub roots: Vec<Option<PathBuf>>,
    /// What its `envFile` holds; of one file all servers have the same.
    #[cfg_attr(test, serde(skip))]
    pub env_file: Option<Arc<EnvFile>>,
}

/// Where the program of a launch line is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(rename_all = "lowercase", deny_unknown_fields))]
pub enum Program {
    /// Found where its client looks.
    Found { path: PathBuf },
    /// Not on the `PATH`, but where installers and version managers put programs.
    Elsewhere {
        /// Every one of this name.
        paths: Vec<PathBuf>,
        /// The first is a script that looks for its interpreter on the `PATH`.
        by_env: bool,
    },
    /// A script or program that is named by its path and is not there.
    Missing { path: PathBuf },
    /// Neither on the `PATH` nor where programs usually are.
    Nowhere,
}

/// What stands on the `PATH` besides a program that was found there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Search {
    /// The first folder searched before the program's own in which other users may put one.
    pub open: Option<PathBuf>,
    /// The system's own program of this name, where that of a folder which the user may write is started instead.
    pub system: Option<PathBuf>,
}

/// Something that other users may change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Writable {
    pub path: PathBuf,
    pub why: Loose,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Loose {
    /// Everybody may write it.
    World,
    /// A group of several users may write it.
    Group,
    /// It belongs to another user who is not root.
    Owner,
    /// It lies in a temporary, download or synced folder.
    Place,
}

/// A script of at most 2 MB, to be searched for patterns.
#[derive(Clone, Debug)]
#[cfg_attr(test, derive(serde::Deserialize), serde(deny_unknown_fields))]
pub struct Source {
    pub path: PathBuf,
    pub text: String,
    /// It loads no other file of its own project, so this is all of the server's own code.
    pub whole: bool,
}

/// A package as a local cache holds it: what ran last, and what runs again unless a newer one is fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Installed {
    pub version: String,
    /// The lockfile's own words: `sha512-…`.
    pub integrity: Option<String>,
    /// Everything that is installed with it: name and version, itself not included.
    pub tree: Vec<(String, String)>,
    /// Those of the tree and itself that run code when they are installed, by name.
    pub scripts: Option<Vec<String>>,
    /// As the package states it; empty: it states none.
    pub licence: Option<String>,
    /// Whether the package names a repository, a home page or a place for bugs.
    pub source: Option<bool>,
}

/// A file of variables that an entry names; empty where there is no such file.
#[derive(Debug)]
pub struct EnvFile {
    pub path: PathBuf,
    /// As people read it: `~/code/app/.env`.
    pub shown: String,
    pub facts: FileFacts,
    pub variables: Vec<EnvLine>,
}

/// One variable of such a file.
#[derive(Debug, PartialEq, Eq)]
pub struct EnvLine {
    pub name: String,
    /// Without its quotes.
    pub value: String,
    /// The line it begins in, counted from 1.
    pub line: usize,
}

/// The user's npm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(test, derive(serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Npm {
    /// Its major version.
    pub major: Option<u32>,
    pub ignores_scripts: Option<bool>,
    /// Registries of the user's own settings: by scope (`@acme`), the general one under the empty name.
    pub registries: BTreeMap<String, String>,
}

impl Facts {
    pub fn file(&self, index: FileIndex) -> Option<&FileFacts> {
        self.files.get(index.0)
    }

    pub fn server(&self, index: ServerIndex) -> Option<&ServerFacts> {
        self.servers.get(index.0)
    }
}
