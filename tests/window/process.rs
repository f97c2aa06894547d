//! Programs that a test starts, ended by their process group with the test.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A started program and all it started itself.
pub(crate) struct Process {
    name: String,
    child: Child,
}

impl Process {
    /// Starts `command` in a process group of its own. What it prints goes to
    /// `<logs>/<name>.log`, as a program that outlives a test would hold a
    /// pipe open; `stdout` keeps its standard output apart.
    pub(crate) fn start(name: &str, logs: &Path, mut command: Command, stdout: Stdio) -> Process {
        let log = File::create(logs.join(format!("{name}.log"))).unwrap();
        let child = command.stdout(stdout).stderr(log).process_group(0).spawn();
        let child = child.unwrap_or_else(|error| panic!("cannot start {name}: {error}; run `cargo xtask test`"));
        Process { name: name.to_owned(), child }
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Ends the program and all it started. It is asked first, as a screen
    /// leaves its lock behind otherwise, then made to.
    fn end(&mut self) {
        // The group of a child that nobody has waited for keeps its number, so
        // this cannot meet a stranger.
        self.signal("-TERM");
        let asked = Instant::now();
        while !self.has_ended() && asked.elapsed() < Duration::from_secs(5) {
            std::thread::park_timeout(Duration::from_millis(5));
        }
        self.signal("-KILL");
        self.child.wait().unwrap();
    }

    fn signal(&self, signal: &str) {
        let group = format!("-{}", self.child.id());
        let kill = Command::new("kill").args([signal, "--", &group]).stderr(Stdio::null()).status();
        kill.unwrap_or_else(|error| panic!("cannot end {}: {error}", self.name));
    }

    /// Whether it has ended, without waiting for it (proc(5): state Z).
    pub(crate) fn has_ended(&self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        stat.rsplit_once(") ").is_none_or(|(_, state)| state.starts_with('Z'))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
