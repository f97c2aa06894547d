//! The server elsewhere: `tests/real/server.mjs` by HTTP, on this computer.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use crate::Outcome;
use crate::shell::command;

/// Runs until it is dropped.
pub(crate) struct Remote {
    child: Child,
    /// `http://127.0.0.1:PORT/mcp`
    pub(crate) url: String,
}

impl Remote {
    pub(crate) fn start() -> Outcome<Remote> {
        let mut node = command("node", &["tests/real/server.mjs", "--http"]);
        let cannot = |source| format!("cannot start tests/real/server.mjs: {source}");
        let mut child = node.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().map_err(cannot)?;
        let mut url = String::new();
        let said = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut url));
        let remote = Remote { child, url: url.trim_end().to_owned() };
        match said {
            Some(Ok(1..)) => Ok(remote),
            _ => Err("tests/real/server.mjs does not say where it listens".to_owned()),
        }
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
