//! Learning what a fenced server needs: one start that is watched, and what
//! could be allowed after it.
//!
//! Nothing is allowed here; the rows are choices of a change of permissions,
//! which is shown and agreed to like any other. What a server tries is its own
//! choice, so a row says what it did, never that it needs it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use warder_launch::permit::{self, Permit};
use warder_launch::profile::Profile;
use warder_launch::refused::{self as refusals, RefusedHost};
use warder_launch::sandbox::{Engine, Network, Sandbox, is_run_by_others, is_too_broad};
use warder_launch::state::State;
use warder_launch::tried::{self, Tried, TriedPath};
use warder_launch::wrap::Wrapped;

use super::Session;
use super::check;
use super::failures::refused;
use super::steps::stopped;
use crate::api::{Call, Failure, Learned, LearnedTool, ProposedFolder, ProposedHost};
use crate::count::counted;
use crate::env::Env;
use crate::redact::line;
use crate::verify::{self, GoesOn, PATIENCE, Start, Talked, VerifyError};

/// More files of one folder than this are that folder.
const MOST_FILES: usize = 3;

/// More rows than this are no choice any more.
const MOST_ROWS: usize = 40;

/// The specification says 128.
const LONGEST_NAME: usize = 128;

/// A second look at a server that did not answer is no longer than this.
pub(super) const SHORT_PATIENCE: Duration = Duration::from_secs(15);

/// What one watched start came to.
pub(super) struct Watched {
    pub(super) talked: Result<Talked, VerifyError>,
    files: Option<Tried>,
    hosts: Vec<RefusedHost>,
}

/// Folders and files that could be allowed, and what cannot.
#[derive(Default)]
struct Sorted {
    rows: Vec<Row>,
    warnings: Vec<String>,
}

struct Row {
    path: PathBuf,
    write: bool,
    times: u64,
    /// That many files in it, where it stands for them.
    files: usize,
}

impl Session {
    /// Starts a fenced server once, watched, with the tools called that are named. Only after a yes to this command.
    pub(super) fn learn(&mut self, server: &str, calls: &[Call]) -> Result<Learned, Failure> {
        self.scan();
        let (index, profile, sandbox) = self.fenced(server)?;
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let found = &machine.servers[index.0];
        let name = line(&found.name);
        let start = check::start(&machine.env, &machine.files[found.file.0], found).and_then(learning);
        let start = start.ok_or_else(|| refused(format!("the server {name} is not started by Warder's launcher")))?;
        let words = format!("Starting {name} in its sandbox, watched");
        self.step(&words)?;
        let watched = watch(&self.state, profile, &start, PATIENCE, calls, &self.asking(words));
        if matches!(watched.talked, Err(VerifyError::Stopped)) {
            return Err(stopped());
        }
        let sorted = watched.sorted(&machine.env, sandbox);
        let told = told(&machine.env, server, sandbox, &watched, sorted, calls);
        if watched.talked.is_ok_and(|talked| talked.only_reads) {
            self.only_read.insert(server.to_owned());
        }
        Ok(told)
    }

    /// What a changed entry was refused while it did not start as before: in words, where it was anything, and as
    /// choices. `None` where it cannot be watched.
    pub(super) fn missing(
        &self,
        profile: &Profile,
        server: &str,
        start: Start,
        words: String,
    ) -> Option<(Option<String>, Learned)> {
        let sandbox = profile.sandbox.as_ref()?;
        let watched = watch(&self.state, profile, &learning(start)?, SHORT_PATIENCE, &[], &self.asking(words));
        let sorted = watched.sorted(&self.env, sandbox);
        let shown = |path: &Path| line(&self.env.shown(path));
        let files = sorted.rows.iter().map(|row| match row.write {
            true => format!("writing in {}", shown(&row.path)),
            false => format!("reading {}", shown(&row.path)),
        });
        let all: Vec<String> = files.chain(watched.hosts.iter().map(host_text)).collect();
        let named = all.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        let said = match all.len() {
            0 => sorted.warnings.first().cloned(),
            1..=3 => Some(format!("It was refused {named}: allow that, and try again.")),
            more => Some(format!("It was refused {named} and {} more: allow what it needs, and try again.", more - 3)),
        };
        Some((said, told(&self.env, server, sandbox, &watched, sorted, &[])))
    }
}

