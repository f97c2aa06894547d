//! Zed (client-formats §8).

use super::{
    Base, CALLS, Client, ConfigFile, FILE, Fixed, Os, Root, SameName, Scope, Setting, Spelling, Start, UNIX, When,
    Word, map,
};
use crate::document::Format;

const SERVERS: &[Root] = &[map(&["context_servers"])];

/// "Tool Permissions" of the documentation: rules for single tools can still ask. A project's
/// settings have no say in it.
const UNASKED: &[Setting] = &[
    Setting {
        path: &["agent", "tool_permissions", "default"],
        value: Word::Text("allow"),
        unless: &["agent", "tool_permissions", "tools"],
        ..CALLS
    },
    Setting { path: &["agent", "always_allow_tool_actions"], until: Some("0.223"), ..CALLS },
];

const ZED: ConfigFile = ConfigFile {
    settings: UNASKED,
    format: Format::Jsonc,
    roots: SERVERS,
    // Flat, or as older versions wrote it: `command: { path, args, env }`.
    spelling: Spelling {
        command: &["command", "path"],
        url: &["url"],
        inside: &["command"],
        off: &[("enabled", false)],
        switch: Some(("enabled", false)),
        ..super::STANDARD
    },
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "zed",
    name: "Zed",
    files: &[
        ConfigFile { os: UNIX, base: Base::DotConfig, path: "zed/settings.json", ..ZED },
        ConfigFile { os: &[Os::Windows], base: Base::Config, path: "Zed/settings.json", ..ZED },
        ConfigFile { os: UNIX, base: Base::DotConfig, path: "zed/global_settings.json", scope: Scope::System, ..ZED },
        ConfigFile {
            os: &[Os::Windows],
            base: Base::Config,
            path: "Zed/global_settings.json",
            scope: Scope::System,
            ..ZED
        },
        ConfigFile {
            os: &[Os::Linux],
            path: ".var/app/dev.zed.Zed/config/zed/settings.json",
            apart: true,
            fixed: &[Fixed {
                when: When::Always,
                why: "Zed from Flatpak starts its servers inside its own sandbox, where the launcher is not.",
            }],
            ..ZED
        },
        ConfigFile { base: Base::Project, path: ".zed/settings.json", scope: Scope::Project, settings: &[], ..ZED },
    ],
    start: Start { short_env: false, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "OAuth secrets of remote servers, in the system's keychain",
    after: "Zed sees the change by itself.",
};
