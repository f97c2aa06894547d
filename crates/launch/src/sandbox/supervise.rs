//! The outer stage: starts the fence, stays beside it, and leaves nothing.
//!
//! One socket joins it to the inner stage. Down it go what to start (so no
//! secret is ever in a command line) and then signals; up comes one byte when
//! the fence stands. Its end is the other side's death, whatever the cause.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::attached::Attached;
use super::bubblewrap;
use super::egress::{Egress, Reporter};
use super::fence::Fence;
use super::protect::Repositories;
use super::tries::Tries;
use super::{Sandbox, SandboxError, Start, descriptors, grants, inner, reap};
use crate::made;
use crate::stderr::tell;

/// Setting up takes milliseconds; this is for a file system that hangs.
const SETUP: Duration = Duration::from_secs(20);

/// What a server has to end by itself after it was told to.
/// Clients of the SDK's kind kill after two seconds: the last look has its time before.
const GRACE: Duration = Duration::from_millis(1500);

impl Fence {
    /// Runs the server inside to its end; its exit code, or 128 and the number
    /// of the signal that ended it. Call from the main thread: the fence dies
    /// with the thread that started it. What it tried to reach and may not is
    /// kept for the reporter's profile.
    pub fn run(mut self, mut start: Start, reporter: Reporter) -> Result<u8, SandboxError> {
        self.engine.settle(&mut start);
        let writes = self.writes.take();
        if let Some(sandbox) = &writes {
            // What came while a launcher was killed is told now.
            keep_and_tell(sandbox, self.engine.repositories(), &reporter);
        }
        let ended = self.run_watched(start, &reporter);
        if let Some(sandbox) = writes {
            // Nothing of the server runs any more: what is there now stays until somebody uses it.
            keep_and_tell(&sandbox, &grants::repositories(&sandbox), &reporter);
        }
        ended
    }

    fn run_watched(mut self, mut start: Start, reporter: &Reporter) -> Result<u8, SandboxError> {
        let (tries, watch) = self.watch(reporter).map_err(SandboxError::Io)?.unzip();
        let ended = match self.hosts.take() {
            None => self.supervise(start, None, watch),
            Some(hosts) => {
                let (egress, inner) = Egress::prepare(hosts, reporter.clone(), &mut start.env)?;
                let egress = Arc::new(egress);
                let ended = self.supervise(start, Some((&egress, inner)), watch);
                egress.finish();
                ended
            }
        };
        if let Some(tries) = tries {
            tries.finish();
        }
        ended.unwrap_or_else(|error| Err(SandboxError::Io(error)))
    }

    /// Who keeps what it tries, and the descriptor for the inner stage.
    fn watch(&mut self, reporter: &Reporter) -> io::Result<Option<(Tries, OwnedFd)>> {
        let Some(judge) = self.watched.take() else { return Ok(None) };
        let (ours, theirs) = UnixStream::pair()?;
        Ok(Some((Tries::keep(ours, judge, reporter.clone())?, theirs.into())))
    }

