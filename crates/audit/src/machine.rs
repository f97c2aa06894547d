//! Everything found on this computer: discovery from an `Env`.
//!
//! Reads files and Warder's own profiles; starts nothing, writes nothing and
//! never fails: what cannot be read is part of what was found.

mod entries;
mod places;
mod scopes;

use std::path::{Path, PathBuf};

use crate::clients::{self, Client, ConfigFile, Scope};
use crate::document::{Document, Format, KeyPath, Position, Problem, ReadError};
use crate::env::Env;
use crate::finding::FileIndex;
use crate::id::short_hash;
use crate::server::Server;
use places::{Spot, places};

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

/// An entry that its client could not read as meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryProblem {
    pub file: FileIndex,
    pub at: KeyPath,
    pub position: Position,
    /// One full sentence.
    pub message: String,
}

/// What was found.
#[derive(Debug)]
pub struct Machine {
    pub env: Env,
    pub files: Vec<FoundFile>,
    pub servers: Vec<Server>,
    pub problems: Vec<EntryProblem>,
}

impl Machine {
    /// Looks at every place of the table, and at the projects of `env`.
    pub fn look(env: Env) -> Machine {
        let read = |spot: Spot| {
            let document = Document::read(&spot.path, spot.row.format, &roots(spot.row));
            found(&env, spot, document)
        };
        let files = places(&env).into_iter().map(read).collect();
        let mut machine = Machine { env: env.clone(), files, servers: Vec::new(), problems: Vec::new() };
        machine.entries();
        machine
    }

    /// One text as if it stood at `path` as `client`'s user file; nothing is read.
    pub fn of_text(env: Env, client: &'static Client, path: &Path, text: &str) -> Machine {
        let row = clients::named(client.id, path).map_or(&client.files[0], |(_, row)| row);
        let read = Document::parse(path, text.as_bytes().to_vec(), row.format, &roots(row));
        let spot = Spot { client, row, path: path.to_owned(), project: None };
        let file = found(&env, spot, read);
        let mut machine = Machine { env, files: vec![file], servers: Vec::new(), problems: Vec::new() };
        machine.entries();
        machine
    }

    fn entries(&mut self) {
        let mut switches = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            if let FileState::Read(document) = &file.state {
                let read = entries::read(&self.env, FileIndex(index), file, document);
                self.servers.extend(read.servers);
                self.problems.extend(read.problems);
                switches.extend(read.switches.into_iter().map(|switch| (file.client, switch)));
            }
        }
        scopes::settle(&mut self.servers, &switches);
    }

    /// The document of a file that was read.
    pub fn document(&self, file: FileIndex) -> Option<&Document> {
        match &self.files[file.0].state {
            FileState::Read(document) => Some(document),
            _ => None,
        }
    }
}

fn roots(row: &ConfigFile) -> Vec<&'static [&'static str]> {
    row.roots.iter().map(|root| root.path).collect()
}

fn found(env: &Env, spot: Spot, read: Result<Document, ReadError>) -> FoundFile {
    let Spot { client, row, path, project } = spot;
    let shown = env.shown(&path);
    let state = match read {
        Ok(document) => FileState::Read(document),
        Err(ReadError::Missing) => FileState::Missing,
        Err(ReadError::Invalid(problem)) => FileState::Invalid(problem),
        Err(ReadError::Unreadable(problem)) => FileState::Unreadable(problem),
    };
    let id = short_hash(&[client.id, &shown]);
    FoundFile { id, client, row, scope: row.scope, path, shown, format: row.format, project, state }
}
