//! Scan, preview, verify, apply, undo: the story of the app.
//!
//! The one room that acts. Reads through `machine`, thinks through `report`,
//! writes only through `disk`, the profiles, the vault and the history, in an
//! order that survives a crash at any point (`change.rs`).

pub mod accept;
mod approve;
mod blocked;
mod change;
mod check;
mod confirm;
mod doctor;
mod editors;
mod effect;
mod entry;
pub mod export;
mod failures;
mod fence;
mod folders;
mod foresee;
mod forget;
mod keys;
mod learn;
mod news;
mod packages;
mod past;
mod permissions;
mod permit;
mod plan;
mod programs;
mod propose;
mod put_back;
mod record;
mod recover;
mod recovery;
mod replace;
mod reseal;
pub mod residue;
mod restore;
mod rotation;
mod running;
pub mod safe;
mod secrets;
mod settings;
mod steps;
pub mod uninstall;
mod update;
mod way;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use warder_launch::profile::Profile;
use warder_launch::state::State;
use warder_launch::vault::{Handle, Keychain, Secret, Vault, VaultError};

use crate::api::{Answer, Change, Choices, Failure, Folder, Learned, Permissions, PermissionsChange, Preview, Request};
use crate::document::Stamp;
use crate::edit::diff;
use crate::env::Env;
use crate::finding::Act;
use crate::machine::Machine;
use crate::redact::Past;
use crate::report::permissions::{change, permissions as words_of};
use crate::report::{Judged, judge_with, page};
use crate::rules::rule;
use crate::store::{Record, Stage, Store};
use failures::{history, unknown, unknown_rule};
use foresee::Foreseen;
use plan::{Drawn, Plan, plan};

/// Under this name the history keeps which changes took themselves back.
const TAKEN_BACK: &str = "takenBack";

/// One user's Warder.
pub struct Session {
    /// As it was opened; `env` is that with what the user settled.
    own: Env,
    env: Env,
    state: State,
    vault: Arc<dyn Vault>,
    judged: Option<Judged>,
    /// Every key it ever knew.
    past: Past,
    /// The items of the keychain that are among them.
    asked: BTreeSet<Handle>,
    /// When that was seen, Unix time, milliseconds.
    looked: i64,
    /// What the config files said when others were told of last, before a change of ours.
    stood: BTreeMap<PathBuf, Option<Stamp>>,
    /// Goes into stamps of what was shown, so that nobody can guess a key by one.
    salt: [u8; 16],
    /// Random bits shown in a preview, kept for its application.
    drawn: BTreeMap<String, Drawn>,
    random: fn() -> [u8; 16],
    /// Copies of keys that were found, by the fix that takes the key out.
    copies: BTreeMap<String, residue::Scrub>,
    /// A new value for a key that was shown.
    offered_key: Option<replace::Offered>,
    /// Updates that were shown, by the id of the server.
    offered: BTreeMap<String, update::Offered>,
    /// Folders that could be projects, where they were looked for.
    suggested: Option<Vec<Folder>>,
    /// What the server was refused whose check failed last.
    missed: Option<Learned>,
    /// Fixes that were shown together.
    together: BTreeSet<String>,
    /// Servers whose tools all said that they only read.
    only_read: BTreeSet<String>,
    /// The report that was exported last.
    exported: Option<PathBuf>,
    /// Who is told what takes long.
    steps: Option<steps::Told>,
}

fn random() -> [u8; 16] {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the system gives random bytes");
    bytes
}

/// The keychain of a state folder, which need not exist until something is stored.
pub struct OwnKeychain(pub State);

impl OwnKeychain {
    fn keychain(&self) -> Result<Keychain, VaultError> {
        Keychain::of(&self.0).map_err(|_| VaultError::Unavailable(None))
    }
}

impl Vault for OwnKeychain {
    fn get(&self, handle: &Handle) -> Result<Option<Secret>, VaultError> {
        self.keychain()?.get(handle)
    }
    fn set(&self, handle: &Handle, secret: &Secret) -> Result<(), VaultError> {
        self.keychain()?.set(handle, secret)
    }
    fn delete(&self, handle: &Handle) -> Result<(), VaultError> {
        self.keychain()?.delete(handle)
    }
    fn look(&self) -> Result<Option<String>, VaultError> {
        // Also before there is a state folder.
        Keychain { state_id: String::new(), bus: Some(self.0.dir().join("bus")) }.look()
    }
}

