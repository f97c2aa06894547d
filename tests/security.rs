//! The promises of Warder that hold between its parts: the real `warder`, the
//! real launcher, a real keyring, and somebody who is not honest.
//! `docs/security-tests.md` says which test holds which promise.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![expect(clippy::unwrap_used, reason = "tests")]

#[allow(dead_code, reason = "only the exec counts here")]
#[path = "crash/trace.rs"]
mod trace;
#[path = "crash/world.rs"]
mod world;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};
use trace::Then;
use world::{CONFIG, MOVE, TOKEN, World, beside_keyring, launcher, said, tell};

/// A world whose server prints what it was given, with the real launcher.
fn world() -> World {
    let world = World::new();
    fs::write(world.path("server.sh"), "#!/bin/sh\necho \"got $GITHUB_TOKEN\"\n").unwrap();
    // By another process: were it open for writing here while another test forks, it could not be started.
    assert!(Command::new("cp").arg(launcher()).arg(world.path("launcher")).status().unwrap().success());
    world
}

impl World {
    fn put(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// An entry as its client starts it: its words, few variables, its own.
    fn entry(&self, name: &str) -> Command {
        let text = self.config().replace("// by hand", "").replace("},\n  }", "}\n  }").replace("},\n}", "}\n}");
        let config: Value = serde_json::from_str(&text).unwrap();
        start(&config["mcpServers"][name], &self.path(""))
    }
}

fn start(entry: &Value, home: &Path) -> Command {
    let mut command = Command::new(entry["command"].as_str().unwrap());
    command.args(entry["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()));
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").env("HOME", home).current_dir("/");
    let env = entry["env"].as_object().into_iter().flatten();
    command.envs(env.map(|(name, value)| (name, value.as_str().unwrap())));
    command
}

fn got(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stdout) == format!("got {TOKEN}\n")
}

#[track_caller]
fn assert_no_start(output: &Output) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(125), "{said}");
    assert!(output.stdout.is_empty() && said.lines().count() == 1 && !said.contains(&TOKEN[4..24]), "{said}");
}

/// CVE-2025-54136: an entry is approved once, and swapped later.
#[test]
fn a_swapped_entry_gets_no_key() {
    if !beside_keyring("a_swapped_entry_gets_no_key") {
        return;
    }
    let world = world();
    world.done(MOVE);
    assert!(got(&world.entry("demo").output().unwrap()), "{}", said(&world.entry("demo").output().unwrap()));
    let good = world.config();
    let marker = world.path("marker");
    world.put("evil.sh", &format!("echo \"$GITHUB_TOKEN\" > '{}'\n", marker.display()));
    let [server, evil] = ["server.sh", "evil.sh"].map(|path| json!(world.path(path)).to_string());
    let launcher = json!(world.path(".warder/bin/warder-launch")).to_string();
    for (old, new) in [
        (format!("\"sh\", {server}"), format!("\"sh\", {evil}")),
        (format!("\"sh\", {server}"), format!("\"bash\", {server}")),
        (format!("\"sh\", {server}"), format!("\"sh\", \"-x\", {server}")),
        ("\"plain\"".to_owned(), "\"other\"".to_owned()),
        ("\"MODE\"".to_owned(), "\"OTHER\": \"x\", \"BASH\"".to_owned()),
    ] {
        let swapped = good.replacen(&old, &new, 1);
        assert_ne!(swapped, good, "{old}");
        world.put(CONFIG, &swapped);
        assert_no_start(&world.entry("demo").output().unwrap());
    }
    assert!(!marker.exists());
    // An entry that goes around the launcher gets the reference, and no key.
    let around = good.replacen(&launcher, "\"sh\"", 1);
    let at = around.find("\"args\": [").unwrap() + "\"args\": [".len();
    let end = at + around[at..].find(']').unwrap();
    world.put(CONFIG, &format!("{}{evil}{}", &around[..at], &around[end..]));
    assert!(world.entry("demo").status().unwrap().success());
    let stolen = fs::read_to_string(&marker).unwrap();
    assert!(stolen.starts_with("keychain:GITHUB_TOKEN-"), "the reference, at most");
}

