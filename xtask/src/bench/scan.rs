//! A scan of a large home.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{median, millis, peak, time};
use crate::Outcome;

const FILES: usize = 100;
const SERVERS: usize = 1_000;
const ROUNDS: usize = 21;

/// Time and memory of whole `warder scan` processes on a large, made-up home.
pub(super) fn scan(warder: &Path, homes: &Path) -> Outcome {
    let home = homes.join("home");
    let projects = write_home(&home).map_err(|source| format!("cannot write {}: {source}", home.display()))?;
    let command = || {
        let mut command = Command::new(warder);
        command.args(["scan", "--json", "--home"]).arg(&home);
        for project in &projects {
            command.arg("--project").arg(project);
        }
        command
    };
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        times.push(time(command().stdout(Stdio::null()))?);
    }
    println!("scan, {FILES} files, {SERVERS} servers: median {} ms of {ROUNDS} runs", millis(median(times)));
    println!("scan, peak memory: {} MB", peak(&mut command())? / 1024);
    Ok(())
}

/// A home of 100 files in 50 projects, ten servers in each; gives the projects.
fn write_home(home: &Path) -> std::io::Result<Vec<PathBuf>> {
    if home.exists() {
        fs::remove_dir_all(home)?;
    }
    let mut projects = Vec::new();
    for number in 0..FILES / 2 {
        let project = home.join(format!("code/project{number}"));
        for (folder, file) in [(".cursor", "mcp.json"), ("", ".mcp.json")] {
            let path = project.join(folder).join(file);
            fs::create_dir_all(path.parent().expect("a file lies in a folder"))?;
            fs::write(path, config(SERVERS / FILES))?;
        }
        projects.push(project);
    }
    Ok(projects)
}

/// One config with `count` servers of the usual kinds.
fn config(count: usize) -> String {
    let entry = |number: usize| match number % 3 {
        0 => format!(
            r#""github{number}": {{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-github"], "env": {{ "LOG_LEVEL": "info" }} }}"#
        ),
        1 => format!(
            r#""files{number}": {{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", "/home/someone/code"] }}"#
        ),
        _ => format!(r#""remote{number}": {{ "url": "https://mcp{number}.example.com/mcp" }}"#),
    };
    let entries: Vec<_> = (0..count).map(entry).collect();
    format!("{{\n  \"mcpServers\": {{\n    {}\n  }}\n}}\n", entries.join(",\n    "))
}
