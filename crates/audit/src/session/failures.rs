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
        StoreError::KeyLost | StoreError::OtherKey => Failure {
            code: Code::NoKeychain,
            message: error.to_string(),
            hint: Some(
                "Put it back from its copy: warder recovery use. Without a copy, move ~/.warder/history.db away: a new \
                 history is begun, and what the old one held cannot be undone."
                    .to_owned(),
            ),
        },
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

/// A keychain that cannot be used, before anything was changed.
pub(super) fn keychain(error: &VaultError) -> Failure {
    let why = match error {
        // It is about one value, and not about the keychain.
        VaultError::TooLong | VaultError::Altered => "",
        _ => "Every fix needs the keychain, so that its way back can be kept encrypted. ",
    };
    Failure {
        code: Code::NoKeychain,
        message: format!("nothing was changed: {error}"),
        hint: Some(format!("{why}{}", error.remedy())),
    }
}

/// A keychain that cannot be used to take a key out that nobody needs any more.
pub(super) fn key_left(error: &VaultError) -> Failure {
    Failure {
        code: Code::NoKeychain,
        message: format!("the config is as it was, but its key is still in the keychain: {error}"),
        hint: Some(format!("Warder takes it out at its next change. {}", error.remedy())),
    }
}

/// What failed at the very end: what was asked for is done.
pub(super) fn done_all_the_same(failure: Failure) -> Failure {
    let message = failure.message.strip_prefix("nothing was changed: ").unwrap_or(&failure.message);
    Failure { message: format!("{message}; what was asked for is done all the same"), ..failure }
}

/// What failed, and could not be settled either.
pub(super) fn not_settled(failure: Failure) -> Failure {
    let message = failure.message.strip_prefix("nothing was changed: ").unwrap_or(&failure.message);
    let message = format!("{message}; whether it was done is settled when Warder starts again");
    Failure { message, ..failure }
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
