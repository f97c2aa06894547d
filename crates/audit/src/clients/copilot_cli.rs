//! GitHub Copilot CLI (client-formats §17; its own listing was compared).

use super::{
    Base, Both, Client, ConfigFile, FILE, MCP_SERVERS, Root, SameName, Says, Scope, Spelling, Start, Toggle, Writing,
    map,
};
use crate::dialect::{Dialect, Form, Spot};
use crate::document::Format;

const COPILOT: ConfigFile = ConfigFile {
    base: Base::Named("COPILOT_HOME", ".copilot"),
    spelling: Spelling {
        url: &["url"],
        // `disabled` and `enabled` in an entry have no effect.
        off: &[],
        types: &["local", "stdio", "http", "sse", "streamable-http"],
        both: Both::Program,
        texts_only: true,
        nameless: false,
        ..super::STANDARD
    },
    expands: Dialect { everywhere: &[Form::Braces, Form::Default, Form::Dollar], only: &[(Spot::Cwd, &[Form::Tilde])] },
    ..FILE
};

/// Servers of one agent, written as in `mcp-config.json` (docs.github.com, "GitHub Copilot CLI
/// command reference" and "Custom agents configuration"). VS Code and other editors take no
/// notice of them.
const AGENT: ConfigFile = ConfigFile {
    path: "agents/**/*.md",
    format: Format::FrontMatter,
    roots: &[map(&["mcp-servers"])],
    apart: true,
    expands: Dialect {
        only: &[(Spot::Cwd, &[Form::Tilde]), (Spot::Env, &[Form::Double]), (Spot::Headers, &[Form::Double])],
        ..COPILOT.expands
    },
    writing: Writing::Never(super::IN_A_TEXT),
    ..COPILOT
};

const PROJECT_AGENT: ConfigFile = ConfigFile { base: Base::Repository, scope: Scope::Project, ..AGENT };

/// A bare map is taken too; beside `mcpServers` other members are none.
const WRAPPED_OR_BARE: &[Root] = &[map(&["mcpServers"]), map(&[])];

pub(super) const CLIENT: Client = Client {
    id: "copilot-cli",
    name: "Copilot CLI",
    files: &[
        ConfigFile { path: "mcp-config.json", format: Format::Jsonc, roots: MCP_SERVERS, needed: true, ..COPILOT },
        ConfigFile {
            path: "settings.json",
            format: Format::Jsonc,
            roots: &[],
            toggles: &[Toggle { path: &["disabledMcpServers"], says: Says::Off, of: None }],
            ..COPILOT
        },
        ConfigFile {
            base: Base::Repository,
            path: ".github/mcp.json",
            unless: ".mcp.json",
            scope: Scope::Project,
            roots: WRAPPED_OR_BARE,
            first_root: true,
            ..COPILOT
        },
        ConfigFile {
            base: Base::Repository,
            path: ".mcp.json",
            guest: true,
            scope: Scope::Project,
            roots: WRAPPED_OR_BARE,
            first_root: true,
            ..COPILOT
        },
        AGENT,
        ConfigFile { path: ".github/agents/**/*.md", ..PROJECT_AGENT },
        ConfigFile { path: ".claude/agents/**/*.md", guest: true, ..PROJECT_AGENT },
    ],
    start: Start { short_env: true, cwd: true },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Use `/mcp reload`, or start Copilot CLI again, to use the changed entry.",
};
