//! Goose (client-formats §12).

use super::{Base, Client, ConfigFile, FILE, Fixed, Os, Root, SameName, Spelling, Start, UNIX, When, Writing, map};
use crate::dialect::{Dialect, Form, Spot};
use crate::document::Format;

const EXTENSIONS: &[Root] = &[map(&["extensions"])];

/// Names that Goose drops from `envs` without a word (block/goose, agents/extension.rs).
const DROPPED: &[&str] = &[
    "PATH",
    "PATHEXT",
    "SystemRoot",
    "windir",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "LD_AUDIT",
    "LD_DEBUG",
    "LD_BIND_NOW",
    "LD_ASSUME_KERNEL",
    "DYLD_LIBRARY_PATH",
    "DYLD_INSERT_LIBRARIES",
    "DYLD_FRAMEWORK_PATH",
    "PYTHONPATH",
    "PYTHONHOME",
    "NODE_OPTIONS",
    "RUBYOPT",
    "GEM_PATH",
    "GEM_HOME",
    "CLASSPATH",
    "GO111MODULE",
    "GOROOT",
    "APPINIT_DLLS",
    "SESSIONNAME",
    "ComSpec",
    "TEMP",
    "TMP",
    "LOCALAPPDATA",
    "USERPROFILE",
    "HOMEDRIVE",
    "HOMEPATH",
];

const GOOSE: ConfigFile = ConfigFile {
    format: Format::YamlLoose,
    roots: EXTENSIONS,
    // Built-in extensions have neither `cmd` nor `uri` and are no servers.
    spelling: Spelling {
        command: &["cmd"],
        env: &["envs"],
        url: &["uri"],
        off: &[("enabled", false)],
        switch: Some(("enabled", false)),
        ..super::STANDARD
    },
    expands: Dialect { everywhere: &[], only: &[(Spot::Headers, &[Form::Braces, Form::Dollar])] },
    // It writes the whole file anew, comments lost, whenever a setting changes.
    fixed: &[Fixed {
        when: When::Sets(DROPPED),
        why: "Goose drops one of this entry's variables, so the launcher would miss what was approved.",
    }],
    writing: Writing::Closed(&["goose", "goosed", "Goose", "goose.exe", "goosed.exe", "Goose.exe"]),
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "goose",
    name: "Goose",
    files: &[
        ConfigFile { os: UNIX, base: Base::DotConfig, path: "goose/config.yaml", ..GOOSE },
        ConfigFile { os: &[Os::Windows], base: Base::Config, path: "Block/goose/config/config.yaml", ..GOOSE },
        ConfigFile { base: Base::Only("GOOSE_PATH_ROOT"), path: "config/config.yaml", ..GOOSE },
    ],
    start: Start { short_env: false, cwd: false },
    remote: true,
    same_name: SameName::Apart,
    own_secrets: "`env_keys`, kept in the system's keychain",
    after: "Start Goose again to use the changed entry.",
};
