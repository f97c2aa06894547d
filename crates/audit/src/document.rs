//! One config file: its bytes, its tree, and the way to change it.
//!
//! Parsers are used only to find places; the bytes are spliced by hand, so
//! everything outside an edit stays exactly as it was. Knows nothing of MCP.

mod jsonc;
mod node;

use std::path::{Path, PathBuf};

pub use node::{Key, KeyPath, Name, Node, Value};

use crate::edit::Edit;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, ts_rs::TS)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Strict JSON, as `JSON.parse` reads it: no comment, no trailing comma, no BOM.
    Json,
    /// JSON with comments, trailing commas and a BOM.
    Jsonc,
}

/// What a file's bytes were: SHA-256, hex. Two equal stamps, two equal files.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(transparent)]
pub struct Stamp(pub String);

impl Stamp {
    pub fn of(_bytes: &[u8]) -> Stamp {
        unimplemented!()
    }
}

/// A place in a text: byte offset, line and column from 1. Columns count
/// Unicode scalar values; lines end at LF, CRLF or a lone CR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub offset: usize,
    pub line: usize,
    pub column: usize,
}

/// Why a file could not be read as its client would.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Problem {
    /// One sentence without full stop, for people: `expected a comma`.
    pub message: String,
    pub at: Option<Position>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No such file.
    #[error("there is no such file")]
    Missing,
    /// Warder cannot read it, the client perhaps can (no permission, not a
    /// file, too large, not UTF-8, nested deeper than 512).
    #[error("{0}")]
    Unreadable(Problem),
    /// Its client would refuse it too.
    #[error("{0}")]
    Invalid(Problem),
}

/// A change of the tree, symbolic until the last moment.
#[derive(Clone, Debug, PartialEq)]
pub enum Patch {
    /// Sets a value; the last step may name a new member, or an index one past
    /// the end. Where old and new are arrays only the differing middle changes.
    Set(KeyPath, serde_json::Value),
    /// Removes a member or an element, with its comma.
    Remove(KeyPath),
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("there is nothing at {0}")]
    NotFound(KeyPath),
    #[error("{0} is not an object or array")]
    NotAContainer(KeyPath),
    /// The safety net: parsing the result did not give the old tree plus the patch.
    #[error("changing {0} would change more than that")]
    Unfaithful(KeyPath),
}

/// A file that was read. `text` is the whole file, a BOM included.
#[derive(Clone, Debug)]
pub struct Document {
    pub path: PathBuf,
    pub text: String,
    pub format: Format,
    pub root: Node,
    pub stamp: Stamp,
    /// Keys that stand twice in one object; clients take the last, and so does `root`.
    pub duplicates: Vec<Duplicate>,
}

/// A key that stands twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    pub at: KeyPath,
    /// Where the first, ineffective one stands.
    pub first: Position,
}

/// Files above this many bytes are not read.
pub const LARGEST: u64 = 64 * 1024 * 1024;

/// The roots whose subtrees are wanted; other values are checked for syntax
/// but kept as `Value::Skipped`. An empty list wants everything.
pub type Roots<'a> = &'a [&'a [&'a str]];

impl Document {
    /// Reads a local regular file below `LARGEST` (symlinks are followed; a
    /// FIFO, device or directory is `Unreadable` and never blocks).
    pub fn read(_path: &Path, _format: Format, _roots: Roots) -> Result<Document, ReadError> {
        unimplemented!()
    }

    /// The same from bytes already in memory.
    pub fn parse(_path: &Path, _bytes: Vec<u8>, _format: Format, _roots: Roots) -> Result<Document, ReadError> {
        unimplemented!()
    }

    /// Line and column of a byte offset.
    pub fn position(&self, _offset: usize) -> Position {
        unimplemented!()
    }

    /// The node at a path; of duplicate keys the last.
    pub fn get(&self, at: &KeyPath) -> Option<&Node> {
        self.root.get(at)
    }

    /// Byte edits for the patches, in the file's own style (indent, line ends,
    /// one-line or many). Applies them to a copy, parses that again and demands
    /// the old tree with the patches applied.
    pub fn edits(&self, _patches: &[Patch]) -> Result<Vec<Edit>, EditError> {
        unimplemented!()
    }
}
