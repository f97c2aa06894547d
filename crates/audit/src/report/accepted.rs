//! Findings that the user lives with: known, counted at half, never hidden.

use std::collections::HashMap;

use rayon::prelude::*;

use crate::day::Day;
use crate::finding::{Acceptance, Confidence, Finding, Severity};
use crate::id::short_hash;
use crate::machine::Machine;
use crate::redact;
use crate::server::command::Payload;
use crate::server::{Server, Transport};

/// What nobody can accept.
const NEVER: &[&str] = &["known-malicious", "invalid-provenance"];

/// Whether a finding can be accepted at all.
pub fn is_acceptable(finding: &Finding) -> bool {
    let poisoned = finding.rule == "tool-poisoning" && finding.confidence == Confidence::Confirmed;
    // What stands in a file that cannot be read is not known, so there is no risk yet that one could live with.
    let unread = finding.rule == "invalid-config" && finding.place.at.0.is_empty();
    // Nothing is lost to what only informs.
    !NEVER.contains(&finding.rule) && !poisoned && !unread && finding.severity > Severity::Info
}

/// What a finding is about, the same on every look until its evidence changes:
/// the rule, the server whatever its place, and the sentence. Of secrets only
/// that they are there.
pub(super) fn fingerprints(machine: &Machine, findings: &[Finding], lines: &[Vec<String>]) -> Vec<String> {
    let identities: Vec<String> =
        machine.servers.iter().zip(lines).map(|(server, masked)| identity(server, masked)).collect();
    let about = |finding: &Finding| match finding.server {
        Some(index) => short_hash(&[finding.rule, &identities[index.0], &finding.message]),
        None => short_hash(&[finding.rule, &machine.files[finding.place.file.0].shown, &finding.message]),
    };
    findings.par_iter().map(about).collect()
}

/// `masked`: the words of the launch line as written.
fn identity(server: &Server, masked: &[String]) -> String {
    match &server.transport {
        Transport::Stdio(command) => {
            // A newer version or another path of the program is the same server.
            let (head, own) = match &command.launch.payload {
                Payload::Package(package) => (package.name.as_str(), command.launch.arguments),
                _ => ("", 0),
            };
            let wrapper = masked.len() - command.words().len();
            format!("{head}\0{}", masked.get(wrapper + own..).unwrap_or_default().join("\0"))
        }
        Transport::Http { url, .. } => redact::text(&url.value),
        Transport::Unknown => server.name.clone(),
    }
}

/// Acceptances that count on a day, by fingerprint. Without a day none with an
/// end counts.
pub(super) fn counting(all: &[Acceptance], today: Option<Day>) -> HashMap<&str, &Acceptance> {
    let counts = |one: &&Acceptance| one.until.is_none_or(|until| today.is_some_and(|today| today < until));
    all.iter().filter(counts).map(|one| (one.fingerprint.as_str(), one)).collect()
}
