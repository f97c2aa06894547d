//! Carrying a plan out, and taking it back.
//!
//! Order of an apply: history (old bytes, encrypted, on the disk) → key into
//! the keychain, read back → profile → config, exchanged and read back → marked
//! done. Whatever is found unmarked later was cut off by a crash and is
//! finished or taken back, by what the config says.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use warder_launch::profile::{Profile, ProfileError};
use warder_launch::sandbox;
use warder_launch::vault::{Handle, Secret, VaultError};

use crate::api::{Change, Choices, Code, Failure};
use crate::clients::Writing;
use crate::disk::{WriteError, clear, replace};
use crate::document::{Document, Format, Key, KeyPath, Patch, Stamp};
use crate::edit::{Edit, diff, splice};
use crate::env::Env;
use crate::machine::{FoundFile, Machine};
use crate::redact::escape;
use crate::report::{command_line, judge};
use crate::server::Server;
use crate::store::{Key as HistoryKey, Record, Stage, Step, Store, StoreError, Way};
use crate::verify::{self, PATIENCE, SHORT, Start};

use super::entry::{fence_failure, resolve};
use super::{Session, packages, refused, running, unknown};

/// A history that cannot be used.
pub(super) fn history(error: StoreError) -> Failure {
    match error {
        StoreError::Vault(error) => keychain(&error),
        StoreError::Unknown(_) => unknown("change"),
        error => Failure { code: Code::Refused, message: error.to_string(), hint: None },
    }
}

fn keychain(error: &VaultError) -> Failure {
    Failure {
        code: Code::NoKeychain,
        message: format!("nothing was changed: {error}"),
        hint: Some(
            "Every fix needs the keychain, so that its way back can be kept encrypted. Unlock it and try again."
                .to_owned(),
        ),
    }
}

fn profile_failure(error: &ProfileError) -> Failure {
    refused(error.to_string())
}

fn write_failure(error: &WriteError) -> Failure {
    match error {
        WriteError::Stale { .. } => stale(),
        WriteError::Io { path, source } => {
            refused(format!("cannot replace {}: {source}", escape(&path.to_string_lossy())))
        }
        error => refused(error.to_string()),
    }
}

fn stale() -> Failure {
    Failure {
        code: Code::Stale,
        message: "the file was changed by another program since it was looked at".to_owned(),
        hint: Some("Look at the change again.".to_owned()),
    }
}

/// The folder a project file must not leave, even through a link.
fn within(machine: &Machine, path: &Path) -> Option<PathBuf> {
    machine.files.iter().find(|file| file.path == path).and_then(|file| file.project.clone())
}

fn closed(env: &Env, file: &FoundFile) -> Result<(), Failure> {
    match file.row.writing {
        Writing::Closed(programs) if running::any(env, programs) => Err(Failure {
            code: Code::ClientRuns,
            message: format!("{} is running; it would write its own copy of the file back", file.client.name),
            hint: Some(format!("Quit {} completely, not only its window, and try again.", file.client.name)),
        }),
        _ => Ok(()),
    }
}

