//! Sandboxes as the fix itself proposes them, around real servers, and their
//! permissions changed later: the real launcher, nothing edited by hand.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "permissions/learn.rs"]
mod learn;
#[path = "launcher/network.rs"]
mod network;
#[path = "permissions/scripts.rs"]
mod scripts;
#[path = "permissions/shims.rs"]
mod shims;
#[path = "permissions/stand_in.rs"]
mod stand_in;
#[allow(dead_code, reason = "each test file uses its share")]
mod world;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use warder_audit::api::{Answer, Choices, Code, NetworkChoice, Preview, Request, Server};
use warder_audit::env::Env;
use warder_audit::session::Session;
use warder_launch::vault::MemoryVault;
use world::{CURSOR, World, all, beside_keyring, root, row};

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Programs of the test servers; `cargo xtask test` installs them.
fn installed(path: &str) -> String {
    let path = root().join("tests/servers").join(path);
    assert!(path.exists(), "the test servers are not installed: run `cargo xtask test`");
    path.to_string_lossy().into_owned()
}

fn of_node(package: &str) -> Value {
    json!([installed(&format!("node_modules/@modelcontextprotocol/{package}/dist/index.js"))])
}

/// A running server; ended when dropped.
struct Talk {
    child: Child,
    lines: BufReader<ChildStdout>,
    id: u64,
}

