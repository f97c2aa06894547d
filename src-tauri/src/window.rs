//! The one window: made hidden, shown when its page is there, in the colour of
//! its theme, so that nothing flashes.

use anyhow::Context;
use tauri::utils::config::Color;
use tauri::webview::{PageLoadEvent, WebviewWindowBuilder};
use tauri::{AppHandle, Emitter, Manager, Url, WebviewUrl, WebviewWindow};
use warder_audit::api;
use warder_launch::state::State;

use crate::options::Options;
use crate::place;

/// Its name, as in the configuration and the capability.
const MAIN: &str = "main";
/// Tells the page to go to a view.
const OPEN: &str = "open";

/// The page's own colours (`ui/src/styles/tokens.css`).
const LIGHT: Color = Color(0xff, 0xff, 0xff, 0xff);
const DARK: Color = Color(0x15, 0x17, 0x1c, 0xff);

/// The window, if it was ever shown.
pub(crate) fn get(app: &AppHandle) -> Option<WebviewWindow> {
    app.get_webview_window(MAIN)
}

/// Whether a person can see it.
pub(crate) fn is_seen(app: &AppHandle) -> bool {
    get(app).is_some_and(|window| window.is_visible().unwrap_or(false) && !window.is_minimized().unwrap_or(false))
}

/// What the window is to be.
#[derive(Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) options: &'a Options,
    pub(crate) state: &'a State,
    pub(crate) theme: api::Theme,
    /// The view to go to, if one is named.
    pub(crate) view: Option<&'a str>,
}

/// Brings the window in front, at its view. Makes it first where there is none
/// yet. On the main thread.
pub(crate) fn show(app: &AppHandle, wanted: Wanted) -> anyhow::Result<()> {
    let Some(window) = get(app) else { return build(app, wanted) };
    if let Some(view) = wanted.view {
        window.emit(OPEN, view)?;
    }
    window.unminimize()?;
    window.show()?;
    window.set_focus()?;
    Ok(())
}

fn build(app: &AppHandle, wanted: Wanted) -> anyhow::Result<()> {
    let Wanted { options, state, theme, view } = wanted;
    let mut config = app.config().app.windows.first().context("the configuration names a window")?.clone();
    if let Some(view) = view {
        // A page that is not there yet hears no event.
        config.url = WebviewUrl::App(format!("index.html#{view}").into());
    }
    let mut window = WebviewWindowBuilder::from_config(app, &config)?
        .on_navigation(is_own_page)
        .visible(false)
        .theme(chosen(theme))
        .on_page_load(|window, load| {
            if load.event() == PageLoadEvent::Finished {
                // Both fail only when the window is gone again.
                let _ = window.show();
                let _ = window.set_focus();
            }
        });
    if options.demo {
        window = window.title("Warder (demo)");
    }
    if let Some(home) = &options.home {
        // WebKit's own files too stay in the other home.
        window = window.data_directory(home.join(".cache/warder"));
    }
    let window = window.build()?;
    #[cfg(target_os = "linux")]
    draw_plainly(&window)?;
    colour(&window, theme);
    place::restore(&window, state);
    Ok(())
}

/// Draws without the graphics processor. A page of text and lines gains nothing by it, and pays with a third of the
/// memory (371 MB to 271 MB with 500 servers, measured with Mesa's software driver) and, with some drivers, with a
/// window that stays empty.
#[cfg(target_os = "linux")]
fn draw_plainly(window: &WebviewWindow) -> tauri::Result<()> {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

    window.with_webview(|view| {
        if let Some(settings) = view.inner().settings() {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    })
}

/// Follows the theme that the user chose.
pub(crate) fn set_theme(app: &AppHandle, theme: api::Theme) {
    app.set_theme(chosen(theme));
    if let Some(window) = get(app) {
        colour(&window, theme);
    }
}

/// Nothing: as the system has it.
fn chosen(theme: api::Theme) -> Option<tauri::Theme> {
    match theme {
        api::Theme::System => None,
        api::Theme::Light => Some(tauri::Theme::Light),
        api::Theme::Dark => Some(tauri::Theme::Dark),
    }
}

/// Paints what is behind the page.
fn colour(window: &WebviewWindow, theme: api::Theme) {
    // What was just chosen, a window may not know yet.
    let theme = chosen(theme).or_else(|| window.theme().ok());
    let colour = if theme == Some(tauri::Theme::Dark) { DARK } else { LIGHT };
    // Fails where the system paints it by itself.
    let _ = window.set_background_color(Some(colour));
}

/// Only Warder's own pages: no text from a config can lead the window elsewhere.
fn is_own_page(url: &Url) -> bool {
    let by_name = cfg!(any(windows, target_os = "android"));
    is_page(url, by_name) || (tauri::is_dev() && url.scheme() == "http" && url.host_str() == Some("localhost"))
}

/// `by_name`: the system's web view knows no scheme of a program's own, so the page has a name of its own instead. On all
/// others that name is anybody's, and with a port it is everywhere.
fn is_page(url: &Url, by_name: bool) -> bool {
    let place = match url.scheme() {
        "tauri" => !by_name && url.host_str() == Some("localhost"),
        "http" | "https" => by_name && url.host_str() == Some("tauri.localhost"),
        _ => false,
    };
    place && url.port().is_none() && url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_ours_where_its_system_serves_it_and_nowhere_else() {
        let ours = |by_name: bool, url: &str| is_page(&Url::parse(url).unwrap(), by_name);
        for (by_name, url) in [
            (false, "tauri://localhost"),
            (false, "tauri://localhost/index.html#activity"),
            (true, "http://tauri.localhost/"),
            (true, "https://tauri.localhost/index.html"),
        ] {
            assert!(ours(by_name, url), "{url}");
            assert!(!ours(!by_name, url), "{url} on the other systems");
        }
        for url in [
            "http://tauri.localhost:8080/",
            "https://tauri.localhost:80/",
            "tauri://localhost:1/",
            "tauri://evil/",
            "http://tauri.localhost.evil/",
            "http://evil@tauri.localhost/",
            "tauri://x:y@localhost/",
            "http://localhost/",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:blank",
        ] {
            assert!(!ours(false, url) && !ours(true, url), "{url}");
        }
    }
}
