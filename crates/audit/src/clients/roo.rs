//! Roo Code (client-formats §10); discontinued, still installed.

use super::{Approval, Base, Client, ConfigFile, FILE, SameName, Scope, Spelling, Start, Untyped, Writing};
use crate::dialect::{Dialect, Form};

const ROO: ConfigFile = ConfigFile {
    base: Base::Config,
    spelling: Spelling {
        url: &["url"],
        off: &[("disabled", true)],
        switch: Some(("disabled", true)),
        untyped: Untyped::Refused,
        types: &["stdio", "sse", "streamable-http"],
        // docs.roocode.com/features/mcp/using-mcp-in-roo
        approves: &[Approval::List("alwaysAllow")],
        approves_here: true,
        ..super::STANDARD
    },
    expands: Dialect { everywhere: &[Form::Env, Form::Workspace], only: &[] },
    slashes: true,
    ..FILE
};

/// Where its files are instead (RooCodeInc/Roo-Code, src/utils/storage.ts). It takes the text as a path: no `~`, and
/// what is no absolute path is seen from wherever the editor was started. Where it cannot write there, it uses the usual
/// place again, so both are read.
const STORAGE: &str = "roo-cline.customStoragePath";

/// The settings of editors that it runs in.
const SETTINGS: &[&str] = &[
    "Code/User/settings.json",
    "Code/User/profiles/*/settings.json",
    "Code - Insiders/User/settings.json",
    "Code - Insiders/User/profiles/*/settings.json",
    "Code - OSS/User/settings.json",
    "Code - OSS/User/profiles/*/settings.json",
    "VSCodium/User/settings.json",
    "VSCodium/User/profiles/*/settings.json",
    "Cursor/User/settings.json",
    "Cursor/User/profiles/*/settings.json",
    "Windsurf/User/settings.json",
    "Windsurf/User/profiles/*/settings.json",
];

const ELSEWHERE: ConfigFile = ConfigFile {
    base: Base::Told(&Base::Config, SETTINGS, STORAGE),
    path: "settings/mcp_settings.json",
    apart: true,
    ..ROO
};

pub(super) const CLIENT: Client = Client {
    id: "roo",
    name: "Roo Code",
    files: &[
        ConfigFile { path: "Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", ..ROO },
        ConfigFile {
            path: "Code - Insiders/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
            apart: true,
            ..ROO
        },
        ConfigFile {
            path: "Cursor/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
            apart: true,
            ..ROO
        },
        ELSEWHERE,
        // The setting is one of a workspace too.
        ConfigFile {
            base: Base::Told(&Base::Project, &[".vscode/settings.json"], STORAGE),
            scope: Scope::Local,
            writing: Writing::Never("A project's settings have Roo Code read this file: change it, or them, by hand."),
            ..ELSEWHERE
        },
        ConfigFile { base: Base::Project, path: ".roo/mcp.json", scope: Scope::Project, ..ROO },
    ],
    start: Start { short_env: true, cwd: true },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Roo Code sees the change by itself.",
};
