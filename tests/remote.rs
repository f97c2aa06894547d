//! Keys of servers elsewhere: for each client and place the entry afterwards,
//! word for word; the machine as it is read then; the old bytes after undo.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::path::Path;

use homes::{Home, fix, worse};
use serde_json::{Value, json};
use warder_audit::api::{Choices, Code, Protection, Report, TransportName};
use warder_audit::clients::{CLIENTS, Client};
use warder_audit::finding::Safety;
use warder_audit::session::Session;
use warder_audit::writing::carriers::{CARRIERS, Way, carrier};
use warder_launch::vault::Handle;

const KEY: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
const OTHER: &str = "q8Zr2LmW0xVb7TnKc4JdYp91";
/// What chance gives, for a test.
const CHANCE: [u8; 16] = *b"\x5e\x1b\x9c\x42\xd7\x06\xfa\x83\x3d\x70\xb5\x2e\x68\xc1\x94\x0f";

/// The random part of the id that the fix gives its `nth` item.
fn id(nth: u128) -> String {
    let handle = Handle::new("x", (u128::from_be_bytes(CHANCE) + nth).to_be_bytes());
    handle.as_str().strip_prefix("x-").unwrap().to_owned()
}

const RULES: [&str; 2] = ["secret-in-header", "secret-in-url"];

fn session(home: &Home) -> Session {
    home.session().with_random(|| CHANCE)
}

fn own(home: &Home, text: &str) -> String {
    let text = text.replace("[HOME]", &home.root().to_string_lossy());
    text.replace("[KEY]", KEY).replace("[OTHER]", OTHER).replace("[ID]", &id(0)).replace("[NEXT]", &id(1))
}

fn found(report: &Report) -> Vec<&str> {
    let rules = report.findings.iter().map(|finding| finding.rule.as_str());
    rules.filter(|rule| RULES.contains(rule)).collect()
}

