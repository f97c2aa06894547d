//! What a client does not take in an entry, and what is no entry at all.

use super::{Place, Reader};
use crate::clients::SameName;
use crate::document::Key;

pub(super) const NOTHING_TO_START: &str = "This entry has neither a command nor a URL.";

impl<'a> Reader<'a> {
    /// An entry without a command or a URL that changes another one's.
    pub(super) fn is_part(&self, place: &Place<'a>) -> bool {
        let spelling = &self.found.row.spelling;
        [spelling.args, spelling.env, spelling.headers].iter().any(|names| self.part(place, names).is_some())
    }

    /// An entry that starts nothing. `_comment`, `$doc` and the like are left
    /// alone where their client leaves them alone.
    pub(super) fn nothing(&mut self, place: &Place<'a>, switch: bool) {
        let spelling = &self.found.row.spelling;
        let root = |path: &[&str]| {
            let step = |(key, step): (&Key, &&str)| matches!(key, Key::Name(name) if *step == "*" || name == step);
            path.len() == place.at.0.len() && place.at.0.iter().zip(path).all(step)
        };
        let silent = switch && self.found.client.same_name == SameName::Merged
            || spelling.typed && self.kind(place).is_none()
            || self.found.row.roots.iter().any(|other| root(other.path));
        if spelling.spoils && !silent {
            self.problem(&place.at, place.node, NOTHING_TO_START);
        }
    }

    /// What the client does not take in an entry that can be read.
    pub(super) fn faults(&mut self, place: &Place<'a>) {
        let spelling = &self.found.row.spelling;
        let types = spelling.types;
        match self.part(place, &["type", "transport", "transportType"]) {
            Some((at, node)) if !types.is_empty() && !node.as_str().is_some_and(|kind| types.contains(&kind)) => {
                self.problem(&at, node, &format!("The \"type\" is none of {}.", types.join(", ")));
            }
            None if spelling.typed => self.problem(&place.at, place.node, "This entry does not say its \"type\"."),
            _ => {}
        }
        let program = self.part(place, spelling.command).filter(|_| spelling.never_empty);
        if let Some((at, node)) = program.filter(|(_, node)| node.as_str() == Some("")) {
            self.problem(&at, node, "The command is empty.");
        }
        for name in spelling.forbidden {
            if let Some((at, node)) = self.part(place, &[name]) {
                self.problem(&at, node, &format!("\"{name}\" is not allowed here."));
            }
        }
        for names in [spelling.args, spelling.env].into_iter().filter(|_| spelling.texts_only) {
            let Some((at, node)) = self.part(place, names) else { continue };
            let values = node.members().iter().chain(node.items());
            if let Some(other) = values.into_iter().find(|value| value.as_str().is_none()) {
                self.problem(&at, other, "There is a value that is no text.");
            }
        }
    }
}
