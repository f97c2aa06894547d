//! Claude Desktop and its extensions (client-formats §3, §4).

use super::{
    Base, Client, ConfigFile, FILE, Holds, Os, Root, SameName, Says, Scope, Spelling, Start, Toggle, Writing, map,
};
use crate::dialect::{Dialect, Form};

/// Claude Desktop reads its file once, at a cold start, and writes its own copy
/// back at every settings change: an edit while it runs is lost
/// (anthropics/claude-code#74288). The bare `claude` is Claude Code's name.
const PROGRAMS: &[&str] = &["claude-desktop", "Claude", "Claude Desktop", "Claude.exe"];

const DESKTOP: ConfigFile = ConfigFile {
    base: Base::Config,
    // It knows no switch in this file.
    spelling: Spelling { off: &[], ..super::STANDARD },
    writing: Writing::Closed(PROGRAMS),
    ..FILE
};

/// A manifest of modelcontextprotocol/mcpb (MANIFEST.md), formerly .dxt.
const EXTENSION: ConfigFile = ConfigFile {
    base: Base::Config,
    path: "Claude/Claude Extensions/*/manifest.json",
    scope: Scope::Extension,
    roots: &[Root { holds: Holds::One(&["name"]), ..map(&["server", "mcp_config"]) }],
    apart: true,
    spelling: Spelling {
        over: &[
            (Os::Linux, &["platform_overrides", "linux"]),
            (Os::Macos, &["platform_overrides", "darwin"]),
            (Os::Windows, &["platform_overrides", "win32"]),
        ],
        ..super::STANDARD
    },
    expands: Dialect { everywhere: &[Form::Manifest, Form::Braces, Form::Folders], only: &[] },
    writing: Writing::Never("An extension's files are signed and replaced by its updates."),
    ..FILE
};

/// Whether an extension is on; its sensitive values stand here encrypted.
const EXTENSION_SETTINGS: ConfigFile = ConfigFile {
    path: "Claude/Claude Extensions Settings/*.json",
    roots: &[],
    toggles: &[Toggle { path: &["isEnabled"], says: Says::ByFolder, of: Some(Scope::Extension) }],
    ..EXTENSION
};

pub(super) const CLIENT: Client = Client {
    id: "claude-desktop",
    name: "Claude Desktop",
    files: &[
        ConfigFile { path: "Claude/claude_desktop_config.json", ..DESKTOP },
        // A packaged (MSIX) app sees a private AppData; where this copy exists
        // it is the live one (anthropics/claude-code#26073).
        ConfigFile {
            os: &[Os::Windows],
            base: Base::LocalAppData,
            path: "Packages/Claude_*/LocalCache/Roaming/Claude/claude_desktop_config.json",
            instead: true,
            ..DESKTOP
        },
        // The official package writes `Claude`; docker/mcp-gateway and
        // community builds have used `claude`.
        ConfigFile { os: &[Os::Linux], path: "claude/claude_desktop_config.json", apart: true, ..DESKTOP },
        EXTENSION,
        EXTENSION_SETTINGS,
        ConfigFile {
            os: &[Os::Windows],
            base: Base::LocalAppData,
            path: "Packages/Claude_*/LocalCache/Roaming/Claude/Claude Extensions/*/manifest.json",
            ..EXTENSION
        },
        ConfigFile {
            os: &[Os::Windows],
            base: Base::LocalAppData,
            path: "Packages/Claude_*/LocalCache/Roaming/Claude/Claude Extensions Settings/*.json",
            ..EXTENSION_SETTINGS
        },
    ],
    start: Start { short_env: true, cwd: false },
    remote: false,
    same_name: SameName::Replaced,
    own_secrets: "sensitive settings of extensions",
    after: "Start Claude Desktop again to use the changed entry.",
};

/// The same app behind another model provider keeps everything in a folder of
/// its own, outside the packaged app's private AppData (stacklok/toolhive, farion1231/cc-switch).
pub(super) const THIRD_PARTY: Client = Client {
    id: "claude-desktop-3p",
    name: "Claude Desktop (3P)",
    files: &[
        ConfigFile { os: &[Os::Macos], path: "Claude-3p/claude_desktop_config.json", ..DESKTOP },
        ConfigFile {
            os: &[Os::Windows],
            base: Base::LocalAppData,
            path: "Claude-3p/claude_desktop_config.json",
            ..DESKTOP
        },
    ],
    own_secrets: "",
    ..CLIENT
};
