//! Cursor (client-formats §5).

use super::{
    Base, CALLS, Client, ConfigFile, FILE, MCP_SERVERS, STANDARD, SameName, Scope, Setting, Spelling, Start, Word,
    Writing, map,
};
use crate::dialect::{Dialect, Form};
use crate::document::Format;

const MCP: ConfigFile = ConfigFile {
    path: ".cursor/mcp.json",
    format: Format::Jsonc,
    // Whether a server is on is kept in the app's storage, not in the file.
    spelling: Spelling { off: &[], env_file: &["envFile"], ..STANDARD },
    expands: Dialect { everywhere: &[Form::Env, Form::Folders], only: &[] },
    ..FILE
};

const PLUGIN: ConfigFile = ConfigFile {
    scope: Scope::Extension,
    roots: &[map(&["mcpServers"]), map(&[])],
    first_root: true,
    apart: true,
    // Also `${CURSOR_PLUGIN_ROOT}`.
    expands: Dialect { everywhere: &[Form::Env, Form::Folders, Form::Braces], only: &[] },
    writing: Writing::Never("This file came with a plugin, and its next update replaces it."),
    ..MCP
};

/// The command line's own settings (`cli-config.json` of its documentation); what the app
/// approves is kept in the app's storage.
const CLI: ConfigFile = ConfigFile {
    path: ".cursor/cli-config.json",
    format: Format::Json,
    roots: &[],
    settings: &[Setting { path: &["approvalMode"], value: Word::Text("unrestricted"), ..CALLS }],
    ..MCP
};

pub(super) const CLIENT: Client = Client {
    id: "cursor",
    name: "Cursor",
    files: &[
        MCP,
        CLI,
        ConfigFile { base: Base::Project, scope: Scope::Project, ..MCP },
        // Not documented; measured by snyk/agent-scan.
        ConfigFile { base: Base::Project, path: ".mcp.json", guest: true, scope: Scope::Project, ..MCP },
        ConfigFile { path: ".cursor/plugins/cache/**/mcp.json", ..PLUGIN },
        ConfigFile { path: ".cursor/plugins/cache/**/.mcp.json", ..PLUGIN },
        ConfigFile { path: ".cursor/plugins/cache/**/.cursor-plugin/plugin.json", roots: MCP_SERVERS, ..PLUGIN },
        ConfigFile { path: ".cursor/plugins/local/**/mcp.json", ..PLUGIN },
        ConfigFile { path: ".cursor/plugins/local/**/.mcp.json", ..PLUGIN },
        ConfigFile { path: ".cursor/plugins/local/**/.cursor-plugin/plugin.json", roots: MCP_SERVERS, ..PLUGIN },
    ],
    start: Start { short_env: true, cwd: true },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Switch the server off and on in Cursor's settings to use the changed entry.",
};
