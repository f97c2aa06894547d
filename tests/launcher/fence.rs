//! The sandbox, asked from the inside.

use std::fs::{self, File};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{Pid, Signal, kill_process};
use warder_launch::profile::Profile;
use warder_launch::sandbox::{Engine, Grant, Network, probe};

use super::{World, assert_refused, err, feed, noise, out};

/// What the script says when it runs inside.
#[track_caller]
pub(super) fn inside(world: &World, script: &str) -> String {
    let output = world.entry(&world.fenced(script)).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    out(&output)
}

/// A fenced server that has said `ready`.
pub(super) fn ready(world: &World, profile: &Profile) -> Child {
    let mut entry = world.entry(profile);
    let mut child = entry.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdout.as_mut().unwrap().read_exact(&mut [0; 6]).unwrap();
    child
}

#[test]
fn this_machine_can_make_one() {
    probe(Engine::Bubblewrap).unwrap();
}

#[test]
fn stdio_and_exit_code_pass_through() {
    let world = World::new();
    let bytes = noise(8 << 20);
    let profile = world.fenced("cat; echo grumble >&2; exit 7");
    let output = feed(&mut world.entry(&profile), bytes.clone());
    assert!(output.stdout == bytes);
    assert_eq!(err(&output), "grumble\n");
    assert_eq!(output.status.code(), Some(7));

    let dying = world.entry(&world.fenced("kill -SEGV $$")).output().unwrap();
    assert_eq!(dying.status.code(), Some(139));

    let mut gone = world.fenced("");
    gone.run.program = "/usr/bin/no-such-program".into();
    let output = world.entry(&gone).output().unwrap();
    assert_eq!(output.status.code(), Some(127));
    assert!(err(&output).starts_with("warder-launch: cannot start "), "{}", err(&output));
}

#[test]
fn a_pipe_that_the_server_closes_is_closed() {
    let world = World::new();
    let profile = world.fenced("echo ready; exec >&-; read -r line");
    let mut child = ready(&world, &profile);
    let mut rest = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
    assert_eq!((rest.len(), child.try_wait().unwrap()), (0, None));
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn the_home_is_empty_but_for_the_grant() {
    let world = World::new();
    let script = "ls -A ~; cat ~/secret.txt 2>/dev/null; ls ~/.warder 2>/dev/null; \
        echo harmless > ~/.bashrc && echo work > made && cat made";
    assert_eq!(inside(&world, script), "project\nwork\n");
    assert!(!world.home().join(".bashrc").exists());
    assert_eq!(fs::read_to_string(world.project().join("made")).unwrap(), "work\n");
    assert_eq!(fs::read_to_string(world.home().join("secret.txt")).unwrap(), "do not read");
}

#[test]
fn a_read_grant_cannot_be_written() {
    let world = World::new();
    let package = world.home().join("package");
    fs::create_dir(&package).unwrap();
    fs::write(package.join("index.js"), "code").unwrap();
    let mut profile = world.fenced("cat ~/package/index.js; echo x > ~/package/index.js");
    profile.sandbox.as_mut().unwrap().read.push(Grant::of(&package).unwrap());
    let output = world.entry(&profile).output().unwrap();
    assert_eq!(out(&output), "code");
    assert!(err(&output).contains("Read-only"), "{}", err(&output));
    assert_eq!(fs::read_to_string(package.join("index.js")).unwrap(), "code");
}

#[test]
fn privileges_are_gone() {
    let world = World::new();
    let status = inside(&world, "grep -E '^(Cap|NoNewPrivs)' /proc/self/status");
    for line in status.lines() {
        let (name, value) = line.split_once(":\t").unwrap();
        let expected = if name == "NoNewPrivs" { "1" } else { "0000000000000000" };
        assert_eq!(value, expected, "{name}");
    }
    let script = "unshare -U true 2>/dev/null && echo namespace; umount ~ 2>/dev/null && echo umount; \
        mount -t tmpfs x /tmp 2>/dev/null && echo mount; cat /proc/1/environ /proc/1/mem 2>/dev/null; \
        for fd in /proc/1/fd/*; do cat $fd 2>/dev/null && echo descriptor; done; (echo x > /x) 2>/dev/null && echo root; \
        (echo x > /run/x) 2>/dev/null && echo run; echo end";
    assert_eq!(inside(&world, script), "end\n");
}

#[test]
fn nothing_is_inherited_unasked() {
    let world = World::new();
    let secret = File::open(world.home().join("secret.txt")).unwrap();
    fcntl_setfd(&secret, FdFlags::empty()).unwrap();
    let script = "ls /proc/self/fd | tr '\\n' ' '; env -0 | sort -z | tr '\\0' '\\n'";
    let profile = world.fenced(script);
    let mut entry = world.entry(&profile);
    entry.env("GITHUB_TOKEN", "x").env("SSH_AUTH_SOCK", "x").env("LC_TIME", "C");
    let output = entry.output().unwrap();
    assert!(secret.as_raw_fd() > 2);
    // 3 is the listing itself.
    let home = world.home().display();
    let project = world.project();
    let expected = format!(
        "0 1 2 3 HOME={home}\nLANG=C.UTF-8\nLC_TIME=C\nPATH=/usr/bin:/bin\nPWD={}\nTMPDIR=/tmp\n",
        project.display()
    );
    // The shell counts itself.
    let shown: Vec<String> = out(&output).lines().filter(|line| !line.starts_with("_=")).map(str::to_owned).collect();
    assert_eq!(shown.join("\n") + "\n", expected);
}

#[test]
fn there_is_no_network_unless_granted() {
    let world = World::new();
    let script = "readlink /proc/self/ns/net; tail -n +2 /proc/net/route; tail -n +3 /proc/net/dev | cut -d: -f1";
    let shown = inside(&world, script);
    let host = fs::read_link("/proc/self/ns/net").unwrap().display().to_string();
    let lines: Vec<&str> = shown.lines().map(str::trim).collect();
    assert_ne!(lines[0], host);
    assert_eq!(lines[1..], ["lo"]);

    let mut profile = world.fenced("readlink /proc/self/ns/net /proc/self/ns/pid; ls /etc/hosts");
    profile.sandbox.as_mut().unwrap().network = Network::All;
    let output = world.entry(&profile).output().unwrap();
    let shown = out(&output);
    let pid = fs::read_link("/proc/self/ns/pid").unwrap().display().to_string();
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!((lines[0], lines[2]), (host.as_str(), "/etc/hosts"));
    assert_ne!(lines[1], pid);
}

#[test]
fn only_its_own_processes_are_seen() {
    let world = World::new();
    let shown = inside(&world, "ls /proc | grep -E '^[0-9]+$' | wc -l");
    // The inner stage, the shell and the pipe.
    assert!(shown.trim().parse::<u32>().unwrap() <= 6, "{shown}");
}

#[test]
fn a_signal_reaches_a_fenced_server() {
    let world = World::new();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let script = "trap 'exit 42' TERM INT HUP; echo ready; while :; do read -r line || :; done";
        let mut child = ready(&world, &world.fenced(script));
        kill_process(Pid::from_child(&child), signal).unwrap();
        // The end of its input wakes the shell; the signal may come after.
        drop(child.stdin.take());
        assert_eq!(child.wait().unwrap().code(), Some(42));
    }
}

