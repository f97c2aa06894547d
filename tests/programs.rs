//! Programs and scripts as they lie on the disk: what is found of them through
//! the front door, and the fixes that need that.
#![expect(clippy::unwrap_used, reason = "tests")]
#![cfg(unix)]

mod homes;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use homes::{Home, apply};
use warder_audit::api::{Choices, Fix, Report};
use warder_audit::finding::Safety;
use warder_audit::session::Session;

/// A program that anybody may start; `mode` of its file.
fn program(home: &Home, path: &str, text: &str) {
    home.write(path, text);
    mode(home, path, 0o755);
}

fn mode(home: &Home, path: &str, mode: u32) {
    fs::set_permissions(home.path(path), fs::Permissions::from_mode(mode)).unwrap();
}

/// A session whose `PATH` has these folders of the home alone.
fn session(home: &Home, folders: &[&str]) -> Session {
    let path = folders.iter().map(|folder| home.path(folder).to_string_lossy().into_owned()).collect::<Vec<_>>();
    home.session_with(|env| drop(env.vars.insert("PATH".to_owned(), path.join(":"))))
}

fn found(report: &Report, rule: &str) -> usize {
    report.findings.iter().filter(|finding| finding.rule == rule).count()
}

/// The only fix of a rule that Warder can do itself.
fn fix(report: &Report, rule: &str) -> Option<Fix> {
    let finding = report.findings.iter().find(|finding| finding.rule == rule)?;
    finding.fixes.iter().find(|fix| fix.safety != Safety::Manual).cloned()
}

/// There with the fix, and back.
fn there_and_back(home: &Home, session: &mut Session, rule: &str, expected: &str) {
    let before = home.read(".cursor/mcp.json");
    let fix = fix(&session.scan().report(), rule).unwrap_or_else(|| panic!("{rule}"));
    let change = apply(session, &fix, &Choices::default());
    assert_eq!(home.read(".cursor/mcp.json"), expected);
    assert_eq!(found(&session.scan().report(), rule), 0, "{rule}");
    session.undo(&change).unwrap();
    assert_eq!(home.read(".cursor/mcp.json"), before);
}

#[test]
fn a_program_that_is_only_elsewhere_gets_its_whole_path() {
    let home = Home::empty();
    home.write("bin/other", "");
    program(&home, ".local/bin/mcp-of-a-test", "\u{7f}ELF");
    let before = "{ \"mcpServers\": { \"a\": { \"command\": \"mcp-of-a-test\", \"args\": [\"x\"] } } }\n";
    home.write(".cursor/mcp.json", before);
    let mut session = session(&home, &["bin"]);
    let path = home.path(".local/bin/mcp-of-a-test").to_string_lossy().into_owned();
    let after = before.replace("mcp-of-a-test", &path);
    assert_eq!(fix(&session.scan().report(), "missing-command").unwrap().safety, Safety::Safe);
    there_and_back(&home, &mut session, "missing-command", &after);
    // Two that can be meant: nobody guesses.
    program(&home, ".cargo/bin/mcp-of-a-test", "\u{7f}ELF");
    assert!(fix(&session.scan().report(), "missing-command").is_none());
}

#[test]
fn a_program_behind_an_open_folder_gets_its_whole_path() {
    let home = Home::empty();
    home.write("open/x", "");
    mode(&home, "open", 0o777);
    program(&home, "bin/mcp-of-a-test", "");
    let before = "{\n  \"mcpServers\": { \"a\": { \"command\": \"mcp-of-a-test\" } }\n}\n";
    home.write(".cursor/mcp.json", before);
    let mut session = session(&home, &["open", "bin"]);
    let path = home.path("bin/mcp-of-a-test").to_string_lossy().into_owned();
    let report = &session.scan().report();
    assert_eq!(fix(report, "path-hijack").unwrap().safety, Safety::Review);
    let fix = fix(report, "path-hijack").unwrap();
    let change = apply(&mut session, &fix, &Choices::default());
    assert!(home.read(".cursor/mcp.json").contains(&format!("\"command\": \"{path}\"")));
    assert_eq!(found(&session.scan().report(), "path-hijack"), 0);
    session.undo(&change).unwrap();
    assert_eq!(home.read(".cursor/mcp.json"), before);
}

#[test]
fn an_open_folder_above_a_script_is_found_until_it_is_closed() {
    let home = Home::empty();
    program(&home, "bin/node", "");
    home.write("srv/app/server.js", "console.log(1)\n");
    home.write(
        ".cursor/mcp.json",
        &format!(
            r#"{{ "mcpServers": {{ "a": {{ "command": "node", "args": ["{}"] }} }} }}"#,
            home.path("srv/app/server.js").display()
        ),
    );
    let mut session = session(&home, &["bin"]);
    assert_eq!(found(&session.scan().report(), "writable-script"), 0);
    mode(&home, "srv", 0o777);
    let report = &session.scan().report();
    let finding = report.findings.iter().find(|finding| finding.rule == "writable-script").unwrap();
    assert!(finding.message.contains("~/srv,"), "{}", finding.message);
    mode(&home, "srv", 0o755);
    assert_eq!(found(&session.scan().report(), "writable-script"), 0);
}

