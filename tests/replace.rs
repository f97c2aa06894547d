//! A key that was made anew goes in the place of the old one, at once for all that use it: the real program, launcher
//! and keyring.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

#[allow(dead_code, reason = "each test file uses its share")]
mod world;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use warder_launch::profile::Profile;
use warder_launch::state::State;
use warder_launch::vault::{Keychain, Vault};
use world::{CURSOR, TOKEN, World, all, beside_keyring};

const NEW: &str = "ghp_A9x2LmQ4vTz7Rp1RtY4wZb6Hc1Md5Fg0Bq7K";

/// With `typed` on its stdin.
fn piped(world: &World, arguments: &[&str], typed: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warder"));
    command.args(arguments).arg("--home").arg(&world.home).env("WARDER_LAUNCHER", &world.launcher);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may say no before it reads.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    child.wait_with_output().unwrap()
}

fn reminders(world: &World) -> Vec<Value> {
    serde_json::from_slice(&world.warder(&["rotate", "--json"]).stdout).unwrap()
}

/// Whether any file of a folder has these bytes.
fn holds(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        match path.is_dir() {
            true => holds(&path, text),
            false => fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|part| part == text.as_bytes())),
        }
    })
}

fn printed(world: &World, name: &str) -> String {
    String::from_utf8_lossy(&world.start(name).stdout).into_owned()
}

/// What the keychain holds under the items that profiles name.
fn kept(world: &World) -> Vec<String> {
    let state = State::at(world.home.join(".warder"));
    let keychain = Keychain::of(&state).unwrap();
    let profiles = Profile::list(&state).unwrap();
    let profiles = profiles.iter().map(|id| Profile::read(&state, id).unwrap());
    let mut handles: Vec<_> = profiles.flat_map(|profile| profile.handles().cloned().collect::<Vec<_>>()).collect();
    handles.sort();
    handles.dedup();
    handles.iter().map(|handle| keychain.get(handle).unwrap().unwrap().expose().to_owned()).collect()
}

#[test]
fn a_new_key_reaches_all_its_places_and_no_file() {
    if !beside_keyring("a_new_key_reaches_all_its_places_and_no_file") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    let original = world.read(CURSOR);
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    let config = world.read(CURSOR);
    let before = reminders(&world);
    assert_eq!((before.len(), &before[0]["done"]), (1, &Value::Bool(false)), "one key is one reminder");
    assert!(before[0]["then"].as_str().unwrap().contains("paste the new key"), "{before:?}");

    // Nobody said yes.
    let asked = piped(&world, &["keys", "--replace", "GITHUB_TOKEN"], NEW);
    assert_eq!(asked.status.code(), Some(2), "{}", all(&asked));
    assert!(world.gets_key("printer"));
    // By its reminder, its label or its name; with the line end that a file has.
    let id = before[0]["id"].as_str().unwrap();
    let done = piped(&world, &["keys", "--replace", id, "--yes"], &format!("{NEW}\n"));
    let said = all(&done);
    assert_eq!(done.status.code(), Some(0), "{said}");
    assert!(
        said.contains("GITHUB_TOKEN: a GitHub token, 40 characters, by its form GitHub's like the old one"),
        "{said}"
    );
    assert!(said.contains("printer (Cursor)") && said.contains("other (Cursor)"), "{said}");
    assert!(!said.contains(NEW) && !said.contains(TOKEN), "{said}");
    assert_eq!(kept(&world), [NEW]);
    for name in ["printer", "other"] {
        assert!(printed(&world, name).contains(NEW), "{name}");
    }
    assert_eq!(world.read(CURSOR), config, "no file changes");
    let after = reminders(&world);
    assert_eq!((after.len(), &after[0]["done"]), (1, &Value::Bool(true)));
    assert!(!holds(&world.home, NEW), "in clear in a file");
    assert!(!holds(&world.home, TOKEN), "in clear in a file");

    // What moved it cannot be undone now: the old key would come back, and the new one be lost.
    let log: Vec<Value> = serde_json::from_slice(&world.warder(&["log", "--json"]).stdout).unwrap();
    let moved = log.iter().find(|one| one["title"] == "Moved GITHUB_TOKEN to the keychain").unwrap();
    let refused = world.warder(&["undo", moved["id"].as_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(all(&refused).contains("its key was replaced since"), "{}", all(&refused));
    // A restored entry has the new one.
    let said = world.done(&["restore", "printer", "--yes"]);
    assert!(said.contains("Restored: printer"), "{said}");
    assert_eq!(world.config()["mcpServers"]["printer"]["env"]["GITHUB_TOKEN"], NEW);
    world.done(&["undo", "--last"]);

    // And back.
    let log: Vec<Value> = serde_json::from_slice(&world.warder(&["log", "--json"]).stdout).unwrap();
    let replaced = log.iter().find(|one| one["title"] == "Replaced GITHUB_TOKEN in the keychain").unwrap();
    let said = world.done(&["undo", replaced["id"].as_str().unwrap()]);
    assert!(said.contains("The old key is back"), "{said}");
    assert_eq!(kept(&world), [TOKEN]);
    assert!(world.gets_key("printer") && world.gets_key("other"));
    assert_eq!(reminders(&world)[0]["done"], Value::Bool(false));
    world.done(&["restore", "--all", "--yes"]);
    assert_eq!(world.read(CURSOR), original);
}

#[test]
fn a_person_types_a_key_without_an_echo() {
    if !beside_keyring("a_person_types_a_key_without_an_echo") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    let (said, code) = world.at_terminal(&["keys", "--replace", "GITHUB_TOKEN"], &format!("{NEW}\nn\n"));
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(kept(&world), [TOKEN]);
    // The terminal itself may show what is typed before a program reads; the program shows none of it.
    let said = said.rsplit("it is not shown.").next().unwrap();
    assert!(!said.contains(NEW), "{said}");
    let (said, code) = world.at_terminal(&["keys", "--replace", "GITHUB_TOKEN"], &format!("{NEW}\ny\n"));
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(kept(&world), [NEW]);
}

#[test]
fn what_is_no_new_key_is_refused() {
    if !beside_keyring("what_is_no_new_key_is_refused") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    let long = "x".repeat(20_000);
    for (typed, why) in [
        ("", "there is no text to take"),
        ("  \n", "there is no text to take"),
        (TOKEN, "this is the key that is there already"),
        ("keychain:GITHUB_TOKEN-aaaaaaaaaaaaaaaaaaaaaaaaaa", "this is a reference to a key, and no key"),
        ("https://github.com/settings/tokens", "it does not look like the old one"),
        ("ghp\u{7}x", "this holds characters that no key has"),
        (&long, "this is longer than any key"),
    ] {
        let refused = piped(&world, &["keys", "--replace", "GITHUB_TOKEN", "--yes"], typed);
        assert_eq!(refused.status.code(), Some(2), "{typed:.40}: {}", all(&refused));
        assert!(all(&refused).contains(why), "{typed:.40}: {}", all(&refused));
        assert_eq!(kept(&world), [TOKEN]);
    }
    let refused = piped(&world, &["keys", "--replace", "NOBODY", "--yes"], NEW);
    assert!(all(&refused).contains("there is no such key in the keychain"), "{}", all(&refused));
}
