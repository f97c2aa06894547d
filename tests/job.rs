//! The main job, end to end, as a new user would do it: real files of three
//! clients, a real keyring, a real MCP server from npm, the real launcher.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod beside;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use beside::{beside_keyring, root};
use serde_json::{Value, json};

const TOKEN: &str = "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN";

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The launcher to install: the one that is shipped, where the test run built
/// it, else a debug build.
fn launcher() -> PathBuf {
    if let Some(path) = std::env::var_os("WARDER_LAUNCHER") {
        return PathBuf::from(path);
    }
    // The same selection as `cargo test`, so that nothing is built twice.
    let built = Command::new(env!("CARGO")).args(["build", "-q", "--bins"]).current_dir(root()).status();
    assert!(built.unwrap().success(), "the launcher does not build");
    Path::new(env!("CARGO_BIN_EXE_warder")).with_file_name("warder-launch")
}

/// A real server of `tests/servers`.
fn server(package: &str) -> String {
    let path = root().join("tests/servers/node_modules/@modelcontextprotocol").join(package).join("dist/index.js");
    assert!(path.is_file(), "the test servers are not installed: run `npm ci` in tests/servers");
    path.to_string_lossy().into_owned()
}

struct World {
    folder: tempfile::TempDir,
    launcher: PathBuf,
}

impl World {
    fn new() -> World {
        let world = World { folder: tempfile::tempdir().unwrap(), launcher: launcher() };
        let home = world.home();
        world.write(
            ".cursor/mcp.json",
            &format!(
                "{{\n  // by hand\n  \"mcpServers\": {{\n    \"everything\": {{\n      \"command\": \"node\",\n      \"args\": [{}],\n      \"env\": {{ \"GITHUB_TOKEN\": \"{TOKEN}\", \"MODE\": \"plain\" }},\n    }},\n  }},\n}}\n",
                json!(server("server-everything"))
            ),
        );
        let files = json!({ "mcpServers": { "files": { "command": "node", "args": [server("server-filesystem"), home.join("project")] } } });
        world.write(".config/Claude/claude_desktop_config.json", &serde_json::to_string_pretty(&files).unwrap());
        world.write(
            ".config/Code/User/mcp.json",
            r#"{ "servers": { "docs": { "type": "http", "url": "https://example.com/mcp" } } }"#,
        );
        world.write("project/readme.txt", "hello");
        world.write("secret.txt", "do not read");
        world
    }

    fn home(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.home().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.home().join(path)).unwrap()
    }

    fn warder(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warder"));
        command.args(arguments).arg("--home").arg(self.home()).env("WARDER_LAUNCHER", &self.launcher);
        command.output().unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.warder(arguments);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{arguments:?}: {}{}",
            out(&output),
            String::from_utf8_lossy(&output.stderr)
        );
        out(&output) + &String::from_utf8_lossy(&output.stderr)
    }

    /// Starts an entry as its client would: the words of the file, a short
    /// environment without a bus, its variables.
    fn start(&self, path: &str, name: &str) -> Talk {
        let text = self
            .read(path)
            .replace("// by hand", "")
            .replace(",\n    }", "\n    }")
            .replace(",\n  }", "\n  }")
            .replace(",\n}", "\n}");
        let config: Value = serde_json::from_str(&text).unwrap();
        let entry = &config["mcpServers"][name];
        let words: Vec<&str> = entry["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        let env: BTreeMap<&str, &str> = entry["env"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let mut command = Command::new(entry["command"].as_str().unwrap());
        command.args(words).env_clear().env("HOME", self.home()).env("PATH", "/usr/local/bin:/usr/bin:/bin").envs(env);
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        Talk { child, lines, id: 0 }
    }

    /// Whether anything below `folder` holds the key.
    fn holds(&self, folder: &str) -> bool {
        let found = Command::new("grep").args(["-raqF", &TOKEN[4..24]]).arg(self.home().join(folder)).status().unwrap();
        found.success()
    }
}

/// A running server; ended when dropped.
struct Talk {
    child: Child,
    lines: BufReader<std::process::ChildStdout>,
    id: u64,
}

impl Talk {
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        let message = json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params });
        writeln!(self.child.stdin.as_mut().unwrap(), "{message}").unwrap();
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "the server ended: {}", self.talk());
            let answer: Value = serde_json::from_str(&line).unwrap();
            if answer["id"] == json!(self.id) {
                return answer["result"].clone();
            }
        }
    }

    fn hello(&mut self) -> Value {
        let client = json!({ "name": "test", "version": "1" });
        let hello = self
            .ask("initialize", json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client }));
        writeln!(
            self.child.stdin.as_mut().unwrap(),
            "{}",
            json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
        )
        .unwrap();
        hello
    }

    fn tools(&mut self) -> Vec<String> {
        let list = self.ask("tools/list", json!({}));
        list["tools"].as_array().unwrap().iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    }

    fn talk(&mut self) -> String {
        let mut text = String::new();
        let _ = std::io::Read::read_to_string(self.child.stderr.as_mut().unwrap(), &mut text);
        text
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether any process shows the key in its command line.
fn shown_in_a_command_line() -> bool {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| fs::read(process.path().join("cmdline")).ok())
        .any(|line| line.windows(20).any(|window| window == &TOKEN.as_bytes()[4..24]))
}

