//! An entry as its client hands it over, and the profile that seals it.
//!
//! The client expands its own variables before it starts anything; what the
//! launcher will be given is what a profile must approve. Where a part cannot
//! be known here (a prompt, the folder of a window), an entry is refused rather
//! than approved with a hole.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use warder_launch::command::{Approved, Token, is_loader, seal_argument, seal_inherited, seal_variable};
use warder_launch::profile::{Package, Profile, ProfileId, Run};
use warder_launch::reference::references;
use warder_launch::vault::{Handle, REFERENCE};

use crate::api::{Code, Failure};
use crate::clients::Os;
use crate::dialect::Spot;
use crate::env::Env;
use crate::machine::FoundFile;
use crate::redact::Known;
use crate::report::Judged;
use crate::secret::{find, is_behind_flag};
use crate::server::command::{self, Launch, Launcher, Payload};
use crate::server::{Command, Server};

use super::failures::refused;
use super::fence::{Fence, Fenced, Inside};
use crate::programs::{Place, resolve, search_path, search_path_after};

/// A variable of an entry.
pub(super) enum Handed {
    Plain(String),
    /// Its client fills it in.
    Varies,
    Key(Handle),
}

/// Programs that take what they run from the folder they are started in.
const FOLDER_BOUND: &[&str] = &[
    "bundle", "cargo", "composer", "dotnet", "go", "gradle", "gmake", "hatch", "just", "make", "mix", "mvn", "pdm",
    "pipenv", "poetry", "rake", "rye", "task",
];

/// Whether Windows runs a program through `cmd.exe`, whose quoting the standard
/// library knows; only a line break it refuses (std::process, on Windows).
fn is_batch(program: &Path) -> bool {
    let ending = program.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ending.eq_ignore_ascii_case("cmd") || ending.eq_ignore_ascii_case("bat")
}

fn program_name(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.split('.').next().unwrap_or(name)
}

/// A package in the store and how it is started.
pub(super) struct Installed {
    pub(super) program: PathBuf,
    /// Before the entry's own arguments.
    pub(super) args: Vec<String>,
    pub(super) package: Package,
}

/// What is around a server by its profile.
#[derive(Clone, Copy)]
pub(super) enum Around<'a> {
    Nothing,
    New(&'a Fence),
    /// A fence that its profile has already.
    Kept,
}

/// What a client hands to the system.
pub(super) struct Entry {
    /// Program first.
    pub(super) words: Vec<String>,
    pub(super) env: BTreeMap<String, Handed>,
    pub(super) cwd: Option<PathBuf>,
    pub(super) launch: Launch,
    /// Keychain items whose references stand inside the words.
    inside: Vec<Handle>,
}

impl Entry {
    /// The entry as configured now.
    pub(super) fn of(env: &Env, file: &FoundFile, server: &Server, command: &Command) -> Result<Entry, Failure> {
        let spot = |index| if index == 0 { Spot::Command } else { Spot::Args };
        let words = command.words().into_iter().enumerate();
        let words = words.map(|(index, word)| known(env, file, &word.value, spot(index))).collect::<Result<_, _>>()?;
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
        Entry::given(env, file, server, command, words, None)
    }

    /// The same, with one more key inside its words.
    pub(super) fn given(
        env: &Env,
        file: &FoundFile,
        server: &Server,
        command: &Command,
        words: Vec<String>,
        new: Option<&Handle>,
    ) -> Result<Entry, Failure> {
        let own = command.profile.iter().flat_map(|profile| &profile.inside).chain(new);
        let inside = inside(&words, &own.collect::<Vec<_>>())?;
        let mut handed = BTreeMap::new();
        for pair in &server.env {
            let value = match &pair.value.value {
                reference if reference.starts_with(REFERENCE) => Handed::Key(own_key(command, &pair.name, reference)?),
                value => file.expand(env, value, Spot::Env).map_or(Handed::Varies, Handed::Plain),
            };
            handed.insert(pair.name.clone(), value);
        }
        let named = match &server.cwd {
            Some(cwd) if server.client.start.cwd => Some(PathBuf::from(known(env, file, &cwd.value, Spot::Cwd)?)),
            _ => None,
        };
        let rest: Vec<&str> = words[1..].iter().map(String::as_str).collect();
        let launch = command::read(&words[0], &rest, env.os);
        Ok(Entry { cwd: named, env: handed, launch, words, inside })
    }

