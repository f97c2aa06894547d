//! All safe fixes together: shown at once, then done one after the other.
//!
//! Each is shown as it will be once those before it are done: the machine that
//! one leaves is the one that the next is planned on. Nothing is started.

use std::collections::HashSet;

use warder_launch::vault::{Handle, Secret};

use super::failures::{refused, unknown};
use super::plan::plan;
use super::{Imagined, Session, doctor, keys, permit};
use crate::api::{AlsoMended, Change, Choices, Code, Failure, Finding, Fix, LeftFix, Report, SafeFixes};
use crate::document::Stamp;
use crate::finding::Safety;
use crate::report::Judged;

/// When a fix of this rule comes: wrapping moves an entry's arguments, and a
/// finding in them would have another id; and a sandbox wants its folders narrow.
pub fn turn(rule: &str) -> u8 {
    match rule {
        "broad-filesystem-root" => 0,
        "unsandboxed-server" => 2,
        _ => 1,
    }
}

/// The finding as it is now; `None` when it is gone. What is said of a file may
/// be said of it again for another reason: another of its servers holds a key, too.
/// `known`: the ids of all findings at the beginning.
pub fn again<'a>(report: &'a Report, finding: &Finding, known: &HashSet<String>) -> Option<&'a Finding> {
    let same = |other: &&Finding| other.fingerprint == finding.fingerprint && other.file == finding.file;
    let new = |other: &&Finding| other.rule == finding.rule && other.file == finding.file && !known.contains(&other.id);
    report.findings.iter().find(same).or_else(|| report.findings.iter().find(new))
}

/// The first of its fixes that is safe; none where the user lives with it.
pub fn offer(finding: &Finding) -> Option<&Fix> {
    let open = finding.accepted.is_none();
    finding.fixes.iter().find(|fix| open && fix.safety == Safety::Safe)
}

impl Session {
    /// Every safe fix, each after those before it. Starts nothing, writes nothing, waits for nobody.
    pub fn safe(&mut self) -> Result<SafeFixes, Failure> {
        self.scan();
        let first = self.judged.take().expect("just scanned");
        let report = first.report();
        let known: HashSet<String> = report.findings.iter().map(|finding| finding.id.clone()).collect();
        let mut wanted: Vec<&Finding> = report.findings.iter().filter(|finding| offer(finding).is_some()).collect();
        wanted.sort_by_key(|finding| turn(&finding.rule));

        let mut safe = SafeFixes { fixes: Vec::new(), also: Vec::new(), left: Vec::new(), score: None };
        let mut stash = Vec::new();
        let mut now: Option<(Judged, Report)> = None;
        let count = wanted.len();
        for (nth, finding) in wanted.into_iter().enumerate() {
            if let Err(stopped) = self.step(&format!("Looking at safe fix {} of {count}", nth + 1)) {
                self.judged = Some(first);
                return Err(stopped);
            }
            let (judged, present) = now.as_ref().map_or((&first, &report), |(judged, report)| (judged, report));
            let still = if now.is_none() { Some(finding) } else { again(present, finding, &known) };
            let Some(fix) = still.and_then(offer).cloned() else {
                let title = offer(finding).map(|fix| fix.title.clone()).unwrap_or_default();
                safe.also.push(AlsoMended { title, finding: finding.message.clone() });
                continue;
            };
            match self.one_of_all(judged, &fix.id, &stash) {
                Ok(Imagined { preview, then, stash: mut more }) => {
                    safe.fixes.push(preview);
                    stash.append(&mut more);
                    let report = then.report();
                    now = Some((then, report));
                }
                Err(failure) => safe.left.push(LeftFix { title: fix.title, why: why(&failure) }),
            }
        }
        let later = now.map_or(report.machine.score, |(_, report)| report.machine.score);
        safe.score = report.machine.score.zip(later);
        self.together = safe.fixes.iter().map(|preview| preview.fix.clone()).collect();
        self.judged = Some(first);
        Ok(safe)
    }

    /// `stash`: the keys that those before it have moved.
    fn one_of_all(&mut self, judged: &Judged, fix: &str, stash: &[(Handle, Secret)]) -> Result<Imagined, Failure> {
        let drawn = self.drawn(fix);
        let kept = keys::holder(self.state.clone(), self.vault.clone(), false);
        let held = |secret: &Secret| {
            let moved = stash.iter().find(|(_, value)| keys::is_same(value, secret));
            moved.map(|(handle, _)| handle.clone()).or_else(|| kept(secret))
        };
        let (finding, found) = judged.find_fix(fix).ok_or_else(|| unknown("fix"))?;
        let plan = plan(judged, finding, found, &Choices::default(), drawn, &held)?;
        let file = &judged.machine.files[plan.file.0];
        permit::check(&self.env, file.client, file.row)?;
        self.imagined(judged, fix, plan)
    }

    /// Does one of the safe fixes. `effect`: of its preview, which it still has to have.
    pub fn apply_safe(&mut self, fix: &str, effect: &Stamp) -> Result<Change, Failure> {
        let judged = self.scan();
        let Some((_, found)) = judged.find_fix(fix) else {
            return Err(match self.together.contains(fix) {
                true => Failure {
                    code: Code::Unknown,
                    message: "a fix before this one has mended it already".to_owned(),
                    hint: None,
                },
                false => unknown("fix"),
            });
        };
        if found.safety != Safety::Safe {
            return Err(refused("this fix has to be looked at by itself".to_owned()));
        }
        let preview = self.preview(fix, &Choices::default())?;
        if preview.effect != *effect {
            return Err(Failure {
                code: Code::Stale,
                message: "this fix would now do something else than what was shown".to_owned(),
                hint: Some("Look at the safe fixes again.".to_owned()),
            });
        }
        self.apply(fix, &Choices::default(), &preview.seen, false)
    }
}

/// Why it is left, full sentences.
fn why(failure: &Failure) -> String {
    let message = doctor::sentence(&failure.message);
    match &failure.hint {
        Some(hint) => format!("{message} {hint}"),
        None => message,
    }
}
