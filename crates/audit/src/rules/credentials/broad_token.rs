#![doc = include_str!("broad_token.md")]

use std::collections::HashMap;

use super::secret_in_env::new_key;
use crate::finding::{Act, Confidence, Dimension, Place, Safety, ServerIndex, Severity};
use crate::machine::Machine;
use crate::rules::{Findings, Rule, Tier, place};
use crate::secret::{Reach, Verdict};

pub const RULE: Rule = Rule {
    id: "broad-token",
    title: "Key with excessive reach",
    dimension: Dimension::Credentials,
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP02", "CWE-272"],
    docs: include_str!("broad_token.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    let literals = found.literals(machine);
    // One key is spoken of once, wherever else it stands.
    let mut keys: Vec<(Place, &Verdict, Vec<ServerIndex>)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for literal in &literals.entries {
        let at = *known.entry(literal.value(machine)).or_insert_with(|| {
            keys.push((literal.place(machine), &literal.verdict, Vec::new()));
            keys.len() - 1
        });
        keys[at].2.push(literal.server);
    }
    for held in &literals.env_files {
        for (index, verdict) in &held.secrets {
            let server = &machine.servers[held.servers[0].0];
            let Some(text) = &server.env_file else { continue };
            let at = *known.entry(&held.file.variables[*index].value).or_insert_with(|| {
                keys.push((place::text(machine, server, text), verdict, Vec::new()));
                keys.len() - 1
            });
            keys[at].2.extend(&held.servers);
        }
    }
    for (place, verdict, mut servers) in keys {
        let Some((severity, what)) = verdict.reach.and_then(weight) else { continue };
        servers.dedup();
        let kind = &verdict.kind;
        let mut letters = kind.chars();
        let start: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
        let message = format!("{start} {what}.");
        let finding = found.add(machine, &RULE, Some(servers[0]), place, Confidence::High, message);
        finding.severity(severity).also(servers[1..].to_vec());
        finding.fix("by-hand", "Use a narrower key", Safety::Manual, by_hand(verdict));
    }
}

/// How much a key of this reach matters, and what to say of it.
fn weight(reach: Reach) -> Option<(Severity, &'static str)> {
    match reach {
        Reach::Admin => Some((Severity::High, "may administer a whole organisation, which no server needs")),
        Reach::Everything => {
            Some((Severity::Medium, "can have every right of its owner; what this one may do cannot be seen here"))
        }
        Reach::Endless => Some((Severity::Medium, "works until somebody revokes it")),
        // Of these nothing can be said, or only good.
        Reach::Unsaid | Reach::Chosen | Reach::Passing => None,
    }
}

fn by_hand(verdict: &Verdict) -> Act {
    let narrow = match (verdict.provider, verdict.reach) {
        (Some("GitHub"), _) => "Choose a fine-grained token, for single repositories and with an end.",
        (Some("Stripe"), _) => "Choose a restricted key with the rights that the server needs.",
        (Some("AWS"), _) => "Or let the server use temporary credentials: `aws sso login`, or a role.",
        (Some("Slack"), _) => "Choose the token of a bot with the scopes that the server needs.",
        (_, Some(Reach::Endless)) => "Give it an end, and no more rights than the server needs.",
        _ => "Give it no more rights than the server needs.",
    };
    Act::Manual(vec![
        new_key(verdict),
        narrow.to_owned(),
        "Write it over the old one, then move it to the keychain, and revoke the old one.".to_owned(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, file, look};

    fn severities(value: &str) -> Vec<Severity> {
        let json = format!(r#"{{ "command": "x", "env": {{ "API_KEY": "{value}" }} }}"#);
        look(&entry(&json)).of(&RULE).iter().map(|finding| finding.severity).collect()
    }

    #[test]
    fn the_form_of_a_key_says_how_far_it_reaches() {
        for (value, expected) in [
            ("ghp_16C7e42F292c6912E7710c838347Ae178B4a".to_owned(), &[Severity::Medium][..]),
            (format!("xoxp-{}-q8Zr2LmW0xVb7TnKc4JdYp91q8Zr", "123456789012"), &[Severity::Medium]),
            ("AKIAQ3ZT7WNM4KXJ2VRB".to_owned(), &[Severity::Medium]),
            (format!("sk-ant-admin01-{}AA", "q8Zr2LmW0xVb7TnKc4JdYp91".repeat(4)), &[Severity::High]),
            (
                format!(
                    "github_pat_{}",
                    "11A2BCDEF0q8Zr2LmW0xVb_7TnKc4JdYp91Tb3XsWq5LmN8vRk2Zh6Jf9Gd4Yp1Cx7Ba0QeUoIt5S2w3E4r5"
                ),
                &[],
            ),
            ("ASIAQ3ZT7WNM4KXJ2VRB".to_owned(), &[]),
            ("q8Zr2LmW0xVb7TnKc4JdYp91".to_owned(), &[]),
        ] {
            assert_eq!(severities(&value), expected, "{value}");
        }
    }

    #[test]
    fn a_key_that_stands_in_many_entries_is_said_once() {
        let one = r#"{ "command": "x", "env": { "GITHUB_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" } }"#;
        let seen = look(&file(&format!(r#"{{ "mcpServers": {{ "a": {one}, "b": {one}, "c": {one} }} }}"#)));
        let [finding] = seen.of(&RULE)[..] else { panic!("one finding") };
        assert_eq!(finding.also, [ServerIndex(1), ServerIndex(2)]);
        assert!(finding.message.starts_with("A GitHub token can"), "{}", finding.message);
    }
}
