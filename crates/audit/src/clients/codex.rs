//! Codex: command line, editor and desktop (client-formats §13; its own listing was compared).

use super::{
    Approval, Base, Both, CALLS, Client, ConfigFile, FILE, Fixed, Os, Root, SameName, Scope, Setting, Spelling, Start,
    UNIX, When, Word, Writing, map,
};
use crate::document::Format;

const SERVERS: &[Root] = &[map(&["mcp_servers"])];

/// Neither alone is everything: without a sandbox it may still ask, and one that never asks
/// is held by the sandbox ("Agent approvals & security" of the documentation).
const UNASKED: &[Setting] = &[Setting {
    path: &["approval_policy"],
    value: Word::Text("never"),
    with: Some((&["sandbox_mode"], Word::Text("danger-full-access"))),
    ..CALLS
}];

const OWN: &str = "Codex keeps this entry itself and would write it anew.";

const CODEX: ConfigFile = ConfigFile {
    format: Format::Toml,
    roots: SERVERS,
    settings: UNASKED,
    spelling: Spelling {
        url: &["url"],
        headers: &["http_headers"],
        off: &[("enabled", false)],
        switch: Some(("enabled", false)),
        both: Both::Refused,
        texts_only: true,
        forbidden: &["bearer_token"],
        spoils: true,
        // developers.openai.com/codex/config-reference
        approves: &[
            Approval::Says("default_tools_approval_mode", "approve"),
            Approval::Each("tools", "approval_mode", "approve"),
        ],
        approves_here: true,
        ..super::STANDARD
    },
    // What the desktop app puts in.
    fixed: &[
        Fixed { when: When::Named("node_repl"), why: OWN },
        Fixed { when: When::Named("computer-use"), why: OWN },
        Fixed { when: When::Inside(".app/Contents/"), why: OWN },
        Fixed { when: When::In("."), why: OWN },
        Fixed {
            when: When::Says("experimental_environment", "remote"),
            why: "Codex starts this server on another computer, where the launcher is not.",
        },
    ],
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "codex",
    name: "Codex",
    files: &[
        ConfigFile { base: Base::Named("CODEX_HOME", ".codex"), path: "config.toml", ..CODEX },
        ConfigFile { os: UNIX, base: Base::Root, path: "etc/codex/config.toml", scope: Scope::System, ..CODEX },
        ConfigFile {
            os: &[Os::Windows],
            base: Base::ProgramData,
            path: "OpenAI/Codex/config.toml",
            scope: Scope::System,
            ..CODEX
        },
        // Profiles, used only when they are asked for by name.
        ConfigFile { base: Base::Named("CODEX_HOME", ".codex"), path: "*.config.toml", apart: true, ..CODEX },
        // From the repository's root down; only in projects the user trusts.
        ConfigFile { base: Base::Repository, path: ".codex/config.toml", scope: Scope::Project, ..CODEX },
        ConfigFile {
            os: UNIX,
            base: Base::Root,
            path: "etc/codex/managed_config.toml",
            scope: Scope::Managed,
            writing: Writing::Never("An administrator has set this file."),
            ..CODEX
        },
    ],
    start: Start { short_env: true, cwd: true },
    remote: true,
    same_name: SameName::Merged,
    own_secrets: "`bearer_token_env_var`, `http_headers_helper` for remote servers",
    after: "Start Codex again to use the changed entry.",
};
