//! Notices when a config file changes, appears or goes.
//!
//! Watches folders, not files: a watch on a file ends at the first program that
//! replaces it by renaming another one over it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{EventKind, ModifyKind};
use notify::{Config, Event, EventKindMask, RecommendedWatcher, RecursiveMode, Result, Watcher};

/// Programs write a file in several steps; one change is told once.
const QUIET: Duration = Duration::from_millis(150);
/// A program that never stops writing keeps nobody waiting longer than this.
const LONGEST: Duration = Duration::from_secs(1);

/// Follows a list of files until dropped.
pub(crate) struct Watch {
    watcher: RecommendedWatcher,
    watched: Arc<Mutex<Watched>>,
    /// Where another start of Warder calls, and its folder.
    call: PathBuf,
}

#[derive(Debug, Default)]
struct Watched {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

impl Watch {
    /// Calls `changed` (on a thread of its own) after a followed file changed,
    /// and `called` at once when the file `call` is made.
    ///
    /// # Errors
    ///
    /// When the system has no watch left to give.
    pub(crate) fn new(
        call: &Path,
        called: impl Fn() + Send + 'static,
        changed: impl Fn() + Send + 'static,
    ) -> Result<Watch> {
        let watched = Arc::new(Mutex::new(Watched::default()));
        let seen = Arc::clone(&watched);
        // Some systems tell of the place that a link leads to.
        let real = call.parent().and_then(|folder| folder.canonicalize().ok());
        let bells: Vec<PathBuf> = real
            .map(|folder| folder.join(call.file_name().unwrap_or_default()))
            .into_iter()
            .chain([call.to_owned()])
            .collect();
        let (sender, events) = channel();
        let hear = move |result: Result<Event>| {
            let matters = match result {
                Ok(event) if event.paths.iter().any(|path| bells.contains(path)) => {
                    if event.kind.is_create() {
                        called();
                    }
                    false
                }
                Ok(event) => seen.lock().expect("no panic while held").notice(&event),
                // What was missed is not known, so look again.
                Err(_) => true,
            };
            if matters {
                // Fails when nobody listens any more.
                let _ = sender.send(());
            }
        };
        // Reading changes nothing. Where `/etc` is watched, every start of a program would wake us: its loader reads there.
        let changes = Config::default().with_event_kinds(EventKindMask::CORE);
        let watcher = RecommendedWatcher::new(hear, changes)?;
        thread::Builder::new().name("changes".to_owned()).spawn(move || tell(&events, changed))?;
        let mut watch = Watch { watcher, watched, call: call.to_owned() };
        watch.follow(&[]);
        Ok(watch)
    }

    /// Whether another start of Warder would be heard.
    pub(crate) fn hears_calls(&self) -> bool {
        let folders = &self.watched.lock().expect("no panic while held").folders;
        self.call.parent().is_some_and(|folder| folders.contains(folder))
    }

