//! A fresh home for one config, at the place where its client keeps it.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use warder_audit::clients::{self, Base, ConfigFile, Os, Scope};
use warder_audit::env::Env;
use warder_audit::machine::Machine;
use warder_audit::session::Session;
use warder_launch::vault::MemoryVault;

use crate::collection::File;

/// A home with one config in it; gone when dropped.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    vault: Arc<MemoryVault>,
    pub(crate) env: Env,
    /// The config.
    pub(crate) path: PathBuf,
}

/// The row of the client's table whose place makes Warder find most servers in this file.
pub(crate) fn row(file: &File) -> Result<&'static ConfigFile> {
    let (client, named) = clients::named(&file.client, &file.path).context("no such client")?;
    let like = client
        .files
        .iter()
        .filter(|row| !std::ptr::eq(*row, named) && row.format == named.format && row.os.contains(&Os::Linux));
    let mut best = None;
    for row in std::iter::once(named).chain(like) {
        let Ok(home) = Home::with(file, row) else { continue };
        let found = home.session().scan().machine.servers.len();
        if best.is_none_or(|(_, most)| found > most) {
            best = Some((row, found));
        }
    }
    best.map(|(row, _)| row).context("none of its client's places is on this system")
}

impl Home {
    pub(crate) fn with(file: &File, row: &'static ConfigFile) -> Result<Home> {
        let folder = tempfile::tempdir()?;
        let root = folder.path().canonicalize()?;
        // A folder that a narrowed server keeps; files for the launcher and the relay, which nothing here starts.
        let project = root.join("code/app");
        fs::create_dir_all(&project)?;
        let launcher = root.join("warder-launch");
        fs::write(&launcher, "")?;
        fs::write(root.join("warder-relay"), "")?;
        let os = if row.os.contains(&Os::Linux) { Os::Linux } else { row.os[0] };
        let programs = root.join("bin");
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
        let mut env = Env {
            os,
            home: root.clone(),
            vars: BTreeMap::from([("PATH".to_owned(), path)]),
            projects: Vec::new(),
            files: Vec::new(),
            only: None,
            root: root.join("system"),
            today: None,
            instead: Vec::new(),
            launcher: Some(launcher),
        };
        if matches!(row.scope, Scope::Project | Scope::Local) {
            env.projects.push(project.clone());
        }
        let base = match row.base {
            Base::Only(name) => {
                env.vars.insert(name.to_owned(), root.join("named").to_string_lossy().into_owned());
                root.join("named")
            }
            Base::Project | Base::Given | Base::Repository => project,
            base => env.base(base).or(env.projects.first().cloned()).context("its place is not on this system")?,
        };
        let place = row.path.replace("**/", "").replace('*', "x");
        let path = match row.base {
            Base::Given => base.join(file.path.file_name().context("a file has a name")?),
            _ if place.is_empty() => base,
            _ => base.join(place),
        };
        if row.base == Base::Given {
            let (client, _) = clients::named(&file.client, &file.path).context("no such client")?;
            env.only = Some((path.clone(), client, row));
        }
        fs::create_dir_all(path.parent().context("a place lies in a folder")?)?;
        fs::write(&path, fs::read(&file.path)?)?;
        // Warder refuses to wrap what is not installed; nothing is started here, so a name will do.
        fs::create_dir_all(&programs)?;
        for server in Machine::look(env.clone()).servers {
            let program = server.command().map(|command| command.program.value.clone()).unwrap_or_default();
            if !program.is_empty() && !program.contains(['/', '\\', '\0', '$']) && program.len() < 100 {
                let place = programs.join(program);
                fs::write(&place, "")?;
                fs::set_permissions(&place, fs::Permissions::from_mode(0o755))?;
            }
        }
        Ok(Home { folder, vault: Arc::default(), env, path })
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn session(&self) -> Session {
        Session::open(self.env.clone(), self.env.state(), self.vault.clone())
    }

    pub(crate) fn bytes(&self) -> Result<Vec<u8>> {
        Ok(fs::read(&self.path)?)
    }
}
