//! The lists of allowed and denied servers that are in force here.

use std::path::PathBuf;

use crate::clients::{Base, POLICIES, Policy};
use crate::document::{Document, Node, ReadError, Value};
use crate::env::Env;
use crate::machine::entries::reach;
use crate::machine::places::Look;

/// A file that allows or denies servers by their exact command, or may do so.
#[derive(Clone, Debug)]
pub struct FoundPolicy {
    /// Ids of the clients that obey it.
    pub clients: &'static [&'static str],
    /// `/etc/vscode/policy.json`, for people.
    pub shown: String,
}

/// Every one that is there. What cannot be read may hold a list, so it counts.
pub(super) fn look(env: &Env, look: &mut Look) -> Vec<FoundPolicy> {
    let mut found = Vec::new();
    for policy in POLICIES.iter().filter(|policy| policy.os.contains(&env.os)) {
        let bases = match policy.base {
            Base::Project => env.projects.clone(),
            base => env.base(base).into_iter().collect(),
        };
        let paths: Vec<PathBuf> = bases.iter().flat_map(|base| look.expand(base, policy.path)).collect();
        for path in paths {
            let there = match look.may_be(env, &path).then(|| Document::read(&path, policy.format, policy.members)) {
                Some(Ok(document)) => is_list(policy, &document),
                None | Some(Err(ReadError::Missing)) => false,
                Some(Err(ReadError::Invalid(_) | ReadError::Unreadable(_))) => true,
            };
            if there {
                found.push(FoundPolicy { clients: policy.clients, shown: env.shown(&path) });
            }
        }
    }
    found
}

fn is_list(policy: &Policy, document: &Document) -> bool {
    let named = |name: &str| name.to_lowercase().contains(policy.named);
    let restricts = |node: &Node| !matches!(node.value, Value::Null) && node.as_str() != Some("all");
    let mut found = false;
    for path in policy.members {
        reach(&document.root, path, &mut |way, node, _| {
            found |= way.last().is_some_and(|name| named(name)) && restricts(node);
        });
    }
    found
}
