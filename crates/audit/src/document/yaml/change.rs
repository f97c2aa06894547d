//! From the tree a file holds and the tree it shall hold to the fewest edits.

use std::ops::Range;

use super::scalar::Quotes;
use super::slots::{Slot, slots};
use super::style::{Style, column, has_brackets};
use super::text::line_before;
use crate::document::blanks::{is_blank, opens_line};
use crate::document::lists::changes;
use crate::document::patch::{index, name, same};
use crate::document::{Node, Value};
use crate::edit::Edit;

/// New children and the slot they go before; the number of slots: at the end.
pub(super) type Inserts<'a> = Vec<(usize, Vec<&'a Node>)>;

/// What a value stands in.
#[derive(Clone, Copy)]
pub(super) enum Around {
    /// It is the document.
    Nothing,
    /// Brackets, perhaps far outside. `head`: where a value goes, `marked`: there is a colon.
    Brackets { head: usize, marked: bool },
    /// A member in lines; its name stands in this column.
    Member { head: usize, column: usize },
    /// An item behind a dash.
    Item { head: usize, column: usize },
}

/// Collects the edits that turn one tree into another. `None` anywhere: it cannot be written.
pub(super) struct Change<'a> {
    pub(super) text: &'a str,
    pub(super) style: Style,
    /// What aliases stand for: whoever changes one place changes others.
    pub(super) shared: Vec<Range<usize>>,
    pub(super) edits: Vec<Edit>,
}

