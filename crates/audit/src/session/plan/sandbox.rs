//! A server goes into a sandbox.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use warder_launch::profile::ProfileId;
use warder_launch::sandbox::{Engine, Grant, Network, Sandbox};

use super::{Draft, Drawn, Fencing, Plan, Subject, by_hand};
use crate::api::{Choices, Code, EngineName, Failure, NetworkChoice};
use crate::catalogue::Keeps;
use crate::clients::Os;
use crate::env::Env;
use crate::finding::{Act, Finding, Fix};
use crate::machine::Machine;
use crate::programs::absolute;
use crate::redact::line;
use crate::session::entry::Entry;
use crate::session::failures::refused;
use crate::session::fence::{Fence, Kept};
use crate::session::packages::{self, Wanted};
use crate::session::propose::{Proposed, hosts, propose};
use crate::writing::may_wrap;

/// What a sandbox fix would allow by itself.
pub(in crate::session) fn proposal(machine: &Machine, finding: &Finding, fix: &Fix) -> Result<Proposed, Failure> {
    let (Act::Sandbox, Some(index)) = (&fix.act, finding.server) else { return Err(by_hand()) };
    may_wrap(machine, &machine.servers[index.0]).map_err(refused)?;
    let nothing_held = |_: &_| None;
    let subject = Subject::of(machine, index, &nothing_held)?.ok_or_else(by_hand)?;
    Ok(subject.needs()?.1)
}

impl Subject<'_> {
    /// What it needs inside a sandbox; refused where there is none for it.
    fn needs(&self) -> Result<(Entry, Proposed, Option<Wanted>), Failure> {
        if self.env.os != Os::Linux {
            return Err(refused("Warder has no sandbox for this system yet".to_owned()));
        }
        let entry = Entry::of(self.env, self.file, self.server, self.command)?;
        let proposed = propose(self.env, self.file, &entry, self.only_reads())?;
        let wanted = packages::wanted(&entry, self.file.project.is_some())?;
        Ok((entry, proposed, wanted))
    }

    pub(super) fn sandbox(&self, choices: &Choices, drawn: Drawn) -> Result<Plan, Failure> {
        let (entry, proposed, wanted) = self.needs()?;
        let network = network(choices, &proposed)?;
        let mut notes = vec![match &network {
            Network::None => "The server gets no network.".to_owned(),
            Network::Hosts(hosts) => {
                let hosts: Vec<String> = hosts.iter().map(ToString::to_string).collect();
                format!("The server may reach {} and nothing else.", hosts.join(", "))
            }
            Network::All => "The server keeps its whole network.".to_owned(),
        }];
        if network != Network::All {
            notes.extend(proposed.beyond.iter().cloned());
        }
        if network == Network::None && choices.network.is_none() {
            notes.extend(proposed.alone.clone());
        }
        notes.extend(proposed.notes.iter().cloned());
        if let Some(wanted) = &wanted {
            let version = wanted.version.as_deref().map(line).unwrap_or_else(|| "its newest version".to_owned());
            notes.push(format!(
                "{} is first installed into Warder's store ({version}), without running its install scripts.",
                line(&wanted.name)
            ));
        }
        let (id, patches) = self.wrapped(drawn)?;
        let (kept, variables) = self.home(&id, &proposed, wanted.is_some(), &mut notes);
        let (read, write) = folders(self.env, choices, &proposed)?;
        let fence = Fence {
            engine: engine(choices.engine),
            read,
            write,
            network,
            kept,
            variables,
            user_namespaces: proposed.user_namespaces,
        };
        let name = line(&self.server.name);
        // Which version, and how, is a note further down.
        let first = if wanted.is_some() { " Its package is installed first." } else { "" };
        Ok(Plan {
            file: self.server.file,
            server: Some(self.index),
            title: format!("Put {name} in a sandbox"),
            past: format!("Put {name} in a sandbox"),
            summary: format!("{name} will see an empty home and only the folders its entry names.{first}"),
            notes,
            patches,
            mode: None,
            stash: Vec::new(),
            draft: Some(Draft { id, entry, fencing: Fencing::Make(fence), wanted, added: Vec::new() }),
            ready: None,
            back: None,
        })
    }

    /// The home of a server that keeps something, and the variables that put it there.
    fn home(
        &self,
        id: &ProfileId,
        proposed: &Proposed,
        installed: bool,
        notes: &mut Vec<String>,
    ) -> (Option<Kept>, BTreeMap<String, String>) {
        let folder = self.env.state().homes().join(id.as_str());
        let shown = line(&self.env.shown(&folder));
        match proposed.keeps {
            Keeps::Nothing if installed => {
                notes.push(
                    "It cannot write beside its own code, and what it wrote there so far stays behind: \
                     if it keeps data, name a folder in its settings and keep that."
                        .to_owned(),
                );
                (None, BTreeMap::new())
            }
            Keeps::Nothing => (None, BTreeMap::new()),
            Keeps::Home => {
                notes.push(format!("It gets a home of its own, {shown}. What it has in yours stays there."));
                (Some(Kept { folder, copy: None }), BTreeMap::new())
            }
            Keeps::File { variable, name, .. } => {
                notes.push(match &proposed.kept_now {
                    Some(file) => format!(
                        "It keeps its data in a home of its own, {shown}. What it has now is copied there from {}, \
                         which stays as it is.",
                        line(&self.env.shown(file))
                    ),
                    None => format!("It keeps its data in a home of its own, {shown}."),
                });
                let copy = proposed.kept_now.clone().map(|from| (from, name.to_owned()));
                let inside = self.env.home.join(name).to_string_lossy().into_owned();
                (Some(Kept { folder, copy }), [(variable.to_owned(), inside)].into())
            }
        }
    }
}

