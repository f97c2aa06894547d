//! Taking a key out of a copy: shown first, done as every change is, and undone byte for byte.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use warder_launch::vault::{Handle, Secret, VaultError};

use super::search::Needles;
use crate::api::{Change, Code, CopyKind, Failure, Preview};
use crate::clients::{Client, ConfigFile};
use crate::document::{Encoding, Identity, ReadError, Stamp, read_text};
use crate::edit::{DiffLine, Edit, diff, splice};
use crate::env::Env;
use crate::finding::Safety;
use crate::redact::{escape, mask};
use crate::session::Session;
use crate::session::effect;
use crate::session::failures::{history, keychain, refused, stale, unknown};
use crate::session::news::Wrote;
use crate::session::permit;
use crate::session::record::{difference, intended, of_text};
use crate::store::{Record, Stage, Way};

/// How the ids of these fixes begin.
pub(super) const PREFIX: &str = "residue.";

/// What stands in a key's place.
const REMOVED: &str = "REMOVED";

/// A copy that a key can be taken out of.
#[derive(Clone)]
pub(crate) struct Scrub {
    /// Without links.
    pub(super) path: PathBuf,
    pub(super) shown: String,
    pub(super) kind: CopyKind,
    pub(super) owner: (&'static Client, &'static ConfigFile),
    pub(super) handles: Vec<Handle>,
    /// The file that its preview showed.
    pub(super) seen: Option<Identity>,
}

/// A file without the key.
struct Cut {
    encoding: Encoding,
    identity: Identity,
    before: String,
    after: String,
    /// Bytes of `before` that go.
    gone: Vec<Range<usize>>,
}

impl Cut {
    fn stamp(&self) -> Stamp {
        Stamp::of(&self.encoding.encode(&self.before))
    }
}

impl Scrub {
    fn name(&self) -> String {
        super::names(&self.handles).join(", ")
    }
}

impl Session {
    /// Whether a fix takes a key out of a copy.
    pub(in crate::session) fn is_scrub(fix: &str) -> bool {
        fix.starts_with(PREFIX)
    }

    /// What taking a key out of a copy would do, masked. Writes nothing.
    pub(in crate::session) fn preview_scrub(&mut self, fix: &str) -> Result<Preview, Failure> {
        let scrub = self.copies.get(fix).cloned().ok_or_else(|| unknown("copy"))?;
        permit::check(&self.env, scrub.owner.0, scrub.owner.1)?;
        // Nobody waits behind a preview.
        if let Err(error @ VaultError::Locked) = self.vault.look() {
            return Err(keychain(&error));
        }
        let cut = self.cut(&scrub)?;
        self.copies.entry(fix.to_owned()).and_modify(|known| known.seen = Some(cut.identity));
        let name = scrub.name();
        let (summary, note) = match scrub.kind {
            CopyKind::EnvFile => (
                format!("The line with {name} goes from this file."),
                "A program that reads this file no longer gets the key from it. A server that Warder starts gets it \
                 from the keychain.",
            ),
            CopyKind::LocalHistory => (
                format!("{REMOVED} will stand where {name} stands in this older version."),
                "A file that is restored from this version has to be given the key again.",
            ),
            _ => (
                format!("{REMOVED} will stand where {name} stands in this file."),
                "A config that is restored from this file has to be given the key again.",
            ),
        };
        let title = format!("Take {name} out of {}", scrub.shown);
        let diff = shown(&self.env, scrub.owner.0.id, &scrub.path, &cut.before, &cut.after, &cut.gone);
        Ok(Preview {
            fix: fix.to_owned(),
            effect: effect::of_one(&title, &summary, &diff, &cut.stamp())?,
            title,
            summary,
            safety: Safety::Review,
            path: scrub.shown.clone(),
            diff,
            seen: cut.stamp(),
            notes: vec![note.to_owned(), "Undo puts it back as it was, with the key.".to_owned()],
            verify: None,
            verify_refused: None,
            score: None,
            permissions: None,
        })
    }

    /// Takes a key out of a copy. `seen`: the stamp of the file the user saw.
    pub(in crate::session) fn scrub(&mut self, fix: &str, seen: &Stamp) -> Result<Change, Failure> {
        let (store, key, lock) = self.history()?;
        let scrub = self.copies.get(fix).cloned().ok_or_else(|| unknown("copy"))?;
        let (client, row) = scrub.owner;
        let cut = self.cut(&scrub)?;
        if cut.stamp() != *seen || scrub.seen.is_none_or(|seen| seen != cut.identity) {
            return Err(stale());
        }
        permit::check(&self.env, client, row)?;
        let title = format!("Took {} out of {}", scrub.name(), scrub.shown);
        let record = intended(title, &scrub.path, "", client);
        let Cut { encoding, identity, before, after, gone } = cut;
        let way = Way { scrubbed: gone, ..of_text(encoding, before, after) };
        store.intend(&key, &record, &way).map_err(history)?;
        let seen = crate::disk::Seen { stamp: seen.clone(), identity: Some(identity) };
        let permit = |env: &Env| permit::take(env, client, row, &scrub.path);
        if let Err(failure) = self.carry_out(&[], &way, &scrub.path, &seen, permit) {
            self.settle(&store, &record, &way)?;
            self.look_again(&store, Some(&Wrote::of(&record, &way)));
            return Err(failure);
        }
        store.mark(&record.id, Stage::Done).map_err(history)?;
        self.copies.remove(fix);
        self.look_again(&store, Some(&Wrote::of(&record, &way)));
        drop(lock);
        Ok(Change { diff: taken_out(&self.env, &record, &way), ..self.shown(&record) })
    }

