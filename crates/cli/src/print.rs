//! What a person reads. The report's texts are masked and escaped already;
//! here they only get a shape. Colour only on a terminal, never with NO_COLOR.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is where the command line speaks")]

use std::collections::{BTreeMap, HashMap};
use std::io::{BufWriter, ErrorKind, IsTerminal, StdoutLock, Write};
use std::sync::LazyLock;

use anyhow::Result;
use serde::Serialize;
use warder_audit::api::{Change, File, FileState, Finding, Preview, Protection, Report, Score, Server};
use warder_audit::clients::Scope;
use warder_audit::edit::{DiffLine, LineKind};
use warder_audit::finding::{Safety, Severity};

pub(crate) fn paint(code: &str, text: &str) -> String {
    static COLOUR: LazyLock<bool> = LazyLock::new(|| {
        std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    });
    if *COLOUR { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// One line of result. A reader that went away is no error.
pub(crate) fn line(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// One line of talk.
pub(crate) fn talk(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

pub(crate) fn failure(error: &anyhow::Error) {
    // What the user typed may stand in it, and that may be somebody else's text.
    let error = warder_audit::redact::text(&format!("{error:#}"));
    talk(&format!("warder: {}", error.replace('\n', "\n        ")));
}

pub(crate) fn json(value: &impl Serialize) -> Result<()> {
    streamed(|out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        Ok(writeln!(out)?)
    })
}

/// Writes much at once.
pub(crate) fn streamed(write: impl FnOnce(&mut BufWriter<StdoutLock>) -> Result<()>) -> Result<()> {
    let mut out = BufWriter::with_capacity(64 * 1024, std::io::stdout().lock());
    let written = write(&mut out).and_then(|()| Ok(out.flush()?));
    // A reader that went away is no error here either.
    written.or_else(|error| if gone(&error) { Ok(()) } else { Err(error) })
}

fn gone(error: &anyhow::Error) -> bool {
    let kind = match error.downcast_ref::<serde_json::Error>() {
        Some(error) => error.io_error_kind(),
        None => error.downcast_ref::<std::io::Error>().map(std::io::Error::kind),
    };
    kind == Some(ErrorKind::BrokenPipe)
}

pub(crate) fn severity(severity: Severity) -> String {
    let (code, word) = match severity {
        Severity::Critical => ("1;31", "critical"),
        Severity::High => ("31", "high"),
        Severity::Medium => ("33", "medium"),
        Severity::Low => ("34", "low"),
        Severity::Info => ("2", "info"),
    };
    paint(code, &format!("{word:<8}"))
}

fn score(score: &Score) -> String {
    match (score.score, score.band, score.range()) {
        (Some(points), Some(named), Some((low, high))) => format!("{points} ({low}–{high})  {}", named.word()),
        _ => "no score".to_owned(),
    }
}

pub(crate) fn report(report: &Report) {
    let mut page = Page::of(report);
    let there = report.files.iter().filter(|file| file.state != FileState::Missing).count();
    if report.servers.is_empty() {
        let places = match report.files.len() {
            1 => "one place".to_owned(),
            many => format!("{many} places"),
        };
        page.line(&format!("No MCP servers found. Looked in {places}, {there} of them with a file."));
    }
    for places in page.identities() {
        page.server(&places);
    }
    if let Some(rest) = page.findings.remove(&None) {
        page.line(&paint("1", "Files"));
        rest.iter().for_each(|row| page.finding(row));
        page.line("");
    }
    if let Some(now) = report.machine.score {
        let unread = match report.files.iter().filter(|file| file.state.is_unread()).count() {
            0 => String::new(),
            1 => " · without 1 file that cannot be read".to_owned(),
            many => format!(" · without {many} files that cannot be read"),
        };
        page.line(&format!("This machine: {} · config files only{unread}", score(&report.machine)));
        page.worst();
        if let Some(then) = report.best.score {
            let fixes = match report.best.fixes.len() {
                1 => "One fix takes".to_owned(),
                2 => "Two fixes take".to_owned(),
                _ => "Three fixes take".to_owned(),
            };
            let of = |id: &String| report.findings.iter().find(|one| one.fixes.iter().any(|fix| fix.id == *id));
            let found: Vec<&Finding> = report.best.fixes.iter().filter_map(of).collect();
            page.line(&format!("{fixes} you from {now} to {then}: {}", commands(&found)));
        }
    }
    let _ = std::io::stdout().write_all(page.text.as_bytes());
}

/// How these are mended: those that the command can mend, and those for which it only has steps.
fn commands(found: &[&Finding]) -> String {
    let by_itself = |one: &&&Finding| one.fixes.iter().any(|fix| fix.safety != Safety::Manual);
    let (itself, by_hand): (Vec<_>, Vec<_>) = found.iter().partition(by_itself);
    let command = |these: &[&&Finding]| {
        let ids: Vec<&str> = these.iter().map(|one| one.id.as_str()).collect();
        format!("warder fix {}", ids.join(" "))
    };
    match (itself.is_empty(), by_hand.is_empty()) {
        (_, true) => command(&itself),
        (true, false) => format!("by hand, as {} says", command(&by_hand)),
        (false, false) => format!("{}, and by hand, as {} says", command(&itself), command(&by_hand)),
    }
}

/// A server's name, as the window says it too.
fn name(server: &Server) -> &str {
    if server.name.trim().is_empty() { "⟨no name⟩" } else { &server.name }
}

/// A report on its way to the reader, and what its ids mean.
struct Page<'a> {
    text: String,
    report: &'a Report,
    files: HashMap<&'a str, &'a File>,
    servers: HashMap<&'a str, usize>,
    /// By the server they are about.
    findings: HashMap<Option<&'a str>, Vec<&'a Finding>>,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Page<'a> {
        let mut findings: HashMap<Option<&str>, Vec<&Finding>> = HashMap::new();
        for finding in &report.findings {
            findings.entry(finding.server.as_deref()).or_default().push(finding);
        }
        let files = report.files.iter().map(|file| (file.id.as_str(), file)).collect();
        let servers = report.servers.iter().enumerate().map(|(index, server)| (server.id.as_str(), index)).collect();
        Page { text: String::new(), report, files, servers, findings }
    }

    fn line(&mut self, text: &str) {
        self.text += text;
        self.text.push('\n');
    }

    /// Every server with all its places, in the report's order. Each place names the
    /// first ones of its server, so the first of all is named by every other.
    fn identities(&self) -> Vec<Vec<&'a Server>> {
        let mut all: BTreeMap<usize, Vec<&Server>> = BTreeMap::new();
        for (index, server) in self.report.servers.iter().enumerate() {
            let also = server.also.iter().filter_map(|id| self.servers.get(id.as_str()).copied());
            all.entry(also.min().map_or(index, |first| first.min(index))).or_default().push(server);
        }
        all.into_values().collect()
    }

    /// The server with the lowest score and its gravest finding, for those who see only the end.
    fn worst(&mut self) {
        let points = |server: &&Server| server.score.total.score;
        let on = self.report.servers.iter().filter(|server| server.enabled && points(server).is_some());
        let Some(worst) = on.min_by_key(points) else { return };
        let is_its =
            |finding: &&Finding| finding.server.as_ref().is_some_and(|id| *id == worst.id || worst.also.contains(id));
        if let Some(finding) = self.report.findings.iter().filter(|one| one.accepted.is_none()).find(is_its) {
            let text = format!(
                "Worst: {}, {}: {}",
                name(worst),
                score(&worst.score.total).replace("  ", ", "),
                finding.message
            );
            self.line(&text);
        }
    }

    /// One server with every place it is configured in.
    fn server(&mut self, places: &[&Server]) {
        let points = |server: &&&Server| server.score.total.score.unwrap_or(u32::MAX);
        let worst = places.iter().min_by_key(points).unwrap_or(&places[0]);
        self.line(&format!("{}  {}", paint("1", name(places[0])), score(&worst.score.total)));
        for server in places {
            self.place(server, places[0]);
            let own = self.findings.get(&Some(server.id.as_str())).cloned().unwrap_or_default();
            own.iter().for_each(|row| self.finding(row));
        }
        self.line("");
    }

    fn shown(&self, file: &str) -> &'a str {
        self.files.get(file).map_or("", |file| &file.shown)
    }

    fn place(&mut self, server: &Server, first: &Server) {
        let mut place = format!("  {} · {}:{}", server.client_name, self.shown(&server.file), server.line);
        if server.name != first.name {
            place += &format!(" · as {}", name(server));
        }
        if let (Some(project), Scope::Local) = (&server.project, server.scope) {
            place += &format!(" · in {project}");
        }
        place += &format!(" · server {}", server.id);
        if !server.enabled {
            place += " · off";
        }
        // A client may reach a server elsewhere all the same, only without its keys.
        let so = if server.url.is_none() { "it will not start" } else { "it gets no keys" };
        place += &match server.protection {
            Protection::None => String::new(),
            Protection::Keychain => " · key in the keychain".to_owned(),
            Protection::Sandbox => " · in a sandbox".to_owned(),
            Protection::Broken => format!(" · its profile is missing or cannot be used: {so}"),
            Protection::Changed => format!(" · changed since it was approved: {so}"),
        };
        let over = server.under.iter().filter_map(|id| self.servers.get(id.as_str()));
        for over in over.map(|index| &self.report.servers[*index]) {
            let everywhere = over.project.is_none() || over.project == server.project;
            let shown = self.shown(&over.file);
            place += &match (everywhere, &over.project) {
                (false, Some(project)) => format!(" · not used in {project}: {shown}:{} wins", over.line),
                _ => format!(" · not used: {shown}:{} wins", over.line),
            };
        }
        self.line(&place);
    }

    fn finding(&mut self, finding: &Finding) {
        self.line(&format!("  {} {}  {}", severity(finding.severity), finding.rule, finding.message));
        let shown = finding.file.as_deref().map_or("", |file| self.shown(file));
        let place = match (finding.line, finding.column) {
            (Some(line), Some(column)) => format!("{shown}:{line}:{column}"),
            _ => shown.to_owned(),
        };
        let fix = finding.fixes.iter().find(|fix| fix.safety != Safety::Manual);
        let by_hand = || if finding.fixes.is_empty() { "" } else { "  by hand: warder fix shows how" }.to_owned();
        let offer = fix.map_or_else(by_hand, |fix| {
            let gain = fix.gain.filter(|gain| *gain >= 0.05).map_or_else(String::new, |gain| format!(", +{gain}"));
            let safety = if fix.safety == Safety::Safe { "safe" } else { "needs your review" };
            format!("  fix: {} ({safety}{gain})", fix.title.to_lowercase())
        });
        self.line(&paint("2", &format!("           {place}  {}{offer}", finding.id)));
        if let Some(accepted) = &finding.accepted {
            let until = accepted.until.as_ref().map_or_else(String::new, |day| format!(" until {day}"));
            let note = if accepted.note.is_empty() { String::new() } else { format!(": {}", accepted.note) };
            self.line(&paint("2", &format!("           accepted{until}, counts half{note}")));
        }
    }
}

