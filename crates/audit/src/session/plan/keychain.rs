//! Keys that a server started here is given: out of its entry, into the keychain.

use serde_json::json;
use warder_launch::vault::{Handle, Secret};

use crate::api::Failure;
use crate::document::{Key, KeyPath, Patch};
use crate::redact::line;
use crate::session::entry::{Entry, Handed};
use crate::session::failures::refused;

use super::{Draft, Drawn, Plan, Subject, by_hand};

impl Subject<'_> {
    pub(super) fn keychain(&self, variable: &KeyPath, drawn: Drawn) -> Result<Plan, Failure> {
        let Some(Key::Name(name)) = variable.0.last() else { return Err(by_hand()) };
        let mut entry = Entry::of(self.env, self.file, self.server, self.command)?;
        let handle = Handle::new(name, drawn.key);
        let secret = match entry.env.insert(name.clone(), Handed::Key(handle.clone())) {
            Some(Handed::Plain(value)) => Secret::new(value),
            _ => return Err(refused(format!("{} holds no plain value", line(name)))),
        };
        let (id, mut patches) = self.wrapped(drawn)?;
        patches.push(Patch::Set(variable.clone(), json!(handle.reference())));
        let name = line(name);
        Ok(Plan {
            file: self.server.file,
            server: Some(self.index),
            title: format!("Move {name} to the keychain"),
            past: format!("Moved {name} to the keychain"),
            summary: format!(
                "{} will start {} through Warder's launcher, which hands it the key.",
                self.server.client.name,
                line(&self.server.name)
            ),
            notes: vec!["The key has stood here in plain text: replace it at its provider as well.".to_owned()],
            patches,
            mode: None,
            stash: vec![(handle, secret)],
            draft: Some(Draft { id, entry, fencing: self.fencing(), wanted: None, added: Vec::new() }),
            ready: None,
        })
    }
}
