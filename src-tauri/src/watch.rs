//! Notices when a config file changes, appears or goes.
//!
//! Watches folders, not files: a watch on a file ends at the first program that
//! replaces it by renaming another one over it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use notify_debouncer_full::notify::event::{EventKind, ModifyKind};
use notify_debouncer_full::notify::{Config, Event, RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, NoCache, new_debouncer_opt};

/// Programs write a file in several steps; one change is told once.
const QUIET: Duration = Duration::from_millis(150);

/// Follows a list of files until dropped.
pub(crate) struct Watch {
    debouncer: Debouncer<RecommendedWatcher, NoCache>,
    watched: Arc<Mutex<Watched>>,
}

#[derive(Debug, Default)]
struct Watched {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl Watch {
    /// Calls `changed` (on a thread of its own) after a followed file changed.
    ///
    /// # Errors
    ///
    /// When the system has no watch left to give.
    pub(crate) fn new(changed: impl Fn() + Send + 'static) -> notify_debouncer_full::notify::Result<Watch> {
        let watched = Arc::new(Mutex::new(Watched::default()));
        let seen = Arc::clone(&watched);
        let on_events = move |result: DebounceEventResult| {
            let matters = match result {
                Ok(events) => {
                    let mut watched = seen.lock().expect("no panic while held");
                    // Every one of them: each may say that a folder is gone.
                    let matters = events.iter().filter(|event| watched.notice(&event.event));
                    matters.count() > 0
                }
                // What was missed is not known, so look again.
                Err(_) => true,
            };
            if matters {
                changed();
            }
        };
        let debouncer = new_debouncer_opt(QUIET, None, on_events, NoCache, Config::default())?;
        Ok(Watch { debouncer, watched })
    }

    /// Follows exactly `files`, there or not. True when a folder was not
    /// watched before: what changed in it until now was not noticed.
    pub(crate) fn follow(&mut self, files: &[PathBuf]) -> bool {
        // A config may be a link into a folder of dotfiles: follow both.
        let targets = files.iter().filter_map(|file| file.canonicalize().ok());
        let files: BTreeSet<PathBuf> = files.iter().cloned().chain(targets).collect();
        let wanted: BTreeSet<PathBuf> = files.iter().filter_map(|file| nearest_folder(file)).collect();
        let known = {
            let mut watched = self.watched.lock().expect("no panic while held");
            watched.files = files;
            std::mem::take(&mut watched.folders)
        };
        for folder in known.difference(&wanted) {
            // Fails when the folder is gone, and the watch with it.
            let _ = self.debouncer.unwatch(folder);
        }
        let mut news = false;
        let mut folders: BTreeSet<PathBuf> = known.intersection(&wanted).cloned().collect();
        for folder in wanted.difference(&known) {
            // A folder that cannot be watched is read at the next scan all the same.
            if self.debouncer.watch(folder, RecursiveMode::NonRecursive).is_ok() {
                news |= folders.insert(folder.clone());
            }
        }
        self.watched.lock().expect("no panic while held").folders.extend(folders);
        news
    }
}

impl Watched {
    /// Whether an event is about a followed file or a folder above it.
    fn notice(&mut self, event: &Event) -> bool {
        // Our own reading would call for the next reading, for ever.
        if event.kind.is_access() {
            return false;
        }
        if matches!(event.kind, EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_))) {
            // A folder that is made again needs a new watch.
            self.folders.retain(|folder| !event.paths.contains(folder));
        }
        event.need_rescan() || event.paths.iter().any(|path| self.files.iter().any(|file| file.starts_with(path)))
    }
}

/// The folder that has to be watched to hear of `file`: its own, or the
/// closest one above it that exists.
fn nearest_folder(file: &Path) -> Option<PathBuf> {
    file.ancestors().skip(1).find(|folder| folder.is_dir()).map(Path::to_owned)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc::{Receiver, channel};

    use notify_debouncer_full::notify::event::{AccessKind, CreateKind, DataChange, RemoveKind};

    use super::*;

    fn watch() -> (Watch, Receiver<()>) {
        let (sender, receiver) = channel();
        let changed = move || {
            let _ = sender.send(());
        };
        (Watch::new(changed).unwrap(), receiver)
    }

    fn wait(changes: &Receiver<()>) {
        changes.recv_timeout(Duration::from_secs(30)).expect("the change is noticed");
    }

    #[test]
    fn a_replaced_file_is_noticed_every_time() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().canonicalize().unwrap().join("mcp.json");
        fs::write(&file, "{}").unwrap();
        let (mut watch, changes) = watch();
        assert!(watch.follow(std::slice::from_ref(&file)));
        assert!(!watch.follow(std::slice::from_ref(&file)), "it is watched already");
        for _ in 0..3 {
            fs::write(file.with_extension("new"), "{ }").unwrap();
            fs::rename(file.with_extension("new"), &file).unwrap();
            wait(&changes);
        }
    }

    #[test]
    fn a_folder_that_comes_later_is_noticed_and_then_followed() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().canonicalize().unwrap().join(".cursor/mcp.json");
        let (mut watch, changes) = watch();
        watch.follow(std::slice::from_ref(&file));
        for _ in 0..2 {
            fs::create_dir(file.parent().unwrap()).unwrap();
            wait(&changes);
            assert!(watch.follow(std::slice::from_ref(&file)), "the folder is new");
            fs::write(&file, "{}").unwrap();
            wait(&changes);
            fs::remove_dir_all(file.parent().unwrap()).unwrap();
            wait(&changes);
            watch.follow(std::slice::from_ref(&file));
            while changes.try_recv().is_ok() {}
        }
    }

    #[test]
    fn only_changes_of_followed_files_matter() {
        let file = PathBuf::from("/home/a/.cursor/mcp.json");
        let folders = BTreeSet::from([PathBuf::from("/home/a/.cursor")]);
        let mut watched = Watched { files: BTreeSet::from([file.clone()]), folders };
        let data = EventKind::Modify(ModifyKind::Data(DataChange::Any));
        let mut notice = |kind, path: &str| watched.notice(&Event::new(kind).add_path(path.into()));
        assert!(notice(data, "/home/a/.cursor/mcp.json"));
        assert!(notice(EventKind::Create(CreateKind::Folder), "/home/a/.cursor"));
        assert!(!notice(data, "/home/a/.cursor/mcp.json.tmp"));
        assert!(!notice(data, "/home/a/.cursor-notes"));
        assert!(!notice(EventKind::Access(AccessKind::Any), "/home/a/.cursor/mcp.json"));
        assert!(!watched.folders.is_empty());
        watched.notice(&Event::new(EventKind::Remove(RemoveKind::Folder)).add_path("/home/a/.cursor".into()));
        assert!(watched.folders.is_empty(), "a removed folder has no watch any more");
    }
}
