//! Config files: their modes, what git makes of them, who copies them elsewhere.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::synced::Synced;
use crate::env::Env;
use crate::facts::{Access, Facts, FileFacts};
use crate::machine::places::Look;
use crate::machine::shared::Repositories;
use crate::machine::{FileState, Machine, Shared};

/// Fills in `Facts::files`: of every config that was read.
pub(super) fn gather(machine: &Machine, files: &mut Files, facts: &mut Facts) {
    let known = |file: &crate::machine::FoundFile| match file.state {
        FileState::Read(_) => {
            let seen = files.facts(&file.path);
            match file.shared {
                Some(Shared::Sync) => FileFacts { synced: Some("VS Code's Settings Sync".to_owned()), ..seen },
                _ => seen,
            }
        }
        _ => FileFacts::default(),
    };
    facts.files = machine.files.iter().map(known).collect();
}

/// What is known of files on this disk; each folder is asked once.
pub(super) struct Files<'a> {
    env: &'a Env,
    look: &'a mut Look,
    repositories: &'a mut Repositories,
    synced: Synced,
    /// Whether users other than the owner can come through a folder.
    open: HashMap<PathBuf, bool>,
}

impl<'a> Files<'a> {
    pub(super) fn of(env: &'a Env, look: &'a mut Look, repositories: &'a mut Repositories) -> Files<'a> {
        Files { env, look, repositories, synced: Synced::of(env), open: HashMap::new() }
    }

    /// The facts of one file, by what its links lead to.
    pub(super) fn facts(&mut self, path: &Path) -> FileFacts {
        let Some(real) = self.look.real(path) else { return FileFacts::default() };
        FileFacts {
            access: self.access(&real),
            git: self.repositories.git(self.env, self.look, &real),
            synced: Some(self.synced.by(&real).unwrap_or_default().to_owned()),
        }
    }

    /// `None` where files have no such modes (Windows).
    fn access(&mut self, real: &Path) -> Option<Access> {
        let mode = mode(&fs::metadata(real).ok()?)?;
        let mut reachable = true;
        for folder in real.ancestors().skip(1) {
            let open = self.open.entry(folder.to_owned());
            reachable &= *open.or_insert_with_key(|folder| {
                let mode = fs::metadata(folder).ok().and_then(|meta| self::mode(&meta));
                mode.is_some_and(|mode| mode & 0o011 != 0)
            });
        }
        Some(Access { mode, reachable })
    }
}

/// Permission bits, without those of a group that is its owner's own: many
/// systems give every user one, of the same number.
#[cfg(unix)]
fn mode(meta: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let own = meta.gid() == meta.uid() || meta.gid() == 0;
    Some(meta.mode() & if own { 0o7707 } else { 0o7777 })
}

#[cfg(not(unix))]
fn mode(_: &fs::Metadata) -> Option<u32> {
    None
}
