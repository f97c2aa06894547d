//! Config files: their modes, what git makes of them, who copies them elsewhere.

use crate::facts::{Facts, FileFacts, Git};
use crate::machine::Machine;

/// Fills in `Facts::files`.
pub(super) fn gather(machine: &Machine, facts: &mut Facts) {
    facts.files = machine.files.iter().map(|_| FileFacts { access: None, git: None::<Git>, synced: None }).collect();
}
