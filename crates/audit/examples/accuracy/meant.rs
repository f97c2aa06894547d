//! What a fix is for, done to the tree of a file: worked out here again from
//! the old texts, so that whatever else a fix changed is seen.

use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use warder_audit::document::{KeyPath, Patch};
use warder_audit::finding::{Act, By};
use warder_audit::machine::Machine;
use warder_audit::server::{Line, Server};
use warder_audit::writing;

use crate::tree;

pub(crate) fn switch(server: &Server, machine: &Machine) -> Option<(&'static str, bool)> {
    writing::switch(machine, server)
}

/// Does to the old tree what `act` is for.
pub(crate) fn expect(tree: &mut Value, act: &Act, server: Option<&Server>, machine: &Machine) -> Result<()> {
    match act {
        Act::Texts { texts, .. } => {
            // From behind, so that what is taken out moves nothing that is still to come.
            let mut texts: Vec<(Vec<Value>, Option<Value>)> =
                texts.iter().map(|(at, text)| (steps(at), text.as_ref().map(|text| json!(text)))).collect();
            texts.sort_by_key(|(at, _)| std::cmp::Reverse(at.last().and_then(Value::as_u64)));
            texts.into_iter().try_for_each(|(at, text)| tree::set(tree, &at, text))
        }
        Act::Settings { patches, .. } => patches.iter().try_for_each(|patch| match patch {
            Patch::Set(at, value) => tree::set(tree, &steps(at), Some(value.clone())),
            Patch::Remove(at) => tree::set(tree, &steps(at), None),
        }),
        Act::Disable => {
            let server = server.context("an entry is switched off")?;
            match switch(server, machine) {
                Some((member, value)) => tree::set(tree, &steps(&server.at.name(member)), Some(json!(value))),
                None => tree::set(tree, &steps(&server.at), None),
            }
        }
        Act::Protect => Ok(()),
        Act::Keychain { .. } | Act::Narrow { .. } | Act::Sandbox | Act::PutBack | Act::Manual(_) => {
            bail!("not expected here")
        }
    }
}

pub(crate) fn steps(at: &KeyPath) -> Vec<Value> {
    serde_json::to_value(at).ok().and_then(|value| value.as_array().cloned()).unwrap_or_default()
}

pub(crate) fn parent(at: &KeyPath) -> KeyPath {
    KeyPath(at.0[..at.0.len().saturating_sub(1)].to_vec())
}

/// `keychain:NAME-random`.
fn is_reference(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.strip_prefix("keychain:").is_some_and(|handle| !handle.is_empty() && handle.chars().all(is_part))
}

/// A line without the key at `range` of word `index`, which the variable `name`
/// holds from now on: nothing but the key and what only leads to it is gone.
fn without(was: &[&str], index: usize, range: &Range<usize>, name: &str) -> Vec<String> {
    let mut words: Vec<String> = was.iter().map(|word| (*word).to_owned()).collect();
    let (before, word) = (was[index - 1], was[index]);
    let (head, tail) = (&word[..range.start], &word[range.end..]);
    if before == "--header" || !tail.is_empty() {
        words[index] = format!("{head}${{{name}}}{tail}");
    } else if let Some(option) = head.strip_suffix(&format!("{name}=")) {
        // `-e NAME=key` and `-eNAME=key` name it still; a word of `env` goes.
        if option.is_empty() && !before.starts_with('-') {
            words.remove(index);
        } else {
            words[index] = format!("{option}{name}");
        }
    } else {
        // `--flag=key`, or `--flag` and the key.
        words.drain(if head.is_empty() { index - 1 } else { index }..=index);
    }
    words
}

