//! The fence of Landlock, asked from the inside.

use std::fs;
use std::io::Read;
use std::process::{Child, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use warder_launch::profile::Profile;
use warder_launch::sandbox::{Engine, Grant, Network, probe};

use super::fence::ready;
use super::{World, assert_refused, err, feed, noise, out};

/// A server behind it, with the project to write in.
fn fenced(world: &World, script: &str) -> Profile {
    let mut profile = world.fenced(script);
    profile.sandbox.as_mut().unwrap().engine = Engine::Landlock;
    profile
}

/// What the script says when it runs inside.
#[track_caller]
fn inside(world: &World, script: &str) -> String {
    let output = world.entry(&fenced(world, script)).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    out(&output)
}

/// How many private folders there are.
fn folders(world: &World) -> usize {
    fs::read_dir(world.state.temporary()).unwrap().count()
}

/// Waits until nothing of it holds its pipe any more.
fn outlived(mut child: Child) {
    child.stdout.take().unwrap().read_to_end(&mut Vec::new()).unwrap();
    child.wait().unwrap();
}

#[test]
fn this_machine_can_make_one() {
    probe(Engine::Landlock).unwrap();
}

#[test]
fn stdio_and_exit_code_pass_through() {
    let world = World::new();
    let bytes = noise(8 << 20);
    let output = feed(&mut world.entry(&fenced(&world, "cat; echo grumble >&2; exit 7")), bytes.clone());
    assert!(output.stdout == bytes);
    assert_eq!(err(&output), "grumble\n");
    assert_eq!(output.status.code(), Some(7));

    let dying = world.entry(&fenced(&world, "kill -SEGV $$")).output().unwrap();
    assert_eq!(dying.status.code(), Some(139));

    let mut gone = fenced(&world, "");
    gone.run.program = "/usr/bin/no-such-program".into();
    let output = world.entry(&gone).output().unwrap();
    assert_eq!(output.status.code(), Some(127));
    assert!(err(&output).starts_with("warder-launch: cannot start "), "{}", err(&output));
    assert_eq!(folders(&world), 0);
}

#[test]
fn the_home_is_a_private_one() {
    let world = World::new();
    let real = world.home().display();
    let script = format!(
        "ls -A ~; cat {real}/secret.txt 2>/dev/null; ls {real} {real}/.warder/profiles /tmp 2>/dev/null; \
         (echo x > {real}/.bashrc) 2>/dev/null && echo wrote; (echo x > /tmp/warder-planted) 2>/dev/null && echo wrote; \
         ln -s {real}/secret.txt ~/link; cat ~/link 2>/dev/null; ln {real}/secret.txt ~/hard 2>/dev/null && echo linked; \
         echo harmless > ~/.bashrc && cat ~/.bashrc && echo x > $TMPDIR/x && cd && pwd; stat -c %a ."
    );
    let shown = inside(&world, &script);
    let temporary = world.state.temporary();
    let [harmless, home, mode] = shown.lines().collect::<Vec<_>>()[..] else { panic!("{shown}") };
    assert_eq!((harmless, mode), ("harmless", "700"));
    assert!(home.starts_with(temporary.to_str().unwrap()) && home.ends_with("/home"), "{home}");
    assert_eq!(folders(&world), 0);
    assert!(!world.home().join(".bashrc").exists());
}

#[test]
fn a_kept_home_is_there_again() {
    let world = World::new();
    let home = world.state.homes().join("demo");
    fs::create_dir_all(&home).unwrap();
    let mut profile = fenced(&world, "cat ~/kept; pwd; echo again > ~/kept");
    profile.run.cwd = Some(world.home().to_owned());
    profile.sandbox.as_mut().unwrap().keeps = Some(Grant::of(&home).unwrap());
    let first = world.entry(&profile).output().unwrap();
    assert_eq!(out(&first), format!("{}\n", home.display()));
    assert_eq!(out(&world.entry(&profile).output().unwrap()), format!("again\n{}\n", home.display()));
    fs::rename(&home, world.home().join("moved")).unwrap();
    fs::create_dir(&home).unwrap();
    assert_refused(&world.entry(&profile).output().unwrap(), "was replaced since it was approved");
}

#[test]
fn what_runs_code_in_a_project_stays_as_it_is() {
    let world = World::new();
    let project = world.project();
    fs::write(project.join(".mcp.json"), "{}").unwrap();
    fs::create_dir_all(project.join("apps/one/.git")).unwrap();
    fs::create_dir_all(project.join("src/inner")).unwrap();
    fs::write(project.join("file"), "old").unwrap();
    std::os::unix::fs::symlink(world.home().join("secret.txt"), project.join("link")).unwrap();
    let script = "for target in apps/one/.git/config .git/hooks/pre-commit .mcp.json .vscode .envrc; do \
        (echo planted > $target) 2>/dev/null && echo wrote $target; done; \
        for name in apps/one/.git .git .mcp.json src; do \
        mv $name moved 2>/dev/null && echo moved $name; rm -rf $name 2>/dev/null && echo removed $name; done; \
        cat link 2>/dev/null; echo new > file; mkdir -p src/inner/deep; echo fine > src/inner/deep/made; \
        mv src/inner/deep src/deep; cat file src/deep/made";
    let output = world.entry(&fenced(&world, script)).output().unwrap();
    assert_eq!(out(&output), "new\nfine\n", "{}", err(&output));
    assert_eq!(fs::read_to_string(project.join(".mcp.json")).unwrap(), "{}");
    assert!(!project.join(".git/hooks/pre-commit").exists());
}

#[test]
fn grants_inside_grants_are_as_bubblewrap_mounts_them() {
    let world = World::new();
    let project = world.project();
    fs::create_dir_all(project.join("read/write")).unwrap();
    fs::create_dir(world.home().join("code")).unwrap();
    fs::create_dir(world.home().join("code/out")).unwrap();
    let script = "for place in . .git read read/write ../code ../code/out; do \
        (echo x > $place/new) 2>/dev/null && echo $place; ls $place >/dev/null || echo hidden; done";
    let mut shown = Vec::new();
    for engine in [Engine::Landlock, Engine::Bubblewrap] {
        let mut profile = world.fenced(script);
        let sandbox = profile.sandbox.as_mut().unwrap();
        sandbox.engine = engine;
        let grant = |path: &str| Grant::of(&world.home().join(path)).unwrap();
        sandbox.read.extend([grant("project/read"), grant("code"), grant("project/read/write")]);
        sandbox.write.extend([grant("project/read/write"), grant("code/out")]);
        shown.push(out(&world.entry(&profile).output().unwrap()));
    }
    // Landlock makes nothing new beside what it protects.
    assert_eq!(shown, ["read/write\n../code/out\n", ".\nread/write\n../code/out\n"]);
}

#[test]
fn privileges_are_gone() {
    let world = World::new();
    let status = inside(&world, "grep -E '^(Cap(Prm|Eff|Inh|Amb)|NoNewPrivs|Seccomp):' /proc/self/status");
    for line in status.lines() {
        let (name, value) = line.split_once(":\t").unwrap();
        let expected = match name {
            "NoNewPrivs" => "1",
            "Seccomp" => "2",
            _ => "0000000000000000",
        };
        assert_eq!(value, expected, "{name}");
    }
    assert_eq!(status.lines().count(), 6);
    // Its parent is the inner stage, whose parent is the launcher.
    let script = "outer=$(cut -d' ' -f4 /proc/$PPID/stat); for pid in $PPID $outer; do \
        kill -TERM $pid 2>/dev/null && echo signal; cat /proc/$pid/environ /proc/$pid/mem 2>/dev/null; \
        readlink /proc/$pid/fd/* /proc/$pid/root 2>/dev/null && echo looked; done; \
        unshare -U true 2>/dev/null && echo namespace; mount -t tmpfs x ~ 2>/dev/null && echo mount; \
        cat /etc/shadow 2>/dev/null; ls /proc/self/fd | tr '\\n' ' '; cat /dev/null; echo x > /dev/null; \
        (: < /dev/tty) 2>/dev/null && echo terminal; echo end";
    assert_eq!(inside(&world, script), "0 1 2 3 end\n");
}

#[test]
fn nothing_is_inherited_unasked() {
    let world = World::new();
    let profile = fenced(&world, "env -0 | sort -z | tr '\\0' '\\n' | grep -vE '^(_|PWD|HOME|TMPDIR)='");
    let mut entry = world.entry(&profile);
    let output = entry.env("GITHUB_TOKEN", "x").env("SSH_AUTH_SOCK", "x").env("LC_TIME", "C").output().unwrap();
    assert_eq!(out(&output), "LANG=C.UTF-8\nLC_TIME=C\nPATH=/usr/bin:/bin\n");
}

#[test]
fn a_signal_reaches_the_server() {
    let world = World::new();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let script = "trap 'exit 42' TERM INT HUP; echo ready; while :; do read -r line || :; done";
        let mut child = ready(&world, &fenced(&world, script));
        kill_process(Pid::from_child(&child), signal).unwrap();
        drop(child.stdin.take());
        assert_eq!(child.wait().unwrap().code(), Some(42));
    }
}

