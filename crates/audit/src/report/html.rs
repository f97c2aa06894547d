//! The report as one HTML file: to keep, to print, to hand on.
//!
//! Nothing in it runs and nothing is fetched: no script, no foreign font, no
//! picture; its policy forbids all of that, and knows its one style by hash.
//! Every text is escaped; links lead to other places of the same page.

use std::collections::{BTreeSet, HashMap};

use sha2::{Digest, Sha256};

use super::page;
use super::words::{self, Index, SEVERITIES, offer};
use crate::api::Band;
use crate::api::{File, Finding, Report, RuleBlock, RulePage, Score, Server};
use crate::clients::Os;
use crate::count::counted;
use crate::finding::{Safety, Severity};
use crate::rules::rule;

const STYLE: &str = include_str!("html.css");

/// The shapes of severities (and of nothing found), drawn once; `viewBox` 0 0 12 12.
const SHAPES: &str = r#"<svg width="0" height="0" aria-hidden="true">
<symbol id="critical" viewBox="0 0 12 12"><path fill="currentColor" d="M3.7.5h4.6l3.2 3.2v4.6l-3.2 3.2H3.7L.5 8.3V3.7z"/><path class="hole" d="M5.3 2.7h1.4L6.5 6.9h-1zM5.25 8h1.5v1.5h-1.5z"/></symbol>
<symbol id="high" viewBox="0 0 12 12"><path fill="currentColor" stroke="currentColor" stroke-linejoin="round" d="M6 1.5 11.2 10.6H.8z"/></symbol>
<symbol id="medium" viewBox="0 0 12 12"><path fill="currentColor" stroke="currentColor" stroke-width=".8" stroke-linejoin="round" d="M6 .9 11.1 6 6 11.1.9 6z"/></symbol>
<symbol id="low" viewBox="0 0 12 12"><circle cx="6" cy="6" r="5" fill="currentColor"/></symbol>
<symbol id="info" viewBox="0 0 12 12"><circle cx="6" cy="6" r="4.3" fill="none" stroke="currentColor" stroke-width="1.6"/></symbol>
<symbol id="fine" viewBox="0 0 12 12"><path fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" d="M1.6 6.4 4.7 9.5 10.5 3"/></symbol>
</svg>
"#;

const SHIELD: &str = r#"<svg width="22" height="22" viewBox="0 0 24 24" aria-hidden="true"><path class="shield" d="M12 1.6 21 4.6v7.2c0 5.1-3.7 9-9 11-5.3-2-9-5.9-9-11V4.6z"/><path class="hole" d="M12 7.2a2.5 2.5 0 0 1 1.3 4.6l.7 4.4h-4l.7-4.4A2.5 2.5 0 0 1 12 7.2z"/></svg>"#;

/// The report as a page of its own.
pub fn html(report: &Report) -> String {
    let mut page = Page { index: Index::of(report), out: String::new() };
    page.head();
    // Without anything there is no score, and nothing was found that could be fine.
    if !(report.servers.is_empty() && report.findings.is_empty()) {
        page.overview();
        page.clients();
        page.findings();
        page.servers();
        page.rules();
    }
    page.broken();
    let looked = "Seen: config files and what they start. Keys are masked; no key stands in this file.";
    page.add(&format!("<footer>Warder {} · {looked}</footer>\n</main>\n</body>\n</html>\n", text(&report.warder)));
    page.out
}

struct Page<'a> {
    index: Index<'a>,
    out: String,
}