/// File, its text before, its text after.
const RELAYED: &[(&str, &str, &str)] = &[
    (
        ".cursor/mcp.json",
        r#"{
  // ours
  "mcpServers": {
    "git": {
      "url": "https://mcp.example.com/mcp", // the service
      "headers": { "Authorization": "Bearer [KEY]", "X-Set": "repos" }
    }
  }
}
"#,
        r#"{
  // ours
  "mcpServers": {
    "git": {
      "command": "[HOME]/.warder/bin/warder-relay",
      "args": ["run", "--profile", "git-[ID]", "--", "https://mcp.example.com/mcp", "--header", "Authorization: Bearer keychain:GIT_TOKEN-[ID]", "--header", "X-Set: repos"]
    }
  }
}
"#,
    ),
    (
        ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
        "{\n\t\"mcpServers\": {\n\t\t\"git\": {\n\t\t\t\"type\": \"streamable-http\",\n\t\t\t\"url\": \"https://mcp.example.com/mcp?api_key=[OTHER]\",\n\t\t\t\"alwaysAllow\": [\"list\"]\n\t\t}\n\t}\n}\n",
        "{\n\t\"mcpServers\": {\n\t\t\"git\": {\n\t\t\t\"type\": \"stdio\",\n\t\t\t\"alwaysAllow\": [\"list\"],\n\t\t\t\"command\": \"[HOME]/.warder/bin/warder-relay\",\n\t\t\t\"args\": [\"run\", \"--profile\", \"git-[ID]\", \"--\", \"https://mcp.example.com/mcp?api_key=keychain:GIT_TOKEN-[ID]\"]\n\t\t}\n\t}\n}\n",
    ),
    (
        ".cline/data/settings/cline_mcp_settings.json",
        r#"{ "mcpServers": { "git": { "transport": { "type": "sse", "url": "https://mcp.example.com/sse", "headers": { "X-API-Key": "[OTHER]" } }, "disabled": false } } }"#,
        r#"{ "mcpServers": { "git": { "transport": { "type": "stdio", "command": "[HOME]/.warder/bin/warder-relay", "args": ["run", "--profile", "git-[ID]", "--", "https://mcp.example.com/sse", "--sse", "--header", "X-API-Key: keychain:GIT_API_KEY-[ID]"] }, "disabled": false } } }"#,
    ),
    (
        ".codex/config.toml",
        "# mine\n[mcp_servers.git]\nurl = \"https://mcp.example.com/mcp\"\nstartup_timeout_sec = 20 # slow\nhttp_headers = { Authorization = \"Bearer [KEY]\" }\n\n[mcp_servers.other]\ncommand = \"some-mcp\"\n",
        r#"# mine
[mcp_servers.git]
startup_timeout_sec = 20 # slow
command = "[HOME]/.warder/bin/warder-relay"
args = ["run", "--profile", "git-[ID]", "--", "https://mcp.example.com/mcp", "--header", "Authorization: Bearer keychain:GIT_TOKEN-[ID]"]

[mcp_servers.other]
command = "some-mcp"
"#,
    ),
    (
        ".vibe/config.toml",
        "[[mcp_servers]]\nname = \"git\"\ntransport = \"http\"\nurl = \"https://mcp.example.com/mcp\"\nheaders = { Authorization = \"Bearer [KEY]\" }\n",
        "[[mcp_servers]]\nname = \"git\"\ntransport = \"stdio\"\ncommand = \"[HOME]/.warder/bin/warder-relay\"\nargs = [\"run\", \"--profile\", \"git-[ID]\", \"--\", \"https://mcp.example.com/mcp\", \"--header\", \"Authorization: Bearer keychain:GIT_TOKEN-[ID]\"]\n",
    ),
    (
        ".config/goose/config.yaml",
        "extensions:\n  git:\n    type: streamable_http # remote\n    name: git\n    enabled: true\n    uri: https://mcp.example.com/mcp\n    headers:\n      Authorization: Bearer [KEY]\n    timeout: 300\n",
        r#"extensions:
  git:
    type: stdio # remote
    name: git
    enabled: true
    timeout: 300
    cmd: [HOME]/.warder/bin/warder-relay
    args:
      - run
      - --profile
      - git-[ID]
      - --
      - https://mcp.example.com/mcp
      - --header
      - 'Authorization: Bearer keychain:GIT_TOKEN-[ID]'
"#,
    ),
    (
        ".continue/config.yaml",
        "name: mine\nmcpServers:\n  - name: git\n    type: streamable-http\n    url: https://ana:[OTHER]@mcp.example.com/mcp\n  - name: other\n    command: some-mcp\n",
        r#"name: mine
mcpServers:
  - name: git
    type: stdio
    command: [HOME]/.warder/bin/warder-relay
    args:
      - run
      - --profile
      - git-[ID]
      - --
      - https://ana:keychain:GIT_TOKEN-[ID]@mcp.example.com/mcp
  - name: other
    command: some-mcp
"#,
    ),
    (
        ".config/opencode/opencode.json",
        r#"{ "mcp": { "git": { "type": "remote", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "enabled": true } } }"#,
        r#"{ "mcp": { "git": { "type": "local", "enabled": true, "command": ["[HOME]/.warder/bin/warder-relay", "run", "--profile", "git-[ID]", "--", "https://mcp.example.com/mcp", "--header", "Authorization: Bearer keychain:GIT_TOKEN-[ID]"] } } }"#,
    ),
    (
        ".config/zed/settings.json",
        "{\n  \"theme\": \"One\",\n  \"context_servers\": {\n    \"git\": { \"url\": \"https://mcp.example.com/mcp\", \"headers\": { \"Authorization\": \"Bearer [KEY]\" } },\n  },\n}\n",
        r#"{
  "theme": "One",
  "context_servers": {
    "git": { "command": "[HOME]/.warder/bin/warder-relay", "args": ["run", "--profile", "git-[ID]", "--", "https://mcp.example.com/mcp", "--header", "Authorization: Bearer keychain:GIT_TOKEN-[ID]"] },
  },
}
"#,
    ),
    (
        ".gemini/settings.json",
        r#"{ "mcpServers": { "git": { "httpUrl": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "trust": false } } }"#,
        r#"{ "mcpServers": { "git": { "trust": false, "command": "[HOME]/.warder/bin/warder-relay", "args": ["run", "--profile", "git-[ID]", "--", "https://mcp.example.com/mcp", "--header", "Authorization: Bearer keychain:GIT_TOKEN-[ID]"] } } }"#,
    ),
    (
        ".codeium/windsurf/mcp_config.json",
        r#"{ "mcpServers": { "git": { "serverUrl": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "disabledTools": ["a"] } } }"#,
        r#"{ "mcpServers": { "git": { "disabledTools": ["a"], "command": "[HOME]/.warder/bin/warder-relay", "args": ["run", "--profile", "git-[ID]", "--", "https://mcp.example.com/mcp", "--header", "Authorization: Bearer keychain:GIT_TOKEN-[ID]"] } } }"#,
    ),
    (
        ".config/Code/User/mcp.json",
        r#"{ "servers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp?a=b&token=[OTHER]", "headers": { "Authorization": "Bearer [KEY]", "X-Copy": "[KEY]" } } } }"#,
        r#"{ "servers": { "git": { "type": "stdio", "command": "[HOME]/.warder/bin/warder-relay", "args": ["run", "--profile", "git-[ID]", "--", "https://mcp.example.com/mcp?a=b&token=keychain:GIT_TOKEN-[ID]", "--header", "Authorization: Bearer keychain:GIT_TOKEN-[NEXT]", "--header", "X-Copy: keychain:GIT_TOKEN-[NEXT]"] } } }"#,
    ),
    (
        ".copilot/mcp-config.json",
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "tools": ["*"] } } }"#,
        r#"{ "mcpServers": { "git": { "type": "stdio", "tools": ["*"], "command": "[HOME]/.warder/bin/warder-relay", "args": ["run", "--profile", "git-[ID]", "--", "https://mcp.example.com/mcp", "--header", "Authorization: Bearer keychain:GIT_TOKEN-[ID]"] } } }"#,
    ),
    (
        ".claude.json",
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp?api_key=[OTHER]" } } }"#,
        r#"{ "mcpServers": { "git": { "type": "stdio", "command": "[HOME]/.warder/bin/warder-relay", "args": ["run", "--profile", "git-[ID]", "--", "https://mcp.example.com/mcp?api_key=keychain:GIT_TOKEN-[ID]"] } } }"#,
    ),
    (
        ".claude.json",
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]", "X-Set": "repos" } } } }"#,
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "X-Set": "repos" }, "headersHelper": "[HOME]/.warder/bin/warder-relay headers --profile git-[ID]" } } }"#,
    ),
];

