//! uv's cache: an environment for every set of requirements that uvx was asked for.
//!
//! `<cache>/environments-v2/<interpreter>/<requirements>` leads to a virtual
//! environment in `<cache>/archive-v0`; what was asked for by name has a file
//! `REQUESTED` in its `dist-info`. An installed tool comes before all of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{inside, names, text};
use crate::bundle::plain;
use crate::clients::Os;
use crate::env::Env;
use crate::facts::Installed;
use crate::server::command::{Ecosystem, Package};

const METADATA: u64 = 1 << 20;
const ENVIRONMENTS: usize = 1_000;
const PACKAGES: usize = 5_000;

pub(super) struct Uv {
    cache: Option<PathBuf>,
    tools: Option<PathBuf>,
    /// The folders with packages that hold a requested one, by its name; read when first asked for.
    requested: Option<BTreeMap<String, Vec<PathBuf>>>,
}

impl Uv {
    pub(super) fn new(env: &Env) -> Uv {
        let named = |name: &str| env.vars.get(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let windows = env.os == Os::Windows;
        let below = |variable: &str, usual: &str| named(variable).unwrap_or_else(|| env.home.join(usual));
        let cache = named("UV_CACHE_DIR").unwrap_or_else(|| match windows {
            true => below("LOCALAPPDATA", "AppData/Local").join("uv/cache"),
            false => below("XDG_CACHE_HOME", ".cache").join("uv"),
        });
        let tools = named("UV_TOOL_DIR").unwrap_or_else(|| match windows {
            true => below("APPDATA", "AppData/Roaming").join("uv/tools"),
            false => below("XDG_DATA_HOME", ".local/share").join("uv/tools"),
        });
        Uv { cache: cache.canonicalize().ok(), tools: tools.canonicalize().ok(), requested: None }
    }

    pub(super) fn installed(&mut self, package: &Package) -> Option<Installed> {
        let name = plain(Ecosystem::Pypi, &package.name).into_owned();
        let tool = self.tools.as_ref().and_then(|tools| inside(tools, &tools.join(&name)));
        if let Some(libraries) = tool.and_then(|tool| libraries(&tool)) {
            let installed = self.read(&libraries, &name)?;
            // Whether a range or `latest` is met by it only uv knows.
            let same = package.version.as_ref().is_none_or(|version| *version == installed.version);
            return same.then_some(installed);
        }
        let cache = self.cache.as_ref()?;
        let requested = self.requested.get_or_insert_with(|| requested(cache).unwrap_or_default());
        let found = requested.get(&name)?.clone();
        let wanted = package.version.as_ref().filter(|_| package.pinned);
        let mut found: Vec<Installed> = found.iter().filter_map(|libraries| self.read(libraries, &name)).collect();
        found.retain(|one| wanted.is_none_or(|wanted| *wanted == one.version));
        // With several, which one runs next depends on what uv looks up.
        let first = found.pop()?;
        found.iter().all(|other| *other == first).then_some(first)
    }

    fn read(&self, libraries: &Path, name: &str) -> Option<Installed> {
        let mut installed = read(libraries, name)?;
        let all = installed.tree.iter().map(|(name, version)| (name.as_str(), version.as_str()));
        let all = all.chain([(name, installed.version.as_str())]);
        let built = self.cache.as_deref().map(|cache| built(cache, all.collect()));
        installed.scripts = built.flatten();
        Some(installed)
    }
}

/// What Warder's own store holds: installed from wheels only.
pub(super) fn of_store(dir: &Path, name: &str) -> Option<Installed> {
    let dir = dir.canonicalize().ok()?;
    let tools = names(&dir.join("tools"), ENVIRONMENTS)?;
    let name = plain(Ecosystem::Pypi, name);
    let found = tools.iter().filter_map(|tool| libraries(&inside(&dir, &dir.join("tools").join(tool))?));
    let installed = found.into_iter().find_map(|libraries| read(&libraries, &name))?;
    Some(Installed { scripts: Some(Vec::new()), ..installed })
}

/// `lib/python3.12/site-packages` of an environment.
fn libraries(environment: &Path) -> Option<PathBuf> {
    let versions = names(&environment.join("lib"), 20).unwrap_or_default();
    let unix = versions.iter().map(|version| environment.join("lib").join(version).join("site-packages"));
    unix.chain([environment.join("Lib/site-packages")]).find_map(|path| inside(environment, &path))
}

/// The folders of every cached environment, by the packages that it was made for.
fn requested(cache: &Path) -> Option<BTreeMap<String, Vec<PathBuf>>> {
    let mut requested: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut seen = 0;
    for kind in names(cache, PACKAGES)?.iter().filter(|name| name.starts_with("environments-v")) {
        for interpreter in names(&cache.join(kind), ENVIRONMENTS)? {
            let folder = cache.join(kind).join(interpreter);
            for name in names(&folder, 2 * ENVIRONMENTS).unwrap_or_default() {
                let Some(libraries) = inside(cache, &folder.join(name)).as_deref().and_then(libraries) else {
                    continue;
                };
                seen += 1;
                if seen > ENVIRONMENTS {
                    return None;
                }
                for (name, version, info) in packages(&libraries)? {
                    if libraries.join(info).join("REQUESTED").is_file() && !version.is_empty() {
                        requested.entry(name).or_default().push(libraries.clone());
                    }
                }
            }
        }
    }
    Some(requested)
}

/// Name, version and folder of every `<name>-<version>.dist-info`.
fn packages(libraries: &Path) -> Option<Vec<(String, String, String)>> {
    let package = |info: String| {
        let (name, version) = info.strip_suffix(".dist-info")?.rsplit_once('-')?;
        let (name, version) = (plain(Ecosystem::Pypi, name).into_owned(), version.to_owned());
        Some((name, version, info))
    };
    Some(names(libraries, PACKAGES)?.into_iter().filter_map(package).collect())
}

fn read(libraries: &Path, name: &str) -> Option<Installed> {
    let mut packages = packages(libraries)?;
    packages.sort();
    let own = packages.iter().position(|package| package.0 == name)?;
    let (_, version, info) = packages.remove(own);
    let mut installed = Installed::of(version);
    installed.tree = packages.into_iter().map(|(name, version, _)| (name, version)).collect();
    if let Some(metadata) = text(&libraries.join(info).join("METADATA"), METADATA) {
        describe(&metadata, &mut installed);
    }
    Some(installed)
}

/// Licence and source by the headers of `METADATA` (core metadata, PyPA).
fn describe(metadata: &str, installed: &mut Installed) {
    let (mut licences, mut source) = (BTreeMap::new(), false);
    for line in metadata.lines().take_while(|line| !line.is_empty()) {
        let Some((header, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        if value.is_empty() || value == "UNKNOWN" {
            continue;
        }
        // What says it best comes first.
        match header.to_ascii_lowercase().as_str() {
            "license-expression" => licences.insert(0, value),
            "license" => licences.insert(1, value),
            "classifier" if value.starts_with("License ::") => {
                licences.insert(2, value.rsplit("::").next().unwrap_or(value))
            }
            "license-file" => licences.insert(3, value),
            "home-page" | "project-url" | "download-url" => {
                source = true;
                None
            }
            _ => None,
        };
    }
    let licence = licences.values().next().map(|licence| licence.trim().chars().take(80).collect());
    installed.licence = Some(licence.unwrap_or_default());
    installed.source = Some(source);
}

/// Those packages that uv built on this computer from their sources, which runs code of theirs.
fn built(cache: &Path, packages: Vec<(&str, &str)>) -> Option<Vec<String>> {
    let mut roots = Vec::new();
    for kind in names(cache, PACKAGES)?.iter().filter(|name| name.starts_with("sdists-v")) {
        let kind = cache.join(kind);
        roots.push(kind.join("pypi"));
        roots.extend(
            names(&kind.join("index"), 100).unwrap_or_default().iter().map(|index| kind.join("index").join(index)),
        );
    }
    roots.retain(|root| root.is_dir());
    let is_built = |name: &str, version: &str| roots.iter().any(|root| root.join(name).join(version).is_dir());
    let built = packages.into_iter().filter(|(name, version)| is_built(name, version));
    Some(built.map(|(name, _)| name.to_owned()).collect())
}
