//! An entry as its client hands it over, and the profile that seals it.
//!
//! The client expands its own variables before it starts anything; what the
//! launcher will be given is what a profile must approve. Where a part cannot
//! be known here (a prompt, the folder of a window), an entry is refused rather
//! than approved with a hole.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use warder_launch::command::{Approved, Token, is_loader, seal_argument, seal_inherited, seal_variable};
use warder_launch::profile::{Package, Profile, ProfileId, Run};
use warder_launch::sandbox::{Grant, Network, Sandbox, SandboxError, is_too_broad};
use warder_launch::vault::{Handle, REFERENCE};

use crate::api::{Code, Failure};
use crate::clients::{Dialect, Os};
use crate::env::Env;
use crate::machine::FoundFile;
use crate::secret::{find, flag_takes_secret, judge};
use crate::server::command::{self, Launch, Launcher, PathUse, Payload};
use crate::server::{Command, Server};

use super::packages::Installed;
use super::refused;

/// A variable of an entry.
pub(super) enum Handed {
    Plain(String),
    /// Its client fills it in.
    Varies,
    Key(Handle),
}

/// What a client hands to the system.
pub(super) struct Entry {
    /// Program first.
    pub(super) words: Vec<String>,
    pub(super) env: BTreeMap<String, Handed>,
    pub(super) cwd: Option<PathBuf>,
    pub(super) launch: Launch,
}

/// What a fence is asked to allow besides what the entry names.
pub(super) struct Fence {
    pub(super) keep: Vec<PathBuf>,
    pub(super) network: Network,
}

enum Text {
    Known(String),
    Varies(String),
}

impl Entry {
    /// The entry as configured now.
    pub(super) fn of(env: &Env, file: &FoundFile, server: &Server, command: &Command) -> Result<Entry, Failure> {
        let words =
            command.words().into_iter().map(|word| known(env, file, &word.value, true)).collect::<Result<_, _>>()?;
        Entry::with(env, file, server, command, words)
    }

    /// The same with other words (already expanded).
    pub(super) fn with(
        env: &Env,
        file: &FoundFile,
        server: &Server,
        command: &Command,
        words: Vec<String>,
    ) -> Result<Entry, Failure> {
        let mut handed = BTreeMap::new();
        for pair in &server.env {
            let value = match &pair.value.value {
                reference if reference.starts_with(REFERENCE) => Handed::Key(own_key(command, &pair.name, reference)?),
                value => match expand(env, file, value, false) {
                    Text::Known(text) => Handed::Plain(text),
                    Text::Varies(_) => Handed::Varies,
                },
            };
            handed.insert(pair.name.clone(), value);
        }
        let named = match &server.cwd {
            Some(cwd) if server.client.start.cwd => Some(PathBuf::from(known(env, file, &cwd.value, true)?)),
            _ => None,
        };
        let rest: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let launch = command::read(&words[0], &rest, env.os);
        Ok(Entry { cwd: named, env: handed, launch, words })
    }

    /// The folder the server starts in, whoever starts it: what the entry says;
    /// a neutral one for package launchers, which would otherwise take code and
    /// settings from the folder they stand in; `None` keeps the caller's.
    fn cwd(&self, env: &Env, file: &FoundFile) -> Result<Option<PathBuf>, Failure> {
        if let Some(cwd) = &self.cwd {
            return if cwd.is_absolute() { Ok(Some(cwd.clone())) } else { Err(unclear(file)) };
        }
        let neutral = || Some(PathBuf::from(if env.os == Os::Windows { r"C:\Windows" } else { "/" }));
        let script = |word: usize| self.words.get(word).map(|word| Path::new(word).is_absolute());
        let depends = match (&self.launch.launcher, &self.launch.payload) {
            (
                Launcher::Npx | Launcher::Bunx | Launcher::PnpmDlx | Launcher::YarnDlx | Launcher::Uvx | Launcher::Pipx,
                _,
            )
            | (Launcher::Docker | Launcher::Podman, _) => return Ok(neutral()),
            // `python -m x` looks for `x` in the folder it stands in first.
            (Launcher::Python, Payload::Script { word: None }) => return Ok(neutral()),
            (_, Payload::Script { word: Some(word) }) => script(*word) != Some(true),
            (Launcher::Npm, _) => true,
            (Launcher::UvRun, _) => !self.words.iter().any(|word| word == "--directory" || word == "--project"),
            _ => false,
        };
        match (&file.project, depends) {
            (_, false) => Ok(None),
            // VS Code starts a workspace's servers in its folder.
            (Some(project), true) if file.client.id == "vscode" => Ok(Some(project.clone())),
            _ => Err(unclear(file)),
        }
    }

