//! Gemini CLI and Qwen Code, which began as a copy of it (client-formats §14; their own listings were compared).

use super::{
    Approval, Base, Both, CALLS, Client, ConfigFile, FILE, Os, SameName, Says, Scope, Setting, Skips, Spelling, Start,
    Toggle, Untyped, Word, Writing,
};
use crate::dialect::{Dialect, Form};
use crate::document::Format;

/// Names that are refused, and names that alone are taken.
const NAMES: &[Toggle] = &[
    Toggle { path: &["mcp", "excluded"], says: Says::Off, of: None },
    Toggle { path: &["mcp", "allowed"], says: Says::Only, of: None },
];

/// Of its settings schema, which says that approving everything cannot be set in a file.
const UNASKED: &[Setting] = &[Setting {
    path: &["security", "folderTrust", "enabled"],
    value: Word::No,
    skips: Skips::Projects,
    // Older versions trust every folder by themselves.
    instead: Some(Word::Yes),
    ..CALLS
}];

const GEMINI: ConfigFile = ConfigFile {
    base: Base::Named("GEMINI_CLI_HOME", ""),
    // Comments go; a trailing comma does not.
    format: Format::JsonComments,
    toggles: NAMES,
    spelling: Spelling {
        url: &["httpUrl", "url"],
        // `disabled` and `enabled` in an entry have no effect.
        off: &[],
        both: Both::Url,
        // google-gemini/gemini-cli: docs/tools/mcp-server.md
        approves: &[Approval::True("trust")],
        ..super::STANDARD
    },
    expands: Dialect { everywhere: &[Form::Braces, Form::Default, Form::Dollar], only: &[] },
    ..FILE
};

const SETTINGS: &str = ".gemini/settings.json";

/// The administrator's, over all others.
const SYSTEM: ConfigFile = ConfigFile {
    scope: Scope::Managed,
    writing: Writing::Never("An administrator has set this file."),
    path: "gemini-cli/settings.json",
    settings: UNASKED,
    ..GEMINI
};

/// The administrator's, below all others.
const DEFAULTS: ConfigFile = ConfigFile { scope: Scope::System, path: "gemini-cli/system-defaults.json", ..SYSTEM };

const MAC: &[Os] = &[Os::Macos];
const LINUX: &[Os] = &[Os::Linux];
const WINDOWS: &[Os] = &[Os::Windows];

pub(super) const CLIENT: Client = Client {
    id: "gemini",
    name: "Gemini CLI",
    files: &[
        ConfigFile { path: SETTINGS, settings: UNASKED, ..GEMINI },
        ConfigFile { base: Base::Project, path: SETTINGS, scope: Scope::Project, ..GEMINI },
        ConfigFile {
            path: ".gemini/extensions/*/gemini-extension.json",
            scope: Scope::Extension,
            toggles: &[],
            // `trust` of an extension has no effect.
            spelling: Spelling { approves: &[], ..GEMINI.spelling },
            writing: Writing::Never("An update of the extension would undo the change."),
            ..GEMINI
        },
        ConfigFile {
            path: ".gemini/mcp-server-enablement.json",
            roots: &[],
            toggles: &[Toggle { path: &["*", "enabled"], says: Says::ByName, of: None }],
            ..GEMINI
        },
        ConfigFile {
            os: MAC,
            base: Base::Root,
            path: "Library/Application Support/GeminiCli/system-defaults.json",
            ..DEFAULTS
        },
        ConfigFile { os: LINUX, base: Base::Root, path: "etc/gemini-cli/system-defaults.json", ..DEFAULTS },
        ConfigFile { os: WINDOWS, base: Base::ProgramData, ..DEFAULTS },
        ConfigFile { base: Base::Only("GEMINI_CLI_SYSTEM_DEFAULTS_PATH"), path: "", ..DEFAULTS },
        ConfigFile { os: MAC, base: Base::Root, path: "Library/Application Support/GeminiCli/settings.json", ..SYSTEM },
        ConfigFile { os: LINUX, base: Base::Root, path: "etc/gemini-cli/settings.json", ..SYSTEM },
        ConfigFile { os: WINDOWS, base: Base::ProgramData, ..SYSTEM },
        ConfigFile { base: Base::Only("GEMINI_CLI_SYSTEM_SETTINGS_PATH"), path: "", ..SYSTEM },
    ],
    // Variables whose name or value looks like a secret are kept from the server.
    start: Start { short_env: true, cwd: true },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "sensitive settings of extensions",
    after: "Start Gemini CLI again to use the changed entry.",
};

/// "Approval Mode" of its documentation.
const QWEN_UNASKED: &[Setting] = &[Setting { path: &["tools", "approvalMode"], value: Word::Text("yolo"), ..CALLS }];

const QWEN_FILE: ConfigFile = ConfigFile {
    base: Base::Home,
    // Lists of names and the enablement file have no effect.
    toggles: &[],
    spelling: Spelling { untyped: Untyped::AlwaysSse, ..GEMINI.spelling },
    expands: Dialect { everywhere: &[Form::Braces, Form::Dollar], only: &[] },
    ..GEMINI
};

pub(super) const QWEN: Client = Client {
    id: "qwen",
    name: "Qwen Code",
    files: &[
        ConfigFile { path: ".qwen/settings.json", settings: QWEN_UNASKED, ..QWEN_FILE },
        ConfigFile { base: Base::Project, path: ".mcp.json", guest: true, scope: Scope::Project, ..QWEN_FILE },
        ConfigFile {
            base: Base::Project,
            path: ".qwen/settings.json",
            scope: Scope::Project,
            settings: QWEN_UNASKED,
            ..QWEN_FILE
        },
        ConfigFile {
            path: ".qwen/extensions/*/qwen-extension.json",
            scope: Scope::Extension,
            writing: Writing::Never("An update of the extension would undo the change."),
            ..QWEN_FILE
        },
    ],
    own_secrets: "",
    after: "Start Qwen Code again to use the changed entry; one of a project asks for `qwen mcp approve`.",
    ..CLIENT
};