/// How a client starts an entry: its short or full environment, its folder.
fn start(env: &Env, file: &FoundFile, server: &Server) -> Option<Start> {
    let command = server.command()?;
    let cwd = match &server.cwd {
        Some(cwd) if server.client.start.cwd => PathBuf::from(&cwd.value),
        _ => file.project.clone().unwrap_or_else(|| env.home.clone()),
    };
    let passed = |name: &String| !server.client.start.short_env || SHORT.contains(&name.as_str());
    let mut vars: std::collections::BTreeMap<String, String> =
        env.vars.iter().filter(|(name, _)| passed(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    vars.insert("HOME".to_owned(), env.home.to_string_lossy().into_owned());
    vars.extend(server.env.iter().map(|pair| (pair.name.clone(), pair.value.value.clone())));
    let program = resolve(env, &command.program.value, Some(&cwd))?;
    let args = command.args.iter().map(|arg| arg.value.clone()).collect();
    Some(Start { program, args, env: vars, cwd })
}

/// The commands a verification starts, whole, for people: now, and after `patches`.
pub(super) fn lines(server: &Server, patches: &[Patch]) -> Vec<String> {
    let Some(command) = server.command() else { return Vec::new() };
    let mut program = command.program.value.clone();
    let mut args: Vec<String> = command.args.iter().map(|arg| arg.value.clone()).collect();
    let now = command_line(&program, &args);
    for patch in patches {
        match patch {
            Patch::Set(at, value) if *at == server.at.name("args") => {
                let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
                args = list.iter().filter_map(|arg| arg.as_str().map(str::to_owned)).collect();
            }
            Patch::Set(at, value) if *at == server.at.name("command") => {
                program = value.as_str().unwrap_or_default().to_owned();
            }
            _ => {}
        }
    }
    vec![now, command_line(&program, &args)]
}

impl Session {
    /// The history and its key, for this process alone until the lock is
    /// dropped; finishes or takes back what a crash cut off.
    fn history(&mut self) -> Result<(Store, HistoryKey, File), Failure> {
        self.state.create().map_err(|error| refused(format!("cannot make {}: {error}", self.state.dir().display())))?;
        let lock = File::create(self.state.dir().join("lock")).and_then(|file| file.lock().map(|()| file));
        let lock = lock.map_err(|error| refused(format!("cannot lock {}: {error}", self.state.dir().display())))?;
        let key = HistoryKey::get(self.vault.as_ref()).map_err(|error| keychain(&error))?;
        let store = Store::open(&self.state).map_err(history)?;
        self.recover(&store, &key)?;
        Ok((store, key, lock))
    }

    /// Carries a fix out. `seen`: the stamp of the file the user saw.
    pub fn apply(&mut self, fix: &str, choices: &Choices, seen: &Stamp, verified: bool) -> Result<Change, Failure> {
        let (store, key, lock) = self.history()?;
        self.scan();
        let plan = self.planned(fix, choices)?;
        let judged = self.judged.as_ref().expect("just scanned");
        let machine = &judged.machine;
        let server = &machine.servers[plan.server.0];
        let file = &machine.files[server.file.0];
        let document = machine.document(server.file).ok_or_else(|| unknown("file"))?;
        if document.stamp != *seen {
            return Err(stale());
        }
        closed(&self.env, file)?;
        let edits = document.edits(&plan.patches).map_err(|error| refused(error.to_string()))?;
        let after = splice(&document.text, &edits).map_err(|error| refused(error.to_string()))?;
        let tools = if verified { self.control(file, server) } else { Ok(None) };

        // What can be prepared without changing anything that is in use.
        let profile = match &plan.draft {
            None => None,
            Some(draft) => {
                self.launcher()?;
                let installed = match &draft.wanted {
                    Some(wanted) => Some(packages::install(&self.env, wanted)?),
                    None => None,
                };
                Some(draft.finish(machine, plan.server, installed)?)
            }
        };
        if profile.as_ref().is_some_and(|profile| profile.sandbox.is_some()) {
            sandbox::probe().map_err(|error| fence_failure(&error))?;
        }
        let before_profile = server.command().and_then(|command| command.profile.as_deref().cloned());
        let record = Record {
            id: data_encoding::HEXLOWER.encode(&super::random()[..8]),
            at: now(),
            title: plan.past.clone(),
            path: file.path.clone(),
            server: server.name.clone(),
            client: server.client.id.to_owned(),
            stage: Stage::Intended,
        };
        let way = Way {
            before: document.text.clone(),
            entry: steps(&server.at),
            entry_before: document.text[server.span.clone()].to_owned(),
            entry_after: entry_text(&file.path, file.format, &after, &server.at).unwrap_or_default(),
            after,
            profile: profile.as_ref().map(|profile| profile.id.clone()),
            profile_before: before_profile,
            profile_after: profile,
            stashed: plan.stash.iter().map(|(handle, _)| handle.clone()).collect(),
        };
        let (path, stamp) = (file.path.clone(), document.stamp.clone());
        let (masked_before, masked_after) =
            (judged.masked(server.file, &way.before), judged.masked(server.file, &way.after));
        let inside = file.project.clone();

        store.intend(&key, &record, &way).map_err(history)?;
        let done = self.carry_out(&plan.stash, &way, &path, &stamp, inside.as_deref());
        if let Err(failure) = done {
            self.take_back(&store, &record, &way)?;
            return Err(failure);
        }
        store.mark(&record.id, Stage::Done).map_err(history)?;
        self.drawn.remove(fix);
        self.scan();

        let mut change = self.shown(&record);
        change.diff = diff(&masked_before, &masked_after);
        drop(lock);
        if verified {
            change.note = Some(self.confirm(&record, &way, tools)?);
        }
        Ok(change)
    }

    fn carry_out(
        &self,
        stash: &[(Handle, Secret)],
        way: &Way,
        path: &Path,
        stamp: &Stamp,
        inside: Option<&Path>,
    ) -> Result<(), Failure> {
        for (handle, secret) in stash {
            self.vault.set(handle, secret).map_err(|error| keychain(&error))?;
            let kept = self.vault.get(handle).map_err(|error| keychain(&error))?;
            if kept.is_none_or(|kept| kept.expose() != secret.expose()) {
                return Err(keychain(&VaultError::Temporary));
            }
        }
        if let Some(profile) = &way.profile_after {
            profile.write(&self.state).map_err(|error| profile_failure(&error))?;
        }
        if way.before != way.after {
            replace(path, stamp, way.after.as_bytes(), inside).map_err(|error| write_failure(&error))?;
        }
        Ok(())
    }

    /// Puts everything but the config back as it was, and forgets the change.
    fn take_back(&self, store: &Store, record: &Record, way: &Way) -> Result<(), Failure> {
        self.restore_profile(way)?;
        self.drop_keys(way)?;
        store.forget(&record.id).map_err(history)
    }

    fn restore_profile(&self, way: &Way) -> Result<(), Failure> {
        let done = match (&way.profile_before, &way.profile) {
            (Some(before), _) => before.write(&self.state),
            (None, Some(id)) => Profile::remove(&self.state, id),
            (None, None) => Ok(()),
        };
        done.map_err(|error| profile_failure(&error))?;
        self.drop_package(way);
        Ok(())
    }

    /// Removes the package that the change installed, if no profile runs it.
    fn drop_package(&self, way: &Way) {
        let Some(package) = way.profile_after.as_ref().and_then(|profile| profile.package.as_ref()) else { return };
        let used = self.profiles().any(|profile| profile.package.is_some_and(|used| used.dir == package.dir));
        let store = self.state.packages().canonicalize();
        if !used && store.is_ok_and(|store| package.dir.starts_with(store)) {
            // Left-over files do no harm: nothing starts them.
            let _ = std::fs::remove_dir_all(&package.dir);
        }
    }

    fn profiles(&self) -> impl Iterator<Item = Profile> {
        let ids = Profile::list(&self.state).unwrap_or_default();
        ids.into_iter().filter_map(|id| Profile::read(&self.state, &id).ok())
    }

    /// Deletes the change's keychain items that no profile uses any more.
    fn drop_keys(&self, way: &Way) -> Result<(), Failure> {
        let used = |handle: &Handle| self.profiles().any(|profile| profile.secrets.values().any(|used| used == handle));
        for handle in way.stashed.iter().filter(|handle| !used(handle)) {
            self.vault.delete(handle).map_err(|error| keychain(&error))?;
        }
        Ok(())
    }

    /// Finishes or takes back what an earlier run did not mark.
    fn recover(&self, store: &Store, key: &HistoryKey) -> Result<(), Failure> {
        for record in store.list().map_err(history)? {
            if !matches!(record.stage, Stage::Intended | Stage::Undoing) {
                continue;
            }
            let way = match store.way(key, &record.id) {
                Ok(way) => way,
                // Another keychain's change: nothing can be said about it here.
                Err(StoreError::OtherKey) => continue,
                Err(error) => return Err(history(error)),
            };
            // A crash in the middle of a replacement leaves the other text beside the file.
            let known = [&way.before, &way.after].map(|text| Stamp::of(text.as_bytes()));
            let _ = clear(&record.path, &known);
            let text = std::fs::read_to_string(&record.path).unwrap_or_default();
            let entry = entry_now(&record.path, &text, &way);
            let written = text == way.after || entry.as_deref() == Some(way.entry_after.as_str());
            let unchanged = way.before == way.after;
            match (record.stage, written && !unchanged) {
                (Stage::Intended, true) => store.mark(&record.id, Stage::Done).map_err(history)?,
                (Stage::Intended, false) => self.take_back(store, &record, &way)?,
                (_, true) => store.mark(&record.id, Stage::Done).map_err(history)?,
                (_, false) => {
                    self.restore_profile(&way)?;
                    self.drop_keys(&way)?;
                    store.mark(&record.id, Stage::Undone).map_err(history)?;
                }
            }
        }
        Ok(())
    }

    /// Takes a change back: the exact old bytes, or the entry's exact old text
    /// where other programs changed other parts of the file since.
    pub fn undo(&mut self, id: &str) -> Result<Change, Failure> {
        let (store, key, lock) = self.history()?;
        self.scan();
        let record = store.get(id).map_err(history)?;
        if record.stage == Stage::Undone {
            return Err(refused("this change is undone already".to_owned()));
        }
        let way = store.way(&key, id).map_err(history)?;
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        if let Some(file) = machine.files.iter().find(|file| file.path == record.path) {
            closed(&self.env, file)?;
        }
        let inside = within(machine, &record.path);
        let text = std::fs::read_to_string(&record.path)
            .map_err(|error| refused(format!("cannot read {}: {error}", escape(&record.path.to_string_lossy()))))?;
        let conflict = || self.conflict(&store, &record);
        let present = way.profile.as_ref().and_then(|id| Profile::read(&self.state, id).ok());
        if way.profile_after.is_some() && present != way.profile_after {
            return Err(conflict());
        }
        let back = if text == way.after {
            way.before.clone()
        } else {
            entry_back(&record.path, &text, &way).ok_or_else(conflict)?
        };
        store.mark(id, Stage::Undoing).map_err(history)?;
        if back != text {
            let written = replace(&record.path, &Stamp::of(text.as_bytes()), back.as_bytes(), inside.as_deref());
            if let Err(error) = written {
                store.mark(id, Stage::Done).map_err(history)?;
                return Err(write_failure(&error));
            }
        }
        self.restore_profile(&way)?;
        self.drop_keys(&way)?;
        store.mark(id, Stage::Undone).map_err(history)?;
        drop(lock);
        self.scan();
        Ok(Change { undone: true, ..self.shown(&record) })
    }

    /// Why a change cannot be taken back now.
    fn conflict(&self, store: &Store, record: &Record) -> Failure {
        let newer = store.list().unwrap_or_default();
        let newer = newer
            .iter()
            .take_while(|other| other.id != record.id)
            .find(|other| other.stage == Stage::Done && other.path == record.path && other.server == record.server);
        let (message, hint) = match newer {
            Some(newer) => (
                format!("a newer change touches the same entry: {}", newer.title),
                format!("Undo that one first ({}).", newer.id),
            ),
            None => (
                "the entry was changed by another program since; undoing would lose that".to_owned(),
                "The old text is kept in the history; change the entry by hand.".to_owned(),
            ),
        };
        Failure { code: Code::Conflict, message, hint: Some(hint) }
    }

    /// One change with its masked difference.
    pub fn change(&mut self, id: &str) -> Result<Change, Failure> {
        let store = Store::open(&self.state).map_err(history)?;
        let record = store.get(id).map_err(history)?;
        let key = HistoryKey::get(self.vault.as_ref()).map_err(|error| keychain(&error))?;
        let way = store.way(&key, id).map_err(history)?;
        let masked = |text: &str| mask_as(&self.env, &record, text);
        Ok(Change { diff: diff(&masked(&way.before), &masked(&way.after)), ..self.shown(&record) })
    }

    fn launcher(&self) -> Result<(), Failure> {
        match &self.env.launcher {
            Some(from) => self
                .state
                .install_launcher(from)
                .map_err(|error| refused(format!("cannot install the launcher: {error}"))),
            None if self.state.launcher().is_file() => Ok(()),
            None => Err(refused("the launcher was not found beside this program".to_owned())),
        }
    }

    /// The unwrapped server, before anything is changed.
    fn control(&self, file: &FoundFile, server: &Server) -> Result<Option<Vec<String>>, String> {
        let start = start(&self.env, file, server).ok_or("its program was not found")?;
        verify::tools(&start, PATIENCE).map(Some).map_err(|error| error.to_string())
    }

    /// Starts the changed entry and compares; takes the change back if it differs.
    fn confirm(
        &mut self,
        record: &Record,
        way: &Way,
        control: Result<Option<Vec<String>>, String>,
    ) -> Result<String, Failure> {
        let expected = match control {
            Ok(Some(tools)) => tools,
            Ok(None) => return Ok(String::new()),
            Err(reason) => return Ok(format!("Not verified: it did not start before either ({reason}).")),
        };
        let at = KeyPath(way.entry.iter().map(key_of).collect());
        let machine = &self.seen().machine;
        let found =
            machine.servers.iter().find(|server| server.at == at && machine.files[server.file.0].path == record.path);
        let start = found.and_then(|server| start(&machine.env, &machine.files[server.file.0], server));
        let now = match start.map(|start| verify::tools(&start, PATIENCE)) {
            Some(Ok(tools)) => Ok(tools),
            Some(Err(error)) => Err(error.to_string()),
            None => Err("it was not found any more".to_owned()),
        };
        let reason = match now {
            Ok(tools) if tools == expected => {
                return Ok(format!("Started before and after: {} tools, the same.", tools.len()));
            }
            Ok(tools) => format!("it lists {} tools instead of {}", tools.len(), expected.len()),
            Err(reason) => reason,
        };
        self.undo(&record.id)?;
        Err(Failure {
            code: Code::NotVerified,
            message: format!("the changed server did not start as before: {reason}"),
            hint: Some("The change was taken back; the file is as it was.".to_owned()),
        })
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

fn steps(at: &KeyPath) -> Vec<Step> {
    let step = |key: &Key| match key {
        Key::Name(name) => Step::Name(name.clone()),
        Key::Index(index) => Step::Index(*index),
    };
    at.0.iter().map(step).collect()
}

fn key_of(step: &Step) -> Key {
    match step {
        Step::Name(name) => Key::Name(name.clone()),
        Step::Index(index) => Key::Index(*index),
    }
}

fn entry_text(path: &Path, format: Format, text: &str, at: &KeyPath) -> Option<String> {
    let document = Document::parse(path, text.as_bytes().to_vec(), format, &[]).ok()?;
    Some(document.text[document.get(at)?.span.clone()].to_owned())
}

fn entry_now(path: &Path, text: &str, way: &Way) -> Option<String> {
    entry_text(path, Format::Jsonc, text, &KeyPath(way.entry.iter().map(key_of).collect()))
}

/// The text with the entry as it was before, if it still is as it was after.
fn entry_back(path: &Path, text: &str, way: &Way) -> Option<String> {
    let document = Document::parse(path, text.as_bytes().to_vec(), Format::Jsonc, &[]).ok()?;
    let node = document.get(&KeyPath(way.entry.iter().map(key_of).collect()))?;
    if text[node.span.clone()] != way.entry_after {
        return None;
    }
    splice(text, &[Edit { range: node.span.clone(), text: way.entry_before.clone() }]).ok()
}

/// An old text of a file, masked as if it stood there now.
fn mask_as(env: &Env, record: &Record, text: &str) -> String {
    let client = crate::clients::client(&record.client).unwrap_or_else(|| crate::clients::client_of(&record.path));
    let alone = Machine::of_text(env.clone(), client, &record.path, text);
    judge(alone).masked(crate::finding::FileIndex(0), text)
}
