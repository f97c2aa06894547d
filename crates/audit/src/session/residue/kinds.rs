//! What kinds of copies there are, and what is to be done about each.

use crate::api::CopyKind;

impl CopyKind {
    /// What to do, one full sentence.
    pub fn advice(self) -> &'static str {
        match self {
            CopyKind::Config => "Move this one to the keychain too: its finding has the fix.",
            CopyKind::Backup => "Let Warder take the key out, or delete the file if you do not need it.",
            CopyKind::LocalHistory => {
                "Let Warder take the key out, or delete this version in the editor's timeline of the file."
            }
            CopyKind::EnvFile => {
                "Let Warder take the line out if no other program needs it; what reads this file gets the key no more."
            }
            CopyKind::Settings => "Take the key out of this file by hand; the program that reads it may need it.",
            CopyKind::Log => "Quit the program that writes this file, then delete the file.",
            CopyKind::Conversation => "Delete this conversation in its client, or delete the file while it is closed.",
            CopyKind::ShellHistory => {
                "Close your other terminals and take the line out of this file; shells write it anew when they end."
            }
            CopyKind::Git => {
                "Replace the key at its provider: everybody with a copy of the repository has it, \
                 and rewriting the history does not reach them."
            }
        }
    }

    /// Whether Warder can take the key out itself: only of files that no program
    /// is writing, and that can be put back byte for byte.
    pub(super) fn is_ours(self) -> bool {
        matches!(self, CopyKind::Backup | CopyKind::LocalHistory | CopyKind::EnvFile)
    }
}
