#![doc = include_str!("secret_in_args.md")]

use crate::finding::{Act, Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Check, Findings, Rule, Tier, launched, place};
use crate::secret::{self, Verdict};
use crate::server::Command;
use crate::server::command::Launcher;

pub const RULE: Rule = Rule {
    id: "secret-in-args",
    title: "Secret on the command line",
    dimension: Dimension::Credentials,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP01", "CWE-214"],
    docs: include_str!("secret_in_args.md"),
    check,
};

/// How a secret stands on a command line.
enum Carrier {
    /// `-e NAME=value` of a container, `env NAME=value`.
    Variable(String),
    /// `--api-key value`, `--api-key=value`, `--header 'Name: value'`.
    Flag(String),
    /// Anywhere else.
    Bare,
}

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        // With `secret-in-env` this is every literal of a started entry.
        found.evaluated(index, Check::Inline);
        for word in 0..command.words().len() {
            let Some((carrier, verdict)) = judge(command, word) else { continue };
            let carrier_name = match &carrier {
                Carrier::Variable(name) => named(name),
                Carrier::Flag(flag) => format!("The argument {}", named(flag)),
                Carrier::Bare => "An argument".to_owned(),
            };
            let message =
                format!("{carrier_name} holds {} in plain text, where every list of processes shows it.", verdict.kind);
            let text = command.word(word).expect("the index is below the number of words");
            let place = place::text(machine, server, text);
            let finding = found.add(machine, &RULE, Some(index), place, verdict.confidence, message);
            finding.group("secret");
            if verdict.confidence == Confidence::Low {
                finding.severity(Severity::Low);
            }
            let act = by_hand(command, &carrier, &verdict);
            finding.fix("by-hand", "Move it to a variable", Safety::Manual, act);
        }
    }
}

/// What a word holds, if a secret.
fn judge(command: &Command, word: usize) -> Option<(Carrier, Verdict)> {
    let text = command.word(word)?.value.as_str();

    let assigned = command.launch.assignments.iter().find(|assigned| assigned.word == word);
    if let Some(assigned) = assigned {
        let verdict = secret::judge(&assigned.name, text.get(assigned.range.clone())?)?;
        return Some((Carrier::Variable(assigned.name.clone()), verdict));
    }

    let (flag, value) = match text.split_once('=') {
        Some((flag, value)) if flag.starts_with('-') => (flag, value),
        _ => {
            let before = word.checked_sub(1).and_then(|before| command.word(before));
            (before.map_or("", |before| before.value.as_str()), text)
        }
    };
    if secret::flag_takes_secret(flag)
        && !value.starts_with('-')
        && let Some(verdict) = secret::judge(flag.trim_start_matches('-'), value)
    {
        return Some((Carrier::Flag(flag.to_owned()), verdict));
    }
    if is_header(flag)
        && let Some((name, value)) = value.split_once(':')
        && let Some(verdict) = secret::judge(name.trim(), value.trim())
    {
        return Some((Carrier::Flag(flag.to_owned()), verdict));
    }
    let verdict = secret::find(text).into_iter().map(|found| found.verdict).max_by_key(|verdict| verdict.confidence)?;
    Some((Carrier::Bare, verdict))
}

fn is_header(flag: &str) -> bool {
    matches!(flag, "-H" | "--header" | "--headers")
}

fn by_hand(command: &Command, carrier: &Carrier, verdict: &Verdict) -> Act {
    let contained = matches!(command.launch.launcher, Launcher::Docker | Launcher::Podman);
    let mut steps = match carrier {
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
        Carrier::Flag(_) | Carrier::Bare => vec![
            "Look in the server's documentation for the environment variable it reads this key from.".to_owned(),
            "Write the variable into the entry's `env`, and take the key out of the arguments.".to_owned(),
        ],
    };
    steps.push("Scan again, and let Warder move the variable to the keychain.".to_owned());
    steps.push(match verdict.provider {
        Some(provider) => format!("Replace the key, since logs may have kept it: {provider}."),
        None => "Replace the key where it was made, since logs may have kept it.".to_owned(),
    });
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

    #[test]
    fn remote_headers_are_not_judged_yet() {
        let local = look(&entry(r#"{ "command": "npx", "args": ["-y", "x"] }"#));
        assert!(local.evaluated(Check::Inline));
        let remote = look(&entry(r#"{ "url": "https://mcp.example.com/mcp" }"#));
        assert!(!remote.evaluated(Check::Inline));
    }
}