/// The same start with the word that has it watched; `None` where the launcher is not started.
fn learning(start: Start) -> Option<Start> {
    let args = Wrapped::parse(&start.args)?.learning();
    Some(Start { args, ..start })
}

fn watch(
    state: &State,
    profile: &Profile,
    start: &Start,
    patience: Duration,
    calls: &[Call],
    goes_on: GoesOn<'_>,
) -> Watched {
    // What cannot be forgotten is written over.
    let _ = tried::forget(state, &profile.id);
    let counted = || refusals::read(state, &profile.id).unwrap_or_default();
    let before: BTreeMap<(String, u16), u64> =
        counted().into_iter().map(|one| ((one.host, one.port), one.times)).collect();
    let talked = Permit::write(state, &profile.id).map_err(VerifyError::Start).and_then(|permit| {
        let mut start = start.clone();
        start.env.insert(permit::VARIABLE.to_owned(), permit.words().to_owned());
        verify::talk(&start, patience, calls, goes_on)
    });
    let hosts = counted().into_iter().filter_map(|one| {
        let times = one.times - before.get(&(one.host.clone(), one.port)).copied().unwrap_or(0).min(one.times);
        (times > 0).then_some(RefusedHost { times, ..one })
    });
    Watched { talked, hosts: hosts.collect(), files: tried::read(state, &profile.id).ok().flatten() }
}

impl Watched {
    fn sorted(&self, env: &Env, sandbox: &Sandbox) -> Sorted {
        sorted(env, sandbox, self.files.as_ref().map_or(&[], |files| &files.paths))
    }
}

fn told(env: &Env, server: &str, sandbox: &Sandbox, watched: &Watched, sorted: Sorted, calls: &[Call]) -> Learned {
    let outcome = match &watched.talked {
        Ok(talked) => {
            let failed = talked.failed.iter().map(|tool| line(tool)).collect::<Vec<_>>().join(", ");
            let tools = counted(talked.tools.len(), "tool", "tools");
            match (calls.is_empty(), failed.is_empty()) {
                (true, _) => format!("It started and lists {tools}."),
                (false, true) => format!("It started, lists {tools}, and answered what was called."),
                (false, false) => format!("It started and lists {tools}; these calls failed: {failed}."),
            }
        }
        Err(error) => format!("It did not start: {error}."),
    };
    let mut notes = Vec::new();
    match &watched.files {
        None => notes.push("The launcher refused to start it: `warder doctor` says why.".to_owned()),
        Some(files) if files.blind => {
            notes.push("This system lets nobody see which files it asked for; only hosts are listed.".to_owned());
        }
        Some(files) if files.cut => notes.push("It asked for more files than are listed.".to_owned()),
        Some(_) => {}
    }
    if watched.talked.as_ref().is_ok_and(|talked| talked.only_reads) && !sandbox.write.is_empty() {
        notes.push(check::ONLY_READ.to_owned());
    }
    if sandbox.engine == Engine::Landlock && sandbox.network == Network::None {
        notes.push("Which hosts it asked for cannot be seen with Landlock.".to_owned());
    }
    let callable = watched.talked.as_ref().map(|talked| talked.callable.as_slice()).unwrap_or_default();
    // A name that is too long to be chosen from a list is none of an honest server's.
    let tools = callable.iter().filter(|(name, _)| name.len() <= LONGEST_NAME).take(MOST_ROWS);
    let tool = |(name, reads): &(String, bool)| LearnedTool { name: name.clone(), shown: line(name), reads: *reads };
    let tools = tools.map(tool).collect();
    let Sorted { rows, mut warnings } = sorted;
    let row = |row: &Row| ProposedFolder {
        path: row.path.to_string_lossy().into_owned(),
        shown: line(&env.shown(&row.path)),
        write: row.write,
        why: row.why(),
        fixed: false,
    };
    if rows.len() > MOST_ROWS {
        warnings.push(format!("It tried {} places; those it tried most often are listed.", rows.len()));
    }
    let mut hosts: BTreeMap<String, u64> = BTreeMap::new();
    for one in &watched.hosts {
        *hosts.entry(host_text(one)).or_default() += one.times;
    }
    Learned {
        server: server.to_owned(),
        outcome,
        folders: rows.iter().take(MOST_ROWS).map(row).collect(),
        hosts: hosts
            .into_iter()
            .map(|(host, times)| ProposedHost { host, why: format!("it tried to reach it {}", count(times)) })
            .collect(),
        warnings,
        notes,
        tools,
    }
}

