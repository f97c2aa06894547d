//! The clients, at the versions of `tests/real/package-lock.json`.

use std::fs;

use crate::shell::{command, run};
use crate::{Outcome, node, root};

/// Where the versions are named.
const PINNED: &str = "tests/real";
/// Where the packages go: about 2 GB, kept from run to run.
const FOLDER: &str = "target/real-clients";
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
    for file in ["package.json", "package-lock.json"] {
        let copied = fs::copy(root().join(PINNED).join(file), folder.join(file));
        copied.map_err(|source| format!("cannot copy {PINNED}/{file}: {source}"))?;
    }
    node::install(FOLDER)?;
    let packages = folder.join("node_modules");
    for (package, script) in [("@anthropic-ai/claude-code", "install.cjs"), ("opencode-ai", "postinstall.mjs")] {
        run(command("node", &[script]).current_dir(packages.join(package)))?;
    }
    Ok(())
}
