//! Pairs and tables added, and what goes taken out, line by line.

use std::ops::Range;

use super::Node;
use super::Value;
use super::change::Change;
use super::layout::Statement;
use super::lines::{first, line_end, with_comments};
use super::write::{Quote, key, value};
use crate::document::blanks::{indent, is_blank, line_start};
use crate::document::patch::name;
use crate::edit::Edit;

/// Between a name and its value where there is no example.
const EQUALS: &str = " = ";

impl Change<'_> {
    /// Writes new members of a table, and keeps it alive if all else went.
    pub(super) fn settle(&mut self, part: usize, added: &[&Node]) -> Option<()> {
        let all: Vec<usize> = self.layout.statements_in(part).collect();
        let outside = |at: &usize| {
            let statement = self.statement(*at);
            !statement.header && !self.layout.is_in(statement.table, part)
        };
        if part == 0 || all.iter().any(|&at| self.statement(at).header && self.statement(at).part == part) {
            self.add_under_header(part, &all, added)
        } else if all.iter().any(outside) {
            let through: Vec<usize> = all.iter().copied().filter(outside).collect();
            self.add_with_dots(part, &all, &through, added)
        } else {
            self.add_header(part, &all, added)
        }
    }

    /// New elements of an array of tables: before an element, or after the last.
    pub(super) fn add_elements(&mut self, part: usize, before: Option<usize>, nodes: &[Node]) -> Option<()> {
        let all: Vec<usize> = self.layout.statements_in(before.unwrap_or(part)).collect();
        let example = *all.first()?;
        let path = self.path(example, self.layout.names_to(part));
        let indent = indent(self.text, self.statement(example).span.start).to_owned();
        let mut lines = Vec::new();
        for node in nodes {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.extend(self.table(&path, node, &indent, true)?);
        }
        match before {
            Some(_) => self.insert_before(example, 1, lines),
            None => match self.last_kept(&all) {
                Some(last) => self.insert_table_after(last, lines),
                None => drop(self.instead.insert(example, self.joined(example, lines))),
            },
        }
        Some(())
    }

    /// Into a table with a header of its own, or the root.
    fn add_under_header(&mut self, part: usize, all: &[usize], added: &[&Node]) -> Option<()> {
        let own: Vec<usize> =
            all.iter().copied().filter(|&at| !self.statement(at).header && self.statement(at).table == part).collect();
        let header = all.iter().copied().find(|&at| self.statement(at).header && self.statement(at).part == part);
        let inner = all.iter().any(|&at| self.statement(at).header && Some(at) != header && self.is_kept(at));
        let last = self.last_kept(&own);
        // As its neighbours are: a table of tables gets another table, others a pair.
        let tables = part == 0 || inner || last.is_none();
        let (tables, pairs): (Vec<&Node>, Vec<&Node>) = added.iter().partition(|node| match &node.value {
            Value::Object(members) => tables && (part == 0 || !members.is_empty()),
            _ => false,
        });
        if !pairs.is_empty() {
            let example = last.or(own.first().copied());
            let lines = self.pairs(example, "", &pairs)?;
            match (last, example, header) {
                (Some(last), ..) => self.insert_pair_after(last, lines),
                (None, Some(gone), _) => drop(self.instead.insert(gone, self.joined(gone, lines))),
                (None, None, Some(header)) => self.insert_pair_after(header, self.indented(header, lines)),
                (None, None, None) => match all.iter().copied().find(|&at| self.is_kept(at)) {
                    Some(table) => self.insert_before(table, 0, lines),
                    None => self.insert_at_end(lines, 0),
                },
            }
        }
        if !tables.is_empty() {
            let example = header.or(all.first().copied());
            let outer = header.map(|header| self.path(header, self.layout.names_to(part)));
            let indent = example.map_or("", |at| indent(self.text, self.statement(at).span.start)).to_owned();
            let lines = self.tables(outer.as_deref(), &tables, &indent)?;
            match self.last_kept(all) {
                Some(last) => self.insert_table_after(last, lines),
                None => self.insert_at_end(lines, 1),
            }
        }
        Some(())
    }

    /// Into a table that is made by names with dots.
    fn add_with_dots(&mut self, part: usize, all: &[usize], through: &[usize], added: &[&Node]) -> Option<()> {
        let last = self.last_kept(through);
        let example = last.or(through.first().copied())?;
        let statement = self.statement(example);
        let names = self.layout.names_to(part) - self.layout.names_to(statement.table);
        let path = self.path(example, names);
        if !added.is_empty() {
            let lines = self.pairs(Some(example), &format!("{path}."), added)?;
            match last {
                Some(last) => self.insert_pair_after(last, lines),
                None => drop(self.instead.insert(example, self.joined(example, lines))),
            }
        } else if self.last_kept(all).is_none() {
            self.instead.insert(example, format!("{path}{}{{}}", self.equals(example)));
        }
        Some(())
    }

    /// Into a table that has only tables in it and no header of its own.
    fn add_header(&mut self, part: usize, all: &[usize], added: &[&Node]) -> Option<()> {
        let (first, last) = (all.iter().copied().find(|&at| self.is_kept(at)), self.last_kept(all));
        let example = first.or(all.first().copied())?;
        let path = self.path(example, self.layout.names_to(part));
        let indent = indent(self.text, self.statement(example).span.start).to_owned();
        let is_table = |node: &&&Node| matches!(&node.value, Value::Object(members) if !members.is_empty());
        let (tables, pairs): (Vec<&Node>, Vec<&Node>) = added.iter().partition(is_table);
        let mut lines = Vec::new();
        if !pairs.is_empty() || added.is_empty() && last.is_none() {
            lines.push(format!("{indent}[{path}]"));
            lines.extend(self.pairs(None, "", &pairs)?.into_iter().map(|line| format!("{indent}{line}")));
        }
        let tables = self.tables(Some(&path), &tables, &indent)?;
        match (first, last) {
            (Some(first), Some(last)) => {
                if !lines.is_empty() {
                    self.insert_before(first, 1, lines);
                }
                if !tables.is_empty() {
                    self.insert_table_after(last, tables);
                }
            }
            _ => {
                if !lines.is_empty() && !tables.is_empty() {
                    lines.push(String::new());
                }
                lines.extend(tables);
                self.instead.insert(example, lines.join(self.newline).trim_start().to_owned());
            }
        }
        Some(())
    }

    /// Names with their values, one a line, as `example` is written.
    fn pairs(&self, example: Option<usize>, path: &str, nodes: &[&Node]) -> Option<Vec<String>> {
        let equals = example.map_or(EQUALS, |at| self.equals(at));
        let indent = example.map_or("", |at| indent(self.text, self.statement(at).span.start));
        let pair = |node: &&Node| {
            let value = value(node, self.text, Quote::Basic)?;
            Some(format!("{indent}{path}{}{equals}{value}", key(name(node))))
        };
        nodes.iter().map(pair).collect()
    }

    /// Tables with headers, an empty line between them.
    fn tables(&self, outer: Option<&str>, nodes: &[&Node], indent: &str) -> Option<Vec<String>> {
        let mut lines = Vec::new();
        for node in nodes {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            let path = outer.map_or_else(|| key(name(node)), |outer| format!("{outer}.{}", key(name(node))));
            lines.extend(self.table(&path, node, indent, false)?);
        }
        Some(lines)
    }

    fn table(&self, path: &str, node: &Node, indent: &str, element: bool) -> Option<Vec<String>> {
        let is_table = |node: &&Node| matches!(&node.value, Value::Object(members) if !members.is_empty());
        let (tables, pairs): (Vec<&Node>, Vec<&Node>) = node.members().iter().partition(is_table);
        let mut lines = Vec::new();
        if element {
            lines.push(format!("{indent}[[{path}]]"));
        } else if !pairs.is_empty() || tables.is_empty() {
            lines.push(format!("{indent}[{path}]"));
        }
        lines.extend(self.pairs(None, "", &pairs)?.into_iter().map(|pair| format!("{indent}{pair}")));
        let tables = self.tables(Some(path), &tables, indent)?;
        if !lines.is_empty() && !tables.is_empty() {
            lines.push(String::new());
        }
        lines.extend(tables);
        Some(lines)
    }

    fn statement(&self, at: usize) -> &Statement {
        &self.layout.statements[at]
    }

    fn is_kept(&self, at: usize) -> bool {
        !self.gone.contains_key(&at) || self.instead.contains_key(&at)
    }

    fn last_kept(&self, statements: &[usize]) -> Option<usize> {
        statements.iter().copied().rfind(|&at| self.is_kept(at))
    }

    /// The first names of a statement as it spells them.
    fn path(&self, at: usize, names: usize) -> String {
        let keys = &self.statement(at).keys;
        self.text[keys[0].start..keys[names - 1].end].to_owned()
    }

    /// How a pair separates its name from its value.
    fn equals(&self, at: usize) -> &str {
        let statement = self.statement(at);
        let from = statement.keys.last().map_or(statement.span.start, |key| key.end);
        let between = &self.text[from..self.layout.parts[statement.part].span.start.max(from)];
        if between.trim() == "=" { between } else { EQUALS }
    }

    /// Lines that come where a statement begins: its own indent is there.
    fn joined(&self, at: usize, lines: Vec<String>) -> String {
        let indent = indent(self.text, self.statement(at).span.start);
        let text = lines.join(self.newline);
        text.strip_prefix(indent).unwrap_or(&text).to_owned()
    }

    fn indented(&self, at: usize, lines: Vec<String>) -> Vec<String> {
        let indent = indent(self.text, self.statement(at).span.start);
        lines.into_iter().map(|line| format!("{indent}{line}")).collect()
    }

    fn insert_pair_after(&mut self, at: usize, lines: Vec<String>) {
        let text = lines.iter().map(|line| format!("{}{line}", self.newline)).collect::<String>();
        match self.instead.get_mut(&at) {
            Some(instead) => instead.push_str(&text),
            None => self.insert(line_end(self.text, self.statement(at).span.end).start, 0, &text),
        }
    }

    fn insert_table_after(&mut self, at: usize, lines: Vec<String>) {
        let text = format!("{}{}{}", self.newline, self.newline, lines.join(self.newline));
        match self.instead.get_mut(&at) {
            Some(instead) => instead.push_str(&text),
            None => self.insert(self.end_of_table(self.statement(at).span.end), 1, &text),
        }
    }

    /// Before a header and the comments above it.
    fn insert_before(&mut self, header: usize, rank: usize, lines: Vec<String>) {
        let newline = self.newline;
        let before = header.checked_sub(1).map(|at| line_end(self.text, self.statement(at).span.end).end);
        let at = with_comments(self.text, before, line_start(self.text, self.statement(header).span.start));
        self.insert(at, rank, &format!("{}{newline}{newline}", lines.join(newline)));
    }

    fn insert_at_end(&mut self, lines: Vec<String>, rank: usize) {
        let (newline, held) = (self.newline, &self.text[first(self.text)..]);
        let open = !held.is_empty() && !held.ends_with('\n');
        let count = self.layout.statements.len();
        let bare = is_blank(held) || count > 0 && (0..count).all(|at| self.gone.contains_key(&at));
        let mut text = newline.repeat(usize::from(open) + usize::from(!bare && rank == 1 || bare && self.has_pairs()));
        text += &lines.join(newline);
        if !open {
            text += newline;
        }
        self.insert(self.text.len(), rank, &text);
    }

    fn has_pairs(&self) -> bool {
        self.inserts.get(&self.text.len()).is_some_and(|[pairs, _]| !pairs.is_empty())
    }

    fn insert(&mut self, at: usize, rank: usize, text: &str) {
        self.inserts.entry(at).or_default()[rank].push_str(text);
    }

    /// The end of the line of `at`, or of comments right below it, unless they
    /// stand above something else.
    fn end_of_table(&self, at: usize) -> usize {
        let line = line_end(self.text, at);
        let mut end = line.clone();
        loop {
            let next = line_end(self.text, end.end);
            match self.text[end.end..next.start].trim_start() {
                "" => return end.start,
                comment if comment.starts_with('#') => end = next,
                _ => return line.start,
            }
        }
    }

    /// All edits.
    pub(super) fn finish(mut self) -> Vec<Edit> {
        let mut ranges = self.removed();
        ranges.sort_by_key(|range| range.start);
        ranges.dedup_by(|next, last| {
            let meet = next.start <= last.end;
            last.end = if meet { last.end.max(next.end) } else { last.end };
            meet
        });
        if let Some(last) = ranges.last_mut().filter(|last| last.end == self.text.len() && !self.text.ends_with('\n')) {
            // What was no line's end before is none afterwards.
            let kept = &self.text[..last.start];
            let kept = kept.strip_suffix('\n').map_or(kept, |kept| kept.strip_suffix('\r').unwrap_or(kept));
            last.start = kept.len();
        }
        self.edits.extend(ranges.into_iter().map(|range| Edit { range, text: String::new() }));
        let inserts = std::mem::take(&mut self.inserts).into_iter();
        self.edits.extend(inserts.map(|(at, texts)| Edit { range: at..at, text: texts.concat() }));
        self.edits
    }

    /// The lines that go; what comes instead of one becomes an edit.
    fn removed(&mut self) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let mut gone = std::mem::take(&mut self.gone).into_iter().peekable();
        while let Some((at, part)) = gone.next() {
            let (header, span) = (self.statement(at).header, self.statement(at).span.clone());
            let mut end = span.end;
            let mut last = at;
            // A table goes with all that is written between its lines.
            while let Some((next, _)) = gone.next_if(|next| header && *next == (last + 1, part)) {
                end = self.statement(next).span.end;
                last = next;
            }
            match self.instead.remove(&at) {
                Some(text) => self.edit(span.start..end, text),
                None if header => ranges.push(self.with_blank_lines(line_start(self.text, span.start), end)),
                None => ranges.push(line_start(self.text, span.start)..line_end(self.text, end).end),
            }
        }
        ranges
    }

    /// The lines from `start` to that of `end`, and the empty ones that no
    /// longer separate anything.
    fn with_blank_lines(&self, mut start: usize, end: usize) -> Range<usize> {
        let text = self.text;
        let blank_above = |start: usize| {
            (start > first(text)).then(|| line_start(text, start - 1)).filter(|&above| is_blank(&text[above..start]))
        };
        let mut end = line_end(text, end).end;
        if start == first(text) || blank_above(start).is_some() {
            while end < text.len() && is_blank(&text[end..line_end(text, end).end]) {
                end = line_end(text, end).end;
            }
        }
        if end == text.len() {
            while let Some(above) = blank_above(start) {
                start = above;
            }
        }
        start..end
    }
}
