//! Continue (client-formats §11): a list in YAML, blocks in files of their own, the older config.json.

use super::{Base, Client, ConfigFile, FILE, Fixed, Holds, Root, SameName, Scope, Spelling, Start, When, map};
use crate::dialect::{Dialect, Form, Spot};
use crate::document::Format;

const LIST: &[Root] = &[Root { holds: Holds::List("name"), ..map(&["mcpServers"]) }];

const YAML: ConfigFile = ConfigFile {
    base: Base::Named("CONTINUE_GLOBAL_DIR", ".continue"),
    format: Format::Yaml,
    roots: LIST,
    expands: Dialect { everywhere: &[Form::Double], only: &[] },
    fixed: &[Fixed {
        when: When::Sets(&["PATH"]),
        why: "Continue replaces this entry's PATH, so the launcher would not find the approved one.",
    }],
    ..FILE
};

/// Claude Desktop's form, a bare map, or a single server in the whole file.
const JSON: ConfigFile = ConfigFile {
    format: Format::Jsonc,
    roots: &[map(&["mcpServers"]), Root { holds: Holds::One(&["name"]), ..map(&[]) }, map(&[])],
    first_root: true,
    // `${X}` in `env` means `secrets.X`.
    expands: Dialect { everywhere: &[Form::Double], only: &[(Spot::Env, &[Form::Braces])] },
    ..YAML
};

/// Its experimental entries keep their parts in `transport`.
const OLD: ConfigFile = ConfigFile {
    path: "config.json",
    spelling: Spelling { inside: &["transport"], ..super::STANDARD },
    format: Format::Jsonc,
    roots: &[
        Root { holds: Holds::List("name"), ..map(&["mcpServers"]) },
        map(&["mcpServers"]),
        Root { holds: Holds::List("name"), ..map(&["experimental", "modelContextProtocolServers"]) },
    ],
    ..YAML
};

const PROJECT: ConfigFile = ConfigFile { base: Base::Project, scope: Scope::Project, ..YAML };
const PROJECT_JSON: ConfigFile = ConfigFile { base: Base::Project, scope: Scope::Project, ..JSON };

pub(super) const CLIENT: Client = Client {
    id: "continue",
    name: "Continue",
    files: &[
        ConfigFile { path: "config.yaml", ..YAML },
        ConfigFile { path: "mcpServers/*.yaml", ..YAML },
        ConfigFile { path: "mcpServers/*.yml", ..YAML },
        ConfigFile { path: "mcpServers/*.json", ..JSON },
        OLD,
        ConfigFile { path: ".continue/mcpServers/*.yaml", ..PROJECT },
        ConfigFile { path: ".continue/mcpServers/*.yml", ..PROJECT },
        ConfigFile { path: ".continue/mcpServers/*.json", ..PROJECT_JSON },
    ],
    start: Start { short_env: true, cwd: true },
    remote: true,
    same_name: SameName::Apart,
    own_secrets: "",
    after: "Continue sees the change by itself.",
};
