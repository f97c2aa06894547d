//! Wrapped entries go back to what they were, whatever was lost meanwhile; the doctor says what is wrong.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod world;

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use warder_launch::profile::Profile;
use warder_launch::state::State;
use warder_launch::vault::{Keychain, Vault};
use world::{CURSOR, TOKEN, World, all, beside_keyring, root, row};

fn profiles(world: &World) -> Vec<Profile> {
    let state = State::at(world.home.join(".warder"));
    Profile::list(&state).unwrap().iter().map(|id| Profile::read(&state, id).unwrap()).collect()
}

fn in_keychain(world: &World, profile: &Profile) -> Option<String> {
    let keychain = Keychain::of(&State::at(world.home.join(".warder"))).unwrap();
    keychain.get(&profile.secrets["GITHUB_TOKEN"]).unwrap().map(|secret| secret.expose().to_owned())
}

#[test]
fn all_entries_go_back_byte_for_byte() {
    if !beside_keyring("all_entries_go_back_byte_for_byte") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    let before = world.read(CURSOR);
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    let kept = profiles(&world);
    assert_eq!(kept.len(), 2);

    // A preview without a yes does nothing.
    let asked = world.warder(&["restore", "--all"]);
    assert_eq!(asked.status.code(), Some(2));
    assert!(all(&asked).contains("In clear in the file again: GITHUB_TOKEN"), "{}", all(&asked));
    assert!(world.gets_key("printer"));

    let said = world.done(&["restore", "--all", "--yes"]);
    assert!(said.contains("Restored: printer") && said.contains("Restored: other"), "{said}");
    assert!(!said.contains(TOKEN));
    assert_eq!(world.read(CURSOR), before);
    assert_eq!(profiles(&world), []);
    assert!(kept.iter().all(|profile| in_keychain(&world, profile).is_none()));
    assert!(world.done(&["restore", "--all", "--yes"]).contains("No entry is wrapped"));
}

#[test]
fn without_a_history_the_launcher_is_taken_off() {
    if !beside_keyring("without_a_history_the_launcher_is_taken_off") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    let before = world.config();
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    world.write(".warder/history.db", "this is no history any more");
    world.done(&["restore", "printer", "--yes"]);
    assert_eq!(world.config()["mcpServers"]["printer"], before["mcpServers"]["printer"]);
    assert_eq!(row(&world.report(), "other")["protection"], "keychain");
    assert!(world.read(CURSOR).starts_with("// by hand"));
    assert!(world.gets_key("printer") && world.gets_key("other"));
    world.done(&["restore", "--all", "--yes"]);
    assert_eq!(world.config(), before);
    // Nothing was deleted that no history holds.
    assert!(profiles(&world).iter().all(|profile| in_keychain(&world, profile).as_deref() == Some(TOKEN)));
}

#[test]
fn an_entry_that_its_user_went_on_with_keeps_what_is_new() {
    if !beside_keyring("an_entry_that_its_user_went_on_with_keeps_what_is_new") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    world.done(&["fix", "--rule", "secret-in-env", "--server", "printer", "--yes"]);
    world.edit(CURSOR, "\"MODE\": \"plain\"", "\"MODE\": \"plain\", \"NEW\": \"1\"");
    let wrapped = world.read(CURSOR);
    world.done(&["restore", "printer", "--yes"]);
    let entry = &world.config()["mcpServers"]["printer"];
    assert_eq!(entry["command"], "printenv");
    assert_eq!(entry["env"], serde_json::json!({ "GITHUB_TOKEN": TOKEN, "MODE": "plain", "NEW": "1" }));
    // This too is a change like any other.
    world.done(&["undo", "--last"]);
    assert_eq!(world.read(CURSOR), wrapped);
    assert!(world.gets_key("printer"));
}

#[test]
fn a_key_that_was_replaced_and_moved_again_goes_back_as_the_new_one() {
    if !beside_keyring("a_key_that_was_replaced_and_moved_again_goes_back_as_the_new_one") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    world.done(&["fix", "--rule", "secret-in-env", "--server", "printer", "--yes"]);
    let reference = world.config()["mcpServers"]["printer"]["env"]["GITHUB_TOKEN"].as_str().unwrap().to_owned();
    // As `warder rotate` says: the new key stands where the reference stood, and is moved again.
    let new: String = TOKEN.chars().rev().collect();
    world.edit(CURSOR, &reference, &new);
    world.done(&["fix", "--rule", "secret-in-env", "--server", "printer", "--yes"]);
    let said = world.done(&["restore", "printer", "--yes"]);
    assert!(said.contains("Restored: printer"), "{said}");
    let entry = &world.config()["mcpServers"]["printer"];
    assert_eq!(entry["command"], "printenv");
    assert_eq!(entry["env"], serde_json::json!({ "GITHUB_TOKEN": new, "MODE": "plain" }));
}

