//! Keys that got a new value under their old name: which change did it, and of
//! which item. No key is needed to read that.

use rusqlite::params;
use serde::{Deserialize, Serialize};
use warder_launch::vault::Handle;

use super::{Store, StoreError};

/// What such a change replaced. Only ever kept sealed, in its way back.
#[derive(Clone, Serialize, Deserialize)]
pub struct Replaced {
    pub handle: Handle,
    /// The old value.
    pub before: String,
    /// A digest of the new one.
    pub after: String,
}

impl Store {
    /// Remembers that a change puts a new value into an item.
    pub fn replaces(&self, change: &str, item: &str) -> Result<(), StoreError> {
        let statement = "INSERT OR REPLACE INTO replaced (change, item) VALUES (?, ?)";
        self.db.execute(statement, params![change, item]).map_err(self.damaged())?;
        Ok(())
    }

    /// The replacements that were done after a change, and are so still: their own ids and items, the newest first.
    pub fn replaced_since(&self, change: &str) -> Result<Vec<(String, String)>, StoreError> {
        let query = || -> rusqlite::Result<Vec<(String, String)>> {
            // A history that was only looked at may be of before there was such a table.
            let table = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'replaced')";
            if !self.db.query_row(table, [], |row| row.get::<_, bool>(0))? {
                return Ok(Vec::new());
            }
            let mut statement = self.db.prepare(
                "SELECT replaced.change, item FROM replaced JOIN change ON change.id = replaced.change
                 WHERE stage = 'done' AND n > (SELECT n FROM change WHERE id = ?) ORDER BY n DESC",
            )?;
            statement.query_map(params![change], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        };
        query().map_err(self.damaged())
    }
}
