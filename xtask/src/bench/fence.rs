//! What a fence costs: the start of a real server, bytes through it, and what
//! ten thousand starts leave behind.

mod srt;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::start::{Entry, install, write_profile};
use super::{median, millis};
use crate::{Outcome, node, root};

const ENGINES: [&str; 2] = ["bubblewrap", "landlock"];

/// What a profile says of the network.
const NONE: &str = r#""none""#;
const HOSTS: &str = r#"{ "hosts": ["api.example.com"] }"#;
const NAMED: &str = "bubblewrap, with hosts by name";

/// A real server, as the tests install it.
const SERVER: &str = "tests/servers/node_modules/@modelcontextprotocol/server-memory/dist/index.js";
const STARTS: usize = 41;

const HELLO: &str = concat!(
    r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","#,
    r#""capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#,
    "\n"
);

/// Bytes through a pipe: so many blocks, all random and all different from the one before.
const BLOCK: usize = 64 << 20;
const BLOCKS: usize = 16;
const RUNS: usize = 5;

const CYCLES: usize = 10_000;

/// Prints all of it.
pub(super) fn fence(launcher: &Path) -> Outcome {
    if !cfg!(target_os = "linux") {
        println!("fence: measured on Linux only");
        return Ok(());
    }
    node::check()?;
    node::install("tests/servers")?;
    let home = root().join("target/bench/fence");
    let failed = |source| format!("cannot write {}: {source}", home.display());
    let installed = install(launcher, &home, "warder-launch").map_err(failed)?;
    start(&installed, &home)?;
    bytes(&installed, &home)?;
    cycles(&installed, &home)
}

/// The entry of this program with these words, behind this engine's fence.
fn entry(
    installed: &Path,
    home: &Path,
    engine: &str,
    network: &str,
    program: &str,
    word: Option<&Path>,
) -> Outcome<Command> {
    let read = match word {
        Some(_) => grant(&root().join("tests/servers"))?,
        None => String::new(),
    };
    let sandbox = format!(
        r#"{{ "engine": "{engine}", "read": [{read}], "write": [], "network": {network}, "home": "{}" }}"#,
        home.display()
    );
    let args: Vec<String> = word.iter().map(|word| word.display().to_string()).collect();
    let entry = Entry { program, args: &args, secrets: "{}", sandbox: &sandbox };
    let hosts = if network == NONE { "" } else { "hosts-" };
    let label = format!("{engine}-{hosts}{}", program.rsplit('/').next().unwrap_or_default());
    let id = write_profile(home, &label, &entry).map_err(|source| format!("cannot write a profile: {source}"))?;
    let mut command = Command::new(installed);
    command.args(["run", "--profile", &id, "--", program]).args(args);
    Ok(command)
}

