//! A random patch, done to a tree and to a file alike.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use warder_audit::document::{KeyPath, Patch};

/// So many files; `PROPTEST_CASES` asks for another number.
pub(crate) fn files(number: u32) -> ProptestConfig {
    let asked = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { asked.cases } else { number };
    ProptestConfig { cases, failure_persistence: None, ..asked }
}

/// A patch whose place is chosen once the tree is known.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    way: Vec<Index>,
    kind: u8,
    value: Value,
}

/// A step that puts in one of these values.
pub(crate) fn step(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Step> {
    (prop::collection::vec(any::<Index>(), 0..4), 0u8..6, value).prop_map(|(way, kind, value)| Step {
        way,
        kind,
        value,
    })
}

impl Step {
    /// Does to `root` what the patch it returns has to do to the file. `whole`:
    /// what a file of this format can be as a whole.
    pub(crate) fn on(&self, root: &mut Value, whole: impl Fn(&Value) -> bool) -> Option<Patch> {
        let (mut seen, mut path) = (&*root, KeyPath::default());
        for index in &self.way {
            match seen {
                Value::Object(members) if !members.is_empty() => {
                    let (name, value) = members.iter().nth(index.index(members.len())).expect("in range");
                    (seen, path) = (value, path.name(name));
                }
                Value::Array(items) if !items.is_empty() => {
                    let at = index.index(items.len());
                    (seen, path) = (&items[at], path.index(at));
                }
                _ => break,
            }
        }
        let node = root.pointer_mut(&path.to_string()).expect("a path shows as a JSON pointer");
        let value = self.value.clone();
        match (self.kind, &mut *node) {
            (0 | 5, Value::Object(members)) => {
                let name = format!("new{}", members.len());
                members.insert(name.clone(), value.clone());
                Some(Patch::Set(path.name(name), value))
            }
            (0 | 1, Value::Array(items)) => {
                items.push(value.clone());
                Some(Patch::Set(path.index(items.len() - 1), value))
            }
            (1, Value::Object(members)) => {
                let name = members.keys().next_back()?.clone();
                members.shift_remove(&name);
                Some(Patch::Remove(path.name(name)))
            }
            (2, Value::Object(members)) => {
                let name = members.keys().next()?.clone();
                members.shift_remove(&name);
                Some(Patch::Remove(path.name(name)))
            }
            (2, Value::Array(items)) if !items.is_empty() => {
                items.remove(0);
                Some(Patch::Remove(path.index(0)))
            }
            (3, Value::Array(items)) => {
                items.splice(0..0, [value, Value::from("--")]);
                Some(Patch::Set(path, node.clone()))
            }
            (4, _) if !path.0.is_empty() || whole(&value) => {
                *node = value.clone();
                Some(Patch::Set(path, value))
            }
            _ => None,
        }
    }
}
