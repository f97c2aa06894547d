//! Changes whose client has to be started before it is sure that they stay.

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};
use warder_launch::profile::ProfileId;

use super::{Store, StoreError};
use crate::document::{KeyPath, Stamp};

/// What a file has to say once its client ran. Digests of what was written, so
/// nothing of what was taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    pub entry: KeyPath,
    pub entry_after: String,
    pub file_after: Stamp,
    /// What the entry names as long as it starts through the launcher.
    pub profile: Option<ProfileId>,
}

impl Store {
    /// Remembers that this change is not confirmed yet.
    pub fn expect(&self, id: &str, expected: &Expected) -> Result<(), StoreError> {
        let what = serde_json::to_string(expected).expect("plain data");
        let statement = "INSERT OR REPLACE INTO expected (id, what) VALUES (?, ?)";
        self.db.execute(statement, params![id, what]).map_err(self.damaged())?;
        Ok(())
    }

    /// What is still expected of a change.
    pub fn expected(&self, id: &str) -> Result<Option<Expected>, StoreError> {
        let query = "SELECT what FROM expected WHERE id = ?";
        let what = self.db.query_row(query, params![id], |row| row.get::<_, String>(0)).optional();
        Ok(what.map_err(self.damaged())?.and_then(|what| serde_json::from_str(&what).ok()))
    }

    /// Forgets it: the change is confirmed.
    pub fn confirm(&self, id: &str) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM expected WHERE id = ?", params![id]).map_err(self.damaged())?;
        Ok(())
    }
}
