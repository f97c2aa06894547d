//! From a finding's symbolic fix to exactly what will be written: patches of
//! the config, the profile, the keys to move. Writes and starts nothing.

pub(super) mod back;
mod keychain;
mod narrow;
pub(super) mod remote;
pub(super) mod sandbox;
mod settings;
mod texts;
mod unapproved;

use std::path::{Path, PathBuf};

use warder_launch::profile::{Profile, ProfileId};
use warder_launch::sandbox::{Grant, Sandbox};
use warder_launch::vault::{Handle, Secret};
use warder_launch::wrap::Wrapped;

use crate::api::{Choices, Code, Failure};
use crate::clients::Os;
use crate::dialect;
use crate::document::{Document, Identity, Key, KeyPath, Patch, Stamp};
use crate::edit::splice;
use crate::env::Env;
use crate::finding::{Act, By, FileIndex, Finding, Fix, Said, ServerIndex};
use crate::machine::{FoundFile, Machine};
use crate::redact::line;
use crate::report::Judged;
use crate::rules::permissions::reach::reach;
use crate::server::{Command, Server};

use crate::writing::{may_edit, may_narrow, may_wrap, may_write};

use super::entry::{Around, Entry, Installed};
use super::failures::{edit_failure, refused};
use super::fence::{Fence, failure as fence_failure};
use super::packages::Wanted;
use back::Back;
use remote::Elsewhere;

/// Random bits of one fix, the same for its preview and its application.
#[derive(Clone, Copy)]
pub(super) struct Drawn {
    pub(super) profile: [u8; 16],
    pub(super) key: [u8; 16],
    /// The file that its preview showed.
    pub(super) file: Option<Identity>,
}

/// How the profile comes by its fence.
enum Fencing {
    None,
    Make(Fence),
    /// As it was: program, package and sandbox of the present profile.
    Keep(Box<Profile>),
}

/// The profile to be written.
pub(super) struct Draft {
    pub(super) id: ProfileId,
    entry: Entry,
    fencing: Fencing,
    /// To be installed before the profile can be written.
    pub(super) wanted: Option<Wanted>,
    /// Directories to add to a kept sandbox.
    added: Vec<PathBuf>,
}

/// Everything a fix will do.
pub(super) struct Plan {
    pub(super) file: FileIndex,
    /// `None`: a file's or a client's finding.
    pub(super) server: Option<ServerIndex>,
    /// `Move GITHUB_TOKEN to the keychain`.
    pub(super) title: String,
    /// `Moved GITHUB_TOKEN to the keychain`.
    pub(super) past: String,
    pub(super) summary: String,
    pub(super) notes: Vec<String>,
    pub(super) patches: Vec<Patch>,
    /// Permission bits the file gets.
    pub(super) mode: Option<u32>,
    pub(super) stash: Vec<(Handle, Secret)>,
    pub(super) draft: Option<Draft>,
    /// The profile of an entry that our relay stands in; nothing is installed for it.
    pub(super) ready: Option<Box<Ready>>,
    /// An entry that is put back whole, in the place of `patches`.
    pub(super) back: Option<Back>,
}

/// A profile as it will be written, and what its client will start, if it starts something.
pub(super) struct Ready {
    pub(super) profile: Profile,
    pub(super) line: Option<(String, Vec<String>)>,
}

/// What a plan is made from.
struct Subject<'a> {
    env: &'a Env,
    file: &'a FoundFile,
    server: &'a Server,
    command: &'a Command,
    index: ServerIndex,
    machine: &'a Machine,
    held: Held<'a>,
}

/// The keychain item that holds this value already, if one does.
pub(super) type Held<'a> = &'a dyn Fn(&Secret) -> Option<Handle>;

