//! `warder`: everything the window does, on the command line.
//!
//! Results on stdout, talk on stderr. Exit 0: nothing at or above
//! `--fail-on`; 1: something; 2: an error.

mod accept;
mod approve;
mod doctor;
mod fix;
mod help;
mod hidden;
mod interrupt;
mod keys;
mod learn;
mod manual;
mod news;
mod output;
mod permissions;
mod print;
mod recovery;
mod residue;
mod restore;
mod rotate;
mod rpc;
mod rules;
mod settings;
mod uninstall;
mod update;

use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use warder_audit::api::{Answer, Failure, File, FileState, Report, Request, Server};
use warder_audit::clients::{self, Os};
use warder_audit::env::Env;
use warder_audit::finding::Severity;
use warder_audit::session::{OwnKeychain, Session};

/// A scan is many small allocations on several threads, where the system's own
/// allocator takes a fifth of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Finds the MCP servers configured on this machine, says what is risky about
/// them, and mends it.
#[derive(Parser)]
#[command(name = "warder", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Shows every server with its score and what is wrong.
    Scan(Scan),
    /// Mends findings: named ones, those of a rule or a server, or all safe ones.
    Fix(fix::Fix),
    /// Lives with a finding: it stays visible and counts half.
    Accept(accept::Accept),
    /// Lets an entry start that changed since it was approved. Needs a terminal.
    Approve(approve::Approve),
    /// Shows which version of an installed package its registry serves now, and takes it after a yes.
    Update(update::Update),
    /// Shows what sandboxed servers may do.
    Permissions(permissions::Permissions),
    /// Changes what a sandboxed server may do. To allow more needs a terminal.
    Allow(permissions::Allow),
    /// Starts a sandboxed server once and shows what it was refused, to be allowed or not.
    Learn(learn::Learn),
    /// Looks whether every entry that Warder wrapped would start, and why not.
    Doctor(doctor::Doctor),
    /// Takes a change back, byte for byte.
    Undo(Undo),
    /// Puts wrapped entries back as they were, also without a history.
    Restore(restore::Restore),
    /// Takes Warder off: restores every wrapped entry, then removes its launcher, its keys and its start at login.
    Uninstall(uninstall::Uninstall),
    /// The copy of the history's key, to be kept on paper.
    #[command(subcommand)]
    Recovery(recovery::Recovery),
    /// Looks for copies of moved keys, and takes them out where that is safe.
    Residue(residue::Residue),
    /// Lists the keys that should be replaced at their providers.
    Rotate(rotate::Rotate),
    /// Shows every change.
    Log(Log),
    /// Shows what others changed in your configs since Warder looked last.
    News(news::News),
    /// Shows what you settled, and changes it: projects and files that are read besides, your editor.
    Settings(settings::Settings),
    /// Lists your keys: those in the keychain, and those in plain text.
    Keys(keys::Keys),
    /// Answers what a screen asks, one JSON line each: for tests and other screens.
    #[command(hide = true)]
    Rpc(rpc::Rpc),
    /// Lists the rules, or explains one of them.
    Rules {
        /// The id of a rule, as `warder scan` prints it.
        rule: Option<String>,
    },
    /// Prints what makes a shell complete these words.
    Completions(manual::Completions),
    /// Writes the manual pages, for those who make packages.
    #[command(hide = true)]
    Manual(manual::Manual),
}

#[derive(Args)]
struct Home {
    /// Use this home folder for everything, Warder's own state included.
    #[arg(long, value_name = "DIR")]
    home: Option<PathBuf>,
}

#[derive(Args)]
struct Projects {
    /// Also read this project's files. May be given more than once.
    #[arg(long, value_name = "DIR")]
    project: Vec<PathBuf>,
}

#[derive(Args)]
struct Scan {
    #[command(flatten)]
    home: Home,
    /// Look where this system's clients keep their files.
    #[arg(long)]
    os: Option<OsName>,
    #[command(flatten)]
    projects: Projects,
    /// Read only this file.
    #[arg(long, value_name = "PATH")]
    file: Option<PathBuf>,
    /// Read the file as this client would.
    #[arg(long, value_name = "ID", requires = "file")]
    client: Option<String>,
    #[command(flatten)]
    output: output::Output,
    /// Exit 1 when a finding is at least this severe.
    #[arg(long, value_name = "SEVERITY", default_value = "medium")]
    fail_on: SeverityName,
}

#[derive(Args)]
struct Undo {
    /// A change of `warder log`.
    #[arg(required_unless_present = "last", conflicts_with = "last")]
    change: Option<String>,
    /// The newest change that is not undone yet.
    #[arg(long)]
    last: bool,
    #[command(flatten)]
    home: Home,
}

#[derive(Args)]
struct Log {
    /// Print an array of changes as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: Home,
}

#[derive(Clone, Copy, ValueEnum)]
enum OsName {
    Linux,
    Macos,
    Windows,
}

