//! Telling, while something takes long, what is being done, and asking whether to go on.

use std::sync::Arc;

use super::Session;
use super::failures::refused;
use crate::api::{Failure, Residue, Step};

/// Hears every step; `false`: stop, as far as that is possible.
pub(super) type Told = Arc<dyn Fn(&Step) -> bool + Send + Sync>;

/// Files of residue that are looked at before the next step is told.
const FILES: usize = 512;

impl Session {
    /// Has somebody told each step of what takes long; `false` from them asks to stop. What cannot stop half-way
    /// goes on to its end.
    pub fn with_steps(mut self, told: Arc<dyn Fn(&Step) -> bool + Send + Sync>) -> Session {
        self.steps = Some(told);
        self
    }

    /// Tells a step; a failure where the user has stopped it. Only before anything is changed.
    pub(super) fn step(&self, words: &str) -> Result<(), Failure> {
        if self.goes_on(words) { Ok(()) } else { Err(stopped()) }
    }

    /// Tells a step of what is seen through to its end.
    pub(super) fn tell(&self, words: &str) {
        let _ = self.goes_on(words);
    }

    fn goes_on(&self, words: &str) -> bool {
        self.steps.as_ref().is_none_or(|told| told(&Step { words: words.to_owned() }))
    }

    /// For what asks often whether to go on with a step, and is told with its words.
    pub(super) fn asking(&self, words: String) -> impl Fn() -> bool + use<> {
        let told = self.steps.clone();
        move || told.as_ref().is_none_or(|told| told(&Step { words: words.clone() }))
    }

    /// `residue`, told step by step. Stopped, it says what was found so far.
    pub(super) fn residue_in_steps(&mut self, change: Option<&str>) -> Result<Residue, Failure> {
        let told = self.steps.clone();
        let mut going = |files: usize| {
            let Some(told) = &told else { return true };
            // The answer may change at any time; the words only with the number.
            let words = match files / FILES * FILES {
                0 => "Looking for copies of your keys".to_owned(),
                files => format!("Looking for copies of your keys: {files} files so far"),
            };
            told(&Step { words })
        };
        self.residue(change, &mut going)
    }
}

/// Before anything was changed.
pub(super) fn stopped() -> Failure {
    refused("stopped: nothing was changed".to_owned())
}
