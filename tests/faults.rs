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

/// What a keychain does wrong with a key, after the history's own was kept.
enum Wrong {
    /// Storing it fails so.
    Refuses(fn() -> VaultError),
    /// It is stored, and cannot be read back.
    Hides(fn() -> VaultError),
    /// Another value is read back, or none.
    Alters(Option<&'static str>),
}

struct Breaking {
    inner: MemoryVault,
    wrong: Wrong,
}

fn is_historys(handle: &Handle) -> bool {
    handle.as_str().starts_with("history")
}

impl Vault for Breaking {
    fn get(&self, handle: &Handle) -> Result<Option<Secret>, VaultError> {
        match self.wrong {
            _ if is_historys(handle) => self.inner.get(handle),
            Wrong::Hides(error) => Err(error()),
            Wrong::Alters(value) => Ok(value.map(Secret::new)),
            Wrong::Refuses(_) => self.inner.get(handle),
        }
    }
    fn set(&self, handle: &Handle, secret: &Secret) -> Result<(), VaultError> {
        match self.wrong {
            Wrong::Refuses(error) if !is_historys(handle) => Err(error()),
            _ => self.inner.set(handle, secret),
        }
    }
    fn delete(&self, handle: &Handle) -> Result<(), VaultError> {
        self.inner.delete(handle)
    }
}

#[test]
fn a_keychain_that_fails_half_way_changes_nothing_and_says_what_to_do() {
    let unavailable = || VaultError::Unavailable(None);
    let locked = || VaultError::Locked;
    let temporary = || VaultError::Temporary;
    let long = || VaultError::TooLong;
    for (wrong, why, remedy) in [
        (Wrong::Refuses(unavailable), "no keychain answers", "Start"),
        (Wrong::Refuses(locked), "is locked", "Unlock it"),
        (Wrong::Refuses(temporary), "forgets everything at log-out", "the default one"),
        (Wrong::Refuses(long), "too long", "stays where it is"),
        (Wrong::Hides(locked), "is locked", "Unlock it"),
        (Wrong::Hides(unavailable), "no keychain answers", "Start"),
        (Wrong::Alters(Some("another")), "did not give back", "another keychain"),
        (Wrong::Alters(None), "did not give back", "another keychain"),
    ] {
        let home = Home::story("cursor-token");
        let before = home.configs();
        let vault = Arc::new(Breaking { inner: MemoryVault::default(), wrong });
        let mut session = Session::open(home.env(), home.env().state(), vault);
        let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
        let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
        let failure = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap_err();
        assert_eq!(failure.code, Code::NoKeychain);
        assert!(failure.message.contains("nothing was changed") && failure.message.contains(why), "{failure}");
        let hint = failure.hint.unwrap_or_default();
        assert!(hint.contains(remedy), "{why}: {hint}");
        assert_eq!(home.configs(), before);
        assert!(home.profiles().is_empty());
        assert!(session.log().unwrap().is_empty());
    }
}

/// A keychain that locks itself once a key was moved.
#[derive(Default)]
struct Locking {
    inner: MemoryVault,
    locked: std::sync::atomic::AtomicBool,
}

impl Vault for Locking {
    fn get(&self, handle: &Handle) -> Result<Option<Secret>, VaultError> {
        self.inner.get(handle)
    }
    fn set(&self, handle: &Handle, secret: &Secret) -> Result<(), VaultError> {
        self.inner.set(handle, secret)
    }
    fn delete(&self, handle: &Handle) -> Result<(), VaultError> {
        match self.locked.load(std::sync::atomic::Ordering::SeqCst) {
            true => Err(VaultError::Locked),
            false => self.inner.delete(handle),
        }
    }
}

#[test]
fn an_undo_whose_key_cannot_be_deleted_says_so_and_is_finished_later() {
    let home = Home::story("cursor-token");
    let before = home.configs();
    let vault = Arc::new(Locking::default());
    let mut session = Session::open(home.env(), home.env().state(), vault.clone());
    let (id, reference) = moved(&home, &mut session);
    vault.locked.store(true, std::sync::atomic::Ordering::SeqCst);
    let failure = session.undo(&id).unwrap_err();
    assert!(failure.message.contains("the config is as it was, but its key is still in the keychain"), "{failure}");
    assert_eq!(home.configs(), before);
    vault.locked.store(false, std::sync::atomic::Ordering::SeqCst);
    assert!(session.log().unwrap().iter().all(|change| change.undone));
    let handle: Handle = serde_json::from_value(reference.strip_prefix("keychain:").unwrap().into()).unwrap();
    assert!(vault.get(&handle).unwrap().is_none());
}

#[test]
fn an_entry_that_another_program_puts_back_after_an_undo_is_undone_again() {
    let home = Home::story("cursor-token");
    let before = home.configs();
    let mut session = home.session();
    let (id, reference) = moved(&home, &mut session);
    let written = home.read(".cursor/mcp.json");
    session.undo(&id).unwrap();
    assert!(!home.keeps(&reference));
    assert!(session.undo(&id).unwrap_err().message.contains("undone already"));
    // The client had a copy of its own, whose key is gone from the keychain.
    home.write(".cursor/mcp.json", &written);
    session.undo(&id).unwrap();
    assert_eq!(home.configs(), before);
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
fn what_was_half_written_is_removed_and_what_is_others_stays() {
    let home = Home::story("cursor-token");
    let before = home.read(".cursor/mcp.json");
    let (id, _) = moved(&home, &mut home.session());
    // Another program wrote elsewhere in the file, and the undo was cut off while it wrote.
    let now = home.read(".cursor/mcp.json").replacen("keys by hand", "keys by program", 1);
    home.write(".cursor/mcp.json", &now);
    let back = before.replacen("keys by hand", "keys by program", 1);
    let half = |text: &str| text[..text.len() / 2].to_owned();
    for (name, text) in [
        ("1", String::new()),
        ("2", half(&before)),
        ("3", before),
        ("4", half(&back)),
        ("5", back.clone()),
        ("6", "theirs".to_owned()),
    ] {
        home.write(&format!(".cursor/.warder-{name}.tmp"), &text);
    }
    home.sql("UPDATE change SET stage = 'undoing'");
    assert!(!home.session().log().unwrap()[0].undone);
    let left = || {
        let entries = std::fs::read_dir(home.path(".cursor")).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(left(), [".warder-6.tmp", "mcp.json"]);
    home.session().undo(&id).unwrap();
    assert_eq!(home.read(".cursor/mcp.json"), back);
    // Cut off a moment later, with what was displaced still there.
    home.write(".cursor/.warder-7.tmp", &now);
    home.sql("UPDATE change SET stage = 'undoing'");
    assert!(home.session().log().unwrap()[0].undone);
    assert_eq!(left(), [".warder-6.tmp", "mcp.json"]);
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
