//! Measures Warder on a labelled collection of client configs; started by
//! `cargo xtask accuracy`. `docs/accuracy.md` says how the folder is laid out
//! and what each number is.

#![allow(clippy::print_stdout, reason = "printing tables is what it is for")]

mod collection;
mod elsewhere;
mod fixes;
mod homes;
mod hostile;
mod labels;
mod meant;
mod report;
mod risks;
mod secrets;
mod strings;
mod tally;
mod tree;

use std::path::Path;
use std::process::ExitCode;

use tally::Disputed;

use anyhow::{Context, Result, bail};

const SECTIONS: &[&str] = &["--labels", "--fixes", "--hostile", "--secrets", "--strings", "--risks"];

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("accuracy: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether every aim is met.
fn run() -> Result<bool> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| words.iter().any(|word| word == flag);
    let value = |flag: &str| words.iter().find_map(|word| word.strip_prefix(flag));
    let places: Vec<&String> = words.iter().filter(|word| !word.starts_with("--")).collect();
    let [warder, folder] = places.as_slice() else {
        bail!("say: accuracy WARDER DIR [{}] [--list] [--half=0|1] [--disputed=FILE]", SECTIONS.join("] ["));
    };
    let (warder, folder) = (Path::new(warder), Path::new(folder));
    let collection = collection::read(folder).with_context(|| format!("reading {}", folder.display()))?;
    let all = !SECTIONS.iter().any(|section| has(section));
    let list = has("--list");
    let half = value("--half=").map(str::parse).transpose()?;
    let disputed = Disputed::read(value("--disputed=").map(Path::new))?;
    let mut good = true;
    if all || has("--labels") {
        good &= labels::measure(warder, &collection, list)?;
    }
    if all || has("--fixes") {
        good &= fixes::measure(&collection, list)?;
    }
    if all || has("--hostile") {
        good &= hostile::measure(&collection)?;
    }
    if all || has("--secrets") {
        good &= secrets::measure(warder, &collection, list, &disputed)?;
    }
    if all || has("--strings") {
        good &= strings::measure(folder, list, half, &disputed)?;
    }
    if all || has("--risks") {
        good &= risks::measure(warder, folder, &collection, list, &disputed)?;
    }
    Ok(good)
}
