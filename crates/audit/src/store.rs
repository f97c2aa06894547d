//! One SQLite file: every change with its way back.
//!
//! Titles, paths and times are in clear; old and new bytes, entries and
//! profiles are encrypted with a key that only the keychain holds. Each step is
//! on the disk before the next begins (`synchronous = FULL`), so a start after
//! a crash knows what was under way.

mod accepted;
mod expected;
mod news;
mod recovery;
mod reminders;
mod replaced;

use std::ops::Range;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use warder_launch::profile::{Profile, ProfileId};
use warder_launch::state::State;
use warder_launch::vault::{Handle, Secret, Vault, VaultError};
use zeroize::Zeroizing;

use crate::document::{Encoding, Format, KeyPath};

pub use expected::Expected;
pub use news::Told;
pub use reminders::Moved;
pub use replaced::Replaced;

/// How far a change has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Recorded, perhaps partly carried out: a crash left it so.
    Intended,
    Done,
    /// Being undone; a crash left it so.
    Undoing,
    Undone,
}

/// A change as the log shows it. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// 16 hex characters.
    pub id: String,
    /// Unix time, seconds.
    pub at: i64,
    pub title: String,
    pub path: PathBuf,
    pub server: String,
    pub client: String,
    pub stage: Stage,
}

/// The way back: everything a change replaced.
#[derive(Clone, Serialize, Deserialize)]
pub struct Way {
    pub before: String,
    pub after: String,
    /// How both are written on the disk.
    #[serde(default)]
    pub encoding: Encoding,
    /// What the file is written in, as tolerantly as it can be read.
    #[serde(default = "jsonc")]
    pub format: Format,
    /// Where the entry stands, and its text before and after.
    pub entry: KeyPath,
    /// Of an entry of a list: the member it is known by, and what that says. Other
    /// entries may come before it.
    #[serde(default)]
    pub named: Option<(String, String)>,
    pub entry_before: String,
    pub entry_after: String,
    pub profile: Option<ProfileId>,
    pub profile_before: Option<Profile>,
    pub profile_after: Option<Profile>,
    /// The project folder of a project file: its target must stay in it.
    pub project: Option<PathBuf>,
    /// Permission bits before and after, where they are changed.
    #[serde(default)]
    pub mode: Option<(u32, u32)>,
    /// Keychain items this change made.
    pub stashed: Vec<Handle>,
    /// Of a copy that a key was taken out of: the bytes of `before` that went.
    #[serde(default)]
    pub scrubbed: Vec<Range<usize>>,
    /// Of a key that got a new value: what it was. No file is changed then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaced: Option<Replaced>,
}