impl Session {
    /// Starts a session; touches nothing yet.
    pub fn open(env: Env, state: State, vault: Arc<dyn Vault>) -> Session {
        Session {
            own: env.clone(),
            env,
            state,
            vault,
            judged: None,
            past: Past::default(),
            asked: BTreeSet::new(),
            looked: 0,
            stood: BTreeMap::new(),
            salt: random(),
            drawn: BTreeMap::new(),
            random,
            copies: BTreeMap::new(),
            offered_key: None,
            offered: BTreeMap::new(),
            suggested: None,
            missed: None,
            together: BTreeSet::new(),
            only_read: BTreeSet::new(),
            exported: None,
            steps: None,
        }
    }

    /// Random bits for tests whose results are compared word for word.
    #[doc(hidden)]
    pub fn with_random(mut self, random: fn() -> [u8; 16]) -> Session {
        self.random = random;
        self
    }

    /// Answers a screen. May block on the disk, the keychain or a server.
    pub fn ask(&mut self, request: Request) -> Result<Answer, Failure> {
        Ok(match request {
            Request::Scan => Answer::Report(self.scan().report()),
            Request::Detail { finding } => {
                Answer::Detail(self.seen().detail(&finding).ok_or_else(|| unknown("finding"))?)
            }
            Request::Rule { id } => Answer::Rule(page::page(rule(&id).ok_or_else(|| unknown_rule(&id))?)),
            Request::Preview { fix, choices } => Answer::Preview(self.preview(&fix, &choices)?),
            Request::Apply { fix, choices, seen, verify } => Answer::Change(self.apply(&fix, &choices, &seen, verify)?),
            Request::Accept { finding, reason, note, days } => {
                self.accept(&finding, reason, &note, days)?;
                Answer::Report(self.seen().report())
            }
            Request::Withdraw { finding } => {
                self.withdraw(&finding)?;
                Answer::Report(self.seen().report())
            }
            Request::Undo { change } => Answer::Change(self.undo(&change)?),
            Request::Log => Answer::Log(self.log()?),
            Request::Blocked => Answer::Blocked(self.blocked()?),
            Request::Change { change } => Answer::Change(self.change(&change)?),
            Request::Keys => Answer::Keys(self.keys()?),
            Request::Forget { key } => Answer::Keys(self.forget(&key)?),
            Request::Residue { change } => Answer::Residue(self.residue_in_steps(change.as_deref())?),
            Request::Reminders => Answer::Reminders(self.reminders()?),
            Request::Rotated { reminder, done } => {
                self.rotated(&reminder, done)?;
                Answer::Reminders(self.reminders()?)
            }
            Request::Open { reminder } => {
                self.open_page(&reminder)?;
                Answer::Reminders(self.reminders()?)
            }
            Request::ReplaceKey { offer } => Answer::Change(self.replace_key(&offer)?),
            Request::DropKey => {
                self.drop_key();
                Answer::Done
            }
            Request::Suggest { fix } => {
                self.seen().find_fix(&fix).ok_or_else(|| unknown("fix"))?;
                Answer::Folders(folders::suggest(&self.env, SystemTime::now()))
            }
            Request::Propose { fix } => Answer::Proposal(self.propose(&fix)?),
            Request::Learn { server, calls } => Answer::Learned(self.learn(&server, &calls)?),
            Request::Missed => Answer::Learned(self.missed.clone().ok_or_else(|| unknown("failed check"))?),
            Request::LookedAt { server, made } => {
                self.looked_at(&server, &made)?;
                Answer::Report(self.scan().report())
            }
            Request::Approval { server } => Answer::Approval(self.approval(&server)?),
            Request::Approve { server, seen } => Answer::Change(self.approve(&server, &seen)?),
            Request::Newer { server } => Answer::Update(self.newer(&server)?),
            Request::Update { server, seen } => Answer::Change(self.update(&server, &seen)?),
            Request::Doctor => Answer::Doctor(self.doctor()),
            Request::Restoring { servers } => Answer::Restoring(self.restoring(&servers)?),
            Request::Restore { servers } => Answer::Restoring(self.restore(&servers)?),
            Request::Settings => Answer::Settings(self.settings()),
            Request::Settle { settings } => Answer::Settings(self.keep_settings(settings)?),
            Request::Edit { file, line } => {
                self.edit(&file, line)?;
                Answer::Done
            }
            Request::ForgetHistory => {
                self.forget_history()?;
                Answer::Log(self.log()?)
            }
            Request::Safe => Answer::Safe(self.safe()?),
            Request::ApplySafe { fix, effect } => Answer::Change(self.apply_safe(&fix, &effect)?),
            Request::Secrets => Answer::Secrets(self.secrets()?),
            Request::News => Answer::News(self.news()?),
            Request::SeenNews { changes: None } => Answer::News(self.seen_news()?),
            Request::SeenNews { changes: Some(changes) } => Answer::News(self.seen_changes(&changes)?),
            Request::Export { shape, path } => Answer::Exported(self.export(shape, path.as_deref())?),
            Request::ExportPlace { shape } => Answer::Exported(self.export_place(shape)?),
            Request::OpenReport => {
                self.open_report()?;
                Answer::Done
            }
        })
    }

