//! Folders that clients opened, as they wrote that down themselves: editors made
//! of VS Code, and Claude Code.
//!
//! Only a hint, so what cannot be read is passed over; no folder is looked into.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use crate::clients::Base;
use crate::document::read_at_most;
use crate::env::Env;

/// Editors by their folder of settings.
const EDITORS: &[(&str, &str)] = &[
    ("Code", "VS Code"),
    ("Code - Insiders", "VS Code Insiders"),
    ("Cursor", "Cursor"),
    ("Kiro", "Kiro"),
    ("VSCodium", "VSCodium"),
    ("Windsurf", "Windsurf"),
];

/// More than anybody has open in a year; and nobody opens more to find them.
const MOST: usize = 400;

/// `workspace.json` is one line, and Claude Code's file grows with every project.
const SMALL: u64 = 64 << 10;
const LARGE: u64 = 32 << 20;

/// A folder, who had it open, and when it was used last.
pub(super) struct Opened {
    pub(super) path: PathBuf,
    pub(super) by: &'static str,
    pub(super) at: SystemTime,
}

pub(super) fn opened(env: &Env) -> Vec<Opened> {
    let mut all = Vec::new();
    for (folder, name) in EDITORS {
        if let Some(config) = env.base(Base::Config) {
            in_editor(&config.join(folder).join("User/workspaceStorage"), name, &mut all);
        }
    }
    in_claude(env, &mut all);
    all
}

/// One folder for each workspace, whose database changes whenever it is used.
fn in_editor(storage: &Path, by: &'static str, all: &mut Vec<Opened>) {
    let entries = fs::read_dir(storage).into_iter().flatten().flatten().take(MOST);
    for place in entries.map(|entry| entry.path()) {
        let Some(Value::String(folder)) = json(&place.join("workspace.json"), SMALL).map(|all| all["folder"].clone())
        else {
            continue;
        };
        // Others are on another computer, or in a container.
        let path = url::Url::parse(&folder).ok().filter(|url| url.scheme() == "file" && url.host_str().is_none());
        if let Some(path) = path.and_then(|url| url.to_file_path().ok()) {
            let at = changed(&place.join("state.vscdb")).or_else(|| changed(&place));
            all.push(Opened { path, by, at: at.unwrap_or(SystemTime::UNIX_EPOCH) });
        }
    }
}

/// Its own file names every project; what was said there lies in a folder of its name.
fn in_claude(env: &Env, all: &mut Vec<Opened>) {
    let Some(own) = env.base(Base::Named("CLAUDE_CONFIG_DIR", ".claude")) else { return };
    let file = match env.vars.contains_key("CLAUDE_CONFIG_DIR") {
        true => own.join(".claude.json"),
        false => env.home.join(".claude.json"),
    };
    let Some(Value::Object(projects)) = json(&file, LARGE).map(|mut all| all["projects"].take()) else { return };
    for path in projects.keys().take(MOST) {
        let letters = path.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' });
        let said = own.join("projects").join(letters.collect::<String>());
        let at = changed(&said).unwrap_or(SystemTime::UNIX_EPOCH);
        all.push(Opened { path: path.into(), by: "Claude Code", at });
    }
}

fn json(path: &Path, most: u64) -> Option<Value> {
    serde_json::from_slice(&read_at_most(path, most).ok()?).ok()
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.symlink_metadata().and_then(|meta| meta.modified()).ok()
}
