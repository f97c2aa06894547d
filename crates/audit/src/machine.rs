//! Everything found on this computer: discovery from an `Env`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::clients::{Client, ConfigFile, Os, Scope};
use crate::document::{Document, Format, Problem};
use crate::server::Server;

/// The platform as data: nothing below asks the process for its environment.
#[derive(Clone, Debug)]
pub struct Env {
    pub os: Os,
    pub home: PathBuf,
    pub vars: BTreeMap<String, String>,
    /// Projects whose files are read too.
    pub projects: Vec<PathBuf>,
}

#[derive(Clone, Debug)]
pub enum FileState {
    Read(Document),
    Missing,
    Invalid(Problem),
    Unreadable(Problem),
}

#[derive(Clone, Debug)]
pub struct FoundFile {
    /// Hash of client and home-relative path; 16 hex characters.
    pub id: String,
    pub client: &'static Client,
    pub row: &'static ConfigFile,
    pub scope: Scope,
    pub path: PathBuf,
    /// `~/.cursor/mcp.json`, for people and for ids.
    pub shown: String,
    pub format: Format,
    /// The project folder of a project file.
    pub project: Option<PathBuf>,
    pub state: FileState,
}

/// What was found.
#[derive(Debug)]
pub struct Machine {
    pub env: Env,
    pub files: Vec<FoundFile>,
    pub servers: Vec<Server>,
}
