//! The score: what a server's findings and the checks nobody could make add up to.
//!
//! A pure formula, free of clock, order and locale. Each dimension has a known
//! health (findings multiply it down, one root cause is charged once) and a
//! coverage (how much of it was looked at; the unseen part counts as no better
//! than 40). Their weighted mean is the base, and the worst finding limits it.

use std::collections::{BTreeMap, HashMap};

use crate::api::{Band, Certainty};
use crate::finding::{Confidence, Dimension, Group, Severity};
use crate::rules::{Check, Tier};
use crate::server::Kind;

/// What of a finding the score looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Weighed {
    pub dimension: Dimension,
    pub severity: Severity,
    pub confidence: Confidence,
    pub group: Option<Group>,
    /// The user lives with it: half its penalty, and a limit one step milder.
    pub accepted: bool,
}

/// Coverage per dimension, 0 to 1; a missing dimension is 0.
pub type Coverage = BTreeMap<Dimension, f64>;

/// A server's score, unrounded.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    pub score: f64,
    pub low: f64,
    pub high: f64,
    pub base: f64,
    pub limit: f64,
    pub dimensions: Vec<Part>,
}

/// One dimension of a score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    pub dimension: Dimension,
    pub weight: f64,
    pub coverage: f64,
    /// Known health K_d.
    pub known: f64,
    /// Sub-score H_d.
    pub score: f64,
}

/// Weights of a profile's dimensions; each profile's add up to 100.
pub fn weights(kind: Kind) -> &'static [(Dimension, f64)] {
    use Dimension::*;
    match kind {
        Kind::LocalPackage => &[
            (SupplyChain, 31.0),
            (Verification, 11.0),
            (Code, 7.0),
            (Transport, 9.0),
            (Credentials, 17.0),
            (Permissions, 14.0),
            (Runtime, 11.0),
        ],
        Kind::LocalScript => &[
            (SupplyChain, 15.0),
            (Code, 22.0),
            (Transport, 9.0),
            (Credentials, 20.0),
            (Permissions, 20.0),
            (Runtime, 14.0),
        ],
        Kind::Remote => &[(Remote, 22.0), (Transport, 18.0), (Credentials, 20.0), (Permissions, 20.0), (Runtime, 20.0)],
        Kind::Bridge => &[
            (SupplyChain, 20.0),
            (Verification, 8.0),
            (Code, 5.0),
            (Remote, 12.0),
            (Transport, 13.0),
            (Credentials, 16.0),
            (Permissions, 14.0),
            (Runtime, 12.0),
        ],
    }
}

/// The checks, their dimension, their share of it, and the first tier at which
/// they can be made. The shares of a dimension add up to 1.
pub const CHECKS: &[(Check, Dimension, f64, Tier)] = &[
    (Check::Pin, Dimension::SupplyChain, 0.25, Tier::T0),
    (Check::SourceKind, Dimension::SupplyChain, 0.10, Tier::T0),
    (Check::MaliciousList, Dimension::SupplyChain, 0.25, Tier::T0),
    (Check::Vulnerabilities, Dimension::SupplyChain, 0.20, Tier::T2),
    (Check::InstallScripts, Dimension::SupplyChain, 0.10, Tier::T2),
    (Check::Maintenance, Dimension::SupplyChain, 0.10, Tier::T2),
    (Check::Name, Dimension::Verification, 0.30, Tier::T0),
    (Check::RepositoryLink, Dimension::Verification, 0.20, Tier::T2),
    (Check::Provenance, Dimension::Verification, 0.30, Tier::T2),
    (Check::Licence, Dimension::Verification, 0.10, Tier::T2),
    (Check::RegistryEntry, Dimension::Verification, 0.10, Tier::T2),
    (Check::LaunchLine, Dimension::Code, 0.35, Tier::T0),
    (Check::Environment, Dimension::Code, 0.25, Tier::T0),
    (Check::ScriptFiles, Dimension::Code, 0.20, Tier::T1),
    (Check::ArtefactScan, Dimension::Code, 0.20, Tier::T2),
    (Check::Operator, Dimension::Remote, 0.40, Tier::T0),
    (Check::HostClass, Dimension::Remote, 0.20, Tier::T0),
    (Check::AuthProbe, Dimension::Remote, 0.40, Tier::T3),
    (Check::TransportUrl, Dimension::Transport, 0.40, Tier::T0),
    (Check::TlsSettings, Dimension::Transport, 0.20, Tier::T0),
    (Check::LiveConformance, Dimension::Transport, 0.40, Tier::T3),
    (Check::Inline, Dimension::Credentials, 0.50, Tier::T0),
    (Check::FileMode, Dimension::Credentials, 0.20, Tier::T1),
    (Check::VersionControl, Dimension::Credentials, 0.15, Tier::T1),
    (Check::Reuse, Dimension::Credentials, 0.15, Tier::T1),
    (Check::ArgumentScope, Dimension::Permissions, 0.40, Tier::T0),
    (Check::AutoApproval, Dimension::Permissions, 0.20, Tier::T1),
    (Check::SandboxLayer, Dimension::Permissions, 0.10, Tier::T0),
    (Check::Tools, Dimension::Permissions, 0.30, Tier::T3),
    (Check::MetadataScan, Dimension::Runtime, 0.40, Tier::T3),
    (Check::PinEqual, Dimension::Runtime, 0.40, Tier::T3),
    (Check::Sessions, Dimension::Runtime, 0.20, Tier::T4),
];

