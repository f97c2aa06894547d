//! Files with secrets in them: who can read them, who gets them, what they name.
#![expect(clippy::unwrap_used, reason = "tests")]
#![cfg(unix)]

mod homes;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use homes::{Home, apply, file, fix};
use warder_audit::api::{Choices, Finding};
use warder_audit::clients::Os;
use warder_audit::finding::Severity;
use warder_audit::session::Session;

const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

fn git(folder: &Path, words: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=x", "-c", "user.email=x@example.com"]).args(words).current_dir(folder);
    let done = git.env_remove("GIT_DIR").env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().permissions().mode() & 0o777
}

/// What a rule says now.
fn said(session: &mut Session, rule: &str) -> Vec<Finding> {
    session.scan().report().findings.into_iter().filter(|finding| finding.rule == rule).collect()
}

fn severities(session: &mut Session, rule: &str) -> Vec<Severity> {
    said(session, rule).iter().map(|finding| finding.severity).collect()
}

/// A home whose only config holds a key.
fn home() -> Home {
    let home = Home::empty();
    home.write(".cursor/mcp.json", &file("mcpServers"));
    home
}

#[test]
fn a_file_that_others_can_read_is_closed_and_opened_again() {
    let home = home();
    let path = home.path(".cursor/mcp.json");
    let text = home.read(".cursor/mcp.json");
    chmod(&path, 0o604);
    chmod(&home.root(), 0o711);
    let mut session = home.session();
    assert_eq!(severities(&mut session, "secret-file-permissions"), [Severity::High]);
    chmod(&home.root(), 0o700);
    assert_eq!(severities(&mut session, "secret-file-permissions"), [Severity::Low], "a closed home");

    let protect = fix(&mut session, "protect").unwrap();
    let change = apply(&mut session, &protect, &Choices::default());
    assert_eq!((mode(&path), home.read(".cursor/mcp.json")), (0o600, text.clone()));
    assert_eq!(severities(&mut session, "secret-file-permissions"), []);
    session.undo(&change).unwrap();
    assert_eq!((mode(&path), home.read(".cursor/mcp.json")), (0o604, text));
}

#[test]
fn git_tracks_ignores_or_would_add() {
    let home = Home::empty();
    home.write("app/.cursor/mcp.json", &file("mcpServers"));
    let mut session = home.session_in("app");
    assert_eq!(severities(&mut session, "secret-in-git"), [], "no repository");
    git(&home.path("app"), &["init", "-q"]);
    assert_eq!(severities(&mut session, "secret-in-git"), [Severity::Medium], "not ignored");
    home.write("app/.gitignore", ".cursor/\n");
    assert_eq!(severities(&mut session, "secret-in-git"), [], "ignored");
    git(&home.path("app"), &["add", "-f", ".cursor/mcp.json"]);
    let found = said(&mut session, "secret-in-git");
    assert_eq!(found[0].severity, Severity::High, "tracked");
    assert!(!format!("{found:?}").contains(TOKEN));
}

#[test]
fn a_repository_of_dotfiles_beside_the_home_counts() {
    let home = home();
    let root = home.root();
    git(&root, &["init", "-q", "--bare", ".cfg"]);
    let aside = ["--git-dir=.cfg", "--work-tree=."];
    git(&root, &[&aside[..], &["config", "status.showUntrackedFiles", "no"]].concat());
    let mut session = home.session();
    assert_eq!(severities(&mut session, "secret-in-git"), [], "nothing is tracked");
    git(&root, &[&aside[..], &["add", ".cursor/mcp.json"]].concat());
    assert_eq!(severities(&mut session, "secret-in-git"), [Severity::High]);
    let config = home.read(".cfg/config");
    home.write(".cfg/config", &format!("{config}\tworktree = /somewhere/else\n"));
    assert_eq!(severities(&mut session, "secret-in-git"), [], "another work tree");
    home.write(".cfg/config", &config);
    home.write(".cfg/index", "broken");
    assert_eq!(severities(&mut session, "secret-in-git"), [], "answered, not followed");
}

