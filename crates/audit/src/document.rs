//! One config file: its bytes, its tree, and the way to change it.
//!
//! Parsers are used only to find places; the bytes are spliced by hand, so
//! everything outside an edit stays exactly as it was. Knows nothing of MCP.

mod jsonc;
mod node;
mod patch;
mod toml;
mod tree;
mod yaml;

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

pub use node::{Key, KeyPath, Name, Node, Value};
use sha2::{Digest, Sha256};

use crate::edit::{Edit, splice};
use tree::{Fault, Tree};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, ts_rs::TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Strict JSON, as `JSON.parse` reads it: no comment, no trailing comma, no BOM.
    Json,
    /// JSON with comments, trailing commas and a BOM.
    Jsonc,
    /// TOML 1.0.
    Toml,
    /// YAML 1.2, one document.
    Yaml,
}

impl Format {
    /// The file name extensions that usually mean this format.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Format::Json => &["json"],
            Format::Jsonc => &["json", "jsonc", "code-workspace"],
            Format::Toml => &["toml"],
            Format::Yaml => &["yaml", "yml"],
        }
    }

    fn parse(self, text: &str, roots: Roots) -> Result<Tree, Fault> {
        match self {
            Format::Json | Format::Jsonc => jsonc::parse(text, self, roots),
            Format::Toml => toml::parse(text, roots),
            Format::Yaml => yaml::parse(text, roots),
        }
    }
}

/// What a file's bytes were: SHA-256, hex. Two equal stamps, two equal files.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[ts(export_to = "api.ts")]
#[serde(transparent)]
pub struct Stamp(pub String);

impl Stamp {
    /// The stamp of these bytes.
    pub fn of(bytes: &[u8]) -> Stamp {
        Stamp(data_encoding::HEXLOWER.encode(&Sha256::digest(bytes)))
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
    /// the end. Where old and new are both arrays or both objects only what
    /// differs is changed. Of a name that stands twice the last is set.
    Set(KeyPath, serde_json::Value),
    /// Removes a member or an element, with its comma; overshadowed members of
    /// the same name go too, or one of them would come to life.
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
    lines: Lines,
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
/// but kept as `Value::Skipped`. A step `*` stands for every name. An empty
/// list wants everything.
pub type Roots<'a> = &'a [&'a [&'a str]];

/// Whether a step of a root leads to a member of this name.
fn leads(step: &str, name: &str) -> bool {
    step == "*" || step == name
}

impl Document {
    /// Reads a local regular file below `LARGEST` (symlinks are followed; a
    /// FIFO, device, directory or network path is `Unreadable` and never blocks).
    pub fn read(path: &Path, format: Format, roots: Roots) -> Result<Document, ReadError> {
        Document::parse(path, read_bytes(path)?, format, roots)
    }

    /// The same from bytes already in memory.
    pub fn parse(path: &Path, bytes: Vec<u8>, format: Format, roots: Roots) -> Result<Document, ReadError> {
        let stamp = Stamp::of(&bytes);
        let text = decode(bytes)?;
        let lines = Lines::of(&text);
        let tree = format.parse(&text, roots).map_err(|fault| {
            let problem =
                Problem { message: fault.message.into_owned(), at: Some(lines.position(&text, fault.offset)) };
            if fault.only_ours { ReadError::Unreadable(problem) } else { ReadError::Invalid(problem) }
        })?;
        let first = |(at, offset)| Duplicate { at, first: lines.position(&text, offset) };
        let duplicates = tree.duplicates.into_iter().map(first).collect();
        Ok(Document { path: path.to_owned(), text, format, root: tree.root, stamp, duplicates, lines })
    }

    /// Line and column of a byte offset. A byte order mark has no column.
    pub fn position(&self, offset: usize) -> Position {
        self.lines.position(&self.text, offset)
    }

    /// The node at a path; of duplicate keys the last.
    pub fn get(&self, at: &KeyPath) -> Option<&Node> {
        self.root.get(at)
    }

