#![doc = include_str!("path_hijack.md")]

use std::path::{Path, PathBuf};

use crate::clients::Scope;
use crate::facts::{Program, Search};
use crate::finding::{Act, Confidence, Dimension, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, launched, place, steps};
use crate::server::Server;
use crate::writing::may_wrap;

pub const RULE: Rule = Rule {
    id: "path-hijack",
    title: "Another program can take its place",
    dimension: Dimension::Code,
    severity: Severity::Medium,
    tier: Tier::T1,
    fix: Safety::Review,
    maps: &["MCP05", "CWE-426"],
    docs: include_str!("path_hijack.md"),
    check,
};

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let facts = machine.facts.server(index);
        let program = facts.and_then(|facts| match &facts.program {
            Some(Program::Found { path }) => Some(path),
            _ => None,
        });
        let word = command.words()[0];
        let name = named(&word.value);
        let judged = match facts.and_then(|facts| facts.search.as_ref()) {
            _ if is_relative(&word.value) => relative(server, &name),
            Some(search) => hijacked(machine, search, program, &name),
            None => None,
        };
        let Some((severity, confidence, message)) = judged else { continue };
        let place = place::text(machine, server, word);
        let finding = found.add(machine, &RULE, Some(index), place, confidence, message);
        finding.severity(severity);
        let path = program.filter(|path| path.is_absolute()).and_then(|path| path.to_str());
        match path.filter(|_| command.wrapped.is_none() && may_wrap(machine, server).is_ok()) {
            Some(path) => {
                let act = Act::Texts {
                    texts: vec![(word.at.clone(), Some(path.to_owned()))],
                    said: said(machine, server, Path::new(path)),
                };
                finding.fix("absolute", "Write its whole path", Safety::Review, act);
            }
            None => {
                let act = steps([
                    "Find out which one is meant: `command -v NAME` in a terminal prints its path.",
                    "Write that path as the command, or take the folder in front of it out of the PATH.",
                ]);
                finding.fix("by-hand", "Write its whole path", Safety::Manual, act);
            }
        }
    }
}

type Judged = (Severity, Confidence, String);

/// A program named by a path that depends on where its client is started.
fn relative(server: &Server, name: &str) -> Option<Judged> {
    // Its folder is named, or is the project that the file belongs to.
    let known = server.cwd.is_some() || matches!(server.scope, Scope::Project | Scope::Local | Scope::Extension);
    let client = server.client.name;
    let message = format!("Which program {name} is depends on the folder that {client} was started in.");
    (!known).then_some((Severity::Medium, Confidence::High, message))
}

/// A program that was found on the `PATH`, but not safely.
fn hijacked(machine: &Machine, search: &Search, program: Option<&PathBuf>, name: &str) -> Option<Judged> {
    let shown = |path: &Path| named(&machine.env.shown(path));
    if let Some(open) = &search.open {
        let message = format!(
            "{name} is searched for in {} first, where other users can put a program of that name.",
            shown(open)
        );
        return Some((Severity::Medium, Confidence::High, message));
    }
    let (system, path) = (search.system.as_ref()?, program?);
    let severity = if is_managed(machine, path) { Severity::Info } else { Severity::Medium };
    let message = format!("{name} starts {} and not the system's own {}.", shown(path), shown(system));
    Some((severity, Confidence::High, message))
}

/// Put there by the user or by what manages versions: in the home, or Homebrew's.
fn is_managed(machine: &Machine, path: &Path) -> bool {
    const BREW: [&str; 4] = ["/opt/homebrew", "/usr/local", "/home/linuxbrew", "/opt/local"];
    let modules = path.components().any(|part| part.as_os_str() == "node_modules");
    let brewed = BREW.iter().any(|brew| path.starts_with(brew));
    !modules && (path.starts_with(&machine.env.home) || brewed)
}

/// `./x` and `bin/x`; what a client fills in is known only to it.
fn is_relative(word: &str) -> bool {
    let drive = word.as_bytes().get(1) == Some(&b':');
    let line = word.contains(char::is_whitespace) || word.contains("://");
    word.contains(['/', '\\']) && !word.starts_with(['/', '\\', '~', '$', '%', '{']) && !drive && !line
}

fn said(machine: &Machine, server: &Server, path: &Path) -> Said {
    let (name, path) = (named(&server.name), named(&machine.env.shown(path)));
    Said {
        title: format!("Start {name} as {path}"),
        past: format!("Wrote the whole path of the program of {name}"),
        summary: format!("{} will start {path}, whatever the PATH says.", server.client.name),
        notes: vec!["When a version manager puts another version elsewhere, the path has to follow.".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Facts, ServerFacts};
    use crate::rules::tests::{entry, fires, judge, machine, silent};

    #[test]
    fn a_relative_program_is_found() {
        fires(&RULE, r#"{ "command": "./server" }"#);
        fires(&RULE, r#"{ "command": "venv/bin/python", "args": ["/srv/x.py"] }"#);
        for json in [
            r#"{ "command": "./server", "cwd": "/srv/app" }"#,
            r#"{ "command": "/srv/server" }"#,
            r#"{ "command": "~/bin/server" }"#,
            r#"{ "command": "${workspaceFolder}/server" }"#,
            r#"{ "command": "C:\\x\\server.exe" }"#,
            r#"{ "command": "npx", "args": ["./x"] }"#,
        ] {
            silent(&RULE, json);
        }
        let project = entry(r#"{ "command": "./server" }"#).in_project();
        assert!(judge(&machine(&project)).of(&RULE).is_empty());
    }

    #[test]
    fn a_version_manager_is_only_noted() {
        for (path, open, severity) in [
            ("/home/ana/.nvm/versions/node/v22.1.0/bin/npx", None, Severity::Info),
            ("/opt/homebrew/bin/npx", None, Severity::Info),
            ("/srv/tools/npx", None, Severity::Medium),
            ("/home/ana/app/node_modules/.bin/npx", None, Severity::Medium),
            ("/usr/bin/npx", Some("/srv/open"), Severity::Medium),
        ] {
            let mut machine = machine(&entry(r#"{ "command": "npx", "args": ["-y", "x@1.0.0"] }"#));
            let search = Search { open: open.map(PathBuf::from), system: Some("/usr/bin/npx".into()) };
            let program = Some(Program::Found { path: path.into() });
            let facts = ServerFacts { program, search: Some(search), ..Default::default() };
            machine.facts = Facts { servers: vec![facts], ..Default::default() };
            assert_eq!(judge(&machine).of(&RULE)[0].severity, severity, "{path}");
        }
    }
}
