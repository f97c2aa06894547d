//! Links on the way to a program. A fence shows files by their real names, so a
//! link that lies in no folder of its own program leads nowhere inside.

use std::fs;
use std::path::{Component, Path, PathBuf};

use warder_launch::sandbox::is_too_broad;

use crate::env::Env;

/// As many as the kernel follows.
const MOST: usize = 40;

/// Every fence shows them.
const SYSTEM: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib64"];

/// The folder that a program was installed into with its libraries, `…` of `…/bin/x`.
pub(crate) fn prefix_of(env: &Env, program: &Path) -> Option<PathBuf> {
    let prefix = program.parent().filter(|bin| bin.ends_with("bin"))?.parent()?;
    let is_one = prefix.join("lib").is_dir() || prefix.join("pyvenv.cfg").is_file();
    (is_one && !is_too_broad(prefix, &env.home)).then(|| prefix.to_owned())
}

pub(crate) fn is_system(path: &Path) -> bool {
    SYSTEM.iter().any(|root| path.starts_with(root))
}

/// The program by the real name of its folder, and behind links that lie among
/// those of others (`~/.local/bin`). One of its own prefix stays: a virtual
/// environment's `python` is known by the place of the link.
pub(crate) fn unlinked(env: &Env, program: &Path) -> PathBuf {
    let mut at = in_real_folder(program);
    for _ in 0..MOST {
        let stays = is_system(&at) || prefix_of(env, &at).is_some() || at.iter().any(|part| part == "node_modules");
        match fs::read_link(&at).ok().filter(|_| !stays) {
            Some(target) => at = in_real_folder(&at.parent().unwrap_or(Path::new("/")).join(target)),
            None => break,
        }
    }
    at
}

fn in_real_folder(path: &Path) -> PathBuf {
    let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
    folder.zip(path.file_name()).map_or_else(|| path.to_owned(), |(folder, name)| folder.join(name))
}

/// All links that are read on the way to what this is, each by its real folder.
pub(crate) fn links(path: &Path) -> Vec<PathBuf> {
    let (mut found, mut at) = (Vec::new(), PathBuf::new());
    let mut left: Vec<PathBuf> = parts(path);
    while let Some(part) = left.pop() {
        match part.components().next() {
            Some(Component::ParentDir) => drop(at.pop()),
            _ => at.push(&part),
        }
        if let Ok(target) = fs::read_link(&at) {
            found.push(at.clone());
            if found.len() >= MOST {
                break;
            }
            at.pop();
            left.extend(parts(&target));
        }
    }
    found
}

/// The last one first; a root begins anew.
fn parts(path: &Path) -> Vec<PathBuf> {
    let parts = path.components().filter(|part| *part != Component::CurDir);
    let mut parts: Vec<PathBuf> = parts.map(|part| PathBuf::from(part.as_os_str())).collect();
    parts.reverse();
    parts
}
