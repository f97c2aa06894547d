//! Wrapped entries back to what they were, also where the history is lost.
//!
//! First by undoing the changes that wrapped them, byte for byte. Where that
//! cannot be, the launcher is taken off by the words behind `--`, and the keys
//! are put where their references stand; then the keychain keeps its copy. Where
//! the relay stands, the entry names its URL and headers again. What is not as it
//! was approved is not restored: its keys would go to something
//! that nobody approved.

mod elsewhere;

use std::collections::BTreeMap;

use serde_json::json;
use warder_launch::profile::Profile;
use warder_launch::vault::{Handle, REFERENCE, Secret};

use super::failures::{edit_failure, history, keychain, refused, stale, unknown, write_failure};
use super::news::Wrote;
use super::record::{intended, of_entry};
use super::{Session, permit};
use crate::api::{Failure, Restoring};
use crate::approval::{differences, said};
use crate::disk::{Seen, replace};
use crate::document::{Document, Patch, read_text};
use crate::edit::splice;
use crate::machine::{FoundFile, Machine};
use crate::redact::line;
use crate::server::{Command, Relay, Server};
use crate::store::{Key, Record, Stage, Store, Way};
use crate::writing::may_write;

impl Session {
    /// What [`Session::restore`] would do; changes nothing.
    pub fn restoring(&mut self, servers: &[String]) -> Result<Vec<Restoring>, Failure> {
        let chosen = self.chosen(servers)?;
        Ok(chosen.iter().filter_map(|id| self.foretold(id)).collect())
    }

    /// Puts these wrapped entries back as they were; all of them where none is
    /// named. One that cannot be restored does not stop the others.
    pub fn restore(&mut self, servers: &[String]) -> Result<Vec<Restoring>, Failure> {
        let chosen = self.chosen(servers)?;
        let mut done = Vec::new();
        for id in chosen {
            // What was restored before may have changed the file.
            self.scan();
            let Some(mut one) = self.foretold(&id) else { continue };
            if one.failure.is_none() {
                one.failure = self.restore_one(&id).err();
            }
            done.push(one);
        }
        self.scan();
        Ok(done)
    }

    /// Ids of wrapped entries.
    fn chosen(&mut self, servers: &[String]) -> Result<Vec<String>, Failure> {
        self.scan();
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let wrapped = machine.servers.iter().filter(|server| server.profile_id().is_some());
        let all: Vec<String> = wrapped.map(|server| server.id.clone()).collect();
        if servers.is_empty() {
            return Ok(all);
        }
        match servers.iter().find(|wanted| !all.contains(wanted)) {
            Some(_) => Err(unknown("wrapped entry")),
            None => Ok(all.into_iter().filter(|id| servers.contains(id)).collect()),
        }
    }

    fn found(&self, id: &str) -> Option<(&Machine, &Server)> {
        let machine = &self.judged.as_ref()?.machine;
        Some((machine, machine.servers.iter().find(|server| server.id == id)?))
    }

    /// Whether [`Session::restore`] can put an entry back.
    pub(super) fn can_restore(&self, id: &str) -> bool {
        self.foretold(id).is_some_and(|one| one.failure.is_none())
    }

    /// One entry's line of the preview.
    fn foretold(&self, id: &str) -> Option<Restoring> {
        let (machine, server) = self.found(id)?;
        let file = &machine.files[server.file.0];
        let mut one = Restoring {
            server: server.id.clone(),
            name: line(&server.name),
            client_name: server.client.name.to_owned(),
            shown: line(&file.shown),
            clear: Vec::new(),
            steps: Vec::new(),
            failure: None,
        };
        if let Some(profile) = server.profile() {
            one.clear.extend(profile.secrets.keys().map(|name| line(name)));
            let others = profile.inside.iter().map(|handle| handle.label().to_owned());
            one.clear.extend(others.map(|label| line(&label)));
            one.clear.sort();
            one.clear.dedup();
        }
        let changes = differences(&machine.env, file, server);
        if !changes.is_empty() {
            one.failure = Some(changed(server, &said(&changes)));
            return Some(one);
        }
        let undone = self.to_undo(server);
        one.steps.extend(undone.iter().map(|record| format!("This is undone: {}.", line(&record.title))));
        if undone.is_empty() {
            match self.by_hand(machine, server, None) {
                Ok(_) => one.steps.push(match server.relay() {
                    None => "The launcher is taken off the command.".to_owned(),
                    Some(Relay::Started(_)) => "The entry names its URL again instead of the relay.".to_owned(),
                    Some(Relay::Asked { .. }) => "Its headers stand in the entry again.".to_owned(),
                }),
                Err(failure) => one.failure = Some(failure),
            }
        }
        Some(one)
    }

