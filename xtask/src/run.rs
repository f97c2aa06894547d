//! `cargo xtask run`: from a clone to an open window.

use std::fs;
use std::path::Path;

use crate::shell::{cargo, run as run_command};
use crate::{Outcome, launcher, node, root, system};

/// A made-up home that holds one of everything, with made-up keys.
const DEMO: &str = "tests/homes/demo";

pub(crate) fn run(words: &[&str]) -> Outcome {
    let demo = match words {
        [] => false,
        ["--demo"] => true,
        _ => return Err(format!("run takes only --demo, not `{}`", words.join(" "))),
    };
    system::for_build()?;
    node::check()?;
    node::install("ui")?;
    node::npm("ui", &["run", "build"])?;
    let launcher = launcher::build()?;
    let mut app = cargo(&["run", "-p", "warder-app"]);
    app.env("WARDER_LAUNCHER", launcher);
    if !demo {
        return run_command(&mut app);
    }
    let home = root().join("target/demo");
    // One left behind by an interrupted run goes first.
    remove(&home)?;
    copy(&root().join(DEMO), &home)?;
    let outcome = run_command(app.args(["--", "--demo", "--home"]).arg(&home));
    remove(&home)?;
    outcome
}

fn remove(dir: &Path) -> Outcome {
    if !dir.exists() {
        return Ok(());
    }
    fs::remove_dir_all(dir).map_err(|source| format!("cannot remove {}: {source}", dir.display()))
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) -> Outcome {
    let failed = |source: std::io::Error| format!("cannot copy {}: {source}", from.display());
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let target = to.join(entry.file_name());
        if entry.file_type().map_err(failed)?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target).map_err(failed)?;
        }
    }
    Ok(())
}
