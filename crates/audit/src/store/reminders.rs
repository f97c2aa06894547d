//! Keys that are to be replaced where they are made. Names and providers, no
//! secret, and no key is needed to read them.

use std::path::PathBuf;

use rusqlite::params;

use super::{Store, StoreError};

/// A key that a change moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The keychain item, by which one key of several entries is one; else an id of its own.
    pub item: String,
    /// The name of the variable, header or argument.
    pub name: String,
    /// `a GitHub token`.
    pub kind: String,
    pub provider: Option<String>,
    /// The config it stood in.
    pub path: PathBuf,
    pub done: bool,
    /// When it was moved, Unix time, seconds.
    pub at: i64,
}

impl Store {
    /// Remembers a key that a change moves; it counts once the change is done,
    /// and as long as it is not undone.
    pub fn remind(&self, change: &str, moved: &Moved) -> Result<(), StoreError> {
        let statement =
            "INSERT OR IGNORE INTO moved (item, change, name, kind, provider, path) VALUES (?, ?, ?, ?, ?, ?)";
        let Moved { item, name, kind, provider, path, .. } = moved;
        self.db
            .execute(statement, params![item, change, name, kind, provider, path.to_string_lossy()])
            .map_err(self.damaged())?;
        Ok(())
    }

    /// Every key that was moved and is so still, the oldest first, each once.
    pub fn moved(&self) -> Result<Vec<Moved>, StoreError> {
        let query = || -> rusqlite::Result<Vec<Moved>> {
            let mut statement = self.db.prepare(
                "SELECT item, moved.name, kind, provider, moved.path, EXISTS (SELECT 1 FROM rotated WHERE id = item), change.at
                 FROM moved JOIN change ON change.id = moved.change WHERE change.stage = 'done' ORDER BY change.n",
            )?;
            let rows = statement.query_map([], |row| {
                let path: String = row.get(4)?;
                Ok(Moved {
                    item: row.get(0)?,
                    name: row.get(1)?,
                    kind: row.get(2)?,
                    provider: row.get(3)?,
                    path: PathBuf::from(path),
                    done: row.get(5)?,
                    at: row.get(6)?,
                })
            })?;
            rows.collect()
        };
        let mut all = query().map_err(self.damaged())?;
        let mut known = std::collections::HashSet::new();
        all.retain(|one| known.insert(one.item.clone()));
        Ok(all)
    }

    /// Where a key was moved from, and is not undone: the server, its client's id, and the config.
    pub fn moved_from(&self, item: &str) -> Result<Vec<(String, String, PathBuf)>, StoreError> {
        let query = || -> rusqlite::Result<Vec<(String, String, PathBuf)>> {
            let mut statement = self.db.prepare(
                "SELECT server, client, moved.path FROM moved JOIN change ON change.id = moved.change
                 WHERE change.stage = 'done' AND item = ? ORDER BY change.n",
            )?;
            let row = |row: &rusqlite::Row| Ok((row.get(0)?, row.get(1)?, PathBuf::from(row.get::<_, String>(2)?)));
            statement.query_map(params![item], row)?.collect()
        };
        query().map_err(self.damaged())
    }

    /// Remembers whether the user has replaced a key: one that was moved, or any other id.
    pub fn rotate(&self, id: &str, done: bool) -> Result<(), StoreError> {
        let statement = match done {
            true => "INSERT OR IGNORE INTO rotated (id) VALUES (?)",
            false => "DELETE FROM rotated WHERE id = ?",
        };
        self.db.execute(statement, params![id]).map_err(self.damaged())?;
        Ok(())
    }

    /// Whether the user has said so of an id.
    pub fn is_rotated(&self, id: &str) -> Result<bool, StoreError> {
        let query = "SELECT EXISTS (SELECT 1 FROM rotated WHERE id = ?)";
        self.db.query_row(query, params![id], |row| row.get(0)).map_err(self.damaged())
    }
}