    /// The changes that made an entry what it is, newest first; none where the
    /// history cannot tell.
    fn to_undo(&self, server: &Server) -> Vec<Record> {
        let Ok(Some(key)) = Key::read(self.vault.as_ref()) else { return Vec::new() };
        let Ok(Some(store)) = Store::look(&self.state) else { return Vec::new() };
        let Some((machine, _)) = self.found(&server.id) else { return Vec::new() };
        let path = &machine.files[server.file.0].path;
        let mut own = Vec::new();
        let mut newer: Option<String> = None;
        for record in store.list().unwrap_or_default() {
            if record.stage != Stage::Done || record.path != *path {
                continue;
            }
            let Ok(way) = store.way(&key, &record.id) else { continue };
            if way.profile.as_ref() != server.profile_id() {
                continue;
            }
            // Another hand was at the entry in between, such as one that put a new key in it: undone half way, that key
            // would stand in clear behind a launcher that does not start.
            if newer.is_some_and(|before| before != way.entry_after) {
                return Vec::new();
            }
            // Its bytes would bring an old key back.
            if self.keeps_new_keys(&store, &record, &way).is_err() {
                return Vec::new();
            }
            newer = Some(way.entry_before);
            own.push(record);
            // Before this one there was no profile.
            if way.profile_before.is_none() {
                return own;
            }
        }
        Vec::new()
    }

    fn restore_one(&mut self, id: &str) -> Result<(), Failure> {
        let Some((_, server)) = self.found(id) else { return Err(unknown("entry")) };
        let undone = self.to_undo(server);
        for record in undone {
            // A newer change of another kind, or of another program: the rest is done by hand.
            if self.undo(&record.id).is_err() {
                break;
            }
        }
        self.scan();
        match self.found(id) {
            Some((_, server)) if server.profile_id().is_some() => self.take_off(id),
            _ => Ok(()),
        }
    }

    /// Takes the launcher off, recorded where the history can be used.
    fn take_off(&mut self, id: &str) -> Result<(), Failure> {
        self.check_id()?;
        // Without a history there is a lock all the same.
        let (recorded, unread, _lock) = match self.history() {
            Ok((store, key, lock)) => (Some((store, key)), None, lock),
            Err(_) => {
                let lock = self.locked()?;
                let unread = self.existing();
                unread.iter().for_each(|store| self.tell_others(store));
                (None, unread, lock)
            }
        };
        self.scan();
        let (machine, server) = self.found(id).ok_or_else(|| unknown("entry"))?;
        let keys = self.own_keys(server)?;
        let (file, document, after) = self.by_hand(machine, server, Some(&keys))?;
        let path = file.path.clone();
        let title = match server.relay() {
            None => format!("Took the launcher off {}", line(&server.name)),
            Some(_) => format!("Took the relay out of {}", line(&server.name)),
        };
        let record = intended(title, &path, &server.name, server.client);
        let way = Way {
            profile: server.profile_id().cloned(),
            profile_before: server.profile().cloned(),
            ..of_entry(file, document, Some(server), server.at.clone(), after)
        };
        let seen = Seen { stamp: document.stamp.clone(), identity: document.identity };
        let bytes = way.encoding.encode(&way.after);
        if let Some((store, key)) = &recorded {
            store.intend(key, &record, &way).map_err(history)?;
        }
        let done = permit::take(&self.env, file.client, file.row, &path)
            .and_then(|_permit| {
                replace(&path, &seen, &bytes, way.project.as_deref()).map_err(|error| write_failure(&error))
            })
            .and_then(|_| match read_text(&path) {
                Ok((encoding, text, _)) if encoding == way.encoding && text == way.after => Ok(()),
                _ => Err(stale()),
            });
        if let Some((store, _)) = &recorded {
            if done.is_err() {
                self.settle(store, &record, &way)?;
            } else {
                store.mark(&record.id, Stage::Done).map_err(history)?;
            }
        }
        match recorded.as_ref().map(|(store, _)| store).or(unread.as_ref()) {
            Some(store) => self.look_again(store, Some(&Wrote::of(&record, &way))),
            None => {
                self.scan();
            }
        }
        done?;
        // The way back holds it; without one it stays where it is.
        if let (Some(_), Some(id)) = (&recorded, &way.profile)
            && !self.is_started(id)
        {
            // Nothing names it any more: one that stays does no harm.
            let _ = Profile::remove(&self.state, id);
        }
        Ok(())
    }

    /// The entry's own keys, by their reference.
    fn own_keys(&self, server: &Server) -> Result<BTreeMap<String, Secret>, Failure> {
        let Some(profile) = server.profile() else { return Ok(BTreeMap::new()) };
        let mut keys = BTreeMap::new();
        for handle in profile.secrets.values().chain(&profile.inside) {
            let secret = self.vault.get(handle).map_err(|error| keychain(&error))?.ok_or_else(|| lost(handle))?;
            keys.insert(handle.reference(), secret);
        }
        Ok(keys)
    }

