//! There and back with one file: read, change, write, read again, undo.
//!
//! Every step is held against the tree, and against another reader's view of
//! the text wherever that reader takes it.

use std::path::Path;

use serde_json::{Map, Value as Json};
use warder_audit::document::{Document, EditError, Format, Key, KeyPath, Node, Patch, Value};
use warder_audit::edit::{Edit, splice};

/// `data`: a file, and after the last two 0xff the choices that make the patches.
pub fn round(data: &[u8], format: Format, meaning: impl Fn(&str) -> Option<Json>) {
    let (file, choices) = split(data);
    let name = Path::new("x");
    // With roots there is another way through the reader.
    let _ = Document::parse(name, file.to_vec(), format, &[&["a", "*"], &["mcpServers"], &["a", "b", "c"]]);
    let Ok(document) = Document::parse(name, file.to_vec(), format, &[]) else { return };
    assert_eq!(&*document.encoding.encode(&document.text), file, "a text is written as it was read");
    within(&document.text, &document.root);
    document.position(document.text.len() / 2);

    // A settings file is no single text; what is one in YAML, readers do not agree on.
    if format.is_yaml() && !matches!(document.root.value, Value::Object(_) | Value::Array(_)) {
        return;
    }
    let patches = Choices(choices.iter()).patches(&document.root);
    let edits = match document.edits(&patches) {
        Ok(edits) => edits,
        Err(EditError::Refused(_)) => return,
        // Every patch fits a tree of plain JSON that has room below it.
        Err(error) if format == Format::Json && depth(&document.root) < 500 => panic!("{error}: {patches:?}"),
        Err(_) => return,
    };
    let after = splice(&document.text, &edits).expect("edits do not overlap");
    let bytes = document.encoding.encode(&after).into_owned();
    let again = Document::parse(name, bytes, format, &[]).expect("what was written is read");
    within(&again.text, &again.root);
    if let Some(mut wanted) = plain(&document.root) {
        patches.iter().for_each(|patch| apply(&mut wanted, patch));
        assert_eq!(plain(&again.root), Some(wanted), "{patches:?}");
    }
    // Readers of YAML take some texts for different things; then there is nothing to compare.
    // (libyaml counts a byte order mark as a column, so behind one it reads no second line.)
    let marked = document.text.starts_with('\u{feff}');
    let one = |other: &Json| !format.is_yaml() || !marked && plain(&document.root).as_ref() == Some(other);
    if let Some(mut wanted) = meaning(&document.text).filter(one) {
        patches.iter().for_each(|patch| apply(&mut wanted, patch));
        assert_eq!(meaning(&after).map(signless), Some(signless(wanted)), "the other reader, {patches:?}");
    }
    assert_eq!(splice(&after, &inverse(&document.text, &edits)).as_ref(), Ok(&document.text), "undo");
}

fn split(data: &[u8]) -> (&[u8], &[u8]) {
    match data.windows(2).rposition(|pair| pair == [0xff, 0xff]) {
        Some(at) => (&data[..at], &data[at + 2..]),
        None => (data, &data[data.len().saturating_sub(12)..]),
    }
}

/// Every node stands within the text, children in their order within parents.
fn within(text: &str, root: &Node) {
    let mut nodes = vec![root];
    while let Some(node) = nodes.pop() {
        let key = node.key.as_ref().map(|key| &key.span);
        for span in [Some(&node.span), key].into_iter().flatten() {
            assert!(text.get(span.clone()).is_some(), "{span:?} is no part of the text");
        }
        nodes.extend(node.members().iter().chain(node.items()));
    }
}

fn depth(root: &Node) -> usize {
    let (mut deepest, mut nodes) = (0, vec![(root, 1)]);
    while let Some((node, depth)) = nodes.pop() {
        deepest = deepest.max(depth);
        nodes.extend(node.members().iter().chain(node.items()).map(|child| (child, depth + 1)));
    }
    deepest
}

/// The tree as JSON, where JSON has a word for all of it.
fn plain(node: &Node) -> Option<Json> {
    Some(match &node.value {
        Value::Null => Json::Null,
        Value::Bool(yes) => Json::Bool(*yes),
        Value::Number(text) => Json::Number(text.parse().ok()?),
        Value::String(text) => Json::String(text.clone()),
        Value::Array(items) => Json::Array(items.iter().map(plain).collect::<Option<_>>()?),
        Value::Object(members) => {
            let pair = |node: &Node| Some((node.key.as_ref()?.text.clone(), plain(node)?));
            Json::Object(members.iter().map(pair).collect::<Option<Map<_, _>>>()?)
        }
        Value::Other(_) | Value::Skipped => return None,
    })
}

/// Some readers make a plain 0 of `-0.0`.
fn signless(value: Json) -> Json {
    match value {
        Json::Number(number) if number.as_f64() == Some(0.0) => 0.into(),
        Json::Array(items) => items.into_iter().map(signless).collect(),
        Json::Object(members) => members.into_iter().map(|(name, value)| (name, signless(value))).collect(),
        other => other,
    }
}