impl Page<'_> {
    fn add(&mut self, html: &str) {
        self.out += html;
    }

    fn head(&mut self) {
        let hash = data_encoding::BASE64.encode(&Sha256::digest(STYLE));
        let headline = text(&self.index.headline());
        let os = match self.index.report.os {
            Os::Linux => "Linux",
            Os::Macos => "macOS",
            Os::Windows => "Windows",
        };
        self.add(&format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-{hash}'; \
             base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <title>Warder: {headline}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{SHAPES}\
             <main>\n<header><p class=\"brand\">{SHIELD}Warder<span class=\"quiet\">MCP servers · {os}</span></p>\n\
             <h1>{headline}</h1>\n<p class=\"quiet\">{}.</p></header>\n",
            text(&self.index.scope()),
        ));
    }

    /// The score, what there is of each severity, what gains most.
    fn overview(&mut self) {
        let score = &self.index.report.machine;
        let points = score.score.map_or_else(|| "–".to_owned(), |points| points.to_string());
        let (mark, band) = band(score);
        let interval = words::interval(score).map_or_else(String::new, |range| format!(", {range}"));
        let mut html = format!(
            "<section class=\"box score\" aria-label=\"Score of this machine\"><div><p class=\"number\">{points} \
             <span class=\"of quiet\">of 100</span></p><p class=\"band {mark}\">{} {band}</p></div>\n\
             <div class=\"range\"><p class=\"quiet\">The score is the worst server, less a little for each other risk. \
             Seen so far: config and files only{interval}.</p>{}</div>\n<ul class=\"tallies\">",
            shape(mark),
            scale(score),
        );
        for severity in SEVERITIES {
            let n = self.index.tally(severity);
            let (mark, word) = (mark_of(severity), words::severity(severity));
            let none = if n == 0 { " class=\"none\"" } else { "" };
            html +=
                &format!("<li{none}><span class=\"{mark}\">{}</span> <strong>{n}</strong> {word}</li>", shape(mark));
        }
        html += "</ul></section>\n";
        self.add(&html);
        let best = self.best();
        if !best.is_empty() {
            self.add("<section><h2>Fix these first</h2>\n<ul class=\"box rows\">\n");
            best.iter().for_each(|row| self.add(row));
            self.add("</ul></section>\n");
        }
    }

    /// The fixes that gain most, one of each server.
    fn best(&self) -> Vec<String> {
        let findings = self.index.report.findings.iter().filter(|finding| finding.accepted.is_none());
        let pairs = findings.flat_map(|finding| finding.fixes.iter().map(move |fix| (finding, fix)));
        let mut pairs: Vec<_> = pairs
            .filter(|(_, fix)| fix.safety != Safety::Manual)
            .filter_map(|(finding, fix)| Some((finding, fix, fix.gain.filter(|gain| *gain >= 0.05)?)))
            .collect();
        pairs.sort_by(|a, b| b.2.total_cmp(&a.2));
        let mut seen = BTreeSet::new();
        pairs.retain(|(finding, ..)| seen.insert(finding.server.as_deref()));
        let row = |(finding, fix, gain): &(&Finding, &crate::api::Fix, f64)| {
            format!(
                "<li>{}<p><a href=\"#f-{}\">{}</a><br><span class=\"quiet\">{} · {}</span></p><span class=\"tag fine\">\
                 +{gain}</span></li>\n",
                worded_shape(finding.severity),
                text(&finding.id),
                text(&finding.message),
                self.whose(finding),
                text(&fix.title),
            )
        };
        pairs.iter().take(3).map(row).collect()
    }

    /// The server of a finding and its client, or the client alone.
    fn whose(&self, finding: &Finding) -> String {
        let client = text(self.index.client(finding));
        match finding.server.as_deref().and_then(|id| self.index.server(id)) {
            Some(server) => format!("<bdi>{}</bdi> · {client}", text(&server.name)),
            None => client,
        }
    }

    fn clients(&mut self) {
        let clients = &self.index.report.clients;
        if clients.len() < 2 {
            return;
        }
        let mut html = "<section><h2>Clients</h2>\n<ul class=\"box rows\">\n".to_owned();
        for client in clients {
            let bands = &client.bands;
            let named = [
                (bands.dangerous, Band::Dangerous),
                (bands.warning, Band::Warning),
                (bands.caution, Band::Caution),
                (bands.moderate, Band::Moderate),
                (bands.trusted, Band::Trusted),
            ];
            let named = named.iter().filter(|(n, _)| *n > 0);
            let named: Vec<String> = named.map(|(n, band)| format!("{n} {}", band.word())).collect();
            let named = if named.is_empty() { "no server that counts".to_owned() } else { named.join(", ") };
            let name = text(&client.client_name);
            let pill = pill(&client.score);
            html += &format!("<li><p>{name}<br><span class=\"quiet\">{named}</span></p>{pill}</li>\n");
        }
        self.add(&(html + "</ul></section>\n"));
    }

    fn findings(&mut self) {
        let all = &self.index.report.findings;
        self.add(&format!("<section><h2>Findings <span class=\"quiet\">{}</span></h2>\n", all.len()));
        if all.is_empty() {
            self.add(&format!("<p class=\"box fine clear\">{} Nothing found.</p>\n", shape("fine")));
        }
        for finding in all {
            let html = self.finding(finding);
            self.add(&html);
        }
        self.add("</section>\n");
    }

    fn finding(&self, finding: &Finding) -> String {
        let (mark, severity) = (mark_of(finding.severity), words::severity(finding.severity));
        let mut html = format!(
            "<article class=\"box finding\" id=\"f-{}\"><p class=\"kind\"><span class=\"{mark}\">{} <strong>{severity}\
             </strong></span> <span class=\"quiet\">· {} · <a href=\"#r-{}\">{}</a></span></p>\n<h3>{}</h3>\n\
             <p class=\"quiet\">{} · <code>{}</code></p>\n",
            text(&finding.id),
            shape(mark),
            words::confidence(finding.confidence),
            text(&finding.rule),
            text(&finding.title),
            text(&finding.message),
            self.whose(finding),
            text(&self.index.place(finding)),
        );
        if let Some(accepted) = &finding.accepted {
            let until = accepted.until.as_ref().map_or_else(String::new, |day| format!(" until {}", text(day)));
            let why = words::reason(accepted.reason);
            html += &format!("<p class=\"accepted\">Accepted{until}: {why}. {}</p>\n", text(&accepted.note));
        }
        for fix in &finding.fixes {
            let offer = offer(fix);
            let gain = offer.gain.map_or_else(String::new, |gain| format!(" <span class=\"tag fine\">{gain}</span>"));
            let (title, safety) = (text(offer.title), offer.safety);
            html += &format!("<div class=\"fix\"><p>{title} <span class=\"tag\">{safety}</span>{gain}</p>");
            if !fix.steps.is_empty() {
                let steps = fix.steps.iter().map(|step| format!("<li>{}</li>", coded(step)));
                html += &format!("<ol>{}</ol>", steps.collect::<String>());
            }
            html += "</div>\n";
        }
        html + "</article>\n"
    }

    fn servers(&mut self) {
        let servers = self.index.servers();
        if servers.is_empty() {
            return;
        }
        self.add(&format!("<section><h2>Servers <span class=\"quiet\">{}</span></h2>\n", servers.len()));
        for server in servers {
            let html = self.server(server);
            self.add(&html);
        }
        self.add("</section>\n");
    }

    fn server(&self, server: &Server) -> String {
        let off = if server.enabled { "" } else { " · switched off" };
        let started = match &server.url {
            Some(url) if server.command.is_empty() => url.clone(),
            _ => server.command.join(" "),
        };
        let mut html = format!(
            "<article class=\"box server\"><h3><bdi>{}</bdi>{}</h3>\n<p class=\"quiet\">{} · <code>{}</code>{off}</p>\n",
            text(&server.name),
            pill(&server.score.total),
            text(&server.client_name),
            text(&self.index.home(server)),
        );
        if !started.is_empty() {
            html += &format!("<p class=\"started\"><code>{}</code></p>\n", text(&started));
        }
        if server.score.deductions.is_empty() {
            return html + "</article>\n";
        }
        html += "<table><caption class=\"heard\">What the score loses</caption>\n";
        for lost in &server.score.deductions {
            let label = match &lost.finding {
                Some(id) => format!("<a href=\"#f-{}\">{}</a>", text(id), text(&lost.label)),
                None => text(&lost.label),
            };
            html += &format!("<tr><td>{label}</td><td class=\"points\">−{}</td></tr>\n", lost.points);
        }
        html += "</table>\n";
        if let Some(next) = &server.score.next {
            let (then, named) = (next.score, next.band.word());
            let causes = if next.findings.len() == 1 { "The fix that gains most brings" } else { "Two fixes bring" };
            html += &format!("<p class=\"next\">{causes} it to <strong>{then}</strong>, {named}.</p>\n");
        }
        html + "</article>\n"
    }

    fn broken(&mut self) {
        let broken = self.index.broken();
        if broken.is_empty() {
            return;
        }
        let row = |file: &&File| {
            let error = file.error.as_ref();
            let at = error.and_then(|error| error.line).map_or_else(String::new, |line| format!(":{line}"));
            let why = text(error.map_or("it cannot be read", |error| &error.message));
            let (client, shown) = (text(&file.client_name), text(&file.shown));
            format!("<li><p>{client} · <code>{shown}{at}</code><br><span class=\"quiet\">{why}</span></p></li>\n")
        };
        let rows: String = broken.iter().map(row).collect();
        let files = counted(broken.len(), "file", "files");
        self.add(&format!(
            "<section><h2>Not as their clients expect <span class=\"quiet\">{files}</span></h2>\n\
             <ul class=\"box rows\">\n{rows}</ul></section>\n"
        ));
    }

    /// Every rule that found something, explained once.
    fn rules(&mut self) {
        let mut found: HashMap<&str, usize> = HashMap::new();
        for finding in &self.index.report.findings {
            *found.entry(&finding.rule).or_default() += 1;
        }
        let mut pages: Vec<RulePage> = found.keys().filter_map(|id| rule(id)).map(page::page).collect();
        if pages.is_empty() {
            return;
        }
        pages.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.id.cmp(&b.id)));
        let explained: String = pages.iter().map(explained).collect();
        self.add(&format!("<section><h2>What the findings mean</h2>\n{explained}</section>\n"));
    }
}

