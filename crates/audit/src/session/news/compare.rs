//! Two looks compared: what others did between them, one sentence each.

use std::collections::{BTreeMap, BTreeSet};

use warder_launch::command::is_loader;

use super::Change;
use super::look::{Look, More, Was, WasFile};
use crate::api::NewsKind;
use crate::edit::diff;
use crate::session::news::written;

/// Names in a sentence are cut here; the whole one stands beside it.
const LONGEST: usize = 60;

/// More changes of one kind to one file are told together.
const MOST: usize = 20;

/// What Warder changed itself.
#[derive(Default)]
pub(super) struct Ours {
    /// Every difference there is.
    pub(super) all: bool,
    /// Ids of entries.
    pub(super) servers: BTreeSet<String>,
}

/// What others did.
pub(super) fn compare(before: &Look, now: &Look, ours: &Ours) -> Vec<Change> {
    let mut told = Vec::new();
    if ours.all {
        return told;
    }
    let own = |server: &Was| ours.servers.contains(&server.id);
    for (path, file) in &now.files {
        let Some(was) = before.files.get(path) else { continue };
        match (was.broken, file.broken) {
            (false, true) => {
                let place =
                    file.fault.map_or_else(String::new, |(line, column)| format!(": line {line}, column {column}"));
                let names: Vec<String> = now.unread(path).map(|was| quoted(&was.name)).collect();
                let unread = match unjudged(&names) {
                    None => String::new(),
                    Some(who) => format!(" {who} not judged until it can."),
                };
                let text = format!("{} cannot read {} any more{place}.{unread}", file.client_name, file.shown);
                told.push(about_file(NewsKind::FileBroken, text, file));
            }
            (true, false) => {
                let time =
                    was.since.map_or_else(String::new, |since| format!(", which it could not since {}", day(since)));
                let text = format!("{} can read {} again{time}.", file.client_name, file.shown);
                told.push(about_file(NewsKind::FileMended, text, file));
            }
            _ => {}
        }
    }
    for (key, server) in &now.servers {
        let Some(file) = now.files.get(&server.file) else { continue };
        if !before.covers(file) || own(server) {
            continue;
        }
        match before.servers.get(key) {
            None => told.push(added(server, file)),
            Some(was) => told.extend(changed(was, server, file)),
        }
    }
    for (_, was) in before.servers.iter().filter(|(key, _)| !now.servers.contains_key(*key)) {
        let Some(file) = before.files.get(&was.file) else { continue };
        if now.covers(file) && !own(was) {
            let text = format!("{} was removed from {}.", quoted(&was.name), file.place);
            told.push(Change {
                server: None,
                ..of(NewsKind::ServerRemoved, text, was, file, lines(was).join("\n"), String::new())
            });
        }
    }
    let mut told = together(told);
    told.extend(lowered(before, now, ours, !told.is_empty()));
    told
}

/// One change in the place of very many of its kind to the same file: they would push out others. A broken approval
/// is told by itself each time.
fn together(told: Vec<Change>) -> Vec<Change> {
    let what = |kind| match kind {
        NewsKind::ServerAdded => Some("added to"),
        NewsKind::ServerRemoved => Some("removed from"),
        NewsKind::ServerChanged => Some("changed in"),
        NewsKind::SwitchedOn => Some("switched on in"),
        NewsKind::SwitchedOff => Some("switched off in"),
        _ => None,
    };
    let mut many: BTreeMap<(&str, String), (usize, bool)> = BTreeMap::new();
    let key = |one: &Change| Some((what(one.kind)?, one.shown.clone()?));
    for one in &told {
        if let Some(key) = key(one) {
            let (count, urgent) = many.entry(key).or_default();
            (*count, *urgent) = (*count + 1, *urgent || one.urgent);
        }
    }
    many.retain(|_, (count, _)| *count > MOST);
    let mut all = Vec::new();
    for one in told {
        let Some((key, (count, urgent))) = key(&one).and_then(|key| many.get_key_value(&key)) else {
            all.push(one);
            continue;
        };
        let text = format!("{count} servers were {} {}.", key.0, key.1);
        if all.iter().all(|told: &Change| told.text != text) {
            all.push(Change { text, urgent: *urgent, name: None, server: None, diff: Vec::new(), ..one });
        }
    }
    all
}

