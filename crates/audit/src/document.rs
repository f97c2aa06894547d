//! One config file: its bytes, its tree, and the way to change it.
//!
//! Parsers are used only to find places; the bytes are spliced by hand, so
//! everything outside an edit stays exactly as it was. Knows nothing of MCP.

mod blanks;
mod commas;
mod comments;
mod encoding;
mod front;
mod identity;
mod jsonc;
mod lines;
mod lists;
mod node;
mod patch;
mod toml;
mod tree;
mod xml;
mod yaml;

use std::fs;
use std::io::{self, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

pub use encoding::Encoding;
pub use identity::Identity;
pub use node::{Key, KeyPath, Name, Node, Value};
use sha2::{Digest, Sha256};

use crate::edit::{Edit, splice};
use lines::Lines;
use tree::{Fault, Tree};

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Strict JSON, as `JSON.parse` reads it: no comment, no trailing comma, no BOM.
    Json,
    /// The same after a BOM, if there is one (Claude Code 2.1.197 takes it off).
    #[serde(rename = "json", skip_deserializing)]
    #[ts(skip)]
    JsonBom,
    /// The same after its comments, if there are any (Gemini CLI and Qwen Code take them off).
    #[serde(rename = "json", skip_deserializing)]
    #[ts(skip)]
    JsonComments,
    /// JSON with comments, trailing commas and a BOM.
    Jsonc,
    /// TOML 1.1 as the `toml` crate reads it; only TOML 1.0 is written.
    Toml,
    /// YAML 1.2, one document, as the `yaml` package reads it (Continue).
    Yaml,
    /// The same as libyaml reads it (Goose): what stands in brackets or quotes may
    /// stand as far out as it likes, and a dash alone in brackets is a text.
    #[serde(rename = "yaml", skip_deserializing)]
    #[ts(skip)]
    YamlLoose,
    /// The same as js-yaml 4 reads it (LibreChat): as far out, no such dash, and `<<`
    /// takes in the members of other mappings.
    #[serde(rename = "yaml", skip_deserializing)]
    #[ts(skip)]
    YamlMerging,
    /// The YAML in front of a Markdown file. Read only.
    FrontMatter,
    /// XML as IntelliJ keeps its settings. Read only.
    Xml,
}

