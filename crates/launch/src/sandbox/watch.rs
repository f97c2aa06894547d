//! Inside: which files a watched server asks for.
//!
//! One more filter stops each call that names a file until this stage has read
//! the name, and then lets it go on: it decides nothing and loosens nothing,
//! since the call meets the same fence afterwards. What the name means is for
//! the outer stage to find out (`tries.rs`), who alone sees what is hidden.
//!
//! The limits: files that are reached through a descriptor that was open
//! already, and sockets, have no name here.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use libc::{c_int, c_long, sock_filter};

/// The longest name that the kernel takes.
const LONGEST: usize = 4096;

/// Its memory is read in pieces that end where a page does: the next one may
/// not be there.
const PAGE: u64 = 4096;

/// So many names that cannot be read, and none that can: it cannot be watched.
const BLIND: usize = 8;

/// What is told of each call: how, and which file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Read,
    Write,
    /// Names cannot be read here at all.
    Blind,
}

impl Way {
    pub(super) fn of(byte: u8) -> Option<Way> {
        [Way::Read, Way::Write, Way::Blind].into_iter().find(|way| *way as u8 == byte)
    }
}

/// Nothing that a server needs to be told apart by name: left out in here
/// already, because there is so much of it.
const PUBLIC: &[&str] = &["/usr", "/lib", "/lib64", "/proc", "/dev", "/sys"];

/// Whether a call reads or writes.
#[derive(Clone, Copy)]
enum Use {
    Reads,
    Writes,
    /// As the flags of `open` in this argument say.
    Flags(usize),
    /// As the first word of what this argument points to says.
    How(usize),
}

/// A call, where its folder's descriptor stands if it takes one, and its path.
struct Call {
    number: c_long,
    folder: Option<usize>,
    path: usize,
    uses: Use,
}

const fn call(number: c_long, folder: Option<usize>, path: usize, uses: Use) -> Call {
    Call { number, folder, path, uses }
}

const CALLS: &[Call] = &[
    call(libc::SYS_openat, Some(0), 1, Use::Flags(2)),
    call(libc::SYS_openat2, Some(0), 1, Use::How(2)),
    call(libc::SYS_newfstatat, Some(0), 1, Use::Reads),
    call(libc::SYS_statx, Some(0), 1, Use::Reads),
    call(libc::SYS_faccessat, Some(0), 1, Use::Reads),
    call(libc::SYS_faccessat2, Some(0), 1, Use::Reads),
    call(libc::SYS_readlinkat, Some(0), 1, Use::Reads),
    call(libc::SYS_chdir, None, 0, Use::Reads),
    call(libc::SYS_execve, None, 0, Use::Reads),
    call(libc::SYS_execveat, Some(0), 1, Use::Reads),
    call(libc::SYS_mkdirat, Some(0), 1, Use::Writes),
    call(libc::SYS_unlinkat, Some(0), 1, Use::Writes),
    call(libc::SYS_renameat, Some(0), 1, Use::Writes),
    call(libc::SYS_renameat2, Some(0), 1, Use::Writes),
    call(libc::SYS_truncate, None, 0, Use::Writes),
];

#[cfg(target_arch = "x86_64")]
const CALLS_HERE: &[Call] = &[
    call(libc::SYS_open, None, 0, Use::Flags(1)),
    call(libc::SYS_creat, None, 0, Use::Writes),
    call(libc::SYS_stat, None, 0, Use::Reads),
    call(libc::SYS_lstat, None, 0, Use::Reads),
    call(libc::SYS_access, None, 0, Use::Reads),
    call(libc::SYS_readlink, None, 0, Use::Reads),
    call(libc::SYS_mkdir, None, 0, Use::Writes),
    call(libc::SYS_rmdir, None, 0, Use::Writes),
    call(libc::SYS_unlink, None, 0, Use::Writes),
    call(libc::SYS_rename, None, 0, Use::Writes),
];
#[cfg(not(target_arch = "x86_64"))]
const CALLS_HERE: &[Call] = &[];

fn calls() -> impl Iterator<Item = &'static Call> {
    CALLS.iter().chain(CALLS_HERE)
}

/// Ready to watch; nothing is stopped yet.
pub(super) struct Watch(mpsc::Sender<OwnedFd>);

impl Watch {
    /// Begins to wait, in a thread of its own that stays free of the filter.
    /// What is seen goes to this socket.
    pub(super) fn begin(to: OwnedFd) -> io::Result<Watch> {
        let (sender, listeners) = mpsc::channel();
        thread::Builder::new().spawn(move || {
            if let Ok(listener) = listeners.recv() {
                answer(&listener, UnixStream::from(to));
            }
        })?;
        Ok(Watch(sender))
    }

    /// Puts this thread under the filter for good, and all that it starts.
    pub(super) fn install(self) -> io::Result<()> {
        let mut lines = filter();
        let program = libc::sock_fprog {
            len: u16::try_from(lines.len()).expect("the filter is short"),
            filter: lines.as_mut_ptr(),
        };
        let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
        #[expect(unsafe_code)]
        // SAFETY: the program is read during the call and lives as long.
        let listener = unsafe {
            libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, std::ptr::from_ref(&program))
        };
        let listener = c_int::try_from(listener).ok().filter(|listener| *listener >= 0);
        let listener = listener.ok_or_else(io::Error::last_os_error)?;
        #[expect(unsafe_code)]
        // SAFETY: the call has just made it, closed on exec, and nobody else has it.
        let listener = unsafe { OwnedFd::from_raw_fd(listener) };
        // Without the other thread, no call would ever go on.
        self.0.send(listener).map_err(|_| io::Error::other("nobody watches"))
    }
}

