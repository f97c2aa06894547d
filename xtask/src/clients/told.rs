//! What Warder says of a home, and where that is not what a client says.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use super::ask::{Asked, Row};
use super::homes::Home;
use crate::Outcome;

/// The programs under test.
pub(crate) struct Warder {
    pub(crate) program: PathBuf,
    pub(crate) launcher: PathBuf,
}

impl Warder {
    /// One run on a home: its exit code, what it printed, what it said beside.
    pub(crate) fn run(&self, home: &Home, words: &[&str]) -> Outcome<(i32, String, String)> {
        let mut command = Command::new(&self.program);
        command.args(words).arg("--home").arg(&home.path).env_clear().env("WARDER_LAUNCHER", &self.launcher);
        for name in ["PATH", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        let output = command.output().map_err(|source| format!("cannot start warder: {source}"))?;
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let [out, talk] = said;
        Ok((output.status.code().unwrap_or(-1), out, talk))
    }

    pub(crate) fn scan(&self, home: &Home) -> Outcome<Told> {
        let project = home.project.to_string_lossy();
        let (code, out, talk) = self.run(home, &["scan", "--json", "--project", &project])?;
        if code > 1 {
            return Err(format!("warder scan ended with {code}: {talk}"));
        }
        let report = serde_json::from_str(&out).map_err(|source| format!("the report is no JSON: {source}"))?;
        Ok(Told { report, project: "~/project".to_owned() })
    }
}

/// A report.
pub(crate) struct Told {
    report: Value,
    /// The home's project, as the report writes it.
    project: String,
}

/// Whether a file is a client's own, or one of another client that it reads too.
fn reads(client: &Asked, file: &Value) -> bool {
    let guest = |name: &Value| name == client.name;
    file["client"] == client.id || file["readers"].as_array().is_some_and(|readers| readers.iter().any(guest))
}

/// What Warder says of one entry that counts.
struct Entry {
    row: Row,
    /// It stands in a file of another client, as whose it is reported.
    guest: bool,
    /// It says as well that the client cannot read the entry as it stands.
    doubted: bool,
}

impl Told {
    fn list(&self, of: &str) -> impl Iterator<Item = &Value> {
        self.report[of].as_array().into_iter().flatten()
    }

    fn files(&self, client: &Asked) -> Vec<&Value> {
        self.list("files").filter(|file| reads(client, file)).collect()
    }

    /// Whether a client reads the file at `path`.
    pub(crate) fn reads(&self, client: &Asked, path: &str) -> bool {
        self.list("files").any(|file| file["path"] == path && reads(client, file))
    }

    /// Where Warder says that a client cannot read its file or an entry: file id and pointer.
    fn doubts(&self, client: &Asked) -> Vec<(&Value, &str)> {
        let files: Vec<&Value> = self.files(client).into_iter().map(|file| &file["id"]).collect();
        let findings = self.list("findings").filter(|finding| finding["rule"] == "invalid-config");
        findings
            .filter(|finding| files.contains(&&finding["file"]))
            .filter_map(|finding| Some((&finding["file"], finding["pointer"].as_str()?)))
            .collect()
    }

    /// Whether Warder says that a whole table of servers is none. What a client makes
    /// of its other files then is up to it: some take a list for a map, some forget the rest.
    fn table_doubted(&self, client: &Asked) -> bool {
        let empty = |file: &Value| self.list("servers").all(|row| row["file"] != *file);
        self.doubts(client).into_iter().any(|(file, at)| at.matches('/').count() == 1 && empty(file))
    }

    fn entries(&self, client: &Asked) -> Vec<Entry> {
        let doubts = self.doubts(client);
        let refused = self.files(client).into_iter().filter(|file| !file["error"].is_null());
        let refused: Vec<&Value> = refused.map(|file| &file["id"]).collect();
        let files: Vec<&Value> = self.files(client).into_iter().map(|file| &file["id"]).collect();
        let counts = |row: &&Value| {
            // Of another client's file it is said only what wins in that client.
            let wins = row["client"] != client.id || row["under"].as_array().is_some_and(Vec::is_empty);
            files.contains(&&row["file"]) && wins && self.counts_here(&row["project"])
        };
        let entry = |row: &Value| {
            let pointer = row["pointer"].as_str()?;
            let below =
                |at: &str| at.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            let words = row["command"].as_array()?.iter().filter_map(Value::as_str).collect::<Vec<_>>();
            let guest = row["client"] != client.id;
            Some(Entry {
                guest,
                // Whether an entry needs a name is said for the owner of its file; Copilot CLI skips one without.
                doubted: guest && row["name"] == ""
                    || refused.contains(&&row["file"])
                    || doubts.iter().any(|(file, at)| **file == row["file"] && below(at)),
                row: Row {
                    name: row["name"].as_str()?.to_owned(),
                    on: row["enabled"].as_bool(),
                    transport: match row["transport"].as_str()? {
                        "stdio" => Some("stdio"),
                        "http" => Some("http"),
                        _ => Some("sse"),
                    },
                    line: Some(row["url"].as_str().map_or_else(|| words.join(" "), str::to_owned)),
                    connected: None,
                },
            })
        };
        self.list("servers").filter(counts).filter_map(entry).collect()
    }

