//! How each client's file writes an entry: a table, and the way there and back.
//! Read with readers of their own, never with Warder's.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// An entry, whichever client's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Local {
        /// Program first.
        words: Vec<String>,
        env: BTreeMap<String, String>,
        /// A file of variables that the client reads as well.
        env_file: Option<String>,
    },
    Remote {
        sse: bool,
        url: String,
        headers: BTreeMap<String, String>,
        /// A command line that prints headers, for clients that have such a way.
        helper: Option<String>,
    },
}

/// Names of the parts of an entry. Empty: the client has no such part.
#[derive(Clone, Copy)]
pub(crate) struct Style {
    pub(crate) command: &'static str,
    /// Empty: program and arguments are one list under `command`.
    pub(crate) args: &'static str,
    /// Program, arguments and variables stand in this member.
    pub(crate) inside: &'static str,
    pub(crate) env: &'static str,
    pub(crate) env_file: &'static str,
    /// The `type` of a program, where the client wants one.
    pub(crate) local: &'static str,
    /// Streamable HTTP: the member with the URL, and the `type`.
    pub(crate) http: Option<(&'static str, &'static str)>,
    /// The same for events of before 2025-03-26.
    pub(crate) sse: Option<(&'static str, &'static str)>,
    pub(crate) headers: &'static str,
    pub(crate) helper: &'static str,
    /// What every entry has besides.
    pub(crate) beside: &'static [(&'static str, bool)],
    /// Entries are a list, each with its `name`.
    pub(crate) list: bool,
}

const STANDARD: Style = Style {
    command: "command",
    args: "args",
    inside: "",
    env: "env",
    env_file: "",
    local: "",
    http: Some(("url", "http")),
    sse: Some(("url", "sse")),
    headers: "headers",
    helper: "",
    beside: &[],
    list: false,
};
const CLAUDE_CODE: Style = Style { helper: "headersHelper", ..STANDARD };
const VSCODE: Style = Style { env_file: "envFile", local: "stdio", ..STANDARD };
// What wins in Cursor, an entry's variable or its file's, is not known: Warder leaves that to the user.
const CURSOR: Style = Style { http: Some(("url", "")), sse: None, ..STANDARD };
const CASCADE: Style = Style { http: Some(("serverUrl", "")), sse: None, ..STANDARD };
const GEMINI: Style = Style { http: Some(("httpUrl", "")), sse: Some(("url", "")), ..STANDARD };
const ROO: Style = Style { http: Some(("url", "streamable-http")), ..STANDARD };
const CLINE: Style = Style { http: Some(("url", "streamableHttp")), ..STANDARD };
const LOCAL_ONLY: Style = Style { http: None, sse: None, ..STANDARD };
const ZED: Style = Style { http: Some(("url", "")), sse: None, ..STANDARD };
const ZED_OLD: Style = Style { command: "path", inside: "command", ..LOCAL_ONLY };
const CODEX: Style = Style { http: Some(("url", "")), sse: None, headers: "http_headers", ..STANDARD };
const CONTINUE: Style = Style { local: "stdio", http: Some(("url", "streamable-http")), list: true, ..STANDARD };
const VIBE: Style = Style { local: "stdio", http: Some(("url", "streamable-http")), sse: None, list: true, ..STANDARD };
const OPENCODE: Style = Style {
    args: "",
    env: "environment",
    local: "local",
    http: Some(("url", "remote")),
    sse: None,
    beside: &[("enabled", true)],
    ..STANDARD
};
const KILO: Style = Style { http: None, ..OPENCODE };
const GOOSE: Style = Style {
    command: "cmd",
    env: "envs",
    local: "stdio",
    http: Some(("uri", "streamable_http")),
    sse: Some(("uri", "sse")),
    beside: &[("enabled", true)],
    ..STANDARD
};

/// One client's file.
pub(crate) struct Shape {
    pub(crate) client: &'static str,
    /// Below the home; in `project/` a project's.
    pub(crate) path: &'static str,
    /// The way to its entries.
    pub(crate) root: &'static [&'static str],
    pub(crate) style: Style,
}

const fn shape(client: &'static str, path: &'static str, style: Style) -> Shape {
    Shape { client, path, root: &["mcpServers"], style }
}

const fn rooted(client: &'static str, path: &'static str, root: &'static [&'static str], style: Style) -> Shape {
    Shape { client, path, root, style }
}

