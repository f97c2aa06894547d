//! What an entry fetches at its start: the packages, and how they are asked for.
//!
//! Options of the launch line that decide what is fetched are carried over; any
//! other that is not known to be harmless is a reason to refuse.

use std::collections::BTreeMap;

use warder_launch::profile::Package as Installed;
use warder_launch::state::State;

use crate::api::Failure;
use crate::redact::line;
use crate::server::command::{Ecosystem, Launcher, Package, Payload};
use crate::session::entry::{Entry, Handed};
use crate::session::failures::refused;

use super::settings::is_setting;

/// What is to be installed.
pub(in crate::session) struct Wanted {
    pub(super) ecosystem: Ecosystem,
    pub(in crate::session) name: String,
    /// As written; `None` takes the newest.
    pub(in crate::session) version: Option<String>,
    /// As the installer takes them: the package itself, then those beside it.
    pub(super) specs: Vec<String>,
    /// All of them are at an exact version.
    pub(in crate::session) exact: bool,
    /// The program inside, where the launch line names one.
    pub(super) bin: Option<String>,
    /// Runs on Bun, whatever its script says.
    pub(super) bun: bool,
    /// Options of the launch line that the installer takes as they are.
    pub(super) options: Vec<String>,
    /// What the entry itself says of registries, as variables of the installer.
    pub(super) variables: BTreeMap<String, String>,
    /// The launch line's program; the installer stands beside it.
    pub(super) beside: String,
}

impl Wanted {
    /// What a profile will say of it, before it is installed: for whoever only wants to know that it is bound.
    /// It lies in no folder of its own yet, but in the store.
    pub(in crate::session) fn foreseen(&self, state: &State) -> Installed {
        let ecosystem = if self.ecosystem == Ecosystem::Npm { "npm" } else { "pypi" }.to_owned();
        let version = self.version.clone().unwrap_or_default();
        Installed { ecosystem, name: self.name.clone(), version, dir: state.packages(), content: None }
    }

    /// `npm` or `uv`.
    pub(super) fn installer(&self) -> &'static str {
        if self.ecosystem == Ecosystem::Npm { "npm" } else { "uv" }
    }
}

