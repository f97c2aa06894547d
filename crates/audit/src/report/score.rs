//! The score: rules-and-scoring §3, exactly.

use serde::Serialize;
use ts_rs::TS;

use crate::finding::{Confidence, Dimension, Group, Severity};
use crate::rules::{Check, Tier};
use crate::server::Kind;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Band {
    Dangerous,
    Warning,
    Caution,
    Moderate,
    Trusted,
}

/// How sure a score is, by the width of its interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    Low,
    Medium,
    High,
}

/// What of a finding the score looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weighed {
    pub dimension: Dimension,
    pub severity: Severity,
    pub confidence: Confidence,
    pub group: Option<Group>,
}

/// Coverage per dimension, 0 to 1; a missing dimension is 0.
pub type Coverage = std::collections::BTreeMap<Dimension, f64>;

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

/// Weights of a profile (§3.2).
pub fn weights(_kind: Kind) -> &'static [(Dimension, f64)] {
    unimplemented!()
}

/// The checks, their dimension, weight and first tier (§3.3).
pub const CHECKS: &[(Check, Dimension, f64, Tier)] = &[];

/// Coverage from the checks really evaluated.
pub fn coverage(_evaluated: impl Fn(Check) -> bool) -> Coverage {
    unimplemented!()
}

/// The formula of §3.3.
pub fn score(_kind: Kind, _findings: &[Weighed], _coverage: &Coverage) -> Scored {
    unimplemented!()
}

/// The machine's score (§3.4) over distinct enabled servers' scores; `limit`
/// of the machine-level findings. `None` without servers.
pub fn machine(_scores: &[f64], _machine_findings: &[Weighed]) -> Option<f64> {
    unimplemented!()
}

/// Whole points as shown: `floor(score + 1e-9)`.
pub fn shown(_score: f64) -> u32 {
    unimplemented!()
}

/// The band of a score.
pub fn band(_score: f64) -> Band {
    unimplemented!()
}

/// By the width of the interval: up to 10 high, up to 25 medium, else low.
pub fn certainty(_low: f64, _high: f64) -> Certainty {
    unimplemented!()
}

pub fn deductions(_kind: Kind, _findings: &[Weighed], _coverage: &Coverage) -> Vec<(Option<usize>, f64)> {
    unimplemented!()
}

pub fn gain(_kind: Kind, _findings: &[Weighed], _coverage: &Coverage, _without: &[usize]) -> f64 {
    unimplemented!()
}
