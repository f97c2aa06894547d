//! Every credential, each once: those in plain text with all their places, and
//! those in the keychain with all that get them.
//!
//! Values are compared in memory and dropped; none is in the answer. A keychain
//! that is locked is not waited for: what it holds is told by the profiles.

use std::collections::{BTreeMap, HashMap};

use warder_launch::vault::{Handle, VaultError};

use super::Session;
use super::news::written;
use crate::api::{Credential, CredentialPlace, CredentialUse, Failure, Key, KeyUse, KeychainState, Reminder, Secrets};
use crate::finding::{Finding, Safety};
use crate::id::short_hash;
use crate::redact::{escape, line};
use crate::rules::credentials::plain::{PLAIN, Plain, plain};
use crate::store::{Moved, Store};

/// Shorter values may be equal by chance.
const SHORTEST: usize = 8;

impl Session {
    /// Every credential that was found or moved; never a value. Does not wait for a locked keychain.
    pub fn secrets(&mut self) -> Result<Secrets, Failure> {
        self.scan();
        let keychain = match self.vault.look() {
            Ok(_) => KeychainState::Open,
            Err(VaultError::Locked) => KeychainState::Locked,
            Err(_) => KeychainState::Missing,
        };
        let reminders: HashMap<String, Reminder> =
            self.reminders().unwrap_or_default().into_iter().map(|one| (one.id.clone(), one)).collect();
        let mut credentials = self.in_plain_text(&reminders);
        credentials.extend(self.in_the_keychain(keychain, &reminders)?);
        credentials.sort_by_cached_key(|one| (one.place != CredentialPlace::Plain, one.label.to_lowercase()));
        Ok(Secrets { credentials, keychain })
    }

    fn in_plain_text(&self, reminders: &HashMap<String, Reminder>) -> Vec<Credential> {
        let judged = self.judged.as_ref().expect("just scanned");
        let machine = &judged.machine;
        let first_seen = self.first_seen();
        let mut all: Vec<Credential> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        plain(machine, &mut |one: Plain| {
            let server = one.server.map(|index| &machine.servers[index.0]);
            // The rules that find a key itself; the fix that moves it is theirs.
            let findings: Vec<_> = judged
                .findings
                .iter()
                .filter(|finding| finding.server == one.server && finding.place.at == one.at)
                .filter(|finding| PLAIN.contains(&finding.rule))
                .collect();
            let moves = |finding: &&&Finding| finding.fixes.iter().any(|fix| fix.safety != Safety::Manual);
            let finding = findings.iter().find(moves).map(|finding| finding.id.clone());
            let since = findings.iter().find_map(|finding| first_seen.get(&finding.id)).cloned();
            let name = one.name.as_deref().map(|name| judged.line(name));
            let of_name = one.name.clone().unwrap_or_else(|| one.kind.to_owned());
            let reminder = server.map(|server| short_hash(&["exposed", &server.id, &of_name]));
            let reminder = reminder.and_then(|id| reminders.get(&id)).cloned();
            let place = CredentialUse {
                server: server.map(|server| server.id.clone()),
                name: server.map_or_else(|| "no server".to_owned(), |server| judged.line(&server.name)),
                client_name: server.map_or_else(String::new, |server| server.client.name.to_owned()),
                shown: Some(judged.line(one.shown)),
                unread: None,
                line: one.line,
                used_as: judged.line(&one.used_as),
                finding: finding.clone(),
            };
            let same = (!one.is_common && one.value.len() >= SHORTEST).then(|| known.get(one.value).copied()).flatten();
            if let Some(index) = same {
                let credential = &mut all[index];
                credential.uses.push(place);
                credential.finding = credential.finding.take().or(finding);
                credential.reminder = credential.reminder.take().or(reminder);
                credential.since = [credential.since.take(), since].into_iter().flatten().min();
                return;
            }
            known.insert(one.value.to_owned(), all.len());
            let at = one.at.to_string();
            let line = one.line.unwrap_or_default().to_string();
            let owner = server.map_or("", |server| server.id.as_str());
            all.push(Credential {
                id: short_hash(&["plain", owner, one.shown, &judged.line(&at), &line, &one.used_as]),
                label: name.unwrap_or_else(|| noun(one.kind)),
                kind: Some(line_of(one.kind)),
                place: CredentialPlace::Plain,
                uses: vec![place],
                since,
                finding,
                reminder,
                item: None,
                orphan: false,
            });
        });
        all
    }

    fn in_the_keychain(
        &mut self,
        keychain: KeychainState,
        reminders: &HashMap<String, Reminder>,
    ) -> Result<Vec<Credential>, Failure> {
        let store = Store::look(&self.state).ok().flatten();
        let moved: BTreeMap<String, Moved> = store
            .and_then(|store| store.moved().ok())
            .unwrap_or_default()
            .into_iter()
            .map(|moved| (moved.item.clone(), moved))
            .collect();
        let orphans: Vec<Key> = match keychain {
            // Only an open one says what it holds that nothing uses.
            KeychainState::Open => self.keys().unwrap_or_default().into_iter().filter(|key| key.orphan).collect(),
            KeychainState::Locked | KeychainState::Missing => Vec::new(),
        };
        let of = |id: &str, label: String, uses: Vec<KeyUse>, since: Option<String>| {
            let moved = moved.get(id);
            let place = |one: KeyUse| CredentialUse {
                server: one.server,
                name: one.name,
                client_name: one.client_name,
                shown: one.shown,
                unread: one.unread,
                line: None,
                used_as: one.used_as,
                finding: None,
            };
            Credential {
                id: short_hash(&["keychain", id]),
                label,
                kind: moved.map(|moved| line_of(&moved.kind)),
                place: CredentialPlace::Keychain,
                orphan: uses.is_empty(),
                uses: uses.into_iter().map(place).collect(),
                since: since.or_else(|| moved.map(|moved| written(moved.at))),
                finding: None,
                reminder: reminders.get(&short_hash(&["moved", id])).cloned(),
                item: Some(escape(id)),
            }
        };
        let used = self.used().into_iter();
        let used = used.map(|(handle, uses): (Handle, _)| of(handle.as_str(), escape(handle.label()), uses, None));
        let mut all: Vec<Credential> = used.collect();
        all.extend(orphans.into_iter().map(|key| of(&key.id, key.label, Vec::new(), key.since)));
        Ok(all)
    }
}

/// `a GitHub token` -> `GitHub token`.
fn noun(kind: &str) -> String {
    let kind = kind.strip_prefix("a ").or_else(|| kind.strip_prefix("an ")).unwrap_or(kind);
    line_of(kind)
}

fn line_of(text: &str) -> String {
    line(text)
}