/// A repository holds a program of the package's name and version, and settings
/// that lead elsewhere.
#[test]
fn a_planted_package_never_runs() {
    if !beside_keyring("a_planted_package_never_runs") {
        return;
    }
    let world = world();
    let marker = world.path("marker");
    let plant = |folder: &str| {
        let package = json!({ "name": "planted-mcp", "version": "1.0.0", "bin": { "planted-mcp": "x.sh" } });
        world.put(&format!("{folder}/node_modules/planted-mcp/package.json"), &package.to_string());
        let script = format!("#!/bin/sh\necho \"$GITHUB_TOKEN\" > '{}'\n", marker.display());
        world.put(&format!("{folder}/node_modules/planted-mcp/x.sh"), &script);
        let program = world.path(&format!("{folder}/node_modules/planted-mcp/x.sh"));
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir_all(world.path(&format!("{folder}/node_modules/.bin"))).unwrap();
        std::os::unix::fs::symlink(program, world.path(&format!("{folder}/node_modules/.bin/planted-mcp"))).unwrap();
        world.put(&format!("{folder}/.npmrc"), "registry=http://127.0.0.1:1/\n");
    };
    plant("repository");
    // Nothing is asked of a real registry here.
    world.put(".npmrc", "registry=http://127.0.0.1:9/\nfetch-retries=0\nupdate-notifier=false\n");
    let entry = json!({ "command": "npx", "args": ["-y", "planted-mcp@1.0.0"], "env": { "GITHUB_TOKEN": TOKEN } });
    world.put(CONFIG, &json!({ "mcpServers": { "demo": entry } }).to_string());
    let path = std::env::var_os("PATH").unwrap();
    let run =
        |command: &mut Command| command.current_dir(world.path("repository")).env("PATH", &path).output().unwrap();
    // By itself it does run: the test can tell.
    run(&mut start(&entry, &world.path("")));
    assert!(fs::read_to_string(&marker).is_ok_and(|text| text.contains(TOKEN)));
    fs::remove_file(&marker).unwrap();

    world.done(MOVE);
    let planted = format!("{}:{}", world.path("repository/node_modules/.bin").display(), path.to_string_lossy());
    let mut plain = world.entry("demo");
    let output = run(&mut plain);
    assert!(!output.status.success() && !marker.exists(), "{}", said(&output));
    let mut hostile = world.entry("demo");
    hostile.env("npm_config_registry", "http://127.0.0.1:1/").env("HTTPS_PROXY", "http://127.0.0.1:1");
    hostile.env("NODE_OPTIONS", format!("--require={}", world.path("evil.js").display()));
    world.put("evil.js", &format!("require('fs').writeFileSync({}, 'ran')\n", json!(marker)));
    let output = hostile.current_dir(world.path("repository")).env("PATH", planted).output().unwrap();
    assert!(!output.status.success() && !marker.exists(), "{}", said(&output));
    assert!(
        said(&output).contains("starts without HTTPS_PROXY, NODE_OPTIONS, npm_config_registry"),
        "{}",
        said(&output)
    );
    assert!(!said(&output).contains("127.0.0.1:1/"), "the planted registry was asked: {}", said(&output));
}

#[test]
fn names_are_labels_and_never_meet() {
    if !beside_keyring("names_are_labels_and_never_meet") {
        return;
    }
    let world = world();
    let server = world.path("server.sh");
    let names = ["github", "../x", "../../etc/passwd", "a/b", "…", "-rf", "CON", &"n".repeat(3000)];
    let (mut entries, mut theirs) = (serde_json::Map::new(), serde_json::Map::new());
    for (index, name) in names.into_iter().enumerate() {
        let entry = |token: &str| json!({ "command": "sh", "args": [server], "env": { "GITHUB_TOKEN": token } });
        entries.insert(name.to_owned(), entry(&format!("{}{index:02}", &TOKEN[..38])));
        theirs.insert(name.to_owned(), entry(&format!("{}{index:02}", &TOKEN[..38].replace("k3J8", "t4L9"))));
    }
    let texts = [entries, theirs].map(|entries| json!({ "mcpServers": entries }).to_string());
    world.put(CONFIG, &texts[0]);
    world.put("shop/.cursor/mcp.json", &texts[1]);
    let shop = world.path("shop");
    world.done(&[MOVE, &["--project", shop.to_str().unwrap()]].concat());

    let profiles = world.names(".warder/profiles");
    assert_eq!(profiles.len(), 2 * names.len(), "{profiles:?}");
    assert_eq!(world.items().len(), 2 * names.len());
    let mut folders = world.names(".warder");
    folders.sort();
    assert_eq!(folders, ["bin", "bus", "history.db", "id", "lock", "packages", "profiles"]);
    for (path, part) in [(CONFIG, "k3J8"), ("shop/.cursor/mcp.json", "t4L9")] {
        let config: Value = serde_json::from_str(&fs::read_to_string(world.path(path)).unwrap()).unwrap();
        for (index, name) in names.into_iter().enumerate() {
            let output = start(&config["mcpServers"][name], &world.path("")).output().unwrap();
            let given = format!("got {}{index:02}\n", &TOKEN[..38].replace("k3J8", part));
            assert_eq!(said(&output), given, "{name}");
        }
    }
    // One entry's profile does not start the other one.
    let config: Value = serde_json::from_str(&world.config()).unwrap();
    let mut mixed = config["mcpServers"]["github"].clone();
    mixed["args"][2] = config["mcpServers"]["../x"]["args"][2].clone();
    assert_no_start(&start(&mixed, &world.path("")).output().unwrap());
    for _ in 0..2 * names.len() {
        world.done(&["undo", "--last"]);
    }
    assert_eq!([world.config(), fs::read_to_string(world.path("shop/.cursor/mcp.json")).unwrap()], texts);
}

