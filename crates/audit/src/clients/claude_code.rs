//! Claude Code (client-formats §6).

use super::{Base, Client, ConfigFile, FILE, Holds, MCP_SERVERS, Root, SameName, Scope, Spelling, Start, Untyped, map};
use crate::dialect::SHELL;

const CODE: ConfigFile = ConfigFile {
    expands: SHELL,
    // A `url` without a `type` is dropped (anthropics/claude-code#73885).
    spelling: Spelling { url: &["url"], off: &[], untyped: Untyped::Refused, ..super::STANDARD },
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "claude-code",
    name: "Claude Code",
    files: &[
        ConfigFile {
            id: Some("claude-code-user"),
            base: Base::Named("CLAUDE_CONFIG_DIR", ""),
            path: ".claude.json",
            roots: &[
                map(&["mcpServers"]),
                Root { path: &["projects", "*", "mcpServers"], holds: Holds::Map, scope: Some(Scope::Local) },
            ],
            ..CODE
        },
        ConfigFile { base: Base::Project, path: ".mcp.json", scope: Scope::Project, roots: MCP_SERVERS, ..CODE },
    ],
    start: Start { short_env: false, cwd: true },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "`headersHelper` for remote servers",
    after: "Use `/mcp` and Reconnect, or start Claude Code again, to use the changed entry.",
};
