//! An entry that changed since it was approved: old and new side by side, and a yes.
//!
//! Approving writes a new profile and nothing else. Sandbox and package stay as
//! they were, and of the keys only those the entry had already. What is shown is
//! never cut, and a yes counts only for exactly what was shown.

mod elsewhere;

use std::collections::BTreeSet;

use warder_launch::command::Token;
use warder_launch::compare::is_approved;
use warder_launch::profile::Profile;
use warder_launch::stderr::typed;

use super::Session;
use super::entry::{Entry, holds};
use super::failures::{refused, stale, unknown};
use super::plan::Draft;
use super::reseal::stamp;
use crate::api::{Approval, Approved, ApprovedVariable, Change, Failure, VariableSource, VariableState};
use crate::approval::{differences, said};
use crate::document::Stamp;
use crate::finding::ServerIndex;
use crate::redact::{line, mask, text};
use crate::report::Judged;
use crate::secret::find;
use crate::server::{Command, Server};

/// A yes that is still to be given.
struct Asked {
    index: ServerIndex,
    new: Profile,
    shown: Approval,
}

impl Session {
    /// What was approved of an entry, and what it is now. Writes nothing.
    pub fn approval(&mut self, server: &str) -> Result<Approval, Failure> {
        self.scan();
        Ok(self.asked(server)?.shown)
    }

    /// Lets the entry start as it is now. `seen`: the stamp of the approval that was shown.
    pub fn approve(&mut self, server: &str, seen: &Stamp) -> Result<Change, Failure> {
        let (store, key, _lock) = self.history()?;
        self.scan();
        let Asked { index, new, shown } = self.asked(server)?;
        if shown.seen != *seen {
            return Err(stale());
        }
        let title = match new.remote {
            Some(_) => format!("Approved where {} is", shown.name),
            None => format!("Approved what {} starts", shown.name),
        };
        let (record, _) = self.reseal((&store, &key), index, new, title)?;
        Ok(self.shown(&record))
    }

    fn asked(&self, server: &str) -> Result<Asked, Failure> {
        let judged = self.judged.as_ref().expect("just scanned");
        let machine = &judged.machine;
        let index = machine.servers.iter().position(|one| one.id == server).ok_or_else(|| unknown("server"))?;
        let server = &machine.servers[index];
        let name = line(&server.name);
        if server.profile_id().is_none() {
            return Err(refused(format!(
                "the server {name} is not started by Warder's launcher, so there is nothing to approve"
            )));
        }
        let Some(old) = server.profile().cloned() else {
            return Err(Failure {
                hint: Some("Undo Warder's changes of this entry, or restore it: warder restore.".to_owned()),
                ..refused(format!("the profile of {name} cannot be read"))
            });
        };
        if server.started().is_some_and(Command::asks_to_be_watched) {
            let typed = line(&typed(&server.name));
            return Err(Failure {
                hint: Some(format!("Put the entry back: warder fix --rule name-shadowing --server {typed}")),
                ..refused(format!(
                    "the entry of {name} says learn in the place of run, which the launcher takes from no entry"
                ))
            });
        }
        let (new, words) = match elsewhere::again(judged, server, &old)? {
            Some(new) => {
                let texts = new.approved.argv.iter().filter_map(|token| match token {
                    Token::Text(text) => Some(text.clone()),
                    Token::Sealed { .. } => None,
                });
                let words = texts.collect();
                (new, words)
            }
            None => again(judged, ServerIndex(index), &old)?,
        };
        let shown = shown(judged, server, &old, &new, &words)?;
        Ok(Asked { index: ServerIndex(index), new, shown })
    }
}

/// The profile of an entry that the launcher starts, as it is now, and its words.
fn again(judged: &Judged, index: ServerIndex, old: &Profile) -> Result<(Profile, Vec<String>), Failure> {
    let machine = &judged.machine;
    let server = &machine.servers[index.0];
    let (file, name) = (&machine.files[server.file.0], line(&server.name));
    let Some(command) = server.command().filter(|_| old.remote.is_none()) else {
        return Err(Failure {
            hint: Some("Put the entry back as it was, or take it out and write it anew.".to_owned()),
            ..refused(format!("Warder's relay does not know what {name} says, so it cannot be approved like this"))
        });
    };
    let entry = Entry::of(&machine.env, file, server, command)?;
    if old.package.is_some() && !keeps_package(old, &entry) {
        return Err(Failure {
            hint: Some(format!(
                "Undo the sandbox of {name} and make it anew, so that what it starts now is installed."
            )),
            ..refused(format!("the entry of {name} names another package than the one in Warder's store"))
        });
    }
    let words = entry.words.clone();
    let mut new = Draft::again(old.id.clone(), entry, old.clone()).finish(judged, index, None)?;
    // Nobody is shown the variables of the terminal this runs in.
    new.approved.inherited.clone_from(&old.approved.inherited);
    Ok((new, words))
}

/// Whether the words up to the server's own arguments are those of the package that is installed.
fn keeps_package(old: &Profile, entry: &Entry) -> bool {
    let head = entry.words.iter().take(entry.launch.arguments).enumerate();
    entry.launch.arguments <= old.approved.argv.len()
        && head.zip(&old.approved.argv).all(|((index, word), token)| is_approved(old, index, token, word))
}

