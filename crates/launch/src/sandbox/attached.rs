//! A sandbox whose mounts are in their places, as the outer stage holds it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::RecvFlags;

use super::places::Places;
use super::{SandboxError, attach, bubblewrap, descriptors, process};

/// Inside: hands over the own mounts, and the table of them.
pub(super) fn hand_over(socket: &UnixStream) -> io::Result<()> {
    let (namespace, table) = (File::open("/proc/self/ns/mnt")?, File::open("/proc/self/mountinfo")?);
    descriptors::send(socket, &[namespace.as_fd(), table.as_fd()])
}

/// The mounts of a sandbox that stands.
pub(super) struct Attached {
    plan: File,
    namespace: OwnedFd,
    /// Tells when something is mounted or unmounted in there.
    table: OwnedFd,
}

impl Attached {
    /// What the inner stage of this sandbox hands over: its mounts. Waits for it, and puts all that is meant in its
    /// place; call before anything is started.
    pub(super) fn to(inner: &UnixStream, places: &Places) -> Result<Attached, SandboxError> {
        let mounts = descriptors::receive(inner, RecvFlags::empty()).map_err(SandboxError::Io)?;
        let [namespace, table] =
            <[OwnedFd; 2]>::try_from(mounts).map_err(|_| SandboxError::Io(io::ErrorKind::UnexpectedEof.into()))?;
        let plan = descriptors::words(&places.words()).map_err(SandboxError::Io)?;
        let attached = Attached { plan, namespace, table };
        match attached.put(attach::FIRST).map_err(SandboxError::Io)? {
            None => Ok(attached),
            Some(reason) => Err(SandboxError::Refused { reason }),
        }
    }

    /// Puts what somebody outside replaced back under its mount, as long as that can be done. Returns why it cannot.
    pub(super) fn keep(&self) -> String {
        loop {
            let woken = poll(&mut [PollFd::new(&self.table, PollFlags::PRI)], None);
            match woken {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return error.to_string(),
            }
            match self.put(attach::AGAIN) {
                Ok(None) => {}
                Ok(Some(reason)) => return reason,
                Err(error) => return error.to_string(),
            }
        }
    }

    /// In a process of its own, since who enters other mounts leaves the own ones. Returns why it cannot.
    fn put(&self, when: &str) -> io::Result<Option<String>> {
        let mut command = Command::new("/proc/self/exe");
        command.arg(attach::COMMAND);
        for open in [self.plan.as_fd(), self.namespace.as_fd(), self.table.as_fd()] {
            command.arg(descriptors::hand_over(&open)?.to_string());
        }
        command.arg(when).env_clear().current_dir("/");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        process::end_with_starter(&mut command);
        let output = command.output()?;
        Ok((!output.status.success()).then(|| bubblewrap::reason(&String::from_utf8_lossy(&output.stderr))))
    }
}
