//! Keys out of launch lines: what is written, what the launcher makes of it,
//! and the way back.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use homes::{Home, by_hand, fix};
use serde_json::{Value, json};
use warder_audit::api::{Choices, Preview};
use warder_audit::finding::Safety;
use warder_audit::machine::Machine;
use warder_audit::session::Session;
use warder_launch::compare::compare;
use warder_launch::profile::Profile;
use warder_launch::reference::fill;
use warder_launch::state::State;
use warder_launch::vault::Secret;
use warder_launch::wrap::Wrapped;

const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

/// A home where every launcher is installed.
fn home() -> Home {
    let home = Home::empty();
    for name in ["npx", "uvx", "docker", "podman", "env", "sudo", "node"] {
        let path = format!("bin/{name}");
        home.write(&path, "");
        fs::set_permissions(home.path(&path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    home
}

fn session(home: &Home) -> Session {
    let path = home.path("bin").to_string_lossy().into_owned();
    home.session_with(|env| drop(env.vars.insert("PATH".to_owned(), path)))
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned()).collect()
}

/// What the server is started with: its words, and the variables of its entry.
struct Started {
    words: Vec<String>,
    env: BTreeMap<String, String>,
}

/// Does what the launcher does with an entry.
fn started(home: &Home, entry: &Value, env: &str) -> Started {
    let wrapped = Wrapped::parse(&texts(&entry["args"])).expect("the launcher starts it");
    let profile = Profile::read(&State::at(home.path(".warder")), &wrapped.profile).unwrap();
    let given = entry[env].as_object().cloned().unwrap_or_default();
    let given = given.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    let mut env: BTreeMap<String, String> = given.collect();
    let caller = env.iter().map(|(name, value)| (OsString::from(name), OsString::from(value))).collect();
    let argv: Vec<String> = std::iter::once(wrapped.program).chain(wrapped.args).collect();
    let args = compare(&profile, &argv, &caller, &home.root()).unwrap();
    let get = |reference: String| home.kept(&reference).unwrap();
    let keys = profile.inside.iter().map(|handle| (handle.clone(), Secret::new(get(handle.reference())))).collect();
    for (name, handle) in &profile.secrets {
        env.insert(name.clone(), get(handle.reference()));
    }
    let words = std::iter::once(argv[0].clone()).chain(args.iter().map(|word| fill(word, &keys))).collect();
    Started { words, env }
}

/// Moves the first key of a home; the preview and the change.
fn moved(session: &mut Session) -> (Preview, String) {
    let keychain = fix(session, "keychain").expect("a key to move");
    let preview = session
        .preview(&keychain.id, &Choices::default())
        .unwrap_or_else(|why| panic!("{why} {}", why.hint.clone().unwrap_or_default()));
    let change = session.apply(&keychain.id, &Choices::default(), &preview.seen, false).unwrap();
    (preview, change.id)
}

#[test]
fn a_key_in_a_word_comes_back_where_it_stood() {
    for key in [TOKEN.to_owned(), "q8Zr2L$mW0x\\\"V'b7Tn".to_owned(), format!("pä{}", "Zr2LmW0xVb7TnKc4".repeat(150))]
    {
        let inner = json!({ "api_key": key, "n": 1 }).to_string();
        for (args, visible) in [
            (json!(["-y", "x", "--api-key", key]), 1),
            (json!(["-y", "x", format!("--api-key={key}"), "--verbose"]), 1),
            (json!(["-y", "x", "--header", format!("X-API-Key: {key}")]), 1),
            (json!(["-y", "x", "--config", inner]), 1),
        ] {
            let home = home();
            let before = json!({ "mcpServers": { "it": { "command": "npx", "args": args } } }).to_string();
            home.write(".cursor/mcp.json", &before);
            let mut session = session(&home);
            let (preview, id) = moved(&mut session);
            assert_eq!(preview.safety, Safety::Review);
            let said = preview.notes.join(" ");
            assert!(said.contains("stays visible to other processes"), "{said}");
            let after = homes::read(&home, ".cursor/mcp.json");
            assert!(!home.holds(".cursor", &key) && !home.holds(".warder", &key), "{args}");
            let started = started(&home, &after["mcpServers"]["it"], "env");
            assert_eq!(started.words[1..], texts(&args), "{after}");
            assert_eq!(home.items(), visible);
            session.undo(&id).unwrap();
            assert_eq!(home.read(".cursor/mcp.json"), before);
            assert_eq!((home.items(), home.profiles().len()), (0, 0));
        }
    }
}

#[test]
fn a_key_that_its_server_reads_from_a_variable_leaves_the_words() {
    let bearer = format!("Authorization: Bearer {TOKEN}");
    for (entry, words, name) in [
        (
            json!({ "command": "docker", "args": ["run", "-i", "-e", format!("GH={TOKEN}"), "a/b"], "env": { "A": "1" } }),
            vec!["docker", "run", "-i", "-e", "GH", "a/b"],
            "GH",
        ),
        (
            json!({ "command": "podman", "args": ["run", format!("-eGH={TOKEN}"), "--rm", "a/b"] }),
            vec!["podman", "run", "-eGH", "--rm", "a/b"],
            "GH",
        ),
        (
            json!({ "command": "docker", "args": ["run", format!("--env=GH={TOKEN}"), "a/b"], "env": {} }),
            vec!["docker", "run", "--env=GH", "a/b"],
            "GH",
        ),
        (
            json!({ "command": "docker", "args": ["run", "-ie", format!("GH={TOKEN}"), "a/b"] }),
            vec!["docker", "run", "-ie", "GH", "a/b"],
            "GH",
        ),
        (
            json!({ "command": "env", "args": ["A=b", format!("GH={TOKEN}"), "npx", "-y", "x"] }),
            vec!["env", "A=b", "npx", "-y", "x"],
            "GH",
        ),
        (
            json!({ "command": "npx", "args": ["-y", "@upstash/context7-mcp", "--api-key", TOKEN, "--transport", "stdio"] }),
            vec!["npx", "-y", "@upstash/context7-mcp", "--transport", "stdio"],
            "CONTEXT7_API_KEY",
        ),
        (
            json!({ "command": "npx", "args": ["-y", "@supabase/mcp-server-supabase", format!("--access-token={TOKEN}")] }),
            vec!["npx", "-y", "@supabase/mcp-server-supabase"],
            "SUPABASE_ACCESS_TOKEN",
        ),
        (
            json!({ "command": "npx", "args": ["-y", "mcp-remote", "https://a.example/mcp", "--header", bearer] }),
            vec!["npx", "-y", "mcp-remote", "https://a.example/mcp", "--header", "Authorization: Bearer ${IT_TOKEN}"],
            "IT_TOKEN",
        ),
    ] {
        // Other spellings of the same entry.
        for (path, root, member) in [
            (".cursor/mcp.json", "mcpServers", "env"),
            (".config/Code/User/mcp.json", "servers", "env"),
            (".config/opencode/opencode.json", "mcp", "environment"),
        ] {
            let home = home();
            let mut given = entry.clone();
            if member == "environment" {
                let line: Vec<Value> =
                    std::iter::once(&entry["command"]).chain(entry["args"].as_array().unwrap()).cloned().collect();
                given = json!({ "type": "local", "command": line });
                if let Some(env) = entry.get("env") {
                    given["environment"] = env.clone();
                }
            }
            let before = json!({ root: { "it": given } }).to_string();
            home.write(path, &before);
            let mut session = session(&home);
            let (preview, id) = moved(&mut session);
            assert_eq!(preview.safety, Safety::Safe, "{given}");
            let mut after = homes::read(&home, path)[root]["it"].clone();
            assert!(!after.to_string().contains(TOKEN));
            assert!(after[member][name].as_str().unwrap().starts_with("keychain:"), "{after}");
            if member == "environment" {
                let line = after["command"].as_array().unwrap().clone();
                after["args"] = json!(line[1..]);
            }
            let started = started(&home, &after, member);
            assert_eq!(started.words, words, "{after}");
            assert_eq!(started.env[name], TOKEN);
            let others = entry["env"].as_object().map_or(0, |env| env.len());
            assert_eq!(started.env.len(), others + 1);
            session.undo(&id).unwrap();
            assert_eq!(home.read(path), before);
            assert_eq!((home.items(), home.profiles().len()), (0, 0));
        }
    }
}

#[test]
fn several_keys_of_one_line_are_moved_one_by_one() {
    let home = home();
    let url = "postgresql://app:q8Zr2LmW0xVb7TnKc4JdYp91@db.example.com/app?sslmode=require";
    let args = json!(["-y", "x", url, "--token", TOKEN, format!("--api-key={TOKEN}")]);
    let before = json!({ "mcpServers": { "it": { "command": "npx", "args": args } } }).to_string();
    home.write(".cursor/mcp.json", &before);
    let mut session = session(&home);
    let ids: Vec<String> = (0..3).map(|_| moved(&mut session).1).collect();
    assert!(fix(&mut session, "keychain").is_none());
    let after = homes::read(&home, ".cursor/mcp.json");
    assert_eq!(started(&home, &after["mcpServers"]["it"], "env").words[1..], texts(&args), "{after}");
    // The token stands twice and is one item.
    assert_eq!((home.items(), home.profiles().len()), (2, 1));
    for id in ids.iter().rev() {
        session.undo(id).unwrap();
    }
    assert_eq!(home.read(".cursor/mcp.json"), before);
    assert_eq!((home.items(), home.profiles().len()), (0, 0));
}

#[test]
fn a_reference_of_another_entry_is_not_taken_over() {
    let home = home();
    let entry = |args: Value| json!({ "command": "npx", "args": args });
    home.write(
        ".cursor/mcp.json",
        &json!({ "mcpServers": { "a": entry(json!(["-y", "x", "--api-key", TOKEN])) } }).to_string(),
    );
    let mut session = session(&home);
    moved(&mut session);
    let mut file = homes::read(&home, ".cursor/mcp.json");
    let reference = texts(&file["mcpServers"]["a"]["args"]).pop().unwrap();
    file["mcpServers"]["b"] = json!({
        "command": "npx", "args": ["-y", "evil", reference], "env": { "GITHUB_TOKEN": TOKEN },
    });
    home.write(".cursor/mcp.json", &file.to_string());
    let keychain = fix(&mut session, "keychain").unwrap();
    let failure = session.preview(&keychain.id, &Choices::default()).unwrap_err();
    assert_eq!(failure.message, "an argument refers to a key that this entry was not given");
}

#[test]
fn what_a_client_fills_in_is_no_part_of_the_key() {
    let home = home();
    let before = json!({ "mcpServers": { "it": {
        "command": "npx",
        "args": ["-y", "x", format!("--url=https://a.example${{userHome}}?token={TOKEN}&at=${{userHome}}")],
    } } })
    .to_string();
    home.write(".cursor/mcp.json", &before);
    let mut session = session(&home);
    moved(&mut session);
    let after = home.read(".cursor/mcp.json");
    assert!(after.contains("?token=keychain:") && after.contains("&at=${userHome}"), "{after}");
    assert_eq!(home.values(), [TOKEN]);
}

#[test]
fn a_shell_line_is_left_with_the_reason() {
    let home = home();
    let line = format!("npx -y x --token {TOKEN}");
    home.write(
        ".cursor/mcp.json",
        &json!({ "mcpServers": { "it": { "command": "sh", "args": ["-c", line] } } }).to_string(),
    );
    let mut session = session(&home);
    assert!(fix(&mut session, "keychain").is_none());
    assert!(by_hand(&mut session).contains("A shell takes this line apart at each start"));
}

#[test]
fn a_file_of_variables_is_left_in_two_steps() {
    let home = home();
    let path = ".config/Code/User/mcp.json";
    let env_file = home.path("x.env").to_string_lossy().into_owned();
    home.write("x.env", &format!("A=1\nexport GITHUB_TOKEN=\"{TOKEN}\"\n"));
    let before = json!({ "servers": { "it": { "command": "node", "args": ["/srv/x.js"], "envFile": env_file } } });
    home.write(path, &before.to_string());
    let mut session = session(&home);
    let (preview, id) = moved(&mut session);
    assert_eq!(preview.safety, Safety::Review);
    assert!(preview.notes[0].contains("x.env still holds the key in line 2"), "{:?}", preview.notes);
    let after = homes::read(&home, path)["servers"]["it"].clone();
    assert_eq!(after["envFile"], json!(env_file));
    let started = started(&home, &after, "env");
    assert_eq!(
        (started.words, started.env["GITHUB_TOKEN"].as_str()),
        (vec!["node".to_owned(), "/srv/x.js".to_owned()], TOKEN)
    );
    assert!(fix(&mut session, "keychain").is_none(), "the second step is the user's");
    session.undo(&id).unwrap();
    assert_eq!(home.read(path), before.to_string());
    // Of Cursor it is not known which of the two wins.
    let mut session = {
        fs::remove_file(home.path(path)).unwrap();
        let it = before["servers"]["it"].clone();
        home.write(".cursor/mcp.json", &json!({ "mcpServers": { "it": it } }).to_string());
        self::session(&home)
    };
    assert!(fix(&mut session, "keychain").is_none());
}

#[test]
fn the_variable_stands_where_its_client_reads_it() {
    let args = json!(["run", "-i", "-e", format!("GH={TOKEN}"), "a/b"]);
    for (path, text) in [
        (".codex/config.toml", format!("# mine\n[mcp_servers.it]\ncommand = \"docker\"\nargs = {args}\n\n[tui]\n")),
        (
            ".config/goose/config.yaml",
            format!(
                "extensions:\n  it:\n    type: stdio\n    name: it\n    enabled: true\n    cmd: docker\n    args: {args}\n"
            ),
        ),
        (
            ".config/zed/settings.json",
            format!(
                "{{ \"context_servers\": {{ \"it\": {{ \"command\": {{ \"path\": \"docker\", \"args\": {args} }} }} }} }}"
            ),
        ),
        (
            ".claude.json",
            json!({ "mcpServers": { "it": { "type": "stdio", "command": "docker", "args": args } } }).to_string(),
        ),
    ] {
        let home = home();
        home.write(path, &text);
        let mut session = session(&home);
        let (_, id) = moved(&mut session);
        let machine = Machine::look(home.env());
        let server = machine.servers.iter().find(|server| server.name == "it").unwrap();
        let env: Vec<&str> = server.env.iter().map(|pair| pair.name.as_str()).collect();
        assert_eq!(env, ["GH"], "{}", home.read(path));
        assert_eq!(server.env[0].value.value, server.profile().unwrap().secrets["GH"].reference(), "{path}");
        let words: Vec<&str> = server.command().unwrap().words().iter().map(|word| word.value.as_str()).collect();
        assert_eq!(words, ["docker", "run", "-i", "-e", "GH", "a/b"], "{path}");
        session.undo(&id).unwrap();
        assert_eq!(home.read(path), text);
    }
}
