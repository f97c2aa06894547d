//! A fence that cannot stand starts nothing, and no other is taken in its
//! stead; and the limits inside hold.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
use warder_launch::profile::Profile;
use warder_launch::sandbox::{Engine, SandboxError, probe, usable};

use super::{World, assert_refused, err, out};

const ENGINES: [Engine; 2] = [Engine::Bubblewrap, Engine::Landlock];

/// A server that says that it ran.
fn saying(world: &World, engine: Engine) -> Profile {
    let mut profile = world.fenced("echo ran");
    profile.run.program = "/usr/bin/dash".into();
    profile.sandbox.as_mut().unwrap().engine = engine;
    profile
}

/// The entry inside another bubblewrap, with these options of it.
fn within(world: &World, profile: &Profile, options: &str) -> Output {
    let entry = world.entry(profile);
    let mut outer = Command::new("/usr/bin/bwrap");
    outer.args("--dev-bind / / --proc /proc".split(' ')).args(options.split(' ')).arg("--");
    outer.arg(entry.get_program()).args(entry.get_args()).current_dir(world.home()).output().unwrap()
}

/// What this says where the kernel knows no such calls; it takes a thread of
/// its own, because that cannot be undone.
fn without<T: Send>(calls: &[libc::c_long], ask: impl FnOnce() -> T + Send) -> T {
    let rules: BTreeMap<_, _> = calls.iter().map(|call| (*call, Vec::new())).collect();
    let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    let architecture = std::env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, unknown, architecture).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    thread::scope(|scope| {
        let asking = scope.spawn(move || {
            apply_filter(&program).unwrap();
            ask()
        });
        asking.join().unwrap()
    })
}

#[test]
fn no_other_engine_is_taken_where_bubblewrap_is_missing() {
    let world = World::new();
    let options = "--tmpfs /usr/bin --ro-bind /usr/bin/dash /usr/bin/dash";
    assert_refused(
        &within(&world, &saying(&world, Engine::Bubblewrap), options),
        "did not start demo: bubblewrap is not installed; install the package bubblewrap",
    );
    // Which would have worked.
    let output = within(&world, &saying(&world, Engine::Landlock), options);
    assert_eq!(out(&output), "ran\n", "{}", err(&output));
}

#[test]
fn an_engine_that_others_can_change_is_not_used() {
    let world = World::new();
    let planted = world.home().join("planted");
    fs::write(&planted, format!("#!/bin/sh\ntouch {}\n", world.marker().display())).unwrap();
    assert!(Command::new("chmod").arg("777").arg(&planted).status().unwrap().success());
    let options = format!("--ro-bind {} /usr/bin/bwrap", planted.display());
    let output = within(&world, &saying(&world, Engine::Bubblewrap), &options);
    assert_refused(&output, "/usr/bin/bwrap is not a program of the system's administrator");
    assert!(!world.marker().exists());
}

#[test]
fn a_system_without_user_namespaces_is_told() {
    let world = World::new();
    for (engine, works) in [(Engine::Bubblewrap, false), (Engine::Landlock, true)] {
        let entry = world.entry(&saying(&world, engine));
        let mut outer = Command::new("unshare");
        outer.args(["--user", "--map-root-user", "sh", "-c"]);
        outer.arg("echo 0 > /proc/sys/user/max_user_namespaces; exec \"$@\"").arg("sh");
        outer.arg(entry.get_program()).args(entry.get_args()).current_dir(world.home());
        let output = outer.output().unwrap();
        if works {
            assert_eq!(out(&output), "ran\n", "{}", err(&output));
        } else if fs::metadata("/usr/bin/bwrap").unwrap().uid() == rustix::process::geteuid().as_raw() {
            assert_refused(&output, "user namespaces are switched off or forbidden here");
        } else {
            // In there, an ordinary user does not even see whose program it is.
            assert_refused(&output, "did not start demo");
        }
    }
}

#[test]
fn a_kernel_without_landlock_is_told() {
    let world = World::new();
    let refusal = without(&[libc::SYS_landlock_create_ruleset], || {
        assert!(matches!(probe(Engine::Landlock), Err(SandboxError::NoLandlock { .. })));
        assert_eq!(usable().unwrap(), Engine::Bubblewrap);
        world.entry(&saying(&world, Engine::Landlock)).output().unwrap()
    });
    assert_refused(&refusal, "this kernel cannot make the sandbox: it has no Landlock, or it is switched off");
    // Rules that are made and then not taken.
    let refusal = without(&[libc::SYS_landlock_restrict_self], || {
        assert!(probe(Engine::Landlock).is_err());
        world.entry(&saying(&world, Engine::Landlock)).output().unwrap()
    });
    assert_refused(&refusal, "did not start demo: a sandbox cannot be set up here");
}

#[test]
fn a_kernel_without_the_filter_is_told() {
    let world = World::new();
    for engine in ENGINES {
        let refusal = without(&[libc::SYS_seccomp], || world.entry(&saying(&world, engine)).output().unwrap());
        assert_refused(&refusal, "did not start demo: a sandbox cannot be set up here");
    }
    assert_eq!(fs::read_dir(world.state.temporary()).unwrap().count(), 0);
}

#[test]
fn the_engine_to_propose_is_the_first_that_works() {
    assert_eq!(usable().unwrap(), Engine::Bubblewrap);
    without(&[libc::SYS_clone, libc::SYS_unshare, libc::SYS_landlock_restrict_self], || {
        // No namespaces for bubblewrap, and no rules for Landlock.
        assert!(usable().is_err());
    });
}

