#![doc = include_str!("shell_wrapper.md")]

use serde_json::json;

use super::powershell;
use super::shell_line::{Step, Word, steps};
use crate::dialect::{Dialect, Spot, is_variable};
use crate::document::{KeyPath, Patch};
use crate::finding::{Act, Confidence, Dimension, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, launched, place, steps as by_hand};
use crate::server::command::{Payload, Role};
use crate::server::{Command, Line, Server};
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "shell-wrapper",
    title: "Started through a shell",
    dimension: Dimension::Code,
    severity: Severity::Medium,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP05", "CWE-78"],
    docs: include_str!("shell_wrapper.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let Some((severity, message)) = wrapper(command) else { continue };
        let line = command.launch.shell.as_deref().unwrap_or_default();
        let words = command.words();
        // The word with the line; what was joined from several begins with the first.
        let marked = words.iter().find(|word| word.value == line).or(words.first());
        let place = marked.map_or_else(|| place::entry(server), |word| place::text(machine, server, word));
        let finding = found.add(machine, &RULE, Some(index), place, Confidence::High, message.to_owned());
        finding.severity(severity).group("launch");
        match rewritten(machine, server, command) {
            Some(patches) if may_edit(machine, server).is_ok() => {
                let act = Act::Settings { patches, said: said(server, command) };
                finding.fix("plain", "Start it without a shell", Safety::Review, act);
            }
            _ => {
                let act = by_hand([
                    "Write the program as the command and each word behind it as an argument of its own.",
                    "What has to happen first (another folder, a variable) belongs into the entry's own settings.",
                    "If it takes more than one command, put the line into a script of yours and start that.",
                ]);
                finding.fix("by-hand", "Start it without a shell", Safety::Manual, act);
            }
        }
    }
}

/// How bad the shell line of a launch line is, if a shell reads one.
fn wrapper(command: &Command) -> Option<(Severity, &'static str)> {
    const SEVERAL: &str = "A shell runs several commands to start this server, so more happens at its start than the \
                           server alone.";
    const VARIABLES: &str =
        "A shell fills in the command that starts this server, so what runs depends on what its variables hold.";
    const PLAIN: &str = "A shell starts this server though its command needs none.";
    let launch = &command.launch;
    let line = launch.shell.as_deref()?;
    let first = |role| launch.layers.iter().find(|layer| layer.role == role);
    let opaque = matches!(launch.payload, Payload::Opaque(_));
    let shell = first(Role::Shell);
    let windows = shell.is_some_and(|shell| matches!(shell.program.as_str(), "powershell" | "pwsh"));
    if windows || first(Role::Cmd).is_some() {
        if powershell::encoded(command).is_some() {
            return None;
        }
        return Some(match (opaque, windows) {
            (true, _) => (Severity::Medium, SEVERAL),
            (false, true) => (Severity::Info, PLAIN),
            // `set X=1&& npx …` is how Windows passes a variable.
            (false, false) => (Severity::Info, "The command line sets variables that belong into the entry's own."),
        });
    }
    let commands = steps(line);
    let words = || commands.iter().flat_map(|step| &step.words);
    if commands.len() > 1 || words().any(|word| !word.runs.is_empty() || is_redirection(word)) {
        Some((Severity::Medium, SEVERAL))
    } else if words().any(|word| !word.literal) {
        Some((Severity::Low, VARIABLES))
    } else {
        // `sops exec-env` and its like take nothing but a line.
        shell.map(|_| (Severity::Info, PLAIN))
    }
}

fn is_redirection(word: &Word) -> bool {
    !word.text.is_empty() && word.text.chars().all(|letter| matches!(letter, '<' | '>'))
}

fn said(server: &Server, command: &Command) -> Said {
    let name = named(&server.name);
    let login =
        command.words().iter().skip(1).take(3).any(|word| {
            word.value.starts_with('-') && !word.value.starts_with("--") && word.value.contains(['l', 'i'])
        });
    let path = "The shell read your profile first: if the program is not found any more, undo this or write its whole \
                path.";
    Said {
        title: format!("Start {name} without a shell"),
        past: format!("Took the shell away from the start of {name}"),
        summary: format!("{} will start the program of {name} itself.", server.client.name),
        notes: if login { vec![path.to_owned()] } else { Vec::new() },
    }
}

