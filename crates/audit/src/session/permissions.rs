//! What a fenced server may do, changed: the profile is written anew and nothing
//! else. Only what was shown counts, and it can be taken back.

use std::path::{Path, PathBuf};

use warder_launch::command::Token;
use warder_launch::made;
use warder_launch::profile::Profile;
use warder_launch::sandbox::{self, Grant, Network, Sandbox};
use warder_launch::wrap::Wrapped;

use super::Session;
use super::effect;
use super::failures::{refused, stale, unknown};
use super::fence::{code, failure as fence_failure, grants};
use super::plan::sandbox::{chosen, engine, proposal};
use super::propose::{Proposed, hosts};
use super::reseal::stamp;
use crate::api::{
    Change, Choices, EngineName, Failure, NetworkChoice, PermissionsChange, Preview, Proposal, ProposedFolder,
    ProposedHost,
};
use crate::document::Stamp;
use crate::edit::{DiffLine, diff};
use crate::env::Env;
use crate::finding::{Safety, ServerIndex};
use crate::redact::line;
use crate::report::command_line;
use crate::report::permissions::{change, made_lines, name_of, permissions, sentences};
use crate::store::Way;

/// The server whose permissions this fix changes; `None` for any other fix.
pub(super) fn server(fix: &str) -> Option<&str> {
    fix.strip_prefix("permissions:")
}

/// A change that is still to be agreed to.
struct Asked {
    index: ServerIndex,
    new: Profile,
    change: PermissionsChange,
    /// Of all that is shown, and of both profiles.
    seen: Stamp,
}

impl Session {
    /// What a sandbox fix would allow, or a fenced server may now.
    pub(super) fn propose(&mut self, fix: &str) -> Result<Proposal, Failure> {
        self.scan();
        let judged = self.judged.as_ref().expect("just scanned");
        if let Some(server) = server(fix) {
            let (_, profile, sandbox) = self.fenced(server)?;
            let learns = self.learning_line(server);
            return Ok(Proposal { learns, ..present(&self.env, fix, profile, sandbox) });
        }
        let (finding, found) = judged.find_fix(fix).ok_or_else(|| unknown("fix"))?;
        Ok(told(&self.env, fix, proposal(&judged.machine, finding, found)?))
    }

    /// What it made of repositories was looked at, as it was shown.
    pub(super) fn looked_at(&mut self, server: &str, shown: &[String]) -> Result<(), Failure> {
        self.scan();
        let (_, profile, _) = self.fenced(server)?;
        let made = made::read(&self.state, &profile.id).ok();
        if made_lines(&self.env, made.as_ref()) != shown {
            return Err(Failure {
                message: "other repositories than these are to be looked at by now".to_owned(),
                hint: Some("Look at them as well.".to_owned()),
                ..stale()
            });
        }
        made::looked_at(&self.state, &profile.id, made.as_ref())
            .map_err(|error| refused(format!("cannot keep that it was looked at: {error}")))
    }

    pub(super) fn preview_permissions(&mut self, server: &str, choices: &Choices) -> Result<Preview, Failure> {
        self.scan();
        let Asked { index, change, seen, .. } = self.asked_permissions(server, choices)?;
        let judged = self.judged.as_ref().expect("just scanned");
        let machine = &judged.machine;
        let found = &machine.servers[index.0];
        let file = &machine.files[found.file.0];
        let name = line(&found.name);
        let verify = found.started().map(|command| {
            let (program, args) = command.rewritten(&[]);
            vec![judged.known.hide(&command_line(&program, &args)).into_owned()]
        });
        let title = title(&name, &change, ["Let", "Change"]);
        let summary = "Only what its sandbox allows is changed; the entry stays as it is.".to_owned();
        Ok(Preview {
            fix: format!("permissions:{server}"),
            effect: effect::of_one(&title, &summary, &[], &seen)?,
            title,
            summary,
            safety: Safety::Review,
            path: line(&file.shown),
            diff: Vec::new(),
            seen,
            notes: vec!["It counts from the next start of the server.".to_owned()],
            verify,
            verify_refused: self.learning_line(server),
            score: None,
            permissions: Some(change),
        })
    }

    /// Writes the permissions that were shown. `verified`: starts the server before and after.
    pub(super) fn apply_permissions(
        &mut self,
        server: &str,
        choices: &Choices,
        seen: &Stamp,
        verified: bool,
    ) -> Result<Change, Failure> {
        let (store, key, lock) = self.history()?;
        self.scan();
        let Asked { index, new, change, seen: now } = self.asked_permissions(server, choices)?;
        if now != *seen {
            return Err(stale());
        }
        let engine = new.sandbox.as_ref().map(|sandbox| sandbox.engine).unwrap_or_default();
        sandbox::probe(engine).map_err(|error| fence_failure(&error))?;
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let found = &machine.servers[index.0];
        let control = match verified {
            true => Some(self.control(&machine.files[found.file.0], found)?),
            false => None,
        };
        let title = title(&line(&found.name), &change, ["Let", "Changed"]);
        let (record, way) = self.reseal((&store, &key), index, new, title)?;
        drop(lock);
        let mut done = Change { diff: difference(&self.env, &way), ..self.shown(&record) };
        if let Some(control) = control {
            done.note = Some(self.confirm(&record, &way, control)?);
        }
        Ok(done)
    }

