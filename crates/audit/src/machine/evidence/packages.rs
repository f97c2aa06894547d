//! What the caches of npx and uv hold: the version that a start would run today.

use crate::facts::{Facts, ServerFacts};
use crate::machine::Machine;

/// Fills in what is known of the packages of `Facts::servers`, and `Facts::npm`.
pub(super) fn gather(machine: &Machine, facts: &mut Facts) {
    facts.servers.resize_with(machine.servers.len(), ServerFacts::default);
}
