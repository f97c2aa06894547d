//! The inner stage: process 1 of the sandbox, or beside it with Landlock.
//!
//! Takes what to start from the socket, starts it, passes signals on, gathers
//! orphans, and ends with the server's exit code; everything else inside ends
//! with it. Nothing here trusts the server: it cannot read this process.
//!
//! The thread that becomes the server's parent goes under the filter first, and
//! under Landlock; the server inherits both. The others stay free of them.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::sync::mpsc;
use std::thread;

use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitOptions, getpid, getrlimit, kill_process, set_parent_process_death_signal,
    setrlimit, wait,
};
use zeroize::Zeroizing;

use super::seccomp::{Allowed, Filter};
use super::watch::Watch;
use super::{Start, Variables, attached, descriptors, egress, landlock, process, reap};
use crate::stderr::tell;

/// The word behind the launcher's own name.
pub(super) const COMMAND: &str = "inner";

/// Before the number of the descriptor that a watched server's files are told to.
pub(super) const WATCH: &str = "watch=";

/// Told apart from the server's own codes.
const NOT_STARTED: u8 = 125;

/// Upper limits inside.
const LIMITS: [(Resource, u64); 2] = [(Resource::Nofile, 65_536), (Resource::Core, 0)];

/// Threads count as processes. Counted inside alone, where there is an inside:
/// elsewhere it would count all that the user runs.
const PROCESSES: (Resource, u64) = (Resource::Nproc, 1024);

/// Runs the inner stage. The words are the numbers of four descriptors (the
/// socket, and the server's stdin, stdout and stderr), what the filter allows,
/// who is told of the files if it is watched, and one more descriptor: with
/// Landlock that of its rules; else, if hosts may be reached by name, that of
/// the socket for the doors. Returns the exit code.
pub fn inner(words: &[String]) -> u8 {
    match run(words) {
        Ok(code) => code,
        Err(error) => {
            tell(error);
            NOT_STARTED
        }
    }
}

fn run(words: &[String]) -> io::Result<u8> {
    let misused = || io::Error::other("this command is for the inside of a sandbox only");
    let (numbers, rest) = words.split_at_checked(4).ok_or_else(misused)?;
    let (allowed, more) = rest.split_first().ok_or_else(misused)?;
    let allowed: Allowed = allowed.parse().map_err(|()| misused())?;
    let watch = more.first().and_then(|word| word.strip_prefix(WATCH));
    let more = &more[usize::from(watch.is_some())..];
    let is_first = getpid() == Pid::INIT;
    if !is_first && more.is_empty() {
        return Err(misused());
    }
    let fds: Option<Vec<OwnedFd>> = numbers.iter().map(|number| descriptors::take(number)).collect();
    let fds: [OwnedFd; 4] = fds.and_then(|fds| fds.try_into().ok()).ok_or_else(misused)?;
    let watch = watch.map(|number| descriptors::take(number).ok_or_else(misused)).transpose()?;
    let more = match more {
        [] => None,
        [number] => Some(descriptors::take(number).ok_or_else(misused)?),
        _ => return Err(misused()),
    };
    let (rules, doors) = if is_first { (None, more) } else { (more, None) };
    process::harden()?;
    rustix::thread::set_no_new_privs(true)?;
    descriptors::keep_all()?;
    if rules.is_some() {
        landlock::leave_everything()?;
    }
    let [socket, stdin, stdout, stderr] = fds;
    let room = descriptors::room(&stderr);
    let mut socket = UnixStream::from(socket);
    if is_first {
        // What there is to start comes when all is mounted where it belongs.
        attached::hand_over(&socket)?;
    }
    let mut start = read_start(&mut socket)?;
    if let Some(cwd) = start.cwd.take() {
        // Not before: a folder that is entered stays the one without what is mounted on it.
        std::env::set_current_dir(&cwd)
            .map_err(|error| io::Error::other(format!("cannot go to {}: {error}", cwd.display())))?;
    }
    if let Some(doors) = doors {
        egress::open_doors(doors)?;
    }
    for (resource, most) in LIMITS.into_iter().chain(is_first.then_some(PROCESSES)) {
        let Rlimit { current, maximum } = getrlimit(resource);
        let lower = |limit: Option<u64>| Some(limit.map_or(most, |limit| limit.min(most)));
        setrlimit(resource, Rlimit { current: lower(current), maximum: lower(maximum) })?;
    }
    let watch = watch.map(Watch::begin).transpose()?;
    let stdio = [stdin, stdout, stderr];
    let server = Server { start, stdio, room, filter: Filter::new(allowed)?, rules, watch };
    let greeting = socket.try_clone()?;
    let (started, server_started) = mpsc::channel();
    thread::Builder::new().spawn(move || {
        let code = server.run(greeting, &started).unwrap_or_else(|error| {
            tell(error);
            NOT_STARTED
        });
        if !is_first {
            reap::end_all();
        }
        std::process::exit(i32::from(code))
    })?;
    if let Ok(server) = server_started.recv() {
        obey(socket, server);
        if is_first {
            return Ok(128 + Signal::KILL.as_raw() as u8);
        }
        // The other thread gathers what the server leaves, and it alone: of two
        // that wait, one would miss whose orphans come next.
        let _ = kill_process(server, Signal::KILL);
    }
    // The other thread ends this process.
    loop {
        thread::park();
    }
}

/// What becomes the server, and what it is put under.
struct Server {
    start: Start,
    stdio: [OwnedFd; 3],
    /// For the server's own descriptors.
    room: Option<OwnedFd>,
    filter: Filter,
    /// Landlock's.
    rules: Option<OwnedFd>,
    watch: Option<Watch>,
}

