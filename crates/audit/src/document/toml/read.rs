//! A text to its statements and parts, token by token.

use std::borrow::Cow;
use std::collections::HashMap;
use std::mem::take;
use std::ops::Range;

use toml_parser::decoder::ScalarKind;
use toml_parser::parser::{Event, EventKind, RecursionGuard, ValidateWhitespace, parse_document};
use toml_parser::{Expected, ParseError, Source, Span};

use super::layout::{Kind, Layout, Part, Statement, Want};
use super::{DEEPEST, Fault, Name, Value, leads};

/// What the `toml` crate allows of brackets in brackets, and of names in a key.
const LIMIT: usize = 80;

impl Layout {
    /// Takes a text apart that `toml` may still refuse; then the parts mean nothing.
    pub(super) fn of(text: &str, roots: &[&[&str]]) -> Result<Layout, Fault> {
        let source = Source::new(text);
        let mut events: Vec<Event> = Vec::new();
        let mut error: Option<ParseError> = None;
        let mut checked = ValidateWhitespace::new(&mut events, source);
        let mut first = |found: ParseError| error = error.take().or(Some(found));
        parse_document(&source.lex().into_vec(), &mut RecursionGuard::new(&mut checked, LIMIT as u32), &mut first);
        match error {
            Some(error) => Err(fault(&error)),
            None => Builder::new(source, roots).run(&events),
        }
    }
}

struct Builder<'a> {
    source: Source<'a>,
    roots: &'a [&'a [&'a str]],
    layout: Layout,
    /// The table that was opened last.
    table: usize,
    /// Arrays and inline tables that are still open.
    open: Vec<usize>,
    /// Brackets open in a value that nobody wants, its own included.
    unwanted: usize,
    /// Names read and not used yet.
    path: Vec<Name>,
    /// Names of the statement that is being read.
    keys: Vec<Range<usize>>,
}