/// Plans `fix`; refuses what cannot work, with the reason.
pub(super) fn plan(
    judged: &Judged,
    finding: &Finding,
    fix: &Fix,
    choices: &Choices,
    drawn: Drawn,
    held: Held,
) -> Result<Plan, Failure> {
    let machine = &judged.machine;
    let server = finding.server.map(|index| &machine.servers[index.0]);
    let file = &machine.files[finding.place.file.0];
    let may = match (&fix.act, server) {
        (Act::Manual(_), _) => return Err(by_hand()),
        (Act::Keychain { by: By::Input, .. }, Some(server)) => may_edit(machine, server),
        (Act::Keychain { .. } | Act::Sandbox, Some(server)) => may_wrap(machine, server),
        (Act::Narrow { .. }, Some(server)) => may_narrow(machine, server),
        // A setting may stand in another file than the entry it is about.
        (Act::Settings { .. }, Some(server)) if server.file != finding.place.file => may_write(machine, file),
        (_, Some(server)) => may_edit(machine, server),
        (_, None) => may_write(machine, file),
    };
    may.map_err(|why| Failure { code: Code::Refused, message: "this is left as it is".to_owned(), hint: Some(why) })?;
    let (subject, elsewhere) = match finding.server {
        Some(index) => (Subject::of(machine, index, held)?, Elsewhere::of(judged, index, held)?),
        None => (None, None),
    };
    if let (Some(subject), Act::Keychain { .. } | Act::Narrow { .. } | Act::Sandbox | Act::Texts { .. }) =
        (&subject, &fix.act)
    {
        subject.approved_but(&fix.act)?;
    }
    let mut plan = match (&fix.act, subject) {
        // Planned from the history, which nothing here knows.
        (Act::Manual(_) | Act::PutBack, _) => return Err(by_hand()),
        (Act::Keychain { at, range, by }, Some(subject)) => subject.keychain(at, range, by, drawn)?,
        (Act::Narrow { places }, Some(subject)) => subject.narrow(places, choices)?,
        (Act::Sandbox, Some(subject)) => subject.sandbox(choices, drawn)?,
        (Act::Texts { texts, said }, Some(subject)) => subject.texts(texts, said)?,
        (Act::Keychain { at, by, .. }, None) => elsewhere.ok_or_else(by_hand)?.keychain(at, by, drawn)?,
        (Act::Narrow { .. } | Act::Sandbox, None) => return Err(by_hand()),
        (Act::Texts { texts, said }, None) => {
            let through = elsewhere.map(|elsewhere| elsewhere.texts(texts, said, drawn)).transpose()?.flatten();
            through.unwrap_or_else(|| Plan::of(finding, said, texts::patches(texts)))
        }
        (Act::Settings { patches, said }, _) => Plan::of(finding, said, patches.clone()),
        (Act::Disable, _) => settings::disable(machine, finding).ok_or_else(by_hand)?,
        (Act::Protect, _) => settings::protect(machine, finding).ok_or_else(by_hand)?,
    };
    let document = machine.document(plan.file);
    let mut places = plan.patches.iter().rev().map(Patch::at);
    if let Some(failure) = places.find_map(|at| document.and_then(|document| stands_twice(document, at))) {
        return Err(failure);
    }
    plan.notes.extend(file.row.notes.iter().map(|note| (*note).to_owned()));
    match fix.act {
        Act::Protect => {}
        // No client has a changed entry to use then.
        Act::Disable => plan.notes.push(settings::STOPS.to_owned()),
        _ => plan.notes.push(file.client.after.to_owned()),
    }
    // What can be refused is refused before the user says yes.
    if let (Some(draft), Some(index)) = (&plan.draft, plan.server) {
        let profile = draft.finish(judged, index, None)?;
        profile.sandbox.as_ref().map_or(Ok(()), Sandbox::check).map_err(|error| fence_failure(&error))?;
        let sandbox = profile.sandbox.filter(|_| fix.act == Act::Sandbox);
        plan.notes.extend(sandbox.into_iter().flat_map(|sandbox| sandbox::granted(&machine.env, &sandbox)));
    }
    Ok(plan)
}

/// Why a place cannot be changed that stands twice: a client takes the last of two equal names, and the other one
/// would be left.
pub(super) fn stands_twice(document: &Document, at: &KeyPath) -> Option<Failure> {
    document.duplicates.iter().find(|twice| at.0.starts_with(&twice.at.0))?;
    let name = match at.0.last() {
        Some(Key::Name(name)) => line(name),
        _ => "this".to_owned(),
    };
    let hint = Some("Remove the first one, then try again.".to_owned());
    let message = format!("{name} or its entry stands twice in the file");
    Some(Failure { code: Code::Refused, message, hint })
}

impl Plan {
    /// The file's text once it is done.
    pub(super) fn after(&self, document: &Document, client: &str) -> Result<String, Failure> {
        if let Some(back) = &self.back {
            return Ok(back.text.clone());
        }
        let edits = document.edits(&self.patches).map_err(|error| edit_failure(&error, client))?;
        splice(&document.text, &edits).map_err(|error| refused(error.to_string()))
    }

    /// The file before and after, for people. `then`: what is known once it is done.
    pub(super) fn masked(&self, now: &Judged, then: &Judged, texts: [&str; 2]) -> (String, String) {
        // An old text may hold keys that stand nowhere now, and a hostile one the old text's.
        let of = |text| then.known.hide(&now.masked(self.file, text)).into_owned();
        let [before, after] = texts;
        match self.back {
            Some(_) => (of(before), of(after)),
            None => (now.masked(self.file, before), now.masked(self.file, after)),
        }
    }

