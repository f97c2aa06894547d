//! JSON and JSONC to nodes with spans.
//!
//! One loop over the tokens with a stack of its own: input depth never becomes
//! call depth. Linear in the file; what nobody asked for is checked, not kept.

mod change;
mod layout;
mod lexer;
mod style;

use std::collections::HashSet;

use super::tree::{DEEPEST, Fault, Tree};
use super::{Format, Key, KeyPath, Name, Node, Value};
use crate::edit::Edit;
use change::Change;
use lexer::{Kind, Lexer, Token, unescape};
use style::Style;

/// Reads `text`; values outside `roots` become `Value::Skipped`.
pub(super) fn parse(text: &str, format: Format, roots: &[&[&str]]) -> Result<Tree, Fault> {
    Builder { text, format, roots, lexer: Lexer::new(text, 0, format), stack: Vec::new(), duplicates: Vec::new() }.run()
}

/// Edits that turn each of the containers at `places` from what `old` (with
/// `text`'s bytes) says into what `new` says. `whole` is the file's tree, for its style.
pub(super) fn edits(
    text: &str,
    format: Format,
    whole: &Node,
    old: &Node,
    new: &Node,
    places: &[KeyPath],
) -> Option<Vec<Edit>> {
    let style = Style::of(text, [whole, old]);
    let mut change = Change { text, format, style, edits: Vec::new() };
    for place in places {
        change.turn(old.get(place)?, new.get(place)?);
    }
    Some(change.edits)
}

/// How much of a value is wanted.
enum Want {
    All,
    /// Only what these roots (their numbers) lead to.
    Through(Vec<usize>),
    Nothing,
}

/// A container that is still open.
struct Frame {
    object: bool,
    start: usize,
    want: Want,
    children: Vec<Node>,
    /// This container's own name in its parent.
    key: Option<Name>,
    /// The name of the member being read.
    member: Option<Name>,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Expect {
    Value,
    FirstItem,
    FirstName,
    /// After the comma at this offset.
    NextItem(usize),
    NextName(usize),
    CommaOrClose,
}

struct Builder<'a> {
    text: &'a str,
    format: Format,
    roots: &'a [&'a [&'a str]],
    lexer: Lexer<'a>,
    stack: Vec<Frame>,
    duplicates: Vec<(KeyPath, usize)>,
}

impl Builder<'_> {
    fn run(mut self) -> Result<Tree, Fault> {
        let mut expect = Expect::Value;
        loop {
            let token = self.lexer.next()?;
            if token.kind == Kind::End {
                return self.end(token.start);
            }
            let node = match (expect, token.kind) {
                (Expect::FirstName | Expect::NextName(_), Kind::CloseObject)
                | (Expect::FirstItem | Expect::NextItem(_), Kind::CloseArray) => {
                    self.check_trailing_comma(expect)?;
                    self.close(token.end)
                }
                (Expect::CommaOrClose, Kind::Comma) => {
                    let next = if self.in_object() { Expect::NextName } else { Expect::NextItem };
                    expect = next(token.start);
                    continue;
                }
                (Expect::CommaOrClose, Kind::CloseObject) if self.in_object() => self.close(token.end),
                (Expect::CommaOrClose, Kind::CloseArray) if !self.in_object() => self.close(token.end),
                (Expect::CommaOrClose, Kind::CloseObject | Kind::CloseArray) => {
                    return Err(Fault::new("this is the wrong closing bracket", token.start));
                }
                (Expect::CommaOrClose, _) => {
                    return Err(Fault::new("expected a comma", token.start));
                }
                (Expect::FirstName | Expect::NextName(_), Kind::String { escaped }) => {
                    self.name(token, escaped)?;
                    expect = Expect::Value;
                    continue;
                }
                (Expect::FirstName | Expect::NextName(_), _) => {
                    return Err(Fault::new("expected a name in double quotes", token.start));
                }
                (_, Kind::OpenObject | Kind::OpenArray) => {
                    let object = token.kind == Kind::OpenObject;
                    self.open(token)?;
                    expect = if object { Expect::FirstName } else { Expect::FirstItem };
                    continue;
                }
                _ => self.scalar(token)?,
            };
            let Some(parent) = self.stack.last_mut() else {
                return self.finish(node);
            };
            if !matches!(parent.want, Want::Nothing) {
                parent.children.push(node);
            }
            expect = Expect::CommaOrClose;
        }
    }

    fn in_object(&self) -> bool {
        self.stack.last().is_some_and(|frame| frame.object)
    }

    fn check_trailing_comma(&self, expect: Expect) -> Result<(), Fault> {
        match (expect, self.format) {
            (Expect::NextName(comma) | Expect::NextItem(comma), Format::Json) => {
                Err(Fault::new("a comma is not allowed before a closing bracket", comma))
            }
            _ => Ok(()),
        }
    }

    /// The text ended while something was still expected.
    fn end(self, at: usize) -> Result<Tree, Fault> {
        match (self.stack.last(), self.format) {
            (Some(frame), _) if frame.object => Err(Fault::new("the file ends inside an object", at)),
            (Some(_), _) => Err(Fault::new("the file ends inside a list", at)),
            (None, Format::Json) => Err(Fault::new("the file is empty", at)),
            // VS Code takes an empty file for one without any setting.
            (None, _) => {
                Ok(Tree { root: Node { value: Value::Null, span: at..at, key: None }, duplicates: Vec::new() })
            }
        }
    }

