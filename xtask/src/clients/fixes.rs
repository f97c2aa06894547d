//! After a fix the clients must list and reach what they did before; after an
//! undo every byte must be back.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::ask::{CLIENTS, Programs, Row};
use super::homes::Home;
use super::kinds::Fix;
use super::told::{Told, Warder, shown};
use crate::Outcome;

/// What one home's fixes came to.
#[derive(Default)]
pub(crate) struct Tried {
    pub(crate) changes: usize,
    pub(crate) refused: usize,
    pub(crate) connected: usize,
    pub(crate) differences: Vec<String>,
}

/// Applies this home's kind of fix wherever it is offered, asks again, takes all back.
pub(crate) fn try_fix(
    warder: &Warder,
    programs: &Programs,
    home: &Home,
    told: &Told,
    before: &BTreeMap<&str, Vec<Row>>,
) -> Outcome<Tried> {
    let mut tried = Tried::default();
    let bytes = read(&home.configs)?;
    let project = home.project.to_string_lossy();
    let alone = programs.claude.lock();
    let (code, _, talk) = warder.run(home, &home.fix.words(&project))?;
    drop(alone);
    // One that Warder refuses, with its reason, is no fault; a run that fails otherwise is.
    let refused = talk.lines().filter(|line| line.contains(": not done (")).count();
    if code > 1 && refused == 0 {
        tried.differences.push(format!("warder fix ended with {code}: {}", talk.trim()));
    }
    tried.refused = refused;
    let changes = changes(warder, home)?;
    tried.changes = changes.len();
    let fixed = read(&home.configs)?;
    for client in &CLIENTS {
        let of_client: Vec<&Change> = changes.iter().filter(|change| told.reads(client, &change.path)).collect();
        let Some(before) = before.get(client.id).filter(|_| !of_client.is_empty()) else { continue };
        match programs.ask(client, home)? {
            Ok(after) => {
                let names: Vec<&str> = of_client.iter().map(|change| change.server.as_str()).collect();
                let is_it = |row: &&Row| names.contains(&row.name.as_str());
                tried.connected += after.iter().filter(is_it).filter(|row| row.connected == Some(true)).count();
                tried.differences.extend(changed(client.id, home.fix, &names, before, &after));
            }
            Err(why) => tried.differences.push(format!("{}: lists nothing any more: {}", client.id, why.trim())),
        }
    }
    // Some clients complete a project's file the second time they see it; not Warder's doing.
    let by_client = |path: &&PathBuf| changes.iter().all(|change| Path::new(&change.path) != path.as_path());
    let wrote: Vec<&PathBuf> = fixed
        .iter()
        .filter(|(path, bytes)| fs::read(path).ok().as_ref() != Some(bytes))
        .map(|(path, _)| path)
        .collect();
    for path in wrote.iter().filter(|path| !by_client(path)) {
        tried.differences.push(format!("{} was fixed, and its client wrote it meanwhile", path.display()));
    }
    let _alone = programs.claude.lock();
    for change in &changes {
        let (code, _, talk) = warder.run(home, &["undo", &change.id])?;
        if code != 0 {
            tried.differences.push(format!("warder undo of {} ended with {code}: {}", change.title, talk.trim()));
        }
    }
    for (path, old) in bytes.iter().filter(|(path, _)| !(wrote.contains(&path) && by_client(&path))) {
        if fs::read(path).ok().as_ref() != Some(old) {
            tried.differences.push(format!("{} has other bytes after the undo", path.display()));
        }
    }
    Ok(tried)
}

struct Change {
    id: String,
    title: String,
    path: String,
    /// Its name.
    server: String,
}

/// Newest first.
fn changes(warder: &Warder, home: &Home) -> Outcome<Vec<Change>> {
    let (_, out, talk) = warder.run(home, &["log", "--json"])?;
    let log: Value = serde_json::from_str(&out).map_err(|_| format!("warder log said: {talk}"))?;
    let text = |change: &Value, key: &str| change[key].as_str().unwrap_or_default().to_owned();
    let open = log.as_array().into_iter().flatten().filter(|change| change["undone"] == false);
    Ok(open
        .map(|change| Change {
            id: text(change, "id"),
            title: text(change, "title"),
            path: text(change, "path"),
            server: text(change, "server"),
        })
        .collect())
}

/// Where the listing of `client` is not what it should be now that the entries of `names` are mended.
fn changed(client: &str, fix: Fix, names: &[&str], before: &[Row], after: &[Row]) -> Vec<String> {
    let mended = |row: &Row| names.contains(&row.name.as_str());
    let like = |old: &Row, new: &Row| {
        // The entry starts the relay, which reaches the server.
        let relayed = matches!(fix, Fix::Header | Fix::Url) && mended(old) && new.transport == Some("stdio");
        // Qwen Code asks anew for a changed project entry; it connected before only if approved.
        (&old.name, old.on, old.connected) == (&new.name, new.on, new.connected)
            && (old.transport == new.transport || relayed)
            && (old.line == new.line || mended(old))
    };
    // Switched off it may be listed still, as being off; what was off may be gone.
    let goes = |row: &Row| match fix {
        Fix::Disable => mended(row),
        Fix::Settings => mended(row) && row.on == Some(false),
        _ => false,
    };
    let is_off = |row: &Row| goes(row) && row.on == Some(false);
    let lost = before.iter().filter(|row| !goes(row) && !after.iter().any(|other| like(row, other)));
    let new = after.iter().filter(|row| !is_off(row) && !before.iter().any(|other| like(other, row) && !goes(other)));
    let lost = lost.map(|row| format!("{client}: no longer as before the fix: {}", shown(row)));
    lost.chain(new.map(|row| format!("{client}: as it was not before the fix: {}", shown(row)))).collect()
}

fn read(paths: &[PathBuf]) -> Outcome<Vec<(PathBuf, Vec<u8>)>> {
    let read = |path: &PathBuf| {
        let bytes = fs::read(path).map_err(|source| format!("cannot read {}: {source}", path.display()))?;
        Ok((path.clone(), bytes))
    };
    paths.iter().map(read).collect()
}
