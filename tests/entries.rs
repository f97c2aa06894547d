//! Odd entries: which of them are wrapped, how, and what is said about them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::path::Path;
use std::sync::Arc;

use homes::{Home, moved, offered};
use warder_audit::api::Choices;
use warder_audit::session::Session;
use warder_launch::vault::MemoryVault;

#[test]
fn a_key_under_a_name_that_stands_twice_is_not_moved() {
    let home = Home::empty();
    let entry =
        r#"{"command":"node","args":["/srv/x.js"],"env":{"GITHUB_TOKEN":"ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN"}}"#;
    home.write(".cursor/mcp.json", &format!("{{\"mcpServers\":{{\"x\":{entry},\"x\":{entry}}}}}"));
    let mut session = home.session();
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let failure = session.preview(&fix.id, &Choices::default()).unwrap_err();
    assert!(failure.message.contains("twice"), "{failure}");
}

#[cfg(unix)]
#[test]
fn an_entry_that_sets_its_own_path_and_home_keeps_them() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::empty();
    home.write("v18/bin/node", "#!/bin/sh\n");
    std::fs::set_permissions(home.path("v18/bin/node"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let bin = home.path("v18/bin").to_string_lossy().into_owned();
    let entry = serde_json::json!({ "command": "node", "args": ["/srv/x.js"], "env": {
        "PATH": format!("{bin}:/usr/bin"), "HOME": "/srv", "GITHUB_TOKEN": "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN" } });
    home.write(".cursor/mcp.json", &serde_json::json!({ "mcpServers": { "x": entry } }).to_string());
    let mut session = home.session();
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
    let profile = std::fs::read_to_string(&home.profiles()[0]).unwrap();
    let profile: serde_json::Value = serde_json::from_str(&profile).unwrap();
    // Its client looks for the program in the entry's PATH, not in the user's.
    assert_eq!(profile["run"]["program"], format!("{bin}/node"));
    // What the entry sets was approved as it is; the launcher hands it on.
    assert_eq!(profile["run"]["env"], serde_json::json!({}));
}

#[test]
fn no_name_of_a_config_ends_its_line() {
    let home = Home::empty();
    let entry = serde_json::json!({ "command": "/usr/bin/env", "args": ["a\nb"],
        "env": { "GITHUB_TOKEN\nDone.": "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN" } });
    home.write(".cursor/mcp.json", &serde_json::json!({ "mcpServers": { "x\n[y/N]\ty": entry } }).to_string());
    let mut session = home.session();
    let report = session.scan().report();
    assert_eq!(report.servers[0].name, "x\\n[y/N]\\ty");
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let preview = session.preview(&fix.id, &Choices::default()).unwrap();
    assert_eq!(preview.title, "Move GITHUB_TOKEN\\nDone. to the keychain");
    assert!(!preview.summary.contains('\n'), "{}", preview.summary);
    assert!(!preview.verify.unwrap().concat().contains('\n'));
    let change = session.apply(&fix.id, &Choices::default(), &preview.seen, false).unwrap();
    assert!(!session.log().unwrap()[0].title.contains('\n'), "{}", change.title);
}

#[test]
fn narrowing_leaves_no_option_without_its_folder() {
    let home = Home::empty();
    for folder in ["a", "b"] {
        home.write(&format!("{folder}/keep.txt"), "");
    }
    let (a, b) = (home.path("a"), home.path("b"));
    let keep = |dirs: &[&Path]| Choices {
        keep: dirs.iter().map(|dir| dir.to_string_lossy().into_owned()).collect(),
        ..Choices::default()
    };
    for (args, one, two) in [
        (
            serde_json::json!(["/s.js", "--root", "/", "--dir", "/"]),
            serde_json::json!(["/s.js", "--root", a, "--dir", a]),
            None,
        ),
        (
            serde_json::json!(["/s.js", "--root=/", "/"]),
            serde_json::json!(["/s.js", format!("--root={}", a.display()), a]),
            None,
        ),
        (
            serde_json::json!(["/s.js", "/", "/"]),
            serde_json::json!(["/s.js", a]),
            Some(serde_json::json!(["/s.js", a, b])),
        ),
    ] {
        for (keep, expected) in [(keep(&[&a]), Some(one)), (keep(&[&a, &b]), two)] {
            let entry = serde_json::json!({ "command": "node", "args": args });
            home.write(".cursor/mcp.json", &serde_json::json!({ "mcpServers": { "x": entry } }).to_string());
            let mut session = home.session();
            let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".narrow")).unwrap();
            let done =
                session.preview(&fix.id, &keep).and_then(|seen| session.apply(&fix.id, &keep, &seen.seen, false));
            let now: serde_json::Value = serde_json::from_str(&home.read(".cursor/mcp.json")).unwrap();
            match expected {
                Some(expected) => assert_eq!(now["mcpServers"]["x"]["args"], expected, "{args}"),
                None => assert!(done.unwrap_err().message.contains("takes one folder"), "{args}"),
            }
        }
    }
}

