//! `warder update`: the package an entry runs from beside what its registry serves now, and a yes.
//!
//! Without a name it only shows. Only a person at a terminal says yes.

use anyhow::{Result, bail};
use clap::Args;
use warder_audit::api;
use warder_audit::count::counted;
use warder_audit::session::Session;

use crate::{Home, asked, interactive, named, print, report, session, told};

#[derive(Args)]
pub(crate) struct Update {
    /// Its name or its id; without one, all that run from Warder's store are shown.
    server: Option<String>,
    /// The id of the client whose entry is meant.
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    #[command(flatten)]
    projects: crate::Projects,
    #[command(flatten)]
    home: Home,
}

pub(crate) fn run(update: Update) -> Result<bool> {
    let mut env = update.home.env()?;
    update.projects.add(&mut env)?;
    let mut session = session(env);
    let report = report(&mut session)?;
    let stored = session.stored();
    let meant = |server: &api::Server| {
        stored.contains(&server.id) && update.client.as_deref().is_none_or(|client| server.client == client)
    };
    let Some(name) = &update.server else {
        let found: Vec<_> = report.servers.iter().filter(|server| meant(server)).collect();
        if found.is_empty() {
            print::talk("No entry runs from Warder's store.");
        }
        let mut all_well = true;
        for server in found {
            match session.newer(&server.id) {
                Ok(update) => print::line(&row(&update)),
                Err(failure) => {
                    all_well = false;
                    print::talk(&format!("{}: {:#}", server.name, told(failure)));
                }
            }
        }
        return Ok(all_well);
    };
    let found = named(&report, name, |server| update.client.as_deref().is_none_or(|client| server.client == client))?;
    match found.iter().filter(|server| meant(server)).collect::<Vec<_>>().as_slice() {
        [one] => ask(&mut session, &one.id),
        [] => bail!("{name} does not run from Warder's store"),
        several => {
            several.iter().for_each(|server| print::talk(&format!("  {}  {}", server.id, server.client_name)));
            bail!("several entries of this name run from the store; say which: its id, or --client");
        }
    }
}

fn row(update: &api::Update) -> String {
    let state = match (&update.seen, update.whole) {
        (_, false) => "changed since it was installed: it does not start".to_owned(),
        (None, true) => "up to date".to_owned(),
        (Some(_), true) if update.installed == update.served => "the same version, with other packages".to_owned(),
        (Some(_), true) => format!("{} is there", update.served),
    };
    format!("{} ({})  {} {}  {state}", update.name, update.client_name, update.package, update.installed)
}

fn ask(session: &mut Session, server: &str) -> Result<bool> {
    let update = session.newer(server).map_err(told)?;
    print::talk(&row(&update));
    let Some(seen) = &update.seen else {
        update.notes.iter().for_each(|note| print::talk(note));
        return Ok(true);
    };
    print::talk(&format!("  {} {} → {}", update.package, update.installed, update.served));
    let (before, after) = update.files;
    print::talk(&format!("  {} → {}", counted(before, "file", "files"), counted(after, "file", "files")));
    for (sign, these) in [('+', &update.added), ('-', &update.removed), ('~', &update.changed)] {
        these.iter().for_each(|one| print::talk(&format!("  {sign} {one}")));
    }
    if !update.scripts.is_empty() {
        print::talk(&format!("  with install scripts now, which are not run: {}", update.scripts.join(", ")));
    }
    update.notes.iter().for_each(|note| print::talk(note));
    if !interactive() {
        bail!("an update needs a person: run it at a terminal, or update in Warder's window");
    }
    let answer = asked(&format!("Type {} to let it start from this:", update.name))?;
    if answer != update.name && answer != "yes" {
        print::talk("Left as it is.");
        return Ok(false);
    }
    let change = session.update(&update.server, seen).map_err(told)?;
    print::line(&format!("{} ({})  undo: warder undo {}", change.title, change.shown, change.id));
    Ok(true)
}
