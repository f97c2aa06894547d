//! One key, many places: the real program and a real keyring.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod beside;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use beside::{beside_keyring, root};
use serde_json::{Value, json};

const TOKEN: &str = "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN";

/// The same key for four clients, each in its own place.
const PLACES: [(&str, &str); 4] = [
    (".cursor/mcp.json", "mcpServers"),
    (".config/Code/User/mcp.json", "servers"),
    (".config/Claude/claude_desktop_config.json", "mcpServers"),
    (".codeium/windsurf/mcp_config.json", "mcpServers"),
];

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

struct World(tempfile::TempDir);

impl World {
    fn new() -> World {
        let world = World(tempfile::tempdir().unwrap());
        for (index, (path, root)) in PLACES.iter().enumerate() {
            let words = if index == 3 {
                json!({ "command": "env", "args": [format!("GITHUB_TOKEN={TOKEN}"), "node", "/srv/x.js"] })
            } else {
                json!({ "command": "node", "args": ["/srv/x.js"], "env": { "GITHUB_TOKEN": TOKEN } })
            };
            let file = world.path(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, json!({ *root: { "gh": words } }).to_string()).unwrap();
        }
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().canonicalize().unwrap().join(path)
    }

    fn warder(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warder"));
        // Copied by a fix, never started here.
        let launcher = root().join("tests/homes/demo/Documents/list.md");
        command.args(arguments).arg("--home").arg(self.path("")).env("WARDER_LAUNCHER", launcher).output().unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.warder(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    fn keys(&self) -> Vec<Value> {
        let text = self.done(&["keys", "--json"]);
        assert!(!text.contains(TOKEN));
        let lists: Value = serde_json::from_str(&text).unwrap();
        lists["keys"].as_array().unwrap().clone()
    }

    /// What stands in the place of the key in each file.
    fn references(&self) -> Vec<String> {
        let reference = |(path, _): &(&str, &str)| {
            let text = fs::read_to_string(self.path(path)).unwrap();
            let start = text.find("keychain:")?;
            Some(text[start..].split('"').next().unwrap().to_owned())
        };
        PLACES.iter().filter_map(reference).collect()
    }

    /// What the keyring itself holds, besides the key of the history.
    fn items(&self) -> usize {
        let found = Command::new("secret-tool").args(["search", "--all", "service", "warder"]).output().unwrap();
        said(&found).matches("GITHUB_TOKEN-").count()
    }
}

#[test]
fn four_clients_share_one_item_that_goes_with_its_last_use() {
    if !beside_keyring("four_clients_share_one_item_that_goes_with_its_last_use") {
        return;
    }
    let world = World::new();
    let before: Vec<String> = PLACES.iter().map(|(path, _)| fs::read_to_string(world.path(path)).unwrap()).collect();
    assert!(said(&world.warder(&["keys"])).contains("Still in plain text:"));
    world.done(&["fix", "--all-safe", "--yes"]);
    let references = world.references();
    assert_eq!(references.len(), 4);
    assert!(references.iter().all(|one| *one == references[0]), "{references:?}");
    let keys = world.keys();
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(keys[0]["uses"].as_array().unwrap().len(), 4, "{keys:?}");
    assert_eq!((keys[0]["orphan"].as_bool(), keys[0]["label"].as_str()), (Some(false), Some("GITHUB_TOKEN")));
    assert!(keys[0]["since"].as_str().is_some());
    assert_eq!(world.items(), 1);
    let refused = world.warder(&["keys", "--forget", "GITHUB_TOKEN"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(said(&refused).contains("GITHUB_TOKEN is still in use by gh ("), "{}", said(&refused));

    for left in (0..4).rev() {
        assert_eq!(world.items(), 1, "{left} uses are left");
        world.done(&["undo", "--last"]);
        assert_eq!(world.references().len(), left);
    }
    assert_eq!((world.items(), world.keys().len()), (0, 0));
    let after: Vec<String> = PLACES.iter().map(|(path, _)| fs::read_to_string(world.path(path)).unwrap()).collect();
    assert_eq!(after, before);
}

#[test]
fn only_what_nothing_uses_is_forgotten() {
    if !beside_keyring("only_what_nothing_uses_is_forgotten") {
        return;
    }
    let world = World::new();
    world.done(&["fix", "--all-safe", "--yes"]);
    let profiles = fs::read_dir(world.path(".warder/profiles")).unwrap().map(|entry| entry.unwrap().path());
    let profiles: Vec<PathBuf> = profiles.collect();
    // What a damaged profile names, nobody knows.
    profiles.iter().for_each(|profile| fs::write(profile, "{").unwrap());
    assert_eq!(world.keys().len(), 0);
    assert_eq!(world.items(), 1);
    profiles.iter().for_each(|profile| fs::remove_file(profile).unwrap());
    let keys = world.keys();
    assert_eq!((keys.len(), keys[0]["orphan"].as_bool()), (1, Some(true)));
    let told = said(&world.warder(&["keys"]));
    assert!(told.contains("Nothing uses it any more."), "{told}");
    assert!(!told.contains(TOKEN));
    world.done(&["keys", "--forget", "GITHUB_TOKEN"]);
    assert_eq!((world.items(), world.keys().len()), (0, 0));
    assert_eq!(world.warder(&["keys", "--forget", "GITHUB_TOKEN"]).status.code(), Some(2));
}
