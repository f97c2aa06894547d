//! What one server is and may do: the file behind `--profile ID`.
//!
//! Written by the auditor when a fix is applied, read by the launcher at every
//! start. The profile decides what runs; the caller's words are only compared
//! with it (`command.rs`). Holds handles of secrets, never a secret.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::command::{Approved, Token};
use crate::disk;
use crate::refused;
use crate::sandbox::Sandbox;
use crate::state::State;
use crate::vault::Handle;
use crate::{made, tried};

pub use crate::id::ProfileId;

/// What the launcher starts, all absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    pub program: PathBuf,
    pub args: Vec<Token>,
    /// `None` keeps the caller's; package launchers get a neutral folder.
    pub cwd: Option<PathBuf>,
    /// Variables set for the server whatever the caller says: `PATH`, `HOME`.
    pub env: BTreeMap<String, String>,
}

/// An installed package the server runs from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// `npm` or `pypi`.
    pub ecosystem: String,
    pub name: String,
    /// Exact.
    pub version: String,
    /// Its folder in the package store.
    pub dir: PathBuf,
    /// What it held when it was installed; `None` in profiles of before this
    /// was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

/// What a folder of the store holds, as digests in hexadecimal SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Of the names, modes, links and bytes of all that lies in it.
    pub bytes: String,
    /// Of their names, inodes, sizes and times of last change: as long as these
    /// are the same, nobody has written there, and the bytes need not be read.
    pub seen: String,
}

/// A server elsewhere, and what it is told: with references (`keychain:LABEL`)
/// where a key stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remote {
    /// `https`, or `http` to this computer itself.
    pub url: String,
    /// Speaks the HTTP with events of before 2025-03-26.
    pub sse: bool,
    pub headers: BTreeMap<String, String>,
    /// How the entry named its kind before it started the relay, by member: `type`, `http`. For whoever puts it back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kinds: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// 1.
    pub schema: u32,
    pub id: ProfileId,
    /// The server's name in its config; shown, never compared.
    pub server: String,
    /// The client's id; shown, never compared.
    pub client: String,
    pub approved: Approved,
    pub run: Run,
    /// Variable name to keychain item.
    pub secrets: BTreeMap<String, Handle>,
    /// Keychain items whose references (`keychain:LABEL`) stand inside words of
    /// `run.args`, or of `remote`; put in at each start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inside: Vec<Handle>,
    /// A server elsewhere, which only the relay speaks to; `run.program` is the
    /// relay then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<Remote>,
    pub sandbox: Option<Sandbox>,
    pub package: Option<Package>,
}

#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("there is no profile {id}")]
    Missing { id: String },
    #[error("cannot read the profile {path}")]
    Io {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the profile {path} is damaged")]
    Damaged {
        path: PathBuf,
        #[source]
        source: serde_json::Error,
    },
    #[error("the profile {path} can be changed by other users")]
    Exposed { path: PathBuf },
    #[error("the profile {path} is from a newer Warder")]
    Newer { path: PathBuf },
}

/// The only layout there is so far.
const SCHEMA: u32 = 1;

/// What a profile of any layout has.
#[derive(Deserialize)]
struct AnyProfile {
    schema: u32,
}

impl Profile {
    /// Every keychain item that it names.
    pub fn handles(&self) -> impl Iterator<Item = &Handle> {
        self.secrets.values().chain(&self.inside)
    }

    /// Reads one profile. Refuses a file or folder that another user owns or
    /// could write (POSIX), an id that does not match, an unknown schema.
    pub fn read(state: &State, id: &ProfileId) -> Result<Profile, ProfileError> {
        let path = file(state, id);
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => ProfileError::Missing { id: id.as_str().to_owned() },
            _ => ProfileError::Io { path: path.clone(), source },
        };
        for folder in [state.dir(), &state.profiles()] {
            if disk::folder_is_exposed(folder).map_err(failed)? {
                return Err(ProfileError::Exposed { path: folder.to_owned() });
            }
        }
        let Some(bytes) = disk::read_private(&path).map_err(failed)? else {
            return Err(ProfileError::Exposed { path });
        };
        let damaged = |source| ProfileError::Damaged { path: path.clone(), source };
        let any: AnyProfile = serde_json::from_slice(&bytes).map_err(damaged)?;
        if any.schema > SCHEMA {
            return Err(ProfileError::Newer { path });
        }
        let profile: Profile = serde_json::from_slice(&bytes).map_err(damaged)?;
        let fault = if profile.schema != SCHEMA {
            "its schema is unknown"
        } else if profile.id != *id {
            "it belongs to another id"
        } else if !profile.run.program.is_absolute() {
            "its program is not an absolute path"
        } else {
            return Ok(profile);
        };
        Err(damaged(serde::de::Error::custom(fault)))
    }

    /// Writes atomically (temp file 0600, fsync, rename, fsync folder).
    pub fn write(&self, state: &State) -> Result<(), ProfileError> {
        let path = file(state, &self.id);
        let mut bytes =
            serde_json::to_vec_pretty(self).map_err(|source| ProfileError::Damaged { path: path.clone(), source })?;
        bytes.push(b'\n');
        disk::private_folder(state.dir())
            .and_then(|()| disk::private_folder(&state.profiles()))
            .and_then(|()| disk::replace(&path, &bytes, 0o600))
            .map_err(|source| ProfileError::Io { path, source })
    }

    /// What was refused to it goes along. Removing what is not there is fine.
    pub fn remove(state: &State, id: &ProfileId) -> Result<(), ProfileError> {
        let path = file(state, id);
        refused::forget(state, id)
            .and_then(|()| tried::forget(state, id))
            .and_then(|()| made::forget(state, id))
            .and_then(|()| disk::forget(&path))
            .map_err(|source| ProfileError::Io { path, source })
    }

    /// The ids of all profiles, sorted; none when there is no folder yet.
    /// Files of another shape of name are not profiles.
    pub fn list(state: &State) -> Result<Vec<ProfileId>, ProfileError> {
        let folder = state.profiles();
        let failed = |source| ProfileError::Io { path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(failed)?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry.map_err(failed)?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".json"));
            ids.extend(id.and_then(ProfileId::parse));
        }
        ids.sort();
        Ok(ids)
    }
}

