//! What the relay adds to a message, and how much it passes on.
//!
//! Against a server of this process on the loopback device, which answers at
//! once; beside it the same messages straight over HTTP.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use super::start::{install, private};
use super::{median, millis};
use crate::{Outcome, root};

const ROUNDS: usize = 2_001;
/// One big message, in bytes.
const BIG: usize = 8 << 20;
const BIGS: usize = 51;

const PING: &str = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;

/// Prints the relay's two figures, each way.
pub(super) fn relay(relay: &Path) -> Outcome {
    let failed = |source: std::io::Error| format!("cannot measure the relay: {source}");
    let port = serve().map_err(failed)?;
    let home = root().join("target/bench/relay");
    let installed = install(relay, &home, "warder-relay").map_err(failed)?;
    let url = format!("http://127.0.0.1:{port}/mcp");
    let id = write_profile(&home, &installed, &url).map_err(failed)?;
    let mut relayed = Relayed::start(&installed, &id, &url).map_err(failed)?;
    let mut straight = TcpStream::connect(("127.0.0.1", port)).map_err(failed)?;
    straight.set_nodelay(true).map_err(failed)?;

    // They take turns, so that a busy moment of the machine meets both.
    let mut times = [const { Vec::<Duration>::new() }; 2];
    for _ in 0..ROUNDS {
        times[0].push(timed(|| post(&mut straight, PING.as_bytes())).map_err(failed)?);
        times[1].push(timed(|| relayed.pass(PING.as_bytes())).map_err(failed)?);
    }
    let [straight_time, relayed_time] = times.map(median);
    println!("a small message straight over HTTP: {} ms, median of {ROUNDS}", precise(straight_time));
    println!("the same through the relay: {} ms more", precise(relayed_time.saturating_sub(straight_time)));

    let text = "x".repeat(BIG);
    let big = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"sink","params":{{"text":"{text}"}}}}"#);
    let ask = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"source","params":{{"size":{BIG}}}}}"#);
    let stream = ask.replace("source", "stream");
    for (way, message) in [("to the server", &big), ("from the server, as JSON", &ask), ("from it, as events", &stream)]
    {
        let mut times = [const { Vec::<Duration>::new() }; 2];
        for _ in 0..BIGS {
            times[0].push(timed(|| post(&mut straight, message.as_bytes())).map_err(failed)?);
            times[1].push(timed(|| relayed.pass(message.as_bytes())).map_err(failed)?);
        }
        let [straight_time, relayed_time] = times.map(median);
        println!(
            "{} MiB {way}: {} MB/s through the relay ({} ms), {} MB/s straight; median of {BIGS}",
            BIG >> 20,
            rate(relayed_time),
            millis(relayed_time),
            rate(straight_time)
        );
    }
    Ok(())
}

fn precise(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1_000.0)
}

fn rate(time: Duration) -> String {
    #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
    let bytes = BIG as f64;
    format!("{:.0}", bytes / 1e6 / time.as_secs_f64())
}

fn timed(work: impl FnOnce() -> std::io::Result<usize>) -> std::io::Result<Duration> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

/// The relay, with the pipes of its client.
struct Relayed {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    line: Vec<u8>,
}

impl Relayed {
    fn start(relay: &Path, id: &str, url: &str) -> std::io::Result<Relayed> {
        let mut command = Command::new(relay);
        command.args(["run", "--profile", id, "--", url]).env_clear().current_dir("/");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take().expect("the input is piped");
        let stdout = child.stdout.take().expect("the output is piped");
        Ok(Relayed { child, stdin, stdout: BufReader::with_capacity(1 << 20, stdout), line: Vec::new() })
    }

    /// Sends a message, and takes the answer.
    fn pass(&mut self, message: &[u8]) -> std::io::Result<usize> {
        self.stdin.write_all(message)?;
        self.stdin.write_all(b"\n")?;
        self.line.clear();
        match self.stdout.read_until(b'\n', &mut self.line)? {
            0 => Err(std::io::Error::other("the relay ended")),
            length => Ok(length),
        }
    }
}

impl Drop for Relayed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same over HTTP alone.
fn post(stream: &mut TcpStream, message: &[u8]) -> std::io::Result<usize> {
    let head = format!("POST /mcp HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", message.len());
    stream.write_all(&[head.as_bytes(), message].concat())?;
    let mut reader = BufReader::with_capacity(1 << 20, stream);
    let length = length(&mut reader)?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(length)
}

/// Reads a head, and gives the length of the body.
fn length(reader: &mut impl BufRead) -> std::io::Result<usize> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::Error::other("the connection ended"));
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line.trim_end().is_empty() {
                return Ok(length);
            }
            continue;
        };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(std::io::Error::other)?;
        }
    }
}

/// A server that answers at once: with little, or with one big text.
fn serve() -> std::io::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A connection that ends is done.
            std::thread::spawn(move || drop(talk(stream)));
        }
    });
    Ok(port)
}

fn talk(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let big = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{{"text":"{}"}}}}"#, "x".repeat(BIG));
    let small = r#"{"jsonrpc":"2.0","id":1,"result":{}}"#.to_owned();
    let reply = |kind: &str, body: &str| {
        format!("HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    let [small, json] = [&small, &big].map(|body| reply("application/json", body));
    let events = reply("text/event-stream", &format!("data: {big}\n\n"));
    let mut reader = BufReader::with_capacity(1 << 20, stream.try_clone()?);
    let mut writer = stream;
    loop {
        let mut body = vec![0; length(&mut reader)?];
        reader.read_exact(&mut body)?;
        let asked = |method: &str| body.len() < 200 && String::from_utf8_lossy(&body).contains(method);
        let answer = if asked("\"source\"") {
            &json
        } else if asked("\"stream\"") {
            &events
        } else {
            &small
        };
        writer.write_all(answer.as_bytes())?;
    }
}

/// A profile of this server, in the relay's own format (schema 1).
fn write_profile(home: &Path, relay: &Path, url: &str) -> std::io::Result<String> {
    let id = format!("relay-{}", "a".repeat(26));
    let profile = format!(
        r#"{{ "schema": 1, "id": "{id}", "server": "bench", "client": "cursor",
  "approved": {{ "argv": ["{url}"], "env": {{}}, "varies": [], "cwd": null, "inherited": {{}} }},
  "run": {{ "program": "{}", "args": [], "cwd": null, "env": {{}} }}, "secrets": {{}},
  "remote": {{ "url": "{url}", "sse": false, "headers": {{}} }}, "sandbox": null, "package": null }}"#,
        relay.display()
    );
    let path: PathBuf = home.join(".warder/profiles").join(format!("{id}.json"));
    fs::write(&path, profile)?;
    private(&path, 0o600)?;
    Ok(id)
}
