//! Our relay out of an entry with a server elsewhere: the entry as its client
//! spells one, with URL and headers.
//!
//! A profile holds how the entry named its kind, and else not how it was spelled.
//! Each spelling that the client's row knows is tried, and read back as its client
//! would: only what gives the server that was approved counts.

use std::collections::BTreeMap;

use serde_json::json;

use crate::api::Failure;
use crate::document::{Document, KeyPath, Patch};
use crate::edit::splice;
use crate::env::Instead;
use crate::machine::Machine;
use crate::redact::line;
use crate::server::{Command, Line, Relay, Server, Transport};
use crate::session::failures::{edit_failure, refused, unknown};
use crate::writing::carriers::{KINDS, Typed, carrier};

/// What a server elsewhere is told.
struct Told {
    url: String,
    sse: bool,
    headers: BTreeMap<String, String>,
}

/// The file with the relay taken out of an entry; `filled` puts keys in their
/// places. `None`: the relay is not in it.
pub(super) fn without_relay(
    machine: &Machine,
    server: &Server,
    filled: impl Fn(&str) -> String,
) -> Result<Option<String>, Failure> {
    let Transport::Http { url, sse, headers, relay: Some(relay) } = &server.transport else { return Ok(None) };
    let document = machine.document(server.file).ok_or_else(|| unknown("file"))?;
    let spelling = &machine.files[server.file.0].row.spelling;
    let mut told = Told {
        url: filled(&url.value),
        sse: *sse,
        headers: headers.iter().map(|header| (header.name.clone(), filled(&header.value.value))).collect(),
    };
    let spellings = match relay {
        Relay::Started(command) => spelled(server, document, command, spelling, &told)?,
        Relay::Asked { at, .. } => {
            let given = server.profile().and_then(|profile| profile.remote.as_ref());
            let given = given.ok_or_else(|| Failure {
                hint: Some("Write the headers into the entry by hand, and take the helper out.".to_owned()),
                ..refused(format!("the profile of {} cannot be read, so its headers are not known", line(&server.name)))
            })?;
            let given: BTreeMap<String, String> =
                given.headers.iter().map(|(name, value)| (name.clone(), filled(value))).collect();
            let at_headers = holder(at).name(spelling.headers[0]);
            let mut patches = vec![Patch::Remove(at.clone())];
            if document.get(&at_headers).is_some() {
                patches.extend(given.iter().map(|(name, value)| Patch::Set(at_headers.name(name), json!(value))));
            } else if !given.is_empty() {
                patches.push(Patch::Set(at_headers, json!(given)));
            }
            told.headers.extend(given);
            vec![patches]
        }
    };
    let mut failure = None;
    for patches in spellings {
        let edits = document.edits(&patches).map_err(|error| edit_failure(&error, server.client.name));
        match edits.and_then(|edits| splice(&document.text, &edits).map_err(|error| refused(error.to_string()))) {
            Ok(after) if reads_back(machine, server, document, &after, &told) => return Ok(Some(after)),
            Ok(_) => {}
            Err(error) => failure = Some(error),
        }
    }
    Err(failure.unwrap_or_else(|| unspelled(server)))
}

/// Each way in which the client might spell the entry.
fn spelled(
    server: &Server,
    document: &Document,
    command: &Command,
    spelling: &crate::clients::Spelling,
    told: &Told,
) -> Result<Vec<Vec<Patch>>, Failure> {
    let (within, mut patches) = match &command.line {
        Line::Apart { command, args } => {
            (holder(command), vec![Patch::Remove(command.clone()), Patch::Remove(args.clone())])
        }
        Line::Whole(at) => (holder(at), vec![Patch::Remove(at.clone())]),
    };
    let headers = within.name(spelling.headers[0]);
    // Its own client does not look at these now; whose they are is not known.
    let mut both = spelling.url.iter().map(|name| within.name(*name)).chain([headers.clone()]);
    if both.any(|at| document.get(&at).is_some()) {
        return Err(Failure {
            hint: Some("Take those out that are not meant, and restore it then.".to_owned()),
            ..refused(format!("{} has a URL or headers of its own beside the relay", line(&server.name)))
        });
    }
    if !told.headers.is_empty() {
        patches.push(Patch::Set(headers, json!(told.headers)));
    }
    let kinds = server.profile().and_then(|profile| profile.remote.as_ref()).map(|remote| &remote.kinds);
    for name in KINDS {
        let mut places = [&within, &server.at].into_iter().map(|at| at.name(*name));
        let now = places.find(|at| document.get(at).is_some_and(|kind| kind.as_str().is_some()));
        match (kinds.and_then(|kinds| kinds.get(*name)), now) {
            (Some(kind), now) => patches.push(Patch::Set(now.unwrap_or_else(|| within.name(*name)), json!(kind))),
            (None, Some(now)) if matches!(carrier(server.client).typed, Typed::Always(_)) => {
                patches.push(Patch::Remove(now));
            }
            // It says what a program is, and nobody knows what it said before.
            (None, Some(_)) if carrier(server.client).typed != Typed::Gone => return Err(unspelled(server)),
            _ => {}
        }
    }
    let with = |name: &&str| {
        let mut patches = patches.clone();
        patches.push(Patch::Set(within.name(*name), json!(told.url)));
        patches
    };
    Ok(spelling.url.iter().map(with).collect())
}

/// Whether the client finds the server that is meant in the changed file, and no fault in its entry.
fn reads_back(machine: &Machine, server: &Server, document: &Document, after: &str, told: &Told) -> bool {
    let path = machine.files[server.file.0].path.clone();
    let bytes = document.encoding.encode(after).into_owned();
    let instead = Instead { path: path.clone(), bytes, mode: None, profile: None };
    let then = Machine::look(machine.env.with(instead));
    let is_it = |other: &&Server| other.at == server.at && then.files[other.file.0].path == path;
    let Some(other) = then.servers.iter().find(is_it) else { return false };
    let Transport::Http { url, sse, headers, relay: None } = &other.transport else { return false };
    let headers: BTreeMap<String, String> =
        headers.iter().map(|header| (header.name.clone(), header.value.value.clone())).collect();
    let faults = |machine: &Machine, of: &Server| {
        let within = |at: &KeyPath| at.0.starts_with(&of.at.0);
        machine.problems.iter().filter(|one| one.file == of.file && within(&one.at)).count()
    };
    url.value == told.url
        && *sse == told.sse
        && headers == told.headers
        && faults(&then, other) <= faults(machine, server)
}

fn unspelled(server: &Server) -> Failure {
    Failure {
        hint: Some("Write the entry anew with its URL and headers, as its service describes it.".to_owned()),
        ..refused(format!(
            "it is not known well enough how {} spelled the entry {} before",
            server.client.name,
            line(&server.name)
        ))
    }
}

/// What a member stands in.
fn holder(at: &KeyPath) -> KeyPath {
    KeyPath(at.0[..at.0.len().saturating_sub(1)].to_vec())
}