fn file(state: &State, id: &ProfileId) -> PathBuf {
    state.profiles().join(format!("{}.json", id.as_str()))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::command::{seal_argument, seal_variable};

    /// A profile with one of everything; its `run` keeps the sealed word.
    pub(crate) fn profile() -> Profile {
        let id = ProfileId::new("github", [7; 16]);
        let sealed = Token::Sealed { sha256: seal_argument(&id, 3, "--key=abc") };
        let text = |text: &str| Token::Text(text.to_owned());
        Profile {
            schema: 1,
            server: "github".into(),
            client: "cursor".into(),
            approved: Approved {
                argv: vec![text("npx"), text("-y"), text("server"), sealed.clone()],
                env: BTreeMap::from([("MODE".into(), seal_variable(&id, "MODE", "fast"))]),
                varies: Vec::new(),
                cwd: None,
                inherited: BTreeMap::new(),
            },
            run: Run {
                program: PathBuf::from(if cfg!(windows) { r"C:\node.exe" } else { "/usr/bin/node" }),
                args: vec![text("/opt/server.js"), sealed],
                cwd: None,
                env: BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into())]),
            },
            secrets: BTreeMap::from([("TOKEN".into(), Handle::new("TOKEN", [9; 16]))]),
            inside: Vec::new(),
            remote: None,
            sandbox: None,
            package: None,
            id,
        }
    }

    fn state() -> (tempfile::TempDir, State) {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join(".warder"));
        (home, state)
    }

    #[test]
    fn a_profile_comes_back_as_written() {
        let (_home, state) = state();
        let mut written = profile();
        assert_eq!(Profile::list(&state).unwrap(), []);
        assert!(matches!(Profile::read(&state, &written.id), Err(ProfileError::Missing { .. })));
        written.write(&state).unwrap();
        written.sandbox = Some(Sandbox::new("/home/u"));
        written.write(&state).unwrap();
        assert_eq!(Profile::read(&state, &written.id).unwrap(), written);
        fs::write(state.profiles().join("notes.json"), "x").unwrap();
        assert_eq!(Profile::list(&state).unwrap(), [written.id.clone()]);
        Profile::remove(&state, &written.id).unwrap();
        Profile::remove(&state, &written.id).unwrap();
        assert!(matches!(Profile::read(&state, &written.id), Err(ProfileError::Missing { .. })));
    }

    #[test]
    fn a_changed_file_is_refused() {
        let (_home, state) = state();
        let written = profile();
        written.write(&state).unwrap();
        let path = file(&state, &written.id);
        let good = fs::read_to_string(&path).unwrap();
        let other = ProfileId::new("other", [8; 16]);
        fs::write(file(&state, &other), &good).unwrap();
        #[cfg(unix)]
        chmod(&file(&state, &other), 0o600);
        assert!(matches!(Profile::read(&state, &other), Err(ProfileError::Damaged { .. })));
        let schema = |schema: &str| good.replacen("\"schema\": 1", schema, 1);
        for bad in [
            String::new(),
            good[..good.len() / 2].to_owned(),
            good.replacen('{', "{\"more\": 1,", 1),
            schema("\"schema\": 0"),
            good.replacen("\"program\": \"", "\"program\": \"./", 1).replace("./C:", "C:node"),
        ] {
            fs::write(&path, bad).unwrap();
            assert!(matches!(Profile::read(&state, &written.id), Err(ProfileError::Damaged { .. })));
        }
        fs::write(&path, schema("\"schema\": 2, \"news\": true")).unwrap();
        assert!(matches!(Profile::read(&state, &written.id), Err(ProfileError::Newer { .. })));
    }

    #[cfg(unix)]
    fn chmod(path: &std::path::Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_change_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let (home, state) = state();
        let written = profile();
        written.write(&state).unwrap();
        let path = file(&state, &written.id);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let refused = || matches!(Profile::read(&state, &written.id), Err(ProfileError::Exposed { .. }));
        for (changed, wide, narrow) in [
            (path.as_path(), 0o620, 0o600),
            (&path, 0o602, 0o600),
            (&state.profiles(), 0o770, 0o700),
            (state.dir(), 0o777, 0o700),
        ] {
            chmod(changed, wide);
            assert!(refused(), "{}", changed.display());
            chmod(changed, narrow);
            assert!(!refused());
        }
        let moved = home.path().join("moved");
        fs::rename(&path, &moved).unwrap();
        std::os::unix::fs::symlink(&moved, &path).unwrap();
        assert!(refused());
    }
}
