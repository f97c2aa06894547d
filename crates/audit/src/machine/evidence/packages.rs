//! What the caches of npx and uv hold: the version that a start would run today.
//!
//! Starts neither npm nor uv: their folders and settings are read. Whatever is
//! too large, leads out of its cache or has another shape is unknown.

mod npx;
pub(crate) mod settings;
mod uv;

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use warder_launch::profile::Package as Stored;

use crate::facts::{Facts, Installed, ServerFacts};
use crate::machine::Machine;
use crate::server::command::{Ecosystem, Launcher, Package, Payload, Role};
use crate::server::{Command, Server};

/// Fills in what is known of the packages of `Facts::servers`, and the user's own settings of npm, pip and uv.
pub(super) fn gather(machine: &Machine, facts: &mut Facts) {
    facts.servers.resize_with(machine.servers.len(), ServerFacts::default);
    let env = &machine.env;
    let npm = settings::Npmrc::of(env);
    let mut npx = npx::Npx::new(npm.cache(env));
    let mut uv = uv::Uv::new(env);
    let store = env.state().packages();
    for (server, facts) in machine.servers.iter().zip(&mut facts.servers) {
        let Some(command) = server.command() else { continue };
        let Payload::Package(package) = &command.launch.payload else { continue };
        let own = command.profile.as_ref().and_then(|profile| profile.package.as_ref());
        let mut cached = || match (package.ecosystem, command.launch.launcher) {
            _ if is_elsewhere(server, command) => None,
            (Ecosystem::Npm, Launcher::Npx | Launcher::Npm) if !is_in_project(server, package) => {
                npx.installed(package)
            }
            (Ecosystem::Pypi, Launcher::Uvx) => uv.installed(package),
            _ => None,
        };
        facts.installed = match (own, package.ecosystem) {
            (Some(own), _) if own.dir == store => Some(to_be_installed(own, cached())),
            (Some(own), Ecosystem::Npm) => npx::of_store(&own.dir, &own.name),
            (Some(own), Ecosystem::Pypi) => uv::of_store(&own.dir, &own.name),
            (Some(_), _) => None,
            (None, _) => cached(),
        };
    }
    facts.npm = npm.facts();
    facts.indexes = settings::indexes(env);
}

/// A package that a sandbox will have in the store: none of its scripts run there. What it states is what the version
/// states that ran last, else what nearly all state; what it brings along is known only of that very version.
fn to_be_installed(own: &Stored, cached: Option<Installed>) -> Installed {
    let cached = cached.unwrap_or_default();
    let same = cached.version == own.version;
    Installed {
        version: own.version.clone(),
        integrity: None,
        tree: if same { cached.tree } else { Vec::new() },
        scripts: Some(Vec::new()),
        licence: Some(cached.licence.unwrap_or_else(|| "stated".to_owned())),
        source: Some(cached.source.unwrap_or(true)),
    }
}

/// Whether the entry itself says where packages come from, adds some, or runs as or where somebody else does.
fn is_elsewhere(server: &Server, command: &Command) -> bool {
    const VARIABLES: &[&str] = &[
        "home",
        "localappdata",
        "npm_config_cache",
        "npm_config_globalconfig",
        "npm_config_prefix",
        "npm_config_registry",
        "npm_config_userconfig",
        "userprofile",
        "xdg_cache_home",
        "xdg_config_home",
        "xdg_data_home",
    ];
    const OPTIONS: &[&str] = &[
        "--cache",
        "--cache-dir",
        "--config-file",
        "--directory",
        "--isolated",
        "--no-cache",
        "--no-config",
        "--prefer-online",
        "--prefix",
        "--project",
        "--refresh",
        "--userconfig",
        "--with",
        "--with-editable",
        "--with-requirements",
        "-n",
        "-w",
    ];
    let launch = &command.launch;
    let named = server.env.iter().map(|pair| &pair.name).chain(launch.assignments.iter().map(|one| &one.name));
    let variable = |name: &String| {
        let name = name.to_ascii_lowercase();
        VARIABLES.contains(&name.as_str()) || name.starts_with("uv_")
    };
    let words = command.words();
    let before = words.get(1..launch.arguments.min(words.len())).unwrap_or_default();
    let option = |word: &str| OPTIONS.contains(&word.split('=').next().unwrap_or(word));
    launch.layers.iter().any(|layer| matches!(layer.role, Role::Sudo | Role::Wsl | Role::Sandbox))
        || !launch.with.is_empty()
        || named.into_iter().any(variable)
        || before.iter().any(|word| option(&word.value))
}

/// npx takes what the folder that it starts in has installed.
fn is_in_project(server: &Server, package: &Package) -> bool {
    let folders = server.cwd.iter().map(|cwd| PathBuf::from(&cwd.value)).chain(server.project.clone());
    let mut found = folders.filter(|folder| folder.is_absolute()).map(|folder| folder.join("node_modules"));
    found.any(|modules| modules.join(&package.name).exists())
}

/// The text of a plain file of at most `limit` bytes.
fn text(path: &Path, limit: u64) -> Option<String> {
    // A pipe would never end, so it is not even opened.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    let read = File::open(path).ok()?.take(limit + 1).read_to_string(&mut text).ok()?;
    (read as u64 <= limit).then_some(text)
}

/// A path without links, if it lies in `root`, which has none itself.
fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().filter(|real| real.starts_with(root))
}

/// The names in a folder; `None` where there are more than `limit`, or no folder.
fn names(folder: &Path, limit: usize) -> Option<Vec<String>> {
    let names: Vec<String> = fs::read_dir(folder)
        .ok()?
        .take(limit + 1)
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    (names.len() <= limit).then_some(names)
}

/// A file that says under which terms a package may be used.
fn is_licence_file(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["license", "licence", "copying", "unlicense"].iter().any(|start| name.starts_with(start))
}

impl Installed {
    /// A package of which only its version is known.
    fn of(version: String) -> Installed {
        Installed { version, ..Installed::default() }
    }
}

#[cfg(test)]
mod tests;
