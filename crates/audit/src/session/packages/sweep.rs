//! Folders of the store that nothing needs any more.
//!
//! One is needed as long as a profile names it, an undo could bring such a
//! profile back, or a server still runs from it. Whatever cannot be read may
//! need any of them.

use std::fs;
use std::path::{Path, PathBuf};

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};
use warder_launch::profile::Profile;

use crate::programs::below;
use crate::session::Session;
use crate::store::{Key, Stage, Store};

use super::CLIENT;

impl Session {
    /// Removes what no profile, no undo and no running server needs. For
    /// whoever holds the lock; what cannot be removed does no harm.
    pub(in crate::session) fn sweep_packages(&self, store: &Store, key: &Key) {
        let Some(named) = self.named_packages() else { return };
        let Ok(root) = self.state.packages().canonicalize() else { return };
        let folders = below(&root).into_iter().flat_map(|kind| below(&kind));
        let mut left: Vec<PathBuf> = folders.filter(|dir| !named.contains(dir)).collect();
        if left.is_empty() {
            return;
        }
        let Some(wanted_back) = undoable(store, key) else { return };
        left.retain(|dir| !wanted_back.contains(dir) && dir.symlink_metadata().is_ok_and(|found| found.is_dir()));
        if left.is_empty() {
            return;
        }
        let Some(words) = running() else { return };
        for dir in left.iter().filter(|dir| !words.contains(&*dir.to_string_lossy())) {
            let _ = fs::remove_dir_all(dir);
        }
    }

    /// The folders that profiles name; also takes away what an installation
    /// left that was cut off. `None` where a profile cannot be read.
    fn named_packages(&self) -> Option<Vec<PathBuf>> {
        let mut named = Vec::new();
        for id in Profile::list(&self.state).ok()? {
            let profile = Profile::read(&self.state, &id).ok()?;
            if profile.client == CLIENT {
                let _ = Profile::remove(&self.state, &id);
            }
            named.extend(profile.package.map(|package| package.dir));
        }
        // What was shown waits for a yes.
        let offered = self.offered.values().filter_map(|offered| offered.new.package.as_ref());
        named.extend(offered.map(|package| package.dir.clone()));
        Some(named)
    }
}

/// The folders that profiles would name which an undo, or the settling of what
/// a crash left, brings back.
fn undoable(store: &Store, key: &Key) -> Option<Vec<PathBuf>> {
    let mut dirs = Vec::new();
    for record in store.list().ok()?.into_iter().filter(|record| record.stage != Stage::Undone) {
        let way = store.way(key, &record.id).ok()?;
        let profiles = [way.profile_before, way.profile_after].into_iter().flatten();
        dirs.extend(profiles.filter_map(|profile| Some(profile.package?.dir)));
    }
    Some(dirs)
}

/// The words of all that runs: a server from the store has its folder in them.
fn running() -> Option<String> {
    let mut system = System::new().ok()?;
    let wanted = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always);
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, wanted);
    let words = system.processes().values().flat_map(|process| process.cmd());
    Some(words.map(|word| Path::new(word).to_string_lossy()).collect::<Vec<_>>().join("\n"))
}