    /// Byte edits for the patches, in the file's own style (indent, line ends,
    /// one-line or many), in file order; none if nothing would change. The
    /// patches count one after the other. Applies the edits to a copy, parses
    /// that again and demands the old tree with the patches applied.
    pub fn edits(&self, patches: &[Patch]) -> Result<Vec<Edit>, EditError> {
        let Some(first) = patches.first() else {
            return Ok(Vec::new());
        };
        let unfaithful = || EditError::Unfaithful(first.at().clone());
        // Only what the patches are about is taken apart. All the rest stays
        // `Skipped`, and `same` compares that byte by byte.
        let ways: Vec<Vec<&str>> = patches.iter().map(|patch| names(patch.at())).collect();
        let roots: Vec<&[&str]> = ways.iter().map(Vec::as_slice).collect();
        let old = self.format.parse(&self.text, &roots).map_err(|_| unfaithful())?.root;
        let mut new = old.clone();
        for patch in patches {
            patch::apply(&mut new, patch)?;
        }
        let places = places(patches, &old, &new);
        let edits = match self.format {
            Format::Json | Format::Jsonc => jsonc::edits(&self.text, self.format, &self.root, &old, &new, &places),
            Format::Toml => toml::edits(&self.text, &old, &new, &places),
            Format::Yaml => yaml::edits(&self.text, &old, &new, &places),
        };
        let mut edits = edits.ok_or_else(unfaithful)?;
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let text = splice(&self.text, &edits).map_err(|_| unfaithful())?;
        let got = self.format.parse(&text, &roots).map_err(|_| unfaithful())?.root;
        if patch::same(&new, &self.text, &got, &text) { Ok(edits) } else { Err(unfaithful()) }
    }
}

/// The names at the beginning of a path, up to the first index.
fn names(path: &KeyPath) -> Vec<&str> {
    path.0.iter().map_while(|key| if let Key::Name(name) = key { Some(name.as_str()) } else { None }).collect()
}

/// The containers that the patches change, none of them inside another.
fn places(patches: &[Patch], old: &Node, new: &Node) -> Vec<KeyPath> {
    let mut places: Vec<KeyPath> = patches
        .iter()
        .map(|patch| {
            let path = &patch.at().0;
            // An index means another place once something before it is gone, so
            // the whole list is looked at.
            let list = path.iter().position(|key| matches!(key, Key::Index(_)));
            let mut place = KeyPath(path[..list.unwrap_or(path.len().saturating_sub(1))].to_vec());
            while old.get(&place).is_none() || new.get(&place).is_none() {
                place.0.pop();
            }
            place
        })
        .collect();
    places.sort();
    places.dedup_by(|inner, outer| inner.0.starts_with(&outer.0));
    places
}

/// Where each line begins.
#[derive(Clone, Debug)]
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        let bytes = text.as_bytes();
        let ends = |&(at, &byte): &(usize, &u8)| byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
        Lines([0].into_iter().chain(bytes.iter().enumerate().filter(ends).map(|(at, _)| at + 1)).collect())
    }

    fn position(&self, text: &str, offset: usize) -> Position {
        let offset = offset.min(text.len());
        let line = self.0.partition_point(|&start| start <= offset);
        let before = &text[self.0[line - 1]..text.floor_char_boundary(offset)];
        let column = before.strip_prefix('\u{feff}').unwrap_or(before).chars().count() + 1;
        Position { offset, line, column }
    }
}

fn decode(bytes: Vec<u8>) -> Result<String, ReadError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(unreadable("the file is written in UTF-16, not UTF-8"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let start = String::from_utf8_lossy(&error.as_bytes()[..good]);
        let at = Some(Lines::of(&start).position(&start, good));
        ReadError::Unreadable(Problem { message: "the file is not UTF-8".to_owned(), at })
    })
}

fn unreadable(message: impl Into<String>) -> ReadError {
    ReadError::Unreadable(Problem { message: message.into(), at: None })
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, ReadError> {
    if is_remote(path) {
        return Err(unreadable("a file on another computer is not read"));
    }
    // Asked before opening, because opening a device can already do something.
    check_regular(&fs::metadata(path).map_err(refused)?)?;
    let mut options = fs::File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A FIFO put in place since then must not make this wait.
        options.custom_flags((rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits() as i32);
    }
    let file = options.open(path).map_err(refused)?;
    check_regular(&file.metadata().map_err(refused)?)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(refused)?;
    if bytes.len() as u64 > LARGEST {
        return Err(too_large());
    }
    Ok(bytes)
}

fn check_regular(meta: &fs::Metadata) -> Result<(), ReadError> {
    if meta.is_dir() {
        Err(unreadable("this is a folder"))
    } else if !meta.is_file() {
        Err(unreadable("this is not a regular file"))
    } else if meta.len() > LARGEST {
        Err(too_large())
    } else {
        Ok(())
    }
}

fn too_large() -> ReadError {
    unreadable(format!("the file is larger than {} MiB", LARGEST / 1024 / 1024))
}

fn refused(error: io::Error) -> ReadError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => ReadError::Missing,
        io::ErrorKind::PermissionDenied => unreadable("there is no permission to read it"),
        _ => unreadable(format!("it cannot be read: {error}")),
    }
}

/// `\\server\share` and device paths: merely asking Windows for one sends the
/// user's name and a password hash to that server. A drive's long form is local.
pub(crate) fn is_remote(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    let slash = |at: usize| bytes.get(at).is_some_and(|&byte| byte == b'\\' || cfg!(windows) && byte == b'/');
    let long_drive = bytes.starts_with(br"\\?\") && bytes.get(5) == Some(&b':');
    slash(0) && slash(1) && !long_drive
}

#[cfg(test)]
mod tests;
