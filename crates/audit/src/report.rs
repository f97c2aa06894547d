//! Run the rules over a machine, weigh, order, mask.
//!
//! From here on texts are for people: secrets masked, control characters
//! escaped. Pure; the session calls it after every look.

pub mod accepted;
pub mod html;
pub mod markdown;
mod masked;
pub mod page;
pub mod sarif;
pub mod score;
mod words;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::api;
use crate::document::Problem;
use crate::env::Day;
use crate::finding::{Act, Dimension, Finding, Fix, ServerIndex};
use crate::machine::{FileState, FoundFile, Machine};
use crate::redact::{escape, line, text};
use crate::rules::{Findings, Tier, rule, rules};
use crate::server::command::Payload;
use crate::server::{Kind, Server, Transport};
use accepted::Acceptance;
use score::{Coverage, Scored, Weighed};

/// A machine and what is to be said about it.
pub struct Judged {
    pub machine: Machine,
    /// Most important first: severity, then whether a safe fix exists, then
    /// what needs the least evidence, confidence and place.
    pub findings: Vec<Finding>,
    /// Per server; `None` where the entry cannot be read.
    pub scores: Vec<Option<Scored>>,
    coverage: Vec<Coverage>,
    /// Per server: the places of its findings in `findings`, for its score.
    own: Vec<Vec<usize>>,
    /// Parallel to `findings`: what each is about, for acceptances and other tools.
    pub fingerprints: Vec<String>,
    /// Parallel to `findings`: those the user lives with.
    accepted: Vec<Option<Acceptance>>,
    /// Parallel to `findings`: points their servers gain without them.
    gains: Vec<f64>,
    /// Per server: where what was not looked at would have to be looked for.
    unseen: Vec<BTreeSet<Tier>>,
}

/// Runs every rule.
pub fn judge(machine: Machine) -> Judged {
    judge_with(machine, &[])
}

/// Runs every rule; findings that the user accepted count less.
pub fn judge_with(machine: Machine, all: &[Acceptance]) -> Judged {
    let mut found = Findings::default();
    for rule in rules() {
        (rule.check)(&machine, &mut found);
    }
    let Findings { found: mut findings, evaluated, .. } = found;
    findings.sort_by_cached_key(|finding| {
        let safe = finding.fixes.iter().map(|fix| fix.safety).max();
        // What a config says comes before what follows from it.
        let tier = rule(finding.rule).map(|rule| rule.tier);
        let place = (finding.place.file, finding.place.position.map(|position| position.offset));
        (Reverse((finding.severity, safe)), tier, Reverse(finding.confidence), place)
    });
    let indexes = (0..machine.servers.len()).map(ServerIndex);
    let coverage: Vec<Coverage> =
        indexes.map(|index| score::coverage(|check| evaluated.contains(&(index, check)))).collect();
    let counting = accepted::counting(all, machine.env.today);
    let fingerprints = accepted::fingerprints(&machine, &findings);
    let settled = |(finding, fingerprint): (Finding, String)| {
        let acceptance = counting.get(fingerprint.as_str()).filter(|_| accepted::is_acceptable(&finding));
        let acceptance = acceptance.map(|acceptance| (*acceptance).clone());
        (finding, fingerprint, acceptance)
    };
    // What the user lives with comes last.
    let mut settled: Vec<_> = findings.into_iter().zip(fingerprints).map(settled).collect();
    settled.sort_by_key(|(_, _, acceptance)| acceptance.is_some());
    let (mut findings, mut fingerprints, mut accepted) = (Vec::new(), Vec::new(), Vec::new());
    for (finding, fingerprint, acceptance) in settled {
        findings.push(finding);
        fingerprints.push(fingerprint);
        accepted.push(acceptance);
    }
    let left = |server: &Server, index| {
        let parts = score::weights(server.kind);
        let checks = score::CHECKS.iter().filter(|(_, dimension, ..)| parts.iter().any(|part| part.0 == *dimension));
        checks.filter(|(check, ..)| !evaluated.contains(&(index, *check))).map(|(.., tier)| *tier).collect()
    };
    let unseen = machine.servers.iter().enumerate().map(|(index, server)| left(server, ServerIndex(index))).collect();
    let mut own = vec![Vec::new(); machine.servers.len()];
    for (index, finding) in findings.iter().enumerate() {
        if finding.dimension != Dimension::Machine {
            finding.server.iter().chain(&finding.also).for_each(|server| own[server.0].push(index));
        }
    }
    let gains = vec![0.0; findings.len()];
    let mut judged =
        Judged { machine, findings, scores: Vec::new(), coverage, own, fingerprints, accepted, gains, unseen };
    let indexes = || (0..judged.machine.servers.len()).map(ServerIndex);
    judged.scores = indexes().map(|server| judged.scored(server)).collect();
    for (index, cost) in indexes().flat_map(|server| judged.costs(server)).collect::<Vec<_>>() {
        judged.gains[index] = cost;
    }
    judged
}

