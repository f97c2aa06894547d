//! Entries in brackets, with commas.

use std::ops::Range;

use super::change::{Change, Inserts, runs};
use super::scalar::Quotes;
use super::slots::Slot;
use super::text::{line_end, next_line};
use crate::document::blanks::{is_blank, line_start, opens_line, skip_blanks};

impl Change<'_> {
    /// At least one slot stays.
    pub(super) fn reshape_brackets(
        &mut self,
        slots: &[Slot],
        removed: &[bool],
        inserts: Inserts,
        quotes: Quotes,
    ) -> Option<()> {
        let mut added = Vec::new();
        for (before, nodes) in inserts {
            let texts: Option<Vec<String>> =
                nodes.into_iter().map(|node| self.style.entry_in_brackets(node, quotes)).collect();
            match slots.get(before) {
                Some(slot) => {
                    let gap = self.gap(slot);
                    let texts: String = texts?.iter().map(|text| format!("{text},{gap}")).collect();
                    self.edit(slot.start..slot.start, texts)?;
                }
                None => added = texts?,
            }
        }
        for run in runs(removed) {
            if run.end == slots.len() && !added.is_empty() {
                let first = &slots[run.start];
                let texts = std::mem::take(&mut added).join(&format!(",{}", self.gap(first)));
                self.edit(first.start..slots[run.end - 1].end, texts)?;
            } else {
                self.remove_between(slots, run)?;
            }
        }
        match slots.last() {
            Some(last) if !added.is_empty() => self.append(last, &added),
            _ => Some(()),
        }
    }

    /// What comes between two entries: a line end where each has its line.
    fn gap(&self, slot: &Slot) -> String {
        if opens_line(self.text, slot.start).is_some() {
            let start = line_start(self.text, slot.start);
            format!("{}{}", self.style.newline, self.text.get(start..slot.start).unwrap_or_default())
        } else {
            " ".to_owned()
        }
    }

    fn append(&mut self, last: &Slot, texts: &[String]) -> Option<()> {
        let gap = self.gap(last);
        let added = texts.join(&format!(",{gap}"));
        let after = last.comma.map_or(last.end, |comma| comma + 1);
        // A comment on the last entry's line is about that entry.
        let at = if gap == " " { after } else { line_end(self.text, after).unwrap_or(after) };
        match last.comma {
            // The file likes a comma after the last one: so has the new last one.
            Some(_) => self.edit(at..at, format!("{gap}{added},")),
            None if at == after => self.edit(at..at, format!(",{gap}{added}")),
            None => {
                self.edit(after..after, ",")?;
                self.edit(at..at, format!("{gap}{added}"))
            }
        }
    }

    fn remove_between(&mut self, slots: &[Slot], run: Range<usize>) -> Option<()> {
        let text = self.text;
        let start = slots[run.start].start;
        let last = &slots[run.end - 1];
        let after = last.comma.map_or(last.end, |comma| comma + 1);
        let own_line =
            line_end(text, after).filter(|_| opens_line(text, start).is_some()).and_then(|end| next_line(text, end));
        let comma = run.start.checked_sub(1).and_then(|before| slots[before].comma);
        match (slots.get(run.end), own_line, comma) {
            // A comma before a closing bracket is allowed.
            (_, Some(next_line), _) => self.edit(line_start(text, start)..next_line, ""),
            (Some(next), ..) if text.get(after..next.start).is_some_and(is_blank) => self.edit(start..next.start, ""),
            (None, _, Some(comma)) if text.get(comma + 1..start).is_some_and(is_blank) => {
                self.edit(comma + usize::from(last.comma.is_some())..after, "")
            }
            _ => self.edit(start..skip_blanks(text, after), ""),
        }
    }
}
