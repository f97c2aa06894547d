//! The launch line taken apart: wrappers, launcher, package, version,
//! container, script, bridge URL.
//!
//! Grammar of each launcher: client-formats §20. Unclear grammar is `Opaque`,
//! never a guess. Pure text: nothing is looked up, expanded or started.

mod bridges;
mod container;
mod node;
mod options;
mod other;
mod paths;
mod powershell;
mod prefixes;
mod python;
mod shells;
mod spec;
mod step;
mod words;

pub use container::{Container, ContainerOption};

use crate::clients::Os;
use crate::server::Kind;
use step::Step;
use words::Word;

/// What starts the payload, as in a report: `npx`, `uvx`, `docker`, `node` …
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, ts_rs::TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "kebab-case")]
pub enum Launcher {
    Npx,
    Bunx,
    PnpmDlx,
    YarnDlx,
    Npm,
    Uvx,
    UvRun,
    Pipx,
    Node,
    Bun,
    Deno,
    Python,
    Docker,
    Podman,
    /// `docker mcp gateway run`: many servers behind one entry.
    DockerMcpGateway,
    Dnx,
    Dotnet,
    Java,
    Jbang,
    Go,
    Cargo,
    Php,
    Ruby,
    Perl,
    Nix,
    /// Any other program.
    Binary,
    /// A shell line that is more than one simple command.
    Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, ts_rs::TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Ecosystem {
    Npm,
    Pypi,
    Docker,
    /// A repository or archive URL.
    Git,
    Nuget,
    Maven,
    Jsr,
    /// A module, by the path that `go run` takes.
    Go,
}

/// A package or image the launcher fetches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    pub ecosystem: Ecosystem,
    /// As written, without extras; the whole spec of a repository or archive,
    /// its commit included.
    pub name: String,
    /// As written (`1.2.3`, `latest`, `^2`, `sha256:…`); `None` when none.
    pub version: Option<String>,
    /// Exact version, full commit or digest.
    pub pinned: bool,
    /// The word that names it.
    pub word: usize,
}

/// How a directory or file is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathUse {
    /// An argument of the server.
    Argument,
    /// The host side of a container mount.
    Mount,
}

/// A path among the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathWord {
    pub word: usize,
    /// The part of the word that is the path (bytes); empty when the word
    /// spells it with escapes, so that it cannot be replaced in place.
    pub range: std::ops::Range<usize>,
    pub path: String,
    pub how: PathUse,
    /// A mount marked read-only.
    pub read_only: bool,
}

/// Why nothing is said about the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    Package(Package),
    /// A local script or module; the word that names it, if one does.
    Script {
        word: Option<usize>,
    },
    /// A program of its own.
    Binary,
    /// Could not be taken apart; a short reason for people.
    Opaque(String),
}

/// The launch line, taken apart. Word 0 is the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Prefixes taken off, outermost first: `cmd`, `env`, `sudo`, `bwrap` …
    pub layers: Vec<Layer>,
    pub launcher: Launcher,
    pub payload: Payload,
    /// The word where the server's own arguments begin (may be one past the end).
    pub arguments: usize,
    /// Paths among the server's arguments and container mounts.
    pub paths: Vec<PathWord>,
    /// A bridge's URL (`mcp-remote`): the word and the text.
    pub url: Option<(usize, String)>,
    /// The package or program that connects to `url`.
    pub bridge: Option<String>,
    /// What the payload starts in turn, as it names it: `@smithery/cli run NAME`.
    pub inner: Option<String>,
    /// `NAME=value` words of an `env` prefix, `-e NAME=value` of docker: word, name, byte range of the value.
    pub assignments: Vec<Assignment>,
    /// The line a shell would run, when one does (`sh -c '…'`, `cmd /c a && b`),
    /// also when it is one simple command that could be taken apart.
    pub shell: Option<String>,
    /// Further packages that are fetched (`uvx --with`, `npx -p a -p b`).
    pub with: Vec<Package>,
    /// What `docker run` and `podman run` give the container.
    pub container: Option<Box<Container>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub word: usize,
    pub name: String,
    pub range: std::ops::Range<usize>,
}

/// A prefix that was taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    pub role: Role,
    /// Its plain name: `cmd`, `bash`, `mise`.
    pub program: String,
    /// A sandbox's own words behind its name, which say how much it holds.
    pub options: Vec<String>,
}

/// What a prefix is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// `cmd /c`.
    Cmd,
    /// `sh -c`, `powershell -Command`.
    Shell,
    Env,
    /// `mise`, `op run`, `doppler run` …
    Runner,
    Sudo,
    Wsl,
    /// `nice`, `timeout`, `caffeinate` …
    Other,
    /// `bwrap`, `firejail`, `sandbox-exec`, `srt`, `nono`, ToolHive.
    Sandbox,
}

