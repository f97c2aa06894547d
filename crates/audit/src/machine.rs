//! Everything found on this computer: discovery from an `Env`.
//!
//! Reads files and Warder's own profiles; starts nothing, writes nothing and
//! never fails: what cannot be read is part of what was found.

mod entries;
pub(crate) mod evidence;
mod places;
mod policies;
mod scopes;
pub(crate) mod shared;
#[cfg(test)]
mod tests;
mod toggles;

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::clients::{self, Client, ConfigFile, Holds, Os, Root, Scope};
use crate::dialect::{self, Form, Reference};
use crate::document::{Document, Format, KeyPath, Node, Position, Problem, ReadError, Value};
use crate::env::Env;
use crate::facts::Facts;
use crate::finding::FileIndex;
use crate::id::short_hash;
use crate::server::Server;
pub(crate) use entries::{key_path, reach};
use places::{Look, Reader, Roots, Spot};
pub use policies::FoundPolicy;
use shared::Repositories;
pub use shared::Shared;

#[derive(Clone, Debug)]
pub enum FileState {
    Read(Box<Document>),
    Missing,
    Invalid(Problem),
    Unreadable(Problem),
}

impl FileState {
    /// Whether it is there and nobody knows which servers are in it.
    pub(crate) fn is_unread(&self) -> bool {
        matches!(self, FileState::Invalid(_) | FileState::Unreadable(_))
    }
}

#[derive(Clone, Debug)]
pub struct FoundFile {
    /// Hash of client and home-relative path; 16 hex characters.
    pub id: String,
    /// Whose file it is; of several readers, the first that finds a place for servers in it.
    pub client: &'static Client,
    pub row: &'static ConfigFile,
    /// Every client that finds a place for servers in it, its own first.
    pub readers: Vec<&'static Client>,
    pub scope: Scope,
    pub path: PathBuf,
    /// `~/.cursor/mcp.json`, for people and for ids.
    pub shown: String,
    pub format: Format,
    /// The project folder of a project file.
    pub project: Option<PathBuf>,
    pub state: FileState,
    /// How others get it; `None` when they do not.
    pub shared: Option<Shared>,
    /// Why it must not be replaced where it lies.
    pub barred: Option<Barred>,
    /// The user named it.
    pub asked: bool,
}

/// Where a file leads to that must not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Barred {
    /// A link that leads out of its project.
    Outside,
    /// A link into the read-only store of Nix or Guix.
    Store,
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
    /// Lists of allowed and denied servers.
    pub policies: Vec<FoundPolicy>,
    /// What was seen beside the configs.
    pub facts: Facts,
}

impl Machine {
    /// Looks at every place of the table, and at the projects of `env`.
    pub fn look(env: Env) -> Machine {
        let read = |spot: Spot| {
            let (format, wanted) = (spot.readers[0].1.format, wanted(&spot.readers));
            let document = match env.thought(&spot.path) {
                Some(instead) => Document::parse(&spot.path, instead.bytes.clone(), format, &wanted),
                None if spot.listed => Document::read(&spot.path, format, &wanted),
                None => Err(ReadError::Missing),
            };
            found(&env, spot, document)
        };
        let mut look = Look::default();
        let mut files: Vec<FoundFile> =
            look.places(&env).into_par_iter().map(read).filter(FoundFile::is_of_interest).collect();
        let named = look.named(&env, &files);
        files.extend(named.into_par_iter().map(read).collect::<Vec<_>>());
        let mut repositories = Repositories::of(&env.home);
        for file in files.iter_mut().filter(|file| matches!(file.state, FileState::Read(_))) {
            let real = look.real(&file.path);
            file.shared = repositories.shared(&env, &mut look, file, real.as_deref());
            file.barred = real.and_then(|real| barred(&env, &mut look, file, &real));
        }
        let policies = policies::look(&env, &mut look);
        let roots = look.roots(&env);
        let mut machine = Machine {
            env: env.clone(),
            files,
            servers: Vec::new(),
            problems: Vec::new(),
            policies,
            facts: Facts::default(),
        };
        machine.entries(&roots);
        machine.facts = evidence::gather(&machine, &mut look, &mut repositories);
        machine.thought();
        machine
    }

    /// The mode that changes would give a file.
    fn thought(&mut self) {
        for instead in &self.env.instead {
            let changed = self.files.iter().position(|file| file.path == instead.path);
            let facts = changed.and_then(|index| self.facts.files.get_mut(index)?.access.as_mut());
            if let (Some(access), Some(mode)) = (facts, instead.mode) {
                access.mode = mode;
            }
        }
    }

