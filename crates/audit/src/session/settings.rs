//! What the user settled once, kept in `~/.warder/settings.json`.
//!
//! Read at each scan: its projects and files are looked at besides. A file that
//! cannot be read counts as the usual settings, and is kept beside the new one
//! when the user settles anew. Members that this Warder does not know stay.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::{Map, Value};
use warder_launch::state::State;

use super::failures::refused;
use super::{Session, editors, folders};
use crate::api::{ClientChoice, ExtraFile, Failure, Settings, SettingsPage};
use crate::clients::{self, CLIENTS};
use crate::document::{ReadError, open_regular};
use crate::env::Env;
use crate::programs::absolute;
use crate::redact::line;
use crate::store::{Key, Store};

/// The largest file of settings, in bytes.
const LARGEST: u64 = 1 << 20;

/// The most projects, and the most files, that can be named.
const MOST: usize = 200;

/// The settings as they are kept.
struct Kept {
    settings: Settings,
    /// Every member, those of a newer Warder too.
    members: Map<String, Value>,
}

/// What is kept; else why it cannot be read, one sentence without its full stop.
fn kept(state: &State) -> Result<Kept, String> {
    let shown = line(&state.settings().to_string_lossy());
    let mut text = String::new();
    let (file, _) = match open_regular(&state.settings(), LARGEST) {
        Ok(opened) => opened,
        Err(ReadError::Missing) => return Ok(Kept { settings: Settings::default(), members: Map::new() }),
        Err(ReadError::Invalid(problem) | ReadError::Unreadable(problem)) => {
            return Err(format!("{shown} cannot be read: {}", problem.message));
        }
    };
    file.take(LARGEST).read_to_string(&mut text).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    let bad = |error: serde_json::Error| {
        let (at, column) = (error.line(), error.column());
        let why = error.to_string();
        let why = why.split(" at line ").next().unwrap_or_default();
        format!("{shown} is damaged in line {at}, column {column}: {}", line(why))
    };
    let settings = serde_json::from_str(&text).map_err(bad)?;
    Ok(Kept { settings, members: serde_json::from_str(&text).map_err(bad)? })
}

/// The platform, with the projects and files that the user settled. Writes nothing, never fails.
pub(super) fn extended(own: &Env) -> Env {
    let mut env = own.clone();
    // A single file that was asked for is all that was asked for.
    if env.only.is_some() {
        return env;
    }
    let Ok(Kept { settings, .. }) = kept(&env.state()) else { return env };
    for project in settings.projects.iter().map(PathBuf::from).filter(|path| path.is_absolute()) {
        if !env.projects.contains(&project) {
            env.projects.push(project);
        }
    }
    for file in &settings.files {
        let path = PathBuf::from(&file.path);
        if let Some((client, row)) = reader(file).filter(|_| path.is_absolute()) {
            env.files.push((path, client, row));
        }
    }
    env
}

/// Who reads a file that was named.
fn reader(file: &ExtraFile) -> Option<(&'static clients::Client, &'static clients::ConfigFile)> {
    let path = Path::new(&file.path);
    match &file.client {
        Some(id) => clients::named(id, path),
        None => Some(clients::of_path(path)),
    }
}

impl Session {
    /// The settings and what they can be, looked for anew. Does not wait for a keychain that is locked.
    pub fn settings(&mut self) -> SettingsPage {
        self.suggested = None;
        self.settings_page()
    }