#[test]
fn no_key_goes_back_to_what_nobody_approved() {
    if !beside_keyring("no_key_goes_back_to_what_nobody_approved") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    world.add_word("printer", "more");
    // A project takes the user's own entry over, to be given the key in clear.
    world.write("app/.git/HEAD", "ref: refs/heads/main\n");
    let copied = world.config()["mcpServers"]["other"].clone();
    let copied = serde_json::json!({ "mcpServers": { "copied": copied } });
    world.write("app/.cursor/mcp.json", &copied.to_string());
    fs::remove_file(world.home.join(".warder/history.db")).unwrap();
    let project = world.home.join("app").to_string_lossy().into_owned();
    let output = world.warder(&["restore", "--all", "--yes", "--project", &project]);
    assert_eq!(output.status.code(), Some(1), "{}", all(&output));
    let said = all(&output);
    assert!(said.contains("printer changed since it was approved: its command line changed"), "{said}");
    assert!(said.contains("is shared, and the keys of copied would stand in it"), "{said}");
    assert!(said.contains("Restored: other"), "{said}");
    assert!(!world.read("app/.cursor/mcp.json").contains(TOKEN));
    assert!(world.config()["mcpServers"]["printer"]["env"]["GITHUB_TOKEN"].as_str().unwrap().starts_with("keychain:"));
}

/// The line of the doctor about something, and its exit code.
fn doctor(world: &World, about: &str) -> (String, Option<i32>) {
    let output = world.warder(&["doctor"]);
    let lines = all(&output);
    let line = lines.lines().find(|line| line.contains(&format!("  {about}: "))).unwrap_or_default();
    assert!(!line.is_empty(), "nothing about {about} in {lines}");
    (line.to_owned(), output.status.code())
}

#[test]
fn the_doctor_names_the_fence_and_what_it_does_not_hold() {
    if !beside_keyring("the_doctor_names_the_fence_and_what_it_does_not_hold") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    let open = all(&world.warder(&["doctor"]));
    assert!(open.contains("Bubblewrap works") && !open.contains("Landlock"), "{open}");
    assert!(doctor(&world, "printer (Cursor)").0.contains("it runs without a sandbox"));

    let profiles = fs::read_dir(world.home.join(".warder/profiles")).unwrap().flatten();
    let profile = profiles.map(|entry| entry.path()).find(|path| path.to_string_lossy().contains("printer")).unwrap();
    let text = fs::read_to_string(&profile).unwrap();
    let fence = format!(
        r#""sandbox": {{ "engine": "landlock", "read": [], "write": [], "network": "none", "home": "{}" }}"#,
        world.home.display()
    );
    assert!(text.contains("\"sandbox\": null"), "{text}");
    fs::write(&profile, text.replace("\"sandbox\": null", &fence)).unwrap();
    let shut = all(&world.warder(&["doctor"]));
    assert!(shut.contains("Landlock works, and holds less than bubblewrap would. The server sees"), "{shut}");
    assert!(doctor(&world, "printer (Cursor)").0.contains("it runs in a sandbox of Landlock"));
}

#[test]
fn the_doctor_says_what_is_wrong() {
    if !beside_keyring("the_doctor_says_what_is_wrong") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    assert_eq!(doctor(&world, "keychain").1, Some(0));
    assert!(!world.home.join(".warder").exists(), "the doctor wrote something");
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    let (line, code) = doctor(&world, "printer (Cursor)");
    assert_eq!((line.starts_with("ok"), code), (true, Some(0)), "{line}");
    assert!(doctor(&world, "keychain").0.contains("unix:"));
    let rows: serde_json::Value = serde_json::from_str(&world.done(&["doctor", "--json"])).unwrap();
    assert!(rows.as_array().unwrap().iter().all(|row| row["health"] != "wrong"), "{rows}");
    assert!(doctor(&world, "history").0.contains("All 2 changes can be undone"));

    let wrong = |about: &str, says: &str| {
        let (line, code) = doctor(&world, about);
        assert!(line.starts_with("wrong") && line.contains(says) && code == Some(1), "{line}");
    };
    let warder = world.home.join(".warder");
    let launcher = warder.join("bin/warder-launch");
    let chmod = |path: &std::path::Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    chmod(&launcher, 0o770);
    wrong("launcher", "Other users may change it");
    chmod(&launcher, 0o700);
    let bytes = fs::read(&launcher).unwrap();
    fs::write(&launcher, "other").unwrap();
    wrong("launcher", "another one than came with this Warder");
    fs::remove_file(&launcher).unwrap();
    wrong("launcher", "It is gone");
    fs::write(&launcher, bytes).unwrap();
    chmod(&launcher, 0o700);

    chmod(&warder.join("profiles"), 0o755);
    wrong("state folder", "~/.warder/profiles");
    chmod(&warder.join("profiles"), 0o700);

    let text = world.read(CURSOR);
    world.edit(CURSOR, "\"MODE\": \"plain\"", "\"MODE\": \"other\"");
    wrong("printer (Cursor)", "its variable MODE changed");
    world.write(CURSOR, "{}");
    let (line, code) = doctor(&world, "profiles");
    assert!(line.starts_with("note") && line.contains("No entry that Warder sees") && code == Some(0), "{line}");
    world.write(CURSOR, &text);

    let printer = profiles(&world).into_iter().find(|profile| profile.server == "printer").unwrap();
    let path = warder.join(format!("profiles/{}.json", printer.id.as_str()));
    let text = fs::read_to_string(&path).unwrap();
    let program = printer.run.program.to_str().unwrap();
    fs::write(&path, text.replace(&format!("\"{program}\""), "\"/gone/printenv\"")).unwrap();
    wrong("printer (Cursor)", "/gone/printenv is gone");
    fs::write(&path, &text[1..]).unwrap();
    wrong("printer (Cursor)", "damaged");
    fs::write(&path, &text).unwrap();

    let keychain = Keychain::of(&State::at(&warder)).unwrap();
    keychain.delete(&printer.secrets["GITHUB_TOKEN"]).unwrap();
    wrong("printer (Cursor)", "Its key GITHUB_TOKEN is not in the keychain");
    fs::write(warder.join("history.db"), "no history").unwrap();
    wrong("history", "damaged");
}

