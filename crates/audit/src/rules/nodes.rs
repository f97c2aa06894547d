//! The entries as their files hold them.

use std::collections::HashMap;

use crate::document::{Key, Node};
use crate::finding::FileIndex;
use crate::machine::Machine;

/// The node of every server's entry. Servers of one place follow one another,
/// so that place is looked through once for all of them.
pub(super) fn nodes(machine: &Machine) -> Vec<Option<&Node>> {
    let mut nodes = Vec::with_capacity(machine.servers.len());
    let mut last: Option<(FileIndex, &[Key], HashMap<&str, &Node>)> = None;
    for server in &machine.servers {
        let node = machine.document(server.file).and_then(|document| {
            let (key, parent) = server.at.0.split_last()?;
            let Key::Name(name) = key else { return document.get(&server.at) };
            let known = last.as_ref().is_some_and(|(file, way, _)| *file == server.file && *way == parent);
            if !known {
                let place = parent.iter().try_fold(&document.root, |node, key| match key {
                    Key::Name(name) => node.member(name),
                    Key::Index(index) => node.items().get(*index),
                })?;
                let members = place.members().iter().filter_map(|node| Some((node.key.as_ref()?.text.as_str(), node)));
                last = Some((server.file, parent, members.collect()));
            }
            last.as_ref().and_then(|(_, _, members)| members.get(name.as_str()).copied())
        });
        nodes.push(node);
    }
    nodes
}
