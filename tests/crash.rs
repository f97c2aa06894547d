//! Whatever happens in the middle of a change (the power fails, a call fails,
//! the disk is full, another program writes), the config is the old one with
//! its key or the new one whose key is in the keychain, and the next start
//! knows which.
//!
//! The real `warder` beside a real keyring, ended or hindered at each of its
//! calls that change something. `WARDER_CRASH_POINTS=all` takes every one of
//! them; without it a part, evenly chosen.
#![cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
#![expect(clippy::unwrap_used, reason = "tests")]

#[allow(dead_code, reason = "who calls does not matter here")]
#[path = "crash/trace.rs"]
mod trace;
#[path = "crash/world.rs"]
mod world;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use nix::errno::Errno;
use trace::{Call, Then};
use world::{CONFIG, MOVE, Side, TOKEN, UNDO, World, beside_keyring, chosen, said, tell};

/// A change to be cut off.
struct Scene {
    name: &'static str,
    fix: &'static [&'static str],
    /// Whether the fix is done already, and it is the undo that is cut off.
    undo: bool,
}

const FENCE: &[&str] = &["fix", "--rule", "unsandboxed-server", "--yes"];
const CLOSE: &[&str] = &["fix", "--rule", "secret-file-permissions", "--yes"];

impl Scene {
    fn act(&self) -> &'static [&'static str] {
        if self.undo { UNDO } else { self.fix }
    }

    fn world(&self) -> World {
        let world = World::new();
        if self.undo {
            world.done(self.fix);
        }
        world
    }

    /// The calls of a run that nothing happens to.
    fn calls(&self) -> Vec<Call> {
        let world = self.world();
        let mut calls = Vec::new();
        let output = world.traced(self.act(), |call| {
            if !call.made {
                calls.push(call.clone());
            }
            Then::Go
        });
        assert!(output.status.success(), "{}: {}", self.name, said(&output));
        assert!(calls.len() > 10, "{calls:?}");
        calls
    }
}

/// Ends the change at one point after the other, looks, and ends it well.
fn survives(scene: &Scene, kind: &str, then: impl Fn(&Call, &Call) -> Then, both: bool) {
    let calls = scene.calls();
    let sides = if both { &[false, true][..] } else { &[false] };
    let points: Vec<Call> =
        calls.iter().flat_map(|call| sides.iter().map(|made| Call { made: *made, ..call.clone() })).collect();
    let chosen = chosen(&points);
    let wanted = if scene.undo { Side::Old } else { Side::New };
    let mut after = [0, 0];
    for point in &chosen {
        let world = scene.world();
        let output = world.traced(scene.act(), |call| then(point, call));
        let side = world.settled();
        assert!(world.warder(&["scan"]).status.code().is_some_and(|code| code < 2));
        let at = format!("{} {kind} {} {point:?}: {}", scene.name, output.status, said(&output));
        if output.status.success() {
            assert_eq!(side, wanted, "said to be done: {at}");
        } else if output.status.code().is_some() && side == wanted {
            // What failed was not asked for, and it is said that it was done, or that this is not known yet.
            let told = at.contains("done all the same") || at.contains("is settled when Warder starts again");
            assert!(told, "said to be not done: {at}");
        }
        after[usize::from(side == Side::New)] += 1;
        // It can be done again, and undone.
        if side == Side::Old {
            world.done(scene.fix);
            assert_eq!(world.settled(), Side::New, "{at}");
        }
        world.done(UNDO);
        assert_eq!(world.settled(), Side::Old, "{at}");
    }
    tell(&format!(
        "{}, {kind}: {} of {} points, {} old, {} new, 0 losses",
        scene.name,
        chosen.len(),
        points.len(),
        after[0],
        after[1]
    ));
}

/// At this very point.
fn is_at(point: &Call, call: &Call) -> bool {
    point.nth == call.nth && point.made == call.made
}

fn ended(scene: &Scene) {
    survives(scene, "killed", |point, call| if is_at(point, call) { Then::Kill } else { Then::Go }, true);
}

const MOVING: Scene = Scene { name: "a key moves", fix: MOVE, undo: false };
const MOVED: Scene = Scene { name: "a key comes back", fix: MOVE, undo: true };
const FENCING: Scene = Scene { name: "a server gets a sandbox", fix: FENCE, undo: false };
const CLOSING: Scene = Scene { name: "a file is closed to others", fix: CLOSE, undo: false };

#[test]
fn a_move_that_is_cut_off_loses_nothing() {
    if beside_keyring("a_move_that_is_cut_off_loses_nothing") {
        ended(&MOVING);
    }
}

