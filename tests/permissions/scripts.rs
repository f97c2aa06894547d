//! A shell script as the program of an entry.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::world::root;
use super::{Place, Talk};

#[test]
fn a_script_brings_the_project_that_it_lies_in() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().canonicalize().unwrap();
    fs::create_dir_all(home.join("srv/lib")).unwrap();
    fs::create_dir_all(home.join("bin")).unwrap();
    fs::write(home.join("srv/package.json"), "{}").unwrap();
    fs::copy(root().join("tests/permissions/needy.js"), home.join("srv/lib/needy.js")).unwrap();
    let script = |path: &str, text: &str| {
        fs::write(home.join(path), text).unwrap();
        fs::set_permissions(home.join(path), fs::Permissions::from_mode(0o755)).unwrap();
        home.join(path).to_string_lossy().into_owned()
    };
    let own = script("srv/run.sh", "#!/bin/sh\nexec node \"$(dirname \"$0\")/lib/needy.js\"\n");
    // One that lies among others is all that it is.
    let alone = script("bin/alone", "#!/bin/sh\nexec cat\n");
    script("bin/other", "#!/bin/sh\n");
    let entry = |command: &str| json!({ "command": command, "args": [] });
    let mut place = Place::new(&home, &json!({ "own": entry(&own), "alone": entry(&alone) }));
    let tools = Talk::start(&home, &entry(&own)).tools();
    let read = |place: &mut Place, name: &str| place.fence(name).0.permissions.unwrap().after.read;
    assert!(read(&mut place, "own").contains(&"~/srv".to_owned()));
    assert_eq!(place.start("own").tools(), tools);
    let read = read(&mut place, "alone");
    assert!(read.contains(&"~/bin/alone".to_owned()) && !read.contains(&"~/bin".to_owned()), "{read:?}");
}
