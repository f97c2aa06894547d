//! Zed (client-formats §8).

use super::{Base, Client, ConfigFile, FILE, Fixed, Os, Root, SameName, Scope, Spelling, Start, UNIX, When, map};
use crate::document::Format;

const SERVERS: &[Root] = &[map(&["context_servers"])];

const ZED: ConfigFile = ConfigFile {
    format: Format::Jsonc,
    roots: SERVERS,
    // Flat, or as older versions wrote it: `command: { path, args, env }`.
    spelling: Spelling {
        command: &["command", "path"],
        url: &["url"],
        inside: &["command"],
        off: &[("enabled", false)],
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
        ConfigFile { base: Base::Project, path: ".zed/settings.json", scope: Scope::Project, ..ZED },
    ],
    start: Start { short_env: false, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "OAuth secrets of remote servers, in the system's keychain",
    after: "Zed sees the change by itself.",
};
