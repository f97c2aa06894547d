//! Anthropic's sandbox-runtime, for comparison: installed from npm, started as
//! its documentation says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Outcome, root, system};

pub(super) const NAME: &str = "sandbox-runtime 0.0.83";

/// As measured before; a newer one may do better, and is then said by name.
const PACKAGE: &str = "@anthropic-ai/sandbox-runtime@0.0.83";

/// As narrow as its settings go without breaking the server.
const SETTINGS: &str = r#"{ "network": { "allowedDomains": [], "deniedDomains": [] },
  "filesystem": { "denyRead": [], "allowWrite": ["/tmp"], "denyWrite": [] } }"#;

/// These words behind it; `Err` within: what this machine lacks for it. Needs the network once.
pub(super) fn wrapped(home: &Path, words: &[&Path]) -> Outcome<Result<Command, String>> {
    let program = match system::for_comparison().and_then(|()| install()) {
        Ok(program) => program,
        Err(reason) => return Ok(Err(reason)),
    };
    let settings = home.join("srt.json");
    fs::write(&settings, SETTINGS).map_err(|source| format!("cannot write {}: {source}", settings.display()))?;
    let mut command = Command::new(program);
    // Without the two dashes it would take options of the server for its own.
    command.arg("-s").arg(settings).arg("--").args(words);
    // It looks through the folder that it starts in for what it protects: from `/`, that takes it ten seconds.
    command.current_dir(home);
    Ok(Ok(command))
}

fn install() -> Outcome<PathBuf> {
    let folder = root().join("target/bench/srt");
    let program = folder.join("node_modules/.bin/srt");
    if program.is_file() {
        return Ok(program);
    }
    fs::create_dir_all(&folder).map_err(|source| format!("cannot make {}: {source}", folder.display()))?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--prefix"]).arg(&folder).args(["--ignore-scripts", "--no-audit", "--no-fund", PACKAGE]);
    let done = npm.stdin(Stdio::null()).output().map_err(|source| format!("npm is needed: {source}"))?;
    if done.status.success() && program.is_file() {
        return Ok(program);
    }
    Err(format!("it could not be installed: {}", String::from_utf8_lossy(&done.stderr).trim()))
}
