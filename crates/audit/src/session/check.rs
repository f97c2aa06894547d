//! Does a server start as before? Its unwrapped self first, then the changed
//! entry; a difference takes the change back.

use std::collections::BTreeSet;
use std::path::PathBuf;

use warder_launch::wrap::Wrapped;

use super::plan::Plan;
use super::steps::stopped;
use super::{Session, TAKEN_BACK};
use crate::api::{Code, Failure};
use crate::count::counted;
use crate::document::Patch;
use crate::env::Env;
use crate::finding::{Act, Finding, Severity};
use crate::machine::FoundFile;
use crate::programs::resolve;
use crate::report::{Judged, command_line};
use crate::server::Server;
use crate::store::{Record, Store, Way};
use crate::verify::{self, PATIENCE, SHORT, Start, VerifyError};

/// How a client starts an entry: its short or full environment, its folder.
pub(super) fn start(env: &Env, file: &FoundFile, server: &Server) -> Option<Start> {
    let command = server.started()?;
    let cwd = match &server.cwd {
        Some(cwd) if server.client.start.cwd => PathBuf::from(&cwd.value),
        _ => file.project.clone().unwrap_or_else(|| env.home.clone()),
    };
    let passed = |name: &String| !server.client.start.short_env || SHORT.contains(&name.as_str());
    let mut vars: std::collections::BTreeMap<String, String> =
        env.vars.iter().filter(|(name, _)| passed(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    vars.insert("HOME".to_owned(), env.home.to_string_lossy().into_owned());
    vars.extend(server.env.iter().map(|pair| (pair.name.clone(), pair.value.value.clone())));
    let path = vars.get("PATH").map(|path| ("PATH".to_owned(), path.clone()));
    let env = Env { vars: path.into_iter().collect(), ..env.clone() };
    let program = resolve(&env, &command.program.value, Some(&cwd))?;
    let args = command.args.iter().map(|arg| arg.value.clone()).collect();
    Some(Start { program, args, env: vars, cwd })
}

/// Whether starting the server before and after `plan` is worth offering: not where it is to start no more, and never
/// where what it starts is what is wrong.
pub(super) fn is_startable(judged: &Judged, plan: &Plan, act: &Act) -> bool {
    let Some(index) = plan.server else { return false };
    let at = &judged.machine.servers[index.0].at;
    let ends =
        *act == Act::Disable || plan.patches.iter().any(|patch| matches!(patch, Patch::Remove(gone) if gone == at));
    let is_critical = |finding: &Finding| finding.server == Some(index) && finding.severity == Severity::Critical;
    // What goes back is started as it was approved, and only then.
    !ends && (plan.back.is_some() || !judged.findings.iter().any(is_critical))
}

/// The commands a verification starts, whole, for people: now, and after `plan`. `None`: there is nothing to start.
pub(super) fn lines(server: &Server, plan: &Plan) -> Option<Vec<String>> {
    if let Some(back) = &plan.back {
        // Nobody agreed to what it is now.
        return back.line.iter().map(|(program, args)| vec![command_line(program, args)]).next();
    }
    let after = plan.ready.as_ref().and_then(|ready| ready.line.clone());
    let now = server.started().map(|command| command.rewritten(&[]));
    let after = after.or_else(|| Some(server.started()?.rewritten(&plan.patches)))?;
    Some(now.into_iter().chain([after]).map(|(program, args)| command_line(&program, &args)).collect())
}

/// What is started besides where that fails, watched; `None` for what our launcher does not start.
pub(super) fn watched_line(server: &Server, plan: &Plan) -> Option<String> {
    let after = plan.ready.as_ref().and_then(|ready| ready.line.clone());
    let (program, args) = after.or_else(|| Some(server.started()?.rewritten(&plan.patches)))?;
    Some(command_line(&program, &Wrapped::parse(&args)?.learning()))
}

/// What is said of a sandboxed server that need not write where it may. Its tools' own word, and only ever for less.
pub(super) const ONLY_READ: &str = "All its tools say that they only read: its folders could be read-only.";

/// How a server did before anything was changed.
pub(super) enum Control {
    /// Its tools, and whether all of them say that they only read.
    Tools { names: Vec<String>, only_read: bool },
    /// Why it did not start.
    Failed(String),
    /// It is reached by its URL, which Warder does not do.
    Elsewhere,
    /// Nobody approved it, so it was not started.
    Swapped,
}

impl Session {
    /// The unwrapped server, before anything is changed.
    pub(super) fn control(&self, file: &FoundFile, server: &Server) -> Result<Control, Failure> {
        let words = format!("Starting {} as it is now", crate::redact::line(&server.name));
        self.step(&words)?;
        if server.started().is_none() {
            return Ok(Control::Elsewhere);
        }
        let Some(start) = start(&self.env, file, server) else {
            return Ok(Control::Failed("its program was not found".to_owned()));
        };
        match verify::talk(&start, PATIENCE, &[], &self.asking(words)) {
            Ok(talked) => Ok(Control::Tools { only_read: talked.only_reads, names: talked.tools }),
            Err(VerifyError::Stopped) => Err(stopped()),
            Err(error) => Ok(Control::Failed(error.to_string())),
        }
    }

    /// Starts the changed entry and compares; takes the change back if it differs.
    pub(super) fn confirm(&mut self, record: &Record, way: &Way, control: Control) -> Result<String, Failure> {
        self.missed = None;
        let swapped = matches!(control, Control::Swapped);
        let only_read = matches!(control, Control::Tools { only_read: true, .. });
        let expected = match control {
            Control::Tools { names, .. } => Some(names),
            Control::Failed(reason) => {
                return Ok(format!("Not verified: it did not start before either ({reason})."));
            }
            Control::Elsewhere | Control::Swapped => None,
        };
        let words = format!("Starting {} as it is from now on", crate::redact::line(&record.server));
        self.tell(&words);
        let goes_on = self.asking(words);
        let machine = &self.seen().machine;
        let found = machine
            .servers
            .iter()
            .find(|server| server.at == way.entry && machine.files[server.file.0].path == record.path);
        if expected.is_none() && found.is_some_and(|server| server.started().is_none()) {
            return Ok("Not verified: Warder starts no server that is reached by its URL.".to_owned());
        }
        let start = found.and_then(|server| start(&machine.env, &machine.files[server.file.0], server));
        let now = match start.as_ref().map(|start| verify::tools(start, PATIENCE, &goes_on)) {
            Some(Ok(tools)) => Ok(tools),
            Some(Err(error)) => Err(error.to_string()),
            None => Err("it was not found any more".to_owned()),
        };
        if swapped {
            return Ok(match now {
                Ok(tools) => format!("It starts again: {}.", listed(tools.len())),
                Err(reason) => format!("It is as you approved it, and does not start: {reason}."),
            });
        }
        let reason = match (now, expected) {
            (Ok(tools), None) => {
                return Ok(format!(
                    "It answers through the relay: {}. Before, it could not be asked.",
                    listed(tools.len())
                ));
            }
            (Ok(tools), Some(expected)) if tools == expected => {
                let same = format!("Started before and after: {}, the same.", listed(tools.len()));
                let sandbox = way.profile_after.as_ref().and_then(|profile| profile.sandbox.as_ref());
                let writes = sandbox.is_some_and(|sandbox| !sandbox.write.is_empty());
                return Ok(if only_read && writes { format!("{same} {ONLY_READ}") } else { same });
            }
            (Ok(tools), Some(expected)) if tools.len() == expected.len() => "it lists other tools".to_owned(),
            (Ok(tools), Some(expected)) => format!("it lists {} instead of {}", listed(tools.len()), expected.len()),
            (Err(reason), _) => reason,
        };
        let server = found.map(|server| server.id.clone()).unwrap_or_default();
        // Before it goes: what its sandbox kept from it.
        let missing = way.profile_after.as_ref().zip(start).and_then(|(profile, start)| {
            profile.sandbox.as_ref()?;
            let words = format!("Looking what {} was refused", crate::redact::line(&record.server));
            self.tell(&words);
            self.missing(profile, &server, start, words)
        });
        let (missing, learned) = missing.unzip();
        self.missed = learned.filter(|learned| learned.folders.len() + learned.hosts.len() > 0);
        let missing: Option<String> = missing.flatten();
        self.undo(&record.id)?;
        // It is only said in other words where this is not kept.
        if let Ok(store) = Store::open(&self.state)
            && let Ok(kept) = store.kept::<BTreeSet<String>>(TAKEN_BACK)
        {
            let mut all = kept.unwrap_or_default();
            all.insert(record.id.clone());
            let _ = store.keep(TAKEN_BACK, &all);
        }
        Err(Failure {
            code: Code::NotVerified,
            message: format!("the changed server did not start as before: {reason}"),
            hint: Some(
                missing
                    .into_iter()
                    .chain(["The change was taken back; the file is as it was.".to_owned()])
                    .collect::<Vec<_>>()
                    .join(" "),
            ),
        })
    }
}

fn listed(tools: usize) -> String {
    counted(tools, "tool", "tools")
}
