//! A fix seals an entry anew, and that is a yes to all of it: so the rest of the
//! entry has to be what was approved already. Only where a key of its own stands
//! in plain text again, in its very place, it may differ.

use std::ops::Range;

use warder_launch::command::{Difference, Token};
use warder_launch::compare::is_approved;
use warder_launch::profile::Profile;

use super::Subject;
use crate::api::Failure;
use crate::approval::{differences, said};
use crate::document::{Key, KeyPath};
use crate::finding::Act;
use crate::session::entry::Entry;
use crate::session::failures::refused;

impl Subject<'_> {
    /// Refuses to seal what nobody looked at.
    pub(super) fn approved_but(&self, act: &Act) -> Result<(), Failure> {
        let Some(profile) = &self.command.profile else { return Ok(()) };
        let mut changes = differences(self.env, self.file, self.server);
        if let Act::Keychain { at, range, .. } = act {
            match self.command.words().iter().position(|word| word.at == *at) {
                Some(index) if self.only_its_key(profile, index, range) => {
                    changes.retain(|one| *one != Difference::Command);
                }
                Some(_) => {}
                None => changes.retain(|one| !is_own_key(profile, at, one)),
            }
        }
        if changes.is_empty() {
            return Ok(());
        }
        Err(Failure {
            hint: Some("Put back what you approved, or look at it and approve it; then fix the rest.".to_owned()),
            ..refused(format!("this entry is not what you approved: {}", said(&changes)))
        })
    }

    /// Whether all words are what was approved, but for a key that stands where its reference stood.
    fn only_its_key(&self, profile: &Profile, index: usize, range: &Range<usize>) -> bool {
        let Ok(entry) = Entry::of(self.env, self.file, self.server, self.command) else { return false };
        let approved = &profile.approved.argv;
        let stood = |token: &Token, word: &String| {
            let Token::Text(text) = token else { return false };
            let around = (word.get(..range.start), word.get(range.end..));
            profile.inside.iter().any(|handle| {
                text.split_once(&handle.reference()).map(|(head, tail)| (Some(head), Some(tail))) == Some(around)
            })
        };
        let same = |(nth, (token, word)): (usize, (&Token, &String))| match nth == index {
            true => stood(token, word),
            false => is_approved(profile, nth, token, word),
        };
        approved.len() == entry.words.len() && approved.iter().zip(&entry.words).enumerate().all(same)
    }
}

/// Whether a difference is the key of this variable, no longer by its reference.
fn is_own_key(profile: &Profile, at: &KeyPath, one: &Difference) -> bool {
    let Difference::Variable(name) = one else { return false };
    profile.secrets.contains_key(name) && at.0.last() == Some(&Key::Name(name.clone()))
}