impl Talk {
    /// Starts an entry as its client would: a short environment, its variables.
    fn start(home: &Path, entry: &Value) -> Talk {
        let mut command = Command::new(entry["command"].as_str().unwrap());
        command.args(entry["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()));
        command.env_clear().env("HOME", home).env("PATH", "/usr/local/bin:/usr/bin:/bin").current_dir("/");
        let variables = entry["env"].as_object().into_iter().flatten();
        command.envs(variables.map(|(name, value)| (name, value.as_str().unwrap())));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let mut talk = Talk { child, lines, id: 0 };
        let client = json!({ "name": "test", "version": "1" });
        let hello = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
        assert!(talk.ask("initialize", hello)["result"]["serverInfo"]["name"].is_string());
        talk.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        talk
    }

    fn say(&mut self, message: &Value) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{message}").unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.id += 1;
        self.say(&json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params }));
        loop {
            let mut line = String::new();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "the server ended");
            let answer: Value = serde_json::from_str(&line).unwrap();
            if answer["id"] == json!(self.id) {
                return answer;
            }
        }
    }

    fn tools(&mut self) -> Value {
        self.ask("tools/list", json!({}))["result"]["tools"].clone()
    }

    fn call(&mut self, tool: &str, arguments: &Value) -> Value {
        self.ask("tools/call", json!({ "name": tool, "arguments": arguments }))["result"].clone()
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A home with these entries of Cursor's, and a session on it.
struct Place {
    world: World,
    session: Session,
}

impl Place {
    fn new(folder: &Path, servers: &Value) -> Place {
        let home = folder.canonicalize().unwrap();
        fs::create_dir_all(home.join(".cursor")).unwrap();
        let config = json!({ "mcpServers": servers });
        fs::write(home.join(CURSOR), serde_json::to_string_pretty(&config).unwrap()).unwrap();
        let world = World::new(&home);
        let env = Env {
            vars: BTreeMap::from([("PATH".to_owned(), std::env::var("PATH").unwrap())]),
            launcher: Some(world.launcher.clone()),
            ..Env::current(Some(&home)).unwrap()
        };
        let session = Session::open(env.clone(), env.state(), Arc::new(MemoryVault::default()));
        Place { world, session }
    }

    /// The same on a computer with this `PATH`.
    fn session_path(&mut self, path: &str) {
        let mut env = Env::current(Some(&self.world.home)).unwrap();
        env.vars = BTreeMap::from([("PATH".to_owned(), path.to_owned())]);
        env.launcher = Some(self.world.launcher.clone());
        self.session = Session::open(env.clone(), env.state(), Arc::new(MemoryVault::default()));
    }

    fn server(&mut self, name: &str) -> Server {
        self.session.scan().report().servers.into_iter().find(|server| server.name == name).unwrap()
    }

    fn fix(&mut self, name: &str) -> String {
        let report = self.session.scan().report();
        let id = report.servers.iter().find(|server| server.name == name).unwrap().id.clone();
        let own = report.findings.iter().filter(|finding| finding.server.as_ref() == Some(&id));
        let fixes =
            own.filter(|finding| finding.rule == "unsandboxed-server").flat_map(|finding| finding.fixes.clone());
        fixes.map(|fix| fix.id).find(|fix| fix.ends_with(".sandbox")).unwrap()
    }

    /// Puts it into the sandbox that is proposed.
    fn fence(&mut self, name: &str) -> (Preview, String) {
        let fix = self.fix(name);
        let preview = self.session.preview(&fix, &Choices::default()).unwrap();
        let change = self.session.apply(&fix, &Choices::default(), &preview.seen, false).unwrap();
        (preview, change.id)
    }

    fn start(&self, name: &str) -> Talk {
        Talk::start(&self.world.home, &self.world.config()["mcpServers"][name])
    }
}

#[test]
fn real_servers_work_in_the_sandbox_that_is_proposed() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().canonicalize().unwrap();
    fs::create_dir_all(home.join("notes")).unwrap();
    fs::write(home.join("notes/a.txt"), "hello").unwrap();
    fs::create_dir_all(home.join("repo")).unwrap();
    fs::create_dir_all(home.join("data")).unwrap();
    let git = |words: &[&str]| {
        let mut git = Command::new("git");
        git.current_dir(home.join("repo")).env("HOME", &home).args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@example.com",
        ]);
        assert!(git.args(words).stdout(Stdio::null()).status().unwrap().success());
    };
    git(&["init", "-q"]);
    git(&["commit", "-q", "--allow-empty", "-m", "first"]);
    let with = |words: Value, more: Value| {
        Value::Array([words.as_array().unwrap().clone(), more.as_array().unwrap().clone()].concat())
    };
    let shown = |path: &str| home.join(path).to_string_lossy().into_owned();
    let python = |program: &str, args: Value| json!({ "command": installed(program), "args": args });
    let node = |args: Value| json!({ "command": "node", "args": args });
    // Each with a call whose answer is the same at any time.
    let servers = [
        (
            "files",
            node(with(of_node("server-filesystem"), json!([shown("notes")]))),
            "read_text_file",
            json!({ "path": shown("notes/a.txt") }),
        ),
        (
            "linked",
            json!({ "command": installed("node_modules/.bin/mcp-server-filesystem"), "args": [shown("notes")] }),
            "read_text_file",
            json!({ "path": shown("notes/a.txt") }),
        ),
        ("everything", node(of_node("server-everything")), "echo", json!({ "message": "hello" })),
        (
            "thinking",
            node(of_node("server-sequential-thinking")),
            "sequentialthinking",
            json!({ "thought": "one", "nextThoughtNeeded": false, "thoughtNumber": 1, "totalThoughts": 1 }),
        ),
        (
            "time",
            python("venv/bin/mcp-server-time", json!([])),
            "convert_time",
            json!({ "source_timezone": "UTC", "time": "12:00", "target_timezone": "Asia/Tokyo" }),
        ),
        (
            "git",
            python("venv/bin/mcp-server-git", json!(["--repository", shown("repo")])),
            "git_log",
            json!({ "repo_path": shown("repo") }),
        ),
        // Its own rule: nothing on this computer. Another answer needs a network.
        ("fetch", python("venv/bin/mcp-server-fetch", json!([])), "fetch", json!({ "url": "http://127.0.0.1:9/" })),
        (
            "sqlite",
            python("venv-mcp1/bin/mcp-server-sqlite", json!(["--db-path", shown("data/x.db")])),
            "list_tables",
            json!({}),
        ),
        (
            "calculator",
            python("venv-mcp1/bin/mcp-server-calculator", json!([])),
            "calculate",
            json!({ "expression": "6 * 7" }),
        ),
        ("math", python("venv-mcp1/bin/mcp-server-math", json!([])), "sum", json!({ "numbers": [1, 2, 3] })),
    ];
    let config: serde_json::Map<String, Value> =
        servers.iter().map(|(name, entry, ..)| ((*name).to_owned(), entry.clone())).collect();
    let mut place = Place::new(&home, &Value::Object(config));
    for (name, entry, tool, arguments) in &servers {
        let mut talk = Talk::start(&home, entry);
        let before = (talk.tools(), talk.call(tool, arguments));
        assert!(before.0.as_array().unwrap().iter().any(|one| one["name"] == *tool), "{name}");
        drop(talk);

        let (preview, _) = place.fence(name);
        let allowed = preview.permissions.unwrap();
        assert_eq!((allowed.before, allowed.after.network), (None, NetworkChoice::None), "{name}");
        let mut talk = place.start(name);
        let after = (talk.tools(), talk.call(tool, arguments));
        assert_eq!(after, before, "{name}");
        assert_eq!(place.server(name).permissions.unwrap().read, allowed.after.read, "{name}");
    }
}

