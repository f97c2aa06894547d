//! What a client itself says its servers are.
//!
//! Each answer is read from the client's own listing; nothing of its config
//! is read here.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::Value;

use super::homes::Home;
use crate::{Outcome, root};

/// A client that can be asked.
pub(crate) struct Asked {
    /// Warder's id of it.
    pub(crate) id: &'static str,
    /// Warder's name of it.
    pub(crate) name: &'static str,
    program: &'static str,
    words: &'static [&'static str],
    read: fn(&str) -> Option<Vec<Row>>,
    /// It asks in every so many homes only.
    pub(crate) every: usize,
}

/// One server in a listing. `None`: the client does not say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) on: Option<bool>,
    pub(crate) transport: Option<&'static str>,
    /// Program and arguments, or the URL.
    pub(crate) line: Option<String>,
    /// `Some` where the client started it to say so.
    pub(crate) connected: Option<bool>,
}

pub(crate) const CLIENTS: [Asked; 7] = [
    Asked {
        id: "claude-code",
        name: "Claude Code",
        program: "claude",
        words: &["mcp", "list"],
        read: claude,
        every: 1,
    },
    // Waits ten seconds for a network.
    Asked { id: "cline", name: "Cline", program: "cline", words: &["config", "mcp", "--json"], read: cline, every: 5 },
    Asked { id: "codex", name: "Codex", program: "codex", words: &["mcp", "list", "--json"], read: codex, every: 1 },
    Asked {
        id: "copilot-cli",
        name: "Copilot CLI",
        program: "copilot",
        words: &["mcp", "list", "--json"],
        read: copilot,
        every: 1,
    },
    Asked { id: "gemini", name: "Gemini CLI", program: "gemini", words: &["mcp", "list"], read: gemini, every: 1 },
    Asked { id: "opencode", name: "opencode", program: "opencode", words: &["mcp", "list"], read: opencode, every: 1 },
    Asked { id: "qwen", name: "Qwen Code", program: "qwen", words: &["mcp", "list"], read: gemini, every: 1 },
];

/// Seconds after which a client that says nothing is ended; they have to do on a busy computer too.
const PATIENCE: &str = "240";

/// The clients' programs.
pub(crate) struct Programs {
    pub(crate) folder: PathBuf,
    /// Held while Claude Code runs anywhere: Warder writes none of its files
    /// then, and sees it in another home too.
    pub(crate) claude: Mutex<()>,
}

impl Programs {
    /// Asks a client in a home. `Err`: it refused to list anything; its words.
    pub(crate) fn ask(&self, client: &Asked, home: &Home) -> Outcome<Result<Vec<Row>, String>> {
        let alone = (client.program == "claude").then(|| self.claude.lock());
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", PATIENCE]).arg(self.folder.join(client.program)).args(client.words);
        command.current_dir(&home.project).stdin(Stdio::null());
        surroundings(&mut command, home);
        let output = command.output().map_err(|source| format!("cannot start {}: {source}", client.program))?;
        drop(alone);
        if output.status.code() == Some(124) {
            return Err(format!("{} said nothing for {PATIENCE} s", client.program));
        }
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        if !output.status.success() {
            return Ok(Err(said.concat()));
        }
        // Gemini CLI lists on the standard error.
        let rows = (client.read)(&said[0]).or_else(|| (client.read)(&said[1]));
        let mut rows = rows.ok_or_else(|| format!("cannot read what {} said: {}", client.program, said.concat()))?;
        rows.sort();
        Ok(Ok(rows))
    }
}

/// A home of its own, no network, no update, no report to its maker.
fn surroundings(command: &mut Command, home: &Home) {
    // Nothing says where the keychain is: what they start has to find it itself.
    command.env_clear().env("HOME", &home.path);
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    // Copilot CLI unpacks itself there, 250 MB in every home otherwise.
    command.env("XDG_CACHE_HOME", root().join("target/real-clients/cache"));
    let nowhere = "http://127.0.0.1:9";
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] {
        command.env(name, nowhere);
    }
    command.env("NO_PROXY", "localhost,127.0.0.1").env("LANG", "C.UTF-8").env("TERM", "dumb").env("NO_COLOR", "1");
    command.env("DISABLE_AUTOUPDATER", "1").env("DISABLE_TELEMETRY", "1").env("DO_NOT_TRACK", "1");
    command.env("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1").env("COPILOT_AUTO_UPDATE", "false");
    command.env("OPENCODE_DISABLE_AUTOUPDATE", "1").env("OPENCODE_DISABLE_MODELS_FETCH", "1");
}

