//! Where clients keep their servers: whole computers of each system, as they are found on any system.
#![expect(clippy::unwrap_used, clippy::use_debug, reason = "tests")]

#[path = "clients/agents.rs"]
mod agents;
mod homes;
#[path = "clients/lantern.rs"]
mod lantern;
#[path = "clients/pages.rs"]
mod pages;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use homes::Home;
// What the example of docs/clients.md has around it in `crates/audit/src/clients.rs`.
use warder_audit::clients::{Base, Client, ConfigFile, FILE, Os, STANDARD, SameName, Scope, Spelling, Start, map};
use warder_audit::env::Env;
use warder_audit::machine::{FileState, FoundFile, Machine};
use warder_audit::server::{Server, Transport};
use warder_audit::{dialect, document};

/// A story that is a whole computer.
struct Computer {
    files: Home,
    os: Os,
    home: &'static str,
}

impl Computer {
    fn story(name: &str, os: Os, home: &'static str) -> Computer {
        Computer { files: Home::story(name), os, home }
    }

    fn new(os: Os, home: &'static str, files: &[(&str, &str)]) -> Computer {
        let computer = Computer { files: Home::empty(), os, home };
        files.iter().for_each(|(path, text)| computer.files.write(path, text));
        computer
    }

    /// Looks at it, with these of its folders as projects and in variables.
    fn look(&self, projects: &[&str], vars: &[(&str, &str)]) -> Machine {
        let path = |path: &str| self.files.path(path).to_string_lossy().into_owned();
        Machine::look(Env {
            os: self.os,
            home: self.files.path(self.home),
            vars: vars.iter().map(|(name, folder)| ((*name).to_owned(), path(folder))).collect::<BTreeMap<_, _>>(),
            projects: projects.iter().map(|project| PathBuf::from(path(project))).collect(),
            root: self.files.root(),
            ..self.files.env()
        })
    }

    /// Every file that is there, with its client, scope and servers.
    fn found(&self, machine: &Machine) -> String {
        let root = self.files.root().to_string_lossy().into_owned();
        let mut text = String::new();
        let there = |(_, file): &(usize, &FoundFile)| !matches!(file.state, FileState::Missing);
        for (index, file) in machine.files.iter().enumerate().filter(there) {
            let readers: Vec<&str> = file.readers.iter().map(|client| client.id).collect();
            let _ = write!(text, "{}  {}  {:?}", file.shown, readers.join(" + "), file.scope);
            if !matches!(file.state, FileState::Read(_)) {
                text += "  not read";
            }
            text.push('\n');
            for server in machine.servers.iter().filter(|server| server.file.0 == index) {
                let _ = writeln!(text, "    {}", line(machine, server));
            }
        }
        text.replace(&root, "")
    }
}

fn line(machine: &Machine, server: &Server) -> String {
    let what = match &server.transport {
        Transport::Stdio(command) => {
            command.words().iter().map(|word| word.value.as_str()).collect::<Vec<_>>().join(" ")
        }
        Transport::Http { url, .. } => url.value.clone(),
        Transport::Unknown => "not readable".to_owned(),
    };
    let mut line = format!("{}: {what}", server.name);
    if server.scope != machine.files[server.file.0].scope {
        let project = server.project.as_ref().map(|project| machine.env.shown(project));
        line += &format!("  {:?} of {}", server.scope, project.unwrap_or_default());
    }
    if !server.enabled {
        line += "  off";
    }
    for over in &server.under {
        let over = &machine.servers[over.0];
        let file = &machine.files[over.file.0];
        line += &format!("  under {:?} {}", over.scope, file.shown);
    }
    line
}

#[test]
fn a_linux_computer() {
    let computer = Computer::story("clients-linux", Os::Linux, "home/ana");
    let machine = computer.look(&["home/ana/code/shop"], &[("VSCODE_PORTABLE", "opt/code/data")]);
    insta::assert_snapshot!(computer.found(&machine));
}

#[test]
fn a_mac() {
    let computer = Computer::story("clients-macos", Os::Macos, "Users/ana");
    insta::assert_snapshot!(computer.found(&computer.look(&["Users/ana/code/shop"], &[])));
}

#[test]
fn a_windows_computer() {
    let computer = Computer::story("clients-windows", Os::Windows, "Users/Ana");
    insta::assert_snapshot!(computer.found(&computer.look(&["Users/Ana/source/shop"], &[])));
}

