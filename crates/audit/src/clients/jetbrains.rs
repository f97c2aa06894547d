//! JetBrains' IDEs: AI Assistant, Junie, and GitHub's Copilot in them (client-formats §15).
//!
//! Until 2025.2 AI Assistant kept servers in XML that the IDE writes anew when
//! it exits (`llm.mcpServers.xml`); that is not read.

use super::{Base, Client, ConfigFile, FILE, Os, SameName, Scope, Start, UNIX, map};
use crate::dialect::UNKNOWN;
use crate::document::Format;

/// Neither what is expanded nor whether comments are taken is documented.
const MCP: ConfigFile = ConfigFile { path: ".ai/mcp/mcp.json", format: Format::Jsonc, expands: UNKNOWN, ..FILE };

const JUNIE_MCP: ConfigFile = ConfigFile { path: ".junie/mcp/*.json", ..MCP };

const COPILOT_MCP: ConfigFile =
    ConfigFile { path: "github-copilot/intellij/mcp.json", roots: &[map(&["servers"])], ..MCP };

pub(super) const AI_ASSISTANT: Client = Client {
    id: "jetbrains",
    name: "JetBrains AI Assistant",
    files: &[MCP, ConfigFile { base: Base::Project, scope: Scope::Project, ..MCP }],
    start: Start { short_env: true, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Restart the IDE to use the changed entry.",
};

pub(super) const JUNIE: Client = Client {
    id: "junie",
    name: "JetBrains Junie",
    files: &[JUNIE_MCP, ConfigFile { base: Base::Project, scope: Scope::Project, ..JUNIE_MCP }],
    ..AI_ASSISTANT
};

pub(super) const COPILOT: Client = Client {
    id: "copilot-jetbrains",
    name: "Copilot in JetBrains",
    files: &[
        ConfigFile { os: UNIX, base: Base::DotConfig, ..COPILOT_MCP },
        ConfigFile { os: &[Os::Windows], base: Base::LocalAppData, ..COPILOT_MCP },
    ],
    ..AI_ASSISTANT
};
