//! Facts beside the configs: who may read a file, what a program is, what the
//! package caches hold. Reads; starts nothing, writes nothing, never fails.

mod files;
mod packages;
mod programs;

use super::Machine;
use crate::facts::Facts;

/// Everything that rules may want to know and that no config says.
pub(super) fn gather(machine: &Machine) -> Facts {
    let mut facts = Facts::default();
    files::gather(machine, &mut facts);
    programs::gather(machine, &mut facts);
    packages::gather(machine, &mut facts);
    facts
}
