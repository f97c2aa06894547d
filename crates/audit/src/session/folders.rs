//! Directories a server could be narrowed to: what editors and agents opened,
//! and git repositories under the home, the ones worked in last first.

mod recent;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use warder_launch::sandbox::is_too_broad;

use crate::api::Folder;
use crate::document::is_remote;
use crate::env::Env;
use crate::redact::line;

/// How deep below the home, and how many folders, are looked at: enough for
/// `~/work/client/project`, a moment on a slow disk.
const DEPTH: usize = 4;
const MOST_LOOKED_AT: usize = 20_000;
const MOST: usize = 12;

/// Folders that hold no projects and cost much to walk.
const SKIPPED: &[&str] = &["node_modules", "Library", "AppData", "target", "snap", "go", "Applications", "vendor"];

/// A folder, and what it was last used as.
struct Used {
    at: SystemTime,
    path: PathBuf,
    /// `git repository`.
    what: String,
}

/// Last used first.
pub(super) fn suggest(env: &Env, now: SystemTime) -> Vec<Folder> {
    let opened = recent::opened(env).into_iter().filter(|one| is_project(env, &one.path));
    let mut all: Vec<Used> =
        opened.map(|one| Used { at: one.at, path: one.path, what: format!("open in {}", one.by) }).collect();
    all.extend(repositories(env));
    // Of several that name a folder, the last use counts, and an editor says more than `.git` does.
    all.sort_by(|one, other| one.path.cmp(&other.path).then_with(|| other.what.cmp(&one.what)));
    all.dedup_by(|next, kept| {
        let same = next.path == kept.path;
        if same {
            kept.at = kept.at.max(next.at);
        }
        same
    });
    all.sort_by(|one, other| other.at.cmp(&one.at).then_with(|| one.path.cmp(&other.path)));
    let row = |one: Used| Folder {
        shown: line(&env.shown(&one.path)),
        why: match one.at {
            // Nobody wrote down when.
            at if at == SystemTime::UNIX_EPOCH => one.what,
            at => format!("{}, {}", one.what, ago(now.duration_since(at).unwrap_or_default())),
        },
        path: one.path.to_string_lossy().into_owned(),
    };
    all.into_iter().take(MOST).map(row).collect()
}

/// Whether a folder that was opened is there, is on this computer, and is no home or more.
fn is_project(env: &Env, path: &Path) -> bool {
    path.is_absolute() && !is_remote(path) && !is_too_broad(path, &env.home) && path.is_dir()
}

fn repositories(env: &Env) -> Vec<Used> {
    let mut found: Vec<(SystemTime, PathBuf)> = Vec::new();
    let mut open = vec![(env.home.clone(), 0)];
    let mut looked = 0;
    while let Some((dir, depth)) = open.pop() {
        looked += 1;
        if looked > MOST_LOOKED_AT {
            break;
        }
        if depth > 0 && dir.join(".git").exists() {
            found.push((changed(&dir.join(".git")), dir));
            continue;
        }
        if depth == DEPTH {
            continue;
        }
        for entry in fs::read_dir(&dir).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if folder && !name.starts_with('.') && !SKIPPED.contains(&name.as_ref()) {
                open.push((entry.path(), depth + 1));
            }
        }
    }
    found.into_iter().map(|(at, path)| Used { at, path, what: "git repository".to_owned() }).collect()
}

/// The last commit, checkout or staging.
fn changed(git: &Path) -> SystemTime {
    let of = |path: PathBuf| path.metadata().and_then(|meta| meta.modified()).ok();
    let files = ["index", "HEAD", "logs/HEAD"].iter().filter_map(|file| of(git.join(file)));
    files.chain(of(git.to_owned())).max().unwrap_or(SystemTime::UNIX_EPOCH)
}

fn ago(time: Duration) -> String {
    match time.as_secs() / 86_400 {
        0 => "used today".to_owned(),
        1 => "used yesterday".to_owned(),
        days @ 2..=59 => format!("used {days} days ago"),
        days => format!("used {} months ago", days / 30),
    }
}
