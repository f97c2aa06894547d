//! The parser's events with byte spans of the content itself.
//!
//! The parser counts characters, counts blanks and comments behind a closing
//! quote or bracket as part of it, and begins a block text after its header.

use std::borrow::Cow;
use std::ops::Range;

use saphyr_parser::{Event as Parsed, Parser, ScalarStyle, ScanError, StrInput};

use super::lenient::Spaced;
use super::text::{property_end, skip};
use crate::document::tree::Fault;

/// One event; a closing one has only an end.
pub(super) struct Event<'a> {
    pub(super) kind: Kind<'a>,
    /// The content. A tag belongs to it, an anchor in front does not.
    pub(super) span: Range<usize>,
    /// The number of the anchor in front, 0 for none.
    pub(super) anchor: usize,
    /// A tag other than those that say what the content says anyway.
    pub(super) tagged: bool,
}

pub(super) enum Kind<'a> {
    Open {
        object: bool,
    },
    Close,
    /// Of the anchor with this number.
    Alias(usize),
    Plain(Cow<'a, str>),
    /// Quoted, in a block, or said to be text by its tag.
    Text(Cow<'a, str>),
    /// Nothing is written where a value stands.
    Empty,
    End,
}

pub(super) struct Source<'a> {
    text: &'a str,
    parsed: &'a str,
    parser: Parser<'a, StrInput<'a>>,
    /// How `parsed`, which the parser is given, differs from `text`.
    spaced: Option<&'a Spaced>,
    /// The byte offset of every 64th character; none if all characters are bytes.
    offsets: Vec<usize>,
    /// The end of the content read so far.
    at: usize,
    /// Each open container.
    stack: Vec<Open>,
}

struct Open {
    brackets: bool,
    object: bool,
    /// A name was read whose value comes next.
    named: bool,
}

const STEP: usize = 64;

