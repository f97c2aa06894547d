//! Whether others get a file as well: through a repository, or VS Code's sync.
//!
//! What is shared must not name a program or a folder of this computer. Where
//! it cannot be told, the answer is yes.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::FoundFile;
use super::places::Look;
use crate::document::{LARGEST, is_remote};
use crate::env::Env;
use crate::facts::Git;

/// How others get a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shared {
    /// It is, or can be, committed to a repository.
    Repository,
    /// Settings Sync takes it to the user's other computers.
    Sync,
}

/// The repositories that files lie in; each folder is asked once, and each
/// repository read once.
pub(super) struct Repositories {
    /// Without links.
    home: Option<PathBuf>,
    tops: HashMap<PathBuf, Option<Top>>,
    /// What was found out of a file.
    states: HashMap<PathBuf, Option<Git>>,
    opened: HashMap<PathBuf, Option<Repository>>,
    /// The indexes of those whose work tree is the home folder.
    dotfiles: Option<Vec<gix::index::File>>,
}

/// The folder a repository begins at.
#[derive(Clone)]
enum Top {
    Git(PathBuf),
    /// What its kind ignores is not known here.
    Other,
}

impl Repositories {
    pub(super) fn of(home: &Path) -> Repositories {
        let home = home.canonicalize().ok();
        Repositories { home, tops: HashMap::new(), states: HashMap::new(), opened: HashMap::new(), dotfiles: None }
    }

    /// How a file that is there is shared; reads only what lies beside it.
    /// `real`: its path without links, if it has one.
    pub(super) fn shared(
        &mut self,
        env: &Env,
        look: &mut Look,
        file: &FoundFile,
        real: Option<&Path>,
    ) -> Option<Shared> {
        if file.row.synced && is_synced(&file.path) {
            return Some(Shared::Sync);
        }
        let in_project = file.project.is_some() && real.is_none_or(|real| self.hold(env, look, real));
        in_project.then_some(Shared::Repository)
    }

    /// Whether a file lies in a repository and is tracked by it or at least not ignored.
    fn hold(&mut self, env: &Env, look: &mut Look, file: &Path) -> bool {
        !matches!(self.around(env, look, file), Some(Git::Outside | Git::Ignored))
    }

    /// What git makes of a file, by its path without links; `None` where that is not known.
    pub(super) fn git(&mut self, env: &Env, look: &mut Look, file: &Path) -> Option<Git> {
        match self.around(env, look, file) {
            Some(Git::Tracked) => Some(Git::Tracked),
            _ if self.is_dotfile(file) => Some(Git::Tracked),
            state => state,
        }
    }

    /// The same for the repository that a file lies in.
    fn around(&mut self, env: &Env, look: &mut Look, file: &Path) -> Option<Git> {
        if let Some(known) = self.states.get(file) {
            return known.clone();
        }
        let state = self.state(env, look, file);
        self.states.insert(file.to_owned(), state.clone());
        state
    }

    fn state(&mut self, env: &Env, look: &mut Look, file: &Path) -> Option<Git> {
        match file.parent().and_then(|folder| self.top(env, look, folder)) {
            Some(Top::Git(top)) => {
                let repository = self.opened.entry(top).or_insert_with_key(|top| Repository::open(top));
                repository.as_mut()?.state(file)
            }
            Some(Top::Other) => None,
            None => Some(Git::Outside),
        }
    }

    /// Whether a repository that lies elsewhere and has the home as its work
    /// tree tracks a file (`git --git-dir=$HOME/.cfg --work-tree=$HOME`).
    fn is_dotfile(&mut self, file: &Path) -> bool {
        let Some(home) = &self.home else { return false };
        let Ok(inside) = file.strip_prefix(home) else { return false };
        let open = || DOTFILES.iter().filter_map(|folder| dotfiles(home, &home.join(folder))).collect();
        let indexes = self.dotfiles.get_or_insert_with(open);
        name(inside).is_some_and(|name| indexes.iter().any(|index| is_in(index, &name)))
    }