    /// The file with the launcher taken off an entry. Without `keys`: only
    /// whether that can be done.
    fn by_hand<'a>(
        &self,
        machine: &'a Machine,
        server: &'a Server,
        keys: Option<&BTreeMap<String, Secret>>,
    ) -> Result<(&'a FoundFile, &'a Document, String), Failure> {
        let file = &machine.files[server.file.0];
        let name = line(&server.name);
        let changes = differences(&machine.env, file, server);
        if !changes.is_empty() {
            return Err(changed(server, &said(&changes)));
        }
        may_write(machine, file)
            .map_err(|why| Failure { hint: Some(why), ..refused(format!("the server {name} is left as it is")) })?;
        let document = machine.document(server.file).ok_or_else(|| unknown("file"))?;
        let wanted = server.profile().into_iter().flat_map(|profile| {
            let named = profile.secrets.iter().map(|(name, handle)| (name.clone(), handle));
            named.chain(profile.inside.iter().map(|handle| (handle.label().to_owned(), handle)))
        });
        let wanted: Vec<(String, String)> = wanted.map(|(name, handle)| (name, handle.reference())).collect();
        if file.shared.is_some() && !wanted.is_empty() {
            return Err(Failure {
                hint: Some("Move the entry to a file of your own, or undo the change: warder log shows it.".to_owned()),
                ..refused(format!("{} is shared, and the keys of {name} would stand in it in clear", line(&file.shown)))
            });
        }
        let given = match (server.relay(), server.profile().and_then(|profile| profile.remote.as_ref())) {
            (Some(Relay::Asked { .. }), Some(remote)) => &remote.headers,
            _ => &BTreeMap::new(),
        };
        let line_words = server.started().map(Command::words).unwrap_or_default();
        let words: Vec<&str> =
            line_words.iter().map(|word| word.value.as_str()).chain(given.values().map(String::as_str)).collect();
        let stands = |reference: &str| {
            server.env.iter().any(|pair| pair.value.value.contains(reference))
                || words.iter().any(|word| word.contains(reference))
        };
        if let Some((key, _)) = wanted.iter().find(|(_, reference)| !stands(reference)) {
            return Err(Failure {
                hint: Some("Undo the change that moved it: warder log shows it.".to_owned()),
                ..refused(format!("the server {name} has a key that does not stand in its entry: {}", line(key)))
            });
        }
        // Without its profile nobody knows whose keys these are.
        let foreign =
            |text: &str| text.contains(REFERENCE) && !wanted.iter().any(|(_, own)| text.contains(own.as_str()));
        let texts = words.iter().copied().chain(server.env.iter().map(|pair| pair.value.value.as_str()));
        if server.profile().is_none() && texts.into_iter().any(foreign) {
            return Err(Failure {
                hint: Some(
                    "Undo the change that moved them (warder log), or write the keys into the entry by hand."
                        .to_owned(),
                ),
                ..refused(format!("the profile of {name} cannot be read, so its keys cannot be told from others"))
            });
        }
        let filled = |text: &str| match keys {
            Some(keys) => fill(text, keys),
            None => text.to_owned(),
        };
        if let Some(after) = elsewhere::without_relay(machine, server, filled)? {
            return Ok((file, document, after));
        }
        let command = server.command().ok_or_else(|| unknown("entry"))?;
        let words: Vec<String> = words.into_iter().map(filled).collect();
        let mut patches = command.rewrite(&words[0], &words[1..]);
        let variables = server.env.iter().filter(|pair| wanted.iter().any(|(_, own)| pair.value.value.contains(own)));
        patches.extend(variables.map(|pair| Patch::Set(pair.value.at.clone(), json!(filled(&pair.value.value)))));
        let edits = document.edits(&patches).map_err(|error| edit_failure(&error, file.client.name))?;
        let after = splice(&document.text, &edits).map_err(|error| refused(error.to_string()))?;
        Ok((file, document, after))
    }
}

/// A text with keys in the place of their references: in one pass, so that
/// nothing in a key is read as a reference.
fn fill(text: &str, keys: &BTreeMap<String, Secret>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(REFERENCE) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match keys.iter().find(|(reference, _)| rest.starts_with(reference.as_str())) {
            Some((reference, secret)) => {
                out.push_str(secret.expose());
                rest = &rest[reference.len()..];
            }
            None => {
                out.push_str(REFERENCE);
                rest = &rest[REFERENCE.len()..];
            }
        }
    }
    out + rest
}

fn changed(server: &Server, what: &str) -> Failure {
    let name = line(&warder_launch::stderr::typed(&server.name));
    Failure {
        hint: Some(format!(
            "Put back what you approved (warder fix --rule name-shadowing --server {name}), or look at what it is now \
             and approve it (warder approve {name}); then restore it."
        )),
        ..refused(format!("the server {} changed since it was approved: {what}", line(&server.name)))
    }
}

fn lost(handle: &Handle) -> Failure {
    Failure {
        hint: Some(
            "Nothing was changed. If the history has a recovery copy: warder recovery use, and restore it then."
                .to_owned(),
        ),
        ..refused(format!("its key {} is not in the keychain any more", line(handle.as_str())))
    }
}
