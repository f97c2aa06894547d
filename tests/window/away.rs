//! While nobody sees the window: closing and coming back, the tray, what is
//! told, and that nobody else hears a key.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::json;

use super::{config, token, write_config};
use crate::desktop::{Desktop, story, until};
use crate::display::Display;
use crate::services::{Notifications, Tray};

/// A server's name with all that a notification service would make something of.
const HOSTILE: &str = "<b>x</b>&<a href='http://evil.example/'>y</a>";

#[test]
fn closing_leaves_it_running_and_a_second_start_brings_it_back() {
    story(async |desktop: &mut Desktop| {
        // No tray is there to click on.
        desktop.settle(&json!({ "tray": true }));
        let display = desktop.display();
        let first = desktop.start(&[]);
        until("the window shows", || display.shows_window()).await;
        close("it is hidden", &display, || !display.shows_window()).await;
        assert!(!first.has_ended(), "a closed window ended Warder");

        let hidden = desktop.start(&["--hidden"]);
        until("a hidden start leaves it alone", || hidden.has_ended()).await;
        assert!(!display.shows_window());

        let second = desktop.start(&[]);
        until("the second start ends", || second.has_ended()).await;
        until("the window of the first shows again", || display.shows_window()).await;
        assert!(!first.has_ended());
    });
}

#[test]
fn closing_ends_it_unless_it_is_to_stay() {
    story(async |desktop: &mut Desktop| {
        let display = desktop.display();
        let app = desktop.start(&[]);
        until("the window shows", || display.shows_window()).await;
        close("Warder ends", &display, || app.has_ended()).await;
    });
}

#[test]
fn two_homes_are_two_warders() {
    story(async |desktop: &mut Desktop| {
        let other = desktop.home().join("other");
        fs::create_dir(&other).unwrap();
        let display = desktop.display();
        let hidden = desktop.start_at(&other, &["--hidden"]);
        until("the other one runs", || other.join(".warder/window.lock").exists()).await;
        let shown = desktop.start(&[]);
        until("this one has a window of its own", || display.shows_window()).await;
        assert!(!hidden.has_ended() && !shown.has_ended());
        close("this one ends", &display, || shown.has_ended()).await;
        assert!(!hidden.has_ended(), "the other one ended with it");
    });
}

#[test]
fn what_is_urgent_is_told_while_nobody_looks_and_no_markup_and_no_key_with_it() {
    story(async |desktop: &mut Desktop| {
        let notifications = Notifications::on(desktop.bus());
        let (_monitor, heard) = desktop.listen_to_bus();
        let display = desktop.display();
        write_config(desktop, &config());
        let _app = desktop.start(&["--hidden"]);
        until("it has looked once", || has_looked(&desktop.home())).await;
        write_config(desktop, &config().replace("\"github\"", &format!("\"{HOSTILE}\"")));
        let note = notifications.next();
        assert_eq!(note.summary, "Warder");
        assert!(!note.body.contains(['<', '>']), "{}", note.body);
        assert!(note.body.contains("&lt;b&gt;x&lt;/b&gt;&amp;&lt;a"), "{}", note.body);
        assert!(!notifications.has_more(), "one change, told twice");
        assert!(!display.shows_window(), "nobody asked for the window");

        notifications.click(&note);
        until("a click brings the window", || display.shows_window()).await;
        // The file grows until the monitor ends; what was told is in it.
        until("the bus was heard", || holds(&heard, "&lt;b&gt;x&lt;/b&gt;")).await;
        assert!(!holds(&heard, &token()), "the key crossed the bus");
    });
}

#[test]
fn nothing_is_told_to_who_wants_to_hear_nothing() {
    story(async |desktop: &mut Desktop| {
        desktop.settle(&json!({ "notify": false, "tray": true }));
        let notifications = Notifications::on(desktop.bus());
        let tray = Tray::on(desktop.bus());
        let _app = desktop.start(&["--hidden"]);
        let item = tray.next();
        until("it has looked once", || item.tooltip().contains("No MCP servers")).await;
        write_config(desktop, &config());
        until("the change is seen", || item.tooltip().contains("Score")).await;
        assert!(!notifications.has_more());
    });
}

#[test]
fn the_tray_says_how_things_are_and_opens_the_window() {
    story(async |desktop: &mut Desktop| {
        desktop.settle(&json!({ "tray": true }));
        let tray = Tray::on(desktop.bus());
        let display = desktop.display();
        write_config(desktop, &config());
        let app = desktop.start(&["--hidden"]);
        let item = tray.next();
        until("it says what is wrong", || item.tooltip().starts_with("Score")).await;
        assert_eq!(item.labels(), ["Open Warder", "Look again", "Pause watching", "Quit Warder"]);
        assert!(!display.shows_window());

        item.click("Pause watching");
        until("it says that it does not watch", || item.tooltip().ends_with("Watching is paused.")).await;
        let settings = fs::read_to_string(desktop.home().join(".warder/settings.json")).unwrap();
        assert!(settings.contains("\"watch\": false"), "{settings}");
        write_config(desktop, "{}");
        item.click("Look again");
        until("it looks when it is told to", || item.tooltip().starts_with("No MCP servers")).await;

        item.click("Open Warder");
        until("the window shows", || display.shows_window()).await;
        item.click("Quit Warder");
        until("Warder ends", || app.has_ended()).await;
        assert!(!item.is_there());
    });
}

