//! Another version of an installed package: shown, taken after a yes, undone.

use std::fs;

use serde_json::json;
use warder_audit::api::Health;
use warder_audit::document::Stamp;

use super::{NAME, World, scripted, tiny, world};

fn version(world: &World) -> String {
    world.profile().package.unwrap().version
}

#[test]
fn an_update_is_shown_taken_and_undone() {
    let mut world = world(NAME, "1.0.0", "server.js");
    world.fence().unwrap();
    let before = world.home.read(".cursor/mcp.json");
    let [server] = <[String; 1]>::try_from(world.session.stored()).unwrap();
    let same = world.session.newer(&server).unwrap();
    assert_eq!((same.installed.as_str(), same.served.as_str(), same.seen), ("1.0.0", "1.0.0", None));
    assert_eq!(world.stored().len(), 1);

    world.registry.publish("tiny-part", "2.0.0", json!({}), &[("index.js", "")]);
    let mut manifest = scripted();
    manifest["dependencies"] = json!({ "tiny-part": "2.0.0" });
    tiny(&world.registry, "1.1.0", "server.js", manifest);
    let update = world.session.newer(&server).unwrap();
    assert_eq!((update.installed.as_str(), update.served.as_str(), update.whole), ("1.0.0", "1.1.0", true));
    assert_eq!(
        (&update.added, &update.removed, &update.changed),
        (&vec!["tiny-part 2.0.0".to_owned()], &vec![], &vec![])
    );
    assert!(update.scripts.is_empty(), "the one before had the same script");
    assert!(update.files.1 > update.files.0);
    assert_eq!((version(&world).as_str(), world.stored().len()), ("1.0.0", 2), "nothing in use changed");
    assert!(world.session.update(&server, &Stamp::of(b"other")).is_err());

    let change = world.session.update(&server, &update.seen.unwrap()).unwrap();
    assert!(change.title.contains("1.1.0"), "{}", change.title);
    assert_eq!((version(&world).as_str(), world.stored().len()), ("1.1.0", 2), "the old one stays for the undo");
    let profile = world.profile();
    let (sandbox, package) = (profile.sandbox.unwrap(), profile.package.unwrap());
    let read: Vec<_> =
        sandbox.read.iter().filter(|grant| grant.path.starts_with(world.env.state().packages())).collect();
    assert!(read.len() == 1 && read[0].path == package.dir, "{read:?}");
    assert!(package.content.unwrap().is_in(&package.dir).unwrap());
    assert_eq!(world.home.read(".cursor/mcp.json"), before, "the entry is what it was");

    world.session.undo(&change.id).unwrap();
    assert_eq!((version(&world).as_str(), world.stored().len()), ("1.0.0", 1));
}

#[test]
fn an_update_without_a_yes_is_swept() {
    let mut world = world(NAME, "1.0.0", "server.js");
    let change = world.fence().unwrap();
    let [server] = <[String; 1]>::try_from(world.session.stored()).unwrap();
    tiny(&world.registry, "1.1.0", "server.js", scripted());
    assert!(world.session.newer(&server).unwrap().seen.is_some());
    // Another Warder knows of no yes to come.
    let mut other = warder_audit::session::Session::open(
        world.env.clone(),
        world.env.state(),
        std::sync::Arc::new(warder_launch::vault::MemoryVault::default()),
    );
    assert!(other.undo(&change).is_err(), "it has another keychain");
    assert_eq!(world.stored().len(), 2);
    world.session.undo(&change).unwrap();
    assert_eq!(world.stored().len(), 1, "what was shown waits for its yes");
}

#[test]
fn an_altered_package_is_found_and_installed_again() {
    let mut world = world(&format!("{NAME}@1.0.0"), "1.0.0", "server.js");
    world.fence().unwrap();
    let [server] = <[String; 1]>::try_from(world.session.stored()).unwrap();
    let dir = world.profile().package.unwrap().dir;
    fs::write(dir.join("node_modules").join(NAME).join("server.js"), "other()").unwrap();
    let checked = world.session.doctor();
    let told = checked.iter().find(|check| check.message.contains("was changed since")).unwrap();
    assert_eq!(told.health, Health::Wrong);
    assert!(told.hint.as_deref().unwrap().contains("warder update tiny"), "{told:?}");
    let update = world.session.newer(&server).unwrap();
    assert!(!update.whole && update.installed == update.served);
    world.session.update(&server, &update.seen.unwrap()).unwrap();
    let package = world.profile().package.unwrap();
    assert_ne!(package.dir, dir);
    assert!(package.content.unwrap().is_in(&package.dir).unwrap());
    assert!(world.session.doctor().iter().all(|check| !check.message.contains("was changed since")));
}
