//! Measures Warder on a labelled collection of client configs; started by
//! `cargo xtask accuracy`. `docs/accuracy.md` says how the folder is laid out
//! and what each number is.

#![allow(clippy::print_stdout, reason = "printing tables is what it is for")]

mod collection;
mod fixes;
mod homes;
mod hostile;
mod labels;
mod tree;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

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
    let places: Vec<&String> = words.iter().filter(|word| !word.starts_with("--")).collect();
    let [warder, folder] = places.as_slice() else {
        bail!("say: accuracy WARDER DIR [--labels] [--fixes] [--hostile] [--list]");
    };
    let collection = collection::read(&PathBuf::from(folder)).with_context(|| format!("reading {folder}"))?;
    let all = !has("--labels") && !has("--fixes") && !has("--hostile");
    let mut good = true;
    if all || has("--labels") {
        good &= labels::measure(&PathBuf::from(warder), &collection, has("--list"))?;
    }
    if all || has("--fixes") {
        good &= fixes::measure(&collection, has("--list"))?;
    }
    if all || has("--hostile") {
        good &= hostile::measure(&collection)?;
    }
    Ok(good)
}
