//! Keys to be replaced where they are made.

use anyhow::Result;
use clap::Args;
use warder_audit::api::Reminder;

use crate::{Home, print, session, told};

#[derive(Args)]
pub(crate) struct Rotate {
    /// You have replaced this key.
    #[arg(long, value_name = "ID")]
    done: Option<String>,
    /// You have not replaced it after all.
    #[arg(long, value_name = "ID", conflicts_with = "done")]
    again: Option<String>,
    /// Open the page where it is replaced.
    #[arg(long, value_name = "ID", conflicts_with_all = ["done", "again"])]
    open: Option<String>,
    /// Show those that are done too.
    #[arg(long)]
    all: bool,
    /// Print an array of reminders as JSON, those that are done too.
    #[arg(long, conflicts_with_all = ["done", "again", "open"])]
    json: bool,
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    projects: crate::Projects,
}

/// `false`: there are keys to be replaced.
pub(crate) fn run(rotate: Rotate) -> Result<bool> {
    let mut env = rotate.home.env()?;
    rotate.projects.add(&mut env)?;
    let mut session = session(env);
    if let Some(id) = &rotate.open {
        session.open_page(id).map_err(told)?;
        print::line("The page opens in your browser. Afterwards: `warder rotate --done` with the same id.");
        return Ok(true);
    }
    if let Some(id) = &rotate.done {
        session.rotated(id, true).map_err(told)?;
        print::line("Done: Warder does not remind you of it any more.");
        return Ok(true);
    }
    if let Some(id) = &rotate.again {
        session.rotated(id, false).map_err(told)?;
        print::line("It is on the list again.");
        return Ok(true);
    }
    let reminders = session.reminders().map_err(told)?;
    if rotate.json {
        print::json(&reminders)?;
        return Ok(reminders.iter().all(|one| one.done));
    }
    let open = reminders.iter().filter(|one| rotate.all || !one.done);
    if open.clone().next().is_none() {
        print::line("No key has to be replaced.");
        return Ok(true);
    }
    open.for_each(show);
    match reminders.iter().all(|one| one.done) {
        true => Ok(true),
        false => {
            print::talk(
                "`warder rotate --open ID` opens the page, `warder keys --replace ID` takes the new key, `warder rotate --done ID` \
                 takes a key off the list.",
            );
            Ok(false)
        }
    }
}

fn show(one: &Reminder) {
    let what = match &one.provider {
        Some(provider) => format!("Replace {} at {provider}", one.key),
        None => format!("Replace {} where it was made", one.key),
    };
    let done = if one.done { " · done" } else { "" };
    print::line(&format!("{}  {}{done}", one.id, print::paint("1", &what)));
    print::line(&format!("    {} is {}. {}", one.key, one.kind, one.why));
    if let Some(page) = &one.page {
        print::line(&format!("    {page}"));
    }
    print::line(&format!("    {}", one.then));
}