/// Those calls wait; all others go on.
fn filter() -> Vec<sock_filter> {
    const LOAD: u16 = 0x20;
    const EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    let line = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    // The number stands first in what the filter is given. Calls of another
    // architecture end the process by the other filter.
    let mut lines = vec![line(LOAD, 0, 0, 0)];
    let numbers: Vec<u32> = calls().map(|call| call.number as u32).collect();
    for (at, number) in numbers.iter().enumerate() {
        let left = u8::try_from(numbers.len() - at).expect("there are few");
        lines.push(line(EQUAL, left, 0, *number));
    }
    lines.push(line(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW));
    lines.push(line(RETURN, 0, 0, libc::SECCOMP_RET_USER_NOTIF));
    lines
}

/// Notes each call that waits, and lets it go on, until there is nobody left.
fn answer(listener: &OwnedFd, mut to: UnixStream) {
    let (mut seen, mut hidden) = (false, 0);
    while let Some(asked) = next(listener) {
        let found = calls().find(|call| call.number == c_long::from(asked.data.nr));
        let named = found.and_then(|call| Some((call, name(&asked, call)?)));
        let uses = named.as_ref().map_or(Way::Read, |(call, _)| way(&asked, call.uses));
        go_on(listener, asked.id);
        let told = match named {
            Some((_, path)) => {
                seen = true;
                tell(&mut to, uses, &path)
            }
            None if !seen && hidden < BLIND => {
                hidden += 1;
                if hidden == BLIND { send(&mut to, Way::Blind, b"") } else { Ok(()) }
            }
            None => Ok(()),
        };
        // Nobody listens any more, and the end is near; the calls must go on all the same.
        let _ = told;
    }
}

/// The next call that waits; `None` when none will come.
fn next(listener: &OwnedFd) -> Option<libc::seccomp_notif> {
    loop {
        let mut waiting = [rustix::event::PollFd::new(listener, rustix::event::PollFlags::IN)];
        match rustix::event::poll(&mut waiting, None) {
            Ok(_) if waiting[0].revents().contains(rustix::event::PollFlags::IN) => {}
            Ok(_) => return None,
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return None,
        }
        #[expect(unsafe_code)]
        // SAFETY: numbers only, which the kernel wants to be zero and fills in.
        let (asked, got) = unsafe {
            let mut asked: libc::seccomp_notif = std::mem::zeroed();
            let got = libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut asked);
            (asked, got)
        };
        if got == 0 {
            return Some(asked);
        }
        // Who asked may have died meanwhile.
        if !matches!(io::Error::last_os_error().raw_os_error(), Some(libc::EINTR | libc::ENOENT)) {
            return None;
        }
    }
}

fn go_on(listener: &OwnedFd, id: u64) {
    let flags = u32::try_from(libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE).expect("it is one bit");
    let mut answer = libc::seccomp_notif_resp { id, val: 0, error: 0, flags };
    #[expect(unsafe_code)]
    // SAFETY: the answer is read during the call. It fails for who died meanwhile.
    unsafe {
        libc::ioctl(listener.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut answer);
    }
}

fn way(asked: &libc::seccomp_notif, uses: Use) -> Way {
    const WRITING: u64 = (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT | libc::O_TRUNC) as u64;
    let flags = match uses {
        Use::Reads => return Way::Read,
        Use::Writes => return Way::Write,
        Use::Flags(at) => asked.data.args[at],
        Use::How(at) => memory(asked.pid, asked.data.args[at], 8)
            .and_then(|bytes| Some(u64::from_ne_bytes(*bytes.first_chunk()?)))
            .unwrap_or(0),
    };
    if flags & WRITING == 0 { Way::Read } else { Way::Write }
}

/// The file that a call means, as the server names it, from the root.
fn name(asked: &libc::seccomp_notif, call: &Call) -> Option<PathBuf> {
    let mut bytes = memory(asked.pid, asked.data.args[call.path], LONGEST)?;
    bytes.truncate(bytes.iter().position(|byte| *byte == 0)?);
    let path = PathBuf::from(std::ffi::OsString::from_vec(bytes));
    if path.is_absolute() {
        return Some(path);
    }
    let folder = call.folder.map(|at| asked.data.args[at] as c_int).filter(|number| *number != libc::AT_FDCWD);
    let place = folder.map_or_else(|| "cwd".to_owned(), |number| format!("fd/{number}"));
    let folder = fs::read_link(format!("/proc/{}/{place}", asked.pid)).ok()?;
    folder.is_absolute().then(|| folder.join(path))
}

/// What stands there, up to a NUL if there is one; at most so many bytes.
fn memory(pid: u32, from: u64, most: usize) -> Option<Vec<u8>> {
    let memory = File::open(format!("/proc/{pid}/mem")).ok()?;
    let mut bytes = Vec::new();
    while bytes.len() < most {
        let at = from + bytes.len() as u64;
        let room = (PAGE - at % PAGE).min((most - bytes.len()) as u64) as usize;
        let mut piece = vec![0; room];
        let read = memory.read_at(&mut piece, at).ok().filter(|read| *read > 0)?;
        bytes.extend(&piece[..read]);
        if piece[..read].contains(&0) {
            break;
        }
    }
    Some(bytes)
}

fn tell(to: &mut UnixStream, way: Way, path: &Path) -> io::Result<()> {
    if PUBLIC.iter().any(|public| path.starts_with(public)) {
        return Ok(());
    }
    send(to, way, path.as_os_str().as_bytes())
}

/// One byte for the way, two for the length, then the path.
fn send(to: &mut UnixStream, way: Way, path: &[u8]) -> io::Result<()> {
    let Ok(length) = u16::try_from(path.len()) else { return Ok(()) };
    to.write_all(&[&[way as u8][..], &length.to_be_bytes(), path].concat())
}
