//! `warder permissions` and `warder allow`: what a sandboxed server may do, and
//! changing that.
//!
//! Allowing more is approving: only for a person at a terminal. Allowing less is not.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;
use warder_audit::api::{
    Answer, Choices, EngineName, NetworkChoice, Permissions as May, Proposal, Refused, Report, Request, Server,
};
use warder_audit::session::Session;
use warder_launch::stderr::typed;

use crate::fix::{Engine, NetworkName, absolute, asked};
use crate::{Home, interactive, named, print, report, session, told};

#[derive(Args)]
pub(crate) struct Permissions {
    /// Its name or its id; all that run in a sandbox where none is given.
    server: Option<String>,
    /// You have looked at the repositories that came to be where it may write: they are not shown again.
    #[arg(long, requires = "server")]
    looked_at: bool,
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    projects: crate::Projects,
    #[command(flatten)]
    home: Home,
}

#[derive(Args)]
pub(crate) struct Allow {
    /// Its name or its id.
    server: String,
    /// The id of the client whose entry is meant.
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// A host it may reach: `api.example.com`, `db.example.com:5432`, `*.example.com`. May be given more than once.
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// A folder or file it may read. May be given more than once.
    #[arg(long, value_name = "PATH")]
    read: Vec<PathBuf>,
    /// A folder it may read and write. May be given more than once.
    #[arg(long, value_name = "DIR")]
    write: Vec<PathBuf>,
    /// A host or a path that it may use no more. May be given more than once.
    #[arg(long, value_name = "WHAT")]
    remove: Vec<String>,
    /// What it gets of the network.
    #[arg(long)]
    network: Option<NetworkName>,
    /// What makes the sandbox; `landlock` keeps a server from less.
    #[arg(long)]
    engine: Option<Engine>,
    #[command(flatten)]
    projects: crate::Projects,
    /// Show what would be changed, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask. What allows more needs a terminal all the same.
    #[arg(long)]
    yes: bool,
    /// Start the server before and after, and take the change back if it differs.
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    home: Home,
}

/// What `--json` prints of one server.
#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    name: &'a str,
    client: &'a str,
    permissions: &'a May,
    refused: &'a [Refused],
    made: &'a [String],
}

pub(crate) fn show(of: Permissions) -> Result<bool> {
    let mut env = of.home.env()?;
    of.projects.add(&mut env)?;
    let mut session = session(env);
    let mut report = report(&mut session)?;
    if let Some(name) = of.server.as_ref().filter(|_| of.looked_at) {
        let server = fenced(&report, name, |_| true)?;
        let (server, made) = (server.id.clone(), server.made.clone());
        if let Answer::Report(anew) = session.ask(Request::LookedAt { server, made: made.clone() }).map_err(told)? {
            report = anew;
        }
        if !of.json {
            // Others may have come since they were listed.
            made.iter().for_each(|made| print::line(&format!("Not shown again: {made}")));
        }
    }
    let found: Vec<&Server> = match &of.server {
        Some(name) => named(&report, name, |_| true)?,
        None => report.servers.iter().collect(),
    };
    let fenced = found.iter().filter_map(|server| Some((*server, server.permissions.as_ref()?)));
    let fenced: Vec<(&Server, &May)> = fenced.collect();
    if of.json {
        let rows = fenced.iter().map(|(server, permissions)| Row {
            id: &server.id,
            name: &server.name,
            client: &server.client,
            permissions,
            refused: &server.refused,
            made: &server.made,
        });
        print::json(&rows.collect::<Vec<_>>())?;
        return Ok(true);
    }
    if fenced.is_empty() {
        print::line("No server runs in a sandbox of Warder's: each may do everything you may.");
    }
    for (server, may) in fenced {
        print::line(&format!("{}  {}", print::paint("1", &server.name), print::paint("2", &server.client_name)));
        list("may read", &may.read);
        list("may write", &may.write);
        match may.network {
            NetworkChoice::All => print::line("  may reach  everything"),
            NetworkChoice::None => print::line("  may reach  nothing"),
            NetworkChoice::Hosts => list("may reach", &may.reach),
        }
        list("may run", &may.run);
        list("is given", &may.variables);
        if let Some(kept) = &may.keeps_home {
            print::line(&format!("  keeps      its home, in {kept}"));
        }
        if may.user_namespaces {
            print::line("  may make user namespaces, as browsers do");
        }
        for refused in &server.refused {
            let host = match refused.port {
                80 | 443 => refused.host.clone(),
                port => format!("{}:{port}", refused.host),
            };
            let times = if refused.times == 1 { "once".to_owned() } else { format!("{} times", refused.times) };
            let name = typed(&server.name);
            print::line(&format!("  refused    {host}, {times}. Allow it: warder allow --host {host} -- {name}"));
        }
        for made in &server.made {
            print::line(&format!("  made       {made}, or another program did: it has git run programs"));
        }
        if !server.made.is_empty() {
            print::line(&format!(
                "  Look at its config and hooks before you use git there, then: warder permissions --looked-at -- {}",
                typed(&server.name)
            ));
        }
        if may.engine == EngineName::Landlock {
            may.leaves_open.iter().for_each(|open| print::line(&format!("  {open}")));
        }
        print::line("");
    }
    Ok(true)
}

