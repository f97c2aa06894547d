#![doc = include_str!("secret_in_env.md")]

use super::literals::{Held, Seat, weigh};
use crate::clients::Scope;
use crate::dialect::{Spot, is_variable};
use crate::facts::EnvLine;
use crate::finding::{Act, By, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, place, servers};
use crate::secret::{self, Verdict};
use crate::server::{Server, Transport};
use crate::writing::{Put, may_wrap, own_way};

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
    let literals = found.literals(machine);
    for (index, server) in servers(machine) {
        let unread = || machine.facts.server(index).is_none_or(|facts| facts.env_file.is_none());
        // With its kin for arguments, headers and URLs this is every literal of an entry.
        if !matches!(server.transport, Transport::Unknown) && (server.env_file.is_none() || !unread()) {
            found.evaluated(index, Check::Inline);
        }
    }
    for literal in &literals.entries {
        let Seat::Variable(at) = literal.seat else { continue };
        let server = &machine.servers[literal.server.0];
        let (variable, verdict) = (&server.env[at], &literal.verdict);
        let message = format!("{} holds {} in plain text.", named(&variable.name), verdict.kind);
        let place = literal.place(machine);
        let finding = found.add(machine, &RULE, Some(literal.server), place, verdict.confidence, message);
        weigh(finding.group("secret"), verdict);
        if movable(server) {
            let safety = match server.scope {
                // Others work with that file, and have no such keychain item.
                Scope::Project => Safety::Review,
                _ => Safety::Safe,
            };
            match may_wrap(machine, server) {
                Ok(()) => {
                    let whole = 0..variable.value.value.len();
                    let act = Act::Keychain { at: variable.value.at.clone(), range: whole, by: By::Launcher };
                    finding.fix("keychain", "Move to keychain", safety, act);
                }
                Err(why) => {
                    let name = variable.name.as_str();
                    let place = format!("as the value of {name}");
                    let put = Put { spot: Spot::Env, variable: name, before: "", place: &place };
                    let steps = [vec![why], own_way(machine, server, &put)].concat();
                    finding.fix("by-hand", "Take it out of the file", Safety::Manual, Act::Manual(steps));
                }
            }
        }
        finding.fix("rotate", "Replace the key", Safety::Manual, replace(verdict));
    }
    for held in &literals.env_files {
        env_file(machine, found, held);
    }
    for remark in &literals.remarks {
        let message = format!("A comment holds {} in plain text.", remark.verdict.kind);
        let confidence = remark.verdict.confidence;
        let finding = found.add(machine, &RULE, None, remark.place(machine), confidence, message);
        finding.group("secret").fix("by-hand", "Delete the comment", Safety::Manual, forget(&remark.verdict));
    }
    super::open_inputs::check(machine, &RULE, found);
}

/// One finding for a file of variables, however many it holds and whoever is given them.
fn env_file(machine: &Machine, found: &mut Findings, held: &Held) {
    let index = held.servers[0];
    let server = &machine.servers[index.0];
    let Some(text) = &server.env_file else { return };
    let surest = held.secrets.iter().max_by_key(|(_, verdict)| (!verdict.weak_default, verdict.confidence));
    let (first, verdict) = surest.expect("it holds one");
    let line = &held.file.variables[*first];
    let more = match held.secrets.len() {
        1 => String::new(),
        2 => ", and one more secret".to_owned(),
        many => format!(", and {} more secrets", many - 1),
    };
    let shown = named(&held.file.shown);
    let message =
        format!("{} in {shown}, line {}, holds {} in plain text{more}.", named(&line.name), line.line, verdict.kind);
    let place = place::text(machine, server, text);
    let finding = found.add(machine, &RULE, Some(index), place, verdict.confidence, message);
    // A file of its own is what clients advise: it is not handed on with the config.
    weigh(finding.severity(Severity::Medium).group("secret").also(held.servers[1..].to_vec()), verdict);
    if let Some(act) = beside_file(machine, server, line) {
        finding.fix("keychain", "Move to keychain", Safety::Review, act);
    }
    let steps = vec![
        format!("Take {} out of {shown} and write it into the `env` of the entry.", named(&line.name)),
        "Scan again, and let Warder move the variable to the keychain.".to_owned(),
        "Or keep the file, readable by you alone and ignored by git.".to_owned(),
    ];
    finding.fix("by-hand", "Take it out of the file", Safety::Manual, Act::Manual(steps));
    finding.fix("rotate", "Replace the key", Safety::Manual, replace(verdict));
}

/// The first step out of a file of variables: the entry's own variable, where
/// that is known to win over the file's.
fn beside_file(machine: &Machine, server: &Server, line: &EnvLine) -> Option<Act> {
    // `startNodeMpc` of VS Code's extHostMcpNode.ts, which all its builds have; of Cursor it is not known.
    const OVER: &[&str] = &["code-oss", "vscode", "vscode-insiders", "vscodium"];
    let text = server.env_file.as_ref()?;
    let may = OVER.contains(&server.client.id) && movable(server) && may_wrap(machine, server).is_ok();
    let is_new = is_variable(&line.name) && server.env.iter().all(|pair| pair.name != line.name);
    // What everybody who reads such files takes for the same value.
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=+@~,".contains(c);
    let act = || Act::Keychain { at: text.at.clone(), range: 0..text.value.len(), by: By::Variable(line.name.clone()) };
    (may && is_new && line.value.chars().all(plain)).then(act)
}

/// Only a program can be started through the launcher, and a wrapper whose
/// profile cannot be read has to be mended first.
pub(super) fn movable(server: &Server) -> bool {
    server.command().is_some_and(|command| command.wrapped.is_none() || command.profile.is_some())
}

/// How to be rid of a key that nothing reads.
fn forget(verdict: &Verdict) -> Act {
    Act::Manual(vec![
        "Delete the key from the comment: no client reads it, and everybody who reads the file does.".to_owned(),
        new_key(verdict),
        "Revoke the old key: it has stood in a file in plain text.".to_owned(),
    ])
}

/// How to get a new key, and rid of the old one.
pub(super) fn replace(verdict: &Verdict) -> Act {
    Act::Manual(vec![
        new_key(verdict),
        "Write it over the old one, then move it to the keychain.".to_owned(),
        "Revoke the old key: it has stood in a file in plain text, so copies may lie in backups, \
         in synced folders and in the local history of editors."
            .to_owned(),
    ])
}

/// Where a new key is made, one sentence.
pub(super) fn new_key(verdict: &Verdict) -> String {
    match verdict.provider.map(|provider| (provider, secret::page(provider))) {
        Some((provider, Some(page))) => format!("Make a new key at {provider}, {page}."),
        Some((provider, None)) => format!("Make a new key at {provider}."),
        None => "Make a new key where the old one was made.".to_owned(),
    }
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
