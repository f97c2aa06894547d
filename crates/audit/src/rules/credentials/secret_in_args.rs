#![doc = include_str!("secret_in_args.md")]

use super::literals::{Carrier, Seat, weigh};
use super::secret_in_env::{new_key, replace};
use super::ways::out_of_word;
use crate::finding::{Act, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier};
use crate::secret::Verdict;
use crate::server::Command;
use crate::server::command::Launcher;

pub const RULE: Rule = Rule {
    id: "secret-in-args",
    title: "Secret on the command line",
    dimension: Dimension::Credentials,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Safe,
    maps: &["MCP01", "CWE-214"],
    docs: include_str!("secret_in_args.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for literal in &found.literals(machine).entries {
        // A key in a URL is `secret-in-url`.
        let Seat::Word(index, carrier) = &literal.seat else { continue };
        if *carrier == Carrier::Url {
            continue;
        }
        let Some(command) = machine.servers[literal.server.0].command() else { continue };
        let verdict = &literal.verdict;
        let name = match carrier {
            Carrier::Variable(name) => named(name),
            Carrier::Flag(flag) => format!("The argument {}", named(flag)),
            Carrier::Bare | Carrier::Url => "An argument".to_owned(),
        };
        let message = format!("{name} holds {} in plain text, where every list of processes shows it.", verdict.kind);
        let place = literal.place(machine);
        let finding = found.add(machine, &RULE, Some(literal.server), place, verdict.confidence, message);
        weigh(finding.group("secret"), verdict);
        match out_of_word(machine, literal, *index, carrier) {
            Some(Ok((act, safety))) => {
                finding.fix("keychain", "Move to keychain", safety, act);
                finding.fix("rotate", "Replace the key", Safety::Manual, replace(verdict));
            }
            other => {
                let why = other.and_then(Result::err);
                let act = by_hand(command, carrier, verdict, why);
                finding.fix("by-hand", "Move it to a variable", Safety::Manual, act);
            }
        }
    }
}

fn by_hand(command: &Command, carrier: &Carrier, verdict: &Verdict, why: Option<String>) -> Act {
    let contained = matches!(command.launch.launcher, Launcher::Docker | Launcher::Podman);
    let mut steps: Vec<String> = why.into_iter().collect();
    steps.extend(match carrier {
        Carrier::Variable(name) if contained => vec![
            format!(
                "Write `-e {0}` instead of `-e {0}=…`: the container then takes the variable of its caller.",
                named(name)
            ),
            format!("Write {} with its value into the entry's `env`.", named(name)),
        ],
        Carrier::Variable(name) => {
            vec![format!("Take {0} out of the arguments and write it into the entry's `env`.", named(name))]
        }
        Carrier::Flag(_) | Carrier::Bare | Carrier::Url => vec![
            "Look in the server's documentation for the environment variable it reads this key from.".to_owned(),
            "Write the variable into the entry's `env`, and take the key out of the arguments.".to_owned(),
        ],
    });
    steps.push("Scan again, and let Warder move the variable to the keychain.".to_owned());
    steps.push(format!("{} Lists of processes and logs may have kept the old one.", new_key(verdict)));
    Act::Manual(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    const TOKEN: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    #[test]
    fn secrets_among_the_arguments_are_found() {
        for args in [
            r#"["-y", "x", "--config", "{\"url\": \"https://example.com\", \"api_key\": \"q8Zr2LmW0xVb7TnKc4JdYp91\"}"]"#.to_owned(),
            format!(r#"["-y", "x", "--token", "{TOKEN}"]"#),
            format!(r#"["-y", "x", "--token={TOKEN}"]"#),
            format!(r#"["-y", "x", "{TOKEN}"]"#),
            r#"["-y", "x", "--api-key", "q8Zr2LmW0xVb7TnKc4JdYp91"]"#.to_owned(),
            format!(
                r#"["-y", "mcp-remote", "https://mcp.example.com/mcp", "--header", "Authorization: Bearer {TOKEN}"]"#
            ),
        ] {
            fires(&RULE, &format!(r#"{{ "command": "npx", "args": {args} }}"#));
        }
        fires(
            &RULE,
            &format!(r#"{{ "command": "docker", "args": ["run", "-i", "-e", "GITHUB_TOKEN={TOKEN}", "mcp/github"] }}"#),
        );
        fires(&RULE, &format!(r#"{{ "command": "env", "args": ["GITHUB_TOKEN={TOKEN}", "npx", "-y", "x"] }}"#));
    }

    #[test]
    fn references_and_names_of_variables_are_not() {
        for args in [
            r#"["-y", "x", "--token", "${env:TOKEN}"]"#,
            r#"["-y", "x", "--api-key-env", "MY_SERVICE_API_KEY"]"#,
            r#"["-y", "x", "--token-limit", "5000"]"#,
            r#"["-y", "x", "--token", "--verbose"]"#,
            r#"["-y", "mcp-remote", "https://mcp.example.com/mcp", "--header", "Authorization:${AUTH}"]"#,
            r#"["-y", "@modelcontextprotocol/server-filesystem@2025.8.21", "/home/ana/code"]"#,
        ] {
            silent(&RULE, &format!(r#"{{ "command": "npx", "args": {args} }}"#));
        }
        silent(&RULE, r#"{ "command": "docker", "args": ["run", "-i", "-e", "GITHUB_TOKEN", "mcp/github"] }"#);
    }

    #[test]
    fn the_value_is_in_no_text() {
        let seen = look(&entry(&format!(
            r#"{{ "command": "npx", "args": ["x", "--token={TOKEN}", "--header", "X-Key: {TOKEN}", "{TOKEN}"] }}"#
        )));
        assert_eq!(seen.of(&RULE).len(), 3);
        assert!(!format!("{:?}", seen.findings.found).contains(TOKEN));
    }
}
