//! Keys of servers elsewhere: for each client and place the entry afterwards,
//! word for word; the machine as it is read then; the old bytes after undo.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use homes::{Home, fix, worse};
use serde_json::{Value, json};
use warder_audit::api::{Choices, Code, Protection, Report, TransportName};
use warder_audit::finding::Safety;
use warder_audit::session::Session;

const KEY: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
const OTHER: &str = "q8Zr2LmW0xVb7TnKc4JdYp91";
/// Of sixteen zero bytes, and of one more.
const ID: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
const NEXT: &str = "aaaaaaaaaaaaaaaaaaaaaaaaae";

const RULES: [&str; 2] = ["secret-in-header", "secret-in-url"];

fn session(home: &Home) -> Session {
    home.session().with_random(|| [0; 16])
}

fn own(home: &Home, text: &str) -> String {
    let text = text.replace("[HOME]", &home.root().to_string_lossy());
    text.replace("[KEY]", KEY).replace("[OTHER]", OTHER).replace("[ID]", ID).replace("[NEXT]", NEXT)
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
        "",
    ),
    (
        ".codex/config.toml",
        "# mine\n[mcp_servers.git]\nurl = \"https://mcp.example.com/mcp\"\nstartup_timeout_sec = 20 # slow\nhttp_headers = { Authorization = \"Bearer [KEY]\" }\n\n[mcp_servers.other]\ncommand = \"some-mcp\"\n",
        "",
    ),
    (
        ".config/goose/config.yaml",
        "extensions:\n  git:\n    type: streamable_http # remote\n    name: git\n    enabled: true\n    uri: https://mcp.example.com/mcp\n    headers:\n      Authorization: Bearer [KEY]\n    timeout: 300\n",
        "",
    ),
    (
        ".continue/config.yaml",
        "name: mine\nmcpServers:\n  - name: git\n    type: streamable-http\n    url: https://ana:[OTHER]@mcp.example.com/mcp\n  - name: other\n    command: some-mcp\n",
        "",
    ),
    (
        ".config/opencode/opencode.json",
        r#"{ "mcp": { "git": { "type": "remote", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "enabled": true } } }"#,
        "",
    ),
    (
        ".config/zed/settings.json",
        "{\n  \"theme\": \"One\",\n  \"context_servers\": {\n    \"git\": { \"url\": \"https://mcp.example.com/mcp\", \"headers\": { \"Authorization\": \"Bearer [KEY]\" } },\n  },\n}\n",
        "",
    ),
    (
        ".gemini/settings.json",
        r#"{ "mcpServers": { "git": { "httpUrl": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "trust": false } } }"#,
        "",
    ),
    (
        ".codeium/windsurf/mcp_config.json",
        r#"{ "mcpServers": { "git": { "serverUrl": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "disabledTools": ["a"] } } }"#,
        "",
    ),
    (
        ".config/Code/User/mcp.json",
        r#"{ "servers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp?a=b&token=[OTHER]", "headers": { "Authorization": "Bearer [KEY]", "X-Copy": "[KEY]" } } } }"#,
        "",
    ),
    (
        ".copilot/mcp-config.json",
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "tools": ["*"] } } }"#,
        "",
    ),
    (
        ".claude.json",
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp?api_key=[OTHER]" } } }"#,
        "",
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
        assert_eq!(now, after, "{path}\n{now}");
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
