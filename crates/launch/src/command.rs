//! What was approved, and whether what is asked now is the same.
//!
//! The auditor seals the entry as its client hands it over (argv after the
//! client's own expansion, the entry's variables, its working directory); the
//! launcher compares. Texts that hold or could hold a secret are kept as
//! digests only.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::profile::{Profile, ProfileId};
use crate::vault::REFERENCE;

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
    #[error("its variable {0} changed")]
    Variable(String),
    #[error("its variable {0} refers to a key it was not given")]
    Reference(String),
    #[error("its working directory changed")]
    Directory,
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

/// Compares a caller (program and arguments, environment, working directory)
/// with what the profile approved. Returns the arguments to run, with sealed
/// words filled in from the caller's own.
pub fn compare(
    profile: &Profile,
    argv: &[String],
    env: &BTreeMap<OsString, OsString>,
    cwd: &Path,
) -> Result<Vec<String>, Difference> {
    let approved = &profile.approved;
    let same = |(index, (token, word)): (usize, (&Token, &String))| match token {
        Token::Text(text) => text == word,
        Token::Sealed { sha256 } => *sha256 == seal_argument(&profile.id, index, word),
    };
    if approved.argv.len() != argv.len() || !approved.argv.iter().zip(argv).enumerate().all(same) {
        return Err(Difference::Command);
    }

    for (name, value) in env {
        let name = name.to_string_lossy();
        let Some(handle) = profile.secrets.get(&*name) else {
            if value.as_encoded_bytes().starts_with(REFERENCE.as_bytes()) {
                return Err(Difference::Reference(name.into_owned()));
            }
            continue;
        };
        if value.as_os_str() != OsStr::new(&handle.reference()) {
            let other = value.as_encoded_bytes().starts_with(REFERENCE.as_bytes());
            let name = name.into_owned();
            return Err(if other { Difference::Reference(name) } else { Difference::Variable(name) });
        }
    }
    if let Some(name) = profile.secrets.keys().find(|name| !env.contains_key(OsStr::new(name))) {
        return Err(Difference::Variable(name.clone()));
    }

    for (name, sealed) in &approved.env {
        let value = env.get(OsStr::new(name)).and_then(|value| value.to_str());
        if value.map(|value| seal_variable(&profile.id, name, value)).as_ref() != Some(sealed) {
            return Err(Difference::Variable(name.clone()));
        }
    }

    if let Some(approved) = &approved.cwd {
        match (approved.canonicalize(), cwd.canonicalize()) {
            (Ok(approved), Ok(cwd)) if approved == cwd => {}
            _ => return Err(Difference::Directory),
        }
    }

    profile.run.args.iter().map(|token| unseal(token, &approved.argv, argv)).collect()
}

/// The text of a word to run: its own, or the caller's word under the same
/// seal.
fn unseal(token: &Token, approved: &[Token], argv: &[String]) -> Result<String, Difference> {
    match token {
        Token::Text(text) => Ok(text.clone()),
        sealed => {
            let index = approved.iter().position(|other| other == sealed);
            index.map(|index| argv[index].clone()).ok_or(Difference::Command)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::tests::profile;

    fn caller(pairs: &[(&str, &str)]) -> BTreeMap<OsString, OsString> {
        pairs.iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn parts_of_a_digest_do_not_run_together() {
        assert_ne!(digest("a", "bc", "d"), digest("ab", "c", "d"));
        assert_eq!(digest("a", "b", "c"), digest("a", "b", "c"));
        assert_eq!(digest("a", "b", "c").0.len(), 64);
    }

    #[test]
    fn only_the_approved_caller_passes() {
        let profile = profile();
        let handle = profile.secrets["TOKEN"].reference();
        let argv = words(&["npx", "-y", "server", "--key=abc"]);
        let env = [("TOKEN", handle.as_str()), ("MODE", "fast"), ("OTHER", "x")];
        let cwd = Path::new("/");
        assert_eq!(compare(&profile, &argv, &caller(&env), cwd), Ok(words(&["/opt/server.js", "--key=abc"])));

        let argvs = [
            vec!["npx", "-y", "server"],
            vec!["npx", "-y", "server", "--key=abd"],
            vec!["npx", "-y", "server", "--key=abc", "--eval"],
            vec!["/tmp/npx", "-y", "server", "--key=abc"],
            vec![],
        ];
        for changed in argvs {
            let result = compare(&profile, &words(&changed), &caller(&env), cwd);
            assert_eq!(result, Err(Difference::Command), "{changed:?}");
        }

        let cases: [(&[(&str, &str)], Difference); 5] = [
            (&[("TOKEN", &handle)], Difference::Variable("MODE".into())),
            (&[("TOKEN", &handle), ("MODE", "slow")], Difference::Variable("MODE".into())),
            (&[("MODE", "fast")], Difference::Variable("TOKEN".into())),
            (&[("MODE", "fast"), ("TOKEN", "plain")], Difference::Variable("TOKEN".into())),
            (&[("MODE", "fast"), ("TOKEN", "keychain:other")], Difference::Reference("TOKEN".into())),
        ];
        for (env, difference) in cases {
            assert_eq!(compare(&profile, &argv, &caller(env), cwd), Err(difference));
        }
        let foreign = [env.as_slice(), &[("STOLEN", handle.as_str())]].concat();
        assert_eq!(compare(&profile, &argv, &caller(&foreign), cwd), Err(Difference::Reference("STOLEN".into())));
    }

    #[test]
    fn a_working_directory_is_compared_by_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let mut profile = profile();
        profile.approved.env.clear();
        profile.secrets.clear();
        profile.approved.cwd = Some(folder.path().join("."));
        let argv = words(&["npx", "-y", "server", "--key=abc"]);
        let none = BTreeMap::new();
        assert!(compare(&profile, &argv, &none, folder.path()).is_ok());
        assert_eq!(compare(&profile, &argv, &none, Path::new("/")), Err(Difference::Directory));
        profile.approved.cwd = Some(folder.path().join("gone"));
        assert_eq!(compare(&profile, &argv, &none, folder.path()), Err(Difference::Directory));
    }
}
