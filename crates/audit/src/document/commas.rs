//! What stands between commas in brackets or braces, in JSON and in TOML: which
//! bytes go with an item, and where a new one is put.

use std::ops::Range;

use super::Node;
use super::blanks::{indent, is_blank, line_start, opens_line, skip_blanks};
use crate::edit::Edit;

/// One item as written.
pub(super) struct Slot {
    pub(super) start: usize,
    /// End of the value, before the comma.
    pub(super) end: usize,
    pub(super) comma: Option<usize>,
}

impl Slot {
    fn end_with_comma(&self) -> usize {
        self.comma.map_or(self.end, |comma| comma + 1)
    }
}

/// What follows an item on its line.
pub(super) struct Rest {
    /// After the last comment, or where it was asked from.
    pub(super) end: usize,
    /// The line's end, if nothing but comments comes before it.
    pub(super) line_break: Option<Range<usize>>,
}

/// New children and the slot they go before; the number of slots: at the end.
pub(super) type Inserts<'a> = Vec<(usize, Vec<&'a Node>)>;

/// The items of one container, in a file that is written like this.
pub(super) struct Commas<'a> {
    pub(super) text: &'a str,
    pub(super) slots: &'a [Slot],
    pub(super) newline: &'a str,
    /// Between a comma and the next item on its line, where the items show none.
    pub(super) space: &'a str,
    pub(super) rest_of_line: fn(&str, usize) -> Rest,
}