fn shown(
    judged: &Judged,
    server: &Server,
    old: &Profile,
    new: &Profile,
    words: &[String],
) -> Result<Approval, Failure> {
    let (machine, known) = (&judged.machine, &judged.known);
    let visible = |text: &str| visible(&known.hide(text));
    let file = &machine.files[server.file.0];
    let document = machine.document(server.file).ok_or_else(|| unknown("file"))?;
    let changes = differences(&machine.env, file, server);
    // A key that moved to another place is a key there too.
    let sealed = |word: &str| {
        let mut tokens = old.approved.argv.iter().enumerate();
        tokens.any(|(index, token)| matches!(token, Token::Sealed { .. }) && is_approved(old, index, token, word))
    };
    let now = words.iter().zip(&new.approved.argv).map(|(word, token)| match token {
        Token::Text(_) if !sealed(word) => visible(word),
        // All of it may be the key, where nothing in it looks like one.
        _ if find(word).is_empty() && !holds(known, word) => mask(word),
        _ => visible(word),
    });
    let now: Vec<String> = now.collect();
    let then = old.approved.argv.iter().enumerate().map(|(index, token)| match (token, words.get(index)) {
        (Token::Text(text), _) => visible(text),
        (sealed, Some(word)) if is_approved(old, index, sealed, word) => now[index].clone(),
        _ => SEALED.to_owned(),
    });
    let side = |profile: &Profile, words| Approved {
        words,
        program: visible(&profile.run.program.to_string_lossy()),
        cwd: profile.run.cwd.as_ref().map(|cwd| visible(&cwd.to_string_lossy())),
    };
    let mut notes = elsewhere::notes(server, old, new);
    notes.push("Nothing in the file is changed. The entry keeps the keys that it had, and gets no others.".to_owned());
    if old.sandbox.is_some() {
        notes.push(
            "Its sandbox stays as it was: folders that only the new command names are not there for it.".to_owned(),
        );
    }
    Ok(Approval {
        server: server.id.clone(),
        name: line(&server.name),
        client_name: server.client.name.to_owned(),
        shown: line(&file.shown),
        change: (!changes.is_empty()).then(|| said(&changes)),
        old: side(old, then.collect()),
        new: side(new, now.clone()),
        variables: variables(old, new, visible),
        notes,
        seen: stamp(&document.stamp, old, new)?,
    })
}

/// In place of a word that only its digest is known of.
const SEALED: &str = "⟨sealed⟩";

fn variables(old: &Profile, new: &Profile, visible: impl Fn(&str) -> String) -> Vec<ApprovedVariable> {
    let names = [old, new].into_iter().flat_map(|profile| {
        let approved = &profile.approved;
        approved.env.keys().chain(&approved.varies).chain(profile.secrets.keys())
    });
    let names: BTreeSet<&String> = names.collect();
    let source = |profile: &Profile, name: &String| {
        if profile.secrets.contains_key(name) {
            Some(VariableSource::Keychain)
        } else if profile.approved.varies.contains(name) {
            Some(VariableSource::Client)
        } else {
            profile.approved.env.contains_key(name).then_some(VariableSource::Entry)
        }
    };
    let variable = |name: &String| {
        let sources = (source(old, name), source(new, name));
        let state = match sources {
            (None, _) => VariableState::New,
            (_, None) => VariableState::Gone,
            // The digests are of one profile and one name.
            (was, is)
                if was == is
                    && old.approved.env.get(name) == new.approved.env.get(name)
                    && old.secrets.get(name) == new.secrets.get(name) =>
            {
                VariableState::Same
            }
            _ => VariableState::Changed,
        };
        ApprovedVariable { name: visible(name), state, source: sources.1 }
    };
    names.into_iter().map(variable).collect()
}

/// A text of which nothing is cut and nothing can hide: keys masked, what is not
/// seen as `\u{…}`, and blanks at an end, or more than two, as their number.
pub(super) fn visible(whole: &str) -> String {
    let masked = text(whole);
    let mut out = String::with_capacity(masked.len());
    let mut blanks = 0;
    for c in masked.chars() {
        if c == ' ' {
            blanks += 1;
            continue;
        }
        write_blanks(&mut out, blanks, false);
        blanks = 0;
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            // Our own marks must be nobody else's.
            '⟨' | '⟩' => out.extend(c.escape_unicode()),
            c if c.is_whitespace() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    write_blanks(&mut out, blanks, true);
    if out.is_empty() { "⟨empty⟩".to_owned() } else { out }
}

fn write_blanks(out: &mut String, blanks: usize, last: bool) {
    let at_end = out.is_empty() || last;
    match blanks {
        0 => {}
        1 if at_end => out.push_str("⟨1 blank⟩"),
        1 | 2 if !at_end => out.push_str(&" ".repeat(blanks)),
        many => out.push_str(&format!("⟨{many} blanks⟩")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_in_a_word_that_is_shown() {
        for (word, shown) in [
            ("npx", "npx"),
            ("a b  c", "a b  c"),
            ("a   b", "a⟨3 blanks⟩b"),
            (" a ", "⟨1 blank⟩a⟨1 blank⟩"),
            ("", "⟨empty⟩"),
            ("  ", "⟨2 blanks⟩"),
            ("a\nb\tc\r", "a\\nb\\tc\\u{d}"),
            ("a\u{a0}b\u{3000}\u{202e}c", "a\\u{a0}b\\u{3000}\\u{202e}c"),
            ("⟨3 blanks⟩", "\\u{27e8}3 blanks\\u{27e9}"),
        ] {
            assert_eq!(visible(word), shown, "{word:?}");
        }
        assert_eq!(visible(&format!("ok{}--eval", " ".repeat(10_000))), "ok⟨10000 blanks⟩--eval");
        let long = "x".repeat(100_000);
        assert_eq!(visible(&long), long);
    }
}
