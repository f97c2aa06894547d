//! Grants are the files and folders that were approved, not their paths.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use warder_launch::sandbox::Grant;

use super::{World, assert_refused, out};

#[test]
fn a_grant_that_moved_is_refused() {
    let world = World::new();
    let profile = world.fenced(&format!("touch {}", world.project().join("ran").display()));
    let mut entry = world.entry(&profile);
    let (project, aside) = (world.project(), world.home().join("aside"));
    let secrets = world.home().join("secrets");
    fs::create_dir(&secrets).unwrap();

    fs::rename(&project, &aside).unwrap();
    assert_refused(&entry.output().unwrap(), "its working directory is gone");
    for target in [&secrets, &aside] {
        std::os::unix::fs::symlink(target, &project).unwrap();
        assert_refused(&entry.output().unwrap(), "was replaced since it was approved");
        fs::remove_file(&project).unwrap();
    }
    fs::create_dir(&project).unwrap();
    assert_refused(&entry.output().unwrap(), "was replaced since it was approved");
    fs::remove_dir(&project).unwrap();

    // A link further up is not followed either.
    fs::rename(&aside, &project).unwrap();
    let up = world.home().join("up");
    std::os::unix::fs::symlink(world.home(), &up).unwrap();
    let mut linked = world.fenced("exit 0");
    linked.run.cwd = None;
    linked.sandbox.as_mut().unwrap().write[0].path = up.join("project");
    assert_refused(&world.entry(&linked).output().unwrap(), "was replaced since it was approved");

    assert!(entry.status().unwrap().success());
    assert!(project.join("ran").exists() && fs::read_dir(&secrets).unwrap().count() == 0);
}

#[test]
fn a_file_that_was_replaced_is_refused() {
    let world = World::new();
    let (notes, other) = (world.home().join("notes.txt"), world.home().join("other.txt"));
    fs::write(&notes, "noted").unwrap();
    let mut profile = world.fenced("cat ~/notes.txt");
    profile.sandbox.as_mut().unwrap().read.push(Grant::of(&notes).unwrap());
    let mut entry = world.entry(&profile);
    // What it holds is its own business.
    fs::write(&notes, "changed").unwrap();
    assert_eq!(out(&entry.output().unwrap()), "changed");
    // Saved by an editor, it is another file.
    fs::write(&other, "other").unwrap();
    fs::rename(&other, &notes).unwrap();
    assert_refused(&entry.output().unwrap(), "was replaced since it was approved");
    fs::remove_file(&notes).unwrap();
    symlink(world.home().join("secret.txt"), &notes).unwrap();
    assert_refused(&entry.output().unwrap(), "was replaced since it was approved");
    fs::remove_file(&notes).unwrap();
    fs::create_dir(&notes).unwrap();
    assert_refused(&entry.output().unwrap(), "was replaced since it was approved");
}

#[test]
fn a_folder_above_that_was_replaced_is_noticed() {
    let world = World::new();
    let (above, aside) = (world.home().join("above"), world.home().join("aside"));
    fs::create_dir_all(above.join("granted")).unwrap();
    let mut profile = world.fenced("exit 0");
    profile.run.cwd = None;
    profile.sandbox.as_mut().unwrap().write = vec![Grant::of(&above.join("granted")).unwrap()];
    let mut entry = world.entry(&profile);
    assert!(entry.status().unwrap().success());
    fs::rename(&above, &aside).unwrap();
    assert_refused(&entry.output().unwrap(), "is gone or was replaced");
    fs::create_dir_all(above.join("granted")).unwrap();
    assert_refused(&entry.output().unwrap(), "was replaced since it was approved");
    fs::remove_dir_all(&above).unwrap();
    symlink(&aside, &above).unwrap();
    assert_refused(&entry.output().unwrap(), "was replaced since it was approved");
}

/// Another program that swaps names all the time, while servers start.
fn while_swapping(one: &std::path::Path, other: &std::path::Path, mut act: impl FnMut()) {
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).unwrap();
            }
        });
        act();
        ended.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_grant_that_is_swapped_during_the_start_leads_nowhere() {
    let world = World::new();
    let (project, link) = (world.project(), world.home().join("link"));
    let secrets = world.home().join("secrets");
    fs::create_dir(&secrets).unwrap();
    fs::write(secrets.join("secret.txt"), "do not read").unwrap();
    symlink(&secrets, &link).unwrap();
    let mut profile = world.fenced("cat ~/project/*.txt ~/secrets/*.txt; echo x > ~/project/made");
    profile.run.cwd = None;
    let mut entry = world.entry(&profile);
    while_swapping(&project, &link, || {
        for _ in 0..20 {
            assert_eq!(out(&entry.output().unwrap()), "");
        }
    });
    assert!(!secrets.join("made").exists());
}

#[test]
fn what_is_kept_cannot_be_swapped_away_during_the_start() {
    let world = World::new();
    let project = world.project();
    for folder in ["app/.git", "other"] {
        fs::create_dir_all(project.join(folder)).unwrap();
    }
    symlink("other", project.join("link")).unwrap();
    // Under whichever name it is when the server looks for it.
    let profile = world.fenced("for way in app link; do (echo planted > $way/.git/config) 2>/dev/null; done; echo ran");
    let mut entry = world.entry(&profile);
    while_swapping(&project.join("app"), &project.join("link"), || {
        for _ in 0..20 {
            entry.output().unwrap();
        }
    });
    for way in ["app", "link", "other"] {
        assert!(!project.join(way).join(".git/config").exists(), "{way}");
    }
    assert!(!project.join("other/.git").exists(), "made by the engine");
}
