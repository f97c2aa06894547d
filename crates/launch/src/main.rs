//! `warder-launch run --profile ID -- PROGRAM ARGS…`: what MCP clients start.
//!
//! The state folder is the one this file stands in; the profile in it decides
//! what runs. Anything unexpected means no start: one line on stderr, exit 125.
//! `learn` in the place of `run` is the same start, watched, for which `warder learn`
//! gives leave (`permit.rs`).
//! `warder-launch --version` says which Warder it came with.

use std::io::{self, Write};
use std::process::ExitCode;

use warder_launch::command::Difference;
use warder_launch::compare::compare;
use warder_launch::environment::{self, Variables};
use warder_launch::permit;
use warder_launch::profile::{Profile, ProfileError};
use warder_launch::release::{ReleaseError, Released};
use warder_launch::sandbox::{self, SandboxError, Start};
use warder_launch::state::{NoState, State};
use warder_launch::stderr::{LAUNCHER, refuse_as, tell, typed};
use warder_launch::wrap::Wrapped;

/// The server did not start, and that is Warder's doing.
const NOT_STARTED: u8 = 125;

/// Why there was no start. Names and paths only, never a value.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("usage: warder-launch run --profile ID -- PROGRAM [ARGUMENT…]")]
    Usage,
    #[error(transparent)]
    State(#[from] NoState),
    #[error("cannot protect this process")]
    Unprotected(#[source] io::Error),
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error("did not start {server}: {difference}; if that was you, approve it: warder approve {}", typed(server))]
    Changed { server: String, difference: Difference },
    #[error(
        "did not start {server}: its entry says learn in the place of run, and only Warder itself starts a server \
         watched; if that was not you, look who changed the file"
    )]
    Unasked { server: String },
    #[error("did not start {server}: it runs in no sandbox, so nothing is refused to it")]
    Open { server: String },
    #[error("did not start {server}: it runs elsewhere, and only warder-relay speaks to it")]
    Elsewhere { server: String },
    #[error("did not start {server}: {source}")]
    Release { server: String, source: ReleaseError },
    #[error("did not start {server}: its working directory is gone")]
    NoDirectory { server: String },
    #[error(
        "did not start {server}: its package was changed since it was installed; install it again: \
         warder update {}",
        typed(server)
    )]
    Altered { server: String },
    #[error(
        "did not start {server}: its installed package cannot be read; install it again: warder update {}",
        typed(server)
    )]
    Unreadable { server: String, source: io::Error },
    #[error("did not start {server}: {source}")]
    Sandbox { server: String, source: SandboxError },
}

fn main() -> ExitCode {
    let words: Option<Vec<String>> = std::env::args_os().skip(1).map(|word| word.into_string().ok()).collect();
    let words = words.unwrap_or_default();
    #[cfg(target_os = "linux")]
    match words.split_first().map(|(word, rest)| (word.as_str(), rest)) {
        Some(("inner", rest)) => return ExitCode::from(sandbox::inner(rest)),
        Some(("attach", rest)) => return ExitCode::from(sandbox::attach(rest)),
        _ => {}
    }
    if words == ["--version"] {
        // A reader that went away is no error.
        let _ = writeln!(io::stdout(), "warder-launch {}", env!("CARGO_PKG_VERSION"));
        return ExitCode::SUCCESS;
    }
    match run(&words) {
        Ok(code) => ExitCode::from(code),
        Err(refusal) => {
            refuse_as(LAUNCHER, &refusal);
            ExitCode::from(NOT_STARTED)
        }
    }
}

