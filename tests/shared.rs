//! Files that others get too, and lists of allowed servers: nothing of this
//! computer is written into the first, and no entry of the second is wrapped.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::path::Path;
use std::process::Command;

use homes::{Home, apply, by_hand, file, fix, wraps};
use warder_audit::api::{Choices, Code};

fn git(folder: &Path, words: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=x", "-c", "user.email=x@example.com"]).args(words).current_dir(folder);
    let done = git.env_remove("GIT_DIR").env("GIT_CONFIG_GLOBAL", "/dev/null").output().unwrap();
    assert!(done.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A home with a repository `app`.
fn repository() -> Home {
    let home = Home::empty();
    home.write("app/readme", "");
    git(&home.path("app"), &["init", "-q"]);
    home
}

#[test]
fn a_file_is_shared_unless_git_ignores_it() {
    let home = Home::empty();
    home.write("app/.cursor/mcp.json", &file("mcpServers"));
    assert!(wraps(&mut home.session_in("app")), "no repository");
    git(&home.path("app"), &["init", "-q"]);
    assert!(!wraps(&mut home.session_in("app")), "not yet added, but it would be");
    home.write("app/.gitignore", ".cursor/\n");
    assert!(wraps(&mut home.session_in("app")), "ignored");
    git(&home.path("app"), &["add", "-f", ".cursor/mcp.json"]);
    assert!(!wraps(&mut home.session_in("app")), "ignored and tracked all the same");
    git(&home.path("app"), &["rm", "-q", "--cached", ".cursor/mcp.json"]);
    home.write("app/.gitignore", "");
    home.write("app/.git/info/exclude", "mcp.json\n");
    assert!(wraps(&mut home.session_in("app")), "excluded");
    home.write("app/.git/index", "broken");
    assert!(!wraps(&mut home.session_in("app")), "git's index cannot be read");
}

#[test]
fn worktrees_and_nested_and_other_repositories_count() {
    let home = repository();
    let outer = home.path("app");
    home.write("app/.gitignore", "inner/\nmcp.json\n");
    git(&outer, &["add", "readme"]);
    git(&outer, &["commit", "-q", "-m", "first"]);
    git(&outer, &["worktree", "add", "-q", "../tree"]);
    home.write("tree/.cursor/mcp.json", &file("mcpServers"));
    assert!(!wraps(&mut home.session_in("tree")), "a worktree has a .git file");
    home.write("tree/.gitignore", ".cursor\n");
    assert!(wraps(&mut home.session_in("tree")), "ignored in the worktree");
    home.write("app/inner/.cursor/mcp.json", &file("mcpServers"));
    assert!(wraps(&mut home.session_in("app/inner")), "ignored by the outer repository");
    git(&home.path("app/inner"), &["init", "-q"]);
    assert!(!wraps(&mut home.session_in("app/inner")), "of the inner repository");
    home.write("odd/.git", "gitdir: /nowhere/at/all\n");
    home.write("odd/.cursor/mcp.json", &file("mcpServers"));
    assert!(!wraps(&mut home.session_in("odd")), "unknown is shared");
    home.write("hg/.hg/requires", "");
    home.write("hg/.cursor/mcp.json", &file("mcpServers"));
    assert!(!wraps(&mut home.session_in("hg")), "another kind of repository");
}

#[test]
fn a_repository_that_leads_elsewhere_is_not_followed() {
    let home = repository();
    home.write("app/.cursor/mcp.json", &file("mcpServers"));
    home.write("app/.gitignore", "mcp.json\n");
    assert!(wraps(&mut home.session_in("app")));
    let config = home.read("app/.git/config");
    home.write("app/.git/config", &format!("{config}\n[core]\n\texcludesFile = /dev/zero\n"));
    assert!(!wraps(&mut home.session_in("app")), "answered, not read for ever");
    home.write("app/.git/config", &config);
    std::fs::remove_file(home.path("app/.gitignore")).unwrap();
    assert!(Command::new("mkfifo").arg(home.path("app/.gitignore")).status().unwrap().success());
    assert!(!wraps(&mut home.session_in("app")), "answered, not waited for");
}

#[test]
fn the_offer_for_a_shared_file_is_the_clients_own_way() {
    for (path, root, text) in [
        (".mcp.json", "mcpServers", "Write \"${GITHUB_TOKEN}\" as the value of GITHUB_TOKEN."),
        (".cursor/mcp.json", "mcpServers", "Write \"${env:GITHUB_TOKEN}\" as the value of GITHUB_TOKEN."),
        (".roo/mcp.json", "mcpServers", "Write \"${env:GITHUB_TOKEN}\" as the value of GITHUB_TOKEN."),
        (".gemini/settings.json", "mcpServers", "Write \"${GITHUB_TOKEN}\" as the value of GITHUB_TOKEN."),
        (".vscode/mcp.json", "servers", "Write \"${input:github-token}\" as the value of GITHUB_TOKEN."),
        (".zed/settings.json", "context_servers", "Zed puts nothing into this file"),
    ] {
        let home = repository();
        home.write(&format!("app/{path}"), &file(root));
        let mut session = home.session_in("app");
        assert!(!wraps(&mut session), "{path}");
        let steps = by_hand(&mut session);
        assert!(steps.contains(text), "{path}: {steps}");
        assert_eq!(steps.contains("\"password\": true"), path.starts_with(".vscode"), "{steps}");
    }
    let home = repository();
    let entry = r#"{"mcp":{"x":{"type":"local","command":["node","/srv/x.js"],
        "environment":{"GITHUB_TOKEN":"ghp_16C7e42F292c6912E7710c838347Ae178B4a"}}}}"#;
    home.write("app/opencode.json", entry);
    assert!(by_hand(&mut home.session_in("app")).contains("Write \"{env:GITHUB_TOKEN}\""));
}

