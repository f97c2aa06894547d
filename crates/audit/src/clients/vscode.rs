//! VS Code and its kin (client-formats §2).

use super::{Base, Client, ConfigFile, FILE, Root, SameName, Scope, Spelling, Start, map};
use crate::dialect::{Dialect, Form, Spot};
use crate::document::Format;

const SERVERS: &[Root] = &[map(&["servers"])];

const MCP: ConfigFile = ConfigFile {
    base: Base::Config,
    format: Format::Jsonc,
    roots: SERVERS,
    // Whether a server is on is kept in the state database, not in the file.
    spelling: Spelling { off: &[], ..super::STANDARD },
    expands: Dialect {
        everywhere: &[Form::Env, Form::Input, Form::Editor, Form::Folders],
        only: &[(Spot::Command, &[Form::Tilde]), (Spot::Args, &[Form::Tilde]), (Spot::Cwd, &[Form::Tilde])],
    },
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "vscode",
    name: "VS Code",
    files: &[
        ConfigFile { path: "Code/User/mcp.json", ..MCP },
        ConfigFile { path: "Code/User/profiles/*/mcp.json", ..MCP },
        ConfigFile { base: Base::Project, path: ".vscode/mcp.json", scope: Scope::Project, ..MCP },
    ],
    start: Start { short_env: false, cwd: true },
    remote: true,
    same_name: SameName::Apart,
    own_secrets: "`${input:…}` with `password: true`",
    after: "VS Code asks once whether it may start the changed entry.",
};

pub(super) const INSIDERS: Client = Client {
    id: "vscode-insiders",
    name: "VS Code Insiders",
    files: &[
        ConfigFile { path: "Code - Insiders/User/mcp.json", ..MCP },
        ConfigFile { path: "Code - Insiders/User/profiles/*/mcp.json", ..MCP },
    ],
    ..CLIENT
};