#[test]
fn a_server_that_does_not_listen_is_ended() {
    let world = World::new();
    let script = "trap '' TERM; echo ready; while :; do read -r line || exec sleep 600; done";
    let child = ready(&world, &fenced(&world, script));
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    outlived(child);
}

#[test]
fn nothing_outlives_any_part_of_it() {
    let world = World::new();
    let script = "setsid sh -c 'trap \"\" HUP TERM; sleep 600 & exec sleep 600' & echo ready $PPID $$; read -r line";
    for killed in ["launcher", "inner stage", "server", "none"] {
        let mut entry = world.entry(&fenced(&world, script));
        let mut child = entry.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = Vec::new();
        while said.last() != Some(&b'\n') {
            let mut byte = [0];
            child.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
            said.extend(byte);
        }
        let said = String::from_utf8(said).unwrap();
        let pids: Vec<i32> = said.split_whitespace().skip(1).map(|pid| pid.parse().unwrap()).collect();
        match killed {
            "launcher" => child.kill().unwrap(),
            "inner stage" => kill_process(Pid::from_raw(pids[0]).unwrap(), Signal::KILL).unwrap(),
            "server" => kill_process(Pid::from_raw(pids[1]).unwrap(), Signal::KILL).unwrap(),
            _ => drop(child.stdin.take()),
        }
        // The daemons hold this pipe: it ends only when all of them have.
        outlived(child);
    }
    // What the killed launcher left went with the next start.
    assert_eq!(folders(&world), 0);
}

#[test]
fn single_hosts_are_refused() {
    let world = World::new();
    let mut profile = fenced(&world, "echo ran");
    profile.sandbox.as_mut().unwrap().network = Network::Hosts(vec!["api.example.com".parse().unwrap()]);
    assert_refused(&world.entry(&profile).output().unwrap(), "cannot hold a server to single hosts");
}
