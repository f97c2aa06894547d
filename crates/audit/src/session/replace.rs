//! A key that was made anew at its provider, put in the place of the old one.
//!
//! Its item keeps its name, so every entry that uses the key gets the new one at
//! its next start, and no file changes. The new value comes from a person's
//! clipboard or terminal, never through a screen; what a screen is told of it is
//! how long it is and whether it looks right. The history keeps the old value,
//! sealed like the old texts of files, so that a wrong paste can be taken back.

use warder_launch::vault::{Handle, Secret, VaultError};

use super::failures::{done_all_the_same, history, keychain, refused, unknown};
use super::keys::IN_URL;
use super::record::{intended, of_text};
use super::way::digest;
use super::{Session, random};
use crate::api::{Change, Code, Failure, KeyUse, NewKey};
use crate::clients;
use crate::document::Encoding;
use crate::redact::{escape, line};
use crate::secret::{Verdict, judge};
use crate::store::{Record, Replaced, Stage, Store, Way};

/// A new value that was shown, for as long as nobody said yes or no.
pub(super) struct Offered {
    id: String,
    handle: Handle,
    new: Secret,
    old: Secret,
    shown: Vec<KeyUse>,
}

/// Longer is a document, and no key.
const LONGEST: usize = 16 * 1024;

impl Session {
    /// Looks at a new value for a key of the keychain (its item, its label or its reminder). Keeps it in memory until
    /// [`Session::replace_key`] or [`Session::drop_key`]; writes nothing.
    pub fn offer_key(&mut self, key: &str, new: &str) -> Result<NewKey, Failure> {
        self.offered_key = None;
        let handle = self.replaceable(key)?;
        // What a terminal or a page puts around it is no part of it.
        let new = Secret::new(new.trim());
        fits_at_all(&new)?;
        let old = self.value(&handle)?;
        self.scan();
        let shown = self.used().remove(&handle).unwrap_or_default();
        if shown.is_empty() {
            return Err(refused(format!("nothing uses {} any more", escape(handle.label()))));
        }
        if shown.iter().any(|one| one.used_as == IN_URL) && new.expose().contains(['\n', '\r']) {
            return Err(no_key("this has several lines, and no header can have them"));
        }
        let name = handle.label();
        let (was, is) = (judge(name, old.expose()), judge(name, new.expose()));
        let expected = was.as_ref().and_then(known_form);
        let fits = expected.map(|expected| is.as_ref().and_then(known_form) == Some(expected));
        let provider = is.as_ref().and_then(known_form);
        let offered = Offered { id: data_encoding::HEXLOWER.encode(&random()), handle, new, old, shown };
        let told = NewKey {
            offer: offered.id.clone(),
            item: escape(offered.handle.as_str()),
            key: escape(offered.handle.label()),
            kind: line(&is.as_ref().map_or_else(|| "text that looks like no key".to_owned(), |is| is.kind.clone())),
            provider: provider.map(str::to_owned),
            expected: expected.map(str::to_owned),
            length: offered.new.expose().chars().count(),
            same: offered.new.expose() == offered.old.expose(),
            fits,
            uses: offered.shown.clone(),
        };
        self.past.add(offered.new.expose());
        self.offered_key = Some(offered);
        Ok(told)
    }

    /// Whether a text is the value that was shown under `offer`.
    pub fn is_offered(&self, offer: &str, text: &str) -> bool {
        self.offered_key.as_ref().is_some_and(|one| one.id == offer && one.new.expose() == text.trim())
    }

    /// Forgets a value that was shown.
    pub fn drop_key(&mut self) {
        self.offered_key = None;
    }

    /// Puts the value that was shown in the place of the old one.
    pub fn replace_key(&mut self, offer: &str) -> Result<Change, Failure> {
        let offered = self.offered_key.take().filter(|one| one.id == offer).ok_or_else(|| unknown("new key"))?;
        // Nobody has to copy it again for a keychain that was locked.
        self.put_in(&offered).inspect_err(|_| self.offered_key = Some(offered))
    }