#[test]
fn settings_count_at_once() {
    story(async |desktop: &mut Desktop| {
        let tray = Tray::on(desktop.bus());
        let screen = desktop.open().await;
        screen.find("[data-test=nav-overview]").await;
        let page = screen.ask(&json!({ "ask": "settings" })).await;
        let settings = page["with"]["settings"].clone();
        let settle = async |changes: serde_json::Value| {
            let mut settings = settings.clone();
            settings.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
            let answer = screen.ask(&json!({ "ask": "settle", "settings": settings })).await;
            assert_eq!(answer["answer"], "settings", "{answer}");
        };

        settle(json!({ "tray": true, "login": true, "theme": "dark" })).await;
        let item = tray.next();
        let entry = desktop.home().join(".config/autostart/warder.desktop");
        let text = fs::read_to_string(&entry).unwrap();
        assert!(text.contains("\"--hidden\""), "{text}");
        assert!(text.contains(desktop.home().to_str().unwrap()), "another home's entry starts that one: {text}");
        until_value(&screen, "matchMedia('(prefers-color-scheme: dark)').matches").await;

        settle(json!({ "tray": false, "login": false, "theme": "light" })).await;
        until("the icon goes", || !item.is_there()).await;
        assert!(!entry.exists());
        until_value(&screen, "matchMedia('(prefers-color-scheme: light)').matches").await;
        screen.close().await;
    });
}

#[test]
fn what_changed_while_it_was_hidden_shows_when_it_comes_back() {
    story(async |desktop: &mut Desktop| {
        desktop.settle(&json!({ "tray": true }));
        let tray = Tray::on(desktop.bus());
        let notifications = Notifications::on(desktop.bus());
        write_config(desktop, &config());
        let screen = desktop.open().await;
        let item = tray.next();
        screen.click("[data-test=nav-servers]").await;
        screen.find("[data-test=server-row][data-name=github]").await;
        close("it is hidden", &desktop.display(), || !desktop.display().shows_window()).await;
        write_config(desktop, &config().replace("\"github\"", "\"renamed\""));
        let note = notifications.next();
        assert!(note.body.contains("renamed"), "{}", note.body);
        item.click("Open Warder");
        screen.find("[data-test=server-row][data-name=renamed]").await;

        close("it is hidden", &desktop.display(), || !desktop.display().shows_window()).await;
        notifications.click(&note);
        screen.find("[data-test=nav-activity][aria-current=page]").await;
        screen.close().await;
    });
}

#[test]
fn nothing_bright_flashes_in_the_dark() {
    story(async |desktop: &mut Desktop| {
        desktop.settle(&json!({ "theme": "dark" }));
        let display = desktop.display();
        let _app = desktop.start(&[]);
        let mut seen = BTreeSet::new();
        // The column's own colour (`ui/src/styles/tokens.css`): then the page is there.
        until("the page shows", || {
            let colour = display.shows_window().then(|| display.corner()).flatten();
            seen.extend(colour);
            colour == Some([0x1b, 0x1e, 0x24])
        })
        .await;
        assert!(seen.iter().flatten().all(|channel| *channel < 0x60), "{seen:?}");
    });
}

#[test]
fn the_window_comes_back_where_it_stood() {
    story(async |desktop: &mut Desktop| {
        let display = desktop.display();
        let stood = (180, 90, 900, 620);
        let app = desktop.start(&[]);
        until("the window shows", || display.shows_window()).await;
        display.put_window(stood);
        until("it stands there", || display.rectangle() == Some(stood)).await;
        close("Warder ends", &display, || app.has_ended()).await;

        let app = desktop.start(&[]);
        until("it stands there again", || display.shows_window() && display.rectangle() == Some(stood)).await;
        close("Warder ends", &display, || app.has_ended()).await;

        let place = json!({ "x": 5_000, "y": 90, "width": 900, "height": 620, "maximised": false });
        fs::write(desktop.home().join(".warder/window.json"), place.to_string()).unwrap();
        let _app = desktop.start(&[]);
        let on_screen = || display.rectangle().is_some_and(|(x, _, width, _)| (0..1280).contains(&x) && width == 900);
        until("a place that is not on a screen is not taken", || display.shows_window() && on_screen()).await;
    });
}

/// Closes the window as a title bar would, until `holds` does. Toolkits drop a
/// knock that comes before they know that their window is on the screen.
async fn close(what: &str, display: &Display, mut holds: impl FnMut() -> bool) {
    let mut looks = 0;
    until(what, || {
        if looks % 50 == 0 && display.shows_window() {
            display.close_window();
        }
        looks += 1;
        holds()
    })
    .await;
}

/// Whether Warder has begun to compare this home with what was there before.
fn has_looked(home: &Path) -> bool {
    home.join(".warder/history.db").exists()
}

fn holds(file: &Path, text: &str) -> bool {
    let bytes = fs::read(file).unwrap();
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Waits until an expression of the page's script is true.
async fn until_value(screen: &crate::desktop::Screen, expression: &str) {
    let mut tick = tokio::time::interval(std::time::Duration::from_millis(50));
    for _ in 0..1_200 {
        if screen.value(expression).await == json!(true) {
            return;
        }
        tick.tick().await;
    }
    panic!("in vain: {expression}");
}
