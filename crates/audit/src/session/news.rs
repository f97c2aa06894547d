//! What others changed, in words.
//!
//! What was there at the last look is kept in the history, masked as the report
//! shows it; a later look is compared with it. What Warder did itself is known
//! by the history's changes since, and is nobody's news.

mod compare;
mod look;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::Session;
use super::failures::{history, refused};
use super::record::now;
use crate::api::{Failure, News, NewsKind, NewsPage, Report};
use crate::edit::DiffLine;
use crate::finding::Severity;
use crate::store::{Stage, Store, StoreError, Told};
use compare::compare;
use look::Look;

/// Under these names the history keeps what was there last, and when all of it was seen.
const LOOK: &str = "look";
const SEEN: &str = "seen";
/// What Warder did where it could record no change: paths and servers.
const OURS: &str = "ours";

/// One change by others, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Change {
    kind: NewsKind,
    text: String,
    client_name: String,
    shown: Option<String>,
    name: Option<String>,
    server: Option<String>,
    diff: Vec<DiffLine>,
    urgent: bool,
}

/// When the user said that all was seen, and what was there.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Seen {
    /// Unix time, seconds; null: never, and the rest is of the first look.
    at: Option<i64>,
    score: Option<u32>,
    /// Ids and fingerprints of the findings then, and of those that came by the user's own doing.
    findings: BTreeSet<String>,
}

/// What Warder changed since the last look: the path, the server's name (empty: the whole file) and its client's name,
/// since a setting of a server may stand in another file of its client.
pub(super) type Ours = BTreeSet<(String, String, String)>;

impl Session {
    /// Compares the last scan with what was there before, keeps it, and says what differs. While another Warder is
    /// at work, only what is known already is said.
    pub fn news(&mut self) -> Result<NewsPage, Failure> {
        if self.judged.is_none() {
            self.scan();
        }
        match self.try_locked()? {
            Some(_lock) => {
                let store = Store::open(&self.state).map_err(history)?;
                self.compare(&store, true).map_err(history)?;
                self.page(&store)
            }
            None => match Store::look(&self.state).map_err(history)? {
                Some(store) => self.page(&store),
                None => Ok(NewsPage::default()),
            },
        }
    }

    /// The user has seen all of it.
    pub fn seen_news(&mut self) -> Result<NewsPage, Failure> {
        let (store, _lock) = self.opened()?;
        let report = self.seen().report();
        let seen = Seen { at: Some(now()), score: report.machine.score, findings: of_findings(&report) };
        store.see_news().and_then(|()| store.keep(SEEN, &seen)).map_err(history)?;
        self.page(&store)
    }

    /// Tells what others did until now, before Warder itself changes something. Needs the lock. Whether it can be
    /// told or not, the change goes on.
    pub(super) fn tell_others(&mut self, store: &Store) {
        if matches!(store.kept::<Look>(LOOK), Ok(Some(_))) {
            self.scan();
            let _ = self.compare(store, false);
        }
    }

    /// Remembers a change of ours that no record tells of. Needs the lock.
    pub(super) fn mark_ours(&self, path: &str, server: &str, client: &str) {
        let Ok(Some(_)) = Store::look(&self.state) else { return };
        let Ok(store) = Store::open(&self.state) else { return };
        let mut ours: Ours = store.kept(OURS).ok().flatten().unwrap_or_default();
        ours.insert((self.told(path), self.told(server), client.to_owned()));
        let _ = store.keep(OURS, &ours);
    }

    /// When each finding of a key in plain text was first seen, by its id; nothing where nobody looked before.
    pub(super) fn first_seen(&self) -> BTreeMap<String, String> {
        let look = Store::look(&self.state).ok().flatten().and_then(|store| store.kept::<Look>(LOOK).ok().flatten());
        look.unwrap_or_default().keys.into_iter().map(|(id, at)| (id, written(at))).collect()
    }

