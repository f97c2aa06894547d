//! What was there: servers, files and the score, in the report's own masked words.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};
use warder_launch::command::is_loader;

use crate::api::{Finding, Protection, Report};
use crate::finding::Severity;
use crate::machine::{FileState, FoundFile};
use crate::report::Judged;
use crate::rules::credentials::plain::PLAIN;
use crate::rules::permissions::approved::unasked;
use crate::secret::judge;
use crate::server::{Pair, Transport};

/// A server as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session) struct Was {
    pub(super) id: String,
    /// Its path: the id of a file changes when another of its readers finds servers in it.
    pub(super) file: String,
    /// As it is, to be compared with the history's; masked.
    pub(super) name: String,
    pub(super) enabled: bool,
    /// `none`, `keychain`, `sandbox`, `broken`, `changed`.
    pub(super) protection: String,
    pub(super) elsewhere: bool,
    /// The launch line, a word each; or the URL.
    pub(super) starts: Vec<String>,
    /// The names of its variables and headers.
    pub(super) gets: Vec<String>,
    /// Nothing where an older Warder looked.
    #[serde(default)]
    pub(super) more: Option<More>,
    /// As it was before its file could not be read any more: nobody knows what it is now.
    #[serde(default)]
    pub(super) unread: bool,
}

/// What an entry says besides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session) struct More {
    pub(super) cwd: Option<String>,
    /// The file of variables that it names.
    pub(super) env_file: Option<String>,
    /// Whether its client asks before a tool runs, in the report's words.
    pub(super) asks: String,
    /// The tools that run without asking; nothing where an older Warder looked.
    #[serde(default)]
    pub(super) unasked: Option<Vec<String>>,
    /// What its variables say, where that is no secret.
    pub(super) values: BTreeMap<String, String>,
}

/// A file as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::session) struct WasFile {
    pub(super) id: String,
    pub(super) shown: String,
    pub(super) path: String,
    pub(super) client_name: String,
    /// Who changes it, as far as that can be told: `Cursor's config`, else the file.
    pub(super) place: String,
    /// It is there, and its client cannot read it.
    pub(super) broken: bool,
    /// Line and column of what its client stumbles over, and since when, Unix time, seconds; nothing where an older
    /// Warder looked.
    #[serde(default)]
    pub(super) fault: Option<(usize, usize)>,
    #[serde(default)]
    pub(super) since: Option<i64>,
    /// The project folder of a project file.
    pub(super) project: Option<String>,
    /// The user named it.
    pub(super) asked: bool,
}

/// One look at everything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::session) struct Look {
    /// Unix time, milliseconds.
    pub(super) at: i64,
    /// The version of Warder, and the day: another one may score otherwise.
    pub(super) warder: String,
    pub(super) day: Option<u32>,
    pub(super) projects: Vec<String>,
    pub(super) score: Option<u32>,
    /// The score before files broke that are so still: what they hold is out of sight meanwhile.
    #[serde(default)]
    pub(super) sound: Option<u32>,
    /// Since when nothing of medium or more has been open, Unix time, seconds.
    pub(super) clear: Option<i64>,
    /// By path.
    pub(super) files: BTreeMap<String, WasFile>,
    pub(super) servers: BTreeMap<String, Was>,
    /// Ids of findings.
    pub(super) findings: BTreeSet<String>,
    /// The history's changes then, and how far each had come.
    pub(super) changes: BTreeMap<String, String>,
    /// Of what the user lived with.
    pub(super) accepted: String,
    /// When each place of a plain-text key was first seen, Unix time, seconds.
    pub(super) keys: BTreeMap<String, i64>,
}