pub(in crate::session) fn engine(chosen: Option<EngineName>) -> Engine {
    match chosen {
        Some(EngineName::Landlock) => Engine::Landlock,
        Some(EngineName::Bubblewrap) | None => Engine::Bubblewrap,
    }
}

/// The network that was chosen; else what is proposed, with the hosts that were named besides.
fn network(choices: &Choices, proposed: &Proposed) -> Result<Network, Failure> {
    let mut chosen = hosts(&choices.hosts)?;
    match choices.network {
        Some(NetworkChoice::All) => return Ok(Network::All),
        Some(NetworkChoice::None) => return Ok(Network::None),
        Some(NetworkChoice::Hosts) if chosen.is_empty() => {
            return Err(Failure {
                code: Code::Asks,
                message: "say which hosts this server may reach".to_owned(),
                hint: Some("Name one or more hosts, or give it no network.".to_owned()),
            });
        }
        Some(NetworkChoice::Hosts) => {}
        None if !proposed.beyond.is_empty() && chosen.is_empty() => {
            return Err(Failure {
                code: Code::Asks,
                message: "say which network this server gets".to_owned(),
                hint: Some(format!(
                    "{} Give it all of it, none, or the hosts that you name.",
                    proposed.beyond.join(" ")
                )),
            });
        }
        None => chosen.extend(proposed.hosts.iter().map(|(host, _)| host.clone())),
    }
    chosen.sort();
    chosen.dedup();
    Ok(if chosen.is_empty() { Network::None } else { Network::Hosts(chosen) })
}

/// What may be read, and written: what the entry names, and what was chosen besides.
fn folders(env: &Env, choices: &Choices, proposed: &Proposed) -> Result<(Vec<PathBuf>, Vec<PathBuf>), Failure> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let mut read = Vec::new();
    for path in &choices.read {
        read.push(real(&chosen(env, path)?));
    }
    let mut write = Vec::new();
    for path in &choices.keep {
        let path = chosen(env, path)?;
        if !path.is_dir() {
            return Err(refused(format!("{} is not a folder", line(&env.shown(&path)))));
        }
        write.push(real(&path));
    }
    for folder in &proposed.folders {
        let path = real(&folder.path);
        if !write.contains(&path) {
            if folder.write && !read.contains(&path) { write.push(path) } else { read.push(path) }
        }
    }
    read.retain(|path| !write.contains(path));
    Ok((read, write))
}

/// A path that the user chose: absolute, or in their home as `~/…`.
pub(in crate::session) fn chosen(env: &Env, text: &str) -> Result<PathBuf, Failure> {
    let there = absolute(env, text, None).filter(|path| path.exists());
    there.ok_or_else(|| refused(format!("{} is not there", line(&env.shown(text.as_ref())))))
}

/// What a fence leaves open, for people.
pub(super) fn granted(env: &Env, sandbox: &Sandbox) -> Vec<String> {
    let named = |grants: &[Grant]| {
        let shown: Vec<String> = grants.iter().map(|grant| line(&env.shown(&grant.path))).collect();
        shown.join(", ")
    };
    let mut notes = Vec::new();
    if !sandbox.read.is_empty() {
        notes.push(format!("It may read {}.", named(&sandbox.read)));
    }
    if !sandbox.write.is_empty() {
        notes.push(format!(
            "It may write in {}. The folders and files by which git, editors and agents are set up stay read-only, so \
             it cannot commit. All else it writes there is code and text that you may run: scripts, hooks kept \
             elsewhere, and new files of this kind (.vscode, .envrc, .mcp.json …). A new repository that has git run \
             programs is shown to you when the server ends.",
            named(&sandbox.write)
        ));
    }
    notes.extend(sandbox.engine.leaves_open().iter().map(|text| (*text).to_owned()));
    notes
}
