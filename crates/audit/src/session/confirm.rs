//! Did a change outlive the next start of its client?
//!
//! Claude Desktop and Goose keep a copy of their file and write it back; a
//! change made while they were closed is sure only after they ran
//! (client-formats §3.6).

use super::way::digest;
use super::{Session, running};
use crate::clients::{self, Writing};
use crate::document::{Stamp, range, read_text};
use crate::store::{Expected, Record, Stage, Store, StoreError, Way};

impl Expected {
    /// What is expected after a change.
    pub(super) fn of(record: &Record, way: &Way) -> Expected {
        let digest = |text: &str| digest(&record.id, text);
        Expected {
            entry: way.entry.clone(),
            entry_after: digest(&way.entry_after),
            file_after: Stamp::of(&way.encoding.encode(&way.after)),
            profile: way.profile.clone(),
        }
    }
}

impl Session {
    /// What there is to say about a change whose client writes its file anew;
    /// nothing for others, and nothing once it is confirmed.
    pub(super) fn confirmation(&self, store: &Store, record: &Record) -> Result<Option<String>, StoreError> {
        let Some(expected) = store.expected(&record.id)?.filter(|_| record.stage == Stage::Done) else {
            return Ok(None);
        };
        let Some((client, row)) = clients::named(&record.client, &record.path) else { return Ok(None) };
        let Writing::Closed(programs) = row.writing else { return Ok(None) };
        let name = client.name;
        let Ok((encoding, text, _)) = read_text(&record.path) else {
            return Ok(Some(format!("The file cannot be read any more: {name} may have replaced it.")));
        };
        let digest = |text: &str| digest(&record.id, text);
        let entry = range(&text, row.format.tolerant(), &expected.entry).map(|range| &text[range]);
        let stays = |entry: &str| match &expected.profile {
            Some(profile) => entry.contains(profile.as_str()),
            None => digest(entry) == expected.entry_after,
        };
        Ok(match entry {
            None => Some(format!(
                "The entry is not in the file any more: {name} may have put an older copy back. \
                 Add it again while {name} is closed, then apply the fix again."
            )),
            Some(entry) if !stays(entry) => Some(format!(
                "{name} put its old copy back, and the change is lost: quit {name} completely and apply the fix again."
            )),
            Some(_)
                if Stamp::of(&encoding.encode(&text)) != expected.file_after || running::any(&self.env, programs) =>
            {
                store.confirm(&record.id)?;
                None
            }
            Some(_) => Some(format!("Not confirmed yet: start {name} once, then look here again.")),
        })
    }
}
