//! `warder doctor`: one line for each thing that wrapped entries need.

use anyhow::{Result, bail};
use clap::Args;
use warder_audit::api::{Answer, Health, Request};

use crate::print::{json, line, paint};
use crate::{Home, session, told};

#[derive(Args)]
pub(crate) struct Doctor {
    /// Print an array of what was looked at as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    projects: crate::Projects,
    #[command(flatten)]
    home: Home,
}

pub(crate) fn run(doctor: Doctor) -> Result<bool> {
    let mut env = doctor.home.env()?;
    doctor.projects.add(&mut env)?;
    let Answer::Doctor(checked) = session(env).ask(Request::Doctor).map_err(told)? else {
        bail!("the doctor answers with what was looked at");
    };
    if doctor.json {
        json(&checked)?;
    } else {
        for one in &checked {
            let word = match one.health {
                Health::Well => paint("32", "ok   "),
                Health::Note => paint("2", "note "),
                Health::Wrong => paint("31", "wrong"),
            };
            let hint = one.hint.as_ref().map_or_else(String::new, |hint| format!(" {hint}"));
            line(&format!("{word}  {}: {}{hint}", one.about, one.message));
        }
    }
    Ok(checked.iter().all(|one| one.health != Health::Wrong))
}