pub(crate) fn steps(finding: &Finding) {
    talk(&finding.message);
    for step in finding.fixes.iter().flat_map(|fix| &fix.steps) {
        talk(&format!("  - {step}"));
    }
}

pub(crate) fn preview(preview: &Preview, verify: bool) {
    line(&paint("1", &preview.title));
    line(&preview.summary);
    line(&format!("  {}", preview.path));
    lines(&preview.diff);
    if let Some(change) = &preview.permissions {
        change.less.iter().for_each(|less| line(&paint("32", &format!("  - {less}"))));
        change.more.iter().for_each(|more| line(&paint("31", &format!("  + {more}"))));
    }
    preview.notes.iter().for_each(|note| line(&format!("  {note}")));
    if let Some(commands) = preview.verify.as_ref().filter(|_| verify) {
        line("  To check it, this is started before and after:");
        commands.iter().for_each(|command| line(&format!("    {command}")));
        if let Some(command) = &preview.verify_refused {
            line("  If that fails, this too, to see what it was refused:");
            line(&format!("    {command}"));
        }
    }
}

/// A difference.
pub(crate) fn lines(lines: &[DiffLine]) {
    for row in lines {
        line(&match row.kind {
            LineKind::Kept => format!("    {}", row.text),
            LineKind::Removed => paint("31", &format!("  - {}", row.text)),
            LineKind::Added => paint("32", &format!("  + {}", row.text)),
            LineKind::Gap => "  …".to_owned(),
        });
    }
}

pub(crate) fn log(changes: &[Change]) {
    if changes.is_empty() {
        line("Warder has changed nothing.");
    }
    for change in changes {
        let undone = if change.undone { "  undone" } else { "" };
        line(&format!("{}  {}  {} · {}{undone}", change.id, change.at, change.title, change.shown));
    }
}
