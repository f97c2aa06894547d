//! What a crash left: finished or taken back, by what the config says.

use warder_launch::profile::{Profile, ProfileId};
use warder_launch::vault::Handle;

use super::failures::{history, keychain, profile_failure};
use super::way::{holds, is_after, refers};
use super::{Session, keys};
use crate::api::Failure;
use crate::disk::{clear, mode};
use crate::document::{Stamp, read_text};
use crate::machine::Machine;
use crate::store::{Key as HistoryKey, Record, Stage, Store, StoreError, Way};

impl Session {
    /// Finishes or takes back what an earlier run did not mark.
    pub(super) fn recover(&self, store: &Store, key: &HistoryKey) -> Result<(), Failure> {
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
        // A crash in the middle of a replacement leaves the other text beside the file.
        let known = [&way.before, &way.after].map(|text| Stamp::of(&way.encoding.encode(text)));
        let _ = clear(&record.path, &known);
        let Ok((encoding, text, _)) = read_text(&record.path) else { return Ok(()) };
        let written = match way.mode {
            Some((_, after)) => mode(&record.path) == Some(after),
            None => is_after(encoding, &text, way) || holds(&text, way) || refers(&text, way),
        };
        let unchanged = way.before == way.after && way.mode.is_none();
        match (record.stage, written && !unchanged) {
            (_, true) => store.mark(&record.id, Stage::Done).map_err(history),
            (Stage::Intended, false) => self.take_back(store, record, way),
            (_, false) => {
                self.restore_profile(way)?;
                self.drop_keys(way)?;
                store.mark(&record.id, Stage::Undone).map_err(history)
            }
        }
    }

    /// Puts everything but the config back as it was, and forgets the change.
    fn take_back(&self, store: &Store, record: &Record, way: &Way) -> Result<(), Failure> {
        self.restore_profile(way)?;
        self.drop_keys(way)?;
        store.forget(&record.id).map_err(history)
    }

    pub(super) fn restore_profile(&self, way: &Way) -> Result<(), Failure> {
        let done = match (&way.profile_before, &way.profile) {
            (Some(before), _) => before.write(&self.state),
            // The user may have copied the changed entry to another client.
            (None, Some(id)) if self.is_started(id) => Ok(()),
            (None, Some(id)) => Profile::remove(&self.state, id),
            (None, None) => Ok(()),
        };
        done.map_err(|error| profile_failure(&error))?;
        self.drop_package(way);
        Ok(())
    }

    /// Whether an entry starts through this profile now.
    fn is_started(&self, id: &ProfileId) -> bool {
        let machine = Machine::look(self.env.clone());
        machine.servers.iter().any(|server| server.profile_id() == Some(id))
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
    pub(super) fn drop_keys(&self, way: &Way) -> Result<(), Failure> {
        // One that cannot be read may name any of them: then they stay.
        let Ok(profiles) = keys::profiles(&self.state) else { return Ok(()) };
        let used = |handle: &Handle| profiles.iter().any(|profile| profile.handles().any(|used| used == handle));
        for handle in way.stashed.iter().filter(|handle| !used(handle)) {
            self.vault.delete(handle).map_err(|error| keychain(&error))?;
        }
        Ok(())
    }
}
