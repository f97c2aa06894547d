//! How much sooner a server answers from Warder's store than through `npx`.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::start::{BUS, Keyring};
use super::{median, millis};
use crate::{Outcome, root};

/// A real server of `tests/servers`, which ends with its input.
const PACKAGE: &str = "@modelcontextprotocol/server-memory";
const ROUNDS: usize = 15;

const HELLO: &str = r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#;

/// Prints the time to the first answer: through `npx -y` with a warm cache, and
/// from the store in a sandbox, as `warder fix` writes the entry. Needs the network once.
pub(super) fn store(warder: &Path, launcher: &Path, homes: &Path) -> Outcome {
    if !cfg!(target_os = "linux") {
        println!("store: measured on Linux only");
        return Ok(());
    }
    let home = homes.join("store");
    let failed = |source: std::io::Error| format!("cannot measure the store: {source}");
    let pinned: Value = read(&root().join("tests/servers/package.json"))?;
    let version = pinned["dependencies"][PACKAGE].as_str().ok_or("the server is not pinned")?;
    let words = ["-y".to_owned(), format!("{PACKAGE}@{version}")];
    let config = home.join(".cursor/mcp.json");
    fs::create_dir_all(home.join(".cursor")).map_err(failed)?;
    let entry = json!({ "mcpServers": { "memory": { "command": "npx", "args": words } } });
    fs::write(&config, entry.to_string()).map_err(failed)?;

    let keyring = Keyring::start()?;
    let mut fix = Command::new(warder);
    fix.args(["fix", "--rule", "unsandboxed-server", "--yes", "--home"]).arg(&home);
    fix.env("WARDER_LAUNCHER", launcher).env(BUS, &keyring.bus).stdin(Stdio::null());
    let fixed = fix.output().map_err(failed)?;
    let entry = read(&config)?["mcpServers"]["memory"].clone();
    let program = entry["command"].as_str().filter(|program| program.ends_with("warder-launch"));
    let program = program.ok_or_else(|| format!("warder fix: {}", String::from_utf8_lossy(&fixed.stderr)))?;
    let args: Vec<&str> = entry["args"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();

    let npx = || {
        let mut npx = Command::new("npx");
        npx.args(&words);
        npx
    };
    let stored = || {
        let mut stored = Command::new(program);
        stored.args(&args);
        stored
    };
    // Fills npx's cache.
    answer(npx(), &home)?;
    let mut times = [const { Vec::<Duration>::new() }; 2];
    for _ in 0..ROUNDS {
        times[0].push(answer(npx(), &home)?);
        times[1].push(answer(stored(), &home)?);
    }
    let [npx, stored] = times.map(median);
    println!("first answer through npx with a warm cache: {} ms, median of {ROUNDS}", millis(npx));
    println!("the same from Warder's store, in a sandbox: {} ms", millis(stored));
    println!("that is {:.1} times as fast", npx.as_secs_f64() / stored.as_secs_f64());
    Ok(())
}

/// How long a server takes from its start to its first answer.
fn answer(mut command: Command, home: &Path) -> Outcome<Duration> {
    let failed = |source: std::io::Error| format!("cannot start a server: {source}");
    command.env("HOME", home).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let start = Instant::now();
    let mut server = command.spawn().map_err(failed)?;
    let mut stdin = server.stdin.take().expect("the input is piped");
    writeln!(stdin, "{HELLO}").map_err(failed)?;
    let mut line = String::new();
    BufReader::new(server.stdout.take().expect("the output is piped")).read_line(&mut line).map_err(failed)?;
    let elapsed = start.elapsed();
    drop(stdin);
    server.wait().map_err(failed)?;
    let answered = serde_json::from_str::<Value>(&line).is_ok_and(|answer| answer["result"].is_object());
    if answered { Ok(elapsed) } else { Err("the server did not answer".to_owned()) }
}

fn read(path: &Path) -> Outcome<Value> {
    let text = fs::read_to_string(path).map_err(|source| format!("cannot read {}: {source}", path.display()))?;
    serde_json::from_str(&text).map_err(|source| format!("cannot read {}: {source}", path.display()))
}