impl<'a> Builder<'a> {
    fn new(source: Source<'a>, roots: &'a [&'a [&'a str]]) -> Builder<'a> {
        let all = roots.is_empty() || roots.iter().any(|root| root.is_empty());
        let want = if all { Want::All } else { Want::Through((0..roots.len()).collect()) };
        let span = 0..source.input().len();
        let root =
            Part { parent: usize::MAX, key: None, kind: Kind::Table, span, children: Vec::new(), depth: 0, want };
        let layout = Layout { parts: vec![root], statements: Vec::new(), odd: None, names: HashMap::new() };
        Builder { source, roots, layout, table: 0, open: Vec::new(), unwanted: 0, path: Vec::new(), keys: Vec::new() }
    }

    fn run(mut self, events: &[Event]) -> Result<Layout, Fault> {
        let mut header = 0;
        for event in events {
            let span = event.span();
            match event.kind() {
                EventKind::StdTableOpen | EventKind::ArrayTableOpen => header = span.start(),
                EventKind::StdTableClose => self.header(false, header..span.end())?,
                EventKind::ArrayTableClose => self.header(true, header..span.end())?,
                EventKind::SimpleKey => self.name(event),
                EventKind::Scalar => {
                    let value = self.scalar(event);
                    self.value(Kind::Scalar(value), span)?;
                }
                EventKind::ArrayOpen => self.value(Kind::Array, span)?,
                EventKind::InlineTableOpen => self.value(Kind::Inline, span)?,
                EventKind::ArrayClose | EventKind::InlineTableClose => self.close(span),
                EventKind::KeySep
                | EventKind::KeyValSep
                | EventKind::ValueSep
                | EventKind::Whitespace
                | EventKind::Comment
                | EventKind::Newline
                | EventKind::Error => {}
            }
        }
        let parts = &mut self.layout.parts;
        for at in (1..parts.len()).rev() {
            let (before, part) = parts.split_at_mut(at);
            let (part, parent) = (&part[0], &mut before[part[0].parent]);
            if matches!(parent.kind, Kind::Table | Kind::Tables) {
                let start = part.key.as_ref().map_or(part.span.start, |key| key.span.start.min(part.span.start));
                parent.span = parent.span.start.min(start)..parent.span.end.max(part.span.end);
            }
        }
        Ok(self.layout)
    }

    fn name(&mut self, event: &Event) {
        let span = range(event.span());
        if self.open.is_empty() {
            self.keys.push(span.clone());
        }
        // The `toml` crate decides what is too long; until then nothing grows.
        if self.path.len() >= LIMIT {
            self.refuse("a key of more than 80 names", span.start);
        } else if self.unwanted == 0 {
            let mut text = String::new();
            let raw = self.source.get(event).expect("an event lies in its text");
            raw.decode_key(&mut text, &mut ());
            self.path.push(Name { text, span });
        }
    }

    fn refuse(&mut self, message: &'static str, offset: usize) {
        self.layout.odd.get_or_insert_with(|| Fault::new(message, offset));
    }

    /// A header was read.
    fn header(&mut self, array: bool, span: Range<usize>) -> Result<(), Fault> {
        let mut part = self.descend(0)?;
        let Some(last) = self.path.pop() else { return Ok(()) };
        let kind = if array { Kind::Tables } else { Kind::Table };
        part = self.child(part, last, kind)?;
        if array {
            part = self.add(part, None, Kind::Table, EMPTY)?;
        }
        self.table = part;
        let own = &mut self.layout.parts[part].span;
        *own = own.start.min(span.start)..own.end.max(span.end);
        self.state(part, span, true);
        Ok(())
    }

    /// The way from `part` along all names but the last.
    fn descend(&mut self, mut part: usize) -> Result<usize, Fault> {
        let last = self.path.split_off(self.path.len().saturating_sub(1));
        for name in take(&mut self.path) {
            part = self.child(part, name, Kind::Table)?;
            if let (Kind::Tables, Some(&element)) =
                (&self.layout.parts[part].kind, self.layout.parts[part].children.last())
            {
                part = element;
            }
        }
        self.path = last;
        Ok(part)
    }

    /// The member of this name, made if there is none.
    fn child(&mut self, part: usize, name: Name, kind: Kind) -> Result<usize, Fault> {
        match self.layout.member(part, &name.text) {
            Some(child) => Ok(child),
            None => self.add(part, Some(name), kind, EMPTY),
        }
    }

    fn add(&mut self, parent: usize, key: Option<Name>, kind: Kind, span: Range<usize>) -> Result<usize, Fault> {
        let depth = self.layout.parts[parent].depth + 1;
        if depth >= DEEPEST && !matches!(kind, Kind::Scalar(_)) {
            let at = key.map_or(span.start, |key| key.span.start);
            return Err(Fault::ours("the file is nested more than 512 levels deep", at.min(self.source.input().len())));
        }
        let id = self.layout.parts.len();
        let want = match (&kind, self.want(parent, key.as_ref())) {
            // Braces may have to be written anew, so all in them is known.
            (Kind::Inline, Want::Through(_)) => Want::All,
            (_, want) => want,
        };
        if let Some(name) = &key {
            self.layout.names.insert((parent, name.text.clone()), id);
        }
        self.layout.parts[parent].children.push(id);
        self.layout.parts.push(Part { parent, key, kind, span, children: Vec::new(), depth, want });
        Ok(id)
    }

    fn want(&self, parent: usize, key: Option<&Name>) -> Want {
        let parent = &self.layout.parts[parent];
        let (Want::Through(roots), Some(name)) = (&parent.want, key) else {
            return if matches!(parent.want, Want::All) { Want::All } else { Want::Nothing };
        };
        let leads = |root: &usize| leads(self.roots[*root][parent.depth], &name.text);
        let on: Vec<usize> = roots.iter().copied().filter(leads).collect();
        if on.is_empty() {
            Want::Nothing
        } else if on.iter().any(|&root| self.roots[root].len() == parent.depth + 1) {
            Want::All
        } else {
            Want::Through(on)
        }
    }

    /// A value begins.
    fn value(&mut self, kind: Kind, span: Span) -> Result<(), Fault> {
        let scalar = matches!(kind, Kind::Scalar(_));
        if self.unwanted > 0 {
            self.unwanted += usize::from(!scalar);
            return Ok(());
        }
        let outer = self.open.last().copied().unwrap_or(self.table);
        let parent = self.descend(outer)?;
        let key = self.path.pop();
        let part = self.add(parent, key, kind, range(span))?;
        if !scalar {
            self.unwanted = usize::from(matches!(self.layout.parts[part].want, Want::Nothing));
            self.open.push(part);
        } else if self.open.is_empty() {
            self.pair(part);
        }
        Ok(())
    }

    fn close(&mut self, span: Span) {
        if self.unwanted > 1 {
            self.unwanted -= 1;
            return;
        }
        self.unwanted = 0;
        if let Some(part) = self.open.pop() {
            self.layout.parts[part].span.end = span.end();
            if self.open.is_empty() {
                self.pair(part);
            }
        }
    }

    /// A name and its value were read.
    fn pair(&mut self, part: usize) {
        let end = self.layout.parts[part].span.end;
        let start = self.keys.first().map_or(end, |key| key.start);
        self.state(part, start..end, false);
    }

    fn state(&mut self, part: usize, span: Range<usize>, header: bool) {
        let keys = take(&mut self.keys);
        self.layout.statements.push(Statement { part, table: self.table, keys, span, header });
    }

    fn scalar(&mut self, event: &Event) -> Value {
        let raw = self.source.get(event).expect("an event lies in its text");
        let mut text = Cow::Borrowed("");
        match raw.decode_scalar(&mut text, &mut ()) {
            ScalarKind::String => Value::String(text.into_owned()),
            ScalarKind::Boolean(yes) => Value::Bool(yes),
            ScalarKind::DateTime => Value::Other(raw.as_str().to_owned()),
            ScalarKind::Integer(radix) => match i64::from_str_radix(&text, radix.value()) {
                Ok(number) => Value::Number(number.to_string()),
                Err(_) => self.too_large(event),
            },
            ScalarKind::Float => match text.parse::<f64>() {
                Ok(number) if number.is_finite() => Value::Number(text.trim_start_matches('+').to_owned()),
                Ok(_) if text.ends_with(|last: char| last.is_ascii_alphabetic()) => {
                    Value::Other(raw.as_str().to_owned())
                }
                _ => self.too_large(event),
            },
        }
    }

    fn too_large(&mut self, event: &Event) -> Value {
        self.refuse("the number does not fit in 64 bits", event.span().start());
        Value::Null
    }
}

/// Nothing written yet: grows to whatever comes.
const EMPTY: Range<usize> = Range { start: usize::MAX, end: usize::MIN };

fn range(span: Span) -> Range<usize> {
    span.start()..span.end()
}

/// In the words of the `toml` crate.
fn fault(error: &ParseError) -> Fault {
    let expected = error.expected().map(|expected| {
        let words: Vec<String> = expected
            .iter()
            .map(|word| match word {
                Expected::Literal("\n") => "newline".to_owned(),
                Expected::Literal(text) => format!("`{text}`"),
                Expected::Description(text) => (*text).to_owned(),
                _ => "something else".to_owned(),
            })
            .collect();
        if words.is_empty() { ", expected nothing".to_owned() } else { format!(", expected {}", words.join(", ")) }
    });
    let message = format!("{}{}", error.description(), expected.unwrap_or_default());
    Fault::new(message, error.unexpected().map_or(0, |span| span.start()))
}
