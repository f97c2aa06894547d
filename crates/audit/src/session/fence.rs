//! What a sandboxed entry gets: the folders that were chosen, a home of its
//! own if it keeps one, and read-only what the program itself is made of.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use warder_launch::profile::Package;
use warder_launch::sandbox::{Engine, Grant, Network, Sandbox, SandboxError, is_too_broad};

use super::failures::refused;
use crate::api::{Code, Failure};
use crate::env::Env;
use crate::programs::{Behind, Place, behind, is_system, links, prefix_of, resolve, root_of, unlinked};
use crate::redact::line;
use crate::server::command::{Launch, Payload};

/// What a fence is asked to allow.
pub(super) struct Fence {
    pub(super) engine: Engine,
    /// Absolute; files or folders, besides the program's own.
    pub(super) read: Vec<PathBuf>,
    /// Absolute folders.
    pub(super) write: Vec<PathBuf>,
    pub(super) network: Network,
    pub(super) kept: Option<Kept>,
    /// Variables set for the server, for the files it keeps.
    pub(super) variables: BTreeMap<String, String>,
    pub(super) user_namespaces: bool,
}

/// A folder that is the server's home inside.
pub(super) struct Kept {
    pub(super) folder: PathBuf,
    /// A file the server has now, and its name in that folder.
    pub(super) copy: Option<(PathBuf, String)>,
}

/// What a server keeps is copied up to here; more is no file of settings or notes.
const LARGEST: u64 = 256 << 20;

impl Kept {
    /// Makes the folder, with a copy of what the server has now. What is there already stays.
    pub(super) fn make(&self) -> Result<(), Failure> {
        let failed = |error: io::Error| refused(format!("cannot make a home for this server: {error}"));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(&self.folder).map_err(failed)?;
        let Some((from, name)) = &self.copy else { return Ok(()) };
        let to = self.folder.join(name);
        if to.symlink_metadata().is_ok() {
            return Ok(());
        }
        let found = from.symlink_metadata().map_err(failed)?;
        if !found.is_file() || found.len() > LARGEST {
            return Err(refused(format!("{} is no file that can be copied", line(&from.to_string_lossy()))));
        }
        fs::copy(from, &to).and_then(|_| fs::File::open(&to)?.sync_all()).map_err(failed)
    }

    /// Takes away what was made for a server that will not be started.
    pub(super) fn unmake(&self) {
        // Nothing names it: left over, it does no harm.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What is fenced: an entry's words, taken apart.
pub(super) struct Fenced<'a> {
    pub(super) words: &'a [String],
    pub(super) launch: &'a Launch,
}

impl Fenced<'_> {
    /// What the fence allows. A home that is yet to be made is named, but not bound to a folder.
    pub(super) fn sandbox(
        &self,
        env: &Env,
        fence: &Fence,
        program: &Path,
        package: Option<&Package>,
    ) -> Result<Sandbox, Failure> {
        let script = match self.launch.payload {
            Payload::Script { word: Some(word) } => Some(Path::new(&self.words[word])),
            _ => None,
        };
        let mut read = code(env, script, program, package);
        read.extend(fence.read.iter().cloned());
        let keeps = fence.kept.as_ref().map(|kept| match kept.folder.exists() {
            true => Grant::of(&kept.folder).map_err(|error| failure(&error)),
            false => Ok(Grant { path: kept.folder.clone(), device: 0, inode: 0 }),
        });
        Ok(Sandbox {
            engine: fence.engine,
            read: grants(env, read)?,
            write: grants(env, fence.write.clone())?,
            network: fence.network.clone(),
            keeps: keeps.transpose()?,
            user_namespaces: fence.user_namespaces,
            ..Sandbox::new(&env.home)
        })
    }
}

/// What is started inside, where another program stands in the entry.
pub(super) struct Inside {
    pub(super) program: PathBuf,
    /// Its `PATH` begins with these.
    pub(super) path: Vec<PathBuf>,
    /// What the user should know of it, a full sentence.
    pub(super) note: Option<String>,
}

