//! From events to the tree, with a stack of its own.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::lenient::{Lenience, Spaced, spaced};
use super::scalar;
use super::source::{DASH, Event, Kind, OUTDENTED, Source, TAB, TABBED};
use crate::document::tree::{DEEPEST, Fault};
use crate::document::{Format, Name, Node, Value, leads};

/// Files above this are not read. The parser holds the tokens of a list in
/// brackets until it ends, some 220 bytes for each byte of `[x,x,x]`.
const LARGEST: usize = 2 * 1024 * 1024;

/// What all aliases together may grow to. (Bytes of text, and 64 for each value.)
const COPIED: usize = 16 * 1024 * 1024;

pub(super) struct Found {
    pub(super) root: Node,
    /// What aliases stand for, in the order of the file.
    pub(super) shared: Vec<Range<usize>>,
}

/// Reads `text` as the readers of `format` do.
pub(super) fn read(text: &str, format: Format, roots: &[&[&str]]) -> Result<Found, Fault> {
    if text.len() > LARGEST {
        return Err(Fault::ours("a YAML file of more than 2 MiB is not read", 0));
    }
    if let Some(at) = older(text) {
        return Err(Fault::ours("the file asks for a YAML other than 1.2", at));
    }
    let merging = format == Format::YamlMerging;
    let run = |spaced: Option<&Spaced>| Reader::new(text, roots, merging).run(Source::new(text, spaced));
    match run(None) {
        Err(fault) if [OUTDENTED, TABBED, TAB, DASH].contains(&&*fault.message) => {
            let lenience = Lenience { outdented: format != Format::Yaml, dash: format == Format::YamlLoose };
            match spaced(text, lenience, 2 * LARGEST) {
                Some(spaced) => run(Some(&spaced)),
                None => Err(fault),
            }
        }
        found => found,
    }
}

/// Where the file asks for another version. (`yaml` would read `yes` as true.)
fn older(text: &str) -> Option<usize> {
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    for line in text[at..].split_inclusive(['\n', '\r']) {
        let words: Vec<&str> = line.split_ascii_whitespace().take(2).collect();
        match words[..] {
            ["%YAML", version] if version != "1.2" => return Some(at),
            [word, ..] if word.starts_with(['%', '#']) => at += line.len(),
            [] => at += line.len(),
            _ => return None,
        }
    }
    None
}

/// How much of a value is wanted.
enum Want {
    All,
    /// Only what these roots (their numbers) lead to.
    Through(Vec<usize>),
    Nothing,
}

/// A container that is still open.
struct Frame<'a> {
    object: bool,
    tagged: bool,
    start: usize,
    want: Want,
    children: Vec<Node>,
    /// How many containers deep its children are.
    height: usize,
    names: HashSet<Cow<'a, str>>,
    /// The name of the member whose value comes next.
    member: Option<Name>,
    anchor: usize,
    /// `built` when it began.
    built: usize,
}

/// What an anchor stands for.
struct Anchored {
    node: Node,
    size: usize,
    height: usize,
    used: bool,
}

struct Reader<'a, 'r> {
    text: &'a str,
    roots: &'r [&'r [&'r str]],
    /// Whether `<<` takes in the members of other mappings.
    merging: bool,
    stack: Vec<Frame<'a>>,
    anchors: HashMap<usize, Anchored>,
    /// Anchors of containers that are still open.
    open: HashSet<usize>,
    /// The size of all values so far.
    built: usize,
    copied: usize,
}

impl<'a, 'r> Reader<'a, 'r> {
    fn new(text: &'a str, roots: &'r [&'r [&'r str]], merging: bool) -> Self {
        let (anchors, open) = (HashMap::new(), HashSet::new());
        Reader { text, roots, merging, stack: Vec::new(), anchors, open, built: 0, copied: 0 }
    }

