//! The real window, driven as a person would: real WebKit, real keychain, real
//! files, on a screen nobody sees. Run by `cargo xtask test`; the pictures in
//! `target/window` are for people.

#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

use std::fs;
use std::path::PathBuf;

use desktop::{Desktop, Screen, story};

#[path = "window/away.rs"]
mod away;
#[path = "window/back.rs"]
mod back;
#[path = "window/border.rs"]
mod border;
#[path = "window/busy.rs"]
mod busy;
#[path = "window/clipboard.rs"]
mod clipboard;
#[path = "window/desktop.rs"]
mod desktop;
#[path = "window/display.rs"]
mod display;
#[path = "window/fixes.rs"]
mod fixes;
#[path = "window/kinds.rs"]
mod kinds;
#[path = "window/paste.rs"]
mod paste;
#[path = "window/process.rs"]
mod process;
#[path = "packages/registry.rs"]
#[expect(dead_code, reason = "the tests of the store need more of it")]
mod registry;
#[path = "window/services.rs"]
mod services;
#[path = "window/update.rs"]
mod update;
#[path = "window/views.rs"]
mod views;

/// Made up, with the checksum a real one has. In two parts, so that nobody's
/// secret scanner stops at this file.
fn token() -> String {
    ["ghp_", "Ky9Pf34qY6Nb3wWD25RQ4F5ZR3qa7y3gm1IL"].concat()
}

/// A hand-written config: tabs, Windows line ends, a comment, no last newline.
fn config() -> String {
    format!(
        "{{\r\n\t\"mcpServers\": {{\r\n\t\t\"github\": {{ \"command\": \"npx\",\r\n\t\t\t\"args\": [\"-y\", \
         \"@modelcontextprotocol/server-github@2025.4.8\"],\r\n\t\t\t\"env\": {{ \"GITHUB_TOKEN\" :  \"{}\" }} }}\r\n\t}}\r\n}}",
        token()
    )
}

fn write_config(desktop: &Desktop, text: &str) -> PathBuf {
    let path = desktop.home().join(".cursor/mcp.json");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

/// Selects the server and moves its key; ends when the toast is there.
async fn move_to_keychain(screen: &Screen) {
    screen.click("[data-test=nav-servers]").await;
    screen.click("[data-test=server-row][data-name=github]").await;
    screen.click("[data-test=fix-button][data-fix-kind=keychain]").await;
    let (_, _, _, height) = screen.find("[data-test=sheet]").await.rectangle().await.unwrap();
    screen.picture("fix").await;
    assert!(height > 200.0, "the sheet is {height} px high: its difference cannot be seen");
    assert!(!screen.html().await.contains(&token()), "the sheet holds the key");
    screen.click("[data-test=apply]:enabled").await;
    // What has the focus stays.
    screen.focus("[data-test=toast-undo]:enabled").await;
}

#[test]
fn a_key_moves_to_the_keychain_and_back() {
    story(async |desktop: &mut Desktop| {
        let path = write_config(desktop, &config());
        let screen = desktop.open().await;
        screen.click("[data-test=nav-servers]").await;
        screen.find("[data-test=server-row][data-name=github]").await;
        screen.picture("servers").await;
        assert!(!screen.html().await.contains(&token()), "the list holds the key");

        move_to_keychain(&screen).await;
        screen.picture("applied").await;
        let mended = fs::read_to_string(&path).unwrap();
        assert!(!mended.contains(&token()), "the key is still in the file");
        assert!(mended.contains("keychain:GITHUB_TOKEN"), "{mended}");
        assert!(mended.contains("warder-launch"), "{mended}");
        assert!(desktop.home().join(".warder/bin/warder-launch").is_file(), "the launcher is not in its place");

        screen.click("[data-test=toast-undo]").await;
        screen.until("the toast's Undo brings the bytes back", || fs::read_to_string(&path).unwrap() == config()).await;

        move_to_keychain(&screen).await;
        screen.click("[data-test=nav-activity]").await;
        screen.find("[data-test=change-row]").await;
        screen.picture("activity").await;
        assert!(!screen.html().await.contains(&token()), "the history holds the key");
        screen.click("[data-test=change-undo]:enabled").await;
        screen.until("Activity's Undo brings the bytes back", || fs::read_to_string(&path).unwrap() == config()).await;
        screen.close().await;
    });
}

#[test]
fn a_finding_leads_to_the_page_of_its_rule() {
    story(async |desktop: &mut Desktop| {
        write_config(desktop, &config());
        let screen = desktop.open().await;
        screen.click("[data-test=nav-findings]").await;
        screen.click("[data-rule=secret-in-env]").await;
        screen.click("[data-test=rule-open]").await;
        screen.find("[data-test=rule] .diff").await;
        screen.text("What is looked at").await;
        screen.picture("rule").await;
        screen.click("[data-test=rule-close]").await;
        screen.find("[data-test=rule-open]").await;
        assert!(!screen.html().await.contains("data-test=\"rule\""), "the sheet is still open");
        screen.close().await;
    });
}

#[test]
fn a_config_changed_on_disk_shows_by_itself() {
    story(async |desktop: &mut Desktop| {
        write_config(desktop, &config());
        let screen = desktop.open().await;
        screen.click("[data-test=nav-servers]").await;
        screen.find("[data-test=server-row][data-name=github]").await;
        write_config(desktop, &config().replace("\"github\"", "\"renamed\""));
        screen.find("[data-test=server-row][data-name=renamed]").await;
        screen.close().await;
    });
}

#[test]
fn a_home_without_configs_says_so() {
    story(async |desktop: &mut Desktop| {
        let screen = desktop.open().await;
        screen.text("No MCP servers found").await;
        screen.picture("empty").await;
        screen.close().await;
    });
}

#[test]
fn the_page_can_only_ask_and_stays_where_it_is() {
    story(async |desktop: &mut Desktop| {
        let screen = desktop.open().await;
        screen.find("[data-test=nav-servers]").await;
        for attempt in [
            "internals.invoke('plugin:event|emit', { event: 'changed' })",
            "internals.invoke('plugin:window|close', { label: 'main' })",
            "internals.invoke('plugin:app|version')",
            "internals.invoke('plugin:dialog|open', { options: {} })",
            "internals.invoke('plugin:notification|notify', { options: { title: 'x' } })",
            "internals.invoke('plugin:window|set_title', { label: 'main', value: 'x' })",
            "internals.invoke('plugin:webview|create_webview_window', { options: { label: 'x', url: 'https://example.com' } })",
            "internals.invoke('pick', { kind: 'anything' })",
            "internals.invoke('settle', {})",
            "fetch('http://127.0.0.1:9/')",
            "fetch('file:///etc/passwd')",
            "import('data:text/javascript,1')",
        ] {
            assert!(screen.is_refused(attempt).await, "{attempt}");
        }
        assert!(!screen.is_refused("internals.invoke('ask', { request: { ask: 'scan' } })").await);
        assert!(!screen.is_refused("internals.invoke('cancel')").await);
        // There is no history, so no key: it is the core that refuses.
        let answer =
            "internals.invoke('recovery').then(() => null, (failure) => { if (!failure.code) throw failure; })";
        assert!(!screen.is_refused(answer).await);
        let page = screen.address().await;
        screen.run("location.href = 'data:text/html,elsewhere'").await;
        screen.run("location.href = 'https://example.com/'").await;
        screen.find("[data-test=nav-servers]").await;
        assert_eq!(screen.address().await, page);
        screen.close().await;
    });
}