impl Commas<'_> {
    /// Takes slots (there are some) out of the container with the bytes `inside`,
    /// and puts new children in. `write` spells one child, given the indent if it
    /// gets a line of its own; what it cannot spell is `None`.
    pub(super) fn reshape(
        &self,
        inside: Range<usize>,
        removed: &[bool],
        inserts: Inserts,
        write: impl Fn(&Node, Option<&str>) -> Option<String>,
    ) -> Option<Vec<Edit>> {
        let count = self.slots.len();
        let join = |nodes: &[&Node], own: Option<&str>| -> Option<String> {
            let texts: Vec<String> = nodes.iter().map(|node| write(node, own)).collect::<Option<_>>()?;
            Some(texts.join(&self.separator(own)))
        };
        let mut edits = Vec::new();
        let (at_end, between): (Inserts, Inserts) = inserts.into_iter().partition(|(before, _)| *before == count);
        let mut added: Vec<&Node> = at_end.into_iter().flat_map(|(_, nodes)| nodes).collect();
        let mut a = 0;
        while a < count {
            if !removed[a] {
                a += 1;
                continue;
            }
            let b = a + removed[a..].iter().take_while(|&&gone| gone).count() - 1;
            if b + 1 < count {
                edits.push(self.before_next(a, b));
            } else if !added.is_empty() {
                let text = join(&std::mem::take(&mut added), opens_line(self.text, self.slots[a].start))?;
                edits.push(edit(self.slots[a].start..self.slots[b].end, text));
            } else if a == 0 {
                edits.push(self.all(inside.clone()));
            } else {
                edits.extend(self.last(a, b));
            }
            a = b + 1;
        }
        for (before, nodes) in between {
            let at = self.slots[before].start;
            let own = opens_line(self.text, at);
            edits.push(edit(at..at, join(&nodes, own)? + &self.separator(own)));
        }
        if !added.is_empty() {
            let own = self.slots.last().and_then(|last| opens_line(self.text, last.start));
            edits.extend(self.behind_last(&join(&added, own)?, own));
        }
        Some(edits)
    }

    /// Between two slots: a line of its own for each, or the container's spacing.
    fn separator(&self, own: Option<&str>) -> String {
        if let Some(indent) = own {
            return format!(",{}{indent}", self.newline);
        }
        let copied = match self.slots {
            [Slot { comma: Some(comma), .. }, second, ..] => Some(&self.text[comma + 1..second.start]),
            _ => None,
        };
        let gap = copied.filter(|gap| gap.bytes().all(|byte| matches!(byte, b' ' | b'\t'))).unwrap_or(self.space);
        format!(",{gap}")
    }

    /// Puts `joined` behind the last slot.
    fn behind_last(&self, joined: &str, own: Option<&str>) -> Vec<Edit> {
        let last = self.slots.last().expect("there is a slot to append to");
        // `,` and what stands between two slots, then the new ones.
        let text = self.separator(own) + joined;
        let at = last.end_with_comma();
        // A comment on the last slot's line is about that slot.
        let at = if own.is_some() { (self.rest_of_line)(self.text, at).end } else { at };
        match last.comma {
            // The container has a comma after the last one: so has the new last one.
            Some(_) => vec![edit(at..at, format!("{},", &text[1..]))],
            None if at == last.end => vec![edit(at..at, text)],
            None => vec![edit(last.end..last.end, ","), edit(at..at, &text[1..])],
        }
    }

    /// Takes out all slots there are.
    fn all(&self, inside: Range<usize>) -> Edit {
        let (first, end) = (self.slots[0].start, self.slots[self.slots.len() - 1].end_with_comma());
        let bare = is_blank(&self.text[inside.start..first]) && is_blank(&self.text[end..inside.end]);
        edit(if bare { inside } else { first..end }, "")
    }

    /// Takes out the slots `a` to `b`; another one follows and keeps its place.
    fn before_next(&self, a: usize, b: usize) -> Edit {
        let start = self.slots[a].start;
        let (after, next) = (self.slots[b].end_with_comma(), self.slots[b + 1].start);
        let own = opens_line(self.text, start).is_some();
        let range = match (self.rest_of_line)(self.text, after).line_break {
            // A whole line goes, with the comment behind it.
            Some(line_break) if own => line_start(self.text, start)..line_break.end,
            _ if is_blank(&self.text[after..next]) => start..next,
            _ => start..skip_blanks(self.text, after),
        };
        edit(range, "")
    }

    /// Takes out the slots `a` to `b`, the last ones; one before them stays.
    fn last(&self, a: usize, b: usize) -> Vec<Edit> {
        let start = self.slots[a].start;
        let end = self.slots[b].end_with_comma();
        let comma = self.slots[a - 1].comma.expect("a comma stands between two slots");
        // A container with a comma after its last item keeps that habit.
        let keeps_comma = self.slots[b].comma.is_some();
        let own = opens_line(self.text, start).is_some();
        let lines = (self.rest_of_line)(self.text, end).line_break.filter(|_| own);
        if lines.is_none() && is_blank(&self.text[comma + 1..start]) {
            return vec![edit(comma + usize::from(keeps_comma)..end, "")];
        }
        let range = match lines {
            Some(line_break) => line_start(self.text, start)..line_break.end,
            None => self.text[..start].trim_end_matches([' ', '\t']).len()..end,
        };
        let comma = (!keeps_comma).then(|| edit(comma..comma + 1, ""));
        comma.into_iter().chain([edit(range, "")]).collect()
    }

    /// Whether a container without an item holds nothing else either.
    pub(super) fn is_bare(&self, span: &Range<usize>) -> bool {
        is_blank(&self.text[span.start + 1..span.end - 1])
    }

    /// Puts the first children into a container that holds comments only: on lines
    /// of their own after them, `unit` further in.
    pub(super) fn fill(
        &self,
        span: &Range<usize>,
        unit: &str,
        nodes: &[&Node],
        write: impl Fn(&Node, Option<&str>) -> Option<String>,
    ) -> Option<Edit> {
        let inside = span.start + 1..span.end - 1;
        let held = self.text[inside.clone()].trim_end();
        let outer = indent(self.text, span.start);
        let inner = format!("{outer}{unit}");
        let texts: Vec<String> = nodes.iter().map(|node| write(node, Some(&inner))).collect::<Option<_>>()?;
        let mut text = format!("{}{inner}{}", self.newline, texts.join(&self.separator(Some(&inner))));
        let at = inside.start + held.len();
        if !self.text[at..inside.end].contains(['\n', '\r']) {
            text += self.newline;
            text += outer;
        }
        Some(edit(at..at, text))
    }
}

fn edit(range: Range<usize>, text: impl Into<String>) -> Edit {
    Edit { range, text: text.into() }
}
