//! Claude Desktop (client-formats §3).

use super::{Base, Client, ConfigFile, FILE, Os, SameName, Start, Writing};

/// Claude Desktop reads its file once, at a cold start, and writes its own copy
/// back at every settings change: an edit while it runs is lost
/// (anthropics/claude-code#74288). The bare `claude` is Claude Code's name.
const PROGRAMS: &[&str] = &["claude-desktop", "Claude", "Claude Desktop", "Claude.exe"];

const DESKTOP: ConfigFile = ConfigFile { base: Base::Config, writing: Writing::Closed(PROGRAMS), ..FILE };

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
            ..DESKTOP
        },
        // The official package writes `Claude`; docker/mcp-gateway and
        // community builds have used `claude`.
        ConfigFile { os: &[Os::Linux], path: "claude/claude_desktop_config.json", ..DESKTOP },
    ],
    start: Start { short_env: true, cwd: false },
    remote: false,
    same_name: SameName::Apart,
    own_secrets: "",
    after: "Start Claude Desktop again to use the changed entry.",
};