    /// One text as if it stood at `path` as `client`'s user file; nothing is read.
    pub fn of_text(env: Env, client: &'static Client, path: &Path, text: &str) -> Machine {
        let row = clients::named(client.id, path).map_or(&client.files[0], |(_, row)| row);
        let spot =
            Spot { path: path.to_owned(), project: None, readers: vec![(client, row)], listed: true, asked: false };
        let read = Document::parse(path, text.as_bytes().to_vec(), row.format, &wanted(&spot.readers));
        let file = found(&env, spot, read);
        let (servers, problems, policies) = (Vec::new(), Vec::new(), Vec::new());
        let mut machine = Machine { env, files: vec![file], servers, problems, policies, facts: Facts::default() };
        machine.entries(&Roots::default());
        machine
    }

    fn entries(&mut self, roots: &Roots) {
        let mut switches = Vec::new();
        let mut parts = Vec::new();
        for (index, file) in self.files.iter().enumerate() {
            if let FileState::Read(document) = &file.state {
                let read = entries::read(&self.env, FileIndex(index), file, document);
                let first = self.servers.len();
                parts.extend(read.parts.into_iter().map(|(index, problem)| (first + index, problem)));
                self.servers.extend(read.servers);
                self.problems.extend(read.problems);
                switches.extend(read.switches.into_iter().map(|switch| (file.client, switch)));
            }
        }
        let off = toggles::apply(&self.env, roots, &self.files, &mut self.servers);
        scopes::settle(&self.env, roots, &self.files, &mut self.servers, &off, &switches);
        for index in scopes::mixtures(&self.files, &self.servers) {
            let server = &self.servers[index];
            let message = format!(
                "Together with the entry of this name elsewhere this has both a command and a URL; {} refuses all of its files because of it.",
                server.client.name
            );
            let Server { file, at, position, .. } = server;
            self.problems.push(EntryProblem { file: *file, at: at.clone(), position: *position, message });
        }
        let alone = parts.into_iter().filter(|(index, _)| self.servers[*index].under.is_empty());
        self.problems.extend(alone.map(|(_, problem)| problem));
    }

    /// The document of a file that was read.
    pub fn document(&self, file: FileIndex) -> Option<&Document> {
        match &self.files[file.0].state {
            FileState::Read(document) => Some(document),
            _ => None,
        }
    }
}

impl FoundFile {
    /// Whether clients read it that do not agree on what they put into its texts.
    pub fn has_several_readers(&self) -> bool {
        self.readers.len() > 1
    }

    /// The place that a reference in this file stands for; `None` where it is
    /// none, or another one at each start.
    pub fn place_of(&self, env: &Env, reference: &Reference) -> Option<String> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        match (reference.form, reference.name) {
            (Form::Tilde, _) | (Form::Folders, "userHome") => Some(text(&env.home)),
            (Form::Folders, "pathSeparator" | "/") => Some(if env.os == Os::Windows { "\\" } else { "/" }.to_owned()),
            (Form::Workspace, "workspaceFolder") => self.project.as_deref().map(text),
            (Form::Folders, "workspaceFolderBasename") => {
                Some(self.project.as_deref()?.file_name()?.to_string_lossy().into_owned())
            }
            _ => None,
        }
    }

    /// What its client makes of a text at `at` (client-formats §18); or the
    /// reference in it that is filled in anew at each start.
    pub fn expand(&self, env: &Env, text: &str, at: dialect::Spot) -> Result<String, String> {
        let mut out = String::new();
        let mut done = 0;
        // Several readers of one file do not agree on what they put in.
        if let Some(first) = dialect::all(text).first().filter(|_| self.has_several_readers()) {
            return Err(text[first.range.clone()].to_owned());
        }
        for reference in self.row.expands.references(at, text) {
            let Some(value) = self.place_of(env, &reference) else { return Err(text[reference.range].to_owned()) };
            out.push_str(&text[done..reference.range.start]);
            out.push_str(&value);
            done = reference.range.end;
        }
        // `$5` or `$$` is read in its own way by everybody who reads `$X`.
        if self.row.expands.takes(at, Form::Dollar) && text[done..].contains('$') {
            return Err("$".to_owned());
        }
        out.push_str(&text[done..]);
        Ok(out)
    }

    /// A file that could hold no server and is not there tells nobody anything, nor does a text
    /// of somebody's that names none.
    fn is_of_interest(&self) -> bool {
        match &self.state {
            FileState::Missing => !(self.row.roots.is_empty() || self.format == Format::FrontMatter),
            FileState::Read(document) if self.format == Format::FrontMatter && !self.asked => {
                let roots = self.row.roots.iter().map(|root| root.path);
                roots.into_iter().any(|path| document.get(&entries::key_path(path)).is_some())
            }
            FileState::Unreadable(_) if self.format == Format::FrontMatter => !self.path.is_dir(),
            _ => true,
        }
    }
}

