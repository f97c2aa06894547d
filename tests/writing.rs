//! What each client demands of somebody who writes into its file.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::collections::BTreeSet;
use std::os::unix::fs::symlink;

use homes::{Home, Running, by_hand, entry, file, fix, key_moved, read, refusal, wraps};
use serde_json::{Value, json};
use warder_audit::api::{Choices, Code};
use warder_audit::clients::Os;

const DESKTOP: &str = ".config/Claude/claude_desktop_config.json";

#[test]
fn a_projects_mcp_json_is_free_and_asks_for_a_new_approval() {
    let home = Home::empty();
    home.write("app/.mcp.json", &file("mcpServers"));
    let mut session = home.session_in("app");
    let _running = Running::named(&home, "claude", &home.root());
    let keychain = fix(&mut session, "keychain").unwrap();
    let notes = session.preview(&keychain.id, &Choices::default()).unwrap().notes.join(" ");
    assert!(notes.contains("asks again"), "{notes}");
    key_moved(&mut session);
    let entry = &read(&home, "app/.mcp.json")["mcpServers"]["x"];
    assert!(!entry.to_string().contains("${"), "no client's own words: {entry}");
}

#[test]
fn claude_desktop_gets_an_absolute_command_and_nothing_new() {
    let home = Home::empty();
    home.write(DESKTOP, &format!("{{\"preferences\":{{}},{}", &file("mcpServers")[1..]));
    key_moved(&mut home.session());
    let text = home.read(DESKTOP);
    let value = read(&home, DESKTOP);
    let entry = value["mcpServers"]["x"].as_object().unwrap();
    assert!(entry["command"].as_str().unwrap().starts_with('/'));
    assert_eq!(entry.keys().collect::<Vec<_>>(), ["command", "args", "env"]);
    assert!(text.starts_with("{\"preferences\":{}") && !text.starts_with('\u{feff}'));
    let launcher = entry["command"].as_str().unwrap();
    assert!(launcher.starts_with(&*home.path(".warder").to_string_lossy()), "outside the app's own folders");
}

