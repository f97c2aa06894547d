//! Copies of moved keys: every one that was planted is found and none is invented,
//! nothing that is told or written holds the key, and taking one out is undone byte for byte.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use homes::{Home, Running, apply, fix};
use serde_json::json;
use warder_audit::api::{Answer, Choices, Code, CopyKind, KeyCopy, Request, Residue};
use warder_audit::session::Session;

/// A key that nobody has seen before, with signs that formats write in their own ways.
fn fresh() -> String {
    let mut bytes = [0; 24];
    getrandom::fill(&mut bytes).unwrap();
    let text = data_encoding::BASE64URL_NOPAD.encode(&bytes);
    let (head, tail) = text.split_at(14);
    format!("{head}/'\"Ä\\&+{tail}")
}

fn git(folder: &Path, words: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=x", "-c", "user.email=x@example.com"]).args(words).current_dir(folder);
    let done = git.env_remove("GIT_DIR").env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn config(root: &str, value: &str) -> String {
    let entry = json!({ "command": "node", "args": ["/srv/x.js"], "env": { "SERVICE_API_KEY": value } });
    serde_json::to_string_pretty(&json!({ root: { "x": entry } })).unwrap()
}

/// A home whose one key was moved; gives the change too.
fn moved(home: &Home, value: &str) -> (Session, String) {
    home.write(".cursor/mcp.json", &config("mcpServers", value));
    let mut session = home.session();
    let keychain = fix(&mut session, "keychain").expect("a key to move");
    let change = apply(&mut session, &keychain, &Choices::default());
    (session, change)
}

fn look(session: &mut Session, change: Option<&str>) -> Residue {
    session.residue(change, &mut |_| true).unwrap()
}

fn places(found: &Residue) -> BTreeSet<(CopyKind, String)> {
    found.copies.iter().map(|copy| (copy.kind, copy.shown.clone())).collect()
}

/// The ways in which a key could stand in what Warder says or writes.
fn leaks(value: &str, text: &[u8]) -> bool {
    let json = serde_json::to_string(value).unwrap();
    let json = &json[1..json.len() - 1];
    let twice = serde_json::to_string(json).unwrap();
    let base64 = data_encoding::BASE64.encode(value.as_bytes());
    let all = [value, json, &twice[1..twice.len() - 1], &base64[..20], &value[..14], &value[value.len() - 14..]];
    all.iter().any(|one| text.windows(one.len()).any(|window| window == one.as_bytes()))
}

fn quiet(value: &str, said: &impl serde::Serialize) {
    assert!(!leaks(value, &serde_json::to_vec(said).unwrap()));
}

fn state_is_quiet(home: &Home, value: &str) {
    let mut open = vec![home.path(".warder")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                assert!(!leaks(value, &fs::read(&path).unwrap()), "{}", path.display());
            }
        }
    }
}