    /// Whether a word holds or could hold a secret: kept as a digest only.
    fn is_secret(&self, index: usize) -> bool {
        let word = &self.words[index];
        let flag =
            index.checked_sub(1).map(|before| self.words[before].as_str()).filter(|flag| flag_takes_secret(flag));
        !find(word).is_empty() || flag.is_some_and(|flag| judge(flag, word).is_some())
    }

    /// The profile that approves exactly this entry.
    pub(super) fn seal(
        &self,
        env: &Env,
        file: &FoundFile,
        server: &Server,
        id: ProfileId,
        fence: Option<&Fence>,
        installed: Option<Installed>,
    ) -> Result<Profile, Failure> {
        let label = &id;
        let tokens: Vec<Token> = self
            .words
            .iter()
            .enumerate()
            .map(|(index, word)| match self.is_secret(index) {
                true => Token::Sealed { sha256: seal_argument(label, index, word) },
                false => Token::Text(word.clone()),
            })
            .collect();
        let resolved = resolve(env, &self.words[0], self.cwd.as_deref()).ok_or_else(|| {
            let message =
                format!("{} is not installed where Warder looks for programs", crate::redact::escape(&self.words[0]));
            Failure {
                code: Code::Refused,
                message,
                hint: Some("Start Warder from a terminal where the command works, and try again.".to_owned()),
            }
        })?;
        let (program, args, package) = match installed {
            Some(Installed { program, args, package }) => {
                let own = tokens.get(self.launch.arguments..).unwrap_or_default();
                let args = args.into_iter().map(Token::Text).chain(own.iter().cloned()).collect();
                (program, args, Some(package))
            }
            None => (resolved.clone(), tokens[1..].to_vec(), None),
        };
        let cwd = self.cwd(env, file)?;
        let sandbox = match fence {
            Some(fence) => Some(self.sandbox(env, fence, &program, cwd.as_deref(), package.as_ref())?),
            None => None,
        };
        let plain = |(name, value): (&String, &Handed)| match value {
            Handed::Plain(text) => Some((name.clone(), seal_variable(label, name, text))),
            _ => None,
        };
        let key = |(name, value): (&String, &Handed)| match value {
            Handed::Key(handle) => Some((name.clone(), handle.clone())),
            _ => None,
        };
        let loader = |(name, value): (&String, &String)| {
            is_loader(name).then(|| (name.clone(), seal_inherited(label, name, value)))
        };
        let run_env = BTreeMap::from([
            ("PATH".to_owned(), search_path(env, &resolved)),
            (
                if env.os == Os::Windows { "USERPROFILE" } else { "HOME" }.to_owned(),
                env.home.to_string_lossy().into_owned(),
            ),
        ]);
        Ok(Profile {
            schema: 1,
            server: server.name.clone(),
            client: server.client.id.to_owned(),
            approved: Approved {
                argv: tokens,
                env: self.env.iter().filter_map(plain).collect(),
                varies: self
                    .env
                    .iter()
                    .filter(|(_, value)| matches!(value, Handed::Varies))
                    .map(|(name, _)| name.clone())
                    .collect(),
                cwd: self.cwd.clone(),
                inherited: env.vars.iter().filter_map(loader).collect(),
            },
            run: Run { program, args, cwd, env: run_env },
            secrets: self.env.iter().filter_map(key).collect(),
            sandbox,
            package,
            id,
        })
    }

    /// What the fence allows: the directories the arguments name, those the
    /// user keeps, and read-only what the program itself needs.
    fn sandbox(
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
        if let Some(cwd) = &self.cwd {
            write.push(cwd.clone());
        }
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
            let grant = Grant::of(&path).map_err(|error| fence_failure(&error))?;
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
        Ok(Sandbox { read: grants(read)?, write: grants(write)?, network: fence.network, home: env.home.clone() })
    }
}

