//! Outside: what a watched server's names of files mean, and what is kept of them.
//!
//! Only what is there and hidden from it is worth a word: whoever asks for
//! what is nowhere was refused nothing. Nothing of this goes back inside, nor
//! out of this computer (`resolve.rs`).

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::bubblewrap::{NETWORK_SETTINGS, SETTINGS};
use super::egress::Reporter;
use super::resolve::{Elsewhere, resolve};
use super::watch::Way;
use super::{Sandbox, is_run_by_others};
use crate::state::State;
use crate::stderr::tell;
use crate::tried::{self, MOST, Tried, TriedPath};

/// Between two writes; a server that does not end by itself is killed.
const PAUSE: Duration = Duration::from_millis(300);

/// At the end, for the last write.
const PATIENCE: Duration = Duration::from_secs(2);

/// Names that were judged and are remembered.
const MOST_JUDGED: usize = 20_000;

/// Seen by every server, or of no use to any.
const PUBLIC: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/dev", "/sys"];

/// Private in every sandbox, or full of other programs' sockets.
const PRIVATE: &[&str] = &["/tmp", "/run", "/var/run", "/var/tmp"];

/// What the system's own library looks for everywhere.
const LOADER: &[&str] = &["/etc/ld.so.preload", "/etc/ld.so.conf"];

/// What is worth a word, for this sandbox.
pub(super) struct Judge {
    read: Vec<PathBuf>,
    write: Vec<PathBuf>,
    home: PathBuf,
    /// The user's own, real one.
    state: PathBuf,
}

impl Judge {
    pub(super) fn of(sandbox: &Sandbox, state: &State) -> Judge {
        let paths = |grants: &[super::Grant]| grants.iter().map(|grant| grant.path.clone()).collect();
        Judge {
            read: paths(&sandbox.read),
            write: paths(&sandbox.write),
            home: sandbox.home.clone(),
            state: state.dir().to_owned(),
        }
    }

    /// What was refused by this: itself without links, or the folder that it was to be made in.
    fn refused(&self, path: &Path, write: bool) -> Option<PathBuf> {
        if self.is_public(path) {
            return None;
        }
        let elsewhere = Elsewhere::now()?;
        let granted = || self.read.iter().chain(&self.write);
        let follows = |link: &Path| !self.is_public(link) && !granted().any(|grant| link.starts_with(grant));
        let resolve = |path: &Path| resolve(path, &elsewhere, follows);
        let real = match resolve(path) {
            Some(real) => real,
            None if write => resolve(path.parent()?)?,
            None => return None,
        };
        // The way to what is granted is there inside, and so is a home.
        let is_on_the_way =
            self.home.starts_with(&real) || granted().any(|inner| *inner != real && inner.starts_with(&real));
        if is_on_the_way || self.is_public(&real) || real.starts_with(&self.state) {
            return None;
        }
        let inside = |grants: &[PathBuf]| grants.iter().any(|grant| real.starts_with(grant));
        let stays = || real.iter().any(is_run_by_others);
        let covered = if write { inside(&self.write) && !stays() } else { inside(&self.read) || inside(&self.write) };
        (!covered).then_some(real)
    }

    fn is_public(&self, path: &Path) -> bool {
        let lists = [PUBLIC, PRIVATE, SETTINGS, NETWORK_SETTINGS, LOADER];
        !path.starts_with(&self.home) && lists.into_iter().flatten().any(|public| path.starts_with(public))
    }
}

/// The thread that keeps them.
pub(super) struct Tries(Receiver<()>);

impl Tries {
    /// Listens at this socket until its other end is closed.
    pub(super) fn keep(from: UnixStream, judge: Judge, reporter: Reporter) -> io::Result<Tries> {
        let (sender, seen) = sync_channel(1024);
        let (done, written) = sync_channel(1);
        thread::Builder::new().spawn(move || drop(listen(from, &sender)))?;
        thread::Builder::new().spawn(move || {
            keep(&judge, &reporter, &seen);
            // Nobody may be waiting.
            let _ = done.send(());
        })?;
        Ok(Tries(written))
    }

    /// Waits a moment until all is written.
    pub(super) fn finish(self) {
        let _ = self.0.recv_timeout(PATIENCE);
    }
}

