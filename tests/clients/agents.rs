//! Servers in front of the Markdown files of agents: hostile files, and hostile folders of them.

use std::fmt::Write;
use std::fs;

use warder_audit::clients::{Os, Writing};
use warder_audit::machine::{FileState, Machine};

use crate::Computer;

const AGENT: &str = "---\nname: a\nmcpServers:\n  - x:\n      command: /x\n---\nBody.\n";

/// What one file of an agent of the user's says: its servers and where they stand, what is wrong,
/// or nothing, where it is not listed at all.
fn said(bytes: &[u8]) -> String {
    let computer = Computer::new(Os::Linux, "home", &[("home/.claude/agents/a.md", "")]);
    fs::write(computer.files.path("home/.claude/agents/a.md"), bytes).unwrap();
    let machine = computer.look(&[], &[]);
    let mut text = String::new();
    for file in machine.files.iter().filter(|file| file.path.ends_with("a.md")) {
        match &file.state {
            FileState::Read(document) => assert_eq!(&*document.encoding.encode(&document.text), bytes),
            FileState::Missing => text += "missing",
            FileState::Invalid(problem) | FileState::Unreadable(problem) => {
                let at = problem.at.map(|at| format!("{}:{} ", at.line, at.column)).unwrap_or_default();
                let _ = write!(text, "{at}{problem}");
            }
        }
    }
    for server in &machine.servers {
        let (at, program) = (server.position, server.command().map(|command| command.program.value.as_str()));
        let _ = write!(text, "{}:{} {} {} ", at.line, at.column, server.name, program.unwrap_or_default());
    }
    for problem in &machine.problems {
        let _ = write!(text, "{}:{} {}", problem.position.line, problem.position.column, problem.message);
    }
    text.trim_end().to_owned()
}

#[test]
fn the_front_matter_is_read_as_clients_read_it() {
    let list = "mcpServers:\n  - x:\n      command: /x\n";
    for (text, found) in [
        (AGENT.to_owned(), "4:5 x /x"),
        (AGENT.replace('\n', "\r\n"), "4:5 x /x"),
        (format!("\u{feff}{AGENT}"), "4:5 x /x"),
        (format!("---  \n{list}--- \n"), "3:5 x /x"),
        (format!("---\n{list}---"), "3:5 x /x"),
        // Only names of servers that are set up elsewhere.
        ("---\nmcpServers: [a, b]\n---\n".to_owned(), ""),
        ("---\nmcpServers:\n  x: {command: /x}\n---\n".to_owned(), "3:3 x /x"),
        (
            "---\nmcpServers: [null, 3, [], {}, {x: {command: /x}, y: {command: /y}}]\n---\n".to_owned(),
            "2:32 x /x 2:50 y /y",
        ),
        ("---\nmcpServers: x\n---\n".to_owned(), "2:13 The servers must stand in an object here, each under its name."),
        // No front matter, or none that names servers.
        (String::new(), ""),
        ("# Title\n".to_owned(), ""),
        (format!("\n---\n{list}---\n"), ""),
        (format!("--- x\n{list}---\n"), ""),
        (format!("---\n{list}"), ""),
        ("---\nname: a\n---\nmcpServers:\n  - x: {command: /x}\n".to_owned(), ""),
        ("---\nname: [a\n---\n".to_owned(), ""),
        // The end of it is a line of its own, whatever stands in texts.
        (format!("---\nname: \"a --- b\"\ntext: |\n  ---\n  b\n{list}---\n"), "7:5 x /x"),
        (format!("---\n{list} ---\nBody.\n"), "3:5 x /x"),
        // Claude Code ends it at the first `---`: what it starts is seen, whatever comes behind.
        ("---\nmcpServers: [{z: {command: /z}}] #---\nmcpServers: []\n---\n".to_owned(), "2:15 z /z"),
        ("---\nmcpServers: [{z: {command: /z}}] #---\n}\n---\n".to_owned(), "2:15 z /z"),
        (
            "---\nmcpServers:\n  - z:\n      command: /z\n        ---harmless\n---\n".to_owned(),
            "5:9 readers do not agree on where this front matter ends",
        ),
        (format!("---\n{list}text: a --- b\n---\n"), "3:5 x /x"),
        // What needs quotes and has none gets them, as in Claude Code.
        (format!("---\ndescription: When: a [b, <c>: \"d\"\n{list}---\n"), "4:5 x /x"),
        (format!("---\ndescription: Grüße: €\n{list}---\n"), "4:5 x /x"),
        // Taken in from elsewhere.
        ("---\nall: &all {command: /x}\nmcpServers:\n  - x: {<<: *all}\n---\n".to_owned(), "4:5 x /x"),
        ("---\nmcp\\Servers: [{x: {command: /x}}]\n---\n".to_owned(), ""),
        ("---\n\"mcp\\x53ervers\": [{x: {command: /x}}]\n---\n".to_owned(), "2:20 x /x"),
    ] {
        assert_eq!(said(text.as_bytes()), found, "{text:?}");
    }
}

