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
    names: usize,
    /// What must be mounted read-only.
    pub(super) found: Vec<Mount>,
    /// What settings of repositories name.
    git: git::Reader<'a>,
    pub(super) repositories: Repositories,
    /// Nothing is started after it: nothing is kept, and nothing stops it.
    only_looks: bool,
}

/// What a search came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Repositories {
    pub(crate) all: Vec<Repository>,
    /// Something could not be looked into: there may be others.
    pub(crate) cut: bool,
}

/// A repository in a writable grant, or what cannot be looked into and may hide one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Repository {
    /// `…/.git`, or a bare one.
    pub(crate) path: PathBuf,
    /// The grant it lies in.
    pub(crate) grant: PathBuf,
    /// It has git run programs, as far as anybody can tell.
    pub(crate) runs: bool,
}

/// A folder on the way down, and what of it has not been looked at.
struct Level {
    folder: OwnedFd,
    path: PathBuf,
    below: Vec<(OsString, Kind)>,
}

/// Which of the names count in a folder.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// What was granted: people open it as a project, so all of them.
    Grant,
    /// All, but what only counts beside a `.git`.
    Inside,
    /// In a `node_modules`, which nobody opens as a project, and where packages
    /// bring along what their authors work with: repositories alone.
    Packages,
    /// In what is kept as a whole: repositories are told, and nothing is kept twice.
    Kept,
}

/// What a folder is.
enum Look {
    /// The folders in it.
    Ordinary(Vec<(OsString, Kind)>),
    /// What git takes for a repository, under whatever name: a bare one, a
    /// submodule's or a worktree's.
    Repository,
    /// It cannot be looked through to the end.
    Closed,
}

