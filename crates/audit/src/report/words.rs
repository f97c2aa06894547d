//! The words of the reports for people, Markdown and HTML: what an enum is
//! called, how a number reads, where a finding is and what can be done.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::api::{File, FileState, Finding, Fix, Report, Score, Server};
use crate::count::counted;
use crate::finding::Reason;
use crate::finding::{Confidence, Dimension, Safety, Severity};

/// Worst first.
pub(super) const SEVERITIES: [Severity; 5] =
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

/// A report and what its ids mean.
pub(super) struct Index<'a> {
    pub(super) report: &'a Report,
    files: HashMap<&'a str, &'a File>,
    servers: HashMap<&'a str, &'a Server>,
}

/// What a finding offers: the fix, whether it may be done without a look, what it gains.
pub(super) struct Offer<'a> {
    pub(super) title: &'a str,
    pub(super) safety: &'static str,
    /// `+12.4`; none where it gains nothing.
    pub(super) gain: Option<String>,
}

impl<'a> Index<'a> {
    pub(super) fn of(report: &'a Report) -> Index<'a> {
        let files = report.files.iter().map(|file| (file.id.as_str(), file)).collect();
        let servers = report.servers.iter().map(|server| (server.id.as_str(), server)).collect();
        Index { report, files, servers }
    }

    pub(super) fn server(&self, id: &str) -> Option<&'a Server> {
        self.servers.get(id).copied()
    }

    pub(super) fn file(&self, id: &str) -> Option<&'a File> {
        self.files.get(id).copied()
    }

    /// `~/.cursor/mcp.json:6:32`; empty where a finding has no file.
    pub(super) fn place(&self, finding: &Finding) -> String {
        let shown = finding.file.as_deref().and_then(|id| self.file(id)).map_or("", |file| &file.shown);
        match (finding.line, finding.column) {
            (Some(line), Some(column)) => format!("{shown}:{line}:{column}"),
            _ => shown.to_owned(),
        }
    }

    /// `~/.cursor/mcp.json:3`.
    pub(super) fn home(&self, server: &Server) -> String {
        format!("{}:{}", self.file(&server.file).map_or("", |file| &file.shown), server.line)
    }

    /// The name of the client a finding is about.
    pub(super) fn client(&self, finding: &Finding) -> &'a str {
        finding.file.as_deref().and_then(|id| self.file(id)).map_or("", |file| &file.client_name)
    }

    /// Servers, worst first; those without a score last.
    pub(super) fn servers(&self) -> Vec<&'a Server> {
        let mut servers: Vec<&Server> = self.report.servers.iter().collect();
        servers.sort_by_key(|server| server.score.total.score.unwrap_or(u32::MAX));
        servers
    }

    /// Files that are there and are not, or not wholly, what their clients read.
    pub(super) fn broken(&self) -> Vec<&'a File> {
        self.report.files.iter().filter(|file| file.error.is_some()).collect()
    }

    /// How many findings of a severity count in full.
    pub(super) fn tally(&self, severity: Severity) -> usize {
        let counts = |finding: &&Finding| finding.severity == severity && finding.accepted.is_none();
        self.report.findings.iter().filter(counts).count()
    }

    /// One sentence about this machine, without its full stop.
    pub(super) fn headline(&self) -> String {
        let afflicted = |about: fn(&Finding) -> bool| {
            let meant =
                |finding: &&Finding| finding.severity >= Severity::High && finding.accepted.is_none() && about(finding);
            let found = self.report.findings.iter().filter(meant);
            found.filter_map(|finding| finding.server.as_deref()).collect::<HashSet<_>>().len()
        };
        let said = |n: usize, one: &str, many: &str| match n {
            1 => format!("One of the servers {one}"),
            _ => format!("{n} of the servers {many}"),
        };
        let (critical, keys) =
            (afflicted(|f| f.severity == Severity::Critical), afflicted(|f| f.dimension == Dimension::Credentials));
        let (reach, other) = (afflicted(|f| f.dimension == Dimension::Permissions), afflicted(|_| true));
        let broken = self.broken().len();
        match (critical, keys, reach, other) {
            (1.., ..) => said(critical, "has a critical finding", "have critical findings"),
            (_, 1.., ..) => said(keys, "holds keys in plain text", "hold keys in plain text"),
            (_, _, 1.., _) => said(reach, "may reach too far", "may reach too far"),
            (.., 1..) => said(other, "has a serious finding", "have serious findings"),
            _ if broken > 0 => format!("{} not as expected", counted(broken, "config file is", "config files are")),
            _ if self.report.servers.is_empty() => "No MCP servers found".to_owned(),
            _ if self.report.findings.is_empty() => "Nothing found on this machine".to_owned(),
            _ => "Nothing serious found on this machine".to_owned(),
        }
    }

    /// `12 servers in Cursor and VS Code`; without any, where was looked.
    pub(super) fn scope(&self) -> String {
        if self.report.servers.is_empty() {
            let read = self.report.files.iter().filter(|file| file.state == FileState::Read).count();
            let places = counted(self.report.files.len(), "place", "places");
            return format!("Looked in {places}, {read} of them with a file");
        }
        let clients: BTreeSet<&str> = self.report.servers.iter().map(|server| server.client_name.as_str()).collect();
        let servers = counted(self.report.servers.len(), "server", "servers");
        format!("{servers} in {}", listed(&clients.into_iter().collect::<Vec<_>>()))
    }
}

/// What can be done about a finding, as its buttons say.
pub(super) fn offer(fix: &Fix) -> Offer<'_> {
    let safety = match fix.safety {
        Safety::Safe => "safe",
        Safety::Review => "needs your review",
        Safety::Manual => "by hand",
    };
    let gain = fix.gain.filter(|gain| *gain >= 0.05).map(|gain| format!("+{gain}"));
    Offer { title: &fix.title, safety, gain }
}

pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
        Severity::Info => "Info",
    }
}

pub(super) fn confidence(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Confirmed => "confirmed",
        Confidence::High => "high confidence",
        Confidence::Medium => "medium confidence",
        Confidence::Low => "low confidence",
    }
}

pub(super) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Needed => "the server needs it",
        Reason::Mitigated => "something else keeps it from doing harm",
        Reason::NotARisk => "it is not a risk here",
    }
}

/// `34 of 100, Warning`.
pub(super) fn score(score: &Score) -> String {
    match (score.score, score.band) {
        (Some(points), Some(named)) => format!("{points} of 100, {}", named.word()),
        _ => "Not scored".to_owned(),
    }
}

/// `between 31 and 60`; none without a score.
pub(super) fn interval(score: &Score) -> Option<String> {
    score.range().map(|(low, high)| format!("between {low} and {high}"))
}

/// `Cursor`, `Cursor and VS Code`, `A, B and C`.
fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
