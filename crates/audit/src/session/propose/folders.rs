//! The folders and files that an entry names: its arguments, its variables,
//! its own folder, and what its package is known to read.

use std::path::{Path, PathBuf};

use warder_launch::command::is_loader;
use warder_launch::sandbox::is_too_broad;

use super::Folder;
use crate::api::Failure;
use crate::catalogue::{Keeps, Known};
use crate::env::Env;
use crate::machine::FoundFile;
use crate::programs::absolute;
use crate::redact::line;
use crate::rules::permissions::broad_filesystem_root::split;
use crate::server::command::PathUse;
use crate::session::entry::{Entry, Handed};
use crate::session::fence::too_broad;

pub(super) fn of(
    env: &Env,
    file: &FoundFile,
    entry: &Entry,
    row: Option<&Known>,
    only_read: Option<&str>,
    notes: &mut Vec<String>,
) -> Result<Vec<Folder>, Failure> {
    let mut folders: Vec<Folder> = Vec::new();
    let mut add = |path: PathBuf, write: bool, why: String| match folders.iter_mut().find(|folder| folder.path == path)
    {
        Some(folder) => folder.write |= write,
        None => folders.push(Folder { path, write, why }),
    };
    // A folder that is given to a server that only reads; a database writes beside its file all the same.
    let argument = |(path, write): (PathBuf, bool), named: &Path| match only_read {
        Some(why) if write && path == named => (path, false, format!("its argument; {why}")),
        _ => (path, write, "its argument".to_owned()),
    };
    let cwd = entry.cwd(env, file)?;
    for path in entry.launch.paths.iter().filter(|path| path.how == PathUse::Argument) {
        let Some(named) = absolute(env, &path.path, cwd.as_deref()) else { continue };
        if let Some((path, write, why)) = place(env, &named)?.map(|found| argument(found, &named)) {
            add(path, write, why);
        }
    }
    // `--vault notes=/home/u/notes`: a path behind a name is no word of its own.
    for word in entry.words.get(entry.launch.arguments..).unwrap_or_default() {
        let path = word.split_once('=').filter(|(name, _)| !name.starts_with('-')).map(|(_, path)| path);
        let path = path.filter(|path| path.starts_with(['/', '~'])).and_then(|path| absolute(env, path, None));
        let Some(named) = path else { continue };
        if let Some((path, write, why)) = place(env, &named)?.map(|found| argument(found, &named)) {
            add(path, write, why);
        }
    }
    if let Some(cwd) = &entry.cwd {
        add(cwd.clone(), true, "its folder".to_owned());
    }
    for (name, handed) in &entry.env {
        let Handed::Plain(value) = handed else { continue };
        if is_loader(name) || OTHERS.contains(&name.to_ascii_uppercase().as_str()) {
            continue;
        }
        let keeps = matches!(row.map(|row| row.keeps), Some(Keeps::File { variable, .. }) if variable == name);
        for path in split(value, env.os) {
            match named(env, path, name, keeps) {
                Some(Ok((path, write))) => add(path, write, format!("its variable {}", line(name))),
                Some(Err(path)) => notes.push(format!(
                    "{} names {}, which is too much to leave open in a sandbox: the server will not see it.",
                    line(name),
                    line(&env.shown(&path))
                )),
                None => {}
            }
        }
    }
    for below in row.map_or(&[][..], |row| row.reads) {
        let path = absolute(env, below, None).filter(|path| path.exists());
        if let (Some(path), Some(row)) = (path, row) {
            add(path, false, format!("the catalogue: what {} reads", row.package));
        }
    }
    Ok(folders)
}

/// Variables of the user's whole session: a fence has its own.
const OTHERS: &[&str] =
    &["HOME", "USERPROFILE", "PATH", "PWD", "OLDPWD", "SHELL", "TMPDIR", "TEMP", "TMP", "SSH_AUTH_SOCK"];

/// What a part of a variable's value names; `Err`: too much.
fn named(env: &Env, text: &str, name: &str, keeps: bool) -> Option<Result<(PathBuf, bool), PathBuf>> {
    if !text.starts_with('/') && !text.starts_with("~/") && text != "~" {
        return None;
    }
    let path = absolute(env, text, None)?;
    let checked = |path: PathBuf, write: bool| match is_too_broad(&path, &env.home) {
        true => Err(path),
        false => Ok((path, write)),
    };
    let name = name.to_ascii_uppercase();
    let is_store = keeps || STORES.iter().any(|store| name.contains(store));
    if is_store && !path.is_dir() {
        // A database writes beside its file.
        let parent = path.parent().filter(|parent| parent.is_dir() && *parent != Path::new("/"))?;
        return Some(checked(parent.to_owned(), true));
    }
    if path.is_dir() {
        return Some(checked(path.clone(), !is_system(&path)));
    }
    path.exists().then(|| checked(path, false))
}

/// Parts of the names of variables whose file is written.
const STORES: &[&str] = &["DATABASE", "DB_", "_DB", "SQLITE", "MEMORY", "STORE", "STORAGE", "LOG", "OUTPUT", "CACHE"];

const SYSTEM: &[&str] = &["/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64", "/opt", "/var"];

fn is_system(path: &Path) -> bool {
    SYSTEM.iter().any(|root| path.starts_with(root))
}

/// The folder to grant for a path that an argument names, and whether it may be
/// written. A file brings its folder, because databases write beside their
/// file; `None` when nothing is there (an URL path, a name).
fn place(env: &Env, path: &Path) -> Result<Option<(PathBuf, bool)>, Failure> {
    let system = is_system(path);
    if path.is_dir() {
        if is_too_broad(path, &env.home) {
            return Err(too_broad(env, path));
        }
        return Ok(Some((path.to_owned(), !system)));
    }
    if system {
        return Ok(path.exists().then(|| (path.to_owned(), false)));
    }
    match path.parent() {
        Some(parent) if parent != Path::new("/") && parent.is_dir() => {
            if is_too_broad(parent, &env.home) {
                return if path.exists() { Err(too_broad(env, path)) } else { Ok(None) };
            }
            Ok(Some((parent.to_owned(), true)))
        }
        _ => Ok(None),
    }
}