    /// Looks anew. Starts nothing, writes nothing, waits for no keychain, never fails.
    pub fn scan(&mut self) -> &Judged {
        self.env = settings::extended(&self.own);
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.looked = i64::try_from(since.as_millis()).unwrap_or(i64::MAX);
        let accepted = Store::accepted(&self.state);
        let mut judged = judge_with(Machine::look(self.env.clone()), &accepted);
        self.past.keep(&judged.known);
        self.know_moved();
        judged.remember(&self.past);
        judged.machine.facts.only_read.clone_from(&self.only_read);
        self.judged.insert(judged)
    }

    /// What was seen last.
    fn seen(&mut self) -> &Judged {
        if self.judged.is_none() {
            self.scan();
        }
        self.judged.as_ref().expect("just scanned")
    }

    /// The config files to watch, missing ones included.
    pub fn watched(&mut self) -> Vec<PathBuf> {
        self.seen().machine.files.iter().map(|file| file.path.clone()).collect()
    }

    fn drawn(&mut self, fix: &str) -> Drawn {
        let random = self.random;
        *self.drawn.entry(fix.to_owned()).or_insert_with(|| Drawn { profile: random(), key: random(), file: None })
    }

    /// `may_wait`: for a person who opens the keychain.
    fn planned(&mut self, fix: &str, choices: &Choices, may_wait: bool) -> Result<Plan, Failure> {
        let drawn = self.drawn(fix);
        let held = keys::holder(self.state.clone(), self.vault.clone(), may_wait);
        self.seen();
        let judged = self.judged.as_ref().expect("just scanned");
        let (finding, fix) = judged.find_fix(fix).ok_or_else(|| unknown("fix"))?;
        if fix.act == Act::PutBack {
            return self.put_back(judged, finding, may_wait);
        }
        plan(judged, finding, fix, choices, drawn, &held)
    }

    /// What a fix would do, masked, and the stamp of the file it was made for. Does not wait for a keychain that is locked.
    pub fn preview(&mut self, fix: &str, choices: &Choices) -> Result<Preview, Failure> {
        if Session::is_scrub(fix) {
            return self.preview_scrub(fix);
        }
        if let Some(server) = permissions::server(fix) {
            return self.preview_permissions(server, choices);
        }
        self.scan();
        let plan = self.planned(fix, choices, false)?;
        let judged = self.judged.as_ref().expect("just scanned");
        let identity = judged.machine.document(plan.file).and_then(|document| document.identity);
        let Imagined { preview, .. } = self.imagined(judged, fix, plan)?;
        self.drawn.entry(fix.to_owned()).and_modify(|drawn| drawn.file = identity);
        Ok(preview)
    }

    /// What a plan does to a machine, which may be one that is only thought of.
    fn imagined(&self, judged: &Judged, fix: &str, mut plan: Plan) -> Result<Imagined, Failure> {
        if !plan.stash.is_empty() && matches!(self.vault.look(), Err(VaultError::Locked)) {
            plan.notes.push("Your keychain is locked: it has to be opened before this can be done.".to_owned());
        }
        let document = judged.machine.document(plan.file).ok_or_else(|| unknown("file"))?;
        let file = &judged.machine.files[plan.file.0];
        let server = plan.server.map(|server| &judged.machine.servers[server.0]);
        let name = file.client.name;
        let after = plan.after(document, name)?;
        let (finding, found) = judged.find_fix(fix).ok_or_else(|| unknown("fix"))?;
        let Foreseen { score, then, woken } =
            self.foresee(judged, finding, &plan, &document.encoding.encode(&after))?;
        plan.notes.extend(woken.iter().map(|woken| format!("Another entry of this name counts then: {woken}.")));
        let (before, after) = plan.masked(judged, &then, [&document.text, &after]);
        // A key of another entry shows by itself in none of these.
        let hidden = |text: &String| judged.known.hide(text).into_owned();
        let startable = server.filter(|_| check::is_startable(judged, &plan, &found.act));
        let verify = startable.and_then(|server| check::lines(server, &plan));
        let fenced = plan.profile(judged)?.is_some_and(|profile| profile.sandbox.is_some());
        let refused = startable.filter(|_| fenced).and_then(|server| check::watched_line(server, &plan));
        let permissions = allowed(judged, &plan)?;
        let (title, summary, diff) = (hidden(&plan.title), hidden(&plan.summary), diff(&before, &after));
        let preview = Preview {
            fix: fix.to_owned(),
            effect: effect::effect((&title, &summary, &diff), judged, &plan, &then, &self.salt)?,
            title,
            summary,
            safety: found.safety,
            path: crate::redact::line(&file.shown),
            diff,
            seen: plan.seen(&document.stamp),
            notes: plan.notes.iter().map(hidden).collect(),
            verify: verify.map(|lines| lines.iter().map(hidden).collect()),
            verify_refused: refused.as_ref().map(hidden),
            score,
            permissions,
        };
        Ok(Imagined { preview, then, stash: plan.stash })
    }

