//! Changes inside `[...]` and `{...}`: only the items that change are touched.

use std::ops::Range;

use super::Node;
use super::change::Change;
use super::layout::Kind;
use super::lines::{comma, rest_of_line};
use super::write::{Quote, key, value};
use crate::document::commas::{Commas, Inserts, Slot};
use crate::document::lists::changes;
use crate::document::patch::{index, name, same};

/// One level of indentation in a list that shows none.
const UNIT: &str = "    ";

impl Change<'_> {
    pub(super) fn turn_inline_table(&mut self, part: usize, old: &Node, new: &Node) -> Option<()> {
        let (from, to) = (old.members(), new.members());
        let (had, wanted) = (index(from), index(to));
        let children = &self.layout.parts[part].children;
        if children.iter().any(|&child| matches!(self.layout.parts[child].kind, Kind::Table)) {
            // A name with dots in braces: its parts have no place of their own.
            return if same(old, self.text, new, self.text) { Some(()) } else { self.replace(old, new) };
        }
        for (child, member) in children.iter().zip(from) {
            if let Some(now) = wanted.get(name(member)) {
                self.turn(*child, member, now)?;
            }
        }
        let removed: Vec<bool> = from.iter().map(|member| !wanted.contains_key(name(member))).collect();
        let added: Vec<&Node> = to.iter().filter(|node| !had.contains_key(name(node))).collect();
        self.reshape(part, old, new, &removed, vec![(from.len(), added)])
    }

    pub(super) fn turn_array(&mut self, part: usize, old: &Node, new: &Node) -> Option<()> {
        let (from, to) = (old.items(), new.items());
        let mut removed = vec![false; from.len()];
        let mut inserts = Inserts::new();
        for (gone, come) in changes(self.text, from, to) {
            let pairs = gone.len().min(come.len());
            let children = &self.layout.parts[part].children[gone.clone()];
            for ((child, old), new) in children.iter().zip(&from[gone.clone()]).zip(&to[come.clone()]) {
                self.turn(*child, old, new)?;
            }
            removed[gone.start + pairs..gone.end].fill(true);
            if come.len() > pairs {
                inserts.push((gone.end, to[come.start + pairs..come.end].iter().collect()));
            }
        }
        self.reshape(part, old, new, &removed, inserts)
    }

    /// Takes slots out of a list and puts new children in.
    fn reshape(&mut self, part: usize, old: &Node, new: &Node, removed: &[bool], inserts: Inserts) -> Option<()> {
        let slots = self.slots(part);
        let commas = Commas { text: self.text, slots: &slots, newline: self.newline, space: " ", rest_of_line };
        let like = match slots.first().map(|slot| Quote::of(&self.text[slot.start..])) {
            Some(Quote::Literal) => Quote::Literal,
            _ => Quote::Basic,
        };
        let write = |node: &Node, _: Option<&str>| {
            let value = value(node, self.text, like)?;
            Some(node.key.as_ref().map_or(value.clone(), |name| format!("{} = {value}", key(&name.text))))
        };
        let nodes: Vec<&Node> = inserts.iter().flat_map(|(_, nodes)| nodes.iter().copied()).collect();
        let edits = if !slots.is_empty() {
            commas.reshape(old.span.start + 1..old.span.end - 1, removed, inserts, write)?
        } else if nodes.is_empty() {
            return Some(());
        } else if commas.is_bare(&old.span) {
            return self.replace(old, new);
        } else {
            vec![commas.fill(&old.span, UNIT, &nodes, write)?]
        };
        self.edits.extend(edits);
        Some(())
    }

    fn slots(&self, part: usize) -> Vec<Slot> {
        let parts = &self.layout.parts;
        let slot = |&child: &usize| {
            let Range { start, end } = parts[child].span;
            let start = parts[child].key.as_ref().map_or(start, |key| key.span.start);
            Slot { start, end, comma: comma(self.text, end) }
        };
        parts[part].children.iter().map(slot).collect()
    }
}
