//! Cline (client-formats §9; its own listing was compared).

use super::{Approval, Base, CALLS, Client, ConfigFile, FILE, SameName, Setting, Spelling, Start, Untyped, Writing};
use crate::dialect::{Dialect, Form};

const CLINE: ConfigFile = ConfigFile {
    // Its schema takes the file as a whole: one bad entry, and none is left.
    spelling: Spelling {
        url: &["url"],
        inside: &["transport"],
        off: &[("disabled", true)],
        switch: Some(("disabled", true)),
        untyped: Untyped::Sse,
        spoils: true,
        // docs.cline.bot/mcp/mcp-overview
        approves: &[Approval::List("autoApprove")],
        approves_here: true,
        ..super::STANDARD
    },
    // In the editor; the command line expands nothing.
    expands: Dialect { everywhere: &[Form::Env], only: &[] },
    writing: Writing::Locked,
    ..FILE
};

/// Read once, moved to the new place, and never looked at again; the keys stay in it.
const OLD: ConfigFile = ConfigFile {
    apart: true,
    writing: Writing::Never("Cline does not read this old file any more: what is in it can be deleted."),
    ..CLINE
};

/// What it keeps of its own settings. The names of the keys were seen in excerpts of cline/cline (state-keys.ts), the
/// place of the file only in programs that read it.
const STATE: ConfigFile = ConfigFile {
    path: ".cline/data/globalState.json",
    roots: &[],
    settings: &[Setting { path: &["yoloModeToggled"], ..CALLS }, Setting { path: &["autoApproveAllToggled"], ..CALLS }],
    writing: Writing::Never("Cline writes its own copy of this file: change it in Cline's settings."),
    ..CLINE
};

pub(super) const CLIENT: Client = Client {
    id: "cline",
    name: "Cline",
    files: &[
        ConfigFile { path: ".cline/data/settings/cline_mcp_settings.json", ..CLINE },
        ConfigFile { base: Base::Only("CLINE_DIR"), path: "data/settings/cline_mcp_settings.json", ..CLINE },
        ConfigFile { base: Base::Only("CLINE_DATA_DIR"), path: "settings/cline_mcp_settings.json", ..CLINE },
        ConfigFile { base: Base::Only("CLINE_MCP_SETTINGS_PATH"), ..CLINE },
        ConfigFile {
            base: Base::Config,
            path: "Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json",
            ..OLD
        },
        ConfigFile { path: "Documents/Cline/MCP/cline_mcp_settings.json", ..OLD },
        STATE,
    ],
    start: Start { short_env: true, cwd: true },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Cline sees the change by itself.",
};
