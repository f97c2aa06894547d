//! What was refused during one start: told once, and kept.
//!
//! A thread of its own does both, so that neither a slow disk nor a client that
//! does not read stderr holds up a server, and a flood of names is one write a
//! second.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crate::id::ProfileId;
use crate::refused::{self, RefusedHost};
use crate::state::State;
use crate::stderr::tell;

/// What is told; all else is only counted.
const MOST_TOLD: usize = 20;

/// Names that wait to be counted; those beyond are forgotten.
const WAITING: usize = 1024;

/// Between two writes.
const PAUSE: Duration = Duration::from_secs(1);

/// At the end, for the last write.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whose refusals they are.
#[derive(Clone)]
pub struct Reporter {
    pub state: State,
    pub profile: ProfileId,
    /// As its config names it; shown.
    pub server: String,
}

pub(super) struct Refusals {
    /// Taken at the end.
    sender: Mutex<Option<SyncSender<Refusal>>>,
    written: Mutex<Receiver<()>>,
}

#[derive(Clone)]
pub(super) enum Refusal {
    /// No host that the user allowed.
    NotAllowed { host: String, port: u16 },
    /// Allowed, but it leads to this computer or its neighbours.
    LeadsHome { host: String },
}

impl Refusals {
    pub(super) fn new(reporter: Reporter) -> std::io::Result<Refusals> {
        let (sender, receiver) = sync_channel(WAITING);
        let (done, written) = sync_channel(1);
        thread::Builder::new().spawn(move || {
            keep(&reporter, &receiver);
            // Nobody may be waiting.
            let _ = done.send(());
        })?;
        Ok(Refusals { sender: Mutex::new(Some(sender)), written: Mutex::new(written) })
    }

    pub(super) fn add(&self, refusal: Refusal) {
        if let Some(sender) = &*lock(&self.sender) {
            // Of too many at once, some are not counted.
            let _ = sender.try_send(refusal);
        }
    }

    /// Waits a moment until all are written.
    pub(super) fn finish(&self) {
        lock(&self.sender).take();
        let _ = lock(&self.written).recv_timeout(PATIENCE);
    }
}

fn lock<T>(value: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    value.lock().expect("nothing panics while it is held")
}

fn keep(reporter: &Reporter, refusals: &Receiver<Refusal>) {
    let (mut told, mut failed) = (BTreeSet::new(), false);
    while let Ok(first) = refusals.recv() {
        let mut new: Vec<RefusedHost> = Vec::new();
        let (mut next, until) = (Ok(first), Instant::now() + PAUSE);
        while let Ok(refusal) = next {
            note(refusal, &mut new, &mut told, &reporter.server);
            next = refusals.recv_timeout(until.saturating_duration_since(Instant::now()));
        }
        if !new.is_empty() && refused::add(&reporter.state, &reporter.profile, &new).is_err() && !failed {
            failed = true;
            tell("what was refused cannot be kept for the window");
        }
        if matches!(next, Err(RecvTimeoutError::Disconnected)) {
            return;
        }
    }
}

fn note(refusal: Refusal, new: &mut Vec<RefusedHost>, told: &mut BTreeSet<String>, server: &str) {
    let line = match refusal {
        Refusal::LeadsHome { host } => {
            format!("{server} may reach {host}, but that leads to this computer or its network, so it was refused")
        }
        Refusal::NotAllowed { host, port } => {
            let line = format!("{server} may not reach {host}:{port}");
            if refused::is_name(&host) {
                let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
                match new.iter_mut().find(|old| (&old.host, old.port) == (&host, port)) {
                    Some(old) => (old.times, old.last) = (old.times + 1, now),
                    None => new.push(RefusedHost { host, port, times: 1, last: now }),
                }
            }
            line
        }
    };
    if told.len() == MOST_TOLD {
        told.insert(String::new());
        tell(format_args!("{server} tried to reach more that it may not"));
    } else if told.len() < MOST_TOLD && told.insert(line.clone()) {
        tell(line);
    }
}
