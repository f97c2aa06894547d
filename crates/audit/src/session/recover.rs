//! What a crash left: finished or taken back, by what the config says.

use warder_launch::profile::{Profile, ProfileId};
use warder_launch::vault::Handle;

use super::failures::{history, key_left, profile_failure};
use super::way::{entry_back, holds, is_after, refers};
use super::{Session, keys};
use crate::api::Failure;
use crate::disk::{clear, mode};
use crate::document::read_text;
use crate::machine::Machine;
use crate::store::{Key as HistoryKey, Record, Stage, Store, StoreError, Way};

impl Session {
    /// Finishes or takes back what an earlier run did not mark.
    pub(super) fn recover(&self, store: &Store, key: &HistoryKey) -> Result<(), Failure> {
        self.state.sweep();
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
            self.settle(store, &record, &way)?;
        }
        Ok(())
    }

    /// Finishes or takes back one unmarked change, by what the config says now.
    /// Where it says nothing (it is gone or cannot be read) the change stays as
    /// it is: its key may be the only copy, and be needed again.
    pub(super) fn settle(&self, store: &Store, record: &Record, way: &Way) -> Result<(), Failure> {
        if let Some(replaced) = &way.replaced {
            return self.settle_replaced(store, record, way, replaced);
        }
        let read = read_text(&record.path).ok();
        let now = read.as_ref().map(|(_, text, _)| text.as_str());
        // A crash in the middle of a replacement leaves the other text beside the file, or its beginning.
        let _ = clear(&record.path, |bytes| is_ours(bytes, way, now));
        let Some((encoding, text, _)) = read else { return Ok(()) };
        let written = match way.mode {
            Some((_, after)) => mode(&record.path) == Some(after),
            None => is_after(encoding, &text, way) || holds(&text, way) || refers(&text, way),
        };
        let unchanged = way.before == way.after && way.mode.is_none();
        match (record.stage, written && !unchanged) {
            (_, true) => store.mark(&record.id, Stage::Done).map_err(history),
            (Stage::Intended, false) => self.take_back(store, record, way),
            (_, false) => {
                self.put_away(way)?;
                store.mark(&record.id, Stage::Undone).map_err(history)
            }
        }
    }

    /// Puts everything but the config back as it was, and forgets the change.
    fn take_back(&self, store: &Store, record: &Record, way: &Way) -> Result<(), Failure> {
        self.put_away(way)?;
        store.forget(&record.id).map_err(history)
    }

    /// Takes away what only the changed entry needed.
    pub(super) fn put_away(&self, way: &Way) -> Result<(), Failure> {
        self.restore_profile(way)?;
        self.drop_keys(way)
    }

    fn restore_profile(&self, way: &Way) -> Result<(), Failure> {
        let done = match (&way.profile_before, &way.profile) {
            (Some(before), _) => before.write(&self.state),
            // The user may have copied the changed entry to another client.
            (None, Some(id)) if self.is_started(id) => Ok(()),
            (None, Some(id)) => Profile::remove(&self.state, id),
            (None, None) => Ok(()),
        };
        done.map_err(|error| profile_failure(&error))
    }

    /// Whether an entry starts through this profile now.
    pub(super) fn is_started(&self, id: &ProfileId) -> bool {
        let machine = Machine::look(self.env.clone());
        machine.servers.iter().any(|server| server.profile_id() == Some(id))
    }

    pub(super) fn profiles(&self) -> impl Iterator<Item = Profile> {
        let ids = Profile::list(&self.state).unwrap_or_default();
        ids.into_iter().filter_map(|id| Profile::read(&self.state, &id).ok())
    }

    /// Deletes the change's keychain items that no profile uses any more.
    pub(super) fn drop_keys(&self, way: &Way) -> Result<(), Failure> {
        // One that cannot be read may name any of them: then they stay.
        let Ok(profiles) = keys::profiles(&self.state) else { return Ok(()) };
        let used = |handle: &Handle| profiles.iter().any(|profile| profile.handles().any(|used| used == handle));
        for handle in way.stashed.iter().filter(|handle| !used(handle)) {
            self.vault.delete(handle).map_err(|error| key_left(&error))?;
        }
        Ok(())
    }
}

/// Whether a temp file beside a config was written by this change or its undo,
/// whole or in part. `now`: what the config says.
fn is_ours(bytes: &[u8], way: &Way, now: Option<&str>) -> bool {
    let begins = |text: &str| way.encoding.encode(text).starts_with(bytes);
    // An undo among what other programs wrote: the text to be written, or the one that was displaced.
    let back = |text: &str| entry_back(text, way);
    begins(&way.before)
        || begins(&way.after)
        || now.and_then(back).is_some_and(|text| begins(&text))
        || now.is_some() && std::str::from_utf8(bytes).ok().and_then(back).as_deref() == now
}
