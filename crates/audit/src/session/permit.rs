//! May this file be written at this moment?
//!
//! Asked before every write, of a fix as of an undo: some clients write their
//! own copy of a file back while they run, others take a lock for it.

use std::io;
use std::path::Path;

use super::running;
use crate::api::{Code, Failure};
use crate::clients::{Client, ConfigFile, Writing};
use crate::disk::Lock;
use crate::env::Env;
use crate::redact::line;

use super::failures::refused;

/// What is held while a file is written; given back when dropped.
pub(super) struct Permit {
    _lock: Option<Lock>,
}

/// Refuses while the client would undo the write.
pub(super) fn check(env: &Env, client: &Client, row: &ConfigFile) -> Result<(), Failure> {
    match row.writing {
        Writing::Never(why) => Err(Failure {
            code: Code::Refused,
            message: format!("this file of {} is not written", client.name),
            hint: Some(why.to_owned()),
        }),
        Writing::Closed(programs) if running::any(env, programs) => Err(Failure {
            code: Code::ClientRuns,
            message: format!("{} is running; it would write its own copy of the file back", client.name),
            hint: Some(format!(
                "Quit {} completely, every session and not only its window, and try again.",
                client.name
            )),
        }),
        Writing::Closed(_) | Writing::Locked | Writing::Any => Ok(()),
    }
}

/// The same at the last moment, with the client's lock if it has one.
pub(super) fn take(env: &Env, client: &Client, row: &ConfigFile, path: &Path) -> Result<Permit, Failure> {
    check(env, client, row)?;
    if row.writing != Writing::Locked {
        return Ok(Permit { _lock: None });
    }
    match Lock::take(path) {
        Ok(lock) => Ok(Permit { _lock: Some(lock) }),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(Failure {
            code: Code::ClientRuns,
            message: format!("{} is writing {} and holds its lock", client.name, line(&env.shown(path))),
            hint: Some("Try again in a moment.".to_owned()),
        }),
        Err(error) => Err(refused(format!("cannot lock {}: {error}", line(&env.shown(path))))),
    }
}
