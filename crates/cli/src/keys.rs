//! Where the user's keys are: in the keychain, and still in plain text.

use std::io::Read;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Serialize;
use warder_audit::api::{Answer, Finding, Key, KeyUse, NewKey, Report, Request};
use warder_audit::count::counted;
use warder_audit::session::Session;
use warder_launch::vault::Secret;

use crate::{Home, Projects, asked, hidden, interactive, print, report, session, told};

#[derive(Args)]
pub(crate) struct Keys {
    /// Print the lists as JSON; never a key itself.
    #[arg(long)]
    json: bool,
    /// Delete this key, which nothing uses any more, from the keychain.
    #[arg(long, value_name = "LABEL")]
    forget: Option<String>,
    /// Put a new value in the place of this key (its label, its whole name, or its id in `warder rotate`), for everything
    /// that uses it. Asked for without an echo, or read from stdin.
    #[arg(long, value_name = "KEY", conflicts_with_all = ["forget", "json"])]
    replace: Option<String>,
    /// Do not ask before it is replaced.
    #[arg(long, requires = "replace")]
    yes: bool,
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

/// Longer is no key; the core says so.
const MOST: u64 = 1 << 20;

/// The rules that find a key itself.
const PLAIN: [&str; 4] = ["secret-in-args", "secret-in-env", "secret-in-header", "secret-in-url"];

pub(crate) fn run(keys: Keys) -> Result<bool> {
    let mut env = keys.home.env()?;
    keys.projects.add(&mut env)?;
    let mut session = session(env);
    if let Some(key) = &keys.replace {
        return replace(&mut session, key, keys.yes);
    }
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

/// Shows what the new value looks like, asks, puts it in. `false`: not done.
fn replace(session: &mut Session, key: &str, yes: bool) -> Result<bool> {
    let terminal = interactive();
    if !terminal && !yes {
        bail!("replacing a key needs a yes; say --yes, or run it at a terminal");
    }
    let new = match terminal {
        true => {
            print::talk("Type or paste the new key; it is not shown.");
            hidden::typed()?
        }
        false => {
            let mut text = String::new();
            std::io::stdin().lock().take(MOST).read_to_string(&mut text).context("reading the new key from stdin")?;
            Secret::new(text)
        }
    };
    let offered = session.offer_key(key, new.expose()).map_err(told)?;
    drop(new);
    show(&offered);
    if offered.same {
        bail!("this is the key that is there already");
    }
    if offered.fits == Some(false) && !terminal {
        bail!("it does not look like the old one, and --yes does not say that it may: run it at a terminal");
    }
    if !yes && !matches!(asked(&format!("Replace {}? [y/N]", offered.key))?.as_str(), "y" | "Y" | "yes") {
        print::talk("Left as it is.");
        return Ok(false);
    }
    let change = session.replace_key(&offered.offer).map_err(told)?;
    print::line(&format!("{} ({})  undo: warder undo {}", change.title, change.shown, change.id));
    change.note.iter().for_each(|note| print::talk(note));
    Ok(true)
}

fn show(offered: &NewKey) {
    let length = counted(offered.length, "character", "characters");
    let like = match (offered.fits, &offered.expected) {
        (Some(true), Some(expected)) => format!(", by its form {expected}'s like the old one"),
        (Some(false), Some(expected)) => format!(", NOT of the form that {expected} gives its keys"),
        _ => String::new(),
    };
    print::talk(&format!("{}: {}, {length}{like}", offered.key, offered.kind));
    offered.uses.iter().for_each(|one| print::talk(&used(one)));
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
    key.uses.iter().for_each(|one| print::line(&used(one)));
    if key.orphan {
        print::line(&format!("  Nothing uses it any more. Delete it with warder keys --forget {}", key.id));
    }
}

fn used(one: &KeyUse) -> String {
    let place = one.shown.as_deref().unwrap_or("no entry found that starts it");
    format!("  {} ({}) as {}  {place}", one.name, one.client_name, one.used_as)
}
