//! Where a real keychain fails: it is not there, locked, forgetful, gone; it
//! locks itself or dies in the middle of a change. Nothing is lost, the config
//! keeps its key until the keychain has it, and what is said says what to do.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![expect(clippy::unwrap_used, reason = "tests")]

#[path = "crash/trace.rs"]
#[allow(dead_code, reason = "only the messages count here")]
mod trace;
#[path = "crash/world.rs"]
mod world;

use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use trace::Then;
use world::{MOVE, Side, TOKEN, UNDO, World, beside_keyring, said, tell};

const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

/// Asks somebody on the bus; the whole answer, if there is one.
fn ask(to: &str, object: &str, method: &str, words: &[&str]) -> Option<String> {
    let mut command = Command::new("dbus-send");
    command.args(["--session", "--print-reply", &format!("--dest={to}"), object, method]).args(words);
    let output = command.output().unwrap();
    output.status.success().then(|| said(&output))
}

fn ask_keyring(object: &str, method: &str, words: &[&str]) {
    let answer = ask("org.freedesktop.secrets", object, &format!("org.freedesktop.Secret.{method}"), words);
    assert!(answer.is_some(), "{method}");
}

fn lock() {
    ask_keyring("/org/freedesktop/secrets", "Service.Lock", &[&format!("array:objpath:{LOGIN}")]);
}

/// The process that holds the keychain.
fn keyring() -> Option<Pid> {
    let method = "org.freedesktop.DBus.GetConnectionUnixProcessID";
    let answer = ask("org.freedesktop.DBus", "/", method, &["string:org.freedesktop.secrets"])?;
    let (_, id) = answer.trim().rsplit_once(' ').unwrap();
    Some(Pid::from_raw(id.parse().unwrap()))
}

/// Ends the keychain and waits until the bus knows.
fn end() {
    let Some(old) = keyring() else { return };
    let _ = kill(old, Signal::SIGKILL);
    while keyring() == Some(old) {
        std::thread::yield_now();
    }
}

fn is_open() -> bool {
    let words = ["string:org.freedesktop.Secret.Collection", "string:Locked"];
    let answer = ask("org.freedesktop.secrets", LOGIN, "org.freedesktop.DBus.Properties.Get", &words);
    answer.is_some_and(|answer| answer.contains("boolean false"))
}

/// A keychain that is open, with what the old one kept.
fn open() {
    end();
    // The bus may have started one, closed, on somebody's question.
    for _ in 0..20 {
        let mut daemon = Command::new("gnome-keyring-daemon");
        daemon.args(["--unlock", "--replace", "--components=secrets", "--daemonize"]);
        let mut daemon = daemon.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        daemon.stdin.take().unwrap().write_all(b"test-pass").unwrap();
        daemon.wait().unwrap();
        if is_open() {
            return;
        }
        end();
    }
    panic!("the keyring does not open");
}

#[track_caller]
fn assert_refused(output: &Output, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!said.contains(&TOKEN[4..24]));
}

#[test]
fn a_keychain_that_was_never_opened_is_told() {
    if !beside_keyring("a_keychain_that_was_never_opened_is_told") {
        return;
    }
    // A new one, for somebody whose password nobody gave.
    end();
    let folder = std::path::PathBuf::from(std::env::var_os("XDG_DATA_HOME").unwrap());
    fs::remove_dir_all(folder.join("keyrings")).unwrap();
    let world = World::new();
    assert_refused(&world.warder(MOVE), &["nothing was changed", "no keychain answers", "Start a Secret Service"]);
    assert_eq!(world.config(), world.before());
    assert!(world.names(".warder/profiles").is_empty() && world.log().is_empty());
}

#[test]
fn a_locked_keychain_is_told_and_nothing_is_taken_away() {
    if !beside_keyring("a_locked_keychain_is_told_and_nothing_is_taken_away") {
        return;
    }
    // Nobody is there to answer its question.
    let world = World::new();
    lock();
    assert_refused(&world.warder(MOVE), &["nothing was changed", "locked", "Unlock it"]);
    assert_eq!(world.config(), world.before());
    open();
    assert_eq!(world.settled(), Side::Old);
    world.done(MOVE);
    let moved = world.config();
    lock();
    assert_refused(&world.warder(UNDO), &["locked", "Unlock it"]);
    assert_eq!(world.config(), moved);
    assert_eq!(world.names(".warder/profiles").len(), 1);
    open();
    assert_eq!(world.settled(), Side::New);
    world.done(UNDO);
    assert_eq!(world.settled(), Side::Old);
}