impl Change<'_> {
    /// What is around the child number `at` of a container.
    pub(super) fn around(&self, container: &Node, at: usize, outer: Around) -> Option<Around> {
        self.around_slot(container, slots(self.text, container)?.get(at)?, outer)
    }

    fn around_slot(&self, container: &Node, slot: &Slot, outer: Around) -> Option<Around> {
        let head = slot.head;
        // libyaml takes no colon behind a name of several lines.
        if !slot.marked && self.text.get(slot.start..head)?.contains(['\n', '\r']) {
            return None;
        }
        if matches!(outer, Around::Brackets { .. }) || has_brackets(self.text, container) {
            return Some(Around::Brackets { head, marked: slot.marked });
        }
        let column = column(self.text, slot.start).filter(|_| slot.marked)?;
        match container.value {
            Value::Array(_) => Some(Around::Item { head, column }),
            _ => Some(Around::Member { head, column }),
        }
    }

    /// Edits that make `old` mean what `new` does.
    pub(super) fn turn(&mut self, old: &Node, new: &Node, around: Around) -> Option<()> {
        let alias = self.text.as_bytes().get(old.span.start) == Some(&b'*');
        match (&old.value, &new.value) {
            (Value::Skipped, Value::Skipped) if old.span == new.span => Some(()),
            (Value::Object(_), Value::Object(_)) | (Value::Array(_), Value::Array(_)) if alias => {
                same(old, self.text, new, self.text).then_some(())
            }
            (Value::Object(from), Value::Object(to)) if !from.is_empty() && !to.is_empty() => {
                self.turn_object(old, from, new, to, around)
            }
            (Value::Array(from), Value::Array(to)) if !from.is_empty() && !to.is_empty() => {
                self.turn_array(old, from, new, to, around)
            }
            _ if same(old, self.text, new, self.text) => Some(()),
            _ => self.replace(old, new, around),
        }
    }

    fn turn_object(&mut self, old: &Node, from: &[Node], new: &Node, to: &[Node], around: Around) -> Option<()> {
        let slots = slots(self.text, old)?;
        let (had, wanted) = (index(from), index(to));
        let removed: Vec<bool> = from.iter().map(|member| !wanted.contains_key(name(member))).collect();
        let added: Vec<&Node> = to.iter().filter(|node| !had.contains_key(name(node))).collect();
        if !removed.contains(&false) {
            return self.replace(old, new, around);
        }
        for (member, slot) in from.iter().zip(&slots) {
            if let Some(now) = wanted.get(name(member)) {
                self.turn_child(old, member, now, slot, around)?;
            }
        }
        self.reshape(old, &slots, &removed, vec![(slots.len(), added)], around)
    }

    fn turn_array(&mut self, old: &Node, from: &[Node], new: &Node, to: &[Node], around: Around) -> Option<()> {
        let slots = slots(self.text, old)?;
        let mut removed = vec![false; from.len()];
        let mut inserts = Inserts::new();
        let mut pairs = Vec::new();
        for (gone, come) in changes(self.text, from, to) {
            let both = gone.len().min(come.len());
            pairs.extend(gone.clone().zip(come.clone()));
            removed[gone.start + both..gone.end].fill(true);
            inserts.push((gone.end, to[come.start + both..come.end].iter().collect()));
        }
        if !removed.contains(&false) {
            return self.replace(old, new, around);
        }
        for (was, now) in pairs {
            self.turn_child(old, &from[was], &to[now], &slots[was], around)?;
        }
        self.reshape(old, &slots, &removed, inserts, around)
    }

    fn turn_child(&mut self, container: &Node, old: &Node, new: &Node, slot: &Slot, outer: Around) -> Option<()> {
        if matches!((&old.value, &new.value), (Value::Skipped, Value::Skipped)) && old.span == new.span {
            return Some(());
        }
        // Most children stay as they are, some of them in odd places.
        match self.around_slot(container, slot, outer) {
            Some(around) => self.turn(old, new, around),
            None => same(old, self.text, new, self.text).then_some(()),
        }
    }

    /// Takes slots out of a container, but not all of them, and puts new children in.
    fn reshape(
        &mut self,
        old: &Node,
        slots: &[Slot],
        removed: &[bool],
        inserts: Inserts,
        around: Around,
    ) -> Option<()> {
        let inserts: Inserts = inserts.into_iter().filter(|(_, nodes)| !nodes.is_empty()).collect();
        if inserts.is_empty() && !removed.contains(&true) {
            return Some(());
        }
        let part = |shared: &Range<usize>| shared.start <= old.span.start && old.span.end <= shared.end;
        let taken = slots.iter().zip(removed).filter(|(_, gone)| **gone);
        if self.shared.iter().any(part) || taken.into_iter().any(|(slot, _)| self.is_shared(&(slot.start..slot.end))) {
            return None;
        }
        let quotes = self.quotes(old);
        if has_brackets(self.text, old) {
            self.reshape_brackets(slots, removed, inserts, quotes)
        } else if matches!(around, Around::Brackets { .. }) {
            // `[name: value]`: a mapping that has no brackets of its own.
            None
        } else {
            self.reshape_lines(slots, removed, inserts, quotes)
        }
    }

    fn replace(&mut self, old: &Node, new: &Node, around: Around) -> Option<()> {
        if self.is_shared(&old.span) {
            return None;
        }
        let quotes = match &old.value {
            Value::Array(_) | Value::Object(_) => self.quotes(old),
            _ => Quotes::of(&self.text[old.span.clone()]),
        };
        match around {
            Around::Nothing => {
                let before = self.text.get(..old.span.start)?;
                let fresh = before.is_empty() || before.ends_with(['\n', '\r', '\u{feff}', ' ']);
                let newline = if fresh { "" } else { self.style.newline };
                let text = self.style.on_line(new, 0, quotes)?;
                self.edit(old.span.clone(), format!("{newline}{text}"))
            }
            Around::Brackets { head, marked } => {
                let text = self.style.in_brackets(new, quotes)?;
                match (old.span.is_empty(), marked) {
                    (true, true) => self.edit(head..head, format!(" {text}")),
                    (true, false) => self.edit(head..head, format!(": {text}")),
                    (false, _) => self.edit(old.span.clone(), text),
                }
            }
            Around::Item { head, column: dash } => match column(self.text, old.span.start) {
                Some(own) if !old.span.is_empty() => {
                    let text = self.style.on_line(new, own, quotes)?;
                    self.edit(old.span.clone(), text)
                }
                _ => {
                    let anchored = column(self.text, head).is_none();
                    let text = self.style.after_dash(new, dash, anchored, quotes)?;
                    self.edit(head..old.span.end, text)
                }
            },
            Around::Member { head, column } => {
                let text = self.style.after_name(new, column, quotes)?;
                if is_blank(self.text.get(head..old.span.start)?) {
                    return self.edit(head..old.span.end, text);
                }
                // A comment stands behind the name, the value on a later line.
                let before = line_before(self.text, old.span.start)?;
                if opens_line(self.text, old.span.start).is_none() || before < head {
                    return None;
                }
                if text.starts_with(' ') {
                    self.edit(head..head, text)?;
                    self.edit(before..old.span.end, "")
                } else {
                    self.edit(before..old.span.end, text)
                }
            }
        }
    }

    /// How the first text in a container is quoted.
    fn quotes(&self, container: &Node) -> Quotes {
        let (Value::Array(children) | Value::Object(children)) = &container.value else {
            return Quotes::None;
        };
        let first = children.iter().find(|child| matches!(child.value, Value::String(_)));
        first.map_or(Quotes::None, |child| Quotes::of(&self.text[child.span.clone()]))
    }

    /// Whether an alias stands for a part of this, or for something around it.
    fn is_shared(&self, span: &Range<usize>) -> bool {
        self.shared.iter().any(|shared| shared.start <= span.end && span.start <= shared.end)
    }

    pub(super) fn edit(&mut self, range: Range<usize>, text: impl Into<String>) -> Option<()> {
        self.edits.push(Edit { range, text: text.into() });
        Some(())
    }
}

/// The runs of `true`, from and up to which.
pub(super) fn runs(removed: &[bool]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in (0..removed.len()).filter(|&at| removed[at]) {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end += 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}