/// Puts the key wherever it could have been copied to; gives every place of it.
fn plant(home: &Home, value: &str) -> BTreeSet<(CopyKind, String)> {
    let json = |text: &str| serde_json::to_string(text).unwrap();
    let of = |value: &str| config("mcpServers", value);
    let config = of(value);
    let line = json(&json!({ "content": config }).to_string());
    let basic = data_encoding::BASE64.encode(format!("ana:{value}").as_bytes());
    let url: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let mut zsh = b": 1700000000:0;export T='".to_vec();
    for byte in value.replace('\'', r"'\''").bytes() {
        match byte {
            0x83..=0xa2 => zsh.extend([0x83, byte ^ 32]),
            _ => zsh.push(byte),
        }
    }
    let wide: Vec<u8> = format!("\u{feff}{config}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let swap = [b"b0VIM 9.0\0\xff\xfe".as_slice(), config.as_bytes()].concat();
    let env = format!("A=1\nSERVICE_API_KEY='{value}'\n# {value}\nB=2\n");
    let vscode = json!({ "servers": { "y": { "command": "y", "envFile": home.path("conf/vars").to_string_lossy() } } });
    home.write(".config/Code/User/mcp.json", &vscode.to_string());
    let mut planted = BTreeSet::new();
    let mut put = |kind: CopyKind, path: &str, bytes: &[u8]| {
        fs::create_dir_all(home.path(path).parent().unwrap()).unwrap();
        fs::write(home.path(path), bytes).unwrap();
        planted.insert((kind, format!("~/{path}")));
    };
    use CopyKind::*;
    put(Config, ".codeium/windsurf/mcp_config.json", config.as_bytes());
    for name in ["mcp.json.bak", "mcp.json~", "mcp.json.2", "mcp (1).json", "mcp.json.orig", "#mcp.json#"] {
        put(Backup, &format!(".cursor/{name}"), config.as_bytes());
    }
    put(Backup, ".cursor/mcp.json.old", &wide);
    put(Backup, ".cursor/.mcp.json.swp", &swap);
    put(Backup, ".claude.json.backup", config.as_bytes());
    put(Backup, ".claude/backups/.claude.json.backup.1", config.as_bytes());
    for folder in [".config/Code", ".config/Cursor", ".config/VSCodium", ".vscode-server/data"] {
        put(LocalHistory, &format!("{folder}/User/History/-1a2b3c/Ab3d.json"), config.as_bytes());
    }
    put(EnvFile, "app/.env", env.as_bytes());
    put(EnvFile, "app/.env.local", env.as_bytes());
    put(EnvFile, "conf/vars", env.as_bytes());
    put(Settings, ".zshrc", format!("export SERVICE_API_KEY='{}'\n", value.replace('\'', r"'\''")).as_bytes());
    put(Settings, ".npmrc", format!("//registry.example.com/:_authToken={value}\n").as_bytes());
    put(Log, ".config/Claude/logs/mcp-server-x.log", format!("Authorization: Basic {basic}\n").as_bytes());
    put(Log, ".config/Code/logs/20261121/window1/mcp.log", format!("GET /?key={url}\n").as_bytes());
    put(Log, ".config/Code/Backups/1/file/2", config.as_bytes());
    put(Log, ".cache/claude-cli-nodejs/-app/mcp-logs-x/1.jsonl", line.as_bytes());
    put(Log, ".codex/log/codex-tui.log", value.as_bytes());
    put(Conversation, ".config/Code/User/workspaceStorage/1/chatSessions/2.json", json(value).as_bytes());
    put(Conversation, ".claude/projects/-app/1.jsonl", line.as_bytes());
    put(Conversation, ".claude/history.jsonl", json(value).as_bytes());
    put(Conversation, ".codex/sessions/2026/11/21/rollout-1.jsonl", line.as_bytes());
    put(Conversation, ".codex/history.jsonl", json(value).as_bytes());
    put(Conversation, ".gemini/tmp/1a2b/logs.json", json(value).as_bytes());
    put(ShellHistory, ".bash_history", format!("ls\nT=\"{value}\" x\n").as_bytes());
    put(ShellHistory, ".zsh_history", &zsh);
    put(ShellHistory, ".local/share/fish/fish_history", format!("- cmd: x {value}\n").as_bytes());
    put(ShellHistory, ".local/share/powershell/PSReadLine/ConsoleHost_history.txt", value.as_bytes());
    // What is no copy, or cannot be one.
    let (rest, last) = value.split_at(value.len() - 1);
    let near = format!("{rest}{}", if last == "x" { "y" } else { "x" });
    home.write(".cursor/mcp.json.bak2", &of(&near));
    home.write(".cursor/other.json", &config);
    home.write("Documents/notes.txt", value);
    home.write(".sh_history", &near);
    assert!(Command::new("mkfifo").arg(home.path(".histfile")).status().unwrap().success());
    // An older commit only, in a file that is gone and in one that is clean now.
    home.write("app/.cursor/mcp.json", &config);
    home.write("app/conf.env", &env);
    let app = home.path("app");
    git(&app, &["init", "-q"]);
    git(&app, &["add", ".cursor/mcp.json", "conf.env"]);
    git(&app, &["commit", "-qm", "one"]);
    fs::remove_file(home.path("app/conf.env")).unwrap();
    home.write("app/.cursor/mcp.json", r#"{ "mcpServers": {} }"#);
    git(&app, &["add", "-A", ".cursor", "conf.env"]);
    git(&app, &["commit", "-qm", "two"]);
    git(&app, &["gc", "-q"]);
    planted.extend(["~/app/.cursor/mcp.json", "~/app/conf.env"].map(|path| (Git, path.to_owned())));
    planted
}

#[test]
fn every_copy_is_found_and_none_is_invented() {
    let (home, value) = (Home::empty(), fresh());
    let (_, change) = moved(&home, &value);
    assert!(!home.holds("", &value), "the move itself leaves nothing");
    let planted = plant(&home, &value);
    let mut session = home.session_in("app");
    for which in [None, Some(change.as_str()), Some("SERVICE_API_KEY")] {
        let found = look(&mut session, which);
        assert_eq!(places(&found), planted);
        assert_eq!(found.keys, ["SERVICE_API_KEY"]);
        assert!(found.skipped.is_empty() && !found.stopped && found.commits == 2, "{:?}", found.skipped);
        quiet(&value, &found);
    }
    let found = look(&mut session, None);
    let copy = |shown: &str| found.copies.iter().find(|copy| copy.shown == shown).unwrap();
    assert_eq!((copy("~/.bash_history").line, copy("~/.bash_history").count), (Some(2), 1));
    assert_eq!((copy("~/app/.env").line, copy("~/app/.env").count), (Some(2), 2));
    assert!(copy("~/app/conf.env").commit.is_some() && copy("~/app/conf.env").line.is_none());
    state_is_quiet(&home, &value);
}

fn scrubs(session: &mut Session) -> Vec<KeyCopy> {
    look(session, None).copies.into_iter().filter(|copy| copy.fix.is_some()).collect()
}

#[test]
fn a_key_is_taken_out_of_what_is_ours_and_put_back_byte_for_byte() {
    let (home, value) = (Home::empty(), fresh());
    moved(&home, &value);
    plant(&home, &value);
    let mut session = home.session_in("app");
    let offered = scrubs(&mut session);
    let kinds: BTreeSet<CopyKind> = offered.iter().map(|copy| copy.kind).collect();
    assert_eq!(kinds, BTreeSet::from([CopyKind::Backup, CopyKind::LocalHistory, CopyKind::EnvFile]));
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for copy in &offered {
        let (id, path) = (copy.fix.as_ref().unwrap(), home.path(&copy.shown[2..]));
        let before = fs::read(&path).unwrap();
        let preview = match session.preview(id, &Choices::default()) {
            Ok(preview) => preview,
            Err(failure) => {
                refused.push((copy.shown.clone(), failure.code));
                assert_eq!(fs::read(&path).unwrap(), before);
                continue;
            }
        };
        quiet(&value, &preview);
        assert!(!preview.diff.is_empty(), "{}", copy.shown);
        assert_eq!(fs::read(&path).unwrap(), before, "a preview writes nothing");
        let change = session.apply(id, &Choices::default(), &preview.seen, false).unwrap();
        quiet(&value, &change);
        quiet(&value, &session.change(&change.id).unwrap());
        let after = fs::read(&path).unwrap();
        assert!(!leaks(&value, &after) && after != before, "{}", copy.shown);
        if copy.kind == CopyKind::EnvFile {
            assert_eq!(after, b"A=1\nB=2\n");
        }
        done.push((change.id, path, before));
    }
    assert_eq!(refused, [("~/.cursor/.mcp.json.swp".to_owned(), Code::Refused)]);
    assert_eq!(scrubs(&mut session).len(), 1);
    quiet(&value, &session.log().unwrap());
    state_is_quiet(&home, &value);
    for (change, path, before) in done {
        session.undo(&change).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before, "{}", path.display());
    }
    assert_eq!(scrubs(&mut session).len(), offered.len());
}

#[test]
fn a_copy_that_changed_meanwhile_is_left_alone() {
    let (home, value) = (Home::empty(), fresh());
    moved(&home, &value);
    let backup = ".cursor/mcp.json.bak";
    home.write(backup, &config("mcpServers", &value));
    let mut session = home.session();
    let id = scrubs(&mut session)[0].fix.clone().unwrap();
    let seen = session.preview(&id, &Choices::default()).unwrap().seen;
    let code =
        |result: Result<_, warder_audit::api::Failure>| result.map(|_: warder_audit::api::Change| ()).unwrap_err().code;
    home.write(backup, &config("other", &value));
    assert_eq!(code(session.apply(&id, &Choices::default(), &seen, false)), Code::Stale);
    // The same bytes in another file, and a link in its place, are not what was shown.
    let preview = session.preview(&id, &Choices::default()).unwrap();
    fs::copy(home.path(backup), home.path("kept")).unwrap();
    fs::rename(home.path("kept"), home.path(backup)).unwrap();
    assert_eq!(code(session.apply(&id, &Choices::default(), &preview.seen, false)), Code::Stale);
    fs::rename(home.path(backup), home.path("kept")).unwrap();
    std::os::unix::fs::symlink(home.path("kept"), home.path(backup)).unwrap();
    assert_eq!(session.preview(&id, &Choices::default()).unwrap_err().code, Code::Stale);
    fs::rename(home.path("kept"), home.path(backup)).unwrap();
    // Without a preview nothing is done.
    let mut other = home.session();
    let seen = session.preview(&id, &Choices::default()).unwrap().seen;
    assert_eq!(code(other.apply(&id, &Choices::default(), &seen, false)), Code::Unknown);
    look(&mut other, None);
    assert_eq!(code(other.apply(&id, &Choices::default(), &seen, false)), Code::Stale);
    // What others wrote since is not lost by an undo.
    let change = session.apply(&id, &Choices::default(), &seen, false).unwrap().id;
    home.write(backup, &home.read(backup).replace("node", "deno"));
    assert_eq!(code(session.undo(&change)), Code::Conflict);
    assert!(home.read(backup).contains("deno"));
}

#[test]
fn a_backup_of_a_client_that_runs_waits() {
    let (home, value) = (Home::empty(), fresh());
    moved(&home, &value);
    home.write(".claude.json.backup", &config("mcpServers", &value));
    let mut session = home.session();
    let id = scrubs(&mut session)[0].fix.clone().unwrap();
    let running = Running::named(&home, "claude", &home.root());
    assert_eq!(session.preview(&id, &Choices::default()).unwrap_err().code, Code::ClientRuns);
    drop(running);
    session.preview(&id, &Choices::default()).unwrap();
}

#[test]
fn links_devices_and_what_is_too_much_are_named_or_skipped() {
    let (home, value) = (Home::empty(), fresh());
    let (mut session, _) = moved(&home, &value);
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("history"), &value).unwrap();
    let link = |to: &Path, path: &str| std::os::unix::fs::symlink(to, home.path(path)).unwrap();
    link(&elsewhere.path().join("history"), ".zhistory");
    link(Path::new("/dev/zero"), ".sh_history");
    home.write("dotfiles/profile", &value);
    link(&home.path("dotfiles/profile"), ".profile");
    link(&home.path("dotfiles/profile"), ".bash_profile");
    link(elsewhere.path(), ".codex");
    // A circle of links has no end.
    fs::create_dir_all(home.path(".claude/projects")).unwrap();
    link(&home.path(".claude"), ".claude/projects/again");
    let large = fs::File::create(home.path(".bash_history")).unwrap();
    large.set_len(64 * 1024 * 1024 + 1).unwrap();
    fs::create_dir_all(home.path(".config/Code/logs")).unwrap();
    home.write(".config/Code/logs/0", "");
    for n in 1..=20_000 {
        fs::hard_link(home.path(".config/Code/logs/0"), home.path(&format!(".config/Code/logs/{n}"))).unwrap();
    }
    let found = look(&mut session, None);
    assert_eq!(places(&found), BTreeSet::from([(CopyKind::Settings, "~/dotfiles/profile".to_owned())]));
    let skipped: BTreeSet<&str> = found.skipped.iter().map(|one| one.shown.as_str()).collect();
    let expected = ["~/.zhistory", "~/.sh_history", "~/.bash_history", "~/.config/Code/logs"];
    assert!(expected.iter().all(|path| skipped.contains(path)), "{:?}", found.skipped);
}

