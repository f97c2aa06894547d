//! The keys in the keychain: which there are, who uses them, which nobody does.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use warder_launch::profile::{Profile, ProfileError};
use warder_launch::state::State;
use warder_launch::vault::{Handle, Secret, Vault};

use super::Session;
use super::failures::{history, keychain, refused, unknown};
use crate::api::{Failure, Key, KeyUse};
use crate::machine::FoundFile;
use crate::redact::{escape, line};
use crate::store::{Key as HistoryKey, Store, StoreError};

/// Every profile; an error where one cannot be read, since nobody knows then what it names.
pub(super) fn profiles(state: &State) -> Result<Vec<Profile>, ProfileError> {
    Profile::list(state)?.iter().map(|id| Profile::read(state, id)).collect()
}

/// A shorter value may be equal by chance.
const SHORTEST: usize = 8;

/// Whether two values are one key.
pub(super) fn is_same(one: &Secret, other: &Secret) -> bool {
    one.expose().len() >= SHORTEST && one.expose() == other.expose()
}

/// Finds the item that holds a value already, among those that profiles name.
/// Asks the keychain; one that does not answer holds nothing, and neither does
/// one that is not open, unless it `may_wait` for a person to open it.
pub(super) fn holder(state: State, vault: Arc<dyn Vault>, may_wait: bool) -> impl Fn(&Secret) -> Option<Handle> {
    move |secret| {
        if secret.expose().len() < SHORTEST {
            return None;
        }
        let ids = Profile::list(&state).unwrap_or_default();
        let readable = ids.iter().filter_map(|id| Profile::read(&state, id).ok());
        let named: BTreeSet<Handle> =
            readable.flat_map(|profile| profile.handles().cloned().collect::<Vec<_>>()).collect();
        if !named.is_empty() && !may_wait && vault.look().is_err() {
            return None;
        }
        for handle in named {
            match vault.get(&handle) {
                Ok(Some(kept)) if kept.expose() == secret.expose() => return Some(handle),
                Ok(_) => {}
                // It waits for a person, or is not there: once is enough.
                Err(_) => return None,
            }
        }
        None
    }
}

impl Session {
    /// The keys that profiles name, and those of the history that no profile
    /// names any more. Needs the keychain once there is a history.
    pub fn keys(&mut self) -> Result<Vec<Key>, Failure> {
        let since = self.since()?;
        self.listed(&since)
    }

    /// Deletes an item that no profile names any more.
    pub fn forget(&mut self, key: &str) -> Result<Vec<Key>, Failure> {
        if !Store::exists(&self.state) {
            return Err(unknown("key"));
        }
        let (_, _, lock) = self.history()?;
        let since = self.since()?;
        let keys = self.listed(&since)?;
        let known = keys.iter().find(|known| known.id == key).ok_or_else(|| unknown("key"))?;
        if !known.orphan {
            let user = known.uses.first();
            let who = user.map(|user| format!(" by {} ({})", user.name, user.client_name)).unwrap_or_default();
            let hint = Some("Undo the change that moved it there, and it goes with its last use.".to_owned());
            return Err(Failure { hint, ..refused(format!("{} is still in use{who}", known.label)) });
        }
        let is_it = |handle: &&Handle| escape(handle.as_str()) == key;
        let handle = since.keys().find(is_it).expect("an orphan is of the history");
        self.vault.delete(handle).map_err(|error| keychain(&error))?;
        let left = self.listed(&since);
        drop(lock);
        left
    }

    /// Every item that a change made or used, and when it first did.
    fn since(&self) -> Result<BTreeMap<Handle, i64>, Failure> {
        let mut moved = BTreeMap::new();
        if !Store::exists(&self.state) {
            return Ok(moved);
        }
        let store = Store::open(&self.state).map_err(history)?;
        let records = store.list().map_err(history)?;
        // What the user lives with, and news, are kept without a key.
        if records.is_empty() {
            return Ok(moved);
        }
        let key = HistoryKey::get(self.vault.as_ref(), &self.state).map_err(history)?;
        for record in records {
            let way = match store.way(&key, &record.id) {
                Ok(way) => way,
                // Another keychain's change: its items are not in this one.
                Err(StoreError::OtherKey) => continue,
                Err(error) => return Err(history(error)),
            };
            for handle in way.stashed {
                let first = moved.entry(handle).or_insert(record.at);
                *first = record.at.min(*first);
            }
        }
        Ok(moved)
    }