    /// The profile as it will be once its package is installed, as far as that can be said now.
    pub(super) fn foreseen(&self, judged: &Judged) -> Result<Option<Profile>, Failure> {
        let wanted = self.draft.as_ref().and_then(|draft| draft.wanted.as_ref());
        let package = wanted.map(|wanted| wanted.foreseen(&judged.machine.env.state()));
        let bound = |profile: Profile| Profile { package: profile.package.clone().or(package), ..profile };
        Ok(self.profile(judged)?.map(bound))
    }

    /// What a yes is for, where the file is as `file` says.
    pub(super) fn seen(&self, file: &Stamp) -> Stamp {
        self.back.as_ref().map_or_else(|| file.clone(), |back| back.seen(file))
    }

    /// The smallest part of the file that holds all that is changed: the entry,
    /// or what the changed settings stand in.
    pub(super) fn entry(&self, machine: &Machine) -> KeyPath {
        let inside = |at: &KeyPath| self.patches.iter().all(|patch| patch.at().0.starts_with(&at.0));
        let entry = self.server.map(|index| machine.servers[index.0].at.clone());
        if let Some(entry) = entry.filter(|entry| inside(entry)) {
            return entry;
        }
        let mut common = self.patches.first().map(|patch| patch.at().clone()).unwrap_or_default();
        common.0.pop();
        while !inside(&common) {
            common.0.pop();
        }
        common
    }

    /// A change that leaves keys, profiles and what is started alone.
    fn of(finding: &Finding, said: &Said, patches: Vec<Patch>) -> Plan {
        Plan::said(finding.place.file, finding.server, said, patches)
    }

    fn said(file: FileIndex, server: Option<ServerIndex>, said: &Said, patches: Vec<Patch>) -> Plan {
        let Said { title, past, summary, notes } = said.clone();
        let stash = Vec::new();
        Plan {
            file,
            server,
            title,
            past,
            summary,
            notes,
            patches,
            mode: None,
            stash,
            draft: None,
            ready: None,
            back: None,
        }
    }

    /// The package that is to be installed first: `some-mcp@1.2.3`.
    pub(super) fn wanted(&self) -> Option<String> {
        let wanted = self.draft.as_ref()?.wanted.as_ref()?;
        let version = wanted.version.as_ref().map_or_else(String::new, |version| format!("@{version}"));
        Some(line(&format!("{}{version}", wanted.name)))
    }

    /// The profile to be written, as far as it can be known before anything is installed.
    pub(super) fn profile(&self, judged: &Judged) -> Result<Option<Profile>, Failure> {
        match (&self.ready, &self.draft, self.server) {
            (Some(ready), ..) => Ok(Some(ready.profile.clone())),
            (None, Some(draft), Some(index)) => draft.finish(judged, index, None).map(Some),
            (None, ..) => Ok(None),
        }
    }
}

impl<'a> Subject<'a> {
    /// What is started here; `None` for a server elsewhere.
    fn of(machine: &'a Machine, index: ServerIndex, held: Held<'a>) -> Result<Option<Subject<'a>>, Failure> {
        let server = &machine.servers[index.0];
        let Some(command) = server.command() else { return Ok(None) };
        if command.wrapped.is_some() && command.profile.is_none() {
            return Err(refused("this entry's profile cannot be read, so Warder does not touch it".to_owned()));
        }
        if command.profile.as_ref().is_some_and(|profile| profile.remote.is_some()) {
            return Err(refused("this entry is not what you approved: put it back first".to_owned()));
        }
        let file = &machine.files[server.file.0];
        Ok(Some(Subject { env: &machine.env, file, server, command, index, machine, held }))
    }
}

/// The path of a program of ours as it stands in a file.
fn own_program(env: &Env, file: &FoundFile, path: &Path) -> Result<String, Failure> {
    let path = path.to_string_lossy();
    let path = if file.row.slashes { path.replace('\\', "/") } else { path.into_owned() };
    // Roo, whose row this is, starts everything through `cmd /c` on Windows, and what that makes of quotes
    // is not known.
    if file.row.slashes && env.os == Os::Windows && path.contains(' ') {
        return Err(refused(format!("{} would split the path of the launcher at its blanks", file.client.name)));
    }
    // What a client puts something else into would not be the launcher any more.
    if !dialect::all(&path).is_empty() || path.contains('$') {
        return Err(refused(format!("clients would read the path of the launcher as a reference: {}", line(&path))));
    }
    Ok(path)
}

fn is_broad(env: &Env, path: &str) -> bool {
    reach(path, env.os, &env.home).is_some()
}

fn by_hand() -> Failure {
    refused("this has to be done by hand".to_owned())
}

