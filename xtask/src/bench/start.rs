//! What the launcher adds to the start of a server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{median, millis, time};
use crate::{Outcome, root};

/// The smallest server: it starts and ends.
const SERVER: &str = "/usr/bin/true";
const ROUNDS: usize = 201;

/// Prints how long `true` takes by itself, behind the launcher, and behind the
/// launcher in a sandbox. The three take turns, so that a busy moment of the
/// machine meets all of them alike.
pub(super) fn start(launcher: &Path) -> Outcome {
    if !cfg!(target_os = "linux") {
        println!("start: measured on Linux only");
        return Ok(());
    }
    let home = root().join("target/bench/launch");
    let failed = |source| format!("cannot write {}: {source}", home.display());
    let installed = install(launcher, &home, "warder-launch").map_err(failed)?;
    let profiles = [("plain", "null".to_owned()), ("fenced", sandbox(&home))];
    let mut ids = Vec::new();
    for (label, sandbox) in profiles {
        ids.push(write_profile(&home, label, &sandbox).map_err(failed)?);
    }
    let mut times = [const { Vec::<Duration>::new() }; 3];
    for _ in 0..ROUNDS {
        times[0].push(once(&mut Command::new(SERVER))?);
        for (id, times) in ids.iter().zip(&mut times[1..]) {
            let mut command = Command::new(&installed);
            times.push(once(command.args(["run", "--profile", id, "--", SERVER]))?);
        }
    }
    let [alone, plain, fenced] = times.map(median);
    println!("start of true: {} ms, median of {ROUNDS} rounds", millis(alone));
    for (name, wrapped) in [("the launcher", plain), ("the launcher and bubblewrap", fenced)] {
        println!("start behind {name}: {} ms more", millis(wrapped.saturating_sub(alone)));
    }
    Ok(())
}

fn once(command: &mut Command) -> Outcome<Duration> {
    time(command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/").stdin(Stdio::null()))
}

/// A program in the place where it looks for its profiles.
pub(super) fn install(program: &Path, home: &Path, name: &str) -> std::io::Result<PathBuf> {
    if home.exists() {
        fs::remove_dir_all(home)?;
    }
    let state = home.join(".warder");
    for dir in [&state, &state.join("bin"), &state.join("profiles")] {
        fs::create_dir_all(dir)?;
        private(dir, 0o700)?;
    }
    let installed = state.join("bin").join(name);
    fs::copy(program, &installed)?;
    Ok(installed)
}

/// A profile that starts `true`, in the launcher's own format (schema 1).
fn write_profile(home: &Path, label: &str, sandbox: &str) -> std::io::Result<String> {
    let id = format!("{label}-{}", "a".repeat(26));
    let profile = format!(
        r#"{{ "schema": 1, "id": "{id}", "server": "bench", "client": "cursor",
  "approved": {{ "argv": ["{SERVER}"], "env": {{}}, "varies": [], "cwd": null, "inherited": {{}} }},
  "run": {{ "program": "{SERVER}", "args": [], "cwd": null, "env": {{}} }},
  "secrets": {{}}, "sandbox": {sandbox}, "package": null }}"#
    );
    let path = home.join(".warder/profiles").join(format!("{id}.json"));
    fs::write(&path, profile)?;
    private(&path, 0o600)?;
    Ok(id)
}

/// A fence without grants.
fn sandbox(home: &Path) -> String {
    format!(r#"{{ "read": [], "write": [], "network": "none", "home": "{}" }}"#, home.display())
}

#[cfg(unix)]
pub(super) fn private(path: &Path, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
pub(super) fn private(_: &Path, _: u32) -> std::io::Result<()> {
    Ok(())
}
