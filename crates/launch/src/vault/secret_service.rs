//! The Secret Service of a Linux desktop, over the session bus.
//!
//! Spoken to directly, and not through a keyring-core store, for two things a
//! store cannot do: find the bus when a client started us without its address,
//! and refuse a collection that is forgotten at log-out. Items look as such a
//! store would write them (`service`, `username`).

use std::collections::HashMap;
use std::sync::Mutex;

use keyring_core::Error::PlatformFailure;
use secret_service::blocking::{Collection, Item, SecretService};
use secret_service::{EncryptionType, Error};
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zeroize::Zeroizing;

use super::{SERVICE, VaultError};

pub(super) fn get(bus: Option<&str>, account: &str) -> Result<Option<Zeroizing<String>>, VaultError> {
    on_service(bus, |service, _| get_on(service, account))
}

pub(super) fn set(bus: Option<&str>, account: &str, label: &str, value: &str) -> Result<(), VaultError> {
    on_service(bus, |service, _| set_on(service, account, label, value))
}

pub(super) fn delete(bus: Option<&str>, account: &str) -> Result<(), VaultError> {
    on_service(bus, |service, _| delete_on(service, account))
}

/// The bus with an open keychain on it that outlives the session.
pub(super) fn look(bus: Option<&str>) -> Result<Option<String>, VaultError> {
    on_service(bus, |service, address| {
        let collection = default_collection(service)?;
        if is_temporary(service, &collection) {
            return Err(VaultError::Temporary);
        }
        match collection.is_locked().map_err(failed)? {
            true => Err(VaultError::Locked),
            false => Ok(Some(address.to_owned())),
        }
    })
}

/// Leaves the bus. Without it a connection stays for the next call.
pub(super) fn close() {
    if let Ok(mut kept) = KEPT.try_lock() {
        *kept = None;
    }
}

const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";

/// The address that the environment names, if it may be used.
pub(super) fn bus_in_use() -> Option<String> {
    std::env::var(BUS).ok().filter(|address| address.starts_with("unix:"))
}

/// One connection for many calls, because gnome-keyring 42 ends, and locks
/// what it holds, when one client leaves just as the next arrives (a race in
/// its list of clients; seen in about one of 3500 calls made back to back).
static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

struct Kept {
    buses: Vec<String>,
    /// The one of them that answered.
    address: String,
    service: SecretService<'static>,
}

/// Runs a call on the connection that is kept, and on a new one when that is
/// of no use any more; every call here may be made twice. A call that waits
/// for a person keeps the connection, so others meanwhile make their own.
fn on_service<T>(
    remembered: Option<&str>,
    call: impl Fn(&SecretService<'_>, &str) -> Result<T, VaultError>,
) -> Result<T, VaultError> {
    let buses = addresses(std::env::var(BUS).ok().as_deref(), remembered);
    let Ok(mut kept) = KEPT.try_lock() else {
        let (address, service) = connect(&buses)?;
        return call(&service, &address);
    };
    if let Some(kept) = kept.as_ref().filter(|kept| kept.buses == buses) {
        let answer = call(&kept.service, &kept.address);
        if !matches!(answer, Err(VaultError::Failed(_) | VaultError::Unavailable(_))) {
            return answer;
        }
    }
    *kept = None;
    let (address, service) = connect(&buses)?;
    let answer = call(&service, &address);
    *kept = Some(Kept { buses, address, service });
    answer
}

fn get_on(service: &SecretService<'_>, account: &str) -> Result<Option<Zeroizing<String>>, VaultError> {
    let found = service.search_items(attributes(account)).map_err(failed)?;
    let Some(item) = found.unlocked.first().or(found.locked.first()) else {
        // A keychain that was never unlocked finds nothing either, so a plain
        // "no such item" is believed only from an open one.
        if default_collection(service)?.is_locked().map_err(failed)? {
            return Err(VaultError::Locked);
        }
        return Ok(None);
    };
    unlock(item)?;
    let bytes = Zeroizing::new(item.get_secret().map_err(failed)?);
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ok(Some(Zeroizing::new(text.to_owned()))),
        Err(_) => Err(VaultError::Failed(PlatformFailure("the item is not text".into()))),
    }
}

