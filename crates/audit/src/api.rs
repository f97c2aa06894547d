//! All that a screen may ask, and all it may be told.
//!
//! One enum serves the window, the command line and tests. Nothing here can
//! carry a secret: texts are masked and escaped before they become an answer.
//! The TypeScript of these types is generated (`ui/src/generated`).

mod approval;
mod change;
mod doctor;
mod finding;
mod keys;
mod learn;
mod news;
mod permissions;
mod report;
mod rule;
mod safe;
mod secrets;
mod server;
mod settings;
mod step;
mod take;
mod update;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::document::Stamp;
use crate::finding::Reason;

pub use approval::{Approval, Approved, ApprovedVariable, VariableSource, VariableState};
pub use change::{Blocked, Change, Choices, Folder, Preview};
pub use doctor::{Checked, Health, Restoring};
pub use finding::{Accepted, Asks, Detail, Finding, Fix, SnippetLine};
pub use keys::{CopyKind, Key, KeyCopy, KeyUse, NewKey, Reminder, Residue, Skipped};
pub use learn::{Call, Learned, LearnedTool};
pub use news::{News, NewsKind, NewsPage, Unread};
pub use permissions::{
    EngineName, NetworkChoice, Permissions, PermissionsChange, Proposal, ProposedFolder, ProposedHost, Refused,
};
pub use report::{Band, Bands, Best, Certainty, Client, File, FileError, FileState, Report, Score};
pub use rule::{RuleBlock, RulePage, RuleSection};
pub use safe::{AlsoMended, LeftFix, SafeFixes};
pub use secrets::{Credential, CredentialPlace, CredentialUse, KeychainState, Secrets};
pub use server::{Deduction, DimensionScore, Next, Package, Protection, Reach, Server, ServerScore, TransportName};
pub use settings::{ClientChoice, EditorChoice, ExtraFile, Settings, SettingsPage, Theme};
pub use step::Step;
pub use take::{Exported, ReportShape};
pub use update::Update;

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
    /// -> `Answer::Blocked`: the changes that cannot be taken back as things are now. Does not wait for a locked keychain.
    Blocked,
    /// -> `Answer::Change` with its difference. Needs the keychain.
    Change { change: String },
    /// -> `Answer::Change`. A new value that was looked at (`NewKey`) takes the place of the old one.
    ReplaceKey { offer: String },
    /// -> `Answer::Done`. Forgets a new value that was looked at.
    DropKey,
    /// -> `Answer::Folders`: directories a fix could keep, best first.
    Suggest { fix: String },
    /// -> `Answer::Proposal`: what a sandbox fix would allow by itself, or a fenced server may now
    /// (`permissions:` and a server's id, which `Preview` and `Apply` take as a fix). `Choices` of the latter say
    /// all that it may then.
    Propose { fix: String },
    /// -> `Answer::Learned`. Starts a server in its sandbox once, watched, by exactly the command that its proposal
    /// showed (`Proposal.learns`), and calls these tools. Allows nothing.
    Learn { server: String, calls: Vec<Call> },
    /// -> `Answer::Learned`: what the server was refused whose check failed last (`Code::NotVerified`); `Unknown` where
    /// that was nothing.
    Missed,
    /// -> `Answer::Report`. The repositories that came to be where a fenced server may write were looked at: all that
    /// `Server.made` said, else `Stale`.
    LookedAt { server: String, made: Vec<String> },
    /// -> `Answer::Keys`: what lies in the keychain. Needs the keychain.
    Keys,
    /// -> `Answer::Keys`. Deletes a key that nothing uses any more, by its id.
    Forget { key: String },
    /// -> `Answer::Approval`: an entry that changed, beside what was approved.
    Approval { server: String },
    /// -> `Answer::Change`. `seen`: the approval's own.
    Approve { server: String, seen: Stamp },
    /// -> `Answer::Update`: what the registry of an installed package serves now. Needs the network.
    Newer { server: String },
    /// -> `Answer::Change`. `seen`: the update's own.
    Update { server: String, seen: Stamp },
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
    /// -> `Answer::Safe`: one preview of every safe fix. Starts nothing, writes nothing.
    Safe,
    /// -> `Answer::Change`. One of them; `effect`: of its preview. Refused as `Stale` when it would now do something
    /// else, `Unknown` when one before has mended it too.
    ApplySafe { fix: String, effect: Stamp },
    /// -> `Answer::Secrets`: every credential. Does not wait for a locked keychain.
    Secrets,
    /// -> `Answer::News`: compares what was scanned last with what was there before, keeps it, and says what differs.
    News,
    /// -> `Answer::News`. These changes by others were seen (`News.id`); null: all of them, and the new findings too.
    SeenNews { changes: Option<Vec<String>> },
    /// -> `Answer::Settings`
    Settings,
    /// -> `Answer::Settings`. Refused with the reason when a folder or file is not there.
    Settle { settings: Settings },
    /// -> `Answer::Exported`. `path`: absolute, of a new file; null: in the user's downloads, named by the day. Only
    /// its owner can read it.
    Export { shape: ReportShape, path: Option<String> },
    /// -> `Answer::Exported`: where `Export` would write now without a path. Writes nothing.
    ExportPlace { shape: ReportShape },
    /// -> `Answer::Done`. Opens the report that was exported last.
    OpenReport,
    /// -> `Answer::Done`. Opens a config file (by its id) in the user's editor, at a line.
    Edit { file: String, line: Option<usize> },
    /// -> `Answer::Log`, then empty. Deletes the history and its key: nothing can be taken back any more. Refused while
    /// an entry is wrapped.
    ForgetHistory,
}

#[derive(Clone, Debug, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(tag = "answer", content = "with", rename_all = "camelCase")]
#[expect(clippy::large_enum_variant, reason = "one at a time, and never in a list")]
pub enum Answer {
    Report(Report),
    Detail(Detail),
    Rule(RulePage),
    Preview(Preview),
    Change(Change),
    Log(Vec<Change>),
    Blocked(Vec<Blocked>),
    Folders(Vec<Folder>),
    Proposal(Proposal),
    Learned(Learned),
    Keys(Vec<Key>),
    Approval(Approval),
    Update(Update),
    Doctor(Vec<Checked>),
    Restoring(Vec<Restoring>),
    Residue(Residue),
    Reminders(Vec<Reminder>),
    Safe(SafeFixes),
    Secrets(Secrets),
    News(NewsPage),
    Settings(SettingsPage),
    Exported(Exported),
    Done,
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

    use super::{Answer, DimensionScore, Failure, NewKey, Request, Step};

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
        Step::export_all(&config).unwrap();
        NewKey::export_all(&config).unwrap();
    }
}
