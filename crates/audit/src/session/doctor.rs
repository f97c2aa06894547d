//! Is everything in place that the wrapped entries need?
//!
//! Starts no server and writes nothing. Keys are asked for and dropped; no
//! value is compared, kept or shown.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use warder_launch::profile::{Profile, ProfileId};
use warder_launch::sandbox::{self, Engine, Grant, SandboxError};
use warder_launch::vault::Handle;

use super::Session;
use super::blocked::lost;
use super::failures::history;
use super::packages::is_whole;
use crate::api::{Checked, Health};
use crate::approval::{differences, said};
use crate::count::counted;
use crate::env::Env;
use crate::machine::Machine;
use crate::redact::line;
use crate::server::{Kind, Relay, Server};
use crate::store::{Key, Stage, Store};

impl Session {
    /// Everything that was looked at, what concerns all entries first.
    pub fn doctor(&mut self) -> Vec<Checked> {
        self.scan();
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let wrapped: Vec<&Server> = machine.servers.iter().filter(|server| server.profile_id().is_some()).collect();
        let mut checked = vec![self.keychain_check()];
        checked.extend(self.program_checks(&wrapped));
        checked.extend(self.folder_checks());
        checked.extend(fence_checks(&wrapped.iter().filter_map(|server| engine_of(server)).collect::<Vec<_>>()));
        checked.extend(self.history_checks());
        checked.extend(wrapped.iter().map(|server| self.entry_check(machine, server)));
        checked.extend(self.orphans(&wrapped));
        checked
    }

    fn keychain_check(&self) -> Checked {
        match self.vault.look() {
            Ok(Some(bus)) => well("keychain", format!("The keychain is open, on {}.", line(&bus))),
            Ok(None) => well("keychain", "The keychain is there.".to_owned()),
            Err(error) => wrong("keychain", sentence(&error.to_string()), error.remedy().to_owned()),
        }
    }

    /// The launcher, and the relay, which is optional.
    fn program_checks(&self, wrapped: &[&Server]) -> Vec<Checked> {
        let relays = wrapped.iter().filter(|server| server.relay().is_some()).count();
        let shipped = self.env.launcher.as_deref();
        let beside = |name: &Path| Some(shipped?.with_file_name(name.file_name()?)).filter(|path| path.is_file());
        let relay = self.state.relay();
        let shipped_relay = beside(&relay);
        let newer = self.newer_programs();
        vec![
            program_check("launcher", &self.state.launcher(), shipped, wrapped.len() > relays, newer.as_deref()),
            program_check("relay", &relay, shipped_relay.as_deref(), relays > 0, newer.as_deref()),
        ]
    }

    fn folder_checks(&self) -> Vec<Checked> {
        let about = "state folder";
        let dir = self.state.dir();
        if !dir.exists() {
            return vec![note(about, "There is none yet; the first fix makes it.".to_owned(), None)];
        }
        let mut open = Vec::new();
        let inside = ["bin", "profiles", "packages", "id", "history.db", "settings.json"].map(|name| dir.join(name));
        for path in std::iter::once(dir.to_owned()).chain(inside) {
            if path.exists() && is_open_to_others(&path) {
                open.push(line(&self.env.shown(&path)));
            }
        }
        if !open.is_empty() {
            let hint = "Take the rights of others away: chmod -R go= ~/.warder.".to_owned();
            return vec![wrong(about, format!("Other users may read or change {}.", open.join(", ")), hint)];
        }
        match self.state.id() {
            Ok(_) => vec![well(about, format!("Only you can use {}.", line(&self.env.shown(dir))))],
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !Store::exists(&self.state) => Vec::new(),
            Err(_) => vec![wrong(
                about,
                "Its file id is missing or damaged, and no keychain item is found without it.".to_owned(),
                "Restore ~/.warder/id from a backup.".to_owned(),
            )],
        }
    }