#[test]
fn a_shared_file_is_narrowed_from_the_projects_folder_on() {
    let home = repository();
    let entry = r#"{"mcpServers":{"files":{"command":"npx","args":["-y","@modelcontextprotocol/server-filesystem@2025.8.21","/"]}}}"#;
    home.write("app/.cursor/mcp.json", entry);
    home.write("app/src/x", "");
    home.write("notes/x", "");
    let mut session = home.session_in("app");
    let narrow = fix(&mut session, "narrow").unwrap();
    let keep =
        |path: &str| Choices { keep: vec![home.path(path).to_string_lossy().into_owned()], ..Choices::default() };
    let failure = session.preview(&narrow.id, &keep("notes")).unwrap_err();
    assert!(failure.message.contains("outside the project"), "{failure}");
    let change = apply(&mut session, &narrow, &keep("app/src"));
    let after = home.read("app/.cursor/mcp.json");
    assert_eq!(after, entry.replace("\"/\"", "\"${workspaceFolder}/src\""));
    session.undo(&change).unwrap();
    assert_eq!(home.read("app/.cursor/mcp.json"), entry);
    // Zed has no word for the project's folder.
    home.write("app/.zed/settings.json", &entry.replace("mcpServers", "context_servers"));
    std::fs::remove_dir_all(home.path("app/.cursor")).unwrap();
    let mut session = home.session_in("app");
    assert!(fix(&mut session, "narrow").is_none());
    assert!(by_hand(&mut session).contains("no word for the folder"), "{}", by_hand(&mut session));
}

