//! Every credential that was found or moved; never a value.

use serde::Serialize;
use ts_rs::TS;

use super::Reminder;

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Secrets {
    /// In plain text first, then by label.
    pub credentials: Vec<Credential>,
    pub keychain: KeychainState,
}

/// Asked without waiting for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub enum KeychainState {
    Open,
    Locked,
    /// No keychain, or one that forgets at log-out: keys cannot be moved.
    Missing,
}

/// One credential, with every place it is used in.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    pub id: String,
    /// `GITHUB_TOKEN`.
    pub label: String,
    /// `a GitHub token`; null where that is not known.
    pub kind: Option<String>,
    pub place: CredentialPlace,
    pub uses: Vec<CredentialUse>,
    /// When it was moved, or first seen in plain text, RFC 3339, UTC; null: not known.
    pub since: Option<String>,
    /// The first finding whose fix moves it; null where it is moved, or nothing can move it.
    pub finding: Option<String>,
    /// It stood in plain text and should be replaced.
    pub reminder: Option<Reminder>,
    /// The name of its keychain item, for `Forget`; null in plain text.
    pub item: Option<String>,
    /// In the keychain, and nothing uses it any more.
    pub orphan: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub enum CredentialPlace {
    Plain,
    Keychain,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct CredentialUse {
    /// A server's id; null when its entry is gone, or out of sight.
    pub server: Option<String>,
    pub name: String,
    pub client_name: String,
    /// `~/.cursor/mcp.json`.
    pub shown: Option<String>,
    /// The file that its entry stood in, where that cannot be read now: the entry may still be in it.
    pub unread: Option<String>,
    pub line: Option<usize>,
    /// `GITHUB_TOKEN`, `an argument`, `a header`, `the URL`.
    pub used_as: String,
    /// The finding whose fix moves it from here; null where it is moved, or nothing can move it.
    pub finding: Option<String>,
}
