//! A rule's page, read once: for the command line, the window and the reports.
//!
//! A page is Markdown of few means: a first sentence, headings, paragraphs, and
//! fenced blocks. What a block is says the word after its fence: `json before`,
//! `json after`, `json silent`. Facts, which only the tests need, are left out.

use crate::api::{RuleBlock, RulePage, RuleSection};
use crate::edit::diff;
use crate::redact;
use crate::rules::{Rule, Tier};

/// The section a finding quotes.
const WHY: &str = "Why it matters";

/// Reads a rule's page. Keys in its examples are masked, so that no scanner
/// for secrets stops at a report.
pub fn page(rule: &Rule) -> RulePage {
    let mut reader = Reader::default();
    let mut lines = rule.docs.lines();
    while let Some(line) = lines.next() {
        if let Some(fence) = line.strip_prefix("```") {
            let text: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
            reader.fenced(fence, &text);
        } else if let Some(heading) = line.strip_prefix("## ") {
            reader.heading(heading);
        } else if line.trim().is_empty() {
            reader.end_paragraph();
        } else {
            reader.paragraph.push(line.trim());
        }
    }
    reader.end_paragraph();
    RulePage {
        id: rule.id.to_owned(),
        title: rule.title.to_owned(),
        dimension: rule.dimension,
        severity: rule.severity,
        looks: looks(rule.tier).to_owned(),
        fix: rule.fix,
        maps: rule.maps.iter().map(|map| said(map)).collect(),
        summary: reader.summary,
        sections: reader.sections,
    }
}

/// The paragraphs of *Why it matters*.
pub fn why(page: &RulePage) -> Vec<String> {
    let blocks = page.sections.iter().filter(|section| section.heading == WHY).flat_map(|section| &section.blocks);
    blocks.filter_map(|block| if let RuleBlock::Text { text } = block { Some(text.clone()) } else { None }).collect()
}

/// Where the evidence of a tier is.
pub fn looks(tier: Tier) -> &'static str {
    match tier {
        Tier::T0 => "config files",
        Tier::T1 => "files on this computer",
        Tier::T2 => "online data",
        Tier::T3 => "the running server",
        Tier::T4 => "its use over time",
    }
}

/// `MCP01` alone says little.
fn said(map: &str) -> String {
    if map.starts_with("MCP") { format!("OWASP {map}") } else { map.to_owned() }
}

/// A page being read.
#[derive(Default)]
struct Reader<'a> {
    summary: String,
    sections: Vec<RuleSection>,
    paragraph: Vec<&'a str>,
    /// The example's first half, until its second comes.
    before: Option<String>,
}

impl<'a> Reader<'a> {
    fn heading(&mut self, heading: &str) {
        self.end_paragraph();
        self.sections.push(RuleSection { heading: heading.to_owned(), blocks: Vec::new() });
    }

    fn add(&mut self, block: RuleBlock) {
        if let Some(section) = self.sections.last_mut() {
            section.blocks.push(block);
        }
    }

    fn end_paragraph(&mut self) {
        let text = std::mem::take(&mut self.paragraph).join(" ");
        match self.sections.is_empty() {
            _ if text.is_empty() => {}
            true if self.summary.is_empty() => self.summary = text,
            true => self.summary += &format!(" {text}"),
            false => self.add(RuleBlock::Text { text }),
        }
    }

    /// A fenced block, by the words after its fence.
    fn fenced(&mut self, fence: &str, lines: &[&str]) {
        self.end_paragraph();
        let text = || example(lines);
        match fence.split_whitespace().nth(1) {
            Some("facts") => {}
            Some("before") => self.before = Some(text()),
            Some("after") => {
                let before = self.before.take().unwrap_or_default();
                self.add(RuleBlock::Difference { lines: diff(&before, &text()) });
            }
            _ => self.add(RuleBlock::Code { text: text() }),
        }
    }
}

/// The lines of an example, with a home folder and without a key.
fn example(lines: &[&str]) -> String {
    let shown = lines.iter().map(|line| redact::text(&line.replace("[HOME]", "/home/ana").replace("[ID]", "…")));
    shown.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::LineKind;
    use crate::rules::{rule, rules};

    #[test]
    fn every_page_is_read_whole() {
        for rule in rules() {
            let page = page(rule);
            assert!(page.summary.ends_with('.'), "{}: {}", rule.id, page.summary);
            assert!(!why(&page).is_empty(), "{}", rule.id);
            let headings = rule.docs.lines().filter(|line| line.starts_with("## ")).count();
            assert_eq!(page.sections.len(), headings, "{}", rule.id);
            assert!(page.sections.iter().all(|section| !section.blocks.is_empty()), "{} has an empty section", rule.id);
            let blocks: Vec<&RuleBlock> = page.sections.iter().flat_map(|section| &section.blocks).collect();
            let changed = |block: &&&RuleBlock| matches!(block, RuleBlock::Difference { lines } if lines.iter().any(|line| line.kind != LineKind::Kept));
            // A rule whose evidence is not in the config has the same config twice.
            let told = rule.docs.contains("```json facts");
            assert!(told || blocks.iter().filter(changed).count() == 1, "{} shows no change", rule.id);
            let words = rule.docs.lines().filter(|line| line.starts_with("```json facts")).count();
            let fences = rule.docs.lines().filter(|line| line.starts_with("```json")).count();
            let shown = blocks.iter().filter(|block| !matches!(block, RuleBlock::Text { .. })).count();
            assert_eq!(shown + 1 + words, fences, "{}: before and after are one", rule.id);
        }
    }

    #[test]
    fn a_page_shows_the_change_and_no_key() {
        let page = page(rule("secret-in-env").expect("it is built"));
        assert_eq!(page.summary, "A secret is written in a config file as plain text.");
        assert_eq!(page.maps, ["OWASP MCP01", "CWE-526"]);
        assert_eq!(page.looks, "config files");
        assert!(why(&page)[0].starts_with("Every program you start can read that file, and so can every backup,"));
        let Some(RuleBlock::Difference { lines }) = page.sections.last().and_then(|section| section.blocks.last())
        else {
            panic!("the example comes last")
        };
        let of = |kind| lines.iter().filter(|line| line.kind == kind).map(|line| line.text.trim()).collect::<Vec<_>>();
        assert!(of(LineKind::Removed).contains(&r#""env": { "GITHUB_PERSONAL_ACCESS_TOKEN": "ghp_••••4a" }"#));
        assert!(of(LineKind::Added).contains(&r#""command": "/home/ana/.warder/bin/warder-launch","#));
    }
}
