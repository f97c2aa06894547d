//! Secrets in the operating system's keychain.
//!
//! Two vaults: the real keychain and one in memory for tests. A value enters
//! and leaves as [`Secret`], which nothing can print.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::disk;
use crate::state::State;

#[cfg_attr(target_os = "linux", path = "vault/secret_service.rs")]
#[cfg_attr(not(target_os = "linux"), path = "vault/store.rs")]
mod native;

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
        Handle(crate::id::labelled(label, random))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The readable part: `GITHUB_TOKEN`.
    pub fn label(&self) -> &str {
        self.0.rsplit_once('-').map_or(&self.0, |(label, _)| label)
    }

    /// The handle that `text` begins with, if it has the shape of one.
    pub fn leading(text: &str) -> Option<Handle> {
        crate::id::leading(text).map(|name| Handle(name.to_owned()))
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
/// `<state id>/<handle>`. A failed call is forgotten, so a keychain that starts
/// later is found. Every call ends within half a minute: longer means that it
/// waits for a person, and is told as [`VaultError::Locked`].
///
/// `bus` is a file of the state folder that remembers where the session bus
/// was when something was last stored: on desktops without systemd's
/// `/run/user/<uid>/bus`, a launcher started without a bus address finds it so.
pub struct Keychain {
    pub state_id: String,
    pub bus: Option<PathBuf>,
}

/// The service all our items have.
const SERVICE: &str = "warder";

/// What a Windows credential holds, in bytes.
const LONGEST_ON_WINDOWS: usize = 2560;

const PATIENCE: Duration = Duration::from_secs(30);

impl Keychain {
    /// The keychain of one state folder. `NotFound` before it was created.
    pub fn of(state: &State) -> io::Result<Keychain> {
        Ok(Keychain { state_id: state.id()?, bus: Some(state.dir().join("bus")) })
    }

    /// The remembered bus; nothing but a file of our own counts.
    fn bus(&self) -> Option<String> {
        let bytes = disk::read_private(self.bus.as_deref()?).ok()??;
        String::from_utf8(bytes).ok()
    }

    fn remember_bus(&self) {
        let named = native::bus_in_use().filter(|named| self.bus().as_ref() != Some(named));
        if let (Some(file), Some(named)) = (&self.bus, named) {
            // Only a fallback: without it the usual places are still tried.
            let _ = disk::replace(file, named.as_bytes(), 0o600);
        }
    }

    /// Ends the connection that calls leave open for the next one; for a
    /// process that lives on without needing the keychain.
    pub fn close() {
        native::close();
    }

    fn account(&self, handle: &Handle) -> String {
        format!("{}/{}", self.state_id, handle.0)
    }
}

impl Vault for Keychain {
    fn get(&self, handle: &Handle) -> Result<Option<Secret>, VaultError> {
        let (account, bus) = (self.account(handle), self.bus());
        Ok(bounded(PATIENCE, move || native::get(bus.as_deref(), &account))?.map(Secret))
    }
    fn set(&self, handle: &Handle, secret: &Secret) -> Result<(), VaultError> {
        if cfg!(windows) && secret.0.len() > LONGEST_ON_WINDOWS {
            return Err(VaultError::TooLong);
        }
        let (account, value, bus) = (self.account(handle), secret.0.clone(), self.bus());
        let label = format!("Warder: {}", handle.label());
        bounded(PATIENCE, move || native::set(bus.as_deref(), &account, &label, &value))?;
        self.remember_bus();
        Ok(())
    }
    fn delete(&self, handle: &Handle) -> Result<(), VaultError> {
        let (account, bus) = (self.account(handle), self.bus());
        bounded(PATIENCE, move || native::delete(bus.as_deref(), &account))
    }
}

/// A locked keychain asks its user, and waits as long as that takes. The
/// thread left behind holds nothing but its own call.
fn bounded<T: Send + 'static>(
    patience: Duration,
    call: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    let (tell, told) = mpsc::channel();
    let thread = thread::Builder::new().name("keychain".into());
    thread
        .spawn(move || tell.send(call()))
        .map_err(|error| VaultError::Unavailable(Some(keyring_core::Error::PlatformFailure(error.into()))))?;
    match told.recv_timeout(patience) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Timeout) => Err(VaultError::Locked),
        Err(RecvTimeoutError::Disconnected) => Err(VaultError::Unavailable(None)),
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

impl MemoryVault {
    /// Everything it keeps, sorted.
    pub fn handles(&self) -> Vec<Handle> {
        self.items().keys().cloned().collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keychain_that_waits_for_a_person_counts_as_locked() {
        let (_person, prompt) = mpsc::channel::<()>();
        let answer = bounded(Duration::from_millis(1), move || {
            let _ = prompt.recv();
            Ok(())
        });
        assert!(matches!(answer, Err(VaultError::Locked)));
        assert_eq!(bounded(PATIENCE, || Ok(7)).unwrap(), 7);
    }

    #[test]
    fn a_vault_in_memory_keeps_and_forgets() {
        let (vault, handle) = (MemoryVault::default(), Handle::new("TOKEN", [1; 16]));
        assert!(vault.get(&handle).unwrap().is_none());
        vault.set(&handle, &Secret::new("made-up")).unwrap();
        assert_eq!(vault.get(&handle).unwrap().unwrap().expose(), "made-up");
        vault.delete(&handle).unwrap();
        vault.delete(&handle).unwrap();
        assert!(vault.get(&handle).unwrap().is_none());
    }

    #[test]
    fn a_handle_is_a_label_and_a_reference() {
        let handle = Handle::new("GITHUB_TOKEN", [0; 16]);
        let random = "a".repeat(26);
        assert_eq!(handle.reference(), format!("keychain:GITHUB_TOKEN-{random}"));
        assert_eq!(handle.label(), "GITHUB_TOKEN");
    }
}
