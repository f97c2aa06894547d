//! A package of the store beside the one its registry serves now, and the
//! change from one to the other.
//!
//! Asked for only: the new one is installed beside the old one to be looked at,
//! and starts after a yes. The old one stays for the undo.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use warder_launch::profile::{Package, Profile};
use warder_launch::sandbox::{self, Engine, Grant};

use super::Session;
use super::entry::{Around, Entry, Installed};
use super::failures::{refused, stale, unknown};
use super::fence::{failure as fence_failure, runtime_of};
use super::packages::{self, is_whole, parts};
use super::reseal::stamp;
use crate::api::{Change, Code, Failure, Update};
use crate::approval::differences;
use crate::document::Stamp;
use crate::finding::ServerIndex;
use crate::redact::line;
use crate::report::Judged;

/// An update that was shown, and what a yes would write.
pub(super) struct Offered {
    old: Profile,
    pub(super) new: Profile,
    seen: Stamp,
}

impl Session {
    /// The entries that run from Warder's store, by id.
    pub fn stored(&mut self) -> Vec<String> {
        let servers = self.scan().machine.servers.iter();
        let stored = servers.filter(|server| server.profile().is_some_and(|profile| profile.package.is_some()));
        stored.map(|server| server.id.clone()).collect()
    }

    /// Asks the registry of an entry's package what it serves now, and installs
    /// that beside the present one. Needs the network and may take minutes.
    /// Changes nothing that is in use.
    pub fn newer(&mut self, server: &str) -> Result<Update, Failure> {
        self.offered.remove(server);
        let (store, key, _lock) = self.history()?;
        self.scan();
        let (index, old) = self.of_store(server)?;
        let judged = self.judged.as_ref().expect("just scanned");
        let machine = &judged.machine;
        let found = &machine.servers[index.0];
        let file = &machine.files[found.file.0];
        let command = found.command().ok_or_else(|| unknown("server"))?;
        let document = machine.document(found.file).ok_or_else(|| unknown("file"))?;
        let name = line(&found.name);
        if !differences(&machine.env, file, found).is_empty() {
            return Err(Failure {
                hint: Some(format!("Look at it first: warder approve {name}.")),
                ..refused(format!("{name} is not what you approved"))
            });
        }
        self.launcher()?;
        sandbox::probe(Engine::default()).map_err(|error| fence_failure(&error))?;
        let entry = Entry::of(&machine.env, file, found, command)?;
        let was = old.package.as_ref().ok_or_else(|| unknown("package"))?;
        let project = file.project.is_some();
        let wanted = packages::wanted(&entry, project)?.filter(|wanted| wanted.name == was.name);
        let wanted = wanted.ok_or_else(|| refused(format!("{name} starts another package now")))?;
        let whole = is_whole(was);
        self.step(&format!("Asking the registry for {}", line(&wanted.name)))?;
        let installed = packages::install(&self.env, &wanted, !whole);
        let installed = installed.inspect_err(|_| self.sweep_packages(&store, &key))?;
        let package = installed.package.clone();
        let mut shown = compared(was, &package);
        // Of one that was not bound by its content, nobody can tell.
        shown.whole = whole || was.content.is_none();
        shown.server = found.id.clone();
        shown.client_name = found.client.name.to_owned();
        shown.shown = line(&file.shown);
        if wanted.exact {
            let note = "The entry names this version. To have another one, undo the sandbox, write the other version \
                        into the entry, and make the sandbox anew.";
            shown.notes.push(note.to_owned());
        }
        shown.notes.extend(packages::undone(&package));
        shown.name = name;
        if package.dir == was.dir {
            return Ok(shown);
        }
        let new = renewed(judged, index, &entry, &old, installed)?;
        shown.notes.push("The version before stays in the store, so that this can be undone.".to_owned());
        let seen = stamp(&document.stamp, &old, &new)?;
        shown.seen = Some(seen.clone());
        self.offered.insert(server.to_owned(), Offered { old, new, seen });
        Ok(shown)
    }

