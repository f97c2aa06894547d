//! What was approved, and whether what is asked now is the same.
//!
//! The auditor seals the entry as its client hands it over (argv after the
//! client's own expansion, the entry's variables, its working directory); the
//! launcher compares. Texts that hold or could hold a secret are kept as
//! digests only.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::id::ProfileId;

mod loader;
pub use loader::is_loader;

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
    #[error("its command line refers to a key it was not given")]
    Foreign,
    #[error("its variable {0} changed")]
    Variable(String),
    #[error("its variable {0} refers to a key it was not given")]
    Reference(String),
    #[error("its working directory changed")]
    Directory,
    /// Of an entry whose client asks for headers alone.
    #[error("its URL changed")]
    Url,
    /// Of such an entry: it is given by the relay, and stands in the file again.
    #[error("its header {0} stands in the file as well")]
    Header(String),
}

/// The digest of `text` for one place of one profile. Every part is preceded
/// by its length, so no two different triples run together.
pub fn digest(profile: &str, place: &str, text: &str) -> Digest {
    let mut hash = Sha256::new();
    for part in ["warder/1", profile, place, text] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    Digest(data_encoding::HEXLOWER.encode(&hash.finalize()))
}

/// Seals one word of the approved command line; index 0 is the program.
pub fn seal_argument(profile: &ProfileId, index: usize, word: &str) -> Digest {
    digest(profile.as_str(), &format!("argv/{index}"), word)
}

/// Seals the value of one of the entry's own variables ([`Approved::env`]).
pub fn seal_variable(profile: &ProfileId, name: &str, value: &str) -> Digest {
    digest(profile.as_str(), &format!("env/{name}"), value)
}

/// Seals the value of a variable of the user's environment
/// ([`Approved::inherited`]).
pub fn seal_inherited(profile: &ProfileId, name: &str, value: &str) -> Digest {
    digest(profile.as_str(), &format!("inherited/{name}"), value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_digest_do_not_run_together() {
        assert_ne!(digest("a", "bc", "d"), digest("ab", "c", "d"));
        assert_eq!(digest("a", "b", "c"), digest("a", "b", "c"));
        assert_eq!(digest("a", "b", "c").0.len(), 64);
    }
}