    fn finish(mut self, root: Node) -> Result<Tree, Fault> {
        let after = self.lexer.next()?;
        if after.kind != Kind::End {
            return Err(Fault::new("expected the end of the file", after.start));
        }
        Ok(Tree { root, duplicates: self.duplicates })
    }

    fn name(&mut self, token: Token, escaped: bool) -> Result<(), Fault> {
        let frame = self.stack.last_mut().expect("a name is expected only inside an object");
        if !matches!(frame.want, Want::Nothing) {
            let span = token.start..token.end;
            frame.member = Some(Name { text: unescape(&self.text[span.clone()], escaped), span });
        }
        let colon = self.lexer.next()?;
        if colon.kind == Kind::Colon { Ok(()) } else { Err(Fault::new("expected a colon", colon.start)) }
    }

    /// How much is wanted of the value that begins now.
    fn want(&self) -> Want {
        let Some(frame) = self.stack.last() else {
            let everything = self.roots.is_empty() || self.roots.iter().any(|root| root.is_empty());
            return if everything { Want::All } else { Want::Through((0..self.roots.len()).collect()) };
        };
        match (&frame.want, &frame.member) {
            (Want::All, _) => Want::All,
            (Want::Through(roots), Some(name)) => {
                let depth = self.stack.len() - 1;
                let on: Vec<usize> =
                    roots.iter().copied().filter(|&root| super::leads(self.roots[root][depth], &name.text)).collect();
                if on.is_empty() {
                    Want::Nothing
                } else if on.iter().any(|&root| self.roots[root].len() == depth + 1) {
                    Want::All
                } else {
                    Want::Through(on)
                }
            }
            (Want::Through(_), None) | (Want::Nothing, _) => Want::Nothing,
        }
    }

    fn open(&mut self, token: Token) -> Result<(), Fault> {
        if self.stack.len() == DEEPEST {
            let message = "the file is nested more than 512 levels deep";
            return Err(Fault::ours(message, token.start));
        }
        let want = self.want();
        let key = self.stack.last_mut().and_then(|parent| parent.member.take());
        let object = token.kind == Kind::OpenObject;
        self.stack.push(Frame { object, start: token.start, want, children: Vec::new(), key, member: None });
        Ok(())
    }

    fn close(&mut self, end: usize) -> Node {
        let mut frame = self.stack.pop().expect("only an open container is closed");
        if frame.object {
            self.keep_last(&mut frame);
        }
        let value = match frame.want {
            Want::Nothing => Value::Skipped,
            _ if frame.object => Value::Object(frame.children),
            _ => Value::Array(frame.children),
        };
        Node { value, span: frame.start..end, key: frame.key }
    }

    fn scalar(&mut self, token: Token) -> Result<Node, Fault> {
        let span = token.start..token.end;
        let wanted = !matches!(self.want(), Want::Nothing);
        let written = &self.text[span.clone()];
        let value = match token.kind {
            Kind::String { .. } | Kind::Number | Kind::True | Kind::False | Kind::Null if !wanted => Value::Skipped,
            Kind::String { escaped } => Value::String(unescape(written, escaped)),
            Kind::Number => Value::Number(written.to_owned()),
            Kind::True => Value::Bool(true),
            Kind::False => Value::Bool(false),
            Kind::Null => Value::Null,
            _ => return Err(Fault::new("expected a value", token.start)),
        };
        let key = self.stack.last_mut().and_then(|parent| parent.member.take());
        Ok(Node { value, span, key })
    }

    /// Of members with the same name only the last counts, for every client.
    fn keep_last(&mut self, frame: &mut Frame) {
        // Hashing pays only for the rare huge object.
        let few = frame.children.len() <= 12;
        let mut seen = HashSet::new();
        let mut keep: Vec<bool> = frame
            .children
            .iter()
            .enumerate()
            .rev()
            .map(|(at, node)| {
                if few {
                    !frame.children[at + 1..].iter().any(|later| named(later) == named(node))
                } else {
                    seen.insert(named(node))
                }
            })
            .collect();
        if keep.iter().all(|&kept| kept) {
            return;
        }
        keep.reverse();
        let at = self.path(frame);
        let mut kept = keep.iter().copied();
        frame.children.retain(|node| {
            let stays = kept.next().expect("there is a verdict on each member");
            if let (false, Some(key)) = (stays, &node.key) {
                self.duplicates.push((at.name(&key.text), key.span.start));
            }
            stays
        });
    }

    /// The way to a container that was just taken off the stack.
    fn path(&self, frame: &Frame) -> KeyPath {
        let inner = self.stack.iter().skip(1).chain([frame]);
        KeyPath(
            self.stack
                .iter()
                .zip(inner)
                .map(|(parent, child)| match &child.key {
                    Some(key) => Key::Name(key.text.clone()),
                    None => Key::Index(parent.children.len()),
                })
                .collect(),
        )
    }
}

fn named(node: &Node) -> &str {
    node.key.as_ref().map_or("", |key| key.text.as_str())
}
