//! A new key out of the system's clipboard.
//!
//! Read here and handed to the core, so that the page never has it: the page is
//! told what it looks like, and says yes or no.

use arboard::Clipboard;
use tauri::{AppHandle, Manager};
use warder_audit::api::{Answer, Change, Failure, NewKey, Request};
use warder_launch::vault::Secret;

use crate::ask::{Desk, fault, refused};

/// Lets the core look at what the clipboard holds, as a new value for a key of the keychain.
///
/// # Errors
///
/// When there is no text to take, and what the core refuses.
#[tauri::command]
pub(crate) async fn paste(app: AppHandle, key: String) -> Result<NewKey, Failure> {
    let looked = tauri::async_runtime::spawn_blocking(move || {
        let text = read()?;
        app.state::<Desk>().with(|session| session.offer_key(&key, text.expose()))
    });
    looked.await.unwrap_or_else(|_| Err(fault()))
}

/// Puts the value that was looked at in the place of the old one, and empties the clipboard if it still holds it.
///
/// # Errors
///
/// What the core refuses; the clipboard is left alone then.
#[tauri::command]
pub(crate) async fn replace(app: AppHandle, offer: String) -> Result<Change, Failure> {
    let done = tauri::async_runtime::spawn_blocking(move || {
        let desk = app.state::<Desk>();
        // Afterwards nobody knows any more what was offered.
        let held = read().ok().filter(|text| {
            let is_it = desk.with(|session| Ok(session.is_offered(&offer, text.expose())));
            is_it.unwrap_or(false)
        });
        let Answer::Change(mut change) = desk.answer(&app, Request::ReplaceKey { offer })? else { return Err(fault()) };
        let told = match held.map(|held| clear(&held)) {
            None => "The clipboard holds something else by now.",
            Some(true) => "The clipboard is empty again.",
            Some(false) => "The clipboard still holds the key: copy something else.",
        };
        change.note = Some(change.note.map_or_else(|| told.to_owned(), |note| format!("{note} {told}")));
        Ok(change)
    });
    done.await.unwrap_or_else(|_| Err(fault()))
}

fn read() -> Result<Secret, Failure> {
    let text = Clipboard::new().and_then(|mut clipboard| clipboard.get_text());
    text.map(Secret::new).map_err(|error| match error {
        arboard::Error::ContentNotAvailable => Failure {
            hint: Some("Copy the new key at its provider, and try again.".to_owned()),
            ..refused("the clipboard holds no text")
        },
        // Its words may tell of what it holds.
        _ => Failure {
            hint: Some("In a terminal: warder keys --replace with the name of the key.".to_owned()),
            ..refused("the clipboard cannot be read")
        },
    })
}

/// Whether the clipboard is rid of this text.
fn clear(held: &Secret) -> bool {
    let is_it = || read().is_ok_and(|now| now.expose() == held.expose());
    if is_it() {
        // Whether it did shows in what is there afterwards.
        let _ = Clipboard::new().and_then(|mut clipboard| clipboard.clear());
    }
    !is_it()
}