/// Takes `program` and `args` apart. Windows names lose case and `.exe`/`.cmd`.
pub fn read(program: &str, args: &[&str], os: Os) -> Launch {
    let mut words: Vec<Word> = Vec::with_capacity(args.len() + 1);
    let line = Word::given(program, 0);
    match split_program(&line, os) {
        Some(split) => words.extend(split),
        None => words.push(line),
    }
    words.extend(args.iter().enumerate().map(|(at, arg)| Word::given(arg, at + 1)));
    Reading::new(args.len() + 1, os).read(words)
}

/// A line inside another, which puts nothing further behind itself.
fn nested(words: Vec<Word>, os: Os) -> Launch {
    Reading { nested: true, ..Reading::new(words.len(), os) }.read(words)
}

/// The scoring profile of a launch line (rules-and-scoring §3.2).
///
/// A program of its own counts as a package: somebody else built it. One
/// named relative to the project was read as a script already.
pub fn kind(launch: &Launch) -> Kind {
    match (&launch.payload, launch.launcher) {
        _ if launch.url.is_some() => Kind::Bridge,
        (Payload::Package(_) | Payload::Binary, _) => Kind::LocalPackage,
        (Payload::Script { .. }, _) => Kind::LocalScript,
        (
            Payload::Opaque(_),
            Launcher::Npx
            | Launcher::Bunx
            | Launcher::PnpmDlx
            | Launcher::YarnDlx
            | Launcher::Uvx
            | Launcher::Pipx
            | Launcher::Docker
            | Launcher::Podman
            | Launcher::DockerMcpGateway
            | Launcher::Dnx
            | Launcher::Jbang,
        ) => Kind::LocalPackage,
        (Payload::Opaque(_), _) => Kind::LocalScript,
    }
}

/// Some configs hold the whole line in `command`; it works in clients that
/// start servers through a shell. Only a line that begins with a launcher's
/// plain name is one: `C:\Program Files\…` is a path.
fn split_program(line: &Word, os: Os) -> Option<Vec<Word>> {
    const NAMES: &[&str] = &[
        "npx",
        "npm",
        "node",
        "bunx",
        "bun",
        "pnpm",
        "pnpx",
        "yarn",
        "deno",
        "tsx",
        "uvx",
        "uv",
        "pipx",
        "python",
        "python3",
        "py",
        "docker",
        "podman",
        "cmd",
        "powershell",
        "pwsh",
        "sh",
        "bash",
        "zsh",
        "env",
        "mise",
        "sudo",
        "wsl",
        "php",
        "ruby",
        "perl",
        "java",
        "jbang",
        "go",
        "cargo",
        "dnx",
        "dotnet",
        "nix",
        "poetry",
        "op",
        "doppler",
    ];
    let (first, _) = line.text.trim_start().split_once(char::is_whitespace)?;
    if !NAMES.contains(&words::base(first).as_str()) || first.contains(['/', '\\']) {
        return None;
    }
    match os {
        Os::Windows => Some(words::windows_words(line)),
        Os::Linux | Os::Macos => words::simple_command(line),
    }
}

/// The state of reading one line.
struct Reading {
    launch: Launch,
    /// Where the words are read; changes inside `wsl`.
    os: Os,
    /// One past the last given word.
    end: usize,
    /// It is itself behind another server.
    nested: bool,
}

impl Reading {
    fn new(end: usize, os: Os) -> Reading {
        let launch = Launch {
            layers: Vec::new(),
            launcher: Launcher::Binary,
            payload: Payload::Opaque("it starts nothing".to_owned()),
            arguments: end,
            paths: Vec::new(),
            url: None,
            bridge: None,
            inner: None,
            assignments: Vec::new(),
            shell: None,
            with: Vec::new(),
            container: None,
        };
        Reading { launch, os, end, nested: false }
    }

    fn read(mut self, mut words: Vec<Word>) -> Launch {
        // Nobody writes more; each one costs a pass over the rest.
        const LAYERS: usize = 12;
        for _ in 0..LAYERS {
            if words.is_empty() {
                return self.launch;
            }
            match prefixes::peel(&mut self, &words) {
                Step::Next(next) => words = next,
                Step::None => {
                    self.launcher(&words);
                    return self.launch;
                }
                Step::Done => return self.launch,
            }
        }
        self.opaque(Launcher::Binary, "too many programs start one another");
        self.launch
    }

