//! Generated homes: each holds files of every client, and each time others of
//! the things that clients treat differently.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::entry::{Entry, Kind, WRONG};
use super::kinds::{FIXES, Fix, Place};
use super::seed::Seed;
use super::text::{self, Shape, TWISTS, Tables, Twist};
use crate::{Outcome, root};

/// How many there are.
pub(crate) const HOMES: usize = 50;

pub(crate) struct Home {
    pub(crate) number: usize,
    pub(crate) path: PathBuf,
    pub(crate) project: PathBuf,
    pub(crate) fix: Fix,
    /// Every file that a client reads.
    pub(crate) configs: Vec<PathBuf>,
    /// One line per file: what is odd about it.
    pub(crate) story: Vec<String>,
}

const NAMES: &[&str] = &[
    "files",
    "github",
    "a/b",
    "@scope/server",
    "github.com/upstash/context7-mcp",
    "with space",
    "dot.ted",
    "ünïcödé",
    "日本語",
    "q\"uote",
    "it's",
    "emoji😀",
    "under_score",
    "back\\slash",
    "$dollar",
    "100",
    "-dash",
    "a{b",
    "UPPER",
    "back`tick",
    "a-name-that-is-much-longer-than-anybody-would-type-by-hand-and-that-no-table-has-room-for-in-one-line-of-its-own",
    "",
];

const OPENCODE_USER: [(&str, &[Shape]); 5] = [
    ("opencode.json", &[FIRST]),
    ("opencode.jsonc", &[FIRST]),
    ("opencode.json", &[SECOND]),
    ("opencode.json", &[FIRST, SECOND]),
    ("config.json", &[FIRST]),
];
const OPENCODE_PROJECT: [&str; 4] =
    ["opencode.json", "opencode.jsonc", ".opencode/opencode.json", ".opencode/opencode.jsonc"];
const FIRST: Shape = Shape::Under(&["mcp"]);
const SECOND: Shape = Shape::Under(&["mcp", "servers"]);
const MCP_SERVERS: Shape = Shape::Under(&["mcpServers"]);

/// Makes home `number` new in `folder`; `remote`: the URL of the server elsewhere.
pub(crate) fn make(number: usize, folder: &Path, remote: &str) -> Outcome<Home> {
    let path = folder.join(format!("home-{number:02}"));
    if path.exists() {
        fs::remove_dir_all(&path).map_err(|source| format!("cannot remove {}: {source}", path.display()))?;
    }
    let project = path.join("project");
    let home = Home { number, project, path, fix: FIXES[number % FIXES.len()], configs: Vec::new(), story: Vec::new() };
    let mut maker = Maker { home, remote, seed: Seed::new(number), entries: 0 };
    maker.all()?;
    Ok(maker.home)
}

struct Maker<'a> {
    home: Home,
    remote: &'a str,
    seed: Seed,
    /// Made so far, to give each one a mark of its own.
    entries: usize,
}

