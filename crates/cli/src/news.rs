//! `warder news`: what others changed in the configs.

use anyhow::{Result, bail};
use clap::Args;
use warder_audit::api::{Answer, News as One, NewsPage, Request};

use crate::{Home, print, session, told};

#[derive(Args)]
pub(crate) struct News {
    /// Print all that is known as JSON.
    #[arg(long)]
    json: bool,
    /// You have seen it: what is there now is nothing new any more.
    #[arg(long)]
    seen: bool,
    #[command(flatten)]
    home: Home,
    #[command(flatten)]
    projects: crate::Projects,
}

pub(crate) fn run(news: &News) -> Result<bool> {
    let mut env = news.home.env()?;
    news.projects.add(&mut env)?;
    let mut session = session(env);
    let mut ask = |request| match session.ask(request).map_err(told)? {
        Answer::News(page) => Ok::<NewsPage, anyhow::Error>(page),
        _ => bail!("news are answered with news"),
    };
    let page = ask(Request::News)?;
    if news.json {
        print::json(&page)?;
    } else {
        page.news.iter().for_each(show);
        summary(&page);
    }
    if news.seen {
        ask(Request::SeenNews { changes: None })?;
    }
    Ok(true)
}

fn show(one: &One) {
    let new = if one.seen { "  " } else { "* " };
    print::line(&format!("{new}{}  {}", print::paint("2", &one.at), one.text));
    print::lines(&one.diff);
}

fn summary(page: &NewsPage) {
    if page.news.is_empty() {
        print::line("Nobody else has changed anything since Warder began to look.");
    }
    match (page.findings.len(), &page.since) {
        (0, _) => {}
        (1, Some(since)) => print::line(&format!("One finding is new since {since}.")),
        (count, Some(since)) => print::line(&format!("{count} findings are new since {since}.")),
        (1, None) => print::line("One finding is new since Warder began to look."),
        (count, None) => print::line(&format!("{count} findings are new since Warder began to look.")),
    }
    if page.news.iter().any(|one| !one.seen) {
        print::talk("`warder news --seen` takes the mark off what you have seen.");
    }
}
