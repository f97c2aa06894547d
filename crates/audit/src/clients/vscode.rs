//! VS Code, its Insiders and its open-source builds (client-formats §2).
//!
//! A portable install without `VSCODE_PORTABLE` in the environment and a
//! `--user-data-dir` leave no trace to find them by.

use super::{
    Base, CALLS, Client, ConfigFile, FILE, Fixed, Os, SameName, Scope, Setting, Spelling, Start, When, Writing, map,
};
use crate::dialect::{Dialect, Form, SHELL, Spot};
use crate::document::Format;

const MCP: ConfigFile = ConfigFile {
    base: Base::Config,
    format: Format::Jsonc,
    roots: &[map(&["servers"])],
    inputs: &["inputs"],
    // Whether a server is on is kept in the state database, not in the file. Of `type` only
    // `stdio` matters: HTTP is tried first and then SSE (code.visualstudio.com, MCP configuration reference).
    spelling: Spelling { off: &[], falls_back: true, env_file: &["envFile"], ..super::STANDARD },
    fixed: &[
        Fixed {
            when: When::True("sandboxEnabled"),
            why: "VS Code starts this server in its own sandbox, which does not let the launcher reach the keychain.",
        },
        Fixed {
            when: When::Sets(&["PATH"]),
            why: "VS Code appends this entry's PATH to its own, so the launcher could not tell whether it is the \
                  approved one.",
        },
    ],
    fences: Some("sandboxEnabled"),
    synced: true,
    expands: Dialect {
        everywhere: &[Form::Env, Form::Input, Form::Editor, Form::Folders],
        only: &[(Spot::Command, &[Form::Tilde]), (Spot::Args, &[Form::Tilde]), (Spot::Cwd, &[Form::Tilde])],
    },
    ..FILE
};

/// microsoft/vscode, chat.contribution.ts: a setting of the user alone, under the second name
/// in 1.99 to 1.103, when a workspace could set it too (CVE-2025-53773).
const UNASKED: Setting = Setting { path: &["chat.tools.global.autoApprove"], ..CALLS };
const UNASKED_THEN: Setting = Setting { path: &["chat.tools.autoApprove"], until: Some("1.103"), ..CALLS };

/// Servers among the settings, from before `mcp.json`; VS Code moves the user's there.
const SETTINGS: ConfigFile = ConfigFile {
    roots: &[map(&["mcp", "servers"]), map(&["mcp.servers"])],
    inputs: &["mcp", "inputs"],
    settings: &[UNASKED, UNASKED_THEN],
    ..MCP
};

const HOME: ConfigFile = ConfigFile { base: Base::Home, synced: false, ..MCP };

/// Servers of a Flatpak or Snap start inside it.
const CONFINED: ConfigFile = ConfigFile {
    os: &[Os::Linux],
    writing: Writing::Never("This build may start servers inside its own sandbox, where the launcher is not."),
    ..HOME
};

const PROJECT: ConfigFile = ConfigFile { base: Base::Project, scope: Scope::Project, synced: false, ..MCP };

/// VS Code writes these into the container's own user file.
const CONTAINER: ConfigFile = ConfigFile {
    roots: &[map(&["customizations", "vscode", "mcp", "servers"])],
    inputs: &[],
    writing: Writing::Never("Servers of a dev container start inside it, where neither launcher nor keychain is."),
    ..PROJECT
};

/// Read by VS Code as other clients write it: no inputs, no folders, no file of variables.
const PORTABLE: ConfigFile = ConfigFile {
    guest: true,
    roots: &[map(&["mcpServers"]), map(&[])],
    first_root: true,
    inputs: &[],
    spelling: Spelling { env_file: &[], ..MCP.spelling },
    fences: None,
    expands: SHELL,
    ..PROJECT
};

/// The user's files of one build: its folder, its server's folder for remote
/// windows, its Flatpak, its Snap; then `more`.
macro_rules! build {
    ($folder:literal, $server:literal, $flatpak:literal, $snap:literal $(, $more:expr)* $(,)?) => {
        &[
            ConfigFile { path: concat!($folder, "/User/mcp.json"), ..MCP },
            ConfigFile { path: concat!($folder, "/User/settings.json"), ..SETTINGS },
            ConfigFile { path: concat!($folder, "/User/profiles/*/mcp.json"), ..MCP },
            ConfigFile { path: concat!($folder, "/User/profiles/*/settings.json"), ..SETTINGS },
            // This computer as the remote one (SSH, WSL, tunnel); on Windows too.
            ConfigFile { path: concat!($server, "/data/User/mcp.json"), ..HOME },
            ConfigFile { path: concat!(".var/app/", $flatpak, "/config/", $folder, "/User/mcp.json"), ..CONFINED },
            ConfigFile {
                path: concat!(".var/app/", $flatpak, "/config/", $folder, "/User/profiles/*/mcp.json"),
                ..CONFINED
            },
            ConfigFile { path: concat!("snap/", $snap, "/*/.config/", $folder, "/User/mcp.json"), ..CONFINED },
            $($more),*
        ]
    };
}

pub(super) const CLIENT: Client = Client {
    id: "vscode",
    name: "VS Code",
    files: build![
        "Code",
        ".vscode-server",
        "com.visualstudio.code",
        "code",
        ConfigFile { base: Base::Only("VSCODE_PORTABLE"), path: "user-data/User/mcp.json", ..MCP },
        ConfigFile { base: Base::Only("VSCODE_PORTABLE"), path: "user-data/User/profiles/*/mcp.json", ..MCP },
        ConfigFile { base: Base::Only("VSCODE_APPDATA"), path: "Code/User/mcp.json", ..MCP },
        ConfigFile {
            base: Base::Named("COPILOT_HOME", ".copilot"),
            path: "mcp-config.json",
            scope: Scope::User,
            ..PORTABLE
        },
        ConfigFile { path: ".vscode/mcp.json", ..PROJECT },
        ConfigFile {
            path: ".vscode/settings.json",
            roots: SETTINGS.roots,
            inputs: SETTINGS.inputs,
            settings: &[UNASKED_THEN],
            ..PROJECT
        },
        ConfigFile {
            path: "*.code-workspace",
            roots: &[map(&["settings", "mcp", "servers"]), map(&["settings", "mcp.servers"])],
            inputs: &["settings", "mcp", "inputs"],
            ..PROJECT
        },
        ConfigFile { path: ".devcontainer.json", ..CONTAINER },
        ConfigFile { path: ".devcontainer/devcontainer.json", ..CONTAINER },
        ConfigFile { path: ".devcontainer/*/devcontainer.json", ..CONTAINER },
        ConfigFile { path: ".mcp.json", ..PORTABLE },
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
    files: build!["Code - Insiders", ".vscode-server-insiders", "com.visualstudio.code.insiders", "code-insiders"],
    ..CLIENT
};

pub(super) const OSS: Client = Client {
    id: "code-oss",
    name: "Code - OSS",
    files: build!["Code - OSS", ".vscode-server-oss", "com.visualstudio.code-oss", "code-oss"],
    ..CLIENT
};

pub(super) const CODIUM: Client = Client {
    id: "vscodium",
    name: "VSCodium",
    files: build!["VSCodium", ".vscodium-server", "com.vscodium.codium", "codium"],
    ..CLIENT
};
