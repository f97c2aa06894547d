//! The golden vectors, the worked examples and the laws of the score.

use proptest::prelude::*;

use super::*;

const KINDS: [Kind; 4] = [Kind::LocalPackage, Kind::LocalScript, Kind::Remote, Kind::Bridge];
const SEVERITIES: [Severity; 5] = [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
const CONFIDENCES: [Confidence; 4] = [Confidence::Low, Confidence::Medium, Confidence::High, Confidence::Confirmed];

/// Differences that only floating-point arithmetic makes.
const NOISE: f64 = 1e-9;

/// Coverage when every check of the tiers up to this one was made.
fn up_to(tier: Tier) -> Coverage {
    let first = |check| CHECKS.iter().find(|row| row.0 == check).expect("every check has a row").3;
    coverage(|check| first(check) <= tier)
}

/// `SC M/confirmed pin`, `TP H/high`.
fn finding(text: &str) -> Weighed {
    let mut words = text.split([' ', '/']);
    let dimension = match words.next() {
        Some("SC") => Dimension::SupplyChain,
        Some("PV") => Dimension::Verification,
        Some("RET") => Dimension::Remote,
        Some("TP") => Dimension::Transport,
        Some("CRED") => Dimension::Credentials,
        Some("PERM") => Dimension::Permissions,
        Some("RUN") => Dimension::Runtime,
        Some("MACHINE") => Dimension::Machine,
        other => panic!("no dimension {other:?}"),
    };
    let severity = match words.next() {
        Some("L") => Severity::Low,
        Some("M") => Severity::Medium,
        Some("H") => Severity::High,
        Some("C") => Severity::Critical,
        other => panic!("no severity {other:?}"),
    };
    let confidence = match words.next() {
        Some("medium") => Confidence::Medium,
        Some("high") => Confidence::High,
        Some("confirmed") => Confidence::Confirmed,
        other => panic!("no confidence {other:?}"),
    };
    let group = match words.next() {
        None => None,
        Some("pin") => Some("pin"),
        Some("secret") => Some("secret"),
        other => panic!("no group {other:?}"),
    };
    Weighed { dimension, severity, confidence, group, accepted: false }
}

const UNPINNED: &str = "SC M/confirmed pin";
const NO_PROVENANCE: &str = "PV L/high";
const DEPRECATED: &str = "SC M/confirmed";
const SECRET_IN_ENV: &str = "CRED H/high secret";
const SECRET_IN_GIT: &str = "CRED H/confirmed";
const AUTO_APPROVE: &str = "PERM H/confirmed";
const CLEARTEXT: &str = "TP H/confirmed";
const OLD_TRANSPORT: &str = "TP L/high";
const UNKNOWN_OPERATOR: &str = "RET L/medium";
const HOST_TAKEOVER: &str = "PERM C/high";
const MALICIOUS: &str = "SC C/confirmed";

/// id, profile, tier, findings, base, limit, score, shown, interval, band.
#[rustfmt::skip]
#[allow(clippy::type_complexity)]
const GOLDEN: &[(&str, Kind, Tier, &[&str], f64, f64, f64, u32, (&str, &str), Band)] = &[
    ("G01", Kind::LocalPackage, Tier::T0, &[], 68.2, 1.0, 68.2, 68, ("57.6", "100.0"), Band::Moderate),
    ("G02", Kind::LocalPackage, Tier::T1, &[], 75.82, 1.0, 75.82, 75, ("67.8", "100.0"), Band::Moderate),
    ("G03", Kind::LocalPackage, Tier::T1, &[UNPINNED], 72.1, 0.89, 64.169, 64, ("57.0", "83.5"), Band::Moderate),
    ("G04", Kind::LocalPackage, Tier::T2, &[NO_PROVENANCE], 87.928, 1.0, 87.928, 87, ("84.2", "99.2"), Band::Trusted),
    ("G05", Kind::LocalPackage, Tier::T3, &[NO_PROVENANCE], 97.888, 1.0, 97.888, 97, ("97.4", "99.2"), Band::Trusted),
    ("G06", Kind::LocalPackage, Tier::T4, &[], 100.0, 1.0, 100.0, 100, ("100.0", "100.0"), Band::Trusted),
    ("G07", Kind::LocalPackage, Tier::T2, &[UNPINNED, DEPRECATED, SECRET_IN_ENV, SECRET_IN_GIT, AUTO_APPROVE], 61.713, 0.69, 42.582, 42, ("40.0", "49.1"), Band::Caution),
    ("G08", Kind::LocalPackage, Tier::T2, &[UNPINNED, DEPRECATED, AUTO_APPROVE], 73.15, 0.69, 50.474, 50, ("47.9", "57.0"), Band::Caution),
    ("G09", Kind::LocalPackage, Tier::T2, &[UNPINNED, DEPRECATED], 77.56, 0.89, 69.028, 69, ("65.7", "79.1"), Band::Moderate),
    ("G10", Kind::Remote, Tier::T1, &[CLEARTEXT, SECRET_IN_ENV, OLD_TRANSPORT, UNKNOWN_OPERATOR], 60.779, 0.69, 41.937, 41, ("36.1", "56.6"), Band::Caution),
    ("G11", Kind::Remote, Tier::T1, &[UNKNOWN_OPERATOR], 74.166, 1.0, 74.166, 74, ("65.8", "98.9"), Band::Moderate),
    ("G12", Kind::Remote, Tier::T3, &[], 97.6, 1.0, 97.6, 97, ("96.8", "100.0"), Band::Trusted),
    ("G13", Kind::LocalPackage, Tier::T1, &[HOST_TAKEOVER, UNPINNED], 65.8, 0.39, 25.662, 25, ("22.6", "33.1"), Band::Warning),
    ("G15", Kind::LocalPackage, Tier::T1, &[MALICIOUS, UNPINNED], 59.7, 0.19, 11.343, 11, ("10.2", "14.5"), Band::Dangerous),
    ("G16", Kind::LocalPackage, Tier::T3, &["RUN C/high", UNPINNED], 86.87, 0.39, 33.879, 33, ("33.7", "33.9"), Band::Warning),
    ("G17", Kind::LocalPackage, Tier::T3, &["RUN C/medium", UNPINNED], 88.784, 0.69, 61.261, 61, ("61.0", "61.5"), Band::Moderate),
    ("G18", Kind::LocalScript, Tier::T1, &[], 79.6, 1.0, 79.6, 79, ("72.8", "100.0"), Band::Moderate),
    ("G19", Kind::Bridge, Tier::T1, &[UNPINNED], 73.12, 0.89, 65.077, 65, ("57.8", "85.4"), Band::Moderate),
];

#[test]
fn golden_vectors_hold() {
    for (id, kind, tier, findings, base, limit, total, whole, (low, high), name) in GOLDEN {
        let findings: Vec<Weighed> = findings.iter().map(|text| finding(text)).collect();
        let scored = score(*kind, &findings, &up_to(*tier));
        assert!((scored.base - base).abs() < 1e-3, "{id}: base {}", scored.base);
        assert!((scored.limit - limit).abs() < 1e-3, "{id}: limit {}", scored.limit);
        assert!((scored.score - total).abs() < 1e-3, "{id}: score {}", scored.score);
        assert_eq!(shown(scored.score), *whole, "{id}");
        assert_eq!(format!("{:.1}", scored.low), *low, "{id}");
        assert_eq!(format!("{:.1}", scored.high), *high, "{id}");
        assert_eq!(band(scored.score), *name, "{id}");
    }
    assert_eq!(GOLDEN.len(), 18);
}

#[test]
fn the_checks_of_a_dimension_add_up_to_one() {
    let all = coverage(|_| true);
    assert_eq!(all.len(), 8);
    assert!(all.values().all(|share| *share == 1.0), "{all:?}");
    assert!(KINDS.iter().all(|kind| weights(*kind).iter().map(|row| row.1).sum::<f64>() == 100.0));
}

#[test]
fn the_machine_is_never_above_its_worst_server() {
    let near = |score: Option<f64>, expected: f64| {
        let score = score.expect("there are servers");
        assert!((score - expected).abs() < 0.05, "{score} is not {expected}");
    };
    near(machine(&[75.0], &[]), 75.0);
    near(machine(&[75.0; 5], &[]), 71.3);
    near(machine(&[90.0; 10], &[]), 86.0);
    let five = [64.2, 42.1, 41.6, 24.9, 97.9];
    near(machine(&five, &[]), 23.0);
    near(machine(&five, &[finding("MACHINE H/confirmed")]), 15.9);
    assert_eq!(machine(&[], &[]), None);
}

#[test]
fn certainty_follows_the_width_of_the_interval() {
    let of = |kind, tier, findings: &[&str]| {
        let findings: Vec<Weighed> = findings.iter().map(|text| finding(text)).collect();
        let scored = score(kind, &findings, &up_to(tier));
        certainty(scored.low, scored.high)
    };
    assert_eq!(of(Kind::LocalPackage, Tier::T1, &[UNPINNED]), Certainty::Low);
    assert_eq!(of(Kind::LocalPackage, Tier::T2, &[NO_PROVENANCE]), Certainty::Medium);
    assert_eq!(of(Kind::LocalPackage, Tier::T3, &[NO_PROVENANCE]), Certainty::High);
}

#[test]
fn pinning_gains_what_the_example_says() {
    let gained = gain(Kind::LocalPackage, &[finding(UNPINNED)], &up_to(Tier::T1), &[0]);
    assert!((gained - 11.651).abs() < 1e-3, "{gained}");
}

#[test]
fn the_best_pair_of_the_worked_example_are_its_credentials() {
    let texts = [UNPINNED, DEPRECATED, SECRET_IN_ENV, SECRET_IN_GIT, "PERM H/confirmed"];
    let findings: Vec<Weighed> = texts.into_iter().map(finding).collect();
    let (causes, then) = best_pair(Kind::LocalPackage, &findings, &up_to(Tier::T2));
    let mut gone: Vec<usize> = causes.concat();
    gone.sort_unstable();
    assert_eq!((gone, shown(then)), (vec![2, 3], 50));
}

#[test]
fn findings_of_the_machine_are_not_the_servers() {
    let scored = score(Kind::LocalPackage, &[finding("MACHINE H/confirmed")], &up_to(Tier::T1));
    assert!((scored.score - 75.82).abs() < 1e-3);
}

#[test]
fn twins_of_one_root_cause_share_its_points() {
    let twins = [finding(SECRET_IN_ENV), finding(SECRET_IN_ENV), finding(UNPINNED)];
    let lost = deductions(Kind::LocalPackage, &twins, &up_to(Tier::T1));
    let of = |index| lost.iter().find(|row| row.0 == Some(index)).expect("it costs something").1;
    assert_eq!(of(0), of(1));
    assert!(of(0) > of(2));
}

fn any_finding() -> impl Strategy<Value = Weighed> {
    let dimension = prop::sample::select(vec![
        Dimension::SupplyChain,
        Dimension::Verification,
        Dimension::Code,
        Dimension::Remote,
        Dimension::Transport,
        Dimension::Credentials,
        Dimension::Permissions,
        Dimension::Runtime,
    ]);
    let group = prop::sample::select(vec![None, Some("pin"), Some("secret"), Some("exposure")]);
    (dimension, 0..SEVERITIES.len(), 0..CONFIDENCES.len(), group).prop_map(
        |(dimension, severity, confidence, group)| Weighed {
            dimension,
            severity: SEVERITIES[severity],
            confidence: CONFIDENCES[confidence],
            group,
            accepted: false,
        },
    )
}

fn any_findings() -> impl Strategy<Value = Vec<Weighed>> {
    prop::collection::vec(any_finding(), 0..8)
}

/// Any checks made, as bits over `CHECKS`.
fn any_coverage() -> impl Strategy<Value = Coverage> {
    any::<u32>().prop_map(made)
}

fn made(bits: u32) -> Coverage {
    let place = |check| CHECKS.iter().position(|row| row.0 == check).expect("every check has a row");
    coverage(|check| bits >> place(check) & 1 == 1)
}

fn any_kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(KINDS.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1024, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn p1_the_score_lies_in_its_interval(kind in any_kind(), findings in any_findings(), seen in any_coverage()) {
        let scored = score(kind, &findings, &seen);
        prop_assert!(0.0 <= scored.low && scored.low <= scored.score, "{scored:?}");
        prop_assert!(scored.score <= scored.high && scored.high <= 100.0, "{scored:?}");
    }

    #[test]
    fn p2_removing_a_finding_never_lowers_the_score(
        kind in any_kind(), findings in any_findings(), extra in any_finding(), seen in any_coverage(),
    ) {
        let mut more = findings.clone();
        more.push(extra);
        let (less, with) = (score(kind, &findings, &seen).score, score(kind, &more, &seen).score);
        prop_assert!(less >= with - NOISE);

        let applies = weights(kind).iter().any(|row| row.0 == extra.dimension);
        let dominated = extra.group.is_some() && findings.iter().any(|other| {
            other.dimension == extra.dimension && other.group == extra.group && penalty(other) >= penalty(&extra)
        });
        let looked = seen.get(&extra.dimension).is_some_and(|share| *share > 0.0);
        if extra.severity > Severity::Info && applies && looked && !dominated {
            prop_assert!(less > with);
        }
    }

    #[test]
    fn p3_a_milder_finding_never_lowers_the_score(
        kind in any_kind(), findings in any_findings(), one in any_finding(),
        severity in 0usize..5, confidence in 0usize..4, seen in any_coverage(),
    ) {
        let milder = Weighed {
            severity: one.severity.min(SEVERITIES[severity]),
            confidence: one.confidence.min(CONFIDENCES[confidence]),
            ..one
        };
        let with = |last| {
            let all: Vec<Weighed> = findings.iter().copied().chain([last]).collect();
            score(kind, &all, &seen).score
        };
        prop_assert!(with(milder) >= with(one) - NOISE);
    }

    #[test]
    fn p4_looking_at_more_never_lowers_the_score(
        kind in any_kind(), findings in any_findings(), bits in any::<u32>(), more in any::<u32>(),
    ) {
        let little = score(kind, &findings, &made(bits));
        let much = score(kind, &findings, &made(bits | more));
        prop_assert!(much.score >= little.score - NOISE);
        prop_assert!(much.high - much.low <= little.high - little.low + NOISE);
    }

    #[test]
    fn p5_the_worst_finding_limits(kind in any_kind(), findings in any_findings(), seen in any_coverage()) {
        let total = score(kind, &findings, &seen).score;
        let most = findings.iter().map(|finding| match limiting(finding) {
            Severity::Critical if finding.confidence == Confidence::Confirmed => 19.0,
            Severity::Critical => 39.0,
            Severity::High => 69.0,
            Severity::Medium => 89.0,
            Severity::Low | Severity::Info => 100.0,
        }).fold(100.0, f64::min);
        prop_assert!(total <= most + NOISE);
    }

    #[test]
    fn p6_nothing_known_scores_forty(kind in any_kind()) {
        prop_assert!((score(kind, &[], &Coverage::new()).score - 40.0).abs() < NOISE);
    }

    #[test]
    fn p7_trusted_needs_two_thirds_of_the_evidence(
        kind in any_kind(), findings in any_findings(), seen in any_coverage(),
    ) {
        if score(kind, &findings, &seen).score >= 80.0 {
            let looked: f64 = weights(kind).iter().map(|(dimension, weight)| weight * seen[dimension]).sum();
            prop_assert!(looked / 100.0 >= 2.0 / 3.0 - NOISE);
        }
    }

    #[test]
    fn p8_order_and_repetition_change_nothing(
        kind in any_kind(),
        (findings, mixed) in any_findings().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        seen in any_coverage(),
    ) {
        let expected = score(kind, &findings, &seen);
        prop_assert_eq!(&score(kind, &mixed, &seen), &expected);
        if let Some(twin) = findings.iter().find(|finding| finding.group.is_some()) {
            let repeated: Vec<Weighed> = findings.iter().chain([twin]).copied().collect();
            prop_assert_eq!(&score(kind, &repeated, &seen), &expected);
        }
    }

    #[test]
    fn p9_adding_a_server_never_helps(
        scores in prop::collection::vec(0.0..=100.0f64, 1..8), other in 0.0..=100.0f64, place in any::<prop::sample::Index>(),
    ) {
        let of = |scores: &[f64]| machine(scores, &[]).expect("there are servers");
        let total = of(&scores);
        prop_assert!(scores.iter().all(|score| total <= *score));

        let with = |score: f64| of(&scores.iter().copied().chain([score]).collect::<Vec<f64>>());
        prop_assert!(with(other) <= total + NOISE);
        prop_assert_eq!(with(100.0), total);

        let mut better = scores.clone();
        let one = place.index(better.len());
        better[one] = better[one].max(other);
        prop_assert!(of(&better) >= total - NOISE);
    }

    #[test]
    fn p10_the_band_is_that_of_the_number_shown(total in 0.0..=100.0f64) {
        prop_assert_eq!(band(total), band(f64::from(shown(total))));
    }

    #[test]
    fn p12_accepting_helps_less_than_mending(
        kind in any_kind(), findings in any_findings(), one in any_finding(), seen in any_coverage(),
    ) {
        let with = |last: Option<Weighed>| {
            let all: Vec<Weighed> = findings.iter().copied().chain(last).collect();
            score(kind, &all, &seen).score
        };
        let (open, accepted, gone) = (with(Some(one)), with(Some(Weighed { accepted: true, ..one })), with(None));
        prop_assert!(open <= accepted + NOISE && accepted <= gone + NOISE);
    }

    #[test]
    fn the_best_pair_gains_at_least_what_the_best_cause_does(
        kind in any_kind(), findings in any_findings(), seen in any_coverage(),
    ) {
        let (causes, then) = best_pair(kind, &findings, &seen);
        let now = score(kind, &findings, &seen).score;
        prop_assert!(causes.len() <= 2 && then >= now && (causes.is_empty() == (then == now)));
        for index in 0..findings.len() {
            prop_assert!(now + gain(kind, &findings, &seen, &[index]) <= then + NOISE);
        }
    }

    #[test]
    fn deductions_add_up_to_what_is_missing(
        kind in any_kind(), findings in any_findings(), seen in any_coverage(),
    ) {
        let missing = 100.0 - score(kind, &findings, &seen).score;
        let lost = deductions(kind, &findings, &seen);
        prop_assert!((lost.iter().map(|row| row.1).sum::<f64>() - missing).abs() < NOISE);
        prop_assert!(lost.iter().all(|row| row.1 > 0.0) && lost.is_sorted_by(|a, b| a.1 >= b.1));
        for index in 0..findings.len() {
            if gain(kind, &findings, &seen, &[index]) > NOISE {
                prop_assert!(lost.iter().any(|row| row.0 == Some(index)));
            }
        }
    }
}

#[test]
fn bands_start_at_their_whole_numbers() {
    let starts = [
        (0.0, Band::Dangerous),
        (20.0, Band::Warning),
        (40.0, Band::Caution),
        (60.0, Band::Moderate),
        (80.0, Band::Trusted),
    ];
    for (start, name) in starts {
        assert_eq!(band(start), name);
        assert!(start == 0.0 || band(start - 0.01) < name);
    }
    assert_eq!(band(80.0 - 1e-12), Band::Trusted);
}
