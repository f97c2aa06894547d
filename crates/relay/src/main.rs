//! `warder-relay run --profile ID -- URL [--sse] [--header "Name: value"]…`:
//! an MCP server elsewhere, as a program that a client starts.
//!
//! Between the client's stdio and the server's HTTP, with the keys put in from
//! the keychain. What is spoken to is the profile's; the words behind `--` are
//! only compared. `warder-relay headers --profile ID` prints the headers alone,
//! for a client that asks a program for them (Claude Code's `headersHelper`);
//! `warder-relay --version` says which Warder it came with.
//! Anything unexpected means no start: one line on stderr, exit 125.
//!
//! Built on reqwest and `sse-stream`, as the transports of `rmcp` are, and not
//! on those: they read every message into the types of one revision and write
//! them anew (`rmcp::model::Tool` has no place for a member it does not know),
//! and here all that is not needed has to stay as it came.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use warder_launch::command::Difference;
use warder_launch::compare::compare;
use warder_launch::environment::{self, Variables};
use warder_launch::profile::{self, Profile, ProfileError, ProfileId};
use warder_launch::release::{ReleaseError, Released};
use warder_launch::sandbox::harden;
use warder_launch::state::{NoState, State};
use warder_launch::stderr::{refuse_as, tell_as, typed};
use warder_launch::wrap::Wrapped;

mod caller;
mod events;
mod http;
mod message;
mod mirror;
#[cfg(target_os = "linux")]
mod names;
mod older;
mod relay;
mod remote;
mod stdio;
mod streamable;

use caller::Caller;
use http::{ClientError, VARIABLES};
use relay::Relay;
use remote::{Remote, RemoteError};
use streamable::Streamable;

pub(crate) const PROGRAM: &str = "warder-relay";

/// The server was not spoken to, and that is Warder's doing.
const NOT_STARTED: u8 = 125;

/// How long the last messages may take to be read.
const WRITING: Duration = Duration::from_secs(1);

/// Why there was no start. Names and paths only, never a value.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("usage: warder-relay run --profile ID -- URL [WORD…], or warder-relay headers --profile ID")]
    Usage,
    #[error(transparent)]
    State(#[from] NoState),
    #[error("cannot protect this process")]
    Unprotected(#[source] io::Error),
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error("did not start {server}: it is a program, which warder-launch starts")]
    Here { server: String },
    #[error("did not start {server}: {difference}; if that was you, approve it: warder approve {}", typed(server))]
    Changed { server: String, difference: Difference },
    #[error("gave no keys of {server}: its client does not say where it would send them; update the client")]
    Untold { server: String },
    #[error("did not start {server}: {source}")]
    Release { server: String, source: ReleaseError },
    #[error("did not start {server}: {source}")]
    Remote { server: String, source: RemoteError },
    #[error("did not start {server}: {source}")]
    Client { server: String, source: ClientError },
    #[error("did not start {server}")]
    System {
        server: String,
        #[source]
        source: io::Error,
    },
}

fn main() -> ExitCode {
    let words: Option<Vec<String>> = std::env::args_os().skip(1).map(|word| word.into_string().ok()).collect();
    let words = words.unwrap_or_default();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["headers", "--profile", id] => headers(id),
        ["--version"] => {
            // A reader that went away is no error.
            let _ = writeln!(io::stdout(), "{PROGRAM} {}", env!("CARGO_PKG_VERSION"));
            Ok(true)
        }
        _ => run(&words),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(refusal) => {
            refuse_as(PROGRAM, &refusal);
            ExitCode::from(NOT_STARTED)
        }
    }
}

/// The profile of a server elsewhere, and that server.
fn approved(id: &ProfileId) -> Result<(State, Profile, profile::Remote), Refusal> {
    harden().map_err(Refusal::Unprotected)?;
    let state = State::of_this_program()?;
    let profile = Profile::read(&state, id)?;
    match profile.remote.clone() {
        Some(remote) => Ok((state, profile, remote)),
        None => Err(Refusal::Here { server: profile.server }),
    }
}

