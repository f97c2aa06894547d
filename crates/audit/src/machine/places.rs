//! From the table of clients to the places to look at on this computer.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::clients::{self, Base, CLIENTS, Client, ConfigFile};
use crate::document::is_remote;
use crate::env::Env;

/// A row of the table and its client.
pub(super) type Reader = (&'static Client, &'static ConfigFile);

/// A place to look at.
pub(super) struct Spot {
    pub(super) path: PathBuf,
    /// The folder of a project's file.
    pub(super) project: Option<PathBuf>,
    /// Who reads it; the owner first, never empty.
    pub(super) readers: Vec<Reader>,
}

/// Folders that `**` goes down.
const DEEP: usize = 6;

/// Folders that one `**` looks into at most: a cache of plugins is small, and a scan has to end soon.
const MANY: usize = 4096;

/// Below these nothing is configured, and there is much of it.
const NEVER_BELOW: &[&str] = &["node_modules", ".git", ".venv"];

/// What stands in a folder, in name order, and whether it is a real folder.
type Names = Rc<[(OsString, bool)]>;

/// Folders are listed once for all rows.
#[derive(Default)]
pub(super) struct Look {
    listed: HashMap<PathBuf, Names>,
    below: HashMap<PathBuf, Rc<[PathBuf]>>,
}

impl Look {
    /// Every place of the table that there can be here: each path once, in the table's order.
    pub(super) fn places(&mut self, env: &Env) -> Vec<Spot> {
        if let Some((path, client, row)) = &env.only {
            // A name that says nothing leaves open which of its client's files it is; and
            // what its client finds no servers in is read as most files are written.
            let open = !clients::stands_at(row, path);
            let like = client.files.iter().map(|row| (*client, row)).filter(|(_, other)| {
                open && !other.guest && other.format.tolerant() == row.format.tolerant() && !std::ptr::eq(*other, *row)
            });
            let generic = clients::named("generic", path).expect("it is in the table");
            let readers = [(*client, *row)].into_iter().chain(like).chain([generic]).collect();
            return vec![Spot { path: path.clone(), project: None, readers }];
        }
        let mut spots: Vec<Spot> = Vec::new();
        let mut known: HashMap<PathBuf, usize> = HashMap::new();
        for guest in [false, true] {
            for client in CLIENTS {
                for row in client.files.iter().filter(|row| row.guest == guest && row.os.contains(&env.os)) {
                    for (path, project) in self.row(env, row) {
                        let at = *known.entry(path.clone()).or_insert_with(|| {
                            spots.push(Spot { path, project, readers: Vec::new() });
                            spots.len() - 1
                        });
                        spots[at].readers.push((client, row));
                    }
                }
            }
        }
        spots
    }

    /// The places of one row, and the project each belongs to.
    fn row(&mut self, env: &Env, row: &ConfigFile) -> Vec<(PathBuf, Option<PathBuf>)> {
        let mut places = Vec::new();
        let given = |dir: &PathBuf| (dir.clone(), Some(dir.clone()));
        let bases: Vec<(PathBuf, Option<PathBuf>)> = match row.base {
            base if base == Base::Project || base.reaches_down() => env.projects.iter().map(given).collect(),
            base => env.base(base).into_iter().map(|dir| (dir, None)).collect(),
        };
        let counts = |base: &Path| row.unless.is_empty() || is_remote(base) || !base.join(row.unless).is_file();
        for (base, project) in bases {
            if row.base.reaches_down() && !is_remote(&base) {
                for dir in above(env, row.base, &base).into_iter().rev().filter(|dir| counts(dir)) {
                    let there = self.expand(dir, row.path).into_iter().filter(|path| path.is_file());
                    places.extend(there.map(|path| (path, Some(dir.to_owned()))));
                }
            }
            if counts(&base) {
                places.extend(self.expand(&base, row.path).into_iter().map(|path| (path, project.clone())));
            }
        }
        places
    }

