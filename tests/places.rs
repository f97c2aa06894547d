//! The table that proves it: every client's file x every place of a key x every transport. A key goes into a real
//! keychain, the entry is started as its client would, a real MCP server gets exactly what it got before, the key is
//! nowhere else, and undo gives the old bytes.
//!
//! Files that are written alike take turns at the places; with `WARDER_PLACES=all` each has every one.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

#[path = "places/rows.rs"]
mod rows;
#[path = "places/search.rs"]
mod search;
#[path = "places/shapes.rs"]
mod shapes;
#[path = "places/talk.rs"]
mod talk;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use data_encoding::BASE64;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use warder_audit::clients::{Base, CLIENTS, Os, Writing};

use rows::{Ground, LOOKS, Look, PLACES, Place, Row};
use shapes::{Entry, SHAPES, Shape};
use talk::Talk;

/// Files that share a home; each home is scanned anew for every change in it.
const IN_A_HOME: usize = 3;
/// Homes at a time.
const AT_ONCE: usize = 3;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

#[test]
fn every_client_whose_files_may_be_written_is_in_the_table() {
    for client in CLIENTS {
        // A file that is only named on the command line is not changed.
        let ours = |base: Base| !matches!(base, Base::Given | Base::Only(_));
        let written = client.files.iter().any(|file| {
            let may = !matches!(file.writing, Writing::Never(_)) && !file.guest && !file.roots.is_empty();
            may && file.os.contains(&Os::Linux) && ours(file.base)
        });
        assert_eq!(written, SHAPES.iter().any(|shape| shape.client == client.id), "{}", client.id);
    }
}

