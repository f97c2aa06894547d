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
    use crate::finding::By;
    use crate::rules::tests::{Given, entry, fires, judge, look, machine, silent};

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

    /// How the fix would bring a key back, and what it takes out of the word.
    #[track_caller]
    fn way(given: &Given) -> Option<(By, String, Safety)> {
        let machine = machine(given);
        let seen = judge(&machine);
        let [finding] = seen.of(&RULE)[..] else { panic!("one finding") };
        let fix = &finding.fixes[0];
        let Act::Keychain { at, range, by } = &fix.act else { return None };
        let words = machine.servers[0].command().unwrap().words();
        let word = words.iter().find(|word| word.at == *at).unwrap();
        Some((by.clone(), word.value[range.clone()].to_owned(), fix.safety))
    }

    #[test]
    fn a_key_goes_to_the_variable_that_its_server_reads() {
        let variable = |name: &str| Some((By::Variable(name.to_owned()), TOKEN.to_owned(), Safety::Safe));
        for (command, args, name) in [
            ("docker", format!(r#"["run", "-i", "-e", "GITHUB_TOKEN={TOKEN}", "a/b"]"#), "GITHUB_TOKEN"),
            ("podman", format!(r#"["run", "-i", "-eGITHUB_TOKEN={TOKEN}", "a/b"]"#), "GITHUB_TOKEN"),
            ("docker", format!(r#"["run", "--env=GITHUB_TOKEN={TOKEN}", "a/b"]"#), "GITHUB_TOKEN"),
            ("docker", format!(r#"["run", "--env", "GITHUB_TOKEN={TOKEN}", "a/b"]"#), "GITHUB_TOKEN"),
            ("env", format!(r#"["A=b", "GITHUB_TOKEN={TOKEN}", "npx", "-y", "x"]"#), "GITHUB_TOKEN"),
            (
                "npx",
                format!(r#"["-y", "@supabase/mcp-server-supabase", "--access-token={TOKEN}"]"#),
                "SUPABASE_ACCESS_TOKEN",
            ),
            (
                "npx",
                format!(r#"["-y", "@zereight/mcp-gitlab@latest", "--token", "{TOKEN}"]"#),
                "GITLAB_PERSONAL_ACCESS_TOKEN",
            ),
            ("uvx", format!(r#"["mcp-server-sentry", "--auth-token", "{TOKEN}"]"#), "SENTRY_TOKEN"),
            (
                "npx",
                format!(
                    r#"["-y", "mcp-remote", "https://a.example/mcp", "--header", "Authorization: Bearer {TOKEN}"]"#
                ),
                "IT_TOKEN",
            ),
        ] {
            let json = format!(r#"{{ "command": "{command}", "args": {args} }}"#);
            assert_eq!(way(&entry(&json)), variable(name), "{json}");
            assert_eq!(way(&entry(&json).in_project()).unwrap().2, Safety::Review);
        }
    }

    #[test]
    fn everywhere_else_it_keeps_its_place() {
        let inside = Some((By::Launcher, TOKEN.to_owned(), Safety::Review));
        for (command, args) in [
            ("npx", format!(r#"["-y", "x", "--token", "{TOKEN}"]"#)),
            ("npx", format!(r#"["-y", "@zereight/mcp-gitlab@1.0.0", "--token", "{TOKEN}"]"#)),
            ("npx", format!(r#"["-y", "x", "--config", "{{\"a\": {{\"token\": \"{TOKEN}\"}}}}"]"#)),
            ("env", format!(r#"["-i", "GITHUB_TOKEN={TOKEN}", "npx", "-y", "x"]"#)),
            ("sudo", format!(r#"["docker", "run", "-e", "GITHUB_TOKEN={TOKEN}", "a/b"]"#)),
            ("docker", format!(r#"["run", "-e", "A=1", "-e", "A={TOKEN}", "a/b"]"#)),
            ("supergateway", format!(r#"["--header", "Authorization: Bearer {TOKEN}", "--sse", "https://a.example"]"#)),
        ] {
            let json = format!(r#"{{ "command": "{command}", "args": {args} }}"#);
            assert_eq!(way(&entry(&json)), inside, "{json}");
        }
        let taken =
            format!(r#"{{ "command": "docker", "args": ["run", "-e", "A={TOKEN}", "a/b"], "env": {{ "A": "x" }} }}"#);
        assert_eq!(way(&entry(&taken)), inside);
        // Claude Code would fill the variable in itself.
        let header = format!(
            r#"{{ "command": "npx", "args": ["-y", "mcp-remote", "https://a.example/mcp", "--header", "X-Key: {TOKEN}"] }}"#
        );
        assert_eq!(way(&entry(&header).of("claude-code")), inside);
    }

    #[test]
    fn what_a_shell_takes_apart_is_left_to_the_user() {
        for (command, args) in [
            ("sh", format!(r#"["-c", "npx -y x --token {TOKEN}"]"#)),
            ("bash", format!(r#"["-c", "a | b --token={TOKEN}"]"#)),
            ("npx -y x --token", format!(r#"["{TOKEN}"]"#)),
            ("wsl", format!(r#"["npx", "-y", "x", "--token", "{TOKEN}"]"#)),
        ] {
            let json = format!(r#"{{ "command": "{command}", "args": {args} }}"#);
            assert_eq!(way(&entry(&json)), None, "{json}");
        }
        let cmd = |key: &str| {
            let json = format!(r#"{{ "command": "cmd", "args": ["/c", "npx", "-y", "x", "--password", "{key}"] }}"#);
            way(&entry(&json).on(crate::clients::Os::Windows))
        };
        assert!(cmd("q8Zr2LmW0xVb7TnKc4JdYp91").is_some());
        assert!(cmd("q8Zr2LmW0&x%Vb7TnKc4JdYp").is_none());
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