#[test]
fn a_server_that_remembers_keeps_what_it_knew_and_learns_more() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().canonicalize().unwrap();
    // Of its own, because it writes beside itself as long as nothing is around it.
    let copied = Command::new("cp").arg("-a").arg(installed("node_modules")).arg(&home).status().unwrap();
    assert!(copied.success());
    let package = home.join("node_modules/@modelcontextprotocol/server-memory");
    let usual = package.join("dist/memory.jsonl");
    let _ = fs::remove_file(&usual);
    let entry = json!({ "command": "node", "args": [package.join("dist/index.js")] });
    let mut place = Place::new(&home, &json!({ "memory": entry.clone() }));
    let known = |name: &str| json!({ "entities": [{ "name": name, "entityType": "t", "observations": [] }] });
    Talk::start(&home, &entry).call("create_entities", &known("before"));
    let before = fs::read_to_string(&usual).unwrap();

    let (preview, change) = place.fence("memory");
    assert!(preview.permissions.unwrap().after.keeps_home.unwrap().starts_with("~/.warder/homes/memory-"));
    let said =
        "What it has now is copied there from ~/node_modules/@modelcontextprotocol/server-memory/dist/memory.jsonl";
    assert!(preview.notes.iter().any(|note| note.contains(said)), "{:?}", preview.notes);
    let names = |talk: &mut Talk| {
        let graph = talk.call("read_graph", &json!({}))["structuredContent"]["entities"].clone();
        graph.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut talk = place.start("memory");
    assert_eq!(names(&mut talk), ["before"]);
    talk.call("create_entities", &known("after"));
    drop(talk);
    assert_eq!(names(&mut place.start("memory")), ["before", "after"]);
    assert_eq!(fs::read_to_string(&usual).unwrap(), before, "the old file stays as it is");

    let undone = place.session.undo(&change).unwrap();
    let kept = undone.note.unwrap();
    assert!(kept.starts_with("What it kept in its sandbox stays in ~/.warder/homes/memory-"), "{kept}");
    assert_eq!(names(&mut place.start("memory")), ["before"]);
}

