//! Warder's own package store: what an entry would fetch at its start is
//! installed once, at its exact version, and runs from there without a network.
//!
//! npm's and uv's own clients do the work, behind a fence (`installer.rs`) and
//! without install scripts; no project's settings are read. What was installed
//! is bound by its content: the launcher looks at each start whether it still
//! is that. Profiles share a folder where they need the same.

mod installer;
mod npm;
mod settings;
mod sweep;
mod uv;
mod wanted;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use warder_launch::profile::{Content, Package, Profile};

use crate::api::Failure;
use crate::env::Env;
use crate::redact::line;
use crate::server::command::Ecosystem;

use super::entry::Installed;
use super::failures::refused;
pub(super) use installer::CLIENT;
pub(super) use wanted::{Wanted, wanted};

/// How an installed package is started.
struct Started {
    program: PathBuf,
    /// Before the entry's own arguments.
    args: Vec<String>,
    version: String,
}

/// One of the packages in a folder of the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) place: String,
    pub(super) name: String,
    pub(super) version: String,
    /// What the registry says of its content.
    proof: String,
    /// Has install scripts, which were not run.
    pub(super) scripts: bool,
    /// And they would build what is not there yet.
    pub(super) builds: bool,
}

/// Says what was asked for; a part of the folder's content.
const ASKED: &str = "asked.json";

/// Installs into the store, or takes a folder that holds the same already. May
/// take minutes and needs the network. The launcher must be in its place.
/// `anew`: whatever is there, as when that was altered.
pub(super) fn install(env: &Env, wanted: &Wanted, anew: bool) -> Result<Installed, Failure> {
    let asked = serde_json::json!([wanted.specs, wanted.options]).to_string();
    let same = |dir: &Path| fs::read_to_string(dir.join(ASKED)).is_ok_and(|text| text == asked);
    if wanted.exact
        && !anew
        && let Some(package) = stored(env, wanted).into_iter().find(|package| same(&package.dir) && is_whole(package))
    {
        return started(env, wanted, package.dir.clone(), package.content);
    }
    let failed = |error: std::io::Error| refused(format!("cannot write the package store: {error}"));
    let suffix = data_encoding::HEXLOWER.encode(&super::random()[..8]);
    let safe: String =
        wanted.name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect();
    let name = format!("{}-{suffix}", safe.trim_start_matches(['.', '-']));
    let dir = env.state().packages().join(wanted.installer()).join(name);
    fs::create_dir_all(&dir).map_err(failed)?;
    let dir = dir.canonicalize().map_err(failed)?;
    let new = fresh(env, wanted, &dir, &asked);
    let Ok(installed) = new else {
        // Nothing half installed may be taken for a package later.
        let _ = fs::remove_dir_all(&dir);
        return new;
    };
    let parts = parts(&installed.package);
    let is_same = |package: &Package| package.version == installed.package.version && self::parts(package) == parts;
    let twin = stored(env, wanted).into_iter().find(|package| !anew && is_same(package) && is_whole(package));
    let Some(twin) = twin else { return Ok(installed) };
    let _ = fs::remove_dir_all(&dir);
    started(env, wanted, twin.dir, twin.content)
}

fn fresh(env: &Env, wanted: &Wanted, dir: &Path, asked: &str) -> Result<Installed, Failure> {
    match wanted.ecosystem {
        Ecosystem::Npm => npm::install(env, wanted, dir)?,
        _ => uv::install(env, wanted, dir)?,
    }
    let failed = |error: std::io::Error| refused(format!("what was installed cannot be kept: {error}"));
    fs::write(dir.join(ASKED), asked).map_err(failed)?;
    let content = Content::of(dir).map_err(failed)?;
    started(env, wanted, dir.to_owned(), Some(content))
}

/// The package of a folder, as this entry starts it.
fn started(env: &Env, wanted: &Wanted, dir: PathBuf, content: Option<Content>) -> Result<Installed, Failure> {
    let Started { program, args, version } = match wanted.ecosystem {
        Ecosystem::Npm => npm::started(env, wanted, &dir)?,
        _ => uv::started(wanted, &dir)?,
    };
    let ecosystem = if wanted.ecosystem == Ecosystem::Npm { "npm" } else { "pypi" }.to_owned();
    let package = Package { ecosystem, name: wanted.name.clone(), version, dir, content };
    Ok(Installed { program, args, package })
}

/// The folders that profiles use for this package.
fn stored(env: &Env, wanted: &Wanted) -> Vec<Package> {
    let ecosystem = if wanted.ecosystem == Ecosystem::Npm { "npm" } else { "pypi" };
    let state = env.state();
    let ids = Profile::list(&state).unwrap_or_default().into_iter();
    let packages = ids.filter_map(|id| Profile::read(&state, &id).ok()?.package);
    packages.filter(|package| package.ecosystem == ecosystem && package.name == wanted.name).collect()
}

/// Whether a package is there, and is what was installed; of one that was not
/// bound by its content nobody can tell.
pub(super) fn is_whole(package: &Package) -> bool {
    package.content.as_ref().is_some_and(|content| content.is_in(&package.dir).unwrap_or(false))
}

/// Everything that was installed with a package.
pub(super) fn parts(package: &Package) -> Vec<Part> {
    if package.ecosystem == "npm" { npm::parts(&package.dir) } else { uv::parts(&package.dir) }
}

/// What an installation left undone, for people.
pub(super) fn undone(package: &Package) -> Option<String> {
    let parts = parts(package);
    let named = |wanted: fn(&Part) -> bool| {
        let names: BTreeSet<String> = parts.iter().filter(|part| wanted(part)).map(|part| line(&part.name)).collect();
        (!names.is_empty()).then(|| names.into_iter().collect::<Vec<_>>().join(", "))
    };
    if let Some(names) = named(|part| part.builds) {
        return Some(format!(
            "It needs a build step that was not run ({names}): it may not start. If it does not, undo this change."
        ));
    }
    named(|part| part.scripts).map(|names| {
        format!("Install scripts were not run ({names}). If the server misses something, undo this change.")
    })
}
