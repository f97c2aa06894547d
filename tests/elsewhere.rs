//! Keys of servers elsewhere, end to end: a real keyring, the real relay, and
//! a server that writes down what it was told.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod beside;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use beside::{beside_keyring, root};
use serde_json::{Value, json};

const TOKEN: &str = "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN";

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A launcher, and the relay beside it.
fn launcher() -> PathBuf {
    let built = Command::new(env!("CARGO"))
        .args(["build", "-q", "-p", "warder-launch", "-p", "warder-relay", "--bins"])
        .current_dir(root())
        .status();
    assert!(built.unwrap().success(), "the launcher does not build");
    Path::new(env!("CARGO_BIN_EXE_warder")).with_file_name("warder-launch")
}

/// An MCP server over HTTP; remembers the first line and the headers of each request.
struct Server {
    port: u16,
    told: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start() -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let told = Arc::<Mutex<Vec<String>>>::default();
        let heard = told.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let heard = heard.clone();
                std::thread::spawn(move || answer(stream, &heard));
            }
        });
        Server { port, told }
    }

    fn was_told(&self, text: &str) -> bool {
        self.told.lock().unwrap().iter().any(|head| head.contains(text))
    }
}

fn answer(stream: TcpStream, heard: &Mutex<Vec<String>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        if line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        head += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let posted = head.starts_with("POST");
    heard.lock().unwrap().push(head);
    let message: Value = serde_json::from_slice(&body).unwrap_or_default();
    let result = match message["method"].as_str() {
        Some("initialize") => json!({
            "protocolVersion": "2025-06-18",
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "told", "version": "1" }
        }),
        Some("tools/list") => json!({ "tools": [{ "name": "echo", "inputSchema": { "type": "object" } }] }),
        _ => json!({}),
    };
    let (status, body) = match (posted, message.get("id")) {
        (false, _) => ("405 Method Not Allowed", String::new()),
        (true, None) => ("202 Accepted", String::new()),
        (true, Some(id)) => ("200 OK", json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string()),
    };
    let head = format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", body.len());
    write!(reader.get_mut(), "{head}connection: close\r\n\r\n{body}").ok()
}

struct World {
    folder: tempfile::TempDir,
    launcher: PathBuf,
}

impl World {
    fn new(path: &str, entry: &Value) -> World {
        let world = World { folder: tempfile::tempdir().unwrap(), launcher: launcher() };
        let file = world.home().join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, json!({ "mcpServers": { "told": entry } }).to_string()).unwrap();
        world
    }

    fn home(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.home().join(path)).unwrap()
    }

    fn entry(&self, path: &str) -> Value {
        serde_json::from_str::<Value>(&self.text(path)).unwrap()["mcpServers"]["told"].clone()
    }

    fn done(&self, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warder"));
        command.args(arguments).arg("--home").arg(self.home()).env("WARDER_LAUNCHER", &self.launcher);
        let output = command.output().unwrap();
        let said = out(&output) + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
        assert!(!said.contains(&TOKEN[4..24]), "the key was printed");
        said
    }

    fn holds_key(&self) -> bool {
        Command::new("grep").args(["-raqF", &TOKEN[4..24]]).arg(self.home()).status().unwrap().success()
    }
}

#[test]
fn a_relayed_server_is_told_its_keys_and_nobody_else_is() {
    if !beside_keyring("a_relayed_server_is_told_its_keys_and_nobody_else_is") {
        return;
    }
    let server = Server::start();
    let path = ".cursor/mcp.json";
    let world = World::new(
        path,
        &json!({
            "url": format!("http://127.0.0.1:{}/mcp?api_key={TOKEN}", server.port),
            "headers": { "Authorization": format!("Bearer {TOKEN}"), "X-Set": "repos" }
        }),
    );
    let before = world.text(path);
    let said = world.done(&["fix", "--rule", "secret-in-url", "--yes", "--verify"]);
    assert!(said.contains("It answers through the relay: 1 tool."), "{said}");
    assert!(!world.holds_key(), "the key is still in a file");
    assert!(server.was_told(&format!("POST /mcp?api_key={TOKEN} ")));
    assert!(server.was_told(&format!("Bearer {TOKEN}")) && server.was_told("repos"));

    // As the client starts it: the words of the file, few variables, no bus.
    let entry = world.entry(path);
    let words: Vec<&str> = entry["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    let start = |words: &[&str]| {
        let mut command = Command::new(entry["command"].as_str().unwrap());
        command.args(words).env_clear().env("HOME", world.home()).env("PATH", "/usr/bin:/bin").current_dir("/");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let mut relay = start(&words);
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" } } });
    writeln!(relay.stdin.as_mut().unwrap(), "{hello}").unwrap();
    let mut line = String::new();
    BufReader::new(relay.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("\"told\""), "{line}");
    let cmdline = fs::read(format!("/proc/{}/cmdline", relay.id())).unwrap();
    assert!(!String::from_utf8_lossy(&cmdline).contains(&TOKEN[4..24]));
    drop(relay.stdin.take());
    relay.wait().unwrap();

    // Another server, another header: no start.
    for (old, new) in [("/mcp?", "/other?"), ("repos", "all")] {
        let changed: Vec<String> = words.iter().map(|word| word.replace(old, new)).collect();
        let mut relay = start(&changed.iter().map(String::as_str).collect::<Vec<_>>());
        drop(relay.stdin.take());
        assert_eq!(relay.wait().unwrap().code(), Some(125), "{new}");
    }
    assert!(!server.was_told("/other"));
    world.done(&["undo", "--last"]);
    assert_eq!(world.text(path), before);
}

#[test]
fn a_client_that_asks_for_headers_is_given_them() {
    if !beside_keyring("a_client_that_asks_for_headers_is_given_them") {
        return;
    }
    let path = ".claude.json";
    let url = "https://mcp.example.com/mcp";
    let headers = json!({ "Authorization": format!("Bearer {TOKEN}"), "X-Set": "repos" });
    let world = World::new(path, &json!({ "type": "http", "url": url, "headers": headers }));
    let before = world.text(path);
    world.done(&["fix", "--all-safe", "--yes"]);
    assert!(!world.holds_key(), "the key is still in a file");
    let entry = world.entry(path);
    assert_eq!(entry["headers"], json!({ "X-Set": "repos" }));
    let asked = |url: Option<&str>| {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(entry["headersHelper"].as_str().unwrap());
        match url {
            Some(url) => shell.env("CLAUDE_CODE_MCP_SERVER_URL", url),
            None => shell.env_remove("CLAUDE_CODE_MCP_SERVER_URL"),
        };
        shell.output().unwrap()
    };
    let given: Value = serde_json::from_slice(&asked(Some(url)).stdout).unwrap();
    assert_eq!(given, json!({ "Authorization": format!("Bearer {TOKEN}") }));
    // To another place no key goes, nor to one that nobody names.
    for (url, why) in [(Some("https://other.example.com/mcp"), "its URL changed"), (None, "does not say where")] {
        let other = asked(url);
        assert_eq!((other.status.code(), other.stdout.as_slice()), (Some(125), &[][..]), "{url:?}");
        assert!(String::from_utf8_lossy(&other.stderr).contains(why), "{url:?}");
    }
    world.done(&["undo", "--last"]);
    assert_eq!(world.text(path), before);
}
