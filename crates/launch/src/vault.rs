//! Secrets in the operating system's keychain.
//!
//! Two vaults: the real keychain and one in memory for tests. A value enters
//! and leaves as [`Secret`], which nothing can print.

use zeroize::Zeroizing;

/// A secret value. No `Debug`, `Display`, `Clone` or `Serialize`; zeroed on drop.
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(Zeroizing::new(value.into()))
    }

    /// The value itself, for the vault and for a child's environment only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// The name of one keychain item: a readable label and 128 random bits,
/// `GITHUB_TOKEN-3f9k…`. Not a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Handle(String);

impl Handle {
    /// `label` keeps `[A-Za-z0-9_.-]`, at most 40 characters; the random part
    /// is lower-case base32 without padding (26 characters).
    pub fn new(label: &str, random: [u8; 16]) -> Handle {
        Handle(crate::profile::labelled(label, random))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands in a config in the value's place: `keychain:GITHUB_TOKEN-3f9k…`.
    pub fn reference(&self) -> String {
        format!("{REFERENCE}{}", self.0)
    }
}

/// The prefix of a reference in a config.
pub const REFERENCE: &str = "keychain:";

#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("no keychain answers on this system")]
    Unavailable(#[source] Option<keyring_core::Error>),
    #[error("the keychain is locked")]
    Locked,
    #[error("the keychain forgets everything at log-out, so nothing is kept in it")]
    Temporary,
    #[error("the value is too long for this system's keychain")]
    TooLong,
    #[error("the keychain refused")]
    Failed(#[source] keyring_core::Error),
}

/// A place for secrets. Calls may block on the system's keychain (seconds);
/// keep them off a UI thread.
pub trait Vault: Send + Sync {
    /// `None` when there is no such item.
    fn get(&self, handle: &Handle) -> Result<Option<Secret>, VaultError>;
    fn set(&self, handle: &Handle, secret: &Secret) -> Result<(), VaultError>;
    /// Deleting what is not there is fine.
    fn delete(&self, handle: &Handle) -> Result<(), VaultError>;
}

/// The operating system's keychain. Items have service `warder` and account
/// `<state id>/<handle>`.
pub struct Keychain {
    pub state_id: String,
}

impl Vault for Keychain {
    fn get(&self, _: &Handle) -> Result<Option<Secret>, VaultError> {
        unimplemented!()
    }
    fn set(&self, _: &Handle, _: &Secret) -> Result<(), VaultError> {
        unimplemented!()
    }
    fn delete(&self, _: &Handle) -> Result<(), VaultError> {
        unimplemented!()
    }
}

/// A vault that lives and dies with the process; for tests.
#[derive(Default)]
pub struct MemoryVault(std::sync::Mutex<std::collections::BTreeMap<Handle, Zeroizing<String>>>);

impl MemoryVault {
    fn items(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeMap<Handle, Zeroizing<String>>> {
        self.0.lock().expect("no panic while held")
    }
}

impl Vault for MemoryVault {
    fn get(&self, handle: &Handle) -> Result<Option<Secret>, VaultError> {
        Ok(self.items().get(handle).map(|value| Secret(value.clone())))
    }
    fn set(&self, handle: &Handle, secret: &Secret) -> Result<(), VaultError> {
        self.items().insert(handle.clone(), secret.0.clone());
        Ok(())
    }
    fn delete(&self, handle: &Handle) -> Result<(), VaultError> {
        self.items().remove(handle);
        Ok(())
    }
}