/// Every file of the state, damaged in every part of it.
#[test]
fn a_damaged_state_starts_nothing_and_loses_nothing() {
    if !beside_keyring("a_damaged_state_starts_nothing_and_loses_nothing") {
        return;
    }
    let world = world();
    world.done(MOVE);
    let moved = world.config();
    let profile = world.path(".warder/profiles").join(&world.names(".warder/profiles")[0]);
    for path in [profile.clone(), world.path(".warder/id")] {
        let good = fs::read(&path).unwrap();
        let mut start = world.entry("demo");
        for from in (0..good.len() - 1).step_by(8) {
            let mut bad = good.clone();
            let to = (from + 8).min(bad.len());
            bad[from..to].fill(0);
            fs::write(&path, &bad).unwrap();
            assert_no_start(&start.output().unwrap());
            // Cut short there. The last byte of a profile only ends its line.
            fs::write(&path, &good[..from]).unwrap();
            assert_no_start(&start.output().unwrap());
        }
        fs::write(&path, good).unwrap();
        assert!(got(&start.output().unwrap()));
    }
    // A bus that is nobody's leads nowhere; the usual ones are still tried.
    let bus = world.path(".warder/bus");
    let known = fs::read(&bus).unwrap();
    for text in ["", "\0\0", "unixexec:path=/usr/bin/touch,argv1=/tmp/x", "unix:path=/nowhere"] {
        fs::write(&bus, text).unwrap();
        let output = world
            .entry("demo")
            .env("DBUS_SESSION_BUS_ADDRESS", std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap())
            .output();
        assert!(got(&output.unwrap()), "{text}");
    }
    fs::write(&bus, known).unwrap();
    // The history: no word of it is needed to start, and none of it may harm.
    let history = world.path(".warder/history.db");
    let good = fs::read(&history).unwrap();
    let part = if world::takes_all() { 64 } else { 2048 };
    for from in (0..good.len()).step_by(part) {
        let mut bad = good.clone();
        let to = (from + part).min(bad.len());
        bad[from..to].iter_mut().for_each(|byte| *byte = !*byte);
        fs::write(&history, &bad).unwrap();
        for words in [&["log"][..], &["scan"], &["undo", "0123456789abcdef"]] {
            let output = world.warder(words);
            assert!(output.status.code().is_some_and(|code| code <= 2), "{from} {words:?}: {}", said(&output));
            assert!(!said(&output).contains("panicked") && !said(&output).contains(&TOKEN[4..24]), "{}", said(&output));
        }
        assert_eq!(world.config(), moved, "{from}");
        assert_eq!((world.names(".warder/profiles").len(), world.items().len()), (1, 1), "{from}: all stays");
        fs::write(&history, &good).unwrap();
    }
    assert!(got(&world.entry("demo").output().unwrap()));
    world.done(&["undo", "--last"]);
    assert_eq!(world.config(), world.before());
}

#[test]
fn a_profile_of_another_user_starts_nothing() {
    if !beside_keyring("a_profile_of_another_user_starts_nothing") {
        return;
    }
    let world = world();
    world.done(MOVE);
    let profile = world.path(".warder/profiles").join(&world.names(".warder/profiles")[0]);
    let other = world.path(".warder/profiles/other-aaaaaaaaaaaaaaaaaaaaaaaaaa.json");
    fs::copy(&profile, &other).unwrap();
    let copied = world.config().replacen(
        profile.file_stem().and_then(OsStr::to_str).unwrap(),
        "other-aaaaaaaaaaaaaaaaaaaaaaaaaa",
        1,
    );
    let good = world.config();
    world.put(CONFIG, &copied);
    assert_no_start(&world.entry("demo").output().unwrap());
    world.put(CONFIG, &good);
    match std::os::unix::fs::chown(&profile, Some(65_534), None) {
        Ok(()) => assert_no_start(&world.entry("demo").output().unwrap()),
        Err(error) => tell(&format!("a file of another user: not tried, only root can make one ({error})")),
    }
}

