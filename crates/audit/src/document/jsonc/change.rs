//! From the tree a file holds and the tree it shall hold to the fewest edits.

use std::collections::HashSet;
use std::ops::Range;

use super::layout::{Slot, rest_of_line, slots};
use super::style::Style;
use super::{Format, Node, Value};
use crate::document::blanks::{indent, is_blank, line_start, opens_line, skip_blanks};
use crate::document::lists::changes;
use crate::document::patch::{index, name, same};
use crate::edit::Edit;

/// New children and the slot they go before; the number of slots: at the end.
type Inserts<'a> = Vec<(usize, Vec<&'a Node>)>;

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
        let slots = slots(self.text, self.format, &old.span);
        // An overshadowed namesake goes too, or it would come to life.
        let removed = slots.iter().map(|slot| slot.name.as_deref().is_some_and(|name| gone.contains(name))).collect();
        let inserts = vec![(slots.len(), added)];
        self.reshape(old, new, &slots, removed, inserts);
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
            let slots = slots(self.text, self.format, &old.span);
            self.reshape(old, new, &slots, removed, inserts);
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
    fn reshape(&mut self, old: &Node, new: &Node, slots: &[Slot], removed: Vec<bool>, inserts: Inserts) {
        let count = slots.len();
        if count == 0 {
            return self.fill(old, new, &inserts);
        }
        let colon = colon(self.text, old);
        let (at_end, between): (Inserts, Inserts) = inserts.into_iter().partition(|(before, _)| *before == count);
        let mut added = at_end.into_iter().flat_map(|(_, nodes)| nodes).collect::<Vec<_>>();
        let mut a = 0;
        while a < count {
            if !removed[a] {
                a += 1;
                continue;
            }
            let b = a + removed[a..].iter().take_while(|&&gone| gone).count() - 1;
            if b + 1 < count {
                self.remove_before_next(slots, a, b);
            } else if !added.is_empty() {
                let own = opens_line(self.text, slots[a].start);
                let text = self.join(&std::mem::take(&mut added), slots, colon, own);
                self.edit(slots[a].start..slots[b].end, text);
            } else if a == 0 {
                self.empty(old, slots);
            } else {
                self.remove_last(slots, a, b);
            }
            a = b + 1;
        }
        for (before, nodes) in between {
            let at = slots[before].start;
            let own = opens_line(self.text, at);
            let separator = self.separator(slots, own);
            let text = self.join(&nodes, slots, colon, own) + &separator;
            self.edit(at..at, text);
        }
        if !added.is_empty() {
            self.append(slots, &added, colon);
        }
    }

    fn join(&self, nodes: &[&Node], slots: &[Slot], colon: Option<&str>, own: Option<&str>) -> String {
        let texts: Vec<String> = nodes.iter().map(|node| self.style.write_child(node, colon, own)).collect();
        texts.join(&self.separator(slots, own))
    }

    /// Between two slots: a line of its own for each, or the file's spacing.
    fn separator(&self, slots: &[Slot], own: Option<&str>) -> String {
        if let Some(indent) = own {
            return format!(",{}{indent}", self.style.newline);
        }
        let copied = match slots {
            [Slot { comma: Some(comma), .. }, second, ..] => Some(&self.text[comma + 1..second.start]),
            _ => None,
        };
        let gap = copied.filter(|gap| gap.bytes().all(|byte| matches!(byte, b' ' | b'\t'))).unwrap_or(self.style.space);
        format!(",{gap}")
    }

    fn append(&mut self, slots: &[Slot], nodes: &[&Node], colon: Option<&str>) {
        let last = slots.last().expect("there is a slot to append to");
        let own = opens_line(self.text, last.start);
        // `,` and what stands between two slots, then the new ones.
        let text = self.separator(slots, own) + &self.join(nodes, slots, colon, own);
        let at = last.comma.map_or(last.end, |comma| comma + 1);
        // A comment on the last slot's line is about that slot.
        let at = if own.is_some() { rest_of_line(self.text, at).end } else { at };
        match last.comma {
            // The file likes a comma after the last one: so has the new last one.
            Some(_) => self.edit(at..at, format!("{},", &text[1..])),
            None if at == last.end => self.edit(at..at, text),
            None => {
                self.edit(last.end..last.end, ",");
                self.edit(at..at, &text[1..]);
            }
        }
    }

    /// Puts the first children into an empty container.
    fn fill(&mut self, old: &Node, new: &Node, inserts: &Inserts) {
        let inside = old.span.start + 1..old.span.end - 1;
        let held = self.text[inside.clone()].trim_end();
        if held.is_empty() {
            return self.replace(old, new);
        }
        // Comments stay; what is new goes on lines of its own after them.
        let nodes: Vec<&Node> = inserts.iter().flat_map(|(_, nodes)| nodes.iter().copied()).collect();
        let outer = indent(self.text, old.span.start);
        let inner = format!("{outer}{}", self.style.unit);
        let newline = self.style.newline;
        let mut text = format!("{newline}{inner}{}", self.join(&nodes, &[], None, Some(&inner)));
        let at = inside.start + held.len();
        if !self.text[at..inside.end].contains(['\n', '\r']) {
            text += newline;
            text += outer;
        }
        self.edit(at..at, text);
    }

    /// Takes out all slots there are.
    fn empty(&mut self, old: &Node, slots: &[Slot]) {
        let inside = old.span.start + 1..old.span.end - 1;
        let (first, end) = (slots[0].start, end_with_comma(&slots[slots.len() - 1]));
        if is_blank(&self.text[inside.start..first]) && is_blank(&self.text[end..inside.end]) {
            self.edit(inside, "");
        } else {
            self.edit(first..end, "");
        }
    }

    /// Takes out the slots `a` to `b`; another one follows and keeps its place.
    fn remove_before_next(&mut self, slots: &[Slot], a: usize, b: usize) {
        let start = slots[a].start;
        let (after, next) = (end_with_comma(&slots[b]), slots[b + 1].start);
        let own = opens_line(self.text, start).is_some();
        let gap = &self.text[after..next];
        let range = match rest_of_line(self.text, after).line_break {
            // A whole line goes, with the comment behind it.
            Some(line_break) if own => line_start(self.text, start)..line_break.end,
            _ if is_blank(gap) => start..next,
            _ => start..skip_blanks(self.text, after),
        };
        self.edit(range, "");
    }

    /// Takes out the slots `a` to `b`, the last ones; one before them stays.
    fn remove_last(&mut self, slots: &[Slot], a: usize, b: usize) {
        let start = slots[a].start;
        let end = end_with_comma(&slots[b]);
        let comma = slots[a - 1].comma.expect("a comma stands between two slots");
        // A file with a comma after its last member keeps that habit.
        let keeps_comma = slots[b].comma.is_some();
        let own = opens_line(self.text, start).is_some();
        let lines = rest_of_line(self.text, end).line_break.filter(|_| own);
        if let Some(line_break) = lines {
            if !keeps_comma {
                self.edit(comma..comma + 1, "");
            }
            self.edit(line_start(self.text, start)..line_break.end, "");
        } else if is_blank(&self.text[comma + 1..start]) {
            self.edit(comma + usize::from(keeps_comma)..end, "");
        } else {
            if !keeps_comma {
                self.edit(comma..comma + 1, "");
            }
            let blanks = self.text[..start].len() - self.text[..start].trim_end_matches([' ', '\t']).len();
            self.edit(start - blanks..end, "");
        }
    }
}

fn end_with_comma(slot: &Slot) -> usize {
    slot.comma.map_or(slot.end, |comma| comma + 1)
}

/// How the last member of an object separates its name from its value.
fn colon<'a>(text: &'a str, object: &Node) -> Option<&'a str> {
    let last = object.members().last()?;
    let between = &text[last.key.as_ref()?.span.end..last.span.start];
    between.bytes().all(|byte| matches!(byte, b':' | b' ' | b'\t')).then_some(between)
}