impl Subject<'_> {
    /// All its tools said, when it was started with the user's yes, that they only read.
    fn only_reads(&self) -> bool {
        self.machine.facts.only_read.contains(&self.server.id)
    }

    fn wrapped(&self, drawn: Drawn) -> Result<(ProfileId, Vec<Patch>), Failure> {
        match &self.command.wrapped {
            Some(wrapped) => Ok((wrapped.profile.clone(), Vec::new())),
            None => self.started(&self.written(), drawn),
        }
    }

    /// The words as they stand in the file, program first, our wrapper taken off.
    fn written(&self) -> Vec<String> {
        self.command.words().into_iter().map(|word| word.value.clone()).collect()
    }

    /// The entry with the launcher in front of these words.
    fn started(&self, words: &[String], drawn: Drawn) -> Result<(ProfileId, Vec<Patch>), Failure> {
        let around = |profile: ProfileId| {
            let (program, args) = words.split_first().expect("a launch line has a program");
            Wrapped { profile, program: program.clone(), args: args.to_vec() }.arguments()
        };
        if let Some(wrapped) = &self.command.wrapped {
            let args = around(wrapped.profile.clone());
            return Ok((wrapped.profile.clone(), self.command.rewrite(&self.command.program.value, &args)));
        }
        let id = ProfileId::new(&self.server.name, drawn.profile);
        let launcher = own_program(self.env, self.file, &self.env.state().launcher())?;
        let args = around(id.clone());
        Ok((id, self.command.rewrite(&launcher, &args)))
    }

    fn fencing(&self) -> Fencing {
        match &self.command.profile {
            Some(profile) => Fencing::Keep(profile.clone()),
            None => Fencing::None,
        }
    }
}

impl Draft {
    /// The same entry anew: sandbox, package and keys stay what they were.
    pub(super) fn again(id: ProfileId, entry: Entry, old: Profile) -> Draft {
        Draft { id, entry, fencing: Fencing::Keep(Box::new(old)), wanted: None, added: Vec::new() }
    }

    /// The new fence, if one is made, so that its engine has to be there.
    pub(super) fn fence(&self) -> Option<&Fence> {
        match &self.fencing {
            Fencing::Make(fence) => Some(fence),
            Fencing::None | Fencing::Keep(_) => None,
        }
    }

    /// The profile to write. Without `installed`, a fenced package's own
    /// program is not there yet: good enough to see whether all else would do.
    pub(super) fn finish(
        &self,
        judged: &Judged,
        index: ServerIndex,
        installed: Option<Installed>,
    ) -> Result<Profile, Failure> {
        let server = &judged.machine.servers[index.0];
        match &self.fencing {
            Fencing::None => self.entry.seal(judged, server, self.id.clone(), Around::Nothing, None),
            Fencing::Make(fence) => self.entry.seal(judged, server, self.id.clone(), Around::New(fence), installed),
            Fencing::Keep(old) => {
                let kept = match &old.package {
                    Some(package) => {
                        // As they were: words before the server's own may be gone now.
                        let before = server.command().map_or(0, |command| command.launch.arguments);
                        let own = old.approved.argv.len().saturating_sub(before);
                        let head = old.run.args.len().saturating_sub(own);
                        let args = old.run.args[..head].iter().filter_map(|token| match token {
                            warder_launch::command::Token::Text(text) => Some(text.clone()),
                            warder_launch::command::Token::Sealed { .. } => None,
                        });
                        let args = args.collect();
                        Some(Installed { program: old.run.program.clone(), args, package: package.clone() })
                    }
                    None => None,
                };
                let around = if old.sandbox.is_some() { Around::Kept } else { Around::Nothing };
                let mut profile = self.entry.seal(judged, server, self.id.clone(), around, kept)?;
                profile.sandbox = old.sandbox.clone();
                // The fence shows the program that was chosen then; a version manager may choose another by now.
                let same = profile.approved.argv.first() == old.approved.argv.first();
                if old.sandbox.is_some() && same && old.run.program.is_file() {
                    profile.run.program.clone_from(&old.run.program);
                    let path = old.run.env.get("PATH").filter(|_| profile.run.env.contains_key("PATH"));
                    profile.run.env.extend(path.map(|path| ("PATH".to_owned(), path.clone())));
                }
                // Where it keeps its files stays, unless the entry says so itself now.
                let set = old.run.env.iter().filter(|(name, _)| !self.entry.env.contains_key(*name));
                for (name, value) in set {
                    profile.run.env.entry(name.clone()).or_insert_with(|| value.clone());
                }
                if let Some(sandbox) = &mut profile.sandbox {
                    for dir in &self.added {
                        sandbox.write.push(Grant::of(dir).map_err(|error| fence_failure(&error))?);
                    }
                }
                Ok(profile)
            }
        }
    }
}
