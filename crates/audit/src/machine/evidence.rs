//! Facts beside the configs: who may read a file, what a program is, what the
//! package caches hold. Reads; starts nothing, writes nothing, never fails.

mod env_files;
mod files;
pub(crate) mod packages;
mod programs;
mod roots;
mod synced;

use super::Machine;
use super::places::Look;
use super::shared::Repositories;
use crate::facts::Facts;

/// Everything that rules may want to know and that no config says.
pub(super) fn gather(machine: &Machine, look: &mut Look, repositories: &mut Repositories) -> Facts {
    let mut facts = Facts::default();
    let mut files = files::Files::of(&machine.env, look, repositories);
    files::gather(machine, &mut files, &mut facts);
    env_files::gather(machine, &mut files, &mut facts);
    programs::gather(machine, &mut facts);
    packages::gather(machine, &mut facts);
    roots::gather(machine, &mut facts);
    facts
}
