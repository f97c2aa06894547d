//! Claude Code (client-formats §6).

use super::{
    Allows, Base, Both, CALLS, Client, ConfigFile, FILE, Holds, MCP_SERVERS, Naming, Os, Root, SameName, Says, Scope,
    Setting, Skips, Spelling, Start, Toggle, Untyped, Word, Writing, map,
};
use crate::dialect::SHELL;
use crate::document::Format;

/// Every session writes the whole `~/.claude.json` anew, all the time
/// (anthropics/claude-code#28829). It is a program of its own or a script of Node's.
const PROGRAMS: &[&str] = &["claude", "claude.exe", "claude-code/cli.js"];

const CODE: ConfigFile = ConfigFile {
    format: Format::JsonBom,
    expands: SHELL,
    // Asked of 2.1.330: it skips each entry that is not so, and takes no notice
    // of `disabled` or `enabled`. A `url` without a `type` is dropped
    // (anthropics/claude-code#73885).
    spelling: Spelling {
        url: &["url"],
        // code.claude.com/docs/en/mcp, "Use dynamic headers for custom authentication"
        helper: &["headersHelper"],
        off: &[],
        untyped: Untyped::Refused,
        types: &["stdio", "http", "sse", "ws", "streamable-http"],
        both: Both::Program,
        texts_only: true,
        // The lists below; what a command or skill allows holds only while it runs.
        approves_here: true,
        never_empty: true,
        ..super::STANDARD
    },
    ..FILE
};

/// Servers of a project's `.mcp.json` that the user has refused.
const REFUSED: Toggle = Toggle { path: &["disabledMcpjsonServers"], says: Says::Off, of: Some(Scope::Project) };

/// Of its published settings schema; an administrator can forbid the first.
const UNASKED: &[Setting] = &[
    Setting {
        path: &["permissions", "defaultMode"],
        value: Word::Text("bypassPermissions"),
        unless: &["permissions", "disableBypassPermissionsMode"],
        ..CALLS
    },
    Setting { path: &["enableAllProjectMcpServers"], skips: Skips::Projects, ..CALLS },
];

/// Holds no servers: `mcpServers` in it has no effect.
const SETTINGS: ConfigFile =
    ConfigFile { format: Format::Jsonc, roots: &[], toggles: &[REFUSED], settings: UNASKED, allows: ALLOWED, ..CODE };

/// code.claude.com/docs/en/permissions
const ALLOWED: &[Allows] = &[Allows { path: &["permissions", "allow"], named: Naming::Underscores }];

/// What an administrator allows counts everywhere.
const MANAGED_SETTINGS: ConfigFile = ConfigFile {
    base: Base::Root,
    scope: Scope::Managed,
    writing: Writing::Never("An administrator has set this file."),
    ..SETTINGS
};

const MANAGED: ConfigFile = ConfigFile {
    base: Base::Root,
    scope: Scope::Managed,
    // With this file only its servers can be used.
    alone: true,
    writing: Writing::Never("An administrator has set this file."),
    ..CODE
};

const PLUGIN: ConfigFile = ConfigFile {
    base: Base::Named("CLAUDE_CONFIG_DIR", ".claude"),
    scope: Scope::Extension,
    // Wrapped, or a bare map.
    roots: &[map(&["mcpServers"]), map(&[])],
    first_root: true,
    // Listed as `plugin:<plugin>:<name>`.
    apart: true,
    writing: Writing::Never("This file came with a plugin, and its next update replaces it."),
    ..CODE
};

/// Its servers, or the paths of files with them (code.claude.com/docs/en/plugins-reference).
const MANIFEST: ConfigFile = ConfigFile { roots: MCP_SERVERS, names: Some(&PLUGIN), ..PLUGIN };

/// Servers of one agent: a list of names of servers that are set up elsewhere, and of maps
/// with entries (code.claude.com/docs/en/sub-agents). It is not said what becomes of a map
/// in the place of the list. They start with the agent, whatever `managed-mcp.json` says.
const AGENT: ConfigFile = ConfigFile {
    base: Base::Named("CLAUDE_CONFIG_DIR", ".claude"),
    path: "agents/**/*.md",
    format: Format::FrontMatter,
    roots: &[Root { holds: Holds::Items, ..map(&["mcpServers"]) }, map(&["mcpServers"])],
    apart: true,
    beside: true,
    writing: Writing::Never(super::IN_A_TEXT),
    ..CODE
};

