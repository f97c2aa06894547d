//! YAML to nodes with spans, and the edits that change them.
//!
//! What a text means is what its clients' readers make of it: the `yaml` package
//! (Continue, `YAML.parse`) and serde_yaml (Goose, `from_str`) read one document
//! of YAML 1.2 in the core schema, refuse a name that stands twice and do not
//! merge `<<`: it is a name like any other. (js-yaml 4, LibreChat's, merges.)

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

use std::ops::Range;

use super::tree::{Fault, Tree};
use super::{Format, Key, KeyPath, Node};
use crate::edit::{Edit, splice};
use change::{Around, Change};
use style::Style;

/// Reads `text`; values outside `roots` become `Value::Skipped`. An alias is a
/// copy of what it stands for, in the bytes of the alias; what lies inside it
/// keeps the bytes of its first place.
pub(super) fn parse(text: &str, format: Format, roots: &[&[&str]]) -> Result<Tree, Fault> {
    // The readers refuse a name that stands twice, and so does ours.
    read::read(text, format, roots).map(|found| Tree { root: found.root, duplicates: Vec::new() })
}

/// Edits that turn each of the containers at `places` from what `old` (with
/// `text`'s bytes) says into what `new` says; `None` where that cannot be
/// written, or would change what an alias elsewhere stands for.
pub(super) fn edits(text: &str, format: Format, old: &Node, new: &Node, places: &[KeyPath]) -> Option<Vec<Edit>> {
    if format != Format::Yaml && doubt(text).is_some() {
        return None;
    }
    let whole = read::read(text, format, &[]).ok()?;
    let style = Style::of(text, &whole.root);
    let newline = style.newline;
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
    // Nor may a text become the last one without the end of its line.
    if !text.ends_with(['\n', '\r']) && edits.last().is_some_and(|edit| edit.range.end == text.len()) {
        let result = splice(text, &edits).ok()?;
        if block_text_at_end(&result, &read::read(&result, format, &[]).ok()?.root).is_some() {
            edits.last_mut()?.text += newline;
        }
    }
    Some(edits)
}

/// Why what stands at a place cannot be changed alone, and what to do first.
pub(super) fn tie(text: &str, format: Format, at: &KeyPath) -> Option<Fault> {
    let found = read::read(text, format, &[]).ok()?;
    let is_alias = |node: &Node| text[node.span.clone()].starts_with('*');
    let mut node = &found.root;
    for length in 0..=at.0.len() {
        let Some(next) = found.root.get(&KeyPath(at.0[..length].to_vec())) else { break };
        node = next;
        if let Some(key) = node.key.as_ref().filter(|key| &text[key.span.clone()] == "<<") {
            return Some(Fault::new(MERGED, key.span.start));
        }
        if is_alias(node) {
            return Some(Fault::new(ALIAS, node.span.start));
        }
    }
    let meets = |shared: &&Range<usize>| shared.start <= node.span.end && node.span.start <= shared.end;
    if let Some(shared) = found.shared.iter().find(meets) {
        return Some(Fault::new(ANCHORED, shared.start));
    }
    let mut inside = vec![node];
    while let Some(node) = inside.pop() {
        if is_alias(node) {
            return Some(Fault::new(ALIAS, node.span.start));
        }
        inside.extend(node.members().iter().chain(node.items()));
    }
    doubt(text).filter(|_| format != Format::Yaml)
}

const ALIAS: &str = "an alias stands here for what is written elsewhere in the file: write that out in its place first";
const ANCHORED: &str = "an alias elsewhere in the file stands for this too: write it out there first";
const MERGED: &str = "`<<` takes this in from elsewhere in the file: write it out in the entry first";
const TABBED_LINE: &str = "readers do not agree on a tab in a line that is empty or a comment: take the tab out first";

const MARK: &str = "readers do not agree on a byte order mark within the file: take it out first";

/// What libyaml takes here, and perhaps no longer once other lines have changed.
fn doubt(text: &str) -> Option<Fault> {
    let tab = tabbed_line(text).map(|tab| Fault::new(TABBED_LINE, tab));
    // It counts as a column, so the next line would stand further out.
    let mark = || ["\n\u{feff}", "\r\u{feff}"].iter().find_map(|mark| text.find(mark));
    tab.or_else(|| mark().map(|before| Fault::new(MARK, before + 1)))
}

/// A tab on a line that says nothing. libyaml takes one only behind words without
/// quotes, so a change of other lines can make the file one that it refuses.
fn tabbed_line(text: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let rest = line.trim_start_matches([' ', '\t']);
        let blanks = &line[..line.len() - rest.len()];
        match blanks.find('\t') {
            Some(tab) if rest.is_empty() || rest.starts_with(['\n', '\r', '#']) => return Some(start + tab),
            _ => start += line.len(),
        }
    }
    None
}

/// Where a `|` or `>` text begins that would mean something else with a line end
/// behind it, and has none, since the file ends with it: one that keeps its last
/// line end, or whose last line is nothing but blanks.
fn block_text_at_end(text: &str, root: &Node) -> Option<usize> {
    let mut last = root;
    while let Some(child) = last.members().last().or_else(|| last.items().last()) {
        last = child;
    }
    let header = text.get(last.span.clone())?.lines().next()?;
    let blank = text.rsplit(['\n', '\r']).next().is_some_and(|line| line.trim_matches([' ', '\t']).is_empty());
    let keeps = header.starts_with(['|', '>']) && (blank || !header.contains('-'));
    (keeps && !text.ends_with(['\n', '\r'])).then_some(last.span.start)
}
