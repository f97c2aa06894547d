//! Launcher and relay in `~/.warder/bin`, which wrapped entries name.
//!
//! A fix puts them there; whenever a Warder acts it replaces those of an older
//! one, each as a whole, so that running servers keep what they run and the next
//! start gets the new one. Those of a newer Warder stay.

use warder_launch::profile::Profile;

use super::Session;
use super::failures::refused;
use crate::api::{Code, Failure};

/// Every crate of Warder has this version.
const OWN: &str = env!("CARGO_PKG_VERSION");

impl Session {
    /// Replaces programs that an older Warder put there, as at the start of a window. Waits for nobody: while another
    /// Warder changes something nothing is done. True when one was replaced.
    pub fn renew_programs(&self) -> Result<bool, Failure> {
        if !self.outdated() {
            return Ok(false);
        }
        match self.state.open_lock().map(|lock| lock.try_lock().map(|()| lock)) {
            Ok(Ok(_lock)) => self.replace_programs(),
            _ => Ok(false),
        }
    }

    /// The same for whoever holds the lock.
    pub(super) fn replace_programs(&self) -> Result<bool, Failure> {
        let outdated = self.outdated();
        if outdated {
            self.launcher()?;
            if self.state.relay().is_file() {
                self.relay()?;
            }
        }
        Ok(outdated)
    }

    /// Whether something is installed that this Warder has another one of, and no newer Warder put it there; or
    /// entries need it and it is gone.
    fn outdated(&self) -> bool {
        let Some(shipped) = &self.env.launcher else { return false };
        let differs = |there: &std::path::Path, shipped: &std::path::Path| {
            there.is_file() && std::fs::read(there).ok() != std::fs::read(shipped).ok()
        };
        let launcher = self.state.launcher();
        let needed = || !launcher.is_file() && Profile::list(&self.state).is_ok_and(|ids| !ids.is_empty());
        let relay = || self.env.relay().is_some_and(|shipped| differs(&self.state.relay(), &shipped));
        self.newer_programs().is_none() && (differs(&launcher, shipped) || relay() || needed())
    }

    /// The version of the Warder whose programs are there, where that is a newer one.
    pub(super) fn newer_programs(&self) -> Option<String> {
        self.state.version().filter(|there| numbers(there) > numbers(OWN))
    }

    pub(super) fn launcher(&self) -> Result<(), Failure> {
        let there = self.state.launcher().is_file();
        match &self.env.launcher {
            Some(_) if there && self.newer_programs().is_some() => Ok(()),
            Some(from) => self
                .versioned()
                .and_then(|()| self.state.install_launcher(from))
                .map_err(|error| refused(format!("cannot install the launcher: {error}"))),
            None if there => Ok(()),
            None => Err(Failure {
                code: Code::Refused,
                message: "the launcher was not found beside this program".to_owned(),
                hint: Some("Put warder-launch beside it, or name it in WARDER_LAUNCHER.".to_owned()),
            }),
        }
    }

    pub(super) fn relay(&self) -> Result<(), Failure> {
        let there = self.state.relay().is_file();
        match self.env.relay() {
            Some(_) if there && self.newer_programs().is_some() => Ok(()),
            Some(from) => self
                .versioned()
                .and_then(|()| self.state.install_relay(&from))
                .map_err(|error| refused(format!("cannot install the relay: {error}"))),
            None if there => Ok(()),
            None => Err(Failure {
                code: Code::Refused,
                message: "the relay was not found beside the launcher".to_owned(),
                hint: Some("Put warder-relay beside warder-launch, and try again.".to_owned()),
            }),
        }
    }

    fn versioned(&self) -> std::io::Result<()> {
        match self.newer_programs() {
            Some(_) => Ok(()),
            None => self.state.set_version(OWN),
        }
    }
}

/// `1.12.0-rc.1` by its numbers; what is none counts as the oldest.
fn numbers(version: &str) -> Vec<u64> {
    let release = version.split(['-', '+']).next().unwrap_or_default();
    release.split('.').map_while(|number| number.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use warder_launch::vault::MemoryVault;

    use super::*;
    use crate::env::Env;

    /// A session whose Warder ships `launcher one`, with `there` installed by the Warder of `version`.
    fn session(home: &std::path::Path, there: &str, version: Option<&str>) -> Session {
        let shipped = home.join("warder-launch");
        fs::write(&shipped, "launcher one").unwrap();
        let env = Env { launcher: Some(shipped), ..Env::current(Some(home)).unwrap() };
        let state = env.state();
        state.create().unwrap();
        fs::write(state.launcher(), there).unwrap();
        if let Some(version) = version {
            state.set_version(version).unwrap();
        }
        Session::open(env, state, Arc::new(MemoryVault::default()))
    }

    #[test]
    fn a_start_replaces_what_an_older_warder_installed() {
        for (version, replaced) in [(None, true), (Some("0.0.9"), true), (Some(OWN), true), (Some("99.0.0"), false)] {
            let home = tempfile::tempdir().unwrap();
            let session = session(home.path(), "launcher zero", version);
            assert_eq!(session.renew_programs().unwrap(), replaced, "{version:?}");
            let there = fs::read_to_string(session.state.launcher()).unwrap();
            assert_eq!(there == "launcher one", replaced, "{version:?}");
            assert!(!session.state.relay().exists(), "the relay is not installed before it is needed");
            assert!(!session.renew_programs().unwrap(), "once is enough");
        }
    }

    #[test]
    fn a_start_installs_nothing_before_it_is_needed_and_waits_for_nobody() {
        let home = tempfile::tempdir().unwrap();
        let session = session(home.path(), "launcher zero", None);
        let lock = session.locked().unwrap();
        assert!(!session.renew_programs().unwrap(), "another Warder is at work");
        drop(lock);
        assert!(session.renew_programs().unwrap());
        fs::remove_file(session.state.launcher()).unwrap();
        assert!(!session.renew_programs().unwrap(), "no profile names it");
        assert!(!session.state.launcher().exists());
    }

    #[cfg(unix)]
    #[test]
    fn what_lies_in_the_place_of_the_lock_is_neither_waited_for_nor_emptied() {
        let home = tempfile::tempdir().unwrap();
        let mut session = session(home.path(), "launcher zero", None);
        let (lock, other) = (session.state.dir().join("lock"), home.path().join("other"));
        fs::write(&other, "theirs").unwrap();
        std::os::unix::fs::symlink(&other, &lock).unwrap();
        for what in ["a link", "a FIFO"] {
            assert!(!session.renew_programs().unwrap(), "{what}");
            let said = [session.locked().map(drop).unwrap_err(), session.news().map(drop).unwrap_err()];
            assert!(said.iter().all(|failure| failure.message.ends_with("is no plain file")), "{what}: {said:?}");
            assert_eq!(fs::read(&other).unwrap(), b"theirs", "{what}");
            fs::remove_file(&lock).unwrap();
            assert!(std::process::Command::new("mkfifo").arg(&lock).status().unwrap().success());
        }
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(numbers("0.10.0") > numbers("0.9.12"));
        assert!(numbers("1.0.0") > numbers("0.99.99"));
        assert!(numbers("nonsense") < numbers(OWN));
        assert_eq!(numbers("0.2.0-rc.1"), numbers("0.2.0"));
    }
}