const MANAGED_AGENT: ConfigFile = ConfigFile { base: Base::Root, scope: Scope::Managed, ..AGENT };

pub(super) const CLIENT: Client = Client {
    id: "claude-code",
    name: "Claude Code",
    files: &[
        ConfigFile {
            id: Some("claude-code-user"),
            base: Base::Named("CLAUDE_CONFIG_DIR", ""),
            path: ".claude.json",
            roots: &[map(&["mcpServers"]), Root { scope: Some(Scope::Local), ..map(&["projects", "*", "mcpServers"]) }],
            writing: Writing::Closed(PROGRAMS),
            toggles: &[
                Toggle { path: &["projects", "*", "disabledMcpServers"], says: Says::Off, of: None },
                Toggle { path: &["projects", "*", "disabledMcpjsonServers"], ..REFUSED },
            ],
            allows: &[Allows { path: &["projects", "*", "allowedTools"], named: Naming::Underscores }],
            ..CODE
        },
        ConfigFile {
            base: Base::Above,
            path: ".mcp.json",
            scope: Scope::Project,
            roots: MCP_SERVERS,
            notes: &["Claude Code asks again whether it may start the changed entry."],
            ..CODE
        },
        ConfigFile { base: Base::Named("CLAUDE_CONFIG_DIR", ".claude"), path: "settings.json", ..SETTINGS },
        ConfigFile { base: Base::Project, path: ".claude/settings.json", scope: Scope::Project, ..SETTINGS },
        ConfigFile { base: Base::Project, path: ".claude/settings.local.json", scope: Scope::Local, ..SETTINGS },
        ConfigFile { os: &[Os::Linux], path: "etc/claude-code/managed-settings.json", ..MANAGED_SETTINGS },
        ConfigFile {
            os: &[Os::Macos],
            path: "Library/Application Support/ClaudeCode/managed-settings.json",
            ..MANAGED_SETTINGS
        },
        ConfigFile {
            os: &[Os::Windows],
            base: Base::ProgramFiles,
            path: "ClaudeCode/managed-settings.json",
            ..MANAGED_SETTINGS
        },
        ConfigFile { path: "plugins/cache/**/.mcp.json", ..PLUGIN },
        ConfigFile { path: "plugins/cache/**/.claude-plugin/plugin.json", ..MANIFEST },
        ConfigFile { path: "plugins/repos/**/.mcp.json", ..PLUGIN },
        ConfigFile { path: "plugins/repos/**/.claude-plugin/plugin.json", ..MANIFEST },
        AGENT,
        ConfigFile { base: Base::Above, path: ".claude/agents/**/*.md", scope: Scope::Project, ..AGENT },
        ConfigFile { os: &[Os::Linux], path: "etc/claude-code/.claude/agents/**/*.md", ..MANAGED_AGENT },
        ConfigFile {
            os: &[Os::Macos],
            path: "Library/Application Support/ClaudeCode/.claude/agents/**/*.md",
            ..MANAGED_AGENT
        },
        ConfigFile {
            os: &[Os::Windows],
            base: Base::ProgramFiles,
            path: "ClaudeCode/.claude/agents/**/*.md",
            ..MANAGED_AGENT
        },
        ConfigFile { os: &[Os::Linux], path: "etc/claude-code/managed-mcp.json", ..MANAGED },
        ConfigFile { os: &[Os::Macos], path: "Library/Application Support/ClaudeCode/managed-mcp.json", ..MANAGED },
        ConfigFile { os: &[Os::Windows], base: Base::ProgramFiles, path: "ClaudeCode/managed-mcp.json", ..MANAGED },
    ],
    start: Start { short_env: false, cwd: true },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "`headersHelper` for remote servers",
    after: "Use `/mcp` and Reconnect, or start Claude Code again, to use the changed entry.",
};
