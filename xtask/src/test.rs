//! `cargo xtask test`: everything that has to pass, on a machine that has only
//! Rust, Node and a package tool.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::shell::{cargo, run};
use crate::{Outcome, interface, launcher, node, root, system};

/// Where ts-rs writes the types of the API.
const GENERATED: &str = "ui/src/generated";
/// Real MCP servers that the tests start.
const SERVERS: &str = "tests/servers";
/// The random files of the tests are the same in each run; `cargo xtask fuzz` draws new ones.
const DRAWN: (&str, &str) = ("PROPTEST_RNG_SEED", "20261130");

pub(crate) fn test() -> Outcome {
    let mut steps = Steps::default();
    steps.take("System packages", system::for_test)?;
    steps.take("Packages of Node and Python", || {
        node::check()?;
        node::install("ui")?;
        node::install(SERVERS)?;
        node::install_python(SERVERS)
    })?;
    // Clippy reads the window's crate, and that needs the built interface.
    steps.take("Interface: types", || node::npm("ui", &["run", "check"]))?;
    steps.take("Interface: build", || node::npm("ui", &["run", "build"]))?;
    steps.take("Format", || run(&mut cargo(&["fmt", "--all", "--check"])))?;
    steps.take("Clippy", clippy)?;
    let launcher = steps.take("Launcher, linked statically", launcher::build)?;
    steps.take("Tests", || {
        let before = files(&root().join(GENERATED));
        run(with_environment(cargo(&["test"]), &launcher).env(DRAWN.0, DRAWN.1))?;
        run(&mut cargo(&["test", "-p", "xtask"]))?;
        unchanged(&before)
    })?;
    steps.take("The interface in Chromium", interface::test)?;
    steps.take("The real window", || {
        run(&mut with_environment(cargo(&["test", "-p", "warder-app"]), &launcher))?;
        run(&mut with_environment(cargo(&["test", "-p", "warder-app", "--test", "window"]), &launcher))
    })?;
    println!("\nAll {} steps passed in {}.", steps.taken, seconds(steps.total));
    Ok(())
}

/// Prints a heading before each step and its time after it.
#[derive(Default)]
struct Steps {
    taken: u32,
    total: Duration,
}

impl Steps {
    fn take<T>(&mut self, title: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
        println!("\n== {title}");
        let start = Instant::now();
        let done = work().map_err(|reason| format!("{title}: {reason}"))?;
        println!("-- {title}: {}", seconds(start.elapsed()));
        self.taken += 1;
        self.total += start.elapsed();
        Ok(done)
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn clippy() -> Outcome {
    run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    // `--all-targets` leaves out what `test = false` hides.
    run(&mut cargo(&["clippy", "-p", "warder-app", "--test", "window", "--", "-D", "warnings"]))
}

fn with_environment(mut command: Command, launcher: &Path) -> Command {
    command
        .env("WARDER_LAUNCHER", launcher)
        .env("WARDER_LAUNCH_STATIC", launcher)
        .env("WARDER_TEST_SERVERS", root().join(SERVERS));
    command
}

/// Fails when the tests had to write other TypeScript than was there.
fn unchanged(before: &BTreeMap<PathBuf, Vec<u8>>) -> Outcome {
    let after = files(&root().join(GENERATED));
    if *before == after {
        return Ok(());
    }
    let differs = |path: &&PathBuf| before.get(*path) != after.get(*path);
    let names: Vec<_> = before.keys().chain(after.keys()).filter(differs).collect();
    let first = names.first().map(|path| path.display().to_string()).unwrap_or_default();
    Err(format!(
        "the TypeScript of the API was out of date ({first}); it has been written again: look at it and commit it"
    ))
}

/// Every file of a folder with its bytes; empty when there is no such folder.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((entry.path(), fs::read(entry.path()).ok()?))).collect()
}
