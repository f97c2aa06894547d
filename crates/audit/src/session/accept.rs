//! Living with a finding, and no longer.

use super::Session;
use super::failures::{history, refused, unknown};
use crate::api::Failure;
use crate::finding::{Acceptance, Reason};
use crate::report::accepted::is_acceptable;
use crate::store::Store;

/// The longest note, in characters.
const LONGEST: usize = 1000;

/// For how many days a finding can be accepted, where not for good.
pub const DAYS: [u32; 2] = [30, 90];

impl Session {
    /// Accepts a finding: for 30 or 90 days, or (`None`) until its evidence
    /// changes. The note must not hold a secret: it is kept in clear.
    pub fn accept(&mut self, finding: &str, reason: Reason, note: &str, days: Option<u32>) -> Result<(), Failure> {
        if days.is_some_and(|days| !DAYS.contains(&days)) {
            return Err(refused(format!("a finding can be accepted for {} or {} days", DAYS[0], DAYS[1])));
        }
        if note.chars().count() > LONGEST {
            return Err(refused(format!("the note is longer than {LONGEST} characters")));
        }
        if !crate::secret::find(note).is_empty() {
            return Err(refused("the note holds what looks like a key, and notes are stored unencrypted".to_owned()));
        }
        let today = self.env.today.ok_or_else(|| refused("the clock cannot be read".to_owned()))?;
        let judged = self.scan();
        if judged.known.is_in(note) {
            return Err(refused("the note holds a key of this computer, and notes are stored unencrypted".to_owned()));
        }
        let found = judged.findings.iter().position(|found| found.id == finding);
        let index = found.ok_or_else(|| unknown("finding"))?;
        let found = &judged.findings[index];
        if !is_acceptable(found) {
            return Err(refused("this cannot be accepted".to_owned()));
        }
        let acceptance = Acceptance {
            fingerprint: judged.fingerprints[index].clone(),
            rule: found.rule.to_owned(),
            reason,
            note: note.trim().to_owned(),
            at: today,
            until: days.map(|days| today + days),
        };
        let (store, _lock) = self.opened()?;
        self.tell_others(&store);
        store.accept(&acceptance).map_err(history)?;
        self.look_again(&store, None);
        Ok(())
    }

    /// Counts a finding in full again.
    pub fn withdraw(&mut self, finding: &str) -> Result<(), Failure> {
        let judged = self.scan();
        let index = judged.findings.iter().position(|found| found.id == finding).ok_or_else(|| unknown("finding"))?;
        let fingerprint = judged.fingerprints[index].clone();
        let (store, _lock) = self.opened()?;
        self.tell_others(&store);
        if !store.withdraw(&fingerprint).map_err(history)? {
            return Err(refused("this finding is not accepted".to_owned()));
        }
        self.look_again(&store, None);
        Ok(())
    }

    /// The history, for this process alone until the lock is dropped; no key is needed.
    pub(super) fn opened(&self) -> Result<(Store, std::fs::File), Failure> {
        let lock = self.locked()?;
        Ok((Store::open(&self.state).map_err(history)?, lock))
    }
}