impl Server {
    /// Puts this thread under the fence, says that it stands, starts the
    /// server and waits for its end. Returns its exit code.
    fn run(self, mut greeting: UnixStream, started: &mpsc::Sender<Pid>) -> io::Result<u8> {
        let Server { start, stdio: [stdin, stdout, stderr], room, filter, rules, watch } = self;
        if let Some(rules) = &rules {
            landlock::restrict(rules)?;
        }
        filter.install()?;
        if let Some(watch) = watch {
            watch.install()?;
        }
        // From here on the server's stderr is ours too; before, the outer stage
        // listens and tells.
        rustix::stdio::dup2_stderr(&stderr)?;
        greeting.write_all(&[1])?;
        drop(greeting);

        let mut command = process::command(&start);
        command.stdin(stdin).stdout(stdout).stderr(stderr);
        if rules.is_some() {
            #[expect(unsafe_code)]
            // SAFETY: one system call, and nothing that a fork could have broken.
            unsafe {
                command.pre_exec(|| Ok(set_parent_process_death_signal(Some(Signal::KILL))?));
            }
        }
        let server = match command.spawn() {
            Ok(server) => Pid::from_child(&server),
            Err(error) => {
                let program = start.program.display();
                match error.kind() {
                    // The file is there: what its first line names is not.
                    io::ErrorKind::NotFound if start.program.is_file() => {
                        tell(format_args!("cannot start {program}: what it is run by is not in the sandbox"));
                    }
                    _ => tell(format_args!("cannot start {program}: {error}")),
                }
                return Ok(process::code_for(&error));
            }
        };
        // The server alone holds its pipes now, and nothing here its secrets.
        drop((command, start, room));
        // The other thread waits for it.
        let _ = started.send(server);
        loop {
            let Some((ended, status)) = wait(WaitOptions::empty())? else {
                continue;
            };
            if ended == server {
                let signal = status.terminating_signal().map(|signal| 128 + signal);
                let code = status.exit_status().or(signal);
                return Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1));
            }
        }
    }
}

/// Passes signals on until the outer stage is gone.
fn obey(mut socket: UnixStream, server: Pid) {
    let mut signal = [0];
    while socket.read_exact(&mut signal).is_ok() {
        if let Some(signal) = Signal::from_named_raw(i32::from(signal[0])) {
            // It may have ended meanwhile.
            let _ = kill_process(server, signal);
        }
    }
}

/// A start as bytes: the length of the whole and the number of arguments, then
/// program, working directory (or nothing), arguments, and names and values of
/// variables, each preceded by its length.
pub(super) fn encode(start: &Start) -> Zeroizing<Vec<u8>> {
    let pairs = start.env.iter().flat_map(|(name, value)| [name.as_os_str(), value]);
    let places = [start.program.as_os_str(), start.cwd.as_ref().map_or(OsStr::new(""), |cwd| cwd.as_os_str())];
    let words: Vec<&OsStr> = places.into_iter().chain(start.args.iter().map(OsStr::new)).chain(pairs).collect();
    let length = 4 + words.iter().map(|word| 4 + word.len()).sum::<usize>();
    // All of it at once, so that no copy is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(4 + length));
    let number = |bytes: &mut Vec<u8>, number: usize| {
        let number = u32::try_from(number).expect("a command line is smaller than 4 GB");
        bytes.extend(number.to_be_bytes());
    };
    number(&mut bytes, length);
    number(&mut bytes, start.args.len());
    for word in words {
        number(&mut bytes, word.len());
        bytes.extend(word.as_bytes());
    }
    bytes
}

fn read_start(from: &mut impl Read) -> io::Result<Start> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut bytes = Zeroizing::new(vec![0; u32::from_be_bytes(length) as usize]);
    from.read_exact(&mut bytes)?;
    decode(&bytes).ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn decode(mut bytes: &[u8]) -> Option<Start> {
    let count = number(&mut bytes)?;
    let program = word(&mut bytes)?.into();
    let cwd = Some(word(&mut bytes)?).filter(|cwd| !cwd.is_empty()).map(Into::into);
    let mut args = Vec::new();
    for _ in 0..count {
        args.push(word(&mut bytes)?.into_string().ok()?);
    }
    let mut env = Variables::new();
    while !bytes.is_empty() {
        env.insert(word(&mut bytes)?, word(&mut bytes)?);
    }
    Some(Start { program, args, env, cwd })
}

fn number(bytes: &mut &[u8]) -> Option<usize> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    *bytes = rest;
    Some(u32::from_be_bytes(*number) as usize)
}

fn word(bytes: &mut &[u8]) -> Option<OsString> {
    let length = number(bytes)?;
    let (word, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(OsString::from_vec(word.to_vec()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_comes_through_as_sent() {
        let start = Start {
            program: "/usr/bin/node".into(),
            args: vec!["a b".into(), String::new(), "\n\"é".into()],
            env: Variables::from([
                ("LANG".into(), OsString::from_vec(vec![0xff, b'='])),
                ("TOKEN".into(), "made-up".into()),
            ]),
            cwd: Some("/srv".into()),
        };
        let bytes = encode(&start);
        let read = read_start(&mut bytes.as_slice()).unwrap();
        assert_eq!((read.program, read.args, read.env, read.cwd), (start.program, start.args, start.env, start.cwd));
        for cut in 0..bytes.len() {
            assert!(read_start(&mut &bytes[..cut]).is_err(), "{cut}");
        }
    }
}