    /// Lets the entry start from what was shown. `seen`: the stamp of that.
    pub fn update(&mut self, server: &str, seen: &Stamp) -> Result<Change, Failure> {
        let (store, key, _lock) = self.history()?;
        self.scan();
        let (index, present) = self.of_store(server)?;
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let document = machine.document(machine.servers[index.0].file).ok_or_else(|| unknown("file"))?;
        let offered = self.offered.get(server).ok_or_else(stale)?;
        let now = stamp(&document.stamp, &present, &offered.new)?;
        let is_there = offered.new.package.as_ref().is_some_and(is_whole);
        if offered.seen != *seen || now != *seen || offered.old != present || !is_there {
            return Err(stale());
        }
        let package = offered.new.package.clone().ok_or_else(stale)?;
        let title = format!("Updated {} to {} {}", line(&present.server), line(&package.name), line(&package.version));
        let new = offered.new.clone();
        let (record, _) = self.reseal((&store, &key), index, new, title)?;
        self.offered.remove(server);
        Ok(self.shown(&record))
    }

    fn of_store(&self, server: &str) -> Result<(ServerIndex, Profile), Failure> {
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let index = machine.servers.iter().position(|one| one.id == server).ok_or_else(|| unknown("server"))?;
        let found = &machine.servers[index];
        let profile = found.profile().filter(|profile| profile.package.is_some()).cloned();
        let profile = profile.ok_or_else(|| Failure {
            code: Code::Refused,
            message: format!("{} does not run from Warder's store", line(&found.name)),
            hint: Some("Only what was put in a sandbox and comes from npm or PyPI does.".to_owned()),
        })?;
        Ok((ServerIndex(index), profile))
    }
}

/// The profile that starts the new package; all else as it was.
fn renewed(
    judged: &Judged,
    index: ServerIndex,
    entry: &Entry,
    old: &Profile,
    installed: Installed,
) -> Result<Profile, Failure> {
    let (server, env) = (&judged.machine.servers[index.0], &judged.machine.env);
    let (program, dir) = (installed.program.clone(), installed.package.dir.clone());
    let mut new = entry.seal(judged, server, old.id.clone(), Around::Nothing, Some(installed))?;
    // Nobody is shown the variables of the terminal this runs in.
    new.approved.inherited.clone_from(&old.approved.inherited);
    new.sandbox.clone_from(&old.sandbox);
    let before = old.package.as_ref().map(|package| package.dir.as_path());
    if let Some(sandbox) = &mut new.sandbox {
        sandbox.read.retain(|grant| before.is_none_or(|before| !grant.path.starts_with(before)));
        for path in [dir].into_iter().chain(runtime_of(env, &program)) {
            let grant = Grant::of(&path).map_err(|error| fence_failure(&error))?;
            if !sandbox.read.contains(&grant) {
                sandbox.read.push(grant);
            }
        }
        sandbox.read.sort_by(|one, other| one.path.cmp(&other.path));
    }
    Ok(new)
}

/// The difference of two installed packages.
fn compared(was: &Package, now: &Package) -> Update {
    let (before, after) = (parts(was), parts(now));
    let versions = |parts: &[packages::Part]| {
        let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for part in parts.iter().filter(|part| part.name != was.name) {
            versions.entry(line(&part.name)).or_default().insert(line(&part.version));
        }
        let join = |versions: BTreeSet<String>| versions.into_iter().collect::<Vec<_>>().join(", ");
        versions.into_iter().map(|(name, versions)| (name, join(versions))).collect::<BTreeMap<_, _>>()
    };
    let scripts = |parts: &[packages::Part]| -> BTreeSet<String> {
        parts.iter().filter(|part| part.scripts).map(|part| line(&part.name)).collect()
    };
    let (old, new) = (versions(&before), versions(&after));
    let only = |these: &BTreeMap<String, String>, those: &BTreeMap<String, String>| {
        let only = these.iter().filter(|(name, _)| !those.contains_key(*name));
        only.map(|(name, version)| format!("{name} {version}")).collect()
    };
    let changed = old.iter().filter_map(|(name, version)| {
        let now = new.get(name).filter(|now| *now != version)?;
        Some(format!("{name} {version} → {now}"))
    });
    Update {
        server: String::new(),
        name: String::new(),
        client_name: String::new(),
        shown: String::new(),
        package: line(&was.name),
        installed: line(&was.version),
        served: line(&now.version),
        whole: true,
        added: only(&new, &old),
        removed: only(&old, &new),
        changed: changed.collect(),
        scripts: scripts(&after).difference(&scripts(&before)).cloned().collect(),
        files: (files(&was.dir), files(&now.dir)),
        notes: Vec::new(),
        seen: None,
    }
}

/// The number of files below a folder.
fn files(dir: &Path) -> usize {
    let (mut count, mut waiting) = (0, vec![dir.to_owned()]);
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                _ => count += 1,
            }
        }
    }
    count
}
