//! Replacing one file so that nothing is ever lost.
//!
//! Temp file beside the target, same mode and owner, fsync, exchange, compare
//! what came out with what was expected, put it back if somebody else wrote in
//! between, fsync the folder, read back.

use std::io;
use std::path::{Path, PathBuf};

use crate::document::Stamp;

#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The file is not what it was when the change was made for it.
    #[error("{path} was changed by another program")]
    Stale { path: PathBuf },
    #[error("{path} is a link that leads out of its folder")]
    Escapes { path: PathBuf },
    #[error("cannot replace {path}")]
    Io { path: PathBuf, #[source] source: io::Error },
}

/// Replaces the target of `path` (symlinks followed once) by `bytes`, if it
/// still is `expected`. Never widens the mode. `within`: a folder the resolved
/// target must stay in (project files).
pub fn replace(_path: &Path, _expected: &Stamp, _bytes: &[u8], _within: Option<&Path>) -> Result<Stamp, WriteError> {
    unimplemented!()
}
