//! `warder learn`: one start of a sandboxed server that is watched, and what
//! could be allowed after it.
//!
//! Nothing is allowed without a look at the difference and a yes at a terminal.

use anyhow::{Context, Result, bail};
use clap::Args;
use warder_audit::api::{Answer, Call, Choices, Learned, NetworkChoice, Proposal, Request};
use warder_audit::redact;
use warder_launch::stderr::typed;

use crate::fix::asked;
use crate::permissions::{fenced, proposal};
use crate::{Home, interactive, interrupt, print, report, session, told};

#[derive(Args)]
pub(crate) struct Learn {
    /// Its name or its id.
    server: String,
    /// The id of the client whose entry is meant.
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// A tool to call while it is watched, with what it takes: `fetch {"url":"https://example.com"}`. May be given more
    /// than once.
    #[arg(long, value_name = "TOOL JSON")]
    call: Vec<String>,
    #[command(flatten)]
    projects: crate::Projects,
    /// Start it without asking. What allows more is asked all the same.
    #[arg(long)]
    yes: bool,
    /// Print what it was refused as JSON, and allow nothing.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: Home,
}

pub(crate) fn run(learn: &Learn) -> Result<bool> {
    let calls = learn.call.iter().map(|text| call(text)).collect::<Result<Vec<_>>>()?;
    let mut env = learn.home.env()?;
    learn.projects.add(&mut env)?;
    let mut session = session(env);
    let report = report(&mut session)?;
    let server = fenced(&report, &learn.server, |id| learn.client.as_deref().is_none_or(|client| client == id))?;
    let fix = format!("permissions:{}", server.id);
    let now = proposal(&mut session, &fix)?;
    let line = now.learns.as_deref().context("this entry is not started by Warder's launcher")?;
    print::talk(&format!("This is started once, in its sandbox, and watched:\n    {line}"));
    if !learn.yes {
        if !interactive() {
            bail!("starting a server needs a yes; say --yes, or run it at a terminal");
        }
        if !matches!(crate::asked("Start it? [y/N]")?.as_str(), "y" | "Y" | "yes") {
            print::talk("Not started.");
            return Ok(false);
        }
    }
    let request = Request::Learn { server: server.id.clone(), calls };
    let Answer::Learned(learned) = interrupt::noted(true, || session.ask(request)).map_err(told)? else {
        bail!("learning answers with what was learned")
    };
    if learn.json {
        print::json(&learned)?;
        return Ok(true);
    }
    show(&learned);
    if learned.folders.is_empty() && learned.hosts.is_empty() {
        return Ok(true);
    }
    if let Some(words) = words(&learned, &server.name) {
        print::talk(&format!("A part of it: {words}"));
    }
    if !interactive() {
        return Ok(true);
    }
    let choices = with_all(now, &learned);
    let preview = session.preview(&fix, &choices).map_err(told)?;
    print::preview(&preview, false);
    if !asked(&preview, false)? {
        print::talk("Nothing was allowed.");
        return Ok(true);
    }
    let change = session.apply(&fix, &choices, &preview.seen, false).map_err(told)?;
    print::line(&format!("{} ({})  undo: warder undo {}", change.title, change.shown, change.id));
    Ok(true)
}

/// `fetch {"url":"https://example.com"}`.
fn call(text: &str) -> Result<Call> {
    let (tool, rest) = text.trim().split_once(char::is_whitespace).unwrap_or((text.trim(), "{}"));
    let arguments: serde_json::Value =
        serde_json::from_str(rest).with_context(|| format!("what {tool} takes is not written as JSON"))?;
    if tool.is_empty() || !arguments.is_object() {
        bail!("write a call like this: --call 'fetch {{\"url\":\"https://example.com\"}}'");
    }
    Ok(Call { tool: tool.to_owned(), arguments })
}

fn show(learned: &Learned) {
    print::line(&learned.outcome);
    for folder in &learned.folders {
        print::line(&format!("  refused    {}: {}", folder.shown, folder.why));
    }
    for host in &learned.hosts {
        print::line(&format!("  refused    {}: {}", host.host, host.why));
    }
    if learned.folders.is_empty() && learned.hosts.is_empty() {
        print::line("  It was refused nothing that could be allowed.");
    }
    learned.warnings.iter().chain(&learned.notes).for_each(|text| print::line(&format!("  {text}")));
    print::talk("Only this one start was watched. What a server tries is its own choice: allow what you understand.");
}

/// The command that allows the first of it; `None` where nothing of it can be typed.
fn words(learned: &Learned, name: &str) -> Option<String> {
    // A server chooses what its folders are called: a name that is not shown as it is would be another one.
    let as_shown = |text: &str| redact::line(text) == text;
    let folder = learned.folders.iter().find(|one| as_shown(&one.path)).map(|one| {
        let flag = if one.write { "--write" } else { "--read" };
        format!(" {flag} {}", typed(&one.path))
    });
    let host = learned.hosts.iter().find(|one| as_shown(&one.host)).map(|one| format!(" --host {}", typed(&one.host)));
    if folder.is_none() && host.is_none() {
        return None;
    }
    let words = format!("warder allow{}{} -- {}", folder.unwrap_or_default(), host.unwrap_or_default(), typed(name));
    Some(redact::line(&words))
}

/// What it may now, and all that it was refused besides.
fn with_all(now: Proposal, learned: &Learned) -> Choices {
    let mut choices = Choices { network: now.network, ..Choices::default() };
    for folder in now.folders.iter().filter(|folder| !folder.fixed).chain(&learned.folders) {
        let list = if folder.write { &mut choices.keep } else { &mut choices.read };
        list.push(folder.path.clone());
    }
    choices.read.retain(|path| !choices.keep.contains(path));
    choices.hosts = now.hosts.into_iter().chain(learned.hosts.iter().cloned()).map(|host| host.host).collect();
    if !learned.hosts.is_empty() {
        choices.network = Some(NetworkChoice::Hosts);
    }
    choices
}
