//! Start one entry exactly as its client would, shake hands, list its tools.
//!
//! Only ever called after a person's yes to exactly this command. What is
//! compared before and after a fix is the set of tool names.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use warder_launch::permit;
use warder_launch::sandbox::{end_all_with_starter, end_with_starter};

use crate::api::Call;

/// What to start.
#[derive(Clone, Debug)]
pub struct Start {
    pub program: PathBuf,
    pub args: Vec<String>,
    pub env: BTreeMap<String, String>,
    pub cwd: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    #[error("it could not be started")]
    Start(#[source] std::io::Error),
    #[error("it ended before it answered")]
    Ended,
    #[error("it did not answer within {0} seconds")]
    Silent(u64),
    #[error("it answered {0} with an error")]
    Refused(&'static str),
    #[error("it was stopped")]
    Stopped,
}

/// A first start may download a package.
pub const PATIENCE: Duration = Duration::from_secs(90);
/// A longer line is no answer of an honest server.
const LONGEST: u64 = 16 * 1024 * 1024;

/// The variables the MCP SDKs hand down (client-formats §1.1).
pub const SHORT: &[&str] = &[
    "HOME",
    "LOGNAME",
    "PATH",
    "SHELL",
    "TERM",
    "USER",
    "APPDATA",
    "HOMEDRIVE",
    "HOMEPATH",
    "LOCALAPPDATA",
    "PROCESSOR_ARCHITECTURE",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "USERNAME",
    "USERPROFILE",
    "PROGRAMFILES",
];

/// Asked again and again; `false` ends the server.
pub type GoesOn<'a> = &'a dyn Fn() -> bool;

/// For a server that was told to end. On Linux it is not waited for: who ends it and all that it started is killed last.
const TOLD: Duration = Duration::from_secs(if cfg!(target_os = "linux") { 10 } else { 1 });

/// How often.
const OFTEN: Duration = Duration::from_millis(100);

/// What a server said.
pub struct Talked {
    /// The names of its tools, sorted.
    pub tools: Vec<String>,
    /// Every tool says that it changes nothing (`readOnlyHint`): a server's own word.
    pub only_reads: bool,
    /// Those that can be called with nothing, by name, and whether each says so; those that do come first.
    pub callable: Vec<(String, bool)>,
    /// Tools that were called and failed.
    pub failed: Vec<String>,
}

/// Starts the server, does `initialize` and `tools/list` (all pages), ends it
/// and everything it started. Gives the sorted tool names.
pub fn tools(start: &Start, patience: Duration, goes_on: GoesOn<'_>) -> Result<Vec<String>, VerifyError> {
    talk(start, patience, &[], goes_on).map(|talked| talked.tools)
}

/// The same, and calls these tools in between. Their answers are not kept.
pub fn talk(start: &Start, patience: Duration, calls: &[Call], goes_on: GoesOn<'_>) -> Result<Talked, VerifyError> {
    if !goes_on() {
        return Err(VerifyError::Stopped);
    }
    let mut command = Command::new(&start.program);
    command.args(&start.args).env_clear().envs(&start.env).current_dir(&start.cwd);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    // Leave to watch a start counts for a child of this process, and the fence around that one ends all that is inside.
    match start.env.contains_key(permit::VARIABLE) {
        true => end_with_starter(&mut command),
        false => end_all_with_starter(&mut command),
    }
    let mut talk = Talk::with(command.spawn().map_err(VerifyError::Start)?, patience, goes_on);
    let hello = json!({
        "protocolVersion": "2025-06-18", "capabilities": {},
        "clientInfo": { "name": "warder", "version": env!("CARGO_PKG_VERSION") }
    });
    talk.ask("initialize", hello)?;
    talk.say(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }))?;
    let (mut names, mut cursor, mut only_reads) = (Vec::new(), Value::Null, true);
    let mut callable: Vec<(String, bool)> = Vec::new();
    loop {
        let params = if cursor.is_null() { json!({}) } else { json!({ "cursor": cursor }) };
        let page = talk.ask("tools/list", params)?;
        let tools = page["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
        let reads = |tool: &Value| tool["annotations"]["readOnlyHint"] == json!(true);
        only_reads &= tools.iter().all(reads);
        let free = tools.iter().filter(|tool| tool["inputSchema"]["required"].as_array().is_none_or(Vec::is_empty));
        callable.extend(free.filter_map(|tool| Some((tool["name"].as_str()?.to_owned(), reads(tool)))));
        names.extend(tools.iter().filter_map(|tool| tool["name"].as_str().map(str::to_owned)));
        cursor = page["nextCursor"].clone();
        if cursor.is_null() || names.len() > 100_000 {
            break;
        }
    }
    names.sort();
    callable.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let mut failed = Vec::new();
    for call in calls {
        let answer = talk.ask("tools/call", json!({ "name": call.tool, "arguments": call.arguments }));
        match answer {
            Ok(result) if result["isError"] != json!(true) => {}
            Ok(_) | Err(VerifyError::Refused(_)) => failed.push(call.tool.clone()),
            Err(error) => return Err(error),
        }
    }
    Ok(Talked { only_reads: only_reads && !names.is_empty(), callable, tools: names, failed })
}

/// A running server; ended when dropped.
struct Talk<'a> {
    child: Child,
    lines: mpsc::Receiver<Value>,
    until: Instant,
    patience: Duration,
    id: u64,
    goes_on: GoesOn<'a>,
}

