//! The collection's files and labels, as they lie on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

/// One config of the collection.
pub(crate) struct File {
    /// As the tables name it: `files/003_x.json`.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) client: String,
    /// The client can read it.
    pub(crate) readable: bool,
    /// What was done to the file it was made from.
    pub(crate) mutation: Option<String>,
    /// Its labels; of a made file those of its original.
    pub(crate) labels: Vec<Value>,
}

/// Reads `configs/` below `folder`: index.tsv, derived.tsv (if there) and labels.jsonl.
pub(crate) fn read(folder: &Path) -> Result<Vec<File>> {
    let configs = folder.join("configs");
    let mut labels: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let text = fs::read_to_string(configs.join("labels.jsonl")).context("labels.jsonl")?;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let label: Value = serde_json::from_str(line)?;
        labels.entry(label["file"].as_str().unwrap_or_default().to_owned()).or_default().push(label);
    }
    let mut files = Vec::new();
    let mut clients: BTreeMap<String, String> = BTreeMap::new();
    for row in table(&configs.join("index.tsv"))? {
        let name = row["file"].clone();
        clients.insert(name.clone(), row["client"].clone());
        files.push(File {
            path: configs.join(&name),
            client: row["client"].clone(),
            readable: row["format"] != "invalid",
            mutation: None,
            labels: labels.get(&name).cloned().unwrap_or_default(),
            name,
        });
    }
    if configs.join("derived.tsv").exists() {
        for row in table(&configs.join("derived.tsv"))? {
            let name = row["file"].clone();
            let origin = &row["derived_from"];
            files.push(File {
                path: configs.join(&name),
                client: clients.get(origin).cloned().unwrap_or_else(|| "generic".to_owned()),
                readable: row["expected"] != "invalid",
                mutation: Some(row["mutation"].clone()),
                labels: labels.get(origin).cloned().unwrap_or_default(),
                name,
            });
        }
    }
    Ok(files)
}

/// The rows of a table with a heading, by column.
fn table(path: &Path) -> Result<Vec<BTreeMap<String, String>>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().context("it is empty")?.split('\t').collect();
    let row = |line: &str| columns.iter().zip(line.split('\t')).map(|(c, v)| ((*c).to_owned(), v.to_owned())).collect();
    Ok(lines.filter(|line| !line.is_empty()).map(row).collect())
}
