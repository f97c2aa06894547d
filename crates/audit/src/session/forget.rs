//! Forgetting the history: every way back, and the key they are encrypted with.
//!
//! The one act that nothing takes back. Refused as long as an entry, or a key
//! that nothing uses, can only be found or restored well with it.

use warder_launch::profile::Profile;

use super::Session;
use super::failures::{history, keychain, refused};
use crate::api::Failure;
use crate::redact::line;
use crate::store::{Key, Store};

impl Session {
    /// Deletes the history and its key, and the news. Settings and what the user lives with stay.
    pub fn forget_history(&mut self) -> Result<(), Failure> {
        let Some(store) = Store::look(&self.state).map_err(history)? else { return Ok(()) };
        if store.list().map_err(history)?.is_empty() {
            // There may be news, and there was no key.
            let (store, _lock) = self.opened()?;
            return store.forget_all().map_err(history);
        }
        let unused: Vec<String> = self.keys()?.into_iter().filter(|key| key.orphan).map(|key| key.label).collect();
        if !unused.is_empty() {
            return Err(Failure {
                hint: Some(
                    "Delete what you do not need (warder keys --forget): without the history nobody finds it."
                        .to_owned(),
                ),
                ..refused(format!("the keychain still holds {}, which nothing uses any more", unused.join(", ")))
            });
        }
        let (store, _key, lock) = self.history()?;
        self.scan();
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let wrapped = machine.servers.iter().filter_map(|server| Some((server.profile_id()?, server)));
        let wrapped: Vec<_> = wrapped.collect();
        let mut named: Vec<String> =
            wrapped.iter().map(|(_, server)| format!("{} ({})", line(&server.name), server.client.name)).collect();
        // Its entry may stand in a project that was not looked at.
        for id in Profile::list(&self.state).unwrap_or_default() {
            if wrapped.iter().all(|(one, _)| **one != id) {
                let read = Profile::read(&self.state, &id);
                named.push(read.map_or_else(
                    |_| line(id.as_str()),
                    |profile| format!("{} ({})", line(&profile.server), line(&profile.client)),
                ));
            }
        }
        if !named.is_empty() {
            return Err(Failure {
                hint: Some(
                    "Undo or restore them first (warder restore): without the history it takes longer.".to_owned(),
                ),
                ..refused(format!("Warder still starts {}", named.join(", ")))
            });
        }
        store.forget_all().map_err(history)?;
        Key::forget(self.vault.as_ref()).map_err(|error| keychain(&error))?;
        drop(lock);
        Ok(())
    }
}
