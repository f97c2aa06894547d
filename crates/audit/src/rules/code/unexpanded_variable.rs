#![doc = include_str!("unexpanded_variable.md")]

use std::collections::HashSet;

use crate::dialect::{Form, Reference, Spot, UNKNOWN};
use crate::finding::{Act, Confidence, Dimension, Safety, Said, Severity};
use crate::machine::{FoundFile, Machine};
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, place, servers};
use crate::server::command::{Launcher, Role};
use crate::server::{Command, Server, Text, Transport};
use crate::writing::may_edit;

pub const RULE: Rule = Rule {
    id: "unexpanded-variable",
    title: "Variable not filled in",
    dimension: Dimension::Code,
    severity: Severity::Low,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["CWE-1188"],
    docs: include_str!("unexpanded_variable.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    let dollars = dollars(machine);
    for (index, server) in servers(machine) {
        let file = &machine.files[server.file.0];
        // Nobody knows which program reads it, or what that puts in.
        if file.row.expands == UNKNOWN || file.client.id == "generic" {
            continue;
        }
        for part in parts(server) {
            let text = &part.text.value;
            let known = dollars.contains(&(part.name, text));
            let left: Vec<Reference> = file
                .row
                .expands
                .foreign(part.spot, text)
                .into_iter()
                .filter(|one| is_meant(one, &part, known) && !elsewhere(file, part.spot, one.form))
                .collect();
            let Some(first) = left.first() else { continue };
            let shown = shown(first, text);
            let message = format!(
                "{} holds {shown}, which {} does not fill in: the server gets the text itself.",
                named(part.name),
                file.client.name
            );
            // An argument may be meant for a server that reads such texts itself.
            let confidence = if part.spot == Spot::Args { Confidence::High } else { Confidence::Confirmed };
            let place = place::text(machine, server, part.text);
            let finding = found.add(machine, &RULE, Some(index), place, confidence, message);
            let expands = &file.row.expands;
            let spelled = rewritten(text, &left, |name| expands.spelled(part.spot, name));
            let double = expands.takes(part.spot, Form::Double);
            let secret = rewritten(text, &left, |name| double.then(|| format!("${{{{ secrets.{name} }}}}")));
            match spelled {
                Some(text) if is_plain(server) && may_edit(machine, server).is_ok() => {
                    let act = Act::Texts { texts: vec![(part.text.at.clone(), Some(text))], said: said(server) };
                    finding.fix("spell", "Write it as the client reads it", Safety::Review, act);
                }
                spelled => {
                    finding.fix(
                        "by-hand",
                        "Write what the server needs",
                        Safety::Manual,
                        by_hand(file, spelled, secret),
                    );
                }
            }
        }
    }
}

fn said(server: &Server) -> Said {
    let name = named(&server.name);
    let client = server.client.name;
    Said {
        title: format!("Write a reference of {name} as {client} reads it"),
        past: format!("Wrote a reference of {name} as {client} reads it"),
        summary: format!("{client} will fill in the variable before it starts {name}."),
        notes: vec![format!("The variable has to be set in the environment that {client} is started in.")],
    }
}

/// A text of an entry.
struct Part<'a> {
    spot: Spot,
    name: &'a str,
    text: &'a Text,
    /// The text goes to something that fills in variables itself.
    shell: bool,
}

fn parts(server: &Server) -> Vec<Part<'_>> {
    let part = |spot, name, text| Part { spot, name, text, shell: false };
    let mut parts = Vec::new();
    match &server.transport {
        Transport::Stdio(command) => parts.extend(words(command)),
        Transport::Http { url, headers, .. } => {
            parts.push(part(Spot::Url, "The URL", url));
            parts.extend(headers.iter().map(|header| part(Spot::Headers, &header.name, &header.value)));
        }
        Transport::Unknown => {}
    }
    parts.extend(server.env.iter().map(|variable| part(Spot::Env, &variable.name, &variable.value)));
    parts.extend(server.cwd.iter().map(|cwd| part(Spot::Cwd, "The folder", cwd)));
    parts
}

fn words(command: &Command) -> Vec<Part<'_>> {
    let launch = &command.launch;
    // `cmd` fills in `%X%` only.
    let through = |role| launch.layers.iter().any(|layer| layer.role == role);
    let shell = launch.shell.is_some() && !through(Role::Cmd) || through(Role::Wsl);
    // mcp-remote looks up `${X}` in its headers.
    let fills_in = shell || launch.url.is_some();
    let interpreter = matches!(launch.launcher, Launcher::Node | Launcher::Bun | Launcher::Deno | Launcher::Python);
    let words = command.words();
    let code = |index: usize| is_code(&words[index - 1].value, interpreter);
    words
        .iter()
        .enumerate()
        .map(|(index, text)| match index {
            0 => Part { spot: Spot::Command, name: "The command", text, shell: false },
            _ => Part { spot: Spot::Args, name: "An argument", text, shell: fills_in || code(index) },
        })
        .collect()
}