/// Only what others did lowers a score: not the user, not a day that went by, not another Warder.
fn lowered(before: &Look, now: &Look, ours: &Ours, others: bool) -> Option<Change> {
    // A file that nobody can read lowers it too, and is told by itself; what it held is compared once it can be read.
    let turned =
        |(path, file): (&String, &WasFile)| before.files.get(path).is_some_and(|was| was.broken != file.broken);
    let mended = now.files.values().all(|file| !file.broken);
    // While another stays broken, there is no score of the same files to compare with.
    if !mended && now.files.iter().any(turned) {
        return None;
    }
    let was = before.sound.filter(|_| mended).or(before.score)?;
    let is = now.score?;
    let same = before.warder == now.warder && before.accepted == now.accepted && ours.servers.is_empty();
    let same = same && before.projects == now.projects && before.asked() == now.asked();
    if is >= was || !same || !(others || before.day == now.day) {
        return None;
    }
    Some(Change {
        kind: NewsKind::ScoreLowered,
        text: format!("The score of this machine fell from {was} to {is}."),
        client_name: String::new(),
        shown: None,
        name: None,
        server: None,
        diff: Vec::new(),
        urgent: true,
    })
}

fn added(server: &Was, file: &WasFile) -> Change {
    let text = format!("{} was added to {}.", quoted(&server.name), file.place);
    Change { urgent: true, ..of(NewsKind::ServerAdded, text, server, file, String::new(), lines(server).join("\n")) }
}

fn changed(was: &Was, server: &Was, file: &WasFile) -> Option<Change> {
    let name = quoted(&server.name);
    let both = was.more.as_ref().zip(server.more.as_ref());
    let differs = |what: fn(&More, &More) -> bool| both.is_some_and(|(was, is)| what(was, is));
    // One tool in the place of another is as many as before.
    let others = |was: &More, is: &More| was.unasked.is_some() && is.unasked.is_some() && was.unasked != is.unasked;
    let asks = both.is_some_and(|(was, is)| was.asks != is.asks || others(was, is));
    let difference = || {
        let all = |one: &Was| {
            let mut all = if both.is_some() { lines(one) } else { bare(one) };
            if let Some(more) = one.more.as_ref().filter(|_| asks) {
                all.push(format!("asks: {}", more.asks));
                all.extend(more.unasked.iter().flatten().map(|tool| format!("without asking: {tool}")));
            }
            all.join("\n")
        };
        (all(was), all(server))
    };
    let told = |kind, text, (before, after): (String, String)| of(kind, text, server, file, before, after);
    let approved = matches!(was.protection.as_str(), "keychain" | "sandbox");
    if approved && !matches!(server.protection.as_str(), "keychain" | "sandbox") {
        let so = if server.elsewhere { "it gets no keys" } else { "it does not start" };
        let text = match server.protection.as_str() {
            "changed" => format!("{name} in {} is not what you approved any more: {so}.", file.place),
            "broken" => format!("{name} in {} has lost its profile: {so}.", file.place),
            _ => format!("{name} in {} does not go through Warder any more.", file.place),
        };
        return Some(Change { urgent: true, ..told(NewsKind::ApprovalBroken, text, difference()) });
    }
    let given = was.gets != server.gets || differs(|was, is| was.values != is.values || was.env_file != is.env_file);
    let what = match (was.starts != server.starts || was.elsewhere != server.elsewhere, given) {
        (true, _) if server.elsewhere && was.elsewhere => {
            Some(format!("Where {name} is was changed in {}.", file.place))
        }
        (true, _) => Some(format!("What {name} starts was changed in {}.", file.place)),
        (false, true) => Some(format!("What {name} is given was changed in {}.", file.place)),
        (false, false) if differs(|was, is| was.cwd != is.cwd) => {
            Some(format!("The folder that {name} starts in was changed in {}.", file.place))
        }
        // What says so may stand in another file.
        (false, false) if asks => Some(format!("What {name} in {} may do without asking was changed.", file.place)),
        (false, false) => None,
    };
    if let Some(text) = what {
        return Some(Change { urgent: leads(was, server), ..told(NewsKind::ServerChanged, text, difference()) });
    }
    let switched = |kind, how| {
        let text = format!("{name} in {} was switched {how}.", file.place);
        Some(told(kind, text, Default::default()))
    };
    match (was.enabled, server.enabled) {
        (false, true) => switched(NewsKind::SwitchedOn, "on"),
        (true, false) => switched(NewsKind::SwitchedOff, "off"),
        _ => None,
    }
}