#[test]
fn folders_of_services_are_known_where_links_lead() {
    let home = home();
    let mut session = home.session();
    assert_eq!(severities(&mut session, "secret-in-synced-folder"), []);
    home.write("Dropbox/dots/mcp.json", &file("mcpServers"));
    fs::remove_file(home.path(".cursor/mcp.json")).unwrap();
    symlink(home.path("Dropbox/dots/mcp.json"), home.path(".cursor/mcp.json")).unwrap();
    let found = said(&mut session, "secret-in-synced-folder");
    assert!(found[0].message.starts_with("Dropbox copies ~/.cursor/mcp.json"), "{}", found[0].message);

    let home = self::home();
    home.write(".cursor/.stfolder", "");
    let found = said(&mut home.session(), "secret-in-synced-folder");
    assert!(found[0].message.starts_with("Syncthing"), "{}", found[0].message);

    let home = Home::empty();
    home.write("Library/CloudStorage/OneDrive-Acme/app/.cursor/mcp.json", &file("mcpServers"));
    let project = home.path("Library/CloudStorage/OneDrive-Acme/app");
    let on = |os| home.session_with(|env| (env.os, env.projects) = (os, vec![project.clone()]));
    assert_eq!(severities(&mut on(Os::Macos), "secret-in-synced-folder"), [Severity::Medium]);
    assert_eq!(severities(&mut on(Os::Linux), "secret-in-synced-folder"), []);
}

/// A project whose entries name this file of variables.
fn names(env_file: &str) -> Home {
    let home = Home::empty();
    let entry = |name: &str| serde_json::json!({ "command": name, "envFile": env_file });
    let servers = serde_json::json!({ "mcpServers": { "a": entry("one"), "b": entry("two") } });
    home.write("app/.cursor/mcp.json", &servers.to_string());
    home
}

#[test]
fn a_file_of_variables_is_read_where_the_entry_says() {
    for env_file in ["${workspaceFolder}/.env", "${userHome}/app/.env", "${env:APP}/.env", ".env"] {
        let home = names(env_file);
        home.write("app/.env", &format!("# mine\nMODE=dev\nexport GITHUB_TOKEN=\"{TOKEN}\"\n"));
        let app = home.path("app");
        let mut session = home.session_with(|env| {
            env.vars.insert("APP".to_owned(), app.to_string_lossy().into_owned());
            env.projects.push(app);
        });
        let found = said(&mut session, "secret-in-env");
        assert_eq!(found.len(), 1, "{env_file}: one file, one finding");
        assert_eq!(found[0].message, "GITHUB_TOKEN in ~/app/.env, line 3, holds a GitHub token in plain text.");
        assert!(found[0].pointer.ends_with("/a/envFile") && found[0].severity == Severity::Medium);
        assert!(!format!("{:?}", session.scan().report()).contains(TOKEN));
    }
    let home = names("${input:file}/.env");
    home.write("app/.env", &format!("GITHUB_TOKEN={TOKEN}\n"));
    assert!(said(&mut home.session_in("app"), "secret-in-env").is_empty(), "it is another one at each start");
}

#[test]
fn what_lies_around_a_file_of_variables_counts_too() {
    let home = names("${workspaceFolder}/.env");
    home.write("app/.env", &format!("GITHUB_TOKEN={TOKEN}\n"));
    chmod(&home.path("app/.env"), 0o644);
    git(&home.path("app"), &["init", "-q"]);
    git(&home.path("app"), &["add", ".env"]);
    let mut session = home.session_in("app");
    assert_eq!(severities(&mut session, "secret-in-git"), [Severity::High]);
    let found = said(&mut session, "secret-file-permissions");
    assert!(found[0].message.contains("~/app/.env"), "{}", found[0].message);
    assert!(fix(&mut session, "protect").is_none(), "it is not one of the configs");
    chmod(&home.path("app/.env"), 0o600);
    assert_eq!(severities(&mut session, "secret-file-permissions"), []);
}

