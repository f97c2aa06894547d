//! Programs and scripts: where they are, and who else may change them.

use crate::facts::{Facts, ServerFacts};
use crate::machine::Machine;

/// Fills in what is known of the programs of `Facts::servers`.
pub(super) fn gather(machine: &Machine, facts: &mut Facts) {
    facts.servers.resize_with(machine.servers.len(), ServerFacts::default);
}
