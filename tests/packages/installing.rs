//! What an installation may do, and what it takes from the user's settings.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::json;

use warder_audit::api::Choices;

use super::{NAME, World, config, scripted, tiny, world};

#[test]
fn the_installer_sees_an_empty_home_and_writes_in_the_store_alone() {
    let mut world = world(NAME, "1.0.0", "server.js");
    world.home.write("secret.txt", "do not read");
    world.home.write("app/.npmrc", "registry=http://127.0.0.1:1");
    // In the place of npm: it says what it sees, and fails.
    let script = format!(
        "#!/bin/sh\ncd /; echo sees $(ls -A \"$HOME\") $(cat \"$HOME/secret.txt\") >&2\n\
         echo in >{0}/in-home 2>/dev/null; echo variables $(env | cut -d= -f1 | sort) >&2; exit 7\n",
        world.home.path("").display()
    );
    for name in ["npx", "npm"] {
        world.home.write(&format!("tools/{name}"), &script);
        fs::set_permissions(world.home.path(&format!("tools/{name}")), fs::Permissions::from_mode(0o755)).unwrap();
    }
    world.env.vars.insert("PATH".to_owned(), format!("{}:/usr/bin:/bin", world.home.path("tools").display()));
    world.env.vars.insert("NODE_OPTIONS".to_owned(), "--require=/tmp/other.js".to_owned());
    world.env.vars.insert("GITHUB_TOKEN".to_owned(), "made-up".to_owned());
    // Without a fence it reads the file and writes beside it.
    let open = Command::new(world.home.path("tools/npm")).env("HOME", world.home.path("")).output().unwrap();
    assert!(String::from_utf8_lossy(&open.stderr).contains("do not read"));
    fs::remove_file(world.home.path("in-home")).unwrap();

    world.again();
    let failure = world.fence().unwrap_err();
    let said = failure.hint.unwrap();
    assert!(failure.message.contains("could not install"), "{} {said}", failure.message);
    assert!(said.contains("sees") && !said.contains("do not read") && !said.contains(".cursor"), "{said}");
    assert!(!world.home.path("in-home").exists(), "{said}");
    let variables = said.split("variables ").nth(1).unwrap();
    assert!(variables.contains("npm_config_registry"), "{said}");
    assert!(!variables.contains("NODE_OPTIONS") && !variables.contains("GITHUB_TOKEN"), "{said}");
    assert!(world.stored().is_empty());
    assert!(world.home.profiles().is_empty(), "the installer's own profile is left");
}

#[test]
fn of_the_users_settings_only_registries_count() {
    let mut world = world(NAME, "1.0.0", "server.js");
    let host = world.registry.base.strip_prefix("http:").unwrap().to_owned();
    world.home.write(
        ".npmrc",
        &format!(
            "; mine\nregistry = {}\n{host}/:_authToken=made-up-token\nscript-shell=/tmp/other\n\
             node-options=--require=/tmp/other.js\nignore-scripts=false\nglobal=true\ndry-run=true\n\
             package-lock=false\ncache=/nowhere\nprefix=/nowhere\n",
            world.registry.base
        ),
    );
    // A registry that a variable names would win.
    world.env.vars.remove("npm_config_registry");
    world.env.vars.insert("npm_config_script_shell".to_owned(), "/tmp/other".to_owned());
    world.again();
    world.registry.asked();
    let change = world.fenced().unwrap();
    let asked = world.registry.asked();
    assert!(!asked.is_empty());
    assert!(asked.iter().all(|(_, who)| who == "Bearer made-up-token"), "{asked:?}");
    let note = change.note.unwrap();
    assert!(note.contains("scripts were not run") && note.contains(NAME), "{note}");
    let [dir] = <[_; 1]>::try_from(world.stored()).unwrap();
    assert!(!dir.join("node_modules").join(NAME).join("installed").exists(), "an install script ran");
    assert!(!world.home.holds(".warder", "made-up-token"), "the token is in a file of ours");
}

#[test]
fn a_packages_own_settings_and_scripts_change_nothing() {
    let elsewhere = "registry=http://127.0.0.1:1\nscript-shell=/tmp/other\nignore-scripts=false\n";
    let mut world = World::with(&["npx", "-y", NAME], |registry| {
        let parts = json!({ "gypfile": true, "scripts": { "install": "node-gyp rebuild" } });
        registry.publish("tiny-part", "2.0.0", parts, &[(".npmrc", elsewhere), ("binding.gyp", "{}")]);
        let manifest = json!({ "bin": { NAME: "server.js" }, "dependencies": { "tiny-part": "^2.0.0" } });
        registry.publish(NAME, "1.0.0", manifest, &[(".npmrc", elsewhere), ("server.js", "")]);
    });
    let note = world.fenced().unwrap().note.unwrap();
    assert!(note.contains("build step") && note.contains("tiny-part"), "{note}");
}

