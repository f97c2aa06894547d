//! TOML to nodes with spans, and the edits that change them.
//!
//! The verdict is that of the `toml` crate, which Codex reads its config with
//! (0.9.11 in Codex 0.169: TOML 1.1). Linear in the file.

mod change;
mod layout;
mod lines;
mod list;
mod read;
mod tables;
mod write;

use std::borrow::Cow;

use super::tree::{DEEPEST, Fault, Tree};
use super::{Key, KeyPath, Name, Node, Value, leads};
use crate::edit::Edit;
use change::Change;
use layout::Layout;

/// Reads `text`; values outside `roots` become `Value::Skipped`, but for
/// tables that are no value of their own: those hold skipped values.
pub(super) fn parse(text: &str, roots: &[&[&str]]) -> Result<Tree, Fault> {
    let layout = Layout::of(text, roots)?;
    match (toml::de::DeTable::parse(text), layout.odd) {
        // No message of that crate quotes the text.
        (Err(error), odd) => Err(match (error.span(), odd) {
            (Some(span), _) => Fault::new(plain(error.message()), span.start),
            (None, odd) => odd.unwrap_or(Fault::new(plain(error.message()), 0)),
        }),
        (Ok(_), Some(odd)) => Err(odd),
        (Ok(_), None) => Ok(Tree { root: layout::tree(layout.parts), duplicates: Vec::new() }),
    }
}

/// Edits that turn each of the containers at `places` from what `old` (with
/// `text`'s bytes) says into what `new` says; `None` where that cannot be written.
pub(super) fn edits(text: &str, old: &Node, new: &Node, places: &[KeyPath]) -> Option<Vec<Edit>> {
    let layout = Layout::of(text, &[]).ok()?;
    let mut places: Vec<(KeyPath, usize)> =
        places.iter().map(|place| respelled(&layout, new, place)).collect::<Option<_>>()?;
    places.sort();
    places.dedup_by(|inner, outer| inner.0.0.starts_with(&outer.0.0));
    let mut change = Change::new(text, &layout);
    for (place, part) in places {
        change.turn(part, old.get(&place)?, new.get(&place)?)?;
    }
    Some(change.finish())
}

/// The innermost container at or around `place` whose spelling can stay.
fn respelled(layout: &Layout, new: &Node, place: &KeyPath) -> Option<(KeyPath, usize)> {
    let mut place = place.clone();
    loop {
        let part = layout.find(&place)?;
        if layout.fits(part, new.get(&place)?) {
            return Some((place, part));
        }
        place.0.pop()?;
    }
}

/// One line without full stop.
fn plain(message: &str) -> Cow<'static, str> {
    message.replace('\n', ", ").trim_end_matches('.').to_owned().into()
}
