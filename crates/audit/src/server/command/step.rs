//! One step of reading a line, and what ends it.

use super::words::Word;
use super::{Launcher, Payload, Reading};

/// What is left after one prefix.
pub(super) enum Step {
    /// The words behind it.
    Next(Vec<Word>),
    /// Not a prefix.
    None,
    /// The reading ended here; `Reading` holds the result.
    Done,
}

/// Takes leading `NAME=value` words off.
pub(super) fn assignments(reading: &mut Reading, words: Vec<Word>) -> Vec<Word> {
    let mut words = words.into_iter().peekable();
    while let Some((name, value)) = words.peek().and_then(Word::assignment) {
        reading.assign(name, &value);
        words.next();
    }
    words.collect()
}

impl Reading {
    /// Ends the reading: nothing certain can be said about the payload.
    pub(super) fn opaque(&mut self, launcher: Launcher, why: &str) -> Step {
        self.launch.launcher = launcher;
        self.launch.payload = Payload::Opaque(why.to_owned());
        Step::Done
    }
}
