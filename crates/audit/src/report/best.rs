//! The fixes to do first, and what they make of the machine's score together.
//!
//! Points of single servers do not add up: the machine's score is that of its
//! worst server, less a little for each other risk. So it is worked out anew,
//! with what the chosen fixes mend gone.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Judged, fenced, score};
use crate::api;
use crate::finding::{Act, Dimension, Safety, ServerIndex, Severity};

/// What is no more once some fixes are done.
#[derive(Clone, Default)]
struct Gone {
    /// Findings, by their servers.
    findings: BTreeMap<ServerIndex, HashSet<usize>>,
    /// Servers that are in a sandbox then.
    fenced: BTreeSet<ServerIndex>,
    /// Entries that are out of their file then, or off.
    entries: BTreeSet<ServerIndex>,
}

/// How many are named.
const FIRST: usize = 3;

impl Judged {
    /// The fixes that gain most, one of each server; what is high or critical before what is not, though a sandbox
    /// around a harmless server may gain its own score more. `findings`: parallel to ours.
    pub(super) fn best(&self, findings: &[api::Finding], servers: &[api::Server]) -> api::Best {
        // What is not what was approved is put back first, and nothing else of it is mended before.
        let halted = |server: ServerIndex| {
            matches!(servers[server.0].protection, api::Protection::Changed | api::Protection::Broken)
        };
        let goes_back = |index: usize, nth: usize| self.findings[index].fixes[nth].act == Act::PutBack;
        let mut all = Vec::new();
        for (index, finding) in findings.iter().enumerate().filter(|(_, finding)| finding.accepted.is_none()) {
            let Some(server) = self.findings[index].server else { continue };
            let meant = |nth: &usize| !halted(server) || goes_back(index, *nth);
            for (nth, fix) in finding.fixes.iter().enumerate().filter(|(nth, _)| meant(nth)) {
                if let Some(gain) = fix.gain.filter(|gain| *gain > 0.0) {
                    all.push((gain, fix.safety == Safety::Manual, index, nth, server));
                }
            }
        }
        all.sort_by(|one, other| {
            let back = goes_back(other.2, other.3).cmp(&goes_back(one.2, one.3));
            let weight = |index: usize| self.findings[index].severity >= Severity::High;
            let heavy = weight(other.2).cmp(&weight(one.2));
            back.then(heavy).then(other.0.total_cmp(&one.0)).then(one.1.cmp(&other.1))
        });
        let mut seen = HashSet::new();
        all.retain(|(.., server)| seen.insert(self.identities[server.0].as_str()));
        all.truncate(FIRST);

        // What helps the machine most comes first, as far as that can be seen; among equals what gains its server
        // most. Each one's step says what it brings after those before it.
        let now = self.score_without(&Gone::default());
        let mut gone = Gone::default();
        let mut scores = Vec::new();
        let (mut ordered, mut rest) = (Vec::new(), all);
        while !rest.is_empty() {
            let back = rest.iter().any(|one| goes_back(one.2, one.3));
            let mut next: Option<(f64, usize)> = None;
            for (at, one) in rest.iter().enumerate().filter(|(_, one)| !back || goes_back(one.2, one.3)) {
                let then = self.score_without(&self.with(&gone, one.2, one.3)).unwrap_or(0.0);
                if next.is_none_or(|(best, _)| score::shown(then) > score::shown(best)) {
                    next = Some((then, at));
                }
            }
            let Some((then, at)) = next else { break };
            let one = rest.remove(at);
            gone = self.with(&gone, one.2, one.3);
            scores.push(then);
            ordered.push(one);
        }
        let all = ordered;
        let then = scores.last().copied();
        let steps = now.map(|_| scores.iter().map(|then| score::shown(*then)).collect()).unwrap_or_default();
        let shown = now.zip(then).map(|(now, then)| (score::shown(now), score::shown(then)));
        let fixes = all.iter().map(|(.., index, nth, _)| findings[*index].fixes[*nth].id.clone());
        api::Best { fixes: fixes.collect(), steps, score: shown.filter(|(now, then)| then > now).map(|(_, then)| then) }
    }

    /// `gone`, and what one fix mends besides.
    fn with(&self, gone: &Gone, index: usize, nth: usize) -> Gone {
        let mut gone = gone.clone();
        let finding = &self.findings[index];
        for one in finding.server.iter().chain(&finding.also) {
            gone.findings.entry(*one).or_default().insert(index);
        }
        match (&finding.fixes[nth].act, finding.server) {
            (Act::Sandbox, Some(server)) => {
                let own = self.own[server.0].iter().copied();
                let settled = own.filter(|own| fenced::is_settled(self.findings[*own].rule));
                gone.findings.entry(server).or_default().extend(settled);
                gone.fenced.insert(server);
            }
            (Act::Disable, Some(server)) => drop(gone.entries.insert(server)),
            _ => {}
        }
        gone
    }

    fn score_without(&self, gone: &Gone) -> Option<f64> {
        let others = gone.findings.keys().filter_map(|server| self.without(*server, gone)).collect();
        self.machine_score(&others, &gone.entries)
    }

    /// A server's score without what is gone.
    fn without(&self, server: ServerIndex, all: &Gone) -> Option<(usize, f64)> {
        self.scores[server.0].as_ref()?;
        let gone = all.findings.get(&server)?;
        let (own, weighed) = self.weighed(server);
        let rest: Vec<score::Weighed> =
            own.iter().zip(weighed).filter(|(index, _)| !gone.contains(index)).map(|(_, one)| one).collect();
        let kind = self.machine.servers[server.0].kind;
        let coverage = if all.fenced.contains(&server) { &self.fenced } else { &self.coverage };
        Some((server.0, score::score(kind, &rest, &coverage[server.0]).score))
    }

    /// The machine's score, where some servers had another one, and some did not count.
    fn machine_score(&self, others: &HashMap<usize, f64>, out: &BTreeSet<ServerIndex>) -> Option<f64> {
        let mut worst: HashMap<&str, f64> = HashMap::new();
        for (index, scored) in self.scores.iter().enumerate() {
            if out.contains(&ServerIndex(index)) {
                continue;
            }
            let Some(scored) = scored.as_ref().filter(|_| self.machine.servers[index].enabled) else { continue };
            let points = others.get(&index).copied().unwrap_or(scored.score);
            let slot = worst.entry(&self.identities[index]).or_insert(points);
            *slot = slot.min(points);
        }
        let whole = |index: &usize| {
            let finding = &self.findings[*index];
            let stays = finding.server.is_none_or(|server| !out.contains(&server));
            stays && (finding.dimension == Dimension::Machine || finding.server.is_none())
        };
        let limits: Vec<score::Weighed> =
            (0..self.findings.len()).filter(whole).map(|index| self.weigh(index)).collect();
        score::machine(&worst.into_values().collect::<Vec<_>>(), &limits)
    }
}
