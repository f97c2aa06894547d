//! What a repository has git run: from elsewhere in a project (hooks in a folder
//! of any name, further files of settings, what a link in it leads to), and
//! whether it runs anything at all.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, open, openat, readlinkat, statat};
use rustix::io::Errno;

use super::git_settings::{Base, is_harmless, plain, values, words};
use super::resolve::{Elsewhere, resolve};

/// No settings of a repository are larger.
const LARGEST: u64 = 1 << 20;

/// Names that are looked up and files that are read, of all repositories of one start: about a second.
const MOST: usize = 100_000;

/// So much of a file counts as one more.
const BYTES: usize = 256;

/// A person's own settings of git, below the home, and the computer's: they count in every repository (git-config(1)).
const EVERYWHERE: &[&str] = &[".gitconfig", ".config/git/config", "/etc/gitconfig"];

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::RDONLY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Settings of git in its own folder.
const SETTINGS: &[&str] = &["config", "config.worktree"];

/// Folders in which it keeps the like of itself, of submodules and worktrees.
const INNER: &[&str] = &["modules", "worktrees"];

/// Reads what repositories name, and collects it. Settings are read wherever they are on this computer; what is mounted
/// from elsewhere is not asked: a server may have chosen the names.
pub(super) struct Reader<'a> {
    home: &'a Path,
    elsewhere: Option<Elsewhere>,
    left: usize,
    /// What files of settings say that were read already.
    read: HashMap<PathBuf, Rc<Values>>,
    /// Files of settings that were taken in, and for which tree: each counts once, also where it takes in itself.
    taken: HashSet<(PathBuf, PathBuf)>,
    /// The files and folders elsewhere that a repository runs or takes settings from: those that its settings name, and
    /// those that its links lead to.
    found: BTreeSet<PathBuf>,
}

type Values = Vec<(Base, String)>;

/// There is more than can be read.
pub(super) struct TooMuch;

