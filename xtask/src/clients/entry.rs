//! One server of a generated home, and how each client's file spells it.

use serde_json::{Map, Value, json};

/// What an entry is, before a client's spelling.
#[derive(Clone)]
pub(crate) enum Kind {
    Local,
    /// A server of a folder, with far too much of it.
    Folder,
    /// With the type said or left out.
    Remote {
        typed: bool,
    },
    /// With the type said, and headers; it answers those that have its key.
    Keyed {
        headers: Vec<(String, String)>,
    },
    /// A shape that clients refuse or drop, each in its own way.
    Wrong(usize),
}

#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// Program and arguments; the last one is nobody else's, so that a listing
    /// shows which file won. For a remote entry the URL alone.
    pub(crate) words: Vec<String>,
    pub(crate) env: Vec<(String, String)>,
    pub(crate) off: bool,
    /// Its tools are used without asking, in clients whose entries say so.
    pub(crate) approves: bool,
}

/// How many wrong shapes there are.
pub(crate) const WRONG: usize = 8;

impl Entry {
    /// As in `mcpServers` of most clients.
    pub(crate) fn standard(&self) -> Value {
        let mut entry = Map::new();
        match &self.kind {
            Kind::Wrong(shape) => return self.wrong(*shape),
            Kind::Remote { typed } => {
                if *typed {
                    entry.insert("type".into(), json!("http"));
                }
                entry.insert("url".into(), json!(self.words[0]));
            }
            Kind::Keyed { headers } => {
                entry.insert("type".into(), json!("http"));
                entry.insert("url".into(), json!(self.words[0]));
                if !headers.is_empty() {
                    entry.insert("headers".into(), members(headers));
                }
            }
            Kind::Local | Kind::Folder => {
                entry.insert("command".into(), json!(self.words[0]));
                entry.insert("args".into(), json!(self.words[1..]));
                if !self.env.is_empty() {
                    entry.insert("env".into(), members(&self.env));
                }
            }
        }
        if self.off {
            entry.insert("disabled".into(), json!(true));
        }
        Value::Object(entry)
    }

    /// As in Gemini CLI's `mcpServers` and Qwen Code's, whose `url` may mean the older transport.
    pub(crate) fn gemini(&self) -> Value {
        let mut entry = self.standard();
        let Some(members) = entry.as_object_mut() else { return entry };
        if matches!(self.kind, Kind::Keyed { .. }) {
            members.remove("type");
            let url = members.remove("url").expect("it has one");
            members.insert("httpUrl".into(), url);
        }
        if self.approves {
            members.insert("trust".into(), json!(true));
        }
        entry
    }

    /// As in Cline's `mcpServers`.
    pub(crate) fn cline(&self) -> Value {
        let mut entry = self.standard();
        if let Some(members) = entry.as_object_mut().filter(|_| self.approves) {
            members.insert("autoApprove".into(), json!(["write_file"]));
        }
        entry
    }

    fn wrong(&self, shape: usize) -> Value {
        let (program, rest) = (&self.words[0], &self.words[1..]);
        match shape % WRONG {
            0 => json!({}),
            1 => json!("see the handbook"),
            2 => json!({ "command": 3 }),
            3 => json!({ "command": self.words }),
            4 => json!({ "command": program, "args": rest, "env": { "PORT": 8080 } }),
            5 => json!({ "command": program, "args": rest, "type": "local-process" }),
            6 => json!({ "command": program, "args": rest, "note": "by hand" }),
            _ => json!({ "command": "", "args": rest }),
        }
    }

    /// As in opencode's `mcp`; `second`: as in its `mcp.servers`.
    pub(crate) fn opencode(&self, second: bool) -> Value {
        let mut entry = match &self.kind {
            Kind::Remote { .. } => json!({ "type": "remote", "url": self.words[0] }),
            Kind::Keyed { headers } if headers.is_empty() => json!({ "type": "remote", "url": self.words[0] }),
            Kind::Keyed { headers } => {
                json!({ "type": "remote", "url": self.words[0], "headers": members(headers) })
            }
            Kind::Wrong(0) => json!({ "type": "local" }),
            Kind::Wrong(1) => json!({ "command": self.words }),
            Kind::Wrong(2) => json!({ "type": "local", "command": self.words[0] }),
            Kind::Wrong(3) => json!({ "enabled": true }),
            _ => json!({ "type": "local", "command": self.words }),
        };
        let parts = entry.as_object_mut().expect("made as an object");
        if !self.env.is_empty() {
            parts.insert("environment".into(), members(&self.env));
        }
        if self.off {
            let (name, value) = if second { ("disabled", true) } else { ("enabled", false) };
            parts.insert(name.into(), json!(value));
        }
        entry
    }

    /// As in Codex's `config.toml`: the name as a TOML key, and the members with their values.
    pub(crate) fn codex(&self) -> (String, Vec<(&'static str, String)>) {
        // A TOML basic text knows every escape that JSON writes.
        let text = |text: &str| Value::from(text).to_string();
        let list = |words: &[String]| words.iter().map(|word| text(word)).collect::<Vec<_>>().join(", ");
        let pairs = |pairs: &[(String, String)]| {
            let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name} = {}", text(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        };
        let mut members = match &self.kind {
            Kind::Remote { .. } => vec![("url", text(&self.words[0]))],
            Kind::Keyed { headers } => {
                let url = ("url", text(&self.words[0]));
                std::iter::once(url).chain((!headers.is_empty()).then(|| ("http_headers", pairs(headers)))).collect()
            }
            Kind::Wrong(0) => vec![("args", "[]".to_owned())],
            Kind::Wrong(1) => vec![("command", text(&self.words[0])), ("url", text("http://127.0.0.1:9/mcp"))],
            Kind::Wrong(2) => vec![("command", text(&self.words[0])), ("args", text("one text"))],
            _ => vec![("command", text(&self.words[0])), ("args", format!("[{}]", list(&self.words[1..])))],
        };
        if !self.env.is_empty() {
            members.push(("env", pairs(&self.env)));
        }
        if self.approves {
            members.push(("default_tools_approval_mode", text("approve")));
        }
        if self.off {
            members.push(("enabled", "false".to_owned()));
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let bare = !self.name.is_empty() && self.name.chars().all(plain);
        (if bare { self.name.clone() } else { text(&self.name) }, members)
    }
}

fn members(pairs: &[(String, String)]) -> Value {
    Value::Object(pairs.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
}