/// Every client whose files Warder may write on Linux. Of some it moves no key of a server elsewhere, and says why
/// (`writing/carriers.rs`).
pub(crate) static SHAPES: &[Shape] = &[
    shape("amazonq", ".aws/amazonq/mcp.json", STANDARD),
    rooted("amp", ".config/amp/settings.json", &["amp.mcpServers"], ZED),
    shape("antigravity", ".gemini/antigravity/mcp_config.json", CASCADE),
    shape("boltai", ".boltai/mcp.json", STANDARD),
    shape("claude-code", ".claude.json", CLAUDE_CODE),
    shape("claude-desktop", ".config/Claude/claude_desktop_config.json", LOCAL_ONLY),
    shape("cline", ".cline/data/settings/cline_mcp_settings.json", CLINE),
    rooted("code-oss", ".config/Code - OSS/User/mcp.json", &["servers"], VSCODE),
    rooted("codex", ".codex/config.toml", &["mcp_servers"], CODEX),
    shape("continue", ".continue/config.yaml", CONTINUE),
    shape("copilot-cli", ".copilot/mcp-config.json", STANDARD),
    rooted("copilot-jetbrains", ".config/github-copilot/intellij/mcp.json", &["servers"], STANDARD),
    rooted("crush", ".config/crush/crush.json", &["mcp"], STANDARD),
    shape("cursor", ".cursor/mcp.json", CURSOR),
    shape("devin", ".config/devin/mcp_config.json", CASCADE),
    shape("factory", ".factory/mcp.json", STANDARD),
    shape("gemini", ".gemini/settings.json", GEMINI),
    shape("generic", "project/mcp.json", LOCAL_ONLY),
    rooted("goose", ".config/goose/config.yaml", &["extensions"], GOOSE),
    rooted("grok", ".grok/config.toml", &["mcp_servers"], ZED),
    shape("jetbrains", ".ai/mcp/mcp.json", STANDARD),
    shape("junie", ".junie/mcp/mcp.json", STANDARD),
    rooted("kilo", ".config/kilo/kilo.json", &["mcp"], KILO),
    shape("kimi", ".kimi/mcp.json", STANDARD),
    shape("kiro", ".kiro/settings/mcp.json", STANDARD),
    shape("librechat", "project/librechat.yaml", LOCAL_ONLY),
    shape("lm-studio", ".lmstudio/mcp.json", ZED),
    rooted("opencode", ".config/opencode/opencode.json", &["mcp"], OPENCODE),
    shape("qoder", ".qoder/mcp.json", STANDARD),
    // It takes every URL without a type for one of events.
    shape("qwen", ".qwen/settings.json", GEMINI),
    shape("roo", ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json", ROO),
    shape("trae", ".config/Trae/User/mcp.json", STANDARD),
    rooted("vibe", ".vibe/config.toml", &["mcp_servers"], VIBE),
    rooted("vscode", ".config/Code/User/mcp.json", &["servers"], VSCODE),
    rooted("vscode-insiders", ".config/Code - Insiders/User/mcp.json", &["servers"], VSCODE),
    rooted("vscodium", ".config/VSCodium/User/mcp.json", &["servers"], VSCODE),
    shape("warp", ".warp/.mcp.json", STANDARD),
    shape("windsurf", ".codeium/windsurf/mcp_config.json", CASCADE),
    shape("witsy", ".config/Witsy/settings.json", STANDARD),
    rooted("zed", ".config/zed/settings.json", &["context_servers"], ZED),
    rooted("zed", ".config/zed/global_settings.json", &["context_servers"], ZED_OLD),
];

impl Shape {
    /// A file with these entries.
    pub(crate) fn write(&self, entries: &[(String, Entry)]) -> String {
        let rows = entries.iter().map(|(name, entry)| (name, self.style.write(entry)));
        let all = if self.style.list {
            let named = |(name, mut row): (&String, Map<String, Value>)| {
                row.insert("name".to_owned(), json!(name));
                Value::Object(row)
            };
            Value::Array(rows.map(named).collect())
        } else {
            Value::Object(rows.map(|(name, row)| (name.clone(), Value::Object(row))).collect())
        };
        let mut file = json!({});
        let place = self.root.iter().fold(&mut file, |node, step| &mut node[*step]);
        *place = all;
        match self.ending() {
            "toml" => self.toml(&file),
            "yaml" => yaml(&file, 0),
            _ => format!("{file:#}\n"),
        }
    }

    /// The entry of this name in the text of the file.
    pub(crate) fn read(&self, text: &str, name: &str) -> Entry {
        let file: Value = match self.ending() {
            "toml" => toml::from_str(text).unwrap(),
            "yaml" => serde_norway::from_str(text).unwrap(),
            _ => serde_json::from_str(text).unwrap(),
        };
        let all = self.root.iter().fold(&file, |node, step| &node[*step]);
        let row = match all {
            Value::Array(rows) => rows.iter().find(|row| row["name"] == name).unwrap(),
            all => &all[name],
        };
        self.style.read(row)
    }

    /// Equal for two files whose entries are written alike.
    pub(crate) fn written(&self) -> Vec<&'static str> {
        let Style { command, args, inside, env, env_file, local, http, sse, headers, helper, list, .. } = self.style;
        let mut all = vec![self.ending(), command, args, inside, env, env_file, local, headers, helper];
        all.extend(http.into_iter().chain(sse).flat_map(|(member, kind)| [member, kind]));
        all.push(if list { "list" } else { "map" });
        all
    }

    fn ending(&self) -> &'static str {
        self.path.rsplit_once('.').unwrap().1
    }

    /// Tables under headers; JSON's texts and lists are TOML's too.
    fn toml(&self, file: &Value) -> String {
        let root = self.root[0];
        let rows: Vec<(String, &Value)> = match &file[root] {
            Value::Array(rows) => rows.iter().map(|row| (format!("[[{root}]]"), row)).collect(),
            rows => rows.as_object().unwrap().iter().map(|(name, row)| (format!("[{root}.{name}]"), row)).collect(),
        };
        let mut text = "# by hand\n".to_owned();
        for (header, row) in rows {
            text += &format!("\n{header}\n");
            for (key, value) in row.as_object().unwrap() {
                let value = match value {
                    Value::Object(map) => {
                        let pairs: Vec<String> = map.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                        format!("{{ {} }}", pairs.join(", "))
                    }
                    value => value.to_string(),
                };
                text += &format!("{key} = {value}\n");
            }
        }
        text
    }
}

