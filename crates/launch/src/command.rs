//! What was approved, and whether what is asked now is the same.
//!
//! The auditor seals the entry as its client hands it over (argv after the
//! client's own expansion, the entry's variables, its working directory); the
//! launcher compares. Texts that hold or could hold a secret are kept as
//! digests only.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// SHA-256 over a purpose, the profile id, a name and the text, hex.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub String);

/// One word of a command line: in clear, or sealed because it may hold a
/// secret (then the caller's own word is passed on, after it matched).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Token {
    Text(String),
    Sealed { sha256: Digest },
}

/// The entry as it was when the user said yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approved {
    /// Program and arguments as written after `--`.
    pub argv: Vec<Token>,
    /// The entry's plain variables; a caller's must be equal.
    pub env: BTreeMap<String, Digest>,
    /// Variables whose value the client fills in (`${env:X}`): any value.
    pub varies: Vec<String>,
    /// The entry's working directory, where its client honours one.
    pub cwd: Option<PathBuf>,
    /// Loader, interpreter, proxy and CA variables that the user's own
    /// environment had at approval, by digest; with any other value they are
    /// dropped (see [`is_loader`]).
    pub inherited: BTreeMap<String, Digest>,
}

/// How a caller differs from what was approved; shown on one line of stderr.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    #[error("its command line changed")]
    Command,
    #[error("its variable {0} changed")]
    Variable(String),
    #[error("its variable {0} refers to a key it was not given")]
    Reference(String),
    #[error("its working directory changed")]
    Directory,
}

/// The digest of `text` for one place of one profile.
pub fn digest(_profile: &str, _place: &str, _text: &str) -> Digest {
    unimplemented!()
}

/// Variables that make a program load other code or talk to another place:
/// `LD_*`, `DYLD_*`, `NODE_OPTIONS`, `PYTHON*`, `BASH_ENV`, proxies, CAs,
/// package registries … Never inherited unless the value was approved.
pub fn is_loader(_name: &str) -> bool {
    unimplemented!()
}

pub fn seal_argument(profile: &str, index: usize, text: &str) -> Digest {
    digest(profile, &format!("argv/{index}"), text)
}

pub fn seal_variable(profile: &str, name: &str, text: &str) -> Digest {
    digest(profile, &format!("env/{name}"), text)
}

pub fn seal_inherited(profile: &str, name: &str, text: &str) -> Digest {
    digest(profile, &format!("inherited/{name}"), text)
}