#[test]
fn a_server_that_does_not_listen_is_ended() {
    let world = World::new();
    let profile = world.fenced("trap '' TERM; echo ready; while :; do read -r line || exec sleep 600; done");
    let mut child = ready(&world, &profile);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let mut rest = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(137));
}

#[test]
fn nothing_outlives_the_launcher() {
    let world = World::new();
    let script = "setsid sh -c 'trap \"\" HUP TERM; exec sleep 600' & echo ready; read -r line";
    // Killed at once, or the server ends and leaves a daemon behind.
    for kill in [true, false] {
        let mut child = ready(&world, &world.fenced(script));
        if kill {
            child.kill().unwrap();
        } else {
            drop(child.stdin.take());
        }
        // The daemon holds this pipe: it ends only when all of them have.
        let mut rest = Vec::new();
        child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn too_much_is_refused() {
    let world = World::new();
    let home = world.home().to_owned();
    fs::create_dir(home.join(".ssh")).unwrap();
    for path in [&home, home.parent().unwrap(), Path::new("/"), &home.join(".ssh"), world.state.dir()] {
        let mut profile = world.fenced("exit 0");
        profile.run.cwd = None;
        profile.sandbox.as_mut().unwrap().write = vec![Grant::of(path).unwrap()];
        assert_refused(&world.entry(&profile).output().unwrap(), "too broad");
    }
    let mut within = world.fenced("exit 0");
    within.sandbox.as_mut().unwrap().home = world.project().join("home");
    assert_refused(&world.entry(&within).output().unwrap(), "too broad");
    let mut outside = world.fenced("exit 0");
    outside.run.cwd = Some(home.join(".ssh"));
    assert_refused(&world.entry(&outside).output().unwrap(), "is not in the sandbox");
}

#[test]
fn a_fence_that_cannot_stand_starts_nothing() {
    let world = World::new();
    // Inside a fence that allows no other, the engine itself gives up.
    let profile = world.fenced("echo ran");
    let entry = world.entry(&profile);
    let mut nested = Command::new("/usr/bin/bwrap");
    nested.args("--unshare-user --disable-userns --cap-drop ALL --dev-bind / / --proc /proc --".split(' '));
    nested.arg(entry.get_program()).args(entry.get_args()).current_dir("/");
    // In there, an ordinary user does not even see whose program the engine is.
    assert_refused(&nested.output().unwrap(), "did not start demo");
}

#[test]
fn private_places_are_bounded() {
    let world = World::new();
    let script = "df -B1 --output=size /tmp ~ /dev/shm | tail -n 3 | tr -d ' '";
    let mut profile = world.fenced(script);
    profile.sandbox.as_mut().unwrap().network = Network::Hosts(vec!["one.example.org".parse().unwrap()]);
    let output = world.entry(&profile).output().unwrap();
    assert_eq!(out(&output), "4294967296\n4294967296\n4294967296\n", "{}", err(&output));
}

#[test]
fn a_script_whose_interpreter_is_hidden_is_told_as_such() {
    let world = World::new();
    let script = world.project().join("server.sh");
    fs::write(&script, format!("#!{}/bin/tool\n", world.home().display())).unwrap();
    let made = Command::new("chmod").arg("+x").arg(&script).status().unwrap();
    assert!(made.success());
    let mut profile = world.fenced("");
    profile.run.program = script;
    profile.run.args = Vec::new();
    let output = world.entry(&profile).output().unwrap();
    assert_eq!(output.status.code(), Some(127));
    assert!(err(&output).ends_with("what it is run by is not in the sandbox\n"), "{}", err(&output));
}