/// A rule's sentences, without its examples.
fn explained(page: &RulePage) -> String {
    let id = text(&page.id);
    let mut html = format!(
        "<article class=\"box rule\" id=\"r-{id}\"><h3>{}</h3>\n<p class=\"quiet\"><code>{id}</code> · {}</p>\n<p>{}</p>\n",
        text(&page.title),
        text(&page.maps.join(" · ")),
        coded(&page.summary),
    );
    for section in page.sections.iter().filter(|section| section.heading != "Example") {
        let texts = section.blocks.iter().filter_map(|block| match block {
            RuleBlock::Text { text } => Some(format!("<p>{}</p>\n", coded(text))),
            RuleBlock::Code { .. } | RuleBlock::Difference { .. } => None,
        });
        html += &format!("<h4>{}</h4>\n{}", text(&section.heading), texts.collect::<String>());
    }
    html + "</article>\n"
}

/// A score's mark and word.
fn band(score: &Score) -> (&'static str, &'static str) {
    let mark = match score.band {
        None => "info",
        Some(Band::Dangerous) => "critical",
        Some(Band::Warning) => "high",
        Some(Band::Caution) => "medium",
        Some(Band::Moderate) => "low",
        Some(Band::Trusted) => "fine",
    };
    (mark, score.band.map_or("Not scored", Band::word))
}

