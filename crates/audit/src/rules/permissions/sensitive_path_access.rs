#![doc = include_str!("sensitive_path_access.md")]

use super::broad_filesystem_root::{names_directories, names_no_root, split};
use super::stores::{Meeting, Store, store};
use crate::document::KeyPath;
use crate::finding::{Act, Confidence, Dimension, Finding, Safety, Said, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, Tier, launched, place, steps};
use crate::server::command::{ContainerOption, Launcher, PathUse, Payload};
use crate::server::{Command, Server, Text};
use crate::writing::{may_edit, may_narrow};

pub const RULE: Rule = Rule {
    id: "sensitive-path-access",
    title: "Keys and logins in reach",
    dimension: Dimension::Permissions,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP02", "MCP10", "CWE-668"],
    docs: include_str!("sensitive_path_access.md"),
    check,
};

/// A path of the entry that leads to a store.
struct Reached<'a> {
    path: &'a str,
    text: &'a Text,
    store: &'static Store,
    meeting: Meeting,
    /// The server is made for what lies there.
    meant: bool,
    kind: Given,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Given {
    /// A word of its own, which can be another folder as well.
    Word,
    /// What an option or a variable says.
    Named,
    /// Of a container, writable.
    Mount,
    /// Of a container, to be read only.
    ReadOnly,
}

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server, command) in launched(machine) {
        let reached = reached(machine, server, command);
        let Some(first) = reached.iter().max_by_key(|one| one.severity()) else { continue };
        let mut what: Vec<String> = Vec::new();
        for one in &reached {
            let path = named(one.path);
            let text = match one.meeting {
                Meeting::Inside => format!("{} ({path})", one.store.what),
                Meeting::Above => format!("{path}, where {} are kept", one.store.what),
            };
            if what.len() < 3 && !what.contains(&text) {
                what.push(text);
            }
        }
        let message = format!("{} may reach {}.", named(&server.name), what.join(" and "));
        let place = place::text(machine, server, first.text);
        let finding = found.add(machine, &RULE, Some(index), place, Confidence::High, message);
        finding.severity(first.severity());
        fix(machine, server, &reached, finding);
    }
}

impl Reached<'_> {
    fn severity(&self) -> Severity {
        if self.meant { Severity::Medium } else { Severity::High }
    }
}

fn reached<'a>(machine: &Machine, server: &'a Server, command: &'a Command) -> Vec<Reached<'a>> {
    let contained = matches!(command.launch.launcher, Launcher::Docker | Launcher::Podman);
    let name = names(server, command);
    let mut all = Vec::new();
    let mut add = |path: &'a str, text: &'a Text, option: &str, kind: Given| {
        if let Some((store, meeting)) = store(path, machine.env.os, &machine.env.home) {
            let meant = store.is_for(&name) || store.is_for(option);
            all.push(Reached { path, text, store, meeting, meant, kind });
        }
    };
    for path in &command.launch.paths {
        let Some(word) = command.word(path.word) else { continue };
        match path.how {
            PathUse::Mount if path.read_only => add(&path.path, word, "", Given::ReadOnly),
            PathUse::Mount => add(&path.path, word, "", Given::Mount),
            // Inside a container a path is the container's own.
            PathUse::Argument if contained || names_no_root(command, path) => {}
            PathUse::Argument => {
                let before = path.word.checked_sub(1).and_then(|before| command.word(before));
                let option = before.filter(|before| before.value.starts_with('-')).map_or("", |before| &before.value);
                let own = path.range == (0..word.value.len());
                let option = if own { option } else { &word.value };
                add(&path.path, word, option, if own && option.is_empty() { Given::Word } else { Given::Named });
            }
        }
    }
    if !contained {
        // A variable for one file (`KUBECONFIG`) says what the server is given
        // to log in with; one that lists folders, what it may open.
        for pair in server.env.iter().filter(|pair| names_directories(&pair.name)) {
            for path in split(&pair.value.value, machine.env.os) {
                add(path, &pair.value, "", Given::Named);
            }
        }
    }
    all
}

/// What tells the purpose of a server: its name, and that of what is started.
fn names(server: &Server, command: &Command) -> String {
    let started = match &command.launch.payload {
        Payload::Package(package) => package.name.as_str(),
        Payload::Script { word: Some(word) } => command.word(*word).map_or("", |word| base(&word.value)),
        _ => command.words().first().map_or("", |word| base(&word.value)),
    };
    format!("{} {started}", server.name)
}

fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn fix(machine: &Machine, server: &Server, reached: &[Reached], finding: &mut Finding) {
    let unmeant: Vec<&Reached> = reached.iter().filter(|one| !one.meant).collect();
    let narrowed = unmeant.iter().all(|one| matches!(one.kind, Given::Word | Given::Mount | Given::ReadOnly));
    if !unmeant.is_empty() && narrowed && may_narrow(machine, server).is_ok() {
        let mut places: Vec<KeyPath> = unmeant.iter().map(|one| one.text.at.clone()).collect();
        places.dedup();
        finding.fix("narrow", "Give it other folders", Safety::Review, Act::Narrow { places });
        return;
    }
    let texts: Option<Vec<(KeyPath, Option<String>)>> = reached
        .iter()
        .filter(|one| one.kind != Given::ReadOnly)
        .map(|one| Some((one.text.at.clone(), Some(read_only(server.command()?, one)?))))
        .collect();
    match texts.filter(|texts| unmeant.is_empty() && !texts.is_empty()) {
        Some(texts) if may_edit(machine, server).is_ok() => {
            let name = named(&server.name);
            let said = Said {
                title: format!("Let {name} only read the folder"),
                past: format!("Let {name} only read the folder"),
                summary: format!("{name} will read it as before, and can change nothing in it."),
                notes: vec!["A login that renews itself by writing there has to be renewed by you.".to_owned()],
            };
            finding.fix("read-only", "Let it only read", Safety::Review, Act::Texts { texts, said });
        }
        _ => {
            let act = steps([
                "Give the server a folder without keys, or only the one file that it needs.",
                "Where it needs a login, make one for it that can do little.",
            ]);
            finding.fix("by-hand", "Narrow what it reaches", Safety::Manual, act);
        }
    }
}

/// The same mount, to be read only; `None` for what is no mount of `-v`.
fn read_only(command: &Command, one: &Reached) -> Option<String> {
    let container = command.launch.container.as_ref()?;
    let target = container.options.iter().find_map(|(_, option)| match option {
        ContainerOption::Mount { source, target, .. } if source == one.path => Some(target),
        _ => None,
    })?;
    let whole = format!("{}:{target}", one.path);
    (one.kind == Given::Mount && one.text.value.ends_with(&whole)).then(|| format!("{}:ro", one.text.value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::Os;
    use crate::rules::tests::{entry, fires, look, silent};

    const FS: &str = r#""command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2025.8.21", "#;

    #[test]
    fn stores_in_reach_are_found() {
        for path in ["~/.ssh", "[HOME]/.aws", "/home/bob/.claude", "${userHome}/.config", "~/.mozilla/firefox"] {
            fires(&RULE, &format!(r#"{{ {FS}"{path}"] }}"#));
        }
        let windows = entry(&format!(r#"{{ {FS}"%USERPROFILE%\\.ssh"] }}"#)).on(Os::Windows);
        assert_eq!(look(&windows).of(&RULE).len(), 1);
        fires(&RULE, r#"{ "command": "docker", "args": ["run", "-v", "[HOME]/.ssh:/keys:ro", "a/b:1"] }"#);
        fires(&RULE, r#"{ "command": "some-mcp", "env": { "ALLOWED_DIRS": "/srv/a:[HOME]/.gnupg" } }"#);
        fires(&RULE, r#"{ "command": "some-mcp", "args": ["--root=[HOME]/.kube"] }"#);
    }

    #[test]
    fn projects_single_logins_and_a_containers_own_folders_are_not() {
        for path in [
            "~/code/app",
            "~/code/app/.claude",
            "~/.config/some-mcp",
            "~/.docker/mcp",
            "/srv/.ssh",
            "${workspaceFolder}/.ssh",
        ] {
            silent(&RULE, &format!(r#"{{ {FS}"{path}"] }}"#));
        }
        for entry in [
            r#"{ "command": "docker", "args": ["run", "-v", "data:/root/.ssh", "a/b:1", "/root/.ssh"] }"#,
            r#"{ "command": "some-mcp", "env": { "KUBECONFIG": "[HOME]/.kube/config" } }"#,
            r#"{ "command": "some-mcp", "env": { "GOOGLE_APPLICATION_CREDENTIALS": "[HOME]/.config/gcloud/key.json" } }"#,
            r#"{ "command": "some-mcp", "args": ["--config", "[HOME]/.cursor/mcp.json"] }"#,
            r#"{ "url": "https://mcp.example.com/mcp" }"#,
        ] {
            silent(&RULE, entry);
        }
    }

    #[test]
    fn what_a_server_is_made_for_is_less_bad() {
        let severity = |json: &str| look(&entry(json)).of(&RULE)[0].severity;
        let mount = |image: &str| {
            severity(&format!(
                r#"{{ "command": "docker", "args": ["run", "-v", "[HOME]/.kube:/root/.kube", "{image}"] }}"#
            ))
        };
        assert_eq!(mount("example/kubernetes-mcp:1"), Severity::Medium);
        assert_eq!(mount("example/notes-mcp:1"), Severity::High);
        assert_eq!(
            severity(r#"{ "command": "some-mcp", "args": ["--kubeconfig", "[HOME]/.kube/config"] }"#),
            Severity::Medium
        );
    }

    #[test]
    fn a_fix_fits_what_is_reached() {
        let kind = |json: &str| look(&entry(json)).fixes(&RULE)[0].0.to_owned();
        assert_eq!(kind(&format!(r#"{{ {FS}"~/.ssh"] }}"#)), "narrow");
        let kube = |mount: &str| {
            kind(&format!(r#"{{ "command": "docker", "args": ["run", "-v", "{mount}", "example/kubernetes-mcp:1"] }}"#))
        };
        assert_eq!(kube("[HOME]/.kube:/root/.kube"), "read-only");
        assert_eq!(kube("[HOME]/.kube:/root/.kube:ro"), "by-hand");
        assert_eq!(kind(r#"{ "command": "some-mcp", "env": { "ALLOWED_DIRS": "[HOME]/.gnupg" } }"#), "by-hand");
    }
}