impl Reader<'_> {
    pub(super) fn new(home: &Path) -> Reader<'_> {
        let (read, taken, found) = (HashMap::new(), HashSet::new(), BTreeSet::new());
        Reader { home, elsewhere: None, left: MOST, read, taken, found }
    }

    /// What was found so far, once.
    pub(super) fn found(&mut self) -> BTreeSet<PathBuf> {
        std::mem::take(&mut self.found)
    }

    /// Reads a repository: `git` is its open folder, at `path`; `tree` is where its files are checked out.
    pub(super) fn repository(&mut self, git: &OwnedFd, path: &Path, tree: &Path) -> Result<(), TooMuch> {
        self.everywhere(tree)?;
        self.read(git, path, tree)
    }

    /// The same where `.git` is a file, as in a worktree or a submodule: settings that count here lie in the folder that
    /// it names and in that one's common folder, wherever they are.
    pub(super) fn by_file(&mut self, folder: &OwnedFd, tree: &Path) -> Result<(), TooMuch> {
        self.everywhere(tree)?;
        let file = text(folder, ".git").and_then(Result::ok);
        let mut at = file.and_then(|text| Some(plain(&tree.join(text.strip_prefix("gitdir:")?.trim()))));
        // A folder, and its common one.
        for _ in 0..2 {
            let Some((path, git)) = at.and_then(|path| self.open(&path)) else { break };
            self.read(&git, &path, tree)?;
            at = self.common(&git, &path);
        }
        Ok(())
    }

    /// The repositories that a folder lies in: what they name may lie in it.
    pub(super) fn around(&mut self, folder: &Path) -> Result<(), TooMuch> {
        for tree in folder.ancestors().skip(1) {
            let Ok(open) = open(tree, FOLDER, Mode::empty()) else { continue };
            match openat(&open, ".git", FOLDER, Mode::empty()) {
                Ok(git) => self.repository(&git, &tree.join(".git"), tree)?,
                Err(Errno::NOTDIR) => self.by_file(&open, tree)?,
                Err(_) => {}
            }
        }
        Ok(())
    }

    fn step(&mut self, many: usize) -> Result<(), TooMuch> {
        self.left = self.left.checked_sub(many).ok_or(TooMuch)?;
        Ok(())
    }

    /// By its name, and where links on the way to it lead.
    fn find(&mut self, path: PathBuf) -> Result<(), TooMuch> {
        self.step(1)?;
        let real = self.real(&path);
        self.found.extend(real);
        self.found.insert(path);
        Ok(())
    }

    fn everywhere(&mut self, tree: &Path) -> Result<(), TooMuch> {
        EVERYWHERE.iter().try_for_each(|file| self.included(&self.home.join(file), tree))
    }

    fn read(&mut self, git: &OwnedFd, path: &Path, tree: &Path) -> Result<(), TooMuch> {
        self.step(1)?;
        for name in SETTINGS {
            self.linked(git, path, OsStr::new(name))?;
            let Some(text) = self.settings(git, path, name) else { continue };
            self.step(text.len() / BYTES)?;
            let read = values(&text);
            let own = read.iter().find(|(base, _)| *base == Base::Own).map(|(_, folder)| plain(&path.join(folder)));
            self.take(&read, path, own.as_deref().unwrap_or(tree))?;
        }
        self.linked(git, path, OsStr::new("hooks"))?;
        for name in names(git, "hooks").unwrap_or_default() {
            self.linked(git, path, Path::new("hooks").join(&name).as_os_str())?;
        }
        if let Some(common) = self.common(git, path) {
            self.find(common)?;
        }
        for folder in INNER {
            self.linked(git, path, OsStr::new(folder))?;
            self.inner(git, &path.join(folder), OsStr::new(folder), tree)?;
        }
        Ok(())
    }

    /// Where a link of this name leads, if it is one.
    fn linked(&mut self, folder: impl AsFd, path: &Path, name: &OsStr) -> Result<(), TooMuch> {
        self.step(1)?;
        target(folder, path, name).map_or(Ok(()), |target| self.find(target))
    }

    /// What the values of a file of settings in the folder `at` name, and what the files name that it takes in.
    fn take(&mut self, values: &Values, at: &Path, tree: &Path) -> Result<(), TooMuch> {
        for (base, value) in values {
            let path = || base.of(at, tree, self.home, value);
            match base {
                Base::Own => {}
                Base::Tree => self.find(path())?,
                Base::Line => {
                    for word in words(value) {
                        self.step(1)?;
                        let place = base.of(at, tree, self.home, word);
                        // Most are words like any other, and a folder is no program.
                        if self.real(&place).is_some_and(|real| real.is_file()) {
                            self.find(place)?;
                        }
                    }
                }
                Base::Git => {
                    let path = path();
                    self.included(&path, tree)?;
                    self.find(path)?;
                }
            }
        }
        Ok(())
    }

    fn included(&mut self, path: &Path, tree: &Path) -> Result<(), TooMuch> {
        self.step(1)?;
        if !self.taken.insert((path.to_owned(), tree.to_owned())) {
            return Ok(());
        }
        let values = match self.read.get(path) {
            Some(values) => Rc::clone(values),
            None => {
                let text = self.file(path).unwrap_or_default();
                self.step(text.len() / BYTES)?;
                let values = Rc::new(values(&text));
                self.read.insert(path.to_owned(), Rc::clone(&values));
                values
            }
        };
        // Relative to itself, wherever a link leads.
        path.parent().map_or(Ok(()), |folder| self.take(&values, folder, tree))
    }

    /// The submodules or worktrees in a folder. A submodule may be named with slashes.
    fn inner(&mut self, at: &OwnedFd, path: &Path, name: &OsStr, tree: &Path) -> Result<(), TooMuch> {
        let Ok(folder) = openat(at, name, FOLDER, Mode::empty()) else { return Ok(()) };
        for name in names(&folder, ".").unwrap_or_default() {
            self.linked(&folder, path, &name)?;
            let Ok(git) = openat(&folder, &*name, FOLDER, Mode::empty()) else { continue };
            if statat(&git, "HEAD", AtFlags::SYMLINK_NOFOLLOW).is_ok() {
                self.read(&git, &path.join(&name), tree)?;
            } else {
                self.inner(&folder, &path.join(&name), &name, tree)?;
            }
        }
        Ok(())
    }

    /// The folder that holds what worktrees share.
    fn common(&mut self, git: &OwnedFd, path: &Path) -> Option<PathBuf> {
        let text = self.settings(git, path, "commondir")?;
        Some(plain(&path.join(text.trim_end_matches(['\n', '\r']))))
    }

    /// A file of settings, also one that a link leads to.
    fn settings(&mut self, git: &OwnedFd, path: &Path, name: &str) -> Option<String> {
        match text(git, name)? {
            Ok(text) => Some(text),
            Err(_) => self.file(&target(git, path, OsStr::new(name))?),
        }
    }

    /// What is in a file, wherever links lead.
    fn file(&mut self, path: &Path) -> Option<String> {
        let real = self.real(path)?;
        let folder = open(real.parent()?, FOLDER, Mode::empty()).ok()?;
        text(&folder, real.file_name()?.to_str()?)?.ok()
    }

    fn open(&mut self, path: &Path) -> Option<(PathBuf, OwnedFd)> {
        let real = self.real(path)?;
        let folder = open(&real, FOLDER, Mode::empty()).ok()?;
        Some((real, folder))
    }

    fn real(&mut self, path: &Path) -> Option<PathBuf> {
        if self.elsewhere.is_none() {
            self.elsewhere = Elsewhere::now();
        }
        resolve(path, self.elsewhere.as_ref()?, |_| true)
    }
}

