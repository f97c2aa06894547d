//! YAML to nodes with spans, and the edits that change them.
//!
//! What a text means is what its clients' readers make of it: the `yaml` package
//! (Continue, `YAML.parse`) and serde_yaml (Goose, `from_str`) read one document
//! of YAML 1.2 in the core schema, refuse a name that stands twice and do not
//! merge `<<`: it is a name like any other. (js-yaml, LibreChat's, does merge.)

mod block;
mod change;
mod flow;
mod lenient;
mod read;
mod scalar;
mod slots;
mod source;
mod style;
mod text;

use super::tree::{Fault, Tree};
use super::{Key, KeyPath, Node};
use crate::edit::Edit;
use change::{Around, Change};
use style::Style;

/// Reads `text`; values outside `roots` become `Value::Skipped`. An alias is a
/// copy of what it stands for, in the bytes of the alias; what lies inside it
/// keeps the bytes of its first place.
pub(super) fn parse(text: &str, roots: &[&[&str]]) -> Result<Tree, Fault> {
    // The readers refuse a name that stands twice, and so does ours.
    read::read(text, roots).map(|found| Tree { root: found.root, duplicates: Vec::new() })
}

/// Edits that turn each of the containers at `places` from what `old` (with
/// `text`'s bytes) says into what `new` says; `None` where that cannot be
/// written, or would change what an alias elsewhere stands for.
pub(super) fn edits(text: &str, old: &Node, new: &Node, places: &[KeyPath]) -> Option<Vec<Edit>> {
    let whole = read::read(text, &[]).ok()?;
    let style = Style::of(text, &whole.root);
    let mut change = Change { text, style, shared: whole.shared, edits: Vec::new() };
    for place in places {
        let (mut from, mut to) = (old, new);
        let mut around = Around::Nothing;
        for key in &place.0 {
            let at = match key {
                Key::Name(name) => {
                    from.members().iter().position(|node| node.key.as_ref().is_some_and(|key| key.text == *name))?
                }
                Key::Index(index) => *index,
            };
            around = change.around(from, at, around)?;
            (from, to) =
                (from.members().get(at).or_else(|| from.items().get(at))?, to.get(&KeyPath(vec![key.clone()]))?);
        }
        change.turn(from, to, around)?;
    }
    let mut edits = change.edits;
    // Readers differ on whether such a text ends with a line end; one that
    // comes behind it now would decide that.
    if let Some(start) = block_text_at_end(text, &whole.root)
        && edits.iter().any(|edit| edit.range.start > start)
    {
        return None;
    }
    // What is put behind an inner and behind an outer container meets where
    // both end; the inner one's was there first.
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    edits.dedup_by(|later, earlier| {
        let meet = later.range.is_empty() && later.range == earlier.range;
        if meet {
            earlier.text += &later.text;
        }
        meet
    });
    Some(edits)
}

/// Where a `|` or `>` text begins that keeps its last line end and has none,
/// since the file ends with it.
fn block_text_at_end(text: &str, root: &Node) -> Option<usize> {
    let mut last = root;
    while let Some(child) = last.members().last().or_else(|| last.items().last()) {
        last = child;
    }
    let header = text.get(last.span.clone())?.lines().next()?;
    let keeps = header.starts_with(['|', '>']) && !header.contains('-');
    (keeps && !text.ends_with(['\n', '\r'])).then_some(last.span.start)
}
