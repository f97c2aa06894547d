//! A file that no client's table names, read the way most of them are written.

use super::{
    Approval, Base, Client, ConfigFile, FILE, Holds, Root, STANDARD, SameName, Scope, Spelling, Start, Words, map,
};
use crate::dialect::SHELL;
use crate::document::Format;

/// Items with their names in them.
const fn list(path: &'static [&'static str]) -> Root {
    Root { holds: Holds::List("name"), ..map(path) }
}

pub(super) const CLIENT: Client = Client {
    id: "generic",
    name: "Project file",
    files: &[ConfigFile {
        base: Base::Project,
        path: "mcp.json",
        scope: Scope::Project,
        format: Format::Jsonc,
        roots: &[
            map(&["mcpServers"]),
            map(&["servers"]),
            map(&["mcp_servers"]),
            map(&["context_servers"]),
            map(&["mcp", "servers"]),
            map(&["mcp"]),
            list(&["mcpServers"]),
            list(&["servers"]),
        ],
        first_root: true,
        spelling: Spelling {
            words: Words::Either,
            // Of Cline and Kiro, and of Roo Code.
            approves: &[Approval::List("autoApprove"), Approval::List("alwaysAllow")],
            ..STANDARD
        },
        expands: SHELL,
        ..FILE
    }],
    start: Start { short_env: true, cwd: true },
    remote: true,
    same_name: SameName::Apart,
    own_secrets: "",
    after: "Restart the client that reads this file to use the changed entry.",
};