    /// What learning would start, whole and masked.
    fn learning_line(&self, server: &str) -> Option<String> {
        let judged = self.judged.as_ref()?;
        let (index, ..) = self.fenced(server).ok()?;
        let (program, args) = judged.machine.servers[index.0].started()?.rewritten(&[]);
        let args = Wrapped::parse(&args)?.learning();
        Some(judged.known.hide(&command_line(&program, &args)).into_owned())
    }

    pub(super) fn fenced(&self, server: &str) -> Result<(ServerIndex, &Profile, &Sandbox), Failure> {
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let index = machine.servers.iter().position(|one| one.id == server).ok_or_else(|| unknown("server"))?;
        let found = &machine.servers[index];
        let profile = found.profile().and_then(|profile| Some((profile, profile.sandbox.as_ref()?)));
        let (profile, sandbox) =
            profile.ok_or_else(|| refused(format!("{} does not run in a sandbox of Warder's", line(&found.name))))?;
        Ok((ServerIndex(index), profile, sandbox))
    }

    fn asked_permissions(&self, server: &str, choices: &Choices) -> Result<Asked, Failure> {
        let (index, old, sandbox) = self.fenced(server)?;
        let machine = &self.judged.as_ref().expect("just scanned").machine;
        let env = &machine.env;
        let sandbox = Sandbox {
            engine: choices.engine.map_or(sandbox.engine, |name| engine(Some(name))),
            network: network(choices, &sandbox.network)?,
            ..folders(env, choices, old, sandbox)?
        };
        // What a start would refuse is refused before anybody says yes.
        sandbox.check().map_err(|error| fence_failure(&error))?;
        let new = Profile { sandbox: Some(sandbox), ..old.clone() };
        let (before, after) = (permissions(env, old), permissions(env, &new));
        let after = after.ok_or_else(|| unknown("sandbox"))?;
        let mut change = change(before, after);
        change.more.extend(replaced(env, old, &new));
        if new == *old {
            return Err(refused("this is what it may already".to_owned()));
        }
        let document = machine.document(machine.servers[index.0].file).ok_or_else(|| unknown("file"))?;
        let seen = stamp(&document.stamp, old, &new)?;
        Ok(Asked { index, new, change, seen })
    }
}

/// What a change of permissions gave (`+`) and took (`-`), for the history; nothing for another change.
pub(super) fn difference(env: &Env, way: &Way) -> Vec<DiffLine> {
    let of = |profile: &Option<Profile>| profile.as_ref().and_then(|profile| permissions(env, profile));
    match (of(&way.profile_before), of(&way.profile_after)) {
        (Some(before), Some(after)) if way.before == way.after => {
            diff(&(sentences(&before).join("\n") + "\n"), &(sentences(&after).join("\n") + "\n"))
        }
        _ => Vec::new(),
    }
}

/// `Let github reach api.github.com`, `Changed what github may do`.
fn title(name: &str, change: &PermissionsChange, [lets, changes]: [&str; 2]) -> String {
    let hosts: Option<Vec<&str>> = change
        .more
        .iter()
        .map(|sentence| sentence.strip_prefix("It may reach ")?.strip_suffix('.').filter(|host| *host != "everything"))
        .collect();
    match hosts.filter(|hosts| !hosts.is_empty() && change.less.is_empty()) {
        Some(hosts) => format!("{lets} {name} reach {}", hosts.join(", ")),
        None => format!("{changes} what {name} may do"),
    }
}

/// Folders that are not what was approved any more, and will be.
fn replaced(env: &Env, old: &Profile, new: &Profile) -> Vec<String> {
    let all = |profile: &Profile| -> Vec<Grant> {
        let sandbox = profile.sandbox.iter();
        sandbox.flat_map(|sandbox| sandbox.read.iter().chain(&sandbox.write)).cloned().collect()
    };
    let old = all(old);
    let other = |grant: &Grant| old.iter().any(|was| was.path == grant.path && was != grant);
    let again = all(new).into_iter().filter(other);
    again.map(|grant| format!("It may use {} as it is now; it was replaced.", line(&env.shown(&grant.path)))).collect()
}

