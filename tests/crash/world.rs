//! A home with one entry that holds a key, and all that is asked of it after
//! something went wrong: the config's bytes, the keychain's items, the history.
#![allow(dead_code, reason = "each test file uses its share")]

use std::collections::HashMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use secret_service::EncryptionType;
use secret_service::blocking::{Item, SecretService};
use serde_json::{Value, json};
use warder_launch::state::State;

use crate::trace::{self, Call, Then};

pub(crate) const TOKEN: &str = "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN";
pub(crate) const CONFIG: &str = ".cursor/mcp.json";

pub(crate) const MOVE: &[&str] = &["fix", "--rule", "secret-in-env", "--yes"];
pub(crate) const UNDO: &[&str] = &["undo", "--last"];

/// Runs the test again beside a keyring of its own; true in that second run.
pub(crate) fn beside_keyring(name: &str) -> bool {
    if std::env::var("KEYRING_TEST").is_ok_and(|running| running == name) {
        return true;
    }
    let mut again = Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/keychain.sh"));
    again.arg(std::env::current_exe().unwrap()).args(["--exact", name, "--nocapture"]).env("KEYRING_TEST", name);
    let output = again.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(said(&output).contains("1 passed"), "{name} is not the name of this test");
    let counted = String::from_utf8_lossy(&output.stdout).into_owned();
    counted.lines().filter(|line| line.contains(" points")).for_each(tell);
    false
}

/// A line for whoever runs the tests, also where what a good test prints is held back.
pub(crate) fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Which of the two a home is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Old,
    New,
}