#[test]
fn it_ends_when_the_caller_says_so_and_says_that() {
    let (home, value) = (Home::empty(), fresh());
    let (mut session, _) = moved(&home, &value);
    home.write(".bash_history", &value);
    let found = session.residue(None, &mut |_| false).unwrap();
    assert!(found.stopped && found.copies.is_empty() && found.files == 0);
}

#[test]
fn a_repository_that_leads_elsewhere_is_not_read() {
    let (home, value) = (Home::empty(), fresh());
    moved(&home, &value);
    plant(&home, &value);
    let is_read = || {
        let found = look(&mut home.session_in("app"), None);
        let git = found.copies.iter().any(|copy| copy.kind == CopyKind::Git);
        assert_eq!(git, !found.skipped.iter().any(|one| one.shown == "~/app"), "{:?}", found.skipped);
        git
    };
    assert!(is_read());
    let config = home.read("app/.git/config");
    home.write("app/.git/config", &format!("{config}\n[include]\npath = /etc/passwd\n"));
    assert!(!is_read());
    home.write("app/.git/config", &config);
    home.write("app/.git/objects/info/alternates", "/elsewhere/objects\n");
    assert!(!is_read());
    fs::remove_file(home.path("app/.git/objects/info/alternates")).unwrap();
    let fifo = home.path("app/.git/objects/aa");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    assert!(!is_read());
    fs::remove_file(fifo).unwrap();
    assert!(is_read());
}