#[test]
fn permissions_are_changed_shown_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().canonicalize().unwrap();
    for dir in ["notes", "more"] {
        fs::create_dir_all(home.join(dir)).unwrap();
        fs::write(home.join(dir).join("a.txt"), dir).unwrap();
    }
    let path = |path: &str| home.join(path).to_string_lossy().into_owned();
    let entry = json!({ "command": "node", "args": [of_node("server-filesystem")[0], path("notes"), path("more")] });
    let mut place = Place::new(&home, &json!({ "files": entry }));
    place.fence("files");
    let config = place.world.read(CURSOR);
    let write = |talk: &mut Talk, dir: &str| {
        let done = talk.call("write_file", &json!({ "path": path(&format!("{dir}/b.txt")), "content": "x" }));
        done["isError"] != json!(true)
    };
    assert!(write(&mut place.start("files"), "more"));

    // As the launcher writes down what was tried.
    let entry: Value = serde_json::from_str(&config).unwrap();
    let id = entry["mcpServers"]["files"]["args"][2].as_str().unwrap();
    let tried =
        ["api.example.com", "b.example.com"].map(|host| json!({ "host": host, "port": 443, "times": 3, "last": 1 }));
    let refused = home.join(".warder/refused");
    fs::create_dir_all(&refused).unwrap();
    fs::write(refused.join(format!("{id}.json")), json!(tried).to_string()).unwrap();
    for private in [refused.clone(), refused.join(format!("{id}.json"))] {
        let mode = if private.is_dir() { 0o700 } else { 0o600 };
        fs::set_permissions(&private, fs::Permissions::from_mode(mode)).unwrap();
    }
    let asks = |place: &mut Place| place.server("files").refused.into_iter().map(|one| one.host).collect::<Vec<_>>();
    assert_eq!(asks(&mut place), ["api.example.com", "b.example.com"]);

    let fix = format!("permissions:{}", place.server("files").id);
    let Answer::Proposal(now) = place.session.ask(Request::Propose { fix: fix.clone() }).unwrap() else { panic!() };
    let folders: Vec<_> =
        now.folders.iter().filter(|one| !one.fixed).map(|one| (one.path.as_str(), one.write)).collect();
    assert_eq!(folders, [(path("more").as_str(), true), (path("notes").as_str(), true)]);
    assert!(now.folders.iter().any(|one| one.fixed && !one.write), "its own program stays");

    let all_of_it = Choices { keep: vec![path("more"), path("notes")], ..Choices::default() };
    let same = place.session.preview(&fix, &all_of_it).unwrap_err();
    assert_eq!((same.code, same.message.as_str()), (Code::Refused, "this is what it may already"));
    for (bad, said) in [
        (Choices { hosts: vec!["127.0.0.1".into()], ..all_of_it.clone() }, "cannot be allowed"),
        (Choices { hosts: vec!["*.com".into()], ..all_of_it.clone() }, "cannot be allowed"),
        (Choices { keep: vec![path(".ssh")], ..Choices::default() }, "is not there"),
        (Choices { read: vec![path("")], ..all_of_it.clone() }, "too much"),
        (Choices { keep: vec![path("notes/a.txt")], ..Choices::default() }, "is not a folder"),
    ] {
        let failure = place.session.preview(&fix, &bad).unwrap_err();
        assert!(failure.message.contains(said), "{failure}");
    }

    // One folder to read only, and a host.
    let narrow = Choices { keep: vec![path("notes")], read: vec![path("more")], ..Choices::default() };
    let preview = place.session.preview(&fix, &narrow).unwrap();
    let change = preview.permissions.unwrap();
    assert_eq!(
        (change.more.as_slice(), change.less.as_slice()),
        (&[][..], &["It may write in ~/more.".to_owned()][..])
    );
    let done = place.session.apply(&fix, &narrow, &preview.seen, true).unwrap();
    assert_eq!(done.title, "Changed what files may do");
    assert!(done.note.unwrap().starts_with("Started before and after"));
    let again = place.session.apply(&fix, &all_of_it, &preview.seen, false).unwrap_err();
    assert_eq!(again.code, Code::Stale, "only what was shown is done");
    let mut talk = place.start("files");
    let read = talk.call("read_text_file", &json!({ "path": path("more/a.txt") })).to_string();
    assert!(read.contains("more") && !write(&mut talk, "more") && write(&mut talk, "notes"));
    drop(talk);
    assert_eq!(place.world.read(CURSOR), config, "the entry stays as it is");

    let wide = Choices { hosts: vec!["api.example.com".into()], network: Some(NetworkChoice::Hosts), ..narrow };
    let preview = place.session.preview(&fix, &wide).unwrap();
    assert_eq!(preview.title, "Let files reach api.example.com");
    assert_eq!(preview.permissions.unwrap().more, ["It may reach api.example.com."]);
    let host = place.session.apply(&fix, &wide, &preview.seen, false).unwrap();
    assert_eq!(place.server("files").permissions.unwrap().reach, ["api.example.com"]);
    assert_eq!(asks(&mut place), ["b.example.com"]);
    let lines = place.session.change(&host.id).unwrap().diff;
    assert!(lines.iter().any(|line| line.text == "It may reach api.example.com."), "{lines:?}");

    // The older one only after the newer one.
    assert_eq!(place.session.undo(&done.id).unwrap_err().code, Code::Conflict);
    place.session.undo(&host.id).unwrap();
    assert_eq!(asks(&mut place).len(), 2);
    place.session.undo(&done.id).unwrap();
    let may = place.server("files").permissions.unwrap();
    assert_eq!((may.network, may.write.len()), (NetworkChoice::None, 2));
    assert!(write(&mut place.start("files"), "more"));
}

