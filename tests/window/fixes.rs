//! What is done about findings in the real window, and taken back, with the bytes
//! of all files compared. The kinds of fixes stand in `kinds.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::kinds::{CURSOR, KEYCHAIN, Kind, SANDBOX, SETTINGS};
use super::{config, token, write_config};
use crate::desktop::{Desktop, Screen, story};

/// Every config and profile of a home, byte for byte, with its mode.
pub(super) fn files(home: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32)> {
    let mut files = BTreeMap::new();
    let mut folders: Vec<PathBuf> =
        [".cursor", ".claude", ".config/Code", ".codeium", ".warder/profiles"].map(|folder| home.join(folder)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                // What Warder writes beside a config is gone in a moment.
                let (Ok(found), Ok(bytes)) = (entry.metadata(), fs::read(&path)) else { continue };
                files.insert(path, (bytes, found.permissions().mode()));
            }
        }
    }
    files
}

pub(super) fn put(home: &Path, name: &str, text: &str) {
    let path = home.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Goes to where a fix is offered and opens its sheet. What stands behind the rule's id narrows the list further.
pub(super) async fn open_sheet(screen: &Screen, Kind { rule, kind, .. }: &Kind) {
    screen.click("[data-test=nav-findings]").await;
    // Only those that something can be done about with a click.
    screen.fill("[data-test=filter]", &format!("rule:{rule} fix:safe,review")).await;
    screen.click(&format!("[data-rule={}]", rule.split(' ').next().unwrap())).await;
    screen.click(&format!("[data-test=fix-button][data-fix-kind={kind}]")).await;
    screen.find("[data-test=sheet]").await;
}

/// Says yes once the difference is there, and waits for the way back.
pub(super) async fn apply(screen: &Screen) {
    // That of an earlier change goes by itself.
    screen.gone("[data-test=toast-undo]").await;
    screen.click("[data-test=apply]:enabled").await;
    // What has the focus stays.
    screen.focus("[data-test=toast-undo]:enabled").await;
}

pub(super) async fn undo(screen: &Screen, home: &Path, before: &BTreeMap<PathBuf, (Vec<u8>, u32)>, what: &str) {
    screen.click("[data-test=toast-undo]:enabled").await;
    screen.until(&format!("undoing {what} brings every byte back"), || files(home) == *before).await;
    screen.gone("[data-test=toast-undo]").await;
}

#[test]
fn a_fence_is_put_up_changed_and_taken_down() {
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        put(&home, "servers/notes.py", "import sys\nfor line in sys.stdin:\n    pass\n");
        let script = home.join("servers/notes.py");
        let entry = json!({ "command": "/usr/bin/python3", "args": [script] });
        put(&home, CURSOR, &json!({ "mcpServers": { "notes": entry } }).to_string());
        let screen = desktop.open().await;
        let bare = files(&home);
        open_sheet(&screen, &SANDBOX).await;
        apply(&screen).await;
        let config = fs::read_to_string(home.join(CURSOR)).unwrap();
        assert!(config.contains("warder-launch"), "{config}");
        let fenced = files(&home);

        screen.click("[data-test=nav-servers]").await;
        screen.click("[data-test=server-row][data-name=notes]").await;
        screen.click("[data-test=permissions-change]").await;
        screen.click("[data-test=network-all]").await;
        screen.find("[data-test=permissions-diff]").await;
        apply(&screen).await;
        assert_ne!(files(&home), fenced, "nothing allows the network");
        screen.picture("permissions").await;
        undo(&screen, &home, &fenced, "what is allowed").await;

        screen.click("[data-test=nav-activity]").await;
        screen.find("[data-test=change-row].undone").await;
        screen.press("[data-test=change-row]:not(.undone) [data-test=change-undo]:enabled").await;
        screen.until("the fence is gone", || configs(&files(&home)) == configs(&bare)).await;
        screen.close().await;
    });
}

/// Without what Warder keeps for itself.
fn configs(files: &BTreeMap<PathBuf, (Vec<u8>, u32)>) -> BTreeMap<&PathBuf, &(Vec<u8>, u32)> {
    files.iter().filter(|(path, _)| !path.to_string_lossy().contains("/.warder/")).collect()
}

