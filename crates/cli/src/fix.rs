//! `warder fix`: choose findings, show what each fix does, ask, do it.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use warder_audit::api::{
    Answer, Choices, Code, EngineName, Finding, Fix as FixOffer, NetworkChoice, Preview, Report, Request, Server,
};
use warder_audit::finding::Safety;
use warder_audit::session::{Session, safe};
use warder_launch::stderr::typed;

use crate::{Home, interactive, print, report, session, told};

#[derive(Args)]
pub(crate) struct Fix {
    /// Ids of findings, as `warder scan` prints them; all of one server: `--server NAME`.
    finding: Vec<String>,
    /// Fix what this rule found.
    #[arg(long, value_name = "RULE")]
    rule: Vec<String>,
    /// Fix what was found on this server (its id or its name).
    #[arg(long, value_name = "ID")]
    server: Vec<String>,
    /// Take every safe fix, without asking: nothing is started, and each can be undone.
    #[arg(long, conflicts_with_all = ["verify", "network", "keep", "read", "host", "engine"])]
    all_safe: bool,
    /// A folder that a narrowing or a sandbox keeps. May be given more than once.
    #[arg(long, value_name = "DIR")]
    keep: Vec<PathBuf>,
    /// A folder or file that a sandboxed server may only read. May be given more than once.
    #[arg(long, value_name = "PATH")]
    read: Vec<PathBuf>,
    /// What a sandboxed server gets of the network; what is proposed where it is not given.
    #[arg(long)]
    network: Option<NetworkName>,
    /// A host that a sandboxed server may reach: `api.example.com`, `db.example.com:5432`, `*.example.com`. May be
    /// given more than once.
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// What makes the sandbox; `landlock` keeps a server from less, and is taken only if you say so.
    #[arg(long)]
    engine: Option<Engine>,
    #[command(flatten)]
    projects: crate::Projects,
    /// Show what would be done, and do nothing.
    #[arg(long)]
    dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Start the server before and after, and take the fix back if it differs.
    #[arg(long)]
    verify: bool,
    #[command(flatten)]
    home: Home,
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum NetworkName {
    None,
    /// The hosts named with --host, and no others.
    Hosts,
    All,
}

impl From<NetworkName> for NetworkChoice {
    fn from(name: NetworkName) -> NetworkChoice {
        match name {
            NetworkName::None => NetworkChoice::None,
            NetworkName::Hosts => NetworkChoice::Hosts,
            NetworkName::All => NetworkChoice::All,
        }
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Engine {
    Bubblewrap,
    Landlock,
}

impl From<Engine> for EngineName {
    fn from(engine: Engine) -> EngineName {
        match engine {
            Engine::Bubblewrap => EngineName::Bubblewrap,
            Engine::Landlock => EngineName::Landlock,
        }
    }
}

/// Paths as a person types them, absolute.
pub(crate) fn absolute(paths: &[PathBuf]) -> Result<Vec<String>> {
    let absolute = paths.iter().map(|path| {
        let path = std::path::absolute(path).with_context(|| format!("reading {}", path.display()))?;
        Ok(path.to_string_lossy().into_owned())
    });
    absolute.collect()
}

pub(crate) fn run(fix: Fix) -> Result<bool> {
    if fix.finding.is_empty() && fix.rule.is_empty() && fix.server.is_empty() && !fix.all_safe {
        bail!("say what to fix: findings, --rule, --server or --all-safe");
    }
    for rule in &fix.rule {
        warder_audit::rules::rule(rule).with_context(|| format!("there is no rule {rule}"))?;
    }
    let mut env = fix.home.env()?;
    fix.projects.add(&mut env)?;
    let choices = Choices {
        keep: absolute(&fix.keep)?,
        read: absolute(&fix.read)?,
        network: fix.network.map(NetworkChoice::from),
        hosts: fix.host.clone(),
        engine: fix.engine.map(EngineName::from),
    };
    let mut session = session(env);
    let before = report(&mut session)?;
    let known: HashSet<String> = before.findings.iter().map(|finding| finding.id.clone()).collect();
    let wanted = chosen(&fix, &before)?;
    if wanted.is_empty() {
        if let Some(allow) = fix.allow(&before) {
            bail!("it runs in a sandbox already; what it may do there is changed with:\n{allow}");
        }
        print::talk("Nothing to fix.");
        return Ok(true);
    }
    let (mut clean, mut failed, mut moved) = (true, 0, false);
    let count = wanted.len();
    for (nth, (finding, offer)) in wanted.into_iter().enumerate() {
        let (finding, offer) = match offer {
            // What was done before may have mended this too, or moved it.
            Some(_) if nth > 0 && !fix.dry_run => match again(&fix, &mut session, &finding, &known)? {
                Some(row) => row,
                None => {
                    print::talk(&format!("Already mended: {} ({})", finding.message, finding.rule));
                    continue;
                }
            },
            offer => (finding, offer),
        };
        match offer {
            Some(offer) => match one(&fix, &mut session, &offer, &choices) {
                Ok(done) => {
                    clean &= done;
                    moved |= done && !fix.dry_run && offer.id.ends_with(".keychain");
                }
                Err(error) if count == 1 => return Err(error),
                // One that cannot be mended is no reason to leave the others.
                Err(error) => {
                    failed += 1;
                    print::failure(&error.context(format!("not done ({} {})", finding.rule, finding.id)));
                }
            },
            None => {
                clean = false;
                print::steps(&finding);
            }
        }
    }
    if moved {
        print::talk("Copies of the key may be elsewhere: `warder residue`.");
    }
    if failed > 0 {
        bail!("{failed} of {count} were not done");
    }
    Ok(clean)
}

impl Fix {
    /// How permissions are given to a server that runs in a sandbox already; `None` where none were asked for.
    fn allow(&self, report: &Report) -> Option<String> {
        let meant = |server: &&Server| self.server.iter().any(|wanted| [&server.id, &server.name].contains(&wanted));
        let mut fenced = report.servers.iter().filter(|server| server.permissions.is_some()).filter(meant);
        let name = typed(&fenced.next()?.name);
        let paths = |flag: &str, paths: &[PathBuf]| -> String {
            paths.iter().map(|path| format!(" {flag} {}", typed(&path.to_string_lossy()))).collect()
        };
        let hosts: String = self.host.iter().map(|host| format!(" --host {}", typed(host))).collect();
        let network = self.network.map_or_else(String::new, |name| {
            format!(
                " --network {}",
                name.to_possible_value().map_or_else(String::new, |name| name.get_name().to_owned())
            )
        });
        let asked = [paths("--write", &self.keep), paths("--read", &self.read), network, hosts].concat();
        (!asked.is_empty()).then(|| format!("warder allow{asked} -- {name}"))
    }
}

/// The findings meant, each with the first fix that Warder can do itself.
fn chosen(fix: &Fix, report: &Report) -> Result<Vec<(Finding, Option<FixOffer>)>> {
    for id in &fix.finding {
        if !report.findings.iter().any(|finding| finding.id == *id) {
            if report.servers.iter().any(|server| server.id == *id || server.name == *id) {
                bail!(
                    "{id} is a server and no finding; what was found on it is fixed with: warder fix --server {}",
                    typed(id)
                );
            }
            bail!("there is no finding {id} now; warder scan prints their ids");
        }
    }
    let mut servers = Vec::new();
    for wanted in &fix.server {
        let found = report.servers.iter().filter(|server| server.id == *wanted || server.name == *wanted);
        let before = servers.len();
        servers.extend(found.map(|server| server.id.clone()));
        if servers.len() == before {
            bail!("there is no server {wanted}");
        }
    }
    let narrowed = !fix.rule.is_empty() || !fix.server.is_empty();
    let meant = |finding: &&Finding| {
        let by_id = fix.finding.contains(&finding.id);
        let by_rule = fix.rule.is_empty() || fix.rule.contains(&finding.rule);
        let by_server = servers.is_empty() || finding.server.as_ref().is_some_and(|server| servers.contains(server));
        by_id || ((narrowed || fix.all_safe) && by_rule && by_server)
    };
    let rows = report.findings.iter().filter(meant).map(|finding| with_fix(fix, finding));
    let mut rows: Vec<_> = rows.filter(|(_, offer)| !fix.all_safe || offer.is_some()).collect();
    rows.sort_by_key(|(finding, _)| safe::turn(&finding.rule));
    Ok(rows)
}

/// A finding with the first fix that is meant.
fn with_fix(fix: &Fix, finding: &Finding) -> (Finding, Option<FixOffer>) {
    let offer = match fix.all_safe {
        true => safe::offer(finding),
        false => finding.fixes.iter().find(|offer| offer.safety != Safety::Manual),
    };
    (finding.clone(), offer.cloned())
}

/// The finding as it is now; `None` when it is gone.
fn again(
    fix: &Fix,
    session: &mut Session,
    finding: &Finding,
    known: &HashSet<String>,
) -> Result<Option<(Finding, Option<FixOffer>)>> {
    let report = report(session)?;
    Ok(safe::again(&report, finding, known).map(|found| with_fix(fix, found)))
}

/// Shows, asks, does. `false`: not done.
fn one(fix: &Fix, session: &mut Session, offer: &FixOffer, choices: &Choices) -> Result<bool> {
    let preview = session.preview(&offer.id, choices).map_err(|failure| {
        if failure.code == Code::Asks {
            suggest(session, &offer.id);
        }
        told(failure)
    })?;
    print::preview(&preview, fix.verify);
    if fix.dry_run {
        return Ok(true);
    }
    if !fix.yes && !fix.all_safe && !asked(&preview, fix.verify)? {
        print::talk("Left as it is.");
        return Ok(false);
    }
    let change = crate::interrupt::noted(fix.verify, || session.apply(&offer.id, choices, &preview.seen, fix.verify))
        .map_err(told)?;
    print::line(&format!("{} ({})  undo: warder undo {}", change.title, change.shown, change.id));
    if let Some(note) = change.note.filter(|note| !note.is_empty()) {
        print::talk(&note);
    }
    Ok(true)
}

/// Folders that a narrowing could keep, as they would be typed.
fn suggest(session: &mut Session, fix: &str) {
    if let Ok(Answer::Folders(folders)) = session.ask(Request::Suggest { fix: fix.to_owned() }) {
        folders.iter().take(5).for_each(|folder| print::talk(&format!("  --keep {}  {}", folder.path, folder.why)));
    }
}

pub(crate) fn asked(preview: &Preview, verify: bool) -> Result<bool> {
    if !interactive() {
        bail!("this fix needs a yes; say --yes, or run it at a terminal");
    }
    let question = if verify { "Do this, and start these commands to check it?" } else { "Do this?" };
    let answer = crate::asked(&format!("{}. {question} [y/N]", preview.title))?;
    Ok(matches!(answer.as_str(), "y" | "Y" | "yes"))
}
