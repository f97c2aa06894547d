//! What was there last, and what others changed since. Masked words only, and
//! no key is needed to read them.

use std::borrow::Cow;

use rusqlite::{OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Store, StoreError};

/// News that are kept.
const MOST_NEWS: usize = 500;

/// Which go: those that were seen and are not urgent first, then those that were either, then those that are urgent
/// and that nobody saw; of these a broken approval last. The oldest first, each time.
const EVICTED: &str = "DELETE FROM news WHERE n NOT IN (SELECT n FROM (
    SELECT n, seen, what ->> '$.urgent' AS urgent, what ->> '$.kind' = 'approvalBroken' AS broken FROM news
) ORDER BY NOT seen AND urgent AND broken DESC, NOT seen AND urgent DESC, NOT seen OR urgent DESC, n DESC LIMIT ?)";

/// One change by others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told<T> {
    /// Counts up; never given twice.
    pub number: i64,
    /// Unix time, seconds.
    pub at: i64,
    pub seen: bool,
    pub what: T,
}

impl Store {
    /// What is kept under a name; `None` where there is nothing, or it is of another Warder and cannot be read.
    pub fn kept<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, StoreError> {
        let query = "SELECT what FROM kept WHERE name = ?";
        let what = self.db.query_row(query, params![name], |row| row.get::<_, String>(0)).optional();
        Ok(what.map_err(self.damaged())?.and_then(|what| serde_json::from_str(&what).ok()))
    }

    /// Keeps something under a name, in the place of what was kept there.
    pub fn keep<T: Serialize>(&self, name: &str, what: &T) -> Result<(), StoreError> {
        let statement = "INSERT OR REPLACE INTO kept (name, what) VALUES (?, ?)";
        self.db.execute(statement, params![name, json(what)]).map_err(self.damaged())?;
        Ok(())
    }

    /// Adds news, and what is there now, together: neither is ever there without the other.
    pub fn tell<T: Serialize, L: Serialize>(
        &self,
        at: i64,
        news: &[T],
        (name, look): (&str, &L),
    ) -> Result<(), StoreError> {
        let write = || -> rusqlite::Result<()> {
            let whole = self.db.unchecked_transaction()?;
            for one in news {
                let statement = "INSERT INTO news (at, seen, what) VALUES (?, 0, ?)";
                whole.execute(statement, params![at, json(one)])?;
            }
            whole.execute(EVICTED, params![MOST_NEWS as i64])?;
            let statement = "INSERT OR REPLACE INTO kept (name, what) VALUES (?, ?)";
            whole.execute(statement, params![name, json(look)])?;
            whole.commit()
        };
        write().map_err(self.damaged())
    }

    /// Newest first.
    pub fn news<T: DeserializeOwned>(&self) -> Result<Vec<Told<T>>, StoreError> {
        let query = || -> rusqlite::Result<Vec<Told<T>>> {
            let mut statement = self.db.prepare("SELECT n, at, seen, what FROM news ORDER BY n DESC")?;
            let rows = statement.query_map([], |row| {
                let (number, at, seen) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let what: String = row.get(3)?;
                // Of a newer Warder's kind: not to be shown by this one.
                Ok(serde_json::from_str(&what).ok().map(|what| Told { number, at, seen, what }))
            })?;
            rows.filter_map(Result::transpose).collect()
        };
        query().map_err(self.damaged())
    }

    /// Takes out of news, of what is kept, and of the titles of changes whatever `hide` hides of their words.
    pub fn rewrite(&self, hide: impl for<'a> Fn(&'a str) -> Cow<'a, str>) -> Result<(), StoreError> {
        let write = || -> rusqlite::Result<()> {
            let mut statement = self.db.prepare("SELECT n, title FROM change")?;
            let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
            for (n, title) in rows.collect::<Result<Vec<_>, _>>()? {
                if let Cow::Owned(hidden) = hide(&title) {
                    self.db.execute("UPDATE change SET title = ? WHERE n = ?", params![hidden, n])?;
                }
            }
            for table in ["news", "kept"] {
                let mut statement = self.db.prepare(&format!("SELECT rowid, what FROM {table}"))?;
                let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))?;
                let rows: Vec<(i64, String)> = rows.collect::<Result<_, _>>()?;
                for (row, what) in rows {
                    // Most say nothing of the kind, and none is written for nothing.
                    if matches!(hide(&what), Cow::Borrowed(_)) {
                        continue;
                    }
                    let Ok(mut said) = serde_json::from_str::<Value>(&what) else { continue };
                    hide_in(&mut said, &hide);
                    let said = said.to_string();
                    if said != what {
                        let statement = format!("UPDATE {table} SET what = ? WHERE rowid = ?");
                        self.db.execute(&statement, params![said, row])?;
                    }
                }
            }
            Ok(())
        };
        write().map_err(self.damaged())
    }

    /// Some of it was seen.
    pub fn see(&self, numbers: &[i64]) -> Result<(), StoreError> {
        let write = || -> rusqlite::Result<()> {
            let whole = self.db.unchecked_transaction()?;
            for number in numbers {
                whole.execute("UPDATE news SET seen = 1 WHERE seen = 0 AND n = ?", params![number])?;
            }
            whole.commit()
        };
        write().map_err(self.damaged())
    }

    /// All of it was seen.
    pub fn see_news(&self) -> Result<(), StoreError> {
        self.db.execute("UPDATE news SET seen = 1 WHERE seen = 0", []).map_err(self.damaged())?;
        Ok(())
    }
}

/// Every text and name of a document.
fn hide_in(value: &mut Value, hide: &impl for<'a> Fn(&'a str) -> Cow<'a, str>) {
    match value {
        Value::String(text) => *text = hide(text).into_owned(),
        Value::Array(values) => values.iter_mut().for_each(|value| hide_in(value, hide)),
        Value::Object(members) => {
            for (name, mut value) in std::mem::take(members) {
                hide_in(&mut value, hide);
                members.insert(hide(&name).into_owned(), value);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn json(what: &impl Serialize) -> String {
    serde_json::to_string(what).expect("plain data")
}
