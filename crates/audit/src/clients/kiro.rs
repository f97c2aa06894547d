//! Kiro, editor and command line (client-formats §16).

use super::{Base, Client, ConfigFile, FILE, MCP_SERVERS, SameName, Scope, Spelling, Start, Writing, map};
use crate::dialect::{Dialect, Form};
use crate::document::Format;

const KIRO: ConfigFile = ConfigFile {
    base: Base::Named("KIRO_HOME", ".kiro"),
    // Whether comments are taken is not known; more is read than perhaps by the client.
    format: Format::Jsonc,
    spelling: Spelling { off: &[("disabled", true)], switch: Some(("disabled", true)), ..super::STANDARD },
    // The editor expands the first of approved variables, the command line the second.
    expands: Dialect { everywhere: &[Form::Braces, Form::Env], only: &[] },
    ..FILE
};

const PROJECT: ConfigFile = ConfigFile { base: Base::Project, scope: Scope::Project, ..KIRO };

pub(super) const CLIENT: Client = Client {
    id: "kiro",
    name: "Kiro",
    files: &[
        ConfigFile {
            path: "settings/mcp.json",
            roots: &[map(&["mcpServers"]), map(&["powers", "mcpServers"])],
            ..KIRO
        },
        ConfigFile {
            path: "powers/installed/*/mcp.json",
            roots: MCP_SERVERS,
            scope: Scope::Extension,
            writing: Writing::Never("This file came with a power, and its next update replaces it."),
            ..KIRO
        },
        // An agent's servers are its own, beside those of `mcp.json`.
        ConfigFile { path: "agents/*.json", apart: true, ..KIRO },
        ConfigFile { path: ".kiro/settings/mcp.json", ..PROJECT },
        ConfigFile { path: ".kiro/agents/*.json", apart: true, ..PROJECT },
    ],
    start: Start { short_env: true, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Kiro sees the change by itself.",
};