#[test]
fn a_key_moves_to_the_keychain_and_the_server_still_gets_it() {
    if !beside_keyring("a_key_moves_to_the_keychain_and_the_server_still_gets_it") {
        return;
    }
    let world = World::new();
    let before = world.read(".cursor/mcp.json");
    let report: Value = serde_json::from_slice(&world.warder(&["scan", "--json"]).stdout).unwrap();
    let names: Vec<&str> =
        report["servers"].as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["files", "everything", "docs"]);

    let said = world.done(&["fix", "--rule", "secret-in-env", "--server", "everything", "--yes", "--verify"]);
    assert!(said.contains("Started before and after"), "{said}");
    assert!(!said.contains(&TOKEN[4..24]), "the key was printed");
    assert!(!world.holds(".cursor") && !world.holds(".warder"), "the key is still in a file");

    let mut talk = world.start(".cursor/mcp.json", "everything");
    assert!(talk.hello()["serverInfo"]["name"].as_str().is_some());
    assert!(talk.tools().contains(&"echo".to_owned()));
    let env = talk.ask("tools/call", json!({ "name": "get-env", "arguments": {} })).to_string();
    assert!(env.contains(TOKEN), "the server did not get the key");
    assert!(!shown_in_a_command_line());
    drop(talk);

    // Another command, another variable: no start.
    let fixed = world.read(".cursor/mcp.json");
    for (old, new) in [("index.js", "other.js"), ("\"plain\"", "\"changed\"")] {
        world.write(".cursor/mcp.json", &fixed.replace(old, new));
        let mut talk = world.start(".cursor/mcp.json", "everything");
        let said = talk.talk();
        assert_eq!(talk.child.wait().unwrap().code(), Some(125), "{new}: {said}");
    }
    world.write(".cursor/mcp.json", &fixed);

    world.done(&["undo", "--last"]);
    assert_eq!(world.read(".cursor/mcp.json"), before);
    world.start(".cursor/mcp.json", "everything").hello();
    let log: Value = serde_json::from_str(&world.done(&["log", "--json"])).unwrap();
    assert_eq!(log[0]["undone"], true);
    for key in ["id", "at", "title", "path", "undone"] {
        assert!(log[0].get(key).is_some(), "{key}");
    }
}

#[test]
fn a_sandboxed_server_works_and_sees_only_its_folder() {
    if !beside_keyring("a_sandboxed_server_works_and_sees_only_its_folder") {
        return;
    }
    let world = World::new();
    let path = ".config/Claude/claude_desktop_config.json";
    let before = world.read(path);
    let said = world.done(&["fix", "--rule", "unsandboxed-server", "--server", "files", "--yes", "--verify"]);
    assert!(said.contains("Started before and after"), "{said}");
    let mut talk = world.start(path, "files");
    talk.hello();
    let mut read = |file: PathBuf| {
        talk.ask("tools/call", json!({ "name": "read_text_file", "arguments": { "path": file } })).to_string()
    };
    assert!(read(world.home().join("project/readme.txt")).contains("hello"));
    assert!(!read(world.home().join("secret.txt")).contains("do not read"));
    drop(talk);
    let report: Value = serde_json::from_slice(&world.warder(&["scan", "--json"]).stdout).unwrap();
    let row = report["servers"].as_array().unwrap().iter().find(|row| row["name"] == "files").unwrap();
    assert_eq!(row["protection"], "sandbox");
    world.done(&["undo", "--last"]);
    assert_eq!(world.read(path), before);
}

#[test]
fn fixing_all_that_is_safe_starts_nothing() {
    if !beside_keyring("fixing_all_that_is_safe_starts_nothing") {
        return;
    }
    let world = World::new();
    let marker = world.home().join("started");
    world.write("mark.sh", &format!("#!/bin/sh\n: > '{}'\n", marker.display()));
    let script = world.home().join("mark.sh");
    let config =
        json!({ "mcpServers": { "mark": { "command": "sh", "args": [script], "env": { "GITHUB_TOKEN": TOKEN } } } });
    world.write(".cursor/mcp.json", &config.to_string());
    world.done(&["fix", "--all-safe", "--yes"]);
    assert!(!world.holds(".cursor"), "the key was moved");
    assert!(!marker.exists(), "a server was started");
}
