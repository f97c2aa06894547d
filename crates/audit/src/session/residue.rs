//! Copies of moved keys that lie elsewhere.
//!
//! A key's value is taken from the keychain at that moment and looked for, as it
//! is and as formats write it, wherever this kind of file is copied to. It is
//! never stored, and what is told of a copy is its place.

mod history;
mod kinds;
mod places;
mod scrub;
mod search;
mod spellings;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use warder_launch::profile::Profile;
use warder_launch::vault::{Handle, Secret};

use super::Session;
use super::failures::{history, keychain, unknown};
use crate::api::{CopyKind, Failure, KeyCopy, Residue, Skipped};
use crate::clients::{self, Client, ConfigFile};
use crate::document::{LARGEST, ReadError, open_regular};
use crate::env::Env;
use crate::facts::Git;
use crate::id::short_hash;
use crate::machine::{FileState, Machine};
use crate::redact::{line, mask_all};
use crate::store::{Key as HistoryKey, Store, StoreError, Way};

pub(super) use scrub::{Scrub, taken_out};

use places::{Place, places};
use search::{Hit, Needles, SHORTEST};

/// Files of one folder that are looked at.
const MOST: usize = 20_000;

/// Files that are looked at before the caller is asked whether to go on.
const STEP: usize = 128;

/// A value, and every item of the keychain that holds it.
struct Wanted {
    handles: Vec<Handle>,
    value: Secret,
}

impl Session {
    /// Looks for copies of moved keys: of those that `change` moved (or of the
    /// keychain item, or the name, it says), else of all that profiles use.
    /// Reads only. `going` is told how many files were looked at so far, and
    /// says whether to go on; may take seconds.
    pub fn residue(&mut self, change: Option<&str>, going: &mut dyn FnMut(usize) -> bool) -> Result<Residue, Failure> {
        let handles = self.wanted(change)?;
        let mut residue = Residue::default();
        let mut wanted: Vec<Wanted> = Vec::new();
        for handle in handles {
            let Some(value) = self.vault.get(&handle).map_err(|error| keychain(&error))? else {
                let why = "The keychain does not hold this key, so nothing could be looked for.".to_owned();
                residue.skipped.push(Skipped { shown: line(handle.label()), why });
                continue;
            };
            if value.expose().len() < SHORTEST {
                let why = format!(
                    "It is shorter than {SHORTEST} characters, and could not be told from other words; look for it yourself."
                );
                residue.skipped.push(Skipped { shown: line(handle.label()), why });
                continue;
            }
            match wanted.iter_mut().find(|one| one.value.expose() == value.expose()) {
                Some(same) => same.handles.push(handle),
                None => wanted.push(Wanted { handles: vec![handle], value }),
            }
        }
        residue.keys = wanted.iter().flat_map(|one| names(&one.handles)).collect();
        residue.keys.sort();
        residue.keys.dedup();
        let values: Vec<Secret> = wanted.iter().map(|one| Secret::new(one.value.expose())).collect();
        let Some(needles) = Needles::of(&values) else { return Ok(residue) };
        self.scan();
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let mut look = Look { env: &machine.env, needles: &needles, wanted: &wanted, residue, scrubs: BTreeMap::new() };
        look.files(places(machine), going);
        if !look.residue.stopped {
            look.repositories(machine, going);
        }
        let Look { mut residue, scrubs, .. } = look;
        residue.copies.sort_by(|a, b| (a.kind, &a.shown).cmp(&(b.kind, &b.shown)));
        self.copies.extend(scrubs);
        Ok(residue)
    }

    /// The keychain items that are meant.
    fn wanted(&self, change: Option<&str>) -> Result<BTreeSet<Handle>, Failure> {
        let used = self
            .profiles()
            .flat_map(|profile| profile.handles().cloned().collect::<Vec<_>>())
            .collect::<BTreeSet<Handle>>();
        let Some(change) = change else { return Ok(used) };
        let named = |handle: &Handle| handle.as_str() == change || handle.label() == change;
        let meant: BTreeSet<Handle> = used.into_iter().filter(named).collect();
        if !meant.is_empty() || !Store::exists(&self.state) {
            return if meant.is_empty() { Err(unknown("change")) } else { Ok(meant) };
        }
        let store = Store::open(&self.state).map_err(history)?;
        if store.list().map_err(history)?.is_empty() {
            return Err(unknown("change"));
        }
        let key = HistoryKey::get(self.vault.as_ref(), &self.state).map_err(history)?;
        match store.way(&key, change) {
            Ok(way) => Ok(gained(&way)),
            Err(StoreError::Unknown(_)) => Err(unknown("change")),
            Err(error) => Err(history(error)),
        }
    }
}