/// Runs the test again beside a keyring, its bus where a desktop has it; true in that second run.
fn at_a_desktop(name: &str) -> bool {
    if std::env::var("KEYRING_TEST").is_ok_and(|running| running == name) {
        return true;
    }
    // What crashes leaves its memory behind, in the folder it stands in.
    let mut again = Command::new("sh");
    again.args(["-c", "ulimit -c \"$(ulimit -H -c)\"; exec \"$@\"", "sh"]).arg(root().join("tests/keychain.sh"));
    again.arg(std::env::current_exe().unwrap()).args(["--exact", name, "--nocapture"]);
    let output = again.env("KEYRING_TEST", name).env("BUS", "desktop").output().unwrap();
    let (said, talk) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{said}{talk}");
    assert!(said.contains("1 passed"), "{name} is not the name of this test");
    println!("{said}");
    false
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The launcher to install, the relay beside it: those that are shipped, where the test run built them, else debug
/// builds.
fn launcher() -> PathBuf {
    if let Some(path) = std::env::var_os("WARDER_LAUNCHER") {
        return PathBuf::from(path);
    }
    // The same selection as `cargo test`, so that nothing is built twice.
    let built = Command::new(env!("CARGO")).args(["build", "-q", "--bins"]).current_dir(root()).status();
    assert!(built.unwrap().success(), "the launcher does not build");
    Path::new(env!("CARGO_BIN_EXE_warder")).with_file_name("warder-launch")
}

/// The server over HTTP, for all rows; ended when dropped.
struct Web {
    child: Child,
    host: String,
}

impl Web {
    fn start(server: &str) -> Web {
        let mut child = Command::new("node").args([server, "--listen"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Web { child, host: format!("127.0.0.1:{}", line.trim()) }
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A home with the files of some clients, every place of each an entry of its own.
struct Home<'a> {
    folder: tempfile::TempDir,
    launcher: &'a Path,
    rows: Vec<Row>,
    /// Every file with its old bytes.
    files: Vec<(PathBuf, Vec<u8>)>,
    faults: Vec<String>,
}

impl Home<'_> {
    fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn warder(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warder"));
        command.args(words).arg("--home").arg(self.path()).env("WARDER_LAUNCHER", self.launcher);
        command.env("PATH", search_path()).env("TMPDIR", self.path().join("tmp")).output().unwrap()
    }

    fn fault(&mut self, fault: String) {
        self.faults.push(fault);
    }

    /// All keys at once, and what Warder says must not show one.
    fn migrate(&mut self) {
        let project = self.path().join("project").to_string_lossy().into_owned();
        let rules: BTreeSet<&str> = self.rows.iter().map(|row| row.place.rule()).collect();
        let mut words = vec!["fix", "--yes", "--project", &project];
        words.extend(rules.iter().flat_map(|rule| ["--rule", rule]));
        let done = self.warder(&words);
        let said = text(&done.stdout) + &text(&done.stderr);
        if done.status.code() != Some(0) || search::shows(&said) {
            let shows = if search::shows(&said) { "shows a key: " } else { "" };
            // Of what was done the entries themselves tell.
            let why = said.split_once("not done").map_or("", |(_, why)| why);
            self.fault(format!("fix ended with {:?}: {shows}{why}", done.status.code()));
        }
    }

    fn undo(&mut self) {
        let log = self.warder(&["log", "--json"]);
        let log: Value = serde_json::from_slice(&log.stdout).unwrap();
        for change in log.as_array().unwrap().iter().filter(|change| change["undone"] == false) {
            let done = self.warder(&["undo", change["id"].as_str().unwrap()]);
            if done.status.code() != Some(0) {
                self.fault(format!("undo of {}: {}", change["title"], text(&done.stderr)));
            }
        }
        let configs = |(path, _): &&(PathBuf, Vec<u8>)| path.extension().is_none_or(|end| end != "env");
        for (path, old) in self.files.iter().filter(configs) {
            if fs::read(path).unwrap() != *old {
                self.faults.push(format!("{} has other bytes after the undo", path.display()));
            }
        }
    }
}

/// Where clients find programs, `docker` among them.
fn search_path() -> String {
    format!("{}:{}", root().join("tests/servers/bin").display(), std::env::var("PATH").unwrap())
}

/// One line of the table; `nth` tells its key from all others.
struct Line {
    shape: &'static Shape,
    place: Place,
    look: Look,
    nth: usize,
}

/// Every place of every file, each with the look of a key that this place has met least. Files that are written alike
/// share their places, unless `all` is wanted: each has a variable, and takes its turn at the others.
fn table(all: bool) -> Vec<Line> {
    let mut turns: BTreeMap<(Vec<&str>, Place), usize> = BTreeMap::new();
    let ground = Ground { home: Path::new("/home/ana"), server: "/srv/echo.mjs", host: "127.0.0.1:1" };
    let mut met: BTreeMap<(Place, Look), usize> = BTreeMap::new();
    let mut lines: Vec<Line> = Vec::new();
    for shape in SHAPES {
        let like = SHAPES.iter().filter(|other| other.written() == shape.written()).count();
        for (at, place) in PLACES.iter().copied().filter(|place| shape.has(*place)).enumerate() {
            let turn = turns.entry((shape.written(), place)).or_insert(at);
            *turn += 1;
            if !all && !matches!(place, Place::Env | Place::EnvFile) && !turn.is_multiple_of(like) {
                continue;
            }
            let nth = lines.len();
            let fits = LOOKS.iter().copied().filter(|look| Row::new(shape, place, *look, nth, &ground).is_some());
            let Some(look) = fits.min_by_key(|look| met.get(&(place, *look))) else { continue };
            *met.entry((place, look)).or_default() += 1;
            lines.push(Line { shape, place, look, nth });
        }
    }
    lines
}

#[test]
fn every_place_meets_every_key_it_can_hold() {
    let lines = table(true);
    let met = |place, look| lines.iter().any(|line| (line.place, line.look) == (place, look));
    for place in PLACES {
        for look in LOOKS {
            assert_eq!(met(*place, *look), place.carries(&look.value(0)), "{place:?} {look:?}");
        }
    }
}

fn home<'a>(lines: &[Line], ground: (&str, &str), launcher: &'a Path) -> Home<'a> {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().canonicalize().unwrap();
    for folder in ["project", "tmp"] {
        fs::create_dir(at.join(folder)).unwrap();
    }
    let ground = Ground { home: &at, server: ground.0, host: ground.1 };
    let row = |line: &Line| Row::new(line.shape, line.place, line.look, line.nth, &ground).unwrap();
    let rows: Vec<Row> = lines.iter().map(row).collect();
    let mut files = Vec::new();
    let mut write = |path: PathBuf, text: String| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &text).unwrap();
        files.push((path, text.into_bytes()));
    };
    for of_file in rows.chunk_by(|one, other| std::ptr::eq(one.shape, other.shape)) {
        let entries: Vec<(String, Entry)> = of_file.iter().map(|row| (row.name.clone(), row.entry.clone())).collect();
        write(at.join(of_file[0].shape.path), of_file[0].shape.write(&entries));
        for row in of_file {
            if let Entry::Local { env_file: Some(file), .. } = &row.entry {
                write(file.into(), format!("# mine\nMODE=fast\nAPI_KEY={}\n", row.value));
            }
        }
    }
    Home { folder, launcher, rows, files, faults: Vec::new() }
}

