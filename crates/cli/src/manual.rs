//! The manual pages and shell completions, made of what the command line takes.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{Cli, print};

#[derive(Args)]
pub(crate) struct Completions {
    shell: Shell,
}

#[derive(Args)]
pub(crate) struct Manual {
    /// An existing folder.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(crate) fn completions(completions: &Completions) -> Result<bool> {
    let mut cli = Cli::command();
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut cli, "warder", &mut script);
    print::streamed(|out| Ok(out.write_all(&script)?))?;
    Ok(true)
}

/// `warder.1`, and one page for each command.
pub(crate) fn pages(manual: &Manual) -> Result<bool> {
    let cli = Cli::command();
    // A page has room for what a list of commands has not.
    let described = format!(
        "{}.\n\nResults go to standard output, talk goes to standard error. The exit code is 0 when nothing is wrong, 1 \
         when something is, 2 when the command could not do its work.",
        cli.get_about().map(ToString::to_string).unwrap_or_default()
    );
    clap_mangen::generate_to(cli.long_about(described), &manual.folder)
        .with_context(|| format!("writing into {}", manual.folder.display()))?;
    Ok(true)
}
