//! What stays as it is inside a folder that a server may write in.
//!
//! Some things in a project are run by other programs on their own: when it is
//! opened or entered, or when git or an agent is used in it. Whatever of this
//! kind is there when the server starts cannot be changed, moved or replaced,
//! nor what a repository's settings have git run from elsewhere in it (`git.rs`);
//! what is not there can be made, which nothing here can keep from happening
//! without making it on the host first; a repository that was made is told
//! (`made.rs`). Every folder is looked at: one that was
//! passed over would be the one to move a repository to. An unfenced program
//! could move one behind the back of this search, but has no need to; a fenced
//! one with the same grant cannot, since what it might move is fixed for it too.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, RawDir, fstat, openat};
use rustix::io::Errno;

use super::mount::{FLAGS, Mount, open_path};
use super::{SandboxError, git, is_run_by_others};

const GIT: &str = ".git";

/// Copilot and GitHub read it at the top of a repository; packages bring along
/// hundreds.
const BESIDE_GIT: &[&str] = &[".github"];

const PACKAGES: &str = "node_modules";

/// A look at so many names takes about a second.
const MOST_NAMES: usize = 1_000_000;

/// So many mounts take the engine more than half a second.
const MOST_MOUNTS: usize = 500;

/// Deeper than a path can name.
const DEEPEST: usize = 200;

const A_LINK: &str = "it is a link, which nothing keeps from being replaced; put what it leads to in its place";
const CODE: &str = "other programs run what is in there by themselves";
const TOO_LARGE: &str =
    "there is too much in it to find all that other programs run by themselves; choose smaller folders";
const CLOSED: &str = "it cannot be looked through";

/// The search through all writable grants of one start.
pub(super) struct Search<'a> {
    /// All grants, and whether they may be written: each is looked through by itself.
    grants: &'a HashMap<&'a Path, bool>,
    home: &'a Path,
    names: usize,
    /// What must be mounted read-only.
    pub(super) found: Vec<Mount>,
    /// What settings of repositories name (`git.rs`).
    named: Vec<PathBuf>,
    /// All repositories, by their folders.
    pub(super) repositories: Vec<Repository>,
}

/// A repository in a writable grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// `…/.git`, or a bare one.
    pub(crate) path: PathBuf,
    /// It has git run programs.
    pub(crate) runs: bool,
}

/// A folder on the way down, and what of it has not been looked at.
struct Level {
    folder: OwnedFd,
    path: PathBuf,
    kind: Kind,
    below: Vec<OsString>,
}

/// Which of the names count in a folder.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// What was granted: people open it as a project, so all of them.
    Grant,
    /// All, but what only counts beside a `.git`.
    Inside,
    /// In a `node_modules`, which nobody opens as a project, and where packages
    /// bring along what their authors work with: repositories alone.
    Packages,
}

/// What a folder is.
enum Look {
    /// The folders in it.
    Ordinary(Vec<OsString>),
    /// What git takes for a repository, under whatever name: a bare one, a
    /// submodule's or a worktree's.
    Repository,
    /// It cannot be looked through to the end.
    Closed,
}

