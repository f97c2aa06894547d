//! Copies and reminders on the command line, beside a real keyring.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod beside;

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use beside::{beside_keyring, root};
use serde_json::{Value, json};

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

struct World(tempfile::TempDir);

impl World {
    fn home(&self) -> PathBuf {
        self.0.path().canonicalize().unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.home().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn warder(&self, words: &[&str]) -> Output {
        let mut warder = Command::new(env!("CARGO_BIN_EXE_warder"));
        warder.args(words).arg("--home").arg(self.home());
        // Copied by the fix, never started here.
        warder.env("WARDER_LAUNCHER", root().join("tests/homes/demo/Documents/list.md")).output().unwrap()
    }
}

#[test]
fn copies_are_listed_taken_out_and_put_back_and_the_key_stays_on_the_list() {
    if !beside_keyring("copies_are_listed_taken_out_and_put_back_and_the_key_stays_on_the_list") {
        return;
    }
    let world = World(tempfile::tempdir().unwrap());
    let mut bytes = [0; 27];
    getrandom::fill(&mut bytes).unwrap();
    let letters = data_encoding::BASE64URL_NOPAD.encode(&bytes).replace(['-', '_'], "x");
    let token = format!("ghp_{letters}");
    let entry = json!({ "command": "node", "args": ["/srv/x.js"], "env": { "GITHUB_TOKEN": token } });
    let config = json!({ "mcpServers": { "x": entry } }).to_string();
    world.write(".cursor/mcp.json", &config);
    let quiet = |output: Output| {
        assert!(!out(&output).contains(&token) && !String::from_utf8_lossy(&output.stderr).contains(&token));
        (output.status.code(), out(&output), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said, _) = quiet(world.warder(&["residue"]));
    assert_eq!(
        (code, said.trim()),
        (Some(0), "No key was moved to the keychain yet, so there is nothing to look for.")
    );
    let (code, said, talk) = quiet(world.warder(&["fix", "--rule", "secret-in-env", "--yes"]));
    assert_eq!(code, Some(0), "{said}{talk}");
    assert!(talk.contains("`warder residue`"), "{talk}");

    world.write(".cursor/mcp.json.bak", &config);
    world.write(".bash_history", &format!("ls\nexport GITHUB_TOKEN={token}\n"));
    let (code, said, _) = quiet(world.warder(&["residue", "GITHUB_TOKEN"]));
    assert_eq!(code, Some(1));
    for expected in ["Backups", "~/.cursor/mcp.json.bak:1 · GITHUB_TOKEN", "Shell histories", "~/.bash_history:2"] {
        assert!(said.contains(expected), "{said}");
    }
    let (code, said, _) = quiet(world.warder(&["residue", "--json"]));
    let found: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, found["copies"].as_array().unwrap().len()), (Some(1), 2));
    let (code, _, talk) = quiet(world.warder(&["residue", "--scrub"]));
    assert_eq!(code, Some(2));
    assert!(talk.contains("needs a yes"), "{talk}");
    assert_eq!(fs::read_to_string(world.home().join(".cursor/mcp.json.bak")).unwrap(), config);

    let (code, said, _) = quiet(world.warder(&["residue", "--scrub", "--yes"]));
    assert_eq!(code, Some(1), "the history of the shell is left");
    assert!(said.contains("Took GITHUB_TOKEN out of ~/.cursor/mcp.json.bak"), "{said}");
    assert_eq!(
        fs::read_to_string(world.home().join(".cursor/mcp.json.bak")).unwrap(),
        config.replace(&token, "REMOVED")
    );
    let (code, _, _) = quiet(world.warder(&["undo", "--last"]));
    assert_eq!(code, Some(0));
    assert_eq!(fs::read_to_string(world.home().join(".cursor/mcp.json.bak")).unwrap(), config);
    let (code, _, talk) = quiet(world.warder(&["residue", "nothing"]));
    assert_eq!(code, Some(2));
    assert!(talk.contains("no such change"), "{talk}");

    let (code, said, _) = quiet(world.warder(&["rotate", "--json"]));
    let list: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, list[0]["provider"].as_str()), (Some(1), Some("GitHub")));
    let id = list[0]["id"].as_str().unwrap();
    let (_, said, _) = quiet(world.warder(&["rotate"]));
    assert!(said.contains("Replace GITHUB_TOKEN at GitHub") && said.contains("https://"), "{said}");
    assert_eq!(quiet(world.warder(&["rotate", "--done", id])).0, Some(0));
    let (code, said, _) = quiet(world.warder(&["rotate"]));
    assert_eq!((code, said.trim()), (Some(0), "No key has to be replaced."));
    assert_eq!(quiet(world.warder(&["rotate", "--again", id])).0, Some(0));
    assert_eq!(quiet(world.warder(&["rotate"])).0, Some(1));
    assert_eq!(quiet(world.warder(&["rotate", "--done", "0000"])).0, Some(2));
}