/// Starts an entry as its client would: the words of the file, the client's environment, the entry's variables.
fn start(row: &Row, entry: &Entry, home: &Path) -> Result<Talk, String> {
    let (client, _) = row.shape.client();
    let handed: &[&str] = match client.start.short_env {
        true => &["LOGNAME", "SHELL", "TERM", "USER"],
        false => &["LOGNAME", "SHELL", "TERM", "USER", "LANG", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"],
    };
    let command = |program: &str| {
        let mut command = Command::new(program);
        command.env_clear().envs(handed.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.env("HOME", home).env("PATH", search_path()).current_dir(home);
        command
    };
    match entry {
        Entry::Local { words, env, env_file } => {
            let mut command = command(&words[0]);
            if let Some(file) = env_file {
                let text = fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
                let lines = text.lines().filter(|line| !line.starts_with('#'));
                command.envs(lines.filter_map(|line| line.split_once('=')));
            }
            Talk::start(command.args(&words[1..]).envs(env))
        }
        Entry::Remote { sse, url, headers, helper: Some(line) } => {
            let asked = ("CLAUDE_CODE_MCP_SERVER_URL", url);
            let told = command("sh").args(["-c", line]).env(asked.0, asked.1).output();
            let told = told.map_err(|error| error.to_string())?;
            let told: BTreeMap<String, String> = serde_json::from_slice(&told.stdout)
                .map_err(|error| format!("the helper's headers: {error}; {}", text(&told.stderr)))?;
            let headers: BTreeMap<&String, &String> = headers.iter().chain(&told).collect();
            let server = root().join("tests/servers/client.mjs");
            let mut talk = Talk::start(command("node").arg(server))?;
            talk.say(&json!({ "url": url, "sse": sse, "headers": headers }))?;
            Ok(talk)
        }
        Entry::Remote { .. } => Err("it still is a server elsewhere".to_owned()),
    }
}

/// Whether the server got exactly what the entry gave it before.
fn received(row: &Row, talk: &mut Talk) -> Result<(), String> {
    let tools = talk.hello()?;
    match &row.entry {
        Entry::Local { words, .. } => {
            let is_docker = row.place == Place::Docker;
            let own = if is_docker { words.len() - 1 } else { 2 };
            let argv = talk.call("argv", json!({}))?;
            same("arguments", &json!(words[own..]), &argv)?;
            let variable = matches!(row.place, Place::Env | Place::EnvFile | Place::Docker);
            let expected = if variable { json!(row.value) } else { Value::Null };
            same("API_KEY", &expected, &talk.call("env", json!({ "name": "API_KEY" }))?)
        }
        Entry::Remote { url, headers, sse, .. } => {
            if tools != ["request"] {
                return Err(format!("other tools: {tools:?}"));
            }
            let said = talk.call("request", json!({}))?;
            let (_, rest) = url.split_once("://").unwrap();
            let (place, path) = rest.split_at(rest.find('/').unwrap());
            same("URL", &json!(path), &said["url"])?;
            let mut expected = headers.clone();
            if let Some((user, _)) = place.split_once('@') {
                let user = percent_decode_str(user).collect::<Vec<u8>>();
                expected.insert("Authorization".to_owned(), format!("Basic {}", BASE64.encode(&user)));
            }
            for (name, value) in &expected {
                same(name, &json!(value), &said["headers"][name.to_lowercase()])?;
                if *sse {
                    same(name, &json!(value), &said["posted"]["headers"][name.to_lowercase()])?;
                }
            }
            Ok(())
        }
    }
}

/// An error that shows no key.
fn same(what: &str, expected: &Value, got: &Value) -> Result<(), String> {
    if expected == got { Ok(()) } else { Err(format!("{what}: expected {expected}, got {got}")) }
}

/// The whole way of one home; what went wrong.
fn prove(mut home: Home) -> Vec<String> {
    home.migrate();
    let at = home.path();
    let mut faults = Vec::new();
    // Warder says that the line is not needed any more, and leaves it to the user.
    for (path, old) in home.files.iter().filter(|(path, _)| path.extension().is_some_and(|end| end == "env")) {
        if fs::read(path).unwrap() != *old {
            faults.push(format!("{} was changed, which is not ours", path.display()));
        }
        fs::write(path, "# mine\nMODE=fast\n").unwrap();
    }
    for rows in home.rows.chunk_by(|one, other| std::ptr::eq(one.shape, other.shape)) {
        let config = fs::read_to_string(at.join(rows[0].shape.path)).unwrap();
        for row in rows.iter().filter(|row| search::shows(&format!("{:?}", row.shape.read(&config, &row.name)))) {
            faults.push(format!("{} {} ({:?}): the key is still there", row.shape.client, row.name, row.look));
        }
        // All of one file side by side, as their client would.
        let begin = |row: &Row| {
            let Row { shape, name, entry, .. } = row;
            let now = shape.read(&config, name);
            let relayed = matches!((entry, &now), (Entry::Remote { .. }, Entry::Local { .. }));
            (relayed, start(row, &now, &at))
        };
        let started: Vec<_> = rows.iter().map(|row| (row, begin(row))).collect();
        let mut running = Vec::new();
        for (row, (relayed, talk)) in started {
            let mut fault =
                |why: &str| faults.push(format!("{} {} ({:?}): {why}", row.shape.client, row.name, row.look));
            let Ok(mut talk) = talk.map_err(|why| fault(&why)) else { continue };
            let got = received(row, &mut talk);
            if let Err(why) = got {
                fault(&format!("{why}; {}", talk.end(false)));
                continue;
            }
            running.push((row, relayed, talk));
        }
        let of = |pid: u32| running.iter().find(|(_, _, talk)| talk.pid() == pid);
        for (pid, line) in search::command_lines() {
            // An argument of the server's own, of another home's perhaps, which is looked at there.
            let is_server = line.starts_with("node\0") || line.contains("/node\0");
            let argument = of(pid).is_none_or(|(row, ..)| row.place.is_argument());
            if !(is_server && argument) {
                faults.push(format!("process {pid} shows a key: {}", line.replace('\0', " ")));
            }
        }
        for (row, relayed, talk) in running {
            // The memory of a server, or of a client, is its own matter; the relay's is ours.
            if search::shows(&talk.end(relayed)) {
                faults.push(format!("{} {}: a key on the standard error", row.shape.client, row.name));
            }
        }
    }
    let left = search::files(&at);
    faults.extend(left.into_iter().map(|file| format!("{file} holds a key")));
    home.faults.extend(faults);
    home.undo();
    home.faults
}

#[test]
fn every_key_reaches_its_server_from_every_place() {
    if !at_a_desktop("every_key_reaches_its_server_from_every_place") {
        return;
    }
    let server = root().join("tests/servers/echo.mjs").to_string_lossy().into_owned();
    assert!(root().join("tests/servers/node_modules").is_dir(), "run `npm ci` in tests/servers");
    let web = Web::start(&server);
    let launcher = launcher();
    let lines = table(std::env::var("WARDER_PLACES").is_ok_and(|which| which == "all"));
    let home_of = |line: &Line| SHAPES.iter().position(|shape| std::ptr::eq(shape, line.shape)).unwrap() / IN_A_HOME;
    let homes: Vec<&[Line]> = lines.chunk_by(|one, other| home_of(one) == home_of(other)).collect();
    let next = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(lines) = homes.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = prove(home(lines, (&server, &web.host), &launcher));
                    faults.lock().unwrap().extend(found);
                }
            });
        }
    });
    let mut faults = faults.into_inner().unwrap();
    // The keyring encrypts what it keeps.
    let keyring = PathBuf::from(std::env::var_os("KEYRING_FOLDER").unwrap());
    faults.extend(search::files(&keyring).into_iter().map(|file| format!("{file} holds a key")));
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    println!("{} entries of {} files: every key arrived, none is left", lines.len(), SHAPES.len());
}
