//! npx's cache: one folder for each list of packages it was asked for.
//!
//! `<cache>/_npx/<hash>/`, where the hash is of the specs as they were given
//! (libnpmexec); `package.json` repeats them, and `node_modules/.package-lock.json`
//! says what is installed.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha512};

use super::{inside, is_licence_file, names, text};
use crate::facts::Installed;
use crate::server::command::Package;

const LOCK: u64 = 16 << 20;
const MANIFEST: u64 = 1 << 20;
/// Packages of one tree; nobody has more.
const TREE: usize = 20_000;

/// What was read of the cache, by spec.
pub(super) struct Npx {
    root: Option<PathBuf>,
    read: HashMap<String, Option<Installed>>,
}

#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, Node>,
}

#[derive(Deserialize)]
struct Node {
    version: Option<String>,
    integrity: Option<String>,
    #[serde(default, rename = "hasInstallScript")]
    has_script: bool,
    #[serde(default)]
    dev: bool,
}

impl Npx {
    pub(super) fn new(cache: Option<PathBuf>) -> Npx {
        Npx { root: cache.and_then(|cache| cache.join("_npx").canonicalize().ok()), read: HashMap::new() }
    }

    pub(super) fn installed(&mut self, package: &Package) -> Option<Installed> {
        let name = &package.name;
        let Some(version) = &package.version else { return self.asked(name.clone(), name) };
        let own = self.asked(format!("{name}@{version}"), name);
        if own.is_some() || !package.pinned {
            return own;
        }
        // The same version that came by another spec is the same package; what it depends on is its best guess.
        let others = [name.clone(), format!("{name}@latest")];
        others.into_iter().find_map(|spec| self.asked(spec, name).filter(|one| one.version == *version))
    }

    fn asked(&mut self, spec: String, name: &str) -> Option<Installed> {
        let root = self.root.as_ref()?;
        self.read.entry(spec).or_insert_with_key(|spec| asked(root, spec, name)).clone()
    }
}

/// What Warder's own store holds: installed without running any script.
pub(super) fn of_store(dir: &Path, name: &str) -> Option<Installed> {
    Some(Installed { scripts: Some(Vec::new()), ..tree(&dir.canonicalize().ok()?, name)? })
}

fn asked(root: &Path, spec: &str, name: &str) -> Option<Installed> {
    let hash = &data_encoding::HEXLOWER.encode(&Sha512::digest(spec))[..16];
    let folder = inside(root, &root.join(hash))?;
    let manifest: Value = serde_json::from_str(&text(&folder.join("package.json"), MANIFEST)?).ok()?;
    let packages = manifest["_npx"]["packages"].as_array()?;
    if packages.len() != 1 || packages[0].as_str() != Some(spec) {
        return None;
    }
    tree(&folder, name)
}

/// A package and all that was installed with it below `folder`.
fn tree(folder: &Path, name: &str) -> Option<Installed> {
    let lock = ["node_modules/.package-lock.json", "package-lock.json"].iter().find_map(|lock| {
        let lock: Lock = serde_json::from_str(&text(&inside(folder, &folder.join(lock))?, LOCK)?).ok()?;
        (lock.packages.len() <= TREE).then_some(lock)
    })?;
    let own = format!("node_modules/{name}");
    let node = lock.packages.get(&own)?;
    let mut installed = Installed::of(node.version.clone()?);
    installed.integrity = node.integrity.clone();
    let mut scripts = Vec::new();
    for (path, node) in lock.packages.iter().filter(|(path, node)| path.starts_with("node_modules/") && !node.dev) {
        let name = path.rsplit_once("node_modules/").map_or(path.as_str(), |(_, name)| name);
        if node.has_script {
            scripts.push(name.to_owned());
        }
        if let Some(version) = node.version.as_ref().filter(|_| *path != own) {
            installed.tree.push((name.to_owned(), version.clone()));
        }
    }
    scripts.dedup();
    installed.scripts = Some(scripts);
    if let Some(package) = inside(folder, &folder.join(own)) {
        describe(&package, &mut installed);
    }
    Some(installed)
}

/// Licence and source, as the package's own manifest states them.
fn describe(package: &Path, installed: &mut Installed) {
    let Some(manifest) = text(&package.join("package.json"), MANIFEST) else { return };
    let Ok(manifest) = serde_json::from_str::<Value>(&manifest) else { return };
    let word = |value: &Value| -> Option<String> {
        let text = value.as_str().or_else(|| value["type"].as_str()).or_else(|| value["url"].as_str())?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    let stated = word(&manifest["license"]).or_else(|| word(&manifest["licenses"][0]));
    let file = || names(package, 10_000)?.into_iter().find(|name| is_licence_file(name));
    installed.licence = Some(stated.or_else(file).unwrap_or_default());
    let bugs = |value: &Value| word(value).or_else(|| word(&value["email"]));
    installed.source = Some(
        ["repository", "homepage"].iter().any(|key| word(&manifest[*key]).is_some())
            || bugs(&manifest["bugs"]).is_some(),
    );
}
