//! Programs that a test starts, ended by their process group with the test.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

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
        let child = child
            .unwrap_or_else(|error| panic!("cannot start {name}: {error}; run `cargo xtask test`"));
        Process {
            name: name.to_owned(),
            child,
        }
    }

    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Ends the program, should it have ended by itself already or not.
    fn end(&mut self) {
        // The group of a child that nobody has waited for keeps its number, so
        // this cannot meet a stranger.
        let group = format!("-{}", self.child.id());
        let kill = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
        kill.unwrap_or_else(|error| panic!("cannot end {}: {error}", self.name));
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}
