//! Copies of moved keys: where they lie, and out with them where that is safe.

use anyhow::{Result, bail};
use clap::Args;
use warder_audit::api::{Choices, CopyKind, KeyCopy, Residue as Copies};
use warder_audit::count::counted;
use warder_audit::session::Session;

use crate::{Home, fix, interactive, print, session, told};

#[derive(Args)]
pub(crate) struct Residue {
    /// A change of `warder log`, or the name of a key; without it every key that was moved.
    change: Option<String>,
    /// Print what was found as JSON.
    #[arg(long)]
    json: bool,
    /// Take the keys out of backups, editors' older versions and files of variables; shows each and asks.
    #[arg(long, conflicts_with = "json")]
    scrub: bool,
    /// Do not ask.
    #[arg(long, requires = "scrub")]
    yes: bool,
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    projects: crate::Projects,
}

/// `false`: there are copies.
pub(crate) fn run(residue: Residue) -> Result<bool> {
    let mut env = residue.home.env()?;
    residue.projects.add(&mut env)?;
    let mut session = session(env);
    let shows = interactive();
    let mut said = 0;
    let mut going = |files: usize| {
        if shows && files >= said + 2000 {
            said = files;
            print::talk(&format!("Looked at {files} files …"));
        }
        true
    };
    let found = session.residue(residue.change.as_deref(), &mut going).map_err(told)?;
    if residue.json {
        print::json(&found)?;
        return Ok(found.copies.is_empty());
    }
    show(&found);
    if !residue.scrub {
        return Ok(found.copies.is_empty());
    }
    let mut left = found.copies.len();
    let mut failed = 0;
    for copy in &found.copies {
        let Some(id) = &copy.fix else { continue };
        match scrub(&mut session, id, residue.yes) {
            Ok(true) => left -= 1,
            Ok(false) => {}
            Err(error) => {
                failed += 1;
                print::failure(&error);
            }
        }
    }
    if failed > 0 {
        bail!("{failed} could not be taken out");
    }
    Ok(left == 0)
}

/// Shows, asks, does. `false`: not done.
fn scrub(session: &mut Session, id: &str, yes: bool) -> Result<bool> {
    let preview = session.preview(id, &Choices::default()).map_err(told)?;
    print::preview(&preview, false);
    if !yes && !fix::asked(&preview, false)? {
        print::talk("Left as it is.");
        return Ok(false);
    }
    let change = session.apply(id, &Choices::default(), &preview.seen, false).map_err(told)?;
    print::line(&format!("{}  undo: warder undo {}", change.title, change.id));
    Ok(true)
}

fn show(found: &Copies) {
    if found.keys.is_empty() && found.skipped.is_empty() {
        print::line("No key was moved to the keychain yet, so there is nothing to look for.");
        return;
    }
    let mut kind = None;
    for copy in &found.copies {
        if kind != Some(copy.kind) {
            kind = Some(copy.kind);
            print::line(&print::paint("1", title(copy.kind)));
            print::line(&format!("  {}", copy.advice));
        }
        print::line(&format!("    {}", place(copy)));
    }
    let looked =
        format!("{} and {}", counted(found.files, "file", "files"), counted(found.commits, "commit", "commits"));
    match (found.copies.len(), found.keys.len()) {
        (_, 0) => {}
        (0, 1) => print::line(&format!("No copy of {} in {looked}.", found.keys[0])),
        (0, keys) => print::line(&format!("No copy of {keys} keys in {looked}.")),
        (copies, _) => print::line(&format!("Copies in {copies} of {looked}.")),
    }
    if !found.skipped.is_empty() {
        print::talk("Not looked at:");
    }
    found.skipped.iter().for_each(|one| print::talk(&format!("  {}: {}", one.shown, one.why)));
    if found.copies.iter().any(|copy| copy.fix.is_some()) {
        print::talk("`warder residue --scrub` takes keys out where that is safe; it shows each change first.");
    }
}

fn place(copy: &KeyCopy) -> String {
    let place = match (copy.line, &copy.commit) {
        (Some(line), _) => format!("{}:{line}", copy.shown),
        (None, Some(commit)) => format!("{} · commit {commit}", copy.shown),
        (None, None) => copy.shown.clone(),
    };
    let count = match (copy.count, copy.kind) {
        (1, _) => String::new(),
        (count, CopyKind::Git) => format!(" · {count} versions"),
        (count, _) => format!(" · {count} places"),
    };
    format!("{place} · {}{count}", copy.keys.join(", "))
}

fn title(kind: CopyKind) -> &'static str {
    match kind {
        CopyKind::Config => "Other configs",
        CopyKind::Backup => "Backups",
        CopyKind::LocalHistory => "Older versions in editors",
        CopyKind::EnvFile => "Files of variables",
        CopyKind::Settings => "Settings of shells and tools",
        CopyKind::Log => "Logs",
        CopyKind::Conversation => "Conversations with clients",
        CopyKind::ShellHistory => "Shell histories",
        CopyKind::Git => "Git history",
    }
}
