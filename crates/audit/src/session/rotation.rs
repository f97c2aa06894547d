//! Keys that have stood in plain text, until the user has replaced them at their providers.

use std::collections::BTreeSet;

use warder_launch::vault::{Handle, Secret};

use super::Session;
use super::failures::{history, keychain, refused, unknown};
use super::residue::gained;
use crate::api::{Failure, Reminder};
use crate::document::Document;
use crate::facts::{FileFacts, Git};
use crate::finding::Act;
use crate::id::short_hash;
use crate::machine::{FoundFile, Machine};
use crate::redact::{escape, line};
use crate::secret::{self, Verdict, judge};
use crate::server::{Server, Transport};
use crate::store::{Moved, Record, Store, Way};

/// What a key is called where nothing more is known of it.
const UNKNOWN: &str = "a key or password";

/// The key that a fix is about, as it stands in its file.
pub(super) fn subject(document: &Document, act: &Act) -> Option<(String, Secret)> {
    let Act::Keychain { at, range, .. } = act else { return None };
    let value = document.get(at)?.as_str()?.get(range.clone())?;
    let name = at.0.iter().rev().find_map(|key| match key {
        crate::document::Key::Name(name) => Some(name.clone()),
        crate::document::Key::Index(_) => None,
    });
    Some((name.unwrap_or_default(), Secret::new(value)))
}

impl Session {
    /// Every key that should be replaced: those that were moved, then those that
    /// a repository or a sync has. Needs no keychain.
    pub fn reminders(&mut self) -> Result<Vec<Reminder>, Failure> {
        let store = match Store::exists(&self.state) {
            true => Some(Store::open(&self.state).map_err(history)?),
            false => None,
        };
        let in_use: BTreeSet<String> = self
            .profiles()
            .flat_map(|profile| profile.handles().map(|one| one.as_str().to_owned()).collect::<Vec<_>>())
            .collect();
        let mut all = Vec::new();
        for moved in store.iter().map(Store::moved).collect::<Result<Vec<_>, _>>().map_err(history)?.concat() {
            let shown = line(&self.env.shown(&moved.path));
            let named = in_use.contains(&moved.item);
            all.push(reminder(
                &short_hash(&["moved", &moved.item]),
                &moved.name,
                &moved.kind,
                moved.provider,
                format!("It stood in plain text in {shown}."),
                match named {
                    true => "Then paste the new key here: everything that uses the old one gets it.".to_owned(),
                    false => format!("Then give its client the new key where {shown} asks for it."),
                },
                moved.done,
            ));
            if named {
                all.last_mut().expect("just pushed").item = Some(escape(&moved.item));
            }
        }
        for one in exposed(&self.seen().machine) {
            let done = store.as_ref().map_or(Ok(false), |store| store.is_rotated(&one.id)).map_err(history)?;
            all.push(Reminder { done, ..one });
        }
        Ok(all)
    }

    /// Remembers that the user has replaced a key, or has not after all.
    pub fn rotated(&mut self, reminder: &str, done: bool) -> Result<(), Failure> {
        self.reminders()?.iter().find(|one| one.id == reminder).ok_or_else(|| unknown("reminder"))?;
        let (store, _lock) = self.opened()?;
        let moved = store.moved().map_err(history)?;
        let item = moved.iter().map(|moved| &moved.item).find(|item| short_hash(&["moved", item]) == reminder);
        store.rotate(item.map_or(reminder, String::as_str), done).map_err(history)
    }

    /// Opens the page where a provider lets its users replace keys.
    pub fn open_page(&mut self, reminder: &str) -> Result<(), Failure> {
        let all = self.reminders()?;
        let one = all.iter().find(|one| one.id == reminder).ok_or_else(|| unknown("reminder"))?;
        let none = || refused(format!("it is not known where {} is replaced", one.key));
        // Of our own table only: no text of a config becomes an address.
        let page = one.provider.as_deref().and_then(secret::page).filter(|page| page.starts_with("https://"));
        let page = page.ok_or_else(none)?;
        open::that_detached(page).map_err(|error| Failure {
            hint: Some(format!("Open {page} yourself.")),
            ..refused(format!("the browser could not be started: {error}"))
        })
    }

