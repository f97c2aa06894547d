//! Entries that stand on lines: taking lines out and putting lines in.

use std::ops::Range;

use super::change::{Change, Inserts, runs};
use super::scalar::Quotes;
use super::slots::Slot;
use super::style::column;
use super::text::{line_before, line_end, next_line};
use crate::document::blanks::{line_start, opens_line, skip_blanks};

impl Change<'_> {
    /// At least one slot stays.
    pub(super) fn reshape_lines(
        &mut self,
        slots: &[Slot],
        removed: &[bool],
        inserts: Inserts,
        quotes: Quotes,
    ) -> Option<()> {
        let column = column(self.text, slots.first()?.start)?;
        let indent = " ".repeat(column);
        let newline = self.style.newline;
        for run in runs(removed) {
            self.remove_lines(slots, run)?;
        }
        for (before, nodes) in inserts {
            let texts: Option<Vec<String>> =
                nodes.into_iter().map(|node| self.style.entry(node, column, quotes)).collect();
            let texts = texts?;
            match slots.get(before) {
                Some(slot) if opens_line(self.text, slot.start).is_some() => {
                    let lines: String = texts.iter().map(|text| format!("{indent}{text}{newline}")).collect();
                    let at = line_start(self.text, slot.start);
                    self.edit(at..at, lines)?;
                }
                Some(slot) => {
                    let lines: String = texts.iter().map(|text| format!("{text}{newline}{indent}")).collect();
                    self.edit(slot.start..slot.start, lines)?;
                }
                None => {
                    let last = removed.iter().rposition(|gone| !gone)?;
                    let lines: String = texts.iter().map(|text| format!("{newline}{indent}{text}")).collect();
                    let at = line_end(self.text, slots[last].end)?;
                    self.edit(at..at, lines)?;
                }
            }
        }
        Some(())
    }

    fn remove_lines(&mut self, slots: &[Slot], run: Range<usize>) -> Option<()> {
        let text = self.text;
        let start = slots[run.start].start;
        let end = line_end(text, slots[run.end - 1].end)?;
        if opens_line(text, start).is_some() {
            // The line's own end stays: a new entry may go there, and a file
            // that ends without one shall do so again.
            return match line_before(text, start) {
                Some(before) => self.edit(before..end, ""),
                None => self.edit(line_start(text, start)..next_line(text, end)?, ""),
            };
        }
        // The first entry stands behind a dash; the next one goes there.
        let next = slots.get(run.end)?.start;
        if skip_blanks(text, line_start(text, next)) == next && text.get(end..next)?.contains('#') {
            let dash = text[..start].trim_end_matches([' ', '\t']).len();
            return self.edit(dash..end, "");
        }
        self.edit(start..next, "")
    }
}