    /// The folder the server starts in, whoever starts it: what the entry says;
    /// a neutral one for package launchers, which would otherwise take code and
    /// settings from the folder they stand in; `None` keeps the caller's.
    pub(super) fn cwd(&self, env: &Env, file: &FoundFile) -> Result<Option<PathBuf>, Failure> {
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
            | (Launcher::Docker | Launcher::Podman | Launcher::DockerMcpGateway, _) => return Ok(neutral()),
            // The same in a shell line, where the client's folder is anyone's.
            (Launcher::Shell, _) if file.project.is_none() && self.fetches() => return Ok(neutral()),
            // `python -m x` looks for `x` in the folder it stands in first.
            (Launcher::Python, Payload::Script { word: None }) => return Ok(neutral()),
            (_, Payload::Script { word: Some(word) }) => script(*word) != Some(true) || self.loads_from_folder(*word),
            // Code in the command line looks for its modules in the folder it stands in.
            (Launcher::Node | Launcher::Python | Launcher::Bun | Launcher::Deno, Payload::Opaque(_)) => {
                self.words.iter().any(|word| ["-e", "--eval", "-p", "--print", "-pe", "-c"].contains(&word.as_str()))
            }
            // What another line of a shell does, and what these programs run, is
            // written in the folder they stand in.
            (Launcher::Npm | Launcher::Shell, _) => true,
            (Launcher::UvRun, _) => !self.words.iter().any(|word| word == "--directory" || word == "--project"),
            _ => self.words.first().is_some_and(|word| FOLDER_BOUND.contains(&program_name(word))),
        };
        match (&file.project, depends) {
            (_, false) => Ok(None),
            // VS Code starts a workspace's servers in its folder.
            (Some(project), true) if file.client.id == "vscode" => Ok(Some(project.clone())),
            _ => Err(unclear(file)),
        }
    }

    /// Whether a shell line calls a package launcher.
    fn fetches(&self) -> bool {
        let words = self.words.iter().flat_map(|word| word.split(|c: char| !c.is_ascii_alphanumeric()));
        let mut runners = words.filter(|word| ["npx", "bunx", "pnpx", "dlx", "uvx", "pipx"].contains(word));
        runners.next().is_some()
    }

    /// Whether an interpreter's option before the script names a file by a
    /// relative path: `node -r ./hook.js /srv/s.js`.
    fn loads_from_folder(&self, script: usize) -> bool {
        let relative = |word: &String| {
            let value = word.split_once('=').map_or(word.as_str(), |(_, value)| value);
            ["./", "../", ".\\", "..\\"].iter().any(|start| value.starts_with(start))
        };
        self.words.iter().take(script).skip(1).any(relative)
    }

    /// What a fence starts in the place of a program of the entry; nothing of it is started to find out.
    pub(super) fn inside(&self, env: &Env, file: &FoundFile, program: &Path) -> Inside {
        let plain = self.env.iter().filter_map(|(name, handed)| match handed {
            Handed::Plain(value) => Some((name.clone(), value.clone())),
            _ => None,
        });
        let cwd = self.cwd(env, file).ok().flatten();
        let script = match self.launch.payload {
            Payload::Script { word: Some(word) } => {
                self.words.get(word).map(Path::new).filter(|path| path.is_absolute())
            }
            _ => None,
        };
        let variables = plain.collect();
        Inside::of(
            &Place { env: &self.seen_by_client(env), variables: &variables, cwd: cwd.as_deref(), script },
            program,
        )
    }

    /// The program that its client starts, wherever it finds that.
    pub(super) fn program(&self, env: &Env) -> Option<PathBuf> {
        resolve(&self.seen_by_client(env), &self.words[0], self.cwd.as_deref())
    }

    /// The platform with the entry's own `PATH`, by which its client finds the program.
    fn seen_by_client(&self, env: &Env) -> Env {
        let mut env = env.clone();
        if let Some(Handed::Plain(path)) = self.env.get("PATH") {
            env.vars.insert("PATH".to_owned(), path.clone());
        }
        env
    }

    /// Whether a word holds or could hold a secret: kept as a digest only.
    fn is_secret(&self, index: usize) -> bool {
        let word = &self.words[index];
        let before = index.checked_sub(1).map(|before| &self.words[before]);
        !find(word).is_empty() || before.is_some_and(|flag| is_behind_flag(flag, word))
    }

    /// The profile that approves exactly this entry.
    pub(super) fn seal(
        &self,
        judged: &Judged,
        server: &Server,
        id: ProfileId,
        around: Around<'_>,
        installed: Option<Installed>,
    ) -> Result<Profile, Failure> {
        let label = &id;
        let (env, file) = (&judged.machine.env, &judged.machine.files[server.file.0]);
        let tokens: Vec<Token> = self
            .words
            .iter()
            .enumerate()
            .map(|(index, word)| match self.is_secret(index) || holds(&judged.known, word) {
                true => Token::Sealed { sha256: seal_argument(label, index, word) },
                false => Token::Text(word.clone()),
            })
            .collect();
        let resolved = self.program(env).ok_or_else(|| {
            let message =
                format!("the program {} is not where Warder looks for programs", crate::redact::line(&self.words[0]));
            Failure {
                code: Code::Refused,
                message,
                hint: Some("Start Warder from a terminal where the command works, and try again.".to_owned()),
            }
        })?;
        let env = &self.seen_by_client(env);
        let fence = if let Around::New(fence) = around { Some(fence) } else { None };
        let mut search = search_path(env, &resolved);
        let (program, args, package) = match installed {
            Some(Installed { program, args, package }) => {
                let own = tokens.get(self.launch.arguments..).unwrap_or_default();
                let args = args.into_iter().map(Token::Text).chain(own.iter().cloned()).collect();
                (program, args, Some(package))
            }
            None if matches!(around, Around::Nothing) => (resolved, tokens[1..].to_vec(), None),
            None => {
                let inside = self.inside(env, file, &resolved);
                search = search_path_after(env, inside.path);
                (inside.program, tokens[1..].to_vec(), None)
            }
        };
        if env.os == Os::Windows && is_batch(&program) && self.words[1..].iter().any(|word| word.contains(['\r', '\n']))
        {
            return Err(Failure {
                hint: Some("Name the program itself in the entry, for example node and its script.".to_owned()),
                ..refused(format!(
                    "Windows cannot hand a word with a line break to {}, which is a batch file",
                    crate::redact::line(&program.to_string_lossy())
                ))
            });
        }
        let cwd = self.cwd(env, file)?;
        let sandbox = match fence {
            Some(fence) => {
                let fenced = Fenced { words: &self.words, launch: &self.launch };
                let inside = Env { vars: [("PATH".to_owned(), search.clone())].into(), ..env.clone() };
                Some(fenced.sandbox(&inside, fence, &program, package.as_ref())?)
            }
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
        let mut run_env = BTreeMap::from([
            ("PATH".to_owned(), search),
            (
                if env.os == Os::Windows { "USERPROFILE" } else { "HOME" }.to_owned(),
                env.home.to_string_lossy().into_owned(),
            ),
        ]);
        run_env.extend(fence.into_iter().flat_map(|fence| fence.variables.clone()));
        // What the entry itself sets is approved as it is; ours would change the server.
        run_env.retain(|name, _| !self.env.contains_key(name));
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
            inside: self.inside.clone(),
            remote: None,
            sandbox,
            package,
            id,
        })
    }
}

