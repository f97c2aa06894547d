//! Fixes that several rules offer.

use crate::finding::{Act, Finding, Safety};
use crate::machine::Machine;
use crate::rules::steps;
use crate::server::Server;
use crate::writing::{may_edit, switch};

/// To switch the entry off, or to take it out where its client has no switch.
pub(super) fn off(machine: &Machine, server: &Server, finding: &mut Finding, safety: Safety) {
    let title = if switch(machine, server).is_some() { "Switch it off" } else { "Take the entry out" };
    match may_edit(machine, server) {
        Ok(()) => finding.fix("off", title, safety, Act::Disable),
        Err(why) => finding.fix("by-hand", title, Safety::Manual, steps([why.as_str(), "Switch it off there."])),
    };
}