#[cfg(unix)]
fn grant(path: &Path) -> Outcome<String> {
    use std::os::unix::fs::MetadataExt;
    let failed = |source| format!("{} is needed: {source}", path.display());
    let path = path.canonicalize().map_err(failed)?;
    let found = fs::metadata(&path).map_err(failed)?;
    let (device, inode) = (found.dev(), found.ino());
    Ok(format!(r#"{{ "path": "{}", "device": {device}, "inode": {inode} }}"#, path.display()))
}

#[cfg(not(unix))]
fn grant(_: &Path) -> Outcome<String> {
    Err("measured on Linux only".to_owned())
}

fn spawn(command: &mut Command) -> Outcome<Child> {
    command.env_clear().env("PATH", "/usr/bin:/bin");
    if command.get_current_dir().is_none() {
        command.current_dir("/");
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().map_err(|source| source.to_string())
}

/// From the start to the answer to the first message, in turns: by itself, behind each engine, with hosts that it may
/// reach by name, and behind Anthropic's sandbox-runtime.
fn start(installed: &Path, home: &Path) -> Outcome {
    // What is open here decides how large a table of descriptors each start begins with; a table that has to grow is 15 ms
    // of a Node server by itself, and none of one behind a fence, which makes room. So all of them have it here.
    let open = (0..200).map(|_| fs::File::open("/dev/null")).collect::<Result<Vec<_>, _>>();
    let _open = open.map_err(|source| source.to_string())?;
    let script = root().join(SERVER);
    let node = fs::canonicalize("/usr/bin/node").map_err(|source| format!("/usr/bin/node is needed: {source}"))?;
    let node = node.to_str().ok_or("a strange name of node")?;
    let mut bare = Command::new(node);
    bare.arg(&script);
    let mut commands = vec![("by itself", bare)];
    for engine in ENGINES {
        commands.push((engine, entry(installed, home, engine, NONE, node, Some(&script))?));
    }
    commands.push((NAMED, entry(installed, home, ENGINES[0], HOSTS, node, Some(&script))?));
    match srt::wrapped(home, &[Path::new(node), &script])? {
        Ok(srt) => commands.push((srt::NAME, srt)),
        Err(missing) => println!("{}: not measured, {missing}", srt::NAME),
    }
    let mut times: Vec<Vec<Duration>> = vec![Vec::new(); commands.len()];
    for _ in 0..STARTS {
        for ((name, command), times) in commands.iter_mut().zip(&mut times) {
            times.push(answer(command).map_err(|error| format!("{name}: {error}"))?);
        }
    }
    let bare = &times[0];
    println!("a Node server until its first answer: {} ms, median of {STARTS} rounds", millis(median(bare.clone())));
    let more: Vec<(&str, f64)> =
        commands.iter().zip(&times).skip(1).map(|((name, _), times)| (*name, difference(times, bare))).collect();
    for (name, more) in &more {
        println!("the same behind {name}: {more:+.1} ms");
    }
    let of = |wanted: &str| more.iter().find(|(name, _)| *name == wanted).map(|(_, more)| *more);
    match (of(ENGINES[0]), of(srt::NAME)) {
        (Some(ours), Some(theirs)) if ours >= 1.0 => {
            println!("{} adds {:.1} times what {} adds", srt::NAME, theirs / ours, ENGINES[0]);
        }
        (Some(_), Some(_)) => println!("what {} adds cannot be told from nothing here", ENGINES[0]),
        _ => {}
    }
    Ok(())
}

/// The median of what each round took longer than the other, in milliseconds: what holds up a whole round is in neither.
fn difference(these: &[Duration], those: &[Duration]) -> f64 {
    let more = |(this, that): (&Duration, &Duration)| (this.as_secs_f64() - that.as_secs_f64()) * 1_000.0;
    let mut all: Vec<f64> = these.iter().zip(those).map(more).collect();
    all.sort_unstable_by(f64::total_cmp);
    all[all.len() / 2]
}

fn answer(command: &mut Command) -> Outcome<Duration> {
    let failed = |source| format!("the server did not answer: {source}");
    let started = Instant::now();
    let mut child = spawn(command)?;
    let mut stdin = child.stdin.take().expect("the input is piped");
    let mut stdout = BufReader::new(child.stdout.take().expect("the output is piped"));
    stdin.write_all(HELLO.as_bytes()).map_err(failed)?;
    let mut line = String::new();
    stdout.read_line(&mut line).map_err(failed)?;
    let elapsed = started.elapsed();
    drop(stdin);
    child.wait().map_err(failed)?;
    if line.contains("serverInfo") { Ok(elapsed) } else { Err(format!("the server answered {line:?}")) }
}

/// `cat`, by itself and behind each fence: the same bytes, and how fast.
fn bytes(installed: &Path, home: &Path) -> Outcome {
    let mut block = vec![0; BLOCK];
    let mut random = fs::File::open("/dev/urandom").map_err(|source| source.to_string())?;
    random.read_exact(&mut block).map_err(|source| source.to_string())?;
    let mut commands = vec![Command::new("/usr/bin/cat")];
    for engine in ENGINES {
        commands.push(entry(installed, home, engine, NONE, "/usr/bin/cat", None)?);
    }
    let mut times = [const { Vec::new() }; 1 + ENGINES.len()];
    for _ in 0..RUNS {
        for (command, times) in commands.iter_mut().zip(&mut times) {
            times.push(through(command, &block)?);
        }
    }
    let [bare, fenced @ ..] = times.map(median);
    let rate = |time: Duration| (BLOCK * BLOCKS) as f64 / time.as_secs_f64() / 1e6;
    println!("{} bytes through cat: {:.0} MB/s, median of {RUNS} rounds", BLOCK * BLOCKS, rate(bare));
    for (engine, time) in ENGINES.iter().zip(fenced) {
        let share = 100.0 * bare.as_secs_f64() / time.as_secs_f64();
        println!("the same behind {engine}, every byte compared: {:.0} MB/s, {share:.1} %", rate(time));
    }
    Ok(())
}

/// Each block starts elsewhere in the random bytes.
fn block_of(random: &[u8], number: usize) -> [&[u8]; 2] {
    let (end, start) = random.split_at(number * 4099 % random.len());
    [start, end]
}

fn through(command: &mut Command, random: &[u8]) -> Outcome<Duration> {
    let mut child = spawn(command)?;
    let mut stdin = child.stdin.take().expect("the input is piped");
    let mut stdout = child.stdout.take().expect("the output is piped");
    // What a start takes is measured elsewhere.
    let failed = |source: std::io::Error| format!("the bytes did not come through: {source}");
    let mut first = [0];
    stdin.write_all(b"x").and_then(|()| stdout.read_exact(&mut first)).map_err(failed)?;
    let started = Instant::now();
    let same = thread::scope(|scope| {
        scope.spawn(move || {
            for number in 0..BLOCKS {
                for part in block_of(random, number) {
                    // The other end finds what is missing.
                    let _ = stdin.write_all(part);
                }
            }
        });
        let mut buffer = vec![0; 1 << 16];
        for number in 0..BLOCKS {
            for mut part in block_of(random, number) {
                while !part.is_empty() {
                    let room = buffer.len().min(part.len());
                    let read = stdout.read(&mut buffer[..room])?;
                    if read == 0 || buffer[..read] != part[..read] {
                        return Ok(false);
                    }
                    part = &part[read..];
                }
            }
        }
        Ok(stdout.read(&mut buffer)? == 0)
    });
    let elapsed = started.elapsed();
    child.wait().map_err(failed)?;
    if same.map_err(failed)? { Ok(elapsed) } else { Err("other bytes came out than went in".to_owned()) }
}

/// Starts and stops `cat` many times; nothing of it may be left.
fn cycles(installed: &Path, home: &Path) -> Outcome {
    for engine in ENGINES {
        let mut command = entry(installed, home, engine, NONE, "/usr/bin/cat", None)?;
        let before = left(home)?;
        let started = Instant::now();
        for _ in 0..CYCLES {
            let mut child = spawn(&mut command)?;
            drop(child.stdin.take());
            let status = child.wait().map_err(|source| source.to_string())?;
            if !status.success() {
                return Err(format!("cat behind {engine} ended with {status}"));
            }
        }
        let each = started.elapsed() / u32::try_from(CYCLES).expect("it is small");
        let after = left(home)?;
        if before != after {
            return Err(format!("{CYCLES} starts behind {engine} left something: {before:?}, then {after:?}"));
        }
        println!("{CYCLES} starts and stops of cat behind {engine}: {} ms each, and nothing is left", millis(each));
    }
    Ok(())
}

/// Everything of ours that is there: processes by the launcher's path,
/// this process's own descriptors (sockets among them), mounts, and folders.
fn left(home: &Path) -> Outcome<[usize; 4]> {
    let failed = |source: std::io::Error| source.to_string();
    let ours = home.to_str().ok_or("a strange name of the home")?.as_bytes();
    let holds = |path: PathBuf| {
        let bytes = fs::read(path).unwrap_or_default();
        bytes.windows(ours.len()).any(|window| window == ours)
    };
    let mut processes = 0;
    for entry in fs::read_dir("/proc").map_err(failed)?.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if name.to_string_lossy().bytes().all(|byte| byte.is_ascii_digit())
            && (holds(path.join("cmdline")) || fs::read_link(path.join("exe")).is_ok_and(|exe| exe.starts_with(home)))
        {
            processes += 1;
        }
    }
    let descriptors = fs::read_dir("/proc/self/fd").map_err(failed)?.count();
    let mounts = fs::read_to_string("/proc/self/mountinfo").map_err(failed)?.lines().count();
    let folders = fs::read_dir(home.join(".warder/temporary")).map_or(0, Iterator::count);
    Ok([processes, descriptors, mounts, folders])
}
