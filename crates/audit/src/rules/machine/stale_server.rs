#![doc = include_str!("stale_server.md")]

use crate::dialect::Spot;
use crate::document::Patch;
use crate::finding::{Act, Confidence, Dimension, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, place, servers, steps};
use crate::secret;
use crate::server::{Pair, Server, Transport};
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "stale-server",
    title: "Switched off, but its key is still there",
    dimension: Dimension::Machine,
    severity: Severity::Low,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP09", "CWE-1188"],
    docs: include_str!("stale_server.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server) in servers(machine).filter(|(_, server)| !server.enabled) {
        if !holds_secret(machine, server) {
            continue;
        }
        let name = named(&server.name);
        let message = format!("{name} is switched off, but a key still stands in its entry in plain text.");
        let finding = found.add(machine, &RULE, Some(index), place::entry(server), Confidence::High, message);
        match may_edit(machine, server) {
            Ok(()) => {
                let said = Said {
                    title: format!("Take {name} out"),
                    past: format!("Took {name} out"),
                    summary: format!("The entry of {name} goes; it was off, so nothing is started otherwise."),
                    notes: vec!["Revoke the key at its provider if nothing else uses it.".to_owned()],
                };
                let act = Act::Settings { patches: vec![Patch::Remove(server.at.clone())], said };
                finding.fix("take-out", "Take the entry out", Safety::Review, act);
            }
            Err(why) => {
                let act = steps([why.as_str(), "Take the key out of the entry there, and revoke it."]);
                finding.fix("by-hand", "Take the key out", Safety::Manual, act);
            }
        }
    }
}

/// Whether a value of the entry is a key for sure; what only may be one is left
/// to the rules on keys.
fn holds_secret(machine: &Machine, server: &Server) -> bool {
    let expands = &machine.files[server.file.0].row.expands;
    let sure = |confidence: Confidence| confidence >= Confidence::High;
    let pair = |spot, pair: &Pair| {
        let value = &pair.value.value;
        !expands.is_reference(spot, value.trim())
            && secret::judge(&pair.name, value).is_some_and(|verdict| sure(verdict.confidence))
    };
    let headers = match &server.transport {
        Transport::Http { headers, .. } => headers.as_slice(),
        Transport::Stdio(_) | Transport::Unknown => &[],
    };
    let words = server.command().map(|command| command.words()).unwrap_or_default();
    server.env.iter().any(|variable| pair(Spot::Env, variable))
        || headers.iter().any(|header| pair(Spot::Headers, header))
        || words.iter().any(|word| secret::find(&word.value).iter().any(|found| sure(found.verdict.confidence)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{Given, at, look};

    fn windsurf(entry: &str) -> Given {
        at("windsurf", ".codeium/windsurf/mcp_config.json", &format!(r#"{{ "mcpServers": {{ "it": {entry} }} }}"#))
    }

    #[test]
    fn a_key_in_an_entry_that_is_off_is_found() {
        for entry in [
            r#"{ "disabled": true, "command": "x", "env": { "GITHUB_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" } }"#,
            r#"{ "disabled": true, "command": "x", "args": ["--token=ghp_16C7e42F292c6912E7710c838347Ae178B4a"] }"#,
            r#"{ "disabled": true, "serverUrl": "https://x.example.com", "headers": { "Authorization": "Bearer ghp_16C7e42F292c6912E7710c838347Ae178B4a" } }"#,
        ] {
            let seen = look(&windsurf(entry));
            assert_eq!(seen.of(&RULE).len(), 1, "{entry}");
            assert_eq!(seen.fixes(&RULE), [("take-out", Safety::Review)]);
        }
    }

    #[test]
    fn others_are_not() {
        for entry in [
            r#"{ "command": "x", "env": { "GITHUB_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" } }"#,
            r#"{ "disabled": true, "command": "x", "env": { "GITHUB_TOKEN": "${env:GITHUB_TOKEN}" } }"#,
            r#"{ "disabled": true, "command": "x", "env": { "GITHUB_TOKEN": "" } }"#,
            r#"{ "disabled": true, "command": "x" }"#,
        ] {
            assert!(look(&windsurf(entry)).of(&RULE).is_empty(), "{entry}");
        }
    }
}
