//! A parsed value with the bytes it came from, and paths into it.

use std::fmt;
use std::ops::Range;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub value: Value,
    /// Bytes of the value itself, quotes and brackets included. Of a TOML table
    /// all from its first header (or the first name in it, where names with
    /// dots make it) to the end of its last value; what stands between its
    /// pieces is inside too.
    pub span: Range<usize>,
    /// The member's name, if it is a member of an object.
    pub key: Option<Name>,
}

/// A member's name, unescaped, and the bytes of it with quotes; where YAML's `<<`
/// takes the member in, those of the `<<`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub text: String,
    pub span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// As written, or as JSON would write it (TOML's hex, underscores and plus signs).
    Number(String),
    /// Unescaped.
    String(String),
    Array(Vec<Node>),
    /// In file order; of duplicate keys only the last is kept.
    Object(Vec<Node>),
    /// What JSON has no word for (a TOML date, a tagged YAML value), as written.
    Other(String),
    /// Syntactically fine, not looked into.
    Skipped,
}

/// One step into a tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
pub enum Key {
    Name(String),
    Index(usize),
}

/// A way into a tree. Shows as a JSON pointer.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct KeyPath(pub Vec<Key>);

impl KeyPath {
    /// This path and one more name.
    pub fn name(&self, name: impl Into<String>) -> KeyPath {
        self.and(Key::Name(name.into()))
    }

    /// This path and one more index.
    pub fn index(&self, index: usize) -> KeyPath {
        self.and(Key::Index(index))
    }

    fn and(&self, key: Key) -> KeyPath {
        KeyPath(self.0.iter().cloned().chain([key]).collect())
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|key| match key {
            Key::Name(name) => write!(f, "/{}", name.replace('~', "~0").replace('/', "~1")),
            Key::Index(index) => write!(f, "/{index}"),
        })
    }
}

impl Node {
    /// The node at a path below this one.
    pub fn get(&self, at: &KeyPath) -> Option<&Node> {
        at.0.iter().try_fold(self, |node, key| match key {
            Key::Name(name) => node.member(name),
            Key::Index(index) => node.items().get(*index),
        })
    }

    /// A member of an object.
    pub fn member(&self, name: &str) -> Option<&Node> {
        self.members().iter().find(|node| node.key.as_ref().is_some_and(|key| key.text == name))
    }

    /// The members of an object; none for anything else.
    pub fn members(&self) -> &[Node] {
        if let Value::Object(members) = &self.value { members } else { &[] }
    }

    /// The elements of an array; none for anything else.
    pub fn items(&self) -> &[Node] {
        if let Value::Array(items) = &self.value { items } else { &[] }
    }

    /// The value as JSON says it; `None` if it holds what JSON has no word for,
    /// or what was not looked into.
    pub fn to_json(&self) -> Option<serde_json::Value> {
        use serde_json::Value as Json;
        Some(match &self.value {
            Value::Null => Json::Null,
            Value::Bool(yes) => Json::Bool(*yes),
            Value::Number(text) => Json::Number(text.parse().ok()?),
            Value::String(text) => Json::String(text.clone()),
            Value::Array(items) => Json::Array(items.iter().map(Node::to_json).collect::<Option<_>>()?),
            Value::Object(members) => {
                let member = |node: &Node| Some((node.key.as_ref()?.text.clone(), node.to_json()?));
                Json::Object(members.iter().map(member).collect::<Option<_>>()?)
            }
            Value::Other(_) | Value::Skipped => return None,
        })
    }

    pub fn as_str(&self) -> Option<&str> {
        if let Value::String(text) = &self.value { Some(text) } else { None }
    }

    pub fn as_bool(&self) -> Option<bool> {
        if let Value::Bool(yes) = self.value { Some(yes) } else { None }
    }
}
