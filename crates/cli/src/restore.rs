//! `warder restore`: wrapped entries back to what they were.

use anyhow::{Result, bail};
use clap::Args;
use warder_audit::api::{Failure, Protection, Restoring};

use crate::{Home, asked, interactive, named, print, report, session, told};

#[derive(Args)]
pub(crate) struct Restore {
    /// Names or ids of servers.
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    server: Vec<String>,
    /// Every wrapped entry, as before Warder is uninstalled.
    #[arg(long)]
    all: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    projects: crate::Projects,
    #[command(flatten)]
    home: Home,
}

pub(crate) fn run(restore: Restore) -> Result<bool> {
    let mut env = restore.home.env()?;
    restore.projects.add(&mut env)?;
    let mut session = session(env);
    let seen = report(&mut session)?;
    let mut ids = Vec::new();
    for wanted in &restore.server {
        let found = named(&seen, wanted, |_| true)?;
        let wrapped: Vec<_> = found.iter().filter(|server| server.protection != Protection::None).collect();
        if wrapped.is_empty() {
            print::talk(&format!("{} is not wrapped.", found[0].name));
        }
        ids.extend(wrapped.into_iter().map(|server| server.id.clone()));
    }
    if ids.is_empty() && !restore.all {
        return Ok(true);
    }
    let foretold = session.restoring(&ids).map_err(told)?;
    if foretold.is_empty() {
        print::talk("No entry is wrapped.");
        return Ok(true);
    }
    foretold.iter().for_each(preview);
    if foretold.iter().any(|one| one.failure.is_none()) {
        if !restore.yes && !interactive() {
            bail!("restoring needs a yes; say --yes, or run it at a terminal");
        }
        if !restore.yes && !matches!(asked("Do this? [y/N]")?.as_str(), "y" | "Y" | "yes") {
            print::talk("Left as it is.");
            return Ok(false);
        }
    }
    let done = session.restore(&ids).map_err(told)?;
    for one in &done {
        match &one.failure {
            None => print::line(&format!("Restored: {} ({})", one.name, one.shown)),
            Some(failure) => print::talk(&left(one, failure)),
        }
    }
    // What came to be wrapped meanwhile counts as well.
    let remaining = if restore.all { session.restoring(&[]).map_err(told)?.len() } else { 0 };
    Ok(remaining == 0 && done.iter().all(|one| one.failure.is_none()))
}

pub(crate) fn preview(one: &Restoring) {
    print::talk(&format!("{} · {} · {}", one.name, one.client_name, one.shown));
    one.steps.iter().for_each(|step| print::talk(&format!("  {step}")));
    match &one.failure {
        Some(failure) => print::talk(&format!("  {}", left(one, failure))),
        None if one.clear.is_empty() => {}
        None => print::talk(&format!("  In clear in the file again: {}", one.clear.join(", "))),
    }
}

pub(crate) fn left(one: &Restoring, failure: &Failure) -> String {
    let hint = failure.hint.as_ref().map_or_else(String::new, |hint| format!(" {hint}"));
    format!("Not restored: {} ({}): {}.{hint}", one.name, one.shown, failure.message)
}
