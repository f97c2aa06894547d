//! A new profile for an entry whose text stays as it is: an approval, or other
//! permissions. In the history like every change.

use warder_launch::profile::Profile;

use super::Session;
use super::failures::{history, profile_failure, refused, unknown};
use super::news::Wrote;
use super::record::{intended, of_entry};
use crate::api::Failure;
use crate::document::Stamp;
use crate::finding::ServerIndex;
use crate::server::Server;
use crate::store::{Key as HistoryKey, Record, Stage, Store, Way};

impl Session {
    /// Writes `new` in the place of the server's profile. Needs a fresh look and the history's lock.
    pub(super) fn reseal(
        &mut self,
        (store, key): (&Store, &HistoryKey),
        index: ServerIndex,
        new: Profile,
        title: String,
    ) -> Result<(Record, Way), Failure> {
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let server = &machine.servers[index.0];
        let file = &machine.files[server.file.0];
        let document = machine.document(server.file).ok_or_else(|| unknown("file"))?;
        let record = intended(title, &file.path, &server.name, server.client);
        let way = Way {
            profile: Some(new.id.clone()),
            profile_before: Server::profile(server).cloned(),
            profile_after: Some(new),
            ..of_entry(file, document, Some(server), server.at.clone(), document.text.clone())
        };
        store.intend(key, &record, &way).map_err(history)?;
        let written = way.profile_after.as_ref().map_or(Ok(()), |new| new.write(&self.state));
        if let Err(error) = written {
            self.settle(store, &record, &way)?;
            self.look_again(store, Some(&Wrote::of(&record, &way)));
            return Err(profile_failure(&error));
        }
        store.mark(&record.id, Stage::Done).map_err(history)?;
        self.look_again(store, Some(&Wrote::of(&record, &way)));
        Ok((record, way))
    }
}

/// Of all that is agreed to: both profiles stand for all values, as digests; the
/// file for everything else.
pub(super) fn stamp(file: &Stamp, old: &Profile, new: &Profile) -> Result<Stamp, Failure> {
    let whole = serde_json::to_string(&(file, old, new))
        .map_err(|error| refused(format!("cannot describe what would change: {error}")))?;
    Ok(Stamp::of(whole.as_bytes()))
}
