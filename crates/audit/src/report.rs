//! Run the rules over a machine, weigh, order, mask.
//!
//! From here on texts are for people: secrets masked, control characters
//! escaped. Pure; the session calls it after every look.

pub mod accepted;
mod best;
mod fenced;
pub mod html;
pub mod markdown;
mod masked;
pub mod page;
pub mod permissions;
mod reach;
pub mod sarif;
pub mod score;
mod shown;
mod words;

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use rayon::prelude::*;

use crate::api;
use crate::bundle;
use crate::finding::{Acceptance, Act, Dimension, Finding, Fix, ServerIndex};
use crate::machine::{FoundFile, Machine};
use crate::redact::{Known, Open, Past};
use crate::rules::{Check, Tier, rule, run};
use crate::server::open::open;
use crate::server::{Server, Transport};
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
    /// Per server: what of it is looked at once it is in a sandbox.
    fenced: Vec<Coverage>,
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
    /// Per server: equal for those that start the same.
    identities: Vec<String>,
    /// Per server: the words of its launch line, masked.
    lines: Vec<Vec<String>>,
    /// What must be seen nowhere.
    pub known: Known,
}

/// Runs every rule.
pub fn judge(machine: Machine) -> Judged {
    judge_with(machine, &[])
}

/// Runs every rule; findings that the user accepted count less.
pub fn judge_with(machine: Machine, all: &[Acceptance]) -> Judged {
    let mut found = run(&machine);
    let mut secrets = found.secrets(&machine);
    secrets.extend(masked::filled_in(&machine));
    let known = Known::but(secrets, Open::new(machine.servers.iter().flat_map(open)));
    let mut findings = std::mem::take(&mut found.found);
    findings.sort_by_cached_key(|finding| {
        let safe = finding.fixes.iter().map(|fix| fix.safety).max();
        // What a config says comes before what follows from it.
        let tier = rule(finding.rule).map(|rule| rule.tier);
        let place = (finding.place.file, finding.place.position.map(|position| position.offset));
        (Reverse((finding.severity, safe)), tier, Reverse(finding.confidence), place, finding.rule)
    });
    let count = machine.servers.len();
    let indexes = || (0..count).map(ServerIndex);
    let is_seen = |index: ServerIndex, check: Check| {
        found.is_evaluated(index, check) && !score::may_change(machine.servers[index.0].kind, check)
    };
    let coverage: Vec<Coverage> = indexes().map(|index| score::coverage(|check| is_seen(index, check))).collect();
    let fresh = bundle::is_fresh(machine.env.today);
    let fenced: Vec<Coverage> = indexes()
        .map(|index| {
            let server = &machine.servers[index.0];
            score::coverage(|check| {
                let will_be = fenced::is_seen(server, check, fresh) && !score::may_change(server.kind, check);
                will_be || is_seen(index, check)
            })
        })
        .collect();
    let counting = accepted::counting(all, machine.env.today);
    let line = |server: &Server| server.command().map(|command| masked::words(&masked::all(command)));
    let lines: Vec<Vec<String>> = machine.servers.par_iter().map(|server| line(server).unwrap_or_default()).collect();
    let fingerprints = accepted::fingerprints(&machine, &findings, &lines);
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
        checks.filter(|(check, ..)| !is_seen(index, *check)).map(|(.., tier)| *tier).collect()
    };
    let unseen = machine.servers.iter().enumerate().map(|(index, server)| left(server, ServerIndex(index))).collect();
    let mut own = vec![Vec::new(); machine.servers.len()];
    for (index, finding) in findings.iter().enumerate() {
        if finding.dimension != Dimension::Machine {
            finding.server.iter().chain(&finding.also).for_each(|server| own[server.0].push(index));
        }
    }
    let gains = vec![0.0; findings.len()];
    let identities = machine.servers.iter().map(Server::identity).collect();
    let scores = Vec::new();
    let mut judged = Judged {
        machine,
        findings,
        scores,
        coverage,
        fenced,
        own,
        fingerprints,
        accepted,
        gains,
        unseen,
        identities,
        lines,
        known,
    };
    judged.scores = indexes().map(|server| judged.scored(server)).collect();
    let costs: Vec<(usize, f64)> = indexes().flat_map(|server| judged.costs(server)).collect();
    costs.into_iter().for_each(|(index, cost)| judged.gains[index] = cost);
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
        let mut worst: HashMap<&str, &Scored> = HashMap::new();
        let servers = self.machine.servers.iter().zip(&self.identities);
        for ((server, identity), scored) in servers.zip(&self.scores) {
            if let (true, Some(scored)) = (server.enabled && meant(server.client.id), scored) {
                let slot = worst.entry(identity.as_str()).or_insert(scored);
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
        // What nobody can read may hold a server of which nothing is known.
        let is_unread = |file: &&FoundFile| meant(file.client.id) && file.state.is_unread();
        let unread = self.machine.files.iter().filter(is_unread).count();
        let of = |pick: fn(&Scored) -> f64, unread: usize| {
            let unread = std::iter::repeat_n(score::LOW_PRIOR, unread);
            // Without any server there is no score.
            let known: Vec<f64> = worst.values().map(|scored| pick(scored)).collect();
            let all: Vec<f64> = known.iter().copied().chain(unread.filter(|_| !known.is_empty())).collect();
            score::machine(&all, &limits)
        };
        let total = match (of(|s| s.score, 0), of(|s| s.low, unread), of(|s| s.high, 0)) {
            (Some(score), Some(low), Some(high)) => api::Score {
                // However close the bounds are: nobody knows what is not among them.
                confidence: Some(if unread > 0 { api::Certainty::Low } else { score::certainty(low, high) }),
                ..shown::total(score, low, high)
            },
            _ => api::Score::default(),
        };
        let mut bands = api::Bands::default();
        for scored in worst.values() {
            *match score::band(scored.score) {
                api::Band::Trusted => &mut bands.trusted,
                api::Band::Moderate => &mut bands.moderate,
                api::Band::Caution => &mut bands.caution,
                api::Band::Warning => &mut bands.warning,
                api::Band::Dangerous => &mut bands.dangerous,
            } += 1;
        }
        (total, bands)
    }

    /// Points the server gains once this fix is applied.
    fn gain(&self, server: ServerIndex, index: usize, fix: &Fix) -> Option<f64> {
        self.scores[server.0].as_ref()?;
        if fix.act != Act::Sandbox {
            return Some(self.gains[index]);
        }
        let (own, weighed) = self.weighed(server);
        let stays = |which: usize| which != index && !fenced::is_settled(self.findings[which].rule);
        let rest = own.iter().zip(&weighed).filter(|(which, _)| stays(**which)).map(|(_, weighed)| *weighed);
        let kind = self.machine.servers[server.0].kind;
        let now = score::score(kind, &weighed, &self.coverage[server.0]).score;
        let then = score::score(kind, &rest.collect::<Vec<_>>(), &self.fenced[server.0]).score;
        Some((then - now).max(0.0))
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
        let costs = own.iter().copied().zip((0..own.len()).map(cost));
        // What it costs others is not what its own fix says.
        costs.filter(|(index, _)| self.findings[*index].server == Some(server)).collect()
    }

    /// A fix and its finding.
    pub fn find_fix(&self, id: &str) -> Option<(&Finding, &Fix)> {
        self.findings.iter().find_map(|finding| Some((finding, finding.fixes.iter().find(|fix| fix.id == id)?)))
    }

    /// What was known as a secret before stays hidden.
    pub fn remember(&mut self, past: &Past) {
        if past.has_more(&self.known) {
            self.known = self.known.with(past);
        }
    }

    /// A whole text of one file for people: what the rules take for a secret is masked.
    pub fn masked(&self, file: crate::finding::FileIndex, text: &str) -> String {
        masked::file(&self.machine, &self.known, file, text)
    }
}

/// A command line for people: whole, secrets masked, words with spaces quoted.
pub fn command_line(program: &str, args: &[String]) -> String {
    let words: Vec<&str> = std::iter::once(program).chain(args.iter().map(String::as_str)).collect();
    let plain = |word: &str| !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || c == '\'');
    let quoted = |word: String| if plain(&word) { word } else { format!("'{}'", word.replace('\'', r"'\''")) };
    masked::words(&words).into_iter().map(quoted).collect::<Vec<_>>().join(" ").replace('\n', "\\n")
}