/// What an unseen part of a dimension counts at most: like a server with one
/// high finding in it (100 × .55 × .69 = 38).
const PRIOR: f64 = 40.0;

/// The same for the lower end of the interval; and the least that is known of servers in a file that cannot be read.
pub const LOW_PRIOR: f64 = 20.0;

/// How much one further server of full risk takes from the machine's score.
const FURTHER: f64 = 0.05;

/// Share of a dimension's health that a finding takes.
fn penalty(finding: &Weighed) -> f64 {
    let severity = match finding.severity {
        Severity::Critical => 0.70,
        Severity::High => 0.45,
        Severity::Medium => 0.20,
        Severity::Low => 0.08,
        Severity::Info => 0.0,
    };
    let confidence = match finding.confidence {
        Confidence::Confirmed => 1.0,
        Confidence::High => 0.9,
        Confidence::Medium => 0.6,
        Confidence::Low => 0.3,
    };
    severity * confidence * if finding.accepted { 0.5 } else { 1.0 }
}

/// The severity that limits: one lower with medium confidence, two with low.
fn limiting(finding: &Weighed) -> Severity {
    const ORDER: [Severity; 5] = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let down = match finding.confidence {
        Confidence::Confirmed | Confidence::High => 0,
        Confidence::Medium => 1,
        Confidence::Low => 2,
    };
    ORDER[(finding.severity as usize).saturating_sub(down)]
}

/// Share of the base that a server with this finding can keep.
fn limit(finding: &Weighed) -> f64 {
    const LIMITS: [f64; 5] = [0.19, 0.39, 0.69, 0.89, 1.0];
    let step = match limiting(finding) {
        Severity::Critical if finding.confidence == Confidence::Confirmed => 0,
        Severity::Critical => 1,
        Severity::High => 2,
        Severity::Medium => 3,
        Severity::Low | Severity::Info => 4,
    };
    LIMITS[(step + usize::from(finding.accepted)).min(4)]
}

fn lowest_limit<'a>(findings: impl Iterator<Item = &'a Weighed>) -> f64 {
    findings.map(limit).fold(1.0, f64::min)
}

/// K_d: 100, less the worst penalty of each root cause.
fn known(dimension: Dimension, findings: &[Weighed]) -> f64 {
    let mut alone = Vec::new();
    let mut grouped = BTreeMap::<Group, f64>::new();
    for finding in findings.iter().filter(|finding| finding.dimension == dimension) {
        let penalty = penalty(finding);
        match finding.group {
            Some(group) => {
                let worst = grouped.entry(group).or_default();
                *worst = worst.max(penalty);
            }
            None => alone.push(penalty),
        }
    }
    alone.extend(grouped.into_values());
    // Floating-point products depend on their order; findings have none.
    alone.sort_by(f64::total_cmp);
    alone.iter().fold(100.0, |health, penalty| health * (1.0 - penalty))
}

