//! Patches applied to a tree: what an edited file has to mean.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::{EditError, Key, KeyPath, Name, Node, Patch, Value};

impl Patch {
    /// The place the patch is about.
    pub fn at(&self) -> &KeyPath {
        match self {
            Patch::Set(at, _) | Patch::Remove(at) => at,
        }
    }
}

/// Changes `root` as the patch says. What is new has empty spans.
pub(super) fn apply(root: &mut Node, patch: &Patch) -> Result<(), EditError> {
    let at = patch.at();
    let Some((last, way)) = at.0.split_last() else {
        match patch {
            Patch::Set(_, value) => root.value = from_json(value),
            Patch::Remove(_) => return Err(EditError::NotFound(at.clone())),
        }
        return Ok(());
    };
    let mut node = root;
    for (depth, key) in way.iter().enumerate() {
        node = step(node, key, || KeyPath(way[..depth].to_vec()))?
            .ok_or_else(|| EditError::NotFound(KeyPath(way[..=depth].to_vec())))?;
    }
    let missing = || EditError::NotFound(at.clone());
    match (&mut node.value, last, patch) {
        (Value::Object(members), Key::Name(name), patch) => {
            let old = members.iter().position(|node| is_named(node, name));
            match (patch, old) {
                (Patch::Set(_, value), Some(old)) => members[old].value = from_json(value),
                (Patch::Set(_, value), None) => {
                    let key = Some(Name { text: name.clone(), span: 0..0 });
                    members.push(Node { value: from_json(value), span: 0..0, key });
                }
                (Patch::Remove(_), Some(old)) => drop(members.remove(old)),
                (Patch::Remove(_), None) => return Err(missing()),
            }
        }
        (Value::Array(items), Key::Index(index), Patch::Set(_, value)) if *index <= items.len() => {
            let value = from_json(value);
            if *index == items.len() {
                items.push(Node { value, span: 0..0, key: None });
            } else {
                items[*index].value = value;
            }
        }
        (Value::Array(items), Key::Index(index), Patch::Remove(_)) if *index < items.len() => {
            drop(items.remove(*index))
        }
        (Value::Object(_) | Value::Array(_), ..) => return Err(missing()),
        _ => return Err(EditError::NotAContainer(KeyPath(way.to_vec()))),
    }
    Ok(())
}

/// One step down; `None` where there is nothing. `here` is the way to `node`.
fn step<'a>(node: &'a mut Node, key: &Key, here: impl Fn() -> KeyPath) -> Result<Option<&'a mut Node>, EditError> {
    match (&mut node.value, key) {
        (Value::Object(members), Key::Name(name)) => Ok(members.iter_mut().find(|node| is_named(node, name))),
        (Value::Array(items), Key::Index(index)) => Ok(items.get_mut(*index)),
        (Value::Object(_) | Value::Array(_), _) => Ok(None),
        _ => Err(EditError::NotAContainer(here())),
    }
}

fn is_named(node: &Node, name: &str) -> bool {
    node.key.as_ref().is_some_and(|key| key.text == name)
}

fn from_json(json: &Json) -> Value {
    let node = |json, key| Node { value: from_json(json), span: 0..0, key };
    match json {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => Value::Number(number.to_string()),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::Array(items.iter().map(|item| node(item, None)).collect()),
        Json::Object(members) => Value::Object(
            members.iter().map(|(name, value)| node(value, Some(Name { text: name.clone(), span: 0..0 }))).collect(),
        ),
    }
}

/// Whether two values, each with the text it was read from, are the same.
/// Members may stand in another order; what was skipped must be the same bytes.
pub(super) fn same(a: &Node, a_text: &str, b: &Node, b_text: &str) -> bool {
    match (&a.value, &b.value) {
        (Value::Object(a_members), Value::Object(b_members)) => {
            if a_members.len() != b_members.len() {
                return false;
            }
            let by_name = index(b_members);
            a_members.iter().all(|a| by_name.get(name(a)).is_some_and(|b| same(a, a_text, b, b_text)))
        }
        (Value::Array(a_items), Value::Array(b_items)) => {
            a_items.len() == b_items.len() && a_items.iter().zip(b_items).all(|(a, b)| same(a, a_text, b, b_text))
        }
        (Value::Number(a), Value::Number(b)) => a == b || number(a).is_some_and(|a| Some(a) == number(b)),
        (Value::Skipped, Value::Skipped) => a_text[a.span.clone()] == b_text[b.span.clone()],
        (a, b) => a == b,
    }
}

/// The members of an object by name.
pub(super) fn index(members: &[Node]) -> HashMap<&str, &Node> {
    members.iter().map(|node| (name(node), node)).collect()
}

pub(super) fn name(node: &Node) -> &str {
    node.key.as_ref().map_or("", |key| key.text.as_str())
}

pub(super) fn number(text: &str) -> Option<serde_json::Number> {
    text.parse().ok()
}