/// Undoes in `tree` what `act` is for, checking on the way that it did that.
pub(crate) fn take_back(tree: &mut Value, old: &Value, server: &Server, act: &Act, keep: &str) -> Result<()> {
    let command = server.command().context("a fix has a command")?;
    let mut old_tree = old.clone();
    let mut restore = |tree: &mut Value, at: &KeyPath| -> Result<Value> {
        let there = tree::at_mut(tree, &steps(at)).context("a changed value is gone")?.take();
        tree::set(tree, &steps(at), tree::at_mut(&mut old_tree, &steps(at)).cloned())?;
        Ok(there)
    };
    let (program, args) = match &command.line {
        Line::Apart { command: at, args } => (restore(tree, at)?, restore(tree, args)?),
        Line::Whole(at) => {
            let all = restore(tree, at)?;
            let words = all.as_array().cloned().unwrap_or_default();
            (words.first().cloned().unwrap_or_default(), json!(words.get(1..).unwrap_or_default()))
        }
    };
    let was: Vec<&str> =
        std::iter::once(&command.program).chain(&command.args).map(|word| word.value.as_str()).collect();
    let words: Vec<&str> =
        std::iter::once(&program).chain(args.as_array().into_iter().flatten()).filter_map(Value::as_str).collect();
    match act {
        Act::Narrow { places } => {
            let broad = |index: usize| command.args.get(index).is_some_and(|arg| places.contains(&arg.at));
            let mut left = words[1..].iter();
            let mut given = false;
            for (index, arg) in was[1..].iter().enumerate() {
                if !broad(index) {
                    ensure!(left.next() == Some(arg), "another argument changed");
                } else if !(given && left.as_slice().first().is_none_or(|word| !word.contains(keep))) {
                    ensure!(left.next().is_some_and(|word| word.contains(keep)), "the folder is not in its place");
                    given = true;
                }
            }
            ensure!(left.next().is_none() && words[0] == was[0], "the line got longer");
        }
        Act::Keychain { .. } | Act::Sandbox if command.wrapped.is_none() => {
            let [_, run, flag, _, dashes, rest @ ..] = words.as_slice() else { bail!("there is no wrapper") };
            ensure!((*run, *flag, *dashes) == ("run", "--profile", "--"), "there is no wrapper");
            let kept = match act {
                Act::Keychain { at, range, by } => match command.args.iter().position(|arg| arg.at == *at) {
                    // A key in a word.
                    Some(index) => match by {
                        By::Variable(name) => rest == without(&was, index + 1, range, name),
                        _ => {
                            let word = was[index + 1];
                            let (head, tail) = (&word[..range.start], &word[range.end..]);
                            let key = |new: &str| new.strip_prefix(head)?.strip_suffix(tail).map(is_reference);
                            let is_it = |new: &str| key(new) == Some(true);
                            rest.len() == was.len()
                                && rest
                                    .iter()
                                    .zip(&was)
                                    .enumerate()
                                    .all(|(at, (new, old))| if at == index + 1 { is_it(new) } else { new == old })
                        }
                    },
                    None => rest == was,
                },
                _ => rest == was,
            };
            ensure!(kept, "the old words are not kept");
        }
        _ => {}
    }
    let values: &[KeyPath] = match act {
        Act::Keychain { at, .. } => std::slice::from_ref(at),
        Act::Narrow { places } => places,
        _ => &[],
    };
    if let Act::Keychain { by: By::Variable(name), .. } = act {
        let at = match (server.env.first(), &command.line) {
            (Some(pair), _) => parent(&parent(&pair.value.at)),
            (None, Line::Apart { command: at, .. } | Line::Whole(at)) => parent(at),
        };
        for member in ["env", "environment", "envs"].map(|member| at.name(member)) {
            let Some(value) = tree::at_mut(tree, &steps(&member.name(name))).map(Value::take) else { continue };
            ensure!(value.as_str().is_some_and(|text| text.starts_with("keychain:")), "the variable is not the key's");
            let was_there = tree::at_mut(&mut old_tree, &steps(&member)).is_some();
            let new = if was_there { member.name(name) } else { member };
            return tree::set(tree, &steps(&new), None);
        }
        bail!("the variable is not there");
    }
    for at in values.iter().filter(|at| !command.args.iter().any(|arg| arg.at == **at)) {
        let value = restore(tree, at)?;
        let text = value.as_str().unwrap_or_default();
        let right = match act {
            Act::Keychain { .. } => text.starts_with("keychain:"),
            _ => text.contains(keep),
        };
        ensure!(right, "the value is not what the fix is for");
    }
    Ok(())
}
