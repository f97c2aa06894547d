//! What a watched server tried to use of the user's files and may not, kept
//! until it is watched again.
//!
//! One file for each profile, beside what it tried to reach (`refused.rs`). A
//! hostile server chooses what stands in it, so it is a note and no decision,
//! and there is not much of it.

use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::id::ProfileId;
use crate::state::State;

/// More than anyone reads.
#[cfg(target_os = "linux")]
pub(crate) const MOST: usize = 400;

/// All of one start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    pub paths: Vec<TriedPath>,
    /// There were more.
    pub cut: bool,
    /// The system let nobody see which files were meant.
    pub blind: bool,
}

/// Something that is there, and that the server could not use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriedPath {
    /// Absolute, without links.
    pub path: PathBuf,
    /// It tried to write there, or to make something in it.
    pub write: bool,
    pub times: u64,
}

/// What was noted at the last start that was watched; `None` where there is none.
/// `InvalidData` when another user could have written the file.
pub fn read(state: &State, id: &ProfileId) -> io::Result<Option<Tried>> {
    disk::read_note(&file(state, id))
}

/// Forgets it. What was never there is forgotten already.
pub fn forget(state: &State, id: &ProfileId) -> io::Result<()> {
    disk::forget(&file(state, id))
}

#[cfg(target_os = "linux")]
pub(crate) fn write(state: &State, id: &ProfileId, tried: &Tried) -> io::Result<()> {
    disk::write_note(&file(state, id), tried)
}

fn file(state: &State, id: &ProfileId) -> PathBuf {
    state.refused().join(format!("{}.files.json", id.as_str()))
}
