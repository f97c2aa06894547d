//! `cargo xtask run`: from a clone to an open window.

use std::fs;
use std::path::Path;

use crate::shell::{cargo, run as run_command};
use crate::{Outcome, launcher, node, root, system};

/// A made-up home that holds one of everything, with made-up keys.
const DEMO: &str = "tests/homes/demo";

/// Where programs keep what the demo has in `.config`.
const CONFIG: &str = if cfg!(windows) {
    "AppData/Roaming"
} else if cfg!(target_os = "macos") {
    "Library/Application Support"
} else {
    ".config"
};

pub(crate) fn run(words: &[&str]) -> Outcome {
    let demo = words == ["--demo"];
    system::for_build()?;
    node::check()?;
    node::install("ui")?;
    node::npm("ui", &["run", "build"])?;
    let launcher = launcher::build()?;
    let mut app = cargo(&["run", "-p", "warder-app"]);
    app.env("WARDER_LAUNCHER", launcher);
    if !demo {
        return run_command(app.arg("--").args(words));
    }
    let home = root().join("target/demo");
    // One left behind by an interrupted run goes first.
    remove(&home)?;
    // Forward slashes: a backslash would have to be escaped in JSON.
    copy(&root().join(DEMO), &home, &home.to_string_lossy().replace('\\', "/"))?;
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

/// Copies a folder with all that is in it; paths into the made-up home lead
/// into the copy.
fn copy(from: &Path, to: &Path, home: &str) -> Outcome {
    let failed = |source: std::io::Error| format!("cannot copy {}: {source}", from.display());
    fs::create_dir_all(to).map_err(failed)?;
    for entry in fs::read_dir(from).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        if entry.file_type().map_err(failed)?.is_dir() {
            let name = if name == ".config" { Path::new(CONFIG) } else { Path::new(&name) };
            copy(&entry.path(), &to.join(name), home)?;
        } else {
            let text = fs::read_to_string(entry.path()).map_err(failed)?;
            fs::write(to.join(name), text.replace("/home/demo", home)).map_err(failed)?;
        }
    }
    Ok(())
}