fn pill(score: &Score) -> String {
    let (mark, band) = band(score);
    let points = score.score.map_or_else(String::new, |points| format!("<strong>{points}</strong> "));
    format!(" <span class=\"pill {mark}\">{} {points}{band}</span>", shape(mark))
}

/// A score on its five bands, with the range it may lie in.
fn scale(score: &Score) -> String {
    let (Some(points), Some(low), Some(high)) = (score.score, score.low, score.high) else { return String::new() };
    let (mark, _) = band(score);
    let parts: String = (0..5)
        .map(|n| format!("<rect class=\"track\" x=\"{}\" y=\"4\" width=\"99\" height=\"8\"/>", n * 100))
        .collect();
    let bands = [Band::Dangerous, Band::Warning, Band::Caution, Band::Moderate, Band::Trusted];
    let word = |band: &Band| {
        let here = if score.band == Some(*band) { " class=\"here\"" } else { "" };
        format!("<span{here}>{}</span>", band.word())
    };
    format!(
        "<svg class=\"scale {mark}\" viewBox=\"0 0 500 16\" preserveAspectRatio=\"none\" role=\"img\" \
         aria-label=\"{points} of 100\">{parts}<rect class=\"may\" x=\"{:.0}\" y=\"4\" width=\"{:.0}\" height=\"8\"/>\
         <rect class=\"now\" x=\"{}\" y=\"0\" width=\"5\" height=\"16\"/></svg>\
         <p class=\"words\" aria-hidden=\"true\">{}</p>",
        low * 5.0,
        ((high - low) * 5.0).max(5.0),
        (f64::from(points) * 5.0 - 2.5).clamp(0.0, 495.0),
        bands.iter().map(word).collect::<String>(),
    )
}

fn mark_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "critical",
        Severity::High => "high",
        Severity::Medium => "medium",
        Severity::Low => "low",
        Severity::Info => "info",
    }
}

fn shape(mark: &str) -> String {
    format!("<svg class=\"shape\" width=\"12\" height=\"12\" aria-hidden=\"true\"><use href=\"#{mark}\"/></svg>")
}

/// A severity's shape where its word does not stand beside it.
fn worded_shape(severity: Severity) -> String {
    let (mark, word) = (mark_of(severity), words::severity(severity));
    format!("<span class=\"{mark}\">{}<span class=\"heard\">{word}</span></span>", shape(mark))
}

/// A text inside an element or a quoted attribute.
fn text(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => html += "&amp;",
            '<' => html += "&lt;",
            '>' => html += "&gt;",
            '"' => html += "&quot;",
            '\'' => html += "&#39;",
            _ => html.push(c),
        }
    }
    html
}

/// A sentence with code in backticks.
fn coded(sentence: &str) -> String {
    let parts = sentence.split('`').enumerate();
    parts.map(|(n, part)| if n % 2 == 1 { format!("<code>{}</code>", text(part)) } else { text(part) }).collect()
}