/// A flag whose value is a line for a shell or a piece of code.
fn is_code(flag: &str, interpreter: bool) -> bool {
    matches!(flag, "-c" | "-lc" | "-ic" | "-lic" | "--call" | "--command" | "-Command" | "--eval" | "--print")
        || interpreter && matches!(flag, "-e" | "-p" | "-pe")
}

/// Whether a reference is one for certain, and not a template, a regex or part of a password.
fn is_meant(one: &Reference, part: &Part, dollar: bool) -> bool {
    let whole = one.range == (0..part.text.value.len());
    match one.form {
        Form::Braces | Form::Default => !part.shell && is_shouted(one.name),
        Form::Env | Form::Input | Form::File | Form::Workspace => !part.shell,
        Form::BareEnv => !part.shell && crate::dialect::is_variable(one.name),
        Form::BareFile | Form::Editor => whole,
        Form::Folders => !part.shell && !matches!(one.name, "/" | "cwd"),
        Form::Manifest | Form::Double => !part.shell,
        Form::Dollar => dollar,
        Form::Tilde => false,
    }
}

/// `API_KEY`: what people call a variable of the environment, and not one of a template.
fn is_shouted(name: &str) -> bool {
    name.len() > 1 && !name.contains(|c: char| c.is_ascii_lowercase())
}

/// Variables and headers whose `$X` another client fills in, so that it is no
/// part of a password: name and text.
fn dollars(machine: &Machine) -> HashSet<(&str, &String)> {
    let filled = |server: &&Server| {
        let expands = &machine.files[server.file.0].row.expands;
        [Spot::Env, Spot::Headers].iter().any(|spot| expands.takes(*spot, Form::Dollar))
    };
    let named = |part: &Part| matches!(part.spot, Spot::Env | Spot::Headers) && part.text.value.contains('$');
    let parts = machine.servers.iter().filter(filled).flat_map(parts).filter(named);
    parts.map(|part| (part.name, &part.text.value)).collect()
}

/// Whether another client that reads the same file fills it in.
fn elsewhere(file: &FoundFile, spot: Spot, form: Form) -> bool {
    let others = file.readers.iter().filter(|reader| reader.id != file.client.id);
    others.flat_map(|reader| reader.files).any(|row| row.guest && row.expands.takes(spot, form))
}

/// A reference as it is shown: what stands in for a missing variable may be a secret.
fn shown(one: &Reference, text: &str) -> String {
    match one.form {
        Form::Default => format!("${{{}:-…}}", named(one.name)),
        _ => named(&text[one.range.clone()]),
    }
}

/// The text with every reference as `own` writes one to this name; `None` where
/// there is no such, or the form says more than a name.
fn rewritten(text: &str, left: &[Reference], own: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut out = String::new();
    let mut done = 0;
    for one in left {
        let plain = matches!(one.form, Form::Braces | Form::Env | Form::BareEnv | Form::Dollar);
        let own = own(one.name).filter(|_| plain)?;
        out += &text[done..one.range.start];
        out += &own;
        done = one.range.end;
    }
    Some(out + &text[done..])
}

/// Started without Warder's launcher, whose profile would have to follow.
fn is_plain(server: &Server) -> bool {
    server.command().is_some_and(|command| command.wrapped.is_none())
}

