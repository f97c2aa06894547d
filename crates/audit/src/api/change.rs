//! A change of a config: what it asks, its preview, what the history says of it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{EngineName, Failure, NetworkChoice, PermissionsChange};
use crate::document::Stamp;
use crate::edit::DiffLine;
use crate::finding::Safety;

/// The user's answers to a fix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase", default)]
pub struct Choices {
    /// Absolute directories: those a narrowing keeps; those a fenced server may
    /// write in, besides the ones its entry names.
    pub keep: Vec<String>,
    /// Absolute directories and files that a fenced server may only read; one
    /// that its entry names is then not written either.
    pub read: Vec<String>,
    /// Null: what is proposed, and `hosts` besides.
    pub network: Option<NetworkChoice>,
    /// Hosts a fenced server may reach; with `network: hosts` these alone.
    pub hosts: Vec<String>,
    /// Null: bubblewrap for a new fence, the present one for another's permissions.
    pub engine: Option<EngineName>,
}

/// A directory to keep.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Folder {
    /// Absolute.
    pub path: String,
    /// `~/code/app`.
    pub shown: String,
    /// `git repository, changed yesterday`.
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    pub fix: String,
    /// `Move GITHUB_TOKEN to the keychain`.
    pub title: String,
    /// One sentence: what will be different.
    pub summary: String,
    pub safety: Safety,
    /// `~/.cursor/mcp.json`.
    pub path: String,
    pub diff: Vec<DiffLine>,
    pub seen: Stamp,
    /// Of all that it would write, unmasked: its entry whole, the profile, the keys. The same while changes of
    /// other entries come before it.
    pub effect: Stamp,
    /// What the user should know or do: `Cursor needs a toggle of this server afterwards.`
    pub notes: Vec<String>,
    /// What a verification would start, whole: before, then after. Null when
    /// there is nothing to start.
    pub verify: Option<Vec<String>>,
    /// What it would start besides where the server does not start as before, to see what its sandbox refused; null
    /// where there is none.
    pub verify_refused: Option<String>,
    /// The score of the server now and after.
    pub score: Option<(u32, u32)>,
    /// Of a fix that makes a fence or changes what one allows.
    pub permissions: Option<PermissionsChange>,
}

/// A change that cannot be taken back now.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Blocked {
    /// Its id.
    pub change: String,
    /// The newer change that has to be undone before; null where another program changed what it left.
    pub first: Option<String>,
    /// The entry (a server's id) that `Restore` puts back as it was with the key that it has by now, where undoing would
    /// bring an old key back; null where that is not what stands before the undo, or not possible.
    pub restore: Option<String>,
    /// Why an undo would be refused.
    pub why: Failure,
}

/// One change of a config, in the history.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Change {
    pub id: String,
    /// RFC 3339, UTC.
    pub at: String,
    /// `Moved GITHUB_TOKEN to the keychain`.
    pub title: String,
    /// Absolute.
    pub path: String,
    pub undone: bool,
    /// It took itself back: the server did not start as before.
    pub taken_back: bool,
    /// `~/.cursor/mcp.json`.
    pub shown: String,
    pub server: String,
    pub client_name: String,
    /// Masked difference; empty in a log.
    pub diff: Vec<DiffLine>,
    /// What a verification said, if one ran, and what an installation left undone; or why the undo is not possible.
    pub note: Option<String>,
}
