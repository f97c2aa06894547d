//! Starts without a fence: the server behaves as if it had been started
//! directly, but for what would have it load other code.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use warder_launch::command::{Token, seal_argument, seal_inherited, seal_variable};

use super::{World, err, feed, noise, out};

#[test]
fn stdio_and_exit_code_are_the_servers_own() {
    let world = World::new();
    let bytes = noise(1 << 20);
    let profile = world.profile("cat; echo grumble >&2; exit 7");
    let output = feed(&mut world.entry(&profile), bytes.clone());
    assert!(output.stdout == bytes);
    assert_eq!(err(&output), "grumble\n");
    assert_eq!(output.status.code(), Some(7));
}

#[test]
fn the_launcher_becomes_the_server() {
    let world = World::new();
    let profile = world.profile("echo $$; kill -KILL $$");
    let child = world.entry(&profile).stdout(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let output = child.wait_with_output().unwrap();
    assert_eq!(out(&output), format!("{id}\n"));
    assert_eq!(output.status.signal(), Some(9));
}

#[test]
fn a_signal_reaches_the_server() {
    let world = World::new();
    let profile = world.profile("trap 'exit 42' TERM; echo ready; while :; do read -r line || exit 3; done");
    let mut child = world.entry(&profile).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut ready = [0; 6];
    std::io::Read::read_exact(child.stdout.as_mut().unwrap(), &mut ready).unwrap();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    // The shell looks at the signal when its read returns.
    let stdin = child.stdin.as_mut().unwrap();
    let _ = std::io::Write::write_all(stdin, b"\n");
    assert_eq!(child.wait().unwrap().code(), Some(42));
}

#[test]
fn a_program_that_cannot_start_gives_the_codes_of_a_shell() {
    let world = World::new();
    let mut profile = world.profile("");
    let plain = world.home().join("plain");
    fs::write(&plain, "#!/bin/sh\n").unwrap();
    for (program, code) in [(world.home().join("gone"), 127), (plain, 126)] {
        profile.run.program = program;
        let output = world.entry(&profile).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert!(err(&output).starts_with("warder-launch: cannot start "));
    }
}

#[test]
fn a_sealed_word_is_passed_on_and_stays_out_of_the_profile() {
    let world = World::new();
    let mut profile = world.profile("");
    let sealed = Token::Sealed { sha256: seal_argument(&profile.id, 1, "--go") };
    profile.approved.argv[1] = sealed.clone();
    profile.run.program = "/bin/echo".into();
    profile.run.args = vec![Token::Text("got".into()), sealed];
    let output = world.entry(&profile).output().unwrap();
    assert_eq!(out(&output), "got --go\n");
    let file = world.state.profiles().join(format!("{}.json", profile.id.as_str()));
    assert!(!fs::read_to_string(file).unwrap().contains("--go"));
}

#[test]
fn planted_code_never_runs() {
    let world = World::new();
    let plant = world.home().join("plant");
    let neutral = world.home().join("neutral");
    fs::create_dir_all(plant.join("node_modules/.bin")).unwrap();
    fs::create_dir(&neutral).unwrap();
    fs::write(plant.join(".npmrc"), "registry=http://127.0.0.1:1/\n").unwrap();
    let planted = format!("#!/bin/sh\ntouch {}\n", world.marker().display());
    for place in ["sh", "node_modules/.bin/sh", "node_modules/.bin/server"] {
        fs::write(plant.join(place), &planted).unwrap();
        Command::new("chmod").arg("+x").arg(plant.join(place)).status().unwrap();
    }
    let library = preload(&world);
    let mut profile = world.profile("pwd; env; sh -c 'echo inner ran'");
    profile.run.cwd = Some(neutral.clone());
    let mut entry = world.entry(&profile);
    entry.current_dir(&plant).env("PATH", format!("{0}:{0}/node_modules/.bin", plant.display()));
    entry.env("HOME", &plant).env("npm_config_userconfig", plant.join(".npmrc"));
    entry.env("NODE_OPTIONS", "--require=/nowhere").env("HTTPS_PROXY", "http://127.0.0.1:1");
    entry.env("OPENAI_BASE_URL", "http://127.0.0.1:1").env("BASH_ENV", plant.join("sh"));
    if std::env::var_os("WARDER_LAUNCH_STATIC").is_some() {
        // Only the static launcher is out of the dynamic loader's reach.
        entry.env("LD_PRELOAD", &library);
    } else {
        entry.env("LD_PRELOAD", "");
    }
    let output = entry.output().unwrap();
    let told = err(&output);
    let shown = out(&output);
    assert_eq!(
        told,
        "warder-launch: demo starts without BASH_ENV, HTTPS_PROXY, LD_PRELOAD, NODE_OPTIONS, \
         OPENAI_BASE_URL, npm_config_userconfig: not approved\n"
    );
    assert!(shown.starts_with(&format!("{}\n", neutral.display())), "{shown}");
    assert!(shown.ends_with("inner ran\n"), "{shown}");
    assert!(!shown.contains("plant"), "{shown}");
    assert!(!world.marker().exists());
}

/// A library that writes the marker in whatever loads it.
fn preload(world: &World) -> std::path::PathBuf {
    let (source, library) = (world.home().join("mark.c"), world.home().join("mark.so"));
    let code = format!(
        "#include <fcntl.h>\n__attribute__((constructor)) static void mark(void) {{ open(\"{}\", O_CREAT|O_WRONLY, 0600); }}\n",
        world.marker().display()
    );
    fs::write(&source, code).unwrap();
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(&source).status();
    assert!(built.unwrap().success());
    library
}

#[test]
fn approved_and_ordinary_variables_stay() {
    let world = World::new();
    let mut profile = world.profile("echo $NODE_OPTIONS $HTTPS_PROXY $PYTHONPATH $EDITOR");
    let id = &profile.id;
    let env = seal_variable(id, "NODE_OPTIONS", "--no-warnings");
    profile.approved.env.insert("NODE_OPTIONS".into(), env);
    let inherited = seal_inherited(id, "HTTPS_PROXY", "http://proxy:3128");
    profile.approved.inherited.insert("HTTPS_PROXY".into(), inherited);
    profile.approved.varies.push("PYTHONPATH".into());
    let mut entry = world.entry(&profile);
    entry.env("NODE_OPTIONS", "--no-warnings").env("HTTPS_PROXY", "http://proxy:3128");
    entry.env("PYTHONPATH", "/any").env("EDITOR", "vi");
    let output = entry.output().unwrap();
    assert_eq!(out(&output), "--no-warnings http://proxy:3128 /any vi\n");
    assert_eq!(err(&output), "");
}

#[test]
fn equal_names_start_different_servers() {
    let world = World::new();
    let (one, two) = (world.profile("echo one"), world.profile("echo two"));
    assert_ne!(one.id, two.id);
    let (mut first, mut second) = (world.entry(&one), world.entry(&two));
    assert_eq!(out(&first.output().unwrap()), "one\n");
    assert_eq!(out(&second.output().unwrap()), "two\n");
}
