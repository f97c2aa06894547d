//! Roo Code (client-formats §10); discontinued, still installed.

use super::{Approval, Base, Client, ConfigFile, FILE, SameName, Scope, Spelling, Start, Untyped};
use crate::dialect::{Dialect, Form};

const ROO: ConfigFile = ConfigFile {
    base: Base::Config,
    spelling: Spelling {
        url: &["url"],
        off: &[("disabled", true)],
        switch: Some(("disabled", true)),
        untyped: Untyped::Refused,
        types: &["stdio", "sse", "streamable-http"],
        // docs.roocode.com/features/mcp/using-mcp-in-roo
        approves: &[Approval::List("alwaysAllow")],
        approves_here: true,
        ..super::STANDARD
    },
    expands: Dialect { everywhere: &[Form::Env, Form::Workspace], only: &[] },
    slashes: true,
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "roo",
    name: "Roo Code",
    files: &[
        ConfigFile { path: "Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", ..ROO },
        ConfigFile {
            path: "Code - Insiders/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
            apart: true,
            ..ROO
        },
        ConfigFile {
            path: "Cursor/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
            apart: true,
            ..ROO
        },
        ConfigFile { base: Base::Project, path: ".roo/mcp.json", scope: Scope::Project, ..ROO },
    ],
    start: Start { short_env: true, cwd: true },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Roo Code sees the change by itself.",
};
