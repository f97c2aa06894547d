#![doc = include_str!("secret_in_header.md")]

use super::literals::{Literal, Seat, weigh};
use super::secret_in_env::replace;
use crate::dialect::Spot;
use crate::finding::{Act, By, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier};
use crate::server::{Server, Transport};
use crate::writing::carriers::carry;
use crate::writing::{Put, own_way};

pub const RULE: Rule = Rule {
    id: "secret-in-header",
    title: "Secret in a header",
    dimension: Dimension::Credentials,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Safe,
    maps: &["MCP01", "CWE-522"],
    docs: include_str!("secret_in_header.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    let literals = found.literals(machine);
    let in_urls = literals.in_urls();
    for literal in &literals.entries {
        let Seat::Header(at) = literal.seat else { continue };
        let server = &machine.servers[literal.server.0];
        let Transport::Http { headers, .. } = &server.transport else { continue };
        let (header, verdict) = (headers[at].name.as_str(), &literal.verdict);
        let message = format!("The header {} holds {} in plain text.", named(header), verdict.kind);
        let place = literal.place(machine);
        let finding = found.add(machine, &RULE, Some(literal.server), place, verdict.confidence, message);
        weigh(finding.group("secret"), verdict);
        match carry(machine, server, in_urls.contains(&literal.server)) {
            Ok(by) => {
                let (title, act, safety) = moved(machine, literal, by);
                finding.fix("keychain", title, safety, act);
            }
            Err(why) => {
                let act = by_hand(machine, server, header, literal, why);
                finding.fix("by-hand", "Take it out of the file", Safety::Manual, act);
            }
        }
        finding.fix("rotate", "Replace the key", Safety::Manual, replace(verdict));
    }
}

/// Out of the file, in the best way its client has.
pub(super) fn moved(machine: &Machine, literal: &Literal, by: By) -> (&'static str, Act, Safety) {
    let act = |by| Act::Keychain { at: literal.text(machine).at.clone(), range: literal.range.clone(), by };
    match by {
        By::Input => ("Let the client ask for it", act(by), Safety::Review),
        // The same server and the same headers, from another place.
        By::Helper => ("Move to keychain", act(by), Safety::Safe),
        _ => ("Move to keychain", act(by), Safety::Review),
    }
}

/// The client's own way to put the key in, or a sign-in instead of a key.
fn by_hand(machine: &Machine, server: &Server, header: &str, literal: &Literal, why: String) -> Act {
    let (shown, text) = (named(header), literal.text(machine).value.as_str());
    // Only a scheme may stay: what else stands around a key may be another one.
    let before = &text[..literal.range.start];
    let scheme = before.trim_end();
    let alone = scheme.len() <= 12
        && scheme.chars().all(|c| c.is_ascii_alphabetic())
        && text[literal.range.end..].trim().is_empty();
    let place = if alone { format!("as the value of {shown}") } else { format!("in place of the key in {shown}") };
    let put = Put {
        spot: Spot::Headers,
        variable: &variable(&server.name, header),
        before: if alone { before } else { "" },
        place: &place,
    };
    let own = own_way(machine, server, &put);
    let or = if own.is_empty() { "If" } else { "Or, if" };
    let mut steps = [vec![why], own].concat();
    steps.push(format!(
        "{or} the service has a sign-in of its own (OAuth): take {shown} out, and {} opens the sign-in where it can.",
        server.client.name
    ));
    Act::Manual(steps)
}

/// A name for the variable that could hold a server's key: `GITHUB_TOKEN`.
pub(crate) fn variable(server: &str, header: &str) -> String {
    const LONGEST: usize = 40;
    let shouted = |text: &str| {
        let known = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        text.chars().take(LONGEST).map(known).collect::<String>()
    };
    let own = shouted(server);
    let own = own.trim_matches('_');
    let header = shouted(header);
    let what = header.strip_prefix("X_").unwrap_or(&header);
    let what = if matches!(what, "AUTHORIZATION" | "") { "TOKEN" } else { what };
    let name = if own.is_empty() { what.to_owned() } else { format!("{own}_{what}") };
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("MCP_{name}") } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Check;
    use crate::rules::tests::{entry, file, fires, look, silent};

    const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    fn remote(headers: &str) -> String {
        format!(r#"{{ "url": "https://mcp.example.com/mcp", "headers": {headers} }}"#)
    }

    #[test]
    fn keys_in_headers_are_found() {
        for headers in [
            &format!(r#"{{ "Authorization": "Bearer {TOKEN}" }}"#),
            &format!(r#"{{ "Authorization": "{TOKEN}" }}"#),
            r#"{ "X-API-Key": "q8Zr2LmW0xVb7TnKc4JdYp91" }"#,
            r#"{ "x-acme-token": "q8Zr2LmW0xVb7TnKc4JdYp91" }"#,
            r#"{ "Cookie": "session=q8Zr2LmW0xVb7TnKc4JdYp91" }"#,
            r#"{ "Authorization": "Basic YW5hOnE4WnIyTG1XMHhWYjdUbktj" }"#,
        ] {
            fires(&RULE, &remote(headers));
        }
    }

    #[test]
    fn references_and_other_headers_are_not() {
        for headers in [
            r#"{ "Authorization": "Bearer ${env:TOKEN}" }"#,
            r#"{ "Authorization": "Bearer ${input:token}", "X-Api-Key": "$API_KEY" }"#,
            r#"{ "Authorization": "Bearer YOUR_API_KEY" }"#,
            r#"{ "X-API-Key": "<your-key>" }"#,
            r#"{ "Accept": "application/json, text/event-stream", "X-Client": "warder-2026" }"#,
            r#"{ "X-Org-Id": "7f3a9c52-1b84-4e0d-9a6e-3c5d8f2b1e70" }"#,
        ] {
            silent(&RULE, &remote(headers));
        }
    }

    #[test]
    fn one_key_is_one_finding() {
        let seen = look(&entry(&remote(&format!(r#"{{ "Authorization": "Bearer {TOKEN}" }}"#))));
        let secrets = seen.findings.found.iter().filter(|finding| finding.group == Some("secret"));
        assert_eq!(secrets.count(), 1);
        assert!(!format!("{:?}", seen.findings.found).contains(TOKEN) && seen.evaluated(Check::Inline));
    }

    #[test]
    fn the_steps_name_the_clients_own_way() {
        let steps = |client: &'static str, root: &str| {
            // What a program in its place could not do.
            let entry = format!(
                r#"{{ "url": "https://mcp.example.com/mcp", "oauth": {{}},
                      "headers": {{ "Authorization": "Bearer {TOKEN}" }} }}"#
            );
            let seen = look(&file(&format!(r#"{{ "{root}": {{ "git-hub": {entry} }} }}"#)).of(client));
            let found = seen.of(&RULE);
            let Act::Manual(steps) = &found[0].fixes[0].act else { panic!("by hand") };
            steps.join("\n")
        };
        let cursor = steps("cursor", "mcpServers");
        assert!(cursor.contains(r#"Write "Bearer ${env:GIT_HUB_TOKEN}" as the value of Authorization."#), "{cursor}");
        assert!(cursor.starts_with("This entry has \"oauth\""), "{cursor}");
        assert!(steps("zed", "context_servers").contains("OAuth"));
    }

    #[test]
    fn a_variable_is_named_after_server_and_header() {
        for (server, header, name) in [
            ("github", "Authorization", "GITHUB_TOKEN"),
            ("git-hub.com", "X-Api-Key", "GIT_HUB_COM_API_KEY"),
            ("7seas", "Cookie", "MCP_7SEAS_COOKIE"),
            ("日本", "Authorization", "TOKEN"),
        ] {
            assert_eq!(variable(server, header), name);
        }
    }
}