impl<'a> Search<'a> {
    pub(super) fn new(grants: &'a HashMap<&'a Path, bool>, home: &'a Path) -> Search<'a> {
        let (found, git, repositories) = (Vec::new(), git::Reader::new(home), Repositories::default());
        Search { grants, names: 0, found, git, repositories, only_looks: false }
    }

    /// One that is told of all repositories, whatever stands in its way.
    pub(super) fn only_looking(grants: &'a HashMap<&'a Path, bool>, home: &'a Path) -> Search<'a> {
        Search { only_looks: true, ..Search::new(grants, home) }
    }

    /// After the last grant: keeps what settings of repositories name, where the server may write.
    pub(super) fn keep_named(&mut self) -> Result<(), SandboxError> {
        for path in self.git.found() {
            let grant = path.ancestors().find_map(|folder| Some((folder, *self.grants.get(folder)?)));
            let kept = self.found.iter().any(|mount| path.starts_with(&mount.path));
            match grant {
                Some((folder, true)) if folder == path => return Err(unprotected(&path, CODE)),
                Some((_, true)) if !kept => {}
                _ => continue,
            }
            match open_path(&path) {
                Some(source) => self.keep(Some(source), path)?,
                None if path.symlink_metadata().is_ok() => return Err(unprotected(&path, A_LINK)),
                None => {}
            }
        }
        Ok(())
    }

    /// Looks through a writable grant, to the last folder.
    pub(super) fn through(&mut self, source: &OwnedFd, grant: &Path) -> Result<(), SandboxError> {
        if grant.iter().any(is_run_by_others) {
            return Err(unprotected(grant, CODE));
        }
        let folder = match open_folder(source, OsStr::new(".")) {
            Ok(folder) => folder,
            Err(Errno::NOTDIR) => return Ok(()),
            Err(_) => return self.closed(grant),
        };
        self.name(grant, |git| git.around(grant))?;
        let kind = if grant.iter().any(|name| name == PACKAGES) { Kind::Packages } else { Kind::Grant };
        let mut levels = match self.look(&folder, grant, grant, kind)? {
            Look::Ordinary(below) => vec![Level { folder, path: grant.to_owned(), below }],
            Look::Repository => {
                self.tell(grant, grant, git::runs(&folder));
                return if self.only_looks { Ok(()) } else { Err(unprotected(grant, CODE)) };
            }
            Look::Closed => return self.closed(grant),
        };
        while let Some(level) = levels.last_mut() {
            let Some((name, kind)) = level.below.pop() else {
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
                    self.tell_closed(&below, grant);
                    if kind != Kind::Kept {
                        self.keep(closed.ok(), below)?;
                    }
                    continue;
                }
            };
            match self.look(&folder, &below, grant, kind)? {
                Look::Ordinary(names) if levels.len() < DEEPEST => {
                    levels.push(Level { folder, path: below, below: names });
                    continue;
                }
                Look::Ordinary(_) if self.only_looks => self.tell_closed(&below, grant),
                Look::Ordinary(_) => return Err(unprotected(grant, TOO_LARGE)),
                Look::Repository => {
                    self.name(grant, |git| git.repository(&folder, &below, &below))?;
                    self.tell(&below, grant, git::runs(&folder));
                }
                Look::Closed => self.tell_closed(&below, grant),
            }
            if kind != Kind::Kept {
                self.keep(Some(folder), below)?;
            }
        }
        Ok(())
    }

    /// Lists one folder and keeps what is run by others in it.
    fn look(&mut self, folder: &OwnedFd, path: &Path, grant: &Path, kind: Kind) -> Result<Look, SandboxError> {
        let mut buffer = [MaybeUninit::uninit(); 32 << 10];
        let mut entries = RawDir::new(folder, &mut buffer);
        let (mut run, mut below, mut marks) = (Vec::new(), Vec::new(), Marks::default());
        while let Some(entry) = entries.next() {
            let Ok(entry) = entry else {
                return Ok(Look::Closed);
            };
            self.names += 1;
            if self.names > MOST_NAMES {
                self.tell_closed(grant, grant);
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
                let packages = kind == Kind::Packages || name == PACKAGES;
                below.push((
                    name.to_owned(),
                    match kind {
                        Kind::Kept => Kind::Kept,
                        _ if packages => Kind::Packages,
                        _ => Kind::Inside,
                    },
                ));
            }
        }
        if marks.are_of_a_repository() {
            return Ok(Look::Repository);
        }
        let is_project = kind == Kind::Grant || run.iter().any(|name| is(name, GIT));
        let counts = |name: &OsString| {
            is(name, GIT)
                || matches!(kind, Kind::Grant | Kind::Inside)
                    && (is_project || !BESIDE_GIT.iter().any(|known| is(name, known)))
        };
        let (run, others): (Vec<OsString>, Vec<OsString>) = run.into_iter().partition(counts);
        let inside = if kind == Kind::Grant { Kind::Inside } else { kind };
        below.extend(others.into_iter().map(|name| (name, inside)));
        let before = self.found.len();
        for name in run {
            let at = path.join(&name);
            let is_git = is(&name, GIT);
            match openat(folder, &name, FLAGS, Mode::empty()) {
                Ok(found) if is_link(&found) => {
                    if is_git {
                        self.tell(&at, grant, true);
                    }
                    if !self.only_looks && kind != Kind::Kept {
                        return Err(unprotected(&at, A_LINK));
                    }
                }
                Ok(_) if self.grants.contains_key(at.as_path()) => {}
                Ok(found) => {
                    if is_git {
                        // A file leads to settings anywhere.
                        let is_file = !is_folder(&found);
                        self.name(grant, |git| match is_file {
                            true => git.by_file(folder, path),
                            false => git.repository(&found, &at, path),
                        })?;
                        self.tell(&at, grant, is_file || git::runs(&found));
                    } else {
                        below.push((name, Kind::Kept));
                    }
                    if kind != Kind::Kept {
                        self.keep(Some(found), at)?;
                    }
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

    /// What is to be kept in the end; who only looks need not read it.
    fn name(
        &mut self,
        grant: &Path,
        read: impl FnOnce(&mut git::Reader) -> Result<(), git::TooMuch>,
    ) -> Result<(), SandboxError> {
        if self.only_looks {
            return Ok(());
        }
        read(&mut self.git).map_err(|git::TooMuch| unprotected(grant, TOO_LARGE))
    }

    fn tell(&mut self, path: &Path, grant: &Path, runs: bool) {
        self.repositories.all.push(Repository { path: path.to_owned(), grant: grant.to_owned(), runs });
    }

    /// What cannot be looked into may hide a repository.
    fn tell_closed(&mut self, path: &Path, grant: &Path) {
        self.tell(path, grant, true);
        self.repositories.cut = true;
    }

    fn closed(&mut self, grant: &Path) -> Result<(), SandboxError> {
        self.tell_closed(grant, grant);
        if self.only_looks { Ok(()) } else { Err(unprotected(grant, CLOSED)) }
    }

    /// `source`: none where it could not be opened.
    fn keep(&mut self, source: Option<OwnedFd>, path: PathBuf) -> Result<(), SandboxError> {
        if self.only_looks {
            return Ok(());
        }
        let Some(source) = source else { return Err(unprotected(&path, CLOSED)) };
        if self.found.len() >= MOST_MOUNTS {
            return Err(unprotected(&path, TOO_LARGE));
        }
        self.found.push(Mount { is_part: true, source, path, writable: false });
        Ok(())
    }
}

/// The names by which git knows a repository (`is_git_directory` in its
/// `setup.c`): a worktree's has `commondir` instead of objects and refs, and what
/// that leads to may have no `HEAD`.
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
        (self.objects && self.refs) || (self.head && self.commondir)
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
