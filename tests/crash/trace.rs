//! One program, stopped at each of its calls that change something on the disk
//! or speak to the bus: to count them, to end it there, or to let one fail.
//!
//! By ptrace and not by a preloaded library: part of what is called never
//! passes the C library.

use std::fs;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// A call that is about to be made, or that was made.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// From 0.
    pub(crate) nth: usize,
    /// Who makes it.
    pub(crate) by: Pid,
    /// `fsync .cursor`.
    pub(crate) name: String,
    /// Whether it was made already.
    pub(crate) made: bool,
}

/// What becomes of the program there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    Go,
    /// SIGKILL; a call that was not made yet is not made.
    Kill,
    /// The call is not made and gives this error.
    Fail(Errno),
}

/// Runs `command` to its end; `at` is asked before and after each call that
/// concerns something below `root`, or a socket.
#[expect(clippy::zombie_processes, reason = "its end is waited for as its tracer")]
pub(crate) fn run(command: &Command, root: &Path, mut at: impl FnMut(&Call) -> Then) -> Output {
    let mut child = Command::new("/bin/sh");
    // Waits until it is watched, and then becomes the program.
    child.args(["-c", "read -r go && exec \"$@\"", "sh"]).arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => child.env(name, value),
            None => child.env_remove(name),
        };
    }
    child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = child.spawn().unwrap();
    let main = Pid::from_raw(child.id().try_into().unwrap());
    let options = Options::PTRACE_O_TRACEEXEC
        | Options::PTRACE_O_TRACESYSGOOD
        | Options::PTRACE_O_TRACECLONE
        | Options::PTRACE_O_EXITKILL;
    ptrace::seize(main, options).unwrap();
    child.stdin.take().unwrap().write_all(b"\n").unwrap();

    let mut watch = Watch { root: root.to_str().unwrap(), seen: 0, under_way: Vec::new() };
    let program = Path::new(command.get_program()).canonicalize().unwrap();
    let mut is_program = false;
    let status = loop {
        // A thread may be gone by the time it is to go on.
        let go = |pid, signal: Option<Signal>| match ptrace::syscall(pid, signal) {
            Err(Errno::ESRCH) | Ok(()) => {}
            Err(error) => panic!("cannot go on: {error}"),
        };
        match waitpid(None, Some(WaitPidFlag::__WALL)).unwrap() {
            // What the shell calls before it is the program does not count.
            WaitStatus::PtraceSyscall(pid) if !is_program => go(pid, None),
            WaitStatus::Exited(pid, code) if pid == main => break ExitStatus::from_raw(code << 8),
            WaitStatus::Signaled(pid, signal, _) if pid == main => break ExitStatus::from_raw(signal as i32),
            WaitStatus::PtraceSyscall(pid) => {
                // Killed meanwhile, if it cannot be asked.
                let Ok(info) = ptrace::syscall_info(pid) else { continue };
                match watch.stop(pid, info.op == libc::PTRACE_SYSCALL_INFO_ENTRY, &mut at) {
                    Then::Kill => {
                        let _ = nix::sys::signal::kill(main, Signal::SIGKILL);
                    }
                    Then::Go | Then::Fail(_) => go(pid, None),
                }
            }
            WaitStatus::PtraceEvent(pid, _, event) => {
                // The shell itself may still be on its way when it is first watched.
                let now = fs::read_link(format!("/proc/{pid}/exe")).ok();
                is_program |= event == libc::PTRACE_EVENT_EXEC && now.as_ref() == Some(&program);
                go(pid, None);
            }
            WaitStatus::Stopped(pid, signal) => go(pid, Some(signal)),
            _ => {}
        }
    };
    let mut output = Output { status, stdout: Vec::new(), stderr: Vec::new() };
    std::io::Read::read_to_end(&mut child.stdout.take().unwrap(), &mut output.stdout).unwrap();
    std::io::Read::read_to_end(&mut child.stderr.take().unwrap(), &mut output.stderr).unwrap();
    output
}

struct Watch<'a> {
    root: &'a str,
    seen: usize,
    /// Calls that were begun: by whom, and the error that they are to give.
    under_way: Vec<(Pid, Call, Option<Errno>)>,
}

