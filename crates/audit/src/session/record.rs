//! What the history keeps of a change, and what is shown of it later.

use std::path::Path;
use std::time::SystemTime;

use super::random;
use crate::clients::{self, Client, Holds};
use crate::document::{Document, Encoding, Format, Key, KeyPath, range};
use crate::edit::{DiffLine, diff};
use crate::env::Env;
use crate::machine::{FoundFile, Machine};
use crate::report::judge;
use crate::server::Server;
use crate::store::{Record, Stage, Way};

/// Unix time, seconds.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// A change that begins now. `server`: its name; empty for a file that is no config.
pub(super) fn intended(title: String, path: &Path, server: &str, client: &Client) -> Record {
    Record {
        id: data_encoding::HEXLOWER.encode(&random()[..8]),
        at: now(),
        title,
        path: path.to_owned(),
        server: server.to_owned(),
        client: client.id.to_owned(),
        stage: Stage::Intended,
    }
}

/// The way back of a change of one entry of `document`: no profile, no mode, no key yet. `server`: the one that the
/// change is about, whose entry it need not be.
pub(super) fn of_entry(
    file: &FoundFile,
    document: &Document,
    server: Option<&Server>,
    entry: KeyPath,
    after: String,
) -> Way {
    let text = |text: &str| range(text, file.format, &entry).map_or_else(String::new, |at| text[at].to_owned());
    let entry_before = match server.filter(|server| server.at == entry) {
        Some(server) => document.text[server.span.clone()].to_owned(),
        None => text(&document.text),
    };
    Way {
        entry_after: if after == document.text { entry_before.clone() } else { text(&after) },
        entry_before,
        format: file.format.tolerant(),
        named: named(file, document, &entry),
        entry,
        project: file.project.clone(),
        ..of_text(document.encoding, document.text.clone(), after)
    }
}

/// The way back of a file in which there is no entry to be looked for: only its very bytes are taken back.
pub(super) fn of_text(encoding: Encoding, before: String, after: String) -> Way {
    Way {
        before,
        after,
        encoding,
        format: Format::Json,
        entry: KeyPath::default(),
        named: None,
        entry_before: String::new(),
        entry_after: String::new(),
        profile: None,
        profile_before: None,
        profile_after: None,
        project: None,
        mode: None,
        stashed: Vec::new(),
        scrubbed: Vec::new(),
        replaced: None,
    }
}

/// The member, and what it says, by which an entry of a list is known.
fn named(file: &FoundFile, document: &Document, entry: &KeyPath) -> Option<(String, String)> {
    let node = document.get(entry).filter(|_| matches!(entry.0.last(), Some(Key::Index(_))))?;
    let keys =
        file.row.roots.iter().filter_map(|root| if let Holds::List(key) = root.holds { Some(key) } else { None });
    keys.into_iter().find_map(|key| Some((key.to_owned(), node.member(key)?.as_str()?.to_owned())))
}

/// The difference of two old texts of a file, masked as if they stood there now:
/// what either shows to be a secret is in neither.
pub(super) fn difference(env: &Env, client: &str, path: &Path, texts: [&str; 2]) -> Vec<DiffLine> {
    let client = clients::client(client).unwrap_or_else(|| clients::of_path(path).0);
    let [mut before, mut after] = texts.map(|text| judge(Machine::of_text(env.clone(), client, path, text)));
    before.known = before.known.and(&after.known);
    after.known = after.known.and(&before.known);
    let file = crate::finding::FileIndex(0);
    diff(&before.masked(file, texts[0]), &after.masked(file, texts[1]))
}
