//! A server that runs, and what it says of what it was given.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

/// Far more than any answer takes: what says nothing must not hold the test.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Talk {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    stderr: Option<JoinHandle<String>>,
    id: u64,
}

impl Talk {
    /// Starts it; `Err` says why not.
    pub(crate) fn start(command: &mut Command) -> Result<Talk, String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| format!("it cannot be started: {error}"))?;
        let (send, lines) = channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|line| send.send(line)));
        let mut said = child.stderr.take().unwrap();
        let stderr = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = said.read_to_end(&mut bytes);
            String::from_utf8_lossy(&bytes).into_owned()
        });
        let stdin = child.stdin.take();
        Ok(Talk { child, stdin, lines, stderr: Some(stderr), id: 0 })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// One line to it.
    pub(crate) fn say(&mut self, message: &Value) -> Result<(), String> {
        let stdin = self.stdin.as_mut().unwrap();
        writeln!(stdin, "{message}").map_err(|error| format!("it does not listen: {error}"))
    }

    fn ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.id += 1;
        self.say(&json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params }))?;
        loop {
            let line = self.lines.recv_timeout(PATIENCE).map_err(|_| format!("no answer to {method}"))?;
            let answer: Value = serde_json::from_str(&line).map_err(|_| format!("{method}: not JSON: {line}"))?;
            if answer["id"] == json!(self.id) {
                let result = answer.get("result").cloned();
                return result.ok_or_else(|| format!("{method}: {}", answer["error"]));
            }
        }
    }

    /// The handshake and the names of its tools.
    pub(crate) fn hello(&mut self) -> Result<Vec<String>, String> {
        let client = json!({ "name": "test", "version": "1" });
        let params = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
        let hello = self.ask("initialize", params)?;
        if hello["serverInfo"]["name"] != "echo" {
            return Err(format!("another server: {hello}"));
        }
        self.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
        let list = self.ask("tools/list", json!({}))?;
        let tools = list["tools"].as_array().ok_or("no list of tools")?;
        Ok(tools.iter().filter_map(|tool| tool["name"].as_str()).map(str::to_owned).collect())
    }

    /// What a tool says.
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Result<Value, String> {
        let said = self.ask("tools/call", json!({ "name": tool, "arguments": arguments }))?;
        let text = said["content"][0]["text"].as_str().ok_or_else(|| format!("{tool}: {said}"))?;
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// Ends it, by a crash if wanted, and gives what it said on the standard error.
    pub(crate) fn end(mut self, crash: bool) -> String {
        let signal = if crash { "-ABRT" } else { "-KILL" };
        let _ = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        drop(self.stdin.take());
        let _ = self.child.wait();
        self.stderr.take().map(|said| said.join().unwrap()).unwrap_or_default()
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
