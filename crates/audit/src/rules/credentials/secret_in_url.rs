#![doc = include_str!("secret_in_url.md")]

use super::literals::{Carrier, Literal, Seat, weigh};
use super::secret_in_env::replace;
use super::secret_in_header::{moved, variable};
use super::ways::out_of_word;
use crate::dialect::Spot;
use crate::finding::{Act, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::{Findings, Rule, Tier};
use crate::server::Server;
use crate::writing::carriers::carry;
use crate::writing::{Put, own_way};

pub const RULE: Rule = Rule {
    id: "secret-in-url",
    title: "Secret in a URL",
    dimension: Dimension::Credentials,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Safe,
    maps: &["MCP01", "CWE-598", "CWE-522"],
    docs: include_str!("secret_in_url.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    let literals = found.literals(machine);
    for literal in &literals.entries {
        let (who, where_seen) = match literal.seat {
            Seat::Url => ("The URL", "servers and proxies on the way write URLs into their logs"),
            Seat::Word(_, Carrier::Url) => ("A URL among the arguments", "every list of processes shows it"),
            _ => continue,
        };
        let server = &machine.servers[literal.server.0];
        let verdict = &literal.verdict;
        let kind = verdict.kind.strip_suffix(" in a URL").unwrap_or(&verdict.kind);
        let message = format!("{who} holds {kind} in plain text, and {where_seen}.");
        let place = literal.place(machine);
        let finding = found.add(machine, &RULE, Some(literal.server), place, verdict.confidence, message);
        weigh(finding.group("secret"), verdict);
        if is_signature(machine, literal) {
            finding.severity(Severity::Low);
        }
        let way = match &literal.seat {
            Seat::Url => match carry(machine, server, true) {
                Ok(by) => Ok(moved(machine, literal, by)),
                Err(why) => Err(out_of_url(machine, server, why)),
            },
            Seat::Word(index, carrier) => match out_of_word(machine, literal, *index, carrier) {
                Some(Ok((act, safety))) => Ok(("Move to keychain", act, safety)),
                why => Err(out_of_arguments(why.and_then(Result::err))),
            },
            _ => continue,
        };
        match way {
            Ok((title, act, safety)) => finding.fix("keychain", title, safety, act),
            Err(act) => finding.fix("by-hand", "Take it out of the URL", Safety::Manual, act),
        };
        finding.fix("rotate", "Replace the key", Safety::Manual, replace(verdict));
    }
}

/// `?sig=…&se=…`: a signed link opens one thing, and mostly for a time.
fn is_signature(machine: &Machine, literal: &Literal) -> bool {
    let before = &literal.text(machine).value[..literal.range.start];
    let name = before.strip_suffix('=').and_then(|before| before.rsplit(['?', '&', ';']).next());
    name.is_some_and(|name| {
        ["sig", "signature", "x-amz-signature", "x-goog-signature"].iter().any(|known| name.eq_ignore_ascii_case(known))
    })
}

fn out_of_url(machine: &Machine, server: &Server, why: String) -> Act {
    let mut steps = vec![why];
    steps
        .push("Look in the service's documentation whether it takes the key in a header, or has a sign-in.".to_owned());
    steps.push("If so, take the key out of the URL and use that.".to_owned());
    let variable = variable(&server.name, "");
    let put = Put { spot: Spot::Url, variable: &variable, before: "", place: "in place of the key in the URL" };
    let own = own_way(machine, server, &put);
    if !own.is_empty() {
        steps.push("Where it has to stay in the URL, let the client put it in.".to_owned());
        steps.extend(own);
    }
    Act::Manual(steps)
}

fn out_of_arguments(why: Option<String>) -> Act {
    let steps = [
        "Look in the server's documentation for the environment variable it reads this URL or key from.".to_owned(),
        "Write the variable into the entry's `env`, and take the URL out of the arguments.".to_owned(),
        "Scan again, and let Warder move the variable to the keychain.".to_owned(),
    ];
    Act::Manual(why.into_iter().chain(steps).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    const KEY: &str = "q8Zr2LmW0xVb7TnKc4JdYp91";

    #[test]
    fn keys_and_passwords_in_urls_are_found() {
        fires(&RULE, &format!(r#"{{ "url": "https://mcp.example.com/mcp?api_key={KEY}" }}"#));
        fires(&RULE, &format!(r#"{{ "url": "https://ana:{KEY}@mcp.example.com/mcp" }}"#));
        fires(&RULE, &format!(r#"{{ "url": "https://mcp.example.com/mcp?profile={KEY}&token={KEY}" }}"#));
        for args in [
            format!(r#"["-y", "mcp-remote", "https://mcp.example.com/sse?key={KEY}"]"#),
            format!(r#"["-y", "postgres-mcp", "postgresql://app:{KEY}@db.example.com/app"]"#),
            format!(r#"["-y", "x", "--dsn=mysql://app:{KEY}@db.example.com/app"]"#),
        ] {
            fires(&RULE, &format!(r#"{{ "command": "npx", "args": {args} }}"#));
        }
    }

    #[test]
    fn references_and_what_is_meant_to_be_seen_are_not() {
        for url in [
            "https://mcp.example.com/mcp",
            "https://mcp.example.com/mcp?api_key=${env:KEY}",
            "https://mcp.example.com/mcp?api_key=YOUR_API_KEY",
            "https://${USER}:${PASSWORD}@mcp.example.com/mcp",
            "https://mcp.example.com/mcp?project=abcdefghijklmnopqrst&read_only=true",
            "https://git@example.com/mcp",
        ] {
            silent(&RULE, &format!(r#"{{ "url": "{url}" }}"#));
            silent(&RULE, &format!(r#"{{ "command": "npx", "args": ["-y", "mcp-remote", "{url}"] }}"#));
        }
    }

    #[test]
    fn one_value_is_one_finding_of_one_rule() {
        let dsn = format!("postgresql://app:{KEY}@db.example.com/app");
        for (json, rule) in [
            (format!(r#"{{ "command": "x", "env": {{ "DATABASE_URL": "{dsn}" }} }}"#), "secret-in-env"),
            (format!(r#"{{ "command": "x", "args": ["--password-url", "{dsn}"] }}"#), "secret-in-url"),
            (format!(r#"{{ "command": "x", "args": ["--token", "{KEY}"] }}"#), "secret-in-args"),
            (
                format!(r#"{{ "command": "docker", "args": ["run", "-e", "DATABASE_URL={dsn}", "a/b"] }}"#),
                "secret-in-args",
            ),
            (format!(r#"{{ "url": "https://mcp.example.com/mcp?api_key={KEY}" }}"#), "secret-in-url"),
        ] {
            let seen = look(&entry(&json));
            let secrets = seen.findings.found.iter().filter(|finding| finding.group == Some("secret"));
            assert_eq!(secrets.map(|finding| finding.rule).collect::<Vec<_>>(), [rule], "{json}");
            assert!(!format!("{:?}", seen.findings.found).contains(KEY), "{json}");
        }
    }

    #[test]
    fn a_password_everybody_knows_and_a_signed_link_are_low() {
        for url in [
            "postgresql://postgres:postgres@localhost/app".to_owned(),
            format!("https://files.example.com/x?se=2026-01-01&sig={KEY}"),
        ] {
            let seen = look(&entry(&format!(r#"{{ "command": "npx", "args": ["-y", "x", "{url}"] }}"#)));
            assert_eq!(seen.of(&RULE)[0].severity, Severity::Low, "{url}");
        }
    }
}
