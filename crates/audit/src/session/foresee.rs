//! What a change would make of the machine: looked at before it is offered.
//!
//! The whole engine judges the changed text. A fix that costs points, or leaves
//! something as bad as what it mends, is refused.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use super::Session;
use super::failures::refused;
use super::plan::Plan;
use crate::api::Failure;
use crate::env::Instead;
use crate::finding::{FileIndex, Finding, ServerIndex, Severity};
use crate::machine::Machine;
use crate::redact::line;
use crate::report::{Judged, judge_with, score};
use crate::rules::rule;
use crate::server::Server;
use crate::store::Store;

/// Rounding of floating-point numbers.
const NOISE: f64 = 1e-9;

/// The machine after a change.
pub(super) struct Foreseen {
    /// The server's score now and then, as shown.
    pub(super) score: Option<(u32, u32)>,
    pub(super) then: Judged,
    /// The entries, for people, that start then and did not before.
    pub(super) woken: Vec<String>,
}

impl Session {
    /// What `plan` would make of the machine; refuses a change for the worse.
    pub(super) fn foresee(
        &self,
        before: &Judged,
        mended: &Finding,
        plan: &Plan,
        after: &[u8],
    ) -> Result<Foreseen, Failure> {
        let file = &before.machine.files[plan.file.0];
        let profile = plan.foreseen(before)?;
        let instead = Instead { path: file.path.clone(), bytes: after.to_owned(), mode: plan.mode, profile };
        let mut then = judge_with(Machine::look(before.machine.env.with(instead)), &Store::accepted(&self.state));
        then.remember(&self.past);

        let woken = plan.server.map(|server| woken(before, &then, server)).unwrap_or_default();
        let is_off = plan.server.is_some_and(|server| !counts(&before.machine.servers[server.0]));
        if let Some(woken) = woken.first().filter(|_| is_off) {
            return Err(refused(format!("this would switch on another entry of this name: {woken}")));
        }
        let were = count(before, mended.severity);
        for (place, (finding, number)) in count(&then, mended.severity) {
            // What was approved is what comes back, for better or worse.
            if plan.back.is_none() && number > were.get(&place).map_or(0, |(_, number)| *number) {
                let title = rule(finding.rule).map_or(finding.rule, |rule| rule.title);
                return Err(refused(format!("this would leave something as bad: {}", line(&title.to_lowercase()))));
            }
        }
        let Some(index) = plan.server else { return Ok(Foreseen { score: None, then, woken }) };
        let server = &before.machine.servers[index.0];
        // A setting may stand in another file than the entry it is about.
        let own = &before.machine.files[server.file.0].path;
        let is_it = |other: &Server| other.at == server.at && then.machine.files[other.file.0].path == *own;
        let Some(other) = then.machine.servers.iter().position(is_it) else {
            return Ok(Foreseen { score: None, then, woken });
        };
        let scores = before.scores[index.0].as_ref().zip(then.scores[other].as_ref());
        let Some((now, later)) = scores.map(|(now, later)| (now.score, later.score)) else {
            return Ok(Foreseen { score: None, then, woken });
        };
        if plan.back.is_none() && later < now - NOISE {
            return Err(refused("this would make the score of the server lower".to_owned()));
        }
        Ok(Foreseen { score: Some((score::shown(now), score::shown(later))), then, woken })
    }
}

/// The entries, for people, that start once a change to `mended` is made and did not before: a client
/// merges entries of one name, or lets one win over others.
fn woken(before: &Judged, then: &Judged, mended: ServerIndex) -> Vec<String> {
    let own = place(&before.machine, &before.machine.servers[mended.0]);
    let started: HashSet<_> = counting(&before.machine).map(|server| place(&before.machine, server)).collect();
    let new = counting(&then.machine).filter(|server| {
        let place = place(&then.machine, server);
        place != own && !started.contains(&place)
    });
    new.map(|server| line(&format!("{} in {}", server.name, then.machine.files[server.file.0].shown))).collect()
}

fn counting(machine: &Machine) -> impl Iterator<Item = &Server> {
    machine.servers.iter().filter(|server| counts(server))
}

/// Whether its client starts it as it stands.
fn counts(server: &Server) -> bool {
    server.enabled && server.under.is_empty()
}

/// A place in a list may move, a name does not.
fn place<'a>(machine: &'a Machine, server: &'a Server) -> (&'a Path, Option<&'a Path>, &'a str) {
    (&machine.files[server.file.0].path, server.project.as_deref(), &server.name)
}

/// How many findings at least this severe there are, by rule, file and server's name:
/// a place in a list may move, and so may that of a cause that weighs on several servers.
type Count<'a> = BTreeMap<(&'a str, &'a str, &'a str), (&'a Finding, usize)>;

fn count(judged: &Judged, least: Severity) -> Count<'_> {
    let mut count = Count::new();
    for finding in judged.findings.iter().filter(|finding| finding.severity >= least) {
        let machine = &judged.machine;
        let mut add = |file: FileIndex, server| {
            let place = (finding.rule, machine.files[file.0].shown.as_str(), server);
            count.entry(place).or_insert((finding, 0)).1 += 1;
        };
        if finding.server.is_none() {
            add(finding.place.file, "");
        }
        for server in finding.server.iter().chain(&finding.also) {
            let server = &machine.servers[server.0];
            add(server.file, server.name.as_str());
        }
    }
    count
}