/// The keychain items that an entry uses since a change.
pub(super) fn gained(way: &Way) -> BTreeSet<Handle> {
    let before: Vec<Handle> = way.profile_before.iter().flat_map(Profile::handles).cloned().collect();
    let after = way.profile_after.iter().flat_map(Profile::handles).cloned();
    let mut gained: BTreeSet<Handle> = after.filter(|handle| !before.contains(handle)).collect();
    gained.extend(way.stashed.iter().cloned());
    gained
}

/// The names of keychain items for people, each once.
fn names(handles: &[Handle]) -> Vec<String> {
    let mut names: Vec<String> = handles.iter().map(|handle| line(handle.label())).collect();
    names.sort();
    names.dedup();
    names
}

/// A file to look at.
struct Candidate {
    path: PathBuf,
    kind: CopyKind,
    owner: (&'static Client, &'static ConfigFile),
}

struct Look<'a> {
    env: &'a Env,
    needles: &'a Needles,
    wanted: &'a [Wanted],
    residue: Residue,
    /// By the id of the fix that takes a key out.
    scrubs: BTreeMap<String, Scrub>,
}

impl Look<'_> {
    fn files(&mut self, places: Vec<Place>, going: &mut dyn FnMut(usize) -> bool) {
        let home = self.env.home.canonicalize().ok();
        let (mut candidates, mut known) = (Vec::new(), HashSet::new());
        for place in places {
            let paths = match place.below {
                None => self.real(&place.path, home.as_deref()).into_iter().collect(),
                Some(name) => self.below(&place.path, name),
            };
            for path in paths.into_iter().filter(|path| known.insert(path.clone())) {
                candidates.push(Candidate { path, kind: place.kind, owner: place.owner });
            }
        }
        for some in candidates.chunks(STEP) {
            if !going(self.residue.files) {
                self.residue.stopped = true;
                return;
            }
            let needles = self.needles;
            let looked: Vec<Result<Vec<Hit>, String>> =
                some.par_iter().map(|one| look_at(needles, &one.path)).collect();
            for (candidate, looked) in some.iter().zip(looked) {
                match looked {
                    Ok(hits) => {
                        self.residue.files += 1;
                        if !hits.is_empty() {
                            self.copy(candidate, &hits);
                        }
                    }
                    Err(why) => self.skip(&candidate.path, why),
                }
            }
        }
    }

    /// The file a place names; nothing where there is none, or no file.
    fn real(&mut self, path: &Path, home: Option<&Path>) -> Option<PathBuf> {
        let meta = fs::symlink_metadata(path).ok()?;
        if !meta.is_symlink() {
            // Its folder may be a link; two ways to one file are one place.
            return meta.is_file().then(|| path.canonicalize().unwrap_or_else(|_| path.to_owned()));
        }
        let real = path.canonicalize().ok()?;
        if !home.is_some_and(|home| real.starts_with(home)) {
            self.skip(path, "It is a link that leads out of your home folder.".to_owned());
            return None;
        }
        real.is_file().then_some(real)
    }

    /// The files below a folder, in name order; links are not followed.
    fn below(&mut self, folder: &Path, name: &str) -> Vec<PathBuf> {
        let Ok(folder) = folder.canonicalize() else { return Vec::new() };
        if !self.env.home.canonicalize().is_ok_and(|home| folder.starts_with(home)) {
            self.skip(&folder, "It lies outside your home folder.".to_owned());
            return Vec::new();
        }
        let (mut files, mut open) = (Vec::new(), vec![folder.clone()]);
        while let Some(one) = open.pop() {
            let entries = match fs::read_dir(&one) {
                Ok(entries) => entries,
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                    continue;
                }
                Err(_) => {
                    self.skip(&one, "This folder cannot be read.".to_owned());
                    continue;
                }
            };
            for entry in entries.flatten() {
                let Ok(kind) = entry.file_type() else { continue };
                if kind.is_dir() {
                    open.push(entry.path());
                } else if kind.is_file() && clients::matches(name, &entry.file_name().to_string_lossy()) {
                    files.push(entry.path());
                }
                if files.len() + open.len() > MOST {
                    self.skip(&folder, format!("It holds more than {MOST} files; the others were not looked at."));
                    files.sort();
                    return files;
                }
            }
        }
        files.sort();
        files
    }

    fn skip(&mut self, path: &Path, why: String) {
        let shown = self.shown(path);
        self.residue.skipped.push(Skipped { shown, why });
    }

    /// A path for people; a key in it is masked like any other.
    fn shown(&self, path: &Path) -> String {
        let home = self.env.home.canonicalize();
        let shown = match home.as_deref().ok().and_then(|home| path.strip_prefix(home).ok()) {
            Some(rest) => self.env.shown(&self.env.home.join(rest)),
            None => self.env.shown(path),
        };
        let values: Vec<&str> = self.wanted.iter().map(|one| one.value.expose()).collect();
        line(&mask_all(&shown, &values))
    }

    fn copy(&mut self, candidate: &Candidate, hits: &[Hit]) {
        let handles: Vec<Handle> = hits.iter().flat_map(|hit| self.wanted[hit.key].handles.clone()).collect();
        let shown = self.shown(&candidate.path);
        let id = id(&candidate.path, "", &handles);
        let fix = candidate.kind.is_ours().then(|| format!("{}{id}", scrub::PREFIX));
        if let Some(fix) = &fix {
            let Candidate { path, kind, owner } = candidate;
            let (path, shown, handles) = (path.clone(), shown.clone(), handles.clone());
            self.scrubs.insert(fix.clone(), Scrub { path, shown, kind: *kind, owner: *owner, handles, seen: None });
        }
        self.residue.copies.push(KeyCopy {
            id,
            kind: candidate.kind,
            keys: names(&handles),
            shown,
            line: hits.iter().map(|hit| hit.line).min(),
            commit: None,
            count: hits.iter().map(|hit| hit.count).sum(),
            advice: candidate.kind.advice().to_owned(),
            fix,
        });
    }

    /// The history of every repository that a config lies in.
    fn repositories(&mut self, machine: &Machine, going: &mut dyn FnMut(usize) -> bool) {
        let mut tops: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
        let mut known: HashMap<PathBuf, Option<PathBuf>> = HashMap::new();
        let read = machine.files.iter().zip(&machine.facts.files);
        let read = read.filter(|(file, _)| matches!(file.state, FileState::Read(_)));
        let read = read.map(|(file, facts)| (&file.path, &facts.git));
        let named = machine.facts.servers.iter().filter_map(|facts| facts.env_file.as_ref());
        for (path, git) in read.chain(named.map(|file| (&file.path, &file.facts.git))) {
            let Some(real) = path.canonicalize().ok() else { continue };
            let Some(folder) = real.parent() else { continue };
            let top = known.entry(folder.to_owned()).or_insert_with(|| {
                folder.ancestors().find(|folder| fs::symlink_metadata(folder.join(".git")).is_ok()).map(Path::to_owned)
            });
            if let Some(top) = top
                && let Ok(inside) = real.strip_prefix(&*top)
            {
                tops.entry(top.clone()).or_default().push(inside.to_owned());
            } else if *git == Some(Git::Tracked) {
                // `git --git-dir=$HOME/.cfg --work-tree=$HOME`
                let why = "A repository for dotfiles tracks it, whose history was not looked at.";
                self.skip(path, why.to_owned());
            }
        }
        for (top, files) in tops {
            let looked = self.residue.files;
            let past = history::look(&top, &files, self.needles, &mut || going(looked));
            self.residue.commits += past.commits;
            self.residue.stopped |= past.stopped;
            past.skipped.into_iter().for_each(|why| self.skip(&top, why));
            for ((path, key), version) in past.copies {
                let handles = self.wanted[key].handles.clone();
                let path = top.join(path);
                self.residue.copies.push(KeyCopy {
                    id: id(&path, "git", &handles),
                    kind: CopyKind::Git,
                    keys: names(&handles),
                    shown: self.shown(&path),
                    line: None,
                    commit: Some(version.commit),
                    count: version.count,
                    advice: CopyKind::Git.advice().to_owned(),
                    fix: None,
                });
            }
            if self.residue.stopped {
                return;
            }
        }
    }
}

fn id(path: &Path, kind: &str, handles: &[Handle]) -> String {
    let path = path.to_string_lossy();
    let mut parts = vec!["residue", kind, &path];
    parts.extend(handles.iter().map(Handle::as_str));
    short_hash(&parts)
}

/// The keys in a file; else why it was not looked at, a full sentence.
fn look_at(needles: &Needles, path: &Path) -> Result<Vec<Hit>, String> {
    let (file, _) = match open_regular(path, LARGEST) {
        Ok(opened) => opened,
        Err(ReadError::Missing) => return Ok(Vec::new()),
        Err(ReadError::Invalid(problem) | ReadError::Unreadable(problem)) => {
            return Err(format!("It was not looked at: {}.", problem.message));
        }
    };
    needles.look(file, LARGEST).map_err(|error| format!("It was not looked at: {error}."))
}