    fn settings_page(&mut self) -> SettingsPage {
        let (settings, damaged) = match kept(&self.state) {
            Ok(kept) => (kept.settings, None),
            Err(why) => (Settings::default(), Some(why)),
        };
        let mut clients: Vec<ClientChoice> = CLIENTS
            .iter()
            .map(|client| ClientChoice { id: client.id.to_owned(), name: client.name.to_owned() })
            .collect();
        clients.sort_by_key(|client| client.name.to_lowercase());
        // Every settled switch is answered with them, and looking for them takes a while.
        let env = &self.env;
        let suggested = self.suggested.get_or_insert_with(|| folders::suggest(env, SystemTime::now()));
        let mut suggested = suggested.clone();
        suggested.retain(|folder| !settings.projects.contains(&folder.path));
        let changes = Store::look(&self.state).ok().flatten().and_then(|store| Some(store.list().ok()?.len()));
        let changes = changes.unwrap_or(0);
        let recoverable = changes > 0
            && match self.vault.look() {
                Ok(_) => Key::read(self.vault.as_ref()).is_ok_and(|key| key.is_some()),
                // It cannot be told before somebody opens it; a change was never made without one.
                Err(warder_launch::vault::VaultError::Locked) => true,
                Err(_) => false,
            };
        SettingsPage {
            settings,
            damaged,
            editors: editors::there(&self.env),
            clients,
            suggested,
            state: line(&self.env.shown(self.state.dir())),
            changes,
            recoverable,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }

    /// The settings that count now.
    pub fn settings_or_usual(&self) -> Settings {
        kept(&self.state).map(|kept| kept.settings).unwrap_or_default()
    }

    /// Keeps settings. What was named before may be gone by now; what is new has to be there.
    pub fn keep_settings(&mut self, settings: Settings) -> Result<SettingsPage, Failure> {
        let _lock = self.locked()?;
        let before = kept(&self.state);
        let known = before.as_ref().map(|kept| kept.settings.clone()).unwrap_or_default();
        let settings = checked(at_home(&self.env, settings), &known)?;
        // Other places are looked at from now on: what others did is told of those before.
        let other = (&settings.projects, &settings.files) != (&known.projects, &known.files);
        let store = self.existing().filter(|_| other);
        if let Some(store) = &store {
            self.tell_others(store);
        }
        let mut members = match before {
            Ok(kept) => kept.members,
            Err(_) => {
                self.put_aside()?;
                Map::new()
            }
        };
        match serde_json::to_value(&settings) {
            Ok(Value::Object(new)) => members.extend(new),
            _ => unreachable!("settings are an object of plain data"),
        }
        let mut bytes = serde_json::to_vec_pretty(&members).expect("plain data");
        bytes.push(b'\n');
        self.state.write_settings(&bytes).map_err(|error| refused(format!("the settings cannot be kept: {error}")))?;
        match &store {
            Some(store) => self.look_again(store, None),
            None if other => {
                self.scan();
            }
            None => {}
        }
        Ok(self.settings_page())
    }

    /// A file that cannot be read may still say something to its owner.
    fn put_aside(&self) -> Result<(), Failure> {
        let from = self.state.settings();
        for number in 1.. {
            let to = from.with_file_name(format!("settings-damaged-{number}.json"));
            // A link never replaces what is there.
            match std::fs::hard_link(&from, &to) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Ok(()) => return Ok(()),
                Err(error) => {
                    let why = format!("the damaged {} cannot be put aside: {error}", line(&from.to_string_lossy()));
                    return Err(refused(why));
                }
            }
        }
        unreachable!("there is always a next number")
    }
}

/// `~/code` as the whole path that it stands for.
fn at_home(env: &Env, mut settings: Settings) -> Settings {
    let files = settings.files.iter_mut().map(|file| &mut file.path);
    for text in settings.projects.iter_mut().chain(files).filter(|text| text.starts_with('~')) {
        if let Some(path) = absolute(env, text, None).as_deref().and_then(Path::to_str) {
            *text = path.to_owned();
        }
    }
    settings
}

/// Settings that can be kept; else which of them cannot, and why.
fn checked(settings: Settings, known: &Settings) -> Result<Settings, Failure> {
    let mut settings = settings;
    let mut once = std::collections::BTreeSet::new();
    settings.projects.retain(|project| once.insert(project.clone()));
    let mut once = std::collections::BTreeSet::new();
    settings.files.retain(|file| once.insert(file.path.clone()));
    if settings.projects.len() > MOST || settings.files.len() > MOST {
        return Err(refused(format!("at most {MOST} folders and {MOST} files can be named")));
    }
    for project in settings.projects.iter().filter(|project| !known.projects.contains(project)) {
        let path = whole(project)?;
        if !path.is_dir() {
            return Err(refused(format!("{} is not a folder", line(project))));
        }
    }
    for file in settings.files.iter().filter(|file| !known.files.contains(file)) {
        let path = whole(&file.path)?;
        if let Some(id) = file.client.as_ref().filter(|_| reader(file).is_none()) {
            return Err(refused(format!("there is no client {}", line(id))));
        }
        if !path.is_file() {
            let why = if path.exists() { "is not a file" } else { "does not exist" };
            return Err(refused(format!("{} {why}", line(&file.path))));
        }
    }
    if let Some(id) = settings.editor.as_ref().filter(|id| !editors::is_known(id)) {
        return Err(refused(format!("there is no editor {}", line(id))));
    }
    Ok(settings)
}

fn whole(text: &str) -> Result<&Path, Failure> {
    let path = Path::new(text);
    if path.is_absolute() { Ok(path) } else { Err(refused(format!("{} is no absolute path", line(text)))) }
}