/// Where a link of this name in the folder at `path` leads; `None` for what is none.
fn target(folder: impl AsFd, path: &Path, name: &OsStr) -> Option<PathBuf> {
    let to = readlinkat(folder, name, Vec::new()).ok()?;
    let at = path.join(name);
    Some(plain(&at.parent()?.join(OsStr::from_bytes(to.as_bytes()))))
}

/// What is in a folder, without `.` and `..`; `None` where it cannot be listed or is none.
fn names(git: &OwnedFd, folder: &str) -> Option<Vec<std::ffi::OsString>> {
    let folder = openat(git, folder, FOLDER, Mode::empty()).ok()?;
    let entries = Dir::read_from(&folder).ok()?;
    let name = |entry: rustix::io::Result<rustix::fs::DirEntry>| {
        entry.ok().map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned())
    };
    let all: Option<Vec<_>> = entries.map(name).collect();
    Some(all?.into_iter().filter(|name| name != "." && name != "..").collect())
}

/// A file of settings; `None` where it is not there, an error where it cannot be read or is a link.
fn text(git: &OwnedFd, name: &str) -> Option<io::Result<String>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(git, name, flags, Mode::empty()) {
        Err(Errno::NOENT | Errno::NOTDIR) => return None,
        file => file.map(File::from),
    };
    let read = || {
        let file = file?;
        let found = file.metadata()?;
        if !found.is_file() || found.len() > LARGEST {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let mut bytes = Vec::new();
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    Some(read())
}

/// Whether a repository has git run a program, as far as anybody can tell: whatever is not known to be harmless counts.
pub(super) fn runs(git: &OwnedFd) -> bool {
    let settings = match text(git, "config") {
        None => false,
        Some(Ok(text)) => !is_harmless(&text),
        Some(Err(_)) => true,
    };
    // Submodules have settings of their own, and git looks into them by itself; so has a common folder.
    let more = ["config.worktree", "modules", "commondir"];
    settings || more.iter().any(|name| statat(git, *name, AtFlags::SYMLINK_NOFOLLOW).is_ok()) || has_hooks(git)
}

fn has_hooks(git: &OwnedFd) -> bool {
    match statat(git, "hooks", AtFlags::SYMLINK_NOFOLLOW) {
        Err(error) => error != Errno::NOENT,
        Ok(found) if FileType::from_raw_mode(found.st_mode).is_file() => false,
        // A link leads to hooks anywhere.
        Ok(_) => {
            names(git, "hooks").is_none_or(|names| names.iter().any(|name| !name.as_bytes().ends_with(b".sample")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_take_in_themselves_are_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        let path = home.join("tree/.git");
        std::fs::create_dir_all(&path).unwrap();
        let text = "[core]\n\thooksPath = hooks\n[include]\n\tpath = config\n\tpath = ./config\n";
        std::fs::write(path.join("config"), text).unwrap();
        let git = open(&path, FOLDER, Mode::empty()).unwrap();
        let mut reader = Reader::new(&home);
        assert!(reader.repository(&git, &path, &home.join("tree")).is_ok());
        assert!(reader.left > MOST - 50, "{}", reader.left);
        assert!(reader.found().contains(&home.join("tree/hooks")));
    }

    #[test]
    fn what_is_too_much_to_read_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        let path = home.join("tree/.git");
        std::fs::create_dir_all(&path).unwrap();
        let line = format!("[alias]\n\tx = !{}\n", "a ".repeat(MOST / 3));
        std::fs::write(path.join("config"), line).unwrap();
        let git = open(&path, FOLDER, Mode::empty()).unwrap();
        let mut reader = Reader::new(&home);
        assert!(reader.repository(&git, &path, &home.join("tree")).is_ok());
        // Of several repositories together.
        assert!((0..3).any(|_| reader.repository(&git, &path, &home.join("tree")).is_err()));
    }
}
