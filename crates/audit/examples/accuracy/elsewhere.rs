//! Keys of servers elsewhere: what a fix that moves them may have done to their
//! entry, worked out here from the old one.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use warder_audit::clients::Words;
use warder_audit::document::KeyPath;
use warder_audit::finding::{Act, By, Finding};
use warder_audit::machine::Machine;
use warder_audit::report::Judged;
use warder_audit::server::{Server, Text, Transport};

use crate::meant::{parent, steps};
use crate::tree;

/// What a fix says that it moves.
pub(crate) struct Moved<'a> {
    pub(crate) at: &'a KeyPath,
    pub(crate) by: &'a By,
    /// Where keys of the same entry stand.
    pub(crate) keys: Vec<KeyPath>,
}

/// Where the findings of one entry say that its keys stand.
pub(crate) fn keys(judged: &Judged, finding: &Finding) -> Vec<KeyPath> {
    let same = judged.findings.iter().filter(|other| other.server == finding.server);
    let fixes = same.flat_map(|other| &other.fixes);
    fixes
        .filter_map(|fix| match &fix.act {
            Act::Keychain { at, .. } => Some(at.clone()),
            _ => None,
        })
        .collect()
}

pub(crate) fn url(server: &Server) -> Option<&Text> {
    match &server.transport {
        Transport::Http { url, .. } => Some(url),
        Transport::Stdio(_) | Transport::Unknown => None,
    }
}

/// Where the client's own list of questions stands, or would.
pub(crate) fn inputs(machine: &Machine, server: &Server) -> KeyPath {
    machine.files[server.file.0].row.inputs.iter().fold(KeyPath::default(), |at, step| at.name(*step))
}

/// Undoes in `tree` what the fix is for, checking on the way that it did that.
pub(crate) fn take_back(
    tree: &mut Value,
    old: &Value,
    machine: &Machine,
    server: &Server,
    moved: &Moved,
) -> Result<()> {
    let mut is = tree.clone();
    let mut was = old.clone();
    match moved.by {
        By::Relay => relayed(&mut is, &mut was, machine, server, moved)?,
        By::Helper => asked(&mut is, &mut was, machine, server, moved)?,
        By::Input => return questioned(tree, old, machine, server, moved),
        By::Launcher | By::Variable(_) => bail!("a server elsewhere has no launcher"),
    }
    let rest = |tree: &mut Value| tree::at_mut(tree, &steps(&server.at)).map(|entry| entry.to_string());
    ensure!(rest(&mut is) == rest(&mut was), "another part of the entry changed");
    let entry = tree::at_mut(&mut old.clone(), &steps(&server.at)).cloned();
    tree::set(tree, &steps(&server.at), entry)
}

/// The entry starts the relay: takes that out of `is`, and what only a server
/// elsewhere has out of `was`.
fn relayed(is: &mut Value, was: &mut Value, machine: &Machine, server: &Server, moved: &Moved) -> Result<()> {
    let Transport::Http { url, sse, headers, .. } = &server.transport else { bail!("the entry has no URL") };
    let spelling = &machine.files[server.file.0].row.spelling;
    let within = parent(&url.at);
    let mut take = |name: &str| taken(is, &within.name(name));
    let command = take(spelling.command[0]).context("it starts nothing")?;
    let words = match spelling.words {
        Words::Whole => command,
        _ => {
            let args = take(spelling.args[0]).unwrap_or_default();
            Value::Array(std::iter::once(command).chain(args.as_array().cloned().unwrap_or_default()).collect())
        }
    };
    let words: Vec<&str> = words.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let [program, run, flag, _, dashes, rest @ ..] = words.as_slice() else { bail!("it does not start the relay") };
    ensure!(program.ends_with("/warder-relay"), "it starts another program");
    ensure!((*run, *flag, *dashes) == ("run", "--profile", "--"), "the relay is not told its profile");

    let mut left = rest.iter();
    let mut next = || left.next().copied().unwrap_or_default();
    ensure!(keyless(next(), &url.value, moved.keys.contains(&url.at)), "the relay is told another URL");
    ensure!(!sse || next() == "--sse", "the relay is not told how the server speaks");
    for header in headers {
        let old = format!("{}: {}", header.name, header.value.value);
        let keyed = moved.keys.contains(&header.value.at);
        ensure!(next() == "--header" && keyless(next(), &old, keyed), "the relay is told another header");
    }
    ensure!(left.next().is_none(), "the relay is told more than before");

    for name in spelling.url.iter().chain(spelling.headers) {
        taken(was, &within.name(*name));
    }
    for at in [&within, &server.at] {
        for name in ["type", "transport", "transportType"] {
            let kind = taken(is, &at.name(name));
            ensure!(kind.is_none_or(|kind| kind == "stdio" || kind == "local"), "its type is not of a program");
            taken(was, &at.name(name));
        }
    }
    Ok(())
}