impl<'a> Talk<'a> {
    fn with(mut child: Child, patience: Duration, goes_on: GoesOn<'a>) -> Talk<'a> {
        let (send, lines) = mpsc::channel();
        let stdout = child.stdout.take().expect("it is piped");
        std::thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            loop {
                let mut line = Vec::new();
                match std::io::Read::take(&mut reader, LONGEST).read_until(b'\n', &mut line) {
                    Ok(0) | Err(_) => return,
                    Ok(_) => {}
                }
                let Ok(message) = serde_json::from_slice(&line) else { continue };
                if send.send(message).is_err() {
                    return;
                }
            }
        });
        Talk { child, lines, until: Instant::now() + patience, patience, id: 0, goes_on }
    }

    fn say(&mut self, message: &Value) -> Result<(), VerifyError> {
        let stdin = self.child.stdin.as_mut().expect("it is piped");
        writeln!(stdin, "{message}").and_then(|()| stdin.flush()).map_err(|_| VerifyError::Ended)
    }

    fn ask(&mut self, method: &'static str, params: Value) -> Result<Value, VerifyError> {
        self.id += 1;
        self.say(&json!({ "jsonrpc": "2.0", "id": self.id, "method": method, "params": params }))?;
        loop {
            if !(self.goes_on)() {
                return Err(VerifyError::Stopped);
            }
            let left = self.until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left.min(OFTEN)) {
                Ok(message) if message["id"] == json!(self.id) && message.get("result").is_some() => {
                    return Ok(message["result"].clone());
                }
                Ok(message) if message["id"] == json!(self.id) && message.get("error").is_some() => {
                    return Err(VerifyError::Refused(method));
                }
                // A server may ask its client something; nothing is granted.
                Ok(message) if message.get("method").is_some() && message.get("id").is_some() => {
                    let id = &message["id"];
                    self.say(
                        &json!({ "jsonrpc": "2.0", "id": id, "error": { "code": -32601, "message": "not supported" } }),
                    )?;
                }
                Ok(_) => {}
                Err(mpsc::RecvTimeoutError::Timeout) if left > OFTEN => {}
                Err(mpsc::RecvTimeoutError::Timeout) => return Err(VerifyError::Silent(self.patience.as_secs())),
                Err(mpsc::RecvTimeoutError::Disconnected) => return Err(VerifyError::Ended),
            }
        }
    }
}

impl Drop for Talk<'_> {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // Most servers end with their input; the rest are told, then made to.
        let gone = |child: &mut Child, patience: Duration| {
            let until = Instant::now() + patience;
            while Instant::now() < until {
                if child.try_wait().is_ok_and(|status| status.is_some()) {
                    return true;
                }
                std::thread::park_timeout(Duration::from_millis(10));
            }
            false
        };
        if !gone(&mut self.child, Duration::from_secs(1)) {
            #[cfg(unix)]
            signal_group(&self.child, rustix::process::Signal::TERM);
            if !gone(&mut self.child, TOLD) {
                #[cfg(unix)]
                signal_group(&self.child, rustix::process::Signal::KILL);
                let _ = self.child.kill();
                let _ = self.child.wait();
            }
        }
    }
}

#[cfg(unix)]
fn signal_group(child: &Child, signal: rustix::process::Signal) {
    let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process_group(pid, signal);
    }
}
