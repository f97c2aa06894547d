//! The keychains of macOS and Windows, through their keyring-core stores.
//!
//! The store is made anew for every call, so one failed start is not kept.

use keyring_core::api::CredentialStoreApi;
use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
#[cfg(windows)]
use windows_native_keyring_store::Store;

use super::{SERVICE, VaultError};

pub(super) fn get(_bus: Option<&str>, account: &str) -> Result<Option<Zeroizing<String>>, VaultError> {
    let bytes = match entry(account)?.get_secret() {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(Error::NoEntry) => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Some(Zeroizing::new(text.to_owned()))),
        Err(_) => Err(failed(Error::BadEncoding(Vec::new()))),
    }
}

/// These keychains label an item by its service and account.
pub(super) fn set(_bus: Option<&str>, account: &str, _label: &str, value: &str) -> Result<(), VaultError> {
    entry(account)?.set_secret(value.as_bytes()).map_err(failed)
}

pub(super) fn delete(_bus: Option<&str>, account: &str) -> Result<(), VaultError> {
    match entry(account)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// These keychains open by themselves; they only have to be there.
pub(super) fn look(_bus: Option<&str>) -> Result<Option<String>, VaultError> {
    Store::new().map_err(|error| VaultError::Unavailable(Some(scrubbed(error)))).map(|_| None)
}

/// Nothing is kept open.
pub(super) fn close() {}

/// These systems have no bus.
pub(super) fn bus_in_use() -> Option<String> {
    None
}

fn entry(account: &str) -> Result<Entry, VaultError> {
    let store = Store::new().map_err(|error| VaultError::Unavailable(Some(scrubbed(error))))?;
    store.build(SERVICE, account, None).map_err(failed)
}

fn failed(error: Error) -> VaultError {
    match error {
        Error::NoStorageAccess(_) => VaultError::Locked,
        Error::TooLong(..) => VaultError::TooLong,
        error => VaultError::Failed(scrubbed(error)),
    }
}

/// These two errors carry the value.
fn scrubbed(error: Error) -> Error {
    match error {
        Error::BadEncoding(_) | Error::BadDataFormat(..) => Error::PlatformFailure("the item is not text".into()),
        error => error,
    }
}
