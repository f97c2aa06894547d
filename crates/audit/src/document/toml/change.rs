//! From the tree a file holds and the tree it shall hold to the fewest edits.

use std::collections::BTreeMap;
use std::ops::Range;

use super::layout::{Kind, Layout};
use super::write::{Quote, value};
use super::{Node, Value};
use crate::document::patch::{index, name, same};
use crate::edit::Edit;

/// Collects the edits that turn one tree into another.
pub(super) struct Change<'a> {
    pub(super) text: &'a str,
    pub(super) layout: &'a Layout,
    pub(super) newline: &'static str,
    pub(super) edits: Vec<Edit>,
    /// Statements that go, and the part each of them goes with.
    pub(super) gone: BTreeMap<usize, usize>,
    /// What comes where a statement goes that held a table open.
    pub(super) instead: BTreeMap<usize, String>,
    /// New lines by place: pairs, then tables. A pair belongs to the header above it.
    pub(super) inserts: BTreeMap<usize, [String; 2]>,
}

impl<'a> Change<'a> {
    pub(super) fn new(text: &'a str, layout: &'a Layout) -> Change<'a> {
        let crlf = text.find('\n').is_some_and(|at| text[..at].ends_with('\r'));
        Change {
            text,
            layout,
            newline: if crlf { "\r\n" } else { "\n" },
            edits: Vec::new(),
            gone: BTreeMap::new(),
            instead: BTreeMap::new(),
            inserts: BTreeMap::new(),
        }
    }

    /// Edits that make `part`, which says `old`, say `new`; it fits.
    pub(super) fn turn(&mut self, part: usize, old: &Node, new: &Node) -> Option<()> {
        match (&old.value, &new.value, &self.layout.parts[part].kind) {
            (Value::Skipped, Value::Skipped, _) if old.span == new.span => Some(()),
            (Value::Object(_), Value::Object(_), Kind::Table) => self.turn_table(part, old, new),
            (Value::Array(_), Value::Array(_), Kind::Tables) => self.turn_tables(part, old, new),
            (Value::Object(_), Value::Object(_), Kind::Inline) => self.turn_inline_table(part, old, new),
            (Value::Array(_), Value::Array(_), Kind::Array) => self.turn_array(part, old, new),
            _ if same(old, self.text, new, self.text) => Some(()),
            _ => self.replace(old, new),
        }
    }

    fn turn_table(&mut self, part: usize, old: &Node, new: &Node) -> Option<()> {
        let (from, to) = (old.members(), new.members());
        let (had, wanted) = (index(from), index(to));
        let mut changed = false;
        let mut added: Vec<&Node> = to.iter().filter(|node| !had.contains_key(name(node))).collect();
        for (&child, member) in self.layout.parts[part].children.iter().zip(from) {
            match wanted.get(name(member)) {
                Some(now) if self.layout.fits(child, now) => self.turn(child, member, now)?,
                now => {
                    added.extend(now);
                    self.remove(child);
                    changed = true;
                }
            }
        }
        if changed || !added.is_empty() { self.settle(part, &added) } else { Some(()) }
    }

    fn turn_tables(&mut self, part: usize, old: &Node, new: &Node) -> Option<()> {
        let (from, to) = (old.items(), new.items());
        let children = &self.layout.parts[part].children;
        for (gone, come) in crate::document::lists::changes(self.text, from, to) {
            let pairs = gone.len().min(come.len());
            for (at, now) in gone.clone().zip(come.clone()) {
                self.turn(children[at], &from[at], &to[now])?;
            }
            for &child in &children[gone.start + pairs..gone.end] {
                self.remove(child);
            }
            if come.len() > pairs {
                self.add_elements(part, children.get(gone.end).copied(), &to[come.start + pairs..come.end])?;
            }
        }
        Some(())
    }

    /// Takes out everything that `part` is made of.
    fn remove(&mut self, part: usize) {
        self.gone.extend(self.layout.statements_in(part).map(|statement| (statement, part)));
    }

    pub(super) fn replace(&mut self, old: &Node, new: &Node) -> Option<()> {
        let like = match Quote::of(&self.text[old.span.clone()]) {
            // A line break in a string is the file's own, whatever the value says.
            Quote::Long if self.newline == "\r\n" => Quote::Basic,
            like => like,
        };
        let text = value(new, self.text, like)?;
        self.edit(old.span.clone(), text);
        Some(())
    }

    pub(super) fn edit(&mut self, range: Range<usize>, text: impl Into<String>) {
        self.edits.push(Edit { range, text: text.into() });
    }
}
