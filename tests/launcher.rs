//! The launcher through its front door: the real binary, in a home of its own.
//!
//! `WARDER_LAUNCH_STATIC` names another build of it to test, the static one
//! that is shipped.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use warder_launch::command::{Approved, Token};
use warder_launch::profile::{Profile, ProfileId, Run};
use warder_launch::sandbox::{Grant, Sandbox};
use warder_launch::state::State;

#[path = "launcher/closed.rs"]
mod closed;
#[path = "launcher/egress.rs"]
mod egress;
#[path = "launcher/fence.rs"]
mod fence;
#[path = "launcher/filter.rs"]
mod filter;
#[path = "launcher/kept.rs"]
mod kept;
#[path = "launcher/keychain.rs"]
mod keychain;
#[path = "launcher/landlock.rs"]
mod landlock;
#[path = "launcher/learn.rs"]
mod learn;
#[path = "launcher/made.rs"]
mod made;
#[path = "launcher/moves.rs"]
mod moves;
#[path = "launcher/network.rs"]
mod network;
#[path = "launcher/packages.rs"]
mod packages;
#[path = "launcher/projects.rs"]
mod projects;
#[path = "launcher/refusals.rs"]
mod refusals;
#[path = "launcher/replaced.rs"]
mod replaced;
#[path = "launcher/starts.rs"]
mod starts;

/// A home with a state folder, an installed launcher and a project.
struct World {
    folder: tempfile::TempDir,
    state: State,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        // As grants and the kernel name it.
        let home = folder.path().canonicalize().unwrap().join("home");
        fs::create_dir_all(home.join("project/.git/hooks")).unwrap();
        fs::write(home.join("secret.txt"), "do not read").unwrap();
        let state = State::at(home.join(".warder"));
        state.create().unwrap();
        // By another process: were it open for writing here while some other
        // test forks, starting it could fail with "text file busy".
        let copied = Command::new("cp").arg(launcher()).arg(state.launcher()).status().unwrap();
        assert!(copied.success());
        World { folder, state }
    }

    fn home(&self) -> &Path {
        self.state.dir().parent().unwrap()
    }

    fn project(&self) -> PathBuf {
        self.home().join("project")
    }

    /// What a server writes when it should not have run.
    fn marker(&self) -> PathBuf {
        self.folder.path().join("marker")
    }

    /// An entry `server --go` that runs a shell script.
    fn profile(&self, script: &str) -> Profile {
        let text = |text: &str| Token::Text(text.to_owned());
        let home = self.home().to_str().unwrap().to_owned();
        Profile {
            schema: 1,
            id: ProfileId::new("demo", rand()),
            server: "demo".into(),
            client: "test".into(),
            approved: Approved {
                argv: vec![text("server"), text("--go")],
                env: BTreeMap::new(),
                varies: Vec::new(),
                cwd: None,
                inherited: BTreeMap::new(),
            },
            run: Run {
                program: "/bin/sh".into(),
                args: vec![text("-c"), text(script)],
                cwd: None,
                env: BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into()), ("HOME".into(), home)]),
            },
            secrets: BTreeMap::new(),
            inside: Vec::new(),
            remote: None,
            sandbox: None,
            package: None,
        }
    }

    /// The same behind a fence, with the project to write in.
    fn fenced(&self, script: &str) -> Profile {
        let mut profile = self.profile(script);
        profile.run.cwd = Some(self.project());
        profile.sandbox =
            Some(Sandbox { write: vec![Grant::of(&self.project()).unwrap()], ..Sandbox::new(self.home()) });
        profile
    }

    /// The rewritten entry of this profile, which is written too.
    fn entry(&self, profile: &Profile) -> Command {
        profile.write(&self.state).unwrap();
        self.call(["run", "--profile", profile.id.as_str(), "--", "server", "--go"])
    }

    /// The launcher with these words, started as a client does: few variables.
    fn call(&self, words: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(self.state.launcher());
        command.args(words).env_clear().env("PATH", "/usr/bin:/bin").env("LANG", "C.UTF-8");
        command.current_dir(self.home());
        command
    }
}

fn launcher() -> PathBuf {
    let other = std::env::var_os("WARDER_LAUNCH_STATIC");
    other.map_or_else(|| env!("CARGO_BIN_EXE_warder-launch").into(), PathBuf::from)
}

fn rand() -> [u8; 16] {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).unwrap();
    bits
}

/// Bytes that no two tests share and no text filter would leave alone.
fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// Runs to the end with this on stdin, fed while the output is read.
fn feed(command: &mut Command, input: Vec<u8>) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let feeding = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    // A server need not read it all.
    let _ = feeding.join().unwrap();
    output
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// No start: exit 125, nothing on stdout, one line of ours on stderr.
#[track_caller]
fn assert_refused(output: &Output, saying: &str) {
    let err = err(output);
    assert_eq!(output.status.code(), Some(125), "{err}");
    assert!(output.stdout.is_empty());
    assert!(err.starts_with("warder-launch: ") && err.ends_with('\n'), "{err:?}");
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(err.contains(saying), "{err}");
}