    fn history_checks(&self) -> Vec<Checked> {
        let about = "history";
        let records = match Store::look(&self.state).and_then(|store| store.map_or(Ok(Vec::new()), |it| it.list())) {
            Ok(records) => records,
            Err(error) => {
                let failure = history(error);
                let hint = failure.hint.unwrap_or_else(|| "Close other Warder windows and look again.".to_owned());
                return vec![wrong(about, sentence(&failure.message), hint)];
            }
        };
        let mut checked = Vec::new();
        let cut_off = records.iter().filter(|record| matches!(record.stage, Stage::Intended | Stage::Undoing)).count();
        if cut_off > 0 {
            checked.push(wrong(
                about,
                format!("{cut_off} of its changes were cut off."),
                "They are finished or taken back when you run: warder log".to_owned(),
            ));
        }
        let due = records.iter().filter(|record| record.stage != Stage::Undone).count();
        if due == 0 {
            checked.push(well(about, "It holds no change that could be undone.".to_owned()));
            return checked;
        }
        checked.push(match Key::read(self.vault.as_ref()) {
            Err(error) => wrong(about, "Its key cannot be asked for.".to_owned(), error.remedy().to_owned()),
            Ok(key) => match (&key, self.readable(key.as_ref())) {
                (Some(key), Ok((opened, all))) if opened == all => self.ways_back(key, all),
                (None, _) => wrong(
                    about,
                    format!("The keychain has lost its key; {} cannot be undone.", counted(due, "change", "changes")),
                    "Put it back from its copy: warder recovery use.".to_owned(),
                ),
                _ => wrong(
                    about,
                    "Some of its changes were kept with another key and cannot be undone.".to_owned(),
                    "Put the older key back from its copy: warder recovery use.".to_owned(),
                ),
            },
        });
        checked
    }

    /// Whether the `all` changes that stand can be taken back, which other programs may have made impossible.
    fn ways_back(&self, key: &Key, all: usize) -> Checked {
        let about = "history";
        let store = Store::look(&self.state).map_err(history);
        let blocked = store.and_then(|store| store.map_or(Ok(Vec::new()), |store| self.blocked_of(&store, key)));
        let blocked = match blocked {
            Ok(blocked) => blocked,
            Err(failure) => return wrong(about, sentence(&failure.message), failure.hint.unwrap_or_default()),
        };
        let which = if all == 1 { "The one change".to_owned() } else { format!("All {all} changes") };
        match lost(&blocked) {
            0 if blocked.is_empty() => {
                well(about, format!("{which} can be undone. A copy of its key: warder recovery show."))
            }
            0 => well(
                about,
                format!(
                    "{which} can be undone, of one entry the newest first. A copy of its key: warder recovery show."
                ),
            ),
            lost => {
                let hint = "Change those entries by hand: warder log shows them, and warder undo says why.".to_owned();
                let message = match all {
                    1 => "The one change cannot be undone: its entry was changed by another program since.".to_owned(),
                    _ => format!(
                        "{lost} of {all} changes cannot be undone: their entries were changed by other programs since."
                    ),
                };
                note(about, message, Some(hint))
            }
        }
    }

    fn entry_check(&self, machine: &Machine, server: &Server) -> Checked {
        let about = format!("{} ({})", line(&server.name), server.client.name);
        let name = line(&warder_launch::stderr::typed(&server.name));
        let restore = || format!("Put the entry back as it was: warder restore {name}.");
        let profile = match server.profile_id().map(|id| Profile::read(&self.state, id)) {
            Some(Ok(profile)) => profile,
            Some(Err(error)) => return wrong(&about, sentence(&line(&error.to_string())), restore()),
            None => return well(&about, "It is not wrapped.".to_owned()),
        };
        let changes = differences(&machine.env, &machine.files[server.file.0], server);
        if !changes.is_empty() {
            let hint = format!(
                "If that was you: warder approve {name}. If not: warder fix --rule name-shadowing --server {name} puts \
                 back what you approved."
            );
            let message = match server.relay() {
                Some(Relay::Asked { .. }) => format!("It is not what you approved: {}.", said(&changes)),
                _ => format!("It does not start: {}.", said(&changes)),
            };
            return wrong(&about, message, hint);
        }
        if let Some((message, hint)) = missing(&self.env, &profile) {
            return wrong(&about, message, hint.unwrap_or_else(restore));
        }
        let named = profile.secrets.iter().map(|(name, handle)| (name.as_str(), handle));
        let keys: Vec<(&str, &Handle)> =
            named.chain(profile.inside.iter().map(|handle| (handle.as_str(), handle))).collect();
        for (key, handle) in &keys {
            let key = line(key);
            match self.vault.get(handle) {
                Ok(Some(_)) => {}
                Ok(None) => {
                    return wrong(
                        &about,
                        format!("Its key {key} is not in the keychain."),
                        format!("If the keychain was put back to an older state: warder restore {name}."),
                    );
                }
                Err(error) => {
                    return wrong(&about, format!("Its key {key} cannot be asked for."), error.remedy().to_owned());
                }
            }
        }
        let keys = match keys.len() {
            0 => "it has no keys".to_owned(),
            1 => "its key is in the keychain".to_owned(),
            count => format!("its {count} keys are in the keychain"),
        };
        let sandbox = match profile.sandbox.as_ref().map(|sandbox| sandbox.engine) {
            Some(Engine::Bubblewrap) => "runs in a sandbox of bubblewrap",
            Some(Engine::Landlock) => "runs in a sandbox of Landlock, which holds less",
            None if matches!(server.relay(), Some(Relay::Asked { .. })) => "asks the relay for its headers",
            None if profile.remote.is_some() => "is reached through the relay",
            None => "runs without a sandbox",
        };
        let approved = match server.kind {
            // The approved command binds words, not what a script says.
            Kind::LocalScript => "Its command is as you approved it (nobody watches what is in its files)",
            Kind::LocalPackage | Kind::Remote | Kind::Bridge => "It is as you approved it",
        };
        well(&about, format!("{approved}, {keys}, and it {sandbox}."))
    }