#[test]
fn a_repository_for_dotfiles_is_named() {
    let (home, value) = (Home::empty(), fresh());
    let (mut session, _) = moved(&home, &value);
    git(&home.root(), &["init", "-q", "--bare", ".cfg"]);
    git(&home.root(), &["--git-dir=.cfg", "--work-tree=.", "add", ".cursor/mcp.json"]);
    let found = look(&mut session, None);
    assert_eq!(found.skipped.len(), 1);
    assert_eq!(found.skipped[0].shown, "~/.cursor/mcp.json");
}

#[test]
fn a_short_key_is_not_looked_for() {
    let home = Home::empty();
    home.write(
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "x": { "command": "node", "args": ["/srv/x.js"], "env": { "DB_PASSWORD": "q7Zr2L" } } } }"#,
    );
    home.write(".bash_history", "q7Zr2L");
    let mut session = home.session();
    let keychain = fix(&mut session, "keychain").unwrap();
    apply(&mut session, &keychain, &Choices::default());
    let found = look(&mut session, None);
    assert!(found.copies.is_empty() && found.keys.is_empty());
    assert_eq!(found.skipped[0].shown, "DB_PASSWORD");
}

fn reminders(session: &mut Session) -> Vec<warder_audit::api::Reminder> {
    match session.ask(Request::Reminders).unwrap() {
        Answer::Reminders(reminders) => reminders,
        _ => panic!("another answer"),
    }
}