/// The folders that were chosen, and the program's own. What stays is bound to
/// what it was, unless that is gone.
fn folders(env: &Env, choices: &Choices, profile: &Profile, old: &Sandbox) -> Result<Sandbox, Failure> {
    let paths = |texts: &[String]| texts.iter().map(|text| chosen(env, text)).collect::<Result<Vec<PathBuf>, _>>();
    let bound = |paths: Vec<PathBuf>, before: &[Grant]| {
        let fresh = grants(env, paths)?.into_iter();
        let same = |grant: &Grant| before.iter().find(|was| was.path == grant.path && was.check().is_ok()).cloned();
        Ok::<_, Failure>(fresh.map(|grant| same(&grant).unwrap_or(grant)).collect::<Vec<Grant>>())
    };
    let every: Vec<Grant> = old.read.iter().chain(&old.write).cloned().collect();
    let write = bound(paths(&choices.keep)?, &every)?;
    if let Some(file) = write.iter().find(|grant| !grant.path.is_dir()) {
        return Err(refused(format!("{} is not a folder", line(&env.shown(&file.path)))));
    }
    let mut read: Vec<Grant> = old.read.iter().filter(|grant| is_own(env, profile, &grant.path)).cloned().collect();
    for grant in bound(paths(&choices.read)?, &every)? {
        if !read.iter().chain(&write).any(|other| other.path == grant.path) {
            read.push(grant);
        }
    }
    read.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Sandbox { read, write, ..old.clone() })
}

/// Whether the server's program is made of this.
fn is_own(env: &Env, profile: &Profile, path: &Path) -> bool {
    let script = profile.run.args.iter().find_map(|token| match token {
        Token::Text(text) => Some(Path::new(text)).filter(|path| path.is_absolute()),
        Token::Sealed { .. } => None,
    });
    let mut env = env.clone();
    env.vars.extend(profile.run.env.get("PATH").map(|path| ("PATH".to_owned(), path.clone())));
    let own = code(&env, script, &profile.run.program, profile.package.as_ref());
    own.iter().any(|own| own == path || own.canonicalize().is_ok_and(|own| own == path))
}

/// The network that was chosen; else the present one, with the hosts that were named besides.
fn network(choices: &Choices, old: &Network) -> Result<Network, Failure> {
    let mut chosen = hosts(&choices.hosts)?;
    match (choices.network, old) {
        (Some(NetworkChoice::All), _) => return Ok(Network::All),
        (Some(NetworkChoice::None), _) => return Ok(Network::None),
        (Some(NetworkChoice::Hosts), _) | (None, Network::None) => {}
        (None, Network::Hosts(hosts)) => chosen.extend(hosts.iter().cloned()),
        (None, Network::All) => return Ok(Network::All),
    }
    chosen.sort();
    chosen.dedup();
    Ok(if chosen.is_empty() { Network::None } else { Network::Hosts(chosen) })
}

/// The present permissions as a form.
fn present(env: &Env, fix: &str, profile: &Profile, sandbox: &Sandbox) -> Proposal {
    let folder = |grant: &Grant, write: bool| {
        let fixed = !write && is_own(env, profile, &grant.path);
        let why = if fixed { "its own program" } else { "allowed before" };
        shown_folder(env, &grant.path, write, why, fixed)
    };
    let read = sandbox.read.iter().map(|grant| folder(grant, false));
    let (network, hosts) = match &sandbox.network {
        Network::None => (NetworkChoice::None, &[][..]),
        Network::Hosts(hosts) => (NetworkChoice::Hosts, hosts.as_slice()),
        Network::All => (NetworkChoice::All, &[][..]),
    };
    let hosts = hosts.iter().map(|host| ProposedHost { host: host.to_string(), why: "allowed before".to_owned() });
    Proposal {
        fix: fix.to_owned(),
        engine: name_of(sandbox.engine),
        folders: read.chain(sandbox.write.iter().map(|grant| folder(grant, true))).collect(),
        network: Some(network),
        hosts: hosts.collect(),
        notes: Vec::new(),
        learns: None,
    }
}

/// What a fix proposes as a form.
fn told(env: &Env, fix: &str, proposed: Proposed) -> Proposal {
    let network = match (proposed.beyond.is_empty(), proposed.hosts.is_empty()) {
        (false, _) => None,
        (true, true) => Some(NetworkChoice::None),
        (true, false) => Some(NetworkChoice::Hosts),
    };
    let folders = proposed.folders.iter();
    let alone = proposed.alone.filter(|_| network == Some(NetworkChoice::None));
    Proposal {
        fix: fix.to_owned(),
        engine: EngineName::Bubblewrap,
        folders: folders.map(|one| shown_folder(env, &one.path, one.write, &one.why, true)).collect(),
        network,
        hosts: proposed.hosts.into_iter().map(|(host, why)| ProposedHost { host: host.to_string(), why }).collect(),
        notes: proposed.beyond.into_iter().chain(alone).chain(proposed.notes).collect(),
        learns: None,
    }
}

fn shown_folder(env: &Env, path: &Path, write: bool, why: &str, fixed: bool) -> ProposedFolder {
    ProposedFolder {
        path: path.to_string_lossy().into_owned(),
        shown: line(&env.shown(path)),
        write,
        why: why.to_owned(),
        fixed,
    }
}
