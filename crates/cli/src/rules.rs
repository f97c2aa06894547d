//! The rules in words.

use anyhow::{Result, bail};
use warder_audit::api::{RuleBlock, RulePage};
use warder_audit::finding::Safety;
use warder_audit::report::page;
use warder_audit::rules::later::{LATER, Later};
use warder_audit::rules::{nearest, rule, rules};

use crate::print::{line, lines, paint, severity, talk};

/// Columns of a paragraph.
const WIDTH: usize = 80;

/// Lists all rules, or explains one.
pub(crate) fn run(id: Option<&str>) -> Result<bool> {
    let Some(id) = id else {
        list();
        return Ok(true);
    };
    if let Some(rule) = rule(id) {
        explain(&page::page(rule));
    } else if let Some(later) = LATER.iter().find(|later| later.id == id) {
        line(&format!("{} · {}\n", paint("1", later.title), severity(later.severity).trim_end()));
        line(&format!("Nothing looks for this yet: {}.", needs(later)));
    } else {
        match nearest(id) {
            Some(near) => bail!("there is no rule {id}\nDid you mean {near}?"),
            None => bail!("there is no rule {id}\n`warder rules` lists them."),
        }
    }
    Ok(true)
}

fn list() {
    for rule in rules() {
        let looks = page::looks(rule.tier);
        row(&severity(rule.severity), rule.id, rule.title, &format!("{looks} · {}", fix(rule.fix)));
    }
    line("\nNot looked for yet:");
    for later in LATER {
        row(&severity(later.severity), later.id, later.title, needs(later));
    }
    talk("\n`warder rules NAME` explains one.");
}

fn row(severity: &str, id: &str, title: &str, more: &str) {
    line(&format!("{severity} {id:<26} {title:<56} {}", paint("2", more)));
}

fn fix(safety: Safety) -> &'static str {
    match safety {
        Safety::Safe => "fixed automatically",
        Safety::Review => "fixed after a look",
        Safety::Manual => "fixed by hand",
    }
}

fn needs(later: &Later) -> &'static str {
    match page::looks(later.tier) {
        "online data" => "needs a look online",
        "the running server" => "needs a look at the running server",
        _ => "needs to watch the server at work",
    }
}

fn explain(page: &RulePage) {
    line(&format!("{} · {} · {}", paint("1", &page.title), severity(page.severity).trim_end(), page.id));
    line(&paint("2", &format!("{} · {} · {}", page.looks, fix(page.fix), page.maps.join(", "))));
    line("");
    paragraph(&page.summary);
    for section in &page.sections {
        line(&format!("\n{}", paint("1", &section.heading)));
        for block in &section.blocks {
            match block {
                RuleBlock::Text { text } => {
                    line("");
                    paragraph(text);
                }
                RuleBlock::Code { text } => {
                    line("");
                    text.lines().for_each(|text| line(&format!("    {text}")));
                }
                RuleBlock::Difference { lines: changed } => {
                    line("");
                    lines(changed);
                }
            }
        }
    }
}

/// A paragraph in lines of at most `WIDTH` columns.
fn paragraph(text: &str) {
    let mut row = String::new();
    for word in text.split(' ') {
        if !row.is_empty() && row.chars().count() + 1 + word.chars().count() > WIDTH {
            line(&row);
            row.clear();
        }
        if !row.is_empty() {
            row.push(' ');
        }
        row += word;
    }
    line(&row);
}
