//! Every kind of fix in the real window: looked at, done, and taken back, with
//! the bytes of all files compared. A kind that the core has and no table here
//! drives fails a test.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::json;
use warder_audit::finding::KINDS;

use super::fixes::{apply, files, open_sheet, put, undo};
use super::token;
use crate::desktop::{Desktop, ENTER, Screen, story};

/// A fix: where it is offered, and what its file says once it is done.
pub(super) struct Kind {
    /// The rule's id, and what narrows the list further.
    pub(super) rule: &'static str,
    pub(super) kind: &'static str,
    /// The file that changes, a text that is gone from it then, and one that is there. Empty: none.
    file: &'static str,
    gone: &'static str,
    there: &'static str,
}

pub(super) const CURSOR: &str = ".cursor/mcp.json";
pub(super) const SETTINGS: &str = ".claude/settings.json";
const CODE: &str = ".config/Code/User/mcp.json";
const WINDSURF: &str = ".codeium/windsurf/mcp_config.json";

const fn kind(
    rule: &'static str,
    kind: &'static str,
    file: &'static str,
    gone: &'static str,
    there: &'static str,
) -> Kind {
    Kind { rule, kind, file, gone, there }
}

pub(super) const KEYCHAIN: Kind = kind("secret-in-env", "keychain", CURSOR, "ghp_", "keychain:GITHUB_TOKEN");
pub(super) const SANDBOX: Kind = kind("unsandboxed-server", "sandbox", CURSOR, "", "warder-launch");

/// What changes words of an entry, or settings of a client.
const WORDS: &[Kind] = &[
    kind("known-vulnerability", "pin", CURSOR, "mcp-remote@0.1.15", "mcp-remote@"),
    kind("tls-verification-disabled", "verify", CURSOR, "NODE_TLS", ""),
    kind("cleartext-http", "encrypt", CURSOR, "http://weather", "https://weather"),
    kind("container-host-takeover", "fence", CURSOR, "--privileged", "mcp/playwright"),
    kind("elevated-launch", "lower", CURSOR, "sudo", "/opt/x.py"),
    kind("env-code-injection", "remove", CURSOR, "PYTHONPATH", ""),
    kind("shell-wrapper", "plain", CURSOR, "\"-c\", \"npx", "\"npx\", \"args\""),
    kind("download-and-execute", "off", CURSOR, "mcp.sh", ""),
    kind("unexpanded-variable", "spell", CURSOR, "\"${TICKETS_URL}\"", "\"${env:TICKETS_URL}\""),
    kind("local-http-exposure", "here", CURSOR, "0.0.0.0", "127.0.0.1"),
    kind("sensitive-path-access", "read-only", CURSOR, ":/root/.kube\"", ":/root/.kube:ro\""),
    kind("auto-approve-tools server:linear", "ask", SETTINGS, "create_issue", "get_page"),
    kind("auto-approve-tools server:docs", "ask-always", SETTINGS, "get_page", "create_issue"),
    kind("client-bypass-mode", "ask", SETTINGS, "bypassPermissions", ""),
];

/// Keys of servers elsewhere, of a password that is asked for openly and of an entry that is off; text that nobody
/// sees; a fence of the client's own.
const ELSEWHERE: &[Kind] = &[
    kind("secret-in-header", "keychain", CURSOR, "Bearer ghp_", "warder-relay"),
    kind("secret-in-url", "keychain", CURSOR, "?token=ghp_", "warder-relay"),
    kind("hidden-characters", "strip", CURSOR, "\\u200b", "mynotes"),
    kind("secret-in-env server:asked", "password", CODE, "", "\"password\""),
    kind("unsandboxed-server server:asked", "client-sandbox", CODE, "", "sandboxEnabled"),
    kind("stale-server", "take-out", WINDSURF, "tickets", ""),
];

/// What is found on the computer beside the configs: where a program is, what an installation ran.
const COMPUTER: &[Kind] = &[
    kind("missing-command", "absolute", CURSOR, "\"notes-mcp\"", "/.local/bin/notes-mcp\""),
    kind("install-script", "no-scripts", CURSOR, "", "\"npm_config_ignore_scripts\": \"true\""),
];

const PROTECT: Kind = kind("secret-file-permissions", "protect", CURSOR, "", "");
const NARROW: Kind = kind("broad-filesystem-root", "narrow", CURSOR, "", "/notes\"");

#[test]
fn every_kind_of_fix_is_driven() {
    let alone = [KEYCHAIN, SANDBOX, PROTECT, NARROW];
    let driven = WORDS.iter().chain(ELSEWHERE).chain(COMPUTER).chain(&alone);
    let mut driven: BTreeSet<&str> = driven.map(|kind| kind.kind).collect();
    // From the sheet that asks for an approval: a story of its own.
    driven.insert(super::back::KIND);
    assert_eq!(driven, KINDS.iter().copied().collect(), "a kind of fix that the core has needs a row here");
}

/// One after the other: its preview writes nothing, its file says what it should, and Undo brings every byte back.
async fn drive(screen: &Screen, home: &Path, kinds: &[Kind]) {
    for kind in kinds {
        let before = files(home);
        open_sheet(screen, kind).await;
        assert_eq!(files(home), before, "the preview of {} {} wrote something", kind.rule, kind.kind);
        done(screen, home, kind).await;
        undo(screen, home, &before, kind.rule).await;
    }
}

