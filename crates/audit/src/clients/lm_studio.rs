//! LM Studio (client-formats §17).

use super::{Client, ConfigFile, FILE, SameName, Start};
use crate::document::Format;

const MCP: ConfigFile = ConfigFile { format: Format::Jsonc, ..FILE };

pub(super) const CLIENT: Client = Client {
    id: "lm-studio",
    name: "LM Studio",
    files: &[
        ConfigFile { path: ".lmstudio/mcp.json", ..MCP },
        // Where older versions looked.
        ConfigFile { path: ".cache/lm-studio/mcp.json", ..MCP },
    ],
    start: Start { short_env: true, cwd: false },
    remote: true,
    same_name: SameName::Replaced,
    own_secrets: "",
    after: "Save the file once in LM Studio's own editor, or start LM Studio again, to use the changed entry.",
};
