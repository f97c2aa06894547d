//! All that a screen may ask, and all it may be told.
//!
//! One enum serves the window, the command line and tests. Nothing here can
//! carry a secret: texts are masked and escaped before they become an answer.
//! The TypeScript of these types is generated (`ui/src/generated`).

mod keys;
mod permissions;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::clients::{Os, Scope};
use crate::document::{Format, Stamp};
use crate::edit::DiffLine;
use crate::finding::{Confidence, Dimension, Reason, Safety, Severity};
use crate::report::score::{Band, Certainty};
use crate::server::Kind;
use crate::server::command::{Ecosystem, Launcher};

pub use keys::{CopyKind, KeyCopy, Reminder, Residue, Skipped};
pub use permissions::{
    EngineName, NetworkChoice, Permissions, PermissionsChange, Proposal, ProposedFolder, ProposedHost, Refused,
};

/// The report, schema `warder.report/1`; also what `scan --json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Report {
    pub schema: String,
    /// Version of Warder.
    pub warder: String,
    pub os: Os,
    pub machine: Score,
    /// The machine's servers that count, by the band of their scores.
    pub bands: Bands,
    /// Every client with a server, by id.
    pub clients: Vec<Client>,
    pub files: Vec<File>,
    pub servers: Vec<Server>,
    /// Most important first.
    pub findings: Vec<Finding>,
}

/// Servers that are on, each that is configured several times once, by the band of its worst entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Bands {
    pub trusted: u32,
    pub moderate: u32,
    pub caution: u32,
    pub warning: u32,
    pub dangerous: u32,
}

/// A client and the score of its servers together.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Client {
    pub client: String,
    /// For people.
    pub client_name: String,
    /// By the machine's formula, over the client's own servers and findings.
    pub score: Score,
    pub bands: Bands,
}

