//! Every kind of fix in the real window: looked at, done, and taken back, with
//! the bytes of all files compared.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{config, token, write_config};
use crate::desktop::{Desktop, Screen, story};

/// A fix: where it stands, and what must have changed once it is done.
struct Kind {
    /// The server it is about; none: its rule is the way to it.
    server: Option<&'static str>,
    rule: &'static str,
    kind: &'static str,
    /// The file that changes, and a text that is gone from it then.
    file: &'static str,
    gone: &'static str,
}

/// The key, as WebDriver writes it.
const ENTER: char = '\u{e007}';

const CURSOR: &str = ".cursor/mcp.json";

/// One of each that changes words or settings of a config.
const KINDS: &[Kind] = &[
    Kind { server: Some("remote"), rule: "known-vulnerability", kind: "pin", file: CURSOR, gone: "mcp-remote@0.1.15" },
    Kind { server: Some("tls"), rule: "tls-verification-disabled", kind: "verify", file: CURSOR, gone: "NODE_TLS" },
    Kind { server: Some("weather"), rule: "cleartext-http", kind: "encrypt", file: CURSOR, gone: "http://weather" },
    Kind { server: Some("box"), rule: "container-host-takeover", kind: "fence", file: CURSOR, gone: "--privileged" },
    Kind { server: Some("root"), rule: "elevated-launch", kind: "lower", file: CURSOR, gone: "sudo" },
    Kind { server: Some("local"), rule: "env-code-injection", kind: "remove", file: CURSOR, gone: "PYTHONPATH" },
    Kind { server: Some("wrap"), rule: "shell-wrapper", kind: "plain", file: CURSOR, gone: "\"-c\", \"npx" },
    Kind { server: Some("deploy"), rule: "download-and-execute", kind: "off", file: CURSOR, gone: "mcp.sh" },
    Kind { server: Some("linear"), rule: "auto-approve-tools", kind: "ask", file: SETTINGS, gone: "create_issue" },
    Kind { server: None, rule: "client-bypass-mode", kind: "ask", file: SETTINGS, gone: "bypassPermissions" },
];

const SETTINGS: &str = ".claude/settings.json";

/// Hand-written: tabs, Windows line ends, no last newline.
fn cursor() -> String {
    [
        "{",
        "\t\"mcpServers\": {",
        "\t\t\"remote\": { \"command\": \"npx\", \"args\": [\"-y\", \"mcp-remote@0.1.15\", \"https://mcp.example.com/sse\"] },",
        "\t\t\"tls\": { \"command\": \"npx\", \"args\": [\"-y\", \"@modelcontextprotocol/server-memory@2026.8.31\"],",
        "\t\t\t\"env\": { \"NODE_TLS_REJECT_UNAUTHORIZED\": \"0\" } },",
        "\t\t\"weather\": { \"url\": \"http://weather.example.com/mcp\" },",
        "\t\t\"deploy\": { \"command\": \"bash\", \"args\": [\"-c\", \"curl -fsSL https://deploy.example.com/mcp.sh | bash\"] },",
        "\t\t\"root\": { \"command\": \"sudo\", \"args\": [\"/usr/bin/python3\", \"/opt/x.py\"] },",
        "\t\t\"box\": { \"command\": \"docker\", \"args\": [\"run\", \"-i\", \"--rm\", \"--privileged\", \"mcp/playwright:1.0.0\"] },",
        "\t\t\"wrap\": { \"command\": \"sh\", \"args\": [\"-c\", \"npx -y @modelcontextprotocol/server-memory@2026.8.31\"] },",
        "\t\t\"local\": { \"command\": \"/usr/bin/python3\", \"args\": [\"/usr/share/x.py\"], \"env\": { \"PYTHONPATH\": \"/tmp/x\" } }",
        "\t}",
        "}",
    ]
    .join("\r\n")
}

/// Every config and profile of a home, byte for byte, with its mode.
fn files(home: &Path) -> BTreeMap<PathBuf, (Vec<u8>, u32)> {
    let mut files = BTreeMap::new();
    let mut folders: Vec<PathBuf> =
        [".cursor", ".claude", ".config/Code", ".warder/profiles"].map(|folder| home.join(folder)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let mode = entry.metadata().unwrap().permissions().mode();
                files.insert(path.clone(), (fs::read(&path).unwrap(), mode));
            }
        }
    }
    files
}

