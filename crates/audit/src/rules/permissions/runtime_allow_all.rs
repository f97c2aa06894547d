#![doc = include_str!("runtime_allow_all.md")]

use crate::finding::{Confidence, Dimension, Safety, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, launched, place, steps};
use crate::server::Command;
use crate::server::command::Launcher;

pub const RULE: Rule = Rule {
    id: "runtime-allow-all",
    title: "Permissions of the runtime switched off",
    dimension: Dimension::Permissions,
    // Without it the server has the same rights as nearly every other one: a
    // fence that was there is open, and no more.
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Manual,
    maps: &["MCP02", "CWE-272"],
    docs: include_str!("runtime_allow_all.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let Some((word, option)) = opens(command) else { continue };
        let message = format!(
            "{option} switches the permissions of the runtime off, so {} may do all that you may.",
            named(&server.name)
        );
        let place = match command.word(word) {
            Some(text) => place::text(machine, server, text),
            None => place::entry(server),
        };
        let act = match command.launch.launcher {
            Launcher::Deno => steps([
                "Take the option out and start the server by hand: Deno asks for each permission it needs.",
                "Write those into the entry, with what they are for: `--allow-read=./data --allow-net=api.example.com`.",
            ]),
            _ => steps([
                "Name the folders it reads in `--allow-fs-read`, in the place of `*`.",
                "Take `--allow-child-process` out, and start the server once to see whether it still works.",
            ]),
        };
        found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message).fix(
            "by-hand",
            "Name the permissions",
            Safety::Manual,
            act,
        );
    }
}

/// The option that leaves nothing of the fence, and its word.
fn opens(command: &Command) -> Option<(usize, &'static str)> {
    let launch = &command.launch;
    let all = command.words();
    // Options of the runtime stand before the script; inside a shell's line
    // every word of it is looked at.
    let mut words: Vec<(usize, &str)> = all.iter().map(|word| word.value.as_str()).enumerate().collect();
    words.truncate(launch.arguments);
    words.extend(launch.shell.iter().flat_map(|line| line.split_whitespace()).map(|word| (0, word)));
    let find = |fits: &dyn Fn(&str) -> bool| words.iter().find(|(_, word)| fits(word)).map(|(at, _)| *at);
    match launch.launcher {
        Launcher::Deno => None
            .or_else(|| find(&|word| word == "--allow-all").map(|at| (at, "--allow-all")))
            .or_else(|| find(&is_short_all).map(|at| (at, "-A")))
            // A program that is started has every right of its own.
            .or_else(|| find(&|word| word == "--allow-run").map(|at| (at, "--allow-run"))),
        Launcher::Node => {
            let fenced = find(&|word| word == "--permission" || word == "--experimental-permission").is_some();
            let all = find(&|word| word == "--allow-fs-read=*").is_some();
            let starts = find(&|word| word == "--allow-child-process")?;
            (fenced && all).then_some((starts, "--allow-child-process"))
        }
        _ => None,
    }
}

/// `-A`, also among other short switches.
fn is_short_all(word: &str) -> bool {
    let letters = word.strip_prefix('-').unwrap_or_default();
    letters.contains('A') && letters.bytes().all(|letter| letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{fires, silent};

    #[test]
    fn open_fences_are_found() {
        for args in [
            r#""run", "-A", "/srv/server.ts""#,
            r#""run", "--allow-all", "jsr:@some/mcp@1.0.0""#,
            r#""run", "-qA", "/srv/server.ts""#,
            r#""run", "--allow-read", "--allow-run", "/srv/server.ts""#,
        ] {
            fires(&RULE, &format!(r#"{{ "command": "deno", "args": [{args}] }}"#));
        }
        let node = r#""--permission", "--allow-fs-read=*", "--allow-child-process", "/srv/server.js""#;
        fires(&RULE, &format!(r#"{{ "command": "node", "args": [{node}] }}"#));
        fires(&RULE, r#"{ "command": "sh", "args": ["-c", "exec deno run -A /srv/server.ts"] }"#);
    }

    #[test]
    fn named_permissions_and_the_servers_own_options_are_not() {
        for args in [
            r#""run", "--allow-read=/srv", "--allow-net=api.example.com", "/srv/server.ts""#,
            r#""run", "-R", "-N", "/srv/server.ts""#,
            r#""run", "--allow-run=git", "/srv/server.ts""#,
            r#""run", "/srv/server.ts", "-A""#,
        ] {
            silent(&RULE, &format!(r#"{{ "command": "deno", "args": [{args}] }}"#));
        }
        silent(&RULE, r#"{ "command": "node", "args": ["--permission", "--allow-fs-read=/srv", "/srv/server.js"] }"#);
        silent(&RULE, r#"{ "command": "node", "args": ["/srv/server.js"] }"#);
        silent(&RULE, r#"{ "command": "npx", "args": ["-y", "some-mcp@1.0.0", "-A", "--allow-all"] }"#);
    }
}