#[test]
fn a_missing_script_is_found_and_a_risky_one_is() {
    let home = Home::empty();
    program(&home, "bin/node", "");
    let script = home.path("srv/server.js");
    home.write(
        ".cursor/mcp.json",
        &format!(r#"{{ "mcpServers": {{ "a": {{ "command": "node", "args": ["{}"] }} }} }}"#, script.display()),
    );
    let mut session = session(&home, &["bin"]);
    assert_eq!(found(&session.scan().report(), "missing-command"), 1);
    home.write("srv/server.js", "exec(`git log ${args.branch}`)\n");
    let report = &session.scan().report();
    assert_eq!((found(report, "missing-command"), found(report, "risky-local-code")), (0, 1));
}

/// Every script file of the real servers in `tests/servers`, and of the story homes.
fn honest() -> Vec<std::path::PathBuf> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests");
    let modules = tests.join("servers/node_modules/@modelcontextprotocol");
    assert!(modules.is_dir(), "the test servers are not installed: run `npm ci` in tests/servers");
    let mut left = vec![modules, tests.join("homes")];
    let mut scripts = Vec::new();
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|end| end == "js" || end == "py" || end == "mjs") {
                scripts.push(path.canonicalize().unwrap());
            }
        }
    }
    scripts
}

#[test]
fn honest_servers_hold_no_risky_code() {
    let home = Home::empty();
    program(&home, "bin/node", "");
    let scripts = honest();
    assert!(scripts.len() > 20, "only {} scripts", scripts.len());
    let entry = |(at, path): (usize, &std::path::PathBuf)| {
        format!(r#""s{at}": {{ "command": "node", "args": ["{}"] }}"#, path.display())
    };
    let entries = scripts.iter().enumerate().map(entry).collect::<Vec<_>>().join(",");
    home.write(".cursor/mcp.json", &format!(r#"{{ "mcpServers": {{ {entries} }} }}"#));
    let mut session = session(&home, &["bin"]);
    let report = &session.scan().report();
    let risky = report.findings.iter().filter(|finding| finding.rule == "risky-local-code");
    assert_eq!(risky.map(|finding| finding.message.as_str()).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn windows_takes_the_batch_file_and_no_line_break_goes_through_it() {
    for (args, works) in [("x", true), ("a \"b\" %PATH% & c", true), ("a\nb", false), ("a\rb", false)] {
        let home = Home::empty();
        for name in ["npx", "npx.cmd"] {
            program(&home, &format!("bin/{name}"), "");
        }
        let env = serde_json::json!({ "GITHUB_TOKEN": "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN" });
        let entry = serde_json::json!({ "command": "npx", "args": ["-y", "some-pkg@1.0.0", args], "env": env });
        home.write(".cursor/mcp.json", &serde_json::json!({ "mcpServers": { "x": entry } }).to_string());
        let mut session = home.session_with(|env| {
            env.os = warder_audit::clients::Os::Windows;
            env.vars.insert("PATH".to_owned(), home.path("bin").to_string_lossy().into_owned());
        });
        let keychain = homes::fix(&mut session, "keychain").unwrap();
        let chosen = Choices::default();
        let seen = session.preview(&keychain.id, &chosen);
        match seen.and_then(|seen| session.apply(&keychain.id, &chosen, &seen.seen, false)) {
            Ok(_) => {
                assert!(works, "{args:?}");
                let profile = std::fs::read_to_string(&home.profiles()[0]).unwrap();
                assert!(profile.contains("bin/npx.cmd\""), "{profile}");
            }
            Err(failure) => assert!(!works && failure.message.contains("batch file"), "{args:?}: {failure}"),
        }
    }
}

#[test]
fn no_local_script_is_trusted_by_what_was_read_of_it() {
    let home = Home::empty();
    program(&home, "bin/node", "#!/bin/sh\n");
    home.write("x/whole.js", "process.stdin.resume();\n");
    home.write("x/more.js", "require('./lib');\n");
    for name in ["x/whole.js", "x/more.js"] {
        mode(&home, name, 0o600);
    }
    let entry = |name: &str| {
        let path = home.path(name).to_string_lossy().into_owned();
        format!(r#""{}": {{ "command": "{}", "args": ["{path}"] }}"#, &name[2..], home.path("bin/node").display())
    };
    let all = [entry("x/whole.js"), entry("x/more.js"), entry("x/none.js")].join(", ");
    // Of this client it is known which tools run unasked.
    home.write(".config/Code/User/mcp.json", &format!(r#"{{ "servers": {{ {all} }} }}"#));
    home.write(".config/Code/User/settings.json", "{}");
    let report = session(&home, &["bin"]).scan().report();
    assert_eq!(report.servers.len(), 3);
    for server in &report.servers {
        let score = &server.score;
        assert!(score.total.score.unwrap() < 80, "{}: {:?}", server.name, score.total);
        let unseen = score.deductions.iter().find(|one| one.finding.is_none()).unwrap();
        assert!(unseen.label.contains("what its files hold at the next start"), "{}", unseen.label);
    }
}
