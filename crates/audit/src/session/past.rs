//! What was a key once stays hidden: also its copies, which show by nothing what
//! they are once the key itself is in the keychain.

use std::collections::BTreeSet;

use warder_launch::profile::Profile;
use warder_launch::vault::{Handle, Secret};

use super::Session;
use crate::edit::DiffLine;
use crate::secret::judge;

impl Session {
    /// Learns the keys that profiles name, each once. Never waits for a keychain: without one, or before it is
    /// open, the look goes on without them.
    pub(super) fn know_moved(&mut self) {
        // There a keychain may ask its user before it gives an item to another program than the one that made it.
        if cfg!(target_os = "macos") {
            return;
        }
        let ids = Profile::list(&self.state).unwrap_or_default();
        let readable = ids.iter().filter_map(|id| Profile::read(&self.state, id).ok());
        let named: BTreeSet<Handle> =
            readable.flat_map(|profile| profile.handles().cloned().collect::<Vec<_>>()).collect();
        self.asked.retain(|handle| named.contains(handle));
        let new: Vec<Handle> = named.difference(&self.asked).cloned().collect();
        if new.is_empty() || self.vault.look().is_err() {
            return;
        }
        for handle in new {
            // One that waits for a person is enough.
            let Ok(kept) = self.vault.get(&handle) else { return };
            // `postgres` stands in many texts and opens nothing elsewhere.
            let is_worth = |value: &&str| !judge("password", value).is_some_and(|verdict| verdict.weak_default);
            let value = kept.as_ref().map(Secret::expose).map(str::trim).filter(is_worth);
            value.into_iter().for_each(|value| self.past.add(value));
            self.asked.insert(handle);
        }
    }

    /// Lines of an old difference without what is known by now.
    pub(super) fn hidden(&mut self, diff: Vec<DiffLine>) -> Vec<DiffLine> {
        let known = &self.seen().known;
        diff.into_iter().map(|line| DiffLine { text: known.hide(&line.text).into_owned(), ..line }).collect()
    }
}