/// The patches by which the client starts the shell's one command itself;
/// `None` where that cannot be said in its entry.
fn rewritten(machine: &Machine, server: &Server, command: &Command) -> Option<Vec<Patch>> {
    let launch = &command.launch;
    let shell = launch.layers.first().filter(|layer| layer.role == Role::Shell)?;
    let words = command.words();
    // The line is the last word: those behind it would be its `$1`.
    let line = launch.shell.as_deref().filter(|line| words.last().is_some_and(|last| last.value == *line))?;
    if command.wrapped.is_some() || matches!(shell.program.as_str(), "powershell" | "pwsh") {
        return None;
    }
    let file = &machine.files[server.file.0];
    let expands = &file.row.expands;
    let (folder, line) = match line.split_once("&&") {
        Some((first, line)) => match single(first)?.words.as_slice() {
            [cd, folder] if cd.text == "cd" => (Some(spelled(expands, Spot::Cwd, folder)?), line),
            _ => return None,
        },
        None => (None, line),
    };
    let step = single(line)?;
    let mut rest = step.words.as_slice();
    let mut variables = Vec::new();
    while let Some((name, value)) = rest.first().and_then(Word::assignment) {
        if !rest[0].literal {
            return None;
        }
        variables.push((name, value));
        rest = &rest[1..];
    }
    if let [exec, behind @ ..] = rest
        && exec.text == "exec"
    {
        rest = behind;
    }
    let (program, args) = rest.split_first().filter(|(program, _)| !is_of_the_shell(&program.text))?;
    let program = spelled(expands, Spot::Command, program)?;
    let args = args.iter().map(|word| spelled(expands, Spot::Args, word)).collect::<Option<Vec<String>>>()?;

    let mut patches = command.rewrite(&program, &args);
    let entry = holder(command);
    if let Some(folder) = folder {
        let key = file.row.spelling.cwd.first().filter(|_| server.client.start.cwd && server.cwd.is_none())?;
        // From which folder on a relative one counts is each client's own.
        if !folder.starts_with(['/', '$']) {
            return None;
        }
        patches.push(Patch::Set(entry.name(*key), json!(folder)));
    }
    if !variables.is_empty() {
        let at = entry.name(*file.row.spelling.env.first()?);
        if machine.document(server.file)?.get(&at).is_some() {
            patches.extend(variables.iter().map(|(name, value)| Patch::Set(at.name(*name), json!(value))));
        } else {
            let all: serde_json::Map<_, _> =
                variables.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            patches.push(Patch::Set(at, all.into()));
        }
    }
    Some(patches)
}

/// What the launch line stands in.
fn holder(command: &Command) -> KeyPath {
    let (Line::Apart { command: at, .. } | Line::Whole(at)) = &command.line;
    let mut holder = at.clone();
    holder.0.pop();
    holder
}

/// The only command of a line that hands nothing on.
fn single(line: &str) -> Option<Step> {
    let line = line.trim();
    let mut commands = steps(line);
    let plain = |word: &Word| word.runs.is_empty() && !is_redirection(word);
    let sign = ['&', '|', ';', '(', ')', '#', '!'];
    if commands.len() != 1 || line.starts_with(sign) || line.ends_with(sign) || !commands[0].words.iter().all(plain) {
        return None;
    }
    // A comment would end it.
    commands.pop().filter(|step| !step.words.iter().any(|word| word.text.starts_with('#')))
}

/// Words that only a shell understands in front.
fn is_of_the_shell(word: &str) -> bool {
    const WORDS: [&str; 28] = [
        ".", "[[", "alias", "builtin", "case", "cd", "command", "elif", "else", "eval", "exec", "export", "fi", "for",
        "function", "if", "in", "nohup", "select", "set", "source", "then", "time", "trap", "ulimit", "umask", "until",
        "while",
    ];
    WORDS.contains(&word) || word.starts_with(['{', '}', '!', '-'])
}

