//! Where everything of a TOML file stands.
//!
//! A tree in TOML is written in pieces: one table may have a header here, a
//! sub-table there, and a name with dots in a third place. So there are two
//! lists: the statements in file order, and the parts of the tree they make.

use std::collections::HashMap;
use std::ops::Range;

use super::{Fault, Key, KeyPath, Name, Node, Value};

pub(super) struct Layout {
    /// The root first, and every part after the one it belongs to.
    pub(super) parts: Vec<Part>,
    /// In file order.
    pub(super) statements: Vec<Statement>,
    /// The first thing that is well written and yet refused by readers.
    pub(super) odd: Option<Fault>,
    /// Members by table and name.
    pub(super) names: HashMap<(usize, String), usize>,
}

/// A value, or a table made of several.
pub(super) struct Part {
    pub(super) parent: usize,
    /// Its name where it is mentioned first.
    pub(super) key: Option<Name>,
    pub(super) kind: Kind,
    /// See `Node::span`.
    pub(super) span: Range<usize>,
    pub(super) children: Vec<usize>,
    /// Names and indices on the way to it.
    pub(super) depth: usize,
    pub(super) want: Want,
}

pub(super) enum Kind {
    Scalar(Value),
    /// `[1, 2]`
    Array,
    /// `{ a = 1 }`
    Inline,
    /// Made by a header, by headers of tables in it, or by names with dots.
    Table,
    /// All `[[a]]` of one name.
    Tables,
}

/// A header or a name with its value.
pub(super) struct Statement {
    /// The table of the header, or the value.
    pub(super) part: usize,
    /// The table that was opened last; a header's own.
    pub(super) table: usize,
    /// Each name as written.
    pub(super) keys: Vec<Range<usize>>,
    /// From the first bracket or name to the last bracket or the end of the value.
    pub(super) span: Range<usize>,
    pub(super) header: bool,
}

/// How much of a part is wanted.
pub(super) enum Want {
    All,
    /// Only what these roots (their numbers) lead to.
    Through(Vec<usize>),
    Nothing,
}

impl Layout {
    /// The part at a path.
    pub(super) fn find(&self, at: &KeyPath) -> Option<usize> {
        at.0.iter().try_fold(0, |part, key| match key {
            Key::Name(name) => self.member(part, name),
            Key::Index(index) => self.parts[part].children.get(*index).copied(),
        })
    }

    /// The member of this name.
    pub(super) fn member(&self, part: usize, name: &str) -> Option<usize> {
        self.names.get(&(part, name.to_owned())).copied()
    }

    /// Whether `part` can hold what `new` says without being spelled another way.
    pub(super) fn fits(&self, part: usize, new: &Node) -> bool {
        match (&self.parts[part].kind, &new.value) {
            (Kind::Table, value) => matches!(value, Value::Object(_)) && self.has_lines(part),
            (Kind::Tables, Value::Array(items)) => {
                !items.is_empty() && items.iter().all(|item| matches!(item.value, Value::Object(_)))
            }
            (Kind::Tables, _) => false,
            _ => true,
        }
    }

    /// Whether a table has lines of its own; one that names with dots make
    /// inside braces has not.
    fn has_lines(&self, mut part: usize) -> bool {
        while part != 0 {
            part = self.parts[part].parent;
            if matches!(self.parts[part].kind, Kind::Inline | Kind::Array) {
                return false;
            }
        }
        true
    }

    /// Whether `part` is `outer` or in it.
    pub(super) fn is_in(&self, mut part: usize, outer: usize) -> bool {
        // A part comes after the one it belongs to.
        while part > outer {
            part = self.parts[part].parent;
        }
        part == outer
    }

    /// The statements that `part` is made of, wherever they stand.
    pub(super) fn statements_in(&self, part: usize) -> impl DoubleEndedIterator<Item = usize> + '_ {
        let span = &self.parts[part].span;
        let from = self.statements.partition_point(|statement| statement.span.end <= span.start);
        let to = self.statements.partition_point(|statement| statement.span.start < span.end);
        (from..to).filter(move |&at| self.is_in(self.statements[at].part, part))
    }

    /// How many names lead to `part`.
    pub(super) fn names_to(&self, mut part: usize) -> usize {
        let mut names = 0;
        while part != 0 {
            names += usize::from(self.parts[part].key.is_some());
            part = self.parts[part].parent;
        }
        names
    }
}

/// The tree that the parts are. No call goes as deep as the file does.
pub(super) fn tree(mut parts: Vec<Part>) -> Node {
    let mut held: Vec<Vec<Node>> = parts.iter().map(|part| Vec::with_capacity(part.children.len())).collect();
    loop {
        let (part, mut inner) = parts.pop().zip(held.pop()).expect("the root is a part and comes last");
        inner.reverse();
        let value = match (part.kind, part.want) {
            (Kind::Scalar(_) | Kind::Array | Kind::Inline, Want::Nothing) => Value::Skipped,
            (Kind::Scalar(value), _) => value,
            (Kind::Array | Kind::Tables, _) => Value::Array(inner),
            (Kind::Inline | Kind::Table, _) => Value::Object(inner),
        };
        let node = Node { value, span: part.span, key: part.key };
        match held.get_mut(part.parent) {
            Some(siblings) => siblings.push(node),
            None => return node,
        }
    }
}
