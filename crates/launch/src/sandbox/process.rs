//! What every start needs, with a fence or without: a process that gives
//! nothing away, and one that becomes the server.

use std::io;
use std::process::Command;

use super::Start;

/// Exit codes as shells give them.
const NOT_FOUND: u8 = 127;
const NOT_EXECUTABLE: u8 = 126;

/// Call first, before anything secret: no core file, and on Linux no reading
/// of this process's memory by others of the same user.
pub fn harden() -> io::Result<()> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        // The hard limit stays, so that the server can raise its own again.
        let mut core = getrlimit(Resource::Core);
        core.current = Some(0);
        setrlimit(Resource::Core, core)?;
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    }
    Ok(())
}

/// The command, once started, is ended by the kernel when the thread that started it ends, whatever ends that. A fenced
/// start ends all that is inside with it.
#[cfg(target_os = "linux")]
pub fn end_with_starter(command: &mut Command) {
    use rustix::process::{Pid, Signal, getpid, getppid, set_parent_process_death_signal};
    use std::os::unix::process::CommandExt;
    let starter: Pid = getpid();
    #[expect(unsafe_code)]
    // SAFETY: two system calls, and nothing that a fork could have broken.
    unsafe {
        command.pre_exec(move || {
            set_parent_process_death_signal(Some(Signal::KILL))?;
            // It may have ended before that was asked for.
            if getppid() == Some(starter) { Ok(()) } else { Err(rustix::io::Errno::SRCH.into()) }
        });
    }
}

/// The same, and all that the command starts ends with it, where no fence sees to that (`guard.rs`). The command is no
/// child of this process then.
#[cfg(target_os = "linux")]
pub fn end_all_with_starter(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    let starter = rustix::process::getpid();
    #[expect(unsafe_code)]
    // SAFETY: system calls, and nothing that a fork could have broken.
    unsafe {
        command.pre_exec(move || super::guard::between(starter));
    }
}

/// Other kernels offer nothing like it.
#[cfg(not(target_os = "linux"))]
pub fn end_with_starter(_: &mut Command) {}

/// Other kernels offer nothing like it.
#[cfg(not(target_os = "linux"))]
pub fn end_all_with_starter(_: &mut Command) {}

pub(super) fn command(start: &Start) -> Command {
    let mut command = Command::new(&start.program);
    command.args(&start.args).env_clear().envs(&start.env);
    if let Some(cwd) = &start.cwd {
        command.current_dir(cwd);
    }
    command
}

/// The exit code of a program that could not be started.
pub(super) fn code_for(error: &io::Error) -> u8 {
    if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_EXECUTABLE }
}

/// Becomes the server, in the same process, so that signals, pipes and the
/// exit code stay the client's own business. Returns only when that fails.
#[cfg(unix)]
pub fn replace(start: &Start) -> (u8, io::Error) {
    use std::os::unix::process::CommandExt;
    let error = command(start).exec();
    (code_for(&error), error)
}

/// Runs the server to its end and ends with its exit code. A job that dies
/// with this process takes the server and its children along.
#[cfg(windows)]
pub fn replace(start: &Start) -> (u8, io::Error) {
    let job = win32job::Job::create().and_then(|job| {
        let mut limits = job.query_extended_limit_info()?;
        limits.limit_kill_on_job_close();
        job.set_extended_limit_info(&limits)?;
        job.assign_current_process()?;
        Ok(job)
    });
    match job {
        // Closing it ends this process too, so that is left to the very end.
        Ok(job) => std::mem::forget(job),
        Err(error) => return (NOT_EXECUTABLE, io::Error::other(error)),
    }
    match command(start).status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => (code_for(&error), error),
    }
}