    fn launcher(&mut self, words: &[Word]) -> Step {
        let name = self.name(&words[0]);
        match name.as_str() {
            "npx" => node::npx(self, words, 1, false),
            "npm" => node::npm(self, words),
            "bunx" => node::bunx(self, words, 1),
            "pnpm" => node::pnpm(self, words),
            "pnpx" | "pnx" => node::pnpx(self, words),
            "yarn" | "yarnpkg" => node::yarn(self, words),
            "node" | "nodejs" | "tsx" | "ts-node" | "ts-node-esm" => node::node(self, words),
            "bun" => node::bun(self, words),
            "deno" => node::deno(self, words),
            "uvx" => python::uvx(self, words, 1),
            "uv" => python::uv(self, words),
            "pipx" => python::pipx(self, words),
            "py" => python::interpreter(self, Launcher::Python, "py", words, 1),
            "docker" => container::docker(self, words, Launcher::Docker),
            "podman" => container::docker(self, words, Launcher::Podman),
            _ if python::is_interpreter(&name) => python::interpreter(self, Launcher::Python, &name, words, 1),
            _ => other::other(self, &name, words),
        }
    }

    /// The plain name of a program.
    fn name(&self, word: &Word) -> String {
        let name = words::base(&word.text);
        if self.os == Os::Windows { name.to_ascii_lowercase() } else { name }
    }

    /// Notes that the program of `words` is a prefix.
    fn layer(&mut self, role: Role, words: &[Word]) {
        let program = self.name(&words[0]);
        self.launch.layers.push(Layer { role, program, options: Vec::new() });
    }

    /// Notes what the last prefix, a sandbox, was told.
    fn told(&mut self, words: &[Word]) {
        if let Some(layer) = self.launch.layers.last_mut().filter(|layer| layer.role == Role::Sandbox) {
            layer.options = words.iter().map(|word| word.text.clone()).collect();
        }
    }

    fn assign(&mut self, name: String, value: &Word) {
        self.launch.assignments.push(Assignment { word: value.at, name, range: value.range() });
    }

    /// Packages that are fetched besides the payload.
    fn with(&mut self, payloads: Vec<Payload>) {
        self.launch.with.extend(payloads.into_iter().filter_map(|payload| match payload {
            Payload::Package(package) => Some(package),
            _ => None,
        }));
    }

    /// `mise x npm:pkg@1 node@20 -- cmd`: tools that are packages.
    fn tools(&mut self, words: &[Word]) {
        let npm = words.iter().filter_map(|word| word.after("npm:")).map(|word| spec::npm(&word));
        let pypi = words.iter().filter_map(|word| word.after("pipx:")).map(|word| spec::python(&word));
        let found = npm.chain(pypi).collect();
        self.with(found);
    }

    fn script(&mut self, launcher: Launcher, script: &Word, words: &[Word], next: usize) -> Step {
        self.launch.launcher = launcher;
        // A bridge that was installed is still a bridge.
        let modules = script.text.replace('\\', "/");
        let package = modules.rsplit_once("node_modules/").map_or("", |(_, path)| path);
        let name = package.split('/').take(if package.starts_with('@') { 2 } else { 1 }).collect::<Vec<_>>().join("/");
        let step = self.finish(Payload::Script { word: Some(script.at) }, words, next);
        self.bridge(&name, words.get(next..).unwrap_or_default());
        step
    }

    /// The payload and the server's own arguments, which begin at `words[next]`.
    fn finish(&mut self, payload: Payload, words: &[Word], next: usize) -> Step {
        let arguments = words.get(next..).unwrap_or_default();
        let shared = next > 0 && words.get(next - 1).map(|word| word.at) == arguments.first().map(|word| word.at);
        self.launch.arguments = match arguments.first() {
            Some(first) => first.at + usize::from(shared),
            None => self.end,
        };
        self.launch.paths.extend(arguments.iter().filter_map(paths::argument));
        let name = match &payload {
            Payload::Package(package) => package.name.clone(),
            Payload::Binary => self.name(&words[0]),
            Payload::Script { .. } | Payload::Opaque(_) => String::new(),
        };
        self.bridge(&name, arguments);
        self.launch.payload = payload;
        Step::Done
    }

    /// Notes what a bridge or runner called `name` is given.
    fn bridge(&mut self, name: &str, arguments: &[Word]) {
        if self.nested {
            return;
        }
        match bridges::read(name, arguments, self.os) {
            Some(bridges::Behind::Url(word, url)) => {
                self.launch.url = Some((word, url));
                self.launch.bridge = Some(name.to_owned());
            }
            Some(bridges::Behind::Inner(name)) => self.launch.inner = Some(name),
            None => {}
        }
    }
}

#[cfg(test)]
mod tests;
