//! The permissions a fenced entry would need: worked out from the entry itself
//! and from what is known of its package. A person sees them before they count.

mod folders;
mod hosts;
mod package;

use std::path::PathBuf;

use warder_launch::command::is_loader;
use warder_launch::sandbox::{Host, HostError};

use super::entry::{Entry, Handed};
use super::failures::refused;
use crate::api::Failure;
use crate::catalogue::{Calls, Keeps, Known, known};
use crate::env::Env;
use crate::machine::FoundFile;
use crate::redact::line;
use crate::server::command::Payload;
use hosts::Named;

/// What an entry needs, and why.
pub(super) struct Proposed {
    pub(super) folders: Vec<Folder>,
    pub(super) hosts: Vec<(Host, String)>,
    /// Why hosts do not do: `its variable DATABASE_URL names 127.0.0.1, which …`. Full sentences.
    pub(super) beyond: Vec<String>,
    pub(super) keeps: Keeps,
    /// The file that it keeps now, to be copied into its home.
    pub(super) kept_now: Option<PathBuf>,
    pub(super) user_namespaces: bool,
    /// What the user should know, full sentences.
    pub(super) notes: Vec<String>,
    /// What is to be known where it gets no network.
    pub(super) alone: Option<String>,
}

/// A folder or file it may read, or write in too.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    pub(super) write: bool,
    /// `its argument`.
    pub(super) why: String,
}

/// Works them out; refuses a server that no fence leaves working, with the reason.
pub(super) fn propose(env: &Env, file: &FoundFile, entry: &Entry, only_read: bool) -> Result<Proposed, Failure> {
    let package = package::of(env, file, entry);
    let row = package.as_ref().and_then(|package| known(package.ecosystem, &package.name));
    if let Some(why) = row.and_then(|row| cannot(row, entry)) {
        return Err(Failure {
            hint: Some(why.to_owned()),
            ..refused(format!("{} does not work in a sandbox", line(row.map_or("it", |row| row.package))))
        });
    }
    let mut notes = Vec::new();
    let only_read = match row {
        Some(row) if row.only_reads => Some("the catalogue: its tools only read"),
        _ => only_read.then_some("all its tools say that they only read"),
    };
    let folders = folders::of(env, file, entry, row, only_read, &mut notes)?;
    let (hosts, beyond) = reached(entry, row);
    for (name, handed) in &entry.env {
        let hidden = match handed {
            Handed::Key(_) => "comes from the keychain",
            Handed::Varies => "is filled in by its client",
            Handed::Plain(_) => continue,
        };
        if hosts::is_place(name) {
            notes.push(format!("{} {hidden}: if it names a host, allow that host too.", line(name)));
        }
    }
    // Where a package is installed, its manager is not what runs.
    if !matches!(entry.launch.payload, Payload::Package(_)) {
        notes.extend(entry.program(env).and_then(|program| entry.inside(env, file, &program).note));
    }
    let keeps = row.map_or(Keeps::Nothing, |row| row.keeps);
    let keeps = match keeps {
        // The entry says where it is, and that folder is granted.
        Keeps::File { variable, .. } if entry.env.contains_key(variable) => Keeps::Nothing,
        keeps => keeps,
    };
    let kept_now = match (keeps, &package) {
        (Keeps::File { usual, .. }, Some(package)) => package::newest(env, package, usual),
        _ => None,
    };
    Ok(Proposed {
        folders,
        hosts,
        beyond,
        keeps,
        kept_now,
        user_namespaces: row.is_some_and(|row| row.user_namespaces),
        notes,
        alone: alone(row, package.as_ref().map(|package| package.name.as_str())),
    })
}

fn cannot(row: &Known, entry: &Entry) -> Option<&'static str> {
    let cannot = row.cannot?;
    let lifted = !cannot.unless.is_empty() && cannot.unless.iter().all(|name| says(entry, name));
    (!lifted).then_some(cannot.why)
}

/// Whether the entry has this variable or flag.
fn says(entry: &Entry, name: &str) -> bool {
    let own = entry.words.get(entry.launch.arguments..).unwrap_or_default();
    let is_flag = |word: &String| word.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('='));
    entry.env.contains_key(name) || name.starts_with('-') && own.iter().any(is_flag)
}

/// The hosts that the entry names and those that its package calls, each once.
fn reached(entry: &Entry, row: Option<&Known>) -> (Vec<(Host, String)>, Vec<String>) {
    let (mut hosts, mut beyond): (Vec<(Host, String)>, Vec<String>) = (Vec::new(), Vec::new());
    let mut add = |named: Named, why: &str| {
        match named {
        Named::Host(host) if !hosts.iter().any(|(other, _)| *other == host) => hosts.push((host, why.to_owned())),
        Named::Host(_) => {}
        Named::Here(place) => beyond.push(format!(
            "{} names {}, which is on this computer, the local network or an address: only the whole network reaches it.",
            capital(why),
            line(&place)
        )),
        Named::Records(place) => beyond.push(format!(
            "{} names {}, whose hosts are only found by asking the network: only the whole network reaches them.",
            capital(why),
            line(&place)
        )),
    }
    };
    let own = entry.words.get(entry.launch.arguments..).unwrap_or_default();
    for named in hosts::in_words(own) {
        add(named, "its argument");
    }
    let plain = entry.env.iter().filter_map(|(name, handed)| match handed {
        Handed::Plain(value) if !is_loader(name) || name.to_ascii_uppercase().ends_with("_BASE_URL") => {
            Some((name.as_str(), value.as_str()))
        }
        _ => None,
    });
    for (name, named) in hosts::in_variables(&plain.collect::<Vec<_>>()) {
        add(named, &format!("its variable {}", line(name)));
    }
    if let Some(Known { calls: Calls::These(calls), package, .. }) = row {
        for call in calls.iter().filter(|call| !call.unless.iter().any(|name| says(entry, name))) {
            let host = call.host.parse().expect("a row's hosts are hosts");
            add(Named::Host(host), &format!("the catalogue: what {package} calls"));
        }
    }
    (hosts, beyond)
}

/// What is said where nothing is to be reached.
fn alone(row: Option<&Known>, package: Option<&str>) -> Option<String> {
    const THEN: &str = "Name the hosts that it may reach, now or later.";
    match row.map(|row| row.calls) {
        Some(Calls::Nothing) => None,
        Some(Calls::These(_) | Calls::Entry) => Some(format!("Its entry does not say which host it talks to. {THEN}")),
        Some(Calls::Anything) => Some(format!("It reaches whatever it is asked for, so nothing is proposed. {THEN}")),
        None => {
            let what = package.map_or_else(|| "this program".to_owned(), line);
            Some(format!("Warder does not know which hosts {what} needs, so none is proposed. {THEN}"))
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Hosts as a person names them.
pub(super) fn hosts(texts: &[String]) -> Result<Vec<Host>, Failure> {
    let host = |text: &String| {
        text.trim().parse::<Host>().map_err(|error| {
            let hint = match error {
                HostError::Address | HostError::Local => {
                    "Only the whole network reaches what is on this computer or beside it.".to_owned()
                }
                HostError::NotAName | HostError::TooBroad => {
                    "Write it like api.example.com, db.example.com:5432 or *.example.com.".to_owned()
                }
            };
            Failure { hint: Some(hint), ..refused(format!("{} cannot be allowed: {error}", line(text))) }
        })
    };
    texts.iter().map(host).collect()
}
