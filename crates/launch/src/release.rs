//! What the keychain gives for a profile, and the texts it goes into.

use std::collections::BTreeMap;
use std::io;

use crate::profile::Profile;
use crate::reference;
use crate::state::State;
use crate::vault::{Handle, Keychain, Secret, Vault, VaultError};

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
    /// Those of references inside words.
    inside: BTreeMap<Handle, Secret>,
}

impl Released {
    /// Asks the keychain for what the profile names, and for nothing else.
    pub fn of(profile: &Profile, state: &State) -> Result<Released, ReleaseError> {
        let mut released = Released { variables: BTreeMap::new(), inside: BTreeMap::new() };
        if profile.handles().next().is_none() {
            return Ok(released);
        }
        let keychain = Keychain::of(state).map_err(|source| {
            let path = state.dir().join("id").display().to_string();
            ReleaseError::State { path, source }
        })?;
        let get =
            |name: &str, handle: &Handle| keychain.get(handle)?.ok_or_else(|| ReleaseError::Missing(name.to_owned()));
        for (name, handle) in &profile.secrets {
            released.variables.insert(name.clone(), get(name, handle)?);
        }
        for handle in &profile.inside {
            released.inside.insert(handle.clone(), get(handle.label(), handle)?);
        }
        Keychain::close();
        Ok(released)
    }

    /// The text with each reference replaced by its key; refused if one of them
    /// is not the profile's. The result holds secrets.
    pub fn fill(&self, text: &str) -> Result<String, ReleaseError> {
        let foreign = reference::references(text).iter().any(|(_, handle)| !self.inside.contains_key(handle));
        if foreign { Err(ReleaseError::Foreign) } else { Ok(reference::fill(text, &self.inside)) }
    }
}
