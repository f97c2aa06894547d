//! Amp (client-formats §17). `amp.mcpServers` is one key with a dot in it.

use super::{Base, CALLS, Client, ConfigFile, FILE, Os, Root, SameName, Scope, Setting, Spelling, Start, UNIX, map};
use crate::dialect::SHELL;
use crate::document::Format;

const SERVERS: &[Root] = &[map(&["amp.mcpServers"])];

/// Amp's own list of settings: "Disable all command confirmation prompts".
const UNASKED: &[Setting] = &[Setting { path: &["amp.dangerouslyAllowAll"], ..CALLS }];

const AMP: ConfigFile = ConfigFile {
    settings: UNASKED,
    format: Format::Jsonc,
    roots: SERVERS,
    spelling: Spelling { off: &[("disabled", true)], switch: Some(("disabled", true)), ..super::STANDARD },
    expands: SHELL,
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "amp",
    name: "Amp",
    files: &[
        ConfigFile { os: UNIX, base: Base::DotConfig, path: "amp/settings.json", ..AMP },
        ConfigFile { os: &[Os::Windows], base: Base::Config, path: "amp/settings.json", ..AMP },
        ConfigFile { base: Base::Project, path: ".amp/settings.json", scope: Scope::Project, ..AMP },
    ],
    start: Start { short_env: true, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Start Amp again to use the changed entry; servers of a project ask for `amp mcp approve`.",
};