impl Judged {
    /// The findings of one server (their places in `findings`) and as the score sees them.
    fn weighed(&self, server: ServerIndex) -> (&[usize], Vec<Weighed>) {
        let own = &self.own[server.0];
        (own, own.iter().map(|index| self.weigh(*index)).collect())
    }

    fn weigh(&self, index: usize) -> Weighed {
        let finding = &self.findings[index];
        Weighed {
            dimension: finding.dimension,
            severity: finding.severity,
            confidence: finding.confidence,
            group: finding.group,
            accepted: self.accepted[index].is_some(),
        }
    }

    fn scored(&self, index: ServerIndex) -> Option<Scored> {
        let server = &self.machine.servers[index.0];
        if matches!(server.transport, Transport::Unknown) {
            return None;
        }
        Some(score::score(server.kind, &self.weighed(index).1, &self.coverage[index.0]))
    }

    /// The score of a client, or of the whole machine: the worst entry of each
    /// enabled identity counts, and the findings that are no server's limit it.
    fn total(&self, client: Option<&str>) -> (api::Score, api::Bands) {
        let meant = |id: &str| client.is_none_or(|client| client == id);
        let mut worst: BTreeMap<String, &Scored> = BTreeMap::new();
        for (server, scored) in self.machine.servers.iter().zip(&self.scores) {
            if let (true, Some(scored)) = (server.enabled && meant(server.client.id), scored) {
                let slot = worst.entry(server.identity()).or_insert(scored);
                if scored.score < slot.score {
                    *slot = scored;
                }
            }
        }
        let whose = |index: &usize| {
            let finding = &self.findings[*index];
            let whole = finding.dimension == Dimension::Machine || finding.server.is_none();
            whole && meant(self.machine.files[finding.place.file.0].client.id)
        };
        let limits: Vec<Weighed> = (0..self.findings.len()).filter(whose).map(|index| self.weigh(index)).collect();
        let of = |pick: fn(&Scored) -> f64| {
            score::machine(&worst.values().map(|scored| pick(scored)).collect::<Vec<_>>(), &limits)
        };
        let total = match (of(|s| s.score), of(|s| s.low), of(|s| s.high)) {
            (Some(score), Some(low), Some(high)) => shown(score, low, high),
            _ => api::Score::default(),
        };
        let mut bands = api::Bands::default();
        for scored in worst.values() {
            *match score::band(scored.score) {
                score::Band::Trusted => &mut bands.trusted,
                score::Band::Moderate => &mut bands.moderate,
                score::Band::Caution => &mut bands.caution,
                score::Band::Warning => &mut bands.warning,
                score::Band::Dangerous => &mut bands.dangerous,
            } += 1;
        }
        (total, bands)
    }

    fn clients(&self) -> Vec<api::Client> {
        let clients: BTreeMap<&str, &str> =
            self.machine.servers.iter().map(|server| (server.client.id, server.client.name)).collect();
        let client = |(id, name): (&str, &str)| {
            let (score, bands) = self.total(Some(id));
            api::Client { client: id.to_owned(), client_name: name.to_owned(), score, bands }
        };
        clients.into_iter().map(client).collect()
    }

    /// The report, masked and escaped.
    pub fn report(&self) -> api::Report {
        let (machine, bands) = self.total(None);
        api::Report {
            schema: "warder.report/1".to_owned(),
            warder: env!("CARGO_PKG_VERSION").to_owned(),
            os: self.machine.env.os,
            machine,
            bands,
            clients: self.clients(),
            files: self.machine.files.iter().map(file).collect(),
            servers: self.servers(),
            findings: (0..self.findings.len()).map(|index| self.finding(index)).collect(),
        }
    }

