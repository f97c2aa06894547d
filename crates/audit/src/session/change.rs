//! Carrying a plan out, and taking it back.
//!
//! Order of an apply: history (old bytes, encrypted, on the disk) → key into
//! the keychain, read back → profile → config, exchanged and read back → marked
//! done. Whatever is found unmarked later was cut off by a crash and is
//! finished or taken back, by what the config says.

use std::fs::File;
use std::path::Path;

use warder_launch::sandbox;
use warder_launch::vault::{Handle, Secret, VaultError};

use crate::api::{Change, Choices, Code, Failure};
use crate::clients::{self, Writing};
use crate::disk::{Seen, mode, replace, set_mode};
use crate::document::{Stamp, read_text};
use crate::edit::diff;
use crate::env::Env;
use crate::redact::line;
use crate::server::Server;
use crate::store::{Expected, Key as HistoryKey, Record, Stage, Store, Way};

use super::check::{self, Control};
use super::failures::{
    done_all_the_same, history, keychain, not_settled, profile_failure, refused, stale, unknown, write_failure,
};
use super::fence::{Kept, failure as fence_failure};
use super::news::Wrote;
use super::permit::{self, Permit};
use super::record::{difference, intended, of_entry};
use super::way::refers;
use super::{Session, packages, permissions, residue, rotation};

impl Session {
    /// The history and its key, for this process alone until the lock is
    /// dropped; finishes or takes back what a crash cut off.
    pub(super) fn history(&mut self) -> Result<(Store, HistoryKey, File), Failure> {
        self.check_id()?;
        let lock = self.locked()?;
        let key = HistoryKey::get(self.vault.as_ref(), &self.state).map_err(history)?;
        let store = Store::open(&self.state).map_err(history)?;
        self.tell_others(&store);
        self.recover(&store, &key)?;
        self.sweep_packages(&store, &key);
        // Those that are there start servers all the same, and a fix says why it cannot replace them.
        let _ = self.replace_programs();
        Ok((store, key, lock))
    }

    /// Warder's own folder, for this process alone until the lock is dropped.
    pub(super) fn locked(&self) -> Result<File, Failure> {
        self.state.create().map_err(|error| refused(format!("cannot make {}: {error}", self.state.dir().display())))?;
        let lock = self.state.open_lock().and_then(|file| file.lock().map(|()| file));
        lock.map_err(|error| refused(format!("cannot lock {}: {error}", self.state.dir().display())))
    }

