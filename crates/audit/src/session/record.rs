//! What the history keeps of a change, and what is shown of it later.

use std::path::Path;
use std::time::SystemTime;

use crate::clients::{self, Holds};
use crate::document::{Document, Key, KeyPath};
use crate::edit::{DiffLine, diff};
use crate::env::Env;
use crate::machine::{FoundFile, Machine};
use crate::report::judge;

/// Unix time, seconds.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

/// The member, and what it says, by which an entry of a list is known.
pub(super) fn named(file: &FoundFile, document: &Document, entry: &KeyPath) -> Option<(String, String)> {
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