/// A word as the client has to read it at `spot`; `None` where it cannot.
fn spelled(expands: &Dialect, spot: Spot, word: &Word) -> Option<String> {
    if word.literal {
        // What the shell leaves alone its client must leave alone too.
        return expands.references(spot, &word.text).is_empty().then(|| word.text.clone());
    }
    let mut out = String::new();
    let mut rest = word.text.as_str();
    while let Some((before, behind)) = rest.split_once('$') {
        out += before;
        let (name, behind) = match behind.strip_prefix('{') {
            Some(inner) => inner.split_once('}')?,
            None => {
                let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
                behind.split_at(behind.find(|letter| !is_name(letter)).unwrap_or(behind.len()))
            }
        };
        out += &expands.spelled(spot, name).filter(|_| is_variable(name))?;
        rest = behind;
    }
    // Patterns and `~` are the shell's own.
    let foreign = |text: &str| text.contains(['*', '?', '[', '~']) || text.contains('{') && !word.text.contains("${");
    (!foreign(&word.text)).then(|| out + rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{Seen, entry, look, silent};

    fn line(line: &str) -> Seen {
        look(&entry(&json!({ "command": "bash", "args": ["-c", line] }).to_string()))
    }

    #[test]
    fn the_more_a_shell_does_the_worse_it_is() {
        for (text, severity) in [
            ("cd /srv/app && npm ci && node server.js", Severity::Medium),
            ("node server.js | tee /tmp/log", Severity::Medium),
            ("TOKEN=$(op read op://a/b) node server.js", Severity::Medium),
            ("node server.js `date`", Severity::Medium),
            ("node server.js 2>/dev/null", Severity::Medium),
            ("node server.js; true", Severity::Medium),
            ("exec node \"$HOME/server.js\"", Severity::Low),
            ("npx -y some-mcp@1.0.0", Severity::Info),
            ("exec npx -y some-mcp@1.0.0 'a;b'", Severity::Info),
        ] {
            let seen = line(text);
            let [finding] = seen.of(&RULE)[..] else { panic!("{text}") };
            assert_eq!(finding.severity, severity, "{text}");
        }
        for text in [
            r#"{ "command": "cmd", "args": ["/c", "cd C:\\x && node server.js"] }"#,
            r#"{ "command": "powershell", "args": ["-Command", "cd C:\\x; node server.js | Out-Null"] }"#,
            r#"{ "command": "wsl", "args": ["--", "cd /srv && node server.js"] }"#,
            r#"{ "command": "env", "args": ["A=b", "sh", "-c", "a; b"] }"#,
        ] {
            let seen = look(&entry(text));
            let [finding] = seen.of(&RULE)[..] else { panic!("{text}") };
            assert_eq!(finding.severity, Severity::Medium, "{text}");
        }
    }

    #[test]
    fn what_only_finds_the_program_is_none() {
        for text in [
            r#"{ "command": "cmd", "args": ["/c", "npx", "-y", "some-mcp"] }"#,
            r#"{ "command": "cmd.exe", "args": ["/d", "/s", "/c", "npx -y some-mcp --url https://example.com/?a=1&b=2"] }"#,
            r#"{ "command": "wsl", "args": ["-d", "Ubuntu", "--", "npx", "-y", "some-mcp"] }"#,
            r#"{ "command": "/usr/local/bin/node", "args": ["/srv/bash-mcp/index.js"] }"#,
            r#"{ "command": "bash", "args": ["/srv/start.sh"] }"#,
            r#"{ "command": "mise", "args": ["x", "node@20", "--", "npx", "-y", "some-mcp"] }"#,
            r#"{ "command": "docker", "args": ["run", "-i", "img", "sh", "-c", "a && b"] }"#,
            r#"{ "command": "npx", "args": ["-y", "some-mcp", "--prompt", "a && b | c"] }"#,
        ] {
            silent(&RULE, text);
        }
    }

    /// The patches of the only fix; empty where there is none.
    fn patched(text: &str) -> Vec<String> {
        let seen = line(text);
        match &seen.of(&RULE)[0].fixes[0].act {
            Act::Settings { patches, .. } => patches
                .iter()
                .map(|patch| match patch {
                    Patch::Set(at, value) => format!("{at} {value}"),
                    Patch::Remove(at) => format!("{at} gone"),
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn one_simple_command_is_written_out() {
        let at = "/mcpServers/it";
        let expect = |text: &str, expected: &[String]| assert_eq!(patched(text), expected, "{text}");
        let command =
            |program: &str, args: &str| vec![format!("{at}/command \"{program}\""), format!("{at}/args [{args}]")];
        expect("npx -y 'some mcp'", &command("npx", r#""-y","some mcp""#));
        expect("exec node \"$HOME/x.js\"", &command("node", r#""${env:HOME}/x.js""#));
        let folder = [command("node", "\"x.js\""), vec![format!("{at}/cwd \"/srv/app\"")]].concat();
        expect("cd /srv/app && node x.js", &folder);
        let variable = [command("node", "\"x.js\""), vec![format!("{at}/env {{\"A\":\"b\"}}")]].concat();
        expect("A=b node x.js", &variable);
        for text in [
            "cd app && node x.js",
            "cd /srv || node x.js",
            "cd /srv && npm ci && node x.js",
            "A=$B node x.js",
            "node *.js",
            "node ~/x.js",
            "node x.js &",
            "node x.js # and more",
            "node ${X:-y}.js",
            "if true; then x; fi",
            "node '${env:HOME}'",
            "source x",
        ] {
            expect(text, &[]);
        }
    }
}
