//! Where every client keeps its servers: one table.
//!
//! Adding a client is adding a row. Facts and their sources are in the rows'
//! comments; nothing here touches a disk.

use serde::Serialize;
use ts_rs::TS;

use crate::document::Format;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Os {
    Linux,
    Macos,
    Windows,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[ts(export_to = "api.ts")]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    User,
    Project,
}

/// What a client expands in an entry before it starts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Nothing: the server gets the text itself.
    Nothing,
    /// `${env:X}`, `${userHome}`, `${workspaceFolder}` …
    Cursor,
    /// The same and `${input:x}`, `${command:x}`, `${config:x}`, a leading `~`.
    VsCode,
    /// `${X}` and `${X:-default}`.
    Shell,
}

/// How a client starts a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Start {
    /// Only a short list of variables is handed down (client-formats §1.1).
    pub short_env: bool,
    /// The entry's `cwd` has an effect.
    pub cwd: bool,
}

/// When its file may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// Watched by the client; a changed file is picked up.
    Any,
    /// Its client writes its own copy back: only while none of these programs runs.
    Closed(&'static [&'static str]),
}

/// The folder a place is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    Home,
    /// `XDG_CONFIG_HOME`, `~/Library/Application Support`, `%APPDATA%`.
    Config,
    /// `%LOCALAPPDATA%`; Windows only.
    LocalAppData,
    /// A project folder given by the user.
    Project,
}

/// One place a client looks in. A `*` step stands for every folder that matches.
#[derive(Clone, Copy, Debug)]
pub struct ConfigFile {
    pub os: &'static [Os],
    pub base: Base,
    pub path: &'static str,
    pub scope: Scope,
    pub format: Format,
    /// Where the map of servers stands; the first root that is there counts.
    pub roots: &'static [&'static [&'static str]],
    pub writing: Writing,
}

#[derive(Debug)]
pub struct Client {
    pub id: &'static str,
    pub name: &'static str,
    pub files: &'static [ConfigFile],
    pub expands: Dialect,
    pub start: Start,
    /// An entry's `"disabled": true` has an effect.
    pub disables: bool,
    /// Entries with a `url` are started; where not, they are skipped.
    pub remote: bool,
    /// What the user has to do before a changed entry is used; a full sentence.
    pub after: &'static str,
}

const ANY: &[Os] = &[Os::Linux, Os::Macos, Os::Windows];
const SERVERS: &[&[&str]] = &[&["servers"]];
const MCP_SERVERS: &[&[&str]] = &[&["mcpServers"]];

/// Claude Desktop reads its file once, at a cold start, and writes its own copy
/// back at every settings change: an edit while it runs is lost
/// (anthropics/claude-code#74288). The bare `claude` is Claude Code's name.
const CLAUDE_PROGRAMS: &[&str] = &["claude-desktop", "Claude", "Claude Desktop", "Claude.exe"];

const fn claude(os: &'static [Os], base: Base, path: &'static str) -> ConfigFile {
    ConfigFile {
        os,
        base,
        path,
        scope: Scope::User,
        format: Format::Json,
        roots: MCP_SERVERS,
        writing: Writing::Closed(CLAUDE_PROGRAMS),
    }
}

const fn jsonc(base: Base, path: &'static str, scope: Scope, roots: &'static [&'static [&'static str]]) -> ConfigFile {
    ConfigFile { os: ANY, base, path, scope, format: Format::Jsonc, roots, writing: Writing::Any }
}

