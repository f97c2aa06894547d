//! Findings on whole clients and their fixes, through the session: how each
//! client leaves an entry out, settings that switch questions off, and the
//! scores of clients.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use homes::Home;
use warder_audit::api::{Choices, Finding, Report};
use warder_audit::finding::{Confidence, Severity};
use warder_audit::session::Session;

fn of<'a>(report: &'a Report, rule: &str) -> Vec<&'a Finding> {
    report.findings.iter().filter(|finding| finding.rule == rule).collect()
}

/// Applies the rule's only fix of this kind, and gives it back: the file is
/// `after`, the finding is gone, and undo gives the old bytes back.
#[track_caller]
fn there_and_back(home: &Home, session: &mut Session, rule: &str, kind: &str, path: &str, after: &str) {
    let before = home.read(path);
    let report = session.scan().report();
    let fix = of(&report, rule)[0].fixes.iter().find(|fix| fix.id.ends_with(kind)).unwrap();
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    assert_eq!(home.read(path), before, "a preview writes nothing");
    let change = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
    assert_eq!(home.read(path), after);
    assert!(of(&session.scan().report(), rule).is_empty(), "the finding of {rule} is still there");
    session.undo(&change.id).unwrap();
    assert_eq!(home.read(path), before);
}

#[test]
fn an_entry_goes_off_in_its_clients_own_way() {
    for (path, before, after) in [
        // A switch in the entry.
        (
            ".codeium/windsurf/mcp_config.json",
            "{\n  \"mcpServers\": {\n    \"a\": { \"command\": \"notes-mcp\" },\n    \"b\": { \"command\": \"notes-mcp\" }\n  }\n}\n",
            "{\n  \"mcpServers\": {\n    \"a\": { \"command\": \"notes-mcp\" },\n    \"b\": { \"command\": \"notes-mcp\", \"disabled\": true }\n  }\n}\n",
        ),
        // No switch: the entry goes.
        (
            ".cursor/mcp.json",
            "{\n  \"mcpServers\": {\n    // kept\n    \"a\": { \"command\": \"notes-mcp\" },\n    \"b\": { \"command\": \"notes-mcp\" }\n  }\n}\n",
            "{\n  \"mcpServers\": {\n    // kept\n    \"a\": { \"command\": \"notes-mcp\" }\n  }\n}\n",
        ),
        (
            ".codex/config.toml",
            "# kept\n[mcp_servers.a]\ncommand = \"notes-mcp\"\n\n[mcp_servers.b]\ncommand = \"notes-mcp\"\n",
            "# kept\n[mcp_servers.a]\ncommand = \"notes-mcp\"\n\n[mcp_servers.b]\ncommand = \"notes-mcp\"\nenabled = false\n",
        ),
        (
            ".config/goose/config.yaml",
            "# kept\nextensions:\n  a:\n    type: stdio\n    cmd: notes-mcp\n    enabled: true\n  b:\n    type: stdio\n    cmd: notes-mcp\n    enabled: true\n",
            "# kept\nextensions:\n  a:\n    type: stdio\n    cmd: notes-mcp\n    enabled: true\n  b:\n    type: stdio\n    cmd: notes-mcp\n    enabled: false\n",
        ),
        // Two layouts of one client, each with its own word.
        (
            ".config/opencode/opencode.json",
            "{ \"mcp\": {\n  \"a\": { \"type\": \"local\", \"command\": [\"notes-mcp\"] },\n  \"b\": { \"type\": \"local\", \"command\": [\"notes-mcp\"] }\n} }\n",
            "{ \"mcp\": {\n  \"a\": { \"type\": \"local\", \"command\": [\"notes-mcp\"] },\n  \"b\": { \"type\": \"local\", \"command\": [\"notes-mcp\"], \"enabled\": false }\n} }\n",
        ),
        (
            ".config/opencode/opencode.json",
            "{ \"mcp\": { \"servers\": {\n  \"a\": { \"type\": \"local\", \"command\": [\"notes-mcp\"] },\n  \"b\": { \"type\": \"local\", \"command\": [\"notes-mcp\"] }\n} } }\n",
            "{ \"mcp\": { \"servers\": {\n  \"a\": { \"type\": \"local\", \"command\": [\"notes-mcp\"] },\n  \"b\": { \"type\": \"local\", \"command\": [\"notes-mcp\"], \"disabled\": true }\n} } }\n",
        ),
    ] {
        let home = Home::empty();
        home.write(path, before);
        there_and_back(&home, &mut home.session(), "duplicate-server", ".off", path, after);
    }
}

#[test]
fn a_client_that_never_asks_is_made_to_ask() {
    for (path, before, after) in [
        (
            ".codex/config.toml",
            "model = \"x\"\napproval_policy = \"never\" # quick\nsandbox_mode = \"danger-full-access\"\n\n[mcp_servers.a]\ncommand = \"notes-mcp\"\n",
            "model = \"x\"\n\n[mcp_servers.a]\ncommand = \"notes-mcp\"\n",
        ),
        (
            ".claude/settings.json",
            "{\n  \"permissions\": { \"allow\": [\"Bash(ls)\"], \"defaultMode\": \"bypassPermissions\" }\n}\n",
            "{\n  \"permissions\": { \"allow\": [\"Bash(ls)\"] }\n}\n",
        ),
        (
            ".config/Code/User/settings.json",
            "{\n  // mine\n  \"editor.tabSize\": 2,\n  \"chat.tools.global.autoApprove\": true,\n}\n",
            "{\n  // mine\n  \"editor.tabSize\": 2,\n}\n",
        ),
    ] {
        let home = Home::empty();
        home.write(path, before);
        there_and_back(&home, &mut home.session(), "client-bypass-mode", ".ask", path, after);
    }
}