    fn servers(&self) -> Vec<api::Server> {
        let servers = &self.machine.servers;
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        let identities: Vec<String> = servers.iter().map(Server::identity).collect();
        for (index, identity) in identities.iter().enumerate() {
            places.entry(identity.clone()).or_default().push(index);
        }
        (0..servers.len())
            .map(|index| {
                // A file can be written so that each is every other's: the report stays linear.
                let same = places[&identities[index]].iter().filter(|other| **other != index).take(MOST_PLACES);
                let also = same.map(|other| servers[*other].id.clone()).collect();
                self.server(ServerIndex(index), also)
            })
            .collect()
    }

    fn server(&self, index: ServerIndex, also: Vec<String>) -> api::Server {
        let server = &self.machine.servers[index.0];
        let package = server.command().and_then(|command| match &command.launch.payload {
            Payload::Package(package) => Some(api::Package {
                ecosystem: package.ecosystem,
                name: line(&package.name),
                version: package.version.as_deref().map(text),
                pinned: package.pinned,
            }),
            _ => None,
        });
        let launch = server.command().map(|command| &command.launch);
        let (transport, url) = match &server.transport {
            Transport::Http { url, sse, .. } => {
                (if *sse { api::TransportName::Sse } else { api::TransportName::Http }, Some(text(&url.value)))
            }
            Transport::Stdio(command) => {
                (api::TransportName::Stdio, command.launch.url.as_ref().map(|(_, url)| text(url)))
            }
            Transport::Unknown => (api::TransportName::Stdio, None),
        };
        api::Server {
            id: server.id.clone(),
            client: server.client.id.to_owned(),
            file: self.machine.files[server.file.0].id.clone(),
            name: line(&server.name),
            pointer: text(&server.at.to_string()),
            line: server.position.line,
            enabled: server.enabled,
            profile: server.kind,
            transport,
            launcher: server.command().map(|command| command.launch.launcher),
            command: server.command().map(|command| masked::words(&masked::all(command))).unwrap_or_default(),
            url,
            package,
            wrappers: launch.iter().flat_map(|launch| &launch.layers).map(|layer| line(&layer.program)).collect(),
            remote_via: launch.and_then(|launch| launch.bridge.as_deref()).map(line),
            inner_package: launch.and_then(|launch| launch.inner.as_deref()).map(text),
            score: self.server_score(index, server.kind),
            client_name: server.client.name.to_owned(),
            protection: protection(server),
            scope: server.scope,
            project: server.project.as_deref().map(|dir| line(&self.machine.env.shown(dir))),
            also,
            under: server.under.iter().map(|over| self.machine.servers[over.0].id.clone()).collect(),
        }
    }

    fn server_score(&self, index: ServerIndex, kind: Kind) -> api::ServerScore {
        let Some(scored) = &self.scores[index.0] else {
            return api::ServerScore {
                total: api::Score::default(),
                dimensions: BTreeMap::new(),
                base: None,
                limit: None,
                deductions: Vec::new(),
                next: None,
            };
        };
        let (own, weighed) = self.weighed(index);
        let coverage = &self.coverage[index.0];
        let (causes, then) = score::best_pair(kind, &weighed, coverage);
        let clean = score::score(kind, &[], coverage).score;
        let next = (!causes.is_empty()).then(|| api::Next {
            findings: causes.iter().map(|cause| self.findings[own[cause[0]]].id.clone()).collect(),
            score: score::shown(then),
            band: score::band(then),
            clean: score::shown(clean),
        });
        let deductions = score::deductions(kind, &weighed, coverage);
        let mut deductions: Vec<api::Deduction> = deductions
            .into_iter()
            .filter(|(_, points)| *points > 0.0)
            .map(|(which, points)| match which.map(|which| &self.findings[own[which]]) {
                Some(finding) => {
                    let title = rule(finding.rule).map_or(finding.rule, |rule| rule.title);
                    api::Deduction { points: round(points), finding: Some(finding.id.clone()), label: title.to_owned() }
                }
                None => api::Deduction { points: round(points), finding: None, label: unseen(&self.unseen[index.0]) },
            })
            .collect();
        deductions.sort_by(|a, b| b.points.total_cmp(&a.points));
        let part = |part: &score::Part| {
            let name = serde_json::to_value(part.dimension).ok().and_then(|value| Some(value.as_str()?.to_owned()));
            let score = api::DimensionScore { score: round(part.score), coverage: part.coverage, weight: part.weight };
            (name.unwrap_or_default(), score)
        };
        api::ServerScore {
            total: shown(scored.score, scored.low, scored.high),
            dimensions: scored.dimensions.iter().map(part).collect(),
            base: Some(round(scored.base)),
            limit: Some(scored.limit),
            deductions,
            next,
        }
    }