#[test]
fn an_undo_that_is_cut_off_loses_nothing() {
    if beside_keyring("an_undo_that_is_cut_off_loses_nothing") {
        ended(&MOVED);
    }
}

#[test]
fn other_changes_that_are_cut_off_lose_nothing() {
    if beside_keyring("other_changes_that_are_cut_off_lose_nothing") {
        ended(&FENCING);
        ended(&CLOSING);
    }
}

#[test]
fn a_call_that_fails_loses_nothing() {
    if beside_keyring("a_call_that_fails_loses_nothing") {
        for scene in [&MOVING, &MOVED, &FENCING, &CLOSING] {
            survives(
                scene,
                "EIO",
                |point, call| if is_at(point, call) { Then::Fail(Errno::EIO) } else { Then::Go },
                false,
            );
        }
    }
}

/// What is full is full for all that follows.
#[test]
fn a_full_disk_loses_nothing() {
    if beside_keyring("a_full_disk_loses_nothing") {
        let needs_room = |call: &Call| {
            let name = call.name.split(' ').next().unwrap();
            !call.made && ["write", "writev", "pwrite", "create", "mkdir", "fsync", "fdatasync"].contains(&name)
        };
        let full = |point: &Call, call: &Call| {
            if call.nth >= point.nth && needs_room(call) { Then::Fail(Errno::ENOSPC) } else { Then::Go }
        };
        for scene in [&MOVING, &MOVED] {
            survives(scene, "disk full", full, false);
        }
    }
}

/// How another program writes.
#[derive(Clone, Copy, Debug)]
enum How {
    InPlace,
    Renamed,
}

impl World {
    fn overwrite(&self, how: How, text: &str) {
        let path = self.path(CONFIG);
        match how {
            How::InPlace => fs::write(path, text).unwrap(),
            How::Renamed => {
                fs::write(self.path("foreign"), text).unwrap();
                fs::rename(self.path("foreign"), path).unwrap();
            }
        }
    }
}

/// Another program, which had read the config before, writes it with a change
/// of its own, at every point: its text stays, and no key is lost.
fn overwritten(scene: &Scene, how: How) {
    let points = scene.calls();
    let chosen = chosen(&points);
    for point in &chosen {
        let world = scene.world();
        let theirs = world.config().replacen("\"demo\":", "\"other\": { \"command\": \"true\" },\n    \"demo\":", 1);
        let output = world.traced(scene.act(), |call| {
            if is_at(point, call) {
                world.overwrite(how, &theirs);
            }
            Then::Go
        });
        let at = format!("{} {how:?} {point:?}: {}", scene.name, said(&output));
        // An undo that comes after puts only its own entry back.
        let back = |text: &str| text.contains(TOKEN) && text.contains("\"other\"") && !text.contains("keychain:");
        assert!(world.config() == theirs || scene.undo && back(&world.config()), "{at}: {}", world.config());
        let log = world.log();
        for change in &log {
            if !back(&world.config()) || change["undone"] == false {
                world.done(&["undo", change["id"].as_str().unwrap()]);
            }
        }
        assert!(back(&world.config()), "{at}: {}", world.config());
        assert!(world.items().is_empty() && world.names(".warder/profiles").is_empty(), "{at}");
    }
    tell(&format!("{}, overwritten ({how:?}): {} of {} points, 0 losses", scene.name, chosen.len(), points.len()));
}

#[test]
fn what_another_program_writes_meanwhile_stays() {
    if beside_keyring("what_another_program_writes_meanwhile_stays") {
        for scene in [&MOVING, &MOVED] {
            [How::InPlace, How::Renamed].into_iter().for_each(|how| overwritten(scene, how));
        }
    }
}

#[test]
fn where_nothing_may_be_written_nothing_is_changed() {
    if !beside_keyring("where_nothing_may_be_written_nothing_is_changed") {
        return;
    }
    // A folder that takes no file, also where this runs as root.
    let world = World::new();
    let output = world.traced(MOVE, |call| {
        let ours = !call.made && call.name.starts_with("create .warder-") && call.name.ends_with(".tmp");
        if ours { Then::Fail(Errno::EACCES) } else { Then::Go }
    });
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("Permission denied"), "{}", said(&output));
    assert_eq!(world.settled(), Side::Old);
    assert!(world.log().is_empty());
    // A file that is marked so.
    fs::set_permissions(world.path(CONFIG), fs::Permissions::from_mode(0o444)).unwrap();
    let output = world.warder(MOVE);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("read-only"), "{}", said(&output));
    fs::set_permissions(world.path(CONFIG), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(world.settled(), Side::Old);
    assert!(world.log().is_empty());
}