    /// Follows exactly `files`, there or not. True when a folder was not
    /// watched before: what changed in it until now was not noticed.
    pub(crate) fn follow(&mut self, files: &[PathBuf]) -> bool {
        // A config may be a link into a folder of dotfiles: follow both.
        let targets = files.iter().filter_map(|file| file.canonicalize().ok());
        let files: BTreeSet<PathBuf> = files.iter().cloned().chain(targets).collect();
        let mut wanted: BTreeSet<PathBuf> = files.iter().filter_map(|file| nearest_folder(file)).collect();
        wanted.extend(self.call.parent().map(Path::to_owned));
        let known = {
            let mut watched = self.watched.lock().expect("no panic while held");
            watched.files = files;
            watched.folders.clone()
        };
        for folder in known.difference(&wanted) {
            // Fails when the folder is gone, and the watch with it.
            let _ = self.watcher.unwatch(folder);
        }
        // A folder that cannot be watched is read at the next scan all the same.
        let mut watch = |folder: &&PathBuf| self.watcher.watch(folder, RecursiveMode::NonRecursive).is_ok();
        let new: Vec<PathBuf> = wanted.difference(&known).filter(|folder| watch(folder)).cloned().collect();
        let news = !new.is_empty();
        let mut watched = self.watched.lock().expect("no panic while held");
        watched.folders.retain(|folder| wanted.contains(folder));
        watched.folders.extend(new);
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

/// Tells of changes once they have settled. Sleeps until there is one: a tick
/// of its own would wake the processor for nothing, all day.
fn tell(events: &Receiver<()>, changed: impl Fn()) {
    while events.recv().is_ok() {
        let first = Instant::now();
        loop {
            let left = LONGEST.saturating_sub(first.elapsed()).min(QUIET);
            match events.recv_timeout(left) {
                Ok(()) if !left.is_zero() => {}
                Ok(()) | Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        changed();
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
    use std::sync::atomic::{AtomicBool, Ordering};

    use notify::event::{AccessKind, CreateKind, DataChange, RemoveKind};

    use super::*;

    fn watch() -> (Watch, Receiver<()>) {
        let (sender, receiver) = channel();
        let changed = move || {
            let _ = sender.send(());
        };
        (Watch::new(Path::new("/nowhere/call"), || {}, changed).unwrap(), receiver)
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
    fn a_file_that_is_written_all_the_time_is_told_all_the_same() {
        let (sender, events) = channel();
        let (told, changes) = channel();
        thread::spawn(move || tell(&events, move || told.send(()).unwrap_or_default()));
        let over = Arc::new(AtomicBool::new(false));
        let writes = Arc::clone(&over);
        let writing = thread::spawn(move || {
            while !writes.load(Ordering::Relaxed) {
                sender.send(()).unwrap();
                thread::park_timeout(QUIET / 10);
            }
        });
        wait(&changes);
        wait(&changes);
        over.store(true, Ordering::Relaxed);
        writing.join().unwrap();
    }

    #[test]
    fn a_call_is_heard_whatever_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let call = dir.path().canonicalize().unwrap().join("call");
        let (sender, calls) = channel();
        let (told, changes) = channel();
        let called = move || sender.send(()).unwrap();
        let mut watch = Watch::new(&call, called, move || told.send(()).unwrap()).unwrap();
        for files in [vec![], vec![dir.path().join("mcp.json")], vec![]] {
            watch.follow(&files);
            assert!(watch.hears_calls());
            fs::write(&call, "--home /elsewhere").unwrap();
            fs::remove_file(&call).unwrap();
            wait(&calls);
        }
        assert!(changes.try_recv().is_err(), "a call is no change");
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn who_only_reads_wakes_nobody() {
        let dir = tempfile::tempdir().unwrap();
        let (mut watch, _changes) = watch();
        watch.follow(&[dir.path().canonicalize().unwrap().join("mcp.json")]);
        // What the kernel was asked for (proc_pid_fdinfo(5)), by every watch of this process: all are ours.
        let asked: Vec<u32> = fs::read_dir("/proc/self/fdinfo")
            .unwrap()
            .filter_map(|entry| fs::read_to_string(entry.unwrap().path()).ok())
            .flat_map(|info| info.lines().filter_map(mask).collect::<Vec<u32>>())
            .collect();
        assert!(!asked.is_empty());
        // inotify(7): read, closed after writing, closed, opened.
        let access = 0x01 | 0x08 | 0x10 | 0x20;
        assert!(asked.iter().all(|mask| mask & access == 0), "{asked:x?}");
    }

    /// The mask of a line that tells of a watch.
    #[cfg(target_os = "linux")]
    fn mask(line: &str) -> Option<u32> {
        let (_, mask) = line.strip_prefix("inotify ")?.split_once(" mask:")?;
        u32::from_str_radix(mask.split(' ').next()?, 16).ok()
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
