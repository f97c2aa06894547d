//! Google Antigravity (client-formats §17: reported, not documented).

use super::{Base, Client, ConfigFile, FILE, SameName, Scope, Spelling, Start};
use crate::dialect::UNKNOWN;
use crate::document::Format;

const MCP: ConfigFile = ConfigFile {
    format: Format::Jsonc,
    spelling: Spelling { url: &["serverUrl", "url"], off: &[("disabled", true)], ..super::STANDARD },
    expands: UNKNOWN,
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "antigravity",
    name: "Antigravity",
    files: &[
        ConfigFile { path: ".gemini/antigravity/mcp_config.json", ..MCP },
        // Where newer versions look.
        ConfigFile { path: ".gemini/config/mcp_config.json", ..MCP },
        ConfigFile { path: ".antigravitycli/mcp_config.json", ..MCP },
        ConfigFile { base: Base::Project, path: ".antigravitycli/mcp_config.json", scope: Scope::Project, ..MCP },
    ],
    start: Start { short_env: true, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Press Refresh in Antigravity's list of MCP servers to use the changed entry.",
};
