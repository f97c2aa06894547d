//! A process between Warder and what it starts to look at: it ends all of that.
//!
//! What loses its parent becomes a child of the guard, in whatever session or
//! group it is, so nothing outlives the one that was started, nor Warder. It is
//! a fork of Warder that starts no program and allocates nothing: another
//! thread may have held any lock at the fork.

use std::io;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, getpid, getppid, kill_process, set_child_subreaper, set_parent_process_death_signal,
};

/// For a server that was told to end.
const GRACE: libc::timespec = libc::timespec { tv_sec: 0, tv_nsec: 500_000_000 };

/// Between fork and exec of a command: this process becomes the guard and never
/// comes back, and what does come back is the command's, in another process.
pub(super) fn between(starter: Pid) -> io::Result<()> {
    let guard = getpid();
    set_child_subreaper(Some(guard))?;
    #[expect(unsafe_code)]
    // SAFETY: what follows in either process is system calls alone.
    let forked = unsafe { libc::fork() };
    match forked {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // It may have ended before that was asked for.
            if getppid() == Some(guard) { Ok(()) } else { Err(Errno::SRCH.into()) }
        }
        server => stay(starter, server),
    }
}

/// Until the server's end, or a signal; then the end of all.
fn stay(starter: Pid, server: libc::pid_t) -> ! {
    let signals = blocked();
    // The pipes are the server's alone; and whoever waits for its exec waits for them to close.
    close_all();
    let mut told = set_parent_process_death_signal(Some(Signal::TERM)).is_err() || getppid() != Some(starter);
    let code = loop {
        if let Some(code) = ended(server) {
            break code;
        }
        match next(&signals, told) {
            libc::SIGCHLD => {}
            signal if signal > 0 && !told => {
                told = true;
                if let Some(server) = Pid::from_raw(server) {
                    let _ = kill_process(server, Signal::TERM);
                }
            }
            // It had its time.
            _ if told => break 128 + libc::SIGKILL,
            _ => {}
        }
    };
    end_all();
    #[expect(unsafe_code)]
    // SAFETY: ends this process, and runs nothing of Warder's on the way.
    unsafe {
        libc::_exit(code)
    }
}

/// Reaps what has ended; the server's exit code once it is among it.
fn ended(server: libc::pid_t) -> Option<i32> {
    loop {
        let mut status = 0;
        #[expect(unsafe_code)]
        // SAFETY: a number of this frame is written.
        let found = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) };
        match found {
            0 => return None,
            // None left, by a program that wants no word of its children.
            -1 => return Some(1),
            found if found == server && libc::WIFEXITED(status) => return Some(libc::WEXITSTATUS(status)),
            found if found == server => return Some(128 + libc::WTERMSIG(status)),
            _ => {}
        }
    }
}

/// Kills the children of this process, and those that come to it by that, until there are none.
fn end_all() {
    loop {
        let mut buffer = [0; 4096];
        // Without /proc, its end is the server's, as far as that asked for it.
        let Some(children) = children(&mut buffer) else { return };
        children.for_each(|child| {
            let _ = kill_process(child, Signal::KILL);
        });
        #[expect(unsafe_code)]
        // SAFETY: nothing is written.
        let waited = unsafe { libc::waitpid(-1, std::ptr::null_mut(), 0) };
        if waited == -1 && io::Error::last_os_error().raw_os_error() != Some(libc::EINTR) {
            return;
        }
    }
}

/// As many of them as fit; the rest at the next look.
fn children(buffer: &mut [u8; 4096]) -> Option<impl Iterator<Item = Pid>> {
    use rustix::fs::{Mode, OFlags, open};
    let file = open(c"/proc/thread-self/children", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
    let read = file.and_then(|file| rustix::io::read(file, &mut buffer[..])).ok()?;
    let whole = buffer[..read].iter().rposition(|byte| *byte == b' ').unwrap_or(0);
    let words = buffer[..whole].split(|byte| *byte == b' ');
    Some(words.filter_map(|word| Pid::from_raw(std::str::from_utf8(word).ok()?.parse().ok()?)))
}

/// What it waits for, kept from going anywhere else.
fn blocked() -> libc::sigset_t {
    #[expect(unsafe_code)]
    // SAFETY: a set of this frame, emptied before it is read.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        for signal in [libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
            libc::sigaddset(&raw mut set, signal);
        }
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut());
        set
    }
}

/// The next signal; -1 where none came in time.
fn next(signals: &libc::sigset_t, told: bool) -> i32 {
    let grace = GRACE;
    let limit = if told { &raw const grace } else { std::ptr::null() };
    #[expect(unsafe_code)]
    // SAFETY: both live in this frame or for ever, and nothing is written.
    unsafe {
        libc::sigtimedwait(signals, std::ptr::null_mut(), limit)
    }
}

fn close_all() {
    #[expect(unsafe_code)]
    // SAFETY: nothing of this process uses one any more.
    unsafe {
        if libc::syscall(libc::SYS_close_range, 0, libc::c_uint::MAX, 0) != 0 {
            (0..4096).for_each(|number| {
                libc::close(number);
            });
        }
    }
}
