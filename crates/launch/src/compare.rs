//! Is what is asked now what was approved?
//!
//! The caller's words are only compared; what runs comes from the profile.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::command::{Difference, Token, seal_argument, seal_variable};
use crate::profile::Profile;
use crate::reference::references;
use crate::vault::{Handle, REFERENCE};

/// Compares a caller (program and arguments, environment, working directory)
/// with what the profile approved. Returns the arguments to run, with sealed
/// words filled in from the caller's own; references to keys still stand in them.
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
    let foreign = |(_, handle): &(_, Handle)| !profile.inside.contains(handle);
    if argv.iter().any(|word| references(word).iter().any(foreign)) {
        return Err(Difference::Foreign);
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
    fn a_reference_in_a_word_is_one_of_the_profile() {
        let (own, other) = (Handle::new("KEY", [1; 16]), Handle::new("KEY", [2; 16]));
        let mut profile = profile();
        profile.secrets.clear();
        profile.inside.push(own.clone());
        for (handle, expected) in [(&own, true), (&other, false)] {
            let word = format!("--key={}", handle.reference());
            for token in [Token::Text(word.clone()), Token::Sealed { sha256: seal_argument(&profile.id, 3, &word) }] {
                profile.approved.argv[3] = token.clone();
                profile.run.args[1] = token;
                let argv = words(&["npx", "-y", "server", &word]);
                let result = compare(&profile, &argv, &caller(&[("MODE", "fast")]), Path::new("/"));
                let passed = || words(&["/opt/server.js", &word]);
                assert_eq!(result, if expected { Ok(passed()) } else { Err(Difference::Foreign) });
            }
        }
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
