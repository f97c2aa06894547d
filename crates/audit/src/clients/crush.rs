//! Crush (client-formats §17: seen in files; `disabled` in charmbracelet/crush, config.go).

use super::{Base, Client, ConfigFile, FILE, Root, SameName, Scope, Spelling, Start, map};
use crate::dialect::{Dialect, Form};

const SERVERS: &[Root] = &[map(&["mcp"])];

const CRUSH: ConfigFile = ConfigFile {
    roots: SERVERS,
    spelling: Spelling { off: &[("disabled", true)], switch: Some(("disabled", true)), ..super::STANDARD },
    expands: Dialect { everywhere: &[Form::Braces, Form::Default, Form::Dollar], only: &[] },
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "crush",
    name: "Crush",
    files: &[
        ConfigFile { base: Base::DotConfig, path: "crush/crush.json", ..CRUSH },
        ConfigFile { base: Base::Project, path: "crush.json", scope: Scope::Project, ..CRUSH },
        ConfigFile { base: Base::Project, path: ".crush.json", scope: Scope::Project, ..CRUSH },
    ],
    start: Start { short_env: false, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Start Crush again to use the changed entry.",
};