/// The launcher that is shipped, where the test run built it, else a debug build.
pub(crate) fn launcher() -> PathBuf {
    if let Some(path) = std::env::var_os("WARDER_LAUNCHER") {
        return PathBuf::from(path);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    // The same selection as `cargo test`, so that nothing is built twice.
    let built = Command::new(env!("CARGO")).args(["build", "-q", "--bins"]).current_dir(root).status();
    assert!(built.unwrap().success(), "the launcher does not build");
    Path::new(env!("CARGO_BIN_EXE_warder")).with_file_name("warder-launch")
}

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> World {
        let world = World { folder: tempfile::tempdir().unwrap() };
        let path = world.path(CONFIG);
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::create_dir(world.path("project")).unwrap();
        fs::write(world.path("server.sh"), "#!/bin/sh\nexec cat\n").unwrap();
        fs::write(world.path("launcher"), "a launcher\n").unwrap();
        fs::write(&path, world.before()).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
        world
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(path)
    }

    /// The config as it was written by hand.
    pub(crate) fn before(&self) -> String {
        let [server, project] = ["server.sh", "project"].map(|path| json!(self.path(path)));
        format!(
            "{{\n  // by hand\n  \"mcpServers\": {{\n    \"demo\": {{ \"command\": \"sh\", \"args\": [{server}, {project}],\n      \
             \"env\": {{ \"GITHUB_TOKEN\": \"{TOKEN}\", \"MODE\": \"plain\" }} }},\n  }},\n}}\n"
        )
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let other = std::env::var_os("WARDER_UNDER_TEST");
        let mut command = Command::new(other.unwrap_or_else(|| env!("CARGO_BIN_EXE_warder").into()));
        command.args(words).arg("--home").arg(self.path("")).env("WARDER_LAUNCHER", self.path("launcher"));
        command
    }

    pub(crate) fn warder(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    pub(crate) fn done(&self, words: &[&str]) -> String {
        let output = self.warder(words);
        assert!(output.status.success(), "{words:?}: {}", said(&output));
        said(&output)
    }

    pub(crate) fn traced(&self, words: &[&str], at: impl FnMut(&Call) -> Then) -> Output {
        let output = trace::run(&self.command(words), &self.path(""), at);
        assert!(!said(&output).contains(&TOKEN[4..24]), "the key was printed");
        assert!(!said(&output).contains("panicked"), "{}", said(&output));
        output
    }

    pub(crate) fn config(&self) -> String {
        fs::read_to_string(self.path(CONFIG)).unwrap()
    }

    pub(crate) fn mode(&self) -> u32 {
        fs::metadata(self.path(CONFIG)).unwrap().permissions().mode() & 0o777
    }

    /// The reference that stands where the key stood.
    pub(crate) fn reference(&self) -> Option<String> {
        let config = self.config();
        let start = config.find("keychain:")?;
        config[start + "keychain:".len()..].split('"').next().map(str::to_owned)
    }

    /// What the config says, as it lies there.
    pub(crate) fn side(&self) -> Side {
        let config = self.config();
        if config == self.before() && self.mode() == 0o644 {
            return Side::Old;
        }
        if let Some(reference) = self.reference() {
            assert!(!config.contains(TOKEN), "the key stands there twice");
            assert_eq!(self.items().get(&reference).map(String::as_str), Some(TOKEN), "the key is lost");
        } else {
            assert!(config.contains(TOKEN), "the key is lost: {config}");
        }
        Side::New
    }

    /// The keychain items of this home by their name, without the history's own.
    pub(crate) fn items(&self) -> HashMap<String, String> {
        let Ok(id) = State::at(self.path(".warder")).id() else { return HashMap::new() };
        let service = SecretService::connect(EncryptionType::Dh).unwrap();
        let found = service.search_items(HashMap::from([("service", "warder")])).unwrap();
        assert!(found.locked.is_empty(), "the keyring locked itself");
        let named = found.unlocked.iter().filter_map(|item| {
            let account = item.get_attributes().unwrap().remove("username")?;
            let name = account.strip_prefix(&id)?.strip_prefix('/')?.to_owned();
            (!name.starts_with("history-")).then(|| (name, String::from_utf8(item.get_secret().unwrap()).unwrap()))
        });
        named.collect()
    }

    /// The files below that hold the key.
    pub(crate) fn holders(&self) -> Vec<PathBuf> {
        let mut holders = Vec::new();
        let mut folders = vec![self.path("")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if fs::read(&path).unwrap().windows(20).any(|window| window == &TOKEN.as_bytes()[4..24]) {
                    holders.push(path);
                }
            }
        }
        holders
    }

    pub(crate) fn log(&self) -> Vec<Value> {
        let output = self.warder(&["log", "--json"]);
        assert!(output.status.success(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The next start settles what was cut off, and all agrees with the config.
    pub(crate) fn settled(&self) -> Side {
        self.side();
        let log = self.log();
        let side = self.side();
        assert_eq!(self.names(".cursor"), ["mcp.json"]);
        let open: Vec<&Value> = log.iter().filter(|change| change["undone"] == false).collect();
        assert!(open.iter().all(|change| change["note"].is_null()), "{log:?}");
        let moved = self.reference().is_some();
        let wrapped = self.config().contains("--profile");
        assert_eq!(open.len(), usize::from(side == Side::New), "{log:?}");
        assert_eq!(self.items().len(), usize::from(moved));
        assert_eq!(self.names(".warder/profiles").len(), usize::from(wrapped), "{:?}", self.names(".warder/profiles"));
        assert_eq!(self.holders(), if moved { Vec::new() } else { vec![self.path(CONFIG)] });
        side
    }
}

/// What many homes leave in one keyring makes every look at it slow.
impl Drop for World {
    fn drop(&mut self) {
        let Ok(id) = State::at(self.path(".warder")).id() else { return };
        // A test may have ended the keyring, or locked it.
        let Ok(service) = SecretService::connect(EncryptionType::Dh) else { return };
        let Ok(found) = service.search_items(HashMap::from([("service", "warder")])) else { return };
        let is_ours = |item: &Item<'_>| {
            let account = item.get_attributes().ok().and_then(|mut named| named.remove("username"));
            account.is_some_and(|account| account.starts_with(&format!("{id}/")))
        };
        for item in found.unlocked.iter().filter(|item| is_ours(item)) {
            let _ = item.delete();
        }
    }
}

/// How many points of one kind are tried when not all are.
const SAMPLE: usize = 8;

/// Whether nothing is left out, however long it takes.
pub(crate) fn takes_all() -> bool {
    std::env::var("WARDER_CRASH_POINTS").is_ok_and(|which| which == "all")
}

/// The points to try: all, or a part that is evenly chosen.
pub(crate) fn chosen<T: Clone>(points: &[T]) -> Vec<T> {
    if takes_all() || points.len() <= SAMPLE {
        return points.to_vec();
    }
    (0..SAMPLE).map(|index| points[index * points.len() / SAMPLE].clone()).collect()
}
