//! `warder uninstall`: everything back as it was, and nothing of Warder left.

use anyhow::{Result, bail};
use clap::Args;
use warder_audit::session::uninstall::{Extent, Leaving};

use crate::restore::{left, preview};
use crate::{Home, asked, interactive, print, session, told};

#[derive(Args)]
pub(crate) struct Uninstall {
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Also what no entry names that Warder sees. Entries of projects not named here stop working.
    #[arg(long)]
    unseen: bool,
    /// Remove ~/.warder whole: the history too, with whatever it could undo, and what sandboxed servers kept.
    #[arg(long)]
    purge: bool,
    #[command(flatten)]
    projects: crate::Projects,
    #[command(flatten)]
    home: Home,
}

pub(crate) fn run(uninstall: Uninstall) -> Result<bool> {
    let mut env = uninstall.home.env()?;
    uninstall.projects.add(&mut env)?;
    let mut session = session(env);
    let extent = Extent { unseen: uninstall.unseen, purge: uninstall.purge };
    let foretold = session.restoring(&[]).map_err(told)?;
    let leaving = session.leaving(extent).map_err(told)?;
    if leaving == Leaving::default() {
        print::talk("There is nothing to take off. Now the program itself can be removed, the way it was installed.");
        return Ok(true);
    }
    foretold.iter().for_each(preview);
    foresee(&leaving, extent);
    if !uninstall.yes && !interactive() {
        bail!("this needs a yes; say --yes, or run it at a terminal");
    }
    if !uninstall.yes && !matches!(asked("Do this? [y/N]")?.as_str(), "y" | "Y" | "yes") {
        print::talk("Left as it is.");
        return Ok(false);
    }
    // None named means all of them, also those that came to be wrapped meanwhile.
    for one in session.restore(&[]).map_err(told)? {
        match &one.failure {
            None => print::line(&format!("Restored: {} ({})", one.name, one.shown)),
            Some(failure) => print::talk(&left(&one, failure)),
        }
    }
    let now = session.leaving(extent).map_err(told)?;
    if !now.wrapped.is_empty() {
        print::talk(&format!("Launcher and keys stay, for these need them: {}.", now.wrapped.join(", ")));
    }
    if !extent.unseen && !now.unseen.is_empty() {
        print::talk(&unseen(&now));
    }
    if !now.wrapped.is_empty() || !(extent.unseen || now.unseen.is_empty()) {
        return Ok(false);
    }
    let done = session.leave(extent).map_err(told)?;
    done.removed.iter().for_each(|what| print::line(&format!("Removed: {what}")));
    done.left.iter().for_each(|what| print::talk(&format!("Left: {what}")));
    if now.undoable > 0 && !extent.purge {
        print::talk(
            "The history stays in ~/.warder, and its key in the keychain: warder uninstall --purge removes both.",
        );
    }
    print::talk("Now the program itself can be removed, the way it was installed.");
    Ok(done.left.is_empty())
}

/// What comes after the entries.
fn foresee(leaving: &Leaving, extent: Extent) {
    if !extent.unseen && !leaving.unseen.is_empty() {
        print::talk(&unseen(leaving));
        return;
    }
    if extent.unseen && !leaving.unseen.is_empty() {
        print::talk(&format!("These stop working, if they are still used: {}.", leaving.unseen.join(", ")));
    }
    if !leaving.paths.is_empty() {
        print::talk(&format!("Then this is removed: {}", leaving.paths.join(", ")));
    }
    if !leaving.keys.is_empty() {
        print::talk(&format!(
            "These keys go from the keychain, and may stand nowhere else: {}. To keep one, copy it first.",
            leaving.keys.join(", ")
        ));
    }
    if extent.purge && leaving.undoable > 0 {
        print::talk("Nothing that Warder changed can be undone afterwards.");
    }
}

fn unseen(leaving: &Leaving) -> String {
    format!(
        "Launcher and keys stay, for these may be named in projects that were not looked at: {}. Name the project with \
         --project, or say --unseen to remove them.",
        leaving.unseen.join(", ")
    )
}