#[test]
fn keys_leave_every_shape_and_come_back() {
    for (path, before, after) in RELAYED {
        let home = Home::empty();
        let (before, after) = (own(&home, before), own(&home, after));
        home.write(path, &before);
        let mut session = session(&home);
        let report = session.scan().report();
        assert!(!found(&report).is_empty(), "{path}: nothing found in {before}");
        let row = report.servers[0].clone();
        let fix = fix(&mut session, "keychain").unwrap_or_else(|| panic!("{path}: {:?}", homes::by_hand(&mut session)));
        let preview = session.preview(&fix.id, &Choices::default());
        let preview = preview.unwrap_or_else(|why| panic!("{path}: {why} {:?}", why.hint));
        let said = serde_json::to_string(&preview).unwrap();
        let change = session.apply(&fix.id, &Choices::default(), &preview.seen, false);
        let change = change.unwrap_or_else(|why| panic!("{path}: {why} {:?}", why.hint));
        let now = home.read(path);
        assert_eq!(now, after, "{path}");
        for key in [KEY, OTHER] {
            assert!(!said.contains(key) && !home.holds("", key), "{path} still holds the key");
        }
        let again = session.scan().report();
        assert_eq!(found(&again), [""; 0], "{path}: {now}");
        assert_eq!(worse(&report, &again, &fix.id), [""; 0], "{path}");
        let same = &again.servers[0];
        assert_eq!((same.transport, same.profile, same.enabled), (row.transport, row.profile, row.enabled), "{path}");
        assert_eq!(same.protection, Protection::Keychain, "{path}");
        assert!(again.files.iter().all(|file| file.error.is_none()), "{path}: {now}");
        session.undo(&change.id).unwrap();
        assert_eq!(home.read(path), before, "{path}");
        assert!(home.profiles().is_empty(), "{path}: a profile was left");
    }
}

