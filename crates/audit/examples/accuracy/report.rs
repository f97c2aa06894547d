//! The report of the real command line on one file.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;

/// The report, or why there is none. `home`: an empty folder.
pub(crate) fn scan(warder: &Path, home: &Path, file: &Path, client: &str) -> Result<Result<Value, String>> {
    let output = Command::new(warder)
        .args(["scan", "--json", "--fail-on", "critical", "--home"])
        .arg(home)
        .arg("--file")
        .arg(file)
        .args(["--client", client])
        .output()?;
    if output.status.code().is_none_or(|code| code > 1) {
        return Ok(Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
    }
    Ok(Ok(serde_json::from_slice(&output.stdout)?))
}

/// Of two entries of one name in one file the container tells them apart.
pub(crate) fn is_entry(label: &Value, server: &Value, name: &str) -> bool {
    let container = label["container"].as_str().unwrap_or_default();
    let pointer = server["pointer"].as_str().unwrap_or_default().replace("~1", "/").replace("~0", "~");
    let steps = pointer.replace('/', ".");
    server["name"] == name && (container.is_empty() || steps.contains(container) || pointer.contains(container))
}