/// A score; all null when nothing can be scored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Score {
    /// Whole points, 0 to 100.
    pub score: Option<u32>,
    pub band: Option<Band>,
    /// Bounds with worse and better luck for what was not seen; one decimal.
    pub low: Option<f64>,
    pub high: Option<f64>,
    pub confidence: Option<Certainty>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct File {
    pub id: String,
    pub client: String,
    pub scope: Scope,
    pub path: String,
    pub format: Format,
    pub state: FileState,
    /// Why it is invalid or unreadable; in a `read` file, why its client refuses it.
    pub error: Option<FileError>,
    /// The client's name for people.
    pub client_name: String,
    /// `~/.cursor/mcp.json`.
    pub shown: String,
    /// The names of other clients that read it too.
    pub readers: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum FileState {
    Read,
    Missing,
    Invalid,
    Unreadable,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct FileError {
    pub message: String,
    pub line: Option<usize>,
    pub column: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Server {
    pub id: String,
    pub client: String,
    /// A file's id.
    pub file: String,
    pub name: String,
    pub pointer: String,
    pub line: usize,
    pub enabled: bool,
    pub profile: Kind,
    pub transport: TransportName,
    /// Null for a remote server.
    pub launcher: Option<Launcher>,
    /// Program and arguments as configured, masked; empty for a remote server.
    pub command: Vec<String>,
    pub url: Option<String>,
    pub package: Option<Package>,
    /// Plain names of the programs in front of the launcher, outermost first: `cmd`, `env`, `mise`.
    pub wrappers: Vec<String>,
    /// The package or program that bridges to `url`: `mcp-remote`.
    pub remote_via: Option<String>,
    /// What the package starts in turn, as it names it: `@smithery/cli run NAME`.
    pub inner_package: Option<String>,
    pub score: ServerScore,
    /// The client's name for people.
    pub client_name: String,
    pub protection: Protection,
    pub scope: Scope,
    /// The folder this entry counts in, for people; null everywhere.
    pub project: Option<String>,
    /// Ids of the other entries that start the same server.
    pub also: Vec<String>,
    /// Ids of the entries of the same name that win over this one where they count.
    pub under: Vec<String>,
    /// Null where Warder made no fence around it.
    pub permissions: Option<Permissions>,
}

/// What Warder already does for an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Protection {
    None,
    /// Keys come from the keychain.
    Keychain,
    /// Runs in a sandbox (keys come from the keychain, if any were moved).
    Sandbox,
    /// It names a profile that cannot be read: it will not start.
    Broken,
    /// It is not what its profile approved: it will not start.
    Changed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum TransportName {
    Stdio,
    Http,
    Sse,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Package {
    pub ecosystem: Ecosystem,
    pub name: String,
    pub version: Option<String>,
    pub pinned: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct ServerScore {
    #[serde(flatten)]
    pub total: Score,
    /// By dimension: `SC`, `PV` …; those of the server's profile only.
    #[ts(type = "Record<string, DimensionScore>")]
    pub dimensions: std::collections::BTreeMap<String, DimensionScore>,
    /// Score before the limit, one decimal.
    pub base: Option<f64>,
    /// 1, .89, .69, .39 or .19.
    pub limit: Option<f64>,
    /// Every point lost, largest first; they add up to 100 minus the score (before rounding).
    pub deductions: Vec<Deduction>,
    /// Null when nothing gains.
    pub next: Option<Next>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct DimensionScore {
    pub score: f64,
    /// Share of the checks that were evaluated, 0 to 1.
    pub coverage: f64,
    pub weight: f64,
}

/// Points lost to one finding, or to what was not looked at.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Deduction {
    pub points: f64,
    /// A finding's id; null for what was not looked at.
    pub finding: Option<String>,
    /// For people: `Version not fixed`, `Not looked at yet: online data, the running server`.
    pub label: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Finding {
    pub id: String,
    pub rule: String,
    pub dimension: Dimension,
    pub severity: Severity,
    pub confidence: Confidence,
    pub message: String,
    /// A server's id; null for a file's or the machine's finding.
    pub server: Option<String>,
    /// Ids of other servers that it weighs on; it is said once.
    pub also: Vec<String>,
    /// A file's id.
    pub file: Option<String>,
    pub pointer: String,
    pub line: Option<usize>,
    pub column: Option<usize>,
    pub fixes: Vec<Fix>,
    /// The rule's title.
    pub title: String,
    /// What it is about, the same until its evidence changes; 16 hex characters.
    pub fingerprint: String,
    /// Null when the user does not live with it.
    pub accepted: Option<Accepted>,
    /// Whether it can be accepted.
    pub acceptable: bool,
}

/// A finding the user lives with.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Accepted {
    pub reason: Reason,
    pub note: String,
    /// `2026-11-21`.
    pub at: String,
    /// The first day it counts in full again; null: when its evidence changes.
    pub until: Option<String>,
}

/// The fixes that together gain most.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Next {
    /// One finding of each root cause, at most two.
    pub findings: Vec<String>,
    /// The score once they are mended.
    pub score: u32,
    pub band: Band,
    /// The score with nothing found at all, as much as was looked at now.
    pub clean: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
pub struct Fix {
    pub id: String,
    pub title: String,
    pub safety: Safety,
    /// Points the server gains, one decimal; null when it has no score.
    pub gain: Option<f64>,
    /// Steps for the user; only for `manual`.
    pub steps: Vec<String>,
    /// Must be answered before it can be previewed.
    pub asks: Asks,
}

/// What a fix wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Asks {
    Nothing,
    /// Directories to keep.
    Folders,
    /// Directories (optional) and network.
    Sandbox,
}

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

#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(tag = "ask", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// -> `Answer::Report`
    Scan,
    /// -> `Answer::Detail`: what the finding's pane shows besides the report.
    Detail { finding: String },
    /// -> `Answer::Rule`: all that is written about a rule.
    Rule { id: String },
    /// -> `Answer::Preview`. Starts nothing, writes nothing.
    Preview { fix: String, choices: Choices },
    /// -> `Answer::Change`. `seen` is the preview's stamp. `verify`: start the
    /// server before and after, exactly the commands the preview showed.
    Apply { fix: String, choices: Choices, seen: Stamp, verify: bool },
    /// -> `Answer::Report`. `days`: 30 or 90; null: until its evidence changes.
    Accept { finding: String, reason: Reason, note: String, days: Option<u32> },
    /// -> `Answer::Report`. Counts an accepted finding in full again.
    Withdraw { finding: String },
    /// -> `Answer::Change`
    Undo { change: String },
    /// -> `Answer::Log`, newest first, without differences.
    Log,
    /// -> `Answer::Change` with its difference. Needs the keychain.
    Change { change: String },
    /// -> `Answer::Folders`: directories a fix could keep, best first.
    Suggest { fix: String },
    /// -> `Answer::Proposal`: what a sandbox fix would allow by itself, or a fenced server may now
    /// (`permissions:` and a server's id, which `Preview` and `Apply` take as a fix). `Choices` of the latter say
    /// all that it may then.
    Propose { fix: String },
    /// -> `Answer::Keys`: what lies in the keychain. Needs the keychain.
    Keys,
    /// -> `Answer::Keys`. Deletes a key that nothing uses any more, by its id.
    Forget { key: String },
    /// -> `Answer::Approval`: an entry that changed, beside what was approved.
    Approval { server: String },
    /// -> `Answer::Change`. `seen`: the approval's own.
    Approve { server: String, seen: Stamp },
    /// -> `Answer::Doctor`. Starts no server, writes nothing.
    Doctor,
    /// -> `Answer::Restoring`: what a restoring would do. All wrapped entries
    /// where no server is named.
    Restoring { servers: Vec<String> },
    /// -> `Answer::Restoring`, done.
    Restore { servers: Vec<String> },
    /// -> `Answer::Residue`: copies of the keys that a change moved (or of a keychain item); null: of all.
    /// The fix of a copy is for `Preview` and `Apply`.
    Residue { change: Option<String> },
    /// -> `Answer::Reminders`: keys to be replaced where they are made.
    Reminders,
    /// -> `Answer::Reminders`. The user has replaced it, or has not after all.
    Rotated { reminder: String, done: bool },
    /// -> `Answer::Reminders`. Opens the provider's page in the browser.
    Open { reminder: String },
}

#[derive(Clone, Debug, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(tag = "answer", content = "with", rename_all = "camelCase")]
pub enum Answer {
    Report(Report),
    Detail(Detail),
    Rule(RulePage),
    Preview(Preview),
    Change(Change),
    Log(Vec<Change>),
    Folders(Vec<Folder>),
    Proposal(Proposal),
    Keys(Vec<Key>),
    Approval(Approval),
    Doctor(Vec<Checked>),
    Restoring(Vec<Restoring>),
    Residue(Residue),
    Reminders(Vec<Reminder>),
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Detail {
    /// Lines around the place, masked and escaped.
    pub snippet: Vec<SnippetLine>,
    /// Paragraphs of the rule's *Why it matters*; code in backticks.
    pub why: Vec<String>,
    /// `OWASP MCP01`, `CWE-526`.
    pub maps: Vec<String>,
}

/// A rule in words.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct RulePage {
    pub id: String,
    pub title: String,
    pub dimension: Dimension,
    /// Its usual one; a finding's may differ.
    pub severity: Severity,
    /// Where its evidence is: `config files`, `files on this computer`.
    pub looks: String,
    /// The best that its fixes can be.
    pub fix: Safety,
    /// `OWASP MCP01`, `CWE-526`.
    pub maps: Vec<String>,
    /// One sentence: what is wrong.
    pub summary: String,
    pub sections: Vec<RuleSection>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct RuleSection {
    pub heading: String,
    pub blocks: Vec<RuleBlock>,
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(tag = "block", rename_all = "camelCase")]
pub enum RuleBlock {
    /// A paragraph; code in backticks.
    Text { text: String },
    /// A config that the rule leaves alone, its lines as they are.
    Code { text: String },
    /// The example: a config before and after its fix.
    Difference { lines: Vec<DiffLine> },
}

#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct SnippetLine {
    pub number: usize,
    pub text: String,
    pub marked: bool,
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
    /// What the user should know or do: `Cursor needs a toggle of this server afterwards.`
    pub notes: Vec<String>,
    /// What a verification would start, whole: before, then after. Null when
    /// there is nothing to start.
    pub verify: Option<Vec<String>>,
    /// The score of the server now and after.
    pub score: Option<(u32, u32)>,
    /// Of a fix that makes a fence or changes what one allows.
    pub permissions: Option<PermissionsChange>,
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
    /// `~/.cursor/mcp.json`.
    pub shown: String,
    pub server: String,
    pub client_name: String,
    /// Masked difference; empty in a log.
    pub diff: Vec<DiffLine>,
    /// What a verification said, if one ran; or why the undo is not possible.
    pub note: Option<String>,
}

/// An entry that the launcher starts, as it was approved and as it is. No text
/// in it is cut; what cannot be seen is made visible, and keys are masked.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// A server's id.
    pub server: String,
    pub name: String,
    pub client_name: String,
    /// `~/.cursor/mcp.json`.
    pub shown: String,
    /// How it is not what was approved: `its command line changed`; null when it is.
    pub change: Option<String>,
    pub old: Approved,
    pub new: Approved,
    /// Every variable of both.
    pub variables: Vec<ApprovedVariable>,
    /// What the user should know, full sentences.
    pub notes: Vec<String>,
    /// Of all that is shown, and of what is not: the values.
    pub seen: Stamp,
}

/// One side of an approval.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Approved {
    /// The command line, program first.
    pub words: Vec<String>,
    /// The program that is started in the end.
    pub program: String,
    /// Null: the folder its client starts it in.
    pub cwd: Option<String>,
}

/// A variable of an entry; its value is never told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct ApprovedVariable {
    pub name: String,
    pub state: VariableState,
    /// Where the value comes from now; null for one that is gone.
    pub source: Option<VariableSource>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum VariableState {
    Same,
    Changed,
    New,
    Gone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum VariableSource {
    Entry,
    Keychain,
    Client,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// `keychain`, `github (Cursor)`.
    pub about: String,
    pub health: Health,
    /// What is so, one full sentence.
    pub message: String,
    /// What to do, full sentences.
    pub hint: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Health {
    Well,
    /// Nothing is wrong; good to know.
    Note,
    Wrong,
}

/// A wrapped entry on its way back to what it was.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub struct Restoring {
    /// A server's id.
    pub server: String,
    pub name: String,
    pub client_name: String,
    /// `~/.cursor/mcp.json`.
    pub shown: String,
    /// Names of the keys that stand in clear in the file again.
    pub clear: Vec<String>,
    /// How: the changes that are undone, or that the launcher is taken off; full sentences.
    pub steps: Vec<String>,
    /// Why it stays as it is; null where it does not.
    pub failure: Option<Failure>,
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
    /// A variable's name, or `an argument`.
    pub used_as: String,
}

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Serialize, TS, thiserror::Error)]
#[ts(export_to = "api.ts")]
#[error("{message}")]
pub struct Failure {
    pub code: Code,
    /// One sentence, no full stop.
    pub message: String,
    /// The next step, one full sentence.
    pub hint: Option<String>,
}

/// What a screen branches on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "camelCase")]
pub enum Code {
    /// The file is not what the preview showed: look again.
    Stale,
    /// The client must be closed first.
    ClientRuns,
    /// No keychain, or a locked one: nothing can be changed.
    NoKeychain,
    /// Undo would lose a newer change.
    Conflict,
    /// The server did not start as before; the fix took itself back.
    NotVerified,
    /// An answer is missing (`Choices`).
    Asks,
    /// No such finding, fix or change.
    Unknown,
    /// Cannot be done, and the message says why.
    Refused,
}

#[cfg(test)]
mod tests {
    use ts_rs::{Config, TS};

    use super::{Answer, DimensionScore, Failure, Request};

    /// Writes the TypeScript of everything a screen asks and is told; the build
    /// compares it with what is committed.
    #[test]
    fn the_types_of_the_window_are_generated() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/generated");
        let config = Config::new().with_out_dir(folder).with_large_int("number");
        Request::export_all(&config).unwrap();
        Answer::export_all(&config).unwrap();
        Failure::export_all(&config).unwrap();
        DimensionScore::export_all(&config).unwrap();
    }
}