    /// Whether what counts in `project` counts in the home's own.
    fn counts_here(&self, project: &Value) -> bool {
        project
            .as_str()
            .is_none_or(|project| self.project == project || self.project.starts_with(&format!("{project}/")))
    }

    /// The differences to what a client says: one sentence each.
    pub(crate) fn differences(&self, client: &Asked, said: &Result<Vec<Row>, String>) -> Vec<String> {
        let rows = match said {
            Ok(rows) => rows,
            Err(why) => {
                let known = self.files(client).iter().any(|file| !file["error"].is_null());
                let mut lines = why.lines().map(str::trim);
                let why = lines.clone().find(|line| line.contains("rror")).or(lines.next_back()).unwrap_or_default();
                let silent = !known && self.doubts(client).is_empty();
                return silent
                    .then(|| format!("it lists nothing ({why}), and Warder says of no file why"))
                    .into_iter()
                    .collect();
            }
        };
        if self.table_doubted(client) {
            return Vec::new();
        }
        let mut entries = self.entries(client);
        let mut differences = Vec::new();
        for row in rows {
            let of_name: Vec<Entry> = entries.extract_if(.., |entry| entry.row.name == row.name).collect();
            let unlike: Option<Vec<String>> = of_name.iter().map(|entry| unlike(row, entry)).collect();
            match unlike {
                // Listed, but there is nothing in it that could be started.
                _ if of_name.is_empty() && row.transport.is_none() && row.connected != Some(true) => {}
                _ if of_name.is_empty() => {
                    differences.push(format!("only the client has \"{}\" ({})", row.name, line(row)));
                }
                Some(unlike) => differences.extend(unlike),
                // One of them is it; two there are only with a file of another client.
                None => {}
            }
        }
        // What is off need not be listed.
        let extra = entries.iter().filter(|entry| !entry.doubted && entry.row.on != Some(false));
        differences.extend(extra.map(|entry| format!("only Warder has \"{}\" ({})", entry.row.name, line(&entry.row))));
        differences
    }

    /// How many entries are not compared, because Warder says that their client cannot read them as meant.
    pub(crate) fn doubted(&self, client: &Asked) -> usize {
        let entries = self.entries(client);
        let all = self.table_doubted(client);
        entries.iter().filter(|entry| all || entry.doubted).count()
    }

    /// What Warder says of a client, for a person.
    pub(crate) fn shown(&self, client: &Asked) -> Vec<String> {
        let entries = self.entries(client);
        entries
            .iter()
            .map(|entry| format!("{}{}", shown(&entry.row), if entry.doubted { " (in doubt)" } else { "" }))
            .collect()
    }
}

fn line(row: &Row) -> &str {
    row.line.as_deref().unwrap_or("?")
}

/// A row for a person.
pub(crate) fn shown(row: &Row) -> String {
    let on = if row.on == Some(false) { "off" } else { "on" };
    let state = match row.connected {
        Some(true) => ", connected",
        Some(false) => ", not connected",
        None => "",
    };
    format!("\"{}\" {on}, {}: {}{state}", row.name, row.transport.unwrap_or("?"), line(row))
}

/// Whether a text is what Warder says, which shows no key: dots stand in its place.
fn fits(said: &str, told: &str) -> bool {
    let mut parts = told.split("••••");
    let Some(mut left) = parts.next().and_then(|head| said.strip_prefix(head)) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else { return left.is_empty() };
    for part in between {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
    }
    left.ends_with(last)
}

fn unlike(row: &Row, entry: &Entry) -> Option<String> {
    // Of an entry that Warder calls unreadable it has nothing more to say.
    if entry.doubted {
        return None;
    }
    let told = &entry.row;
    let other = |a: Option<&str>, b: Option<&str>| a.is_some() && a != b;
    // What a client lists may have its references filled in or cut short.
    let reference = line(told).contains('$') || line(told).contains("{env:");
    let what = if !entry.guest && row.on.is_some() && row.on != told.on {
        "whether it is on"
    } else if other(row.transport, told.transport) {
        "the transport"
    } else if !reference && row.line.as_deref().is_some_and(|said| !fits(said, line(told))) {
        "what it starts"
    } else {
        return None;
    };
    Some(format!("{what} of \"{}\": the client has {}, Warder {}", row.name, shown(row), shown(told)))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn only_a_key_may_be_hidden() {
        for (said, told, same) in [
            ("node x", "node x", true),
            ("node x y", "node x", false),
            ("node --token ghp_abc3f --mark=1", "node --token ghp_••••3f --mark=1", true),
            ("node --token ghp_abc3f --mark=2", "node --token ghp_••••3f --mark=1", false),
            ("node --token ghp_abc", "node --token ghp_••••3f", false),
            ("a 1 b 2", "a •••• b ••••", true),
            ("a 1 c 2", "a •••• b ••••", false),
        ] {
            assert_eq!(fits(said, told), same, "{said}");
        }
    }
}