/// As a choice names it.
fn host_text(one: &RefusedHost) -> String {
    if matches!(one.port, 80 | 443) { line(&one.host) } else { line(&format!("{}:{}", one.host, one.port)) }
}

fn count(times: u64) -> String {
    if times == 1 { "once".to_owned() } else { format!("{times} times") }
}

impl Row {
    fn why(&self) -> String {
        let times = count(self.times);
        match (self.write, self.files) {
            (false, 0) => format!("it tried to read it {times}"),
            (false, files) => format!("it tried to read {} in it, {times}", counted(files, "file", "files")),
            (true, _) => format!("it tried to write there {times}"),
        }
    }
}

/// What could be allowed, as narrow as that can be, most often tried first; and what no sandbox opens.
fn sorted(env: &Env, sandbox: &Sandbox, tried: &[TriedPath]) -> Sorted {
    let (mut read, mut write) = (BTreeMap::<PathBuf, u64>::new(), BTreeMap::<PathBuf, u64>::new());
    let mut closed: BTreeMap<(PathBuf, &str), u64> = BTreeMap::new();
    let broad = |path: &Path| is_too_broad(path, &env.home);
    let add =
        |to: &mut BTreeMap<PathBuf, u64>, path: &Path, times: u64| *to.entry(path.to_owned()).or_default() += times;
    for one in tried {
        let granted = sandbox.write.iter().any(|grant| one.path.starts_with(&grant.path));
        if one.write && granted && one.path.iter().any(is_run_by_others) {
            *closed.entry((one.path.clone(), STAYS)).or_default() += one.times;
        } else if broad(&one.path) {
            // What only leads to other places was looked at on the way.
            if broad(&one.path.join("_")) {
                *closed.entry((one.path.clone(), PRIVATE)).or_default() += one.times;
            }
        } else if !one.write {
            add(&mut read, &one.path, one.times);
        } else if one.path.is_dir() {
            add(&mut write, &one.path, one.times);
        } else {
            match one.path.parent().filter(|folder| !broad(folder)) {
                Some(folder) => add(&mut write, folder, one.times),
                None => *closed.entry((one.path.clone(), ALONE)).or_default() += one.times,
            }
        }
    }
    let outer: Vec<PathBuf> = write.keys().cloned().collect();
    let within = |path: &Path, all: &[PathBuf]| all.iter().any(|other| path != other && path.starts_with(other));
    write.retain(|path, _| !within(path, &outer));
    read.retain(|path, _| !write.contains_key(path) && !within(path, &outer));
    let rows = grouped(read, &broad).into_iter();
    let written = write.into_iter().map(|(path, times)| Row { path, write: true, times, files: 0 });
    let mut rows: Vec<Row> = rows.chain(written).collect();
    rows.sort_by(|one, other| other.times.cmp(&one.times).then_with(|| one.path.cmp(&other.path)));
    let warning = |((path, why), times): ((PathBuf, &str), u64)| {
        format!("It tried to use {} {}: {why}", line(&env.shown(&path)), count(times))
    };
    Sorted { rows, warnings: closed.into_iter().take(MOST_ROWS).map(warning).collect() }
}

const STAYS: &str = "what git, editors and agents run by themselves stays read-only in every sandbox.";
const PRIVATE: &str = "keys, logins or what other programs run lie there, so no sandbox opens it.";
const ALONE: &str = "only a folder can be written in, and the one that it lies in is too much.";