/// What is done with an option of the launch line.
enum Class {
    /// Says nothing about what is fetched.
    Plain,
    /// The same, with a value.
    Valued,
    /// Read with the launch line already.
    Package,
    Bun,
    /// The installer's own variable of the same meaning.
    Variable(&'static str),
    /// The installer knows it by this name.
    Option(&'static str),
}

fn class(launcher: Launcher, name: &str) -> Option<Class> {
    const NODE: &[&str] = &[
        "-y",
        "--yes",
        "-q",
        "--quiet",
        "-s",
        "--silent",
        "-d",
        "-dd",
        "-ddd",
        "--verbose",
        "--no-install",
        "--prefer-offline",
        "--prefer-online",
        "--offline",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--no-progress",
        "--no-color",
        "--color",
        "--ignore-scripts",
        "--no-cache",
        "--non-interactive",
    ];
    const PYTHON: &[&str] = &[
        "-q",
        "--quiet",
        "-v",
        "--verbose",
        "-n",
        "--no-cache",
        "--no-cache-dir",
        "--isolated",
        "--refresh",
        "--offline",
        "--no-progress",
        "--no-color",
        "--no-config",
        "--no-env-file",
        "-U",
        "--upgrade",
        "--reinstall",
        "--no-build",
        "--compile-bytecode",
        "--no-python-downloads",
        "--no-path-check",
    ];
    use Class::{Bun, Option as Same, Package, Plain, Valued, Variable};
    Some(match (launcher, name) {
        (Launcher::Bunx, "--bun" | "-b") => Bun,
        (Launcher::Npx | Launcher::Bunx | Launcher::PnpmDlx | Launcher::YarnDlx, name) => match name {
            "-p" | "--package" => Package,
            "--loglevel" | "--reporter" => Valued,
            "--registry" => Variable("npm_config_registry"),
            _ if NODE.contains(&name) => Plain,
            _ => return None,
        },
        (Launcher::Uvx | Launcher::Pipx, "-i" | "--index-url") => Variable("UV_INDEX_URL"),
        (Launcher::Uvx | Launcher::Pipx, "--with") => Package,
        (Launcher::Uvx, "-w" | "--from") | (Launcher::Pipx, "--spec") => Package,
        (Launcher::Uvx, "-p" | "--python") | (Launcher::Pipx, "--python") => Same("--python"),
        (Launcher::Uvx, "--prerelease") => Same("--prerelease"),
        (Launcher::Uvx, "--exclude-newer") => Same("--exclude-newer"),
        (Launcher::Uvx, "--index-strategy") => Same("--index-strategy"),
        (Launcher::Uvx, "--default-index") => Variable("UV_DEFAULT_INDEX"),
        (Launcher::Uvx, "--index") => Variable("UV_INDEX"),
        (Launcher::Uvx, "--extra-index-url") => Variable("UV_EXTRA_INDEX_URL"),
        (Launcher::Uvx, "--color") => Valued,
        (Launcher::Uvx | Launcher::Pipx, name) if PYTHON.contains(&name) => Plain,
        _ => return None,
    })
}

/// What a fenced entry needs installed first: `None` when nothing does.
/// `project`: the entry stands in a project's file, which chooses no registry.
pub(in crate::session) fn wanted(entry: &Entry, project: bool) -> Result<Option<Wanted>, Failure> {
    let (words, launch) = (&entry.words, &entry.launch);
    let starter = line(&words[0]);
    let package = match (launch.launcher, &launch.payload) {
        (
            Launcher::Npx | Launcher::Bunx | Launcher::PnpmDlx | Launcher::YarnDlx | Launcher::Uvx | Launcher::Pipx,
            Payload::Package(package),
        ) => package,
        (
            Launcher::Npx | Launcher::Bunx | Launcher::PnpmDlx | Launcher::YarnDlx | Launcher::Uvx | Launcher::Pipx,
            _,
        ) => {
            return Err(refused("the package this entry starts is not clear from its launch line".to_owned()));
        }
        (Launcher::Npm | Launcher::UvRun, _) => {
            return Err(refused(format!(
                "a sandboxed entry cannot fetch packages at its start, and what {starter} would fetch here depends on \
                 a project"
            )));
        }
        (Launcher::Docker | Launcher::Podman, _) => return Ok(None),
        (_, Payload::Package(_)) => {
            return Err(refused(format!(
                "a sandboxed entry cannot fetch packages at its start, and Warder cannot install for {starter} yet"
            )));
        }
        _ => return Ok(None),
    };
    if [package].into_iter().chain(&launch.with).any(|one| !matches!(one.ecosystem, Ecosystem::Npm | Ecosystem::Pypi)) {
        return Err(refused("a package from a repository cannot be installed at an exact version".to_owned()));
    }
    if launch.with.iter().any(|one| one.ecosystem != package.ecosystem) {
        return Err(refused("this entry needs packages of npm and of PyPI at once".to_owned()));
    }
    // What stands in front would be left out, and with it what it does.
    if !launch.layers.is_empty() || package.word == 0 || words.len() < launch.arguments {
        return Err(refused(format!(
            "the program {starter} starts the package through another program or in one word, and a sandbox starts it directly; \
             write the package's own launcher into the entry"
        )));
    }
    let dashes = words[..launch.arguments].iter().any(|word| word == "--");
    let own = &words[launch.arguments..];
    if is_named(&words[0], "npm") && !dashes && own.iter().any(|word| word.starts_with('-')) {
        return Err(refused("npm takes options behind the package for itself: put -- in front of them".to_owned()));
    }

    let mut wanted = Wanted {
        ecosystem: package.ecosystem,
        name: package.name.clone(),
        version: package.version.clone(),
        specs: Vec::new(),
        exact: [package].into_iter().chain(&launch.with).all(|one| one.pinned),
        bin: None,
        bun: false,
        options: Vec::new(),
        variables: BTreeMap::new(),
        beside: words[0].clone(),
    };
    let (mut named, mut further) = (false, 0);
    let mut options = words[1..launch.arguments].iter();
    while let Some(word) = options.next().filter(|word| *word != "--") {
        if !word.starts_with('-') {
            continue;
        }
        let (name, joined) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        // For npm itself, `-p` is no package (`--parseable`).
        let known = class(launch.launcher, name).filter(|_| !(name == "-p" && is_named(&words[0], "npm")));
        let class = known.ok_or_else(|| {
            let name = line(name);
            refused(format!("what {name} means for the installed package is not known, so it cannot be kept"))
        })?;
        let mut value = || joined.or_else(|| options.next().map(String::as_str)).unwrap_or_default().to_owned();
        match class {
            Class::Plain => {}
            Class::Bun => wanted.bun = true,
            Class::Valued => drop(value()),
            Class::Package => {
                drop(value());
                match name {
                    "-w" | "--with" => further += 1,
                    "-p" | "--package" if named => further += 1,
                    _ => named = true,
                }
            }
            Class::Variable(variable) => drop(wanted.variables.insert(variable.to_owned(), value())),
            Class::Option(option) => wanted.options.extend([option.to_owned(), value()]),
        }
    }
    if further != launch.with.len() {
        return Err(refused("one of the further packages is not named plainly".to_owned()));
    }
    if named {
        let before = words[1..launch.arguments].iter().rev().find(|word| *word != "--");
        wanted.bin = before.cloned();
    }
    for one in [package].into_iter().chain(&launch.with) {
        wanted.specs.push(spec(one, &words[one.word]));
    }
    for (name, value) in &entry.env {
        if is_setting(package.ecosystem, name) {
            match value {
                Handed::Plain(value) => drop(wanted.variables.insert(name.clone(), value.clone())),
                Handed::Varies | Handed::Key(_) => {
                    return Err(refused(format!("its client fills in {}, which decides what is fetched", line(name))));
                }
            }
        }
    }
    match wanted.variables.keys().next() {
        Some(name) if project => Err(refused(format!(
            "a project's file decides where its packages come from ({}); set the registry in your own settings",
            line(name)
        ))),
        _ => Ok(Some(wanted)),
    }
}

/// A package as npm and uv take it.
fn spec(package: &Package, word: &str) -> String {
    let Package { name, version, .. } = package;
    if package.ecosystem == Ecosystem::Npm {
        return format!("{name}@{}", version.as_deref().unwrap_or("latest"));
    }
    // `name[extra]`: the extras are packages too.
    let extras = word.split_once(&format!("{name}[")).and_then(|(_, rest)| rest.split_once(']'));
    let name = extras.map_or_else(|| name.clone(), |(extras, _)| format!("{name}[{extras}]"));
    match version.as_deref() {
        None | Some("latest") => name,
        Some(version) if version.starts_with(|c: char| c.is_ascii_digit()) => format!("{name}=={version}"),
        Some(range) => format!("{name}{range}"),
    }
}

fn is_named(program: &str, name: &str) -> bool {
    program.rsplit(['/', '\\']).next() == Some(name)
}
