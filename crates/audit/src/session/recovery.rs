//! The recovery copy of the history's key: shown to be kept, put back from paper.
//!
//! Not a part of `api.rs`: the key is a secret, and no window ever sees it.

use warder_launch::vault::Secret;

use super::Session;
use super::failures::{history, keychain, refused};
use crate::api::{Code, Failure};
use crate::count::counted;
use crate::store::{Key, Stage, Store, StoreError};

impl Session {
    /// The key of the history, to be written down. For a terminal only.
    pub fn recovery_key(&self) -> Result<Secret, Failure> {
        let nothing = || Failure {
            hint: Some("Its key is made with the first fix.".to_owned()),
            ..refused("there is no history yet".to_owned())
        };
        if !Store::exists(&self.state) {
            return Err(nothing());
        }
        match Key::read(self.vault.as_ref()).map_err(|error| keychain(&error))? {
            Some(key) => Ok(key.written()),
            None if self.readable(None)?.1 == 0 => Err(nothing()),
            None => Err(history(StoreError::KeyLost)),
        }
    }

    /// Puts the key that was written down into the keychain, once it has opened
    /// the history. Returns how many changes it opens, and how many there are.
    pub fn recover_key(&mut self, written: &Secret) -> Result<(usize, usize), Failure> {
        let key = Key::of_written(written).map_err(|error| Failure {
            hint: Some("Compare it with your copy, group by group, and type it again.".to_owned()),
            ..refused(error.to_string())
        })?;
        self.check_id()?;
        let _lock = self.locked()?;
        if Store::exists(&self.state) {
            // What a crash left half written is settled by opening it.
            Store::open(&self.state).map_err(history)?;
        }
        let (opened, all) = self.readable(Some(&key))?;
        if all == 0 {
            return Err(refused("there is no change in the history that needs a key".to_owned()));
        }
        if opened == 0 {
            return Err(Failure {
                hint: Some("It may be the copy of another computer, or of an older history.".to_owned()),
                ..refused("this key opens none of the changes in the history".to_owned())
            });
        }
        let present = Key::read(self.vault.as_ref()).map_err(|error| keychain(&error))?;
        if let Some(present) = present {
            // Replaced, what only that one opens would be lost.
            let (others, _) = self.readable(Some(&present))?;
            if others > 0 && present.written().expose() != key.written().expose() {
                return Err(Failure {
                    code: Code::Conflict,
                    message: format!(
                        "the keychain holds another key, which opens {} of the history",
                        counted(others, "change", "changes")
                    ),
                    hint: Some("Undo those changes first (warder log shows them), and try again.".to_owned()),
                });
            }
        }
        key.keep(self.vault.as_ref()).map_err(|error| keychain(&error))?;
        Ok((opened, all))
    }

    /// How many changes that are not undone a key opens, and how many there are.
    pub(super) fn readable(&self, key: Option<&Key>) -> Result<(usize, usize), Failure> {
        let Some(store) = Store::look(&self.state).map_err(history)? else { return Ok((0, 0)) };
        let mut records = store.list().map_err(history)?;
        records.retain(|record| record.stage != Stage::Undone);
        let opens = |id: &str| key.is_some_and(|key| store.way(key, id).is_ok());
        Ok((records.iter().filter(|record| opens(&record.id)).count(), records.len()))
    }
}
