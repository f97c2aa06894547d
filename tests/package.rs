//! Warder as a package installs it: the launcher is found in `lib/warder`, and
//! wrapped entries neither need the package nor stand still at an update.
//!
//! `cargo xtask package` runs this on what it packed (`WARDER_PACKAGED`); else
//! the programs that were built are put where a package would put them.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

#[allow(dead_code, reason = "what is installed has a command line of its own")]
mod world;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::json;
use world::{CURSOR, World, all, beside_keyring};

/// A `usr` of its own, and a home.
struct Installed {
    usr: PathBuf,
    world: World,
}

impl Installed {
    fn new(folder: &Path) -> Installed {
        let usr = folder.join("usr");
        let home = folder.join("home");
        fs::create_dir(&home).unwrap();
        let world = World::new(&home);
        let packaged = std::env::var_os("WARDER_PACKAGED").map(PathBuf::from);
        let of_package = |path: &str| packaged.as_ref().map(|packaged| packaged.join(path));
        let beside = |name: &str| world.launcher.with_file_name(name);
        for (place, built) in [
            ("bin/warder", PathBuf::from(env!("CARGO_BIN_EXE_warder"))),
            ("lib/warder/warder-launch", beside("warder-launch")),
            ("lib/warder/warder-relay", beside("warder-relay")),
        ] {
            fs::create_dir_all(usr.join(place).parent().unwrap()).unwrap();
            fs::copy(of_package(place).unwrap_or(built), usr.join(place)).unwrap();
        }
        Installed { usr, world }
    }

    /// With no variable that says where the launcher is.
    fn warder(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.usr.join("bin/warder"));
        command.args(arguments).arg("--home").arg(&self.world.home).env_remove("WARDER_LAUNCHER");
        command.stdin(Stdio::null()).output().unwrap()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let output = self.warder(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", all(&output));
        all(&output)
    }

    fn launcher(&self) -> PathBuf {
        self.world.home.join(".warder/bin/warder-launch")
    }

    fn shipped(&self) -> Vec<u8> {
        fs::read(self.usr.join("lib/warder/warder-launch")).unwrap()
    }

    /// Makes what is installed that of another version, which still starts.
    fn installed_by(&self, version: &str) -> Vec<u8> {
        let other = [self.shipped(), b"of another version".to_vec()].concat();
        fs::remove_file(self.launcher()).unwrap();
        fs::copy(self.usr.join("lib/warder/warder-launch"), self.launcher()).unwrap();
        fs::OpenOptions::new().append(true).open(self.launcher()).unwrap().write_all(b"of another version").unwrap();
        self.world.write(".warder/bin/version", version);
        other
    }
}

#[test]
fn all_programs_are_of_the_same_version() {
    let folder = tempfile::tempdir().unwrap();
    let installed = Installed::new(folder.path());
    for (program, name) in [
        ("bin/warder", "warder"),
        ("lib/warder/warder-launch", "warder-launch"),
        ("lib/warder/warder-relay", "warder-relay"),
    ] {
        let said = Command::new(installed.usr.join(program)).arg("--version").output().unwrap();
        assert_eq!(all(&said), format!("{name} {}\n", env!("CARGO_PKG_VERSION")));
    }
}

#[test]
fn wrapped_entries_outlive_the_package_that_wrapped_them() {
    if !beside_keyring("wrapped_entries_outlive_the_package_that_wrapped_them") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let installed = Installed::new(folder.path());
    let scanned = installed.warder(&["scan"]);
    assert_eq!(scanned.status.code(), Some(1), "{}", all(&scanned));
    installed.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    assert_eq!(fs::read(installed.launcher()).unwrap(), installed.shipped());
    let doctor = installed.done(&["doctor"]);
    assert!(doctor.contains("launcher: It is installed, as it came with this Warder."), "{doctor}");
    let text = installed.world.read(CURSOR);
    assert!(!text.contains(installed.usr.to_str().unwrap()), "an entry names the package: {text}");
    assert!(!text.contains(env!("CARGO_PKG_VERSION")), "an entry names a version: {text}");

    // Removed, and moved: nothing of it is needed.
    fs::rename(&installed.usr, folder.path().join("moved")).unwrap();
    assert!(installed.world.gets_key("printer"));
    fs::remove_dir_all(folder.path().join("moved")).unwrap();
    assert!(installed.world.gets_key("printer") && installed.world.gets_key("other"));
}

