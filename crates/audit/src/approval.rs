//! Is an entry still what its profile approved? As data, for rules and screens.
//!
//! The launcher asks the same of what its client hands over, with the same
//! comparison; here the client's part is worked out from the file.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use url::Url;
use warder_launch::command::Difference;
use warder_launch::compare;
use warder_launch::profile::{Profile, Remote};

use crate::dialect::Spot;
use crate::env::Env;
use crate::machine::FoundFile;
use crate::server::{Pair, Relay, Server, Transport};

/// Why this entry is not what was approved: nothing for one that is, for one
/// without a profile and for one whose profile cannot be read. What our launcher
/// or our relay starts does not start then.
pub fn differences(env: &Env, file: &FoundFile, server: &Server) -> Vec<Difference> {
    let Some(profile) = server.profile() else { return Vec::new() };
    match (&server.transport, &profile.remote) {
        // The launcher takes none of these, and the relay knows its own words.
        (Transport::Stdio(_), Some(_)) => vec![Difference::Command],
        (Transport::Http { url, headers, relay: Some(Relay::Asked { .. }), .. }, Some(remote)) => {
            let url = file.expand(env, &url.value, Spot::Url).unwrap_or_else(|_| url.value.clone());
            asked(remote, &url, headers)
        }
        _ => started(env, file, server, profile),
    }
}

/// Of a client that asks for headers: where it sends them, and what it sends beside them.
fn asked(remote: &Remote, url: &str, headers: &[Pair]) -> Vec<Difference> {
    let mut found = Vec::new();
    // As the relay compares them.
    if Url::parse(url).ok().is_none_or(|url| Url::parse(&remote.url).ok() != Some(url)) {
        found.push(Difference::Url);
    }
    let twice = headers.iter().filter(|header| gives(remote, &header.name));
    found.extend(twice.map(|header| Difference::Header(header.name.clone())));
    found
}

/// Whether the relay adds a header of this name.
pub fn gives(remote: &Remote, name: &str) -> bool {
    remote.headers.keys().any(|given| given.eq_ignore_ascii_case(name))
}

/// Of a client that starts the launcher or the relay: what it hands over.
fn started(env: &Env, file: &FoundFile, server: &Server, profile: &Profile) -> Vec<Difference> {
    let Some(command) = server.started() else { return Vec::new() };
    // What is filled in at each start is not known here; it was never approved either.
    let text = |text: &str, spot| file.expand(env, text, spot).unwrap_or_else(|_| text.to_owned());
    let spot = |index| if index == 0 && server.relay().is_none() { Spot::Command } else { Spot::Args };
    let words = command.words().into_iter().enumerate();
    let words: Vec<String> = words.map(|(index, word)| text(&word.value, spot(index))).collect();
    let pair = |pair: &Pair| (OsString::from(&pair.name), OsString::from(text(&pair.value.value, Spot::Env)));
    let variables: BTreeMap<OsString, OsString> = server.env.iter().map(pair).collect();

    let mut found = compare::differences(profile, &words, &variables);
    if command.asks_to_be_watched() && !found.contains(&Difference::Command) {
        found.insert(0, Difference::Command);
    }
    if server.env_file.is_some() {
        // It may come from there.
        let stands = |name: &String| variables.contains_key(&OsString::from(name));
        found.retain(|one| !matches!(one, Difference::Variable(name) if !stands(name)));
    }
    if let Some(approved) = &profile.approved.cwd {
        let cwd = server.cwd.as_ref().map(|cwd| text(&cwd.value, Spot::Cwd));
        // Another spelling of the same folder is found out by the launcher.
        if cwd.as_deref().map(Path::new) != Some(approved) {
            found.push(Difference::Directory);
        }
    }
    found
}

/// What changed, for people: `its command line and its variable MODE`.
pub fn said(differences: &[Difference]) -> String {
    let said = differences.iter().map(|one| match one {
        Difference::Command => "its command line changed".to_owned(),
        Difference::Variable(name) => format!("its variable {} changed", crate::redact::line(name)),
        Difference::Reference(name) => {
            format!("its variable {} refers to a key it was not given", crate::redact::line(name))
        }
        Difference::Foreign => "an argument refers to a key it was not given".to_owned(),
        Difference::Directory => "its working directory changed".to_owned(),
        Difference::Url => "its URL changed".to_owned(),
        Difference::Header(name) => format!("its header {} stands in the file as well", crate::redact::line(name)),
    });
    let said: Vec<String> = said.collect();
    match said.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => said.concat(),
    }
}