/// `NAME: WORDS - ✔ Connected`, `NAME: URL (HTTP) - ✘ Failed to connect …`
fn claude(text: &str) -> Option<Vec<Row>> {
    if !text.contains("MCP server") {
        return None;
    }
    let list = text.split("MCP config diagnostics").next().unwrap_or_default();
    let rows = list.lines().filter_map(|line| {
        let (at, state) = ['✔', '✘', '⏸', '⊘', '!', '△'].iter().find_map(|sign| {
            let at = line.rfind(&format!(" - {sign}"))?;
            Some((at, *sign))
        })?;
        let (name, what) = line[..at].split_once(": ")?;
        let remote = [(" (HTTP)", "http"), (" (SSE)", "sse")];
        let remote = remote.iter().find_map(|(end, kind)| Some((what.strip_suffix(end)?, *kind)));
        let (line, transport) = remote.unwrap_or((what, "stdio"));
        Some(Row {
            name: name.to_owned(),
            on: Some(state != '⊘'),
            transport: Some(transport),
            line: Some(line.to_owned()),
            // Waiting for approval, it was not started.
            connected: (state != '⏸' && state != '⊘').then_some(state == '✔'),
        })
    });
    Some(rows.collect())
}

/// `✓ NAME: WORDS (stdio) - Connected`, `○ NAME: URL (sse) - Disabled`
fn gemini(text: &str) -> Option<Vec<Row>> {
    let text = plain(text);
    if !text.contains("MCP servers") {
        return None;
    }
    let rows = text.lines().filter_map(|line| {
        let (sign, rest) = line.split_once(' ')?;
        let mut letters = sign.chars();
        if !(letters.next().is_some_and(|sign| !sign.is_ascii()) && letters.next().is_none()) {
            return None;
        }
        let (rest, state) = rest.rsplit_once(" - ")?;
        let (name, what) = rest.split_once(": ")?;
        let kinds = ["stdio", "http", "sse"];
        let kind = kinds.iter().find_map(|kind| Some((what.strip_suffix(&format!(" ({kind})"))?, *kind)));
        Some(Row {
            name: name.to_owned(),
            on: Some(!["Disabled", "Blocked"].contains(&state)),
            transport: kind.map(|(_, kind)| kind),
            line: kind.map(|(line, _)| line.trim_end().to_owned()),
            connected: match state {
                "Connected" => Some(true),
                "Disconnected" => Some(false),
                _ => None,
            },
        })
    });
    Some(rows.collect())
}

/// A row of `●  ✓ NAME connected`, then its reason if it failed, then its words.
fn opencode(text: &str) -> Option<Vec<Row>> {
    const GREY: &str = "\u{1b}[90m";
    if !text.contains("MCP Servers") {
        return None;
    }
    let mut rows: Vec<Row> = Vec::new();
    for line in text.lines() {
        let Some(rest) = line.strip_prefix("●  ") else {
            if let (Some((_, words)), Some(row)) = (line.split_once(&format!("│      {GREY}")), rows.last_mut()) {
                row.line = Some(words.trim_end().to_owned());
            }
            continue;
        };
        let (name, state) = rest.rsplit_once(&format!(" {GREY}"))?;
        let (_, name) = name.split_once(' ')?;
        rows.push(Row {
            name: name.to_owned(),
            on: Some(state != "disabled"),
            transport: None,
            line: None,
            connected: (state != "disabled").then_some(state == "connected"),
        });
    }
    Some(rows)
}

