//! An entry that became something else under the name that was approved, put
//! back as it was.
//!
//! Planned from the history alone: its bytes are Warder's own, or a person
//! approved them. Nothing of the text that stands there now is taken over. What
//! goes in counts only when its client would find in it what the present profile
//! approved, so no key goes to anything else; the profile itself stays as it is.

use warder_launch::profile::ProfileId;

use super::Session;
use super::failures::{history, keychain, refused, unknown};
use super::plan::back::Back;
use super::plan::{Plan, stands_twice};
use super::way::{is_of, with_entry};
use crate::api::{Code, Failure};
use crate::approval::differences;
use crate::document::Document;
use crate::env::Instead;
use crate::finding::Finding;
use crate::machine::Machine;
use crate::redact::line;
use crate::report::Judged;
use crate::server::Server;
use crate::store::{Key, Record, Stage, Store, StoreError};
use crate::writing::may_edit;

impl Session {
    /// Plans to put the finding's entry back. `may_wait`: for a person who opens the keychain.
    pub(super) fn put_back(&self, judged: &Judged, finding: &Finding, may_wait: bool) -> Result<Plan, Failure> {
        let machine = &judged.machine;
        let index = finding.server.ok_or_else(|| unknown("server"))?;
        let server = &machine.servers[index.0];
        let file = &machine.files[server.file.0];
        let document = machine.document(server.file).ok_or_else(|| unknown("file"))?;
        may_edit(machine, server).map_err(|why| Failure {
            code: Code::Refused,
            message: "this is left as it is".to_owned(),
            hint: Some(why),
        })?;
        if let Some(failure) = stands_twice(document, &server.at) {
            return Err(failure);
        }
        let name = line(&server.name);
        let id = server.profile_id().filter(|_| server.profile().is_some());
        let id = id.ok_or_else(|| refused(format!("the profile of {name} cannot be read")))?;
        if !may_wait {
            self.vault.look().map_err(|error| keychain(&error))?;
        }
        let (record, text, then) = self.approved_bytes(machine, server, document, id)?;
        let line_then = then.started().map(|command| command.rewritten(&[]));
        let day = self.shown(&record).at;
        let mut notes = vec![
            "The bytes come from Warder's history, and nothing from what stands there now.".to_owned(),
            "Its keys and its sandbox stay as they are. The rest of its text is as it was then, switches and approvals of \
             tools too: the difference shows all of it."
                .to_owned(),
            "Whoever changed it may do so again: look what has access to this file.".to_owned(),
        ];
        notes.extend(file.row.notes.iter().map(|note| (*note).to_owned()));
        notes.push(file.client.after.to_owned());
        Ok(Plan {
            file: server.file,
            server: Some(index),
            title: format!("Put {name} back as you approved it"),
            past: format!("Put {name} back as it was approved"),
            summary: format!(
                "The entry gets the text that it had when {} was done on {}.",
                quoted(&record.title),
                day.get(..10).unwrap_or(&day)
            ),
            notes,
            patches: Vec::new(),
            mode: None,
            stash: Vec::new(),
            draft: None,
            ready: None,
            back: Some(Back { text, line: line_then, profile: id.clone() }),
        })
    }

    /// The newest text of the entry that is what the profile approved: whose change it is of, the file with it,
    /// and the server that its client finds there.
    fn approved_bytes(
        &self,
        machine: &Machine,
        server: &Server,
        document: &Document,
        id: &ProfileId,
    ) -> Result<(Record, String, Server), Failure> {
        let (name, path) = (line(&server.name), &machine.files[server.file.0].path);
        let none = |why: &str| Failure {
            hint: Some(format!("Write the entry anew by hand, or look at what it is now and approve it. {why}")),
            ..refused(format!("nobody knows byte for byte what you approved of {name}"))
        };
        let store = Store::look(&self.state).map_err(history)?;
        let store = store.ok_or_else(|| none("There is no history of Warder's changes."))?;
        let key = Key::read(self.vault.as_ref()).map_err(|error| keychain(&error))?;
        let key = key.ok_or_else(|| history(StoreError::KeyLost))?;
        let mut sealed = false;
        for record in store.list().map_err(history)? {
            let done = matches!(record.stage, Stage::Done | Stage::Undone);
            if !done || record.path != *path || record.server != server.name {
                continue;
            }
            let way = match store.way(&key, &record.id) {
                Ok(way) => way,
                Err(StoreError::OtherKey) => {
                    sealed = true;
                    continue;
                }
                Err(error) => return Err(history(error)),
            };
            // What was taken back left the text of before.
            let (whole, entry) = match record.stage {
                Stage::Undone => (&way.before, &way.entry_before),
                _ => (&way.after, &way.entry_after),
            };
            if !entry.contains(id.as_str()) || !is_of(&way, document, &server.at) {
                continue;
            }
            let Some(text) = with_entry(document, &server.at, whole, entry, &way) else { continue };
            if let Some(then) = found_in(machine, server, document, &text, id) {
                return Ok((record, text, then));
            }
        }
        Err(match sealed {
            true => none("A part of the history was sealed with another key: warder recovery use brings it back."),
            false => none("The history has no text of it that the present approval is of."),
        })
    }
}

/// The server that the client finds in the changed file, if it is what was approved.
fn found_in(machine: &Machine, server: &Server, document: &Document, text: &str, id: &ProfileId) -> Option<Server> {
    let path = machine.files[server.file.0].path.clone();
    let bytes = document.encoding.encode(text).into_owned();
    let instead = Instead { path: path.clone(), bytes, mode: None, profile: None };
    let mut then = Machine::look(machine.env.with(instead));
    let is_it = |other: &Server| other.at == server.at && then.files[other.file.0].path == path;
    let place = then.servers.iter().position(is_it)?;
    let found = &then.servers[place];
    let approved = found.profile_id() == Some(id)
        && found.profile().is_some()
        && differences(&then.env, &then.files[found.file.0], found).is_empty();
    approved.then(|| then.servers.swap_remove(place))
}

fn quoted(title: &str) -> String {
    format!("“{}”", line(title))
}