/// The format of every way back that does not name one: older than the field.
fn jsonc() -> Format {
    Format::Jsonc
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("cannot open the history {path}")]
    Open {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the history {path} is damaged")]
    Damaged {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    /// The disk is full, the file may not be written, another program holds it.
    #[error("cannot use the history {path}: {source}")]
    Unusable {
        path: PathBuf,
        #[source]
        source: rusqlite::Error,
    },
    #[error("the history is from a newer Warder")]
    Newer,
    #[error("the history's key")]
    Vault(#[from] VaultError),
    #[error("the keychain does not hold the key of this change any more")]
    OtherKey,
    /// The keychain has no key, but the history has changes of one.
    #[error("the keychain does not hold the key of the history any more")]
    KeyLost,
    #[error("there is no change {0}")]
    Unknown(String),
}

/// The key of the encrypted part.
pub struct Key(Zeroizing<[u8; 32]>);

/// The keychain item of the key. One per state folder, whose id is part of the
/// account, so the name need not be random.
fn key_handle() -> Handle {
    Handle::new("history", [0; 16])
}

impl Key {
    /// The key of a history from the keychain. Made, stored and read back if there
    /// is none, and no change that would be out of reach with a new one.
    pub fn get(vault: &dyn Vault, state: &State) -> Result<Key, StoreError> {
        if let Some(key) = Key::read(vault)? {
            return Ok(key);
        }
        let records = if Store::exists(state) { Store::open(state)?.list()? } else { Vec::new() };
        if records.iter().any(|record| record.stage != Stage::Undone) {
            return Err(StoreError::KeyLost);
        }
        let mut fresh = Key(Zeroizing::new([0u8; 32]));
        getrandom::fill(&mut *fresh.0).expect("the system gives random bytes");
        fresh.keep(vault)?;
        Ok(fresh)
    }

    /// Puts it into the keychain, and reads it back.
    pub fn keep(&self, vault: &dyn Vault) -> Result<(), VaultError> {
        let text = Zeroizing::new(data_encoding::BASE64.encode(&*self.0));
        vault.set(&key_handle(), &Secret::new(text.as_str()))?;
        // Some keychains accept a value and lose it.
        match Key::read(vault)? {
            Some(key) if *key.0 == *self.0 => Ok(()),
            _ => Err(VaultError::Temporary),
        }
    }

    /// Deletes it from the keychain: what it sealed can never be read again.
    pub fn forget(vault: &dyn Vault) -> Result<(), VaultError> {
        vault.delete(&key_handle())
    }

    /// The key that the keychain holds, if any.
    pub fn read(vault: &dyn Vault) -> Result<Option<Key>, VaultError> {
        let Some(secret) = vault.get(&key_handle())? else { return Ok(None) };
        let bytes = Zeroizing::new(data_encoding::BASE64.decode(secret.expose().as_bytes()).unwrap_or_default());
        Ok(<[u8; 32]>::try_from(bytes.as_slice()).ok().map(|bytes| Key(Zeroizing::new(bytes))))
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

/// The history. Open it only to change or show it: a scan needs none.
pub struct Store {
    db: Connection,
    path: PathBuf,
}

const SCHEMA: i64 = 1;

impl Store {
    /// Whether there is a history at all.
    pub fn exists(state: &State) -> bool {
        Store::file(state).exists()
    }

    fn file(state: &State) -> PathBuf {
        state.dir().join("history.db")
    }

    /// Opens the history, making an empty one (0600) where there is none.
    pub fn open(state: &State) -> Result<Store, StoreError> {
        let path = Store::file(state);
        private(&path).map_err(|source| StoreError::Open { path: path.clone(), source })?;
        let damaged = |source| failed(path.clone(), source);
        let db = Connection::open(&path).map_err(damaged)?;
        let set_up = || -> rusqlite::Result<i64> {
            db.busy_timeout(std::time::Duration::from_secs(10))?;
            db.pragma_update(None, "journal_mode", "DELETE")?;
            db.pragma_update(None, "synchronous", "FULL")?;
            db.pragma_update(None, "secure_delete", "ON")?;
            db.execute_batch(
                "CREATE TABLE IF NOT EXISTS change (
                     n INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, at INTEGER NOT NULL, title TEXT NOT NULL,
                     path TEXT NOT NULL, server TEXT NOT NULL, client TEXT NOT NULL, stage TEXT NOT NULL, way BLOB NOT NULL);
                 CREATE TABLE IF NOT EXISTS accepted (
                     fingerprint TEXT PRIMARY KEY, rule TEXT NOT NULL, reason TEXT NOT NULL, note TEXT NOT NULL,
                     at INTEGER NOT NULL, until INTEGER);
                 CREATE TABLE IF NOT EXISTS expected (id TEXT PRIMARY KEY, what TEXT NOT NULL);
                 CREATE TABLE IF NOT EXISTS moved (
                     item TEXT NOT NULL, change TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, provider TEXT,
                     path TEXT NOT NULL, PRIMARY KEY (item, change));
                 CREATE TABLE IF NOT EXISTS rotated (id TEXT PRIMARY KEY);
                 CREATE TABLE IF NOT EXISTS replaced (change TEXT PRIMARY KEY, item TEXT NOT NULL);
                 CREATE TABLE IF NOT EXISTS news (
                     n INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, seen INTEGER NOT NULL, what TEXT NOT NULL);
                 CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, what TEXT NOT NULL)",
            )?;
            let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
            if version == 0 {
                db.pragma_update(None, "user_version", SCHEMA)?;
            }
            Ok(version)
        };
        if set_up().map_err(damaged)? > SCHEMA {
            return Err(StoreError::Newer);
        }
        Ok(Store { db, path })
    }

    /// Opens the history only to read it, and makes none.
    pub fn look(state: &State) -> Result<Option<Store>, StoreError> {
        let path = Store::file(state);
        if !Store::exists(state) {
            return Ok(None);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let read = || {
            let db = Connection::open_with_flags(&path, flags)?;
            Ok((db.pragma_query_value(None, "user_version", |row| row.get(0))?, db))
        };
        let (version, db): (i64, _) = read().map_err(|source| failed(path.clone(), source))?;
        if version > SCHEMA { Err(StoreError::Newer) } else { Ok(Some(Store { db, path })) }
    }

    fn damaged(&self) -> impl Fn(rusqlite::Error) -> StoreError {
        let path = self.path.clone();
        move |source| failed(path.clone(), source)
    }

    /// Records what is about to be done. On the disk when this returns.
    pub fn intend(&self, key: &Key, record: &Record, way: &Way) -> Result<(), StoreError> {
        let sealed = self.seal(key, &record.id, way);
        self.db
            .execute(
                "INSERT INTO change (id, at, title, path, server, client, stage, way) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    record.id,
                    record.at,
                    record.title,
                    record.path.to_string_lossy(),
                    record.server,
                    record.client,
                    stage_name(record.stage),
                    sealed
                ],
            )
            .map_err(self.damaged())?;
        Ok(())
    }

    pub fn mark(&self, id: &str, stage: Stage) -> Result<(), StoreError> {
        self.db
            .execute("UPDATE change SET stage = ? WHERE id = ?", params![stage_name(stage), id])
            .map_err(self.damaged())?;
        Ok(())
    }

    /// Removes a change that never happened.
    pub fn forget(&self, id: &str) -> Result<(), StoreError> {
        self.db.execute("DELETE FROM change WHERE id = ?", params![id]).map_err(self.damaged())?;
        self.confirm(id)
    }

    /// Removes every change, all news, and what was there at the last look. What the user lives with stays.
    pub fn forget_all(&self) -> Result<(), StoreError> {
        let all = "BEGIN IMMEDIATE; DELETE FROM change; DELETE FROM expected; DELETE FROM moved; DELETE FROM replaced; \
                   DELETE FROM news; DELETE FROM kept; COMMIT";
        self.db.execute_batch(all).map_err(self.damaged())
    }

    /// Newest first.
    pub fn list(&self) -> Result<Vec<Record>, StoreError> {
        let query = || -> rusqlite::Result<Vec<Record>> {
            let mut statement =
                self.db.prepare("SELECT id, at, title, path, server, client, stage FROM change ORDER BY n DESC")?;
            statement.query_map([], row)?.collect()
        };
        query().map_err(self.damaged())
    }

    /// One change.
    pub fn get(&self, id: &str) -> Result<Record, StoreError> {
        let found = self.list()?.into_iter().find(|record| record.id == id);
        found.ok_or_else(|| StoreError::Unknown(id.to_owned()))
    }

    /// The way back of one change.
    pub fn way(&self, key: &Key, id: &str) -> Result<Way, StoreError> {
        let sealed: Option<Vec<u8>> = self
            .db
            .query_row("SELECT way FROM change WHERE id = ?", params![id], |row| row.get(0))
            .optional()
            .map_err(self.damaged())?;
        let sealed = sealed.ok_or_else(|| StoreError::Unknown(id.to_owned()))?;
        let (nonce, text) = sealed.split_at_checked(24).ok_or(StoreError::OtherKey)?;
        let nonce = XNonce::try_from(nonce).expect("24 bytes");
        let payload = Payload { msg: text, aad: id.as_bytes() };
        let clear = Zeroizing::new(key.cipher().decrypt(&nonce, payload).map_err(|_| StoreError::OtherKey)?);
        serde_json::from_slice(&clear).map_err(|_| StoreError::OtherKey)
    }

    fn seal(&self, key: &Key, id: &str, way: &Way) -> Vec<u8> {
        let mut nonce = [0u8; 24];
        getrandom::fill(&mut nonce).expect("the system gives random bytes");
        let clear = Zeroizing::new(serde_json::to_vec(way).expect("a way back is plain data"));
        let payload = Payload { msg: clear.as_slice(), aad: id.as_bytes() };
        let text = key.cipher().encrypt(&XNonce::from(nonce), payload).expect("it fits into memory");
        [nonce.as_slice(), &text].concat()
    }
}

/// Only what SQLite calls so is damage; a full disk must not sound like a loss.
fn failed(path: PathBuf, source: rusqlite::Error) -> StoreError {
    use rusqlite::ErrorCode::SystemIoFailure;
    use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, PermissionDenied, ReadOnly};
    match source.sqlite_error_code() {
        Some(CannotOpen | DatabaseBusy | DatabaseLocked | DiskFull | PermissionDenied | ReadOnly | SystemIoFailure) => {
            StoreError::Unusable { path, source }
        }
        _ => StoreError::Damaged { path, source },
    }
}

fn row(row: &rusqlite::Row) -> rusqlite::Result<Record> {
    let path: String = row.get(3)?;
    let stage: String = row.get(6)?;
    Ok(Record {
        id: row.get(0)?,
        at: row.get(1)?,
        title: row.get(2)?,
        path: PathBuf::from(path),
        server: row.get(4)?,
        client: row.get(5)?,
        stage: match stage.as_str() {
            "intended" => Stage::Intended,
            "done" => Stage::Done,
            "undoing" => Stage::Undoing,
            _ => Stage::Undone,
        },
    })
}

fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Intended => "intended",
        Stage::Done => "done",
        Stage::Undoing => "undoing",
        Stage::Undone => "undone",
    }
}

