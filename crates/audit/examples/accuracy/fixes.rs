//! Every fix that is offered, on every file: there and back.
//!
//! What a fix may have changed is worked out here again from the old tree, as
//! another parser reads it, and from what the fix is for.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use warder_audit::api::Choices;
use warder_audit::document::{Document, KeyPath, Patch};
use warder_audit::edit::{diff, splice};
use warder_audit::finding::{Act, By, Safety};
use warder_audit::machine::Machine;
use warder_audit::report::{Judged, judge};
use warder_audit::server::{Line, Server};

use crate::collection::File;
use crate::homes::{self, Home};
use crate::meant::{expect, steps, switch, take_back};
use crate::{elsewhere, tree};

/// Of a file with more fixes than these a spread of as many is tried.
const MOST: usize = 60;

/// Each try looks at the whole file several times: of one with thousands of
/// servers fewer are tried.
const SERVERS: usize = 12_000;

#[derive(Default)]
struct Counts {
    files: usize,
    /// Rewritten in memory.
    entries: usize,
    tried: usize,
    applied: BTreeMap<&'static str, usize>,
    refused: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

/// Prints the counts; whether there was no exception.
pub(crate) fn measure(files: &[File], list: bool) -> Result<bool> {
    let mut counts = Counts::default();
    let mut refusals = Vec::new();
    for file in files.iter().filter(|file| file.readable) {
        let row = homes::row(file).with_context(|| file.name.clone())?;
        let home = Home::with(file, row)?;
        let judged = judge(Machine::look(home.env.clone()));
        for server in judged.machine.servers.iter().step_by(judged.machine.servers.len().div_ceil(MOST).max(1)) {
            match rewritten(&judged.machine, server, &file.name) {
                Ok(true) => counts.entries += 1,
                Ok(false) => {}
                Err(wrong) => counts.wrong.push(format!("{}\t{}\t{wrong:#}", file.name, server.name)),
            }
        }
        let fixes = offered(&judged);
        counts.files += 1;
        let most = (SERVERS / judged.machine.servers.len().max(1)).clamp(2, MOST);
        let step = fixes.len().div_ceil(most).max(1);
        for (fix, kind) in fixes.iter().step_by(step) {
            counts.tried += 1;
            for meanwhile in [false, true] {
                match there_and_back(&Home::with(file, row)?, &file.name, fix, meanwhile) {
                    Ok(None) if !meanwhile => *counts.applied.entry(kind).or_default() += 1,
                    Ok(None) => {}
                    Ok(Some(reason)) => {
                        refusals.push(format!("{}\t{kind}\t{reason}", file.name));
                        *counts.refused.entry(plain(&reason)).or_default() += 1;
                        break;
                    }
                    Err(wrong) => {
                        let when = if meanwhile { " (with a change in between)" } else { "" };
                        counts.wrong.push(format!("{}\t{kind}{when}\t{wrong:#}", file.name));
                    }
                }
            }
        }
    }
    println!("entries: {} rewritten in memory (line and every variable)", counts.entries);
    println!("fixes: {} tried on {} files", counts.tried, counts.files);
    for (kind, count) in &counts.applied {
        println!("  {kind:<10} {count:>5} applied and undone, twice");
    }
    println!("  refused: {}", counts.refused.values().sum::<usize>());
    counts.refused.iter().for_each(|(reason, count)| println!("    {count:>5} {reason}"));
    println!("  exceptions: {}", counts.wrong.len());
    counts.wrong.iter().for_each(|wrong| println!("    {wrong}"));
    if list {
        refusals.iter().for_each(|line| println!("refused\t{line}"));
    }
    Ok(counts.wrong.is_empty() && counts.tried > 0)
}

/// Gives one entry another line and other variables, whether or not a fix of
/// it would go through here; `false` where there is no line.
fn rewritten(machine: &Machine, server: &Server, name: &str) -> Result<bool> {
    let (Some(command), Some(document)) = (server.command(), machine.document(server.file)) else { return Ok(false) };
    if document.refused.is_some() {
        return Ok(false);
    }
    let words: Vec<String> =
        std::iter::once(&command.program).chain(&command.args).map(|word| word.value.clone()).collect();
    let head = ["run", "--profile", "a-b", "--"].map(str::to_owned);
    let args = [head.as_slice(), &words].concat();
    let mut patches = command.rewrite("/opt/warder-launch", &args);
    let key = json!("keychain:K-1");
    patches.extend(server.env.iter().map(|pair| Patch::Set(pair.value.at.clone(), key.clone())));
    let edits = document.edits(&patches)?;
    let text = splice(&document.text, &edits)?;
    let (head, tail) = (&document.text[..server.span.start], &document.text[server.span.end..]);
    ensure!(text.starts_with(head) && text.ends_with(tail), "bytes outside the entry changed");
    let mut wanted = tree::parse(name, &document.text)?;
    match &command.line {
        Line::Apart { command: at, args: list } => {
            tree::set(&mut wanted, &steps(at), Some(json!("/opt/warder-launch")))?;
            tree::set(&mut wanted, &steps(list), Some(json!(args)))?;
        }
        Line::Whole(at) => {
            let all: Vec<&str> = std::iter::once("/opt/warder-launch").chain(args.iter().map(String::as_str)).collect();
            tree::set(&mut wanted, &steps(at), Some(json!(all)))?;
        }
    }
    for pair in &server.env {
        tree::set(&mut wanted, &steps(&pair.value.at), Some(key.clone()))?;
    }
    ensure!(tree::parse(name, &text)? == wanted, "the tree is not the old one with the patches");
    Ok(true)
}

/// What is offered, but by hand; nothing that would install a package from the network.
fn offered(judged: &Judged) -> Vec<(String, &'static str)> {
    let fetches = |finding: &warder_audit::finding::Finding| {
        let command = finding.server.and_then(|server| judged.machine.servers[server.0].command());
        command
            .is_some_and(|command| matches!(command.launch.payload, warder_audit::server::command::Payload::Package(_)))
    };
    let fixes = judged.findings.iter().flat_map(|finding| finding.fixes.iter().map(move |fix| (finding, fix)));
    let own = fixes.filter(|(_, fix)| fix.safety != Safety::Manual);
    let local = own.filter(|(finding, fix)| !(matches!(fix.act, Act::Sandbox) && fetches(finding)));
    local.map(|(_, fix)| (fix.id.clone(), kind(&fix.act))).collect()
}

fn kind(act: &Act) -> &'static str {
    match act {
        Act::Keychain { .. } => "keychain",
        Act::Narrow { .. } => "narrow",
        Act::Sandbox => "sandbox",
        Act::Texts { .. } => "texts",
        Act::Settings { .. } => "settings",
        Act::Disable => "disable",
        Act::Protect => "protect",
        Act::PutBack => "put back",
        Act::Manual(_) => "by hand",
    }
}

