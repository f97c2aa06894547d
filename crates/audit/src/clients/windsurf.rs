//! Windsurf's Cascade and its successor, Devin (client-formats §7).

use super::{Base, Client, ConfigFile, FILE, Os, SameName, Scope, Spelling, Start, UNIX};
use crate::dialect::{Dialect, Form};
use crate::document::Format;

const CASCADE: ConfigFile = ConfigFile {
    // Whether comments are taken is not known; more is read than perhaps by the client.
    format: Format::Jsonc,
    spelling: Spelling {
        url: &["serverUrl", "url"],
        off: &[("disabled", true)],
        switch: Some(("disabled", true)),
        ..super::STANDARD
    },
    expands: Dialect { everywhere: &[Form::Env, Form::File], only: &[] },
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "windsurf",
    name: "Windsurf",
    files: &[
        ConfigFile { path: ".codeium/windsurf/mcp_config.json", ..CASCADE },
        // The plugin for JetBrains' IDEs.
        ConfigFile { path: ".codeium/mcp_config.json", apart: true, ..CASCADE },
        // Not documented; measured by snyk/agent-scan.
        ConfigFile { base: Base::Project, path: ".mcp.json", guest: true, scope: Scope::Project, ..CASCADE },
    ],
    start: Start { short_env: true, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Press Refresh in Windsurf's list of MCP servers to use the changed entry.",
};

pub(super) const DEVIN: Client = Client {
    id: "devin",
    name: "Devin",
    files: &[
        ConfigFile { os: UNIX, base: Base::DotConfig, path: "devin/mcp_config.json", ..CASCADE },
        ConfigFile { os: &[Os::Windows], base: Base::Config, path: "devin/mcp_config.json", ..CASCADE },
        ConfigFile { base: Base::Project, path: ".devin/mcp_config.json", scope: Scope::Project, ..CASCADE },
        ConfigFile { base: Base::Project, path: ".devin/mcp_config.local.json", scope: Scope::Local, ..CASCADE },
    ],
    after: "Restart Devin to use the changed entry.",
    ..CLIENT
};