#[test]
fn what_is_off_in_one_project_is_on_in_another() {
    let state = r#"{"mcpServers": {"a": {"command": "/a"}, "b": {"command": "/b"}},
        "projects": {"[P]/one": {"disabledMcpServers": ["a", "b"]}, "[P]/two": {"disabledMcpServers": ["b"]}}}"#;
    let computer = Computer::new(Os::Linux, "home", &[("home/.claude.json", ""), ("p/one/x", ""), ("p/two/x", "")]);
    computer.files.write("home/.claude.json", &state.replace("[P]", &computer.files.path("p").to_string_lossy()));
    let on = |projects: &[&str]| {
        let machine = computer.look(projects, &[]);
        let on = machine.servers.iter().filter(|server| server.enabled).map(|server| server.name.clone());
        on.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(on(&[]), "a b");
    assert_eq!(on(&["p/one"]), "");
    assert_eq!(on(&["p/two"]), "a");
    assert_eq!(on(&["p/one", "p/two"]), "a");
}

#[test]
fn a_plugin_may_name_files_of_its_own_with_servers() {
    let servers = |name: &str| format!(r#"{{"mcpServers": {{"{name}": {{"command": "/{name}"}}}}}}"#);
    let found = |named: &str| {
        let plugin = "home/.claude/plugins/cache/a/1.0";
        let manifest = format!(r#"{{"name": "a", "mcpServers": {named}}}"#);
        let files = [
            (format!("{plugin}/.claude-plugin/plugin.json"), manifest),
            (format!("{plugin}/config/servers.json"), servers("inner")),
            (format!("{plugin}/bare.json"), r#"{"bare": {"command": "/bare"}}"#.to_owned()),
            (format!("{plugin}/.mcp.json"), servers("usual")),
            ("home/.claude/plugins/cache/outside.json".to_owned(), servers("outside")),
        ];
        let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        let machine = Computer::new(Os::Linux, "home", &files).look(&[], &[]);
        assert!(machine.problems.is_empty(), "{named}: {:?}", machine.problems);
        let mut names: Vec<&str> = machine.servers.iter().map(|server| server.name.as_str()).collect();
        names.sort_unstable();
        names.join(" ")
    };
    for (named, servers) in [
        (r#""./config/servers.json""#, "inner usual"),
        (r#"["config/servers.json", "./bare.json", "./config/./servers.json"]"#, "bare inner usual"),
        (r#""./.mcp.json""#, "usual"),
        (r#""./missing.json""#, "usual"),
        (r#""../../outside.json""#, "usual"),
        (r#""/outside.json""#, "usual"),
        (r#"["", ".", "./"]"#, "usual"),
        (r#"{"own": {"command": "/own"}}"#, "own usual"),
    ] {
        assert_eq!(found(named), servers, "{named}");
    }
}

#[test]
fn a_setting_says_where_roo_keeps_its_file() {
    let servers = |name: &str| format!(r#"{{"mcpServers": {{"{name}": {{"command": "/{name}"}}}}}}"#);
    let usual = "home/.config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json";
    let editors = ["Code/User", "Code/User/profiles/1a2b", "VSCodium/User", "Cursor/User/profiles/x", "Windsurf/User"];
    let places = editors.map(|editor| format!("home/.config/{editor}/settings.json"));
    for place in places.iter().map(String::as_str).chain(["home/p/.vscode/settings.json"]) {
        let found = |written: &str| {
            let files = [
                (usual, servers("usual")),
                ("data/roo/settings/mcp_settings.json", servers("moved")),
                ("home/roo/settings/mcp_settings.json", servers("tilde")),
                ("home/p/roo/settings/mcp_settings.json", servers("relative")),
                (place, format!("// mine\n{{ \"roo-cline.customStoragePath\": {written}, }}")),
            ];
            let computer = Computer::new(Os::Linux, "home", &[]);
            files.iter().for_each(|(path, text)| {
                let folder = computer.files.path("data/roo").to_string_lossy().into_owned();
                computer.files.write(path, &text.replace("[ROO]", &folder));
            });
            let machine = computer.look(&["home/p"], &[]);
            let mut names: Vec<&str> = machine.servers.iter().map(|server| server.name.as_str()).collect();
            names.sort_unstable();
            assert!(machine.servers.iter().all(|server| server.client.id == "roo" && server.under.is_empty()));
            names.join(" ")
        };
        // Roo takes it as it is written.
        for (written, servers) in [
            ("\"[ROO]\"", "moved usual"),
            ("\"~/roo\"", "usual"),
            ("\"roo\"", "usual"),
            ("\"${workspaceFolder}/roo\"", "usual"),
            ("\"\"", "usual"),
            ("3", "usual"),
            ("[", "usual"),
        ] {
            assert_eq!(found(written), servers, "{place}: {written}");
        }
    }
}

#[test]
fn what_an_administrator_sets_alone_switches_off_the_rest_even_unread() {
    let own = r#"{"mcpServers": {"mine": {"command": "/mine"}}}"#;
    for managed in [r#"{"mcpServers": {}}"#, "{ broken"] {
        let files = [("home/.claude.json", own), ("etc/claude-code/managed-mcp.json", managed)];
        let machine = Computer::new(Os::Linux, "home", &files).look(&[], &[]);
        assert_eq!(machine.servers.iter().map(|server| server.enabled).collect::<Vec<_>>(), [false], "{managed}");
    }
}

#[test]
fn folders_above_a_project_are_looked_at_up_to_the_home() {
    let servers = r#"{"mcpServers": {"x": {"command": "/x"}}}"#;
    let files = [
        (".mcp.json", servers),
        ("home/.mcp.json", servers),
        ("home/a/b/.mcp.json", servers),
        ("srv/.mcp.json", servers),
        ("srv/app/keep", ""),
    ];
    let computer = Computer::new(Os::Linux, "home", &files);
    let found = |project: &str| {
        let machine = computer.look(&[project], &[]);
        let rank = |server: &Server| (machine.files[server.file.0].path.clone(), server.under.len());
        let root = computer.files.root();
        let shown =
            |(path, under): (PathBuf, usize)| format!("{} {under}", path.strip_prefix(&root).unwrap().display());
        machine.servers.iter().map(rank).map(shown).collect::<Vec<_>>()
    };
    // The nearest wins.
    assert_eq!(found("home/a/b"), ["home/.mcp.json 1", "home/a/b/.mcp.json 0"]);
    assert_eq!(found("srv/app"), [".mcp.json 1", "srv/.mcp.json 0"]);
}

#[test]
fn what_is_kept_for_a_repository_counts_in_all_of_it() {
    let state = r#"{"mcpServers": {"a": {"command": "/a"}, "b": {"command": "/b"}}, "projects": {"[R]": {
        "mcpServers": {"a": {"command": "/local"}}, "disabledMcpServers": ["b"]}}}"#;
    let project = r#"{"mcpServers": {"a": {"command": "/project"}}}"#;
    for (git, found) in
        [(true, "/a over 2, /b off, /local, /project over 1"), (false, "/a over 2, /b, /local, /project")]
    {
        let computer = Computer::new(Os::Linux, "home", &[("home/r/sub/.mcp.json", project)]);
        computer
            .files
            .write("home/.claude.json", &state.replace("[R]", &computer.files.path("home/r").to_string_lossy()));
        if git {
            computer.files.write("home/r/.git/HEAD", "ref: refs/heads/main\n");
        }
        let machine = computer.look(&["home/r/sub"], &[]);
        let shown = |server: &Server| {
            let off = if server.enabled { "" } else { " off" };
            let over = if server.under.is_empty() { String::new() } else { format!(" over {}", server.under.len()) };
            format!("{}{over}{off}", server.command().unwrap().program.value)
        };
        assert_eq!(machine.servers.iter().map(shown).collect::<Vec<_>>().join(", "), found, "git: {git}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_where_everything_is_looked_through() {
    let servers = r#"{"x": {"command": "/x"}}"#;
    let files = [("home/.claude/plugins/cache/a/.mcp.json", servers), ("elsewhere/.mcp.json", servers)];
    let computer = Computer::new(Os::Linux, "home", &files);
    let cache = computer.files.path("home/.claude/plugins/cache");
    std::os::unix::fs::symlink(&cache, cache.join("circle")).unwrap();
    std::os::unix::fs::symlink(computer.files.path("elsewhere"), cache.join("elsewhere")).unwrap();
    let machine = computer.look(&[], &[]);
    assert_eq!(machine.servers.len(), 1, "{}", computer.found(&machine));
}

#[test]
fn another_computer_is_not_asked() {
    let computer = Computer::new(Os::Windows, "Users/Ana", &[]);
    let mut env = computer.look(&[], &[]).env;
    let share = PathBuf::from(r"\\server\share\project");
    env.projects.push(share.clone());
    let machine = Machine::look(env);
    let there: Vec<&FoundFile> = machine.files.iter().filter(|file| file.path.starts_with(&share)).collect();
    assert!(there.len() > 3);
    for file in there {
        assert!(matches!(&file.state, FileState::Unreadable(problem) if problem.message.contains("another computer")));
    }
}

#[test]
fn a_file_of_several_clients_is_one_file() {
    let text = r#"{"mcpServers": {"x": {"command": "/x"}}, "servers": {"y": {"command": "/y"}}}"#;
    let computer = Computer::new(Os::Windows, "Users/Ana", &[("p/.mcp.json", text)]);
    let machine = computer.look(&["p"], &[]);
    let files = machine.files.iter().filter(|file| file.path.ends_with("p/.mcp.json")).collect::<Vec<_>>();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].client.id, "claude-code");
    assert!(files[0].readers.iter().any(|client| client.id == "visual-studio"));
}

#[test]
fn what_is_no_table_of_servers_is_said_to_be_none() {
    for (path, text, said) in [
        (".codex/config.toml", "mcp_servers = 3\n", "The servers must stand in an object here"),
        (".codex/config.toml", "[[mcp_servers]]\ncommand = \"x\"\n", "Codex refuses the whole file because of it."),
        (".copilot/mcp-config.json", r#"{ "mcpServers": [] }"#, "The servers must stand in an object here"),
        (".copilot/mcp-config.json", "{}", "\"mcpServers\" is missing; Copilot CLI refuses the whole file without it."),
        (".copilot/mcp-config.json", "", "\"mcpServers\" is missing; Copilot CLI refuses the whole file without it."),
    ] {
        let machine = Computer::new(Os::Linux, "home/ana", &[(&format!("home/ana/{path}"), text)]).look(&[], &[]);
        assert!(machine.servers.is_empty(), "{text}");
        assert_eq!(machine.problems.len(), 1, "{text}");
        assert!(machine.problems[0].message.contains(said), "{text}: {}", machine.problems[0].message);
    }
    // Most clients do without a table.
    let machine = Computer::new(Os::Linux, "home/ana", &[("home/ana/.gemini/settings.json", "{}")]).look(&[], &[]);
    assert!(machine.problems.is_empty());
}

#[test]
fn a_second_place_counts_only_without_the_first() {
    let github = ("home/ana/app/.github/mcp.json", r#"{ "mcpServers": { "second": { "command": "x" } } }"#);
    let first = ("home/ana/app/.mcp.json", r#"{ "mcpServers": { "first": { "command": "x" } } }"#);
    let names = |files: &[(&str, &str)]| {
        let machine = Computer::new(Os::Linux, "home/ana", files).look(&["home/ana/app"], &[]);
        machine.servers.iter().map(|server| server.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&[github]), ["second"]);
    assert_eq!(names(&[github, first]), ["first"]);
}

#[test]
fn two_scopes_that_do_not_mix_are_a_fault_where_the_client_refuses_it() {
    let user = ("home/ana/.codex/config.toml", "[mcp_servers.a]\ncommand = \"x\"\n");
    let look = |project: &str| {
        let project = ("home/ana/app/.codex/config.toml", project);
        Computer::new(Os::Linux, "home/ana", &[user, project]).look(&["home/ana/app"], &[]).problems
    };
    let mixed = look("[mcp_servers.a]\nurl = \"http://localhost\"\n");
    assert_eq!(mixed.len(), 1);
    assert!(mixed[0].message.contains("Codex refuses all of its files"), "{}", mixed[0].message);
    assert!(look("[mcp_servers.a]\ncommand = \"y\"\n").is_empty());
    assert!(look("[mcp_servers.b]\nurl = \"http://localhost\"\n").is_empty());
}

#[test]
fn a_list_where_servers_have_names_is_said_to_be_wrong() {
    let text = r#"{"servers": [{"name": "x", "command": "/x"}]}"#;
    let machine = Computer::new(Os::Linux, "home", &[("p/.vscode/mcp.json", text)]).look(&["p"], &[]);
    let told: Vec<String> = machine.problems.iter().map(|problem| problem.at.to_string()).collect();
    assert_eq!(told, ["/servers"]);
}

#[test]
fn an_entry_without_a_name_is_told_where_its_client_skips_it() {
    let text = r#"{ "mcpServers": { "": { "command": "x" } } }"#;
    for (path, told) in [(".copilot/mcp-config.json", 1), (".gemini/settings.json", 0)] {
        let machine = Computer::new(Os::Linux, "home/ana", &[(&format!("home/ana/{path}"), text)]).look(&[], &[]);
        assert_eq!((machine.servers.len(), machine.problems.len()), (1, told), "{path}");
    }
}
