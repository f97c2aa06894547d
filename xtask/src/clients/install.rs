//! The clients, at the versions of `tests/real/package-lock.json`.

use std::fs;

use crate::shell::{command, run};
use crate::{Outcome, node, root};

/// Where the versions are named.
const PINNED: &str = "tests/real";
/// Where the packages go: about 2 GB, kept from run to run.
const FOLDER: &str = "target/real-clients";
/// The lock file that was installed from last.
const STAMP: &str = "installed-lock.json";
/// Where their programs are then.
pub(crate) const PROGRAMS: &str = "target/real-clients/node_modules/.bin";

/// Installs them. No package runs
/// anything while npm installs it; the two that have to fetch their program
/// from the package beside them are told to afterwards.
pub(crate) fn install() -> Outcome {
    node::check()?;
    node::install("tests/servers")?;
    let folder = root().join(FOLDER);
    fs::create_dir_all(&folder).map_err(|source| format!("cannot make {FOLDER}: {source}"))?;
    let pinned = |file: &str| root().join(PINNED).join(file);
    let lock = fs::read(pinned("package-lock.json")).map_err(|source| format!("cannot read {PINNED}: {source}"))?;
    let stamp = folder.join(STAMP);
    if fs::read(&stamp).is_ok_and(|done| done == lock) {
        println!("Packages of {FOLDER}: all there.");
        return Ok(());
    }
    for file in ["package.json", "package-lock.json"] {
        fs::copy(pinned(file), folder.join(file)).map_err(|source| format!("cannot copy {PINNED}/{file}: {source}"))?;
    }
    println!("Packages of {FOLDER}: npm install");
    // Not `npm ci`: it takes a lock file without the packages of other systems for a stale one.
    node::npm(FOLDER, &["install", "--no-audit", "--no-fund", "--ignore-scripts"])?;
    let packages = folder.join("node_modules");
    for (package, script) in [("@anthropic-ai/claude-code", "install.cjs"), ("opencode-ai", "postinstall.mjs")] {
        run(command("node", &[script]).current_dir(packages.join(package)))?;
    }
    fs::write(&stamp, lock).map_err(|source| format!("cannot write {FOLDER}/{STAMP}: {source}"))
}
