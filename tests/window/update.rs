//! A newer version of an installed package: what its registry serves, looked at,
//! taken, and taken back. The registry is the test's own; npm is the real one.

use serde_json::json;

use super::fixes::{apply, files, open_sheet, put, undo};
use super::kinds::{CURSOR, SANDBOX};
use super::registry::Registry;
use crate::desktop::{Desktop, story};

const NAME: &str = "tiny-server-for-tests";

fn publish(registry: &Registry, version: &str) {
    let files = [("server.js", "#!/usr/bin/env node\nprocess.stdin.resume()")];
    registry.publish(NAME, version, json!({ "bin": { NAME: "server.js" } }), &files);
}

#[test]
fn a_newer_version_is_looked_at_taken_and_taken_back() {
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        let registry = Registry::new(&home.join("registry"));
        publish(&registry, "1.0.0");
        put(&home, ".npmrc", &format!("registry={}\n", registry.base));
        let entry = json!({ "command": "npx", "args": ["-y", NAME] });
        put(&home, CURSOR, &json!({ "mcpServers": { "tiny": entry } }).to_string());
        let screen = desktop.open().await;
        open_sheet(&screen, &SANDBOX).await;
        apply(&screen).await;
        publish(&registry, "1.1.0");

        screen.click("[data-test=nav-servers]").await;
        screen.click("[data-test=server-row][data-name=tiny]").await;
        let before = files(&home);
        screen.click("[data-test=newer]").await;
        screen.find("[data-test=update-diff]").await;
        screen.text("1.1.0").await;
        screen.picture("update").await;
        assert_eq!(files(&home), before, "looking at it changed something");
        screen.gone("[data-test=toast-undo]").await;
        screen.click("[data-test=update-yes]:enabled").await;
        screen.focus("[data-test=toast-undo]:enabled").await;
        let after = files(&home);
        let runs = |version: &str| {
            let says = format!("\"version\": \"{version}\"");
            after.values().any(|(bytes, _)| String::from_utf8_lossy(bytes).contains(&says))
        };
        assert!(runs("1.1.0") && !runs("1.0.0"), "its profile names another version");
        undo(&screen, &home, &before, "the update").await;
        screen.close().await;
    });
}