#[test]
fn of_two_files_of_a_packaged_claude_desktop_the_live_one_is_changed() {
    let home = Home::empty();
    let roaming = "AppData/Roaming/Claude/claude_desktop_config.json";
    let live = "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json";
    home.write(roaming, &file("mcpServers"));
    let windows = |home: &Home| home.session_with(|env| env.os = Os::Windows);
    assert!(wraps(&mut windows(&home)));
    home.write(live, r#"{"mcpServers":{}}"#);
    let mut session = windows(&home);
    assert!(!wraps(&mut session));
    assert!(by_hand(&mut session).contains("and not this file"), "{}", by_hand(&mut session));
    home.write(live, &file("mcpServers"));
    std::fs::remove_file(home.path(roaming)).unwrap();
    assert!(wraps(&mut windows(&home)));
}

#[test]
fn files_that_are_not_the_users_get_no_fix() {
    let manifest = json!({ "name": "x", "server": { "mcp_config": entry() } }).to_string();
    for (path, text) in [
        ("etc/claude-code/managed-mcp.json", file("mcpServers")),
        (".claude/plugins/cache/m/p/1/.mcp.json", file("mcpServers")),
        (".config/Claude/Claude Extensions/x/manifest.json", manifest),
        ("etc/gemini-cli/settings.json", file("mcpServers")),
        (".gemini/extensions/e/gemini-extension.json", file("mcpServers")),
        ("Documents/Cline/MCP/cline_mcp_settings.json", file("mcpServers")),
        (".kiro/powers/installed/p/mcp.json", file("mcpServers")),
        (".var/app/com.visualstudio.code/config/Code/User/mcp.json", file("servers")),
        (".var/app/dev.zed.Zed/config/zed/settings.json", file("context_servers")),
        (
            ".devcontainer.json",
            json!({ "customizations": { "vscode": { "mcp": { "servers": { "x": entry() } } } } }).to_string(),
        ),
    ] {
        let home = Home::empty();
        home.write(path, &text);
        let mut session = home.session_with(|env| {
            env.root = env.home.clone();
            env.projects.push(env.home.clone());
        });
        assert_eq!(session.scan().report().servers.len(), 1, "{path}");
        assert!(!wraps(&mut session), "{path}");
        assert!(!by_hand(&mut session).is_empty(), "{path}: it says why");
    }
}

#[test]
fn a_client_from_flatpak_or_snap_is_not_given_the_launcher() {
    // Also where no row of the table knows the place.
    for (path, name) in [
        (".var/app/com.cursor.Cursor/.cursor/mcp.json", "Flatpak"),
        (".var/app/com.visualstudio.code/config/Code/User/mcp.json", "Flatpak"),
        ("snap/cursor/12/.cursor/mcp.json", "Snap"),
        ("snap/code/current/.config/Code/User/mcp.json", ""),
    ] {
        let home = Home::empty();
        let root = if path.contains("Code") { "servers" } else { "mcpServers" };
        home.write(path, &file(root));
        let mut session = home.session_with(|env| {
            let path = home.path(path);
            let (client, row) = warder_audit::clients::of_path(&path);
            env.only = (!name.is_empty()).then_some((path, client, row));
        });
        assert_eq!(session.scan().report().servers.len(), 1, "{path}");
        assert!(!wraps(&mut session), "{path}");
        let steps = by_hand(&mut session);
        assert!(steps.contains(name) && steps.contains("its own sandbox"), "{path}: {steps}");
    }
    // A project that lies there is nobody's box.
    let home = Home::empty();
    home.write("snap/shop/.cursor/mcp.json", &file("mcpServers"));
    assert!(wraps(&mut home.session_in("snap/shop")));
}

#[test]
fn no_client_gets_a_key_that_it_did_not_have() {
    for (path, root, inside) in [
        (".gemini/settings.json", "mcpServers", None),
        (".config/devin/mcp_config.json", "mcpServers", None),
        (".cursor/mcp.json", "mcpServers", None),
        (".config/Code/User/mcp.json", "servers", None),
        (".config/zed/settings.json", "context_servers", None),
        (".config/zed/settings.json", "context_servers", Some("command")),
        (".config/opencode/opencode.json", "mcp", None),
    ] {
        let home = Home::empty();
        let mut own = entry();
        own["gallery"] = json!(true);
        own["version"] = json!("1.0.0");
        own["type"] = json!("stdio");
        if inside.is_some() {
            let command = json!({ "path": "node", "args": ["/srv/x.js"], "env": own["env"] });
            own = json!({ "source": "custom", "command": command });
        }
        if root == "mcp" {
            own = json!({ "type": "local", "command": ["node", "/srv/x.js"], "environment": own["env"] });
        }
        let before = json!({ root: { "x": own } });
        home.write(path, &before.to_string());
        let mut session = home.session();
        let change = key_moved(&mut session);
        let after = read(&home, path);
        assert_eq!(keys(&before), keys(&after), "{path} {inside:?}");
        session.undo(&change).unwrap();
        assert_eq!(home.read(path), before.to_string());
    }
}

/// Every way to a member.
fn keys(value: &Value) -> BTreeSet<String> {
    let Some(object) = value.as_object() else { return BTreeSet::new() };
    let below = |(name, value): (&String, &Value)| {
        let below = keys(value).into_iter().map(|way| format!("{name}/{way}")).collect::<Vec<_>>();
        [vec![name.clone()], below].concat()
    };
    object.iter().flat_map(below).collect()
}

#[test]
fn codexs_own_entries_are_left_to_it() {
    let given = |name: &str, program: &str, more: &str| {
        let home = Home::empty();
        let key = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
        let text = format!(
            "# mine\n[mcp_servers.{name}]\ncommand = \"{program}\"\nargs = [\"/srv/x.js\"]\n{more}[mcp_servers.{name}.env]\nGITHUB_TOKEN = \"{key}\"\n"
        );
        home.write(".codex/config.toml", &text);
        home
    };
    for (name, program, more) in [
        ("node_repl", "node", ""),
        ("computer-use", "node", ""),
        ("x", "/Applications/Codex.app/Contents/Resources/node", ""),
        ("x", "node", "cwd = \".\"\n"),
    ] {
        let home = given(name, program, more);
        let mut session = home.session();
        assert_eq!(session.scan().report().servers.len(), 1);
        assert!(!wraps(&mut session), "{name} {program} {more}");
        assert!(by_hand(&mut session).contains("keeps this entry itself"));
    }
    let home = given("\"a.b c\"", "node", "");
    let before = home.read(".codex/config.toml");
    let mut session = home.session();
    let change = key_moved(&mut session);
    let after = home.read(".codex/config.toml");
    assert!(after.starts_with("# mine\n[mcp_servers.\"a.b c\"]\n") && !after.contains("bearer_token"), "{after}");
    session.undo(&change).unwrap();
    assert_eq!(home.read(".codex/config.toml"), before);
}

#[test]
fn gemini_is_given_nothing_that_it_would_expand() {
    let home = Home::empty();
    for (member, value) in [("env", json!({ "DB_PASSWORD": "Tr0ub$4dor-and-3" })), ("args", json!(["/srv/x.js", "$1"]))]
    {
        let mut own = entry();
        own[member] = value;
        home.write(".gemini/settings.json", &json!({ "mcpServers": { "x": own } }).to_string());
        let (code, text) = refusal(&mut home.session());
        assert_eq!(code, Code::Refused, "{text}");
    }
}

#[test]
fn no_client_finds_a_reference_in_the_launchers_path() {
    let odd = Home::empty();
    odd.write("${HOME}/.cursor/mcp.json", &file("mcpServers"));
    let mut session = odd.session_with(|env| env.home = env.home.join("${HOME}"));
    let (code, text) = refusal(&mut session);
    assert_eq!(code, Code::Refused);
    assert!(text.contains("as a reference"), "{text}");
}

#[test]
fn roo_gets_no_backslash() {
    let path = ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json";
    let home = Home::empty();
    let mut own = entry();
    own["type"] = json!("stdio");
    home.write(path, &json!({ "mcpServers": { "x": own } }).to_string());
    key_moved(&mut home.session());
    assert!(!home.read(path).contains('\\'));
    assert_eq!(read(&home, path)["mcpServers"]["x"]["type"], "stdio");

    own["args"] = json!(["C:\\srv\\x.js"]);
    home.write(path, &json!({ "mcpServers": { "x": own } }).to_string());
    let mut session = home.session();
    assert!(!wraps(&mut session));
    assert!(by_hand(&mut session).contains("backslashes"));
}

#[test]
fn a_server_in_vs_codes_own_sandbox_is_not_wrapped() {
    let home = Home::empty();
    for (sandboxed, wrapped) in [(json!(true), false), (json!(false), true)] {
        let mut own = entry();
        own["sandboxEnabled"] = sandboxed;
        home.write(".config/Code/User/mcp.json", &json!({ "servers": { "x": own } }).to_string());
        assert_eq!(wraps(&mut home.session()), wrapped);
    }
}

#[test]
fn an_entry_whose_variables_its_client_changes_is_not_wrapped() {
    let home = Home::empty();
    let yaml = |name: &str| {
        format!(
            "extensions:\n  x:\n    type: stdio\n    cmd: node\n    args: [/srv/x.js]\n    envs:\n      {name}: /x\n      \
             GITHUB_TOKEN: ghp_16C7e42F292c6912E7710c838347Ae178B4a\n"
        )
    };
    for (name, wrapped) in [("PATH", false), ("node_options", false), ("LD_PRELOAD", false), ("MODE", true)] {
        home.write(".config/goose/config.yaml", &yaml(name));
        assert_eq!(wraps(&mut home.session()), wrapped, "{name}");
    }
    std::fs::remove_dir_all(home.path(".config/goose")).unwrap();
    let mut own = entry();
    own["env"]["PATH"] = json!("/opt/bin");
    for (path, root, wrapped) in
        [(".config/Code/User/mcp.json", "servers", false), (".cursor/mcp.json", "mcpServers", true)]
    {
        let home = Home::empty();
        home.write(path, &json!({ root: { "x": own } }).to_string());
        assert_eq!(wraps(&mut home.session()), wrapped, "{path}");
    }
}

#[test]
fn amazon_q_says_that_its_own_environment_wins() {
    let home = Home::empty();
    home.write(".aws/amazonq/mcp.json", &file("mcpServers"));
    let mut session = home.session();
    let keychain = fix(&mut session, "keychain").unwrap();
    let notes = session.preview(&keychain.id, &Choices::default()).unwrap().notes.join(" ");
    assert!(notes.contains("wins over the one that is written here"), "{notes}");
}

#[test]
fn a_users_link_is_followed_and_a_stores_is_not() {
    let home = Home::empty();
    home.write("dotfiles/cursor.json", &file("mcpServers"));
    home.write(".cursor/keep", "");
    symlink(home.path("dotfiles/cursor.json"), home.path(".cursor/mcp.json")).unwrap();
    let mut session = home.session();
    let change = key_moved(&mut session);
    assert!(home.read("dotfiles/cursor.json").contains("keychain:"));
    assert!(home.path(".cursor/mcp.json").is_symlink());
    session.undo(&change).unwrap();
    assert_eq!(home.read("dotfiles/cursor.json"), file("mcpServers"));
    assert!(home.path(".cursor/mcp.json").is_symlink());

    home.write("nix/store/abc-config/mcp.json", &file("mcpServers"));
    std::fs::remove_file(home.path(".cursor/mcp.json")).unwrap();
    symlink(home.path("nix/store/abc-config/mcp.json"), home.path(".cursor/mcp.json")).unwrap();
    let mut session = home.session_with(|env| env.root = env.home.clone());
    assert!(!wraps(&mut session));
    assert!(by_hand(&mut session).contains("read-only store"));
}

#[test]
fn what_is_put_in_the_place_of_a_file_is_not_written() {
    let home = Home::empty();
    home.write("app/.cursor/mcp.json", &file("mcpServers"));
    home.write("elsewhere/mcp.json", &file("mcpServers"));
    let mut session = home.session_in("app");
    let keychain = fix(&mut session, "keychain").unwrap();
    let swap = |to: &str| {
        std::fs::remove_file(home.path("app/.cursor/mcp.json")).unwrap();
        symlink(home.path(to), home.path("app/.cursor/mcp.json")).unwrap();
    };
    // After approval, with the very same bytes.
    let seen = session.preview(&keychain.id, &Choices::default()).unwrap().seen;
    swap("elsewhere/mcp.json");
    session.apply(&keychain.id, &Choices::default(), &seen, false).unwrap_err();
    assert_eq!(home.read("elsewhere/mcp.json"), file("mcpServers"));

    // Before an undo.
    std::fs::remove_file(home.path("app/.cursor/mcp.json")).unwrap();
    home.write("app/.cursor/mcp.json", &file("mcpServers"));
    let change = key_moved(&mut session);
    let after = home.read("app/.cursor/mcp.json");
    home.write("elsewhere/mcp.json", &after);
    swap("elsewhere/mcp.json");
    let failure = session.undo(&change).unwrap_err();
    assert!(failure.message.contains("leads out"), "{failure}");
    assert_eq!(home.read("elsewhere/mcp.json"), after);
}

/// js-yaml (LibreChat) merges `<<`, other readers take it for a name.
#[test]
fn an_entry_that_merges_another_part_of_the_file_is_left_alone() {
    let home = Home::empty();
    home.write(
        "librechat.yaml",
        "x: &e\n  GITHUB_TOKEN: ghp_16C7e42F292c6912E7710c838347Ae178B4a\nmcpServers:\n  m:\n    command: /bin/cat\n    env:\n      <<: *e\n      API_TOKEN: ghp_16C7e42F292c6912E7710c838347Ae178B4a\n",
    );
    let mut session = home.session_in(".");
    assert!(!wraps(&mut session));
    assert!(by_hand(&mut session).contains("write them out first"), "{}", by_hand(&mut session));
}

#[test]
fn the_file_that_was_shown_is_the_one_that_is_changed() {
    for other in ["file", "folder"] {
        let home = Home::empty();
        home.write(".cursor/mcp.json", &file("mcpServers"));
        let mut session = home.session();
        let fix = fix(&mut session, "keychain").unwrap();
        let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
        let (folder, aside) = (home.path(".cursor"), home.path("aside"));
        if other == "file" {
            std::fs::rename(folder.join("mcp.json"), &aside).unwrap();
            std::fs::copy(&aside, folder.join("mcp.json")).unwrap();
        } else {
            std::fs::rename(&folder, &aside).unwrap();
            std::fs::create_dir(&folder).unwrap();
            std::fs::rename(aside.join("mcp.json"), folder.join("mcp.json")).unwrap();
        }
        let failure = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap_err();
        assert_eq!(failure.code, Code::Stale, "another {other}");
        assert_eq!(home.read(".cursor/mcp.json"), file("mcpServers"));
        key_moved(&mut session);
    }
}

#[test]
fn an_entry_of_a_list_is_found_again_by_its_name() {
    const CONFIG: &str = ".continue/config.yaml";
    let first = "mcpServers:\n";
    let new = "mcpServers:\n  - name: new\n    command: node\n";
    let before = format!(
        "name: me\n{first}  - name: x # mine\n    command: node\n    args: [/srv/x.js]\n    env:\n      GITHUB_TOKEN: {}\n",
        entry()["env"]["GITHUB_TOKEN"].as_str().unwrap()
    );
    let home = Home::empty();
    home.write(CONFIG, &before);
    let mut session = home.session();
    let change = key_moved(&mut session);
    assert!(!home.read(CONFIG).contains("ghp_"));
    home.write(CONFIG, &home.read(CONFIG).replace(first, new));
    session.undo(&change).unwrap();
    assert_eq!(home.read(CONFIG), before.replace(first, new));
    // Two of one name: it cannot be told which is meant.
    home.write(CONFIG, &before);
    let change = key_moved(&mut session);
    home.write(CONFIG, &home.read(CONFIG).replace(first, &new.replace("new", "x")));
    assert_eq!(session.undo(&change).unwrap_err().code, Code::Conflict);
}

/// What is taken in is read, though nothing of it is changed.
#[test]
fn an_entry_that_is_taken_in_is_left_alone() {
    let home = Home::empty();
    home.write(
        "librechat.yaml",
        "x: &all\n  m:\n    command: /bin/cat\n    env:\n      API_TOKEN: ghp_16C7e42F292c6912E7710c838347Ae178B4a\nmcpServers:\n  <<: *all\n",
    );
    let mut session = home.session_in(".");
    assert!(!wraps(&mut session));
    assert!(by_hand(&mut session).contains("write them out first"), "{}", by_hand(&mut session));
}

#[test]
fn a_key_that_an_alias_stands_for_is_moved_once_it_is_written_out() {
    let home = Home::empty();
    let env = "      API_TOKEN: ghp_16C7e42F292c6912E7710c838347Ae178B4a\n";
    let text = format!(
        "shared: &e\n{env}extensions:\n  m:\n    type: stdio\n    enabled: true\n    cmd: /bin/cat\n    envs: *e\n"
    );
    home.write(".config/goose/config.yaml", &text);
    let (code, said) = refusal(&mut home.session());
    assert_eq!(code, Code::Refused);
    assert!(said.contains("an alias stands here") && said.contains("write that out"), "{said}");
    assert!(said.contains("line 8, column 11"), "{said}");
    assert_eq!(home.read(".config/goose/config.yaml"), text);
    home.write(".config/goose/config.yaml", &text.replace("envs: *e\n", &format!("envs:\n{env}")));
    key_moved(&mut home.session());
}