fn of(kind: NewsKind, text: String, server: &Was, file: &WasFile, before: String, after: String) -> Change {
    Change {
        name: Some(server.name.clone()),
        server: Some(server.id.clone()),
        diff: if before == after { Vec::new() } else { diff(&before, &after) },
        ..about_file(kind, text, file)
    }
}

fn about_file(kind: NewsKind, text: String, file: &WasFile) -> Change {
    Change {
        kind,
        text,
        client_name: file.client_name.clone(),
        shown: Some(file.shown.clone()),
        name: None,
        server: None,
        diff: Vec::new(),
        urgent: false,
    }
}

/// Whether another program is loaded now, or another place talked to.
fn leads(was: &Was, server: &Was) -> bool {
    let value = |of: &Was, name: &str| of.more.as_ref().map(|more| more.values.get(name).cloned());
    let both = was.more.is_some() && server.more.is_some();
    server
        .gets
        .iter()
        .filter(|name| is_loader(name))
        .any(|name| !was.gets.contains(name) || both && value(was, name) != value(server, name))
}

/// What a server starts and is given, a line each.
fn lines(server: &Was) -> Vec<String> {
    let Some(more) = &server.more else { return bare(server) };
    let folder = more.cwd.iter().map(|cwd| format!("in {cwd}"));
    let given = server.gets.iter().map(|name| match more.values.get(name) {
        Some(value) => format!("given {name}={value}"),
        None => format!("given {name}"),
    });
    let file = more.env_file.iter().map(|file| format!("given all of {file}"));
    server.starts.iter().cloned().chain(folder).chain(given).chain(file).collect()
}

/// As far as every Warder kept it.
fn bare(server: &Was) -> Vec<String> {
    let gets = server.gets.iter().map(|name| format!("given {name}"));
    server.starts.iter().cloned().chain(gets).collect()
}

/// Names of a list in a sentence; more are counted.
const NAMED: usize = 3;

/// `“a”, “b” and 2 more are`; nothing for none.
fn unjudged(names: &[String]) -> Option<String> {
    let (last, others) = names.split_last()?;
    Some(match names.len() {
        1 => format!("{last} is"),
        count if count > NAMED => format!("{} and {} more are", names[..NAMED].join(", "), count - NAMED),
        _ => format!("{} and {last} are", others.join(", ")),
    })
}

/// A moment to the minute: `2026-11-30 16:05 UTC`.
fn day(at: i64) -> String {
    let written = written(at);
    format!("{} {} UTC", &written[..10], &written[11..16])
}

/// A name in a sentence: in quotes, which it cannot end, so that nothing in it reads like Warder's words.
fn quoted(name: &str) -> String {
    if name.is_empty() {
        return "A server without a name".to_owned();
    }
    let (cut, more) = match name.char_indices().nth(LONGEST) {
        Some((at, _)) => (&name[..at], "…"),
        None => (name, ""),
    };
    format!("“{}{more}”", cut.replace(['“', '”', '„', '‟'], "\""))
}