#[test]
fn an_entry_that_changed_is_approved_and_that_is_taken_back() {
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        let path = write_config(desktop, &config());
        let screen = desktop.open().await;
        open_sheet(&screen, &KEYCHAIN).await;
        apply(&screen).await;
        let sealed = fs::read_to_string(&path).unwrap();
        fs::write(&path, sealed.replace("2025.4.8", "2025.4.9")).unwrap();

        screen.click("[data-test=nav-servers]").await;
        screen.click("[data-test=server-row][data-name=github]").await;
        screen.click("[data-test=approve]").await;
        let before = files(&home);
        screen.gone("[data-test=toast-undo]").await;
        screen.click("[data-test=approve-yes]:enabled").await;
        screen.focus("[data-test=toast-undo]:enabled").await;
        screen.picture("approved").await;
        assert_ne!(files(&home), before, "nothing was approved");
        undo(&screen, &home, &before, "the approval").await;
        screen.close().await;
    });
}

#[test]
fn a_finding_is_lived_with_and_counted_again() {
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        write_config(desktop, &config());
        let screen = desktop.open().await;
        let before = files(&home);
        screen.click("[data-test=nav-findings]").await;
        screen.click("[data-rule=secret-in-env]").await;
        screen.click("[data-test=accept-open]").await;
        screen.click("[data-test=accept-yes]").await;
        // It stays in sight, for who asks for it.
        screen.gone("[data-test=finding-row][data-rule=secret-in-env]").await;
        screen.fill("[data-test=filter]", "is:accepted").await;
        screen.click("[data-rule=secret-in-env]").await;
        screen.picture("accepted").await;
        screen.click("[data-test=withdraw]").await;
        screen.gone("[data-test=withdraw]").await;
        let report = screen.ask(&json!({ "ask": "scan" })).await;
        let findings = report["with"]["findings"].as_array().unwrap();
        assert!(findings.iter().all(|finding| finding["accepted"].is_null()), "it is lived with all the same");
        assert_eq!(configs(&files(&home)), configs(&before), "living with it changed a config");
        screen.close().await;
    });
}

#[test]
fn all_safe_fixes_are_done_together_and_taken_back_together() {
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        let path = write_config(desktop, &config());
        let allowed = r#"{ "permissions": { "defaultMode": "bypassPermissions" } }"#;
        put(&home, SETTINGS, allowed);
        let screen = desktop.open().await;
        let before = files(&home);
        screen.click("[data-test=safe-all]").await;
        screen.find("[data-test=safe-row]").await;
        screen.picture("safe").await;
        assert!(!screen.html().await.contains(&token()), "the sheet holds the key");
        assert_eq!(files(&home), before, "the preview wrote something");
        screen.click("[data-test=safe-apply]:enabled").await;
        screen.focus("[data-test=toast-undo]:enabled").await;
        assert!(!fs::read_to_string(&path).unwrap().contains(&token()));
        assert!(!fs::read_to_string(home.join(SETTINGS)).unwrap().contains("bypassPermissions"));
        screen.click("[data-test=toast-undo]:enabled").await;
        screen.until("one Undo brings all bytes back", || configs(&files(&home)) == configs(&before)).await;
        screen.close().await;
    });
}

#[test]
fn a_report_is_saved_for_its_owner_alone() {
    story(async |desktop: &mut Desktop| {
        write_config(desktop, &config());
        let target = desktop.home().join("report.html");
        let screen = desktop.open().await;
        screen.click("[data-test=export-open]").await;
        screen.click("[data-test=export-html]").await;
        screen.fill("[data-test=export-path]", target.to_str().unwrap()).await;
        screen.click("[data-test=export-save]").await;
        screen.find("[data-test=export-saved]").await;
        let report = fs::read_to_string(&target).unwrap();
        assert!(report.contains("GITHUB_TOKEN") && !report.contains(&token()));
        assert_eq!(fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
        screen.close().await;
    });
}
