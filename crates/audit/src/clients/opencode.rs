//! opencode (client-formats §17; its own listing was compared).

use super::{Base, Client, ConfigFile, FILE, Os, Root, SameName, Scope, Spelling, Start, Words, Writing, map};
use crate::dialect::{Dialect, Form};
use crate::document::Format;

/// The newer layout first: of one name in both, the older one counts. An entry with a
/// member that its layout does not know spoils the file.
const SERVERS: &[Root] = &[Root { switch: Some(("disabled", true)), ..map(&["mcp", "servers"]) }, map(&["mcp"])];

const OPENCODE: ConfigFile = ConfigFile {
    base: Base::DotConfig,
    format: Format::Jsonc,
    roots: SERVERS,
    spelling: Spelling {
        words: Words::Whole,
        env: &["environment"],
        url: &["url"],
        switch: Some(("enabled", false)),
        types: &["local", "remote"],
        typed: true,
        texts_only: true,
        spoils: true,
        ..super::STANDARD
    },
    expands: Dialect { everywhere: &[Form::BareEnv, Form::BareFile], only: &[] },
    ..FILE
};

const MANAGED: ConfigFile = ConfigFile {
    base: Base::Root,
    scope: Scope::Managed,
    writing: Writing::Never("An administrator has set this file."),
    ..OPENCODE
};

const PROJECT: ConfigFile = ConfigFile { base: Base::RepositoryOrAbove, scope: Scope::Project, ..OPENCODE };

const MAC: &[Os] = &[Os::Macos];
const LINUX: &[Os] = &[Os::Linux];
const WINDOWS: &[Os] = &[Os::Windows];

pub(super) const CLIENT: Client = Client {
    id: "opencode",
    name: "opencode",
    files: &[
        ConfigFile { path: "opencode/config.json", ..OPENCODE },
        ConfigFile { path: "opencode/opencode.json", ..OPENCODE },
        ConfigFile { path: "opencode/opencode.jsonc", ..OPENCODE },
        // Of the second version's own folder.
        ConfigFile { path: "opencode2/opencode.json", apart: true, ..OPENCODE },
        ConfigFile { path: "opencode2/opencode.jsonc", apart: true, ..OPENCODE },
        ConfigFile { base: Base::Only("OPENCODE2_CONFIG_DIR"), path: "opencode.json", apart: true, ..OPENCODE },
        ConfigFile { base: Base::Only("OPENCODE2_CONFIG_DIR"), path: "opencode.jsonc", apart: true, ..OPENCODE },
        ConfigFile { base: Base::Only("OPENCODE_CONFIG"), path: "", ..OPENCODE },
        ConfigFile { base: Base::Home, path: ".opencode/opencode.json", ..OPENCODE },
        ConfigFile { base: Base::Home, path: ".opencode/opencode.jsonc", ..OPENCODE },
        ConfigFile { path: "opencode.json", ..PROJECT },
        ConfigFile { path: "opencode.jsonc", ..PROJECT },
        ConfigFile { path: ".opencode/opencode.json", ..PROJECT },
        ConfigFile { path: ".opencode/opencode.jsonc", ..PROJECT },
        ConfigFile { base: Base::Only("OPENCODE_CONFIG_DIR"), path: "opencode.json", ..OPENCODE },
        ConfigFile { base: Base::Only("OPENCODE_CONFIG_DIR"), path: "opencode.jsonc", ..OPENCODE },
        ConfigFile { os: MAC, path: "Library/Application Support/opencode/opencode.json", ..MANAGED },
        ConfigFile { os: MAC, path: "Library/Application Support/opencode/opencode.jsonc", ..MANAGED },
        ConfigFile { os: LINUX, path: "etc/opencode/opencode.json", ..MANAGED },
        ConfigFile { os: LINUX, path: "etc/opencode/opencode.jsonc", ..MANAGED },
        ConfigFile { os: WINDOWS, base: Base::ProgramData, path: "opencode/opencode.json", ..MANAGED },
        ConfigFile { os: WINDOWS, base: Base::ProgramData, path: "opencode/opencode.jsonc", ..MANAGED },
    ],
    start: Start { short_env: false, cwd: true },
    remote: true,
    same_name: SameName::Merged,
    own_secrets: "",
    after: "Start opencode again to use the changed entry.",
};
