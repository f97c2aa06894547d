//! Files in which somebody may allow or deny servers by their exact command.
//!
//! A server that starts through a launcher is another one to such a list: it
//! could be blocked, or slip past a rule that was meant for it
//! (client-formats §1.3). Only local files are looked at; the registry of
//! Windows, the preferences of macOS and what an organisation keeps on its own
//! servers (Cursor's dashboard, Copilot's) are not.

use super::{ANY, Base, Os, UNIX};
use crate::document::Format;

/// A file that may hold such a list.
#[derive(Debug)]
pub struct Policy {
    /// Ids of the clients that obey it.
    pub clients: &'static [&'static str],
    pub os: &'static [Os],
    pub base: Base,
    pub path: &'static str,
    pub format: Format,
    /// The members that are such a list, by their ways from the top; `*` stands for every name.
    pub members: &'static [&'static [&'static str]],
    /// Of these only the ones whose last name holds this text, in any case.
    pub named: &'static str,
}

const FILE: Policy =
    Policy { clients: &[], os: ANY, base: Base::Root, path: "", format: Format::Json, members: &[], named: "" };

// `serverCommand` has to equal program and arguments ("Managed MCP" of the documentation).
const CLAUDE: Policy =
    Policy { clients: &["claude-code"], members: &[&["allowedMcpServers"], &["deniedMcpServers"]], ..FILE };

// microsoft/vscode, allowedMcpServersService; `chat.mcp.access` `registry` lets only known servers start.
const VSCODE: Policy = Policy {
    clients: &["vscode"],
    base: Base::Config,
    format: Format::Jsonc,
    members: &[&["chat.mcp.access"], &["chat.mcp.allowedServers"], &["chat.mcp.deniedServers"]],
    ..FILE
};

// openai/codex, codex-rs/config/src/mcp_requirements.rs.
const CODEX: Policy = Policy { clients: &["codex"], format: Format::Toml, members: &[&["mcp_servers"]], ..FILE };

// Gemini's `mcp.allowed` and `mcp.excluded` go by name; what an administrator sets may not.
const GEMINI: Policy = Policy { clients: &["gemini"], members: &[&["admin", "mcp"]], ..FILE };

// Rules that match `command` and `args` (Amp's manual).
const AMP: Policy = Policy { clients: &["amp"], format: Format::Jsonc, members: &[&["amp.mcpPermissions"]], ..FILE };

pub const POLICIES: &[Policy] = &[
    Policy { os: UNIX, path: "etc/claude-code/managed-settings.json", ..CLAUDE },
    Policy { os: UNIX, path: "etc/claude-code/managed-settings.d/*.json", ..CLAUDE },
    Policy { os: &[Os::Macos], path: "Library/Application Support/ClaudeCode/managed-settings.json", ..CLAUDE },
    Policy { base: Base::ProgramFiles, path: "ClaudeCode/managed-settings.json", ..CLAUDE },
    Policy { base: Base::Named("CLAUDE_CONFIG_DIR", ".claude"), path: "settings.json", ..CLAUDE },
    // Denied is denied, whoever's settings say it.
    Policy { base: Base::Project, path: ".claude/settings.json", ..CLAUDE },
    Policy { base: Base::Project, path: ".claude/settings.local.json", ..CLAUDE },
    // What an organisation's server sent last.
    Policy { base: Base::Named("CLAUDE_CONFIG_DIR", ".claude"), path: "remote-settings.json", ..CLAUDE },
    // The names in a policy are not those of the settings, and have changed.
    Policy {
        clients: &["vscode", "vscode-insiders", "code-oss", "vscodium"],
        os: &[Os::Linux],
        base: Base::Root,
        path: "etc/vscode/policy.json",
        members: &[&["*"]],
        named: "mcp",
        ..VSCODE
    },
    Policy { path: "Code/User/settings.json", ..VSCODE },
    Policy { clients: &["vscode-insiders"], path: "Code - Insiders/User/settings.json", ..VSCODE },
    Policy { clients: &["code-oss"], path: "Code - OSS/User/settings.json", ..VSCODE },
    Policy { clients: &["vscodium"], path: "VSCodium/User/settings.json", ..VSCODE },
    Policy { os: UNIX, path: "etc/codex/requirements.toml", ..CODEX },
    Policy { base: Base::ProgramData, path: "OpenAI/Codex/requirements.toml", ..CODEX },
    Policy { os: &[Os::Linux], path: "etc/gemini-cli/settings.json", ..GEMINI },
    Policy { os: &[Os::Macos], path: "Library/Application Support/GeminiCli/settings.json", ..GEMINI },
    Policy { base: Base::ProgramData, path: "gemini-cli/settings.json", ..GEMINI },
    Policy { os: &[Os::Linux], path: "etc/ampcode/managed-settings.json", ..AMP },
    Policy { os: &[Os::Macos], path: "Library/Application Support/ampcode/managed-settings.json", ..AMP },
    Policy { base: Base::ProgramData, path: "ampcode/managed-settings.json", ..AMP },
    Policy { base: Base::DotConfig, path: "amp/settings.json", ..AMP },
    Policy { base: Base::Project, path: ".amp/settings.json", ..AMP },
];