    /// Every change, newest first.
    pub fn log(&mut self) -> Result<Vec<Change>, Failure> {
        if !Store::exists(&self.state) {
            return Ok(Vec::new());
        }
        let cut_off = |record: &Record| matches!(record.stage, Stage::Intended | Stage::Undoing);
        if Store::open(&self.state).and_then(|store| store.list()).map_err(history)?.iter().any(cut_off) {
            // Settled first, so that a change is never lost from sight; without a
            // keychain it is shown as what it is.
            let _ = self.history();
        }
        let store = Store::open(&self.state).map_err(history)?;
        let records = store.list().map_err(history)?;
        let taken_back: BTreeSet<String> = store.kept(TAKEN_BACK).map_err(history)?.unwrap_or_default();
        let shown = |record: &Record| {
            let note = match cut_off(record) {
                true => {
                    Some("Not finished: Warder was cut off. It is settled once the keychain can be read.".to_owned())
                }
                false => self.confirmation(&store, record).map_err(history)?,
            };
            let taken_back = record.stage == Stage::Undone && taken_back.contains(&record.id);
            Ok(Change { note, taken_back, ..self.shown(record) })
        };
        records.iter().map(shown).collect()
    }

    fn shown(&self, record: &Record) -> Change {
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(record.at.unsigned_abs());
        let client = crate::clients::client(&record.client);
        Change {
            id: record.id.clone(),
            at: humantime::format_rfc3339_seconds(at).to_string(),
            // It may be of a time when nobody knew that a word of it is a key.
            title: match &self.judged {
                Some(judged) => judged.line(&record.title),
                None => crate::redact::line(&record.title),
            },
            path: crate::redact::line(&record.path.to_string_lossy()),
            undone: record.stage == Stage::Undone,
            taken_back: false,
            shown: crate::redact::line(&self.env.shown(&record.path)),
            server: crate::redact::line(&record.server),
            client_name: client.map_or(record.client.as_str(), |client| client.name).to_owned(),
            diff: Vec::new(),
            note: None,
        }
    }

    /// The stamp of a file as it is now; what `apply` compares.
    pub fn stamp(&mut self, fix: &str) -> Result<Stamp, Failure> {
        let judged = self.seen();
        let (finding, _) = judged.find_fix(fix).ok_or_else(|| unknown("fix"))?;
        let document = judged.machine.document(finding.place.file).ok_or_else(|| unknown("file"))?;
        Ok(document.stamp.clone())
    }
}

/// A plan as a person sees it, and what comes of it.
struct Imagined {
    preview: Preview,
    /// The machine once it is done.
    then: Judged,
    stash: Vec<(Handle, Secret)>,
}

/// What a plan's fence allows beside the present one, where that is not the same.
fn allowed(judged: &Judged, plan: &Plan) -> Result<Option<PermissionsChange>, Failure> {
    let env = &judged.machine.env;
    let of = |profile: &Profile| words_of(env, profile);
    let before = plan.server.and_then(|server| judged.machine.servers[server.0].profile()).and_then(of);
    let after = plan.profile(judged)?.as_ref().and_then(of).map(|after| match plan.wanted() {
        // It is not installed yet.
        Some(package) => Permissions { run: vec![package], ..after },
        None => after,
    });
    Ok(after.filter(|after| Some(after) != before.as_ref()).map(|after| change(before, after)))
}
