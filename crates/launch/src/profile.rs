//! What one server is and may do: the file behind `--profile ID`.
//!
//! Written by the auditor when a fix is applied, read by the launcher at every
//! start. The profile decides what runs; the caller's words are only compared
//! with it (`command.rs`). Holds handles of secrets, never a secret.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::command::{Approved, Token};
use crate::sandbox::Sandbox;
use crate::state::State;
use crate::vault::Handle;

/// A readable label and 128 random bits: `github-7k2m…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProfileId(String);

impl ProfileId {
    pub fn new(label: &str, random: [u8; 16]) -> ProfileId {
        ProfileId(labelled(label, random))
    }

    /// `None` unless it has the exact shape `new` gives; so an id never names
    /// a path.
    pub fn parse(_text: &str) -> Option<ProfileId> {
        unimplemented!()
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `label` cut to `[A-Za-z0-9_.-]` (others become `-`, never a leading dot or
/// dash, at most 40 characters, `server` when nothing is left), a dash, and
/// the bits as 26 characters of lower-case base32.
pub(crate) fn labelled(_label: &str, _random: [u8; 16]) -> String {
    unimplemented!()
}

/// What the launcher starts, all absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    pub program: PathBuf,
    pub args: Vec<Token>,
    /// `None` keeps the caller's; package launchers get a neutral folder.
    pub cwd: Option<PathBuf>,
    /// Variables set for the server whatever the caller says: `PATH`, `HOME`.
    pub env: BTreeMap<String, String>,
}

/// An installed package the server runs from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// `npm` or `pypi`.
    pub ecosystem: String,
    pub name: String,
    /// Exact.
    pub version: String,
    /// Its folder in the package store.
    pub dir: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// 1.
    pub schema: u32,
    pub id: ProfileId,
    /// The server's name in its config; shown, never compared.
    pub server: String,
    /// The client's id; shown, never compared.
    pub client: String,
    pub approved: Approved,
    pub run: Run,
    /// Variable name to keychain item.
    pub secrets: BTreeMap<String, Handle>,
    pub sandbox: Option<Sandbox>,
    pub package: Option<Package>,
}

#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("there is no profile {id}")]
    Missing { id: String },
    #[error("cannot read the profile {path}")]
    Io { path: PathBuf, #[source] source: std::io::Error },
    #[error("the profile {path} is damaged")]
    Damaged { path: PathBuf, #[source] source: serde_json::Error },
    #[error("the profile {path} can be changed by other users")]
    Exposed { path: PathBuf },
    #[error("the profile {path} is from a newer Warder")]
    Newer { path: PathBuf },
}

impl Profile {
    /// Reads one profile. Refuses a file or folder that another user owns or
    /// could write (POSIX), an id that does not match, an unknown schema.
    pub fn read(_state: &State, _id: &ProfileId) -> Result<Profile, ProfileError> {
        unimplemented!()
    }

    /// Writes atomically (temp file 0600, fsync, rename, fsync folder).
    pub fn write(&self, _state: &State) -> Result<(), ProfileError> {
        unimplemented!()
    }

    /// Removing what is not there is fine.
    pub fn remove(_state: &State, _id: &ProfileId) -> Result<(), ProfileError> {
        unimplemented!()
    }
}

impl Profile {
    pub fn list(_state: &State) -> Result<Vec<ProfileId>, ProfileError> {
        unimplemented!()
    }
}
