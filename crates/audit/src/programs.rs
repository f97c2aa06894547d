//! Where programs are, what they really start, and what `PATH` a server gets.

mod links;
mod shims;

use std::path::{Path, PathBuf};

use crate::clients::Os;
use crate::env::Env;
pub(crate) use links::{is_system, links, prefix_of, unlinked};
pub(crate) use shims::{Behind, Place, behind, root_of};

/// A path as the server would take it: `~` is the home, a relative one counts
/// from the entry's folder.
pub(crate) fn absolute(env: &Env, text: &str, cwd: Option<&Path>) -> Option<PathBuf> {
    let path = match text.strip_prefix('~') {
        Some("") => env.home.clone(),
        Some(rest) if rest.starts_with(['/', '\\']) => env.home.join(&rest[1..]),
        _ => PathBuf::from(text),
    };
    if path.is_absolute() { Some(path) } else { cwd.filter(|dir| *dir != Path::new("/")).map(|dir| dir.join(path)) }
}

/// Folders where programs are put by version managers and installers; a window
/// started from a desktop has none of them on its `PATH`.
pub(crate) fn usual(env: &Env) -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = [
        ".local/bin",
        ".cargo/bin",
        ".volta/bin",
        ".bun/bin",
        ".asdf/shims",
        ".local/share/mise/shims",
        ".pyenv/shims",
    ]
    .iter()
    .map(|dir| env.home.join(dir))
    .collect();
    let versions = env.home.join(".nvm/versions/node");
    let mut nodes: Vec<_> =
        std::fs::read_dir(versions).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    nodes.sort();
    dirs.extend(nodes.into_iter().rev().map(|dir| dir.join("bin")));
    dirs.extend(["/opt/homebrew/bin", "/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from));
    dirs
}

/// The folders of the `PATH`, in order; a relative one is nowhere in particular.
pub(crate) fn named(env: &Env) -> Vec<PathBuf> {
    let path = env.vars.get("PATH").map(String::as_str).unwrap_or_default();
    std::env::split_paths(path).filter(|dir| dir.is_absolute()).collect()
}

fn folders(env: &Env) -> impl Iterator<Item = PathBuf> {
    named(env).into_iter().chain(usual(env))
}

/// The program that a path stands for; Windows adds an ending, as its `PATHEXT`
/// has them, before it takes the name as it is: beside `npx.cmd` lies an `npx` for others.
pub(crate) fn program_at(env: &Env, path: &Path) -> Option<PathBuf> {
    let endings: &[&str] = if env.os == Os::Windows { &[".com", ".exe", ".bat", ".cmd", ""] } else { &[""] };
    endings.iter().map(|end| PathBuf::from(format!("{}{end}", path.to_string_lossy()))).find(|path| is_program(path))
}

/// The absolute program a name stands for, as a shell of the user's would find it.
pub(crate) fn resolve(env: &Env, program: &str, cwd: Option<&Path>) -> Option<PathBuf> {
    if program.contains(['/', '\\']) {
        return absolute(env, program, cwd).and_then(|path| program_at(env, &path));
    }
    folders(env).find_map(|dir| program_at(env, &dir.join(program)))
}

fn is_program(path: &Path) -> bool {
    let Ok(meta) = path.metadata() else { return false };
    #[cfg(unix)]
    let executable = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let executable = true;
    meta.is_file() && executable
}

/// The program that a fence starts in the place of this one: behind its version manager's shim, and behind links that
/// nobody sees there. Where its manager does not tell, of several versions the latest.
pub(crate) fn settled(env: &Env, path: &Path) -> PathBuf {
    let program = match behind(&Place::anywhere(env), path) {
        Behind::Itself => path.to_owned(),
        Behind::Found { program, .. } => program,
        Behind::Decides { .. } => latest(path).unwrap_or_else(|| path.to_owned()),
    };
    unlinked(env, &program)
}

/// The latest program of this name that the shim's manager has.
fn latest(shim: &Path) -> Option<PathBuf> {
    let (root, name) = (root_of(shim)?, shim.file_name()?);
    let versions = ["installs", "tools/image"].iter().flat_map(|all| below(&root.join(all)));
    let versions = versions.flat_map(|tool| below(&tool)).chain(below(&root.join("versions")));
    let programs = versions.map(|version| version.join("bin").join(name)).filter(|program| is_program(program));
    programs.max_by_key(|program| numbers(program))
}

/// The folders in a folder.
pub(crate) fn below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    entries.filter(|path| path.is_dir()).collect()
}

/// The numbers in a path, so that 3.10 comes after 3.9.
fn numbers(path: &Path) -> Vec<u64> {
    let text = path.to_string_lossy();
    text.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

/// The `PATH` a server gets: its program's folder first, then the user's.
pub(crate) fn search_path(env: &Env, program: &Path) -> String {
    search_path_after(env, program.parent().map(Path::to_owned))
}

/// The same behind these folders.
pub(crate) fn search_path_after(env: &Env, first: impl IntoIterator<Item = PathBuf>) -> String {
    let mut dirs: Vec<PathBuf> = Vec::new();
    for dir in first.into_iter().chain(folders(env).filter(|dir| dir.is_dir())) {
        if !dirs.contains(&dir) {
            dirs.push(dir);
        }
    }
    std::env::join_paths(dirs).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}
