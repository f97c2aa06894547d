//! The report as SARIF 2.1.0, for code scanning and editors.
//!
//! <https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>; the tags
//! and `security-severity` are those that GitHub's code scanning reads.

use std::collections::HashMap;
use std::fmt::Write;

use serde_json::{Value, json};

use super::{page, words};
use crate::api::{File, FileState, Finding, Report, RuleBlock, RulePage, Server};
use crate::clients::Os;
use crate::edit::{DiffLine, LineKind};
use crate::finding::Severity;
use crate::rules::rules;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The report as a SARIF log with one run.
pub fn sarif(report: &Report) -> Value {
    let files: HashMap<&str, &File> = report.files.iter().map(|file| (file.id.as_str(), file)).collect();
    let servers: HashMap<&str, &Server> = report.servers.iter().map(|server| (server.id.as_str(), server)).collect();
    let result = |finding: &Finding| {
        let file = finding.file.as_deref().and_then(|id| files.get(id).copied());
        let server = finding.server.as_deref().and_then(|id| servers.get(id).copied());
        result(report.os, finding, file, server)
    };
    // What could not be read was not judged; that is no finding, and no silence either.
    let unread = report.files.iter().filter(|file| file.state == FileState::Unreadable);
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Warder",
                "version": report.warder,
                "semanticVersion": report.warder,
                "shortDescription": { "text": "Finds the MCP servers configured on a machine and what is risky about them." },
                "rules": rules().iter().map(|rule| descriptor(&page::page(rule))).collect::<Vec<_>>(),
            } },
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": unread.map(|file| notification(report.os, file)).collect::<Vec<_>>(),
            }],
            "columnKind": "unicodeCodePoints",
            "results": report.findings.iter().map(result).collect::<Vec<_>>(),
        }],
    })
}

/// A rule's metadata.
fn descriptor(page: &RulePage) -> Value {
    let tag = |map: &String| match map.strip_prefix("CWE-") {
        Some(number) => format!("external/cwe/cwe-{number}"),
        None => map.clone(),
    };
    let mut tags = vec!["security".to_owned(), "mcp".to_owned()];
    tags.extend(page.maps.iter().map(tag));
    json!({
        "id": page.id,
        "name": page.title,
        "shortDescription": { "text": page.title },
        "fullDescription": { "text": page.summary },
        "help": { "text": plain(page), "markdown": help(page) },
        "defaultConfiguration": { "level": level(page.severity) },
        "properties": {
            "tags": tags,
            "security-severity": security_severity(page.severity),
        },
    })
}

fn result(os: Os, finding: &Finding, file: Option<&File>, server: Option<&Server>) -> Value {
    let index = rules().iter().position(|rule| rule.id == finding.rule);
    let mut value = json!({
        "ruleId": finding.rule,
        "level": level(finding.severity),
        // `[text](target)` is a link even in a plain message; backslashes make it none.
        "message": { "text": finding.message.replace("](", "\\](") },
        "locations": file.map(|file| location(os, finding, file, server)).into_iter().collect::<Vec<_>>(),
        "partialFingerprints": { "warder/v1": finding.fingerprint },
        // All results of a run have them, or none.
        "suppressions": finding.accepted.iter().map(|accepted| {
            let note = if accepted.note.is_empty() { String::new() } else { format!(": {}", accepted.note) };
            json!({
                "kind": "external",
                "status": "accepted",
                "justification": format!("{}{note}", words::reason(accepted.reason)),
            })
        }).collect::<Vec<_>>(),
        "properties": {
            "id": finding.id,
            "severity": finding.severity,
            "confidence": finding.confidence,
            "client": file.map(|file| &file.client_name),
            "server": server.map(|server| &server.name),
            "fixes": finding.fixes.iter().map(|fix| &fix.title).collect::<Vec<_>>(),
        },
    });
    if let (Some(index), Value::Object(value)) = (index, &mut value) {
        value.insert("ruleIndex".to_owned(), index.into());
    }
    value
}

fn location(os: Os, finding: &Finding, file: &File, server: Option<&Server>) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(os, &file.path) } });
    if let (Some(line), Some(column)) = (finding.line, finding.column) {
        physical["region"] = json!({ "startLine": line, "startColumn": column });
    }
    let name = server.map_or(&file.client_name, |server| &server.name);
    let logical = json!({ "name": name, "fullyQualifiedName": finding.pointer, "kind": "object" });
    json!({ "physicalLocation": physical, "logicalLocations": [logical] })
}

fn notification(os: Os, file: &File) -> Value {
    let why = file.error.as_ref().map_or("it cannot be read", |error| &error.message);
    json!({
        "level": "warning",
        "message": { "text": format!("{}: {why}", file.shown).replace("](", "\\](") },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri(os, &file.path) } } }],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// GitHub's scale: critical from 9, high from 7, medium from 4.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

/// `file:///home/ana/.cursor/mcp.json`, `file:///C:/Users/Ana/mcp.json`, `file://host/share/mcp.json`.
fn uri(os: Os, path: &str) -> String {
    let path = if os == Os::Windows { path.replace('\\', "/") } else { path.to_owned() };
    let mut uri = match path.as_bytes() {
        [b'/', b'/', ..] if os == Os::Windows => "file:".to_owned(),
        [b'/', ..] => "file://".to_owned(),
        _ => "file:///".to_owned(),
    };
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' | b':' => {
                uri.push(char::from(byte));
            }
            _ => write!(uri, "%{byte:02X}").expect("writing to a string cannot fail"),
        }
    }
    uri
}

/// A page as Markdown.
fn help(page: &RulePage) -> String {
    let mut help = page.summary.clone();
    for section in &page.sections {
        help += &format!("\n\n## {}", section.heading);
        for block in &section.blocks {
            help += &match block {
                RuleBlock::Text { text } => format!("\n\n{text}"),
                RuleBlock::Code { text } => format!("\n\n```json\n{text}\n```"),
                RuleBlock::Difference { lines } => format!("\n\n```diff\n{}\n```", signed(lines)),
            };
        }
    }
    help
}

/// A page's sentences.
fn plain(page: &RulePage) -> String {
    let mut texts = vec![page.summary.as_str()];
    for block in page.sections.iter().flat_map(|section| &section.blocks) {
        if let RuleBlock::Text { text } = block {
            texts.push(text);
        }
    }
    texts.join("\n\n").replace("](", "\\](")
}

/// A difference as text.
fn signed(lines: &[DiffLine]) -> String {
    let line = |line: &DiffLine| match line.kind {
        LineKind::Kept => format!("  {}", line.text),
        LineKind::Removed => format!("- {}", line.text),
        LineKind::Added => format!("+ {}", line.text),
        LineKind::Gap => "  …".to_owned(),
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_an_absolute_uri_on_every_system() {
        for (os, path, expected) in [
            (Os::Linux, "/home/ana/a b/ü#?.json", "file:///home/ana/a%20b/%C3%BC%23%3F.json"),
            (Os::Linux, r"/home/a\b%41", "file:///home/a%5Cb%2541"),
            (Os::Windows, r"C:\Users\Ana\mcp.json", "file:///C:/Users/Ana/mcp.json"),
            (Os::Windows, r"\\host\share\mcp.json", "file://host/share/mcp.json"),
        ] {
            assert_eq!(uri(os, path), expected);
        }
    }
}
