//! What a session says when something was not done, and what to do next.

use warder_launch::profile::ProfileError;
use warder_launch::vault::VaultError;

use crate::api::{Code, Failure};
use crate::disk::WriteError;
use crate::document::{EditError, Problem};
use crate::redact::line;
use crate::rules::nearest;
use crate::store::StoreError;

/// A failure that only says why.
pub(super) fn refused(message: String) -> Failure {
    Failure { code: Code::Refused, message, hint: None }
}

/// An edit that cannot be made of a fix, in a file of this client.
pub(super) fn edit_failure(error: &EditError, client: &str) -> Failure {
    let hint = match error {
        EditError::Refused(Problem { at: Some(at), .. }) => Some(format!(
            "{client} cannot read the file: mend it at line {}, column {}, and scan again.",
            at.line, at.column
        )),
        EditError::Tied(Problem { at: Some(at), .. }) => {
            Some(format!("It stands at line {}, column {}; change it there and scan again.", at.line, at.column))
        }
        _ => None,
    };
    Failure { hint, ..refused(error.to_string()) }
}

pub(super) fn unknown(what: &str) -> Failure {
    let hint = Some("Scan again: the configs may have changed.".to_owned());
    Failure { code: Code::Unknown, message: format!("there is no such {what} now"), hint }
}

/// A rule that is not there, and the one that may have been meant.
pub(super) fn unknown_rule(id: &str) -> Failure {
    let hint = nearest(id).map(|near| format!("Did you mean {near}?"));
    Failure { code: Code::Unknown, message: format!("there is no rule {}", line(id)), hint }
}

/// A history that cannot be used.
pub(super) fn history(error: StoreError) -> Failure {
    match error {
        StoreError::Vault(error) => keychain(&error),
        StoreError::Unknown(_) => {
            let hint = Some("`warder log` lists them all.".to_owned());
            Failure { code: Code::Unknown, message: "there is no such change".to_owned(), hint }
        }
        StoreError::Damaged { .. } => Failure {
            code: Code::Refused,
            message: error.to_string(),
            hint: Some(
                "Restore it from a backup. Moved away, a new one is begun: what it held cannot be undone then."
                    .to_owned(),
            ),
        },
        error => Failure { code: Code::Refused, message: error.to_string(), hint: None },
    }
}

pub(super) fn keychain(error: &VaultError) -> Failure {
    Failure {
        code: Code::NoKeychain,
        message: format!("nothing was changed: {error}"),
        hint: Some(
            "Every fix needs the keychain, so that its way back can be kept encrypted. Unlock it and try again."
                .to_owned(),
        ),
    }
}

pub(super) fn profile_failure(error: &ProfileError) -> Failure {
    refused(error.to_string())
}

pub(super) fn write_failure(error: &WriteError) -> Failure {
    match error {
        WriteError::Stale { .. } => stale(),
        WriteError::Io { path, source } => {
            refused(format!("cannot replace {}: {source}", line(&path.to_string_lossy())))
        }
        error => refused(error.to_string()),
    }
}

pub(super) fn stale() -> Failure {
    Failure {
        code: Code::Stale,
        message: "the file was changed by another program since it was looked at".to_owned(),
        hint: Some("Look at the change again.".to_owned()),
    }
}