#[test]
fn what_cannot_be_read_is_said_with_its_place_in_the_whole_file() {
    for (text, found) in [
        ("---\nname: a\nmcpServers:\n\t- x: {}\n---\n", "4:2 "),
        ("---\nmcpServers: [{x: {command: /x}\n---\n", "3:1 "),
        ("---\r\nname: a\r\nmcpServers:\r\n  - a: 1\r\n  b: 2\r\n---\r\n", "5:3 "),
    ] {
        let said = said(text.as_bytes());
        assert!(said.starts_with(found), "{text:?}: {said}");
    }
    let huge = format!("---\nmcpServers:\n  - x: {{command: /x}}\ntext: {}\n---\n", "y".repeat(3 << 20));
    assert_eq!(said(huge.as_bytes()), "2:1 a YAML file of more than 2 MiB is not read");
    // What comes behind it may be as long as it likes.
    assert_eq!(said(format!("{AGENT}{}", "y".repeat(3 << 20)).as_bytes()), "4:5 x /x");
    let deep = format!("---\nmcpServers: {}\n---\n", "[".repeat(100_000));
    assert!(said(deep.as_bytes()).contains("nested more than 255"), "{}", said(deep.as_bytes()));
    let mut binary = AGENT.as_bytes().to_vec();
    binary.extend([0xff, 0xfe, 0x00]);
    assert!(said(&binary).contains("UTF-8"), "{}", said(&binary));
}

#[test]
fn entries_in_front_of_a_text_are_servers_of_their_own_and_stay_as_they_are() {
    let state = r#"{"mcpServers": {"x": {"command": "/user"}}}"#;
    let files = [("home/.claude.json", state), ("home/.claude/agents/a.md", AGENT), ("p/.claude/agents/a.md", AGENT)];
    let machine = Computer::new(Os::Linux, "home", &files).look(&["p"], &[]);
    assert_eq!(machine.servers.len(), 3);
    for server in &machine.servers {
        assert!(server.under.is_empty() && server.enabled);
        let file = &machine.files[server.file.0];
        assert_eq!(matches!(file.row.writing, Writing::Never(_)), file.path.extension().unwrap() == "md");
    }
}

fn names(machine: &Machine) -> Vec<&str> {
    machine.servers.iter().map(|server| server.name.as_str()).collect()
}

#[cfg(unix)]
#[test]
fn a_strange_folder_of_agents_holds_nobody_up() {
    use std::os::unix::fs::symlink;

    let computer = Computer::new(Os::Linux, "home", &[("home/.claude/agents/a.md", AGENT), ("else/b.md", AGENT)]);
    let agents = computer.files.path("home/.claude/agents");
    symlink(&agents, agents.join("circle")).unwrap();
    symlink(agents.join("gone"), agents.join("dangling.md")).unwrap();
    symlink(agents.join("self.md"), agents.join("self.md")).unwrap();
    // A file kept elsewhere is one of his all the same, as in folders of dotfiles.
    symlink(computer.files.path("else/b.md"), agents.join("linked.md")).unwrap();
    fs::create_dir(agents.join("folder.md")).unwrap();
    let fifo = std::process::Command::new("mkfifo").arg(agents.join("pipe.md")).status().unwrap();
    assert!(fifo.success());
    for at in 0..10_000 {
        fs::write(agents.join(format!("n{at}.md")), "---\nname: n\ndescription: none\n---\n").unwrap();
    }
    let machine = computer.look(&[], &[]);
    assert_eq!(names(&machine), ["x", "x"]);
    let found = computer.found(&machine);
    assert_eq!(
        found,
        "~/.claude/agents/a.md  claude-code  User\n    x: /x\n\
         ~/.claude/agents/linked.md  claude-code  User\n    x: /x\n\
         ~/.claude/agents/pipe.md  claude-code  User  not read\n\
         ~/.claude/agents/self.md  claude-code  User  not read\n"
    );
}