/// File, root, how its client calls the URL, and what an entry says it is, before and after.
const OTHERS: &[(&str, &str, &str, Option<&str>, Option<&str>)] = &[
    (".ai/mcp/mcp.json", "mcpServers", "url", None, None),
    (".aws/amazonq/mcp.json", "mcpServers", "url", Some("http"), Some("stdio")),
    (".boltai/mcp.json", "mcpServers", "url", None, None),
    (".config/Trae/User/mcp.json", "mcpServers", "url", None, None),
    (".config/Witsy/settings.json", "mcpServers", "url", Some("http"), Some("stdio")),
    (".config/amp/settings.json", "amp.mcpServers", "url", None, None),
    (".config/crush/crush.json", "mcp", "url", Some("http"), Some("stdio")),
    (".config/devin/mcp_config.json", "mcpServers", "url", None, None),
    (".config/github-copilot/intellij/mcp.json", "servers", "url", Some("http"), Some("stdio")),
    (".factory/mcp.json", "mcpServers", "url", Some("http"), Some("stdio")),
    (".gemini/antigravity/mcp_config.json", "mcpServers", "serverUrl", Some("http"), None),
    (".junie/mcp/mcp.json", "mcpServers", "url", None, None),
    (".kimi/mcp.json", "mcpServers", "url", None, None),
    (".kiro/settings/mcp.json", "mcpServers", "url", Some("streamable-http"), Some("stdio")),
    (".lmstudio/mcp.json", "mcpServers", "url", None, None),
    (".qoder/mcp.json", "mcpServers", "url", None, None),
    (".qwen/settings.json", "mcpServers", "httpUrl", Some("http"), None),
    (".warp/.mcp.json", "mcpServers", "url", None, None),
];

#[test]
fn an_entry_of_any_client_keeps_all_that_is_not_about_its_url() {
    for (path, root, url, before, after) in OTHERS {
        let home = Home::empty();
        let mut entry = json!({ "headers": { "Authorization": format!("Bearer {KEY}") }, "timeout": 20 });
        entry[url] = "https://mcp.example.com/mcp".into();
        if let Some(kind) = before {
            entry["type"] = (*kind).into();
        }
        let text = json!({ *root: { "git": entry } }).to_string();
        home.write(path, &text);
        let mut session = session(&home);
        let change = homes::key_moved(&mut session);
        let git = format!("git-{}", id(0));
        let header = format!("Authorization: Bearer keychain:GIT_TOKEN-{}", id(0));
        let mut expected = json!({
            "timeout": 20,
            "command": home.path(".warder/bin/warder-relay"),
            "args": ["run", "--profile", git, "--", "https://mcp.example.com/mcp", "--header", header]
        });
        if let Some(kind) = after {
            expected["type"] = (*kind).into();
        }
        assert_eq!(homes::read(&home, path)[root]["git"], expected, "{path}");
        assert_eq!(found(&session.scan().report()), [""; 0], "{path}");
        session.undo(&change).unwrap();
        assert_eq!(home.read(path), text, "{path}");
    }
}

/// What is refused, and the first words of why.
const LEFT: &[(&str, &str, &str)] = &[
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "git": { "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]", "X-Org": "${env:ORG}" } } } }"#,
        "Cursor puts something in for ${env:ORG}, which only Cursor can do.",
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "git": { "url": "https://mcp.example.com/mcp", "auth": { "CLIENT_ID": "x" }, "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
        "This entry has \"auth\", which only Cursor can do",
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "git": { "url": "http://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
        "The way to this server is not encrypted",
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "git": { "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "env": { "A": "b" } } } }"#,
        "This entry sets variables",
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "git": { "url": "https://mcp.example.com/mcp", "headers": { "X-API-Key": "[OTHER]", "x-api-key": "b" } } } }"#,
        "The header x-api-key is not one that Warder's relay can send.",
    ),
    (
        ".claude.json",
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://${HOST}/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
        "Claude Code puts something in for ${HOST}, which",
    ),
    (
        ".config/Claude/claude_desktop_config.json",
        r#"{ "mcpServers": { "git": { "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
        "Claude Desktop skips entries with a URL",
    ),
    (
        ".claude.json",
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headersHelper": "/opt/give-headers", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
        "This entry has a \"headersHelper\" of its own.",
    ),
    (
        ".claude.json",
        r#"{ "mcpServers": { "git": { "type": "ws", "url": "wss://mcp.example.com/mcp?api_key=[OTHER]" } } }"#,
        "Warder's relay speaks to https URLs only.",
    ),
    (
        ".config/kilo/kilo.json",
        r#"{ "mcp": { "git": { "type": "remote", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
        "What Kilo Code takes in an entry is not known well enough",
    ),
    (
        ".gemini/settings.json",
        r#"{ "mcpServers": { "git": { "httpUrl": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]", "X-A": "5$" } } } }"#,
        "Gemini CLI puts something in for $, which",
    ),
];

