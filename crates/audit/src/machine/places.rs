//! From the table of clients to the places to look at on this computer.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use crate::clients::{self, Base, CLIENTS, Client, ConfigFile, Os};
use crate::document::{Document, Format, Node, is_remote};
use crate::env::Env;
use crate::machine::entries::{key_path, reach};
use crate::machine::{FileState, FoundFile};

/// A row of the table and its client.
pub(super) type Reader = (&'static Client, &'static ConfigFile);

/// A place to look at.
pub(super) struct Spot {
    pub(super) path: PathBuf,
    /// The folder of a project's file.
    pub(super) project: Option<PathBuf>,
    /// Who reads it; the owner first, never empty.
    pub(super) readers: Vec<Reader>,
    /// Whether its folder names it; only then asking for it is worth while.
    pub(super) listed: bool,
    /// The user named it, and who reads it.
    pub(super) asked: bool,
}

/// The root of the git repository that a project lies in, if it lies in one.
pub(super) type Roots = HashMap<PathBuf, PathBuf>;

/// Folders that `**` goes down.
const DEEP: usize = 6;

/// Folders that one `**` looks into at most: a cache of plugins is small, and a scan has to end soon.
const MANY: usize = 4096;

/// Below these nothing is configured, and there is much of it.
const NEVER_BELOW: &[&str] = &["node_modules", ".git", ".venv"];

/// What stands in a folder, in name order, and whether it is a real folder;
/// `None` where that cannot be told.
type Names = Option<Rc<[(OsString, bool)]>>;

/// Folders are listed once for all rows.
#[derive(Default)]
pub(super) struct Look {
    listed: HashMap<PathBuf, Names>,
    below: HashMap<PathBuf, Rc<[PathBuf]>>,
    /// Whether a folder holds a `.git`.
    git: HashMap<PathBuf, bool>,
    /// Folders without links.
    real: HashMap<PathBuf, Option<Rc<Path>>>,
}

impl Look {
    /// Every place of the table that there can be here: each path once, in the table's order.
    pub(super) fn places(&mut self, env: &Env) -> Vec<Spot> {
        if let Some((path, client, row)) = &env.only {
            return vec![asked(path, client, row)];
        }
        let mut spots: Vec<Spot> = Vec::new();
        let mut known: HashMap<PathBuf, usize> = HashMap::new();
        for guest in [false, true] {
            for client in CLIENTS {
                for row in client.files.iter().filter(|row| row.guest == guest && row.os.contains(&env.os)) {
                    for (path, project) in self.row(env, row) {
                        let at = *known.entry(path.clone()).or_insert_with(|| {
                            let listed = self.may_be(env, &path);
                            spots.push(Spot { path, project, readers: Vec::new(), listed, asked: false });
                            spots.len() - 1
                        });
                        spots[at].readers.push((client, row));
                    }
                }
            }
        }
        // What is read anyway is read as the table says.
        let new = env.files.iter().filter(|(path, ..)| !known.contains_key(path));
        spots.extend(new.map(|(path, client, row)| asked(path, client, row)));
        spots
    }

    /// The files that others name in the place of servers; only those that are there, below the
    /// folder that the names are seen from, each once.
    pub(super) fn named(&mut self, env: &Env, files: &[FoundFile]) -> Vec<Spot> {
        let mut known: HashSet<PathBuf> = files.iter().map(|file| file.path.clone()).collect();
        let mut spots = Vec::new();
        for file in files.iter().filter(|_| env.only.is_none()) {
            let (Some(row), FileState::Read(document)) = (file.row.names, &file.state) else { continue };
            let Some(folder) = file.path.parent().and_then(Path::parent) else { continue };
            let mut names = Vec::new();
            for root in file.row.roots {
                reach(&document.root, root.path, &mut |_, node, _| names.extend(texts(node)));
            }
            for path in names.into_iter().filter_map(|name| below(folder, name)) {
                if self.has(&path) && known.insert(path.clone()) {
                    let readers = vec![(file.client, row)];
                    spots.push(Spot { path, project: file.project.clone(), readers, listed: true, asked: false });
                }
            }
        }
        spots
    }

