//! Older versions of configs and their neighbours in the repositories they lie in.
//!
//! Objects are read through `gix`; git is never run, and a repository whose
//! settings lead elsewhere, or that holds anything but files and folders, is not opened.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;
use gix::revision::walk::Sorting;
use gix::traverse::commit::simple::CommitTimeOrder;

use super::places::{is_backup, is_env_file};
use super::search::Needles;
use crate::machine::shared::repository;

/// Commits of one repository that are looked at, and that are counted.
const COMMITS: usize = 20_000;
const COUNTED: usize = 1_000_000;

/// Versions of files that are read in one repository, and the largest of them.
const VERSIONS: usize = 20_000;
const LARGEST: u64 = 16 * 1024 * 1024;

/// Entries of a repository's own folder that are looked at before it is opened.
const ENTRIES: usize = 1_000_000;

/// What the history of one repository holds.
#[derive(Default)]
pub(super) struct Past {
    /// By path in the repository and key.
    pub(super) copies: BTreeMap<(PathBuf, usize), Version>,
    /// Commits that were looked at.
    pub(super) commits: usize,
    /// What was not looked at, full sentences.
    pub(super) skipped: Vec<String>,
    pub(super) stopped: bool,
}

/// A key in the versions of one file.
pub(super) struct Version {
    /// The newest commit that was found with it.
    pub(super) commit: String,
    /// How many versions.
    pub(super) count: usize,
}

/// Looks through all commits of the repository at `top` that a branch, a tag or a stash leads to.
/// `files`: paths in it; looked at are those, and what lies beside them as copies or variables.
/// `going` is asked now and then whether to go on.
pub(super) fn look(top: &Path, files: &[PathBuf], needles: &Needles, going: &mut dyn FnMut() -> bool) -> Past {
    let mut past = Past::default();
    let Some(repository) = opened(top) else {
        let why = "Its history was not looked at: its settings or its objects lie elsewhere, or it cannot be read.";
        past.skipped.push(why.to_owned());
        return past;
    };
    let Some(tips) = tips(&repository) else {
        past.skipped.push("Its history was not looked at: its branches cannot be read.".to_owned());
        return past;
    };
    let newest = Sorting::ByCommitTime(CommitTimeOrder::NewestFirst);
    let Ok(walk) = repository.rev_walk(tips).sorting(newest).all() else {
        past.skipped.push("Its history was not looked at: its commits cannot be read.".to_owned());
        return past;
    };
    let mut folders: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for file in files {
        let (folder, name) = (file.parent().unwrap_or(Path::new("")), file.file_name());
        let names = folders.entry(folder.to_owned()).or_default();
        names.extend(name.map(|name| name.to_string_lossy().into_owned()));
        // Variables of a project lie at its top.
        folders.entry(PathBuf::new()).or_default();
    }
    let mut look = Look {
        repository: &repository,
        needles,
        trees: HashSet::new(),
        blobs: HashMap::new(),
        counted: HashSet::new(),
        past,
    };
    let (mut total, mut broken) = (0, false);
    for commit in walk {
        let Ok(commit) = commit else {
            broken = true;
            break;
        };
        total += 1;
        if total > COUNTED {
            break;
        }
        if total > COMMITS || look.past.stopped || look.blobs.len() >= VERSIONS {
            continue;
        }
        if total % 256 == 0 && !going() {
            look.past.stopped = true;
            break;
        }
        look.past.commits += 1;
        if look.commit(commit.id, &folders).is_none() {
            broken = true;
        }
    }
    let mut past = look.past;
    if past.commits < total && !past.stopped {
        past.skipped.push(format!("Of its history the newest {} of {total} commits were looked at.", past.commits));
    }
    if broken {
        past.skipped
            .push("Some of its commits or files cannot be read or are too large; they were not looked at.".to_owned());
    }
    past
}

