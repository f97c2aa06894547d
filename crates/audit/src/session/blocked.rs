//! What stands before an undo: a newer change of the same entry, or what another
//! program wrote. Asked before anybody presses the button, and by the undo itself.

use std::collections::HashMap;
use std::path::Path;

use warder_launch::profile::Profile;

use crate::api::{Blocked, Code, Failure};
use crate::document::{Encoding, read_text};
use crate::redact::line;
use crate::store::{Key, Record, Stage, Store, Way};

use super::Session;
use super::failures::{history, refused};
use super::way::{entry_back, is_after, is_back, is_of};

impl Session {
    /// The changes that cannot be taken back as things are now, each with why. None are known before the keychain is
    /// open: it is not waited for.
    pub fn blocked(&mut self) -> Result<Vec<Blocked>, Failure> {
        let Some(store) = Store::look(&self.state).map_err(history)? else { return Ok(Vec::new()) };
        // A keychain may ask its user before it answers, for what nobody asked to do.
        if cfg!(target_os = "macos") || self.vault.look().is_err() {
            return Ok(Vec::new());
        }
        match Key::read(self.vault.as_ref()) {
            Ok(Some(key)) => self.blocked_of(&store, &key),
            _ => Ok(Vec::new()),
        }
    }

    /// The same, with the key of the history.
    pub(super) fn blocked_of(&self, store: &Store, key: &Key) -> Result<Vec<Blocked>, Failure> {
        let records = store.list().map_err(history)?;
        let mut texts: HashMap<&Path, Option<(Encoding, String)>> = HashMap::new();
        let mut blocked = Vec::new();
        for record in records.iter().filter(|record| record.stage == Stage::Done) {
            let path = record.path.as_path();
            let text =
                texts.entry(path).or_insert_with(|| read_text(path).ok().map(|(encoding, text, _)| (encoding, text)));
            let (first, why) = match (store.way(key, &record.id), text) {
                (Err(error), _) => (None, history(error)),
                // It is about an item of the keychain, whatever its file says.
                (Ok(Way { replaced: Some(replaced), .. }), _) => match self.is_newest(store, record, &replaced) {
                    Ok(()) => continue,
                    Err(known) => known,
                },
                (_, None) => (None, refused(format!("cannot read {}", line(&path.to_string_lossy())))),
                (Ok(way), Some((encoding, text))) => {
                    if self.text_back(&way, *encoding, text).is_none() {
                        let newer = newer(store, key, &records, record, &way);
                        (newer.map(|newer| newer.id.clone()), conflict(newer))
                    } else if let Some((first, why)) = self.newer_key(store, record, &way)? {
                        let restore = self.with_new_key(record, &way);
                        blocked.push(Blocked { change: record.id.clone(), first: Some(first), restore, why });
                        continue;
                    } else {
                        continue;
                    }
                }
            };
            blocked.push(Blocked { change: record.id.clone(), first, restore: None, why });
        }
        Ok(blocked)
    }

    /// The entry of a change, where it can be put back with the key that it has by now.
    fn with_new_key(&self, record: &Record, way: &Way) -> Option<String> {
        let machine = &self.judged.as_ref()?.machine;
        let server = machine.servers.iter().find(|server| {
            let document = machine.document(server.file);
            machine.files[server.file.0].path == record.path
                && server.profile_id().is_some()
                && server.profile_id() == way.profile.as_ref()
                && document.is_some_and(|document| is_of(way, document, &server.at))
        })?;
        self.can_restore(&server.id).then(|| server.id.clone())
    }

    /// The text of its file once the change is taken back; `None` where that would lose what came since.
    pub(super) fn text_back(&self, way: &Way, encoding: Encoding, text: &str) -> Option<String> {
        // A profile that is lost or damaged is no reason: undoing is the cure.
        let present = way.profile.as_ref().and_then(|id| Profile::read(&self.state, id).ok());
        if present.is_some() && present != way.profile_after {
            return None;
        }
        // Only who may read the file was changed: what stands in it stays.
        if is_of_mode(way) {
            return Some(text.to_owned());
        }
        if is_after(encoding, text, way) {
            return Some(way.before.clone());
        }
        // Its client may have put its old copy back; then only the rest has to go.
        entry_back(text, way).or_else(|| is_back(text, way).then(|| text.to_owned()))
    }

    /// Why a change cannot be taken back now.
    pub(super) fn conflict(&self, store: &Store, key: &Key, record: &Record, way: &Way) -> Failure {
        let records = store.list().unwrap_or_default();
        conflict(newer(store, key, &records, record, way))
    }
}

/// How many cannot be undone at all, in whatever order.
pub(super) fn lost(blocked: &[Blocked]) -> usize {
    let is_lost = |one: &&Blocked| {
        let mut at = *one;
        while let Some(first) = &at.first {
            match blocked.iter().find(|other| other.change == *first) {
                Some(newer) => at = newer,
                None => return false,
            }
        }
        true
    };
    blocked.iter().filter(is_lost).count()
}

fn is_of_mode(way: &Way) -> bool {
    way.mode.is_some() && way.before == way.after
}

/// The newest change since that stands, of the same entry. `records`: newest first.
fn newer<'a>(store: &Store, key: &Key, records: &'a [Record], record: &Record, way: &Way) -> Option<&'a Record> {
    let same = |other: &&Record| {
        other.stage == Stage::Done
            && other.path == record.path
            && store.way(key, &other.id).is_ok_and(|other| !is_of_mode(&other) && touches(&other, way))
    };
    records.iter().take_while(|other| other.id != record.id).find(same)
}

/// Whether two changes of one file are of the same entry, or one is of all that the other is a part of.
fn touches(one: &Way, other: &Way) -> bool {
    match (&one.named, &other.named) {
        // By its name: other entries of the list may have come before it.
        (Some(one), Some(other)) => one == other,
        _ => one.entry.0.starts_with(&other.entry.0) || other.entry.0.starts_with(&one.entry.0),
    }
}

fn conflict(newer: Option<&Record>) -> Failure {
    let (message, hint) = match newer {
        Some(newer) => (
            format!("a newer change touches the same entry: {}", line(&newer.title)),
            format!("Undo that one first ({}).", newer.id),
        ),
        None => (
            "the entry was changed by another program since; undoing would lose that".to_owned(),
            "The old text is kept in the history; change the entry by hand.".to_owned(),
        ),
    };
    Failure { code: Code::Conflict, message, hint: Some(hint) }
}