#[test]
fn what_is_no_small_file_is_not_read() {
    let home = names("${workspaceFolder}/.env");
    let path = home.path("app/.env");
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    assert!(said(&mut home.session_in("app"), "secret-in-env").is_empty(), "answered, not waited for");
    fs::remove_file(&path).unwrap();
    home.write("app/.env", &format!("GITHUB_TOKEN={TOKEN}\n{}", "#".repeat(1024 * 1024)));
    assert!(said(&mut home.session_in("app"), "secret-in-env").is_empty(), "too large");
    let home = names("/dev/zero");
    assert!(said(&mut home.session_in("app"), "secret-in-env").is_empty(), "answered, not read for ever");
}

#[test]
fn a_key_can_be_moved_though_another_one_still_stands_in_the_file() {
    let home = Home::empty();
    let entry =
        |script: &str, key: &str| serde_json::json!({ "command": "node", "args": [script], "env": { "API_KEY": key } });
    let admin = format!("sk-ant-admin01-{}AA", "q8Zr2LmW0xVb7TnKc4JdYp91".repeat(4));
    let servers =
        serde_json::json!({ "mcpServers": { "a": entry("/srv/a.js", &admin), "b": entry("/srv/b.js", &admin) } });
    home.write(".cursor/mcp.json", &servers.to_string());
    chmod(&home.path(".cursor/mcp.json"), 0o644);
    chmod(&home.root(), 0o755);
    let mut session = home.session();
    for rule in ["secret-file-permissions", "broad-token"] {
        let found = said(&mut session, rule);
        assert_eq!((found.len(), found[0].also.len(), found[0].severity), (1, 1, Severity::High), "{rule}");
    }
    for _ in 0..2 {
        let keychain = fix(&mut session, "keychain").unwrap();
        apply(&mut session, &keychain, &Choices::default());
    }
    for rule in ["secret-file-permissions", "broad-token", "secret-reused", "secret-in-env"] {
        assert_eq!(severities(&mut session, rule), [], "{rule}");
    }
}

#[test]
fn a_key_in_a_comment_is_found_and_its_file_closed() {
    let home = Home::empty();
    let old =
        r#"// "old": { "command": "npx", "env": { "GITHUB_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" } }"#;
    let entry = r#""a": { "command": "/usr/bin/node", "args": ["/srv/a.js"] }"#;
    home.write(".cursor/mcp.json", &format!("{{\n  \"mcpServers\": {{\n    {old}\n    {entry}\n  }}\n}}\n"));
    let path = home.path(".cursor/mcp.json");
    chmod(&path, 0o644);
    chmod(&home.root(), 0o711);
    let mut session = home.session();
    let found = said(&mut session, "secret-in-env");
    let [finding] = &found[..] else { panic!("one finding, not {}", found.len()) };
    assert_eq!((finding.server.as_deref(), finding.line), (None, Some(3)));
    assert_eq!(severities(&mut session, "secret-file-permissions"), [Severity::High]);
    let protect = fix(&mut session, "protect").unwrap();
    apply(&mut session, &protect, &Choices::default());
    assert_eq!((mode(&path), severities(&mut session, "secret-file-permissions")), (0o600, vec![]));
    // What a person wrote about keys is none.
    home.write(
        ".cursor/mcp.json",
        &format!("{{\n // API_TOKEN=your-token, see https://example.com\n \"mcpServers\": {{ {entry} }} }}"),
    );
    assert_eq!(severities(&mut session, "secret-in-env"), []);
}

#[test]
fn a_key_of_one_entry_is_shown_in_no_other() {
    let key = "horse-battery-staple-correct";
    let home = Home::empty();
    let one = format!(r#""one": {{ "command": "node", "args": ["/srv/a.js"], "env": {{ "DB_PASSWORD": "{key}" }} }}"#);
    let two = format!(r#""two": {{ "command": "node", "args": ["/srv/b.js", "{key}", "x,{key}"] }}"#);
    home.write(".cursor/mcp.json", &format!(r#"{{ "mcpServers": {{ {one}, {two} }} }}"#));
    let report = home.session().scan().report();
    let html = warder_audit::report::html::html(&report);
    assert!(!serde_json::to_string(&report).unwrap().contains(key) && !html.contains(key));
}
