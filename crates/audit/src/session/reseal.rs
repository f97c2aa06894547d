//! A new profile for an entry whose text stays as it is: an approval, or other
//! permissions. In the history like every change.

use warder_launch::profile::Profile;

use super::Session;
use super::failures::{history, profile_failure, unknown};
use super::record::{named, now};
use crate::api::Failure;
use crate::finding::ServerIndex;
use crate::store::{Key as HistoryKey, Record, Stage, Store, Way};

/// A profile that takes the place of an entry's present one.
pub(super) struct Exchange {
    pub(super) index: ServerIndex,
    pub(super) old: Profile,
    pub(super) new: Profile,
    /// As the log names it.
    pub(super) title: String,
}

impl Session {
    /// Writes the new profile. Needs a fresh look and the history's lock.
    pub(super) fn reseal(
        &mut self,
        store: &Store,
        key: &HistoryKey,
        exchange: Exchange,
    ) -> Result<(Record, Way), Failure> {
        let Exchange { index, old, new, title } = exchange;
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let server = &machine.servers[index.0];
        let file = &machine.files[server.file.0];
        let document = machine.document(server.file).ok_or_else(|| unknown("file"))?;
        let record = Record {
            id: data_encoding::HEXLOWER.encode(&super::random()[..8]),
            at: now(),
            title,
            path: file.path.clone(),
            server: server.name.clone(),
            client: server.client.id.to_owned(),
            stage: Stage::Intended,
        };
        let entry = document.text[server.span.clone()].to_owned();
        let way = Way {
            before: document.text.clone(),
            after: document.text.clone(),
            encoding: document.encoding,
            format: file.format.tolerant(),
            entry: server.at.clone(),
            named: named(file, document, &server.at),
            entry_before: entry.clone(),
            entry_after: entry,
            profile: Some(new.id.clone()),
            profile_before: Some(old),
            profile_after: Some(new),
            project: file.project.clone(),
            mode: None,
            stashed: Vec::new(),
            scrubbed: Vec::new(),
        };
        store.intend(key, &record, &way).map_err(history)?;
        let written = way.profile_after.as_ref().map_or(Ok(()), |new| new.write(&self.state));
        if let Err(error) = written {
            self.settle(store, &record, &way)?;
            return Err(profile_failure(&error));
        }
        store.mark(&record.id, Stage::Done).map_err(history)?;
        self.scan();
        Ok((record, way))
    }
}