/// A reason without the names in it, to count by.
fn plain(reason: &str) -> String {
    let words = reason.split(' ').map(|word| if word.contains(['/', '_', '\\', '~', '"']) { "…" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

/// Previews, applies, looks and undoes; the reason, if Warder refused.
fn there_and_back(home: &Home, name: &str, fix: &str, meanwhile: bool) -> Result<Option<String>> {
    let before = judge(Machine::look(home.env.clone()));
    let (finding, found) = before.find_fix(fix).context("the fix is offered no more")?;
    let file = finding.place.file;
    let server = finding.server.map(|index| &before.machine.servers[index.0]);
    let keep = home.root().join("code/app").canonicalize()?.to_string_lossy().into_owned();
    let choices = match found.act {
        Act::Narrow { .. } => Choices { keep: vec![keep.clone()], ..Choices::default() },
        _ => Choices::default(),
    };
    let old = home.bytes()?;
    let old_mode = mode(home)?;
    let mut session = home.session();
    let preview = match session.preview(fix, &choices) {
        Ok(preview) => preview,
        Err(failure) => {
            ensure!(home.bytes()? == old, "a refused preview wrote");
            return Ok(Some(failure.message));
        }
    };
    ensure!(home.bytes()? == old, "a preview wrote");
    let change = match session.apply(fix, &choices, &preview.seen, false) {
        Ok(change) => change,
        Err(failure) => {
            ensure!(home.bytes()? == old, "a refused fix wrote");
            return Ok(Some(failure.message));
        }
    };
    let new = home.bytes()?;
    let (old_text, new_text) = (tree::text(&old)?, tree::text(&new)?);
    ensure!(new == tree::encode(&new_text, &old), "the encoding changed");

    // Only what the preview showed, and only where it may.
    let masked = |text: &str| before.masked(file, text);
    ensure!(diff(&masked(&old_text), &masked(&new_text)) == preview.diff, "the change is not the one of the preview");
    let document = before.machine.document(file).context("a fix has a document")?;
    let place = match (&found.act, server) {
        // What the client asks for stands in a list of its own.
        (Act::Keychain { by: By::Input, .. }, Some(server)) => {
            around(document, [&server.at, &elsewhere::inputs(&before.machine, server)])
        }
        (Act::Settings { patches, .. }, _) => around(document, patches.iter().map(Patch::at)),
        // What stands between entries goes with one.
        (Act::Disable, Some(server)) => around(document, [&server.at]),
        (_, Some(server)) => server.span.clone(),
        (_, None) => 0..0,
    };
    let (head, tail) = (&old_text[..place.start], &old_text[place.end..]);
    let outside = new_text.starts_with(head) && new_text.ends_with(tail);
    ensure!(outside && new_text.len() >= head.len() + tail.len(), "bytes outside the entry changed");
    let protects = found.act == Act::Protect;
    ensure!((mode(home)? != old_mode) == protects && (old_text == new_text) == protects, "the mode is not as meant");

    // The old tree and the patch, and nothing else, in another parser.
    let (mut old_tree, mut new_tree) = (tree::parse(name, &old_text)?, tree::parse(name, &new_text)?);
    match (&found.act, server) {
        (Act::Keychain { at, by, .. }, Some(server)) if server.command().is_none() => {
            let keys = elsewhere::keys(&before, finding);
            elsewhere::take_back(
                &mut new_tree,
                &old_tree,
                &before.machine,
                server,
                &elsewhere::Moved { at, by, keys },
            )?;
        }
        (Act::Keychain { .. } | Act::Narrow { .. } | Act::Sandbox, Some(server)) => {
            take_back(&mut new_tree, &old_tree, server, &found.act, &keep)?;
        }
        (act, server) => expect(&mut old_tree, act, server, &before.machine)?,
    }
    // As texts, because the order of names counts too.
    let (one, other) = (new_tree.to_string(), old_tree.to_string());
    ensure!(one == other, "the tree differs elsewhere");

    // The same servers, by Warder's own eyes.
    let after = Machine::look(home.env.clone());
    // Of this entry other words are what the fix is for; which ones was shown above.
    let reworded = match &found.act {
        Act::Narrow { .. } | Act::Texts { .. } => true,
        Act::Keychain { at, .. } => server.is_some_and(|server| {
            let args = server.command().into_iter().flat_map(|command| &command.args);
            args.chain(elsewhere::url(server)).any(|text| text.at == *at)
        }),
        _ => false,
    };
    let goes = |act: &Act| match act {
        Act::Settings { patches, .. } => patches
            .iter()
            .any(|patch| matches!(patch, Patch::Remove(at) if server.is_some_and(|server| server.at == *at))),
        Act::Disable => server.is_some_and(|server| switch(server, &before.machine).is_none()),
        _ => false,
    };
    let goes = goes(&found.act);
    let off = |one: &Server| (found.act == Act::Disable || goes) && server.is_some_and(|server| server.at == one.at);
    let mut left = after.servers.iter();
    for one in &before.machine.servers {
        if off(one) && goes {
            continue;
        }
        let other = left.next().context("a server is gone")?;
        // Items of a list move up.
        let same = one.name == other.name && (one.at == other.at || goes);
        let starts = one.identity() == other.identity() || reworded && Some(&one.at) == server.map(|server| &server.at);
        ensure!(same && starts && (one.enabled == other.enabled || off(one)), "{} is another server now", one.name);
    }
    ensure!(left.next().is_none(), "there is another server");

    // Back, also when another program wrote elsewhere in the file.
    let wanted = if meanwhile {
        fs::write(&home.path, tree::encode(&written_beside(name, &new_text)?, &old))?;
        tree::encode(&written_beside(name, &old_text)?, &old)
    } else {
        old
    };
    if let Err(failure) = session.undo(&change.id) {
        bail!("undo refused: {failure}");
    }
    ensure!(home.bytes()? == wanted && mode(home)? == old_mode, "undo did not give the old file");
    Ok(None)
}

fn mode(home: &Home) -> Result<u32> {
    Ok(fs::metadata(&home.path)?.permissions().mode() & 0o7777)
}

/// The bytes of what these places stand in.
fn around<'a>(document: &Document, places: impl IntoIterator<Item = &'a KeyPath>) -> Range<usize> {
    let parents = places.into_iter().filter_map(|at| {
        let ways = (0..at.0.len()).rev().map(|depth| KeyPath(at.0[..depth].to_vec()));
        ways.filter_map(|way| document.get(&way)).map(|node| node.span.clone()).find(|span| !span.is_empty())
    });
    let whole = parents.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end));
    whole.unwrap_or(0..document.text.len())
}

/// The text after another program wrote at its beginning.
fn written_beside(name: &str, text: &str) -> Result<String> {
    let (mark, rest) = text.strip_prefix('\u{feff}').map_or(("", text), |rest| ("\u{feff}", rest));
    let json = || {
        let start = rest.find('{').context("no object")?;
        let empty = rest[start + 1..].trim_start().starts_with('}');
        let comma = if empty { "" } else { "," };
        Ok(format!("{mark}{}{{\"written by another\": {{\"a\": 1}}{comma}{}", &rest[..start], &rest[start + 1..]))
    };
    match name.rsplit('.').next().unwrap_or_default() {
        "toml" => Ok(format!("{mark}another = 1\n{rest}")),
        "yaml" | "yml" if rest.starts_with(['-', '%', '{']) => Ok(format!("{text}\nanother: 1\n")),
        "yaml" | "yml" => Ok(format!("{mark}another: 1\n{rest}")),
        // A comment before the object may hold a brace.
        _ if rest.trim_start().starts_with('{') => json(),
        _ => Ok(format!("{text}\n")),
    }
}