/// H_d: the known health where it was looked, at most `prior` elsewhere.
/// Written as a loss, so that full coverage gives exactly `known`.
fn seen(known: f64, coverage: f64, prior: f64) -> f64 {
    known - (1.0 - coverage) * (known - known.min(prior))
}

/// Whether what a check saw may be another thing at the next start: nothing holds on to the files of a local script.
/// So none is `Trusted` by what was read of it.
pub fn may_change(kind: Kind, check: Check) -> bool {
    kind == Kind::LocalScript && matches!(check, Check::InstallScripts | Check::ArtefactScan)
}

/// Coverage from the checks really evaluated.
pub fn coverage(evaluated: impl Fn(Check) -> bool) -> Coverage {
    let mut hundredths = Coverage::new();
    for (check, dimension, share, _) in CHECKS {
        let sum = hundredths.entry(*dimension).or_default();
        if evaluated(*check) {
            // Whole numbers add up exactly, so all checks together give 1.
            *sum += (share * 100.0).round();
        }
    }
    hundredths.into_iter().map(|(dimension, sum)| (dimension, sum / 100.0)).collect()
}

/// A server's score. Findings of `Dimension::Machine` are not the server's and
/// are left out; one of a dimension the profile does not have still limits.
pub fn score(kind: Kind, findings: &[Weighed], coverage: &Coverage) -> Scored {
    let dimensions: Vec<Part> = weights(kind)
        .iter()
        .map(|&(dimension, weight)| {
            let coverage = coverage.get(&dimension).copied().unwrap_or(0.0).clamp(0.0, 1.0);
            let known = known(dimension, findings);
            Part { dimension, weight, coverage, known, score: seen(known, coverage, PRIOR) }
        })
        .collect();
    let whole: f64 = dimensions.iter().map(|part| part.weight).sum();
    let mean =
        |health: &dyn Fn(&Part) -> f64| dimensions.iter().map(|part| part.weight * health(part)).sum::<f64>() / whole;
    let limit = lowest_limit(findings.iter().filter(|finding| finding.dimension != Dimension::Machine));
    let base = mean(&|part| part.score);
    Scored {
        score: base * limit,
        low: mean(&|part| seen(part.known, part.coverage, LOW_PRIOR)) * limit,
        high: mean(&|part| part.known) * limit,
        base,
        limit,
        dimensions,
    }
}

/// The machine's score over distinct enabled servers' scores: that of the worst
/// server, less a little for every further risky one, limited by the findings
/// on clients and files. `None` without servers.
pub fn machine(scores: &[f64], machine_findings: &[Weighed]) -> Option<f64> {
    let mut scores = scores.to_vec();
    scores.sort_by(f64::total_cmp);
    let (worst, others) = scores.split_first()?;
    let score = others.iter().fold(*worst, |score, other| score * (1.0 - FURTHER * (100.0 - other) / 100.0));
    Some(score * lowest_limit(machine_findings.iter()))
}

/// Points a server gains when the findings at these indexes are gone and
/// nothing else changes. Never negative.
pub fn gain(kind: Kind, findings: &[Weighed], coverage: &Coverage, without: &[usize]) -> f64 {
    let rest: Vec<Weighed> = findings
        .iter()
        .enumerate()
        .filter(|(index, _)| !without.contains(index))
        .map(|(_, finding)| *finding)
        .collect();
    let before = score(kind, findings, coverage).score;
    (score(kind, &rest, coverage).score - before).max(0.0)
}

/// Most root causes that are tried in pairs.
const TRIED: usize = 8;