#[test]
fn a_newer_warder_replaces_the_launcher_under_a_running_server() {
    if !beside_keyring("a_newer_warder_replaces_the_launcher_under_a_running_server") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let installed = Installed::new(folder.path());
    installed.world.edit(CURSOR, "\"mcpServers\": {", &format!("\"mcpServers\": {{ \"cat\": {},", cat()));
    installed.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    let version = installed.world.read(".warder/bin/version");
    assert_eq!(version, concat!(env!("CARGO_PKG_VERSION"), "\n"));

    installed.installed_by("0.0.1\n");
    let config = installed.world.config();
    let entry = &config["mcpServers"]["cat"];
    let mut command = Command::new(entry["command"].as_str().unwrap());
    command.args(entry["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()));
    for (name, value) in entry["env"].as_object().unwrap() {
        command.env(name, value.as_str().unwrap());
    }
    let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).current_dir("/").spawn().unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap());
    let mut stdin = server.stdin.take().unwrap();
    let mut says = |text: &str| {
        writeln!(stdin, "{text}").unwrap();
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        assert_eq!(line, format!("{text}\n"));
    };
    says("before");
    // Any change will do: an undo is one.
    installed.done(&["undo", "--last"]);
    assert_eq!(fs::read(installed.launcher()).unwrap(), installed.shipped());
    assert_eq!(installed.world.read(".warder/bin/version"), version);
    says("after");
    drop(stdin);
    server.wait().unwrap();
    let bin: Vec<_> = fs::read_dir(installed.launcher().parent().unwrap()).unwrap().flatten().collect();
    assert_eq!(bin.len(), 2, "{bin:?}");
}

/// A server that answers what it is told, with a key.
fn cat() -> serde_json::Value {
    json!({ "command": "cat", "args": ["-u"], "env": { "GITHUB_TOKEN": world::TOKEN } })
}

#[test]
fn an_older_warder_leaves_the_launcher_of_a_newer_one() {
    if !beside_keyring("an_older_warder_leaves_the_launcher_of_a_newer_one") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let installed = Installed::new(folder.path());
    installed.done(&["fix", "--rule", "secret-in-env", "--server", "printer", "--yes"]);
    let newer = installed.installed_by("99.1.0\n");
    installed.done(&["fix", "--rule", "secret-in-env", "--server", "other", "--yes"]);
    installed.done(&["undo", "--last"]);
    assert!(fs::read(installed.launcher()).unwrap() == newer, "the newer launcher was replaced");
    assert_eq!(installed.world.read(".warder/bin/version"), "99.1.0\n");
    let doctor = installed.done(&["doctor"]);
    assert!(doctor.contains("It came with a newer Warder, 99.1.0, and stays."), "{doctor}");
    assert!(installed.world.gets_key("printer"));
}

#[test]
fn manual_and_completions_name_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let installed = Installed::new(folder.path());
    let warder = |arguments: &[&str]| {
        let output = Command::new(installed.usr.join("bin/warder")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", all(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    warder(&["manual", folder.path().to_str().unwrap()]);
    let help = warder(&["--help"]);
    let groups = help.split_once("Options:\n").unwrap().0;
    let commands = groups.lines().filter_map(|line| line.strip_prefix("  "));
    let commands: Vec<&str> = commands.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"scan") && commands.contains(&"uninstall"), "{commands:?}");
    let page = fs::read_to_string(folder.path().join("warder.1")).unwrap();
    let scripts = ["bash", "zsh", "fish"].map(|shell| warder(&["completions", shell]));
    for command in commands {
        let own = fs::read_to_string(folder.path().join(format!("warder-{command}.1"))).unwrap();
        assert!(own.contains(".SH NAME") && own.contains(".SH OPTIONS"), "{own}");
        assert!(page.contains(&format!("warder\\-{command}(1)")), "{command} is not in {page}");
        assert!(scripts.iter().all(|script| script.contains(command)), "{command} is not completed");
    }
    assert!(!page.contains("warder\\-manual"), "{page}");
}
