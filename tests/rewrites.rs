//! Fixes that write texts and settings, in the files of several clients: the
//! file afterwards, word for word, and the old bytes after undo.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use homes::Home;
use warder_audit::api::Choices;
use warder_audit::finding::Safety;

const CODEX: &str = ".codex/config.toml";
const GOOSE: &str = ".config/goose/config.yaml";
const CURSOR: &str = ".cursor/mcp.json";
const ROO: &str = ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json";
const GEMINI: &str = ".gemini/settings.json";
const CLAUDE: &str = ".claude/settings.json";

/// A rule, a file, and its text before and after the rule's first fix.
const CASES: &[(&str, &str, &str, &str)] = &[
    (
        "auto-approve-tools",
        ROO,
        "{\n\t\"mcpServers\": {\n\t\t\"base\": {\n\t\t\t\"command\": \"some-mcp\",\n\t\t\t\"alwaysAllow\": [\n\t\t\t\t\"list_tables\",\n\t\t\t\t\"execute_sql\",\n\t\t\t\t\"get_project\",\n\t\t\t\t\"*\"\n\t\t\t]\n\t\t}\n\t}\n}\n",
        "{\n\t\"mcpServers\": {\n\t\t\"base\": {\n\t\t\t\"command\": \"some-mcp\",\n\t\t\t\"alwaysAllow\": [\n\t\t\t\t\"list_tables\",\n\t\t\t\t\"get_project\"\n\t\t\t]\n\t\t}\n\t}\n}\n",
    ),
    (
        "auto-approve-tools",
        GEMINI,
        "{\n  // tools\n  \"mcpServers\": {\n    \"base\": { \"command\": \"some-mcp\", \"trust\": true }\n  }\n}\n",
        "{\n  // tools\n  \"mcpServers\": {\n    \"base\": { \"command\": \"some-mcp\" }\n  }\n}\n",
    ),
    (
        "auto-approve-tools",
        CODEX,
        "[mcp_servers.base]\ncommand = \"some-mcp\"\ndefault_tools_approval_mode = \"approve\" # quick\n",
        "[mcp_servers.base]\ncommand = \"some-mcp\"\n",
    ),
    (
        "auto-approve-tools",
        CLAUDE,
        "{\n  \"permissions\": {\n    \"allow\": [\"Bash(ls)\", \"mcp__base__execute_sql\", \"mcp__base__list_tables\", \"mcp__other\"]\n  }\n}\n",
        "{\n  \"permissions\": {\n    \"allow\": [\"Bash(ls)\", \"mcp__base__list_tables\", \"mcp__other\"]\n  }\n}\n",
    ),
    (
        "cleartext-http",
        CODEX,
        "[mcp_servers.tickets]\nurl = 'http://mcp.example.com/mcp'\n",
        "[mcp_servers.tickets]\nurl = 'https://mcp.example.com/mcp'\n",
    ),
    (
        "cleartext-http",
        GOOSE,
        "extensions:\n  tickets:\n    type: streamable_http\n    enabled: true\n    uri: http://mcp.example.com/mcp # ours\n",
        "extensions:\n  tickets:\n    type: streamable_http\n    enabled: true\n    uri: https://mcp.example.com/mcp # ours\n",
    ),
    (
        "tls-verification-disabled",
        GOOSE,
        "extensions:\n  wiki:\n    cmd: some-mcp\n    args: [--insecure, --quiet]\n    enabled: true\n",
        "extensions:\n  wiki:\n    cmd: some-mcp\n    args: [--quiet]\n    enabled: true\n",
    ),
    (
        "tls-verification-disabled",
        CURSOR,
        "{ \"mcpServers\": { \"wiki\": { \"command\": \"docker\", \"args\": [\"run\", \"-i\", \"-e\", \"WIKI_SSL_VERIFY=false\", \"example/wiki-mcp:1.2\"] } } }\n",
        "{ \"mcpServers\": { \"wiki\": { \"command\": \"docker\", \"args\": [\"run\", \"-i\", \"example/wiki-mcp:1.2\"] } } }\n",
    ),
    (
        "local-http-exposure",
        CURSOR,
        "{ \"mcpServers\": { \"web\": { \"command\": \"docker\", \"args\": [\"run\", \"-i\", \"-p\", \"8080:80\", \"example/web-mcp:1.2\"] } } }\n",
        "{ \"mcpServers\": { \"web\": { \"command\": \"docker\", \"args\": [\"run\", \"-i\", \"-p\", \"127.0.0.1:8080:80\", \"example/web-mcp:1.2\"] } } }\n",
    ),
    (
        "local-http-exposure",
        CODEX,
        "[mcp_servers.web]\ncommand = \"some-mcp\"\nenv = { MCP_HOST = \"0.0.0.0\", MCP_TRANSPORT = \"http\" }\n",
        "[mcp_servers.web]\ncommand = \"some-mcp\"\nenv = { MCP_HOST = \"127.0.0.1\", MCP_TRANSPORT = \"http\" }\n",
    ),
    (
        "sensitive-path-access",
        CURSOR,
        "{ \"mcpServers\": { \"kube\": { \"command\": \"docker\", \"args\": [\"run\", \"-i\", \"-v\", \"/root/.kube:/k\", \"example/kubernetes-mcp:1.2\"] } } }\n",
        "{ \"mcpServers\": { \"kube\": { \"command\": \"docker\", \"args\": [\"run\", \"-i\", \"-v\", \"/root/.kube:/k:ro\", \"example/kubernetes-mcp:1.2\"] } } }\n",
    ),
    (
        "hidden-characters",
        CURSOR,
        "{ \"mcpServers\": { \"a\": { \"command\": \"some-mcp\", \"args\": [\"x\\u200by\"], \"env\": { \"A\": \"\u{2066}b\" } } } }\n",
        "{ \"mcpServers\": { \"a\": { \"command\": \"some-mcp\", \"args\": [\"xy\"], \"env\": { \"A\": \"b\" } } } }\n",
    ),
];

