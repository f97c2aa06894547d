//! The libraries that are linked into what is shipped, and what their licences ask
//! to be shipped with them: names, and each text once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::shell::{cargo, output};
use crate::{Outcome, launcher, root};

/// What is shipped of this workspace.
const SHIPPED: [&str; 4] = ["warder-app", "warder-cli", "warder-launch", "warder-relay"];
/// What the built interface contains of its packages; typefaces have files of their own.
const INTERFACE: [&str; 2] = ["svelte", "@tauri-apps/api"];

/// One library.
struct Library {
    title: String,
    folder: PathBuf,
}

pub(super) fn libraries() -> Outcome<String> {
    let mut all = crates()?;
    for name in INTERFACE {
        let folder = root().join("ui/node_modules").join(name);
        let package = json(&read(&folder.join("package.json"))?)?;
        let said = |key: &str| package[key].as_str().unwrap_or("?").to_owned();
        all.push(Library { title: format!("{name} {} ({})", said("version"), said("license")), folder });
    }
    let mut texts: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for library in &all {
        for file in legal(&library.folder) {
            texts.entry(read(&file)?.trim().replace("\r\n", "\n")).or_default().push(&library.title);
        }
    }
    let mut out = String::from("Libraries that Warder's programs and its interface contain, with their licences.\n\n");
    all.iter().for_each(|library| out.push_str(&format!("  {}\n", library.title)));
    for (text, of) in texts {
        out.push_str(&format!("\n{}\nOf {}\n\n{text}\n", "-".repeat(80), of.join(", ")));
    }
    Ok(out)
}

/// Everything that the shipped programs are linked with here, without what only builds need.
fn crates() -> Outcome<Vec<Library>> {
    let host = launcher::host()?;
    let words = ["metadata", "--format-version", "1", "--locked", "--filter-platform", &host];
    let metadata = json(&output(&mut cargo(&words))?)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let packages: BTreeMap<String, Value> =
        list(&metadata["packages"]).into_iter().map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<String, Value> =
        list(&metadata["resolve"]["nodes"]).into_iter().map(|node| (text(&node["id"]), node)).collect();
    let shipped = packages.iter().filter(|(_, package)| SHIPPED.contains(&text(&package["name"]).as_str()));
    let mut open: Vec<String> = shipped.map(|(id, _)| id.clone()).collect();
    if open.len() != SHIPPED.len() {
        return Err("cargo metadata does not name every program that is shipped".to_owned());
    }
    let mut seen: BTreeSet<String> = open.iter().cloned().collect();
    while let Some(id) = open.pop() {
        for dependency in list(&nodes[&id]["deps"]) {
            let linked = list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
            let id = text(&dependency["pkg"]);
            if linked && !is_macro(&packages[&id]) && seen.insert(id.clone()) {
                open.push(id);
            }
        }
    }
    let mut all = Vec::new();
    for package in seen.iter().map(|id| &packages[id]).filter(|package| !package["source"].is_null()) {
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let licence = package["license"].as_str().unwrap_or("see its text");
        all.push(Library {
            title: format!("{} {} ({licence})", text(&package["name"]), text(&package["version"])),
            folder: manifest.parent().expect("a manifest lies in a folder").to_owned(),
        });
    }
    all.sort_by(|a, b| a.title.cmp(&b.title));
    Ok(all)
}

/// Runs in the compiler only.
fn is_macro(package: &Value) -> bool {
    let targets = package["targets"].as_array();
    targets.is_some_and(|targets| targets.iter().any(|it| it["kind"][0] == "proc-macro"))
}

/// Texts of licences and notices in a library's folder.
fn legal(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path()).collect();
    let starts = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
    files.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_uppercase();
        path.is_file() && !name.ends_with(".SPDX") && starts.iter().any(|start| name.starts_with(start))
    });
    files.sort();
    files
}

fn read(path: &Path) -> Outcome<String> {
    let bytes = fs::read(path).map_err(|source| format!("cannot read {}: {source}", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn json(text: &str) -> Outcome<Value> {
    serde_json::from_str(text).map_err(|error| format!("this is not the JSON that was expected: {error}"))
}