/// Every client, sorted by id.
pub const CLIENTS: &[Client] = &[
    Client {
        id: "claude-desktop",
        name: "Claude Desktop",
        files: &[
            claude(&[Os::Macos, Os::Windows], Base::Config, "Claude/claude_desktop_config.json"),
            // A packaged (MSIX) app sees a private AppData; where this copy
            // exists it is the live one (anthropics/claude-code#26073).
            claude(
                &[Os::Windows],
                Base::LocalAppData,
                "Packages/Claude_*/LocalCache/Roaming/Claude/claude_desktop_config.json",
            ),
            // The official package writes `Claude`; docker/mcp-gateway and
            // community builds have used `claude`.
            claude(&[Os::Linux], Base::Config, "Claude/claude_desktop_config.json"),
            claude(&[Os::Linux], Base::Config, "claude/claude_desktop_config.json"),
        ],
        expands: Dialect::Nothing,
        start: Start { short_env: true, cwd: false },
        disables: false,
        remote: false,
        after: "Start Claude Desktop again to use the changed entry.",
    },
    Client {
        id: "cursor",
        name: "Cursor",
        files: &[
            jsonc(Base::Home, ".cursor/mcp.json", Scope::User, MCP_SERVERS),
            jsonc(Base::Project, ".cursor/mcp.json", Scope::Project, MCP_SERVERS),
        ],
        expands: Dialect::Cursor,
        start: Start { short_env: true, cwd: true },
        disables: false,
        remote: true,
        after: "Switch the server off and on in Cursor's settings to use the changed entry.",
    },
    Client {
        id: "generic",
        name: "Project file",
        files: &[jsonc(
            Base::Project,
            ".mcp.json",
            Scope::Project,
            &[&["mcpServers"], &["servers"], &["mcp_servers"], &["context_servers"], &["mcp", "servers"], &["mcp"]],
        )],
        expands: Dialect::Shell,
        start: Start { short_env: true, cwd: true },
        disables: true,
        remote: true,
        after: "Restart the client that reads this file to use the changed entry.",
    },
    Client {
        id: "vscode",
        name: "VS Code",
        files: &[
            jsonc(Base::Config, "Code/User/mcp.json", Scope::User, SERVERS),
            jsonc(Base::Config, "Code/User/profiles/*/mcp.json", Scope::User, SERVERS),
            jsonc(Base::Project, ".vscode/mcp.json", Scope::Project, SERVERS),
        ],
        expands: Dialect::VsCode,
        start: Start { short_env: false, cwd: true },
        disables: false,
        remote: true,
        after: "VS Code asks once whether it may start the changed entry.",
    },
    Client {
        id: "vscode-insiders",
        name: "VS Code Insiders",
        files: &[
            jsonc(Base::Config, "Code - Insiders/User/mcp.json", Scope::User, SERVERS),
            jsonc(Base::Config, "Code - Insiders/User/profiles/*/mcp.json", Scope::User, SERVERS),
        ],
        expands: Dialect::VsCode,
        start: Start { short_env: false, cwd: true },
        disables: false,
        remote: true,
        after: "VS Code asks once whether it may start the changed entry.",
    },
];

/// A client by id.
pub fn client(id: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|client| client.id == id)
}

/// The client whose table names a file at this path, by the end of the path;
/// `generic` when none does.
pub fn client_of(path: &std::path::Path) -> &'static Client {
    let text = path.to_string_lossy().replace('\\', "/");
    let named = CLIENTS.iter().find(|client| {
        client.files.iter().any(|row| {
            let tail = row.path.rsplit_once("*/").map_or(row.path, |(_, tail)| tail);
            row.path.matches('/').count() > 0 && tail.contains('/') && text.ends_with(&format!("/{tail}"))
        })
    });
    named.or(client("generic")).expect("generic is in the table")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_by_id() {
        assert!(CLIENTS.is_sorted_by_key(|client| client.id));
    }

    #[test]
    fn a_path_names_its_client() {
        for (path, id) in [
            ("/home/ana/.cursor/mcp.json", "cursor"),
            ("/home/ana/code/app/.vscode/mcp.json", "vscode"),
            ("/home/ana/.config/Code - Insiders/User/mcp.json", "vscode-insiders"),
            ("/x/Claude/claude_desktop_config.json", "claude-desktop"),
            ("/x/.mcp.json", "generic"),
            ("/x/whatever.json", "generic"),
        ] {
            assert_eq!(client_of(std::path::Path::new(path)).id, id, "{path}");
        }
    }
}
