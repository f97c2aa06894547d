//! What clients make of their files, as data: one file or one home in, its servers out.

use std::path::{Path, PathBuf};

use super::Machine;
use crate::clients::{Os, client};
use crate::env::Env;
use crate::server::Transport;

fn env(home: &Path) -> Env {
    Env {
        os: Os::Linux,
        home: home.to_owned(),
        vars: Default::default(),
        projects: Vec::new(),
        files: Vec::new(),
        only: None,
        root: home.join("root"),
        today: None,
        instead: Vec::new(),
        launcher: None,
    }
}

fn read(id: &str, name: &str, text: &str) -> Machine {
    let client = client(id).expect("the client is in the table");
    Machine::of_text(env(Path::new("/home/ana")), client, &Path::new("/home/ana").join(name), text)
}

/// Every server in a line: name, how it is reached, what is off or on top.
fn shown(machine: &Machine) -> Vec<String> {
    let line = |server: &crate::server::Server| {
        let how = match &server.transport {
            Transport::Stdio(command) => {
                let words = command.words();
                words.iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" ")
            }
            Transport::Http { url, sse, .. } => format!("{} {}", if *sse { "sse" } else { "http" }, url.value),
            Transport::Unknown => "?".to_owned(),
        };
        let env: Vec<&str> = server.env.iter().map(|pair| pair.name.as_str()).collect();
        let env = if env.is_empty() { String::new() } else { format!(" [{}]", env.join(" ")) };
        let off = if server.enabled { "" } else { " off" };
        let under = if server.under.is_empty() { "" } else { " under" };
        format!("{}: {how}{env}{off}{under}", server.name)
    };
    machine.servers.iter().map(line).collect()
}

fn problems(machine: &Machine) -> Vec<String> {
    machine.problems.iter().map(|problem| format!("{} {}", problem.at, problem.message)).collect()
}

