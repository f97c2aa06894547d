//! Cursor (client-formats §5).

use super::{Base, Client, ConfigFile, FILE, SameName, Scope, Start};
use crate::dialect::{Dialect, Form};
use crate::document::Format;

const MCP: ConfigFile = ConfigFile {
    path: ".cursor/mcp.json",
    format: Format::Jsonc,
    expands: Dialect { everywhere: &[Form::Env, Form::Folders], only: &[] },
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "cursor",
    name: "Cursor",
    files: &[MCP, ConfigFile { base: Base::Project, scope: Scope::Project, ..MCP }],
    start: Start { short_env: true, cwd: true },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Switch the server off and on in Cursor's settings to use the changed entry.",
};