#[test]
fn what_an_administrator_forbids_has_no_force() {
    let home = Home::empty();
    home.write(".claude/settings.json", r#"{ "permissions": { "defaultMode": "bypassPermissions" } }"#);
    let mut session = home.session_with(|env| env.root = env.home.join("root"));
    assert_eq!(of(&session.scan().report(), "client-bypass-mode").len(), 1);
    let managed = r#"{ "permissions": { "disableBypassPermissionsMode": "disable" } }"#;
    home.write("root/etc/claude-code/managed-settings.json", managed);
    assert!(of(&session.scan().report(), "client-bypass-mode").is_empty());
}

#[test]
fn servers_of_projects_that_start_unasked_are_weighed_by_who_said_so() {
    const ALL: &str = r#"{ "enableAllProjectMcpServers": true }"#;
    const NOTES: &str = r#"{ "mcpServers": { "notes": { "command": "notes-mcp" } } }"#;
    for (setting, project, severity) in [
        (".claude/settings.json", NOTES, Some(Severity::High)),
        (".claude/settings.json", r#"{ "mcpServers": {} }"#, Some(Severity::Medium)),
        ("app/.claude/settings.json", NOTES, Some(Severity::High)),
        ("app/.claude/settings.local.json", NOTES, Some(Severity::Medium)),
        ("app/.claude/settings.local.json", r#"{ "mcpServers": {} }"#, None),
    ] {
        let home = Home::empty();
        home.write(setting, ALL);
        home.write("app/.mcp.json", project);
        let mut session = home.session_in("app");
        let report = session.scan().report();
        let found = of(&report, "untrusted-project-config");
        assert_eq!(found.iter().map(|finding| finding.severity).next(), severity, "{setting}: {project}");
        if severity.is_some() {
            there_and_back(&home, &mut session, "untrusted-project-config", ".ask", setting, "{}");
        }
    }
}

#[test]
fn a_project_that_takes_the_name_of_the_users_server_is_found() {
    let home = Home::empty();
    home.write(".cursor/mcp.json", r#"{ "mcpServers": { "notes": { "command": "notes-mcp" } } }"#);
    let project = "{ \"mcpServers\": { \"notes\": { \"command\": \"node\", \"args\": [\"tools/notes.js\"] } } }\n";
    home.write("app/.cursor/mcp.json", project);
    let mut session = home.session_in("app");
    let report = session.scan().report();
    let [finding] = of(&report, "name-shadowing")[..] else { panic!("one finding") };
    assert_eq!((finding.severity, finding.confidence), (Severity::Medium, Confidence::Confirmed));
    assert_eq!(
        finding.message,
        "Cursor starts the server notes of ~/app/.cursor/mcp.json in place of the one in ~/.cursor/mcp.json, which is \
         another one."
    );
    there_and_back(&home, &mut session, "name-shadowing", ".off", "app/.cursor/mcp.json", "{ \"mcpServers\": {} }\n");
}

#[test]
fn one_server_in_two_clients_is_said_only_where_versions_differ() {
    let entry = |version: &str| {
        format!(r#"{{ "mcpServers": {{ "notes": {{ "command": "npx", "args": ["-y", "notes-mcp{version}"] }} }} }}"#)
    };
    for (one, two, found) in [("@1.0.0", "@1.0.0", 0), ("", "@1.0.0", 0), ("@latest", "", 0), ("@1.0.0", "@1.1.0", 1)] {
        let home = Home::empty();
        home.write(".cursor/mcp.json", &entry(one));
        home.write(".codeium/windsurf/mcp_config.json", &entry(two));
        let report = home.session().scan().report();
        assert_eq!(of(&report, "duplicate-server").len(), found, "{one} {two}");
    }
}

#[test]
fn a_client_has_a_score_of_its_own() {
    let home = Home::empty();
    let amp = |all: bool| {
        format!(
            r#"{{ "amp.dangerouslyAllowAll": {all}, "amp.mcpServers": {{ "notes": {{ "command": "notes-mcp" }} }} }}"#
        )
    };
    home.write(".config/amp/settings.json", &amp(false));
    home.write(".cursor/mcp.json", r#"{ "mcpServers": { "notes": { "command": "notes-mcp" } } }"#);
    let asks = home.session().scan().report();
    let ids: Vec<&str> = asks.clients.iter().map(|client| client.client.as_str()).collect();
    assert_eq!(ids, ["amp", "cursor"]);
    assert_eq!(asks.clients[0].score, asks.clients[1].score);
    // The same server in both counts once for the machine.
    let bands = |bands: warder_audit::api::Bands| {
        bands.trusted + bands.moderate + bands.caution + bands.warning + bands.dangerous
    };
    assert_eq!((bands(asks.bands), bands(asks.clients[0].bands), bands(asks.clients[1].bands)), (1, 1, 1));

    home.write(".config/amp/settings.json", &amp(true));
    let never = home.session().scan().report();
    assert!(never.clients[0].score.score < asks.clients[0].score.score, "the client is limited");
    assert_eq!(never.clients[1], asks.clients[1], "another client is not");
    assert_eq!(never.machine, never.clients[0].score, "the machine is");
    let scores = |report: &Report| report.servers.iter().map(|server| server.score.total.score).collect::<Vec<_>>();
    assert_eq!(scores(&never), scores(&asks), "its servers are not");
}