/// The parts of a file that its readers look at.
fn wanted(readers: &[Reader]) -> Vec<&'static [&'static str]> {
    let name = |root: &Root| if let Holds::One(name) = root.holds { Some(name) } else { None };
    let roots = readers.iter().flat_map(|(_, row)| row.roots).flat_map(|root| [Some(root.path), name(root)]);
    let settings = readers.iter().flat_map(|(_, row)| row.settings);
    let settings =
        settings.flat_map(|setting| [Some(setting.path), setting.with.map(|(way, _)| way), Some(setting.unless)]);
    let toggles = readers.iter().flat_map(|(_, row)| row.toggles).map(|toggle| toggle.path);
    // An empty way of a setting stands for none, not for the whole file.
    let settings = settings.flatten().filter(|way| !way.is_empty());
    let allows = readers.iter().flat_map(|(_, row)| row.allows).map(|allows| allows.path);
    let inputs = readers.iter().map(|(_, row)| row.inputs).filter(|way| !way.is_empty());
    roots.flatten().chain(toggles).chain(inputs).chain(settings).chain(allows).collect()
}

/// Those of its readers that find one of their roots in a file; all where nobody does.
fn finders(readers: Vec<Reader>, document: &Document) -> Vec<Reader> {
    let finds = |(_, row): &&Reader| {
        let entry = |node: &Node| {
            let parts = row.spelling.command.iter().chain(row.spelling.url);
            parts.into_iter().any(|part| node.member(part).is_some())
        };
        let fits = |root: &Root, node: &Node| match (root.holds, &node.value) {
            // Every file has a top, one without a byte too; a bare map has an entry right there.
            (_, Value::Null) if root.path.is_empty() => false,
            (Holds::Map, Value::Object(members)) if root.path.is_empty() => members.iter().any(entry),
            (Holds::List(_) | Holds::Items, value) => matches!(value, Value::Array(_)),
            (Holds::Map | Holds::One(_), value) => !matches!(value, Value::Array(_)),
        };
        row.roots.iter().any(|root| {
            let mut any = false;
            entries::reach(&document.root, root.path, &mut |_, node, _| any = any || fits(root, node));
            any
        })
    };
    let finders: Vec<Reader> = readers.iter().filter(finds).copied().collect();
    if finders.is_empty() { readers } else { finders }
}

fn found(env: &Env, spot: Spot, read: Result<Document, ReadError>) -> FoundFile {
    let Spot { path, project, readers, asked, .. } = spot;
    let shown = env.shown(&path);
    let readers = match &read {
        Ok(document) => finders(readers, document),
        Err(_) => readers,
    };
    let (client, row) = readers[0];
    let state = match read {
        Ok(document) => FileState::Read(Box::new(document)),
        Err(ReadError::Missing) => FileState::Missing,
        Err(ReadError::Invalid(problem)) => FileState::Invalid(problem),
        Err(ReadError::Unreadable(problem)) => FileState::Unreadable(problem),
    };
    let id = short_hash(&[client.id, &shown]);
    let mut readers: Vec<&'static Client> = readers.into_iter().map(|(client, _)| client).collect();
    let mut known = HashSet::new();
    // Of a file that was asked for one is its client; and that files are written
    // so does not mean that a program reads them.
    readers.retain(|other| known.insert(other.id) && (other.id == client.id || other.id != "generic" && !asked));
    let (scope, format) = (row.scope, row.format);
    FoundFile {
        id,
        client,
        row,
        readers,
        scope,
        path,
        shown,
        format,
        project,
        state,
        shared: None,
        barred: None,
        asked,
    }
}

/// Where a file leads to that must not be written; `real` is its path without links.
fn barred(env: &Env, look: &mut Look, file: &FoundFile, real: &Path) -> Option<Barred> {
    let mut root = |project: &PathBuf| look.real_folder(project).is_some_and(|root| real.starts_with(root));
    if ["nix/store", "gnu/store"].iter().any(|store| real.starts_with(env.root.join(store))) {
        Some(Barred::Store)
    } else if file.project.as_ref().is_some_and(|project| !root(project)) {
        Some(Barred::Outside)
    } else {
        None
    }
}
