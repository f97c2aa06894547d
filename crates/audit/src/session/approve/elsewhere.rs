//! What is approved of an entry that comes to its server through our relay:
//! where it is, and what it is told.

use warder_launch::command::{Approved, Token};
use warder_launch::profile::{Profile, Remote};
use warder_launch::vault::REFERENCE;

use crate::api::Failure;
use crate::approval::gives;
use crate::redact::line;
use crate::report::Judged;
use crate::rules::credentials::literals::without;
use crate::server::{Relay, Server, Transport};
use crate::session::entry::holds;
use crate::session::failures::refused;
use crate::session::plan::remote::{origin, words};
use crate::writing::carriers::{reachable, sendable};

/// The profile of such an entry as it is now, with no other keys than it had.
/// `None`: the entry is another one.
pub(super) fn again(judged: &Judged, server: &Server, old: &Profile) -> Result<Option<Profile>, Failure> {
    let machine = &judged.machine;
    let Transport::Http { url, sse, headers, relay: Some(relay) } = &server.transport else { return Ok(None) };
    let name = line(&server.name);
    let back = || "Put the entry back as it was, or take it out and write it anew.".to_owned();
    let Some(remote) = &old.remote else { return Err(refused(format!("the profile of {name} is one of a program"))) };
    let fits = match relay {
        Relay::Started(_) => sendable(machine, server),
        Relay::Asked { .. } => reachable(machine, server),
    };
    fits.map_err(|why| Failure {
        hint: Some(back()),
        ..refused(format!("the server {name} cannot be approved like this. {why}"))
    })?;

    let written = headers.iter().map(|header| (header.name.clone(), header.value.value.clone()));
    let told: Vec<(String, String)> = match relay {
        Relay::Started(_) => written.collect(),
        // What stands in the file is sent by the client itself.
        Relay::Asked { .. } => {
            let stands = |name: &str| headers.iter().any(|header| header.name.eq_ignore_ascii_case(name));
            let given = remote.headers.iter().filter(|(name, _)| !stands(name));
            given.map(|(name, value)| (name.clone(), value.clone())).collect()
        }
    };
    // Only what goes through the relay is given a key.
    let mut own: Vec<&str> = headers.iter().map(|header| header.value.value.as_str()).collect();
    own.push(&url.value);
    let given = if matches!(relay, Relay::Started(_)) { &old.inside[..] } else { &[] };
    let is_foreign = |text: &str| {
        let rest = given.iter().fold(text.to_owned(), |text, handle| text.replace(&handle.reference(), ""));
        rest.contains(REFERENCE)
    };
    if own.into_iter().any(is_foreign) {
        return Err(Failure {
            hint: Some(back()),
            ..refused(format!("the server {name} refers to a key that this entry was not given"))
        });
    }
    let mut plain = told.iter().map(|(_, text)| text).chain([&url.value]).any(|text| holds(&judged.known, text));
    for (name, text) in told.iter().map(|(name, text)| (name.as_str(), text)).chain([("", &url.value)]) {
        without(name, text, |_| {
            plain = true;
            REFERENCE.to_owned()
        });
    }
    if plain {
        return Err(Failure {
            hint: Some(format!(
                "Move it to the keychain first: warder fix shows how. If {name} names another host than before, put \
                 the old one back until then."
            )),
            ..refused(format!("the server {name} has a key in plain text, which no profile may hold"))
        });
    }

    let argv = words(&url.value, *sse, &told);
    let mut inside = old.inside.clone();
    inside.retain(|handle| argv.iter().any(|word| word.contains(&handle.reference())));
    Ok(Some(Profile {
        approved: Approved { argv: argv.into_iter().map(Token::Text).collect(), ..old.approved.clone() },
        inside,
        remote: Some(Remote {
            url: url.value.clone(),
            sse: *sse,
            headers: told.into_iter().collect(),
            kinds: remote.kinds.clone(),
        }),
        ..old.clone()
    }))
}

/// What has to be known before a yes, as full sentences.
pub(super) fn notes(server: &Server, old: &Profile, new: &Profile) -> Vec<String> {
    let (Some(was), Some(is)) = (&old.remote, &new.remote) else { return Vec::new() };
    let mut notes = Vec::new();
    let (before, now) = (origin(&was.url), origin(&is.url));
    if before != now {
        let shown = |origin: Option<url::Origin>| {
            origin.map_or_else(|| "an unknown place".to_owned(), |origin| line(&origin.ascii_serialization()))
        };
        notes.push(match new.inside.len() {
            0 => format!("It is another server: {} instead of {}.", shown(now), shown(before)),
            many => {
                let keys = if many == 1 { "Its key goes".to_owned() } else { format!("Its {many} keys go") };
                format!("{keys} to {} from now on, and no longer to {}.", shown(now), shown(before))
            }
        });
    }
    if let Transport::Http { headers, relay: Some(Relay::Asked { .. }), .. } = &server.transport {
        let own = headers.iter().filter(|header| gives(was, &header.name));
        notes.extend(own.map(|header| {
            format!("The header {} is sent as it stands in the file; the relay does not add it.", line(&header.name))
        }));
    }
    if new.inside.len() < old.inside.len() {
        notes.push("A key that it no longer names stays in the keychain: warder keys shows it.".to_owned());
    }
    notes
}