    /// The places of one row, and the project each belongs to.
    fn row(&mut self, env: &Env, row: &ConfigFile) -> Vec<(PathBuf, Option<PathBuf>)> {
        let mut places = Vec::new();
        let bases = match row.base {
            Base::Told(base, files, setting) => self.told(env, *base, files, setting),
            base => bases(env, base),
        };
        let counts = |base: &Path| row.unless.is_empty() || is_remote(base) || !base.join(row.unless).is_file();
        for (base, project) in bases {
            if row.base.reaches_down() && !is_remote(&base) {
                for dir in self.above(env, row.base, &base).into_iter().rev().filter(|dir| counts(dir)) {
                    let mut there = self.expand(dir, row.path);
                    there.retain(|path| self.may_be(env, path) && path.is_file());
                    places.extend(there.into_iter().map(|path| (path, Some(dir.to_owned()))));
                }
            }
            if counts(&base) {
                // First, so that what it does not hold is not looked for further down.
                self.names(&base);
                places.extend(self.expand(&base, row.path).into_iter().map(|path| (path, project.clone())));
            }
        }
        places
    }

    /// The folders that a setting names, each once.
    fn told(&mut self, env: &Env, base: Base, files: &[&str], setting: &str) -> Vec<(PathBuf, Option<PathBuf>)> {
        let mut told = Vec::new();
        for (base, project) in bases(env, base) {
            for path in files.iter().flat_map(|file| self.expand(&base, file)).collect::<Vec<_>>() {
                if !self.may_be(env, &path) {
                    continue;
                }
                let read = Document::read(&path, Format::Jsonc, &[&[setting]]);
                let named = read.ok().and_then(|document| {
                    let text = document.get(&key_path(&[setting]))?.as_str()?;
                    Some(PathBuf::from(text)).filter(|folder| folder.is_absolute())
                });
                if let Some(folder) = named.filter(|folder| !told.iter().any(|(known, _)| known == folder)) {
                    told.push((folder, project.clone()));
                }
            }
        }
        told
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
        self.names(folder).is_some_and(|names| names.binary_search_by(|(one, _)| one.as_os_str().cmp(name)).is_ok())
    }

    /// Whether something can be at a path: no, where its folder does not name it.
    /// A folder is listed once, which is much cheaper than to ask for every place in it.
    pub(super) fn may_be(&mut self, env: &Env, path: &Path) -> bool {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return true };
        // What the folder above does not name needs no look.
        let above = folder.parent().filter(|above| self.listed.contains_key(*above)).is_some();
        if above && !self.listed.contains_key(folder) && !self.may_be(env, folder) {
            return false;
        }
        self.names(folder).is_none_or(|names| match env.os {
            Os::Linux => names.binary_search_by(|(one, _)| one.as_os_str().cmp(name)).is_ok(),
            // Their file systems take a name in any case.
            Os::Macos | Os::Windows => names.iter().any(|(one, _)| one.eq_ignore_ascii_case(name)),
        })
    }

    /// A file's path without links, if it is there.
    pub(super) fn real(&mut self, file: &Path) -> Option<PathBuf> {
        match fs::symlink_metadata(file).ok()?.is_symlink() {
            true => file.canonicalize().ok(),
            false => Some(self.real_folder(file.parent()?)?.join(file.file_name()?)),
        }
    }

    /// A folder's path without links; each folder is asked once.
    pub(super) fn real_folder(&mut self, folder: &Path) -> Option<Rc<Path>> {
        if let Some(real) = self.real.get(folder) {
            return real.clone();
        }
        // The folder above is known mostly, so that one question is enough.
        let is_link = fs::symlink_metadata(folder).map(|meta| meta.is_symlink());
        let real = match (is_link, folder.parent(), folder.file_name()) {
            (Ok(false), Some(above), Some(name)) if above.is_absolute() => {
                self.real_folder(above).map(|above| Rc::from(above.join(name)))
            }
            (Err(_), ..) => None,
            _ => folder.canonicalize().ok().map(Rc::from),
        };
        self.real.insert(folder.to_owned(), real.clone());
        real
    }

    /// The roots of the repositories that the projects lie in.
    pub(super) fn roots(&mut self, env: &Env) -> Roots {
        let root = |project: &PathBuf| Some((project.clone(), self.repository(env, project)?.to_owned()));
        env.projects.iter().filter_map(root).collect()
    }

    /// The root of the git repository that a project lies in.
    fn repository<'a>(&mut self, env: &Env, project: &'a Path) -> Option<&'a Path> {
        let mut dirs = project.ancestors().take_while(|dir| !is_remote(project) && within(env, project, dir));
        dirs.find(|dir| match self.git.get(*dir) {
            Some(known) => *known,
            None => *self.git.entry(dir.to_path_buf()).or_insert(dir.join(".git").exists()),
        })
    }

    /// The folders above a project that a row looks into, the nearest first.
    fn above<'a>(&mut self, env: &Env, base: Base, project: &'a Path) -> Vec<&'a Path> {
        let above = project.ancestors().skip(1).take_while(|dir| within(env, project, dir));
        let root = self.repository(env, project);
        let inside = |dir: &&Path| root.is_some_and(|root| dir.starts_with(root));
        match base {
            Base::RepositoryOrAbove if root.is_some() => above.take_while(inside).collect(),
            Base::Repository => above.take_while(inside).collect(),
            _ => above.collect(),
        }
    }

    fn matching(&mut self, folder: &Path, step: &str) -> Vec<PathBuf> {
        let matches = |name: &OsString| clients::matches(step, &name.to_string_lossy());
        let names = self.names(folder);
        let names = names.iter().flat_map(|names| names.iter());
        names.filter(|(name, _)| matches(name)).map(|(name, _)| folder.join(name)).collect()
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
                let folders = folders.iter().flat_map(|names| names.iter());
                let folders = folders.filter(|(name, folder)| *folder && !is_skipped(name));
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

    /// Empty for what is not there, or is no folder; unknown for what lies on another
    /// computer, or cannot be listed.
    fn names(&mut self, folder: &Path) -> Names {
        if let Some(names) = self.listed.get(folder) {
            return names.clone();
        }
        let names = if is_remote(folder) { None } else { list(folder) };
        self.listed.insert(folder.to_owned(), names.clone());
        names
    }
}

