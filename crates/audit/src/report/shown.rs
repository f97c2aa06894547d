//! The report as people and other programs get it: masked, escaped, in words.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rayon::prelude::*;

use super::permissions::{made_lines, permissions, refused};
use super::score;
use super::{Judged, accepted, masked, page};
use crate::api;
use crate::approval::differences;
use crate::day::written;
use crate::document::Problem;
use crate::finding::{Act, Fix, ServerIndex};
use crate::machine::{FileState, FoundFile, Machine};
use crate::redact::{self, escape};
use crate::rules::permissions::approved::{Asking, asking};
use crate::rules::{Tier, rule};
use crate::server::command::Payload;
use crate::server::{Kind, Server, Transport};

impl Judged {
    /// The report, masked and escaped.
    pub fn report(&self) -> api::Report {
        let (machine, bands) = self.total(None);
        let servers = self.servers();
        let findings: Vec<api::Finding> =
            (0..self.findings.len()).into_par_iter().map(|index| self.finding(index)).collect();
        api::Report {
            schema: "warder.report/1".to_owned(),
            warder: env!("CARGO_PKG_VERSION").to_owned(),
            os: self.machine.env.os,
            machine,
            bands,
            clients: self.clients(),
            files: self.machine.files.iter().map(|found| self.file(found)).collect(),
            best: self.best(&findings, &servers),
            servers,
            findings,
        }
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

    fn servers(&self) -> Vec<api::Server> {
        let servers = &self.machine.servers;
        let identities = &self.identities;
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, identity) in identities.iter().enumerate() {
            places.entry(identity).or_default().push(index);
        }
        let asking = asking(&self.machine);
        (0..servers.len())
            .into_par_iter()
            .map(|index| {
                // A file can be written so that each is every other's: the report stays linear.
                let same = places[identities[index].as_str()].iter().filter(|other| **other != index).take(MOST_PLACES);
                let also = same.map(|other| servers[*other].id.clone()).collect();
                self.server(ServerIndex(index), also, asking[index])
            })
            .collect()
    }