impl Inside {
    /// For the program that the entry's client would start.
    pub(super) fn of(place: &Place<'_>, program: &Path) -> Inside {
        let env = place.env;
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let (started, path, note) = match behind(place, program) {
            Behind::Itself => (program.to_owned(), Vec::new(), None),
            Behind::Found { manager, program: found, path } => {
                let note = format!(
                    "{manager} chooses which {} starts. In the sandbox it stays the one chosen now: {}.",
                    line(&name),
                    line(&env.shown(&found))
                );
                (found, path, Some(note))
            }
            Behind::Decides { manager, root } => {
                let note = format!(
                    "{manager} decides at each start which {} runs, and its files do not tell beforehand. It may read \
                     {}; if it does not start, name the program itself in the entry.",
                    line(&name),
                    line(&env.shown(&root))
                );
                (program.to_owned(), Vec::new(), Some(note))
            }
        };
        let started = unlinked(env, &started);
        let mut path: Vec<PathBuf> = started.parent().map(Path::to_owned).into_iter().chain(path).collect();
        // A shim that its first line finds on the `PATH` is as invisible inside.
        let found = interpreter(&started).and_then(|interpreter| match interpreter {
            Interpreter::Named(name) => on_path(&path, &name).is_none().then(|| resolve(env, &name, None))?,
            Interpreter::At(_) => None,
        });
        if let Some(found) = found {
            let real = match behind(place, &found) {
                Behind::Found { program, .. } => program,
                Behind::Itself | Behind::Decides { .. } => found,
            };
            path.extend(unlinked(env, &real).parent().map(Path::to_owned));
        }
        Inside { program: started, path, note }
    }
}

/// What the program is made of: its package, or its script's project, and what runs it.
pub(super) fn code(env: &Env, script: Option<&Path>, program: &Path, package: Option<&Package>) -> Vec<PathBuf> {
    let mut read = Vec::new();
    match (package, script) {
        (Some(package), _) => read.push(package.dir.clone()),
        (None, Some(script)) => {
            read.push(code_of(env, script));
            // A linked script finds its modules from where it really is.
            read.extend(script.canonicalize().ok().map(|real| code_of(env, &real)));
        }
        (None, None) => {}
    }
    read.extend(runtime_of(env, program));
    // Its manager is asked at each start.
    if let Some(root) = root_of(program) {
        let versions = env.home.join(".tool-versions");
        read.extend([root, versions].into_iter().filter(|path| path.exists() && !is_too_broad(path, &env.home)));
    }
    if let Some(interpreter) = interpreter_of(env, program) {
        // A script starts what lies beside it: its project, where it has one.
        if package.is_none() && script.is_none() {
            read.extend(project_of(env, program));
        }
        read.extend(runtime_of(env, &interpreter));
    }
    read
}

/// Binds each path to what is there now, once; refuses what is too much.
pub(super) fn grants(env: &Env, mut paths: Vec<PathBuf>) -> Result<Vec<Grant>, Failure> {
    let grant = |path: PathBuf| {
        let grant = Grant::of(&path).map_err(|error| match error {
            SandboxError::Io(error) if error.kind() == io::ErrorKind::NotFound => {
                refused(format!("{} is not there", line(&env.shown(&path))))
            }
            error => failure(&error),
        })?;
        if is_too_broad(&grant.path, &env.home) && !grant.path.starts_with(env.state().packages()) {
            return Err(too_broad(env, &path));
        }
        Ok(grant)
    };
    paths.sort();
    paths.dedup();
    let mut grants = paths.into_iter().map(grant).collect::<Result<Vec<_>, Failure>>()?;
    // Two names of one folder are one folder.
    grants.sort_by(|one, other| one.path.cmp(&other.path));
    grants.dedup_by(|one, other| one.path == other.path);
    Ok(grants)
}

/// What a script's first line names: `#!/usr/bin/env node`.
enum Interpreter {
    /// Found on the `PATH`.
    Named(String),
    At(PathBuf),
}

fn interpreter(program: &Path) -> Option<Interpreter> {
    let mut start = [0; 256];
    let read = io::Read::read(&mut fs::File::open(program).ok()?, &mut start).ok()?;
    let line = start[..read].strip_prefix(b"#!")?;
    let line = std::str::from_utf8(line.split(|byte| *byte == b'\n').next()?).ok()?;
    let mut words = line.split_whitespace();
    let first = Path::new(words.next()?);
    match first.file_name()?.to_str()? {
        "env" => Some(Interpreter::Named(words.find(|word| !word.starts_with('-'))?.to_owned())),
        _ => Some(Interpreter::At(first.to_owned())),
    }
}

