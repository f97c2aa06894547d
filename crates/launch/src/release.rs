//! What the keychain gives for a profile, and the texts it goes into.
//!
//! A reference (`keychain:LABEL`) stands for a key only if the profile names
//! it. Values are put in once and not read again: one that looks like a
//! reference stays what it is.

use std::collections::BTreeMap;
use std::io;

use crate::profile::Profile;
use crate::state::State;
use crate::vault::{Handle, Keychain, REFERENCE, Secret, Vault, VaultError};

/// Why a key is not there. Names only, never a value.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    #[error("cannot read {path}")]
    State {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("its key {0} is not in the keychain")]
    Missing(String),
    #[error("it refers to a key it was not given")]
    Foreign,
}

/// The keys of one profile.
pub struct Released {
    /// By the variable each goes into.
    pub variables: BTreeMap<String, Secret>,
    inside: Vec<(String, Secret)>,
}

impl Released {
    /// Asks the keychain for what the profile names, and for nothing else.
    pub fn of(profile: &Profile, state: &State) -> Result<Released, ReleaseError> {
        let mut released = Released { variables: BTreeMap::new(), inside: Vec::new() };
        if profile.secrets.is_empty() && profile.inside.is_empty() {
            return Ok(released);
        }
        let keychain = Keychain::of(state).map_err(|source| {
            let path = state.dir().join("id").display().to_string();
            ReleaseError::State { path, source }
        })?;
        let get =
            |handle: &Handle, name: &str| keychain.get(handle)?.ok_or_else(|| ReleaseError::Missing(name.to_owned()));
        for (name, handle) in &profile.secrets {
            released.variables.insert(name.clone(), get(handle, name)?);
        }
        for handle in &profile.inside {
            released.inside.push((handle.reference(), get(handle, handle.as_str())?));
        }
        Keychain::close();
        Ok(released)
    }

    /// The text with each reference replaced by its key.
    pub fn fill(&self, text: &str) -> Result<Secret, ReleaseError> {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(REFERENCE) {
            filled.push_str(&rest[..at]);
            rest = &rest[at..];
            // The longest, as one label may begin with another.
            let named = self.inside.iter().filter(|(reference, _)| rest.starts_with(reference.as_str()));
            let (reference, key) = named.max_by_key(|(reference, _)| reference.len()).ok_or(ReleaseError::Foreign)?;
            filled.push_str(key.expose());
            rest = &rest[reference.len()..];
        }
        filled.push_str(rest);
        Ok(Secret::new(filled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_filled_once_and_only_if_it_was_given() {
        let (one, two) = (Handle::new("ONE", [1; 16]).reference(), Handle::new("TWO", [2; 16]).reference());
        let inside = vec![(one.clone(), Secret::new(two.clone())), (format!("{one}-x"), Secret::new("$é\"\n"))];
        let released = Released { variables: BTreeMap::new(), inside };
        let fill = |text: &str| released.fill(text).ok().map(|filled| filled.expose().to_owned());
        assert_eq!(fill("plain"), Some("plain".into()));
        assert_eq!(fill(&format!("Bearer {one}, {one}-x!")), Some(format!("Bearer {two}, $é\"\n!")));
        assert_eq!(fill(&format!("{one} {two}")), None);
        assert_eq!(fill("keychain:"), None);
    }
}
