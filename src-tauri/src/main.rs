//! The window. No logic: it asks the session on behalf of the screen and says
//! when a config changed on disk.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::sync::Arc;

use anyhow::Context;
use tauri::webview::WebviewWindowBuilder;
use tauri::{AppHandle, Emitter, Manager, Url};
use warder_audit::env::Env;
use warder_audit::session::{OwnKeychain, Session};
use warder_launch::vault::{MemoryVault, Vault};

mod ask;
mod options;
mod watch;

use ask::Desk;
use options::Options;
use watch::Watch;

/// Tells the screen that a config changed; it asks for a new scan then.
const CHANGED: &str = "changed";

fn main() -> anyhow::Result<()> {
    let options = Options::read(std::env::args_os().skip(1))?;
    tauri::Builder::default()
        .invoke_handler(tauri::generate_handler![ask::ask])
        .setup(move |app| Ok(open(app.handle(), &options)?))
        .run(tauri::generate_context!())
        .context("the window ended")
}

/// Opens the session and its window.
fn open(app: &AppHandle, options: &Options) -> anyhow::Result<()> {
    let env = Env::current(options.home.as_deref()).context("there is no home folder; name one with --home")?;
    let state = env.state();
    let vault: Arc<dyn Vault> = if options.demo {
        // A demo leaves nothing behind, and works where there is no keychain.
        Arc::new(MemoryVault::default())
    } else {
        Arc::new(OwnKeychain(state.clone()))
    };
    let watch = Watch::new({
        let app = app.clone();
        move || {
            // Fails only when the window is gone; then nobody has to know.
            let _ = app.emit(CHANGED, ());
        }
    })?;
    app.manage(Desk::new(Session::open(env, state, vault), watch));

    let config = app.config().app.windows.first().context("the configuration names a window")?;
    let mut window = WebviewWindowBuilder::from_config(app, config)?.on_navigation(is_own_page);
    if options.demo {
        window = window.title("Warder (demo)");
    }
    if let Some(home) = &options.home {
        // WebKit's own files too stay in the other home.
        window = window.data_directory(home.join(".cache/warder"));
    }
    window.build()?;
    Ok(())
}

/// Only Warder's own pages: no text from a config can lead the window elsewhere.
fn is_own_page(url: &Url) -> bool {
    let own = match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    own || (tauri::is_dev() && url.host_str() == Some("localhost"))
}
