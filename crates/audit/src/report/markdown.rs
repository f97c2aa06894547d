//! The report for a pull request, an issue or a chat: short, worst first.
//!
//! Text from a config is never Markdown: a word that is not plain stands in a
//! code span, where nothing is a link, a mention, a tag or a table.

use super::words::{self, Index, SEVERITIES, offer};
use crate::api::{Deduction, File, Finding, Report, Server};

/// Findings and servers that are listed; a comment holds 65,536 characters at GitHub.
const MOST: usize = 50;

/// The report as Markdown (CommonMark).
pub fn markdown(report: &Report) -> String {
    let index = Index::of(report);
    let mut out = vec![format!("## {}", prose(&index.headline())), String::new(), head(&index)];
    list(&mut out, "Findings", &report.findings, |finding| self::finding(&index, finding));
    list(&mut out, "Servers", &index.servers(), |server| self::server(&index, server));
    list(&mut out, "Not read as it stands", &index.broken(), |file| broken(file));
    let version = code(&report.warder);
    out.push(format!("\n<sub>Warder {version}. Seen: config files and what they start. Keys are masked.</sub>"));
    out.join("\n") + "\n"
}

/// The score, how much there is of everything.
fn head(index: &Index<'_>) -> String {
    let machine = &index.report.machine;
    let mut parts = vec![format!("**{}**", words::score(machine))];
    parts.extend(words::interval(machine));
    parts.push(prose(&index.scope()));
    let tally = |severity| match index.tally(severity) {
        0 => None,
        n => Some(format!("{n} {}", words::severity(severity).to_lowercase())),
    };
    let tallies: Vec<String> = SEVERITIES.into_iter().filter_map(tally).collect();
    parts.push(if tallies.is_empty() { "no findings".to_owned() } else { tallies.join(", ") });
    parts.join(" · ")
}

/// A heading and its first rows; how many were left out is said.
fn list<T>(out: &mut Vec<String>, heading: &str, all: &[T], row: impl Fn(&T) -> String) {
    if all.is_empty() {
        return;
    }
    out.extend([String::new(), format!("### {heading}"), String::new()]);
    out.extend(all.iter().take(MOST).map(row));
    if all.len() > MOST {
        out.push(format!("\nAnd {} more; `warder scan` lists all of them.", all.len() - MOST));
    }
}

fn finding(index: &Index<'_>, finding: &Finding) -> String {
    let severity = words::severity(finding.severity);
    let accepted = finding.accepted.as_ref().map_or_else(String::new, |accepted| {
        let until = accepted.until.as_ref().map_or_else(String::new, |day| format!(" until {}", code(day)));
        format!(" (accepted{until}: {})", words::reason(accepted.reason))
    });
    let first = format!("- **{severity}** {} · {}{accepted}", code(&finding.rule), prose(&finding.message));
    let server = finding.server.as_deref().and_then(|id| index.server(id));
    let mut parts: Vec<String> = server.iter().map(|server| code(&server.name)).collect();
    parts.push(format!("{} {}", prose(index.client(finding)), code(&index.place(finding))));
    let fixes = finding.fixes.iter().map(offer).map(|offer| {
        let gain = offer.gain.map_or_else(String::new, |gain| format!(", {gain}"));
        format!("{} ({}{gain})", prose(offer.title), offer.safety)
    });
    parts.extend(fixes);
    format!("{first}\\\n  {}", parts.join(" · "))
}

fn server(index: &Index<'_>, server: &Server) -> String {
    let score = words::score(&server.score.total);
    let off = if server.enabled { "" } else { " · off" };
    let place = code(&index.home(server));
    let first = format!("- **{score}** · {} · {} {place}{off}", code(&server.name), prose(&server.client_name));
    let lost = |lost: &Deduction| {
        // What was not looked at is the same for most servers; its details would drown the rest.
        let label = lost.label.split(':').next().filter(|_| lost.finding.is_none()).unwrap_or(&lost.label);
        format!("−{} {}", lost.points, prose(label))
    };
    let lost: Vec<String> = server.score.deductions.iter().map(lost).collect();
    if lost.is_empty() { first } else { format!("{first}\\\n  {}", lost.join(" · ")) }
}

fn broken(file: &File) -> String {
    let error = file.error.as_ref();
    let at = error.and_then(|error| error.line).map_or_else(String::new, |line| format!(":{line}"));
    let why = error.map_or("it cannot be read", |error| &error.message);
    format!("- {} {}: {}", prose(&file.client_name), code(&format!("{}{at}", file.shown)), prose(why))
}

/// A sentence that may quote a config: plain words as they are, all others as code.
fn prose(text: &str) -> String {
    text.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &str) -> String {
    let rest = word.trim_start_matches('(');
    let body = rest.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
    if body.is_empty() {
        return code(word);
    }
    if is_plain(body) {
        return word.to_owned();
    }
    let (lead, tail) = (&word[..word.len() - rest.len()], &rest[body.len()..]);
    format!("{lead}{}{tail}", code(body))
}

/// Whether a word means nothing but itself wherever Markdown is shown. Long
/// hexadecimal ones are commits there, and letters with a number (`GH-12`) issues.
fn is_plain(word: &str) -> bool {
    let letters = word.chars().all(|c| !c.is_ascii() || c.is_ascii_alphanumeric() || matches!(c, '-' | '\''));
    let issue = word.contains('-') && word.contains(|c: char| c.is_ascii_digit());
    let commit = word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    letters && !commit && !issue && !word.starts_with('-')
}

/// A code span, whatever its text.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    if text.is_empty() {
        return "`\"\"`".to_owned();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // One blank at each end goes away again; a backtick at an end would join the fence.
    let ends = |c: char| c == '`' || c == ' ';
    let blank = if text.starts_with(ends) || text.ends_with(ends) { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_config_are_code() {
        for (text, written) in [
            ("API_KEY holds a key in plain text.", "`API_KEY` holds a key in plain text."),
            (
                "@acme/x has no version, so any start may run new code.",
                "`@acme/x` has no version, so any start may run new code.",
            ),
            ("see (https://x.y/z).", "see (`https://x.y/z`)."),
            (
                "[a](b) ![c](d) <img> a|b #12 GH-12 you@me.x",
                "`[a](b`) `![c](d`) `<img>` `a|b` `#12` `GH-12` `you@me.x`",
            ),
            ("a`b `` ```", "``a`b`` ``` `` ``` ```` ``` ````"),
            ("deadbeef 1234567 123456 Ana's don't - -- ...", "`deadbeef` `1234567` 123456 Ana's don't `-` `--` `...`"),
            ("größer 日本", "größer 日本"),
        ] {
            assert_eq!(prose(text), written, "{text}");
        }
        assert_eq!(code(""), "`\"\"`");
        assert_eq!(code(" "), "`   `");
    }
}