impl<'a> Source<'a> {
    pub(super) fn new(text: &'a str, spaced: Option<&'a Spaced>) -> Source<'a> {
        let parsed = spaced.map_or(text, |spaced| spaced.text.as_str());
        let offsets = if parsed.is_ascii() {
            Vec::new()
        } else {
            parsed.char_indices().map(|(at, _)| at).step_by(STEP).collect()
        };
        let parser = Parser::new_from_str(parsed);
        Source { text, parsed, parser, spaced, offsets, at: 0, stack: Vec::new() }
    }

    /// The next event inside the file's one document.
    pub(super) fn next(&mut self) -> Result<Event<'a>, Fault> {
        loop {
            let (event, span) = match self.parser.next_event() {
                Some(Ok(found)) => found,
                Some(Err(error)) => return Err(self.fault(&error)),
                None => return Ok(self.event(Kind::End, self.text.len()..self.text.len())),
            };
            let span = self.byte(span.start.index())..self.byte(span.end.index());
            match event {
                Parsed::Nothing | Parsed::StreamStart | Parsed::DocumentEnd => {}
                Parsed::DocumentStart(explicit) => {
                    if self.at > 0 {
                        return Err(Fault::new("a second document begins here, and only one is read", span.start));
                    }
                    if explicit {
                        self.at = span.end;
                    }
                }
                Parsed::StreamEnd => return Ok(self.event(Kind::End, self.text.len()..self.text.len())),
                event => {
                    let style = if let Parsed::Scalar(_, style, ..) = event { Some(style) } else { None };
                    let event = self.content(event, span)?;
                    return match style.and_then(|style| self.space_in(style, &event.span)) {
                        // The space that was put there would be a part of the text.
                        Some(space) => Err(Fault::ours(
                            "this text is not read in a file with tabs or brackets like the others",
                            space,
                        )),
                        None => Ok(event),
                    };
                }
            }
        }
    }

    /// Spaces that only the parser sees, inside these bytes, where they mean something.
    fn space_in(&self, style: ScalarStyle, span: &Range<usize>) -> Option<usize> {
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        self.spaced?.read_in(self.text, block, span)
    }

    /// `span` begins at the anchor or tag, if there is one.
    fn content(&mut self, event: Parsed<'a>, span: Range<usize>) -> Result<Event<'a>, Fault> {
        let (anchor, tag) = match &event {
            Parsed::Scalar(_, _, anchor, tag) => (*anchor, tag.as_ref()),
            Parsed::SequenceStart(anchor, tag) | Parsed::MappingStart(anchor, tag) => (*anchor, tag.as_ref()),
            _ => (0, None),
        };
        let core = tag.filter(|tag| tag.is_yaml_core_schema()).map(|tag| tag.suffix.as_str());
        // `!` alone says: what it looks like is not what it is, it is text.
        let text = core == Some("str") || tag.is_some_and(|tag| tag.handle.is_empty() && tag.suffix == "!");
        let says_so = match &event {
            Parsed::Scalar(..) => text,
            Parsed::SequenceStart(..) => core == Some("seq"),
            _ => core == Some("map"),
        };
        let has_tag = tag.is_some();
        let tagged = has_tag && !says_so;
        let count = usize::from(anchor > 0) + usize::from(has_tag);
        let written = count > 0;
        let is_name = match &event {
            Parsed::SequenceEnd | Parsed::MappingEnd => false,
            _ => self.stack.last_mut().is_some_and(|open| {
                open.named = open.object && !open.named;
                open.named
            }),
        };
        let (start, inside) = self.properties(span.start, count)?;
        if matches!(event, Parsed::Alias(_)) {
            self.same_for_all(span.clone())?;
        }
        let (kind, span) = match event {
            Parsed::Alias(id) => (Kind::Alias(id), span),
            Parsed::SequenceEnd | Parsed::MappingEnd => {
                let end =
                    if self.stack.pop().is_some_and(|open| open.brackets) { self.behind_bracket() } else { self.at };
                (Kind::Close, end..end)
            }
            Parsed::SequenceStart(..) | Parsed::MappingStart(..) => {
                let brackets = span.end > inside && matches!(self.text.as_bytes()[inside], b'[' | b'{');
                // A list as deep as its name comes with the place behind its first dash.
                let dashes =
                    !brackets && !written && !self.stack.is_empty() && matches!(event, Parsed::SequenceStart(..));
                let (start, inside) =
                    if dashes { (self.after_indicator(), self.after_indicator()) } else { (start, inside) };
                let object = matches!(event, Parsed::MappingStart(..));
                self.stack.push(Open { brackets, object, named: false });
                self.at = if brackets { inside + 1 } else { inside };
                let start = if tagged { start } else { inside };
                return Ok(Event { anchor, tagged, ..self.event(Kind::Open { object }, start..inside) });
            }
            Parsed::Scalar(value, ScalarStyle::Plain, ..) if value.is_empty() => {
                let at = match (written, is_name) {
                    (true, _) => span.end,
                    // The colon is its value's.
                    (false, true) => self.asked(),
                    (false, false) => self.indicated(),
                };
                let kind = if text { Kind::Text(value) } else { Kind::Empty };
                (kind, if has_tag { start.min(at)..at } else { at..at })
            }
            Parsed::Scalar(value, ScalarStyle::Plain, ..) => {
                let value = self.spaced.and_then(|_| Spaced::undashed(&value)).map_or(value, Cow::Owned);
                let kind = if text { Kind::Text(value) } else { Kind::Plain(value) };
                (kind, start..span.end)
            }
            Parsed::Scalar(value, style @ (ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted), ..) => {
                (Kind::Text(value), start..quoted_end(self.text, inside, style))
            }
            Parsed::Scalar(value, ..) => {
                let header = if written { inside } else { self.after_indicator() };
                let start = if written { start } else { header };
                (Kind::Text(value), start..block_end(self.text, header, span.end))
            }
            _ => unreachable!("the stream's own events have no content"),
        };
        self.at = span.end;
        Ok(Event { anchor, tagged, ..self.event(kind, span) })
    }

    /// An anchor or alias whose name ends at the same place for every reader:
    /// YAML 1.2 lets it hold signs that libyaml (serde_yaml) stops at.
    fn same_for_all(&self, span: Range<usize>) -> Result<(), Fault> {
        let odd = |c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-');
        match self.text[span.clone()].char_indices().skip(1).find(|(_, c)| odd(*c)) {
            Some((at, _)) => {
                Err(Fault::ours("readers do not agree on where the name of this anchor ends", span.start + at))
            }
            None => Ok(()),
        }
    }

    fn event(&self, kind: Kind<'a>, span: Range<usize>) -> Event<'a> {
        Event { kind, span, anchor: 0, tagged: false }
    }

    /// Past `count` anchors and tags: where the tag begins (or the content), and the content.
    fn properties(&self, from: usize, count: usize) -> Result<(usize, usize), Fault> {
        let mut at = from;
        let mut tag = None;
        for _ in 0..count {
            let Some(end) = property_end(self.text, at) else { break };
            if self.text.as_bytes()[at] == b'!' {
                tag.get_or_insert(at);
            } else {
                self.same_for_all(at..end)?;
            }
            at = skip(self.text, end);
        }
        Ok((tag.unwrap_or(at), at))
    }

    /// Behind the bracket that closes the container whose content was read.
    /// (With a comma before it the parser gives the comma's place.)
    fn behind_bracket(&self) -> usize {
        let mut at = skip(self.text, self.at);
        while let Some(b',' | b':' | b'?') = self.text.as_bytes().get(at) {
            at = skip(self.text, at + 1);
        }
        (at + 1).min(self.text.len())
    }

    /// Behind the dash, colon or question mark that says a value stands here.
    fn indicated(&self) -> usize {
        let at = skip(self.text, self.at);
        if matches!(self.text.as_bytes().get(at), Some(b'-' | b'?' | b':')) { at + 1 } else { self.at }
    }

    /// Where a name stands that is nothing: behind the question mark, or before the colon.
    fn asked(&self) -> usize {
        let at = skip(self.text, self.at);
        at + usize::from(self.text.as_bytes().get(at) == Some(&b'?'))
    }

    fn after_indicator(&self) -> usize {
        skip(self.text, self.indicated())
    }

    /// The place in `text` of a character of `parsed`.
    fn byte(&self, character: usize) -> usize {
        let end = self.parsed.len();
        let at = if self.offsets.is_empty() {
            character.min(end)
        } else {
            self.offsets.get(character / STEP).map_or(end, |&start| {
                let rest = self.parsed[start..].char_indices().nth(character % STEP);
                rest.map_or(end, |(at, _)| start + at)
            })
        };
        self.spaced.map_or(at, |spaced| spaced.real(at))
    }

    fn fault(&self, error: &ScanError) -> Fault {
        let at = self.byte(error.marker().index());
        let info = error.info();
        if info == "recursion limit exceeded" {
            return Fault::ours("the file is nested more than 255 brackets deep", at);
        }
        if info.contains("valid YAML whitespace") {
            return Fault::ours(TABBED, at);
        }
        match PLAIN.iter().find(|(part, _)| info.contains(part)) {
            Some((_, said)) => Fault::new(*said, at),
            None => Fault::new(format!("this is not YAML: {info}"), at),
        }
    }
}

pub(super) const TABBED: &str = "a tab behind a colon or dash is not read here";
pub(super) const OUTDENTED: &str = "this line is indented too little";
pub(super) const TAB: &str = "a tab is not allowed as indentation";
pub(super) const DASH: &str = "a dash alone in brackets has to stand in quotes";

/// The parser's words (a part of them) and plain ones.
const PLAIN: &[(&str, &str)] = &[
    ("unprintable", "there is a character that does not belong here"),
    ("tab", TAB),
    ("cannot start with '-'", DASH),
    ("mapping values are not allowed", "a colon with a value is not allowed here"),
    ("did not find expected key", "expected a name, indented like the ones before"),
    ("did not find expected '-'", "expected a dash, indented like the ones before"),
    ("simple key expect", "expected a colon after this name"),
    ("invalid indentation", OUTDENTED),
    ("unknown anchor", "this alias stands for nothing"),
    ("comment intercepting", "a comment is not allowed inside a text"),
    ("found unexpected end of stream", "the file ends inside a quoted text"),
    ("trailing content after double-quoted", "nothing may follow a quoted text"),
    ("unexpected character", "a text without quotes cannot begin with this character"),
    ("did not find expected ',' or '}'", "expected a comma or a closing brace"),
    ("expected ',' or ']'", "expected a comma or a closing bracket"),
    ("misplaced bracket", "this bracket closes nothing"),
    ("unknown escape character", "this text has an escape that YAML does not know"),
    ("byte order mark", "a byte order mark is not allowed inside a document"),
    ("did not find expected node content", "expected a value"),
];

fn quoted_end(text: &str, start: usize, style: ScalarStyle) -> usize {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    loop {
        at += match (bytes.get(at), style) {
            (None, _) => return text.len(),
            (Some(b'\''), ScalarStyle::SingleQuoted) if bytes.get(at + 1) == Some(&b'\'') => 2,
            (Some(b'\''), ScalarStyle::SingleQuoted) | (Some(b'"'), ScalarStyle::DoubleQuoted) => return at + 1,
            (Some(b'\\'), ScalarStyle::DoubleQuoted) => 2,
            _ => 1,
        };
    }
}

/// The end of the last line that counts; its line end is the line's, not the text's.
fn block_end(text: &str, header: usize, seen: usize) -> usize {
    let inside = &text[header..seen];
    // The parser looked into the indentation of what follows.
    let lines = inside.rfind(['\n', '\r']).map_or(inside, |end| match inside[end + 1..].trim_matches(' ') {
        "" => &inside[..end + 1],
        _ => inside,
    });
    let first = lines.lines().next().unwrap_or(lines);
    let says = first.split('#').next().unwrap_or(first);
    let kept = if says.contains('+') {
        lines.strip_suffix('\n').map_or(lines, |rest| rest.strip_suffix('\r').unwrap_or(rest))
    } else {
        without_empty_lines(lines, says)
    };
    header + kept.len().max(1)
}

/// Without the empty lines at the end. One of more blanks than the text is indented is not empty, it says the others.
fn without_empty_lines<'a>(lines: &'a str, says: &str) -> &'a str {
    const ENDS: [char; 2] = ['\n', '\r'];
    let is_blank = |line: &str| line.trim_matches([' ', '\t']).is_empty();
    // How deep it is indented where the header says a number is not known here: then none with a blank is empty.
    let indentation = if says.contains(|c: char| c.is_ascii_digit()) {
        0
    } else {
        let text = lines.split(ENDS).skip(1).find(|line| !is_blank(line));
        text.map_or(usize::MAX, |line| line.len() - line.trim_start_matches(' ').len())
    };
    let mut kept = lines.trim_end_matches(ENDS);
    while let Some(at) = kept.rfind(ENDS) {
        let line = &kept[at + 1..];
        if !is_blank(line) || line.len() > indentation || line.contains('\t') {
            break;
        }
        kept = kept[..at].trim_end_matches(ENDS);
    }
    kept
}
