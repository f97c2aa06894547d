//! A package of the store starts as it was installed, or not at all.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use warder_launch::profile::{Content, Package, Profile};
use warder_launch::sandbox::Grant;
use warder_launch::vault::Handle;

use super::{World, assert_refused, out, rand};

/// A package of two files and a link, in the store.
fn installed(world: &World) -> PathBuf {
    let dir = world.state.packages().join("npm/demo-1");
    fs::create_dir_all(dir.join("lib")).unwrap();
    fs::write(dir.join("server.sh"), "echo ran\n").unwrap();
    fs::write(dir.join("lib/part.sh"), "true\n").unwrap();
    symlink("/bin/sh", dir.join("sh")).unwrap();
    dir
}

/// A fenced entry that runs from it.
fn profile(world: &World, dir: &Path) -> Profile {
    let mut profile = world.fenced(". \"$0/server.sh\"");
    profile.run.args.push(warder_launch::command::Token::Text(dir.to_str().unwrap().to_owned()));
    profile.sandbox.as_mut().unwrap().read.push(Grant::of(dir).unwrap());
    profile.package = Some(Package {
        ecosystem: "npm".into(),
        name: "demo".into(),
        version: "1.0.0".into(),
        dir: dir.to_owned(),
        content: Some(Content::of(dir).unwrap()),
    });
    profile
}

#[test]
fn a_package_starts_as_it_was_installed() {
    let world = World::new();
    let dir = installed(&world);
    let profile = profile(&world, &dir);
    assert_eq!(out(&world.entry(&profile).output().unwrap()), "ran\n");
    // Touched, and with other rights: its bytes say that it is the same.
    let file = File::options().write(true).open(dir.join("server.sh")).unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    fs::set_permissions(dir.join("lib/part.sh"), Permissions::from_mode(0o600)).unwrap();
    assert_eq!(out(&world.entry(&profile).output().unwrap()), "ran\n");
}

#[test]
fn a_changed_package_does_not_start_and_gets_no_key() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 6] = [
        ("a byte", |dir| fs::write(dir.join("server.sh"), "echo Ran\n").unwrap()),
        ("a file", |dir| fs::write(dir.join("lib/more.sh"), "").unwrap()),
        ("a link", |dir| {
            fs::remove_file(dir.join("sh")).unwrap();
            symlink("/bin/true", dir.join("sh")).unwrap();
        }),
        ("a mode", |dir| fs::set_permissions(dir.join("lib/part.sh"), Permissions::from_mode(0o755)).unwrap()),
        ("all of it", |dir| fs::remove_dir_all(dir).unwrap()),
        ("a link to a copy", |dir| {
            let moved = dir.with_file_name("moved");
            fs::rename(dir, &moved).unwrap();
            symlink(&moved, dir).unwrap();
        }),
    ];
    for (what, change) in changes {
        for fenced in [true, false] {
            let world = World::new();
            let dir = installed(&world);
            let mut profile = profile(&world, &dir);
            if !fenced {
                profile.sandbox = None;
            }
            // There is no keychain here: had it been asked, the refusal would be about that.
            let handle = Handle::new("TOKEN", rand());
            profile.secrets.insert("TOKEN".into(), handle.clone());
            change(&dir);
            let output = world.entry(&profile).env("TOKEN", handle.reference()).output().unwrap();
            println!("{what}, fenced: {fenced}");
            assert_refused(&output, "install it again: warder update demo");
        }
    }
}
