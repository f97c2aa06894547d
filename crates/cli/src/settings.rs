//! `warder settings`: what the window and the command line look at besides the usual places.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use warder_audit::api::{Answer, ExtraFile, Request, Settings as Kept, SettingsPage};
use warder_audit::redact;

use crate::{Home, print, session, told};

#[derive(Args)]
pub(crate) struct Settings {
    /// Read this project's files from now on. May be given more than once.
    #[arg(long, value_name = "DIR")]
    add_project: Vec<PathBuf>,
    /// Do not read this project's files any more.
    #[arg(long, value_name = "DIR")]
    remove_project: Vec<PathBuf>,
    /// Read this file from now on.
    #[arg(long, value_name = "FILE")]
    add_file: Option<PathBuf>,
    /// The client that reads the added file; told from its name where it is not given.
    #[arg(long, value_name = "ID", requires = "add_file")]
    client: Option<String>,
    /// Do not read this file any more.
    #[arg(long, value_name = "FILE")]
    remove_file: Vec<PathBuf>,
    /// Open configs in this editor; `auto`: in the first that is there.
    #[arg(long, value_name = "ID")]
    editor: Option<String>,
    /// Print them as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    home: Home,
}

pub(crate) fn run(asked: &Settings) -> Result<bool> {
    let mut session = session(asked.home.env()?);
    let mut ask = |request| match session.ask(request).map_err(told)? {
        Answer::Settings(page) => Ok::<SettingsPage, anyhow::Error>(page),
        _ => bail!("settings are answered with settings"),
    };
    let mut page = ask(Request::Settings)?;
    let wanted = changed(asked, &page.settings)?;
    if wanted != page.settings {
        page = ask(Request::Settle { settings: wanted })?;
    }
    match (asked.json, page.damaged.is_some()) {
        (true, _) => print::json(&page.settings)?,
        (false, false) => show(&page),
        (false, true) => {}
    }
    if let Some(damaged) = page.damaged {
        bail!(
            "{damaged}\nThe usual settings count until you mend it, or settle anew; the damaged file is then put aside."
        );
    }
    Ok(true)
}

fn changed(asked: &Settings, now: &Kept) -> Result<Kept> {
    let mut wanted = now.clone();
    for project in &asked.add_project {
        wanted.projects.push(absolute(project)?);
    }
    for project in &asked.remove_project {
        let project = absolute(project)?;
        let before = wanted.projects.len();
        wanted.projects.retain(|one| *one != project);
        if wanted.projects.len() == before {
            bail!("{project} is none of your projects");
        }
    }
    if let Some(file) = &asked.add_file {
        let path = absolute(file)?;
        wanted.files.retain(|one| one.path != path);
        wanted.files.push(ExtraFile { path, client: asked.client.clone() });
    }
    for file in &asked.remove_file {
        let file = absolute(file)?;
        let before = wanted.files.len();
        wanted.files.retain(|one| one.path != file);
        if wanted.files.len() == before {
            bail!("{file} is none of your files");
        }
    }
    match asked.editor.as_deref() {
        Some("auto") => wanted.editor = None,
        Some(id) => wanted.editor = Some(id.to_owned()),
        None => {}
    }
    Ok(wanted)
}

fn absolute(path: &Path) -> Result<String> {
    let path = std::path::absolute(path).with_context(|| format!("reading {}", path.display()))?;
    // A slash at the end makes no other folder.
    let path: PathBuf = path.components().collect();
    path.into_os_string().into_string().map_err(|_| anyhow::anyhow!("this path is no text"))
}

fn show(page: &SettingsPage) {
    let kept = &page.settings;
    let list = |title: &str, none: &str, rows: Vec<String>| {
        print::line(&print::paint("1", title));
        if rows.is_empty() {
            print::line(&format!("  {none}"));
        }
        rows.iter().for_each(|row| print::line(&format!("  {}", redact::line(row))));
    };
    list("Projects that are read", "none besides those that are named with --project", kept.projects.clone());
    let file = |file: &ExtraFile| match &file.client {
        Some(client) => format!("{} as {client} reads it", file.path),
        None => file.path.clone(),
    };
    list("Files that are read", "only those in the usual places", kept.files.iter().map(file).collect());
    let editor = match &kept.editor {
        Some(id) => page
            .editors
            .iter()
            .find(|one| one.id == *id)
            .map_or(format!("{id}, which is not here"), |one| one.name.clone()),
        None => page
            .editors
            .first()
            .map_or("none that Warder knows is here".to_owned(), |one| format!("{}, as it is the first", one.name)),
    };
    list("Editor", "", vec![editor]);
    list(
        "Editors that are here",
        "none that Warder knows",
        page.editors.iter().map(|one| format!("{}  {}", one.id, one.name)).collect(),
    );
}