    /// Remembers the keys that a change is about to move. `stash`: those that go into the
    /// keychain now; `subject`: what its fix is about, where the client keeps the key itself.
    pub(super) fn remind(
        &self,
        store: &Store,
        record: &Record,
        way: &Way,
        stash: &[(Handle, Secret)],
        subject: Option<(String, Secret)>,
    ) -> Result<(), Failure> {
        let moved = |item: &str, name: &str, value: Option<&str>| {
            let verdict = value.and_then(|value| judge(name, value));
            let (kind, provider) = told(verdict);
            let (item, name) = (item.to_owned(), line(name));
            Moved { item, name, kind, provider, path: record.path.clone(), done: false, at: record.at }
        };
        let gained = gained(way);
        for handle in &gained {
            let stashed = stash.iter().find(|(stashed, _)| stashed == handle).map(|(_, value)| value);
            let kept = match stashed {
                Some(_) => None,
                None => self.vault.get(handle).map_err(|error| keychain(&error))?,
            };
            let value = stashed.or(kept.as_ref()).map(Secret::expose);
            store.remind(&record.id, &moved(handle.as_str(), handle.label(), value)).map_err(history)?;
        }
        if let (true, Some((name, value))) = (gained.is_empty(), subject) {
            store.remind(&record.id, &moved(&record.id, &name, Some(value.expose()))).map_err(history)?;
        }
        Ok(())
    }
}

fn told(verdict: Option<Verdict>) -> (String, Option<String>) {
    match verdict {
        Some(verdict) => (verdict.kind, verdict.provider.map(str::to_owned)),
        None => (UNKNOWN.to_owned(), None),
    }
}

fn reminder(
    id: &str,
    name: &str,
    kind: &str,
    provider: Option<String>,
    why: String,
    then: String,
    done: bool,
) -> Reminder {
    let page = provider.as_deref().and_then(secret::page).map(str::to_owned);
    Reminder { id: id.to_owned(), key: line(name), kind: line(kind), provider, page, why, then, done, item: None }
}

/// The keys in files that a repository or a sync already has.
fn exposed(machine: &Machine) -> Vec<Reminder> {
    let mut all: Vec<Reminder> = Vec::new();
    for server in &machine.servers {
        let file = &machine.files[server.file.0];
        let Some(how) = machine.facts.file(server.file).and_then(|facts| how(facts, file)) else { continue };
        for (name, verdict) in keys(server) {
            let id = short_hash(&["exposed", &server.id, &name]);
            let (kind, provider) = told(Some(verdict));
            let then = "Then move the new key to the keychain, so that it does not get there too.".to_owned();
            if all.iter().all(|one| one.id != id) {
                all.push(reminder(&id, &name, &kind, provider, how.clone(), then, false));
            }
        }
    }
    all
}

/// How others already have a file; `None` when they do not.
fn how(facts: &FileFacts, file: &FoundFile) -> Option<String> {
    if facts.git == Some(Git::Tracked) {
        return Some(format!("It stands in {}, which is in a git repository.", line(&file.shown)));
    }
    let service = facts.synced.as_deref().filter(|service| !service.is_empty())?;
    Some(format!("It stands in {}, which {} copies to other computers.", line(&file.shown), line(service)))
}

/// The names of the keys in an entry, and what they are.
fn keys(server: &Server) -> Vec<(String, Verdict)> {
    let mut pairs: Vec<_> = server.env.iter().collect();
    let mut texts: Vec<&str> = Vec::new();
    match &server.transport {
        Transport::Stdio(command) => texts.extend(command.words().iter().map(|word| word.value.as_str())),
        Transport::Http { url, headers, .. } => {
            texts.push(&url.value);
            pairs.extend(headers);
        }
        Transport::Unknown => {}
    }
    let of_pairs =
        pairs.into_iter().filter_map(|pair| Some((pair.name.clone(), judge(&pair.name, &pair.value.value)?)));
    let of_texts = texts.into_iter().flat_map(secret::find).map(|found| (found.verdict.kind.clone(), found.verdict));
    of_pairs.chain(of_texts).collect()
}