#[test]
fn what_the_relay_cannot_do_stays_and_says_why() {
    for (path, before, why) in LEFT {
        let home = Home::empty();
        home.write(path, &own(&home, before));
        let mut session = session(&home);
        assert!(fix(&mut session, "keychain").is_none(), "{path}: {before}");
        let steps = homes::by_hand(&mut session);
        assert!(steps.starts_with(why), "{path}: {steps}");
    }
}

const SHARED: &str = r#"{
  "servers": {
    "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } }
  },
  // asked for
  "inputs": [
    { "type": "promptString", "id": "git-token", "description": "another" }
  ]
}
"#;

#[test]
fn a_shared_file_of_vs_code_lets_the_client_ask() {
    let home = Home::empty();
    let path = "code/app/.vscode/mcp.json";
    home.write("code/app/.git/HEAD", "ref: refs/heads/main\n");
    home.write(path, &own(&home, SHARED));
    let mut session = home.session_in("code/app");
    let asked = fix(&mut session, "keychain").unwrap();
    assert_eq!((asked.title.as_str(), asked.safety), ("Let the client ask for it", Safety::Review));
    let preview = session.preview(&asked.id, &Choices::default()).unwrap();
    assert_eq!(preview.verify, None, "nothing is started");
    assert!(preview.notes.iter().any(|note| note.contains("replace the key at its provider first")));
    let change = session.apply(&asked.id, &Choices::default(), &preview.seen, false).unwrap();
    let after = own(&home, SHARED).replace(&format!("Bearer {KEY}"), "Bearer ${input:git-token-2}").replace(
        "\"another\" }\n",
        "\"another\" },\n    {\n      \"type\": \"promptString\",\n      \"id\": \"git-token-2\",\n      \
         \"description\": \"Key of git\",\n      \"password\": true\n    }\n",
    );
    assert_eq!(home.read(path), after);
    assert!(!home.holds("", KEY) && !after.contains(&*home.root().to_string_lossy()));
    assert_eq!(found(&session.scan().report()), [""; 0]);
    session.undo(&change.id).unwrap();
    assert_eq!(home.read(path), own(&home, SHARED));
}