#[test]
fn vs_codes_sync_takes_no_launcher_along() {
    let home = Home::empty();
    home.write(".config/Code/User/mcp.json", &file("servers"));
    assert!(wraps(&mut home.session()), "VS Code never ran");
    home.write(".config/Code/User/globalStorage/state.vscdb", "no database");
    assert!(!wraps(&mut home.session()), "its state cannot be read");
    std::fs::remove_file(home.path(".config/Code/User/globalStorage/state.vscdb")).unwrap();
    let state = rusqlite::Connection::open(home.path(".config/Code/User/globalStorage/state.vscdb")).unwrap();
    state.execute_batch("CREATE TABLE ItemTable (key TEXT UNIQUE, value BLOB)").unwrap();
    assert!(wraps(&mut home.session()), "off");
    state.execute_batch("INSERT INTO ItemTable VALUES ('sync.enable', 'true')").unwrap();
    let mut session = home.session();
    assert!(!wraps(&mut session), "on");
    assert!(by_hand(&mut session).contains("other computers"));
    state.execute_batch("INSERT INTO ItemTable VALUES ('sync.enable.mcp', 'false')").unwrap();
    assert!(wraps(&mut home.session()), "on, but not for servers");
}

#[test]
fn where_servers_are_allowed_by_their_command_none_is_wrapped() {
    for (path, policy, client, wrapped) in [
        ("etc/claude-code/managed-settings.json", r#"{"deniedMcpServers":[]}"#, ".claude.json", false),
        ("etc/claude-code/managed-settings.json", r#"{"env":{}}"#, ".claude.json", true),
        ("etc/claude-code/managed-settings.json", "{", ".claude.json", false),
        ("etc/claude-code/managed-settings.d/a.json", r#"{"allowedMcpServers":[{}]}"#, ".claude.json", false),
        ("etc/claude-code/managed-settings.json", r#"{"deniedMcpServers":[]}"#, ".cursor/mcp.json", true),
        ("etc/vscode/policy.json", r#"{"ChatMCP":"registry"}"#, ".config/Code/User/mcp.json", false),
        ("etc/vscode/policy.json", r#"{"UpdateMode":"none"}"#, ".config/Code/User/mcp.json", true),
        (".config/Code/User/settings.json", r#"{"chat.mcp.access":"none"}"#, ".config/Code/User/mcp.json", false),
        (".config/Code/User/settings.json", r#"{"chat.mcp.access":"all"}"#, ".config/Code/User/mcp.json", true),
        ("etc/gemini-cli/settings.json", r#"{"admin":{"mcp":{"config":{}}}}"#, ".gemini/settings.json", false),
        ("etc/codex/requirements.toml", "[mcp_servers.x.identity]\ncommand = \"x\"\n", ".codex/config.toml", false),
        ("etc/codex/requirements.toml", "allowed_sandbox_modes = []\n", ".codex/config.toml", true),
        ("etc/codex/requirements.toml", "[mcp_servers.x.identity]\ncommand = \"x\"\n", ".cursor/mcp.json", true),
    ] {
        let home = Home::empty();
        home.write(path, policy);
        let toml = "[mcp_servers.x]\ncommand = \"node\"\nargs = [\"/srv/x.js\"]\n\
                    env.GITHUB_TOKEN = \"ghp_16C7e42F292c6912E7710c838347Ae178B4a\"\n";
        let root = if client.contains("Code") { "servers" } else { "mcpServers" };
        home.write(client, &if client.ends_with("toml") { toml.to_owned() } else { file(root) });
        let mut session = home.session_with(|env| env.root = env.home.clone());
        assert_eq!(wraps(&mut session), wrapped, "{path} {policy} {client}");
        let said = by_hand(&mut session).contains("by their exact command");
        assert_eq!(said, !wrapped, "{path} {policy} {client}");
    }
}

#[test]
fn a_file_that_became_shared_since_the_preview_is_not_wrapped() {
    let home = Home::empty();
    home.write("app/.cursor/mcp.json", &file("mcpServers"));
    let mut session = home.session_in("app");
    let keychain = fix(&mut session, "keychain").unwrap();
    let seen = session.preview(&keychain.id, &Choices::default()).unwrap().seen;
    git(&home.path("app"), &["init", "-q"]);
    let failure = session.apply(&keychain.id, &Choices::default(), &seen, false).unwrap_err();
    assert!(matches!(failure.code, Code::Unknown | Code::Refused), "{failure}");
    assert_eq!(home.read("app/.cursor/mcp.json"), file("mcpServers"));
}
