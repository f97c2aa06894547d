//! Clients of which the place of the file is known and little more (client-formats §17), and
//! files that are named on the command line only. More is read than perhaps by the client.

use super::{
    Approval, Base, Client, ConfigFile, FILE, Holds, Os, Root, STANDARD, SameName, Scope, Spelling, Start, UNIX, Words,
    map,
};
use crate::dialect::{Dialect, Form, UNKNOWN};
use crate::document::Format;

const MCP: ConfigFile = ConfigFile { format: Format::Jsonc, expands: UNKNOWN, ..FILE };

const OTHER: Client = Client {
    id: "",
    name: "",
    files: &[],
    start: Start { short_env: true, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Restart the client to use the changed entry.",
};

pub(super) const BOLTAI: Client =
    Client { id: "boltai", name: "BoltAI", files: &[ConfigFile { path: ".boltai/mcp.json", ..MCP }], ..OTHER };

pub(super) const FACTORY: Client = Client {
    id: "factory",
    name: "Factory",
    files: &[
        ConfigFile { path: ".factory/mcp.json", ..MCP },
        ConfigFile { base: Base::Project, path: ".factory/mcp.json", scope: Scope::Project, ..MCP },
    ],
    ..OTHER
};

pub(super) const GROK: Client = Client {
    id: "grok",
    name: "Grok",
    files: &[ConfigFile {
        path: ".grok/config.toml",
        format: Format::Toml,
        roots: &[map(&["mcp_servers"]), map(&["mcpServers"])],
        ..MCP
    }],
    ..OTHER
};

/// A fork of opencode.
pub(super) const KILO: Client = Client {
    id: "kilo",
    name: "Kilo Code",
    files: &[
        ConfigFile {
            base: Base::DotConfig,
            path: "kilo/kilo.json",
            roots: &[map(&["mcp", "servers"]), map(&["mcp"]), map(&["mcpServers"])],
            spelling: Spelling { words: Words::Either, env: &["environment", "env"], ..STANDARD },
            ..MCP
        },
        // Its documentation shows `disabled` in an entry of this file.
        ConfigFile {
            base: Base::Project,
            path: ".kilocode/mcp.json",
            scope: Scope::Project,
            spelling: Spelling {
                switch: Some(("disabled", true)),
                approves: &[Approval::List("alwaysAllow")],
                ..STANDARD
            },
            ..MCP
        },
    ],
    ..OTHER
};

pub(super) const KIMI: Client =
    Client { id: "kimi", name: "Kimi", files: &[ConfigFile { path: ".kimi/mcp.json", ..MCP }], ..OTHER };

pub(super) const LIBRECHAT: Client = Client {
    id: "librechat",
    name: "LibreChat",
    files: &[ConfigFile {
        base: Base::Project,
        path: "librechat.yaml",
        scope: Scope::Project,
        format: Format::YamlMerging,
        expands: Dialect { everywhere: &[Form::Braces], only: &[] },
        ..FILE
    }],
    after: "Restart LibreChat to use the changed entry.",
    ..OTHER
};

pub(super) const MCPHUB: Client = Client {
    id: "mcphub",
    name: "MCPHub",
    files: &[ConfigFile { base: Base::Given, ..MCP }],
    after: "Restart MCPHub to use the changed entry.",
    ..OTHER
};

pub(super) const MCPO: Client = Client {
    id: "mcpo",
    name: "mcpo",
    files: &[ConfigFile { base: Base::Given, ..MCP }],
    after: "Restart mcpo to use the changed entry.",
    ..OTHER
};

pub(super) const QODER: Client = Client {
    id: "qoder",
    name: "Qoder",
    files: &[
        ConfigFile { os: UNIX, path: ".qoder/mcp.json", ..MCP },
        ConfigFile { os: &[Os::Windows], base: Base::Config, path: "Qoder/SharedClientCache/mcp.json", ..MCP },
    ],
    ..OTHER
};

pub(super) const TRAE: Client = Client {
    id: "trae",
    name: "Trae",
    files: &[
        ConfigFile { base: Base::Config, path: "Trae/User/mcp.json", ..MCP },
        ConfigFile { base: Base::Project, path: ".trae/mcp.json", scope: Scope::Project, ..MCP },
    ],
    ..OTHER
};

pub(super) const VIBE: Client = Client {
    id: "vibe",
    name: "Mistral Vibe",
    files: &[ConfigFile {
        path: ".vibe/config.toml",
        format: Format::Toml,
        roots: &[Root { holds: Holds::List("name"), ..map(&["mcp_servers"]) }, map(&["mcp_servers"])],
        ..MCP
    }],
    ..OTHER
};

pub(super) const WITSY: Client = Client {
    id: "witsy",
    name: "Witsy",
    files: &[ConfigFile { base: Base::Config, path: "Witsy/settings.json", ..MCP }],
    ..OTHER
};
