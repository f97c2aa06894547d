#![doc = include_str!("elevated_launch.md")]

use crate::document::KeyPath;
use crate::finding::{Act, Confidence, Dimension, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, launched, place, steps};
use crate::server::Command;
use crate::server::command::Role;
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "elevated-launch",
    title: "Runs with the administrator's rights",
    dimension: Dimension::Permissions,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP02", "CWE-250"],
    docs: include_str!("elevated_launch.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let Some(program) = raises(command) else { continue };
        let name = named(&server.name);
        let message = format!("{name} is started with the administrator's rights, through {}.", named(program));
        let place = place::text(machine, server, &command.program);
        let finding = found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message);
        match without(command, program) {
            Some(texts) if may_edit(machine, server).is_ok() => {
                let said = Said {
                    title: format!("Start {name} with your own rights"),
                    past: format!("Started {name} with your own rights"),
                    summary: format!("{name} will be started directly, without {program}."),
                    notes: vec!["Files that it wrote as the administrator may be closed to it afterwards.".to_owned()],
                };
                finding.fix("lower", "Start it with your own rights", Safety::Review, Act::Texts { texts, said });
            }
            _ => {
                let act = steps([
                    "Take the program that gives the rights out of the entry, and start the server once.",
                    "If it needs one right only, give that to the files or the group it is about.",
                ]);
                finding.fix("by-hand", "Start it with your own rights", Safety::Manual, act);
            }
        }
    }
}

/// The program that gives the administrator's rights, by its plain name.
fn raises(command: &Command) -> Option<&'static str> {
    const PROGRAMS: [&str; 7] = ["doas", "gsudo", "pkexec", "run0", "runas", "su", "sudo"];
    let launch = &command.launch;
    let mut lines: Vec<Vec<&str>> = vec![command.words().iter().map(|word| word.value.as_str()).collect()];
    lines.extend(launch.shell.iter().map(|line| line.split_whitespace().collect()));
    let windows = |line: &[&str]| {
        line.windows(2).any(|pair| pair[0].eq_ignore_ascii_case("-verb") && pair[1].eq_ignore_ascii_case("runas"))
    };
    if launch.shell.is_some() && lines.iter().any(|line| windows(line)) {
        return Some("runas");
    }
    let layer = launch.layers.iter().find(|layer| layer.role == Role::Sudo).map(|layer| layer.program.as_str());
    // `runas` starts one program and is not taken off.
    let program = layer.unwrap_or_else(|| if is(lines[0][0], "runas") { "runas" } else { "" });
    let program = PROGRAMS.into_iter().find(|one| is(program, one))?;
    let behind = lines.iter().find_map(|line| {
        let at = line.iter().position(|word| is(word, program))?;
        line.get(at + 1..)
    });
    (!lowers(program, behind.unwrap_or_default())).then_some(program)
}

/// Whether the words behind it name another user than the administrator.
fn lowers(program: &str, words: &[&str]) -> bool {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let user = match *word {
            "-u" | "--user" if program != "su" => words.next().copied(),
            word if !word.starts_with(['-', '/']) => return program == "su" && !is_administrator(word),
            // A line for a shell; the user may stand behind it.
            "-c" | "--command" if program == "su" => {
                words.next();
                continue;
            }
            "--" => return false,
            word => ["--user=", "/user:", "-u"].iter().find_map(|option| word.strip_prefix(option)),
        };
        if let Some(user) = user {
            return !is_administrator(user);
        }
        // Of other options only these take a word (sudo(8), doas(1), run0(1)).
        if ["-g", "-C", "-D", "-h", "-p", "-r", "-t", "-T", "-R", "-a", "--group", "--chdir"].contains(word) {
            words.next();
        }
    }
    false
}

fn is_administrator(user: &str) -> bool {
    let name = user.trim_matches('"').rsplit('\\').next().unwrap_or(user).to_ascii_lowercase();
    ["root", "0", "#0", "administrator", "system"].contains(&name.as_str())
}

