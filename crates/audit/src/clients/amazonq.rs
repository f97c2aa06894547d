//! Amazon Q Developer CLI (client-formats §16). The environment it runs in wins over an entry's `env`.

use super::{Allows, Base, Client, ConfigFile, FILE, Naming, SameName, Scope, Spelling, Start};
use crate::dialect::{Dialect, Form, Spot};

const Q: ConfigFile = ConfigFile {
    spelling: Spelling {
        url: &["url"],
        off: &[("disabled", true)],
        switch: Some(("disabled", true)),
        ..super::STANDARD
    },
    expands: Dialect {
        everywhere: &[],
        only: &[
            (Spot::Command, &[Form::Braces, Form::Default, Form::Dollar, Form::Tilde]),
            (Spot::Env, &[Form::Env]),
            (Spot::Headers, &[Form::Env]),
        ],
    },
    notes: &["A variable that Amazon Q itself is started with wins over the one that is written here."],
    ..FILE
};

/// An agent's servers are its own, beside those of `mcp.json`.
const AGENT: ConfigFile = ConfigFile {
    apart: true,
    // aws/amazon-q-developer-cli: docs/agent-format.md
    allows: &[Allows { path: &["allowedTools"], named: Naming::At }],
    ..Q
};

pub(super) const CLIENT: Client = Client {
    id: "amazonq",
    name: "Amazon Q",
    files: &[
        ConfigFile { path: ".aws/amazonq/mcp.json", ..Q },
        ConfigFile { path: ".aws/amazonq/cli-agents/*.json", ..AGENT },
        // The plug-ins for editors.
        ConfigFile { path: ".aws/amazonq/agents/*.json", ..AGENT },
        ConfigFile { base: Base::Project, path: ".amazonq/mcp.json", scope: Scope::Project, ..Q },
        ConfigFile { base: Base::Project, path: ".amazonq/cli-agents/*.json", scope: Scope::Project, ..AGENT },
    ],
    start: Start { short_env: false, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Start Amazon Q again to use the changed entry.",
};