    /// Profiles that no entry names any more.
    fn orphans(&self, wrapped: &[&Server]) -> Vec<Checked> {
        let named: BTreeSet<&ProfileId> = wrapped.iter().filter_map(|server| server.profile_id()).collect();
        let ids = match Profile::list(&self.state) {
            Ok(ids) => ids,
            Err(error) => {
                let hint = "Look at the rights of ~/.warder/profiles.".to_owned();
                return vec![wrong("profiles", sentence(&line(&error.to_string())), hint)];
            }
        };
        let orphan = |id: &ProfileId| {
            let message = format!("No entry that Warder sees names the profile {}.", id.as_str());
            let hint = "It does no harm. Its entry was taken out by hand, or belongs to a project not looked at.";
            note("profiles", message, Some(hint.to_owned()))
        };
        ids.iter().filter(|id| !named.contains(id)).map(orphan).collect()
    }
}

/// What makes the fence of a wrapped entry, if it has one.
fn engine_of(server: &Server) -> Option<Engine> {
    Some(server.profile()?.sandbox.as_ref()?.engine)
}

/// What a profile needs on the disk and is not there: what, and what to do if
/// that is not to take the wrapper off.
fn missing(env: &Env, profile: &Profile) -> Option<(String, Option<String>)> {
    let shown = |path: &Path| line(&env.shown(path));
    if let Some(package) = &profile.package {
        let hint = || Some(format!("Install it again: warder update {}.", line(&profile.server)));
        if !package.dir.is_dir() {
            return Some((format!("Its installed package is gone: {}.", shown(&package.dir)), hint()));
        }
        if package.content.is_some() && !is_whole(package) {
            return Some((format!("Its package was changed since it was installed: {}.", shown(&package.dir)), hint()));
        }
    }
    if !is_program(&profile.run.program) {
        return Some((
            format!("Its program {} is gone or cannot be started.", shown(&profile.run.program)),
            Some("Install it again where it was, or put the entry back: warder restore.".to_owned()),
        ));
    }
    if let Some(cwd) = profile.run.cwd.as_deref().filter(|cwd| !cwd.is_dir()) {
        return Some((format!("The folder it starts in is gone: {}.", shown(cwd)), None));
    }
    let sandbox = profile.sandbox.as_ref()?;
    let kept = sandbox.keeps.as_ref().map_or(Ok(()), Grant::check);
    let message = match kept.and_then(|()| sandbox.check()).err()? {
        SandboxError::Moved { path } => format!("{} is gone or was replaced since it was granted.", shown(&path)),
        // What a start would refuse besides, such as a link in the place of a folder's settings.
        refused => format!("Its sandbox cannot be set up: {}.", line(&refused.to_string())),
    };
    Some((message, None))
}

