//! Every launcher whose packages Warder installs, and those it cannot.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;
use warder_launch::command::Token;

use super::homes::Home;
use super::registry::Registry;
use super::{NAME, World, scripted, tiny};

/// A world where these launchers are installed: only their names count.
fn world(words: &[&str], registry: &Registry) -> World {
    let mut world = World::of(words, Home::empty(), registry.clone());
    for name in ["bunx", "pnpm", "yarn", "pipx", "deno"] {
        world.home.write(&format!("tools/{name}"), "#!/bin/sh\n");
        fs::set_permissions(world.home.path(&format!("tools/{name}")), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", world.env.vars["PATH"], world.home.path("tools").display());
    world.env.vars.insert("PATH".to_owned(), path);
    world.again();
    world
}

/// The script that is run and the server's own words.
fn run(world: &World) -> (String, Vec<String>) {
    let profile = world.profile();
    let words = profile.run.args.iter().map(|token| match token {
        Token::Text(text) => text.clone(),
        Token::Sealed { .. } => "…".to_owned(),
    });
    let mut words: Vec<String> = words.collect();
    let script = words.remove(0);
    (script.rsplit('/').next().unwrap().to_owned(), words)
}

#[test]
fn npm_packages_of_every_launcher_run_from_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::new(folder.path());
    tiny(&registry, "1.0.0", "server.js", scripted());
    let program = json!({ "bin": { "tiny-tool": "tool.js" } });
    registry.publish("@tiny/further", "3.0.0", program, &[("tool.js", "#!/usr/bin/env node\n")]);
    let further = "@tiny/further@3.0.0";
    let exact = &format!("{NAME}@1.0.0");
    for (words, script, own) in [
        (&["bunx", exact, "--level", "2"][..], "server.js", &["--level", "2"][..]),
        (&["pnpm", "--silent", "dlx", exact, "x"], "server.js", &["x"]),
        (&["yarn", "dlx", "-p", exact, NAME, "-y"], "server.js", &["-y"]),
        (&["npm", "exec", "-y", "--", exact, "--", "x"], "server.js", &["--", "x"]),
        (&["npm", "exec", "-y", exact, "--", "--level"], "server.js", &["--level"]),
        (&["npx", "-p", exact, "-p", further, "tiny-tool", "x"], "tool.js", &["x"]),
        (&["npx", "--package", further, "--package", exact, NAME], "server.js", &[]),
        (&["npx", "-y", further], "tool.js", &[]),
    ] {
        let mut world = world(words, &registry);
        world.fence().unwrap_or_else(|why| panic!("{words:?}: {why} {:?}", why.hint));
        assert_eq!(run(&world), (script.to_owned(), own.iter().map(|word| (*word).to_owned()).collect()), "{words:?}");
    }
}

#[test]
fn python_packages_of_every_launcher_run_from_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::new(folder.path());
    registry.wheel("tiny-py", "1.0.0");
    registry.wheel("tiny-more", "2.0.0");
    for (words, script, own) in [
        (&["uvx", "tiny-py==1.0.0", "x"][..], "tiny-py", &["x"][..]),
        (&["uv", "tool", "run", "--from", "tiny-py", "tiny-py", "--level"], "tiny-py", &["--level"]),
        (&["uvx", "--with", "tiny-more", "tiny-py"], "tiny-py", &[]),
        (&["pipx", "run", "--spec", "tiny-py==1.0.0", "tiny-py", "x"], "tiny-py", &["x"]),
    ] {
        let mut world = world(words, &registry);
        world.fence().unwrap_or_else(|why| panic!("{words:?}: {why} {:?}", why.hint));
        assert_eq!(run(&world), (script.to_owned(), own.iter().map(|word| (*word).to_owned()).collect()), "{words:?}");
        let package = world.profile().package.unwrap();
        assert_eq!((package.ecosystem.as_str(), package.version.as_str()), ("pypi", "1.0.0"));
        assert!(package.content.unwrap().is_in(&package.dir).unwrap());
        let more = fs::read_dir(package.dir.join("tools/tiny-py/lib")).unwrap().next().unwrap().unwrap().path();
        assert_eq!(more.join("site-packages/tiny_more").is_dir(), words.contains(&"--with"), "{words:?}");
    }
}

#[test]
fn what_cannot_be_installed_as_it_is_asked_for_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::new(folder.path());
    for (words, why) in [
        (&["uv", "run", "--with", "tiny-py", "tiny-py"][..], "depends on"),
        (&["npx", "-y", "github:owner/repo"], "repository"),
        (&["uvx", "--from", "git+https://example.com/x", "x"], "repository"),
        (&["uvx", "--with", "tiny-more,other", "tiny-py"], "not named plainly"),
        (&["uvx", "--with-requirements", "x.txt", "tiny-py"], "--with-requirements"),
        (&["npx", "--cache", "/srv/x", NAME], "--cache"),
        (&["npm", "exec", NAME, "--level"], "put --"),
        (&["npm", "exec", "-p", NAME, "--", "x"], "what -p means"),
        (&["env", "A=1", "npx", "-y", NAME], "write the package's own launcher"),
        (&["deno", "run", "-A", "npm:tiny-server-for-tests"], "cannot install for"),
    ] {
        let mut world = world(words, &registry);
        let failure = world.fence().unwrap_err();
        assert!(failure.message.contains(why), "{words:?}: {failure}");
        assert!(world.stored().is_empty());
    }
}
