//! What others changed, in words.
//!
//! What was there at the last look is kept in the history, masked as the report
//! shows it; a later look is compared with it. What Warder does itself is nobody's
//! news: directly before a change of ours others' are told, and directly after it
//! that look is kept, so that nothing later can pass for ours.

mod compare;
mod look;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::Session;
use super::failures::{history, refused};
use super::record::now;
use crate::api::{Failure, Finding, News, NewsKind, NewsPage, Report, Unread};
use crate::document::Stamp;
use crate::edit::DiffLine;
use crate::finding::Severity;
use crate::store::{Record, Store, StoreError, Told, Way};
use compare::{Ours, compare};
use look::Look;

/// Under these names the history keeps what was there last, and when all of it was seen.
const LOOK: &str = "look";
const SEEN: &str = "seen";

/// The servers of one unreadable file that are named; more are only counted.
const MOST_NAMED: usize = 20;

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

/// Why looks are compared.
#[derive(Clone, Copy)]
enum Cause<'a> {
    /// Somebody looks.
    Look,
    /// Warder changed something, and wrote no config.
    Change,
    /// Warder wrote a config.
    Wrote(&'a Wrote<'a>),
}

impl<'a> Cause<'a> {
    fn wrote(self) -> Option<&'a Wrote<'a>> {
        if let Cause::Wrote(wrote) = self { Some(wrote) } else { None }
    }
}

/// What Warder has just written.
pub(super) struct Wrote<'a> {
    path: &'a Path,
    server: &'a str,
    /// The entry as it was written.
    entry: &'a str,
    /// The file before and after.
    from: Stamp,
    to: Stamp,
}

impl<'a> Wrote<'a> {
    pub(super) fn of(record: &'a Record, way: &'a Way) -> Wrote<'a> {
        let stamp = |text: &str| Stamp::of(&way.encoding.encode(text));
        Wrote {
            path: &record.path,
            server: &record.server,
            entry: &way.entry_after,
            from: stamp(&way.before),
            to: stamp(&way.after),
        }
    }

    /// A change taken back: `text` became `back`.
    pub(super) fn back(record: &'a Record, way: &'a Way, text: &str, back: &str) -> Wrote<'a> {
        let stamp = |text: &str| Stamp::of(&way.encoding.encode(text));
        Wrote { entry: &way.entry_before, from: stamp(text), to: stamp(back), ..Wrote::of(record, way) }
    }
}

impl Session {
    /// The user has seen these changes, by their ids, and with them what was found on their servers; other findings
    /// that are new stay so.
    pub fn seen_changes(&mut self, changes: &[String]) -> Result<NewsPage, Failure> {
        let (store, _lock) = self.opened()?;
        let report = self.seen().report();
        let numbers: Vec<i64> = changes.iter().filter_map(|id| id.parse().ok()).collect();
        let told = store.news::<Change>().map_err(history)?.into_iter();
        let servers: BTreeSet<String> =
            told.filter(|told| numbers.contains(&told.number)).filter_map(|told| told.what.server).collect();
        let mut seen: Seen = store.kept(SEEN).map_err(history)?.unwrap_or_default();
        for finding in report.findings.iter().filter(|one| one.server.iter().any(|one| servers.contains(one))) {
            seen.findings.extend([finding.id.clone(), finding.fingerprint.clone()]);
        }
        store.see(&numbers).and_then(|()| store.keep(SEEN, &seen)).map_err(history)?;
        self.page(&store, &report)
    }