#[derive(Clone, Copy, ValueEnum)]
enum SeverityName {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl From<SeverityName> for Severity {
    fn from(name: SeverityName) -> Severity {
        match name {
            SeverityName::Info => Severity::Info,
            SeverityName::Low => Severity::Low,
            SeverityName::Medium => Severity::Medium,
            SeverityName::High => Severity::High,
            SeverityName::Critical => Severity::Critical,
        }
    }
}

fn main() -> ExitCode {
    let cli = match help::command().try_get_matches().and_then(|given| Cli::from_arg_matches(&given)) {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let done = match cli.command {
        Command::Scan(scan) => run_scan(scan),
        Command::Fix(fix) => fix::run(fix),
        Command::Accept(accept) => accept::run(accept),
        Command::Approve(approve) => approve::run(approve),
        Command::Update(update) => update::run(update),
        Command::Permissions(permissions) => permissions::show(permissions),
        Command::Allow(allow) => permissions::allow(allow),
        Command::Learn(learn) => learn::run(&learn),
        Command::Doctor(doctor) => doctor::run(doctor),
        Command::Undo(undo) => run_undo(undo),
        Command::Restore(restore) => restore::run(restore),
        Command::Recovery(recovery) => recovery::run(recovery),
        Command::Residue(residue) => residue::run(residue),
        Command::Rotate(rotate) => rotate::run(rotate),
        Command::Log(log) => run_log(log),
        Command::News(news) => news::run(&news),
        Command::Settings(settings) => settings::run(&settings),
        Command::Keys(keys) => keys::run(keys),
        Command::Rpc(rpc) => rpc::run(&rpc),
        Command::Rules { rule } => rules::run(rule.as_deref()),
        Command::Uninstall(uninstall) => uninstall::run(uninstall),
        Command::Completions(completions) => manual::completions(&completions),
        Command::Manual(manual) => manual::pages(&manual),
    };
    match done {
        Ok(clean) if clean => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            print::failure(&error);
            ExitCode::from(2)
        }
    }
}

impl Home {
    fn env(&self) -> Result<Env> {
        if let Some(home) = &self.home
            && !home.is_dir()
        {
            bail!("{} is not a folder", home.display());
        }
        Env::current(self.home.as_deref()).context("this user has no home folder; say --home DIR")
    }
}

impl Projects {
    fn add(&self, env: &mut Env) -> Result<()> {
        for project in &self.project {
            let project = std::path::absolute(project).with_context(|| format!("reading {}", project.display()))?;
            if !project.is_dir() {
                bail!("{} is not a folder", project.display());
            }
            env.projects.push(project);
        }
        Ok(())
    }
}

fn session(env: Env) -> Session {
    let state = env.state();
    let vault = Arc::new(OwnKeychain(state.clone()));
    Session::open(env, state, vault).with_steps(Arc::new(|_| interrupt::goes_on()))
}

fn report(session: &mut Session) -> Result<Report> {
    match session.ask(Request::Scan).map_err(told)? {
        Answer::Report(report) => Ok(report),
        _ => bail!("a scan answers with a report"),
    }
}

/// A failure and, on its own line, what to do next.
fn told(failure: Failure) -> anyhow::Error {
    match failure.hint {
        Some(hint) => anyhow::anyhow!("{}\n{hint}", failure.message),
        None => anyhow::anyhow!(failure.message),
    }
}

fn run_scan(scan: Scan) -> Result<bool> {
    let mut env = scan.home.env()?;
    match scan.os {
        Some(OsName::Linux) => env.os = Os::Linux,
        Some(OsName::Macos) => env.os = Os::Macos,
        Some(OsName::Windows) => env.os = Os::Windows,
        None => {}
    }
    scan.projects.add(&mut env)?;
    if let Some(file) = &scan.file {
        let file = std::path::absolute(file).with_context(|| format!("reading {}", file.display()))?;
        let (client, row) = match &scan.client {
            Some(id) => clients::named(id, &file).with_context(|| {
                let ids: Vec<&str> = clients::CLIENTS.iter().map(|client| client.id).collect();
                format!("there is no client {id}; there are {}", ids.join(", "))
            })?,
            None => clients::of_path(&file),
        };
        if !file.exists() {
            bail!("{} does not exist", file.display());
        }
        env.only = Some((file, client, row));
    }
    let alone = env.only.is_some();
    let mut session = session(env);
    let report = report(&mut session)?;
    scan.output.write(&report)?;
    let unread = |file: &&File| alone && file.state == FileState::Unreadable;
    if let Some(file) = report.files.iter().find(unread) {
        let why = file.error.as_ref().map_or("it cannot be read", |error| error.message.as_str());
        bail!("{}: {why}", file.shown);
    }
    let open = report.findings.iter().filter(|finding| finding.accepted.is_none());
    let worst = open.map(|finding| finding.severity).max();
    // The process ends here; taking apart what was found would only take time.
    std::mem::forget((session, report));
    Ok(worst < Some(scan.fail_on.into()))
}

fn run_undo(undo: Undo) -> Result<bool> {
    let mut session = session(undo.home.env()?);
    let id = match undo.change {
        Some(id) => id,
        None => {
            let log = session.log().map_err(told)?;
            log.into_iter().find(|change| !change.undone).context("there is no change to undo")?.id
        }
    };
    let change = session.undo(&id).map_err(told)?;
    print::line(&format!("Undone: {} ({})", change.title, change.shown));
    change.note.iter().for_each(|note| print::talk(note));
    Ok(true)
}

fn run_log(log: Log) -> Result<bool> {
    let changes = session(log.home.env()?).log().map_err(told)?;
    if log.json {
        print::json(&changes)?;
    } else {
        print::log(&changes);
    }
    Ok(true)
}

/// The servers of this name or id that are meant; there is at least one.
fn named<'a>(report: &'a Report, wanted: &str, meant: impl Fn(&Server) -> bool) -> Result<Vec<&'a Server>> {
    let found = report.servers.iter().filter(|server| server.id == wanted || server.name == wanted);
    let found: Vec<&Server> = found.filter(|server| meant(server)).collect();
    if found.is_empty() {
        bail!("there is no such server: {wanted}");
    }
    Ok(found)
}

/// Asks a person, on stderr, and reads a line.
fn asked(question: &str) -> Result<String> {
    let mut out = std::io::stderr();
    write!(out, "{question} ")?;
    out.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}

/// Whether a person can be asked.
fn interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}
