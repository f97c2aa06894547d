//! Whatever is not as it was approved means no start.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use warder_launch::command::seal_variable;
use warder_launch::profile::Profile;

use super::{World, assert_refused, launcher, out};

/// A profile whose server leaves the marker.
fn marking(world: &World) -> Profile {
    world.profile(&format!("touch {}", world.marker().display()))
}

#[test]
fn misuse_is_told() {
    let world = World::new();
    let profile = marking(&world);
    profile.write(&world.state).unwrap();
    let id = profile.id.as_str();
    let outside = format!("../profiles/{id}");
    let cases: &[(&[&str], &str)] = &[
        (&[], "usage"),
        (&["run"], "usage"),
        (&["run", "--profile"], "usage"),
        (&["run", "--profile", id], "usage"),
        (&["run", "--profile", id, "--"], "usage"),
        (&["run", "--profile", id, "server", "--go"], "usage"),
        (&["run", "--", "server", "--go"], "usage"),
        (&["exec", "--profile", id, "--", "server", "--go"], "usage"),
        (&["--help"], "usage"),
        (&["run", "--profile", "../x", "--", "server", "--go"], "usage"),
        (&["run", "--profile", &outside, "--", "server", "--go"], "usage"),
        (&["inner"], "inside of a sandbox only"),
        (&["inner", "3", "4", "5", "6"], "inside of a sandbox only"),
    ];
    for (words, saying) in cases {
        assert_refused(&world.call(*words).output().unwrap(), saying);
    }
    assert!(!world.marker().exists());
}

#[test]
fn a_launcher_outside_its_folder_starts_nothing() {
    let world = World::new();
    let profile = marking(&world);
    profile.write(&world.state).unwrap();
    let elsewhere = world.home().join("warder-launch");
    Command::new("cp").arg(launcher()).arg(&elsewhere).status().unwrap();
    let words = ["run", "--profile", profile.id.as_str(), "--", "server", "--go"];
    let output = Command::new(elsewhere).args(words).env("HOME", world.home()).output().unwrap();
    assert_refused(&output, ".warder/bin");
    assert!(!world.marker().exists());
}

#[test]
fn a_changed_entry_does_not_start() {
    let world = World::new();
    let mut profile = marking(&world);
    let seal = seal_variable(&profile.id, "MODE", "fast");
    profile.approved.env.insert("MODE".into(), seal);
    profile.approved.cwd = Some(world.project());
    profile.write(&world.state).unwrap();
    let id = profile.id.as_str();
    let spaces = " ".repeat(10_000) + "--eval";
    let (project, home) = (world.project(), world.home().to_owned());
    let refuse = |command: &[&str], env: &[(&str, &str)], cwd: &Path, saying| {
        let mut call = world.call(["run", "--profile", id, "--"].iter().chain(command));
        let output = call.envs(env.iter().copied()).current_dir(cwd).output();
        assert_refused(&output.unwrap(), saying);
    };
    let fast = ("MODE", "fast");
    let command = "its command line changed";
    refuse(&["server", "--other"], &[fast], &project, command);
    refuse(&["server"], &[fast], &project, command);
    refuse(&["server", "--go", "--eval"], &[fast], &project, command);
    refuse(&["server", "--go", &spaces], &[fast], &project, command);
    refuse(&["/tmp/server", "--go"], &[fast], &project, command);
    let good = ["server", "--go"];
    refuse(&good, &[("MODE", "slow")], &project, "its variable MODE changed");
    refuse(&good, &[], &project, "its variable MODE changed");
    let foreign = ("STOLEN", "keychain:TOKEN-x");
    refuse(&good, &[fast, foreign], &project, "its variable STOLEN refers to a key");
    refuse(&good, &[fast], &home, "its working directory changed");
    assert!(!world.marker().exists());

    let mut unchanged = world.entry(&profile);
    assert!(unchanged.env("MODE", "fast").current_dir(&project).status().unwrap().success());
    assert!(world.marker().exists());
}

#[test]
fn a_profile_in_doubt_starts_nothing() {
    let world = World::new();
    let profile = marking(&world);
    let mut entry = world.entry(&profile);
    let path = world.state.profiles().join(format!("{}.json", profile.id.as_str()));
    let good = fs::read(&path).unwrap();
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };

    mode(&path, 0o666);
    assert_refused(&entry.output().unwrap(), "can be changed by other users");
    mode(&path, 0o600);
    mode(&world.state.profiles(), 0o777);
    assert_refused(&entry.output().unwrap(), "can be changed by other users");
    mode(&world.state.profiles(), 0o700);

    for damage in [&b""[..], b"{}", &good[..good.len() - 9], b"\0\0\0\0"] {
        fs::write(&path, damage).unwrap();
        assert_refused(&entry.output().unwrap(), "is damaged");
    }
    let text = String::from_utf8(good.clone()).unwrap();
    fs::write(&path, text.replacen("\"schema\": 1", "\"schema\": 2", 1)).unwrap();
    assert_refused(&entry.output().unwrap(), "from a newer Warder");

    fs::write(world.home().join("linked"), &good).unwrap();
    mode(&world.home().join("linked"), 0o600);
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(world.home().join("linked"), &path).unwrap();
    assert_refused(&entry.output().unwrap(), "can be changed by other users");
    fs::remove_file(&path).unwrap();
    assert_refused(&entry.output().unwrap(), "there is no profile");
    assert!(!world.marker().exists());

    fs::write(&path, &good).unwrap();
    mode(&path, 0o600);
    assert!(entry.status().unwrap().success());
    assert!(world.marker().exists());
}

#[test]
fn a_line_cannot_be_forged() {
    let world = World::new();
    let mut profile = world.profile("exit 0");
    profile.server = "a\nwarder-launch: all is well\u{1b}[2J".into();
    profile.approved.argv.clear();
    let output = world.entry(&profile).output().unwrap();
    assert_refused(&output, "a\\u{a}warder-launch: all is well\\u{1b}[2J");
    assert_eq!(out(&output), "");
}
