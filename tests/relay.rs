//! The relay through its front door: the real binary, in a home of its own.
//!
//! `WARDER_RELAY_STATIC` names another build of it to test, the static one
//! that is shipped.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use warder_launch::command::{Approved, Token};
use warder_launch::profile::{Profile, ProfileId, Remote, Run};
use warder_launch::state::State;

#[path = "relay/eras.rs"]
mod eras;
#[path = "relay/everything.rs"]
mod everything;
#[path = "relay/hostile.rs"]
mod hostile;
#[path = "relay/keys.rs"]
mod keys;
#[path = "relay/refusals.rs"]
mod refusals;
#[path = "relay/server.rs"]
mod server;
#[path = "relay/trust.rs"]
mod trust;

/// A home with a state folder and an installed relay.
struct World {
    _folder: tempfile::TempDir,
    state: State,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let state = State::at(folder.path().canonicalize().unwrap().join("home/.warder"));
        state.create().unwrap();
        // It is big: one more name is enough, where that can be. Copied by another
        // process: were it open for writing here while some other test forks,
        // starting it could fail with "text file busy".
        if std::fs::hard_link(relay(), state.relay()).is_err() {
            let copied = Command::new("cp").arg(relay()).arg(state.relay()).status().unwrap();
            assert!(copied.success());
        }
        World { _folder: folder, state }
    }

    fn home(&self) -> &Path {
        self.state.dir().parent().unwrap()
    }

    /// The profile of a server at this URL.
    fn profile(&self, url: &str, sse: bool, headers: &[(&str, &str)]) -> Profile {
        let mut words = vec![Token::Text(url.to_owned())];
        words.extend(sse.then(|| Token::Text("--sse".to_owned())));
        for (name, value) in headers {
            words.extend(["--header".to_owned(), format!("{name}: {value}")].map(Token::Text));
        }
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Profile {
            schema: 1,
            id: ProfileId::new("demo", rand()),
            server: "demo".into(),
            client: "test".into(),
            approved: Approved {
                argv: words,
                env: BTreeMap::new(),
                varies: Vec::new(),
                cwd: None,
                inherited: BTreeMap::new(),
            },
            run: Run { program: self.state.relay(), args: Vec::new(), cwd: None, env: BTreeMap::new() },
            secrets: BTreeMap::new(),
            inside: Vec::new(),
            remote: Some(Remote { url: url.to_owned(), sse, headers: headers.collect(), kinds: BTreeMap::new() }),
            sandbox: None,
            package: None,
        }
    }

    /// The entry of this profile, which is written too.
    fn entry(&self, profile: &Profile) -> Command {
        profile.write(&self.state).unwrap();
        let words = profile.approved.argv.iter().map(|word| match word {
            Token::Text(text) => text.clone(),
            Token::Sealed { .. } => unreachable!("words of a remote are in clear"),
        });
        let head = ["run", "--profile", profile.id.as_str(), "--"].map(str::to_owned);
        self.call(head.into_iter().chain(words))
    }

    /// The relay with these words, started as a client does: few variables.
    fn call(&self, words: impl IntoIterator<Item = String>) -> Command {
        let mut command = Command::new(self.state.relay());
        command.args(words).env_clear().env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
        command.current_dir(self.home());
        command
    }

    /// A relay to this URL, without a key.
    fn start(&self, url: &str, sse: bool) -> Session {
        Session::start(&mut self.entry(&self.profile(url, sse, &[])))
    }
}

fn relay() -> PathBuf {
    let other = std::env::var_os("WARDER_RELAY_STATIC");
    other.map_or_else(|| env!("CARGO_BIN_EXE_warder-relay").into(), PathBuf::from)
}

fn rand() -> [u8; 16] {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).unwrap();
    bits
}

/// A running relay, and the client at its other end.
struct Session {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: Option<JoinHandle<String>>,
}

/// Longer than anything here takes; only a hanging relay meets it.
const LONG: Duration = Duration::from_secs(60);

impl Session {
    fn start(command: &mut Command) -> Session {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (tell, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).all(|line| tell.send(line).is_ok()));
        let mut stderr = child.stderr.take().unwrap();
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            stderr.read_to_string(&mut text).unwrap();
            text
        });
        Session { stdin: child.stdin.take(), child, lines, errors: Some(errors) }
    }

    fn write(&mut self, line: &str) {
        let stdin = self.stdin.as_mut().unwrap();
        stdin.write_all(line.as_bytes()).unwrap();
        stdin.write_all(b"\n").unwrap();
        stdin.flush().unwrap();
    }

    fn send(&mut self, message: &Value) {
        self.write(&message.to_string());
    }

    fn request(&mut self, id: impl Into<Value>, method: &str, params: Value) {
        let id: Value = id.into();
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
    }

    fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// The next line on stdout, as it is.
    fn line(&self) -> String {
        self.lines.recv_timeout(LONG).unwrap()
    }

    fn next(&self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// The answer to `id`, and what came before it.
    fn answer(&self, id: impl Into<Value>) -> (Value, Vec<Value>) {
        let id: Value = id.into();
        let mut before = Vec::new();
        loop {
            let message = self.next();
            if message["id"] == id && message.get("method").is_none() {
                return (message, before);
            }
            before.push(message);
        }
    }

    /// Opens a session as clients of 2025 do; gives the result.
    fn open(&mut self) -> Value {
        let info = json!({ "name": "test", "version": "1" });
        let capabilities = json!({ "sampling": {}, "roots": {}, "elicitation": {} });
        let params = json!({ "protocolVersion": "2025-06-18", "capabilities": capabilities, "clientInfo": info });
        self.request(0, "initialize", params);
        let (answer, _) = self.answer(0);
        self.notify("notifications/initialized", json!({}));
        answer["result"].clone()
    }

    /// Closes stdin and waits for the end: the exit code, what was still
    /// written, and stderr.
    fn end(mut self) -> (ExitStatus, Vec<String>, String) {
        drop(self.stdin.take());
        self.wait()
    }

    fn wait(&mut self) -> (ExitStatus, Vec<String>, String) {
        let mut rest = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(LONG) {
            rest.push(line);
        }
        (self.child.wait().unwrap(), rest, self.errors.take().unwrap().join().unwrap())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
