//! The system's own dialogs: a path to choose, and the recovery key to read.
//!
//! Both are shown by the shell, so that the page gets a path that a person chose
//! and never the key.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};

use rfd::{AsyncFileDialog, AsyncMessageDialog, FileHandle, MessageButtons, MessageDialogResult, MessageLevel};
use serde::Deserialize;
use tauri::{AppHandle, Manager};
use warder_audit::api::{Code, Failure};

use crate::ask::{Desk, fault};
use crate::shell::Shell;

/// What is to be chosen.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Pick {
    /// A folder that is there.
    Folder,
    /// A file that is there.
    File,
    /// A place for a new file.
    Save,
}

/// A page could fill the screen with dialogs otherwise.
static OPEN: AtomicBool = AtomicBool::new(false);

/// The right to show one, until it is dropped.
struct One;

impl One {
    fn take() -> Result<One, Failure> {
        match OPEN.swap(true, Ordering::SeqCst) {
            false => Ok(One),
            true => Err(Failure {
                code: Code::Refused,
                message: "another dialog is open".to_owned(),
                hint: Some("Close it first.".to_owned()),
            }),
        }
    }
}

impl Drop for One {
    fn drop(&mut self) {
        OPEN.store(false, Ordering::SeqCst);
    }
}

type Shown<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Shows one dialog and waits for its end. Dialogs are made on the main thread.
async fn shown<T: Send + 'static>(
    app: &AppHandle,
    _one: &One,
    dialog: impl FnOnce() -> Shown<T> + Send + 'static,
) -> Result<T, Failure> {
    let (sender, mut receiver) = tauri::async_runtime::channel(1);
    let made = app.run_on_main_thread(move || {
        let dialog = dialog();
        tauri::async_runtime::spawn(async move {
            // Nobody waits any more when Warder ends.
            let _ = sender.send(dialog.await).await;
        });
    });
    let ended = if made.is_ok() { receiver.recv().await } else { None };
    ended.ok_or_else(fault)
}

/// Lets the user choose a path; null where they chose none. `name`: what a new
/// file is called if they like it.
///
/// # Errors
///
/// When a dialog is open already, and for a path that is no text.
#[tauri::command]
pub(crate) async fn pick(app: AppHandle, kind: Pick, name: Option<String>) -> Result<Option<String>, Failure> {
    let one = One::take()?;
    let home = app.state::<Shell>().env.home.clone();
    let chosen: Option<FileHandle> = shown(&app, &one, move || {
        let dialog = AsyncFileDialog::new().set_directory(home);
        match kind {
            Pick::Folder => Box::pin(dialog.set_title("Add a folder").pick_folder()),
            Pick::File => Box::pin(dialog.set_title("Add a file").pick_file()),
            Pick::Save => {
                // A name, and never a way to another folder.
                let name = name.filter(|name| !name.contains(['/', '\\'])).unwrap_or_default();
                Box::pin(dialog.set_title("Save the report as").set_file_name(name).save_file())
            }
        }
    })
    .await?;
    let Some(chosen) = chosen else { return Ok(None) };
    match chosen.path().to_str() {
        Some(path) => Ok(Some(path.to_owned())),
        None => Err(Failure {
            code: Code::Refused,
            message: "this path cannot be written as text".to_owned(),
            hint: Some("Choose a path whose names are valid Unicode.".to_owned()),
        }),
    }
}

/// Shows the key of the history in a dialog of the system.
///
/// # Errors
///
/// When there is no key, or the keychain does not give it.
#[tauri::command]
pub(crate) async fn recovery(app: AppHandle) -> Result<(), Failure> {
    // Before the keychain is asked, which may show a dialog of its own.
    let one = One::take()?;
    let asked = app.clone();
    let key =
        tauri::async_runtime::spawn_blocking(move || asked.state::<Desk>().with(|session| session.recovery_key()));
    let key = key.await.unwrap_or_else(|_| Err(fault()))?;
    let _: MessageDialogResult = shown(&app, &one, move || {
        let groups: Vec<&str> = key.expose().split('-').collect();
        let rows: Vec<String> = groups.chunks(7).map(|row| row.join("-")).collect();
        let text = format!(
            "With this key, and Warder's folder, every change can be undone, even when the keychain is lost. Write it \
             down and keep it away from this computer. Who has both can read your old keys.\n\n{}",
            rows.join("\n")
        );
        let dialog = AsyncMessageDialog::new().set_level(MessageLevel::Info).set_title("Recovery key");
        Box::pin(dialog.set_description(text).set_buttons(MessageButtons::Ok).show())
    })
    .await?;
    Ok(())
}