#[test]
fn a_project_chooses_no_registry() {
    for entry in [
        json!({ "command": "npx", "args": ["-y", "--registry=http://127.0.0.1:1", NAME] }),
        json!({ "command": "npx", "args": ["-y", NAME], "env": { "npm_config_registry": "http://127.0.0.1:1" } }),
    ] {
        let mut world = world(NAME, "1.0.0", "server.js");
        world.home.write("app/.cursor/mcp.json", &json!({ "mcpServers": { "tiny": entry } }).to_string());
        world.home.write(".cursor/mcp.json", "{}");
        world.env.projects.push(world.home.path("app"));
        world.again();
        let failure = world.fence().unwrap_err();
        let said = format!("{failure} {:?}", failure.hint);
        // A project's file that is not ignored by git is not wrapped at all.
        assert!(said.contains("your own settings") || said.contains("shared"), "{said}");
    }
}

#[test]
fn equal_packages_share_a_folder_until_nothing_needs_it() {
    let mut world = world(&format!("{NAME}@1.0.0"), "1.0.0", "server.js");
    world
        .home
        .write(".codeium/windsurf/mcp_config.json", &config(&["npx", "-y", &format!("{NAME}@1.0.0")]).to_string());
    let first = world.fence().unwrap();
    let exact = format!("{NAME}@1.0.0");
    world.home.write(".codeium/windsurf/mcp_config.json", &config(&["npx", "-y", &exact]).to_string());
    world.registry.asked();
    let second = world.fence().unwrap();
    assert!(world.registry.asked().is_empty(), "what is there is not fetched again");
    world.home.write(".gemini/settings.json", &config(&["npx", "-y", NAME]).to_string());
    let third = world.fence().unwrap();
    assert!(!world.registry.asked().is_empty(), "the newest has to be asked for");
    assert_eq!((world.stored().len(), world.profiles().len()), (1, 3), "{:?}", world.stored());
    world.session.undo(&first).unwrap();
    world.session.undo(&second).unwrap();
    assert_eq!(world.stored().len(), 1);
    let profile = world.profile();
    assert!(profile.package.unwrap().content.unwrap().is_in(&world.stored()[0]).unwrap());
    world.session.undo(&third).unwrap();
    assert!(world.stored().is_empty());
}

#[test]
fn what_a_crash_left_in_the_store_is_swept() {
    let mut world = world(NAME, "1.0.0", "server.js");
    world.home.write(".warder/packages/npm/half-0011223344556677/package.json", "{");
    world.home.write(".codeium/windsurf/mcp_config.json", &config(&["npx", "-y", NAME]).to_string());
    tiny(&world.registry, "1.1.0", "server.js", scripted());
    world.fence().unwrap();
    let stored = world.stored();
    assert!(stored.len() == 1 && !stored[0].ends_with("half-0011223344556677"), "{stored:?}");
    // A profile that cannot be read may name any of them.
    world.home.write(".warder/packages/npm/other-0011223344556677/package.json", "{");
    let damaged = format!(".warder/profiles/damaged-{}.json", "a".repeat(26));
    world.home.write(&damaged, "{");
    fs::set_permissions(world.home.path(&damaged), fs::Permissions::from_mode(0o600)).unwrap();
    let change = world.fence().unwrap();
    world.session.undo(&change).unwrap();
    assert!(world.stored().iter().any(|dir| dir.ends_with("other-0011223344556677")));
}

#[test]
fn the_score_that_is_promised_is_the_one_that_comes() {
    for cached in [false, true] {
        let mut world = world(NAME, "1.2.3", "server.js");
        if cached {
            world.run();
        }
        world.again();
        let report = world.session.scan().report();
        let finding = report.findings.iter().find(|finding| finding.rule == "unsandboxed-server");
        let fix = finding.unwrap().fixes.iter().find(|fix| fix.id.ends_with(".sandbox")).unwrap();
        let preview = world.session.preview(&fix.id, &Choices::default()).unwrap();
        world.session.apply(&fix.id, &Choices::default(), &preview.seen, false).unwrap();
        let then = world.session.scan().report();
        assert!(!then.findings.iter().any(|finding| finding.rule == "unpinned-package"));
        let [before, after] = [&report, &then].map(|report| report.servers[0].score.total.score.unwrap());
        assert_eq!(preview.score, Some((before, after)), "ran before: {cached}");
        // The list says the same, in its own precision.
        let gain = fix.gain.unwrap();
        assert!((f64::from(before) + gain - f64::from(after)).abs() <= 1.0, "{before} + {gain}, {after}");
        assert_eq!(report.best.score, then.machine.score, "ran before: {cached}");
    }
}