#[test]
fn every_clients_spelling_is_read() {
    for (id, file, text, expected) in [
        (
            "zed",
            "settings.json",
            r#"{ "context_servers": {
                "flat": { "command": "a", "args": ["b"], "env": { "K": "v" } },
                "nested": { "source": "custom", "command": { "path": "a", "args": ["b"], "env": { "K": "v" } } },
                "far": { "url": "https://x.example/mcp", "enabled": false },
                "extension": { "enabled": true, "settings": {} } } }"#,
            vec!["flat: a b [K]", "nested: a b [K]", "far: http https://x.example/mcp off"],
        ),
        (
            "cline",
            "cline_mcp_settings.json",
            r#"{ "mcpServers": {
                "nested": { "transport": { "type": "stdio", "command": "a", "args": ["b"], "env": { "K": "v" } } },
                "far": { "transport": { "type": "streamableHttp", "url": "https://x.example/mcp" }, "disabled": true },
                "old": { "url": "https://x.example/mcp", "transportType": "http" },
                "bare": { "url": "https://x.example/mcp" } } }"#,
            vec![
                "nested: a b [K]",
                "far: http https://x.example/mcp off",
                "old: http https://x.example/mcp",
                "bare: sse https://x.example/mcp",
            ],
        ),
        (
            "continue",
            "config.yaml",
            "mcpServers:\n  - name: one\n    command: a\n    args: [b]\n  - uses: some/block\n  - name: far\n    \
             type: sse\n    url: https://x.example/mcp\n",
            vec!["one: a b", "far: sse https://x.example/mcp"],
        ),
        ("continue", ".continue/mcpServers/one.json", r#"{ "command": "a", "args": ["b"] }"#, vec!["one: a b"]),
        ("continue", ".continue/mcpServers/one.json", r#"{ "name": "two", "command": "a" }"#, vec!["two: a"]),
        ("continue", ".continue/mcpServers/one.json", r#"{ "three": { "command": "a" } }"#, vec!["three: a"]),
        (
            "continue",
            ".continue/mcpServers/one.json",
            r#"{ "mcpServers": { "four": { "command": "a" } } }"#,
            vec!["four: a"],
        ),
        (
            "continue",
            ".continue/config.json",
            r#"{ "experimental": { "modelContextProtocolServers": [
                { "transport": { "type": "stdio", "command": "a", "args": ["b"] } } ] } }"#,
            vec![": a b"],
        ),
        (
            "goose",
            "config.yaml",
            "extensions:\n  one:\n    type: stdio\n    cmd: a\n    args: [b]\n    envs: {K: v}\n    env_keys: [T]\n  \
             far:\n    type: streamable_http\n    uri: https://x.example/mcp\n    enabled: false\n  developer:\n    \
             type: builtin\n    enabled: true\n",
            vec!["one: a b [K]", "far: http https://x.example/mcp off"],
        ),
        (
            "codex",
            "config.toml",
            "[mcp_servers.one]\ncommand = \"a\"\nargs = [\"b\"]\nenv_vars = [\"T\"]\n[mcp_servers.one.env]\nK = \"v\"\n\
             [mcp_servers.far]\nurl = \"https://x.example/mcp\"\nenabled = false\n",
            vec!["one: a b [K]", "far: http https://x.example/mcp off"],
        ),
        (
            "gemini",
            "settings.json",
            r#"{ "mcpServers": {
                "far": { "httpUrl": "https://x.example/sse" },
                "both": { "command": "a", "url": "https://x.example/mcp" },
                "on": { "command": "a", "disabled": true } } }"#,
            vec!["far: http https://x.example/sse", "both: http https://x.example/mcp", "on: a"],
        ),
        (
            "qwen",
            "settings.json",
            r#"{ "mcpServers": { "far": { "url": "https://x.example/mcp" } } }"#,
            vec!["far: sse https://x.example/mcp"],
        ),
        (
            "opencode",
            "opencode.json",
            r#"{ "mcp": {
                "one": { "type": "local", "command": ["a", "b"], "environment": { "K": "v" }, "enabled": false },
                "servers": { "two": { "type": "remote", "url": "https://x.example/mcp", "disabled": true } } } }"#,
            vec!["two: http https://x.example/mcp off", "one: a b [K] off"],
        ),
        ("amp", "settings.json", r#"{ "amp.mcpServers": { "one": { "command": "a" } } }"#, vec!["one: a"]),
        ("warp", ".mcp.json", r#"{ "mcp_servers": { "one": { "command": "a" } } }"#, vec!["one: a"]),
        (
            "copilot-cli",
            "mcp-config.json",
            r#"{ "mcpServers": { "one": { "type": "local", "command": "a", "url": "x", "disabled": true } } }"#,
            vec!["one: a"],
        ),
        ("copilot-cli", ".github/mcp.json", r#"{ "one": { "command": "a" }, "x": 1 }"#, vec!["one: a"]),
        (
            "kiro",
            "mcp.json",
            r#"{ "powers": { "mcpServers": { "p": { "command": "a" } } }, "mcpServers": { "one": { "command": "b" } } }"#,
            vec!["one: b", "p: a"],
        ),
        ("vibe", "config.toml", "[[mcp_servers]]\nname = \"one\"\ncommand = \"a\"\nargs = [\"b\"]\n", vec!["one: a b"]),
        ("crush", "crush.json", r#"{ "mcp": { "one": { "type": "stdio", "command": "a" } } }"#, vec!["one: a"]),
    ] {
        let machine = read(id, file, text);
        assert_eq!(shown(&machine), expected, "{id}: {:?}", machine.files[0].state);
        assert_eq!(problems(&machine), Vec::<String>::new(), "{id}");
    }
}

#[test]
fn what_a_client_refuses_is_said() {
    let json = |entry: &str| format!(r#"{{ "mcpServers": {{ "it": {entry} }} }}"#);
    let mcp = |entry: &str| format!(r#"{{ "mcp": {{ "it": {entry} }} }}"#);
    let toml = |entry: &str| format!("[mcp_servers.it]\n{entry}\n");
    for (id, file, text, expected) in [
        ("roo", "a.json", json(r#"{ "url": "https://x" }"#), "/url Roo Code skips a URL without a \"type\""),
        ("roo", "a.json", json(r#"{ "type": "http", "url": "https://x" }"#), "/type The \"type\" is none of stdio"),
        ("copilot-cli", "a.json", json(r#"{ "command": "a", "args": ["b", 5] }"#), "/args There is a value"),
        ("cline", "a.json", json("{}"), " This entry has neither a command nor a URL. Cline refuses the whole file"),
        ("cline", "a.json", json("null"), " This entry has neither a command nor a URL. Cline refuses"),
        ("cline", "a.json", json(r#"{ "command": 5 }"#), "/command The command must be a text. Cline refuses"),
        ("codex", "a.toml", toml("command = \"a\"\nurl = \"https://x\""), " This entry has both a command and a URL."),
        ("codex", "a.toml", toml("url = \"https://x\"\nbearer_token = \"t\""), "/bearer_token \"bearer_token\" is not"),
        ("codex", "a.toml", toml("command = \"a\"\n[mcp_servers.it.env]\nN = 5"), "/env There is a value that is no"),
        ("codex", "a.toml", toml("env = { A = \"b\" }"), " This entry has neither a command nor a URL. Codex refuses"),
        ("opencode", "a.json", mcp(r#"{ "command": ["a"] }"#), " This entry does not say its \"type\". opencode"),
        ("opencode", "a.json", mcp(r#"{ "type": "stdio", "command": ["a"] }"#), "/type The \"type\" is none of local"),
        ("opencode", "a.json", mcp(r#"{ "type": "local", "command": "a" }"#), "/command The command must be a list"),
        ("opencode", "a.json", mcp(r#"{ "type": "local" }"#), " This entry has neither a command nor a URL."),
    ] {
        let machine = read(id, file, &text);
        let problems = problems(&machine);
        assert_eq!(problems.len(), 1, "{id} {text}: {problems:?}");
        let at = problems[0].split_once("/it").expect("it is about the entry").1;
        assert!(at.starts_with(expected), "{id} {text}: {at}");
    }
    let map = "mcpServers:\n  one:\n    command: a\n";
    let said = "/mcpServers The servers must stand in a list here, each with its name.";
    assert_eq!(problems(&read("continue", ".continue/config.yaml", map)), [said]);
    // A client that leaves such things alone says nothing about them.
    for (id, entry) in [("cursor", r#""_comment""#), ("cursor", "{}"), ("opencode", r#"{ "enabled": false }"#)] {
        let text = if id == "opencode" { mcp(entry) } else { json(entry) };
        assert_eq!(problems(&read(id, "a.json", &text)), Vec::<String>::new(), "{id} {entry}");
    }
}

/// A home with these files, looked at with the project `p` in it.
fn home(files: &[(&str, &str)]) -> (tempfile::TempDir, Machine) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    for (path, text) in files {
        let path = dir.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        std::fs::write(path, text).expect("it can be written");
    }
    std::fs::create_dir_all(dir.path().join("p")).expect("it can be made");
    let projects: Vec<PathBuf> = vec![dir.path().join("p")];
    let machine = Machine::look(Env { projects, ..env(dir.path()) });
    (dir, machine)
}

#[test]
fn scopes_are_settled_as_each_client_does() {
    let one = |command: &str| format!(r#"{{ "mcpServers": {{ "it": {{ "command": "{command}" }} }} }}"#);
    let local = |more: &str| format!(r#"{{ "mcp": {{ "it": {{ "type": "local", "command": ["a"]{more} }} }} }}"#);
    let codex = |text: &str| format!("[mcp_servers.it]\n{text}\n");
    for (files, expected) in [
        // Replaced: the project's entry stands for the name.
        (
            vec![(".gemini/settings.json", one("a")), ("p/.gemini/settings.json", one("b"))],
            vec!["it: a under", "it: b"],
        ),
        // Merged: what a later scope says of being on counts for the name.
        (
            vec![
                (".config/opencode/opencode.json", local("")),
                ("p/opencode.json", r#"{"mcp":{"it":{"enabled":false}}}"#.to_owned()),
            ],
            vec!["it: a off"],
        ),
        (
            vec![(".config/opencode/opencode.json", local(r#", "enabled": false"#)), ("p/opencode.json", local(""))],
            vec!["it: a off under", "it: a off"],
        ),
        (
            vec![(".codex/config.toml", codex("command = \"a\"")), ("p/.codex/config.toml", codex("enabled = false"))],
            vec!["it: a off"],
        ),
        // An entry that only adds to another one does not stand for it.
        (
            vec![
                (".codex/config.toml", codex("command = \"a\"")),
                ("p/.codex/config.toml", codex("env = { K = \"v\" }")),
            ],
            vec!["it: a", "it: ? [K] under"],
        ),
        // Names that lists switch off.
        (
            vec![(".gemini/settings.json", one("a").replacen('{', r#"{ "mcp": { "excluded": ["it"] },"#, 1))],
            vec!["it: a off"],
        ),
        (
            vec![(".gemini/settings.json", one("a").replacen('{', r#"{ "mcp": { "allowed": ["other"] },"#, 1))],
            vec!["it: a off"],
        ),
        (
            vec![(".gemini/settings.json", one("a").replacen('{', r#"{ "mcp": { "allowed": ["it"] },"#, 1))],
            vec!["it: a"],
        ),
        (
            vec![
                (".gemini/settings.json", one("a")),
                (".gemini/mcp-server-enablement.json", r#"{ "it": { "enabled": false } }"#.to_owned()),
            ],
            vec!["it: a off"],
        ),
        (
            vec![
                (".copilot/mcp-config.json", one("a")),
                (".copilot/settings.json", r#"{ "disabledMcpServers": ["it"] }"#.to_owned()),
            ],
            vec!["it: a off"],
        ),
        // Folders above count as far as the client goes up.
        (vec![("p/.git/HEAD", String::new()), ("opencode.json", local(""))], vec![]),
        (vec![("opencode.json", local(""))], vec!["it: a"]),
    ] {
        let given: Vec<(&str, &str)> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
        let (_dir, machine) = home(&given);
        assert_eq!(shown(&machine), expected, "{files:?}");
        assert_eq!(problems(&machine), Vec::<String>::new(), "{files:?}");
    }
}

#[test]
fn what_its_client_does_not_look_for_is_read_all_the_same() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let path = dir.path().join("settings.json");
    std::fs::write(&path, r#"{ "servers": { "it": { "command": "a" } } }"#).expect("it can be written");
    let (client, row) = crate::clients::named("cline", &path).expect("it is in the table");
    let machine = Machine::look(Env { only: Some((path, client, row)), ..env(dir.path()) });
    assert_eq!(shown(&machine), ["it: a"]);
    assert_eq!(machine.files[0].client.id, "generic");
}

#[test]
fn what_wins_over_an_entry_of_thousands_of_one_name_stays_short() {
    let entry = r#"{ "command": "x" }"#;
    let project = |number: usize| format!(r#""/p/{number}": {{ "mcpServers": {{ "x": {entry} }} }}"#);
    let projects: Vec<String> = (0..3000).map(project).collect();
    let text = format!(r#"{{ "mcpServers": {{ "x": {entry} }}, "projects": {{ {} }} }}"#, projects.join(", "));
    let machine = read("claude-code", ".claude.json", &text);
    assert_eq!(machine.servers.len(), 3001);
    let over: Vec<usize> = machine.servers.iter().map(|server| server.under.len()).filter(|over| *over > 0).collect();
    assert_eq!(over, [50], "only the user's entry is under others");
}

#[test]
fn what_librechat_takes_in_is_read_as_if_it_stood_there() {
    let text = "x-env: &env {TOKEN: t, OTHER: o}\nx-all: &all\n  far: {url: \"https://x.example/mcp\"}\n  near: {command: b}\nmcpServers:\n  <<: *all\n  near:\n    command: a\n    args: [\n    x\n    ]\n    env:\n      <<: *env\n      OWN: o\n  copy: &copy\n    command: c\n  again:\n    <<: *copy\n    args: [d]\n";
    let machine = read("librechat", "librechat.yaml", text);
    let mut servers = shown(&machine);
    servers.sort();
    assert_eq!(servers, ["again: c d", "copy: c", "far: http https://x.example/mcp", "near: a x [TOKEN OTHER OWN]"]);
    assert_eq!(problems(&machine), Vec::<String>::new());
}

/// A server hides behind no name.
#[test]
fn a_server_of_librechat_may_be_called_like_a_merge() {
    let machine = read("librechat", "librechat.yaml", "mcpServers:\n  \"<<\": {command: a}\n  <<: {b: {command: b}}\n");
    assert_eq!(shown(&machine), ["<<: a", "b: b"]);
}
