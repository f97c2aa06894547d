//! Warp (client-formats §17). It also takes servers from Claude Code's and Codex's files.

use super::{Base, Client, ConfigFile, FILE, SameName, Scope, Spelling, Start, map};
use crate::dialect::SHELL;
use crate::document::Format;

const WARP: ConfigFile = ConfigFile {
    format: Format::Jsonc,
    roots: &[map(&["mcpServers"]), map(&["mcp_servers"]), map(&["servers"])],
    first_root: true,
    spelling: Spelling { cwd: &["working_directory"], url: &["url", "serverUrl"], ..super::STANDARD },
    expands: SHELL,
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "warp",
    name: "Warp",
    files: &[
        ConfigFile { path: ".warp/.mcp.json", ..WARP },
        ConfigFile { path: ".agents/.mcp.json", apart: true, ..WARP },
        ConfigFile { base: Base::Project, path: ".mcp.json", guest: true, scope: Scope::Project, ..WARP },
        ConfigFile { base: Base::Project, path: ".warp/.mcp.json", scope: Scope::Project, ..WARP },
    ],
    start: Start { short_env: true, cwd: true },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Warp sees the change by itself.",
};
