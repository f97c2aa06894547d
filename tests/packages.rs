//! Warder's package store with the real npm client and a registry on loopback.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use homes::Home;
use registry::Registry;
use serde_json::{Value, json};
use warder_audit::api::{Change, Choices, Failure};
use warder_audit::env::Env;
use warder_audit::finding::Safety;
use warder_audit::session::Session;
use warder_launch::profile::Profile;
use warder_launch::vault::MemoryVault;

#[path = "packages/installing.rs"]
mod installing;
#[path = "packages/launchers.rs"]
mod launchers;
#[path = "packages/registry.rs"]
mod registry;
#[path = "packages/updates.rs"]
mod updates;

const NAME: &str = "tiny-server-for-tests";

/// The launcher, whose fence npm and uv run behind.
fn launcher() -> PathBuf {
    if let Some(path) = std::env::var_os("WARDER_LAUNCHER") {
        return PathBuf::from(path);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // The same selection as `cargo test`, so that nothing is built twice.
    let built = Command::new(env!("CARGO")).args(["build", "-q", "--bins"]).current_dir(root).status();
    assert!(built.unwrap().success(), "the launcher does not build");
    std::env::current_exe().unwrap().parent().unwrap().with_file_name("warder-launch")
}

/// Publishes a version of the package.
fn tiny(registry: &Registry, version: &str, bin: &str, more: Value) {
    let mut manifest = json!({ "bin": { NAME: bin } });
    manifest.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    registry.publish(NAME, version, manifest, &[("server.js", "#!/usr/bin/env node\nprocess.stdin.resume()")]);
}

fn config(words: &[&str]) -> Value {
    json!({ "mcpServers": { "tiny": { "command": words[0], "args": words[1..] } } })
}

struct World {
    home: Home,
    session: Session,
    env: Env,
    registry: Registry,
}

/// A home with one npx entry, and its user's own registry setting.
fn world(spec: &str, version: &str, bin: &str) -> World {
    World::with(&["npx", "-y", spec], |registry| tiny(registry, version, bin, scripted()))
}

fn scripted() -> Value {
    json!({ "scripts": { "postinstall": "touch installed" } })
}

impl World {
    /// A home with one entry, and a registry.
    fn with(words: &[&str], publish: impl FnOnce(&Registry)) -> World {
        let home = Home::empty();
        let registry = Registry::new(&home.path("registry"));
        publish(&registry);
        World::of(words, home, registry)
    }

    fn of(words: &[&str], home: Home, registry: Registry) -> World {
        home.write(".cursor/mcp.json", &config(words).to_string());
        // uv is the one that was set up for the tests, unless the tester has one.
        let uv = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/servers/venv-uv/bin");
        assert!(uv.is_dir(), "uv is not installed for the tests: run `cargo xtask test`");
        let path = format!("{}:{}", std::env::var("PATH").unwrap(), uv.canonicalize().unwrap().display());
        let mut vars = BTreeMap::from([("PATH".to_owned(), path)]);
        vars.insert("npm_config_registry".to_owned(), registry.base.clone());
        vars.insert("UV_DEFAULT_INDEX".to_owned(), format!("{}/simple", registry.base));
        let env = Env { vars, launcher: Some(launcher()), ..home.env() };
        let session = Session::open(env.clone(), env.state(), Arc::new(MemoryVault::default()));
        World { home, session, env, registry }
    }

    /// A session that sees the world as it is described now.
    fn again(&mut self) {
        self.session = Session::open(self.env.clone(), self.env.state(), Arc::new(MemoryVault::default()));
    }

    fn fence(&mut self) -> Result<String, Failure> {
        Ok(self.fenced()?.id)
    }

    /// Puts the first entry that is not yet in a sandbox into one.
    fn fenced(&mut self) -> Result<Change, Failure> {
        let report = self.session.scan().report();
        let finding = report.findings.iter().find(|finding| finding.rule == "unsandboxed-server").unwrap();
        let fix = finding.fixes.iter().find(|fix| fix.id.ends_with(".sandbox")).unwrap().id.clone();
        let seen = self.session.preview(&fix, &Choices::default())?.seen;
        self.session.apply(&fix, &Choices::default(), &seen, false)
    }

    fn profiles(&self) -> Vec<Profile> {
        let state = self.env.state();
        let ids = Profile::list(&state).unwrap().into_iter();
        ids.map(|id| Profile::read(&state, &id).unwrap()).collect()
    }

    fn profile(&self) -> Profile {
        let [profile] = <[Profile; 1]>::try_from(self.profiles()).expect("one profile");
        profile
    }

    /// The real npx fills its cache, and starts a server that ends with its input.
    fn run(&self) {
        let mut npx = Command::new("npx");
        npx.args(["--no-audit", "-y", NAME])
            .env_clear()
            .envs(&self.env.vars)
            .env("HOME", &self.env.home)
            .stdin(Stdio::null());
        let output = npx.current_dir(&self.env.home).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    fn stored(&self) -> Vec<PathBuf> {
        let kinds = fs::read_dir(self.home.path(".warder/packages")).into_iter().flatten().flatten();
        kinds
            .flat_map(|kind| fs::read_dir(kind.path()).into_iter().flatten().flatten())
            .map(|entry| entry.path())
            .collect()
    }
}

#[test]
fn an_npx_entry_runs_from_the_store_at_its_exact_version() {
    let mut world = world(NAME, "1.2.3", "server.js");
    let before = world.home.read(".cursor/mcp.json");
    let change = world.fence().unwrap();
    let stored = world.stored();
    assert_eq!(stored.len(), 1, "{stored:?}");
    assert!(!stored[0].join("node_modules").join(NAME).join("installed").exists(), "an install script ran");
    let profile = world.profile();
    assert_eq!(profile.run.program.file_name().unwrap(), "node");
    let package = profile.package.unwrap();
    assert_eq!((package.name.as_str(), package.version.as_str()), (NAME, "1.2.3"));
    assert!(package.content.unwrap().is_in(&package.dir).unwrap());
    assert_eq!(profile.run.cwd.unwrap(), Path::new("/"));
    let report = world.session.scan().report();
    let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert!(rules.is_empty(), "{rules:?}");
    world.session.undo(&change).unwrap();
    assert_eq!(world.home.read(".cursor/mcp.json"), before);
    assert!(world.stored().is_empty(), "undo leaves nothing in the store");
}

#[test]
fn a_package_whose_program_lies_outside_it_is_refused() {
    let mut world = world(&format!("{NAME}@1.0.0"), "1.0.0", "../../../outside.js");
    let before = world.home.read(".cursor/mcp.json");
    world.home.write("outside.js", "");
    let failure = world.fence().unwrap_err();
    assert!(failure.message.contains("program"), "{failure}");
    assert_eq!(world.home.read(".cursor/mcp.json"), before);
    assert!(world.stored().is_empty());
    assert!(world.home.profiles().is_empty());
}

#[test]
fn a_package_that_is_not_there_is_refused_and_leaves_nothing() {
    let mut world = world(&format!("{NAME}@9.9.9"), "1.0.0", "server.js");
    let failure = world.fence().unwrap_err();
    assert!(failure.message.contains("could not install"), "{failure}");
    assert!(world.stored().is_empty());
}

#[test]
fn an_npx_entry_is_pinned_to_the_version_that_ran_last() {
    let mut world = world(NAME, "1.2.3", "server.js");
    world.run();

    let before = world.home.read(".cursor/mcp.json");
    let report = world.session.scan().report();
    let rules: Vec<&str> = report.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert!(rules.contains(&"install-script"), "{rules:?}");
    let finding = report.findings.iter().find(|finding| finding.rule == "unpinned-package").unwrap();
    let fix = finding.fixes.iter().find(|fix| fix.id.ends_with(".pin")).unwrap();
    assert_eq!(fix.safety, Safety::Safe);
    let preview = world.session.preview(&fix.id, &Choices::default()).unwrap();
    let change = world.session.apply(&fix.id, &Choices::default(), &preview.seen, false).unwrap();
    assert_eq!(world.home.read(".cursor/mcp.json"), before.replace(NAME, &format!("{NAME}@1.2.3")));
    let again = world.session.scan().report();
    assert!(again.findings.iter().all(|finding| finding.rule != "unpinned-package"));
    world.session.undo(&change.id).unwrap();
    assert_eq!(world.home.read(".cursor/mcp.json"), before);
}

#[test]
fn an_entry_with_variables_can_be_told_to_run_no_scripts() {
    let mut world = world(NAME, "1.2.3", "server.js");
    world.run();
    let text = format!(
        "{{\n  \"mcpServers\": {{\n    \"tiny\": {{\n      \"command\": \"npx\",\n      \"args\": [\"-y\", \"{NAME}\"],\n      \
         \"env\": {{\n        \"LEVEL\": \"2\"\n      }}\n    }}\n  }}\n}}\n"
    );
    world.home.write(".cursor/mcp.json", &text);
    let report = world.session.scan().report();
    let finding = report.findings.iter().find(|finding| finding.rule == "install-script").unwrap();
    let fix = finding.fixes.iter().find(|fix| fix.id.ends_with(".no-scripts")).unwrap().id.clone();
    let seen = world.session.preview(&fix, &Choices::default()).unwrap().seen;
    let change = world.session.apply(&fix, &Choices::default(), &seen, false).unwrap();
    let told = "\"LEVEL\": \"2\",\n        \"npm_config_ignore_scripts\": \"true\"";
    assert_eq!(world.home.read(".cursor/mcp.json"), text.replace("\"LEVEL\": \"2\"", told));
    world.session.undo(&change.id).unwrap();
    assert_eq!(world.home.read(".cursor/mcp.json"), text);
}
