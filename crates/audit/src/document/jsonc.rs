//! JSON and JSONC to nodes with spans.
//!
//! One loop over the values with a stack of its own: input depth never becomes
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
use lexer::{Lexer, unescape};
use style::Style;

/// Reads `text`; values outside `roots` become `Value::Skipped`.
pub(super) fn parse(text: &str, format: Format, roots: &[&[&str]]) -> Result<Tree, Fault> {
    Builder::new(text, format, roots, true).run()
}

/// Reads `text`; members and elements outside `roots` are checked and left out.
pub(super) fn scan(text: &str, format: Format, roots: &[&[&str]]) -> Result<Tree, Fault> {
    Builder::new(text, format, roots, false).run()
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
#[derive(Clone, Copy, PartialEq)]
enum Want {
    All,
    /// Only what these roots lead to, one bit each.
    Through(u64),
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
}

struct Builder<'a> {
    text: &'a str,
    format: Format,
    roots: &'a [&'a [&'a str]],
    /// What is not wanted is kept beside what is, as `Value::Skipped`.
    skipped: bool,
    lexer: Lexer<'a>,
    stack: Vec<Frame>,
    duplicates: Vec<(KeyPath, usize)>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, format: Format, roots: &'a [&'a [&'a str]], skipped: bool) -> Builder<'a> {
        let lexer = Lexer::new(text, 0, format);
        Builder { text, format, roots, skipped, lexer, stack: Vec::new(), duplicates: Vec::new() }
    }

    fn run(mut self) -> Result<Tree, Fault> {
        // Where a value begins; after it, whatever of the stack ends with it.
        'value: loop {
            let Some(first) = self.lexer.peek()? else {
                return self.end();
            };
            let (key, want) = if self.in_object() { self.name(first)? } else { (None, self.want(None)) };
            let start = self.lexer.at;
            let byte = self.text.as_bytes().get(start);
            let mut node = match byte {
                Some(b'{' | b'[') => {
                    self.open(byte == Some(&b'{'), want, key)?;
                    match self.lexer.peek()? {
                        Some(close @ (b'}' | b']')) if self.closes(close) => self.close(),
                        _ => continue 'value,
                    }
                }
                _ => Node { value: self.scalar(byte, want)?, span: start..self.lexer.at, key },
            };
            loop {
                let Some(parent) = self.stack.last_mut() else {
                    return self.finish(node);
                };
                if node.value != Value::Skipped || self.skipped && parent.want != Want::Nothing {
                    parent.children.push(node);
                }
                match self.lexer.peek()? {
                    Some(b',') => {
                        self.lexer.at += 1;
                        match self.lexer.peek()? {
                            Some(close @ (b'}' | b']')) if self.closes(close) => self.check_trailing_comma()?,
                            _ => continue 'value,
                        }
                    }
                    Some(close @ (b'}' | b']')) if self.closes(close) => {}
                    Some(b'}' | b']') => return Err(self.fault("this is the wrong closing bracket")),
                    Some(_) => return Err(self.fault("expected a comma")),
                    None => return self.end(),
                }
                node = self.close();
            }
        }
    }

    /// What is at the lexer's place does not belong there.
    fn fault(&self, message: &'static str) -> Fault {
        Fault::new(message, self.lexer.at)
    }

    fn in_object(&self) -> bool {
        self.stack.last().is_some_and(|frame| frame.object)
    }

    fn closes(&self, bracket: u8) -> bool {
        self.in_object() == (bracket == b'}')
    }

    fn check_trailing_comma(&self) -> Result<(), Fault> {
        if self.format.is_strict() {
            return Err(self.fault("a comma is not allowed before a closing bracket"));
        }
        Ok(())
    }

    /// The text ended while something was still expected.
    fn end(self) -> Result<Tree, Fault> {
        let at = self.lexer.at;
        match self.stack.last() {
            Some(frame) if frame.object => Err(Fault::new("the file ends inside an object", at)),
            Some(_) => Err(Fault::new("the file ends inside a list", at)),
            None if self.format.is_strict() => Err(Fault::new("the file is empty", at)),
            // VS Code takes an empty file for one without any setting.
            None => Ok(Tree { root: Node { value: Value::Null, span: at..at, key: None }, duplicates: Vec::new() }),
        }
    }

    fn finish(mut self, root: Node) -> Result<Tree, Fault> {
        match self.lexer.peek()? {
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'\'') => Err(self.fault("text needs double quotes")),
            Some(_) => Err(self.fault("expected the end of the file")),
            None => Ok(Tree { root, duplicates: self.duplicates }),
        }
    }

    /// Takes a name and its colon, up to the value; what is wanted of that.
    fn name(&mut self, first: u8) -> Result<(Option<Name>, Want), Fault> {
        if first != b'"' {
            return Err(self.fault("expected a name in double quotes"));
        }
        let start = self.lexer.at;
        let escaped = self.lexer.string()?;
        let span = start..self.lexer.at;
        let frame = self.stack.last().expect("a name is expected only inside an object");
        let (name, want) = if frame.want == Want::Nothing {
            (None, Want::Nothing)
        } else {
            let text = unescape(&self.text[span.clone()], escaped);
            let want = self.want(Some(&text));
            let kept = self.skipped || want != Want::Nothing;
            (kept.then(|| Name { text: text.into_owned(), span }), want)
        };
        match self.lexer.peek()? {
            Some(b':') => self.lexer.at += 1,
            _ => return Err(self.fault("expected a colon")),
        }
        self.lexer.peek()?;
        Ok((name, want))
    }

    /// How much is wanted of the value that begins now, in an object that of this name.
    fn want(&self, name: Option<&str>) -> Want {
        let Some(frame) = self.stack.last() else {
            let everything = self.roots.is_empty() || self.roots.len() > 64 || self.roots.contains(&[].as_slice());
            return if everything { Want::All } else { Want::Through(u64::MAX >> (64 - self.roots.len())) };
        };
        match (frame.want, name) {
            (Want::Through(roots), Some(name)) => {
                let depth = self.stack.len() - 1;
                let mut on = 0;
                for (bit, root) in self.roots.iter().enumerate() {
                    if roots >> bit & 1 == 1 && super::leads(root[depth], name) {
                        if root.len() == depth + 1 {
                            return Want::All;
                        }
                        on |= 1 << bit;
                    }
                }
                if on == 0 { Want::Nothing } else { Want::Through(on) }
            }
            (Want::Through(_), None) => Want::Nothing,
            (want, _) => want,
        }
    }

    /// Enters the container that begins here.
    fn open(&mut self, object: bool, want: Want, key: Option<Name>) -> Result<(), Fault> {
        if self.stack.len() == DEEPEST {
            return Err(Fault::ours("the file is nested more than 512 levels deep", self.lexer.at));
        }
        self.stack.push(Frame { object, start: self.lexer.at, want, children: Vec::new(), key });
        self.lexer.at += 1;
        Ok(())
    }

    /// Leaves the container whose closing bracket stands here.
    fn close(&mut self) -> Node {
        self.lexer.at += 1;
        let mut frame = self.stack.pop().expect("only an open container is closed");
        if frame.object {
            self.keep_last(&mut frame);
        }
        let value = match frame.want {
            Want::Nothing => Value::Skipped,
            _ if frame.object => Value::Object(frame.children),
            _ => Value::Array(frame.children),
        };
        Node { value, span: frame.start..self.lexer.at, key: frame.key }
    }

    /// Takes the string, number or word that begins here with `first`.
    fn scalar(&mut self, first: Option<&u8>, want: Want) -> Result<Value, Fault> {
        let start = self.lexer.at;
        let value = match first {
            Some(b'"') => {
                let escaped = self.lexer.string()?;
                if want != Want::Nothing {
                    return Ok(Value::String(unescape(&self.text[start..self.lexer.at], escaped).into_owned()));
                }
                Value::Skipped
            }
            Some(b'-' | b'0'..=b'9') => {
                self.lexer.number()?;
                if want != Want::Nothing {
                    return Ok(Value::Number(self.text[start..self.lexer.at].to_owned()));
                }
                Value::Skipped
            }
            _ => match self.lexer.word()? {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => Value::Null,
            },
        };
        Ok(if want == Want::Nothing { Value::Skipped } else { value })
    }

    /// Of members with the same name only the last counts, for every client.
    fn keep_last(&mut self, frame: &mut Frame) {
        let children = &frame.children;
        let backwards = (0..children.len()).rev();
        let twice: Vec<usize> = if children.len() <= 12 {
            backwards
                .filter(|&at| children[at + 1..].iter().any(|later| named(later) == named(&children[at])))
                .collect()
        } else {
            // Hashing pays only for the rare huge object.
            let mut seen = HashSet::with_capacity(children.len());
            backwards.filter(|&at| !seen.insert(named(&children[at]))).collect()
        };
        if twice.is_empty() {
            return;
        }
        let path = self.path(frame);
        let mut twice = twice.into_iter().rev().peekable();
        let mut at = 0;
        frame.children.retain(|node| {
            let stays = twice.next_if_eq(&at).is_none();
            at += 1;
            if let (false, Some(key)) = (stays, &node.key) {
                self.duplicates.push((path.name(&key.text), key.span.start));
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