#[test]
fn a_keychain_that_forgets_at_log_out_gets_no_key() {
    if !beside_keyring("a_keychain_that_forgets_at_log_out_gets_no_key") {
        return;
    }
    let session = "objpath:/org/freedesktop/secrets/collection/session";
    ask_keyring("/org/freedesktop/secrets", "Service.SetAlias", &["string:default", session]);
    let world = World::new();
    assert_refused(&world.warder(MOVE), &["nothing was changed", "forgets everything at log-out", "default one"]);
    assert_eq!(world.config(), world.before());
}

#[test]
fn a_keychain_that_is_gone_after_a_move_takes_nothing_with_it() {
    if !beside_keyring("a_keychain_that_is_gone_after_a_move_takes_nothing_with_it") {
        return;
    }
    let world = World::new();
    world.done(MOVE);
    let keyrings = std::path::PathBuf::from(std::env::var_os("XDG_DATA_HOME").unwrap()).join("keyrings");
    let kept = world.path("kept");
    end();
    fs::rename(&keyrings, &kept).unwrap();
    open();
    let (config, profiles) = (world.config(), world.names(".warder/profiles"));
    let refused = world.warder(UNDO);
    assert_refused(&refused, &["keychain"]);
    assert!(world.warder(&["scan"]).status.code().is_some_and(|code| code < 2));
    assert_eq!((world.config(), world.names(".warder/profiles")), (config, profiles));
    assert_eq!(world.log().len(), 1);
    // With the keychain back from a backup, all is as it was.
    end();
    fs::remove_dir_all(&keyrings).unwrap();
    fs::rename(&kept, &keyrings).unwrap();
    open();
    assert_eq!(world.settled(), Side::New);
    world.done(UNDO);
    assert_eq!(world.config(), world.before());
}

/// Does something to the keychain at each message that a change sends it.
fn amid(words: &[&str], prepared: bool, name: &str, happen: fn()) {
    let world = || {
        let world = World::new();
        if prepared {
            world.done(MOVE);
        }
        world
    };
    let mut messages = 0;
    let counted = world().traced(words, |call| {
        messages += usize::from(!call.made && call.name == "sendmsg to the bus");
        Then::Go
    });
    assert!(counted.status.success() && messages > 5, "{messages}: {}", said(&counted));
    let points: Vec<usize> = (0..messages).collect();
    let chosen = world::chosen(&points);
    for point in &chosen {
        let world = world();
        let mut message = 0;
        let output = world.traced(words, |call| {
            if !call.made && call.name == "sendmsg to the bus" {
                if message == *point {
                    happen();
                }
                message += 1;
            }
            Then::Go
        });
        // Before it is open again: the config has its key, or the file of the keychain has it.
        assert!(world.config().contains(TOKEN) || world.reference().is_some());
        open();
        let side = world.settled();
        let wanted = if prepared { Side::Old } else { Side::New };
        assert!(!output.status.success() || side == wanted, "{name} {point}: {}", said(&output));
        if side == Side::Old {
            world.done(MOVE);
        }
        world.done(UNDO);
        assert_eq!(world.settled(), Side::Old);
    }
    tell(&format!("a keychain that {name}: {} of {} points, 0 losses", chosen.len(), points.len()));
}

#[test]
fn a_keychain_that_dies_or_locks_in_the_middle_loses_nothing() {
    if beside_keyring("a_keychain_that_dies_or_locks_in_the_middle_loses_nothing") {
        amid(MOVE, false, "dies during a move", end);
        amid(UNDO, true, "dies during an undo", end);
        amid(MOVE, false, "locks during a move", lock);
        amid(UNDO, true, "locks during an undo", lock);
    }
}
