//! Every view of the real window is opened, by its entry in the column.

use serde_json::json;

use super::{config, token, write_config};
use crate::desktop::{Desktop, story};

/// Each view, and what stands in it alone.
pub(super) const VIEWS: &[(&str, &str)] = &[
    ("overview", "[data-test=look-again]"),
    ("findings", "[data-test=finding-row]"),
    ("servers", "[data-test=server-row]"),
    ("secrets", "[data-test=credential-row]"),
    ("activity", "[data-test=whose-all]"),
    ("settings", "[data-test=setting-theme]"),
];

#[test]
fn every_view_opens_and_none_is_left_out() {
    story(async |desktop: &mut Desktop| {
        write_config(desktop, &config());
        let screen = desktop.open().await;
        screen.find("[data-test=nav-overview]").await;
        let entries = "[...document.querySelectorAll('[data-test^=nav-]')].map((entry) => entry.dataset.test.slice(4))";
        let views: Vec<&str> = VIEWS.iter().map(|(view, _)| *view).collect();
        assert_eq!(screen.value(entries).await, json!(views), "a view of the window needs a row here");
        for (view, own) in VIEWS {
            screen.click(&format!("[data-test=nav-{view}]")).await;
            screen.find(&format!("[data-test=nav-{view}][aria-current=page]")).await;
            screen.find(own).await;
            assert!(!screen.html().await.contains(&token()), "{view} holds the key");
            for (_, other) in VIEWS.iter().filter(|(other, _)| other != view) {
                screen.gone(other).await;
            }
        }
        screen.close().await;
    });
}
