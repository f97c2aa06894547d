//! From the tree a file holds and the tree it shall hold to the fewest edits.

use std::collections::HashSet;
use std::ops::Range;

use super::layout::{rest_of_line, slots};
use super::style::Style;
use super::{Format, Node, Value};
use crate::document::blanks::opens_line;
use crate::document::commas::{Commas, Inserts, Slot};
use crate::document::lists::changes;
use crate::document::patch::{index, name, same};
use crate::edit::Edit;

/// Collects the edits that turn one tree into another.
pub(super) struct Change<'a> {
    pub(super) text: &'a str,
    pub(super) format: Format,
    pub(super) style: Style,
    pub(super) edits: Vec<Edit>,
}

impl Change<'_> {
    /// Edits that make `old` mean what `new` does.
    pub(super) fn turn(&mut self, old: &Node, new: &Node) {
        match (&old.value, &new.value) {
            (Value::Skipped, Value::Skipped) if old.span == new.span => {}
            (Value::Object(from), Value::Object(to)) => self.turn_object(old, from, new, to),
            (Value::Array(from), Value::Array(to)) => self.turn_array(old, from, new, to),
            _ if same(old, self.text, new, self.text) => {}
            _ => self.replace(old, new),
        }
    }

    fn turn_object(&mut self, old: &Node, from: &[Node], new: &Node, to: &[Node]) {
        let (had, wanted) = (index(from), index(to));
        for member in from {
            if let Some(now) = wanted.get(name(member)) {
                self.turn(member, now);
            }
        }
        let gone: HashSet<&str> = from.iter().map(name).filter(|name| !wanted.contains_key(name)).collect();
        let added: Vec<&Node> = to.iter().filter(|node| !had.contains_key(name(node))).collect();
        if gone.is_empty() && added.is_empty() {
            return;
        }
        let (slots, names) = slots(self.text, self.format, &old.span);
        // An overshadowed namesake goes too, or it would come to life.
        let removed: Vec<bool> =
            names.iter().map(|name| name.as_deref().is_some_and(|name| gone.contains(name))).collect();
        let inserts = vec![(slots.len(), added)];
        self.reshape(old, new, &slots, &removed, inserts);
    }

    fn turn_array(&mut self, old: &Node, from: &[Node], new: &Node, to: &[Node]) {
        let mut removed = vec![false; from.len()];
        let mut inserts = Inserts::new();
        for (gone, come) in changes(self.text, from, to) {
            let pairs = gone.len().min(come.len());
            for (old, new) in from[gone.clone()].iter().zip(&to[come.clone()]) {
                self.turn(old, new);
            }
            removed[gone.start + pairs..gone.end].fill(true);
            if come.len() > pairs {
                inserts.push((gone.end, to[come.start + pairs..come.end].iter().collect()));
            }
        }
        if !inserts.is_empty() || removed.contains(&true) {
            let (slots, _) = slots(self.text, self.format, &old.span);
            self.reshape(old, new, &slots, &removed, inserts);
        }
    }

    fn replace(&mut self, old: &Node, new: &Node) {
        let start = old.key.as_ref().map_or(old.span.start, |key| key.span.start);
        let text = self.style.write(new, opens_line(self.text, start));
        self.edit(old.span.clone(), text);
    }

    fn edit(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.edits.push(Edit { range, text: text.into() });
    }

    /// Takes slots out of a container and puts new children in.
    fn reshape(&mut self, old: &Node, new: &Node, slots: &[Slot], removed: &[bool], inserts: Inserts) {
        let Style { newline, space, .. } = self.style;
        let commas = Commas { text: self.text, slots, newline, space, rest_of_line };
        let colon = colon(self.text, old).filter(|_| !slots.is_empty());
        let write = |node: &Node, own: Option<&str>| Some(self.style.write_child(node, colon, own));
        let edits = if !slots.is_empty() {
            commas.reshape(old.span.start + 1..old.span.end - 1, removed, inserts, write)
        } else if commas.is_bare(&old.span) {
            return self.replace(old, new);
        } else {
            let nodes: Vec<&Node> = inserts.iter().flat_map(|(_, nodes)| nodes.iter().copied()).collect();
            commas.fill(&old.span, &self.style.unit, &nodes, write).map(|edit| vec![edit])
        };
        self.edits.extend(edits.expect("JSON has a word for every value that is set"));
    }
}

/// How the last member of an object separates its name from its value.
fn colon<'a>(text: &'a str, object: &Node) -> Option<&'a str> {
    let last = object.members().last()?;
    let between = &text[last.key.as_ref()?.span.end..last.span.start];
    between.bytes().all(|byte| matches!(byte, b':' | b' ' | b'\t')).then_some(between)
}
