//! `warder approve`: what was approved beside what is there now, and a yes.
//!
//! Only for a person at a terminal: an agent could otherwise approve what it wrote itself.

use anyhow::{Context, Result, bail};
use clap::Args;
use warder_audit::api::{Approval, Protection, VariableSource, VariableState};

use crate::{Home, asked, interactive, named, print, report, session, told};

#[derive(Args)]
pub(crate) struct Approve {
    /// Its name or its id.
    server: String,
    /// The id of the client whose entry is meant.
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    #[command(flatten)]
    projects: crate::Projects,
    #[command(flatten)]
    home: Home,
}

pub(crate) fn run(approve: Approve) -> Result<bool> {
    if !interactive() {
        bail!("approving needs a person: run it at a terminal, or approve in Warder's window");
    }
    let mut env = approve.home.env()?;
    approve.projects.add(&mut env)?;
    let mut session = session(env);
    let report = report(&mut session)?;
    let of_client = |id: &str| approve.client.as_deref().is_none_or(|client| client == id);
    let found = named(&report, &approve.server, |server| of_client(&server.client))?;
    let changed: Vec<_> = found.iter().filter(|server| server.protection == Protection::Changed).collect();
    let server = match (changed.as_slice(), found.as_slice()) {
        ([one], _) => *one,
        ([], [one]) => one,
        ([], _) => found.first().context("there is none")?,
        (several, _) => {
            several.iter().for_each(|server| print::talk(&format!("  {}  {}", server.id, server.client_name)));
            bail!("several entries of this name changed; say which: its id, or --client");
        }
    };
    let approval = session.approval(&server.id).map_err(told)?;
    let Some(change) = &approval.change else {
        print::talk(&format!("{} is as you approved it.", approval.name));
        return Ok(true);
    };
    print::talk(&format!("{} · {} · {}", approval.name, approval.client_name, approval.shown));
    print::talk(&format!("It is not what you approved: {change}."));
    shown(&approval);
    let answer = asked(&format!("Type {} to let it start like this:", approval.name))?;
    if answer != approval.name && answer != "yes" {
        print::talk("Left as it is: not approved.");
        return Ok(false);
    }
    let change = session.approve(&approval.server, &approval.seen).map_err(told)?;
    print::line(&format!("{} ({})  undo: warder undo {}", change.title, change.shown, change.id));
    Ok(true)
}

/// On stderr, where the question is: it must not end up in a pipe.
fn shown(approval: &Approval) {
    let (old, new) = (&approval.old, &approval.new);
    print::talk("Command");
    for index in 0..old.words.len().max(new.words.len()) {
        beside(old.words.get(index).map(String::as_str), new.words.get(index).map(String::as_str));
    }
    print::talk("Program");
    beside(Some(&old.program), Some(&new.program));
    print::talk("Folder");
    let own = "(where its client starts it)";
    beside(Some(old.cwd.as_deref().unwrap_or(own)), Some(new.cwd.as_deref().unwrap_or(own)));
    if !approval.variables.is_empty() {
        print::talk("Variables");
    }
    for variable in &approval.variables {
        let (sign, state) = match variable.state {
            VariableState::Same => (' ', "as approved"),
            VariableState::Changed => ('~', "changed"),
            VariableState::New => ('+', "new"),
            VariableState::Gone => ('-', "gone"),
        };
        let source = match variable.source {
            Some(VariableSource::Keychain) => ", from the keychain",
            Some(VariableSource::Client) => ", filled in by its client",
            Some(VariableSource::Entry) | None => "",
        };
        print::talk(&format!("  {sign} {}  {state}{source}", variable.name));
    }
    approval.notes.iter().for_each(|note| print::talk(note));
}

fn beside(old: Option<&str>, new: Option<&str>) {
    if old == new {
        new.into_iter().for_each(|word| print::talk(&format!("    {word}")));
        return;
    }
    old.into_iter().for_each(|word| print::talk(&format!("  - {word}")));
    new.into_iter().for_each(|word| print::talk(&format!("  + {word}")));
}