    /// The id is a part of every keychain item's name: with a new one, all that
    /// was moved would be out of reach.
    pub(super) fn check_id(&self) -> Result<(), Failure> {
        let path = self.state.dir().join("id");
        let why = match self.state.id() {
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                if !Store::exists(&self.state) {
                    return Ok(());
                }
                "is missing"
            }
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => "is damaged or open to other users",
            Err(_) => "cannot be read",
        };
        Err(Failure {
            code: Code::Refused,
            message: format!("nothing was changed: {} {why}", line(&path.to_string_lossy())),
            hint: Some("The keychain items of this folder are found by it: restore it from a backup.".to_owned()),
        })
    }

    /// Carries a fix out. `seen`: the stamp of the file the user saw.
    pub fn apply(&mut self, fix: &str, choices: &Choices, seen: &Stamp, verified: bool) -> Result<Change, Failure> {
        if Session::is_scrub(fix) {
            return self.scrub(fix, seen);
        }
        if let Some(server) = permissions::server(fix) {
            return self.apply_permissions(server, choices, seen, verified);
        }
        let (store, key, lock) = self.history()?;
        self.scan();
        let plan = self.planned(fix, choices, true)?;
        let shown = self.drawn(fix).file;
        let judged = self.judged.as_ref().expect("just scanned");
        let machine = &judged.machine;
        let server = plan.server.map(|index| &machine.servers[index.0]);
        let file = &machine.files[plan.file.0];
        let document = machine.document(plan.file).ok_or_else(|| unknown("file"))?;
        // The same bytes in another file, or another folder, are not what was agreed to.
        if plan.seen(&document.stamp) != *seen || shown.is_some() && shown != document.identity {
            return Err(stale());
        }
        permit::check(&self.env, file.client, file.row)?;
        let after = plan.after(document, file.client.name)?;
        let (_, found) = judged.find_fix(fix).ok_or_else(|| unknown("fix"))?;
        let control = match server.filter(|_| verified && check::is_startable(judged, &plan, &found.act)) {
            Some(_) if plan.back.is_some() => Some(Control::Swapped),
            Some(server) => Some(self.control(file, server)?),
            None => None,
        };
        if let (Some(Control::Tools { only_read: true, .. }), Some(server)) = (&control, server) {
            self.only_read.insert(server.id.clone());
        }
        // From here on it is seen through to its end.
        self.step(&match plan.wanted() {
            Some(package) => format!("Installing {package}"),
            None => format!("Changing {}", line(&file.shown)),
        })?;

        // What can be prepared without changing anything that is in use.
        let mut undone = None;
        let profile = match plan.draft.as_ref().zip(plan.server) {
            None if plan.ready.is_some() => {
                self.relay()?;
                plan.profile(judged)?
            }
            None => None,
            Some((draft, index)) => {
                self.launcher()?;
                if let Some(fence) = draft.fence() {
                    sandbox::probe(fence.engine).map_err(|error| fence_failure(&error))?;
                }
                let installed = match &draft.wanted {
                    Some(wanted) => Some(packages::install(&self.env, wanted, false)?),
                    None => None,
                };
                undone = installed.as_ref().and_then(|installed| packages::undone(&installed.package));
                let kept = draft.fence().and_then(|fence| fence.kept.as_ref());
                let new = kept.filter(|kept| !kept.folder.exists());
                let made = kept.map_or(Ok(()), Kept::make);
                let finished = made.and_then(|()| draft.finish(judged, index, installed));
                if finished.is_err() {
                    // Nothing will ever start what was just installed.
                    self.sweep_packages(&store, &key);
                    new.into_iter().for_each(Kept::unmake);
                }
                Some(finished?)
            }
        };
        // Installing and checking take a while; the client may have been opened.
        permit::check(&self.env, file.client, file.row)?;
        // A profile that stays is nothing to be brought back: it may be another one by then.
        let before_profile = server.and_then(Server::profile).filter(|_| profile.is_some()).cloned();
        let name = server.map_or("", |server| server.name.as_str());
        let client = server.map_or(file.client, |server| server.client);
        let record = intended(plan.past.clone(), &file.path, name, client);
        let way = Way {
            profile: profile.as_ref().map(|profile| profile.id.clone()),
            profile_before: before_profile,
            profile_after: profile,
            mode: plan.mode.zip(mode(&file.path)).map(|(after, before)| (before, after)),
            stashed: plan.stash.iter().map(|(handle, _)| handle.clone()).collect(),
            ..of_entry(file, document, server, plan.entry(machine), after)
        };
        let path = file.path.clone();
        let seen = Seen { stamp: document.stamp.clone(), identity: document.identity };
        let (client, row) = (file.client, file.row);
        let (masked_before, masked_after) =
            (judged.masked(plan.file, &way.before), judged.masked(plan.file, &way.after));

        store.intend(&key, &record, &way).map_err(history)?;
        let subject = rotation::subject(document, &found.act);
        self.remind(&store, &record, &way, &plan.stash, subject)?;
        if matches!(row.writing, Writing::Closed(_)) {
            store.expect(&record.id, &Expected::of(&record, &way)).map_err(history)?;
        }
        let permit = |env: &Env| permit::take(env, client, row, &path);
        let put_back = plan.back.is_some();
        let done = self.carry_out(&plan.stash, &way, &path, &seen, permit);
        let done = done
            .and_then(|()| store.mark(&record.id, Stage::Done).map_err(history))
            .map_err(|failure| self.settled(&store, &record, &way, failure))
            .inspect_err(|_| self.sweep_packages(&store, &key));
        self.look_again(&store, Some(&Wrote::of(&record, &way)));
        done?;
        self.drawn.remove(fix);

        let mut change = self.shown(&record);
        change.diff = diff(&masked_before, &masked_after);
        if put_back {
            // The old text's own keys are known only since it is there again.
            change.diff = self.hidden(std::mem::take(&mut change.diff));
        }
        drop(lock);
        let confirmed = control.map(|control| self.confirm(&record, &way, control)).transpose()?;
        let notes: Vec<String> = confirmed.into_iter().chain(undone).collect();
        change.note = (!notes.is_empty()).then(|| notes.join(" "));
        Ok(change)
    }

    pub(super) fn carry_out(
        &self,
        stash: &[(Handle, Secret)],
        way: &Way,
        path: &Path,
        seen: &Seen,
        permit: impl FnOnce(&Env) -> Result<Permit, Failure>,
    ) -> Result<(), Failure> {
        for (handle, secret) in stash {
            let kept = || self.vault.get(handle).map_err(|error| keychain(&error));
            let is_kept = |kept: Option<Secret>| kept.is_some_and(|kept| kept.expose() == secret.expose());
            // Another use put it there; it is never without its value.
            if is_kept(kept()?) {
                continue;
            }
            self.vault.set(handle, secret).map_err(|error| keychain(&error))?;
            if !is_kept(kept()?) {
                return Err(keychain(&VaultError::Altered));
            }
        }
        if let Some(profile) = &way.profile_after {
            profile.write(&self.state).map_err(|error| profile_failure(&error))?;
        }
        if way.before != way.after {
            let _permit = permit(&self.env)?;
            replace(path, seen, &way.encoding.encode(&way.after), way.project.as_deref())
                .map_err(|error| write_failure(&error))?;
        }
        if let Some((_, after)) = way.mode {
            set_mode(path, seen, after).map_err(|error| write_failure(&error))?;
        }
        Ok(())
    }

    /// Takes a change back: the exact old bytes, or the entry's exact old text
    /// where other programs changed other parts of the file since.
    pub fn undo(&mut self, id: &str) -> Result<Change, Failure> {
        let (store, key, lock) = self.history()?;
        self.scan();
        let record = store.get(id).map_err(history)?;
        let way = store.way(&key, id).map_err(history)?;
        if way.replaced.is_some() {
            return self.take_old_back(&store, &record, &way);
        }
        self.keeps_new_keys(&store, &record, &way)?;
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let found = machine.files.iter().find(|file| file.path == record.path);
        // A file that is not among those looked at now (`--file`) is its client's all the same.
        let (client, row) = found
            .map(|file| (file.client, file.row))
            .or_else(|| clients::named(&record.client, &record.path))
            .unwrap_or_else(|| clients::of_path(&record.path));
        permit::check(&self.env, client, row)?;
        let (encoding, text, identity) = read_text(&record.path)
            .map_err(|error| refused(format!("cannot read {}: {error}", line(&record.path.to_string_lossy()))))?;
        // Another program may have put back the entry whose key and profile went with the undo.
        if record.stage == Stage::Undone && !refers(&text, &way) {
            return Err(refused("this change is undone already".to_owned()));
        }
        let back = self.text_back(&way, encoding, &text).ok_or_else(|| self.conflict(&store, &key, &record, &way))?;
        let permit = permit::take(&self.env, client, row, &record.path)?;
        store.mark(id, Stage::Undoing).map_err(history)?;
        let seen = Seen { stamp: Stamp::of(&encoding.encode(&text)), identity: Some(identity) };
        let written = match back == text {
            true => Ok(()),
            false => {
                let back = encoding.encode(&back);
                replace(&record.path, &seen, &back, way.project.as_deref()).map(drop)
            }
        };
        let restored = written.and_then(|()| match way.mode {
            Some((before, _)) => set_mode(&record.path, &seen, before),
            None => Ok(()),
        });
        drop(permit);
        let undoing = Record { stage: Stage::Undoing, ..record };
        let done = restored.map_err(|error| write_failure(&error)).and_then(|()| self.put_away(&way));
        let done = done
            .and_then(|()| store.mark(id, Stage::Undone).map_err(history))
            .map_err(|failure| self.settled(&store, &undoing, &way, failure));
        let record = undoing;
        self.look_again(&store, Some(&Wrote::back(&record, &way, &text, &back)));
        done?;
        self.sweep_packages(&store, &key);
        drop(lock);
        let kept = way.profile_after.and_then(|profile| profile.sandbox?.keeps).map(|kept| kept.path);
        let left = kept.filter(|home| way.profile_before.is_none() && home.is_dir());
        let note = left.map(|home| format!("What it kept in its sandbox stays in {}.", line(&self.env.shown(&home))));
        Ok(Change { undone: true, note, ..self.shown(&record) })
    }

    /// Settles a change of which something failed: an error may also come after
    /// the file was replaced. What cannot be settled now is at the next start.
    fn settled(&self, store: &Store, record: &Record, way: &Way, failure: Failure) -> Failure {
        let wanted = if record.stage == Stage::Intended { Stage::Done } else { Stage::Undone };
        match self.settle(store, record, way).and_then(|()| store.get(&record.id).map_err(history)) {
            Ok(now) if now.stage == wanted => done_all_the_same(failure),
            Ok(_) => failure,
            Err(_) => {
                let start = if record.stage == Stage::Intended { &way.before } else { &way.after };
                let untouched = read_text(&record.path).is_ok_and(|(_, text, _)| text == *start);
                // A full disk takes no mark either.
                if untouched { failure } else { not_settled(failure) }
            }
        }
    }

    /// One change with its masked difference.
    pub fn change(&mut self, id: &str) -> Result<Change, Failure> {
        let store = Store::open(&self.state).map_err(history)?;
        let record = store.get(id).map_err(history)?;
        let key = HistoryKey::get(self.vault.as_ref(), &self.state).map_err(history)?;
        let way = store.way(&key, id).map_err(history)?;
        if !way.scrubbed.is_empty() {
            let diff = residue::taken_out(&self.env, &record, &way);
            return Ok(Change { diff: self.hidden(diff), ..self.shown(&record) });
        }
        let mut diff = difference(&self.env, &record.client, &record.path, [&way.before, &way.after]);
        diff.extend(permissions::difference(&self.env, &way));
        Ok(Change { diff: self.hidden(diff), ..self.shown(&record) })
    }
}
