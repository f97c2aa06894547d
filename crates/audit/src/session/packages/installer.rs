//! Runs npm or uv behind a fence of its own: only the package's folder can be
//! written, and of the home only what they need to run can be read.
//!
//! The fence is the launcher's, with a profile that is there for this one start.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use warder_launch::command::{Approved, Token};
use warder_launch::profile::{Profile, ProfileId, Run};
use warder_launch::sandbox::{Grant, Network, Sandbox, is_too_broad};
use warder_launch::state::State;
use warder_launch::wrap::Wrapped;

use crate::api::{Code, Failure};
use crate::env::Env;
use crate::programs::{below, resolve, search_path, settled};
use crate::server::command::Ecosystem;
use crate::session::failures::{profile_failure, refused};
use crate::session::fence::{failure, runtime_of};

use super::settings::{Settings, pythons};
use super::wanted::Wanted;

/// In place of a client's id: no entry starts through such a profile.
pub(in crate::session) const CLIENT: &str = "warder";

/// Where npm or uv is: beside the launch line's own program, or on the `PATH`.
pub(super) fn find(env: &Env, wanted: &Wanted) -> Result<PathBuf, Failure> {
    let name = wanted.installer();
    let beside = resolve(env, &wanted.beside, None).map(|path| path.with_file_name(name));
    let found = beside.filter(|path| path.is_file()).or_else(|| resolve(env, name, None));
    found.map(|path| settled(env, &path)).ok_or_else(|| Failure {
        code: Code::Refused,
        message: format!(
            "the program {name} is needed to install {} for the sandbox",
            crate::redact::line(&wanted.name)
        ),
        hint: Some(format!("Install {name} and try again.")),
    })
}

/// Runs the installer in the package's folder, and nowhere else.
pub(super) fn run(
    env: &Env,
    wanted: &Wanted,
    installer: &Path,
    dir: &Path,
    arguments: &[&str],
    set: &[(&str, String)],
) -> Result<(), Failure> {
    let name = wanted.installer();
    let settings = Settings::of(env, wanted.ecosystem)?.with(env, &wanted.variables);
    let state = env.state();
    let mut read = runtime_of(env, installer);
    let mut path = search_path(env, installer);
    if wanted.ecosystem == Ecosystem::Pypi {
        let pythons = pythons(env);
        for bin in pythons.iter().flat_map(|place| below(place)).map(|version| version.join("bin")) {
            path = format!("{path}:{}", bin.display());
        }
        read.extend(pythons);
    }
    read.extend(settings.files);
    read.sort();
    read.dedup();
    let grant = |path: &PathBuf| {
        let grant = Grant::of(path).map_err(|error| failure(&error))?;
        match is_too_broad(&grant.path, &env.home) {
            true => Err(refused(format!(
                "the installer {name} would have to read {}, which no sandbox may show",
                env.shown(path)
            ))),
            false => Ok(grant),
        }
    };
    let own = Grant::of(dir).map_err(|error| failure(&error))?;
    let words: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    let tokens = words.iter().cloned().map(Token::Text);
    let profile = Profile {
        schema: 1,
        id: ProfileId::new(name, crate::session::random()),
        server: name.to_owned(),
        client: CLIENT.to_owned(),
        approved: Approved {
            argv: std::iter::once(Token::Text(name.to_owned())).chain(tokens.clone()).collect(),
            env: BTreeMap::new(),
            // What they say may be a token; a profile holds none.
            varies: settings.variables.keys().cloned().collect(),
            cwd: None,
            inherited: BTreeMap::new(),
        },
        run: Run {
            program: installer.to_owned(),
            args: tokens.collect(),
            cwd: Some(dir.to_owned()),
            env: std::iter::once(("PATH".to_owned(), path))
                .chain(set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())))
                .collect(),
        },
        secrets: BTreeMap::new(),
        inside: Vec::new(),
        remote: None,
        sandbox: Some(Sandbox {
            read: read.iter().map(grant).collect::<Result<_, _>>()?,
            write: vec![own],
            network: Network::All,
            ..Sandbox::new(&env.home)
        }),
        package: None,
    };
    profile.write(&state).map_err(|error| profile_failure(&error))?;
    let _once = Once { state: &state, id: &profile.id };
    let wrapped = Wrapped { profile: profile.id.clone(), program: name.to_owned(), args: words };
    let output = Command::new(state.launcher())
        .args(wrapped.arguments())
        .current_dir("/")
        .env_clear()
        .envs(&settings.variables)
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::null())
        .output()
        .map_err(|error| refused(format!("cannot start {name}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    let talk = String::from_utf8_lossy(&output.stderr);
    let last = talk.lines().filter(|line| !line.trim().is_empty()).take(3).collect::<Vec<_>>().join(" · ");
    let message = format!("{name} could not install {}", crate::redact::line(&wanted.name));
    Err(Failure { code: Code::Refused, message, hint: Some(crate::redact::line(&last)) })
}

/// A profile that is gone when this is dropped. What a crash leaves is removed
/// at the next change.
struct Once<'a> {
    state: &'a State,
    id: &'a ProfileId,
}

impl Drop for Once<'_> {
    fn drop(&mut self) {
        let _ = Profile::remove(self.state, self.id);
    }
}