impl Look {
    pub(super) fn of(judged: &Judged, report: &Report, at: i64) -> Look {
        let machine = &judged.machine;
        // A folder may be named like a key; what is compared with it is masked as well.
        let path = |path: &Path| judged.line(&path.to_string_lossy());
        let file = |found: &FoundFile| {
            let shown = judged.line(&found.shown);
            let one = found.readers.len() == 1 && found.project.is_none() && found.client.id != "generic";
            let problem = match &found.state {
                FileState::Read(document) => document.refused.as_ref(),
                FileState::Missing => None,
                FileState::Invalid(problem) | FileState::Unreadable(problem) => Some(problem),
            };
            WasFile {
                id: found.id.clone(),
                place: if one { format!("{}'s config", found.client.name) } else { shown.clone() },
                shown,
                path: path(&found.path),
                client_name: found.client.name.to_owned(),
                broken: problem.is_some(),
                fault: problem.and_then(|problem| problem.at).map(|at| (at.line, at.column)),
                since: problem.map(|_| at / 1000),
                project: found.project.as_deref().map(path),
                asked: found.asked,
            }
        };
        let mut servers = BTreeMap::new();
        let unasked = unasked(machine);
        for ((found, told), tools) in machine.servers.iter().zip(&report.servers).zip(unasked) {
            let headers = match &found.transport {
                Transport::Http { headers, .. } => headers.as_slice(),
                _ => &[],
            };
            let mut gets: Vec<String> = found.env.iter().chain(headers).map(|pair| judged.line(&pair.name)).collect();
            gets.sort();
            let starts = match told.command.is_empty() {
                true => told.url.iter().map(|url| one_line(url)).collect(),
                false => told.command.iter().map(|word| one_line(word)).collect(),
            };
            let was = Was {
                id: told.id.clone(),
                file: path(&machine.files[found.file.0].path),
                name: told.name.clone(),
                enabled: told.enabled,
                protection: protection(told.protection).to_owned(),
                elsewhere: matches!(found.transport, Transport::Http { .. }),
                starts,
                gets,
                more: Some(More {
                    cwd: found.cwd.as_ref().map(|cwd| judged.line(&cwd.value)),
                    env_file: found.env_file.as_ref().map(|file| judged.line(&file.value)),
                    asks: told.reach.approval.clone(),
                    unasked: Some(tools.into_iter().map(|tool| judged.line(tool)).collect()),
                    values: found.env.iter().filter_map(|pair| value(judged, pair)).collect(),
                }),
                unread: false,
            };
            // A place in a list moves when another entry goes; the name stays.
            let project = told.project.as_deref().unwrap_or_default();
            let key = (1..).map(|nth| format!("{}\0{project}\0{}\0{nth}", was.file, told.name));
            let key = key.into_iter().find(|key| !servers.contains_key(key)).expect("some number is free");
            servers.insert(key, was);
        }
        let open = report.findings.iter().filter(|finding| finding.accepted.is_none());
        let is_clear = open.map(|finding| finding.severity).max() < Some(Severity::Medium);
        Look {
            at,
            warder: report.warder.clone(),
            day: machine.env.today,
            projects: machine.env.projects.iter().map(|project| path(project)).collect(),
            score: report.machine.score,
            sound: None,
            clear: is_clear.then_some(at / 1000),
            files: machine.files.iter().map(|found| (path(&found.path), file(found))).collect(),
            servers,
            findings: report.findings.iter().map(|finding| finding.id.clone()).collect(),
            changes: BTreeMap::new(),
            accepted: String::new(),
            keys: plain(report).map(|finding| (finding.id.clone(), at / 1000)).collect(),
        }
    }

    /// What goes on since the look before: the servers of a file that nobody can read at the moment, and since when
    /// things are so.
    pub(super) fn follow(&mut self, before: &Look, now: i64) {
        for (key, was) in &before.servers {
            if self.files.get(&was.file).is_some_and(|file| file.broken) && !self.servers.contains_key(key) {
                self.servers.insert(key.clone(), Was { unread: true, ..was.clone() });
            }
        }
        let mut broke = false;
        for (path, file) in self.files.iter_mut().filter(|(_, file)| file.broken) {
            let was = before.files.get(path);
            match was.filter(|was| was.broken) {
                // Where in it may change as long as it cannot be read.
                Some(was) => file.since = was.since.or(file.since),
                None => broke |= was.is_some(),
            }
        }
        if self.files.values().any(|file| file.broken) {
            self.sound = before.sound.or_else(|| before.score.filter(|_| broke));
        }
        self.clear = self.clear.map(|_| before.clear.unwrap_or(now));
        for (key, at) in &mut self.keys {
            *at = before.keys.get(key).copied().unwrap_or(*at).min(*at);
        }
    }

    /// The servers that stood in a file before it could not be read any more.
    pub(super) fn unread<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Was> {
        self.servers.values().filter(move |was| was.unread && was.file == path)
    }

    /// Whether it saw the same, at whatever time.
    pub(super) fn is_as(&self, other: &Look) -> bool {
        Look { at: other.at, ..self.clone() } == *other
    }

    /// The files that the user named.
    pub(super) fn asked(&self) -> Vec<&str> {
        self.files.values().filter(|file| file.asked).map(|file| file.path.as_str()).collect()
    }

    /// Whether this look looked at a file, be it there or not.
    pub(super) fn covers(&self, file: &WasFile) -> bool {
        if self.files.contains_key(&file.path) || file.asked {
            return self.files.contains_key(&file.path);
        }
        // Those above a project are looked at with it.
        file.project.as_ref().is_none_or(|project| self.projects.iter().any(|one| Path::new(one).starts_with(project)))
    }
}

/// The findings of keys in plain text.
pub(in crate::session) fn plain(report: &Report) -> impl Iterator<Item = &Finding> {
    report.findings.iter().filter(|finding| PLAIN.contains(&finding.rule.as_str()))
}

/// A variable's name, and what it says where that is no secret; of a place with a key in it, the place alone.
fn value(judged: &Judged, pair: &Pair) -> Option<(String, String)> {
    let (name, value) = (&pair.name, &pair.value.value);
    let shown = match judge(name, value) {
        None => judged.line(value),
        Some(_) if is_loader(name) => {
            let place = url::Url::parse(value).ok()?;
            let port = place.port().map(|port| format!(":{port}")).unwrap_or_default();
            judged.line(&format!("{}://{}{port}", place.scheme(), place.host_str()?))
        }
        Some(_) => return None,
    };
    Some((judged.line(name), shown))
}

fn one_line(text: &str) -> String {
    text.replace('\n', "\\n")
}

fn protection(of: Protection) -> &'static str {
    match of {
        Protection::None => "none",
        Protection::Keychain => "keychain",
        Protection::Sandbox => "sandbox",
        Protection::Broken => "broken",
        Protection::Changed => "changed",
    }
}
