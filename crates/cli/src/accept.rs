//! Living with a finding.

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use warder_audit::finding;

use crate::{Home, print, session, told};

#[derive(Args)]
pub(crate) struct Accept {
    /// The id of a finding, as `warder scan` prints it.
    finding: String,
    /// Why you live with it.
    #[arg(long, value_enum, required_unless_present = "withdraw")]
    reason: Option<Reason>,
    /// Your own words; stored unencrypted, so put no key in them.
    #[arg(long, default_value = "")]
    note: String,
    /// For this many days, 30 or 90; without it until what was found changes.
    #[arg(long = "for", value_name = "DAYS")]
    days: Option<u32>,
    /// Count it in full again.
    #[arg(long, conflicts_with_all = ["reason", "note", "days"])]
    withdraw: bool,
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    projects: crate::Projects,
}

#[derive(Clone, Copy, ValueEnum)]
enum Reason {
    /// It is wrong here.
    NotARisk,
    /// The server needs it.
    Needed,
    /// Something else keeps it from doing harm.
    Mitigated,
}

impl From<Reason> for finding::Reason {
    fn from(reason: Reason) -> finding::Reason {
        match reason {
            Reason::NotARisk => finding::Reason::NotARisk,
            Reason::Needed => finding::Reason::Needed,
            Reason::Mitigated => finding::Reason::Mitigated,
        }
    }
}

pub(crate) fn run(accept: Accept) -> Result<bool> {
    let mut env = accept.home.env()?;
    accept.projects.add(&mut env)?;
    let mut session = session(env);
    if accept.withdraw {
        session.withdraw(&accept.finding).map_err(told)?;
        print::line("It counts in full again.");
        return Ok(true);
    }
    let Some(reason) = accept.reason else { bail!("say why: --reason") };
    session.accept(&accept.finding, reason.into(), &accept.note, accept.days).map_err(told)?;
    print::line("Accepted: it stays in the report and counts half.");
    Ok(true)
}