/// A block; JSON's texts are YAML's too.
fn yaml(node: &Value, depth: usize) -> String {
    let indent = "  ".repeat(depth);
    let value = |value: &Value| match value {
        Value::Object(map) if !map.is_empty() => format!("\n{}", yaml(value, depth + 1)),
        Value::Array(list) if !list.is_empty() => format!("\n{}", yaml(value, depth + 1)),
        plain => format!(" {plain}\n"),
    };
    match node {
        Value::Object(map) => map.iter().map(|(key, node)| format!("{indent}{key}:{}", value(node))).collect(),
        Value::Array(list) => {
            let item = |item: &Value| match item {
                Value::Object(_) => format!("{indent}- {}", yaml(item, depth + 1).trim_start()),
                plain => format!("{indent}- {plain}\n"),
            };
            list.iter().map(item).collect()
        }
        plain => format!("{indent}{plain}\n"),
    }
}

impl Style {
    fn write(&self, entry: &Entry) -> Map<String, Value> {
        let mut row = Map::new();
        let mut put = |name: &str, value: Value| {
            if !name.is_empty() && value != json!("") {
                row.insert(name.to_owned(), value);
            }
        };
        match entry {
            Entry::Local { words, env, env_file } => {
                put("type", json!(self.local));
                put(self.env_file, json!(env_file.as_deref().unwrap_or_default()));
                let mut parts = Map::new();
                if self.args.is_empty() {
                    parts.insert(self.command.to_owned(), json!(words));
                } else {
                    parts.insert(self.command.to_owned(), json!(words[0]));
                    parts.insert(self.args.to_owned(), json!(words[1..]));
                }
                if !env.is_empty() {
                    parts.insert(self.env.to_owned(), json!(env));
                }
                if self.inside.is_empty() {
                    parts.into_iter().for_each(|(name, part)| put(&name, part));
                } else {
                    put(self.inside, Value::Object(parts));
                }
            }
            Entry::Remote { sse, url, headers, .. } => {
                let (member, kind) = if *sse { self.sse.unwrap() } else { self.http.unwrap() };
                put("type", json!(kind));
                put(member, json!(url));
                if !headers.is_empty() {
                    put(self.headers, json!(headers));
                }
            }
        }
        self.beside.iter().for_each(|(name, value)| put(name, json!(value)));
        row
    }

    fn read(&self, row: &Value) -> Entry {
        let inside = if self.inside.is_empty() { row } else { &row[self.inside] };
        let texts = |map: &Value| -> BTreeMap<String, String> {
            let pairs = map.as_object().into_iter().flatten();
            pairs.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let program = &inside[self.command];
        if !program.is_null() {
            let mut words: Vec<String> = text(program).into_iter().collect();
            let list = if self.args.is_empty() { program } else { &inside[self.args] };
            words.extend(list.as_array().into_iter().flatten().map(|word| text(word).unwrap()));
            let env_file = if self.env_file.is_empty() { None } else { text(&row[self.env_file]) };
            return Entry::Local { words, env: texts(&inside[self.env]), env_file };
        }
        let of = |way: Option<(&str, &str)>| {
            let (member, kind) = way?;
            let typed = kind.is_empty() && row["type"].is_null() || row["type"] == kind;
            text(&row[member]).filter(|_| typed)
        };
        let (sse, url) = match of(self.http) {
            Some(url) => (false, url),
            None => (true, of(self.sse).unwrap_or_else(|| panic!("neither a program nor a URL: {row}"))),
        };
        let helper = if self.helper.is_empty() { None } else { text(&row[self.helper]) };
        Entry::Remote { sse, url, headers: texts(&row[self.headers]), helper }
    }
}