/// The root causes (findings by index, first of each cause first) that gain
/// most when they are gone together, at most two, and the score then. Single
/// gains mislead below a limit: the second of two high findings gains nothing
/// alone. Empty when nothing gains.
pub fn best_pair(kind: Kind, findings: &[Weighed], coverage: &Coverage) -> (Vec<Vec<usize>>, f64) {
    let now = score(kind, findings, coverage).score;
    let mut causes: BTreeMap<(Dimension, &str, usize), Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate().filter(|(_, finding)| !finding.accepted) {
        // A finding without a group is its own cause.
        let alone = if finding.group.is_some() { 0 } else { index + 1 };
        causes.entry((finding.dimension, finding.group.unwrap_or_default(), alone)).or_default().push(index);
    }
    let clean = score(kind, &[], coverage).score;
    let weight = |cause: &Vec<usize>| {
        let own: Vec<Weighed> = cause.iter().map(|index| findings[*index]).collect();
        clean - score(kind, &own, coverage).score
    };
    let mut causes: Vec<(f64, Vec<usize>)> = causes.into_values().map(|cause| (weight(&cause), cause)).collect();
    causes.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    causes.truncate(TRIED);

    let mut best: (Vec<Vec<usize>>, f64) = (Vec::new(), now);
    for (first, (_, one)) in causes.iter().enumerate() {
        for other in std::iter::once(None).chain(causes[first + 1..].iter().map(|(_, cause)| Some(cause))) {
            let gone: Vec<usize> = one.iter().chain(other.into_iter().flatten()).copied().collect();
            let then = now + gain(kind, findings, coverage, &gone);
            if then > best.1 + 1e-9 {
                best = (std::iter::once(one).chain(other).cloned().collect(), then);
            }
        }
    }
    best
}

/// Every point lost, largest first, adding up to 100 minus the score: per
/// finding (its index), and for what was not looked at (`None`).
///
/// The unseen part comes first: what the server would lose without any finding.
/// The rest is shared among the findings in proportion to what each costs when
/// it is the only one plus what it costs now, on top of all others. The first
/// keeps two equal findings of one root cause from both counting nothing, the
/// second gives every finding whose removal gains something a part. The order
/// of the findings has no influence. Findings that cost nothing are left out.
pub fn deductions(kind: Kind, findings: &[Weighed], coverage: &Coverage) -> Vec<(Option<usize>, f64)> {
    let clean = score(kind, &[], coverage).score;
    let lost = clean - score(kind, findings, coverage).score;
    // Equal ones cost the same, and a server can have thousands.
    let mut known = HashMap::new();
    let cost = |(index, finding): (usize, &Weighed)| {
        *known.entry(*finding).or_insert_with(|| {
            let alone = clean - score(kind, &[*finding], coverage).score;
            alone.max(0.0) + gain(kind, findings, coverage, &[index])
        })
    };
    let mut costs: Vec<f64> = findings.iter().enumerate().map(cost).collect();
    // Twins of which each alone costs nothing, in a dimension nobody looked at.
    if costs.iter().all(|cost| *cost == 0.0) {
        costs = findings.iter().map(penalty).collect();
    }
    let whole: f64 = costs.iter().sum();

    let mut shares: Vec<(Option<usize>, f64)> = vec![(None, 100.0 - clean)];
    if lost > 0.0 && whole > 0.0 {
        shares.extend(costs.iter().enumerate().map(|(index, cost)| (Some(index), lost * cost / whole)));
    }
    shares.retain(|(_, points)| *points > 0.0);
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    shares
}

/// Whole points as shown: rounded down, except where only the arithmetic is short.
pub fn shown(score: f64) -> u32 {
    (score + 1e-9).floor().clamp(0.0, 100.0) as u32
}

/// The band of a score, always that of the number people see.
pub fn band(score: f64) -> Band {
    match shown(score) {
        80.. => Band::Trusted,
        60.. => Band::Moderate,
        40.. => Band::Caution,
        20.. => Band::Warning,
        _ => Band::Dangerous,
    }
}

/// By the width of the interval: up to 10 high, up to 25 medium, else low.
pub fn certainty(low: f64, high: f64) -> Certainty {
    match high - low {
        width if width <= 10.0 => Certainty::High,
        width if width <= 25.0 => Certainty::Medium,
        _ => Certainty::Low,
    }
}

#[cfg(test)]
mod tests;
