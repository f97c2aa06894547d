//! Changes inside `[...]` and `{...}`: only the items that change are touched.

use std::ops::Range;

use super::Node;
use super::change::Change;
use super::layout::Kind;
use super::lines::{comma, rest_of_line};
use super::write::{Quote, key, value};
use crate::document::blanks::{indent, is_blank, line_start, opens_line, skip_blanks};
use crate::document::lists::changes;
use crate::document::patch::{index, name, same};

/// New children and the slot they go before; the number of slots: at the end.
type Inserts<'a> = Vec<(usize, Vec<&'a Node>)>;

/// One item as written.
struct Slot {
    start: usize,
    /// End of the value, before the comma.
    end: usize,
    comma: Option<usize>,
}

impl Slot {
    fn end_with_comma(&self) -> usize {
        self.comma.map_or(self.end, |comma| comma + 1)
    }
}

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
        let removed = from.iter().map(|member| !wanted.contains_key(name(member))).collect();
        let added: Vec<&Node> = to.iter().filter(|node| !had.contains_key(name(node))).collect();
        self.reshape(part, old, new, removed, vec![(from.len(), added)])
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
        self.reshape(part, old, new, removed, inserts)
    }

    /// Takes slots out of a list and puts new children in.
    fn reshape(&mut self, part: usize, old: &Node, new: &Node, removed: Vec<bool>, inserts: Inserts) -> Option<()> {
        let slots = self.slots(part);
        let count = slots.len();
        let (at_end, between): (Inserts, Inserts) = inserts.into_iter().partition(|(before, _)| *before == count);
        let mut added: Vec<&Node> = at_end.into_iter().flat_map(|(_, nodes)| nodes).collect();
        if count == 0 {
            return if added.is_empty() { Some(()) } else { self.fill(old, new, &added) };
        }
        let mut a = 0;
        while a < count {
            if !removed[a] {
                a += 1;
                continue;
            }
            let b = a + removed[a..].iter().take_while(|&&gone| gone).count() - 1;
            if b + 1 < count {
                self.remove_before_next(&slots, a, b);
            } else if !added.is_empty() {
                let text = self.join(&std::mem::take(&mut added), &slots, opens_line(self.text, slots[a].start))?;
                self.edit(slots[a].start..slots[b].end, text);
            } else if a == 0 {
                self.empty(old, &slots);
            } else {
                self.remove_last(&slots, a, b);
            }
            a = b + 1;
        }
        for (before, nodes) in between {
            let at = slots[before].start;
            let own = opens_line(self.text, at);
            let text = self.join(&nodes, &slots, own)? + &self.separator(&slots, own);
            self.edit(at..at, text);
        }
        if added.is_empty() { Some(()) } else { self.append(&slots, &added) }
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

    fn join(&self, nodes: &[&Node], slots: &[Slot], own: Option<&str>) -> Option<String> {
        let like = match slots.first().map(|slot| Quote::of(&self.text[slot.start..])) {
            Some(Quote::Literal) => Quote::Literal,
            _ => Quote::Basic,
        };
        let item = |node: &&Node| {
            let value = value(node, self.text, like)?;
            Some(node.key.as_ref().map_or(value.clone(), |name| format!("{} = {value}", key(&name.text))))
        };
        let texts: Vec<String> = nodes.iter().map(item).collect::<Option<_>>()?;
        Some(texts.join(&self.separator(slots, own)))
    }

    /// Between two slots: a line of its own for each, or the list's spacing.
    fn separator(&self, slots: &[Slot], own: Option<&str>) -> String {
        if let Some(indent) = own {
            return format!(",{}{indent}", self.newline);
        }
        let copied = match slots {
            [Slot { comma: Some(comma), .. }, second, ..] => Some(&self.text[comma + 1..second.start]),
            _ => None,
        };
        format!(",{}", copied.filter(|gap| gap.bytes().all(|byte| matches!(byte, b' ' | b'\t'))).unwrap_or(" "))
    }

    fn append(&mut self, slots: &[Slot], nodes: &[&Node]) -> Option<()> {
        let last = slots.last().expect("there is a slot to append to");
        let own = opens_line(self.text, last.start);
        // `,` and what stands between two slots, then the new ones.
        let text = self.separator(slots, own) + &self.join(nodes, slots, own)?;
        let at = last.end_with_comma();
        // A comment on the last slot's line is about that slot.
        let at = if own.is_some() { rest_of_line(self.text, at).end } else { at };
        match last.comma {
            // The list has a comma after the last one: so has the new last one.
            Some(_) => self.edit(at..at, format!("{},", &text[1..])),
            None if at == last.end => self.edit(at..at, text),
            None => {
                self.edit(last.end..last.end, ",");
                self.edit(at..at, &text[1..]);
            }
        }
        Some(())
    }

    /// Puts the first children into an empty list.
    fn fill(&mut self, old: &Node, new: &Node, nodes: &[&Node]) -> Option<()> {
        let inside = old.span.start + 1..old.span.end - 1;
        let held = self.text[inside.clone()].trim_end();
        if held.is_empty() {
            return self.replace(old, new);
        }
        // Comments stay; what is new goes on lines of its own after them.
        let outer = indent(self.text, old.span.start);
        let inner = format!("{outer}{UNIT}");
        let newline = self.newline;
        let mut text = format!("{newline}{inner}{}", self.join(nodes, &[], Some(&inner))?);
        let at = inside.start + held.len();
        if !self.text[at..inside.end].contains('\n') {
            text += newline;
            text += outer;
        }
        self.edit(at..at, text);
        Some(())
    }

    /// Takes out all slots there are.
    fn empty(&mut self, old: &Node, slots: &[Slot]) {
        let inside = old.span.start + 1..old.span.end - 1;
        let (first, end) = (slots[0].start, slots[slots.len() - 1].end_with_comma());
        let bare = is_blank(&self.text[inside.start..first]) && is_blank(&self.text[end..inside.end]);
        self.edit(if bare { inside } else { first..end }, "");
    }

    /// Takes out the slots `a` to `b`; another one follows and keeps its place.
    fn remove_before_next(&mut self, slots: &[Slot], a: usize, b: usize) {
        let start = slots[a].start;
        let (after, next) = (slots[b].end_with_comma(), slots[b + 1].start);
        let own = opens_line(self.text, start).is_some();
        let range = match rest_of_line(self.text, after).line_break {
            // A whole line goes, with the comment behind it.
            Some(line_break) if own => line_start(self.text, start)..line_break.end,
            _ if is_blank(&self.text[after..next]) => start..next,
            _ => start..skip_blanks(self.text, after),
        };
        self.edit(range, "");
    }

    /// Takes out the slots `a` to `b`, the last ones; one before them stays.
    fn remove_last(&mut self, slots: &[Slot], a: usize, b: usize) {
        let start = slots[a].start;
        let end = slots[b].end_with_comma();
        let comma = slots[a - 1].comma.expect("a comma stands between two slots");
        // A list with a comma after its last item keeps that habit.
        let keeps_comma = slots[b].comma.is_some();
        let own = opens_line(self.text, start).is_some();
        let lines = rest_of_line(self.text, end).line_break.filter(|_| own);
        if lines.is_none() && is_blank(&self.text[comma + 1..start]) {
            return self.edit(comma + usize::from(keeps_comma)..end, "");
        }
        if !keeps_comma {
            self.edit(comma..comma + 1, "");
        }
        let range = match lines {
            Some(line_break) => line_start(self.text, start)..line_break.end,
            None => self.text[..start].trim_end_matches([' ', '\t']).len()..end,
        };
        self.edit(range, "");
    }
}