/// A folder in the place of many files of it. One that was only looked at goes where something in it was asked for.
fn grouped(read: BTreeMap<PathBuf, u64>, broad: &impl Fn(&Path) -> bool) -> Vec<Row> {
    let paths: Vec<PathBuf> = read.keys().cloned().collect();
    let holds = |folder: &Path| paths.iter().any(|other| other != folder && other.starts_with(folder));
    let mut folders: BTreeMap<PathBuf, Vec<(PathBuf, u64)>> = BTreeMap::new();
    for (path, times) in read.into_iter().filter(|(path, _)| !holds(path)) {
        folders.entry(path.parent().unwrap_or(&path).to_owned()).or_default().push((path, times));
    }
    let rows = folders.into_iter().flat_map(|(folder, inner)| {
        if inner.len() > MOST_FILES && !broad(&folder) {
            let times = inner.iter().map(|(_, times)| times).sum();
            return vec![Row { path: folder, write: false, times, files: inner.len() }];
        }
        inner.into_iter().map(|(path, times)| Row { path, write: false, times, files: 0 }).collect()
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use warder_launch::sandbox::Grant;

    use super::*;

    #[test]
    fn what_was_tried_becomes_the_narrowest_choice() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        for dir in ["work/.git", "data/deep", ".ssh", "notes"] {
            fs::create_dir_all(home.join(dir)).unwrap();
        }
        fs::write(home.join("data/x.db"), "").unwrap();
        let env = Env::current(Some(&home)).unwrap();
        let grant = Grant { path: home.join("work"), device: 0, inode: 0 };
        let sandbox = Sandbox { write: vec![grant], ..Sandbox::new(&home) };
        type Asked<'a> = &'a [(&'a str, bool, u64)];
        type Told<'a> = &'a [&'a str];
        let table: &[(Asked, Told, Told)] = &[
            (&[("notes/a", false, 3)], &["notes/a: it tried to read it 3 times"], &[]),
            // A folder on the way is no wish for all of it.
            (&[("notes", false, 9), ("notes/a", false, 1)], &["notes/a: it tried to read it once"], &[]),
            (&[("notes", false, 1)], &["notes: it tried to read it once"], &[]),
            (
                &[("notes/a", false, 1), ("notes/b", false, 2), ("notes/c", false, 3), ("notes/d", false, 4)],
                &["notes: it tried to read 4 files in it, 10 times"],
                &[],
            ),
            (&[("a", false, 1), ("b", false, 1), ("c", false, 1), ("d", false, 1)], &["a", "b", "c", "d"], &[]),
            // A database writes beside its file.
            (&[("data/x.db", true, 2), ("data/x.db", false, 7)], &["data: it tried to write there 2 times"], &[]),
            (&[("data", true, 1), ("data/deep", true, 1)], &["data: it tried to write there once"], &[]),
            (&[(".ssh/id", false, 2), (".config", false, 1)], &[], &["~/.ssh/id 2 times: keys, logins"]),
            (&[("work/.git", true, 1)], &[], &["~/work/.git once: what git, editors"]),
            (&[("top", true, 1)], &[], &["~/top once: only a folder"]),
        ];
        for (tried, rows, warnings) in table {
            let path = |(path, write, times): &(&str, bool, u64)| TriedPath {
                path: home.join(path),
                write: *write,
                times: *times,
            };
            let tried: Vec<TriedPath> = tried.iter().map(path).collect();
            let sorted = sorted(&env, &sandbox, &tried);
            let told: Vec<String> = sorted
                .rows
                .iter()
                .map(|row| format!("{}: {}", row.path.strip_prefix(&home).unwrap().display(), row.why()))
                .collect();
            assert_eq!(told.len(), rows.len(), "{told:?}");
            assert!(told.iter().zip(*rows).all(|(told, row)| told.starts_with(row)), "{told:?}");
            assert_eq!(sorted.warnings.len(), warnings.len(), "{:?}", sorted.warnings);
            assert!(
                sorted.warnings.iter().zip(*warnings).all(|(told, part)| told.contains(part)),
                "{:?}",
                sorted.warnings
            );
        }
    }
}