#[test]
fn what_is_not_there_starts_nothing() {
    let world = World::new();
    for engine in ENGINES {
        let profile = saying(&world, engine);
        let mut entry = world.entry(&profile);
        let path = world.state.profiles().join(format!("{}.json", profile.id.as_str()));
        let good = fs::read_to_string(&path).unwrap();
        let named = good.replace("\"engine\": \"bubblewrap\"", "\"engine\": \"docker\"");
        let named = named.replace("\"engine\": \"landlock\"", "\"engine\": \"none\"");
        assert_ne!(named, good);
        fs::write(&path, named).unwrap();
        assert_refused(&entry.output().unwrap(), "is damaged");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_refused(&entry.output().unwrap(), "can be changed by other users");
        fs::remove_dir(&path).unwrap();
        let mut entry = world.entry(&profile);
        fs::rename(world.project(), world.home().join("aside")).unwrap();
        let output = entry.output().unwrap();
        assert_eq!(output.status.code(), Some(125));
        assert!(err(&output).contains("its working directory is gone"), "{}", err(&output));
        let mut profile = profile;
        profile.run.cwd = None;
        assert_refused(&world.entry(&profile).output().unwrap(), "is gone or was replaced since it was approved");
        fs::rename(world.home().join("aside"), world.project()).unwrap();
        assert_eq!(out(&world.entry(&profile).output().unwrap()), "ran\n");
    }
}

/// Processes that run the launcher of this world, or name it.
fn processes(world: &World) -> usize {
    let home = world.home().to_str().unwrap().as_bytes();
    let names = |path: &Path| fs::read(path).unwrap_or_default().windows(home.len()).any(|window| window == home);
    let runs = |path: &Path| fs::read_link(path).is_ok_and(|program| program.starts_with(world.home()));
    let all = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    all.filter(|path| names(&path.join("cmdline")) || runs(&path.join("exe"))).count()
}

#[test]
fn two_hundred_starts_leave_nothing() {
    let world = World::new();
    for engine in ENGINES {
        let mut profile = world.fenced("exec cat");
        profile.sandbox.as_mut().unwrap().engine = engine;
        let mut entry = world.entry(&profile);
        entry.stdin(Stdio::piped()).stdout(Stdio::piped());
        // The check itself can fail: one that runs is seen.
        let mut running = entry.spawn().unwrap();
        running.stdin.as_mut().unwrap().write_all(b"x").unwrap();
        running.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        assert!(processes(&world) > 0);
        drop(running.stdin.take());
        running.wait().unwrap();

        let mounts = || fs::read_to_string("/proc/self/mountinfo").unwrap();
        let before = mounts();
        for _ in 0..100 {
            let mut child = entry.spawn().unwrap();
            drop(child.stdin.take());
            assert!(child.wait().unwrap().success());
        }
        assert_eq!(processes(&world), 0, "{engine:?}");
        assert_eq!(mounts(), before);
    }
    assert_eq!(fs::read_dir(world.state.temporary()).unwrap().count(), 0);
}

/// The entry as an ordinary user: the kernel counts none of root's processes.
fn unprivileged(world: &World, profile: &Profile) -> Command {
    let entry = world.entry(profile);
    if !rustix::process::geteuid().is_root() {
        return entry;
    }
    let whole = world.folder.path();
    assert!(Command::new("chown").args(["-R", "65534:65534"]).arg(whole).status().unwrap().success());
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
    command.arg(entry.get_program()).args(entry.get_args()).current_dir(world.home());
    command
}

#[test]
fn the_limits_hold() {
    let world = World::new();
    let script = "echo $(ulimit -Hp) $(ulimit -Hc); [ $(ulimit -Hn) -le 65536 ] && echo files; \
        i=0; while [ $i -lt 1100 ]; do sleep 60 & i=$((i + 1)); done; echo all";
    let output = unprivileged(&world, &world.fenced(script)).output().unwrap();
    assert_eq!(out(&output), "1024 0\nfiles\n");
    assert!(err(&output).contains("Cannot fork"), "{}", err(&output));

    let mut profile = world.fenced("echo $(ulimit -Hc); [ $(ulimit -Hn) -le 65536 ] && echo files");
    profile.sandbox.as_mut().unwrap().engine = Engine::Landlock;
    let output = unprivileged(&world, &profile).output().unwrap();
    assert_eq!(out(&output), "0\nfiles\n", "{}", err(&output));
}

/// A table of descriptors that grows in a server of several threads waits for the kernel.
#[test]
fn the_server_begins_with_room_for_its_files() {
    let world = World::new();
    let script =
        "while read name value; do [ $name = FDSize: ] && echo $value; done </proc/self/status; echo /proc/self/fd/*";
    let mut profile = world.fenced(script);
    for engine in [Engine::Bubblewrap, Engine::Landlock] {
        profile.sandbox.as_mut().unwrap().engine = engine;
        let output = world.entry(&profile).output().unwrap();
        // The fourth is the one that the names were read by.
        let names = [0, 1, 2, 3].map(|number| format!("/proc/self/fd/{number}")).join(" ");
        assert_eq!(out(&output), format!("1024\n{names}\n"), "{}", err(&output));
    }
}
