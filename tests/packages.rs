//! Warder's package store with the real npm client and a registry on loopback.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use homes::Home;
use serde_json::{Value, json};
use warder_audit::api::{Choices, Failure};
use warder_audit::env::Env;
use warder_audit::finding::Safety;
use warder_audit::session::Session;
use warder_launch::profile::Profile;
use warder_launch::vault::MemoryVault;

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

/// Serves one package of this version; ends with the process.
fn registry(folder: &Path, version: &str, bin: &str) -> String {
    let package = folder.join(format!("package-{version}"));
    fs::create_dir_all(&package).unwrap();
    let manifest = json!({
        "name": NAME, "version": version, "bin": { NAME: bin }, "license": "MIT", "homepage": "https://example.com",
        "scripts": { "postinstall": "touch installed" },
    });
    fs::write(package.join("package.json"), manifest.to_string()).unwrap();
    fs::write(package.join("server.js"), "#!/usr/bin/env node\nprocess.stdin.resume()").unwrap();
    let packed =
        Command::new("npm").args(["pack", "--json", "--ignore-scripts"]).current_dir(&package).output().unwrap();
    let packed: Value = serde_json::from_slice(&packed.stdout).expect("npm is installed");
    let packed = packed.get(0).or_else(|| packed.as_object()?.values().next()).unwrap().clone();
    let tarball = fs::read(package.join(format!("{NAME}-{version}.tgz"))).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let mut entry = manifest;
    entry["dist"] = json!({ "tarball": format!("{base}/{NAME}.tgz"), "integrity": packed["integrity"] });
    let document =
        json!({ "name": NAME, "dist-tags": { "latest": version }, "versions": { version: entry } }).to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut first = String::new();
            reader.read_line(&mut first).unwrap();
            let mut line = first.clone();
            while line.trim() != "" {
                line.clear();
                reader.read_line(&mut line).unwrap();
            }
            let body = if first.contains(".tgz") { tarball.clone() } else { document.clone().into_bytes() };
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
            let _ = reader.read(&mut [0; 1]);
        }
    });
    base
}

struct World {
    home: Home,
    session: Session,
    env: Env,
}

/// A home with one npx entry, and its user's own registry setting.
fn world(spec: &str, version: &str, bin: &str) -> World {
    let home = Home::empty();
    let base = registry(&home.path("registry"), version, bin);
    let entry = json!({ "mcpServers": { "tiny": { "command": "npx", "args": ["-y", spec] } } });
    home.write(".cursor/mcp.json", &entry.to_string());
    let mut vars = BTreeMap::from([("PATH".to_owned(), std::env::var("PATH").unwrap())]);
    vars.insert("npm_config_registry".to_owned(), base);
    let env = Env { vars, launcher: Some(launcher()), ..home.env() };
    let session = Session::open(env.clone(), env.state(), Arc::new(MemoryVault::default()));
    World { home, session, env }
}

impl World {
    fn fence(&mut self) -> Result<String, Failure> {
        let report = self.session.scan().report();
        let finding = report.findings.iter().find(|finding| finding.rule == "unsandboxed-server").unwrap();
        let fix = finding.fixes.iter().find(|fix| fix.id.ends_with(".sandbox")).unwrap().id.clone();
        let seen = self.session.preview(&fix, &Choices::default())?.seen;
        Ok(self.session.apply(&fix, &Choices::default(), &seen, false)?.id)
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
    let state = world.home.env().state();
    let id = Profile::list(&state).unwrap().remove(0);
    let profile = Profile::read(&state, &id).unwrap();
    assert_eq!(profile.run.program.file_name().unwrap(), "node");
    let package = profile.package.unwrap();
    assert_eq!((package.name.as_str(), package.version.as_str()), (NAME, "1.2.3"));
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