fn by_hand(file: &FoundFile, spelled: Option<String>, secret: Option<String>) -> Act {
    let client = file.client.name;
    Act::Manual(match (spelled, secret) {
        (None, Some(text)) => vec![
            format!("Write it as {client} reads it: {}", named(&text)),
            format!("Put the value into {client}'s .env file, which has to stay out of every repository."),
        ],
        (Some(text), _) => vec![
            format!("Write it as {client} reads it: {}", named(&text)),
            format!("Set the variable in the environment that {client} is started in."),
        ],
        (None, None) => vec![
            format!("{client} fills in nothing of this kind here: write the value itself."),
            "If it is a key, scan again afterwards and move it to the keychain.".to_owned(),
        ],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, file, fires, look, silent};

    #[test]
    fn what_the_client_leaves_alone_is_found() {
        for json in [
            r#"{ "command": "x", "env": { "A": "${TOKEN}" } }"#,
            r#"{ "command": "x", "env": { "A": "${TOKEN:-none}" } }"#,
            r#"{ "command": "x", "env": { "A": "${input:token}" } }"#,
            r#"{ "command": "x", "env": { "A": "{env:TOKEN}" } }"#,
            r#"{ "command": "x", "env": { "A": "${{ secrets.TOKEN }}" } }"#,
            r#"{ "command": "x", "args": ["--key", "${API_KEY}"] }"#,
            r#"{ "command": "docker", "args": ["run", "-e", "KEY=${API_KEY}", "img"] }"#,
            r#"{ "command": "cmd", "args": ["/c", "npx", "x", "--key=${API_KEY}"] }"#,
            r#"{ "command": "${HOME}/bin/x" }"#,
            r#"{ "url": "https://x.example/mcp", "headers": { "Authorization": "Bearer ${TOKEN}" } }"#,
            r#"{ "url": "https://x.example/${TENANT}/mcp" }"#,
        ] {
            fires(&RULE, json);
        }
    }

    #[test]
    fn what_somebody_fills_in_or_nobody_means_is_not() {
        for json in [
            r#"{ "command": "x", "env": { "A": "${env:TOKEN}", "B": "${userHome}/x", "C": "pa$$w${ord", "D": "$TOKEN" } }"#,
            r#"{ "command": "npx", "args": ["mcp-remote", "https://x.example/mcp", "--header", "Authorization:${TOKEN}"] }"#,
            r#"{ "command": "sh", "args": ["-c", "exec npx server --key ${API_KEY}"] }"#,
            r#"{ "command": "bash", "args": ["-lc", "cd ${HOME} && ./run"] }"#,
            r#"{ "command": "docker", "args": ["run", "-e", "API_KEY", "img", "sh", "-c", "run ${API_KEY}"] }"#,
            r#"{ "command": "node", "args": ["--eval", "`${X}`"] }"#,
            r#"{ "command": "x", "args": ["--template", "Hello ${name}, {id}", "--match", "^a{2,3}$"] }"#,
            r#"{ "command": "x", "args": ["--file", "~/x", "{file:%s} is the source"] }"#,
            r#"{ "command": "x", "description": "set ${TOKEN} first" }"#,
        ] {
            silent(&RULE, json);
        }
    }

    #[test]
    fn each_client_has_its_own_forms() {
        let count = |client, entry: &str| {
            let key = if client == "zed" { "context_servers" } else { "mcpServers" };
            look(&file(&format!(r#"{{ "{key}": {{ "it": {entry} }} }}"#)).of(client)).of(&RULE).len()
        };
        let all = r#"{ "command": "x", "env": { "A": "${ONE}", "B": "${env:TWO}", "C": "${THREE:-x}" } }"#;
        for (client, findings) in [
            ("claude-code", 1),
            ("cursor", 2),
            ("gemini", 1),
            ("qwen", 2),
            ("zed", 3),
            ("claude-desktop", 3),
            ("roo", 2),
        ] {
            assert_eq!(count(client, all), findings, "{client}");
        }
        for client in ["generic", "antigravity"] {
            assert_eq!(count(client, all), 0, "{client}");
        }
        let spots = r#"{ "command": "~/bin/${ONE}", "args": ["${env:TWO}"], "env": { "A": "${env:THREE}" } }"#;
        assert_eq!(count("amazonq", spots), 1);
    }

    #[test]
    fn a_default_is_not_shown() {
        let seen = look(&entry(r#"{ "command": "x", "env": { "A": "${TOKEN:-hunter2hunter2}" } }"#));
        let message = &seen.of(&RULE)[0].message;
        assert!(!message.contains("hunter2") && message.contains("${TOKEN:-…}"), "{message}");
    }

    #[test]
    fn the_fix_speaks_the_clients_language() {
        let seen = look(&entry(r#"{ "command": "x", "args": ["${HOST}:${PORT}/x"] }"#));
        assert_eq!(seen.fixes(&RULE), [("spell", Safety::Review)]);
        let act = &seen.of(&RULE)[0].fixes[0].act;
        assert!(matches!(act, Act::Texts { texts, .. } if texts[0].1.as_deref() == Some("${env:HOST}:${env:PORT}/x")));
        let given = file(r#"{ "mcpServers": [{ "name": "it", "command": "x", "env": { "A": "${env:TOKEN}" } }] }"#);
        let seen = look(&given.of("continue"));
        let Act::Manual(steps) = &seen.of(&RULE)[0].fixes[0].act else { panic!("its secrets stand in a file") };
        assert_eq!(steps[0], "Write it as Continue reads it: ${{ secrets.TOKEN }}");
        let seen = look(&entry(r#"{ "url": "https://x.example", "headers": { "A": "${TOKEN}" } }"#));
        assert_eq!(seen.fixes(&RULE), [("by-hand", Safety::Manual)]);
    }
}