    fn supervise(
        self,
        start: Start,
        egress: Option<(&Arc<Egress>, OwnedFd)>,
        watch: Option<OwnedFd>,
    ) -> io::Result<Result<u8, SandboxError>> {
        let (egress, doors) = egress.unzip();
        // Before the start, so that no early end or signal is missed.
        let mut signals = Signals::new([SIGCHLD, SIGTERM, SIGINT, SIGHUP])?;
        self.engine.end_in_order()?;
        descriptors::keep_all()?;
        let (mut socket, theirs) = UnixStream::pair()?;
        socket.set_read_timeout(Some(SETUP))?;
        socket.set_write_timeout(Some(SETUP))?;
        // The client's own pipes go to the server alone. The engine gets none,
        // so that the client sees them close when the server closes them.
        let stdio = [
            rustix::io::dup(rustix::stdio::stdin())?,
            rustix::io::dup(rustix::stdio::stdout())?,
            rustix::io::dup(rustix::stdio::stderr())?,
        ];
        let mut words = vec![inner::COMMAND.to_owned()];
        for fd in [theirs.as_fd()].into_iter().chain(stdio.iter().map(AsFd::as_fd)) {
            words.push(descriptors::hand_over(&fd)?.to_string());
        }
        words.push(self.allowed.word());
        if let Some(watch) = &watch {
            words.push(format!("{}{}", inner::WATCH, descriptors::hand_over(watch)?));
        }
        if let Some(doors) = &doors {
            words.push(descriptors::hand_over(doors)?.to_string());
        }
        let mut engine = self.engine.around(&words)?;
        let (said, saying) = io::pipe()?;
        let child = engine.command.stderr(saying).spawn()?;
        drop((engine.command, engine.files, theirs, stdio, doors, watch));
        let (private, places) = self.engine.rest();
        let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
        rustix::stdio::dup2_stdin(&null)?;
        rustix::stdio::dup2_stdout(&null)?;

        let child = Arc::new(Mutex::new(child));
        let greeting = places.map(|places| Attached::to(&socket, &places)).transpose();
        let greeting = greeting.and_then(|attached| {
            greet(&mut socket, &start).map_err(SandboxError::Io)?;
            Ok(attached)
        });
        // This process stays as long as the server; the secrets need not.
        drop(start);
        let attached = match greeting {
            Ok(attached) => attached,
            Err(error) => {
                lock(&child).kill()?;
                lock(&child).wait()?;
                if private.is_some() {
                    reap::end_all();
                }
                let hung =
                    |error: &io::Error| matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut);
                return Ok(Err(match error {
                    SandboxError::Io(error) if !hung(&error) => bubblewrap::refusal(said),
                    error => error,
                }));
            }
        };
        if let Some(Err(error)) = egress.map(Egress::serve) {
            lock(&child).kill()?;
            lock(&child).wait()?;
            return Err(error);
        }
        if let Some(attached) = attached {
            let child = Arc::clone(&child);
            thread::Builder::new().spawn(move || {
                tell(format_args!("ended the server: {}", attached.keep()));
                // It may have ended meanwhile.
                let _ = lock(&child).kill();
            })?;
        }
        let mut told = false;
        for signal in signals.forever() {
            if signal == SIGCHLD {
                if let Some(status) = lock(&child).try_wait()? {
                    if private.is_some() {
                        reap::end_all();
                    }
                    return Ok(Ok(code(status)));
                }
                continue;
            }
            // A socket that is closed means that the end is on its way.
            let _ = socket.write_all(&[signal as u8]);
            if !told {
                told = true;
                end_after_grace(Arc::clone(&child));
            }
        }
        unreachable!("the signals are never closed")
    }
}

/// A note and no decision: where it cannot be kept, the server starts all the same.
fn keep_and_tell(sandbox: &Sandbox, found: &Repositories, reporter: &Reporter) {
    let Reporter { state, profile, server } = reporter;
    let grants = sandbox.write.iter().map(|grant| grant.path.as_path());
    let look = "look before you use git in the folders that it may write";
    match made::note(state, profile, grants, found) {
        Ok(0) => {}
        Ok(1) => tell(format_args!("{server} may have made a repository that has git run programs: {look}")),
        Ok(new) => tell(format_args!("{server} may have made {new} repositories that have git run programs: {look}")),
        Err(error) => tell(format_args!("which repositories {server} makes cannot be kept ({error}): {look}")),
    }
}

/// Sends what to start and waits for the inner stage's word that it has it.
fn greet(socket: &mut UnixStream, start: &Start) -> io::Result<()> {
    socket.write_all(&inner::encode(start))?;
    socket.read_exact(&mut [0])
}

/// Killing the engine kills the inner stage, and with it all that is inside.
fn end_after_grace(child: Arc<Mutex<Child>>) {
    thread::spawn(move || {
        thread::sleep(GRACE);
        // It may have ended meanwhile.
        let _ = lock(&child).kill();
    });
}

fn lock(child: &Mutex<Child>) -> std::sync::MutexGuard<'_, Child> {
    child.lock().expect("nothing panics while it is held")
}

fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
