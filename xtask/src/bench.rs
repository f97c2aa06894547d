//! `cargo xtask bench`: the figures that the README gives, measured here.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::shell::{cargo, run};
use crate::{Outcome, launcher, node, root, system};

mod corpus;
mod fence;
mod large;
mod relay;
mod scan;
mod start;
mod store;

/// Measures everything; the files of `corpus` too, if one is given.
pub(crate) fn bench(corpus: Option<&Path>) -> Outcome {
    run(&mut cargo(&["build", "--release", "-p", "warder-cli"]))?;
    let launcher = launcher::build()?;
    let warder = root().join("target/release/warder");
    let homes = folder(std::env::temp_dir())?;
    let measured = scan::scan(&warder, &homes)
        .and_then(|()| large::large(&warder, &homes))
        .and_then(|()| corpus.map_or(Ok(()), |corpus| corpus::corpus(&warder, &homes, corpus)))
        .and_then(|()| start::start(&launcher))
        .and_then(|()| fence::fence(&launcher))
        .and_then(|()| store::store(&warder, &launcher, &homes))
        .and_then(|()| relay::relay(&launcher.with_file_name("warder-relay")));
    fs::remove_dir_all(&homes).map_err(|source| format!("cannot remove {}: {source}", homes.display()))?;
    measured
}

/// Measures the package store alone.
pub(crate) fn store() -> Outcome {
    run(&mut cargo(&["build", "--release", "-p", "warder-cli"]))?;
    let launcher = launcher::build()?;
    let homes = folder(std::env::temp_dir())?;
    let measured = store::store(&root().join("target/release/warder"), &launcher, &homes);
    fs::remove_dir_all(&homes).map_err(|source| format!("cannot remove {}: {source}", homes.display()))?;
    measured
}

/// Measures the launcher alone.
pub(crate) fn start() -> Outcome {
    start::start(&launcher::build()?)
}

/// Measures the relay alone.
pub(crate) fn relay() -> Outcome {
    relay::relay(&launcher::build()?.with_file_name("warder-relay"))
}

/// Measures the fence alone.
pub(crate) fn fence() -> Outcome {
    fence::fence(&launcher::build()?)
}

/// Measures the window alone, on a desktop of its own.
pub(crate) fn window() -> Outcome {
    system::for_test()?;
    node::check()?;
    node::install("ui")?;
    node::npm("ui", &["run", "build"])?;
    let launcher = launcher::build()?;
    run(cargo(&["bench", "-p", "warder-app", "--bench", "window"]).env("WARDER_LAUNCHER", launcher))
}

/// A new folder for homes, outside of this repository: Warder reads the one that a file lies in.
fn folder(among: PathBuf) -> Outcome<PathBuf> {
    let folder = among.join(format!("warder-bench-{}", std::process::id()));
    fs::create_dir(&folder).map_err(|source| format!("cannot make {}: {source}", folder.display()))?;
    Ok(folder)
}

/// How long one process runs, start-up included. A scan that found something
/// ends with 1, which is fine; anything above is not.
fn time(command: &mut Command) -> Outcome<Duration> {
    let start = Instant::now();
    let status = command.status().map_err(|source| source.to_string())?;
    let elapsed = start.elapsed();
    if status.code().is_some_and(|code| code < 2) { Ok(elapsed) } else { Err(format!("warder ended with {status}")) }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn millis(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64() * 1_000.0)
}

/// Peak resident memory in kB: read while the process is held up by a full
/// pipe, that is when its work is done and its result not yet taken.
fn peak(command: &mut Command) -> Outcome<u64> {
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|source| source.to_string())?;
    let mut output = child.stdout.take().expect("the output is piped");
    let mut first = [0; 1];
    output.read_exact(&mut first).map_err(|source| format!("warder printed nothing: {source}"))?;
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
    std::io::copy(&mut output, &mut std::io::sink()).map_err(|source| source.to_string())?;
    child.wait().map_err(|source| source.to_string())?;
    let status = status.map_err(|source| format!("peak memory can be read on Linux only: {source}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no VmHWM")?;
    line.trim().trim_end_matches(" kB").parse().map_err(|_| format!("cannot read `{line}`"))
}