    fn try_locked(&self) -> Result<Option<std::fs::File>, Failure> {
        let cannot = |error: std::io::Error| refused(format!("cannot lock {}: {error}", self.state.dir().display()));
        self.state.create().map_err(cannot)?;
        let file = std::fs::File::create(self.state.dir().join("lock")).map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(cannot(error)),
        }
    }

    /// `begin`: also where nothing was kept yet.
    fn compare(&mut self, store: &Store, begin: bool) -> Result<(), StoreError> {
        let known = &self.seen().known;
        store.rewrite(|text| known.hide(text))?;
        // A single file that was asked for says nothing of what was there.
        if self.env.only.is_some() {
            return Ok(());
        }
        let before: Option<Look> = store.kept(LOOK)?;
        if before.is_none() && !begin {
            return Ok(());
        }
        // Another Warder may have looked since this one did.
        if before.as_ref().is_some_and(|before| before.at > self.looked) {
            self.scan();
        }
        let changes: BTreeMap<String, String> =
            store.list()?.into_iter().map(|record| (record.id.clone(), format!("{:?}", record.stage))).collect();
        let accepted = crate::id::short_hash(&[&format!("{:?}", Store::accepted(&self.state))]);
        let looked_at = self.looked;
        let judged = self.judged.as_ref().expect("there was a scan");
        let report = judged.report();
        let mut look = Look::of(judged, &report, looked_at);
        look.changes = changes;
        look.accepted = accepted;
        let Some(before) = before else {
            let first = Seen { findings: of_findings(&report), ..Seen::default() };
            store.keep(SEEN, &first)?;
            return store.tell::<Change, _>(now(), &[], (LOOK, &look));
        };
        look.follow(&before, now());
        let mut ours: Ours = store.kept(OURS)?.unwrap_or_default();
        for record in store.list()? {
            let stage = format!("{:?}", record.stage);
            let known = before.changes.get(&record.id) == Some(&stage);
            if !known || matches!(record.stage, Stage::Intended | Stage::Undoing) {
                let client = crate::clients::client(&record.client).map_or("", |client| client.name);
                let path = self.told(&record.path.to_string_lossy());
                ours.insert((path, self.told(&record.server), client.to_owned()));
            }
        }
        let told = compare(&before, &look, &ours);
        self.absorb(store, (&before, &look), &report, &ours)?;
        // Nothing is written at each look for nothing: every write waits for the disk.
        if !told.is_empty() || !look.is_as(&before) {
            store.tell(now(), &told, (LOOK, &look))?;
        }
        if ours.is_empty() { Ok(()) } else { store.keep(OURS, &Ours::new()) }
    }

    /// A name or a path as the report shows it.
    fn told(&self, name: &str) -> String {
        self.judged.as_ref().map_or_else(String::new, |judged| judged.line(name))
    }

    /// Findings that came by the user's own doing are no news: of files that Warder changed, and of those that it
    /// did not look at before.
    fn absorb(
        &self,
        store: &Store,
        (before, look): (&Look, &Look),
        report: &Report,
        ours: &Ours,
    ) -> Result<(), StoreError> {
        let is_own = |file: &str| {
            let found = look.files.values().find(|found| found.id == file);
            found.is_none_or(|found| !before.covers(found) || ours.iter().any(|(one, ..)| *one == found.path))
        };
        let mut seen: Seen = store.kept(SEEN)?.unwrap_or_default();
        let new = report.findings.iter().filter(|finding| !before.findings.contains(&finding.id));
        let known = seen.findings.len();
        for finding in new.filter(|finding| finding.file.as_deref().is_some_and(is_own)) {
            seen.findings.extend([finding.id.clone(), finding.fingerprint.clone()]);
        }
        if seen.findings.len() == known { Ok(()) } else { store.keep(SEEN, &seen) }
    }

    fn page(&self, store: &Store) -> Result<NewsPage, Failure> {
        let judged = self.judged.as_ref().expect("there was a scan");
        let report = judged.report();
        // What is kept may be of a time when nobody knew that a word of it is a key.
        let hidden = |text: String| judged.known.hide(&text).into_owned();
        let seen: Seen = store.kept(SEEN).map_err(history)?.unwrap_or_default();
        let look: Look = store.kept(LOOK).map_err(history)?.unwrap_or_default();
        let open = || report.findings.iter().filter(|finding| finding.accepted.is_none());
        let mut worst: BTreeMap<&str, Severity> = BTreeMap::new();
        for finding in open() {
            for server in finding.server.iter().chain(&finding.also) {
                let slot = worst.entry(server).or_insert(finding.severity);
                *slot = finding.severity.max(*slot);
            }
        }
        let there = |id: &String| report.servers.iter().any(|server| server.id == *id);
        let news = store.news::<Change>().map_err(history)?.into_iter().map(|Told { number, at, seen, what }| {
            let server = what.server.filter(there);
            News {
                id: number.to_string(),
                at: written(at),
                kind: what.kind,
                text: hidden(what.text),
                client_name: what.client_name,
                shown: what.shown.map(hidden),
                name: what.name.map(hidden),
                severity: server.as_deref().and_then(|server| worst.get(server).copied()),
                server,
                diff: what.diff.into_iter().map(|line| DiffLine { text: hidden(line.text), ..line }).collect(),
                seen,
                urgent: what.urgent,
            }
        });
        let is_new =
            |id: &String, fingerprint: &String| !seen.findings.contains(id) && !seen.findings.contains(fingerprint);
        Ok(NewsPage {
            news: news.collect(),
            since: seen.at.map(written),
            score: seen.at.and(seen.score),
            findings: open()
                .filter(|finding| is_new(&finding.id, &finding.fingerprint))
                .map(|finding| finding.id.clone())
                .collect(),
            clear: look.clear.map(written),
        })
    }
}

fn of_findings(report: &Report) -> BTreeSet<String> {
    report.findings.iter().flat_map(|finding| [finding.id.clone(), finding.fingerprint.clone()]).collect()
}

/// RFC 3339, UTC.
pub(super) fn written(at: i64) -> String {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(at.unsigned_abs());
    humantime::format_rfc3339_seconds(at).to_string()
}
