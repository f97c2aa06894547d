//! A scan of one very large file: a `~/.claude.json` that grew for years.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use super::{median, millis, peak, time};
use crate::Outcome;

const SIZE: usize = 50_000_000;
const PROJECTS: usize = 100_000;
/// Few beside the rest, but enough that the report fills a pipe (see `peak`).
const SERVERS: usize = 100;
const ROUNDS: usize = 11;

/// Time and memory of `warder scan` on 50 MB of history in a few projects, and
/// on the same size in very many projects.
pub(super) fn large(warder: &Path, homes: &Path) -> Outcome {
    for (what, projects) in [("history", PROJECTS / 200), ("projects", PROJECTS)] {
        let home = homes.join(what);
        let failed = |source: std::io::Error| format!("cannot write {}: {source}", home.display());
        let size = write_home(&home, projects).map_err(failed)?;
        let command = || {
            let mut command = Command::new(warder);
            command.args(["scan", "--json", "--home"]).arg(&home);
            command
        };
        let times: Outcome<Vec<_>> = (0..ROUNDS).map(|_| time(command().stdout(Stdio::null()))).collect();
        let median = median(times?);
        let megabytes = size as f64 / 1e6;
        let speed = megabytes / median.as_secs_f64();
        println!(
            "scan, {megabytes:.0} MB of {what} ({projects} projects): median {} ms, {speed:.0} MB/s",
            millis(median)
        );
        let peak = peak(&mut command())? as f64 * 1024.0 / size as f64;
        println!("scan, {megabytes:.0} MB of {what}, peak memory: {peak:.1} times the file");
    }
    Ok(())
}

/// A home with one `.claude.json` of about `SIZE` bytes; gives its size.
fn write_home(home: &Path, projects: usize) -> std::io::Result<usize> {
    fs::create_dir_all(home)?;
    let path = home.join(".claude.json");
    let mut file = BufWriter::new(File::create(&path)?);
    let entry =
        |number| format!(r#""s{number}": {{ "type": "stdio", "command": "npx", "args": ["-y", "server@1.0.0"] }}"#);
    let servers: Vec<String> = (0..SERVERS).map(entry).collect();
    write!(file, "{{\n  \"numStartups\": 9,\n  \"mcpServers\": {{ {} }},\n  \"projects\": {{", servers.join(", "))?;
    for number in 0..projects {
        let comma = if number == 0 { "" } else { "," };
        write!(file, "{comma}\n    \"/home/someone/code/project{number}\": {{\n      \"allowedTools\": [],")?;
        write!(file, "\n      \"hasTrustDialogAccepted\": true,\n      \"lastCost\": 0.125,\n      \"history\": [")?;
        // What is left of the size after the project's other members.
        let mut comma = "";
        for said in 0..(SIZE / projects).saturating_sub(260) / (SAID.len() + 60) {
            write!(file, "{comma}\n        {{ \"display\": \"{said} {SAID}\", \"pastedContents\": {{}} }}")?;
            comma = ",";
        }
        write!(file, "\n      ],\n      \"mcpContextUris\": [],\n      \"mcpServers\": {{}}\n    }}")?;
    }
    write!(file, "\n  }}\n}}\n")?;
    file.into_inner()?.sync_all()?;
    Ok(fs::metadata(&path)?.len() as usize)
}

/// Something one might say to an agent.
const SAID: &str =
    "look why \\\"the test\\\" of the über-long line fails,\\nmend it, and then say in two sentences what was wrong";