/// Whether a word holds what is a key elsewhere on the computer. What refers to a key is none.
pub(super) fn holds(known: &Known, word: &str) -> bool {
    let names: Vec<Range<usize>> = references(word).into_iter().map(|(range, _)| range).collect();
    let is_name = |place: &Range<usize>| names.iter().any(|name| name.start <= place.start && place.end <= name.end);
    known.places(word).iter().any(|place| !is_name(place))
}

fn unclear(file: &FoundFile) -> Failure {
    refused(format!("what this entry starts depends on the folder {} starts it in", file.client.name))
}

/// The key an already moved variable refers to; only the entry's own.
fn own_key(command: &Command, name: &str, reference: &str) -> Result<Handle, Failure> {
    let handle = command.profile.as_ref().and_then(|profile| profile.secrets.get(name));
    let own = handle.filter(|handle| handle.reference() == reference).cloned();
    own.ok_or_else(|| refused(format!("{} refers to a key that this entry was not given", crate::redact::line(name))))
}

/// The keys that the words refer to; only the entry's own.
fn inside(words: &[String], own: &[&Handle]) -> Result<Vec<Handle>, Failure> {
    let mut inside = Vec::new();
    for (_, handle) in words.iter().flat_map(|word| references(word)) {
        if !own.contains(&&handle) {
            return Err(refused("an argument refers to a key that this entry was not given".to_owned()));
        }
        if !inside.contains(&handle) {
            inside.push(handle);
        }
    }
    Ok(inside)
}

/// A text as the client hands it over; refused where that is not the same at each start.
pub(super) fn known(env: &Env, file: &FoundFile, text: &str, spot: Spot) -> Result<String, Failure> {
    file.expand(env, text, spot).map_err(|name| {
        refused(format!(
            "the launch line holds {}, which {} fills in anew at each start",
            crate::redact::line(&name),
            file.client.name
        ))
    })
}
