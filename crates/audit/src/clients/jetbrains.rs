//! JetBrains' IDEs: AI Assistant, Junie, and GitHub's Copilot in them (client-formats §15).
//!
//! Until 2025.2 AI Assistant kept servers in XML that the IDE writes anew when
//! it exits: `McpServerCommand` elements, later `commands` and `urls`.

use super::{
    Base, Client, ConfigFile, FILE, Holds, Os, Root, STANDARD, SameName, Scope, Spelling, Start, UNIX, Writing, map,
};
use crate::dialect::UNKNOWN;
use crate::document::Format;

/// Neither what is expanded nor whether comments are taken is documented.
const MCP: ConfigFile = ConfigFile { path: ".ai/mcp/mcp.json", format: Format::Jsonc, expands: UNKNOWN, ..FILE };

const fn list(path: &'static [&'static str]) -> Root {
    Root { holds: Holds::List("name"), ..map(path) }
}

const XML: ConfigFile = ConfigFile {
    base: Base::Config,
    path: "JetBrains/*/options/llm.mcpServers.xml",
    format: Format::Xml,
    roots: &[
        list(&["McpApplicationServerCommands", "McpServerCommand"]),
        list(&["McpApplicationServerCommands", "commands"]),
        list(&["McpApplicationServerCommands", "urls"]),
    ],
    spelling: Spelling {
        command: &["programPath", "command"],
        args: &["arguments", "args"],
        env: &["envs", "env"],
        cwd: &["workingDirectory"],
        ..STANDARD
    },
    expands: UNKNOWN,
    writing: Writing::Never("The IDE writes this file anew when it exits; change the server in its settings."),
    ..FILE
};

/// The same for one project.
const PROJECT_XML: ConfigFile = ConfigFile {
    base: Base::Project,
    path: ".idea/workspace.xml",
    scope: Scope::Project,
    roots: &[
        list(&["McpProjectServerCommands", "McpServerCommand"]),
        list(&["McpProjectServerCommands", "commands"]),
        list(&["McpProjectServerCommands", "urls"]),
    ],
    ..XML
};

const JUNIE_MCP: ConfigFile = ConfigFile { path: ".junie/mcp/*.json", ..MCP };

const COPILOT_MCP: ConfigFile =
    ConfigFile { path: "github-copilot/intellij/mcp.json", roots: &[map(&["servers"])], ..MCP };

pub(super) const AI_ASSISTANT: Client = Client {
    id: "jetbrains",
    name: "JetBrains AI Assistant",
    files: &[MCP, XML, ConfigFile { base: Base::Project, scope: Scope::Project, ..MCP }, PROJECT_XML],
    start: Start { short_env: true, cwd: false },
    remote: true,
    // Each installed IDE reads its own; what wins in one is not documented.
    same_name: SameName::Apart,
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