impl Watch<'_> {
    fn stop(&mut self, pid: Pid, entered: bool, at: &mut impl FnMut(&Call) -> Then) -> Then {
        // Killed meanwhile.
        let Ok(mut registers) = ptrace::getregs(pid) else { return Then::Go };
        if !entered {
            let Some(index) = self.under_way.iter().position(|(by, ..)| *by == pid) else { return Then::Go };
            let (_, call, error) = self.under_way.swap_remove(index);
            if let Some(error) = error {
                registers.rax = u64::from_ne_bytes((-(error as i64)).to_ne_bytes());
                ptrace::setregs(pid, registers).unwrap();
                return Then::Go;
            }
            return at(&Call { made: true, ..call });
        }
        let Some(name) = self.name(pid, &registers) else { return Then::Go };
        let call = Call { nth: self.seen, by: pid, name, made: false };
        self.seen += 1;
        let then = at(&call);
        if then != Then::Go {
            // There is no such call, so nothing is done.
            registers.orig_rax = u64::MAX;
            ptrace::setregs(pid, registers).unwrap();
        }
        let error = if let Then::Fail(error) = then { Some(error) } else { None };
        self.under_way.push((pid, call, error));
        then
    }

    /// The call and what it is about, if it counts.
    fn name(&self, pid: Pid, registers: &libc::user_regs_struct) -> Option<String> {
        let number = registers.orig_rax.cast_signed();
        let (_, name, about) = CALLS.iter().find(|(known, ..)| *known == number)?;
        let arguments = [registers.rdi, registers.rsi, registers.rdx];
        let link = |fd: u64| fs::read_link(format!("/proc/{pid}/fd/{}", fd.cast_signed())).ok();
        let place = match about {
            About::Creating(name) => {
                let flags = arguments[name + 1];
                (flags & u64::from(libc::O_CREAT.cast_unsigned()) != 0).then(|| self.text(pid, arguments[*name]))?
            }
            About::Name(name) => self.text(pid, arguments[*name]),
            About::Socket => {
                let socket = link(registers.rdi)?;
                socket.to_string_lossy().starts_with("socket:").then(|| " to the bus".to_owned())?
            }
            About::File => {
                let file = link(registers.rdi)?;
                format!(" {}", file.to_str()?.strip_prefix(self.root)?.trim_start_matches('/'))
            }
        };
        Some(format!("{name}{place}"))
    }

    /// A name in the program's memory, from the root on.
    fn text(&self, pid: Pid, address: u64) -> String {
        let mut bytes = [0; 512];
        let memory = fs::File::open(format!("/proc/{pid}/mem"));
        let length = memory.and_then(|memory| memory.read_at(&mut bytes, address)).unwrap_or(0);
        let text = String::from_utf8_lossy(bytes[..length].split(|&byte| byte == 0).next().unwrap());
        format!(" {}", text.strip_prefix(self.root).unwrap_or(&text).trim_start_matches('/'))
    }
}

/// What a call is about.
enum About {
    /// A descriptor of a file; counts below the root only.
    File,
    /// A descriptor; counts if it is a socket.
    Socket,
    /// A name, which is this argument (from 0).
    Name(usize),
    /// A name, made anew if the argument after it says so.
    Creating(usize),
}

/// Everything that changes what is on the disk, is said on the bus, or becomes another program.
const CALLS: &[(i64, &str, About)] = &[
    (libc::SYS_write, "write", About::File),
    (libc::SYS_writev, "writev", About::File),
    (libc::SYS_pwrite64, "pwrite", About::File),
    (libc::SYS_pwritev, "pwritev", About::File),
    (libc::SYS_copy_file_range, "copy_file_range", About::File),
    (libc::SYS_sendfile, "sendfile", About::File),
    (libc::SYS_fsync, "fsync", About::File),
    (libc::SYS_fdatasync, "fdatasync", About::File),
    (libc::SYS_ftruncate, "ftruncate", About::File),
    (libc::SYS_fallocate, "fallocate", About::File),
    (libc::SYS_truncate, "truncate", About::Name(0)),
    (libc::SYS_rename, "rename", About::Name(0)),
    (libc::SYS_renameat, "renameat", About::Name(1)),
    (libc::SYS_renameat2, "renameat2", About::Name(1)),
    (libc::SYS_link, "link", About::Name(0)),
    (libc::SYS_linkat, "linkat", About::Name(1)),
    (libc::SYS_symlink, "symlink", About::Name(0)),
    (libc::SYS_symlinkat, "symlinkat", About::Name(1)),
    (libc::SYS_unlink, "unlink", About::Name(0)),
    (libc::SYS_unlinkat, "unlinkat", About::Name(1)),
    (libc::SYS_rmdir, "rmdir", About::Name(0)),
    (libc::SYS_mkdir, "mkdir", About::Name(0)),
    (libc::SYS_mkdirat, "mkdirat", About::Name(1)),
    (libc::SYS_chmod, "chmod", About::Name(0)),
    (libc::SYS_fchmod, "fchmod", About::File),
    (libc::SYS_fchmodat, "fchmodat", About::Name(1)),
    (libc::SYS_fchown, "fchown", About::File),
    (libc::SYS_fsetxattr, "fsetxattr", About::File),
    (libc::SYS_open, "create", About::Creating(0)),
    (libc::SYS_openat, "create", About::Creating(1)),
    (libc::SYS_creat, "create", About::Name(1)),
    (libc::SYS_execve, "exec", About::Name(0)),
    (libc::SYS_sendmsg, "sendmsg", About::Socket),
    (libc::SYS_sendto, "sendto", About::Socket),
];