fn set_on(service: &SecretService<'_>, account: &str, label: &str, value: &str) -> Result<(), VaultError> {
    let collection = default_collection(service)?;
    if is_temporary(service, &collection) {
        return Err(VaultError::Temporary);
    }
    collection.unlock().map_err(failed)?;
    let replace = true;
    collection.create_item(label, attributes(account), value.as_bytes(), replace, "text/plain").map_err(failed)?;
    Ok(())
}

fn delete_on(service: &SecretService<'_>, account: &str) -> Result<(), VaultError> {
    let found = service.search_items(attributes(account)).map_err(failed)?;
    for item in found.unlocked.iter().chain(&found.locked) {
        unlock(item)?;
        item.delete().map_err(failed)?;
    }
    Ok(())
}

fn attributes(account: &str) -> HashMap<&str, &str> {
    HashMap::from([("service", SERVICE), ("username", account)])
}

fn unlock(item: &Item<'_>) -> Result<(), VaultError> {
    if item.is_locked().map_err(failed)? {
        item.unlock().map_err(failed)?;
    }
    Ok(())
}

/// The collection that outlives the session; a daemon that was never unlocked
/// has none.
fn default_collection<'a>(service: &'a SecretService<'_>) -> Result<Collection<'a>, VaultError> {
    service.get_default_collection().map_err(failed)
}

fn is_temporary(service: &SecretService<'_>, collection: &Collection<'_>) -> bool {
    let session = service.get_collection_by_alias("session");
    session.is_ok_and(|session| session.collection_path == collection.collection_path)
}

/// The first bus with a Secret Service on it. Values cross it encrypted.
fn connect(buses: &[String]) -> Result<(String, SecretService<'static>), VaultError> {
    let mut last = VaultError::Unavailable(None);
    for address in buses {
        let bus = Builder::address(address.as_str()).and_then(Builder::build);
        match bus.map_err(Error::from).and_then(open) {
            Ok(service) => return Ok((address.clone(), service)),
            Err(error) => last = VaultError::Unavailable(Some(cause(&error))),
        }
    }
    Err(last)
}

fn open(bus: Connection) -> Result<SecretService<'static>, Error> {
    SecretService::connect_with_existing(EncryptionType::Dh, bus)
}

/// Where the session bus may be: as the environment says, then systemd's
/// place, because clients start their servers without that variable, then
/// where it was when a key was stored. Only sockets: `unixexec:` would start a
/// program of the config's choice.
fn addresses(from_environment: Option<&str>, remembered: Option<&str>) -> Vec<String> {
    let user = rustix::process::getuid().as_raw();
    let usual = format!("unix:path=/run/user/{user}/bus");
    let parts = |text: Option<&str>| -> Vec<String> {
        let parts = text.unwrap_or_default().split(';');
        parts.filter(|part| part.starts_with("unix:")).map(str::to_owned).collect()
    };
    let mut all: Vec<String> = Vec::new();
    for address in parts(from_environment).into_iter().chain([usual]).chain(parts(remembered)) {
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all
}

fn failed(error: Error) -> VaultError {
    match error {
        Error::Locked | Error::Prompt | Error::PromptDisconnected => VaultError::Locked,
        Error::NoResult | Error::Unavailable => VaultError::Unavailable(Some(cause(&error))),
        // The daemon's own word for a collection that is still closed.
        Error::Zbus(zbus::Error::MethodError(name, ..)) if name.as_str() == "org.freedesktop.Secret.Error.IsLocked" => {
            VaultError::Locked
        }
        other => VaultError::Failed(cause(&other)),
    }
}

/// Text only: the error itself may hold a message of the bus.
fn cause(error: &Error) -> keyring_core::Error {
    PlatformFailure(error.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sockets_are_buses() {
        let usual = format!("unix:path=/run/user/{}/bus", rustix::process::getuid().as_raw());
        let named = "unixexec:path=/tmp/x;unix:path=/a,guid=1;tcp:host=evil;unix:abstract=b";
        assert_eq!(addresses(Some(named), None), ["unix:path=/a,guid=1", "unix:abstract=b", usual.as_str()]);
        assert_eq!(addresses(None, None), [usual.as_str()]);
        assert_eq!(addresses(Some(""), Some("unixexec:path=/x")), [usual.as_str()]);
        assert_eq!(addresses(Some(&usual), Some("unix:path=/b")), [usual.as_str(), "unix:path=/b"]);
    }
}