/// The client asks the relay for the headers with keys.
fn asked(is: &mut Value, was: &mut Value, machine: &Machine, server: &Server, moved: &Moved) -> Result<()> {
    let Transport::Http { headers, .. } = &server.transport else { bail!("the entry has no URL") };
    let helper = machine.files[server.file.0].row.spelling.helper.first().context("this client asks nobody")?;
    let asks = taken(is, &server.at.name(*helper)).unwrap_or_default();
    let words: Vec<&str> = asks.as_str().unwrap_or_default().rsplitn(4, ' ').collect();
    let [_, flag, headers_word, program] = words.as_slice() else { bail!("it asks nobody") };
    let program = program.trim_matches('\'');
    let is_relay = program.ends_with("/warder-relay") && (*headers_word, *flag) == ("headers", "--profile");
    ensure!(is_relay, "it does not ask the relay");
    ensure!(tree::at_mut(is, &steps(moved.at)).is_none(), "the key is still there");
    for header in headers.iter().filter(|header| moved.keys.contains(&header.value.at)) {
        taken(was, &header.value.at);
        let all = parent(&header.value.at);
        if tree::at_mut(was, &steps(&all)).and_then(|all| all.as_object().map(serde_json::Map::is_empty)) == Some(true)
        {
            taken(was, &all);
        }
    }
    Ok(())
}

/// The client asks its user: one text and the list of questions.
fn questioned(tree: &mut Value, old: &Value, machine: &Machine, server: &Server, moved: &Moved) -> Result<()> {
    let list = inputs(machine, server);
    let mut was = old.clone();
    let text = tree::at_mut(&mut was, &steps(moved.at)).cloned().context("there was a text")?;
    let known = tree::at_mut(&mut was, &steps(&list)).cloned();
    let new = tree::at_mut(tree, &steps(moved.at)).map(Value::take).unwrap_or_default();
    let all = tree::at_mut(tree, &steps(&list)).map(Value::take).unwrap_or_default();
    let (all, before) = (all.as_array().cloned().unwrap_or_default(), known.as_ref().and_then(Value::as_array));
    let count = before.map_or(0, Vec::len);
    ensure!(all.len() > count && all[..count] == before.cloned().unwrap_or_default(), "another question changed");
    let mut new = new.as_str().unwrap_or_default().to_owned();
    for question in &all[count..] {
        let id = question["id"].as_str().unwrap_or_default();
        let is_hidden = question["type"] == "promptString" && question["password"] == json!(true);
        let input = format!("${{input:{id}}}");
        ensure!(is_hidden && new.contains(&input), "a question is not for this key");
        new = new.replace(&input, "keychain:");
    }
    ensure!(keyless(&new, text.as_str().unwrap_or_default(), true), "the text around the key changed");
    tree::set(tree, &steps(moved.at), Some(text))?;
    tree::set(tree, &steps(&list), known)
}

/// What stands at a place, which is gone then.
fn taken(tree: &mut Value, at: &KeyPath) -> Option<Value> {
    let value = tree::at_mut(tree, &steps(at)).cloned()?;
    tree::set(tree, &steps(at), None).ok()?;
    Some(value)
}

/// Whether `new` is `old`; if it is `keyed`, with references in the place of one or more parts.
fn keyless(new: &str, old: &str, keyed: bool) -> bool {
    if !keyed {
        return new == old;
    }
    let mut parts = new.split("keychain:");
    let Some(mut left) = parts.next().and_then(|head| old.strip_prefix(head)) else { return false };
    let is_handle = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let rests: Vec<&str> = parts.map(|part| part.trim_start_matches(is_handle)).collect();
    let Some((last, between)) = rests.split_last() else { return false };
    for rest in between {
        let Some(at) = left.find(rest).filter(|at| *at > 0) else { return false };
        left = &left[at + rest.len()..];
    }
    left.len() > last.len() && left.ends_with(last)
}