    fn put_in(&mut self, offered: &Offered) -> Result<Change, Failure> {
        let Offered { handle, new, old, shown, .. } = offered;
        let (store, key, _lock) = self.history()?;
        self.scan();
        if self.used().remove(handle).unwrap_or_default() != *shown || self.value(handle)?.expose() != old.expose() {
            return Err(Failure {
                code: Code::Stale,
                message: "the key, or what uses it, is not what was shown any more".to_owned(),
                hint: Some("Look at the new key again.".to_owned()),
            });
        }
        if new.expose() == old.expose() {
            return Err(refused("this is the key that is there already".to_owned()));
        }
        let record = self.about(&store, handle)?;
        // Tried under another name first: what the keychain cannot hold must not cost it the old one.
        let spare = Handle::new(handle.label(), random());
        let replaced = Replaced {
            handle: handle.clone(),
            before: old.expose().to_owned(),
            after: digest(&record.id, new.expose()),
        };
        let way = Way {
            stashed: vec![spare.clone()],
            replaced: Some(replaced),
            ..of_text(Encoding::Utf8, String::new(), String::new())
        };
        store.intend(&key, &record, &way).map_err(history)?;
        store.replaces(&record.id, handle.as_str()).map_err(history)?;
        let put = |at: &Handle| {
            self.vault.set(at, new)?;
            match self.vault.get(at)? {
                Some(kept) if kept.expose() == new.expose() => Ok(()),
                _ => Err(VaultError::Altered),
            }
        };
        let done = put(&spare).and_then(|()| put(handle)).map_err(|error| keychain(&error));
        if let Err(failure) = done {
            return Err(
                match self.settle(&store, &record, &way).and_then(|()| store.get(&record.id).map_err(history)) {
                    Ok(now) if now.stage == Stage::Done => done_all_the_same(failure),
                    _ => failure,
                },
            );
        }
        self.settle(&store, &record, &way).map_err(done_all_the_same)?;
        self.look_again(&store, None);
        let note = "What uses it gets it at its next start: restart what runs. Revoke the old one at its provider.";
        Ok(Change { note: Some(note.to_owned()), ..self.shown(&record) })
    }

    /// Takes a replacement back: the old value under its item again. The new one is not kept.
    pub(super) fn take_old_back(&mut self, store: &Store, record: &Record, way: &Way) -> Result<Change, Failure> {
        let Some(replaced) = &way.replaced else { return Err(unknown("change")) };
        let Replaced { handle, before, .. } = replaced;
        if record.stage == Stage::Undone {
            return Err(refused("this change is undone already".to_owned()));
        }
        self.is_newest(store, record, replaced).map_err(|(_, why)| why)?;
        store.mark(&record.id, Stage::Undoing).map_err(history)?;
        let undoing = Record { stage: Stage::Undoing, ..record.clone() };
        let back = self.vault.set(handle, &Secret::new(before.as_str())).map_err(|error| keychain(&error));
        self.settle(store, &undoing, way)?;
        back?;
        self.look_again(store, None);
        let note = "The old key is back. The new one is not kept: paste it again when it is wanted.";
        Ok(Change { undone: true, note: Some(note.to_owned()), ..self.shown(record) })
    }

    /// Whether the keychain holds what a replacement put there; else the replacement that comes first, if it is one, and
    /// why.
    pub(super) fn is_newest(
        &self,
        store: &Store,
        record: &Record,
        replaced: &Replaced,
    ) -> Result<(), (Option<String>, Failure)> {
        let Replaced { handle, after, .. } = replaced;
        let newer = store.replaced_since(&record.id).map_err(|error| (None, history(error)))?;
        if let Some((newer, _)) = newer.into_iter().find(|(_, item)| item == handle.as_str()) {
            let why = Failure {
                code: Code::Conflict,
                message: "the key was replaced again since".to_owned(),
                hint: Some(format!("Undo that one first ({newer}).")),
            };
            return Err((Some(newer), why));
        }
        // A key that is gone was forgotten by somebody.
        let now = self.value(handle).map_err(|why| (None, why))?;
        if digest(&record.id, now.expose()) != *after {
            let why = Failure {
                code: Code::Conflict,
                message: "the keychain holds another key there by now; undoing would lose that".to_owned(),
                hint: None,
            };
            return Err((None, why));
        }
        Ok(())
    }

    /// Finishes a replacement or its undo by what the keychain holds.
    pub(super) fn settle_replaced(
        &self,
        store: &Store,
        record: &Record,
        way: &Way,
        replaced: &Replaced,
    ) -> Result<(), Failure> {
        let kept = |handle: &Handle| self.vault.get(handle).map_err(|error| keychain(&error));
        let mut now = kept(&replaced.handle)?;
        if now.is_none() {
            // It was lost between the two: what is known is put back.
            let old = Secret::new(replaced.before.as_str());
            self.vault.set(&replaced.handle, &old).map_err(|error| keychain(&error))?;
            now = kept(&replaced.handle)?;
        }
        let is_old = now.is_some_and(|now| now.expose() == replaced.before);
        self.drop_keys(way)?;
        let item = replaced.handle.as_str();
        match (record.stage, is_old) {
            (Stage::Intended, true) => store.forget(&record.id),
            (_, true) => store.rotate(item, false).and_then(|()| store.mark(&record.id, Stage::Undone)),
            (_, false) => store.rotate(item, true).and_then(|()| store.mark(&record.id, Stage::Done)),
        }
        .map_err(history)
    }