fn listen(mut from: UnixStream, seen: &SyncSender<(Way, PathBuf)>) -> io::Result<()> {
    loop {
        let mut head = [0; 3];
        from.read_exact(&mut head)?;
        let way = Way::of(head[0]).ok_or(io::ErrorKind::InvalidData)?;
        let mut path = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        from.read_exact(&mut path)?;
        let path = PathBuf::from(std::ffi::OsString::from_vec(path));
        if seen.send((way, path)).is_err() {
            return Ok(());
        }
    }
}

fn keep(judge: &Judge, reporter: &Reporter, seen: &Receiver<(Way, PathBuf)>) {
    let mut judged: HashMap<(PathBuf, bool), Option<PathBuf>> = HashMap::new();
    let mut found: BTreeMap<(PathBuf, bool), u64> = BTreeMap::new();
    let (mut tried, mut until, mut changed) = (Tried::default(), Instant::now() + PAUSE, true);
    loop {
        let next = seen.recv_timeout(until.saturating_duration_since(Instant::now()));
        match &next {
            Ok((Way::Blind, _)) => (tried.blind, changed) = (true, true),
            Ok((way, path)) => {
                let key = (path.clone(), *way == Way::Write);
                let known = judged.get(&key).cloned();
                let refused = known.unwrap_or_else(|| {
                    let refused = judge.refused(&key.0, key.1);
                    if judged.len() < MOST_JUDGED {
                        judged.insert(key.clone(), refused.clone());
                    }
                    refused
                });
                if let Some(path) = refused {
                    let room = found.len() < MOST;
                    match found.get_mut(&(path.clone(), key.1)) {
                        Some(times) => *times = times.saturating_add(1),
                        None if room => drop(found.insert((path, key.1), 1)),
                        None => tried.cut = true,
                    }
                    changed = true;
                }
            }
            Err(_) => {}
        }
        if Instant::now() < until && next.is_ok() {
            continue;
        }
        if std::mem::take(&mut changed) {
            // A name that is no text can be neither shown nor allowed.
            let told = found.iter().filter(|((path, _), _)| path.to_str().is_some());
            let paths =
                told.map(|((path, write), times)| TriedPath { path: path.clone(), write: *write, times: *times });
            tried.paths = paths.collect();
            if tried::write(&reporter.state, &reporter.profile, &tried).is_err() {
                tell("what was tried cannot be kept for the window");
            }
        }
        if matches!(next, Err(RecvTimeoutError::Disconnected)) {
            return;
        }
        until = Instant::now() + PAUSE;
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Grant;
    use super::*;

    #[test]
    fn only_what_is_there_and_hidden_counts() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        for dir in ["work/.git", "read", "other", ".warder/profiles"] {
            fs::create_dir_all(home.join(dir)).unwrap();
        }
        for file in ["work/a", "read/a", "other/a", "top"] {
            fs::write(home.join(file), "").unwrap();
        }
        std::os::unix::fs::symlink(home.join("other"), home.join("work/link")).unwrap();
        std::os::unix::fs::symlink(home.join("other"), home.join("hidden")).unwrap();
        let grant = |name: &str| Grant { path: home.join(name), device: 0, inode: 0 };
        let sandbox = Sandbox { read: vec![grant("read")], write: vec![grant("work")], ..Sandbox::new(&home) };
        let judge = Judge::of(&sandbox, &State::at(home.join(".warder")));
        for (path, write, expected) in [
            ("other/a", false, Some("other/a")),
            ("other/a", true, Some("other/a")),
            ("other", false, Some("other")),
            ("top", false, Some("top")),
            ("other/new", true, Some("other")),
            ("other/new", false, None),
            ("nowhere/new", true, None),
            ("read/a", false, None),
            ("read/a", true, Some("read/a")),
            ("read/new", true, Some("read")),
            ("work/a", true, None),
            ("work/new", true, None),
            ("work/.git", true, Some("work/.git")),
            ("work/.git", false, None),
            // The server sees when this link was read last.
            ("work/link/a", false, None),
            ("hidden/a", false, Some("other/a")),
            ("work/../other/a", false, Some("other/a")),
            ("", false, None),
            ("new", true, None),
            (".warder/profiles", false, None),
        ] {
            let refused = judge.refused(&home.join(path), write);
            assert_eq!(refused, expected.map(|path| home.join(path)), "{path} {write}");
        }
        for path in ["/usr/bin/env", "/etc/passwd", "/proc/1/mem", "/tmp", "/", "relative", "/etc/hosts"] {
            assert_eq!(judge.refused(Path::new(path), false), None, "{path}");
        }
    }
}