fn program_check(about: &str, path: &Path, shipped: Option<&Path>, needed: bool, newer: Option<&str>) -> Checked {
    let again = "Any fix of Warder installs it again.".to_owned();
    if !path.is_file() {
        return match needed {
            true => wrong(about, "It is gone, so wrapped entries do not start.".to_owned(), again),
            false => note(about, "It is not installed; no entry needs it.".to_owned(), None),
        };
    }
    if is_writable_by_others(path) || !is_program(path) {
        let message = "Other users may change it, or it cannot be started.".to_owned();
        return wrong(about, message, format!("Give it its rights back: chmod 700 {}.", line(&path.to_string_lossy())));
    }
    match shipped.map(|shipped| (fs::read(shipped), fs::read(path))) {
        None => note(about, "It is installed; the one to compare it with was not found.".to_owned(), None),
        Some((Ok(shipped), Ok(installed))) if shipped == installed => {
            well(about, "It is installed, as it came with this Warder.".to_owned())
        }
        Some((Ok(_), Ok(_))) if let Some(newer) = newer => {
            note(about, format!("It came with a newer Warder, {}, and stays.", line(newer)), None)
        }
        Some((Ok(_), Ok(_))) => wrong(about, "It is another one than came with this Warder.".to_owned(), again),
        Some(_) => wrong(about, "It cannot be read.".to_owned(), again),
    }
}

/// The engines that entries need, and the one that the next fix would take:
/// whether they work here, and what they do not hold.
fn fence_checks(needed: &[Engine]) -> Vec<Checked> {
    let about = "sandbox";
    let proposed = match sandbox::usable() {
        Ok(engine) => Some(engine),
        Err(error) if needed.is_empty() => return vec![note(about, sentence(&line(&error.to_string())), None)],
        Err(_) => None,
    };
    let engines = [Engine::Bubblewrap, Engine::Landlock];
    let looked_at = engines.into_iter().filter(|engine| needed.contains(engine) || proposed == Some(*engine));
    looked_at.map(|engine| engine_check(about, engine, needed.contains(&engine))).collect()
}

fn engine_check(about: &str, engine: Engine, needed: bool) -> Checked {
    match sandbox::probe(engine) {
        Ok(()) if engine == Engine::Bubblewrap => {
            let message = "Bubblewrap works. It limits files and network, and the number of programs unless you are root, but \
                           not processor time or memory, and a server that keeps its whole network reaches every address.";
            well(about, message.to_owned())
        }
        Ok(()) => {
            let mut message = "Landlock works, and holds less than bubblewrap would.".to_owned();
            for open in engine.leaves_open() {
                message.push(' ');
                message.push_str(open);
            }
            let hint = "With bubblewrap installed and allowed, put such entries in a sandbox again.".to_owned();
            note(about, message, Some(hint))
        }
        Err(error) => {
            let message = sentence(&line(&error.to_string()));
            match needed {
                true => wrong(about, message, "Sandboxed entries do not start until it works.".to_owned()),
                false => note(about, message, None),
            }
        }
    }
}

/// A file that its owner can start.
fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    path.is_file()
}

#[cfg(unix)]
fn mode_and_owner(path: &Path) -> Option<(u32, bool)> {
    use std::os::unix::fs::MetadataExt;
    let found = fs::symlink_metadata(path).ok()?;
    Some((found.mode(), found.uid() == rustix::process::geteuid().as_raw()))
}

fn is_open_to_others(path: &Path) -> bool {
    #[cfg(unix)]
    return mode_and_owner(path).is_none_or(|(mode, own)| mode & 0o077 != 0 || !own);
    // The home's own access list does this work.
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

fn is_writable_by_others(path: &Path) -> bool {
    #[cfg(unix)]
    return mode_and_owner(path).is_none_or(|(mode, own)| mode & 0o022 != 0 || !own);
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// An error as a sentence.
pub(super) fn sentence(error: &str) -> String {
    let mut chars = error.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

fn well(about: &str, message: String) -> Checked {
    Checked { about: about.to_owned(), health: Health::Well, message, hint: None }
}

fn note(about: &str, message: String, hint: Option<String>) -> Checked {
    Checked { about: about.to_owned(), health: Health::Note, message, hint }
}

fn wrong(about: &str, message: String, hint: String) -> Checked {
    Checked { about: about.to_owned(), health: Health::Wrong, message, hint: Some(hint) }
}