/// The launcher lives on by itself: where the app was moved or removed, servers start.
#[test]
fn a_removed_app_leaves_servers_that_start() {
    if !beside_keyring("a_removed_app_leaves_servers_that_start") {
        return;
    }
    let world = world();
    let app = world.path("app");
    fs::create_dir(&app).unwrap();
    for (from, name) in
        [(PathBuf::from(env!("CARGO_BIN_EXE_warder")), "warder"), (world.path("launcher"), "warder-launch")]
    {
        assert!(Command::new("cp").arg(from).arg(app.join(name)).status().unwrap().success());
    }
    let mut fix = Command::new(app.join("warder"));
    let output = fix.args(MOVE).arg("--home").arg(world.path("")).env_remove("WARDER_LAUNCHER").output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    assert!(got(&world.entry("demo").output().unwrap()));
    fs::rename(&app, world.path("moved")).unwrap();
    assert!(got(&world.entry("demo").output().unwrap()));
    fs::remove_dir_all(world.path("moved")).unwrap();
    assert!(got(&world.entry("demo").output().unwrap()));
}

/// What the same ordinary user may see of a process.
fn looks_into(process: impl std::fmt::Display) -> Vec<&'static str> {
    let readable = |name: &&str| fs::File::open(format!("/proc/{process}/{name}")).is_ok();
    ["environ", "mem", "maps", "auxv", "stack"].into_iter().filter(|name| readable(name)).collect()
}

#[test]
fn nobody_looks_into_the_launcher() {
    let name = "nobody_looks_into_the_launcher";
    if is_root() {
        return as_somebody(name);
    }
    if !beside_keyring(name) {
        return;
    }
    let world = world();
    world.done(MOVE);
    // A process like any other can be looked into, so the test can tell.
    let mut other = Command::new("sleep").arg("60").spawn().unwrap();
    assert!(looks_into(other.id()).contains(&"environ"));
    other.kill().unwrap();
    other.wait().unwrap();
    // The moment before it becomes the server: the key is in its memory.
    let mut entry = world.entry("demo");
    entry.env("DBUS_SESSION_BUS_ADDRESS", std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap());
    let mut seen = Vec::new();
    let output = trace::run(&entry, &world.path(""), |call| {
        if !call.made && call.name.starts_with("exec") {
            let limits = fs::read_to_string(format!("/proc/{}/limits", call.by)).unwrap();
            let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
            seen.push((looks_into(call.by), core.split_whitespace().nth(4) == Some("0")));
        }
        Then::Go
    });
    assert!(got(&output), "{}", said(&output));
    assert_eq!(seen, [(Vec::new(), true)]);
}

fn is_root() -> bool {
    // The owner of a process's own folder is who it runs as.
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").unwrap().uid() == 0
}

/// Root may look into everything: the test runs again as an ordinary user.
fn as_somebody(name: &str) {
    let folder = tempfile::tempdir().unwrap();
    let keychain = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/keychain.sh");
    let program = std::env::current_exe().unwrap();
    for (from, to) in [
        (program, "test"),
        (keychain, "keychain.sh"),
        (launcher(), "launch"),
        (env!("CARGO_BIN_EXE_warder").into(), "warder"),
    ] {
        assert!(Command::new("cp").arg(from).arg(folder.path().join(to)).status().unwrap().success());
    }
    fs::create_dir(folder.path().join("tmp")).unwrap();
    for (path, mode) in [("", 0o755), ("tmp", 0o777)] {
        fs::set_permissions(folder.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    let mut again = Command::new("setpriv");
    again.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
    again.arg(folder.path().join("keychain.sh")).arg(folder.path().join("test")).args(["--exact", name, "--nocapture"]);
    again.env("KEYRING_TEST", name).env("TMPDIR", folder.path().join("tmp")).env("HOME", folder.path().join("tmp"));
    again.env("WARDER_LAUNCHER", folder.path().join("launch")).env("WARDER_UNDER_TEST", folder.path().join("warder"));
    let output = again.current_dir("/").output().unwrap();
    assert!(output.status.success() && said(&output).contains("1 passed"), "{}", said(&output));
}
