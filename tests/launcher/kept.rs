//! A home that is there again at the next start.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;

use warder_launch::profile::Profile;
use warder_launch::sandbox::Grant;

use super::{World, assert_refused, err, out};

/// A fenced server with a kept home.
fn keeping(world: &World, script: &str) -> (Profile, PathBuf) {
    let mut profile = world.fenced(script);
    let kept = world.state.homes().join("demo");
    fs::create_dir_all(&kept).unwrap();
    profile.sandbox.as_mut().unwrap().keeps = Some(Grant::of(&kept).unwrap());
    (profile, kept)
}

#[track_caller]
fn says(world: &World, profile: &Profile) -> String {
    let output = world.entry(profile).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    out(&output)
}

#[test]
fn a_kept_home_is_there_again() {
    let world = World::new();
    let (profile, kept) = keeping(
        &world,
        "cat ~/.config/state 2>/dev/null; ls ~/secret.txt ~/.warder 2>/dev/null; mkdir -p ~/.config; echo again > ~/.config/state",
    );
    assert_eq!(says(&world, &profile), "");
    assert_eq!(says(&world, &profile), "again\n");
    assert_eq!(fs::read_to_string(kept.join(".config/state")).unwrap(), "again\n");
    assert!(!world.home().join(".config").exists());
}

#[test]
fn a_grant_leaves_no_more_than_one_empty_folder_in_it() {
    let world = World::new();
    let python = world.home().join(".local/share/uv/python/one");
    let notes = world.home().join("deep/er/notes.txt");
    fs::create_dir_all(&python).unwrap();
    fs::create_dir_all(notes.parent().unwrap()).unwrap();
    fs::write(&notes, "noted").unwrap();
    let script = "cat ~/deep/er/notes.txt; ls ~/.local/share/uv/python; echo x > ~/deep/aside; echo x > made; \
        mkdir -p ~/.local/share/state; cat ~/.local/share/state/kept 2>/dev/null; echo kept > ~/.local/share/state/kept";
    let (mut profile, kept) = keeping(&world, script);
    let sandbox = profile.sandbox.as_mut().unwrap();
    sandbox.read.extend([Grant::of(&python).unwrap(), Grant::of(&notes).unwrap()]);
    // In a mask, what is around a grant is forgotten; what programs share is kept.
    assert_eq!(says(&world, &profile), "notedone\n");
    assert_eq!(says(&world, &profile), "notedone\nkept\n");
    assert!(world.project().join("made").exists());
    let mut all: Vec<String> = Vec::new();
    let mut folders = vec![kept.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            all.push(path.strip_prefix(&kept).unwrap().display().to_string());
            folders.extend(path.is_dir().then_some(path));
        }
    }
    all.sort();
    let expected = [
        ".local",
        ".local/share",
        ".local/share/state",
        ".local/share/state/kept",
        ".local/share/uv",
        "deep",
        "project",
    ];
    assert_eq!(all, expected);
}

#[test]
fn what_the_server_left_in_it_leads_nowhere() {
    let world = World::new();
    let target = world.home().join("target");
    fs::create_dir(&target).unwrap();
    // Where the real system is while the engine sets up.
    for way in [target.clone(), PathBuf::from("/oldroot").join(target.strip_prefix("/").unwrap()), "/usr".into()] {
        let (profile, kept) = keeping(&world, "echo ran");
        symlink(way, kept.join("project")).unwrap();
        assert_refused(&world.entry(&profile).output().unwrap(), "homes/demo/project is in the way");
        fs::remove_file(kept.join("project")).unwrap();
    }
    let (profile, kept) = keeping(&world, "echo ran; chmod 777 ~");
    fs::write(kept.join("project"), "").unwrap();
    assert_refused(&world.entry(&profile).output().unwrap(), "is in the way");
    fs::remove_file(kept.join("project")).unwrap();
    for _ in 0..2 {
        fs::set_permissions(&kept, fs::Permissions::from_mode(0o000)).unwrap();
        assert_eq!(says(&world, &profile), "ran\n");
    }
    assert_eq!(fs::read_dir(&target).unwrap().count(), 0);
}

#[test]
fn only_a_home_of_ours_is_kept() {
    let world = World::new();
    let (profile, kept) = keeping(&world, "echo ran");
    let moved = world.state.homes().join("moved");
    fs::rename(&kept, &moved).unwrap();
    assert_refused(&world.entry(&profile).output().unwrap(), "was replaced since it was approved");
    symlink(&moved, &kept).unwrap();
    assert_refused(&world.entry(&profile).output().unwrap(), "was replaced since it was approved");
    let file = world.state.homes().join("file");
    fs::write(&file, "").unwrap();
    let mut other = profile.clone();
    other.sandbox.as_mut().unwrap().keeps = Some(Grant::of(&file).unwrap());
    assert_refused(&world.entry(&other).output().unwrap(), "was replaced since it was approved");
    for elsewhere in [world.home().join(".ssh"), world.state.profiles(), world.state.homes(), world.project()] {
        fs::create_dir_all(&elsewhere).unwrap();
        let mut other = profile.clone();
        other.sandbox.as_mut().unwrap().keeps = Some(Grant::of(&elsewhere).unwrap());
        assert_refused(&world.entry(&other).output().unwrap(), "too broad");
    }
}
