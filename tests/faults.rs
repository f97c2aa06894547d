//! When something fails half way: a crash, a keychain, a client that is in the
//! way, a damaged state. No byte and no key is lost, and what is said is true.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::path::Path;
use std::sync::Arc;

use homes::{Home, Running, STORIES, answers, moved, offered};
use warder_audit::api::{Choices, Code};
use warder_audit::session::Session;
use warder_launch::vault::{Handle, MemoryVault, Secret, Vault, VaultError};

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
fn a_change_that_was_cut_off_is_still_in_the_log_and_can_be_undone() {
    let home = Home::story("cursor-token");
    let before = home.configs();
    let (id, _) = moved(&home, &mut home.session());
    home.sql("UPDATE change SET stage = 'intended'");
    let log = home.session().log().unwrap();
    assert_eq!(
        log.iter().map(|change| (change.id.as_str(), change.undone)).collect::<Vec<_>>(),
        [(id.as_str(), false)]
    );
    home.session().undo(&id).unwrap();
    assert_eq!(home.configs(), before);
    // Without a keychain nothing can be settled, but nothing is hidden either.
    home.sql("UPDATE change SET stage = 'intended'");
    let log = Session::open(home.env(), home.env().state(), Arc::new(NoVault)).log().unwrap();
    assert!(log[0].note.as_deref().unwrap_or_default().starts_with("Not finished"), "{:?}", log[0].note);
}