/// Makes the file, readable by its owner only, before SQLite would make it wider.
fn private(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use warder_launch::vault::MemoryVault;

    use super::*;

    fn way() -> Way {
        Way {
            before: "PLANTED-before".to_owned(),
            after: String::new(),
            encoding: Encoding::Utf8,
            format: Format::Jsonc,
            entry: KeyPath::default().name("mcpServers"),
            named: None,
            entry_before: String::new(),
            entry_after: String::new(),
            profile: None,
            profile_before: None,
            profile_after: None,
            project: None,
            mode: None,
            stashed: Vec::new(),
            scrubbed: Vec::new(),
            replaced: None,
        }
    }

    fn record(id: &str) -> Record {
        Record {
            id: id.to_owned(),
            at: 7,
            title: "Moved".to_owned(),
            path: PathBuf::from("/home/ana/.cursor/mcp.json"),
            server: "github".to_owned(),
            client: "cursor".to_owned(),
            stage: Stage::Intended,
        }
    }

    #[test]
    fn a_way_back_is_read_with_the_same_key_only() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::at(folder.path());
        let store = Store::open(&state).unwrap();
        let vault = MemoryVault::default();
        let key = Key::get(&vault, &state).unwrap();
        store.intend(&key, &record("a"), &way()).unwrap();
        store.mark("a", Stage::Done).unwrap();
        assert_eq!(store.get("a").unwrap().stage, Stage::Done);
        let again = Store::open(&state).unwrap();
        let same = Key::get(&vault, &state).unwrap();
        assert_eq!(again.way(&same, "a").unwrap().before, "PLANTED-before");
        let other = Key(Zeroizing::new([7; 32]));
        assert!(matches!(store.way(&other, "a"), Err(StoreError::OtherKey)));
        // A new key would put what is there out of reach.
        let empty = MemoryVault::default();
        assert!(matches!(Key::get(&empty, &state), Err(StoreError::KeyLost)));
        assert!(Key::read(&empty).unwrap().is_none());
        store.mark("a", Stage::Undone).unwrap();
        assert!(Key::get(&empty, &state).is_ok());
        let raw = std::fs::read(folder.path().join("history.db")).unwrap();
        assert!(!raw.windows(7).any(|bytes| bytes == b"PLANTED"));
    }

    #[test]
    fn a_way_back_of_an_older_warder_is_read() {
        let mut older = serde_json::to_value(way()).unwrap();
        for newer in ["encoding", "format"] {
            older.as_object_mut().unwrap().remove(newer).unwrap();
        }
        let read: Way = serde_json::from_value(older).unwrap();
        assert_eq!((read.encoding, read.format), (Encoding::Utf8, Format::Jsonc));
    }

    #[test]
    fn a_full_disk_is_not_called_damage() {
        let folder = tempfile::tempdir().unwrap();
        let state = State::at(folder.path());
        let store = Store::open(&state).unwrap();
        let key = Key::get(&MemoryVault::default(), &state).unwrap();
        store.db.pragma_update(None, "max_page_count", 3).unwrap();
        let large = Way { before: "x".repeat(100_000), ..way() };
        let error = store.intend(&key, &record("a"), &large).unwrap_err();
        assert!(matches!(error, StoreError::Unusable { .. }), "{error}");
        assert!(error.to_string().contains("full"), "{error}");
    }

    #[test]
    fn a_damaged_history_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("history.db"), "no database at all, only words".repeat(100)).unwrap();
        assert!(matches!(Store::open(&State::at(folder.path())), Err(StoreError::Damaged { .. })));
    }
}
