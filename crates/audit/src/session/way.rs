//! The entry a change is about, in the bytes of then and of now.

use std::path::Path;

use crate::document::{Document, Format, Key, KeyPath};
use crate::edit::{Edit, splice};
use crate::store::{Step, Way};

pub(super) fn steps(at: &KeyPath) -> Vec<Step> {
    let step = |key: &Key| match key {
        Key::Name(name) => Step::Name(name.clone()),
        Key::Index(index) => Step::Index(*index),
    };
    at.0.iter().map(step).collect()
}

pub(super) fn key_of(step: &Step) -> Key {
    match step {
        Step::Name(name) => Key::Name(name.clone()),
        Step::Index(index) => Key::Index(*index),
    }
}

pub(super) fn entry_text(path: &Path, format: Format, text: &str, at: &KeyPath) -> Option<String> {
    let document = Document::parse(path, text.as_bytes().to_vec(), format, &[]).ok()?;
    Some(document.text[document.get(at)?.span.clone()].to_owned())
}

pub(super) fn entry_now(path: &Path, text: &str, way: &Way) -> Option<String> {
    entry_text(path, Format::Jsonc, text, &KeyPath(way.entry.iter().map(key_of).collect()))
}

/// Whether a text names what only this change made: its keys, its profile.
pub(super) fn refers(text: &str, way: &Way) -> bool {
    let made = way.profile.as_ref().filter(|_| way.profile_before.is_none());
    way.stashed.iter().any(|handle| text.contains(&handle.reference()))
        || made.is_some_and(|id| text.contains(id.as_str()))
}

/// The text with the entry as it was before, if it still is as it was after.
pub(super) fn entry_back(path: &Path, text: &str, way: &Way) -> Option<String> {
    let document = Document::parse(path, text.as_bytes().to_vec(), Format::Jsonc, &[]).ok()?;
    let node = document.get(&KeyPath(way.entry.iter().map(key_of).collect()))?;
    if !is_same(&text[node.span.clone()], &way.entry_after) {
        return None;
    }
    splice(text, &[Edit { range: node.span.clone(), text: way.entry_before.clone() }]).ok()
}

/// Whether two entries are the same but for white space: some clients write
/// their whole file anew. Only for strict JSON, where nothing else can hide.
pub(super) fn is_same(a: &str, b: &str) -> bool {
    let strict = |text: &str| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    a == b || (strict(a) && strict(b) && bare(a) == bare(b))
}

/// Strict JSON without the white space between its words.
fn bare(text: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let kept = text.chars().filter(|c| {
        let space = !inside && c.is_ascii_whitespace();
        (inside, escaped) = match (c, inside, escaped) {
            ('"', _, false) => (!inside, false),
            ('\\', true, false) => (true, true),
            _ => (inside, false),
        };
        !space
    });
    kept.collect()
}