fn interpreter_of(env: &Env, program: &Path) -> Option<PathBuf> {
    match interpreter(program)? {
        // The `PATH` inside begins with the program's own folder.
        Interpreter::Named(name) => {
            let beside: Vec<PathBuf> = program.parent().map(Path::to_owned).into_iter().collect();
            on_path(&beside, &name).or_else(|| resolve(env, &name, None))
        }
        Interpreter::At(path) => Some(path),
    }
}

fn on_path(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file())
}

pub(super) fn failure(error: &SandboxError) -> Failure {
    let hint = match error {
        SandboxError::NoEngine => Some("Install the package bubblewrap, then try again.".to_owned()),
        _ => None,
    };
    Failure { code: Code::Refused, message: error.to_string(), hint }
}

pub(super) fn too_broad(env: &Env, path: &Path) -> Failure {
    Failure {
        code: Code::Refused,
        message: format!("{} is too much to leave open in a sandbox", env.shown(path)),
        hint: Some("Narrow the folders first, then put the server in a sandbox.".to_owned()),
    }
}

/// The read-only folder a script needs: what holds its `node_modules`, else its
/// project, else its own folder, or itself where that would be too much.
fn code_of(env: &Env, script: &Path) -> PathBuf {
    let modules = script.ancestors().filter(|dir| dir.ends_with("node_modules")).last();
    if let Some(modules) = modules {
        let project = modules.parent().filter(|dir| dir.join("package.json").is_file());
        return project.filter(|dir| !is_too_broad(dir, &env.home)).unwrap_or(modules).to_owned();
    }
    let beside = script.parent().filter(|dir| !is_too_broad(dir, &env.home)).map(Path::to_owned);
    project_of(env, script).or(beside).unwrap_or_else(|| script.to_owned())
}

/// The project that a file lies in, unless that is too much.
fn project_of(env: &Env, file: &Path) -> Option<PathBuf> {
    const MARKS: &[&str] = &["package.json", "pyproject.toml", "setup.py", "deno.json"];
    let marked = file.ancestors().skip(1).find(|dir| MARKS.iter().any(|mark| dir.join(mark).is_file()));
    marked.filter(|dir| !is_too_broad(dir, &env.home)).map(Path::to_owned)
}

/// What an interpreter outside the system folders needs to run: its prefix, and
/// a virtual environment's own folder.
pub(super) fn runtime_of(env: &Env, program: &Path) -> Vec<PathBuf> {
    let mut needed = Vec::new();
    // A program of a package, `node_modules/.bin/x`: a link that stands beside what it leads to.
    if program.ancestors().any(|dir| dir.ends_with("node_modules")) {
        needed.push(code_of(env, program));
    }
    let mut add = |path: &Path| match prefix_of(env, path) {
        _ if is_system(path) => {}
        Some(prefix) if prefix.join("Cellar").is_dir() => {
            // Homebrew's holds the data of databases as well.
            needed.extend(BREW.iter().map(|part| prefix.join(part)).filter(|part| part.exists()));
        }
        Some(prefix) => needed.push(prefix),
        None => needed.push(path.to_owned()),
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
    // uv names its interpreters by links to folders: whatever lies on the way has to be seen.
    let real: Vec<PathBuf> = needed.iter().filter_map(|path| path.canonicalize().ok()).collect();
    for link in links(program).into_iter().filter(|link| !is_system(link)) {
        let folder = link.parent().filter(|folder| !is_too_broad(folder, &env.home));
        if !real.iter().any(|path| link.starts_with(path)) {
            needed.extend(folder.map(Path::to_owned));
        }
    }
    // A program of a virtual environment, whatever its first line says, is run by that one's interpreter.
    let python = prefix_of(env, program).filter(|prefix| prefix.join("pyvenv.cfg").is_file());
    let python = python.map(|prefix| prefix.join("bin/python")).filter(|python| python != program && python.exists());
    needed.extend(python.into_iter().flat_map(|python| runtime_of(env, &python)));
    needed
}

/// What programs of Homebrew read, of its folder.
const BREW: &[&str] = &["bin", "lib", "opt", "Cellar", "share", "etc/ca-certificates", "etc/openssl@3"];
