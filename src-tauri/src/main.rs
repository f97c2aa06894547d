//! The window. No logic: it asks the session on behalf of the screen, watches
//! the configs, and tells what changed.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use tauri::{AppHandle, Manager, WindowEvent};
use warder_audit::env::Env;
use warder_audit::session::{OwnKeychain, Session};
use warder_launch::vault::{MemoryVault, Vault};

mod ask;
mod clipboard;
mod dialogs;
mod login;
mod notice;
mod options;
mod pace;
mod place;
mod shell;
mod single;
mod tray;
mod watch;
mod window;

use ask::{Around, Desk};
use options::Options;
use pace::Pace;
use shell::Shell;
use single::Start;
use watch::Watch;

fn main() -> anyhow::Result<()> {
    // Before an update can replace it.
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let options = Options::read(std::env::args_os().skip(1))?;
    let env = Env::current(options.home.as_deref()).context("there is no home folder; name one with --home")?;
    let lock = match single::start(&env.state()) {
        Start::First(lock) => lock,
        // It runs already, as it was to.
        Start::Later if options.hidden => return Ok(()),
        Start::Later => return single::call(&env.state()).context("Warder runs already, and cannot be called"),
    };
    let alone = lock.is_some();
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![
            ask::ask,
            ask::cancel,
            clipboard::paste,
            clipboard::replace,
            dialogs::pick,
            dialogs::recovery
        ])
        .on_window_event(|window, event| match event {
            WindowEvent::CloseRequested { api, .. } => {
                shell::keep_place(window.app_handle());
                if shell::stays(window.app_handle()) {
                    api.prevent_close();
                    // What cannot be hidden is in nobody's way.
                    let _ = window.hide();
                }
            }
            WindowEvent::Focused(true) => shell::focused(window.app_handle()),
            _ => {}
        })
        .setup(move |app| Ok(open(app.handle(), options, env, program, alone)?))
        .build(tauri::generate_context!())
        .context("the window cannot be opened")?
        .run(|_app, _event| {
            // A click on the dock's icon, with the window hidden.
            #[cfg(target_os = "macos")]
            if let tauri::RunEvent::Reopen { .. } = _event {
                shell::show(_app, None);
            }
        });
    drop(lock);
    Ok(())
}

/// Opens the session, and its window unless that is to stay hidden.
fn open(app: &AppHandle, options: Options, env: Env, program: PathBuf, alone: bool) -> anyhow::Result<()> {
    let state = env.state();
    let vault: Arc<dyn Vault> = if options.demo {
        // A demo leaves nothing behind, and works where there is no keychain.
        Arc::new(MemoryVault::default())
    } else {
        Arc::new(OwnKeychain(state.clone()))
    };
    let (called, changed, clicked, notified) = (app.clone(), app.clone(), app.clone(), app.clone());
    let called = move || shell::show(&called, None);
    let watch = Watch::new(&single::bell(&state), called, move || shell::changed(&changed))?;
    let hidden = options.hidden;
    let session = Session::open(env.clone(), state.clone(), vault.clone());
    // Nobody waits for it. What cannot be replaced now is at the next change.
    std::thread::spawn(move || session.renew_programs());
    let around = Around { put: shell::put, heard: shell::heard };
    app.manage(Desk::new(app, around, {
        let (env, state) = (env.clone(), state.clone());
        move || Session::open(env.clone(), state.clone(), vault.clone())
    }));
    app.manage(Shell {
        options,
        env,
        program,
        state,
        watch: Mutex::new(watch),
        pace: Pace::new(pace::GAP, std::thread::sleep, move |news| shell::notify(&notified, news)),
        notices: notice::Notices::new(move || shell::show(&clicked, Some("activity"))),
        alone,
        settings: Mutex::default(),
        tray: Mutex::default(),
        told: Mutex::default(),
        known: Mutex::default(),
        missed: AtomicBool::default(),
        looking: Mutex::default(),
    });
    shell::start(app, hidden);
    Ok(())
}