pub(super) fn fence_failure(error: &SandboxError) -> Failure {
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

fn unclear(file: &FoundFile) -> Failure {
    refused(format!("what this entry starts depends on the folder {} starts it in", file.client.name))
}

/// The key an already moved variable refers to; only the entry's own.
fn own_key(command: &Command, name: &str, reference: &str) -> Result<Handle, Failure> {
    let handle = command.profile.as_ref().and_then(|profile| profile.secrets.get(name));
    let own = handle.filter(|handle| handle.reference() == reference).cloned();
    own.ok_or_else(|| refused(format!("{} refers to a key that this entry was not given", crate::redact::escape(name))))
}

fn known(env: &Env, file: &FoundFile, text: &str, tilde: bool) -> Result<String, Failure> {
    match expand(env, file, text, tilde) {
        Text::Known(text) => Ok(text),
        Text::Varies(name) => Err(refused(format!(
            "the launch line holds {}, which {} fills in anew at each start",
            crate::redact::escape(&name),
            file.client.name
        ))),
    }
}

/// What the client makes of a text (client-formats §18). `tilde`: in places
/// where it expands a leading `~`.
fn expand(env: &Env, file: &FoundFile, text: &str, tilde: bool) -> Text {
    let dialect = file.client.expands;
    let home = env.home.to_string_lossy();
    let mut out = String::new();
    let mut rest = text;
    if tilde && dialect == Dialect::VsCode && (text == "~" || text.starts_with("~/")) {
        out.push_str(&home);
        rest = &text[1..];
    }
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else { break };
        let (name, whole) = (&rest[start + 2..start + length], &rest[start..=start + length]);
        out.push_str(&rest[..start]);
        rest = &rest[start + length + 1..];
        let project = file.project.as_deref();
        let value = match (dialect, name) {
            (Dialect::Nothing, _) => Some(whole.to_owned()),
            (Dialect::Shell, _) => None,
            (_, "userHome") => Some(home.to_string()),
            (_, "pathSeparator" | "/") => Some(if env.os == Os::Windows { "\\" } else { "/" }.to_owned()),
            (_, "workspaceFolder") => project.map(|dir| dir.to_string_lossy().into_owned()),
            (_, "workspaceFolderBasename") => {
                project.and_then(|dir| Some(dir.file_name()?.to_string_lossy().into_owned()))
            }
            (Dialect::Cursor, name) if !name.starts_with("env:") => Some(whole.to_owned()),
            _ => None,
        };
        match value {
            Some(value) => out.push_str(&value),
            None => return Text::Varies(whole.to_owned()),
        }
    }
    out.push_str(rest);
    Text::Known(out)
}

/// A path as the server would take it: `~` is the home, a relative one counts
/// from the entry's folder.
pub(super) fn absolute(env: &Env, text: &str, cwd: Option<&Path>) -> Option<PathBuf> {
    let path = match text.strip_prefix('~') {
        Some("") => env.home.clone(),
        Some(rest) if rest.starts_with(['/', '\\']) => env.home.join(&rest[1..]),
        _ => PathBuf::from(text),
    };
    if path.is_absolute() { Some(path) } else { cwd.filter(|dir| *dir != Path::new("/")).map(|dir| dir.join(path)) }
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
fn runtime_of(env: &Env, program: &Path) -> Vec<PathBuf> {
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

/// Folders where programs are put by version managers and installers; a window
/// started from a desktop has none of them on its `PATH`.
fn usual(env: &Env) -> Vec<PathBuf> {
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

fn folders(env: &Env) -> impl Iterator<Item = PathBuf> {
    let path = env.vars.get("PATH").cloned().unwrap_or_default();
    let named: Vec<PathBuf> = std::env::split_paths(&path).filter(|dir| dir.is_absolute()).collect();
    named.into_iter().chain(usual(env))
}

/// The absolute program a name stands for, as a shell of the user's would find it.
pub(super) fn resolve(env: &Env, program: &str, cwd: Option<&Path>) -> Option<PathBuf> {
    let endings: &[&str] = if env.os == Os::Windows { &["", ".exe", ".cmd", ".bat"] } else { &[""] };
    let runs = |path: PathBuf| {
        endings
            .iter()
            .map(|end| PathBuf::from(format!("{}{end}", path.to_string_lossy())))
            .find(|path| is_program(path))
    };
    if program.contains(['/', '\\']) {
        return absolute(env, program, cwd).and_then(runs);
    }
    folders(env).find_map(|dir| runs(dir.join(program)))
}

fn is_program(path: &Path) -> bool {
    let Ok(meta) = path.metadata() else { return false };
    #[cfg(unix)]
    let executable = std::os::unix::fs::PermissionsExt::mode(&meta.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let executable = true;
    meta.is_file() && executable
}

/// The `PATH` a server gets: its program's folder first, then the user's.
pub(super) fn search_path(env: &Env, program: &Path) -> String {
    let mut dirs: Vec<PathBuf> = Vec::new();
    for dir in program.parent().map(Path::to_owned).into_iter().chain(folders(env).filter(|dir| dir.is_dir())) {
        if !dirs.contains(&dir) {
            dirs.push(dir);
        }
    }
    std::env::join_paths(dirs).map(|path| path.to_string_lossy().into_owned()).unwrap_or_default()
}
