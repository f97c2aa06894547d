//! Clients that run: those that write their own copy of a file back, and those
//! that take a lock for it. An undo waits for them as a fix does.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::time::{Duration, SystemTime};

use homes::{Home, Running, entry, file, fix, key_moved, read, refusal};
use serde_json::{Value, json};
use warder_audit::api::Code;
use warder_audit::session::Session;

const DESKTOP: &str = ".config/Claude/claude_desktop_config.json";
const CLINE: &str = ".cline/data/settings/cline_mcp_settings.json";

#[test]
fn claude_codes_own_file_waits_until_its_sessions_end() {
    let home = Home::empty();
    home.write(".claude.json", &file("mcpServers"));
    let mut session = home.session();
    let running = Running::named(&home, "claude", &home.root());
    let (code, text) = refusal(&mut session);
    assert_eq!(code, Code::ClientRuns);
    assert!(text.contains("Claude Code is running") && text.contains("every session"), "{text}");
    drop(running);
    // The same as a script of Node's.
    home.write("lib/claude-code/cli.js", "process.stdin.resume()");
    let script = home.path("lib/claude-code/cli.js");
    let mut node = std::process::Command::new("node");
    let node = node.arg(script).env("HOME", home.root()).stdin(std::process::Stdio::piped());
    let mut node = node.spawn().unwrap();
    assert_eq!(refusal(&mut session).0, Code::ClientRuns);
    node.kill().unwrap();
    node.wait().unwrap();
    assert_eq!(home.read(".claude.json"), file("mcpServers"));
    let change = key_moved(&mut session);
    let running = Running::named(&home, "claude", &home.root());
    assert_eq!(session.undo(&change).unwrap_err().code, Code::ClientRuns);
    drop(running);
    session.undo(&change).unwrap();
    assert_eq!(home.read(".claude.json"), file("mcpServers"));
}

#[test]
fn a_change_of_claude_desktop_is_looked_at_again_after_its_next_start() {
    let home = Home::empty();
    home.write(DESKTOP, &file("mcpServers"));
    let mut session = home.session();
    let change = key_moved(&mut session);
    let changed = home.read(DESKTOP);
    let note = |session: &mut Session| session.log().unwrap()[0].note.clone().unwrap_or_default();
    assert!(note(&mut session).contains("Not confirmed yet"));
    // It ran with the copy it had.
    home.write(DESKTOP, &file("mcpServers"));
    assert!(note(&mut session).contains("put its old copy back"), "{}", note(&mut session));
    assert!(fix(&mut session, "keychain").is_some(), "offered again");
    home.write(DESKTOP, "{\"preferences\":{}}");
    assert!(note(&mut session).contains("not in the file any more"));
    assert!(!note(&mut session).contains("ghp_"));
    // It ran with the new one and wrote it in its own way.
    let value: Value = serde_json::from_str(&changed).unwrap();
    home.write(DESKTOP, &serde_json::to_string_pretty(&value).unwrap());
    assert_eq!(note(&mut session), "");
    home.write(DESKTOP, &changed);
    assert_eq!(note(&mut session), "", "confirmed once is enough");
    session.undo(&change).unwrap();
    assert_eq!(note(&mut session), "");
}

#[test]
fn a_running_claude_desktop_with_the_changed_entry_confirms_it() {
    let home = Home::empty();
    home.write(DESKTOP, &file("mcpServers"));
    let mut session = home.session();
    key_moved(&mut session);
    let running = Running::named(&home, "claude-desktop", &home.root());
    assert_eq!(session.log().unwrap()[0].note, None);
    drop(running);
    assert_eq!(session.log().unwrap()[0].note, None);
}

#[test]
fn what_claude_desktop_put_back_can_still_be_undone() {
    let home = Home::empty();
    home.write(DESKTOP, &file("mcpServers"));
    let mut session = home.session();
    let change = key_moved(&mut session);
    home.write(DESKTOP, &format!("{}\n", file("mcpServers")));
    session.undo(&change).unwrap();
    assert_eq!(home.read(DESKTOP), format!("{}\n", file("mcpServers")), "nothing to write");
    assert!(home.profiles().is_empty());
}

#[test]
fn clines_lock_is_taken_and_given_back() {
    let home = Home::empty();
    let nested = json!({ "mcpServers": { "x": {
        "transport": { "type": "stdio", "command": "node", "args": ["/srv/x.js"], "env": entry()["env"] },
        "oauth": { "tokens": { "access_token": "t" } }, "disabled": false,
    } } });
    home.write(CLINE, &nested.to_string());
    let before = home.read(CLINE);
    let lock = format!("{CLINE}.lock");
    let mut session = home.session();

    home.write(&format!("{lock}/owner.4711"), "4711");
    let (code, text) = refusal(&mut session);
    assert_eq!(code, Code::ClientRuns, "{text}");
    assert!(text.contains("holds its lock") && text.contains("Try again"), "{text}");
    assert_eq!(home.read(CLINE), before);
    assert!(home.path(&lock).join("owner.4711").exists(), "a live owner keeps it");

    // Its owner died: Cline itself waits ten seconds.
    let old = SystemTime::now() - Duration::from_secs(11);
    std::fs::File::open(home.path(&lock)).unwrap().set_modified(old).unwrap();
    let change = key_moved(&mut session);
    let left = |home: &Home| std::fs::read_dir(home.path(CLINE).parent().unwrap()).unwrap().count();
    assert_eq!(left(&home), 1, "the lock is given back, nothing is left beside the file");
    let after = &read(&home, CLINE)["mcpServers"]["x"];
    assert_eq!(after["oauth"], nested["mcpServers"]["x"]["oauth"]);
    assert!(after["transport"]["command"].as_str().unwrap().ends_with("warder-launch"), "{after}");
    assert_eq!(after.as_object().unwrap().len(), 3, "{after}");

    home.write(&format!("{lock}/owner.4712"), "4712");
    assert_eq!(session.undo(&change).unwrap_err().code, Code::ClientRuns);
    std::fs::remove_dir_all(home.path(&lock)).unwrap();
    session.undo(&change).unwrap();
    assert_eq!((home.read(CLINE), left(&home)), (before, 1));
}

#[test]
fn goose_must_be_stopped() {
    let home = Home::empty();
    home.write(
        ".config/goose/config.yaml",
        "extensions:\n  x:\n    type: stdio\n    cmd: node\n    args: [/srv/x.js]\n    \
         envs:\n      GITHUB_TOKEN: ghp_16C7e42F292c6912E7710c838347Ae178B4a\n",
    );
    let mut session = home.session();
    let _running = Running::named(&home, "goosed", &home.root());
    assert_eq!(refusal(&mut session).0, Code::ClientRuns);
}
