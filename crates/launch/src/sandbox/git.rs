//! What a repository has git run: from elsewhere in a project (hooks in a folder
//! of any name, further files of settings, what a link in it leads to), and
//! whether it runs anything at all.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, open, openat, readlinkat, statat};
use rustix::io::Errno;

use super::git_settings::{Base, is_harmless, plain, values, words};
use super::resolve::{Elsewhere, resolve};

/// No settings of a repository are larger.
const LARGEST: u64 = 1 << 20;

/// More submodules and worktrees than anybody looks after.
const MOST: usize = 1_000;

/// A person's own settings of git, below the home, and the computer's: they count in every repository (git-config(1)).
const EVERYWHERE: &[&str] = &[".gitconfig", ".config/git/config", "/etc/gitconfig"];

const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::RDONLY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Settings of git in its own folder.
const SETTINGS: &[&str] = &["config", "config.worktree"];

/// Folders in which it keeps the like of itself, of submodules and worktrees.
const INNER: &[&str] = &["modules", "worktrees"];

/// The files and folders elsewhere that a repository runs or takes settings from: those that its settings name, and
/// those that its links lead to. `git` is its open folder, at `path`; `tree` is where its files are checked out.
pub(super) fn named(git: &OwnedFd, path: &Path, tree: &Path, home: &Path) -> Vec<PathBuf> {
    let mut reader = Reader::new(home);
    reader.everywhere(tree);
    reader.read(git, path, tree);
    reader.found
}

/// The same where `.git` is a file, as in a worktree or a submodule: settings that count here lie in the folder that it
/// names and in that one's common folder, wherever they are.
pub(super) fn named_by_file(folder: &OwnedFd, tree: &Path, home: &Path) -> Vec<PathBuf> {
    let mut reader = Reader::new(home);
    reader.everywhere(tree);
    let file = text(folder, ".git").and_then(Result::ok);
    let mut at = file.and_then(|text| Some(plain(&tree.join(text.strip_prefix("gitdir:")?.trim()))));
    // A folder, and its common one.
    for _ in 0..2 {
        let Some((path, git)) = at.and_then(|path| reader.open(&path)) else { break };
        reader.read(&git, &path, tree);
        at = reader.common(&git, &path);
    }
    reader.found
}

/// Reads settings wherever they are on this computer. What is mounted from elsewhere is not asked: a server may have
/// chosen the names.
struct Reader<'a> {
    home: &'a Path,
    elsewhere: Option<Elsewhere>,
    left: usize,
    /// Files of settings that were taken in, and for which tree: each counts once, also where it takes in itself.
    taken: HashSet<(PathBuf, PathBuf)>,
    found: Vec<PathBuf>,
}

impl Reader<'_> {
    fn new(home: &Path) -> Reader<'_> {
        Reader { home, elsewhere: None, left: MOST, taken: HashSet::new(), found: Vec::new() }
    }

    fn everywhere(&mut self, tree: &Path) {
        EVERYWHERE.iter().for_each(|file| self.included(&self.home.join(file), tree));
    }

    fn read(&mut self, git: &OwnedFd, path: &Path, tree: &Path) {
        let Some(left) = self.left.checked_sub(1) else { return };
        self.left = left;
        for name in SETTINGS {
            self.found.extend(target(git, path, OsStr::new(name)));
            let Some(text) = self.settings(git, path, name) else { continue };
            let read = values(&text);
            let own = read.iter().find(|(base, _)| *base == Base::Own).map(|(_, folder)| plain(&path.join(folder)));
            self.take(&read, path, own.as_deref().unwrap_or(tree));
        }
        self.found.extend(target(git, path, OsStr::new("hooks")));
        for name in names(git, "hooks").unwrap_or_default() {
            self.found.extend(target(git, path, Path::new("hooks").join(&name).as_os_str()));
        }
        let common = self.common(git, path);
        self.found.extend(common);
        for folder in INNER {
            self.found.extend(target(git, path, OsStr::new(folder)));
            self.inner(git, &path.join(folder), OsStr::new(folder), tree);
        }
    }

    /// What the values of a file of settings in the folder `at` name, and what the files name that it takes in.
    fn take(&mut self, values: &[(Base, String)], at: &Path, tree: &Path) {
        for (base, value) in values {
            let path = || base.of(at, tree, self.home, value);
            match base {
                Base::Own => {}
                Base::Tree => self.found.push(path()),
                Base::Line => {
                    for word in words(value) {
                        let place = base.of(at, tree, self.home, word);
                        // Most are words like any other, and a folder is no program.
                        if self.real(&place).is_some_and(|real| real.is_file()) {
                            self.found.push(place);
                        }
                    }
                }
                Base::Git => {
                    self.included(&path(), tree);
                    self.found.push(path());
                }
            }
        }
    }

    fn included(&mut self, path: &Path, tree: &Path) {
        let Some(left) = self.left.checked_sub(1) else { return };
        if !self.taken.insert((path.to_owned(), tree.to_owned())) {
            return;
        }
        self.left = left;
        // Relative to itself, wherever a link leads.
        if let (Some(text), Some(folder)) = (self.file(path), path.parent()) {
            self.take(&values(&text), folder, tree);
        }
    }

    /// The submodules or worktrees in a folder. A submodule may be named with slashes.
    fn inner(&mut self, at: &OwnedFd, path: &Path, name: &OsStr, tree: &Path) {
        let Ok(folder) = openat(at, name, FOLDER, Mode::empty()) else { return };
        for name in names(&folder, ".").unwrap_or_default() {
            self.found.extend(target(&folder, path, &name));
            let Ok(git) = openat(&folder, &*name, FOLDER, Mode::empty()) else { continue };
            if statat(&git, "HEAD", AtFlags::SYMLINK_NOFOLLOW).is_ok() {
                self.read(&git, &path.join(&name), tree);
            } else if let Some(left) = self.left.checked_sub(1) {
                self.left = left;
                self.inner(&folder, &path.join(&name), &name, tree);
            }
        }
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
        let found = named(&git, &path, &home.join("tree"), &home);
        // By the repository itself, and as something that it takes in.
        assert_eq!(found.iter().filter(|path| path.ends_with("tree/hooks")).count(), 2, "{found:?}");
    }
}
