//! Kiro, editor and command line (client-formats §16).

use super::{
    Allows, Approval, Base, Client, ConfigFile, FILE, MCP_SERVERS, Naming, SameName, Scope, Spelling, Start, Writing,
    map,
};
use crate::dialect::{Dialect, Form};
use crate::document::Format;

const KIRO: ConfigFile = ConfigFile {
    base: Base::Named("KIRO_HOME", ".kiro"),
    // Whether comments are taken is not known; more is read than perhaps by the client.
    format: Format::Jsonc,
    // kiro.dev/docs/mcp/configuration
    spelling: Spelling {
        off: &[("disabled", true)],
        switch: Some(("disabled", true)),
        approves: &[Approval::List("autoApprove")],
        approves_here: true,
        ..super::STANDARD
    },
    // The editor expands the first of approved variables, the command line the second.
    expands: Dialect { everywhere: &[Form::Braces, Form::Env], only: &[] },
    ..FILE
};

/// kiro.dev/docs/cli/custom-agents/configuration-reference
const AGENTS: &[Allows] = &[Allows { path: &["allowedTools"], named: Naming::At }];

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
        ConfigFile { path: "agents/*.json", apart: true, allows: AGENTS, ..KIRO },
        ConfigFile { path: ".kiro/settings/mcp.json", ..PROJECT },
        ConfigFile { path: ".kiro/agents/*.json", apart: true, allows: AGENTS, ..PROJECT },
    ],
    start: Start { short_env: true, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Kiro sees the change by itself.",
};
