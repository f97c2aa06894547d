//! Every fix on every story home: applying changes only what the fix is about,
//! applying again changes nothing, undo gives the old bytes back.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::sync::Arc;

use homes::Home;
use warder_audit::api::{Choices, Code, Fix};
use warder_audit::document::{Document, Format};
use warder_audit::finding::Safety;
use warder_audit::session::Session;
use warder_launch::vault::{Handle, MemoryVault, Secret, Vault, VaultError};

/// The fixes of a home that Warder can do itself, without a network.
fn offered(session: &mut Session) -> Vec<Fix> {
    let report = session.scan().report();
    let local = |server: &Option<String>| {
        let server = report.servers.iter().find(|row| Some(&row.id) == server.as_ref());
        server.is_some_and(|server| server.package.is_none())
    };
    let findings =
        report.findings.iter().filter(|finding| finding.rule != "unsandboxed-server" || local(&finding.server));
    let fixes = findings.flat_map(|finding| finding.fixes.clone());
    fixes.filter(|fix| fix.safety != Safety::Manual).collect()
}

fn choices(home: &Home) -> Choices {
    Choices { keep: vec![home.path("code/app").to_string_lossy().into_owned()], network: None }
}

/// The choices of a fix: folders only where it asks for them.
fn answers(home: &Home, fix: &Fix) -> Choices {
    if fix.id.ends_with(".narrow") { choices(home) } else { Choices::default() }
}

const STORIES: &[&str] = &["cursor-token", "claude-files", "vscode-mixed"];

#[test]
fn every_fix_goes_there_and_back_on_every_story() {
    let mut tried = 0;
    for story in STORIES {
        let first = Home::story(story);
        for fix in offered(&mut first.session()) {
            let home = Home::story(story);
            let before = home.configs();
            let mut session = home.session();
            let preview = session
                .preview(&fix.id, &answers(&home, &fix))
                .unwrap_or_else(|why| panic!("{story} {}: {why}", fix.title));
            assert_eq!(home.configs(), before, "a preview writes nothing");
            let change = session.apply(&fix.id, &answers(&home, &fix), &preview.seen, false).unwrap();
            let after = home.configs();
            assert_eq!(after.iter().zip(&before).filter(|(a, b)| a != b).count(), 1, "one file changes");
            for (path, bytes) in &after {
                let read = Document::parse(path.as_ref(), bytes.clone(), Format::Jsonc, &[]);
                read.unwrap_or_else(|why| panic!("{story} {path}: {why}"));
            }
            // Applying again: the finding is gone, and so is its fix.
            assert!(session.preview(&fix.id, &answers(&home, &fix)).is_err(), "{story} {} is still offered", fix.id);
            assert_eq!(home.configs(), after);
            session.undo(&change.id).unwrap();
            assert_eq!(home.configs(), before, "{story} {}", fix.title);
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

/// A keychain that is not there.
struct NoVault;

impl Vault for NoVault {
    fn get(&self, _: &Handle) -> Result<Option<Secret>, VaultError> {
        Err(VaultError::Unavailable(None))
    }
    fn set(&self, _: &Handle, _: &Secret) -> Result<(), VaultError> {
        Err(VaultError::Unavailable(None))
    }
    fn delete(&self, _: &Handle) -> Result<(), VaultError> {
        Err(VaultError::Unavailable(None))
    }
}

#[test]
fn without_a_keychain_every_fix_is_refused_and_scanning_works() {
    for story in STORIES {
        let home = Home::story(story);
        let before = home.configs();
        let mut session = Session::open(home.env(), home.env().state(), Arc::new(NoVault));
        for fix in offered(&mut session) {
            let seen = session.preview(&fix.id, &answers(&home, &fix)).unwrap().seen;
            let failure = session.apply(&fix.id, &answers(&home, &fix), &seen, false).unwrap_err();
            assert_eq!(failure.code, Code::NoKeychain, "{failure}");
        }
        assert_eq!(home.configs(), before);
    }
}

/// A keychain that breaks when a key is stored, after the history's own.
#[derive(Default)]
struct Breaking(MemoryVault);

impl Vault for Breaking {
    fn get(&self, handle: &Handle) -> Result<Option<Secret>, VaultError> {
        self.0.get(handle)
    }
    fn set(&self, handle: &Handle, secret: &Secret) -> Result<(), VaultError> {
        if handle.as_str().starts_with("history") { self.0.set(handle, secret) } else { Err(VaultError::Locked) }
    }
    fn delete(&self, handle: &Handle) -> Result<(), VaultError> {
        self.0.delete(handle)
    }
}

#[test]
fn a_keychain_that_locks_half_way_changes_nothing() {
    let home = Home::story("cursor-token");
    let before = home.configs();
    let mut session = Session::open(home.env(), home.env().state(), Arc::new(Breaking::default()));
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    assert_eq!(session.apply(&fix.id, &Choices::default(), &seen, false).unwrap_err().code, Code::NoKeychain);
    assert_eq!(home.configs(), before);
    assert!(home.profiles().is_empty());
    assert!(session.log().unwrap().is_empty());
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
    let keep = |path: &str| Choices { keep: vec![path.to_owned()], network: None };
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
fn a_crash_between_the_steps_is_cleaned_up_at_the_next_start() {
    let home = Home::story("cursor-token");
    let before = home.configs();
    let mut session = home.session();
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
    // As a crash leaves it before the config is written: recorded, not marked.
    home.sql("UPDATE change SET stage = 'intended'");
    let written = home.configs();
    for (path, bytes) in &before {
        std::fs::write(path, bytes).unwrap();
    }
    let mut session = home.session();
    assert!(session.undo("nothing").is_err());
    assert!(home.profiles().is_empty(), "the half-made profile is taken back");
    assert!(session.log().unwrap().is_empty());
    assert_ne!(written, before);
}

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
