//! What a sandboxed entry needs: the directories its arguments name, those the
//! user keeps, and read-only what the program itself is made of.

use std::path::{Path, PathBuf};

use warder_launch::profile::Package;
use warder_launch::sandbox::{Grant, Network, Sandbox, SandboxError, is_too_broad};

use super::failures::refused;
use crate::api::{Code, Failure};
use crate::env::Env;
use crate::programs::absolute;
use crate::server::command::{Launch, PathUse, Payload};

/// What a fence is asked to allow besides what the entry names.
pub(super) struct Fence {
    pub(super) keep: Vec<PathBuf>,
    pub(super) network: Network,
}

/// What is fenced: an entry's words, taken apart, and the folder it names.
pub(super) struct Fenced<'a> {
    pub(super) words: &'a [String],
    pub(super) launch: &'a Launch,
    pub(super) cwd: Option<&'a Path>,
}

impl Fenced<'_> {
    /// What the fence allows: the directories the arguments name, those the
    /// user keeps, and read-only what the program itself needs.
    pub(super) fn sandbox(
        &self,
        env: &Env,
        fence: &Fence,
        program: &Path,
        cwd: Option<&Path>,
        package: Option<&Package>,
    ) -> Result<Sandbox, Failure> {
        let (mut read, mut write) = (Vec::new(), Vec::new());
        for path in self.launch.paths.iter().filter(|path| path.how == PathUse::Argument) {
            let absolute = absolute(env, &path.path, cwd);
            match absolute.map(|path| place(env, &path)).transpose()?.flatten() {
                Some((dir, true)) => write.push(dir),
                Some((dir, false)) => read.push(dir),
                None => {}
            }
        }
        for dir in &fence.keep {
            if !dir.is_dir() {
                return Err(refused(format!("{} is not a folder", env.shown(dir))));
            }
            write.push(dir.clone());
        }
        write.extend(self.cwd.map(Path::to_owned));
        match package {
            Some(package) => read.push(package.dir.clone()),
            None => {
                if let Payload::Script { word: Some(word) } = self.launch.payload {
                    let script = Path::new(&self.words[word]);
                    read.push(code_of(env, script));
                    // A linked script finds its modules from where it really is.
                    read.extend(script.canonicalize().ok().map(|real| code_of(env, &real)));
                }
            }
        }
        read.extend(runtime_of(env, program));
        let grant = |path: PathBuf| {
            let grant = Grant::of(&path).map_err(|error| failure(&error))?;
            if is_too_broad(&grant.path, &env.home) && !grant.path.starts_with(env.state().packages()) {
                return Err(too_broad(env, &path));
            }
            Ok(grant)
        };
        let grants = |mut paths: Vec<PathBuf>| {
            paths.sort();
            paths.dedup();
            paths.into_iter().map(grant).collect::<Result<Vec<_>, Failure>>()
        };
        Ok(Sandbox {
            read: grants(read)?,
            write: grants(write)?,
            network: fence.network.clone(),
            ..Sandbox::new(&env.home)
        })
    }
}

pub(super) fn failure(error: &SandboxError) -> Failure {
    let hint = match error {
        SandboxError::NoEngine => Some("Install the package bubblewrap, then try again.".to_owned()),
        _ => None,
    };
    Failure { code: Code::Refused, message: error.to_string(), hint }
}

fn too_broad(env: &Env, path: &Path) -> Failure {
    Failure {
        code: Code::Refused,
        message: format!("{} is too much to leave open in a sandbox", env.shown(path)),
        hint: Some("Narrow the folders first, then put the server in a sandbox.".to_owned()),
    }
}

const SYSTEM: &[&str] = &["/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64", "/opt", "/var"];

/// The folder to grant for a path that an argument names, and whether it may be
/// written. A file brings its folder, because databases write beside their
/// file; `None` when nothing is there (an URL path, a name).
fn place(env: &Env, path: &Path) -> Result<Option<(PathBuf, bool)>, Failure> {
    let system = SYSTEM.iter().any(|root| path.starts_with(root));
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

/// The read-only folder a script needs: what holds its `node_modules`, else its
/// project, else its own folder, or itself where that would be too much.
fn code_of(env: &Env, script: &Path) -> PathBuf {
    const MARKS: &[&str] = &["package.json", "pyproject.toml", "setup.py", "deno.json"];
    let modules = script.ancestors().filter(|dir| dir.ends_with("node_modules")).last();
    if let Some(modules) = modules {
        let project = modules.parent().filter(|dir| dir.join("package.json").is_file());
        return project.filter(|dir| !is_too_broad(dir, &env.home)).unwrap_or(modules).to_owned();
    }
    let marked = script.ancestors().skip(1).find(|dir| MARKS.iter().any(|mark| dir.join(mark).is_file()));
    let folder = marked.or(script.parent()).filter(|dir| !is_too_broad(dir, &env.home));
    folder.unwrap_or(script).to_owned()
}

/// What an interpreter outside the system folders needs to run: its prefix, and
/// a virtual environment's own folder.
pub(super) fn runtime_of(env: &Env, program: &Path) -> Vec<PathBuf> {
    let mut needed = Vec::new();
    let mut add = |path: &Path| {
        let prefix = path.parent().filter(|bin| bin.ends_with("bin")).and_then(Path::parent);
        let prefix = prefix.filter(|dir| dir.join("lib").is_dir() || dir.join("pyvenv.cfg").is_file());
        let wanted = prefix.filter(|dir| !is_too_broad(dir, &env.home)).unwrap_or(path);
        if !["/usr", "/bin", "/lib"].iter().any(|root| wanted.starts_with(root)) {
            needed.push(wanted.to_owned());
        }
    };
    add(program);
    // A virtual environment's interpreter is a link to another one's.
    let mut at = program.to_owned();
    for _ in 0..8 {
        let Ok(target) = std::fs::read_link(&at) else { break };
        at = at.parent().unwrap_or(Path::new("/")).join(target);
        add(&at);
    }
    if let Ok(real) = program.canonicalize() {
        add(&real);
    }
    needed
}
