//! From the table of clients to the places to look at on this computer.

use std::fs;
use std::path::{Path, PathBuf};

use crate::clients::{Base, CLIENTS, Client, ConfigFile};
use crate::env::Env;

/// A place to look at.
pub(super) struct Spot {
    pub(super) client: &'static Client,
    pub(super) row: &'static ConfigFile,
    pub(super) path: PathBuf,
    pub(super) project: Option<PathBuf>,
}

/// Every place of the table that there can be here, in the table's order.
pub(super) fn places(env: &Env) -> Vec<Spot> {
    if let Some((path, client, row)) = &env.only {
        return vec![Spot { client, row, path: path.clone(), project: None }];
    }
    let mut spots = Vec::new();
    for client in CLIENTS {
        for row in client.files.iter().filter(|row| row.os.contains(&env.os)) {
            let bases = match row.base {
                Base::Project => env.projects.iter().map(|dir| (dir.clone(), Some(dir.clone()))).collect(),
                base => env.base(base).into_iter().map(|dir| (dir, None)).collect::<Vec<_>>(),
            };
            for (base, project) in bases {
                let paths = expand(&base, row.path);
                spots.extend(paths.into_iter().map(|path| Spot { client, row, path, project: project.clone() }));
            }
        }
    }
    spots
}

/// Folders that `**` goes down.
const DEEP: usize = 6;

/// `base` joined with a row's path; every `*` step stands for what matches it
/// now, in name order, `**` for this folder and those below it.
fn expand(base: &Path, path: &str) -> Vec<PathBuf> {
    if path.is_empty() {
        return vec![base.to_owned()];
    }
    let mut found = vec![base.to_owned()];
    for step in path.split('/') {
        found = match step {
            "**" => found.iter().flat_map(|folder| below(folder)).collect(),
            step if step.contains('*') => found.iter().flat_map(|folder| matching(folder, step)).collect(),
            step => found.into_iter().map(|folder| folder.join(step)).collect(),
        };
    }
    found
}

fn matching(folder: &Path, step: &str) -> Vec<PathBuf> {
    let (head, tail) = step.split_once('*').expect("it contains a star");
    names(folder)
        .into_iter()
        .filter(|name| {
            let name = name.to_string_lossy();
            name.len() >= head.len() + tail.len() && name.starts_with(head) && name.ends_with(tail)
        })
        .map(|name| folder.join(name))
        .collect()
}

/// A folder and the real folders below it; links are not followed, so no circle.
fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut level = vec![folder.to_owned()];
    for _ in 0..DEEP {
        level = level
            .iter()
            .flat_map(|folder| names(folder).into_iter().map(|name| folder.join(name)))
            .filter(|path| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_dir()))
            .collect();
        found.extend(level.iter().cloned());
    }
    found
}

fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    let mut names: Vec<_> =
        fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.file_name())).collect();
    names.sort();
    names
}
