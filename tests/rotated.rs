//! A key that is replaced is never lost: whatever the keychain does, and wherever it is cut off.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use homes::{Home, moved};
use warder_audit::api::{Code, Protection};
use warder_audit::session::Session;
use warder_launch::vault::{Handle, MemoryVault, Secret, Vault, VaultError};

const NEW: &str = "ghp_A9x2LmQ4vTz7Rp1RtY4wZb6Hc1Md5Fg0Bq7K";

fn replace(session: &mut Session, key: &str) -> String {
    let offered = session.offer_key(key, NEW).unwrap();
    assert_eq!((offered.length, offered.same), (NEW.len(), false));
    session.replace_key(&offered.offer).unwrap().id
}

fn titles(session: &mut Session) -> Vec<(String, bool)> {
    session.log().unwrap().into_iter().map(|change| (change.title, change.undone)).collect()
}

#[test]
fn a_replacement_that_was_cut_off_is_finished_or_forgotten() {
    let home = Home::story("cursor-token");
    let mut session = home.session();
    let (_, reference) = moved(&home, &mut session);
    let old = home.kept(&reference).unwrap();
    let item = reference.strip_prefix("keychain:").unwrap();
    let change = replace(&mut session, item);
    assert_eq!((home.kept(&reference).as_deref(), home.items()), (Some(NEW), 1), "no spare item stays");
    // The new one is there: it counts, however far the history came.
    for stage in ["intended", "undoing"] {
        home.sql(&format!("UPDATE change SET stage = '{stage}' WHERE id = '{change}'"));
        let mut session = home.session();
        assert!(!titles(&mut session)[0].1, "{stage}");
        assert_eq!(home.kept(&reference).as_deref(), Some(NEW), "{stage}");
        assert!(session.reminders().unwrap()[0].done, "{stage}");
    }
    // Taken back, and cut off before that was marked.
    session.undo(&change).unwrap();
    assert_eq!(home.kept(&reference), Some(old.clone()));
    assert!(!session.reminders().unwrap()[0].done);
    home.sql(&format!("UPDATE change SET stage = 'undoing' WHERE id = '{change}'"));
    assert!(titles(&mut home.session())[0].1);
    // The old one is there: nothing happened.
    home.sql(&format!("UPDATE change SET stage = 'intended' WHERE id = '{change}'"));
    assert_eq!(titles(&mut home.session()).len(), 1);
    assert_eq!(home.kept(&reference), Some(old.clone()));
    assert!(!home.holds(".warder", NEW) && !home.holds(".warder", &old));
}

#[test]
fn only_what_was_shown_is_put_in() {
    let home = Home::story("cursor-token");
    let mut session = home.session();
    let (_, reference) = moved(&home, &mut session);
    let item = reference.strip_prefix("keychain:").unwrap();
    let first = session.offer_key(item, NEW).unwrap();
    let second = session.offer_key(item, "ghp_B9x2LmQ4vTz7Rp1RtY4wZb6Hc1Md5Fg0Bq7K").unwrap();
    assert_eq!(session.replace_key(&first.offer).unwrap_err().code, Code::Unknown);
    assert_eq!(session.replace_key(&second.offer).unwrap_err().code, Code::Unknown, "a wrong yes ends the question");
    let offered = session.offer_key(item, NEW).unwrap();
    session.drop_key();
    assert_eq!(session.replace_key(&offered.offer).unwrap_err().code, Code::Unknown);
    // Another Warder was faster.
    let offered = session.offer_key(item, "ghp_B9x2LmQ4vTz7Rp1RtY4wZb6Hc1Md5Fg0Bq7K").unwrap();
    let change = replace(&mut home.session(), item);
    assert_eq!(session.replace_key(&offered.offer).unwrap_err().code, Code::Stale);
    assert_eq!(home.kept(&reference).as_deref(), Some(NEW));
    // The first of two is taken back after the second only.
    let offered = session.offer_key(item, "ghp_B9x2LmQ4vTz7Rp1RtY4wZb6Hc1Md5Fg0Bq7K").unwrap();
    let later = session.replace_key(&offered.offer).unwrap();
    assert_eq!(session.undo(&change).unwrap_err().code, Code::Conflict);
    session.undo(&later.id).unwrap();
    session.undo(&change).unwrap();
}