    fn run(mut self, mut source: Source<'a>) -> Result<Found, Fault> {
        let mut root = None;
        loop {
            let event = source.next()?;
            let node = match event.kind {
                Kind::End => break,
                Kind::Open { .. } => {
                    self.open(&event)?;
                    continue;
                }
                Kind::Close => self.close(event.span.end)?,
                Kind::Alias(_) => self.alias(&event)?,
                _ => self.scalar(event)?,
            };
            match node {
                Some(node) if self.stack.is_empty() => root = Some(node),
                _ => {}
            }
        }
        let end = self.text.len();
        let root = root.unwrap_or(Node { value: Value::Null, span: end..end, key: None });
        let mut shared: Vec<Range<usize>> =
            self.anchors.into_values().filter(|anchored| anchored.used).map(|anchored| anchored.node.span).collect();
        shared.sort_by_key(|span| (span.start, span.end));
        Ok(Found { root, shared })
    }

    /// How much is wanted of the value that begins now.
    fn want(&self, anchor: usize) -> Want {
        let want = match self.stack.last() {
            None => {
                let everything = self.roots.is_empty() || self.roots.iter().any(|root| root.is_empty());
                if everything { Want::All } else { Want::Through((0..self.roots.len()).collect()) }
            }
            // A container as a name: only its bytes matter.
            Some(Frame { object: true, member: None, .. }) => Want::Nothing,
            Some(Frame { want: Want::All, .. }) => Want::All,
            // What it takes in may be what the roots lead to.
            Some(Frame { want: Want::Through(_), member: Some(name), .. }) if self.merges(name) => Want::All,
            Some(Frame { want: Want::Through(roots), member: Some(name), .. }) => {
                let depth = self.stack.len() - 1;
                let on: Vec<usize> =
                    roots.iter().copied().filter(|&root| leads(self.roots[root][depth], &name.text)).collect();
                if on.is_empty() {
                    Want::Nothing
                } else if on.iter().any(|&root| self.roots[root].len() == depth + 1) {
                    Want::All
                } else {
                    Want::Through(on)
                }
            }
            Some(_) => Want::Nothing,
        };
        // An alias further down may stand for it.
        if anchor > 0 { Want::All } else { want }
    }

    fn open(&mut self, event: &Event<'a>) -> Result<(), Fault> {
        let Kind::Open { object } = event.kind else { unreachable!("only containers are opened") };
        if self.stack.len() == DEEPEST {
            return Err(Fault::ours("the file is nested more than 512 levels deep", event.span.start));
        }
        if event.anchor > 0 {
            self.open.insert(event.anchor);
        }
        let want = self.want(event.anchor);
        self.stack.push(Frame {
            object,
            tagged: event.tagged,
            start: event.span.start,
            want,
            children: Vec::new(),
            height: 0,
            names: HashSet::new(),
            member: None,
            anchor: event.anchor,
            built: self.built,
        });
        self.built += 64;
        Ok(())
    }

    fn close(&mut self, end: usize) -> Result<Option<Node>, Fault> {
        let frame = self.stack.pop().expect("only an open container is closed");
        // However odd the text is, nothing ends before it begins.
        let span = frame.start..end.max(frame.start);
        let value = match frame.want {
            Want::Nothing => Value::Skipped,
            _ if frame.tagged => Value::Other(self.text[span.clone()].to_owned()),
            _ if frame.object => Value::Object(self.merged(frame.children)?),
            _ => Value::Array(frame.children),
        };
        self.open.remove(&frame.anchor);
        let height = frame.height + 1;
        let size = self.built - frame.built;
        self.give(Node { value, span, key: None }, None, frame.anchor, size, height)
    }

    /// Whether a member takes in others: its name is `<<`, without quotes and tag.
    fn merges(&self, name: &Name) -> bool {
        self.merging && &self.text[name.span.clone()] == "<<"
    }

    /// Members with those that `<<` takes in: its own and earlier ones count. They
    /// keep the bytes of their values; their names get those of the `<<`.
    fn merged(&self, members: Vec<Node>) -> Result<Vec<Node>, Fault> {
        let merges = |member: &Node| member.key.as_ref().is_some_and(|name| self.merges(name));
        if !members.iter().any(merges) {
            return Ok(members);
        }
        let own = members.iter().filter(|member| !merges(member)).filter_map(|member| member.key.as_ref());
        let mut known: HashSet<String> = own.map(|name| name.text.clone()).collect();
        let mut all = Vec::with_capacity(members.len());
        for member in members {
            let Some(Name { span, .. }) = member.key.clone().filter(|name| self.merges(name)) else {
                all.push(member);
                continue;
            };
            let sources = match member.value {
                Value::Array(items) => items,
                value => vec![Node { value, ..member }],
            };
            for source in sources {
                let Value::Object(taken) = source.value else {
                    return Err(Fault::new("`<<` takes in mappings only", source.span.start));
                };
                for node in taken {
                    let Some(Name { text, .. }) = node.key else { continue };
                    if known.insert(text.clone()) {
                        all.push(Node { key: Some(Name { text, span: span.clone() }), ..node });
                    }
                }
            }
        }
        Ok(all)
    }