    fn finding(&self, index: usize) -> api::Finding {
        let finding = &self.findings[index];
        let accepted = self.accepted[index].as_ref().map(|acceptance| api::Accepted {
            reason: acceptance.reason,
            note: text(&acceptance.note),
            at: day(acceptance.at),
            until: acceptance.until.map(day),
        });
        api::Finding {
            fingerprint: self.fingerprints[index].clone(),
            accepted,
            acceptable: accepted::is_acceptable(finding),
            id: finding.id.clone(),
            rule: finding.rule.to_owned(),
            dimension: finding.dimension,
            severity: finding.severity,
            confidence: finding.confidence,
            message: text(&finding.message),
            server: finding.server.map(|server| self.machine.servers[server.0].id.clone()),
            also: finding.also.iter().map(|server| self.machine.servers[server.0].id.clone()).collect(),
            file: Some(self.machine.files[finding.place.file.0].id.clone()),
            pointer: text(&finding.place.at.to_string()),
            line: finding.place.position.map(|position| position.line),
            column: finding.place.position.map(|position| position.column),
            fixes: finding.fixes.iter().map(|fix| self.fix(index, fix)).collect(),
            title: rule(finding.rule).map_or(finding.rule, |rule| rule.title).to_owned(),
        }
    }

    /// A fix as a screen shows it, with what it gains.
    fn fix(&self, index: usize, fix: &Fix) -> api::Fix {
        let finding = &self.findings[index];
        let (steps, asks) = match &fix.act {
            Act::Manual(steps) => (steps.iter().map(|step| escape(step)).collect(), api::Asks::Nothing),
            Act::Narrow { .. } => (Vec::new(), api::Asks::Folders),
            Act::Sandbox => (Vec::new(), api::Asks::Sandbox),
            Act::Keychain { .. } | Act::Texts { .. } | Act::Settings { .. } | Act::Disable | Act::Protect => {
                (Vec::new(), api::Asks::Nothing)
            }
        };
        // A new key under the old name would be found again.
        let mends = !fix.id.ends_with(".rotate");
        let gain = finding.server.filter(|_| mends).and_then(|server| self.gain(server, index, fix)).map(round);
        api::Fix { id: fix.id.clone(), title: fix.title.clone(), safety: fix.safety, gain, steps, asks }
    }

    /// Points the server gains once this fix is applied.
    fn gain(&self, server: ServerIndex, index: usize, fix: &Fix) -> Option<f64> {
        self.scores[server.0].as_ref()?;
        if fix.act != Act::Sandbox {
            return Some(self.gains[index]);
        }
        let (own, weighed) = self.weighed(server);
        // A sandboxed package runs from the store at an exact version.
        let also = |other: usize| self.findings[other].rule == "unpinned-package";
        let goes = own.iter().enumerate().filter(|(_, which)| **which == index || also(**which));
        let gone: Vec<usize> = goes.map(|(place, _)| place).collect();
        Some(score::gain(self.machine.servers[server.0].kind, &weighed, &self.coverage[server.0], &gone))
    }

    /// What each finding of a server costs it now; equal ones cost the same.
    fn costs(&self, server: ServerIndex) -> Vec<(usize, f64)> {
        let (own, weighed) = self.weighed(server);
        let kind = self.machine.servers[server.0].kind;
        let mut known = HashMap::new();
        let cost = |place: usize| {
            *known
                .entry(weighed[place])
                .or_insert_with(|| score::gain(kind, &weighed, &self.coverage[server.0], &[place]))
        };
        own.iter().copied().zip((0..own.len()).map(cost)).collect()
    }

