//! Warder taken off a user's computer, once no entry needs it any more.
//!
//! First every wrapped entry is restored (`restore.rs`). Launcher, relay and keys
//! stay as long as one is left, also one that only a profile speaks of: it may
//! stand in a project that was not looked at. The history stays where it still
//! holds the way back of another change.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use warder_launch::profile::Profile;
use warder_launch::vault::Handle;

use super::Session;
use super::failures::{history, keychain, refused};
use crate::api::Failure;
use crate::redact::line;
use crate::store::{Key, Stage, Store, StoreError};

/// What is there to be taken off, and what stands in the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leaving {
    /// Wrapped entries: `github (Cursor)`.
    pub wrapped: Vec<String>,
    /// Profiles that no entry names which Warder sees: `github (Cursor)`.
    pub unseen: Vec<String>,
    /// Keys in the keychain that no wrapped entry names: the labels. Nothing else may hold them.
    pub keys: Vec<String>,
    /// Changes that can still be undone.
    pub undoable: usize,
    /// Files and folders of Warder's own, as people read them.
    pub paths: Vec<String>,
}

/// How far it goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extent {
    /// Profiles that no entry names which Warder sees go too.
    pub unseen: bool,
    /// All of `~/.warder` goes: the history, whatever it could undo, and what fenced servers kept.
    pub purge: bool,
}

/// What came of it, a line for each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    pub removed: Vec<String>,
    /// Could not be removed, and why.
    pub left: Vec<String>,
}

/// The keychain's side of it.
struct Kept {
    handles: BTreeSet<Handle>,
    /// The history has changes of which nobody can read what they put there.
    unread: bool,
}

impl Session {
    /// What [`Session::leave`] would remove; changes nothing.
    pub fn leaving(&mut self, extent: Extent) -> Result<Leaving, Failure> {
        self.scan();
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let wrapped: Vec<_> = machine.servers.iter().filter(|server| server.profile_id().is_some()).collect();
        let named: BTreeSet<_> = wrapped.iter().filter_map(|server| server.profile_id().cloned()).collect();
        let ids = Profile::list(&self.state).map_err(|error| refused(error.to_string()))?;
        let unseen = ids.iter().filter(|id| !named.contains(id)).map(|id| match Profile::read(&self.state, id) {
            Ok(profile) => {
                let client = crate::clients::client(&profile.client);
                format!("{} ({})", line(&profile.server), client.map_or("another client", |client| client.name))
            }
            Err(_) => id.as_str().to_owned(),
        });
        let of_wrapped: BTreeSet<Handle> = wrapped
            .iter()
            .filter_map(|server| server.profile())
            .flat_map(|profile| profile.handles().cloned().collect::<Vec<_>>())
            .collect();
        let mut leaving = Leaving {
            wrapped: wrapped.iter().map(|server| format!("{} ({})", line(&server.name), server.client.name)).collect(),
            unseen: unseen.collect(),
            undoable: self.undoable()?,
            paths: self.own_places(extent).iter().map(|path| line(&self.env.shown(path))).collect(),
            ..Leaving::default()
        };
        for handle in self.kept()?.handles.difference(&of_wrapped) {
            if self.vault.get(handle).map_err(|error| keychain(&error))?.is_some() {
                leaving.keys.push(line(handle.label()));
            }
        }
        Ok(leaving)
    }

    /// Removes what is Warder's own: its keys, then its files. Refused while an entry is wrapped.
    pub fn leave(&mut self, extent: Extent) -> Result<Left, Failure> {
        let mut done = Left::default();
        if !self.state.dir().is_dir() {
            self.remove_places(self.env.autostart().as_slice(), &mut done);
            return Ok(done);
        }
        self.check_id()?;
        let _lock = self.locked()?;
        let leaving = self.leaving(extent)?;
        if !leaving.wrapped.is_empty() || !(leaving.unseen.is_empty() || extent.unseen) {
            let hint = Some("Its launcher and its keys stay until then: warder uninstall says which.".to_owned());
            return Err(Failure { hint, ..refused("an entry still needs Warder".to_owned()) });
        }
        // The keychain first: without the files nobody would find its items.
        let kept = self.kept()?;
        for handle in &kept.handles {
            let there = self.vault.get(handle).map_err(|error| keychain(&error))?.is_some();
            self.vault.delete(handle).map_err(|error| keychain(&error))?;
            if there {
                done.removed.push(format!("{}, in the keychain", line(handle.label())));
            }
        }
        if kept.unread {
            done.left.push("keys of what cannot be read, in the keychain: look for items named Warder".to_owned());
        }
        if extent.purge || leaving.undoable == 0 {
            Key::forget(self.vault.as_ref()).map_err(|error| keychain(&error))?;
        }
        self.remove_places(&self.own_places(extent), &mut done);
        self.judged = None;
        Ok(done)
    }

    /// Changes whose way back the history holds.
    fn undoable(&self) -> Result<usize, Failure> {
        let records = match Store::look(&self.state).map_err(history)? {
            Some(store) => store.list().map_err(history)?,
            None => Vec::new(),
        };
        Ok(records.iter().filter(|record| record.stage != Stage::Undone).count())
    }

    /// Every item that a profile names or a change made.
    fn kept(&self) -> Result<Kept, Failure> {
        let mut kept = Kept { handles: BTreeSet::new(), unread: false };
        for id in Profile::list(&self.state).unwrap_or_default() {
            match Profile::read(&self.state, &id) {
                Ok(profile) => kept.handles.extend(profile.handles().cloned()),
                Err(_) => kept.unread = true,
            }
        }
        let Some(store) = Store::look(&self.state).map_err(history)? else { return Ok(kept) };
        let records = store.list().map_err(history)?;
        if records.is_empty() {
            return Ok(kept);
        }
        let Some(key) = Key::read(self.vault.as_ref()).map_err(|error| keychain(&error))? else {
            kept.unread |= records.iter().any(|record| record.stage != Stage::Undone);
            return Ok(kept);
        };
        for record in records {
            match store.way(&key, &record.id) {
                Ok(way) => kept.handles.extend(way.stashed),
                // Another keychain's change: its items are not in this one.
                Err(StoreError::OtherKey) => {}
                Err(error) => return Err(history(error)),
            }
        }
        Ok(kept)
    }

    /// What is there of Warder's own, the programs last: an entry that comes to be wrapped meanwhile has them longest.
    fn own_places(&self, extent: Extent) -> Vec<PathBuf> {
        let dir = self.state.dir();
        let mut places: Vec<PathBuf> = self.env.autostart().into_iter().collect();
        if extent.purge {
            places.push(dir.to_owned());
        } else {
            places.extend([self.state.profiles(), self.state.packages(), self.state.refused(), self.state.temporary()]);
            places.extend([self.state.watching(), dir.join("bus"), dir.join("bin")]);
        }
        places.retain(|place| place.symlink_metadata().is_ok());
        places
    }

    fn remove_places(&self, places: &[PathBuf], done: &mut Left) {
        for place in places {
            let shown = line(&self.env.shown(place));
            match remove(place) {
                Ok(()) => done.removed.push(shown),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => done.left.push(format!("{shown}: {error}")),
            }
        }
    }
}

/// A folder with all that is in it, a file, or a link itself.
fn remove(path: &Path) -> std::io::Result<()> {
    match path.symlink_metadata()?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
}