#[test]
fn a_moved_key_is_on_the_list_until_it_was_replaced() {
    let home = Home::empty();
    assert!(reminders(&mut home.session()).is_empty());
    assert!(!home.path(".warder").exists(), "asking writes nothing");
    home.write(".cursor/mcp.json", &homes::file("mcpServers"));
    let mut session = home.session();
    let change = homes::key_moved(&mut session);
    let [one] = &reminders(&mut session)[..] else { panic!("one reminder") };
    assert_eq!((one.key.as_str(), one.kind.as_str()), ("GITHUB_TOKEN", "a GitHub token"));
    assert_eq!(one.provider.as_deref(), Some("GitHub"));
    assert_eq!(one.page.as_deref(), warder_audit::secret::page("GitHub"));
    assert!(!one.done && one.why.contains("~/.cursor/mcp.json"));
    session.rotated(&one.id, true).unwrap();
    assert!(reminders(&mut home.session())[0].done, "remembered");
    session.rotated(&one.id, false).unwrap();
    assert!(!reminders(&mut home.session())[0].done);
    assert_eq!(session.rotated("0123456789abcdef", true).unwrap_err().code, Code::Unknown);
    session.undo(&change).unwrap();
    assert!(reminders(&mut session).is_empty(), "the key is back where it was, and found there");
}

#[test]
fn a_key_in_a_repository_is_on_the_list_too() {
    let home = Home::empty();
    home.write("app/.cursor/mcp.json", &homes::file("mcpServers"));
    git(&home.path("app"), &["init", "-q"]);
    assert!(reminders(&mut home.session_in("app")).is_empty(), "not committed yet");
    git(&home.path("app"), &["add", "."]);
    let mut session = home.session_in("app");
    let [one] = &reminders(&mut session)[..] else { panic!("one reminder") };
    assert_eq!((one.key.as_str(), one.provider.as_deref()), ("GITHUB_TOKEN", Some("GitHub")));
    session.rotated(&one.id, true).unwrap();
    assert!(reminders(&mut home.session_in("app"))[0].done);
}