fn codex(text: &str) -> Option<Vec<Row>> {
    let list: Value = serde_json::from_str(text).ok()?;
    let rows = list.as_array()?.iter().map(|row| {
        let transport = &row["transport"];
        Some(Row {
            name: row["name"].as_str()?.to_owned(),
            on: Some(row["enabled"].as_bool()?),
            transport: Some(if transport["type"] == "stdio" { "stdio" } else { "http" }),
            line: line(transport),
            connected: None,
        })
    });
    rows.collect()
}

fn copilot(text: &str) -> Option<Vec<Row>> {
    let list: Value = serde_json::from_str(text).ok()?;
    let rows = list["mcpServers"].as_object()?.iter().map(|(name, row)| {
        Some(Row {
            name: name.clone(),
            on: Some(row["enabled"].as_bool()?),
            transport: Some(match row["type"].as_str() {
                Some("http") => "http",
                Some("sse") => "sse",
                _ => "stdio",
            }),
            line: line(row),
            connected: None,
        })
    });
    rows.collect()
}

fn cline(text: &str) -> Option<Vec<Row>> {
    let list: Value = serde_json::from_str(text).ok()?;
    let rows = list.as_array()?.iter().map(|row| {
        Some(Row {
            name: row["name"].as_str()?.to_owned(),
            on: Some(!row["disabled"].as_bool()?),
            transport: Some(match row["transportType"].as_str()? {
                "stdio" => "stdio",
                "sse" => "sse",
                _ => "http",
            }),
            line: None,
            connected: None,
        })
    });
    rows.collect()
}

/// The words of an entry that is given as JSON, or its URL.
fn line(entry: &Value) -> Option<String> {
    if let Some(url) = entry["url"].as_str() {
        return Some(url.to_owned());
    }
    let words = std::iter::once(&entry["command"]).chain(entry["args"].as_array().into_iter().flatten());
    Some(words.filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
}

/// Without the colours that `NO_COLOR` did not stop.
fn plain(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('m').map_or(part, |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rows: Option<Vec<Row>>) -> Vec<String> {
        let rows = rows.expect("it is a listing").into_iter();
        rows.map(|row| {
            format!(
                "{}|{:?}|{}|{}|{:?}",
                row.name,
                row.on,
                row.transport.unwrap_or("-"),
                row.line.unwrap_or_default(),
                row.connected
            )
        })
        .collect()
    }

    #[test]
    fn listings_are_read_as_they_are_written() {
        let text = "Checking MCP server health…\n\na b: node x - y - ✔ Connected\nr: http://h/x (SSE) - ✘ Failed to connect — no: - x\n\
                    p: node - ⏸ Pending approval (run `claude` to approve)\n\nMCP config diagnostics ⚠\n\n├ a: b - ✔ c\n";
        assert_eq!(
            told(claude(text)),
            [
                "a b|Some(true)|stdio|node x - y|Some(true)",
                "r|Some(true)|sse|http://h/x|Some(false)",
                "p|Some(true)|stdio|node|None"
            ]
        );
        let text = "Configured MCP servers:\n\u{1b}[32m✓\u{1b}[0m a: node x (stdio) - Connected\n○ b: http://h (sse) - Disabled\n✗ c:  - Disconnected\n";
        assert_eq!(
            told(gemini(text)),
            ["a|Some(true)|stdio|node x|Some(true)", "b|Some(false)|sse|http://h|None", "c|Some(true)|-||Some(false)"]
        );
        let text = "┌  MCP Servers\n│\n●  ✗ a b \u{1b}[90mfailed\n│      why\n│      \u{1b}[90mhttp://h\n│\n●  ○  \u{1b}[90mdisabled\n│      \u{1b}[90mnode x\n│\n└  2 server(s)\n";
        assert_eq!(told(opencode(text)), ["a b|Some(true)|-|http://h|Some(false)", "|Some(false)|-|node x|None"]);
        assert_eq!(
            told(codex(r#"[{"name":"a","enabled":false,"transport":{"type":"stdio","command":"x","args":["y"]}}]"#)),
            ["a|Some(false)|stdio|x y|None"]
        );
    }

    #[test]
    fn other_words_are_no_listing() {
        for read in [claude, gemini, opencode, codex, copilot, cline] {
            assert_eq!(read("something went wrong"), None);
        }
    }
}
