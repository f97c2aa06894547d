//! Changes beside what is started: an entry switched off, a file closed to others.

use serde_json::json;

use super::Plan;
use crate::document::Patch;
use crate::finding::{Finding, Said};
use crate::machine::Machine;
use crate::redact::line;
use crate::writing::switch;

/// What has to be done after an entry is off or gone.
pub(super) const STOPS: &str = "If the server runs now, it stops at the latest when its client is started again.";

/// The finding's entry off, in its client's own way, or out of the file.
pub(super) fn disable(machine: &Machine, finding: &Finding) -> Option<Plan> {
    let server = &machine.servers[finding.server?.0];
    let (name, client) = (line(&server.name), server.client.name);
    Some(match switch(machine, server) {
        Some((member, value)) => {
            let said = Said {
                title: format!("Switch {name} off"),
                past: format!("Switched {name} off"),
                summary: format!("{client} will not start {name} any more; its entry stays."),
                notes: Vec::new(),
            };
            Plan::of(finding, &said, vec![Patch::Set(server.at.name(member), json!(value))])
        }
        None => {
            let said = Said {
                title: format!("Take {name} out"),
                past: format!("Took {name} out"),
                summary: format!("The entry of {name} goes; undo brings it back as it was."),
                notes: vec![format!(
                    "{client} has no switch for a single server in this file, so the whole entry goes."
                )],
            };
            Plan::of(finding, &said, vec![Patch::Remove(server.at.clone())])
        }
    })
}

/// The finding's file for its owner only.
pub(super) fn protect(machine: &Machine, finding: &Finding) -> Option<Plan> {
    let file = &machine.files[finding.place.file.0];
    let access = machine.facts.file(finding.place.file)?.access.as_ref()?;
    let shown = line(&file.shown);
    let said = Said {
        title: format!("Let only you read {shown}"),
        past: format!("Let only its owner read {shown}"),
        summary: "Other users of this computer will not be able to read the file; its text stays as it is.".to_owned(),
        notes: Vec::new(),
    };
    Some(Plan { mode: Some(access.mode & 0o700), ..Plan::of(finding, &said, Vec::new()) })
}
