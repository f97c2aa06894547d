//! Taking Warder off: what needs it keeps it, and then nothing of it is left.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod world;

use std::collections::BTreeSet;
use std::fs;

use warder_launch::profile::Profile;
use warder_launch::state::State;
use warder_launch::vault::{Handle, Keychain, Vault};
use world::{CURSOR, TOKEN, World, all, beside_keyring, row};

const AUTOSTART: &str = ".config/autostart/warder.desktop";

/// Every item that a profile names now, and that of the history.
fn items(world: &World) -> BTreeSet<Handle> {
    let state = State::at(world.home.join(".warder"));
    let profiles = Profile::list(&state).unwrap().into_iter().map(|id| Profile::read(&state, &id).unwrap());
    let mut items: BTreeSet<Handle> = profiles.flat_map(|it| it.handles().cloned().collect::<Vec<_>>()).collect();
    items.insert(Handle::new("history", [0; 16]));
    items
}

/// How many of them the keychain holds.
fn held(world: &World, items: &BTreeSet<Handle>) -> usize {
    let keychain = Keychain::of(&State::at(world.home.join(".warder"))).unwrap();
    items.iter().filter(|item| keychain.get(item).unwrap().is_some()).count()
}

fn is_there(world: &World, path: &str) -> bool {
    world.home.join(path).exists()
}

#[test]
fn everything_goes_back_and_nothing_is_left_behind() {
    if !beside_keyring("everything_goes_back_and_nothing_is_left_behind") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    let before = world.read(CURSOR);
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    world.write(AUTOSTART, "[Desktop Entry]\n");
    let items = items(&world);
    assert_eq!(held(&world, &items), items.len());

    // Without a yes every entry is named, and nothing is done.
    let asked = world.warder(&["uninstall"]);
    let said = all(&asked);
    assert_eq!(asked.status.code(), Some(2), "{said}");
    assert!(said.contains("printer · Cursor") && said.contains("other · Cursor"), "{said}");
    assert!(said.contains("Then this is removed: ~/.config/autostart/warder.desktop"), "{said}");
    let (said, code) = world.at_terminal(&["uninstall"], "n\n");
    assert!(said.contains("Left as it is") && code == Some(1), "{said}");
    assert!(world.gets_key("printer") && world.gets_key("other") && is_there(&world, AUTOSTART));

    let (said, code) = world.at_terminal(&["uninstall"], "y\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("Restored: printer") && said.contains("Removed: ~/.warder/bin"), "{said}");
    assert!(!said.contains(TOKEN));
    assert_eq!(world.read(CURSOR), before);
    assert_eq!(held(&world, &items), 0);
    for gone in [".warder/bin", ".warder/profiles", ".warder/packages", AUTOSTART] {
        assert!(!is_there(&world, gone), "{gone} is left");
    }
    assert!(world.done(&["uninstall"]).contains("nothing to take off"));
    assert_eq!(row(&world.report(), "printer")["protection"], "none");
    // And back again.
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    assert!(world.gets_key("printer"));
}

#[test]
fn launcher_and_keys_stay_while_an_entry_needs_them() {
    if !beside_keyring("launcher_and_keys_stay_while_an_entry_needs_them") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    // It is not restored before somebody approved it: its key would go to what nobody approved.
    world.add_word("printer", "more");
    let output = world.warder(&["uninstall", "--yes"]);
    let said = all(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Restored: other"), "{said}");
    assert!(said.contains("Launcher and keys stay, for these need them: printer (Cursor)."), "{said}");
    assert!(is_there(&world, ".warder/bin/warder-launch"));
    let items = items(&world);
    assert_eq!(held(&world, &items), items.len());
    // As it was approved it starts, and is restored.
    world.edit(CURSOR, ",\n        \"more\"", "");
    assert!(world.gets_key("printer"));
    world.done(&["uninstall", "--yes"]);
    assert_eq!(held(&world, &items), 0);
    assert!(!is_there(&world, ".warder/bin"));
}

#[test]
fn what_a_project_elsewhere_may_name_goes_only_when_that_is_said() {
    if !beside_keyring("what_a_project_elsewhere_may_name_goes_only_when_that_is_said") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    world.done(&["fix", "--rule", "secret-in-env", "--server", "printer", "--yes"]);
    let items = items(&world);
    world.write(CURSOR, "{ \"mcpServers\": {} }\n");
    let output = world.warder(&["uninstall", "--yes"]);
    let said = all(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("projects that were not looked at: printer (Cursor)"), "{said}");
    assert_eq!(held(&world, &items), items.len());

    let said = world.done(&["uninstall", "--unseen", "--yes"]);
    assert!(said.contains("These stop working, if they are still used: printer (Cursor)"), "{said}");
    assert!(said.contains("These keys go from the keychain, and may stand nowhere else: GITHUB_TOKEN"), "{said}");
    assert!(said.contains("Removed: GITHUB_TOKEN, in the keychain"), "{said}");
    // The change that wrapped it is not undone, so the history keeps its way back.
    assert!(said.contains("The history stays in ~/.warder"), "{said}");
    assert_eq!(held(&world, &items), 1);
    assert!(is_there(&world, ".warder/history.db") && !is_there(&world, ".warder/bin"));

    let asked = all(&world.warder(&["uninstall", "--purge"]));
    assert!(asked.contains("Nothing that Warder changed can be undone afterwards."), "{asked}");
    let keychain = Keychain::of(&State::at(world.home.join(".warder"))).unwrap();
    world.done(&["uninstall", "--purge", "--yes"]);
    assert!(items.iter().all(|item| keychain.get(item).unwrap().is_none()));
    assert!(!is_there(&world, ".warder"));
    assert!(fs::read_dir(&world.home).unwrap().flatten().all(|entry| entry.file_name() != ".warder"));
}