    fn top(&mut self, env: &Env, look: &mut Look, folder: &Path) -> Option<Top> {
        let mut asked = Vec::new();
        let mut found = None;
        for folder in folder.ancestors() {
            if let Some(known) = self.tops.get(folder) {
                found = known.clone();
                break;
            }
            asked.push(folder);
            let mut holds = |mark: &str| {
                let mark = folder.join(mark);
                look.may_be(env, &mark) && fs::symlink_metadata(mark).is_ok()
            };
            if holds(".git") {
                found = Some(Top::Git(folder.to_owned()));
                break;
            }
            if OTHERS.iter().any(|mark| holds(mark)) {
                found = Some(Top::Other);
                break;
            }
        }
        self.tops.extend(asked.into_iter().map(|folder| (folder.to_owned(), found.clone())));
        found
    }
}

/// Folders that mark a repository of another kind than git's; what those ignore is not known here.
const OTHERS: &[&str] = &[".hg", ".svn", ".jj", ".sl", "_darcs", ".fslckout"];

/// Where guides and tools for dotfiles put the repository of a home (atlassian.com/git/tutorials/dotfiles,
/// wiki.archlinux.org/title/Dotfiles, yadm.io).
const DOTFILES: &[&str] = &[
    ".cfg",
    ".dotfiles",
    ".dotfiles.git",
    ".dotfiles/.git",
    ".dots",
    ".git-dotfiles",
    ".myconf",
    ".local/share/yadm/repo.git",
    ".config/yadm/repo.git",
];

/// The index of a repository with the home as its work tree. A bare one has no
/// index, and one beside its own files has another work tree.
fn dotfiles(home: &Path, folder: &Path) -> Option<gix::index::File> {
    let config = small(&folder.join("config"))?;
    let value = |name: &str| {
        let line = config.lines().find_map(|line| line.trim().strip_prefix(name));
        line.and_then(|rest| rest.trim().strip_prefix('=')).map(str::trim)
    };
    let is_home = match value("worktree") {
        Some(folder) => Path::new(folder) == home,
        None => value("bare") == Some("true"),
    };
    let index = folder.join("index");
    let hash = gix::hash::Kind::Sha1;
    (is_home && index.is_file() && is_plain(&index))
        .then(|| gix::index::File::at(index, hash, true, Default::default()).ok())
        .flatten()
}

/// A path as git's index names it.
fn name(inside: &Path) -> Option<gix::bstr::BString> {
    Some(gix::path::to_unix_separators_on_windows(gix::path::into_bstr(inside).ok()?).into_owned())
}

fn is_in(index: &gix::index::State, name: &gix::bstr::BString) -> bool {
    index.entry_by_path(name.as_ref()).is_some()
}

/// The repository at `top`, opened as for a scan; `None` where reading it could lead elsewhere.
pub(crate) fn repository(top: &Path) -> Option<gix::Repository> {
    Some(Repository::open(top)?.repository)
}

/// A repository of somebody else's must not take all the memory there is.
const ALLOCATED: &str = "gitoxide.objects.allocLimit=134217728";

/// What git knows of the files below a folder.
struct Repository {
    top: PathBuf,
    repository: gix::Repository,
    index: gix::worktree::Index,
    /// What it ignores, with the rules of the folders asked last.
    rules: Option<gix::worktree::Stack>,
    /// Files of rules that may be read.
    plain: HashMap<PathBuf, bool>,
}