fn run(words: &[String]) -> Result<u8, Refusal> {
    let watched = Wrapped::parse_learning(words);
    let is_watched = watched.is_some();
    let asked = watched.or_else(|| Wrapped::parse(words)).ok_or(Refusal::Usage)?;
    sandbox::harden().map_err(Refusal::Unprotected)?;
    let state = State::of_this_program()?;
    let profile = Profile::read(&state, &asked.profile)?;
    let server = profile.server.clone();
    if profile.remote.is_some() {
        return Err(Refusal::Elsewhere { server });
    }

    let mut caller: Variables = std::env::vars_os().collect();
    let permit = permit::of_caller(&mut caller);
    if is_watched && !permit::take(&state, &profile.id, permit.as_deref()) {
        return Err(Refusal::Unasked { server });
    }
    let caller = if cfg!(windows) { environment::spelled(&profile, caller) } else { caller };
    let argv: Vec<String> = std::iter::once(asked.program).chain(asked.args).collect();
    // A folder that was removed is no approved one.
    let cwd = std::env::current_dir().unwrap_or_default();
    let args = compare(&profile, &argv, &caller, &cwd)
        .map_err(|difference| Refusal::Changed { server: server.clone(), difference })?;
    if profile.run.cwd.as_ref().is_some_and(|cwd| !cwd.is_dir()) {
        return Err(Refusal::NoDirectory { server });
    }
    is_as_installed(&profile)?;
    match &profile.sandbox {
        None if is_watched => Err(Refusal::Open { server }),
        None => run_open(&state, &profile, args, &caller),
        Some(sandbox) => run_fenced(&state, &profile, sandbox, args, &caller, is_watched),
    }
}

/// Before the keychain is asked: what another program altered gets no secret.
fn is_as_installed(profile: &Profile) -> Result<(), Refusal> {
    let Some(package) = &profile.package else { return Ok(()) };
    let Some(content) = &package.content else { return Ok(()) };
    let server = profile.server.clone();
    match content.is_in(&package.dir) {
        Ok(true) => Ok(()),
        Ok(false) => Err(Refusal::Altered { server }),
        Err(source) => Err(Refusal::Unreadable { server, source }),
    }
}

fn run_open(state: &State, profile: &Profile, args: Vec<String>, caller: &Variables) -> Result<u8, Refusal> {
    let (keys, args) = released(state, profile, args)?;
    let (env, dropped) = environment::open(profile, caller, &keys.variables);
    drop(keys);
    if !dropped.is_empty() {
        let names = dropped.join(", ");
        tell(format_args!("{} starts without {names}: not approved", profile.server));
    }
    let start = start(profile, args, env);
    let (code, error) = sandbox::replace(&start);
    tell(format_args!("cannot start {}: {error}", start.program.display()));
    Ok(code)
}

#[cfg(target_os = "linux")]
fn run_fenced(
    state: &State,
    profile: &Profile,
    sandbox: &sandbox::Sandbox,
    args: Vec<String>,
    caller: &Variables,
    is_watched: bool,
) -> Result<u8, Refusal> {
    let named = is_watched.then(|| sandbox.with_names_told());
    let around = named.as_ref().unwrap_or(sandbox);
    let failed = |source| Refusal::Sandbox { server: profile.server.clone(), source };
    let home = state.dir().parent().unwrap_or(state.dir());
    // Before the keychain is asked: a fence that cannot stand needs no secret.
    let fence = sandbox::Fence::prepare(around, profile.run.cwd.as_deref(), home);
    let mut fence = fence.map_err(failed)?;
    if is_watched {
        fence = fence.watched(sandbox, state);
    }
    let (keys, args) = released(state, profile, args)?;
    let env = environment::fenced(profile, sandbox, caller, &keys.variables);
    drop(keys);
    let (state, server) = (state.clone(), profile.server.clone());
    let reporter = sandbox::Reporter { state, profile: profile.id.clone(), server };
    fence.run(start(profile, args, env), reporter).map_err(failed)
}

#[cfg(not(target_os = "linux"))]
fn run_fenced(
    _: &State,
    profile: &Profile,
    _: &sandbox::Sandbox,
    _: Vec<String>,
    _: &Variables,
    _: bool,
) -> Result<u8, Refusal> {
    Err(Refusal::Sandbox { server: profile.server.clone(), source: SandboxError::Unsupported })
}

fn start(profile: &Profile, args: Vec<String>, env: Variables) -> Start {
    Start { program: profile.run.program.clone(), args, env, cwd: profile.run.cwd.clone() }
}

fn released(state: &State, profile: &Profile, args: Vec<String>) -> Result<(Released, Vec<String>), Refusal> {
    let failed = |source| Refusal::Release { server: profile.server.clone(), source };
    let keys = Released::of(profile, state).map_err(failed)?;
    let filled: Result<_, _> = args.iter().map(|word| keys.fill(word)).collect();
    Ok((keys, filled.map_err(failed)?))
}
