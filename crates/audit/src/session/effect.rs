//! What a fix does, as one stamp: of all it would write, with nothing masked.
//!
//! What is shown is masked and leaves out the lines that stay; those are what is
//! started, and with which key. The rest of the file is left out, so that changes
//! before it in the same file leave it the same. The ids that are drawn for a
//! fix belong to it, because they stay the same as long as it is not done. A salt
//! of the session keeps a short key from being found by trying.

use serde::Serialize;
use warder_launch::profile::Profile;

use super::failures::refused;
use super::plan::Plan;
use crate::api::Failure;
use crate::document::{Document, KeyPath, Node, Patch, Stamp};
use crate::edit::{DiffLine, LineKind};
use crate::finding::FileIndex;
use crate::report::Judged;

/// Everything a plan does to a machine.
#[derive(Serialize)]
struct Effect<'a> {
    salt: &'a [u8; 16],
    shown: Vec<&'a str>,
    file: String,
    places: Vec<Place<'a>>,
    mode: Option<u32>,
    /// The items, and what is put into each.
    keys: Vec<(String, Stamp)>,
    wanted: Option<String>,
    before: Option<&'a Profile>,
    after: Option<Profile>,
    started: Option<&'a (String, Vec<String>)>,
}

/// A part of a file before and after.
#[derive(Serialize)]
struct Place<'a> {
    at: &'a KeyPath,
    set: Option<&'a serde_json::Value>,
    before: Option<Text<'a>>,
    after: Option<Text<'a>>,
}

/// As it is written, and what that says: a value may come from elsewhere in the file (YAML).
#[derive(Serialize)]
struct Text<'a> {
    written: Option<&'a str>,
    says: Option<serde_json::Value>,
}

/// The stamp of what `plan` does to the machine `before`; `then` is what it makes of it.
pub(super) fn effect(
    (title, summary, diff): (&str, &str, &[DiffLine]),
    before: &Judged,
    plan: &Plan,
    then: &Judged,
    salt: &[u8; 16],
) -> Result<Stamp, Failure> {
    let machine = &before.machine;
    let server = plan.server.map(|index| &machine.servers[index.0]);
    let patched = plan.patches.iter().map(|patch| {
        let set = if let Patch::Set(_, value) = patch { Some(value) } else { None };
        (plan.file, patch.at(), set)
    });
    // A setting may stand in another file than the entry it is about.
    let entry = server.map(|server| (server.file, &server.at, None));
    let places = patched.chain(entry).map(|(file, at, set)| Place {
        at,
        set,
        before: machine.document(file).and_then(|document| text(document, at)),
        after: same(before, file, then).and_then(|document| text(document, at)),
    });
    let effect = Effect {
        salt,
        shown: shown(title, summary, diff),
        file: machine.files[plan.file.0].path.to_string_lossy().into_owned(),
        places: places.collect(),
        mode: plan.mode,
        keys: plan.stash.iter().map(|(handle, key)| (handle.reference(), Stamp::of(key.expose().as_bytes()))).collect(),
        wanted: plan.wanted(),
        before: server.and_then(|server| server.profile()),
        after: plan.profile(before)?,
        started: plan.ready.as_ref().and_then(|ready| ready.line.as_ref()),
    };
    stamp(&effect)
}

/// The stamp of a change that counts only for the one state it was made for.
pub(super) fn of_one(title: &str, summary: &str, diff: &[DiffLine], seen: &Stamp) -> Result<Stamp, Failure> {
    stamp(&(shown(title, summary, diff), seen))
}

fn stamp(whole: &impl Serialize) -> Result<Stamp, Failure> {
    let whole =
        serde_json::to_vec(whole).map_err(|error| refused(format!("cannot describe what would change: {error}")))?;
    Ok(Stamp::of(&whole))
}

fn shown<'a>(title: &'a str, summary: &'a str, diff: &'a [DiffLine]) -> Vec<&'a str> {
    let changed = diff.iter().flat_map(|line| match line.kind {
        LineKind::Removed => ["-", line.text.as_str()],
        LineKind::Added => ["+", line.text.as_str()],
        LineKind::Kept | LineKind::Gap => ["", ""],
    });
    [title, summary].into_iter().chain(changed.filter(|text| !text.is_empty())).collect()
}

fn text<'a>(document: &'a Document, at: &KeyPath) -> Option<Text<'a>> {
    let node: &Node = document.get(at)?;
    Some(Text { written: document.text.get(node.span.clone()), says: node.to_json() })
}

/// The same file on the other machine.
fn same<'a>(before: &Judged, file: FileIndex, then: &'a Judged) -> Option<&'a Document> {
    let path = &before.machine.files[file.0].path;
    let index = then.machine.files.iter().position(|other| other.path == *path)?;
    then.machine.document(FileIndex(index))
}