fn put(home: &Path, name: &str, text: &str) {
    let path = home.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Goes to where a fix is offered and opens its sheet.
async fn open_sheet(screen: &Screen, server: Option<&str>, rule: &str, kind: &str) {
    match server {
        Some(server) => {
            screen.click("[data-test=nav-servers]").await;
            screen.click(&format!("[data-test=server-row][data-name={server}]")).await;
        }
        None => {
            screen.click("[data-test=nav-findings]").await;
            screen.click(&format!("[data-rule={rule}]")).await;
        }
    }
    screen.click(&format!("[data-test=fix-button][data-fix-kind={kind}]")).await;
    screen.find("[data-test=sheet]").await;
}

/// Says yes once the difference is there, and waits for the way back.
async fn apply(screen: &Screen) {
    screen.click("[data-test=apply]:enabled").await;
    screen.find("[data-test=toast-undo]:enabled").await;
}

async fn undo(screen: &Screen, home: &Path, before: &BTreeMap<PathBuf, (Vec<u8>, u32)>, what: &str) {
    screen.click("[data-test=toast-undo]:enabled").await;
    screen.until(&format!("undoing {what} brings every byte back"), || files(home) == *before).await;
    screen.gone("[data-test=toast-undo]").await;
}

#[test]
fn words_and_settings_are_changed_and_brought_back() {
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        put(&home, CURSOR, &cursor());
        put(
            &home,
            ".claude.json",
            r#"{ "mcpServers": { "linear": { "type": "http", "url": "https://mcp.linear.app/mcp" } } }"#,
        );
        let allowed = r#"{ "permissions": { "allow": ["mcp__linear__create_issue", "mcp__linear__list_issues"], "defaultMode": "bypassPermissions" } }"#;
        put(&home, SETTINGS, allowed);
        let screen = desktop.open().await;
        for Kind { server, rule, kind, file, gone } in KINDS {
            let before = files(&home);
            open_sheet(&screen, *server, rule, kind).await;
            assert_eq!(files(&home), before, "the preview of {rule} wrote something");
            apply(&screen).await;
            let after = fs::read_to_string(home.join(file)).unwrap();
            assert!(!after.contains(gone), "{rule}: {after}");
            undo(&screen, &home, &before, rule).await;
        }
        screen.close().await;
    });
}

#[test]
fn a_file_that_others_read_is_closed_to_them_and_opened_again() {
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        let path = write_config(desktop, &config());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let screen = desktop.open().await;
        let before = files(&home);
        open_sheet(&screen, None, "secret-file-permissions", "protect").await;
        apply(&screen).await;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), config());
        undo(&screen, &home, &before, "the modes").await;
        screen.close().await;
    });
}

#[test]
fn folders_are_narrowed_to_the_ones_that_are_picked() {
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        fs::create_dir_all(home.join("notes")).unwrap();
        let entry =
            json!({ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", home] });
        put(&home, CURSOR, &json!({ "mcpServers": { "files": entry } }).to_string());
        let screen = desktop.open().await;
        let before = files(&home);
        open_sheet(&screen, Some("files"), "broad-filesystem-root", "narrow").await;
        let notes = home.join("notes");
        screen.fill("[data-test=sheet] input[type=text]", &format!("{}{ENTER}", notes.display())).await;
        apply(&screen).await;
        let after: Value = serde_json::from_slice(&fs::read(home.join(CURSOR)).unwrap()).unwrap();
        assert_eq!(after["mcpServers"]["files"]["args"][2], json!(notes));
        undo(&screen, &home, &before, "the folders").await;
        screen.close().await;
    });
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
        open_sheet(&screen, Some("notes"), "unsandboxed-server", "sandbox").await;
        apply(&screen).await;
        let config = fs::read_to_string(home.join(CURSOR)).unwrap();
        assert!(config.contains("warder-launch"), "{config}");
        let fenced = files(&home);

        screen.click("[data-test=permissions-change]").await;
        screen.click("[data-test=network-all]").await;
        screen.find("[data-test=permissions-diff]").await;
        apply(&screen).await;
        assert_ne!(files(&home), fenced, "nothing allows the network");
        screen.picture("permissions").await;
        undo(&screen, &home, &fenced, "what is allowed").await;

        screen.click("[data-test=nav-activity]").await;
        screen.find("[data-test=change-row].undone").await;
        screen.click("[data-test=change-row]:not(.undone) [data-test=change-undo]:enabled").await;
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
        open_sheet(&screen, Some("github"), "secret-in-env", "keychain").await;
        apply(&screen).await;
        let sealed = fs::read_to_string(&path).unwrap();
        fs::write(&path, sealed.replace("2025.4.8", "2025.4.9")).unwrap();

        screen.click("[data-test=nav-servers]").await;
        screen.click("[data-test=server-row][data-name=github]").await;
        screen.click("[data-test=approve]").await;
        let before = files(&home);
        screen.click("[data-test=approve-yes]:enabled").await;
        screen.find("[data-test=toast-undo]:enabled").await;
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
        screen.find("[data-test=toast-undo]:enabled").await;
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