/// The folders that a base stands for, and the project each belongs to.
fn bases(env: &Env, base: Base) -> Vec<(PathBuf, Option<PathBuf>)> {
    if base == Base::Project || base.reaches_down() {
        return env.projects.iter().map(|dir| (dir.clone(), Some(dir.clone()))).collect();
    }
    env.base(base).into_iter().map(|dir| (dir, None)).collect()
}

/// A file that the user named. A name that says nothing leaves open which of its client's files it is; and what
/// its client finds no servers in is read as most files are written.
fn asked(path: &Path, client: &'static Client, row: &'static ConfigFile) -> Spot {
    let open = !clients::stands_at(row, path);
    let like = client.files.iter().map(|row| (client, row)).filter(|(_, other)| {
        open && !other.guest && other.format.tolerant() == row.format.tolerant() && !std::ptr::eq(*other, row)
    });
    let generic = clients::named("generic", path).expect("it is in the table");
    let readers = [(client, row)].into_iter().chain(like).chain([generic]).collect();
    Spot { path: path.to_owned(), project: None, readers, listed: true, asked: true }
}

/// A text, or those of a list.
fn texts(node: &Node) -> impl Iterator<Item = &str> {
    node.as_str().into_iter().chain(node.items().iter().filter_map(Node::as_str))
}

/// `./servers.json` in a folder; `None` for what leads out of it.
fn below(folder: &Path, name: &str) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    for step in Path::new(name).components() {
        match step {
            Component::CurDir => {}
            Component::Normal(step) => path.push(step),
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    (path != folder).then_some(path)
}

fn list(folder: &Path) -> Names {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Some([].into()),
        Err(_) => return None,
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.ok()?;
        names.push((entry.file_name(), entry.file_type().is_ok_and(|kind| kind.is_dir())));
    }
    names.sort();
    Some(names.into())
}

fn is_skipped(name: &OsString) -> bool {
    NEVER_BELOW.iter().any(|skipped| name == skipped)
}

/// Whether a folder above a project is looked at: in the home or the root not above
/// it, so that a home given by `--home` stays a world of its own.
fn within(env: &Env, project: &Path, dir: &Path) -> bool {
    [&env.home, &env.root].into_iter().all(|top| !project.starts_with(top) || dir.starts_with(top))
}