    /// Compares the last scan with what was there before, keeps it, and says what differs. While another Warder is
    /// at work, only what is known already is said.
    pub fn news(&mut self) -> Result<NewsPage, Failure> {
        if self.judged.is_none() {
            self.scan();
        }
        match self.try_locked()? {
            Some(_lock) => {
                let store = Store::open(&self.state).map_err(history)?;
                let report = self.compare(&store, true, Cause::Look).map_err(history)?;
                let report = report.unwrap_or_else(|| self.seen().report());
                self.page(&store, &report)
            }
            None => match Store::look(&self.state).map_err(history)? {
                Some(store) => {
                    let report = self.seen().report();
                    self.page(&store, &report)
                }
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
        self.page(&store, &report)
    }

    /// Tells what others did until now, before Warder itself changes something. Needs the lock. Whether it can be
    /// told or not, the change goes on.
    pub(super) fn tell_others(&mut self, store: &Store) {
        self.stood.clear();
        if self.has_looked(store) {
            self.whole(|all| {
                all.scan();
                // What could not be told is compared again after the change.
                if all.compare(store, false, Cause::Look).is_ok() {
                    all.stood = all.stamps();
                }
            });
        }
    }

    /// Looks again, directly after a change of ours and still under its lock, and keeps that as what was there: from
    /// now on whatever differs is others' doing. `wrote`: nothing where no file was written.
    pub(super) fn look_again(&mut self, store: &Store, wrote: Option<&Wrote>) {
        if !self.has_looked(store) {
            self.scan();
            return;
        }
        self.whole(|all| {
            all.scan();
            let _ = all.compare(store, false, wrote.map_or(Cause::Change, Cause::Wrote));
        });
    }

    fn has_looked(&self, store: &Store) -> bool {
        matches!(store.kept::<Look>(LOOK), Ok(Some(_)))
    }

    /// A single file that was asked for says nothing of what was there: others are told of by a look at all.
    fn whole(&mut self, look: impl FnOnce(&mut Session)) {
        let only = self.own.only.take();
        look(self);
        if only.is_some() {
            self.own.only = only;
            self.scan();
        }
    }

    /// The history, where there is one; made by nobody who only wants to tell.
    pub(super) fn existing(&self) -> Option<Store> {
        Store::look(&self.state).ok().flatten()?;
        Store::open(&self.state).ok()
    }

    /// Every config file that can be read, and what it says.
    fn stamps(&self) -> BTreeMap<PathBuf, Option<Stamp>> {
        let machine = &self.judged.as_ref().expect("there was a scan").machine;
        let stamp = |file| machine.document(file).map(|document| document.stamp.clone());
        let files = machine.files.iter().enumerate();
        files.map(|(nth, file)| (file.path.clone(), stamp(crate::finding::FileIndex(nth)))).collect()
    }

    /// What of all that differs since others were told of is Warder's own.
    fn of_ours(&self, wrote: &Wrote) -> Ours {
        let now = self.stamps();
        let is_it = |path: &Path| {
            path == wrote.path || path.canonicalize().is_ok_and(|path| wrote.path.canonicalize().ok() == Some(path))
        };
        let same = |(path, stamp): (&PathBuf, &Option<Stamp>)| {
            let was = self.stood.get(path);
            was == Some(stamp)
                || was == Some(&Some(wrote.from.clone())) && stamp.as_ref() == Some(&wrote.to) && is_it(path)
        };
        // No file says anything that Warder did not write: then every difference comes of that.
        if now.len() == self.stood.len() && now.iter().all(same) {
            return Ours { all: true, servers: BTreeSet::new() };
        }
        let machine = &self.judged.as_ref().expect("there was a scan").machine;
        let own = machine.servers.iter().filter(|server| {
            let text = machine.document(server.file).and_then(|document| document.text.get(server.span.clone()));
            server.name == wrote.server && is_it(&machine.files[server.file.0].path) && text == Some(wrote.entry)
        });
        Ours { all: false, servers: own.map(|server| server.id.clone()).collect() }
    }

    /// The entries of changes that were cut off before Warder looked again; each once.
    fn of_crash(&self, store: &Store, before: &Look, look: &Look) -> Result<Ours, StoreError> {
        let mut servers = BTreeSet::new();
        for record in store.list()? {
            if before.changes.get(&record.id) == Some(&format!("{:?}", record.stage)) {
                continue;
            }
            let (path, name) = (self.told(&record.path.to_string_lossy()), self.told(&record.server));
            let all = before.servers.values().chain(look.servers.values());
            servers.extend(all.filter(|one| one.file == path && one.name == name).map(|one| one.id.clone()));
        }
        Ok(Ours { all: false, servers })
    }

    /// When each finding of a key in plain text was first seen, by its id; nothing where nobody looked before.
    pub(super) fn first_seen(&self) -> BTreeMap<String, String> {
        let look = Store::look(&self.state).ok().flatten().and_then(|store| store.kept::<Look>(LOOK).ok().flatten());
        look.unwrap_or_default().keys.into_iter().map(|(id, at)| (id, written(at))).collect()
    }

    fn try_locked(&self) -> Result<Option<std::fs::File>, Failure> {
        let cannot = |error: std::io::Error| refused(format!("cannot lock {}: {error}", self.state.dir().display()));
        self.state.create().map_err(cannot)?;
        let file = self.state.open_lock().map_err(cannot)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(std::fs::TryLockError::WouldBlock) => Ok(None),
            Err(std::fs::TryLockError::Error(error)) => Err(cannot(error)),
        }
    }

    /// `begin`: also where nothing was kept yet. The report of the last scan, where it was made for this.
    fn compare(&mut self, store: &Store, begin: bool, cause: Cause) -> Result<Option<Report>, StoreError> {
        // A single file that was asked for says nothing of what was there.
        if self.env.only.is_some() {
            return Ok(None);
        }
        let known = &self.seen().known;
        store.rewrite(|text| known.hide(text))?;
        let before: Option<Look> = store.kept(LOOK)?;
        if before.is_none() && !begin {
            return Ok(None);
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
            store.tell::<Change, _>(now(), &[], (LOOK, &look))?;
            return Ok(Some(report));
        };
        look.follow(&before, now());
        let ours = match cause {
            Cause::Look => self.of_crash(store, &before, &look)?,
            Cause::Change => Ours::default(),
            Cause::Wrote(wrote) => self.of_ours(wrote),
        };
        let told = compare(&before, &look, &ours);
        let path = cause.wrote().map(|wrote| self.told(&wrote.path.to_string_lossy()));
        self.absorb(store, (&before, &look), &report, (&ours, path.as_deref()))?;
        // Nothing is written at each look for nothing: every write waits for the disk.
        if !told.is_empty() || !look.is_as(&before) {
            store.tell(now(), &told, (LOOK, &look))?;
        }
        Ok(Some(report))
    }

    /// A name or a path as the report shows it.
    fn told(&self, name: &str) -> String {
        self.judged.as_ref().map_or_else(String::new, |judged| judged.line(name))
    }

    /// Findings that came by the user's own doing are no news: of what Warder changed, and of files that it did not
    /// look at before. `path`: of the file that Warder wrote.
    fn absorb(
        &self,
        store: &Store,
        (before, look): (&Look, &Look),
        report: &Report,
        (ours, path): (&Ours, Option<&str>),
    ) -> Result<(), StoreError> {
        let is_own = |finding: &Finding| {
            let of = |file: &str| look.files.values().find(|found| found.id == file);
            let found = finding.file.as_deref().map(of);
            found.is_some_and(|found| {
                found.is_none_or(|found| !before.covers(found) || ours.all && path == Some(found.path.as_str()))
            }) || finding.server.as_ref().is_some_and(|server| ours.servers.contains(server))
        };
        let mut seen: Seen = store.kept(SEEN)?.unwrap_or_default();
        let new = report.findings.iter().filter(|finding| !before.findings.contains(&finding.id));
        let known = seen.findings.len();
        for finding in new.filter(|finding| is_own(finding)) {
            seen.findings.extend([finding.id.clone(), finding.fingerprint.clone()]);
        }
        if seen.findings.len() == known { Ok(()) } else { store.keep(SEEN, &seen) }
    }

    fn page(&self, store: &Store, report: &Report) -> Result<NewsPage, Failure> {
        let judged = self.judged.as_ref().expect("there was a scan");
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
            unread: report
                .files
                .iter()
                .filter(|file| file.state.is_unread())
                .filter_map(|file| {
                    let servers: Vec<&str> = look.unread(&file.path).map(|was| was.name.as_str()).collect();
                    let first = servers.iter().take(MOST_NAMED).map(|name| hidden((*name).to_owned()));
                    (!servers.is_empty()).then(|| Unread {
                        file: file.id.clone(),
                        servers: first.collect(),
                        count: servers.len(),
                    })
                })
                .collect(),
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