#[test]
fn a_fix_changes_what_it_says_and_undo_takes_it_back() {
    for (rule, path, before, after) in CASES {
        let home = Home::empty();
        if *path == CLAUDE {
            let servers = r#"{ "mcpServers": { "base": { "type": "stdio", "command": "some-mcp" } } }"#;
            home.write(".claude.json", servers);
        }
        home.write(path, before);
        let mut session = home.session();
        let report = session.scan().report();
        let finding = report.findings.iter().find(|finding| finding.rule == *rule);
        let finding = finding.unwrap_or_else(|| panic!("{rule} is silent on {path}: {:?}", report.files));
        let fix = finding.fixes.iter().find(|fix| fix.safety != Safety::Manual);
        let fix = fix.unwrap_or_else(|| panic!("{rule} offers nothing on {path}: {}", finding.message));
        let seen = session.preview(&fix.id, &Choices::default()).unwrap_or_else(|why| panic!("{rule}: {why}")).seen;
        let change = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
        assert_eq!(home.read(path), *after, "{rule}");
        assert!(session.preview(&fix.id, &Choices::default()).is_err(), "{rule} is still offered");
        session.undo(&change.id).unwrap();
        assert_eq!(home.read(path), *before, "{rule}");
    }
}

#[test]
fn lists_of_claude_code_count_where_they_stand() {
    let home = Home::empty();
    home.write("code/app/.mcp.json", r#"{ "mcpServers": { "my.db": { "type": "stdio", "command": "some-mcp" } } }"#);
    home.write("code/web/.mcp.json", r#"{ "mcpServers": { "my.db": { "type": "stdio", "command": "some-mcp" } } }"#);
    let allowed = r#"{ "permissions": { "allow": ["mcp__my_db", "mcp__nobody__write", "mcp__my_db_", "Read(x)"] } }"#;
    home.write("code/app/.claude/settings.local.json", allowed);
    let projects = vec![home.path("code/app"), home.path("code/web")];
    let report = home.session_with(|env| env.projects = projects).scan().report();
    let found: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.rule == "auto-approve-tools")
        .map(|finding| finding.message.as_str())
        .collect();
    assert_eq!(found, ["Claude Code lets my.db use every tool without asking you."]);
}