    /// Every item that profiles name, and what it is given to; asks no keychain. Needs a fresh look.
    pub(super) fn used(&self) -> BTreeMap<Handle, Vec<KeyUse>> {
        let ids = Profile::list(&self.state).unwrap_or_default();
        let store = Store::look(&self.state).ok().flatten();
        let mut uses: BTreeMap<Handle, Vec<KeyUse>> = BTreeMap::new();
        for profile in ids.iter().filter_map(|id| Profile::read(&self.state, id).ok()) {
            let places = self.started_by(&profile);
            for (handle, used_as) in named(&profile) {
                let of = |place: &KeyUse| KeyUse {
                    used_as: used_as.clone(),
                    unread: store
                        .as_ref()
                        .filter(|_| place.server.is_none())
                        .and_then(|s| self.unread(s, &profile, handle)),
                    ..place.clone()
                };
                uses.entry(handle.clone()).or_default().extend(places.iter().map(of));
            }
        }
        uses
    }

    /// The config that a profile's key was moved from, if that cannot be read now.
    fn unread(&self, store: &Store, profile: &Profile, handle: &Handle) -> Option<String> {
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let moved = store.moved_from(handle.as_str()).unwrap_or_default().into_iter();
        let own = moved.filter(|(server, client, _)| (server, client) == (&profile.server, &profile.client));
        let paths: Vec<_> = own.map(|(.., path)| path).collect();
        let is_unread = |file: &&FoundFile| paths.contains(&file.path) && file.state.is_unread();
        machine.files.iter().find(is_unread).map(|file| line(&file.shown))
    }

    fn listed(&mut self, since: &BTreeMap<Handle, i64>) -> Result<Vec<Key>, Failure> {
        // What a damaged profile names is not known: it may be any of them.
        let all_known = profiles(&self.state).is_ok();
        self.scan();
        let mut uses = self.used();
        for handle in since.keys().filter(|handle| !uses.contains_key(handle)).cloned().collect::<Vec<_>>() {
            if all_known && self.vault.get(&handle).map_err(|error| keychain(&error))?.is_some() {
                uses.insert(handle, Vec::new());
            }
        }
        let key = |(handle, uses): (Handle, Vec<KeyUse>)| Key {
            // Not masked: its random part is no secret, but looks like one.
            id: escape(handle.as_str()),
            label: escape(handle.label()),
            since: since.get(&handle).map(|at| {
                let at = SystemTime::UNIX_EPOCH + Duration::from_secs(at.unsigned_abs());
                humantime::format_rfc3339_seconds(at).to_string()
            }),
            orphan: uses.is_empty(),
            uses,
        };
        Ok(uses.into_iter().map(key).collect())
    }

    /// The entries that start through a profile; at least what the profile itself says of one.
    fn started_by(&self, profile: &Profile) -> Vec<KeyUse> {
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let started = machine.servers.iter().filter(|server| server.profile_id() == Some(&profile.id));
        let mut places: Vec<KeyUse> = started
            .map(|server| KeyUse {
                server: Some(server.id.clone()),
                name: line(&server.name),
                client_name: server.client.name.to_owned(),
                shown: Some(line(&machine.files[server.file.0].shown)),
                unread: None,
                used_as: String::new(),
            })
            .collect();
        if places.is_empty() {
            let client = crate::clients::client(&profile.client);
            places.push(KeyUse {
                server: None,
                name: line(&profile.server),
                client_name: client.map_or_else(|| line(&profile.client), |client| client.name.to_owned()),
                shown: None,
                unread: None,
                used_as: String::new(),
            });
        }
        places
    }
}

/// Where a key stands that no program here is given.
pub(super) const IN_URL: &str = "its URL or a header";

/// Every item of a profile, and what the server gets it as.
fn named(profile: &Profile) -> Vec<(&Handle, String)> {
    let variables = profile.secrets.iter().map(|(name, handle)| (handle, line(name)));
    let place = if profile.remote.is_some() { IN_URL } else { "an argument" };
    variables.chain(profile.inside.iter().map(|handle| (handle, place.to_owned()))).collect()
}