    fn scalar(&mut self, event: Event<'a>) -> Result<Option<Node>, Fault> {
        let written = &self.text[event.span.clone()];
        let wanted = !matches!(self.want(event.anchor), Want::Nothing);
        let value = match &event.kind {
            _ if !wanted => Value::Skipped,
            _ if event.tagged => Value::Other(written.to_owned()),
            Kind::Plain(text) => scalar::plain(text),
            Kind::Text(text) => Value::String(text.clone().into_owned()),
            _ => Value::Null,
        };
        let name = match event.kind {
            Kind::Plain(text) | Kind::Text(text) => text,
            _ => Cow::Borrowed(""),
        };
        let size = 64 + name.len();
        self.built += size;
        self.give(Node { value, span: event.span, key: None }, Some(name), event.anchor, size, 0)
    }

    fn alias(&mut self, event: &Event<'a>) -> Result<Option<Node>, Fault> {
        let Kind::Alias(id) = event.kind else { unreachable!("asked for an alias") };
        let start = event.span.start;
        if self.open.contains(&id) {
            return Err(Fault::ours("this alias stands for something it is part of", start));
        }
        let wanted = !matches!(self.want(0), Want::Nothing);
        let is_name = matches!(self.stack.last(), Some(Frame { object: true, member: None, .. }));
        let anchored = self.anchors.get_mut(&id).expect("the parser knows the anchor of each alias");
        anchored.used = true;
        let (size, height) = (anchored.size, anchored.height);
        if wanted || is_name {
            self.copied += size;
            if self.copied > COPIED || self.stack.len() + height > DEEPEST {
                return Err(Fault::ours("what the aliases stand for is too large", start));
            }
            self.built += size;
        }
        let name = anchored.node.as_str().filter(|_| is_name).map(|text| Cow::Owned(text.to_owned()));
        let value = if wanted { anchored.node.value.clone() } else { Value::Skipped };
        self.give(Node { value, span: event.span.clone(), key: None }, name, 0, size, height)
    }

    /// Hands a finished value to the container around it; back if there is none.
    /// `text` is what it would be as a name.
    fn give(
        &mut self,
        node: Node,
        text: Option<Cow<'a, str>>,
        anchor: usize,
        size: usize,
        height: usize,
    ) -> Result<Option<Node>, Fault> {
        if anchor > 0 {
            self.copied += size;
            if self.copied > COPIED {
                return Err(Fault::ours("what the anchors name is too large", node.span.start));
            }
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, height, used: false });
        }
        let Some(parent) = self.stack.last_mut() else {
            return Ok(Some(node));
        };
        parent.height = parent.height.max(height);
        if parent.object && parent.member.is_none() {
            // A list or mapping as a name has no text but its bytes.
            let text = text.unwrap_or(Cow::Borrowed(&self.text[node.span.clone()]));
            // js-yaml takes several `<<`.
            let several = self.merging && &self.text[node.span.clone()] == "<<";
            parent.member = Some(Name { text: text.clone().into_owned(), span: node.span.clone() });
            if !several && !parent.names.insert(text) {
                return Err(Fault::new("this name stands twice in one mapping", node.span.start));
            }
            return Ok(None);
        }
        // It may have been built only for an alias further down.
        let unwanted = matches!(self.want(0), Want::Nothing);
        let parent = self.stack.last_mut().expect("there is a container around it");
        let key = parent.member.take();
        if !matches!(parent.want, Want::Nothing) {
            let value = if unwanted { Value::Skipped } else { node.value };
            parent.children.push(Node { value, span: node.span, key });
        }
        Ok(None)
    }
}
