#![doc = include_str!("secret_in_env.md")]

use crate::clients::Scope;
use crate::dialect::Spot;
use crate::finding::{Act, Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, place, servers};
use crate::secret::{self, Verdict};
use crate::server::{Pair, Server};
use crate::writing::{may_wrap, own_way};

pub const RULE: Rule = Rule {
    id: "secret-in-env",
    title: "Secret in plain text",
    dimension: Dimension::Credentials,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Safe,
    maps: &["MCP01", "CWE-526"],
    docs: include_str!("secret_in_env.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server) in servers(machine) {
        // `$token` is a password for one client and a reference for another.
        let expands = &machine.files[server.file.0].row.expands;
        let literal = |variable: &&Pair| !expands.is_reference(Spot::Env, variable.value.value.trim());
        for variable in server.env.iter().filter(literal) {
            let Some(verdict) = secret::judge(&variable.name, &variable.value.value) else { continue };
            let message = format!("{} holds {} in plain text.", named(&variable.name), verdict.kind);
            let place = place::text(machine, server, &variable.value);
            let finding = found.add(machine, &RULE, Some(index), place, verdict.confidence, message);
            finding.group("secret");
            if verdict.confidence == Confidence::Low {
                finding.severity(Severity::Low);
            }
            if movable(server) {
                let safety = match server.scope {
                    // Others work with that file, and have no such keychain item.
                    Scope::Project => Safety::Review,
                    _ => Safety::Safe,
                };
                match may_wrap(machine, server) {
                    Ok(()) => {
                        let act = Act::Keychain { variable: variable.value.at.clone() };
                        finding.fix("keychain", "Move to keychain", safety, act);
                    }
                    Err(why) => {
                        let steps = [vec![why], own_way(machine, server, &variable.name)].concat();
                        finding.fix("by-hand", "Take it out of the file", Safety::Manual, Act::Manual(steps));
                    }
                }
            }
            finding.fix("rotate", "Replace the key", Safety::Manual, replace(&verdict));
        }
    }
}

/// Only a program can be started through the launcher, and a wrapper whose
/// profile cannot be read has to be mended first.
fn movable(server: &Server) -> bool {
    server.command().is_some_and(|command| command.wrapped.is_none() || command.profile.is_some())
}

/// How to get a new key, and rid of the old one.
pub(super) fn replace(verdict: &Verdict) -> Act {
    let make = match verdict.provider {
        Some(provider) => format!("Make a new key: {provider}."),
        None => "Make a new key where the old one was made.".to_owned(),
    };
    Act::Manual(vec![
        make,
        "Write it over the old one, then move it to the keychain.".to_owned(),
        "Revoke the old key: it has stood in a file in plain text, so copies may lie in backups, \
         in synced folders and in the local history of editors."
            .to_owned(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    #[test]
    fn literal_secrets_are_found() {
        for env in [
            r#"{ "GITHUB_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" }"#,
            r#"{ "SERVICE_API_KEY": "q8Zr2LmW0xVb7TnKc4JdYp91" }"#,
            r#"{ "DB_PASSWORD": "Tr0ub4dor-and-3" }"#,
        ] {
            fires(&RULE, &format!(r#"{{ "command": "npx", "args": ["x"], "env": {env} }}"#));
        }
    }

    #[test]
    fn references_placeholders_and_names_are_not() {
        for env in [
            r#"{ "GITHUB_TOKEN": "${env:GITHUB_TOKEN}" }"#,
            r#"{ "GITHUB_TOKEN": "${input:token}" }"#,
            r#"{ "GITHUB_TOKEN": "$GITHUB_TOKEN" }"#,
            r#"{ "GITHUB_TOKEN": "%GITHUB_TOKEN%" }"#,
            r#"{ "GITHUB_TOKEN": "" }"#,
            r#"{ "GITHUB_TOKEN": "your-token-here" }"#,
            r#"{ "GITHUB_TOKEN": "<token>" }"#,
            r#"{ "GITHUB_TOKEN": "keychain:GITHUB_TOKEN-aaaabbbbccccddddeeeeffff22" }"#,
            r#"{ "GITHUB_TOKEN": "op://work/github/token" }"#,
            r#"{ "GOOGLE_APPLICATION_CREDENTIALS": "/home/ana/key.json" }"#,
            r#"{ "MAX_TOKENS": "4096" }"#,
            r#"{ "API_URL": "https://api.example.com/v1" }"#,
            r#"{ "LOG_LEVEL": "debug" }"#,
        ] {
            silent(&RULE, &format!(r#"{{ "command": "npx", "args": ["x"], "env": {env} }}"#));
        }
    }

    #[test]
    fn what_a_client_fills_in_is_no_secret_there() {
        let given = entry(r#"{ "command": "x", "env": { "DB_PASSWORD": "$Tr0ub4dor3x" } }"#);
        assert_eq!(look(&given).of(&RULE).len(), 1);
        let given = entry(r#"{ "command": "x", "env": { "DB_PASSWORD": "$Tr0ub4dor3x" } }"#).of("gemini");
        assert!(look(&given).of(&RULE).is_empty());
        let default = r#"{ "command": "x", "env": { "A": "${A:-ghp_16C7e42F292c6912E7710c838347Ae178B4a}" } }"#;
        assert_eq!(look(&entry(default).of("gemini")).of(&RULE).len(), 1);
    }

    #[test]
    fn the_value_is_in_no_text() {
        let value = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
        let seen = look(&entry(&format!(
            r#"{{ "command": "npx", "args": ["x"], "env": {{ "GITHUB_TOKEN": "{value}", "{value}": "{value}" }} }}"#
        )));
        assert!(!seen.of(&RULE).is_empty());
        assert!(!format!("{:?}", seen.findings.found).replace(&format!("Name(\"{value}\")"), "").contains(value));
    }

    #[test]
    fn project_files_and_remote_servers_are_not_rewritten_unasked() {
        let env = r#""env": { "GITHUB_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" }"#;
        let user = look(&entry(&format!(r#"{{ "command": "npx", "args": ["x"], {env} }}"#)));
        assert_eq!(user.fixes(&RULE), [("keychain", Safety::Safe), ("rotate", Safety::Manual)]);
        let project = look(&entry(&format!(r#"{{ "command": "npx", "args": ["x"], {env} }}"#)).in_project());
        assert_eq!(project.fixes(&RULE), [("keychain", Safety::Review), ("rotate", Safety::Manual)]);
        let remote = look(&entry(&format!(r#"{{ "url": "https://mcp.example.com/mcp", {env} }}"#)));
        assert!(remote.fixes(&RULE).iter().all(|fix| fix.0 != "keychain"));
    }
}
