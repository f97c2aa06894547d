//! Visual Studio (client-formats §17), which runs on Windows only.

use super::{Base, Client, ConfigFile, FILE, Os, SameName, Scope, Start, map};
use crate::dialect::UNKNOWN;
use crate::document::Format;

const SERVERS: ConfigFile = ConfigFile {
    os: &[Os::Windows],
    path: ".mcp.json",
    format: Format::Jsonc,
    roots: &[map(&["servers"])],
    inputs: &["inputs"],
    // `${input:x}` is documented, the rest is not.
    expands: UNKNOWN,
    ..FILE
};

/// A file of a solution that belongs to another client.
const GUEST: ConfigFile = ConfigFile { base: Base::Project, scope: Scope::Project, guest: true, ..SERVERS };

pub(super) const CLIENT: Client = Client {
    id: "visual-studio",
    name: "Visual Studio",
    files: &[
        SERVERS,
        ConfigFile { path: ".vs/mcp.json", guest: false, ..GUEST },
        GUEST,
        ConfigFile { path: ".vscode/mcp.json", ..GUEST },
        ConfigFile { path: ".cursor/mcp.json", ..GUEST },
    ],
    start: Start { short_env: false, cwd: true },
    remote: true,
    same_name: SameName::Apart,
    own_secrets: "`${input:…}` with `password: true`",
    after: "Visual Studio restarts the changed server and asks again for its tools.",
};
