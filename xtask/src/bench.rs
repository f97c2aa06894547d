//! `cargo xtask bench`: the figures that the README gives, measured here.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::shell::{cargo, run};
use crate::{Outcome, launcher, root};

mod scan;
mod start;

pub(crate) fn bench() -> Outcome {
    run(&mut cargo(&["build", "--release", "-p", "warder-cli"]))?;
    let launcher = launcher::build()?;
    scan::scan(&root().join("target/release/warder"))?;
    start::start(&launcher)
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
