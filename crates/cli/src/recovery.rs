//! `warder recovery`: the history's key on paper, and back from there.

use std::io::{IsTerminal, Read};

use anyhow::{Result, bail};
use clap::{Args, Subcommand};
use warder_audit::count::counted;
use warder_launch::vault::Secret;

use crate::{Home, hidden, interactive, print, session, told};

#[derive(Subcommand)]
pub(crate) enum Recovery {
    /// Shows the key of the history, to be written down. Needs a terminal.
    Show(Of),
    /// Puts a key that was written down back into the keychain.
    Use(Of),
}

#[derive(Args)]
pub(crate) struct Of {
    #[command(flatten)]
    home: Home,
}

pub(crate) fn run(recovery: Recovery) -> Result<bool> {
    match recovery {
        Recovery::Show(of) => show(&of),
        Recovery::Use(of) => put_back(&of),
    }
}

fn show(of: &Of) -> Result<bool> {
    if !interactive() || !std::io::stdout().is_terminal() {
        bail!("the recovery key is shown at a terminal only, so that it ends up in no file");
    }
    let key = session(of.home.env()?).recovery_key().map_err(told)?;
    print::talk("With this key, and Warder's folder, every change can be undone, even when the keychain is lost.");
    print::talk("Write it down and keep it away from this computer. Who has both can read your old keys.");
    let groups: Vec<&str> = key.expose().split('-').collect();
    for row in groups.chunks(7) {
        print::line(&format!("  {}", row.join("-")));
    }
    Ok(true)
}

fn put_back(of: &Of) -> Result<bool> {
    let written = if std::io::stdin().is_terminal() {
        print::talk("Type the recovery key; it is not shown. Blanks and hyphens do not count.");
        hidden::typed()?
    } else {
        // A key has 56 characters and what stands between them.
        let mut text = String::new();
        std::io::stdin().lock().take(4096).read_to_string(&mut text)?;
        Secret::new(text)
    };
    let (opened, all) = session(of.home.env()?).recover_key(&written).map_err(told)?;
    print::line(&format!(
        "The key is in the keychain again. It opens {opened} of {} in the history.",
        counted(all, "change", "changes")
    ));
    Ok(opened == all)
}
