//! Where the user's keys are: in the keychain, and still in plain text.

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;
use warder_audit::api::{Answer, Finding, Key, Report, Request};

use crate::{Home, Projects, print, report, session, told};

#[derive(Args)]
pub(crate) struct Keys {
    /// Print the lists as JSON; never a key itself.
    #[arg(long)]
    json: bool,
    /// Delete this key, which nothing uses any more, from the keychain.
    #[arg(long, value_name = "LABEL")]
    forget: Option<String>,
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    projects: Projects,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Lists<'a> {
    /// In the keychain.
    keys: &'a [Key],
    /// Findings of keys that anybody can read where they stand; since when, nobody knows.
    plain: Vec<&'a Finding>,
}

/// The rules that find a key itself.
const PLAIN: [&str; 4] = ["secret-in-args", "secret-in-env", "secret-in-header", "secret-in-url"];

pub(crate) fn run(keys: Keys) -> Result<bool> {
    let mut env = keys.home.env()?;
    keys.projects.add(&mut env)?;
    let mut session = session(env);
    let mut ask = |request| match session.ask(request).map_err(told)? {
        Answer::Keys(list) => Ok(list),
        _ => bail!("keys are answered with keys"),
    };
    let mut list: Vec<Key> = ask(Request::Keys)?;
    if let Some(label) = &keys.forget {
        let known = named(&list, label)?;
        list = ask(Request::Forget { key: known.id.clone() })?;
        print::talk("It is deleted from the keychain.");
    }
    let report = report(&mut session)?;
    let plain = plain(&report);
    if keys.json {
        print::json(&Lists { keys: &list, plain })?;
        return Ok(true);
    }
    for key in &list {
        print_key(key);
    }
    if list.is_empty() {
        print::line("No key is in the keychain yet.");
    }
    if !plain.is_empty() {
        print::line("");
        print::line("Still in plain text:");
    }
    for finding in plain {
        let file = report.files.iter().find(|file| Some(&file.id) == finding.file.as_ref());
        let line = finding.line.map(|line| format!(":{line}")).unwrap_or_default();
        let shown = file.map_or("", |file| file.shown.as_str());
        print::line(&format!("  {shown}{line}  {}  {}", finding.message, finding.rule));
    }
    Ok(true)
}

/// The one key of this label, or of this whole name.
fn named<'a>(keys: &'a [Key], label: &str) -> Result<&'a Key> {
    let mut found = keys.iter().filter(|key| key.id == label || key.label == label);
    let first = found.next().with_context(|| format!("there is no key {label}; warder keys lists them"))?;
    if found.next().is_some() {
        bail!("there are several keys {label}; use the whole name, as warder keys --json prints it");
    }
    Ok(first)
}

fn plain(report: &Report) -> Vec<&Finding> {
    report.findings.iter().filter(|finding| PLAIN.contains(&finding.rule.as_str())).collect()
}

fn print_key(key: &Key) {
    let since = key.since.as_deref().and_then(|since| since.get(..10));
    let since = since.map(|day| format!("in the keychain since {day}"));
    let since = since.unwrap_or_else(|| "in the keychain".to_owned());
    print::line(&format!("{}  {}", print::paint("1", &key.label), print::paint("2", &since)));
    for one in &key.uses {
        let place = one.shown.as_deref().unwrap_or("no entry found that starts it");
        print::line(&format!("  {} ({}) as {}  {place}", one.name, one.client_name, one.used_as));
    }
    if key.orphan {
        print::line(&format!("  Nothing uses it any more. Delete it with warder keys --forget {}", key.id));
    }
}
