//! `cargo xtask fuzz`: made-up bytes for everything that reads what others wrote,
//! and more of the random files that the tests change.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::shell::{cargo, command, run};
use crate::{Outcome, root};

/// The folder whose `fuzz` cargo-fuzz works in.
const CRATE: &str = "crates/audit";
const TARGETS: &[&str] = &["json", "jsonc", "toml", "yaml", "launch"];
/// Tests of the same crate that draw files and change them.
const TESTS: &[&str] = &["edits", "toml_edits", "yaml"];
/// So many of each for a second of fuzzing: they take about as long as one target.
const FILES: u32 = 300;
/// At the same time: more would slow each other down on a small machine.
const TOGETHER: usize = 2;

/// Runs every target for this many seconds and says what each found. Needs
/// nightly Rust and cargo-fuzz.
pub(crate) fn fuzz(seconds: &str) -> Outcome {
    let seconds: u32 = seconds.parse().map_err(|_| format!("{seconds} is no number of seconds"))?;
    let mut help = cargo_fuzz(&["--version"]);
    if !help.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        return Err("run `rustup toolchain install nightly` and `cargo install cargo-fuzz --locked` first".to_owned());
    }
    run(&mut cargo_fuzz(&["build"]))?;
    let mut said = Vec::new();
    for targets in TARGETS.chunks(TOGETHER) {
        let running: Vec<_> =
            targets.iter().map(|target| Ok((target, start(target, seconds)?))).collect::<Outcome<_>>()?;
        for (target, mut child) in running {
            let status = child.wait().map_err(|source| format!("{target}: {source}"))?;
            said.push((target, status.success(), last_words(target)));
        }
    }
    let mut files = cargo(&["test", "-p", "warder-audit"]);
    files.args(TESTS.iter().flat_map(|test| ["--test", test]));
    let kept = run(files.env("PROPTEST_CASES", seconds.saturating_mul(FILES).to_string()));
    for (target, clean, words) in &said {
        println!("{target}: {}, {words}", if *clean { "nothing found" } else { "FAILED" });
    }
    if said.iter().all(|(_, clean, _)| *clean) {
        kept
    } else {
        Err(format!("what failed lies in {CRATE}/fuzz/artifacts, its talk in target/fuzz"))
    }
}

/// `cargo fuzz`, with nightly Rust: the cargo that runs us would be another one.
fn cargo_fuzz(args: &[&str]) -> Command {
    let mut cargo = command("cargo", &["+nightly", "fuzz"]);
    cargo.args(args).current_dir(root().join(CRATE));
    for variable in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN", "CARGO_TARGET_DIR"] {
        cargo.env_remove(variable);
    }
    cargo
}

fn log(target: &str) -> PathBuf {
    root().join("target/fuzz").join(format!("{target}.log"))
}

fn start(target: &str, seconds: u32) -> Outcome<Child> {
    let failed = |source: std::io::Error| format!("{target}: {source}");
    let fuzz = root().join(CRATE).join("fuzz");
    let corpus = format!("fuzz/corpus/{target}");
    fs::create_dir_all(fuzz.join("corpus").join(target)).map_err(failed)?;
    fs::create_dir_all(root().join("target/fuzz")).map_err(failed)?;
    let log = fs::File::create(log(target)).map_err(failed)?;
    println!("{target}: {seconds} s");
    // What is found goes to the first folder; the seeds in the second stay as they are.
    let mut cargo = cargo_fuzz(&["run", target, &corpus, &format!("fuzz/seeds/{target}"), "--"]);
    cargo.args([&format!("-max_total_time={seconds}"), "-timeout=2", "-max_len=65536"]);
    cargo.stdout(Stdio::null()).stderr(log).spawn().map_err(failed)
}

/// How many inputs were tried, or what was said last.
fn last_words(target: &str) -> String {
    let talk = fs::read_to_string(log(target)).unwrap_or_default();
    let done = talk.lines().rev().find(|line| line.starts_with("Done ") || line.contains("panicked at"));
    done.or(talk.lines().last()).unwrap_or("it said nothing").to_owned()
}