impl Repository {
    /// The repository at `top`; `None` where reading it could lead elsewhere.
    fn open(top: &Path) -> Option<Repository> {
        let folder = git_folder(&top.join(".git"))?;
        let common = match small(&folder.join("commondir")) {
            Some(path) => folder.join(path.trim()),
            None => folder.clone(),
        };
        let config = small(&common.join("config"))?.to_lowercase();
        // Settings that lead elsewhere could make this read anything.
        if ["excludesfile", "worktree", "include"].iter().any(|setting| config.contains(setting)) {
            return None;
        }
        let read = ["HEAD", "index", "info/exclude", "packed-refs", "shallow", "config.worktree"];
        if !read.iter().flat_map(|name| [folder.join(name), common.join(name)]).all(|path| is_plain(&path)) {
            return None;
        }
        let options = gix::open::Options::isolated().config_overrides([ALLOCATED]);
        let repository = gix::open_opts(top, options).ok()?;
        let index = repository.index_or_empty().ok()?;
        let source = gix::worktree::stack::state::ignore::Source::WorktreeThenIdMappingIfNotSkipped;
        let rules = repository.excludes(&index, None, source).ok().map(gix::AttributeStack::detach);
        Some(Repository { top: top.to_owned(), repository, index, rules, plain: HashMap::new() })
    }

    /// What git makes of a file below it; `None` where that is not known.
    fn state(&mut self, file: &Path) -> Option<Git> {
        let inside = file.strip_prefix(&self.top).ok()?;
        if is_in(&self.index, &name(inside)?) {
            return Some(Git::Tracked);
        }
        for folder in inside.ancestors().skip(1) {
            let rules = self.top.join(folder).join(".gitignore");
            if !*self.plain.entry(rules).or_insert_with_key(|path| is_plain(path)) {
                return None;
            }
        }
        let at = self.rules.as_mut()?.at_path(inside, None, &self.repository.objects);
        let ignored = at.ok()?.is_excluded();
        Some(if ignored { Git::Ignored } else { Git::Untracked })
    }
}

/// The folder that a `.git` is or names.
fn git_folder(git: &Path) -> Option<PathBuf> {
    if fs::symlink_metadata(git).ok()?.is_dir() {
        return Some(git.to_owned());
    }
    let named = small(git)?;
    let folder = git.parent()?.join(named.trim().strip_prefix("gitdir:")?.trim());
    (!is_remote(&folder)).then_some(folder)
}

/// The text of a small regular file; `None` for anything else.
fn small(path: &Path) -> Option<String> {
    let meta = fs::symlink_metadata(path).ok()?;
    if !meta.is_file() || meta.len() > 1024 * 1024 {
        return None;
    }
    fs::read_to_string(path).ok()
}

/// Whether a file is missing or can be read without waiting or end.
fn is_plain(path: &Path) -> bool {
    fs::symlink_metadata(path).map_or(true, |meta| meta.is_file() && meta.len() <= LARGEST)
}

/// Whether Settings Sync is on for a `mcp.json` of VS Code. What is on is kept
/// in the state database of its user folder; without one nobody switched it on.
fn is_synced(path: &Path) -> bool {
    let user = path.ancestors().find(|folder| folder.ends_with("User"));
    let Some(user) = user else { return true };
    let database = user.join("globalStorage/state.vscdb");
    if fs::symlink_metadata(&database).is_err() {
        return false;
    }
    let value = |key: &str| state(&database, key);
    // Each part is on unless it was taken out.
    match (value("sync.enable"), value("sync.enable.mcp")) {
        (Ok(all), Ok(mcp)) => all.as_deref() == Some("true") && mcp.as_deref() != Some("false"),
        _ => true,
    }
}

/// A value of VS Code's state; the database is opened so that nothing is written beside it.
fn state(database: &Path, key: &str) -> rusqlite::Result<Option<String>> {
    let unusable = || rusqlite::Error::InvalidPath(database.to_owned());
    if !fs::symlink_metadata(database).is_ok_and(|meta| meta.is_file()) {
        return Err(unusable());
    }
    let mut uri = url::Url::from_file_path(database).map_err(|()| unusable())?;
    uri.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(uri.as_str(), flags)?;
    database.query_row("SELECT CAST(value AS TEXT) FROM ItemTable WHERE key = ?", [key], |row| row.get(0)).optional()
}