    fn cut(&self, scrub: &Scrub) -> Result<Cut, Failure> {
        let by_hand = |why: &str| Failure {
            hint: Some("Delete it by hand if you do not need it.".to_owned()),
            ..refused(format!("the key cannot be taken out of {}: {why}", scrub.shown))
        };
        // Between the look and now a link may have come in its place.
        if !fs::symlink_metadata(&scrub.path).is_ok_and(|meta| meta.is_file()) {
            return Err(gone(scrub));
        }
        let (encoding, before, identity) = read_text(&scrub.path).map_err(|error| match error {
            ReadError::Missing => gone(scrub),
            ReadError::Invalid(problem) | ReadError::Unreadable(problem) => by_hand(&problem.message),
        })?;
        let values: Vec<Secret> = scrub
            .handles
            .iter()
            .filter_map(|handle| self.vault.get(handle).transpose())
            .collect::<Result<_, _>>()
            .map_err(|error| keychain(&error))?;
        let needles = Needles::of(&values).ok_or_else(|| gone(scrub))?;
        let mut places = needles.places(&before);
        if places.is_empty() {
            return Err(gone(scrub));
        }
        let instead = match scrub.kind {
            CopyKind::EnvFile => {
                places = lines(&before, &places);
                ""
            }
            _ => REMOVED,
        };
        let edits: Vec<Edit> =
            places.iter().map(|place| Edit { range: place.clone(), text: instead.to_owned() }).collect();
        let after = splice(&before, &edits).map_err(|error| by_hand(&error.to_string()))?;
        if !needles.places(&after).is_empty() {
            return Err(by_hand("a part of it would stay"));
        }
        Ok(Cut { encoding, identity, before, after, gone: places })
    }
}

fn gone(scrub: &Scrub) -> Failure {
    Failure {
        code: Code::Stale,
        message: format!("the key does not stand in {} any more", scrub.shown),
        hint: Some("Look for copies again.".to_owned()),
    }
}

/// The whole lines that places stand in, with their ends.
fn lines(text: &str, places: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut lines: Vec<Range<usize>> = Vec::new();
    for place in places {
        let start = text[..place.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[place.end..].find('\n').map_or(text.len(), |length| place.end + length + 1);
        match lines.last_mut() {
            Some(before) if start < before.end => before.end = before.end.max(end),
            _ => lines.push(start..end),
        }
    }
    lines
}

/// The masked difference of a copy that a key was taken out of.
pub(in crate::session) fn taken_out(env: &Env, record: &Record, way: &Way) -> Vec<DiffLine> {
    shown(env, &record.client, &record.path, &way.before, &way.after, &way.scrubbed)
}

/// What goes is masked for what it is; everything else as in a config of its client.
fn shown(env: &Env, client: &str, path: &Path, before: &str, after: &str, gone: &[Range<usize>]) -> Vec<DiffLine> {
    let taken: usize = gone.iter().map(Range::len).sum();
    // Whole lines went: a file of variables, of which every value is masked.
    if before.len() - taken == after.len() {
        return diff(&variables(before), &variables(after));
    }
    let masked = |place: &Range<usize>| Edit { range: place.clone(), text: mask(&before[place.clone()]) };
    let before = splice(before, &gone.iter().map(masked).collect::<Vec<_>>()).unwrap_or_default();
    difference(env, client, path, [&before, after])
}

/// A file of variables for people: names and comments' first words, no value.
fn variables(text: &str) -> String {
    let mut shown = String::new();
    for row in text.lines() {
        match row.split_once('=') {
            Some((name, value)) if !value.trim().is_empty() => shown += &escape(&format!("{name}=••••")),
            Some((name, _)) => shown += &escape(&format!("{name}=")),
            None if row.trim().is_empty() => {}
            // A comment, or a part of a value that goes over several lines.
            None => shown += "••••",
        }
        shown.push('\n');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_lines_go() {
        let text = "A=1\r\nB=key\r\n#key key\nC=3\nD=key";
        let places: Vec<_> = text.match_indices("key").map(|(at, key)| at..at + key.len()).collect();
        let lines: Vec<&str> = lines(text, &places).into_iter().map(|line| &text[line]).collect();
        assert_eq!(lines, ["B=key\r\n", "#key key\n", "D=key"]);
    }

    #[test]
    fn no_value_of_a_file_of_variables_is_shown() {
        let shown = variables("A=one\n# two\n\nexport B = 'three\nfour'\nC=\n");
        assert_eq!(shown, "A=••••\n••••\n\nexport B =••••\n••••\nC=\n");
    }
}
