//! Directories a server could be narrowed to: git repositories under the home,
//! the ones worked in last first.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::api::Folder;
use crate::env::Env;
use crate::redact::line;

/// How deep below the home, and how many folders, are looked at: enough for
/// `~/work/client/project`, a moment on a slow disk.
const DEPTH: usize = 4;
const MOST_LOOKED_AT: usize = 20_000;
const MOST: usize = 12;

/// Folders that hold no projects and cost much to walk.
const SKIPPED: &[&str] = &["node_modules", "Library", "AppData", "target", "snap", "go", "Applications", "vendor"];

/// Newest first; by what changed in `.git` last.
pub(super) fn suggest(env: &Env, now: SystemTime) -> Vec<Folder> {
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
    found.sort_by(|a, b| b.cmp(a));
    let row = |(at, path): (SystemTime, PathBuf)| Folder {
        shown: line(&env.shown(&path)),
        why: format!("git repository, {}", ago(now.duration_since(at).unwrap_or_default())),
        path: path.to_string_lossy().into_owned(),
    };
    found.into_iter().take(MOST).map(row).collect()
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
