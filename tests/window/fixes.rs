//! Every kind of fix in the real window: looked at, done, and taken back, with
//! the bytes of all files compared.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{config, token, write_config};
use crate::desktop::{Desktop, ENTER, Screen, story};

/// A fix: where it stands, and what must have changed once it is done.
struct Kind {
    rule: &'static str,
    kind: &'static str,
    /// The file that changes, and a text that is gone from it then.
    file: &'static str,
    gone: &'static str,
}

const CURSOR: &str = ".cursor/mcp.json";

/// One of each that changes words or settings of a config.
const KINDS: &[Kind] = &[
    Kind { rule: "known-vulnerability", kind: "pin", file: CURSOR, gone: "mcp-remote@0.1.15" },
    Kind { rule: "tls-verification-disabled", kind: "verify", file: CURSOR, gone: "NODE_TLS" },
    Kind { rule: "cleartext-http", kind: "encrypt", file: CURSOR, gone: "http://weather" },
    Kind { rule: "container-host-takeover", kind: "fence", file: CURSOR, gone: "--privileged" },
    Kind { rule: "elevated-launch", kind: "lower", file: CURSOR, gone: "sudo" },
    Kind { rule: "env-code-injection", kind: "remove", file: CURSOR, gone: "PYTHONPATH" },
    Kind { rule: "shell-wrapper", kind: "plain", file: CURSOR, gone: "\"-c\", \"npx" },
    Kind { rule: "download-and-execute", kind: "off", file: CURSOR, gone: "mcp.sh" },
    Kind { rule: "auto-approve-tools", kind: "ask", file: SETTINGS, gone: "create_issue" },
    Kind { rule: "client-bypass-mode", kind: "ask", file: SETTINGS, gone: "bypassPermissions" },
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

fn put(home: &Path, name: &str, text: &str) {
    let path = home.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// Goes to where a fix is offered and opens its sheet. What stands behind the rule's id narrows the list further.
async fn open_sheet(screen: &Screen, rule: &str, kind: &str) {
    screen.click("[data-test=nav-findings]").await;
    // Only those that something can be done about with a click.
    screen.fill("[data-test=filter]", &format!("rule:{rule} fix:safe,review")).await;
    screen.click(&format!("[data-rule={}]", rule.split(' ').next().unwrap())).await;
    screen.click(&format!("[data-test=fix-button][data-fix-kind={kind}]")).await;
    screen.find("[data-test=sheet]").await;
}

/// Says yes once the difference is there, and waits for the way back.
async fn apply(screen: &Screen) {
    // That of an earlier change goes by itself.
    screen.gone("[data-test=toast-undo]").await;
    screen.click("[data-test=apply]:enabled").await;
    // What has the focus stays.
    screen.focus("[data-test=toast-undo]:enabled").await;
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
        for Kind { rule, kind, file, gone } in KINDS {
            let before = files(&home);
            open_sheet(&screen, rule, kind).await;
            assert_eq!(files(&home), before, "the preview of {rule} wrote something");
            apply(&screen).await;
            let after = fs::read_to_string(home.join(file)).unwrap();
            assert!(!after.contains(gone), "{rule}: {after}");
            undo(&screen, &home, &before, rule).await;
        }
        screen.close().await;
    });
}

/// Keys of servers elsewhere, of a password that is asked for openly and of an entry that is off; text that nobody
/// sees; a fence of the client's own: by rule, kind, file, and what is gone and there then.
#[test]
fn keys_elsewhere_and_what_nobody_sees_go_and_come_back() {
    const CODE: &str = ".config/Code/User/mcp.json";
    const WINDSURF: &str = ".codeium/windsurf/mcp_config.json";
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        let (token, bearer, asked_with) = (token(), format!("Bearer {}", token()), format!("?token={}", token()));
        put(
            &home,
            CURSOR,
            &format!(
                "{{ \"mcpServers\": {{\n  \"head\": {{ \"url\": \"https://a.example.com/mcp\", \"headers\": {{ \"Authorization\": \"{bearer}\" }} }},\n  \
                 \"query\": {{ \"url\": \"https://b.example.com/mcp?token={token}\" }},\n  \
                 \"hidden\": {{ \"command\": \"/opt/some-mcp\", \"args\": [\"--title\", \"my\\u200bnotes\"] }}\n}} }}"
            ),
        );
        let inputs = json!([{ "type": "promptString", "id": "api-key", "description": "API key" }]);
        let asked = json!({ "command": "node", "args": ["/srv/server.js"], "env": { "API_KEY": "${input:api-key}" } });
        put(&home, CODE, &json!({ "inputs": inputs, "servers": { "asked": asked } }).to_string());
        let off = json!({ "command": "/opt/tickets", "env": { "GITHUB_TOKEN": token }, "disabled": true });
        put(&home, WINDSURF, &json!({ "mcpServers": { "off": off } }).to_string());
        let screen = desktop.open().await;
        for (rule, kind, file, gone, there) in [
            ("secret-in-header", "keychain", CURSOR, bearer.as_str(), "warder-relay"),
            ("secret-in-url", "keychain", CURSOR, asked_with.as_str(), "warder-relay"),
            ("hidden-characters", "strip", CURSOR, "\\u200b", "mynotes"),
            ("secret-in-env server:asked", "password", CODE, "", "\"password\""),
            ("unsandboxed-server server:asked", "client-sandbox", CODE, "", "sandboxEnabled"),
            ("stale-server", "take-out", WINDSURF, "tickets", ""),
        ] {
            let before = files(&home);
            open_sheet(&screen, rule, kind).await;
            assert_eq!(files(&home), before, "the preview of {rule} wrote something");
            apply(&screen).await;
            let after = fs::read_to_string(home.join(file)).unwrap();
            assert!(gone.is_empty() || !after.contains(gone), "{rule}: {after}");
            assert!(after.contains(there) && after.as_bytes() != before[&home.join(file)].0, "{rule}: {after}");
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
        open_sheet(&screen, "secret-file-permissions", "protect").await;
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
        open_sheet(&screen, "broad-filesystem-root", "narrow").await;
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
        open_sheet(&screen, "unsandboxed-server", "sandbox").await;
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
        open_sheet(&screen, "secret-in-env", "keychain").await;
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
