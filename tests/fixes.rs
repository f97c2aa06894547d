//! Every fix on every story home: applying changes only what the fix is about,
//! applying again changes nothing, undo gives the old bytes back.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::path::Path;
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

/// A process of this name with this home; ended when dropped.
struct Running(std::process::Child);

impl Running {
    fn named(home: &Home, name: &str, its_home: &Path) -> Running {
        let program = home.path("bin").join(name);
        std::fs::create_dir_all(program.parent().unwrap()).unwrap();
        // By another process, which cannot keep it open for writing.
        assert!(std::process::Command::new("cp").args(["/bin/cat"]).arg(&program).status().unwrap().success());
        let mut command = std::process::Command::new(program);
        Running(command.env("HOME", its_home).stdin(std::process::Stdio::piped()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_client_that_writes_its_own_copy_back_must_be_closed_first() {
    let home = Home::story("claude-files");
    let before = home.configs();
    let mut session = home.session();
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    for name in ["claude-desktop", "Claude"] {
        let running = Running::named(&home, name, &home.root());
        let failure = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap_err();
        assert_eq!(failure.code, Code::ClientRuns, "{name}: {failure}");
        assert_eq!(home.configs(), before);
        drop(running);
    }
    // Somebody else's Claude, and Claude Code, have nothing to do with this file.
    let _other = Running::named(&home, "Claude", Path::new("/home/somebody"));
    let _code = Running::named(&home, "claude", &home.root());
    let change = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
    let running = Running::named(&home, "claude-desktop", &home.root());
    assert_eq!(session.undo(&change.id).unwrap_err().code, Code::ClientRuns);
    drop(running);
    session.undo(&change.id).unwrap();
    assert_eq!(home.configs(), before);
}

#[test]
fn whatever_a_crash_left_is_finished_or_taken_back() {
    // (stage found, is the config the changed one, is the change there afterwards)
    for (stage, written, done) in
        [("intended", true, true), ("intended", false, false), ("undoing", true, true), ("undoing", false, false)]
    {
        let home = Home::story("cursor-token");
        let before = home.configs();
        let mut session = home.session();
        let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
        let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
        let change = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
        home.sql(&format!("UPDATE change SET stage = '{stage}'"));
        if !written {
            before.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
        }
        let mut session = home.session();
        assert!(session.undo("no such change").is_err(), "only wakes the history");
        let log = session.log().unwrap();
        assert_eq!(log.iter().any(|row| !row.undone), done, "{stage} {written}");
        assert_eq!(home.profiles().len(), usize::from(done), "{stage} {written}");
        if done {
            session.undo(&change.id).unwrap();
        }
        assert_eq!(home.configs(), before, "{stage} {written}");
    }
}

/// A keychain in whose calls the power fails.
struct Dying {
    inner: MemoryVault,
    /// How many calls about a moved key go well.
    calls: std::sync::atomic::AtomicUsize,
}

impl Dying {
    fn live(&self, handle: &Handle) {
        use std::sync::atomic::Ordering;
        if handle.as_str().starts_with("history") {
            return;
        }
        let left = self.calls.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        assert!(left.is_ok(), "the power failed");
    }
}

impl Vault for Dying {
    fn get(&self, handle: &Handle) -> Result<Option<Secret>, VaultError> {
        self.live(handle);
        self.inner.get(handle)
    }
    fn set(&self, handle: &Handle, secret: &Secret) -> Result<(), VaultError> {
        self.live(handle);
        self.inner.set(handle, secret)
    }
    fn delete(&self, handle: &Handle) -> Result<(), VaultError> {
        self.inner.delete(handle)
    }
}

#[test]
fn a_power_cut_while_a_key_is_stored_loses_nothing() {
    for calls in 0..2 {
        let home = Home::story("cursor-token");
        let before = home.configs();
        let vault = Arc::new(Dying { inner: MemoryVault::default(), calls: calls.into() });
        let mut session = Session::open(home.env(), home.env().state(), vault.clone());
        let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
        let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
        let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            session.apply(&fix.id, &Choices::default(), &seen, false).map(drop)
        }));
        assert!(died.is_err());
        drop(session);
        assert_eq!(home.configs(), before);
        vault.calls.store(100, std::sync::atomic::Ordering::SeqCst);
        let mut session = Session::open(home.env(), home.env().state(), vault);
        let change = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
        assert_eq!(session.log().unwrap().len(), 1, "the dead attempt is gone");
        session.undo(&change.id).unwrap();
        assert_eq!(home.configs(), before);
    }
}

/// Applies the first keychain fix; gives the change and its key's reference.
fn moved(home: &Home, session: &mut Session) -> (String, String) {
    let fix = offered(session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    let change = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
    let text = home.read(".cursor/mcp.json");
    let start = text.find("keychain:").unwrap();
    (change.id, text[start..].split('"').next().unwrap().to_owned())
}

#[test]
fn a_crash_loses_no_key_that_the_config_still_refers_to() {
    let home = Home::story("cursor-token");
    let (id, reference) = moved(&home, &mut home.session());
    let written = home.read(".cursor/mcp.json");
    home.sql("UPDATE change SET stage = 'intended'");
    // Cut off before it was marked, and then the file is away for a while.
    std::fs::rename(home.path(".cursor/mcp.json"), home.path("away")).unwrap();
    assert!(home.session().undo("nothing").is_err());
    std::fs::rename(home.path("away"), home.path(".cursor/mcp.json")).unwrap();
    assert_eq!(home.profiles().len(), 1, "the profile is kept");
    // And somebody else changes the entry.
    let edited = written.replacen("\"command\":", "\"note\": 1, \"command\":", 1);
    assert_ne!(edited, written);
    home.write(".cursor/mcp.json", &edited);
    assert!(home.session().undo("nothing").is_err());
    assert_eq!(home.profiles().len(), 1, "the profile is kept");
    assert!(home.keeps(&reference), "the key is kept");
    // With the edit gone it can be undone as ever.
    home.write(".cursor/mcp.json", &written);
    home.session().undo(&id).unwrap();
    assert!(!home.keeps(&reference));
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
fn a_lost_or_damaged_profile_does_not_stand_in_the_way_of_undo() {
    for damage in [|path: &Path| std::fs::remove_file(path).unwrap(), |path: &Path| std::fs::write(path, "{").unwrap()]
    {
        let home = Home::story("cursor-token");
        let before = home.configs();
        let (id, _) = moved(&home, &mut home.session());
        damage(&home.profiles()[0]);
        home.session().undo(&id).unwrap();
        assert_eq!(home.configs(), before);
        assert!(home.profiles().is_empty());
    }
}

#[test]
fn no_new_id_is_made_while_keys_hang_on_the_old_one() {
    let home = Home::story("cursor-token");
    let (change, _) = moved(&home, &mut home.session());
    let id = home.read(".warder/id");
    for damage in [None, Some("damaged")] {
        std::fs::remove_file(home.path(".warder/id")).unwrap();
        if let Some(text) = damage {
            home.write(".warder/id", text);
        }
        let failure = home.session().undo(&change).unwrap_err();
        assert!(failure.message.contains(".warder/id"), "{failure}");
        assert_eq!(std::fs::read_to_string(home.path(".warder/id")).ok().as_deref(), damage);
        home.write(".warder/id", &id);
    }
    home.session().undo(&change).unwrap();
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
        network: None,
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
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let failure = session.preview(&fix.id, &Choices::default()).unwrap_err();
    assert!(failure.message.contains("leads out"), "{failure}");
    assert_eq!(home.read("elsewhere/mcp.json"), entry);
}