    fn server(&self, index: ServerIndex, also: Vec<String>, asking: Asking) -> api::Server {
        let server = &self.machine.servers[index.0];
        let package = server.command().and_then(|command| match &command.launch.payload {
            Payload::Package(package) => Some(api::Package {
                ecosystem: package.ecosystem,
                name: self.line(&package.name),
                version: package.version.as_deref().map(|version| self.text(version)),
                pinned: package.pinned,
            }),
            _ => None,
        });
        let launch = server.command().map(|command| &command.launch);
        let (transport, url) = match &server.transport {
            Transport::Http { url, sse, .. } => {
                (if *sse { api::TransportName::Sse } else { api::TransportName::Http }, Some(self.text(&url.value)))
            }
            Transport::Stdio(command) => {
                (api::TransportName::Stdio, command.launch.url.as_ref().map(|(_, url)| self.text(url)))
            }
            Transport::Unknown => (api::TransportName::Stdio, None),
        };
        api::Server {
            id: server.id.clone(),
            client: server.client.id.to_owned(),
            file: self.machine.files[server.file.0].id.clone(),
            name: self.line(&server.name),
            pointer: self.text(&server.at.to_string()),
            line: server.position.line,
            enabled: server.enabled,
            profile: server.kind,
            transport,
            launcher: server.command().map(|command| command.launch.launcher),
            command: self.command(index),
            url,
            package,
            wrappers: launch.iter().flat_map(|launch| &launch.layers).map(|layer| self.line(&layer.program)).collect(),
            remote_via: launch.and_then(|launch| launch.bridge.as_deref()).map(|bridge| self.line(bridge)),
            inner_package: launch.and_then(|launch| launch.inner.as_deref()).map(|inner| self.text(inner)),
            score: self.server_score(index, server.kind),
            client_name: server.client.name.to_owned(),
            protection: protection(&self.machine, server),
            scope: server.scope,
            project: server.project.as_deref().map(|dir| self.line(&self.machine.env.shown(dir))),
            also,
            under: server.under.iter().map(|over| self.machine.servers[over.0].id.clone()).collect(),
            permissions: server.profile().and_then(|profile| permissions(&self.machine.env, profile)),
            refused: server.profile().map(|profile| refused(&self.machine.env, profile)).unwrap_or_default(),
            made: server.profile().map_or_else(Vec::new, |profile| {
                let env = &self.machine.env;
                made_lines(env, warder_launch::made::read(&env.state(), &profile.id).ok().as_ref())
            }),
            reach: self.reach(index, asking),
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
                None => {
                    api::Deduction { points: round(points), finding: None, label: unseen(kind, &self.unseen[index.0]) }
                }
            })
            .collect();
        deductions.sort_by(|a, b| b.points.total_cmp(&a.points));
        let part = |part: &score::Part| {
            let score = api::DimensionScore { score: round(part.score), coverage: part.coverage, weight: part.weight };
            (part.dimension.code().to_owned(), score)
        };
        api::ServerScore {
            total: total(scored.score, scored.low, scored.high),
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
            note: self.text(&acceptance.note),
            at: written(acceptance.at),
            until: acceptance.until.map(written),
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
            message: self.text(&finding.message),
            server: finding.server.map(|server| self.machine.servers[server.0].id.clone()),
            also: finding.also.iter().map(|server| self.machine.servers[server.0].id.clone()).collect(),
            file: Some(self.machine.files[finding.place.file.0].id.clone()),
            pointer: self.text(&finding.place.at.to_string()),
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
            Act::Manual(steps) => {
                (steps.iter().map(|step| escape(&self.known.hide(step))).collect(), api::Asks::Nothing)
            }
            Act::Narrow { .. } => (Vec::new(), api::Asks::Folders),
            Act::Sandbox => (Vec::new(), api::Asks::Sandbox),
            Act::Keychain { .. }
            | Act::Texts { .. }
            | Act::Settings { .. }
            | Act::Disable
            | Act::Protect
            | Act::PutBack => (Vec::new(), api::Asks::Nothing),
        };
        // A new key under the old name would be found again.
        let mends = !fix.id.ends_with(".rotate");
        let gain = finding.server.filter(|_| mends).and_then(|server| self.gain(server, index, fix)).map(round);
        api::Fix { id: fix.id.clone(), title: fix.title.clone(), safety: fix.safety, gain, steps, asks }
    }

    fn file(&self, file: &FoundFile) -> api::File {
        let error = |problem: &Problem| api::FileError {
            message: escape(&self.known.hide(&problem.message)),
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
            path: self.line(&file.path.to_string_lossy()),
            format: file.format,
            state,
            error,
            client_name: file.client.name.to_owned(),
            shown: self.line(&file.shown),
            readers: file.readers.iter().skip(1).map(|client| client.name.to_owned()).collect(),
        }
    }

    /// Program and arguments as configured.
    fn command(&self, index: ServerIndex) -> Vec<String> {
        let Some(command) = self.machine.servers[index.0].command() else { return Vec::new() };
        let all = masked::all(command);
        // A key of another entry shows by itself in none of them.
        match all.iter().any(|word| !self.known.places(word).is_empty()) {
            true => {
                let hidden: Vec<_> = all.iter().map(|word| self.known.hide(word)).collect();
                masked::words(&hidden.iter().map(AsRef::as_ref).collect::<Vec<_>>())
            }
            false => self.lines[index.0].clone(),
        }
    }

    /// A text for people, without any secret of this computer.
    fn text(&self, text: &str) -> String {
        redact::text(&self.known.hide(text))
    }

    /// The same as part of one line.
    pub fn line(&self, text: &str) -> String {
        redact::line(&self.known.hide(text))
    }

    /// What the finding's pane shows besides the report.
    pub fn detail(&self, id: &str) -> Option<api::Detail> {
        let finding = self.findings.iter().find(|finding| finding.id == id)?;
        let rule = rule(finding.rule)?;
        let snippet = match (&self.machine.files[finding.place.file.0].state, finding.place.position) {
            (FileState::Read(document), Some(position)) => {
                masked::snippet(&self.machine, &self.known, finding.place.file, &document.text, position.line)
            }
            _ => Vec::new(),
        };
        let page = page::page(rule);
        Some(api::Detail { snippet, why: page::why(&page), maps: page.maps })
    }
}

/// Other places of a server that the report names.
const MOST_PLACES: usize = 50;

/// What was not looked at, for people.
fn unseen(kind: Kind, tiers: &BTreeSet<Tier>) -> String {
    let mut places: Vec<&str> = tiers
        .iter()
        .map(|tier| match tier {
            // Nobody publishes it.
            Tier::T2 if kind == Kind::LocalScript => "what its files hold at the next start",
            Tier::T0 | Tier::T1 => "what could not be read here",
            Tier::T2 => "online data",
            Tier::T3 => "the running server",
            Tier::T4 => "its use over time",
        })
        .collect();
    places.dedup();
    format!("Not looked at yet: {}", places.join(", "))
}

pub(super) fn total(score: f64, low: f64, high: f64) -> api::Score {
    api::Score {
        score: Some(score::shown(score)),
        band: Some(score::band(score)),
        low: Some(round(low)),
        high: Some(round(high)),
        confidence: Some(score::certainty(low, high)),
    }
}

pub(super) fn round(points: f64) -> f64 {
    (points * 10.0).round() / 10.0
}

fn protection(machine: &Machine, server: &Server) -> api::Protection {
    match (server.profile_id(), server.profile()) {
        (None, _) => api::Protection::None,
        (Some(_), None) => api::Protection::Broken,
        (Some(_), Some(profile)) => {
            if !differences(&machine.env, &machine.files[server.file.0], server).is_empty() {
                api::Protection::Changed
            } else if profile.sandbox.is_some() {
                api::Protection::Sandbox
            } else {
                api::Protection::Keychain
            }
        }
    }
}
