//! What a screen is told of keys: what lies in the keychain, where copies lie, which are to be replaced.

use serde::Serialize;
use ts_rs::TS;

/// Copies of keys that were moved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Residue {
    /// The names of the keys that were looked for.
    pub keys: Vec<String>,
    /// By kind, then by path.
    pub copies: Vec<KeyCopy>,
    /// What was not looked at, and why.
    pub skipped: Vec<Skipped>,
    /// How many files were looked at.
    pub files: usize,
    /// How many commits were looked at.
    pub commits: usize,
    /// The caller ended it before the end.
    pub stopped: bool,
}

/// Where a copy of a key lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub enum CopyKind {
    /// Another place of a config.
    Config,
    /// A file that a config was copied to.
    Backup,
    /// An editor's own older versions of files.
    LocalHistory,
    /// A file of variables.
    EnvFile,
    /// A file that a shell, npm or git reads.
    Settings,
    /// What a client or an editor wrote down while it ran.
    Log,
    /// What was said to a client, and what it saw.
    Conversation,
    ShellHistory,
    /// An older version in a repository.
    Git,
}

/// One file, or one file's older versions, with a moved key in it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct KeyCopy {
    /// 16 hex characters.
    pub id: String,
    pub kind: CopyKind,
    /// The names of the keys in it.
    pub keys: Vec<String>,
    /// `~/.cursor/mcp.json.bak`.
    pub shown: String,
    /// Of the first place; null in a repository.
    pub line: Option<usize>,
    /// The newest commit with it; null for a file.
    pub commit: Option<String>,
    /// How many places; in a repository, how many versions.
    pub count: usize,
    /// What to do, one full sentence.
    pub advice: String,
    /// The fix that takes the key out, for `Preview` and `Apply`; null where Warder must not.
    pub fix: Option<String>,
}

/// Something that was not looked at.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    pub shown: String,
    /// One full sentence.
    pub why: String,
}

/// A key that has stood in plain text and should be replaced where it is made.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Reminder {
    pub id: String,
    /// `GITHUB_TOKEN`.
    pub key: String,
    /// `a GitHub token`.
    pub kind: String,
    /// `GitHub`; null where it is not known whose key it is.
    pub provider: Option<String>,
    /// Where the provider lets its users replace keys; null where not known.
    pub page: Option<String>,
    /// Why it should be replaced, one full sentence.
    pub why: String,
    /// What to do once it is replaced, one full sentence.
    pub then: String,
    /// The user has replaced it.
    pub done: bool,
    /// Its item, where it lies in the keychain: the new key can be put there.
    pub item: Option<String>,
}

/// A new value for a key of the keychain, looked at and kept by the core; the value itself is told to nobody.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct NewKey {
    /// Names it in a `ReplaceKey`.
    pub offer: String,
    /// The item that it is for.
    pub item: String,
    /// `GITHUB_TOKEN`.
    pub key: String,
    /// What it looks like: `a GitHub token`.
    pub kind: String,
    /// Whose key it is by its form; null where that is not known.
    pub provider: Option<String>,
    /// Whose key the old one is by its form.
    pub expected: Option<String>,
    /// In characters.
    pub length: usize,
    /// It is the key that is there already.
    pub same: bool,
    /// Whether it has a form of the old one's provider; null where the old one has none that is known.
    pub fits: Option<bool>,
    /// Everything that gets it.
    pub uses: Vec<KeyUse>,
}

/// A key in the keychain; never its value.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Key {
    /// The name of its item: `GITHUB_TOKEN-3f9k…`.
    pub id: String,
    /// `GITHUB_TOKEN`.
    pub label: String,
    /// Everything that gets it.
    pub uses: Vec<KeyUse>,
    /// When it was moved there, RFC 3339, UTC; null when the history does not say.
    pub since: Option<String>,
    /// Nothing uses it any more: it can be forgotten.
    pub orphan: bool,
}

/// A server that gets a key.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct KeyUse {
    /// A server's id; null when no entry was found that still starts it.
    pub server: Option<String>,
    pub name: String,
    pub client_name: String,
    /// `~/.cursor/mcp.json`.
    pub shown: Option<String>,
    /// The file that its entry stood in, where that cannot be read now: the entry may still be in it.
    pub unread: Option<String>,
    /// A variable's name, or `an argument`.
    pub used_as: String,
}