/// Whether a word starts this program.
fn is(word: &str, program: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word).to_ascii_lowercase();
    name.strip_suffix(".exe").unwrap_or(&name) == program
}

/// The texts of the same line without it; `None` where more than switches
/// stands between it and the server's own program.
fn without(command: &Command, program: &str) -> Option<Vec<(KeyPath, Option<String>)>> {
    const SWITCHES: [&str; 8] = ["-A", "-E", "-H", "-S", "-n", "--non-interactive", "--preserve-env", "--set-home"];
    if command.wrapped.is_some() || command.launch.shell.is_some() || !is(&command.program.value, program) {
        return None;
    }
    let own = command.args.iter().position(|arg| !SWITCHES.contains(&arg.value.as_str()))?;
    let first = &command.args[own].value;
    // `A=b` is a variable, and what begins with a dash another option.
    if program == "su" || program == "runas" || first.starts_with('-') || first.contains('=') {
        return None;
    }
    let out = command.args[..=own].iter().map(|arg| (arg.at.clone(), None));
    Some(std::iter::once((command.program.at.clone(), Some(first.clone()))).chain(out).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::Os;
    use crate::rules::tests::{entry, fires, look, silent};

    #[test]
    fn raised_rights_are_found() {
        for entry in [
            r#"{ "command": "sudo", "args": ["some-mcp"] }"#,
            r#"{ "command": "/usr/bin/sudo", "args": ["-n", "-E", "npx", "-y", "some-mcp@1.0.0"] }"#,
            r#"{ "command": "sudo", "args": ["-u", "root", "some-mcp"] }"#,
            r#"{ "command": "sudo", "args": ["-g", "admin", "some-mcp"] }"#,
            r#"{ "command": "doas", "args": ["some-mcp"] }"#,
            r#"{ "command": "pkexec", "args": ["some-mcp"] }"#,
            r#"{ "command": "run0", "args": ["some-mcp"] }"#,
            r#"{ "command": "su", "args": ["-c", "some-mcp"] }"#,
            r#"{ "command": "sh", "args": ["-c", "sudo some-mcp"] }"#,
            r#"{ "command": "env", "args": ["A=b", "sudo", "some-mcp"] }"#,
        ] {
            fires(&RULE, entry);
        }
        for entry in [
            entry(r#"{ "command": "gsudo.exe", "args": ["some-mcp"] }"#),
            entry(r#"{ "command": "runas", "args": ["/user:Administrator", "some-mcp"] }"#),
        ] {
            assert_eq!(look(&entry.on(Os::Windows)).of(&RULE).len(), 1);
        }
    }

    #[test]
    fn lowered_rights_and_other_programs_are_not() {
        for entry in [
            r#"{ "command": "sudo", "args": ["-u", "mcp", "some-mcp"] }"#,
            r#"{ "command": "sudo", "args": ["-n", "--user=mcp", "some-mcp"] }"#,
            r#"{ "command": "sudo", "args": ["-umcp", "some-mcp"] }"#,
            r#"{ "command": "doas", "args": ["-u", "mcp", "some-mcp"] }"#,
            r#"{ "command": "su", "args": ["mcp", "-c", "some-mcp"] }"#,
            r#"{ "command": "sh", "args": ["-c", "sudo -u mcp some-mcp"] }"#,
            r#"{ "command": "npx", "args": ["-y", "sudo-mcp@1.0.0", "sudo"] }"#,
            r#"{ "command": "nice", "args": ["some-mcp"] }"#,
        ] {
            silent(&RULE, entry);
        }
    }

    #[test]
    fn only_a_plain_line_is_written_anew() {
        let fix = |json: &str| look(&entry(json)).fixes(&RULE)[0].1;
        assert_eq!(fix(r#"{ "command": "sudo", "args": ["-n", "some-mcp", "--port", "1"] }"#), Safety::Review);
        assert_eq!(fix(r#"{ "command": "sudo", "args": ["A=b", "some-mcp"] }"#), Safety::Manual);
        assert_eq!(fix(r#"{ "command": "sh", "args": ["-c", "sudo some-mcp"] }"#), Safety::Manual);
    }
}
