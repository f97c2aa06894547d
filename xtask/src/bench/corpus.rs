//! A scan of every file of a folder, one process each.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{millis, time};
use crate::Outcome;

/// Time of all files together, and of the slowest.
pub(super) fn corpus(warder: &Path, homes: &Path, dir: &Path) -> Outcome {
    let home = homes.join("nobody");
    fs::create_dir_all(&home).map_err(|source| format!("cannot make {}: {source}", home.display()))?;
    let files = files(dir).map_err(|source| format!("cannot read {}: {source}", dir.display()))?;
    let mut times: Vec<Duration> = Vec::new();
    for (path, _) in &files {
        let mut command = Command::new(warder);
        command.args(["scan", "--json", "--home"]).arg(&home).arg("--file").arg(path);
        times.push(time(command.stdout(Stdio::null()))?);
    }
    let size: u64 = files.iter().map(|(_, size)| size).sum();
    let all: Duration = times.iter().sum();
    let slowest = times.into_iter().max().unwrap_or_default();
    println!(
        "scan, {} files of the corpus, {} kB: {} ms, the slowest {} ms",
        files.len(),
        size / 1000,
        millis(all),
        millis(slowest)
    );
    Ok(())
}

/// Every file below a folder that may be a config, with its size.
fn files(dir: &Path) -> std::io::Result<Vec<(PathBuf, u64)>> {
    let (mut found, mut folders) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            let config = ["json", "jsonc", "toml", "yaml", "yml"];
            if entry.file_type()?.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| config.iter().any(|config| end == *config)) {
                found.push((path, entry.metadata()?.len()));
            }
        }
    }
    found.sort();
    Ok(found)
}