#[test]
fn allowing_more_needs_a_person_and_allowing_less_does_not() {
    if !beside_keyring("allowing_more_needs_a_person_and_allowing_less_does_not") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let home: PathBuf = folder.path().canonicalize().unwrap();
    for dir in ["notes", "more"] {
        fs::create_dir_all(home.join(dir)).unwrap();
    }
    let more = home.join("more").to_string_lossy().into_owned();
    let entry = json!({ "command": "node", "args": [of_node("server-filesystem")[0], home.join("notes")] });
    let place = Place::new(&home, &json!({ "files": entry }));
    let world = place.world;
    assert!(world.done(&["permissions"]).contains("No server runs in a sandbox"));
    let said =
        world.done(&["fix", "--rule", "unsandboxed-server", "--yes", "--read", &more, "--host", "api.example.com"]);
    assert!(said.contains("The server may reach api.example.com and nothing else."), "{said}");
    let said = world.done(&["permissions", "files"]);
    assert!(said.contains("may write  ~/notes\n") && said.contains("may reach  api.example.com\n"), "{said}");

    let again = world.warder(&["fix", "--server", "files", "--host", "b.example.com", "--read", &more, "--yes"]);
    let way = format!("warder allow --read {more} --host b.example.com -- files");
    assert!(again.status.code() == Some(2) && all(&again).contains(&way), "{}", all(&again));

    let wider = ["allow", "files", "--write", &more];
    let piped = world.warder(&[&wider[..], &["--yes"]].concat());
    assert_eq!(piped.status.code(), Some(2));
    assert!(all(&piped).contains("needs a person"), "{}", all(&piped));
    let (said, code) = world.at_terminal(&wider, "n\n");
    assert!(code == Some(1) && said.contains("+ It may write in ~/more."), "{said}");
    let (said, code) = world.at_terminal(&wider, "y\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(world.done(&["permissions"]).contains("~/more"));

    let said = world.done(&["allow", "files", "--remove", "api.example.com", "--remove", "~/more", "--yes"]);
    assert!(said.contains("- It may reach api.example.com."), "{said}");
    let may = row(&world.report(), "files")["permissions"].clone();
    assert_eq!((&may["network"], &may["write"]), (&json!("none"), &json!(["~/notes"])));
    let gone = world.warder(&["allow", "files", "--remove", "api.example.com", "--yes"]);
    assert!(all(&gone).contains("nothing to remove"), "{}", all(&gone));
    assert_eq!(world.warder(&["allow", "nobody", "--host", "a.example.com"]).status.code(), Some(2));
}