struct Look<'a> {
    repository: &'a gix::Repository,
    needles: &'a Needles,
    /// Folders that were looked at before, where they stood: most commits share nearly all of theirs.
    trees: HashSet<(PathBuf, gix::ObjectId)>,
    /// Files that were read, and the keys in them.
    blobs: HashMap<gix::ObjectId, Vec<usize>>,
    /// Where which of them was counted.
    counted: HashSet<(PathBuf, gix::ObjectId)>,
    past: Past,
}

impl Look<'_> {
    /// `None` where something could not be read.
    fn commit(&mut self, id: gix::ObjectId, folders: &BTreeMap<PathBuf, Vec<String>>) -> Option<()> {
        let top = self.repository.find_object(id).ok()?.try_into_commit().ok()?.tree().ok()?;
        for (folder, names) in folders {
            let tree = match folder.as_os_str().is_empty() {
                true => top.id,
                false => match top.lookup_entry_by_path(folder).ok()? {
                    Some(entry) if entry.mode().is_tree() => entry.object_id(),
                    _ => continue,
                },
            };
            if !self.trees.insert((folder.clone(), tree)) {
                continue;
            }
            for entry in self.repository.find_object(tree).ok()?.try_into_tree().ok()?.iter() {
                let entry = entry.ok()?;
                let Ok(name) = entry.filename().to_str() else { continue };
                let meant = is_env_file(name) || names.iter().any(|of| name == of || is_backup(name, of));
                if entry.mode().is_blob() && meant {
                    self.version(entry.object_id(), folder.join(name), id)?;
                }
            }
        }
        Some(())
    }

    fn version(&mut self, blob: gix::ObjectId, path: PathBuf, commit: gix::ObjectId) -> Option<()> {
        if !self.counted.insert((path.clone(), blob)) {
            return Some(());
        }
        if !self.blobs.contains_key(&blob) {
            if self.blobs.len() >= VERSIONS || self.repository.find_header(blob).ok()?.size() > LARGEST {
                return None;
            }
            let object = self.repository.find_object(blob).ok()?;
            let hits = self.needles.look(object.data.as_slice(), u64::MAX).ok()?;
            self.blobs.insert(blob, hits.into_iter().map(|hit| hit.key).collect());
        }
        for key in &self.blobs[&blob] {
            let commit = || Version { commit: commit.to_hex_with_len(10).to_string(), count: 0 };
            self.past.copies.entry((path.clone(), *key)).or_insert_with(commit).count += 1;
        }
        Some(())
    }
}

/// The repository, if nothing in its folder can lead elsewhere or make a reader wait.
fn opened(top: &Path) -> Option<gix::Repository> {
    let repository = repository(top)?;
    let common = repository.common_dir();
    let elsewhere = ["objects/info/alternates", "objects/info/http-alternates"];
    if elsewhere.iter().any(|path| fs::symlink_metadata(common.join(path)).is_ok()) {
        return None;
    }
    let mut left = ENTRIES;
    let mut open = vec![common.join("objects"), common.join("refs")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).ok()? {
            let entry = entry.ok()?;
            let kind = entry.file_type().ok()?;
            left = left.checked_sub(1)?;
            match (kind.is_dir(), kind.is_file()) {
                (true, _) => open.push(entry.path()),
                (_, true) => {}
                _ => return None,
            }
        }
    }
    Some(repository)
}

/// Where the walk begins: every branch, tag and stash, and what is checked out.
fn tips(repository: &gix::Repository) -> Option<Vec<gix::ObjectId>> {
    let mut tips: Vec<gix::ObjectId> = Vec::new();
    for reference in repository.references().ok()?.all().ok()?.flatten() {
        // A tag of something else than a commit has no history.
        let commit = reference.into_fully_peeled_id().ok().and_then(|id| id.object().ok()?.try_into_commit().ok());
        tips.extend(commit.map(|commit| commit.id));
    }
    tips.extend(repository.head_id().ok().map(|id| id.detach()));
    tips.sort_unstable();
    tips.dedup();
    Some(tips)
}