fn list(what: &str, items: &[String]) {
    for (nth, item) in items.iter().enumerate() {
        print::line(&format!("  {:<9}  {item}", if nth == 0 { what } else { "" }));
    }
}

pub(crate) fn allow(allow: Allow) -> Result<bool> {
    let mut env = allow.home.env()?;
    allow.projects.add(&mut env)?;
    let mut session = session(env);
    let report = report(&mut session)?;
    let of_client = |id: &str| allow.client.as_deref().is_none_or(|client| client == id);
    let server = fenced(&report, &allow.server, of_client)?;
    let fix = format!("permissions:{}", server.id);
    let choices = chosen(&allow, proposal(&mut session, &fix)?)?;
    let preview = session.preview(&fix, &choices).map_err(told)?;
    print::preview(&preview, allow.verify);
    if allow.dry_run {
        return Ok(true);
    }
    let more = preview.permissions.as_ref().is_none_or(|change| !change.more.is_empty());
    if more && !interactive() {
        bail!("allowing a server more needs a person: run it at a terminal, or change it in Warder's window");
    }
    if !allow.yes && !asked(&preview, allow.verify)? {
        print::talk("Left as it is.");
        return Ok(false);
    }
    let change = crate::interrupt::noted(allow.verify, || session.apply(&fix, &choices, &preview.seen, allow.verify))
        .map_err(told)?;
    print::line(&format!("{} ({})  undo: warder undo {}", change.title, change.shown, change.id));
    if let Some(note) = change.note.filter(|note| !note.is_empty()) {
        print::talk(&note);
    }
    Ok(true)
}

/// The one entry of this name that runs in a sandbox.
pub(crate) fn fenced<'a>(report: &'a Report, name: &str, of_client: impl Fn(&str) -> bool) -> Result<&'a Server> {
    let found = named(report, name, |server| of_client(&server.client))?;
    let fenced: Vec<_> = found.into_iter().filter(|server| server.permissions.is_some()).collect();
    if let [server] = fenced[..] {
        return Ok(server);
    }
    fenced.iter().for_each(|server| print::talk(&format!("  {}  {}", server.id, server.client_name)));
    match fenced.is_empty() {
        true => bail!("{name} does not run in a sandbox of Warder's"),
        false => bail!("several entries of this name run in a sandbox; say which: its id, or --client"),
    }
}

pub(crate) fn proposal(session: &mut Session, fix: &str) -> Result<Proposal> {
    match session.ask(Request::Propose { fix: fix.to_owned() }).map_err(told)? {
        Answer::Proposal(proposal) => Ok(proposal),
        _ => bail!("a proposal is answered with a proposal"),
    }
}

/// All that the server may then: what it may now, more and less what was said.
fn chosen(allow: &Allow, now: Proposal) -> Result<Choices> {
    let mut unknown: Vec<&String> = allow.remove.iter().collect();
    let mut goes = |names: [&str; 2]| {
        let before = unknown.len();
        unknown.retain(|wanted| !names.contains(&wanted.trim_end_matches('/')));
        before != unknown.len()
    };
    let (mut read, mut keep) = (absolute(&allow.read)?, absolute(&allow.write)?);
    let (more_read, more_write) = (read.clone(), keep.clone());
    for folder in now.folders.into_iter().filter(|folder| !folder.fixed) {
        // One that is named anew is what it is named as.
        if goes([&folder.path, &folder.shown]) || more_read.contains(&folder.path) || more_write.contains(&folder.path)
        {
            continue;
        }
        if folder.write { keep.push(folder.path) } else { read.push(folder.path) }
    }
    let hosts = now.hosts.into_iter().map(|host| host.host).filter(|host| !goes([host, host]));
    let mut hosts: Vec<String> = hosts.collect();
    hosts.extend(allow.host.iter().cloned());
    if let Some(what) = unknown.first() {
        bail!("it may not use {what} now, so there is nothing to remove");
    }
    let present = now.network.unwrap_or(NetworkChoice::None);
    let network = match (allow.network, present) {
        (Some(name), _) => name.into(),
        (None, NetworkChoice::All) if allow.host.is_empty() => NetworkChoice::All,
        // Naming hosts narrows a whole network to them.
        (None, _) if !hosts.is_empty() => NetworkChoice::Hosts,
        (None, _) => NetworkChoice::None,
    };
    Ok(Choices { keep, read, network: Some(network), hosts, engine: allow.engine.map(EngineName::from) })
}
