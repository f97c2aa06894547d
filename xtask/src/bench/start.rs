//! What the launcher adds to the start of a server.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::{median, millis, time};
use crate::{Outcome, root};

/// The smallest server: it starts and ends.
const SERVER: &str = "/usr/bin/true";
const ROUNDS: usize = 201;

/// An id of Warder's: 128 bits, all of them zero.
const ZERO: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Prints how long `true` takes by itself, behind the launcher, with a key from
/// a keyring that is warm, and behind the launcher in a sandbox, without a
/// network and with hosts by name. They take turns, so that a busy moment of
/// the machine meets all of them alike.
pub(super) fn start(launcher: &Path) -> Outcome {
    if !cfg!(target_os = "linux") {
        println!("start: measured on Linux only");
        return Ok(());
    }
    let home = root().join("target/bench/launch");
    let failed = |source| format!("cannot write {}: {source}", home.display());
    let installed = install(launcher, &home, "warder-launch").map_err(failed)?;
    let keyring = Keyring::start()?;
    keyring.keep("a key of the bench")?;
    let fence = sandbox(&home, r#""none""#);
    let named = sandbox(&home, r#"{ "hosts": ["api.example.com"] }"#);
    let key = format!(r#"{{ "TOKEN": "TOKEN-{ZERO}" }}"#);
    let profiles = [
        ("plain", "{}", "null"),
        ("secret", key.as_str(), "null"),
        ("fenced", "{}", fence.as_str()),
        ("named", "{}", named.as_str()),
    ];
    let mut ids = Vec::new();
    for (label, secrets, sandbox) in profiles {
        let entry = Entry { program: SERVER, args: &[], secrets, sandbox };
        ids.push(write_profile(&home, label, &entry).map_err(failed)?);
    }
    let mut times = [const { Vec::<Duration>::new() }; 5];
    for _ in 0..ROUNDS {
        times[0].push(once(&mut Command::new(SERVER), None)?);
        for (id, times) in ids.iter().zip(&mut times[1..]) {
            let mut command = Command::new(&installed);
            let bus = id.starts_with("secret").then_some(&keyring);
            times.push(once(command.args(["run", "--profile", id, "--", SERVER]), bus)?);
        }
    }
    let [alone, plain, secret, fenced, named] = times.map(median);
    println!("start of true: {} ms, median of {ROUNDS} rounds", millis(alone));
    println!("start behind the launcher: {} ms more", millis(plain.saturating_sub(alone)));
    println!("a key from a warm keyring: {} ms more than that", millis(secret.saturating_sub(plain)));
    println!("start behind the launcher and bubblewrap: {} ms more", millis(fenced.saturating_sub(alone)));
    println!("the same with hosts that it may reach by name: {} ms more", millis(named.saturating_sub(alone)));
    Ok(())
}

/// One start, with a key from this keyring if there is one.
fn once(command: &mut Command, keyring: Option<&Keyring>) -> Outcome<Duration> {
    command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/").stdin(Stdio::null());
    if let Some(keyring) = keyring {
        command.env(BUS, &keyring.bus).env("TOKEN", format!("keychain:TOKEN-{ZERO}"));
    }
    time(command)
}

pub(super) const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";

/// A Secret Service of its own; gone when dropped.
pub(super) struct Keyring {
    pub(super) bus: String,
    process: Child,
}

impl Keyring {
    pub(super) fn start() -> Outcome<Keyring> {
        let failed = |source| format!("cannot start a keyring: {source}");
        let mut command = Command::new(root().join("tests/keychain.sh"));
        command.args(["sh", "-c", "echo \"$DBUS_SESSION_BUS_ADDRESS\"; read -r end"]);
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map_err(failed)?;
        let lines = BufReader::new(process.stdout.take().expect("the output is piped")).lines();
        // The keyring itself may talk first.
        let found = lines.map_while(Result::ok).find(|line| line.starts_with("unix:"));
        match found {
            Some(bus) => Ok(Keyring { bus, process }),
            None => Err("the keyring did not start".to_owned()),
        }
    }

    /// Keeps a value where the launcher looks for it.
    fn keep(&self, value: &str) -> Outcome {
        let account = format!("{ZERO}/TOKEN-{ZERO}");
        let mut command = Command::new("secret-tool");
        command.args(["store", "--label=Warder: TOKEN", "service", "warder", "username", &account]);
        let failed = |source| format!("secret-tool is needed: {source}");
        let mut process = command.env(BUS, &self.bus).stdin(Stdio::piped()).spawn().map_err(failed)?;
        // Its end is the value's end.
        process.stdin.take().expect("the input is piped").write_all(value.as_bytes()).map_err(failed)?;
        let status = process.wait().map_err(failed)?;
        if status.success() { Ok(()) } else { Err(format!("secret-tool ended with {status}")) }
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
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
    fs::write(state.join("id"), ZERO)?;
    private(&state.join("id"), 0o600)?;
    let installed = state.join("bin").join(name);
    fs::copy(program, &installed)?;
    Ok(installed)
}

/// What a profile of the bench says; the rest is the same in all of them.
pub(super) struct Entry<'a> {
    pub(super) program: &'a str,
    pub(super) args: &'a [String],
    pub(super) secrets: &'a str,
    pub(super) sandbox: &'a str,
}

/// A profile in the launcher's own format (schema 1).
pub(super) fn write_profile(home: &Path, label: &str, entry: &Entry) -> std::io::Result<String> {
    let id = format!("{label}-{ZERO}");
    let Entry { program, args, secrets, sandbox } = entry;
    let args: String = args.iter().map(|arg| format!(", \"{arg}\"")).collect();
    let profile = format!(
        r#"{{ "schema": 1, "id": "{id}", "server": "bench", "client": "cursor",
  "approved": {{ "argv": ["{program}"{args}], "env": {{}}, "varies": [], "cwd": null, "inherited": {{}} }},
  "run": {{ "program": "{program}", "args": [{}], "cwd": null, "env": {{}} }},
  "secrets": {secrets}, "sandbox": {sandbox}, "package": null }}"#,
        args.trim_start_matches(", ")
    );
    let path = home.join(".warder/profiles").join(format!("{id}.json"));
    fs::write(&path, profile)?;
    private(&path, 0o600)?;
    Ok(id)
}

/// A fence without grants.
fn sandbox(home: &Path, network: &str) -> String {
    format!(r#"{{ "read": [], "write": [], "network": {network}, "home": "{}" }}"#, home.display())
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