impl Maker<'_> {
    fn all(&mut self) -> Outcome {
        self.plain("project/notes.txt", "nothing\n")?;
        let server = fs::read_to_string(root().join("tests/real/server.mjs"));
        self.plain("servers/hello.mjs", &server.map_err(|source| format!("tests/real/server.mjs: {source}"))?)?;
        // A repository of its own, or the one that the homes lie in would count.
        self.plain("project/.git/HEAD", "ref: refs/heads/main\n")?;
        for folder in ["objects", "refs"] {
            self.plain(&format!("project/.git/{folder}/.keep"), "")?;
        }
        let user = self.claude_user()?;
        let from_user = user.iter().map(|entry| entry.name.clone()).collect();
        self.portable(from_user)?;
        self.opencode()?;
        self.settings("Gemini CLI", ".gemini", 2)?;
        self.settings("Qwen Code", ".qwen", 3)?;
        self.codex()?;
        self.copilot()?;
        self.cline()
    }

    // ------------------------------------------------------------ the clients

    fn claude_user(&mut self) -> Outcome<Vec<Entry>> {
        let twist = self.twist(0);
        let user = self.entries(true, twist, &[]);
        let names: Vec<String> = user.iter().map(|entry| entry.name.clone()).collect();
        let local = if self.seed.once_in(3) { self.entries(false, Twist::Plain, &names) } else { Vec::new() };
        let project = self.home.project.to_string_lossy().into_owned();
        let local = Value::Object(local.iter().map(|entry| (entry.name.clone(), entry.standard())).collect());
        let off = self.some_off(&user);
        let beside = json!({
            "numStartups": 3,
            "projects": {
                project: { "hasTrustDialogAccepted": true, "mcpServers": local, "disabledMcpServers": off },
            },
        });
        self.json("Claude Code, user", ".claude.json", twist, MCP_SERVERS, &user, beside)?;
        // Else every entry of .mcp.json waits for an approval.
        if self.approves() {
            self.plain(".claude/settings.json", r#"{ "enableAllProjectMcpServers": true }"#)?;
        }
        if self.home.number % 7 == 2 {
            let above = self.entries(false, Twist::Plain, &names);
            self.json("Claude Code, above the project", ".mcp.json", Twist::Plain, MCP_SERVERS, &above, json!({}))?;
        }
        Ok(user)
    }

    /// `.mcp.json`, which Claude Code, Copilot CLI and Qwen Code read.
    fn portable(&mut self, names: Vec<String>) -> Outcome {
        let number = self.home.number;
        if number % 4 == 3 {
            return Ok(());
        }
        let shape = match number % 10 {
            4 => Shape::Bare,
            8 => Shape::Under(&["servers"]),
            _ => MCP_SERVERS,
        };
        let twist = if shape == MCP_SERVERS { self.twist(1) } else { Twist::Plain };
        // Where it waits for approval, the user's own entry of that name still counts.
        let names = if self.approves() { names } else { Vec::new() };
        let entries = self.entries(false, twist, &names);
        if number % 5 == 4 {
            let off = json!({ "disabledMcpjsonServers": self.some_off(&entries) });
            self.plain("project/.claude/settings.local.json", &off.to_string())?;
        }
        self.json("every client, project", "project/.mcp.json", twist, shape, &entries, json!({}))
    }

    /// Whether the user has approved every `.mcp.json` for Claude Code.
    fn approves(&self) -> bool {
        self.home.number % 5 != 3
    }

    /// Some of the names, to switch them off from elsewhere.
    fn some_off(&mut self, entries: &[Entry]) -> Vec<String> {
        entries.iter().filter(|_| self.seed.once_in(6)).map(|entry| entry.name.clone()).collect()
    }

    fn opencode(&mut self) -> Outcome {
        let (file, shapes) = OPENCODE_USER[self.home.number % OPENCODE_USER.len()];
        let path = format!(".config/opencode/{file}");
        let twist = self.twist(4);
        let user = self.entries(true, twist, &[]);
        let spelled = |entries: &[Entry], second| {
            entries.iter().map(|entry| (entry.name.clone(), entry.opencode(second))).collect::<Vec<_>>()
        };
        let beside = json!({ "$schema": "https://opencode.ai/config.json" });
        let bytes = match shapes {
            [one] => text::json(twist, *one, &spelled(&user, *one == SECOND), beside),
            _ => {
                // The second layout is a member of the first.
                let (last, others) = user.split_last().expect("there is at least one");
                let mut mcp: serde_json::Map<_, _> = spelled(std::slice::from_ref(last), false).into_iter().collect();
                mcp.insert("servers".into(), Value::Object(spelled(others, true).into_iter().collect()));
                text::whole(twist, &json!({ "mcp": mcp }))
            }
        };
        self.write(&format!("opencode, user, {shapes:?}"), &path, twist, bytes)?;
        if self.seed.once_in(3) {
            return Ok(());
        }
        let names: Vec<String> = user.iter().map(|entry| entry.name.clone()).collect();
        let twist = if twist.harmless() { self.later_twist(4) } else { Twist::Plain };
        let mut entries = spelled(&self.entries(false, twist, &names), false);
        if self.seed.once_in(2)
            && let Some(name) = names.last()
            && entries.iter().all(|(other, _)| other != name)
        {
            // Switches the user's off in this project.
            entries.push((name.clone(), json!({ "enabled": false })));
        }
        let file = format!("project/{}", self.seed.pick(&OPENCODE_PROJECT));
        self.write("opencode, project", &file, twist, text::json(twist, FIRST, &entries, json!({})))
    }

    /// Gemini CLI and its descendant.
    fn settings(&mut self, client: &str, folder: &str, offset: usize) -> Outcome {
        let twist = self.twist(offset);
        let user = self.entries(true, twist, &[]);
        let names: Vec<String> = user.iter().map(|entry| entry.name.clone()).collect();
        let off = self.some_off(&user);
        // No list at all is something else than an empty one.
        let mcp = if off.is_empty() { json!({}) } else { json!({ "excluded": off }) };
        let beside = json!({ "ui": { "theme": "Default" }, "mcp": mcp });
        let spelled = |entries: &[Entry]| {
            let rows: Vec<_> = entries.iter().map(|entry| (entry.name.clone(), entry.gemini())).collect();
            rows.into_iter()
        };
        let file = format!("{folder}/settings.json");
        self.spelled(&format!("{client}, user"), &file, twist, MCP_SERVERS, spelled(&user), beside)?;
        let off: Value = self.some_off(&user).into_iter().map(|name| (name, json!({ "enabled": false }))).collect();
        self.plain(&format!("{folder}/mcp-server-enablement.json"), &off.to_string())?;
        let trusted = json!({ self.home.project.to_string_lossy().into_owned(): "TRUST_FOLDER" });
        self.plain(&format!("{folder}/trustedFolders.json"), &trusted.to_string())?;
        if self.seed.once_in(3) {
            return Ok(());
        }
        let twist = if twist.harmless() { self.later_twist(offset) } else { Twist::Plain };
        let entries = self.entries(false, twist, &names);
        let file = format!("project/{folder}/settings.json");
        self.spelled(&format!("{client}, project"), &file, twist, MCP_SERVERS, spelled(&entries), json!({ "ui": {} }))
    }

    fn codex(&mut self) -> Outcome {
        let twist = self.twist(5);
        let tables = *self.seed.pick(&[Tables::Headed, Tables::Headed, Tables::Dotted, Tables::Inline]);
        let user = self.entries(true, twist, &[]);
        let trusted = json!(self.home.project.to_string_lossy());
        let trusted = format!("\n[projects.{trusted}]\ntrust_level = \"trusted\"\n");
        let bytes = text::toml(twist, tables, &user, "model = \"none\"\n", &trusted);
        self.write(&format!("Codex, user, {tables:?}"), ".codex/config.toml", twist, bytes)?;
        // Without the user's file nobody trusts the project.
        if self.seed.once_in(3) || !twist.harmless() {
            return Ok(());
        }
        let names: Vec<String> = user.iter().map(|entry| entry.name.clone()).collect();
        let twist = self.later_twist(5);
        let entries = self.entries(false, twist, &names);
        let free = |name: &&String| entries.iter().all(|entry| entry.name != **name);
        let after = match names.iter().find(free).filter(|_| self.seed.once_in(2)) {
            // Switches the user's off in this project.
            Some(name) => format!("\n[mcp_servers.{}]\nenabled = false\n", json!(name)),
            None => String::new(),
        };
        let bytes = text::toml(twist, Tables::Headed, &entries, "", &after);
        self.write("Codex, project", "project/.codex/config.toml", twist, bytes)
    }

    fn copilot(&mut self) -> Outcome {
        let twist = self.twist(6);
        let user = self.entries(true, twist, &[]);
        self.json("Copilot CLI, user", ".copilot/mcp-config.json", twist, MCP_SERVERS, &user, json!({}))?;
        let trusted = json!({ "trusted_folders": [self.home.project.to_string_lossy()] });
        self.plain(".copilot/config.json", &trusted.to_string())?;
        let off = json!({ "disabledMcpServers": self.some_off(&user) });
        self.plain(".copilot/settings.json", &off.to_string())?;
        if self.home.number % 4 >= 2 {
            let names: Vec<String> = user.iter().map(|entry| entry.name.clone()).collect();
            let twist = self.later_twist(6);
            let entries = self.entries(false, twist, &names);
            self.json("Copilot CLI, project", "project/.github/mcp.json", twist, MCP_SERVERS, &entries, json!({}))?;
        }
        Ok(())
    }

    fn cline(&mut self) -> Outcome {
        let twist = self.twist(7);
        let user = self.entries(true, twist, &[]);
        let file = ".cline/data/settings/cline_mcp_settings.json";
        let user: Vec<_> = user.iter().map(|entry| (entry.name.clone(), entry.cline())).collect();
        self.spelled("Cline, user", file, twist, MCP_SERVERS, user.into_iter(), json!({}))
    }

    // ------------------------------------------------------------ their parts

    fn twist(&self, offset: usize) -> Twist {
        TWISTS[(self.home.number + 3 * offset) % TWISTS.len()]
    }

    fn later_twist(&self, offset: usize) -> Twist {
        TWISTS[(self.home.number / 2 + 7 * offset) % TWISTS.len()]
    }

    /// Some entries; in a project some of `taken` names.
    fn entries(&mut self, user: bool, twist: Twist, taken: &[String]) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        let count = 1 + self.seed.below(3);
        for index in 0..count {
            let name = match taken.first() {
                Some(_) if self.seed.once_in(2) => self.seed.pick(taken).clone(),
                _ => (*self.seed.pick(NAMES)).to_owned(),
            };
            if entries.iter().all(|entry| entry.name != name) {
                if user && index == 0 {
                    entries.extend(self.for_the_fix(name));
                } else {
                    entries.push(self.any(name));
                }
            }
        }
        if let Twist::Wrong(shape) = twist {
            let entry = self.local("wrong".to_owned());
            entries.push(Entry { kind: Kind::Wrong(shape % WRONG), ..entry });
        }
        entries
    }

    fn local(&mut self, name: String) -> Entry {
        self.entries += 1;
        let server = self.home.path.join("servers/hello.mjs");
        let words = vec!["node".to_owned(), server.to_string_lossy().into_owned(), format!("--mark={}", self.entries)];
        Entry { name, kind: Kind::Local, words, env: Vec::new(), off: false, approves: false }
    }

    /// Entries that this home's kind of fix is offered for.
    fn for_the_fix(&mut self, name: String) -> Vec<Entry> {
        let (entry, spare) = (self.local(name), self.local("spare".to_owned()));
        let place = Place { home: &self.home.path, remote: self.remote };
        self.home.fix.entries(entry, spare, &place, &mut self.seed)
    }

    fn any(&mut self, name: String) -> Entry {
        let mut entry = self.local(name);
        entry.off = self.seed.once_in(5);
        match self.seed.below(8) {
            0 => entry.env.push(("FOLDER".to_owned(), "${HOME}/notes".to_owned())),
            1 => entry.env.push(("FOLDER".to_owned(), "{env:HOME}/notes".to_owned())),
            2 => entry.words.push("${HOME}".to_owned()),
            3 | 4 => {
                entry.kind = Kind::Remote { typed: self.seed.once_in(2) };
                entry.words = vec![format!("http://127.0.0.1:9/mcp/{}", self.entries)];
            }
            _ => {}
        }
        entry
    }

    fn json(
        &mut self,
        what: &str,
        path: &str,
        twist: Twist,
        shape: Shape,
        entries: &[Entry],
        beside: Value,
    ) -> Outcome {
        self.spelled(
            what,
            path,
            twist,
            shape,
            entries.iter().map(|entry| (entry.name.clone(), entry.standard())),
            beside,
        )
    }

    fn spelled(
        &mut self,
        what: &str,
        path: &str,
        twist: Twist,
        shape: Shape,
        entries: impl Iterator<Item = (String, Value)>,
        beside: Value,
    ) -> Outcome {
        let entries: Vec<_> = entries.collect();
        self.write(&format!("{what}, {shape:?}"), path, twist, text::json(twist, shape, &entries, beside))
    }

    /// A config, remembered.
    fn write(&mut self, what: &str, path: &str, twist: Twist, bytes: Vec<u8>) -> Outcome {
        self.home.story.push(format!("{path}: {what}, {twist:?}"));
        self.home.configs.push(self.home.path.join(path));
        write(&self.home.path.join(path), &bytes)
    }

    /// A file that is no config.
    fn plain(&mut self, path: &str, text: &str) -> Outcome {
        write(&self.home.path.join(path), text.as_bytes())
    }
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    let folder = path.parent().expect("a file lies in a folder");
    let done = fs::create_dir_all(folder).and_then(|()| fs::write(path, bytes));
    done.map_err(|source| format!("cannot write {}: {source}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_homes_are_enough_for_every_file_to_meet_every_twist() {
        let home = |number| Home {
            number,
            path: PathBuf::new(),
            project: PathBuf::new(),
            fix: Fix::Variable,
            configs: Vec::new(),
            story: Vec::new(),
        };
        for file in 0..8 {
            let maker = |number| Maker { home: home(number), remote: "", seed: Seed::new(number), entries: 0 };
            let met: Vec<Twist> = (0..HOMES).map(|number| maker(number).twist(file)).collect();
            assert!(TWISTS.iter().all(|twist| met.contains(twist)), "file {file}");
        }
    }
}
