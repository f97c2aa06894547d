//! Accepted findings. Holds no secret and needs no key.

use rusqlite::{Connection, OpenFlags, params};
use warder_launch::state::State;

use super::{Store, StoreError};
use crate::finding::{Acceptance, Reason};

impl Store {
    /// Every acceptance, without writing anything; none where there is no
    /// history, or one that cannot be read: then every finding counts in full.
    pub fn accepted(state: &State) -> Vec<Acceptance> {
        if !Store::exists(state) {
            return Vec::new();
        }
        let read = || -> rusqlite::Result<Vec<Acceptance>> {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let db = Connection::open_with_flags(Store::file(state), flags)?;
            let mut statement = db.prepare("SELECT fingerprint, rule, reason, note, at, until FROM accepted")?;
            let rows = statement.query_map([], |row| {
                let reason: String = row.get(2)?;
                Ok(reason_named(&reason).map(|reason| -> rusqlite::Result<Acceptance> {
                    Ok(Acceptance {
                        fingerprint: row.get(0)?,
                        rule: row.get(1)?,
                        reason,
                        note: row.get(3)?,
                        at: row.get(4)?,
                        until: row.get(5)?,
                    })
                }))
            })?;
            rows.filter_map(Result::transpose).map(|row| row?).collect()
        };
        read().unwrap_or_default()
    }

    /// Keeps an acceptance, in the place of an older one of the same finding.
    pub fn accept(&self, one: &Acceptance) -> Result<(), StoreError> {
        let statement = "INSERT OR REPLACE INTO accepted (fingerprint, rule, reason, note, at, until) \
                         VALUES (?, ?, ?, ?, ?, ?)";
        let Acceptance { fingerprint, rule, reason, note, at, until } = one;
        self.db
            .execute(statement, params![fingerprint, rule, reason_name(*reason), note, at, until])
            .map_err(self.damaged())?;
        Ok(())
    }

    /// Forgets an acceptance; whether there was one.
    pub fn withdraw(&self, fingerprint: &str) -> Result<bool, StoreError> {
        let gone = self.db.execute("DELETE FROM accepted WHERE fingerprint = ?", params![fingerprint]);
        Ok(gone.map_err(self.damaged())? > 0)
    }
}

fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::NotARisk => "not-a-risk",
        Reason::Needed => "needed",
        Reason::Mitigated => "mitigated",
    }
}

fn reason_named(name: &str) -> Option<Reason> {
    [Reason::NotARisk, Reason::Needed, Reason::Mitigated].into_iter().find(|reason| reason_name(*reason) == name)
}