/// The patch done to a value instead of to a text.
fn apply(root: &mut Json, patch: &Patch) {
    let at = match patch {
        Patch::Set(at, _) | Patch::Remove(at) => at,
    };
    let Some((last, way)) = at.0.split_last() else {
        if let Patch::Set(_, value) = patch {
            *root = value.clone();
        }
        return;
    };
    let place = way.iter().try_fold(root, |value, key| match key {
        Key::Name(name) => value.get_mut(name),
        Key::Index(index) => value.get_mut(*index),
    });
    match (place, last, patch) {
        (Some(Json::Object(members)), Key::Name(name), Patch::Set(_, value)) => {
            members.insert(name.clone(), value.clone());
        }
        (Some(Json::Object(members)), Key::Name(name), Patch::Remove(_)) => drop(members.shift_remove(name)),
        (Some(Json::Array(items)), Key::Index(index), Patch::Set(_, value)) if *index == items.len() => {
            items.push(value.clone());
        }
        (Some(Json::Array(items)), Key::Index(index), Patch::Set(_, value)) => items[*index] = value.clone(),
        (Some(Json::Array(items)), Key::Index(index), Patch::Remove(_)) => drop(items.remove(*index)),
        other => panic!("the other reader sees no place for this: {other:?}"),
    }
}

/// The edits that take `edits` of `text` back.
fn inverse(text: &str, edits: &[Edit]) -> Vec<Edit> {
    let mut shift = 0isize;
    let mut back: Vec<Edit> = Vec::new();
    for edit in edits {
        let start = edit.range.start.checked_add_signed(shift).expect("edits come in the order of the file");
        shift += edit.text.len() as isize - edit.range.len() as isize;
        let (range, old) = (start..start + edit.text.len(), &text[edit.range.clone()]);
        match back.last_mut() {
            // Two removals side by side are one insertion.
            Some(last) if last.range.end == start => {
                last.range.end = range.end;
                last.text += old;
            }
            _ => back.push(Edit { range, text: old.to_owned() }),
        }
    }
    back
}

/// Decisions, one byte each; zero when they have run out.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn next(&mut self, of: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % of.max(1)
    }

    /// One to three patches, each somewhere else than the ones before it: a
    /// later one then fits the tree that the earlier ones leave.
    fn patches(&mut self, root: &Node) -> Vec<Patch> {
        let mut patches: Vec<Patch> = Vec::new();
        for _ in 0..=self.next(3) {
            let patch = self.patch(root);
            let top = |patch: &Patch| match patch {
                Patch::Set(at, _) | Patch::Remove(at) => at.0.first().cloned(),
            };
            let apart = |other: &Patch| match (top(other), top(&patch)) {
                (Some(a), Some(b)) => a != b && matches!((a, b), (Key::Name(_), Key::Name(_))),
                _ => false,
            };
            if patches.iter().all(apart) {
                patches.push(patch);
            }
        }
        patches
    }

    fn patch(&mut self, root: &Node) -> Patch {
        let (mut node, mut at) = (root, KeyPath::default());
        for _ in 0..self.next(6) {
            let children: Vec<&Node> = node.members().iter().chain(node.items()).collect();
            let Some(child) = children.get(self.next(children.len())) else { break };
            at = match &child.key {
                Some(key) => at.name(&key.text),
                None => at.index(children.iter().position(|other| std::ptr::eq(*other, *child)).unwrap_or(0)),
            };
            node = child;
        }
        let removable = !at.0.is_empty();
        match (self.next(4), &node.value) {
            (0, _) if removable => Patch::Remove(at),
            (1, Value::Object(_)) => Patch::Set(at.name(self.name()), self.value(2)),
            (1, Value::Array(items)) => Patch::Set(at.index(items.len()), self.value(2)),
            (2, _) if matches!(node.value, Value::Array(_)) => {
                let Some(Json::Array(mut items)) = plain(node) else { return Patch::Set(at, self.value(2)) };
                items.insert(self.next(items.len() + 1), self.value(1));
                if self.next(2) == 1 {
                    items.remove(self.next(items.len()));
                }
                Patch::Set(at, Json::Array(items))
            }
            _ if removable => Patch::Set(at, self.value(2)),
            // A whole file is not set; something is added to it.
            (_, Value::Array(items)) => Patch::Set(at.index(items.len()), self.value(2)),
            (_, Value::Object(_)) => Patch::Set(at.name(self.name()), self.value(2)),
            _ => Patch::Set(at, self.value(1)),
        }
    }

    fn name(&mut self) -> String {
        ["new", "a.b", "a b", "", "é\"\\", "# no", "- x", "null", "1", "a: b", "[t]", "\u{1}\n"][self.next(12)]
            .to_owned()
    }

    fn value(&mut self, depth: usize) -> Json {
        match self.next(if depth == 0 { 8 } else { 11 }) {
            0 => Json::from("plain"),
            1 => Json::from(""),
            2 => Json::from("é😀 \"quoted\" \\ 'single' # // /* ${x} */"),
            3 => Json::from("two\nlines\r\n\u{1}\t"),
            4 => Json::from(true),
            5 => Json::from(-7),
            6 => Json::from("null"),
            7 => Json::from("- a: b\n"),
            8 => Json::Array((0..self.next(4)).map(|_| self.value(depth - 1)).collect()),
            _ => Json::Object((0..self.next(4)).map(|_| (self.name(), self.value(depth - 1))).collect()),
        }
    }
}