#[test]
fn no_key_for_code_that_depends_on_the_folder() {
    let home = Home::empty();
    for (args, works) in [
        (serde_json::json!(["-e", "require('./x')"]), false),
        (serde_json::json!(["-r", "./hook.js", "/srv/x.js"]), false),
        (serde_json::json!(["--import=./hook.mjs", "/srv/x.js"]), false),
        (serde_json::json!(["server.js"]), false),
        (serde_json::json!(["-r", "/srv/hook.js", "/srv/x.js", "./data"]), true),
    ] {
        let entry = serde_json::json!({ "command": "node", "args": args,
            "env": { "GITHUB_TOKEN": "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN" } });
        home.write(".cursor/mcp.json", &serde_json::json!({ "mcpServers": { "x": entry } }).to_string());
        let mut session = home.session();
        let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
        assert_eq!(session.preview(&fix.id, &Choices::default()).is_ok(), works, "{args}");
    }
}

#[test]
fn a_sandbox_says_which_folders_stay_open() {
    let home = Home::empty();
    home.write("srv/s.js", "");
    home.write("notes/a.txt", "");
    let entry = serde_json::json!({ "command": "node", "args": [home.path("srv/s.js"), home.path("notes")] });
    home.write(".cursor/mcp.json", &serde_json::json!({ "mcpServers": { "x": entry } }).to_string());
    let mut session = home.session();
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".sandbox")).unwrap();
    let notes = session.preview(&fix.id, &Choices::default()).unwrap().notes;
    assert!(notes.iter().any(|note| note.starts_with("It may read ~/srv")), "{notes:?}");
    assert!(notes.iter().any(|note| note.starts_with("It may write in ~/notes. ")), "{notes:?}");
}

#[test]
fn a_package_launcher_in_a_shell_line_starts_in_a_neutral_folder() {
    let home = Home::empty();
    let entry = serde_json::json!({ "command": "sh", "args": ["-c", "export A=1; npx -y some-pkg"],
        "env": { "GITHUB_TOKEN": "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN" } });
    home.write(".cursor/mcp.json", &serde_json::json!({ "mcpServers": { "x": entry } }).to_string());
    moved(&home, &mut home.session());
    let profile: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&home.profiles()[0]).unwrap()).unwrap();
    assert_eq!(profile["run"]["cwd"], "/");
}

#[test]
fn a_shown_command_has_the_words_that_are_started() {
    let shown = |args: &[&str]| {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        warder_audit::report::command_line("node", &args)
    };
    assert_eq!(shown(&["a b", "", "c"]), "node 'a b' '' c");
    assert_eq!(shown(&["a' --allow 'b"]), r"node 'a'\'' --allow '\''b'");
    assert_eq!(shown(&["'a'"]), r"node ''\''a'\'''");
}

#[test]
fn what_the_folder_decides_gets_no_key() {
    for (command, args) in
        [("make", serde_json::json!(["serve"])), ("sh", serde_json::json!(["-c", "cd sub && ./serve"]))]
    {
        let home = Home::empty();
        let env = serde_json::json!({ "GITHUB_TOKEN": "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN" });
        let entry = serde_json::json!({ "mcpServers": { "x": { "command": command, "args": args, "env": env } } });
        home.write(".cursor/mcp.json", &entry.to_string());
        let mut session = home.session();
        let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
        let failure = session.preview(&fix.id, &Choices::default()).unwrap_err();
        assert!(failure.message.contains("depends on the folder"), "{command}: {failure}");
    }
}

#[test]
fn a_project_file_that_is_a_link_out_of_its_project_is_not_changed() {
    let home = Home::empty();
    let entry = r#"{"mcpServers":{"x":{"command":"node","args":["/srv/x.js"],"env":{"GITHUB_TOKEN":"ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN"}}}}"#;
    home.write("elsewhere/mcp.json", entry);
    home.write("app/.cursor/keep", "");
    std::os::unix::fs::symlink(home.path("elsewhere/mcp.json"), home.path("app/.cursor/mcp.json")).unwrap();
    let mut env = home.env();
    env.projects.push(home.path("app"));
    let mut session = Session::open(env.clone(), env.state(), Arc::new(MemoryVault::default()));
    assert!(offered(&mut session).is_empty());
    let report = session.scan().report();
    let by_hand = report.findings.iter().flat_map(|finding| &finding.fixes).find(|fix| fix.id.ends_with(".by-hand"));
    assert!(by_hand.unwrap().steps[0].contains("leads out of its project"), "{by_hand:?}");
    assert_eq!(home.read("elsewhere/mcp.json"), entry);
}
