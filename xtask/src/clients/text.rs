//! The text of a generated file: one set of entries in many layouts, some of
//! them such that a client refuses the file.

use serde_json::{Value, json};

use super::entry::Entry;

/// What is odd about a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twist {
    Plain,
    Compact,
    Crlf,
    Tabs,
    Bom,
    LineComment,
    BlockComment,
    TrailingComma,
    /// A name twice; the second time as the entry really is.
    Twice,
    /// One more entry, of a wrong shape.
    Wrong(usize),
    /// No byte at all.
    Empty,
    /// Cut off in the middle.
    Cut,
    /// `{}`, or no table of servers.
    NoServers,
    /// A list where the map should be.
    List,
    Null,
}

use Twist::*;

/// Every home takes the next one, so that each file meets each twist.
pub(crate) const TWISTS: &[Twist] = &[
    Plain,
    Bom,
    Compact,
    LineComment,
    Wrong(0),
    Plain,
    Crlf,
    TrailingComma,
    Wrong(1),
    Twice,
    Plain,
    Empty,
    Wrong(2),
    BlockComment,
    Tabs,
    Wrong(3),
    Cut,
    Plain,
    Wrong(4),
    NoServers,
    Wrong(5),
    List,
    Wrong(6),
    Null,
    Wrong(7),
];

impl Twist {
    /// Whether the file is one that every client reads as it stands.
    pub(crate) fn harmless(self) -> bool {
        matches!(self, Plain | Compact | Crlf | Tabs | Twice)
    }
}

/// Where the map of servers stands in a JSON file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    Under(&'static [&'static str]),
    /// The whole file is the map.
    Bare,
}

/// A JSON file: `entries` at `shape`, `beside` the rest of it.
pub(crate) fn json(twist: Twist, shape: Shape, entries: &[(String, Value)], beside: Value) -> Vec<u8> {
    let mut servers = serde_json::Map::new();
    if twist == Twice
        && let Some((name, _)) = entries.first()
    {
        servers.insert(format!("{name}{AGAIN}"), json!({ "command": "never", "args": ["started"] }));
    }
    servers.extend(entries.iter().cloned());
    let servers = match twist {
        List => Value::Array(servers.into_iter().map(|(_, entry)| entry).collect()),
        Null => Value::Null,
        _ => Value::Object(servers),
    };
    let mut file = beside;
    match shape {
        Shape::Bare => file = servers,
        Shape::Under(_) if twist == NoServers => {}
        Shape::Under(path) => put(&mut file, path, servers),
    }
    whole(twist, &file)
}

/// A JSON file of this value.
pub(crate) fn whole(twist: Twist, file: &Value) -> Vec<u8> {
    let text = if twist == Compact { file.to_string() } else { format!("{file:#}\n") };
    lay_out(twist, text.replace(AGAIN, ""), ["// by hand", "/* by\n   hand */"])
}

/// Stands behind a name until the text is made; a map has no name twice.
const AGAIN: &str = "~again~";

fn put(file: &mut Value, path: &[&str], servers: Value) {
    match path {
        [] => *file = servers,
        [first, rest @ ..] => put(&mut file[*first], rest, servers),
    }
}

/// How tables stand in a TOML file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tables {
    Headed,
    Dotted,
    Inline,
}

/// A `config.toml` with `entries`; `before` and `after` are the rest of it.
pub(crate) fn toml(twist: Twist, tables: Tables, entries: &[Entry], before: &str, after: &str) -> Vec<u8> {
    let mut text = before.to_owned();
    let rows: Vec<_> = entries.iter().map(Entry::codex).collect();
    match (tables, twist) {
        (_, NoServers) => {}
        (_, Null) => text += "mcp_servers = 3\n",
        (_, List) => text += "[[mcp_servers]]\ncommand = \"never\"\n",
        (Tables::Headed, _) => {
            for (key, members) in &rows {
                text += &format!("\n[mcp_servers.{key}] # by hand\n");
                members.iter().for_each(|(member, value)| text += &format!("{member} = {value}\n"));
            }
        }
        (Tables::Dotted, _) => {
            text += "\n[mcp_servers]\n";
            for (key, members) in &rows {
                members.iter().for_each(|(member, value)| text += &format!("{key}.{member} = {value}\n"));
            }
        }
        (Tables::Inline, _) => {
            text += "\n[mcp_servers]\n";
            for (key, members) in &rows {
                let members: Vec<String> =
                    members.iter().map(|(member, value)| format!("{member} = {value}")).collect();
                text += &format!("{key} = {{ {} }}\n", members.join(", "));
            }
        }
    }
    text += after;
    if twist == Twice
        && let Some((key, _)) = rows.first()
    {
        text += &format!("\n[mcp_servers.{key}]\ncommand = \"never\"\n");
    }
    lay_out(twist, text, ["# by hand", "# by\n# hand"])
}

fn lay_out(twist: Twist, text: String, [line, block]: [&str; 2]) -> Vec<u8> {
    match twist {
        Bom => format!("\u{feff}{text}"),
        Crlf => text.replace('\n', "\r\n"),
        Tabs => text.replace("  ", "\t"),
        LineComment => format!("{line}\n{text}"),
        BlockComment => format!("{block}\n{text}"),
        TrailingComma => match text.trim_end().strip_suffix('}') {
            Some(all) if all.trim_end().ends_with(['}', ']', '"', 'e']) => format!("{},\n}}\n", all.trim_end()),
            _ => text,
        },
        Empty => String::new(),
        Cut => text.trim_end().chars().take(text.trim_end().chars().count() * 2 / 3).collect(),
        _ => text,
    }
    .into_bytes()
}