/// The keyring's file goes back to before the first fix, and with it the keys
/// and the key of the history. The paper brings everything back.
#[test]
fn a_keyring_that_was_put_back_loses_nothing() {
    const NAME: &str = "a_keyring_that_was_put_back_loses_nothing";
    if let Ok(part) = std::env::var("KEYRING_PART") {
        let folder = std::env::var_os("KEYRING_HOME").unwrap();
        let world = World::new(folder.as_ref());
        match part.as_str() {
            "empty" => assert!(world.done(&["doctor"]).contains("The keychain is open")),
            "before" => written_down(&world),
            _ => put_back(&world),
        }
        return;
    }
    let (home, keyring) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let original = {
        let world = World::new(home.path());
        world.read(CURSOR)
    };
    let (data, run) = (keyring.path().join("data"), keyring.path().join("run"));
    for folder in [&data, &run] {
        fs::create_dir(folder).unwrap();
        fs::set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
    }
    let part = |part: &str| {
        let mut again = Command::new("dbus-run-session");
        again.arg("--").arg(root().join("tests/keychain.sh")).arg(std::env::current_exe().unwrap());
        again.args(["--exact", NAME, "--nocapture"]);
        again.env("KEYRING_FOLDER", keyring.path()).env("XDG_DATA_HOME", &data).env("XDG_RUNTIME_DIR", &run);
        again.env("KEYRING_HOME", home.path()).env("KEYRING_PART", part);
        again.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        world::beside::passed(&again.output().unwrap(), NAME);
    };
    part("empty");
    let file = data.join("keyrings/login.keyring");
    let before = fs::read(&file).unwrap();
    part("before");
    assert_ne!(fs::read(&file).unwrap(), before);
    fs::write(&file, before).unwrap();
    part("after");
    assert_eq!(fs::read_to_string(home.path().join(CURSOR)).unwrap(), original);
}

fn written_down(world: &World) {
    assert!(world.done(&["fix", "--rule", "secret-in-env", "--yes"]).contains("undo:"));
    let piped = world.warder(&["recovery", "show"]);
    assert_eq!((piped.status.code(), piped.stdout.len()), (Some(2), 0), "{}", all(&piped));
    let (said, code) = world.at_terminal(&["recovery", "show"], "");
    assert_eq!(code, Some(0), "{said}");
    let groups = |line: &&str| line.trim().split('-').all(|group| group.len() == 4);
    let key: Vec<&str> = said.lines().filter(groups).map(str::trim).collect();
    assert_eq!(key.len(), 2, "{said}");
    fs::write(world.home.join("paper"), key.join("\n")).unwrap();
}

fn put_back(world: &World) {
    assert!(!world.gets_key("printer"));
    // No new key in the place of the lost one.
    let output = world.warder(&["undo", "--last"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(all(&output).contains("warder recovery use"), "{}", all(&output));
    assert!(doctor(world, "history").0.contains("warder recovery use"));
    let restored = world.warder(&["restore", "--all", "--yes"]);
    assert_eq!(restored.status.code(), Some(1));
    assert!(all(&restored).contains("is not in the keychain any more"), "{}", all(&restored));

    let paper = world.read("paper");
    let used = |text: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warder"));
        command.args(["recovery", "use", "--home"]).arg(&world.home);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    };
    let letter = if paper.starts_with('A') { "B" } else { "A" };
    assert!(all(&used(&format!("{letter}{}", &paper[1..]))).contains("a slip in it"));
    let back = used(&paper.to_lowercase());
    assert_eq!(back.status.code(), Some(0), "{}", all(&back));
    assert!(all(&back).contains("It opens 2 of 2 changes"), "{}", all(&back));
    world.done(&["restore", "--all", "--yes"]);
}
