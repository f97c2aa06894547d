//! npm's part of the store.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::wanted::Wanted;
use super::{Part, Started, installer};
use crate::api::Failure;
use crate::env::Env;
use crate::programs::{resolve, settled};
use crate::redact::line;
use crate::session::failures::refused;

/// Installs into an empty folder, without install scripts.
pub(super) fn install(env: &Env, wanted: &Wanted, dir: &Path) -> Result<(), Failure> {
    // npm would name it after the folder, which differs at each installation.
    fs::write(dir.join("package.json"), "{\"name\":\"store\",\"private\":true}\n")
        .map_err(|error| refused(format!("cannot write the package store: {error}")))?;
    let npm = installer::find(env, wanted)?;
    let own = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact", "--no-update-notifier"];
    let mut arguments = own.to_vec();
    arguments.extend(["--package-lock", "--cache", "/tmp/npm", "--no-progress", "--"]);
    arguments.extend(wanted.specs.iter().map(String::as_str));
    installer::run(env, wanted, &npm, dir, &arguments, &[])
}

/// How the program of an installed package is started.
pub(super) fn started(env: &Env, wanted: &Wanted, dir: &Path) -> Result<Started, Failure> {
    let name = line(&wanted.name);
    let modules = dir.join("node_modules");
    let (root, main) = (modules.join(&wanted.name), manifest(&modules.join(&wanted.name)));
    let version =
        main["version"].as_str().ok_or_else(|| refused(format!("the package {name} did not install")))?.to_owned();
    let unscoped = wanted.name.rsplit('/').next().unwrap_or(&wanted.name);
    let mut found = programs(&main, unscoped);
    let (root, bin) = match &wanted.bin {
        Some(bin) => match found.remove(bin) {
            Some(path) => (root, path),
            None => further(&modules, bin)
                .ok_or_else(|| refused(format!("the package {name} has no program {}", line(bin))))?,
        },
        None => {
            let only = (found.len() == 1).then(|| found.values().next().cloned()).flatten();
            let bin = found.remove(unscoped).or(only);
            (root, bin.ok_or_else(|| refused(format!("the package {name} has no single program to start")))?)
        }
    };
    // A manifest is foreign text: its program must lie inside the package.
    let real = root.canonicalize().and_then(|root| Ok((root.join(bin).canonicalize()?, root)));
    let inside = real.ok().filter(|(bin, root)| {
        modules.canonicalize().is_ok_and(|modules| root.starts_with(modules)) && bin.starts_with(root) && bin.is_file()
    });
    let Some((bin, _)) = inside else {
        return Err(refused(format!("the program of {name} lies outside the package")));
    };
    let program = match runtime(&bin, wanted.bun) {
        None => return Ok(Started { program: bin, args: Vec::new(), version }),
        Some(runtime) => runtime,
    };
    let missing = || refused(format!("the program {program} is not where Warder looks for programs"));
    let beside = installer::find(env, wanted).ok().map(|npm| npm.with_file_name(program)).filter(|path| path.is_file());
    let program = beside.or_else(|| resolve(env, program, None).map(|path| settled(env, &path))).ok_or_else(missing)?;
    Ok(Started { program, args: vec![bin.to_string_lossy().into_owned()], version })
}

/// What a script is run by: a program of its own runs by itself.
fn runtime(bin: &Path, bun: bool) -> Option<&'static str> {
    let mut head = Vec::new();
    // What cannot be read will not run either, and node says why.
    let _ = fs::File::open(bin).and_then(|file| file.take(128).read_to_end(&mut head));
    if head.starts_with(b"\x7fELF") {
        return None;
    }
    let first = String::from_utf8_lossy(&head);
    let interpreter = first.strip_prefix("#!").and_then(|rest| rest.lines().next()).unwrap_or("node");
    let named = |name: &str| interpreter.split([' ', '/']).any(|part| part.trim() == name);
    if bun || named("bun") {
        Some("bun")
    } else if named("node") || named("nodejs") {
        Some("node")
    } else {
        None
    }
}

fn manifest(root: &Path) -> Value {
    let text = fs::read_to_string(root.join("package.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// The programs of a package, by name.
fn programs(manifest: &Value, unscoped: &str) -> BTreeMap<String, String> {
    match &manifest["bin"] {
        Value::String(path) => [(unscoped.to_owned(), path.clone())].into(),
        Value::Object(bins) => {
            bins.iter().filter_map(|(name, path)| Some((name.clone(), path.as_str()?.to_owned()))).collect()
        }
        _ => BTreeMap::new(),
    }
}

/// The package among all that were installed that has this program: npm's own
/// link says which.
fn further(modules: &Path, bin: &str) -> Option<(PathBuf, String)> {
    let plain = !bin.is_empty() && !bin.contains(['/', '\\']) && !bin.starts_with('.');
    let target = fs::read_link(modules.join(".bin").join(bin)).ok().filter(|_| plain)?;
    let target = target.strip_prefix("..").ok()?;
    let mut parts = target.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let first = parts.next()?;
    let name = if first.starts_with('@') { format!("{first}/{}", parts.next()?) } else { first };
    let root = modules.join(&name);
    let unscoped = name.rsplit('/').next().unwrap_or(&name).to_owned();
    let path = programs(&manifest(&root), &unscoped).remove(bin)?;
    Some((root, path))
}

/// Everything that was installed, by npm's lock file.
pub(super) fn parts(dir: &Path) -> Vec<Part> {
    let text = fs::read_to_string(dir.join("package-lock.json")).unwrap_or_default();
    let lock: Value = serde_json::from_str(&text).unwrap_or_default();
    let packages = lock["packages"].as_object().into_iter().flatten().filter(|(place, _)| !place.is_empty());
    let part = |(place, package): (&String, &Value)| {
        let name = package["name"].as_str().or_else(|| place.rsplit("node_modules/").next()).unwrap_or_default();
        let scripts = package["hasInstallScript"].as_bool() == Some(true);
        Part {
            name: name.to_owned(),
            version: package["version"].as_str().unwrap_or_default().to_owned(),
            proof: package["integrity"].as_str().unwrap_or_default().to_owned(),
            scripts,
            builds: scripts && builds(&dir.join(place)),
            place: place.clone(),
        }
    };
    packages.map(part).filter(|part| dir.join(&part.place).is_dir()).collect()
}

/// Whether an add-on in C would have to be built here, because none came ready made.
fn builds(root: &Path) -> bool {
    let ready = ["prebuilds", "build/Release"].iter().any(|place| root.join(place).is_dir());
    root.join("binding.gyp").is_file() && !ready
}
