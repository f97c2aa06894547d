//! A home of its own with one server of Cursor's that prints its key, a real
//! keyring, the real launcher, and a terminal.

#[path = "beside.rs"]
pub(crate) mod beside;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

pub(crate) use beside::{beside_keyring, root};
use serde_json::{Value, json};
use warder_launch::stderr;

pub(crate) const TOKEN: &str = "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN";
pub(crate) const CURSOR: &str = ".cursor/mcp.json";

/// All that was said.
pub(crate) fn all(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn launcher() -> PathBuf {
    if let Some(path) = std::env::var_os("WARDER_LAUNCHER") {
        return PathBuf::from(path);
    }
    // The same selection as `cargo test`, so that nothing is built twice.
    let built = Command::new(env!("CARGO")).args(["build", "-q", "--bins"]).current_dir(root()).status();
    assert!(built.unwrap().success(), "the launcher does not build");
    Path::new(env!("CARGO_BIN_EXE_warder")).with_file_name("warder-launch")
}

pub(crate) struct World {
    pub(crate) home: PathBuf,
    pub(crate) launcher: PathBuf,
}

impl World {
    /// In an empty folder, whose owner removes it.
    pub(crate) fn new(folder: &Path) -> World {
        let world = World { home: folder.canonicalize().unwrap(), launcher: launcher() };
        if !world.home.join(CURSOR).exists() {
            let entry = |words: &[&str]| json!({ "command": "printenv", "args": words, "env": { "GITHUB_TOKEN": TOKEN, "MODE": "plain" } });
            let servers = json!({ "printer": entry(&["GITHUB_TOKEN"]), "other": entry(&["-0", "GITHUB_TOKEN"]) });
            let config = serde_json::to_string_pretty(&json!({ "mcpServers": servers })).unwrap();
            world.write(CURSOR, &format!("// by hand\n{config}\n"));
        }
        world
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.home.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.home.join(path)).unwrap()
    }

    /// Changes a file by hand.
    pub(crate) fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "{old} is not in {text}");
        self.write(path, &text.replacen(old, new, 1));
    }

    /// Gives an entry one more word, by hand.
    pub(crate) fn add_word(&self, name: &str, word: &str) {
        let mut config = self.config();
        config["mcpServers"][name]["args"].as_array_mut().unwrap().push(json!(word));
        self.write(CURSOR, &format!("// by hand\n{}\n", serde_json::to_string_pretty(&config).unwrap()));
    }

    /// Cursor's file.
    pub(crate) fn config(&self) -> Value {
        serde_json::from_str(&self.read(CURSOR).replace("// by hand", "")).unwrap()
    }

    /// Not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warder"));
        command.args(arguments).arg("--home").arg(&self.home).env("WARDER_LAUNCHER", &self.launcher);
        command
    }

    /// With pipes and nothing to read.
    pub(crate) fn warder(&self, arguments: &[&str]) -> Output {
        self.command(arguments).stdin(Stdio::null()).output().unwrap()
    }

    pub(crate) fn done(&self, arguments: &[&str]) -> String {
        let output = self.warder(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", all(&output));
        all(&output)
    }

    /// At a terminal, where `typed` is typed; all that stood there, and the exit code.
    pub(crate) fn at_terminal(&self, arguments: &[&str], typed: &str) -> (String, Option<i32>) {
        let (warder, home) = (env!("CARGO_BIN_EXE_warder"), self.home.to_str().unwrap());
        let line = format!("{} {} --home {}", stderr::typed(warder), arguments.join(" "), stderr::typed(home));
        // Of util-linux, as every distribution has it; a crate would change how everything else is built.
        let mut script = Command::new("script");
        script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        script.env("SHELL", "/bin/sh").env("WARDER_LAUNCHER", &self.launcher);
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        (all(&output), output.status.code())
    }

    /// Starts an entry of Cursor's as it would: the words of the file, a short
    /// environment without a bus, its variables.
    pub(crate) fn start(&self, name: &str) -> Output {
        let config = self.config();
        let entry = &config["mcpServers"][name];
        let mut command = Command::new(entry["command"].as_str().unwrap());
        command.args(entry["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()));
        command.env_clear().env("HOME", &self.home).env("PATH", "/usr/local/bin:/usr/bin:/bin").current_dir("/");
        let variables = entry["env"].as_object().into_iter().flatten();
        command.envs(variables.map(|(name, value)| (name, value.as_str().unwrap())));
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// Whether an entry starts and gets its key.
    pub(crate) fn gets_key(&self, name: &str) -> bool {
        String::from_utf8_lossy(&self.start(name).stdout).contains(TOKEN)
    }

    pub(crate) fn report(&self) -> Value {
        serde_json::from_slice(&self.warder(&["scan", "--json"]).stdout).unwrap()
    }
}

/// A server's row of a report.
pub(crate) fn row(report: &Value, name: &str) -> Value {
    report["servers"].as_array().unwrap().iter().find(|row| row["name"] == name).unwrap().clone()
}
