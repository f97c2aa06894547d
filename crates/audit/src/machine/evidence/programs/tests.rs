#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::clients::client;
use crate::env::Env;
use crate::facts::Loose;

/// A home with folders of its own for programs.
struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let world = World { folder: tempfile::tempdir().unwrap() };
        world.write(
            "etc/passwd",
            "root:x:0:0::/root:\nana:x:1000:1000::/home/ana:\nbob:x:1001:100::/home/bob:\n",
            0o644,
        );
        world.write("etc/group", "root:x:0:\nana:x:1000:\nusers:x:100:ana,bob\n", 0o644);
        fs::create_dir_all(world.path("bin")).unwrap();
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    fn write(&self, path: &str, text: &str, mode: u32) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        self.mode(&path, mode);
        path
    }

    fn mode(&self, path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    fn env(&self) -> Env {
        Env {
            os: HERE,
            home: self.path(""),
            vars: BTreeMap::from([("PATH".to_owned(), self.path("bin").to_string_lossy().into_owned())]),
            projects: Vec::new(),
            files: Vec::new(),
            only: None,
            root: self.path(""),
            today: None,
            launcher: None,
            instead: Vec::new(),
        }
    }

    /// What is seen of one entry; `[HERE]` is the folder.
    fn facts(&self, entry: &str) -> (ServerFacts, Vec<Source>) {
        self.facts_of(self.env(), entry)
    }

    fn facts_of(&self, env: Env, entry: &str) -> (ServerFacts, Vec<Source>) {
        let entry = entry.replace("[HERE]", &self.path("").to_string_lossy());
        let text = format!(r#"{{ "mcpServers": {{ "it": {entry} }} }}"#);
        let path = env.home.join(".cursor/mcp.json");
        let machine = Machine::of_text(env, client("cursor").unwrap(), &path, &text);
        let mut facts = Facts::default();
        gather(&machine, &mut facts);
        (facts.servers.remove(0), facts.sources)
    }
}

#[test]
fn a_script_is_found_read_and_missed() {
    let world = World::new();
    world.write("bin/node", "", 0o755);
    world.write("app/x.js", "import x from \"./y.js\"\n", 0o644);
    world.write("app/alone.js", "import x from \"fs\"\n", 0o644);
    let (facts, sources) = world.facts(r#"{ "command": "node", "args": ["[HERE]/app/x.js"] }"#);
    assert_eq!(facts.program, Some(Program::Found { path: world.path("bin/node") }));
    assert_eq!(facts.writable, Some(Vec::new()));
    assert!(!sources[facts.source.unwrap()].whole);
    let (facts, sources) = world.facts(r#"{ "command": "node", "args": ["alone.js"], "cwd": "[HERE]/app" }"#);
    assert!(sources[facts.source.unwrap()].whole);
    let gone = r#"{ "command": "node", "args": ["[HERE]/app/gone.js"] }"#;
    assert_eq!(world.facts(gone).0.program, Some(Program::Missing { path: world.path("app/gone.js") }));
    // One file that was asked for may be another computer's.
    let row = &client("cursor").unwrap().files[0];
    let only = Some((world.path("x.json"), client("cursor").unwrap(), row));
    let (facts, _) = world.facts_of(Env { only, ..world.env() }, gone);
    assert!(matches!(facts.program, Some(Program::Found { .. })), "node is there");
}

#[test]
fn what_cannot_be_known_is_not_said() {
    let world = World::new();
    world.write("bin/node", "", 0o755);
    for entry in [
        r#"{ "command": "node", "args": ["/mnt/disk/x.js"] }"#,
        r#"{ "command": "node", "args": ["/Volumes/disk/x.js"] }"#,
        r#"{ "command": "node", "args": ["${workspaceFolder}/x.js"] }"#,
        r#"{ "command": "node", "args": ["x.js"] }"#,
    ] {
        let (facts, _) = world.facts(entry);
        assert!(matches!(facts.program, Some(Program::Found { .. })), "{entry}");
        assert_eq!(facts.writable, None, "{entry}");
    }
    for entry in [
        r#"{ "command": "${env:NODE}" }"#,
        r#"{ "command": "./server" }"#,
        r#"{ "command": "no-such-program", "env": { "PATH": "/opt/x" } }"#,
        r#"{ "command": "node server.js" }"#,
        r#"{ "url": "https://example.com" }"#,
    ] {
        assert_eq!(world.facts(entry).0.program, None, "{entry}");
    }
    let other = if HERE == Os::Linux { Os::Macos } else { Os::Linux };
    let (facts, _) = world.facts_of(Env { os: other, ..world.env() }, r#"{ "command": "no-such-program" }"#);
    assert_eq!(facts.program, None);
}

#[test]
fn a_name_is_searched_for() {
    let world = World::new();
    let entry = r#"{ "command": "some-mcp-of-a-test" }"#;
    assert_eq!(world.facts(entry).0.program, Some(Program::Nowhere));
    let there = world.write(".local/bin/some-mcp-of-a-test", "#!/usr/bin/env node\n", 0o755);
    let elsewhere = |by_env| Some(Program::Elsewhere { paths: vec![there.clone()], by_env });
    assert_eq!(world.facts(entry).0.program, elsewhere(true));
    world.write(".local/bin/some-mcp-of-a-test", "\u{7f}ELF", 0o755);
    assert_eq!(world.facts(entry).0.program, elsewhere(false));
    let found = world.write("bin/some-mcp-of-a-test", "", 0o755);
    assert_eq!(world.facts(entry).0.program, Some(Program::Found { path: found }));
}

#[test]
fn a_folder_in_front_that_others_may_write_is_named() {
    let world = World::new();
    world.write("bin/some-mcp", "", 0o755);
    world.write("open/x", "", 0o644);
    world.mode(&world.path("open"), 0o777);
    let mut env = world.env();
    let path = format!("{}:{}", world.path("open").display(), world.path("bin").display());
    env.vars.insert("PATH".to_owned(), path);
    let (facts, _) = world.facts_of(env, r#"{ "command": "some-mcp" }"#);
    assert_eq!(facts.search.unwrap().open, Some(world.path("open")));
    let (facts, _) = world.facts(r#"{ "command": "some-mcp" }"#);
    assert_eq!(facts.search.unwrap().open, None);
}

#[test]
fn the_first_place_that_others_may_change_is_named() {
    let world = World::new();
    world.write("bin/node", "", 0o755);
    world.write("app/deep/x.js", "", 0o644);
    let writable = |path: &str| {
        let (facts, _) = world.facts(&format!(r#"{{ "command": "node", "args": ["[HERE]/{path}"] }}"#));
        facts.writable.unwrap()
    };
    assert_eq!(writable("app/deep/x.js"), []);
    world.mode(&world.path("app/deep/x.js"), 0o666);
    let file = Writable { path: world.path("app/deep/x.js"), why: Loose::World };
    assert_eq!(writable("app/deep/x.js"), [file]);
    world.mode(&world.path("app"), 0o777);
    let folder = Writable { path: world.path("app"), why: Loose::World };
    assert_eq!(writable("app/deep/x.js"), std::slice::from_ref(&folder));
    // A link is followed, whatever it is called.
    fs::create_dir_all(world.path("own")).unwrap();
    symlink(world.path("app/deep"), world.path("own/link")).unwrap();
    assert_eq!(writable("own/link/x.js"), [folder]);
    // In a sticky folder nobody replaces what is another's.
    world.mode(&world.path("app"), 0o1777);
    world.mode(&world.path("app/deep/x.js"), 0o644);
    assert_eq!(writable("app/deep/x.js"), []);
    symlink(world.path("own/round"), world.path("own/round")).unwrap();
    let (facts, _) = world.facts(r#"{ "command": "node", "args": ["[HERE]/own/round"] }"#);
    assert_eq!(facts.writable, None);
}

#[test]
fn a_group_counts_only_with_several_users() {
    let world = World::new();
    world.write("bin/node", "", 0o755);
    let script = world.write("app/x.js", "", 0o664);
    let writable = |gid: u32| {
        // Only root may give a file to any group.
        if std::os::unix::fs::chown(&script, None, Some(gid)).is_err() {
            return None;
        }
        world.mode(&script, 0o664);
        let (facts, _) = world.facts(r#"{ "command": "node", "args": ["[HERE]/app/x.js"] }"#);
        facts.writable.map(|writable| writable.iter().map(|one| one.why).collect::<Vec<_>>())
    };
    for (gid, expected) in [(0, vec![]), (1000, vec![]), (4242, vec![]), (100, vec![Loose::Group])] {
        if let Some(seen) = writable(gid) {
            assert_eq!(seen, expected, "{gid}");
        }
    }
}

#[test]
fn a_place_for_passing_things_is_named() {
    let world = World::new();
    world.write("bin/node", "", 0o755);
    world.write("Downloads/x.js", "", 0o644);
    let (facts, _) = world.facts(r#"{ "command": "node", "args": ["[HERE]/Downloads/x.js"] }"#);
    assert_eq!(facts.writable.unwrap(), [Writable { path: world.path("Downloads"), why: Loose::Place }]);
}

#[test]
fn only_regular_files_of_a_bounded_size_are_read() {
    let world = World::new();
    world.write("bin/node", "", 0o755);
    world.write("big.js", &"x".repeat(2 * 1024 * 1024 + 1), 0o644);
    let made = std::process::Command::new("mkfifo").arg(world.path("pipe.js")).status().unwrap();
    assert!(made.success());
    for name in ["big.js", "pipe.js"] {
        let (facts, sources) = world.facts(&format!(r#"{{ "command": "node", "args": ["[HERE]/{name}"] }}"#));
        assert!(facts.source.is_none() && sources.is_empty(), "{name}");
    }
}