    /// `base` joined with a row's path; every `*` step stands for what matches it
    /// now, in name order, `**` for this folder and those below it.
    pub(super) fn expand(&mut self, base: &Path, path: &str) -> Vec<PathBuf> {
        if path.is_empty() {
            return vec![base.to_owned()];
        }
        let mut found = vec![base.to_owned()];
        for step in path.split('/') {
            found = match step {
                "**" => found.iter().flat_map(|folder| self.below(folder).to_vec()).collect(),
                step if step.contains('*') => found.iter().flat_map(|folder| self.matching(folder, step)).collect(),
                step => found.into_iter().map(|folder| folder.join(step)).collect(),
            };
        }
        // Where everything is looked through, only what is there is a place.
        if path.contains("**") {
            found.retain(|path| self.has(path));
        }
        found
    }

    fn has(&mut self, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
        self.names(folder).iter().any(|(one, _)| one == name)
    }

    fn matching(&mut self, folder: &Path, step: &str) -> Vec<PathBuf> {
        let matches = |name: &OsString| clients::matches(step, &name.to_string_lossy());
        self.names(folder).iter().filter(|(name, _)| matches(name)).map(|(name, _)| folder.join(name)).collect()
    }

    /// A folder and the real folders below it; links are not followed, so no circle.
    fn below(&mut self, folder: &Path) -> Rc<[PathBuf]> {
        if let Some(found) = self.below.get(folder) {
            return found.clone();
        }
        let mut found = vec![folder.to_owned()];
        let mut level = 0..1;
        for _ in 0..DEEP {
            for at in level.clone() {
                let folders = self.names(&found[at]);
                let folders = folders.iter().filter(|(name, folder)| *folder && !is_skipped(name));
                let room = MANY.saturating_sub(found.len());
                let paths: Vec<PathBuf> = folders.take(room).map(|(name, _)| found[at].join(name)).collect();
                found.extend(paths);
            }
            level = level.end..found.len();
        }
        let found: Rc<[PathBuf]> = found.into();
        self.below.insert(folder.to_owned(), found.clone());
        found
    }

    /// Nothing for what is not a folder here, or lies on another computer.
    fn names(&mut self, folder: &Path) -> Names {
        if let Some(names) = self.listed.get(folder) {
            return names.clone();
        }
        let entries = if is_remote(folder) { None } else { fs::read_dir(folder).ok() };
        let mut names: Vec<(OsString, bool)> = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| {
                let entry = entry.ok()?;
                Some((entry.file_name(), entry.file_type().is_ok_and(|kind| kind.is_dir())))
            })
            .collect();
        names.sort();
        let names: Names = names.into();
        self.listed.insert(folder.to_owned(), names.clone());
        names
    }
}

fn is_skipped(name: &OsString) -> bool {
    NEVER_BELOW.iter().any(|skipped| name == skipped)
}

/// The folders above a project that a row looks into, the nearest first.
fn above<'a>(env: &Env, base: Base, project: &'a Path) -> Vec<&'a Path> {
    let above = project.ancestors().skip(1).take_while(|dir| within(env, project, dir));
    let root = repository(env, project);
    let inside = |dir: &&Path| root.is_some_and(|root| dir.starts_with(root));
    match base {
        Base::RepositoryOrAbove if root.is_some() => above.take_while(inside).collect(),
        Base::Repository => above.take_while(inside).collect(),
        _ => above.collect(),
    }
}

/// The root of the git repository that a project lies in.
pub(super) fn repository<'a>(env: &Env, project: &'a Path) -> Option<&'a Path> {
    let dirs = project.ancestors().take_while(|dir| within(env, project, dir));
    dirs.filter(|_| !is_remote(project)).find(|dir| dir.join(".git").exists())
}

/// Whether a folder above a project is looked at: in the home or the root not above
/// it, so that a home given by `--home` stays a world of its own.
fn within(env: &Env, project: &Path, dir: &Path) -> bool {
    [&env.home, &env.root].into_iter().all(|top| !project.starts_with(top) || dir.starts_with(top))
}
