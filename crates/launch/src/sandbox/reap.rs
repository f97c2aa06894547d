//! The end of all that a server started, where no namespace sees to it.
//!
//! Both stages of such a fence are subreapers: what loses its parent becomes
//! the child of the nearest one, however often it forked and whatever session
//! it is in.

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, kill_process, set_child_subreaper, wait};

/// From now on orphans come to this process.
pub(super) fn gather_orphans() -> std::io::Result<()> {
    Ok(set_child_subreaper(Some(getpid()))?)
}

/// Kills the children of this process, and those that come to it by that,
/// until there are none. Only children, because nobody else can reap them: a
/// number cannot come to mean another process in between.
pub(super) fn end_all() {
    loop {
        for child in children() {
            // It may have ended meanwhile.
            let _ = kill_process(child, Signal::KILL);
        }
        if wait(WaitOptions::empty()).is_err_and(|error| error != Errno::INTR) {
            return;
        }
    }
}

fn children() -> Vec<Pid> {
    let own = getpid().as_raw_pid();
    let names = std::fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.file_name());
    let numbers = names.filter_map(|name| name.to_str()?.parse::<i32>().ok());
    numbers.filter(|number| parent(*number) == Some(own)).filter_map(Pid::from_raw).collect()
}

/// The fourth word of `stat`; the second is a name in brackets, which may hold
/// anything.
fn parent(number: i32) -> Option<i32> {
    let stat = std::fs::read(format!("/proc/{number}/stat")).ok()?;
    let after = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(&stat[after + 1..]).ok()?;
    rest.split_ascii_whitespace().nth(1)?.parse().ok()
}