/// Says yes to what is shown.
async fn done(screen: &Screen, home: &Path, Kind { rule, kind, file, gone, there }: &Kind) {
    let before = fs::read_to_string(home.join(file)).unwrap();
    apply(screen).await;
    let after = fs::read_to_string(home.join(file)).unwrap();
    assert_ne!(before, after, "{rule} {kind} changed nothing");
    assert!(gone.is_empty() || before.contains(gone) && !after.contains(gone), "{rule} {kind}: {after}");
    assert!(after.contains(there), "{rule} {kind}: {after}");
}

/// Hand-written: tabs, Windows line ends, no last newline.
fn cursor(home: &Path) -> String {
    let kube = format!("{}:/root/.kube", home.join(".kube").display());
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
        "\t\t\"local\": { \"command\": \"/usr/bin/python3\", \"args\": [\"/usr/share/x.py\"], \"env\": { \"PYTHONPATH\": \"/tmp/x\" } },",
        "\t\t\"tickets\": { \"command\": \"/opt/tickets-mcp\", \"env\": { \"TICKETS_URL\": \"${TICKETS_URL}\" } },",
        "\t\t\"board\": { \"command\": \"/opt/board-mcp\", \"args\": [\"--transport\", \"http\", \"--host\", \"0.0.0.0\"] },",
        &format!(
            "\t\t\"kube\": {{ \"command\": \"docker\", \"args\": [\"run\", \"-i\", \"--rm\", \"-v\", \"{kube}\", \"example/kubernetes-mcp:1.0.0\"] }}"
        ),
        "\t}",
        "}",
    ]
    .join("\r\n")
}

#[test]
fn words_and_settings_are_changed_and_brought_back() {
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        put(&home, CURSOR, &cursor(&home));
        let remote = |host: &str| json!({ "type": "http", "url": format!("https://{host}/mcp") });
        let servers = json!({ "linear": remote("mcp.linear.app"), "docs": remote("docs.example.com") });
        put(&home, ".claude.json", &json!({ "mcpServers": servers }).to_string());
        let allow =
            ["mcp__linear__create_issue", "mcp__linear__list_issues", "mcp__docs__get_page", "mcp__docs__search_pages"];
        let allowed = json!({ "permissions": { "allow": allow, "defaultMode": "bypassPermissions" } });
        put(&home, SETTINGS, &allowed.to_string());
        let screen = desktop.open().await;
        drive(&screen, &home, WORDS).await;
        screen.close().await;
    });
}

#[test]
fn keys_elsewhere_and_what_nobody_sees_go_and_come_back() {
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        let token = token();
        put(
            &home,
            CURSOR,
            &format!(
                "{{ \"mcpServers\": {{\n  \"head\": {{ \"url\": \"https://a.example.com/mcp\", \"headers\": {{ \"Authorization\": \"Bearer {token}\" }} }},\n  \
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
        drive(&screen, &home, ELSEWHERE).await;
        screen.close().await;
    });
}

#[test]
fn what_is_found_on_the_computer_is_written_down_and_taken_back() {
    const MEMORY: &str = "@modelcontextprotocol/server-memory";
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        // Not on the path that a client starts its servers with.
        put(&home, ".local/bin/notes-mcp", "#!/bin/sh\nexec cat\n");
        fs::set_permissions(home.join(".local/bin/notes-mcp"), fs::Permissions::from_mode(0o755)).unwrap();
        // As npx leaves it, in the folder that npm 11 names so.
        let cached = ".npm/_npx/15b07286cbcc3329";
        let asked = json!({ "dependencies": {}, "_npx": { "packages": [MEMORY] } });
        put(&home, &format!("{cached}/package.json"), &asked.to_string());
        let parts = json!({
            (format!("node_modules/{MEMORY}")): { "version": "2026.8.31", "license": "MIT" },
            "node_modules/notes-native": { "version": "1.0.0", "hasInstallScript": true },
        });
        let lock = json!({ "lockfileVersion": 3, "packages": parts });
        put(&home, &format!("{cached}/node_modules/.package-lock.json"), &lock.to_string());
        put(&home, &format!("{cached}/node_modules/{MEMORY}/package.json"), "{}");
        let text = format!(
            "{{\n  \"mcpServers\": {{\n    \"notes\": {{ \"command\": \"notes-mcp\" }},\n    \"memory\": {{\n      \
             \"command\": \"npx\",\n      \"args\": [\"-y\", \"{MEMORY}@2026.8.31\"],\n      \"env\": {{\n        \
             \"LEVEL\": \"2\"\n      }}\n    }}\n  }}\n}}\n"
        );
        put(&home, CURSOR, &text);
        let screen = desktop.open().await;
        drive(&screen, &home, COMPUTER).await;
        screen.close().await;
    });
}

#[test]
fn a_file_that_others_read_is_closed_to_them_and_opened_again() {
    story(async |desktop: &mut Desktop| {
        let home = desktop.home();
        let path = super::write_config(desktop, &super::config());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let screen = desktop.open().await;
        let before = files(&home);
        open_sheet(&screen, &PROTECT).await;
        apply(&screen).await;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_to_string(&path).unwrap(), super::config());
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
        open_sheet(&screen, &NARROW).await;
        // As one writes a folder of one's own.
        screen.fill("[data-test=sheet] input[type=text]", &format!("~/notes{ENTER}")).await;
        done(&screen, &home, &NARROW).await;
        let notes =
            format!("[\"-y\",\"@modelcontextprotocol/server-filesystem@2026.8.31\",{}]", json!(home.join("notes")));
        assert!(fs::read_to_string(home.join(CURSOR)).unwrap().contains(&notes));
        undo(&screen, &home, &before, "the folders").await;
        screen.close().await;
    });
}
