//! Lantern (its manual, "Tools", read on 2026-11-20).

use super::{Base, Client, ConfigFile, FILE, SameName, Scope, Spelling, Start, map};
use crate::dialect::{Dialect, Form, Spot};
use crate::document::Format;

const TOOLS: ConfigFile = ConfigFile {
    // Comments and trailing commas are fine: its manual shows both.
    format: Format::Jsonc,
    roots: &[map(&["tools", "mcp"])],
    spelling: Spelling { command: &["run"], env: &["environment"], off: &[("paused", true)], ..super::STANDARD },
    // `${env:X}`, in variables and headers only.
    expands: Dialect { everywhere: &[], only: &[(Spot::Env, &[Form::Env]), (Spot::Headers, &[Form::Env])] },
    ..FILE
};

pub(super) const CLIENT: Client = Client {
    id: "lantern",
    name: "Lantern",
    files: &[
        ConfigFile { base: Base::Config, path: "lantern/tools.json", ..TOOLS },
        ConfigFile { base: Base::Project, path: ".lantern/tools.json", scope: Scope::Project, ..TOOLS },
    ],
    // It hands its whole environment down, and starts a server in the entry's `cwd`.
    start: Start { short_env: false, cwd: true },
    remote: true,
    // A project's entry stands for the user's of the same name.
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Start Lantern again to use the changed entry.",
};