impl<'a> Search<'a> {
    pub(super) fn new(grants: &'a HashMap<&'a Path, bool>, home: &'a Path) -> Search<'a> {
        Search { grants, home, names: 0, found: Vec::new(), named: Vec::new(), repositories: Vec::new() }
    }

    /// After the last grant: keeps what settings of repositories name, where the server may write.
    pub(super) fn keep_named(&mut self) -> Result<(), SandboxError> {
        for path in std::mem::take(&mut self.named) {
            let grant = path.ancestors().find_map(|folder| Some((folder, *self.grants.get(folder)?)));
            let kept = self.found.iter().any(|mount| path.starts_with(&mount.path));
            match grant {
                Some((folder, true)) if folder == path => return Err(unprotected(&path, CODE)),
                Some((_, true)) if !kept => {}
                _ => continue,
            }
            match open_path(&path) {
                Some(source) => self.keep(source, path)?,
                None if path.symlink_metadata().is_ok() => return Err(unprotected(&path, A_LINK)),
                None => {}
            }
        }
        Ok(())
    }

    /// Looks through a writable grant, to the last folder.
    pub(super) fn through(&mut self, source: &OwnedFd, path: &Path) -> Result<(), SandboxError> {
        if path.iter().any(is_run_by_others) {
            return Err(unprotected(path, CODE));
        }
        let folder = match open_folder(source, OsStr::new(".")) {
            Ok(folder) => folder,
            Err(Errno::NOTDIR) => return Ok(()),
            Err(_) => return Err(unprotected(path, CLOSED)),
        };
        let kind = if path.iter().any(|name| name == PACKAGES) { Kind::Packages } else { Kind::Grant };
        let mut levels = match self.look(&folder, path, kind)? {
            Look::Ordinary(below) => vec![Level { folder, path: path.to_owned(), kind, below }],
            Look::Repository => {
                self.repositories.push(Repository { runs: git::runs(&folder), path: path.to_owned() });
                return Err(unprotected(path, CODE));
            }
            Look::Closed => return Err(unprotected(path, CLOSED)),
        };
        while let Some(level) = levels.last_mut() {
            let Some(name) = level.below.pop() else {
                levels.pop();
                continue;
            };
            let below = level.path.join(&name);
            if self.grants.contains_key(below.as_path()) {
                continue;
            }
            let folder = match open_folder(&level.folder, &name) {
                Ok(folder) => folder,
                // No folder, a link, or gone meanwhile.
                Err(Errno::NOTDIR | Errno::LOOP | Errno::NOENT) => continue,
                Err(_) => {
                    // Its owner, who may be the server, could open it later.
                    let closed = openat(&level.folder, &name, FLAGS, Mode::empty());
                    self.keep(closed.map_err(|_| unprotected(&below, CLOSED))?, below)?;
                    continue;
                }
            };
            let packages = level.kind == Kind::Packages || name == PACKAGES;
            let kind = if packages { Kind::Packages } else { Kind::Inside };
            match self.look(&folder, &below, kind)? {
                Look::Ordinary(names) if levels.len() < DEEPEST => {
                    levels.push(Level { folder, path: below, kind, below: names });
                }
                Look::Ordinary(_) => return Err(unprotected(path, TOO_LARGE)),
                Look::Repository => {
                    self.repositories.push(Repository { runs: git::runs(&folder), path: below.clone() });
                    self.keep(folder, below)?;
                }
                Look::Closed => self.keep(folder, below)?,
            }
        }
        Ok(())
    }

    /// Lists one folder and keeps what is run by others in it.
    fn look(&mut self, folder: &OwnedFd, path: &Path, kind: Kind) -> Result<Look, SandboxError> {
        let mut buffer = [MaybeUninit::uninit(); 32 << 10];
        let mut entries = RawDir::new(folder, &mut buffer);
        let (mut run, mut below, mut marks) = (Vec::new(), Vec::new(), Marks::default());
        while let Some(entry) = entries.next() {
            let Ok(entry) = entry else {
                return Ok(Look::Closed);
            };
            self.names += 1;
            if self.names > MOST_NAMES {
                return Err(unprotected(path, TOO_LARGE));
            }
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            marks.see(name);
            if is_run_by_others(name) {
                run.push(name.to_owned());
            } else if matches!(entry.file_type(), FileType::Directory | FileType::Unknown)
                && name != "."
                && name != ".."
            {
                below.push(name.to_owned());
            }
        }
        if marks.are_of_a_repository() {
            return Ok(Look::Repository);
        }
        let is_project = kind == Kind::Grant || run.iter().any(|name| is(name, GIT));
        let counts = |name: &OsString| {
            is(name, GIT) || kind != Kind::Packages && (is_project || !BESIDE_GIT.iter().any(|known| is(name, known)))
        };
        let (run, others): (Vec<OsString>, Vec<OsString>) = run.into_iter().partition(counts);
        below.extend(others);
        let before = self.found.len();
        for name in run {
            let at = path.join(&name);
            match openat(folder, name, FLAGS, Mode::empty()) {
                Ok(found) if is_link(&found) => return Err(unprotected(&at, A_LINK)),
                Ok(_) if self.grants.contains_key(at.as_path()) => {}
                Ok(found) => {
                    if at.file_name().is_some_and(|name| is(name, GIT)) {
                        self.named.extend(git::named(&found, path, self.home));
                        // A file leads to settings anywhere.
                        let runs = !is_folder(&found) || git::runs(&found);
                        self.repositories.push(Repository { runs, path: at.clone() });
                    }
                    self.keep(found, at)?;
                }
                Err(Errno::NOENT) => {}
                Err(_) => {
                    // The whole folder is kept.
                    self.found.truncate(before);
                    return Ok(Look::Closed);
                }
            }
        }
        Ok(Look::Ordinary(below))
    }

    fn keep(&mut self, source: OwnedFd, path: PathBuf) -> Result<(), SandboxError> {
        if self.found.len() >= MOST_MOUNTS {
            return Err(unprotected(&path, TOO_LARGE));
        }
        self.found.push(Mount { source, path, writable: false });
        Ok(())
    }
}

/// The names by which git knows a repository (`is_git_directory` in its
/// `setup.c`; a worktree's has `commondir` instead of objects and refs).
#[derive(Default)]
struct Marks {
    head: bool,
    objects: bool,
    refs: bool,
    commondir: bool,
}

impl Marks {
    fn see(&mut self, name: &OsStr) {
        match name.as_bytes() {
            b"HEAD" => self.head = true,
            b"objects" => self.objects = true,
            b"refs" => self.refs = true,
            b"commondir" => self.commondir = true,
            _ => {}
        }
    }

    fn are_of_a_repository(&self) -> bool {
        self.head && (self.commondir || (self.objects && self.refs))
    }
}

/// The folders between a writable grant and a mount inside it. Whoever could
/// rename one of them could put another project in its place; a mount point
/// cannot be renamed, so each becomes one. Renaming a file from one of them to
/// another then needs a copy, as between disks.
pub(super) fn between(mounts: &[Mount], grants: &HashMap<&Path, bool>) -> Result<Vec<PathBuf>, SandboxError> {
    let mut between = std::collections::BTreeSet::new();
    for mount in mounts {
        let mut above = Vec::new();
        for folder in mount.path.ancestors().skip(1) {
            match grants.get(folder) {
                None => above.push(folder.to_owned()),
                Some(writable) => {
                    between.extend(above.drain(..).filter(|_| *writable));
                    break;
                }
            }
        }
        if between.len() + mounts.len() > MOST_MOUNTS {
            return Err(unprotected(&mount.path, TOO_LARGE));
        }
    }
    Ok(between.into_iter().collect())
}

fn unprotected(path: &Path, reason: &'static str) -> SandboxError {
    SandboxError::Unprotected { path: path.to_owned(), reason }
}

fn open_folder(at: impl AsFd, name: &OsStr) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(at, name, flags, Mode::empty())
}

fn is(name: &OsStr, known: &str) -> bool {
    name.as_bytes().eq_ignore_ascii_case(known.as_bytes())
}

fn is_folder(file: impl AsFd) -> bool {
    fstat(file).is_ok_and(|found| FileType::from_raw_mode(found.st_mode).is_dir())
}

fn is_link(file: impl AsFd) -> bool {
    fstat(file).is_ok_and(|found| FileType::from_raw_mode(found.st_mode).is_symlink())
}