    /// Refuses to take a key out of the keychain that was replaced since: the old one would come back, and the new one
    /// be lost.
    pub(super) fn keeps_new_keys(&self, store: &Store, record: &Record, way: &Way) -> Result<(), Failure> {
        self.newer_key(store, record, way)?.map_or(Ok(()), |(_, why)| Err(why))
    }

    /// The newest replacement of a key that a change moved, and why the change is not undone before it.
    pub(super) fn newer_key(
        &self,
        store: &Store,
        record: &Record,
        way: &Way,
    ) -> Result<Option<(String, Failure)>, Failure> {
        let gone = super::residue::gained(way);
        let newer = store.replaced_since(&record.id).map_err(history)?;
        let is_gone = |item: &String| gone.iter().any(|handle| handle.as_str() == item);
        let Some((change, _)) = newer.into_iter().find(|(_, item)| is_gone(item)) else { return Ok(None) };
        let name = line(&warder_launch::stderr::typed(&record.server));
        let why = Failure {
            code: Code::Conflict,
            message: "its key was replaced since; undoing would bring the old one back and lose the new one".to_owned(),
            hint: Some(format!(
                "Put the entry back with its new key (warder restore {name}), or undo the replacement first ({change})."
            )),
        };
        Ok(Some((change, why)))
    }

    /// The item of a key that can be replaced, by its name, its label or its reminder.
    fn replaceable(&mut self, key: &str) -> Result<Handle, Failure> {
        let reminder = self.reminders()?.into_iter().find(|one| one.id == key);
        let wanted = match reminder {
            Some(reminder) => reminder.item.ok_or_else(|| {
                let what = reminder.key;
                Failure {
                    hint: Some("Put the new key where the old one stands, and move it to the keychain.".to_owned()),
                    ..refused(format!("{what} is not in Warder's keychain items"))
                }
            })?,
            None => key.to_owned(),
        };
        self.scan();
        let mut found: Vec<Handle> = self.used().into_keys().collect();
        found.retain(|handle| handle.as_str() == wanted || escape(handle.label()) == wanted);
        match found.as_slice() {
            [one] => Ok(one.clone()),
            [] => Err(unknown("key in the keychain")),
            _ => Err(Failure {
                hint: Some("Use the whole name, as warder keys --json prints it.".to_owned()),
                ..refused(format!("there are several keys {}", line(&wanted)))
            }),
        }
    }

    fn value(&self, handle: &Handle) -> Result<Secret, Failure> {
        let value = self.vault.get(handle).map_err(|error| keychain(&error))?;
        value.ok_or_else(|| refused(format!("{} is not in the keychain any more", escape(handle.label()))))
    }

    /// A change of a key, told with the first place of it that is known.
    fn about(&self, store: &Store, handle: &Handle) -> Result<Record, Failure> {
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let title = format!("Replaced {} in the keychain", escape(handle.label()));
        let gets = |server: &&crate::server::Server| {
            server.profile().is_some_and(|profile| profile.handles().any(|one| one == handle))
        };
        if let Some(server) = machine.servers.iter().find(gets) {
            return Ok(intended(title, &machine.files[server.file.0].path, &server.name, server.client));
        }
        let moved = store.moved().map_err(history)?.into_iter().find(|moved| moved.item == handle.as_str());
        let moved = moved.ok_or_else(|| Failure {
            hint: Some("Name its project (--project), or add it in the settings.".to_owned()),
            ..refused("no entry that Warder looks at uses this key".to_owned())
        })?;
        Ok(intended(title, &moved.path, "", clients::of_path(&moved.path).0))
    }
}

/// A value that can be a key at all.
fn fits_at_all(new: &Secret) -> Result<(), Failure> {
    let text = new.expose();
    let why = if text.is_empty() {
        "there is no text to take"
    } else if text.len() > LONGEST {
        "this is longer than any key"
    } else if text.contains("keychain:") {
        "this is a reference to a key, and no key"
    } else if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        "this holds characters that no key has"
    } else {
        return Ok(());
    };
    Err(no_key(why))
}

fn no_key(why: &str) -> Failure {
    Failure { hint: Some("Copy the new key itself, and try again.".to_owned()), ..refused(why.to_owned()) }
}

/// Whose key a value is by its own form, and not only by the name that it goes by.
fn known_form(verdict: &Verdict) -> Option<&'static str> {
    verdict.provider.filter(|_| !matches!(verdict.kind.as_str(), "a key or password" | "a password"))
}
