//! Packages of Node: the window's, and the servers that the tests start.

use std::fs;
use std::path::Path;

use crate::shell::{command, output, run};
use crate::{Outcome, root};

/// What Vite 8 asks for.
const OLDEST: (u32, u32) = (20, 19);
/// Names the lock file that `node_modules` was made from.
const STAMP: &str = "node_modules/.warder-lock";

/// Makes sure that a new enough Node is there.
pub(crate) fn check() -> Outcome {
    let (major, minor) = OLDEST;
    let version = output(&mut command("node", &["--version"]))
        .map_err(|_| format!("Node.js {major}.{minor} or newer is needed: https://nodejs.org"))?;
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|part| part.parse().ok());
    if (numbers.next(), numbers.next()) < (Some(major), Some(minor)) {
        return Err(format!("Node.js {major}.{minor} or newer is needed, this is {version}: https://nodejs.org"));
    }
    Ok(())
}

/// `npm ci` in `folder`, unless its packages are those of its lock file already.
pub(crate) fn install(folder: &str) -> Outcome {
    let dir = root().join(folder);
    let lock = read(&dir.join("package-lock.json"))?;
    if fs::read(dir.join(STAMP)).is_ok_and(|done| done == lock) {
        println!("Packages of {folder}: all there.");
        return Ok(());
    }
    println!("Packages of {folder}: npm ci");
    npm(folder, &["ci", "--no-audit", "--no-fund", "--ignore-scripts"])?;
    fs::write(dir.join(STAMP), lock).map_err(|source| format!("cannot write {folder}/{STAMP}: {source}"))
}

/// One npm command in `folder`.
pub(crate) fn npm(folder: &str, args: &[&str]) -> Outcome {
    let program = if cfg!(windows) { "npm.cmd" } else { "npm" };
    run(command(program, args).current_dir(root().join(folder)))
}

/// The Python servers of the tests: those of `requirements.txt`, and those that need the SDK before 2.0. Beside
/// them uv, which the tests of the package store start.
pub(crate) fn install_python(folder: &str) -> Outcome {
    install_into(folder, "venv", "requirements.txt")?;
    install_into(folder, "venv-mcp1", "requirements-mcp1.txt")?;
    install_into(folder, "venv-uv", "requirements-uv.txt")
}

fn install_into(folder: &str, venv: &str, requirements: &str) -> Outcome {
    let dir = root().join(folder);
    let wanted = read(&dir.join(requirements))?;
    let stamp = dir.join(venv).join(".warder-requirements");
    if fs::read(&stamp).is_ok_and(|done| done == wanted) {
        println!("Python servers of {folder}, {venv}: all there.");
        return Ok(());
    }
    println!("Python servers of {folder}, {venv}: pip install");
    run(command("python3", &["-m", "venv", "--clear", venv]).current_dir(&dir))?;
    let pip = dir.join(venv).join("bin/pip");
    run(command(pip, &["install", "-q", "--disable-pip-version-check", "-r", requirements]).current_dir(&dir))?;
    fs::write(&stamp, wanted).map_err(|source| format!("cannot write {}: {source}", stamp.display()))
}

fn read(path: &Path) -> Outcome<Vec<u8>> {
    fs::read(path).map_err(|source| format!("cannot read {}: {source}", path.display()))
}