#[test]
fn a_file_without_inputs_gets_a_list_of_them() {
    let home = Home::empty();
    let path = "code/app/.vscode/mcp.json";
    home.write("code/app/.git/HEAD", "ref: refs/heads/main\n");
    home.write(
        path,
        &own(&home, r#"{ "servers": { "git": { "url": "https://mcp.example.com/mcp?api_key=[OTHER]" } } }"#),
    );
    let mut session = home.session_in("code/app");
    homes::key_moved(&mut session);
    let now = homes::read(&home, path);
    assert_eq!(now["servers"]["git"]["url"], "https://mcp.example.com/mcp?api_key=${input:git-token}");
    assert_eq!(now["inputs"][0]["password"], true);
    assert_eq!(now["inputs"][0]["id"], "git-token");
}

#[test]
fn a_shared_file_of_another_client_is_done_by_hand() {
    let home = Home::empty();
    home.write("code/app/.git/HEAD", "ref: refs/heads/main\n");
    let text = r#"{ "mcpServers": { "git": { "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#;
    home.write("code/app/.cursor/mcp.json", &own(&home, text));
    let mut session = home.session_in("code/app");
    assert!(fix(&mut session, "keychain").is_none());
    let steps = homes::by_hand(&mut session);
    assert!(steps.contains("committed") && steps.contains("Write \"Bearer ${env:GIT_TOKEN}\""), "{steps}");
}

const CURSOR: &str = ".cursor/mcp.json";

/// A home whose only entry came to its server through the relay.
fn relayed() -> (Home, Session, String) {
    let home = Home::empty();
    let entry = json!({
        "url": "https://mcp.example.com/mcp",
        "headers": { "Authorization": format!("Bearer {KEY}"), "X-Set": "repos" }
    });
    home.write(CURSOR, &json!({ "mcpServers": { "git": entry } }).to_string());
    let mut session = home.session();
    let id = homes::key_moved(&mut session);
    (home, session, id)
}

fn entry(home: &Home) -> Value {
    homes::read(home, CURSOR)["mcpServers"]["git"].clone()
}

fn profile(home: &Home) -> Value {
    let [path] = &home.profiles()[..] else { panic!("one profile") };
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_profile_says_what_the_entry_says() {
    let (home, mut session, _) = relayed();
    let (entry, profile) = (entry(&home), profile(&home));
    let words = entry["args"].as_array().unwrap();
    assert_eq!(profile["approved"]["argv"].as_array().unwrap(), &words[4..]);
    assert_eq!(profile["run"]["program"], entry["command"]);
    assert_eq!(profile["remote"]["url"], "https://mcp.example.com/mcp");
    assert_eq!(profile["remote"]["headers"]["X-Set"], "repos");
    let reference = format!("keychain:{}", profile["inside"][0].as_str().unwrap());
    assert_eq!(profile["remote"]["headers"]["Authorization"], format!("Bearer {reference}"));
    assert!(home.keeps(&reference));
    assert!(home.path(".warder/bin/warder-relay").is_file());
    let report = session.scan().report();
    let row = &report.servers[0];
    assert_eq!((row.transport, row.url.as_deref()), (TransportName::Http, Some("https://mcp.example.com/mcp")));
}

#[test]
fn a_second_key_of_a_relayed_entry_joins_the_first() {
    let (home, mut session, first) = relayed();
    let before = home.read(CURSOR);
    home.write(CURSOR, &before.replace("X-Set: repos", &format!("X-API-Key: {OTHER}")));
    let second = homes::key_moved(&mut session);
    assert_eq!(profile(&home)["inside"].as_array().unwrap().len(), 2);
    assert_eq!(profile(&home)["remote"]["headers"].as_object().unwrap().len(), 2);
    assert!(!home.holds("", OTHER));
    // The older one waits for the newer.
    assert_eq!(session.undo(&first).unwrap_err().code, Code::Conflict);
    session.undo(&second).unwrap();
    assert_eq!(profile(&home)["inside"].as_array().unwrap().len(), 1);
    home.write(CURSOR, &before);
    session.undo(&first).unwrap();
    assert!(home.profiles().is_empty());
}

#[test]
fn another_fix_of_a_relayed_entry_takes_its_profile_along() {
    let (home, mut session, _) = relayed();
    home.write(CURSOR, &home.read(CURSOR).replace("X-Set: repos", "X-Set: re\\u200bpos"));
    let report = session.scan().report();
    let found = report.findings.iter().find(|finding| finding.rule == "hidden-characters").unwrap();
    let clean = found.fixes.iter().find(|fix| fix.safety != Safety::Manual).unwrap().clone();
    let id = homes::apply(&mut session, &clean, &Choices::default());
    assert_eq!(profile(&home)["remote"]["headers"]["X-Set"], "repos");
    assert_eq!(profile(&home)["approved"]["argv"].as_array().unwrap(), &entry(&home)["args"].as_array().unwrap()[4..]);
    session.undo(&id).unwrap();
    assert!(home.read(CURSOR).contains("u200b"));
}

#[test]
fn a_key_that_the_entry_was_not_given_is_refused() {
    let (home, mut session, _) = relayed();
    let foreign = format!("X-API-Key: {OTHER}\",\"--header\",\"X-Foreign: keychain:OTHER-{}", id(0));
    home.write(CURSOR, &home.read(CURSOR).replace("X-Set: repos", &foreign));
    let (code, why) = homes::refusal(&mut session);
    assert_eq!(code, Code::Refused);
    assert!(why.contains("a key that it was not given"), "{why}");
}

#[test]
fn without_its_profile_an_entry_is_broken_and_left_alone() {
    let (home, mut session, id) = relayed();
    std::fs::write(&home.profiles()[0], "{").unwrap();
    let report = session.scan().report();
    assert_eq!(report.servers[0].protection, Protection::Broken);
    home.write(CURSOR, &home.read(CURSOR).replace("X-Set: repos", &format!("X-API-Key: {OTHER}")));
    assert!(fix(&mut session, "keychain").is_none());
    assert!(homes::by_hand(&mut session).starts_with("The profile of this entry cannot be read"));
    home.write(CURSOR, &home.read(CURSOR).replace(&format!("X-API-Key: {OTHER}"), "X-Set: repos"));
    session.undo(&id).unwrap();
    assert!(home.holds(".cursor", KEY));
}

#[test]
fn a_client_that_asks_for_headers_is_given_all_that_were_moved() {
    let home = Home::empty();
    let path = ".claude.json";
    let before = json!({ "mcpServers": { "git": {
        "type": "http",
        "url": "https://mcp.example.com/mcp",
        "headers": { "Authorization": format!("Bearer {KEY}") }
    } } });
    home.write(path, &before.to_string());
    let mut session = home.session();
    let found = fix(&mut session, "keychain").unwrap();
    assert_eq!(found.safety, Safety::Safe);
    let first = homes::apply(&mut session, &found, &Choices::default());
    let mut now = homes::read(&home, path);
    assert_eq!(now["mcpServers"]["git"].get("headers"), None);
    assert_eq!(session.scan().report().servers[0].protection, Protection::Keychain);
    now["mcpServers"]["git"]["headers"] = json!({ "X-API-Key": OTHER });
    home.write(path, &now.to_string());
    let second = homes::key_moved(&mut session);
    let headers = profile(&home)["remote"]["headers"].clone();
    assert!(headers["Authorization"].as_str().unwrap().starts_with("Bearer keychain:GIT_TOKEN-"), "{headers}");
    assert!(headers["X-API-Key"].as_str().unwrap().starts_with("keychain:GIT_API_KEY-"), "{headers}");
    assert!(!home.holds("", OTHER));
    session.undo(&second).unwrap();
    now["mcpServers"]["git"].as_object_mut().unwrap().remove("headers");
    home.write(path, &now.to_string());
    session.undo(&first).unwrap();
    assert!(home.profiles().is_empty());
}

#[test]
fn rows_are_sorted_and_of_clients_that_are_there() {
    assert!(CARRIERS.is_sorted_by(|a, b| a.id < b.id));
    for row in CARRIERS {
        assert!(CLIENTS.iter().any(|client| client.id == row.id), "{}", row.id);
    }
}

#[test]
fn the_page_about_keys_says_what_the_table_says() {
    const START: &str = "--test remote` -->\n";
    const END: &str = "<!-- end of keys -->";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/keys.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = text.split_once(START).unwrap();
    let (old, after) = rest.split_once(END).unwrap();
    let mut clients: Vec<&Client> = CLIENTS.iter().collect();
    clients.sort_by_key(|client| client.name.to_lowercase());
    let mut new = "\n| client | header | URL | shared file | why |\n|---|---|---|---|---|\n".to_owned();
    let word = |way| match way {
        Way::Relay => "relay",
        Way::Helper => "helper",
        Way::Input => "input",
        Way::Own => "by hand",
        Way::None(_) => "no",
    };
    for client in clients {
        let row = carrier(client);
        let (header, url, shared) = (word(row.header), word(row.url), word(row.shared));
        new += &format!("| {} | {header} | {url} | {shared} | {} |\n", client.name, row.why);
    }
    new += "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{START}{new}{END}{after}")).unwrap();
    } else {
        assert_eq!(old, new, "docs/keys.md: `UPDATE=1 cargo test -p warder-audit --test remote` writes it anew");
    }
}

#[test]
fn an_input_becomes_a_password_and_back() {
    let home = Home::empty();
    let path = ".config/Code/User/mcp.json";
    let before = r#"{
  "inputs": [{ "type": "promptString", "id": "token" }],
  "servers": { "git": { "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer ${input:token}" } } }
}
"#;
    home.write(path, before);
    let mut session = session(&home);
    let report = session.scan().report();
    let password = fix(&mut session, "password").unwrap();
    let change = homes::apply(&mut session, &password, &Choices::default());
    assert_eq!(home.read(path), before.replace("\"token\" }", "\"token\", \"password\": true }"));
    assert_eq!(worse(&report, &session.scan().report(), &password.id), [""; 0]);
    assert!(fix(&mut session, "password").is_none());
    session.undo(&change).unwrap();
    assert_eq!(home.read(path), before);
}