impl Format {
    /// The file name extensions that usually mean this format.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Format::Json | Format::JsonBom | Format::JsonComments => &["json"],
            Format::Jsonc => &["json", "jsonc", "code-workspace"],
            Format::Toml => &["toml"],
            Format::Yaml | Format::YamlLoose | Format::YamlMerging => &["yaml", "yml"],
            Format::FrontMatter => &["md"],
            Format::Xml => &["xml"],
        }
    }

    fn parse(self, text: &str, roots: Roots) -> Result<Tree, Fault> {
        match self {
            Format::Json | Format::JsonBom | Format::JsonComments | Format::Jsonc => jsonc::parse(text, self, roots),
            Format::Toml => toml::parse(text, roots),
            Format::Yaml | Format::YamlLoose | Format::YamlMerging => yaml::parse(text, self, roots),
            Format::FrontMatter => front::parse(text, roots),
            Format::Xml => xml::parse(text),
        }
    }

    /// The same for a look only: JSON leaves out what `parse` keeps as `Skipped`.
    fn scan(self, text: &str, roots: Roots) -> Result<Tree, Fault> {
        match self {
            Format::Json | Format::JsonBom | Format::JsonComments | Format::Jsonc => jsonc::scan(text, self, roots),
            _ => self.parse(text, roots),
        }
    }

    /// The format that takes all that this one takes, and what people often write in its place.
    pub fn tolerant(self) -> Format {
        match self {
            _ if self.is_strict() => Format::Jsonc,
            _ if self.is_yaml() => Format::YamlLoose,
            _ => self,
        }
    }

    fn is_strict(self) -> bool {
        matches!(self, Format::Json | Format::JsonBom | Format::JsonComments)
    }

    /// Whether this is YAML, whoever reads it.
    pub fn is_yaml(self) -> bool {
        matches!(self, Format::Yaml | Format::YamlLoose | Format::YamlMerging)
    }

    /// The format in which nothing stands but what is written there: what `<<` takes
    /// in has no bytes of its own.
    fn written(self) -> Format {
        if self == Format::YamlMerging { Format::YamlLoose } else { self }
    }

    /// What a client of this format makes of a file.
    fn judge(self, text: &str, encoding: Encoding, roots: Roots) -> Result<Tree, Fault> {
        match (self, encoding) {
            (_, Encoding::Utf8) | (Format::Jsonc, _) => self.scan(text, roots),
            _ if self.is_yaml() || self == Format::FrontMatter => self.scan(text, roots),
            _ => Err(Fault::new("the file is written in UTF-16, not UTF-8", 0)),
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
    /// Its client cannot read the file, so what a change does there cannot be told.
    #[error("the file has to be mended first: {0}")]
    Refused(Problem),
    /// It cannot be changed alone, and the sentence says why and what to do first.
    #[error("{0}")]
    Tied(Problem),
}

/// A file that was read. `text` is the whole file, a BOM included.
#[derive(Clone, Debug)]
pub struct Document {
    pub path: PathBuf,
    pub text: String,
    /// How `text` is written on the disk; whatever is written there is encoded so.
    pub encoding: Encoding,
    /// As its client reads it.
    pub format: Format,
    /// Its client does not read this file, and why; Warder could.
    pub refused: Option<Problem>,
    pub root: Node,
    /// Of the bytes on the disk.
    pub stamp: Stamp,
    /// Keys that stand twice in one object; clients take the last, and so does `root`.
    pub duplicates: Vec<Duplicate>,
    /// The file that was read; `None` for bytes that were given.
    pub identity: Option<Identity>,
    lines: OnceLock<Lines>,
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

/// The roots whose subtrees are wanted; other values are checked for syntax,
/// and left out or kept as `Value::Skipped`. A step `*` stands for every name. An empty
/// list wants everything.
pub type Roots<'a> = &'a [&'a [&'a str]];

const EVERYTHING: Roots = &[];

/// Whether a step of a root leads to a member of this name.
fn leads(step: &str, name: &str) -> bool {
    step == "*" || step == name
}

impl Document {
    /// Reads a local regular file below `LARGEST` (symlinks are followed; a
    /// FIFO, device, directory or network path is `Unreadable` and never blocks).
    pub fn read(path: &Path, format: Format, roots: Roots) -> Result<Document, ReadError> {
        let (bytes, identity) = read_bytes(path)?;
        Ok(Document { identity: Some(identity), ..Document::parse(path, bytes, format, roots)? })
    }

    /// The same from bytes already in memory. A file that its client refuses but
    /// Warder can make out (comments in strict JSON) is read, and `refused` says why.
    pub fn parse(path: &Path, bytes: Vec<u8>, format: Format, roots: Roots) -> Result<Document, ReadError> {
        let stamp = Stamp::of(&bytes);
        let (encoding, text) = Encoding::decode(bytes)?;
        let lines = OnceLock::new();
        let position = |offset| lines.get_or_init(|| Lines::of(&text)).position(&text, offset);
        let problem = |fault: Fault| Problem { message: fault.message.into_owned(), at: Some(position(fault.offset)) };
        let (tree, refused) = match format.judge(&text, encoding, roots) {
            Ok(tree) => (tree, None),
            Err(fault) if fault.only_ours => return Err(ReadError::Unreadable(problem(fault))),
            Err(fault) => match format.tolerant().scan(&text, roots) {
                Ok(tree) if format.tolerant() != format && tree.root.value != Value::Null => {
                    (tree, Some(problem(fault)))
                }
                _ => return Err(ReadError::Invalid(problem(fault))),
            },
        };
        let first = |(at, offset)| Duplicate { at, first: position(offset) };
        let duplicates = tree.duplicates.into_iter().map(first).collect();
        let path = path.to_owned();
        Ok(Document {
            path,
            text,
            encoding,
            format,
            refused,
            root: tree.root,
            stamp,
            duplicates,
            identity: None,
            lines,
        })
    }

    /// Line and column of a byte offset. A byte order mark has no column.
    pub fn position(&self, offset: usize) -> Position {
        self.lines.get_or_init(|| Lines::of(&self.text)).position(&self.text, offset)
    }

    /// The node at a path; of duplicate keys the last.
    pub fn get(&self, at: &KeyPath) -> Option<&Node> {
        self.root.get(at)
    }

    /// Whether a member is written `<<`, or taken in by one (YAML).
    pub fn is_merged(&self, node: &Node) -> bool {
        self.format.is_yaml() && node.key.as_ref().is_some_and(|key| &self.text[key.span.clone()] == "<<")
    }

    /// Byte edits for the patches, in the file's own style (indent, line ends,
    /// one-line or many), in file order; none if nothing would change. The
    /// patches count one after the other. Applies the edits to a copy, parses
    /// that again and demands the old tree with the patches applied.
    pub fn edits(&self, patches: &[Patch]) -> Result<Vec<Edit>, EditError> {
        let Some(first) = patches.first() else {
            return Ok(Vec::new());
        };
        if let Some(problem) = &self.refused {
            return Err(EditError::Refused(problem.clone()));
        }
        self.edits_of(patches, first.at()).map_err(|error| match self.tie(patches) {
            Some(tie) => EditError::Tied(tie),
            None => error,
        })
    }

    /// What holds the place of a patch to another place of the file.
    fn tie(&self, patches: &[Patch]) -> Option<Problem> {
        let find = |patch: &Patch| yaml::tie(&self.text, self.format, patch.at());
        let Fault { message, offset, .. } = patches.iter().filter(|_| self.format.is_yaml()).find_map(find)?;
        Some(Problem { message: message.into_owned(), at: Some(self.position(offset)) })
    }

    fn edits_of(&self, patches: &[Patch], first: &KeyPath) -> Result<Vec<Edit>, EditError> {
        let unfaithful = || EditError::Unfaithful(first.clone());
        let format = self.format.written();
        // Only what the patches are about is taken apart. All the rest stays
        // `Skipped`, and `same` compares that byte by byte.
        let ways: Vec<Vec<&str>> = patches.iter().map(|patch| names(patch.at())).collect();
        let roots: Vec<&[&str]> = ways.iter().map(Vec::as_slice).collect();
        let patched = |format: Format, roots: Roots| {
            let old = format.parse(&self.text, roots).map_err(|_| unfaithful())?.root;
            let mut new = old.clone();
            patches.iter().try_for_each(|patch| patch::apply(&mut new, patch))?;
            Ok((old, new))
        };
        let (old, new) = patched(format, &roots)?;
        let places = places(patches, &old, &new);
        let edits = match self.format {
            Format::Json | Format::JsonBom | Format::JsonComments | Format::Jsonc => {
                jsonc::edits(&self.text, self.format, &self.root, &old, &new, &places)
            }
            Format::Toml => toml::edits(&self.text, &old, &new, &places),
            Format::Yaml | Format::YamlLoose | Format::YamlMerging => {
                yaml::edits(&self.text, format, &old, &new, &places)
            }
            Format::FrontMatter | Format::Xml => None,
        };
        let mut edits = edits.ok_or_else(unfaithful)?;
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        let text = splice(&self.text, &edits).map_err(|_| unfaithful())?;
        let says = |format: Format, roots: Roots, new: &Node| {
            let got = format.parse(&text, roots).map_err(|_| unfaithful())?.root;
            if patch::same(new, &self.text, &got, &text) { Ok(()) } else { Err(unfaithful()) }
        };
        says(format, &roots, &new)?;
        // What is written there is one thing, what its client makes of it may be another.
        if format != self.format {
            says(self.format, &roots, &patched(self.format, &roots)?.1)?;
        }
        // Indented text goes on for as long as nothing else begins, so here the
        // bytes between two values, too, can come to mean something.
        if self.format.is_yaml() {
            says(self.format, EVERYTHING, &patched(self.format, EVERYTHING)?.1)?;
        }
        Ok(edits)
    }
}

/// The bytes of the value at a path of a text, read as tolerantly as Warder can.
pub fn range(text: &str, format: Format, at: &KeyPath) -> Option<Range<usize>> {
    let tree = format.tolerant().parse(text, &[&names(at)]).ok()?;
    Some(tree.root.get(at)?.span.clone())
}

/// The text of a file, how it is written there, and which file it is; what
/// `Document::read` says of files holds.
pub fn read_text(path: &Path) -> Result<(Encoding, String, Identity), ReadError> {
    let (bytes, identity) = read_bytes(path)?;
    let (encoding, text) = Encoding::decode(bytes)?;
    Ok((encoding, text, identity))
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

fn unreadable(message: impl Into<String>) -> ReadError {
    ReadError::Unreadable(Problem { message: message.into(), at: None })
}

fn read_bytes(path: &Path) -> Result<(Vec<u8>, Identity), ReadError> {
    read_with(path, LARGEST)
}

/// The bytes of a regular file of this computer, unless it is larger than `most`.
pub(crate) fn read_at_most(path: &Path, most: u64) -> Result<Vec<u8>, ReadError> {
    read_with(path, most).map(|(bytes, _)| bytes)
}

fn read_with(path: &Path, most: u64) -> Result<(Vec<u8>, Identity), ReadError> {
    let (file, meta) = open_regular(path, most)?;
    let identity = Identity::of(&meta, &identity::folder(path).map_err(refused)?);
    // One byte more, so that reading finds the end without growing.
    let mut bytes = Vec::with_capacity(meta.len() as usize + 1);
    file.take(most + 1).read_to_end(&mut bytes).map_err(refused)?;
    if bytes.len() as u64 > most {
        return Err(too_large(most));
    }
    Ok((bytes, identity))
}

/// A regular file of this computer, unless it is larger than `most`; never waits.
pub(crate) fn open_regular(path: &Path, most: u64) -> Result<(fs::File, fs::Metadata), ReadError> {
    if is_remote(path) {
        return Err(unreadable("a file on another computer is not read"));
    }
    // Asked before opening, because opening a device can already do something.
    check_regular(&fs::metadata(path).map_err(refused)?, most)?;
    let mut options = fs::File::options();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A FIFO put in place since then must not make this wait.
        options.custom_flags((rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits() as i32);
    }
    let file = options.open(path).map_err(refused)?;
    let meta = file.metadata().map_err(refused)?;
    check_regular(&meta, most)?;
    Ok((file, meta))
}

fn check_regular(meta: &fs::Metadata, most: u64) -> Result<(), ReadError> {
    if meta.is_dir() {
        Err(unreadable("this is a folder"))
    } else if !meta.is_file() {
        Err(unreadable("this is not a regular file"))
    } else if meta.len() > most {
        Err(too_large(most))
    } else {
        Ok(())
    }
}

fn too_large(most: u64) -> ReadError {
    unreadable(format!("the file is larger than {} MiB", most / 1024 / 1024))
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