fn run(words: &[String]) -> Result<bool, Refusal> {
    let asked = Wrapped::parse(words).ok_or(Refusal::Usage)?;
    let (state, profile, remote) = approved(&asked.profile)?;
    let server = || profile.server.clone();

    let caller: Variables = std::env::vars_os().collect();
    let caller = if cfg!(windows) { environment::spelled(&profile, caller) } else { caller };
    let argv: Vec<String> = std::iter::once(asked.program).chain(asked.args).collect();
    let cwd = std::env::current_dir().unwrap_or_default();
    compare(&profile, &argv, &caller, &cwd).map_err(|difference| Refusal::Changed { server: server(), difference })?;

    let keys = Released::of(&profile, &state).map_err(|source| Refusal::Release { server: server(), source })?;
    let target = Remote::of(&remote, &keys).map_err(|source| Refusal::Remote { server: server(), source })?;
    drop(keys);
    let (env, dropped) = environment::open(&profile, &caller, &Default::default());
    let matters = |name: &&String| VARIABLES.iter().any(|variable| name.eq_ignore_ascii_case(variable));
    let dropped: Vec<&str> = dropped.iter().filter(matters).map(String::as_str).collect();
    if !dropped.is_empty() {
        tell_as(PROGRAM, format_args!("{} starts without {}: not approved", server(), dropped.join(", ")));
    }
    let http = http::client(&target, &env).map_err(|source| Refusal::Client { server: server(), source })?;
    speak(server(), target, http, remote.sse).map_err(|source| Refusal::System { server: server(), source })
}

/// Relays until the client is done; false if the connection was lost.
fn speak(server: String, target: Remote, http: reqwest::Client, older: bool) -> io::Result<bool> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (output, written) = stdio::output()?;
    let (lines, ended) = stdio::lines()?;
    let caller = Arc::new(Caller::new(server, output));
    let relay = Relay::new(Streamable::new(target, http, caller), older);
    let well = runtime.block_on(async { Ok::<_, io::Error>(relay.run(lines, ended, stopped()?).await) })?;
    // All that could still write goes with it, and so the writing ends.
    drop(runtime);
    let _ = written.recv_timeout(WRITING);
    Ok(well)
}

/// Ends when this process is asked to end.
#[cfg(unix)]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut end, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = end.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}

/// The URL that Claude Code is about to send the headers to, as it tells the
/// program it asks for them. Source: its documentation on MCP, "Use dynamic
/// headers for custom authentication".
const ASKED_FOR: &str = "CLAUDE_CODE_MCP_SERVER_URL";

fn headers(id: &str) -> Result<bool, Refusal> {
    let (state, profile, remote) = approved(&ProfileId::parse(id).ok_or(Refusal::Usage)?)?;
    let server = || profile.server.clone();
    let asked = std::env::var_os(ASKED_FOR).ok_or_else(|| Refusal::Untold { server: server() })?;
    let asked = asked.to_str().and_then(|asked| reqwest::Url::parse(asked).ok());
    if asked.is_none() || asked != reqwest::Url::parse(&remote.url).ok() {
        return Err(Refusal::Changed { server: server(), difference: Difference::Url });
    }
    let keys = Released::of(&profile, &state).map_err(|source| Refusal::Release { server: server(), source })?;
    // What could not be sent is not printed either.
    Remote::of(&remote, &keys).map_err(|source| Refusal::Remote { server: server(), source })?;
    let values = remote::values(&remote, &keys).map_err(|source| Refusal::Remote { server: server(), source })?;
    let json = serde_json::json!(values).to_string();
    let mut output = io::stdout().lock();
    let printed = output.write_all(json.as_bytes()).and_then(|()| output.write_all(b"\n"));
    printed.map_err(|source| Refusal::System { server: server(), source })?;
    Ok(true)
}