    /// What the finding's pane shows besides the report.
    pub fn detail(&self, id: &str) -> Option<api::Detail> {
        let finding = self.findings.iter().find(|finding| finding.id == id)?;
        let rule = rule(finding.rule)?;
        let snippet = match (&self.machine.files[finding.place.file.0].state, finding.place.position) {
            (FileState::Read(document), Some(position)) => {
                masked::snippet(&self.machine, finding.place.file, &document.text, position.line)
            }
            _ => Vec::new(),
        };
        let page = page::page(rule);
        Some(api::Detail { snippet, why: page::why(&page), maps: page.maps })
    }

    /// A fix and its finding.
    pub fn find_fix(&self, id: &str) -> Option<(&Finding, &Fix)> {
        self.findings.iter().find_map(|finding| Some((finding, finding.fixes.iter().find(|fix| fix.id == id)?)))
    }

    /// A whole text of one file for people: what the rules take for a secret is masked.
    pub fn masked(&self, file: crate::finding::FileIndex, text: &str) -> String {
        masked::file(&self.machine, file, text)
    }
}

/// A command line for people: whole, secrets masked, words with spaces quoted.
pub fn command_line(program: &str, args: &[String]) -> String {
    let words: Vec<&str> = std::iter::once(program).chain(args.iter().map(String::as_str)).collect();
    let plain = |word: &str| !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c == '\'');
    let quoted = |word: String| if plain(&word) { word } else { format!("'{}'", word.replace('\'', r"'\''")) };
    masked::words(&words).into_iter().map(quoted).collect::<Vec<_>>().join(" ").replace('\n', "\\n")
}

/// Other places of a server that the report names.
const MOST_PLACES: usize = 50;

/// What was not looked at, for people.
fn unseen(tiers: &BTreeSet<Tier>) -> String {
    let mut places: Vec<&str> = tiers
        .iter()
        .map(|tier| match tier {
            Tier::T0 | Tier::T1 => "what could not be read here",
            Tier::T2 => "online data",
            Tier::T3 => "the running server",
            Tier::T4 => "its use over time",
        })
        .collect();
    places.dedup();
    format!("Not looked at yet: {}", places.join(", "))
}

fn shown(score: f64, low: f64, high: f64) -> api::Score {
    api::Score {
        score: Some(score::shown(score)),
        band: Some(score::band(score)),
        low: Some(round(low)),
        high: Some(round(high)),
        confidence: Some(score::certainty(low, high)),
    }
}

/// A day for people and programs: `2026-11-21`.
fn day(day: Day) -> String {
    let at = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(u64::from(day) * 86_400);
    humantime::format_rfc3339_seconds(at).to_string().split('T').next().unwrap_or_default().to_owned()
}

fn round(points: f64) -> f64 {
    (points * 10.0).round() / 10.0
}

fn file(file: &FoundFile) -> api::File {
    let error = |problem: &Problem| api::FileError {
        message: escape(&problem.message),
        line: problem.at.map(|at| at.line),
        column: problem.at.map(|at| at.column),
    };
    let (state, error) = match &file.state {
        FileState::Read(document) => (api::FileState::Read, document.refused.as_ref().map(error)),
        FileState::Missing => (api::FileState::Missing, None),
        FileState::Invalid(problem) => (api::FileState::Invalid, Some(error(problem))),
        FileState::Unreadable(problem) => (api::FileState::Unreadable, Some(error(problem))),
    };
    api::File {
        id: file.id.clone(),
        client: file.client.id.to_owned(),
        scope: file.scope,
        path: line(&file.path.to_string_lossy()),
        format: file.format,
        state,
        error,
        client_name: file.client.name.to_owned(),
        shown: line(&file.shown),
        readers: file.readers.iter().skip(1).map(|client| client.name.to_owned()).collect(),
    }
}

fn protection(server: &Server) -> api::Protection {
    let Some(command) = server.command() else { return api::Protection::None };
    match (&command.wrapped, &command.profile) {
        (None, _) => api::Protection::None,
        (Some(_), None) => api::Protection::Broken,
        (Some(_), Some(profile)) if profile.sandbox.is_some() => api::Protection::Sandbox,
        (Some(_), Some(_)) => api::Protection::Keychain,
    }
}
