//! Servers configured as their vendors document it: nothing here is high or
//! critical, alone or together.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use homes::Home;
use warder_audit::api::Report;
use warder_audit::finding::Severity;

/// File (below the home), and its text.
const SERVERS: &[(&str, &str)] = &[
    // GitHub's own server, by OAuth.
    (
        ".config/Code/User/mcp.json",
        r#"{ "servers": { "github": { "type": "http", "url": "https://api.githubcopilot.com/mcp/" } } }"#,
    ),
    // The same in a container, its token asked for by VS Code.
    (
        ".config/Code/User/mcp.json",
        r#"{ "inputs": [{ "type": "promptString", "id": "github_token", "description": "GitHub token", "password": true }],
            "servers": { "github": { "command": "docker", "args": ["run", "-i", "--rm", "-e", "GITHUB_PERSONAL_ACCESS_TOKEN",
                "ghcr.io/github/github-mcp-server"], "env": { "GITHUB_PERSONAL_ACCESS_TOKEN": "${input:github_token}" } } } }"#,
    ),
    (
        ".config/Claude/claude_desktop_config.json",
        r#"{ "mcpServers": { "filesystem": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem",
            "[HOME]/code/app", "[HOME]/code/notes"] } } }"#,
    ),
    (".cursor/mcp.json", r#"{ "mcpServers": { "sentry": { "url": "https://mcp.sentry.dev/mcp" } } }"#),
    (".cursor/mcp.json", r#"{ "mcpServers": { "notion": { "url": "https://mcp.notion.com/mcp" } } }"#),
    (
        ".config/Claude/claude_desktop_config.json",
        r#"{ "mcpServers": { "linear": { "command": "npx", "args": ["-y", "mcp-remote", "https://mcp.linear.app/sse"] } } }"#,
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "playwright": { "command": "npx", "args": ["@playwright/mcp@latest"] } } }"#,
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "context7": { "command": "npx", "args": ["-y", "@upstash/context7-mcp", "--api-key", "YOUR_API_KEY"] } } }"#,
    ),
    (
        ".claude.json",
        r#"{ "mcpServers": { "api": { "type": "http", "url": "https://mcp.stripe.com",
            "headers": { "Authorization": "Bearer ${STRIPE_TOKEN}" } } } }"#,
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "memory": { "command": "cmd", "args": ["/c", "npx", "-y", "@modelcontextprotocol/server-memory"] } } }"#,
    ),
    (
        ".config/Claude/claude_desktop_config.json",
        r#"{ "mcpServers": { "git": { "command": "uvx", "args": ["mcp-server-git", "--repository", "[HOME]/code/app"] } } }"#,
    ),
    (
        ".config/Claude/claude_desktop_config.json",
        r#"{ "mcpServers": { "fetch": { "command": "uvx", "args": ["mcp-server-fetch"] } } }"#,
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "supabase": { "url": "https://mcp.supabase.com/mcp?project_ref=abcdefghijklmnopqrst&read_only=true" } } }"#,
    ),
    (
        ".config/Claude/claude_desktop_config.json",
        r#"{ "mcpServers": { "postgres": { "command": "docker", "args": ["run", "-i", "--rm", "mcp/postgres",
            "postgresql://host.docker.internal:5432/mydb"] } } }"#,
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "MCP_DOCKER": { "command": "docker", "args": ["mcp", "gateway", "run"] } } }"#,
    ),
    (".cursor/mcp.json", r#"{ "mcpServers": { "figma": { "url": "http://127.0.0.1:3845/mcp" } } }"#),
    (
        ".codex/config.toml",
        "[mcp_servers.devtools]\ncommand = \"npx\"\nargs = [\"-y\", \"chrome-devtools-mcp@latest\"]\n\n[mcp_servers.openai]\nurl = \"https://developers.openai.com/mcp\"\n",
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "aws": { "command": "uvx", "args": ["awslabs.core-mcp-server@latest"],
            "env": { "FASTMCP_LOG_LEVEL": "ERROR", "AWS_PROFILE": "work", "AWS_REGION": "eu-central-1" }, "disabled": false, "autoApprove": [] } } }"#,
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "azure": { "command": "npx", "args": ["-y", "@azure/mcp@latest", "server", "start"] } } }"#,
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "terraform": { "command": "docker", "args": ["run", "-i", "--rm", "hashicorp/terraform-mcp-server:0.2.3"] } } }"#,
    ),
    (
        ".config/Claude/claude_desktop_config.json",
        r#"{ "mcpServers": { "grafana": { "command": "mcp-grafana", "args": [], "env": { "GRAFANA_URL": "http://localhost:3000",
            "GRAFANA_SERVICE_ACCOUNT_TOKEN": "<your service account token>" } } } }"#,
    ),
    (
        ".cursor/mcp.json",
        r#"{ "mcpServers": { "hf": { "url": "https://huggingface.co/mcp", "headers": { "Authorization": "Bearer <YOUR_HF_TOKEN>" } } } }"#,
    ),
    (
        ".config/opencode/opencode.json",
        r#"{ "mcp": { "everything": { "type": "local", "command": ["npx", "-y", "@modelcontextprotocol/server-everything"],
            "enabled": true, "environment": { "KEY": "{env:EVERYTHING_KEY}" } } } }"#,
    ),
    (
        ".config/goose/config.yaml",
        "extensions:\n  github:\n    type: streamable_http\n    name: github\n    enabled: true\n    uri: https://api.githubcopilot.com/mcp/\n    env_keys: []\n    headers: {}\n    timeout: 300\n",
    ),
    (".config/zed/settings.json", r#"{ "context_servers": { "linear": { "url": "https://mcp.linear.app/mcp" } } }"#),
];

fn look(files: &[(&str, &str)]) -> Report {
    let home = Home::empty();
    for (path, text) in files {
        home.write(path, &text.replace("[HOME]", &home.root().to_string_lossy()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(home.path(path), std::fs::Permissions::from_mode(0o600)).unwrap();
        }
    }
    home.write("code/app/keep.txt", "");
    home.write("code/notes/keep.txt", "");
    home.session().scan().report()
}

/// What of a report would alarm somebody.
fn alarms(report: &Report) -> Vec<String> {
    let loud = report.findings.iter().filter(|finding| finding.severity >= Severity::High);
    loud.map(|finding| format!("{}: {}", finding.rule, finding.message)).collect()
}

#[test]
fn a_server_set_up_as_documented_raises_no_alarm() {
    assert!(SERVERS.len() >= 15);
    for one in SERVERS {
        let report = look(&[*one]);
        assert!(!report.servers.is_empty(), "{}", one.1);
        assert_eq!(alarms(&report), [""; 0], "{}", one.1);
    }
}

#[test]
fn nor_do_they_together() {
    let mut last = std::collections::BTreeMap::new();
    last.extend(SERVERS.iter().copied());
    let files: Vec<(&str, &str)> = last.into_iter().collect();
    assert_eq!(alarms(&look(&files)), [""; 0]);
}