/// Takes so many values, then refuses.
struct Flaky {
    vault: MemoryVault,
    left: AtomicUsize,
}

impl Vault for Flaky {
    fn get(&self, handle: &Handle) -> Result<Option<Secret>, VaultError> {
        self.vault.get(handle)
    }
    fn set(&self, handle: &Handle, secret: &Secret) -> Result<(), VaultError> {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        left.map_err(|_| VaultError::Locked)?;
        self.vault.set(handle, secret)
    }
    fn delete(&self, handle: &Handle) -> Result<(), VaultError> {
        self.vault.delete(handle)
    }
}

#[test]
fn a_keychain_that_refuses_costs_no_key() {
    let home = Home::story("cursor-token");
    let flaky = Arc::new(Flaky { vault: MemoryVault::default(), left: AtomicUsize::new(100) });
    let mut session = Session::open(home.env(), home.env().state(), flaky.clone());
    let (_, reference) = moved(&home, &mut session);
    let item = reference.strip_prefix("keychain:").unwrap();
    let handle: Handle = serde_json::from_value(item.into()).unwrap();
    let value = || flaky.vault.get(&handle).unwrap().unwrap().expose().to_owned();
    let (old, before) = (value(), flaky.vault.handles());
    let offered = session.offer_key(item, NEW).unwrap();
    for left in [0, 1] {
        flaky.left.store(left, Ordering::SeqCst);
        let failure = session.replace_key(&offered.offer).unwrap_err();
        assert_eq!(failure.code, Code::NoKeychain, "{failure}");
        assert_eq!((value(), flaky.vault.handles()), (old.clone(), before.clone()), "after {left}");
        assert_eq!(session.log().unwrap().len(), 1, "nothing is told that was not done");
    }
    // Once it is open, the same yes counts.
    flaky.left.store(100, Ordering::SeqCst);
    session.replace_key(&offered.offer).unwrap();
    assert_eq!((value().as_str(), flaky.vault.handles()), (NEW, before));
}

#[test]
fn a_move_whose_key_was_replaced_names_both_ways_back() {
    let home = Home::story("cursor-token");
    let mut session = home.session();
    let (moving, reference) = moved(&home, &mut session);
    let item = reference.strip_prefix("keychain:").unwrap();
    let first = replace(&mut session, item);
    let servers = session.scan().report().servers;
    let server = servers.iter().find(|one| one.protection == Protection::Keychain).unwrap().id.clone();
    let blocked = |session: &mut Session| {
        let all = session.blocked().unwrap().into_iter();
        all.map(|one| (one.change, one.first, one.restore)).collect::<Vec<_>>()
    };
    // The replacement itself can be taken back: no file is in its way.
    assert_eq!(blocked(&mut session), [(moving.clone(), Some(first.clone()), Some(server.clone()))]);

    // As it was, with the new key.
    let done = session.restore(std::slice::from_ref(&server)).unwrap();
    assert!(done.iter().all(|one| one.failure.is_none()), "{done:?}");
    assert!(home.holds(".cursor", NEW));
    let now = blocked(&mut session);
    assert!(now.iter().all(|(_, first, restore)| first.is_some() && restore.is_none()), "{now:?}");

    // And without it: first the restoring, then the replacement, then the move.
    let newest = session.log().unwrap()[0].id.clone();
    session.undo(&newest).unwrap();
    session.undo(&first).unwrap();
    assert!(blocked(&mut session).is_empty());
    session.undo(&moving).unwrap();
}
