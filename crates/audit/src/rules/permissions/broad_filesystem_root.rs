#![doc = include_str!("broad_filesystem_root.md")]

use super::reach::{Reach, reach};
use crate::clients::Os;
use crate::document::KeyPath;
use crate::finding::{Act, Confidence, Dimension, Safety, ServerIndex, Severity};
use crate::machine::Machine;
use crate::rules::named::named;
use crate::rules::words::{any, words};
use crate::rules::{Check, Findings, Rule, Tier, place, servers, steps};
use crate::server::command::{Launcher, PathUse, PathWord, Payload};
use crate::server::{Command, Server, Text, Transport};
use crate::writing::may_narrow;

pub const RULE: Rule = Rule {
    id: "broad-filesystem-root",
    title: "Whole home or disk exposed",
    dimension: Dimension::Permissions,
    severity: Severity::High,
    tier: Tier::T0,
    fix: Safety::Review,
    maps: &["MCP02", "CWE-552"],
    docs: include_str!("broad_filesystem_root.md"),
    check,
};

/// A broad path and the text of the entry that names it.
struct Broad<'a> {
    reach: Reach,
    path: &'a str,
    text: &'a Text,
    /// It can be replaced by another path and nothing else.
    replaceable: bool,
}

/// Paths a message names; an entry with more has a long list in its fix.
const NAMED: usize = 3;

fn check(machine: &Machine, found: &mut Findings) {
    for (index, server) in servers(machine) {
        match &server.transport {
            // A remote server is given no path of this computer.
            Transport::Http { .. } => found.evaluated(index, Check::ArgumentScope),
            Transport::Unknown => {}
            Transport::Stdio(command) => {
                if !matches!(command.launch.payload, Payload::Opaque(_)) {
                    found.evaluated(index, Check::ArgumentScope);
                }
                report(machine, index, server, &broad(machine, server, command), found);
            }
        }
    }
}

fn broad<'a>(machine: &Machine, server: &'a Server, command: &'a Command) -> Vec<Broad<'a>> {
    let measure = |path: &str| reach(path, machine.env.os, &machine.env.home);
    let contained = matches!(command.launch.launcher, Launcher::Docker | Launcher::Podman);
    let mut all = Vec::new();

    for path in &command.launch.paths {
        let (Some(reach), Some(word)) = (measure(&path.path), command.word(path.word)) else { continue };
        let judged = match path.how {
            // Inside a container `/` is the container's own.
            PathUse::Argument => !contained && !names_no_root(command, path),
            PathUse::Mount => true,
        };
        if judged {
            all.push(Broad { reach, path: &path.path, text: word, replaceable: true });
        }
    }
    if contained {
        return all;
    }

    let assigned = command.launch.assignments.iter().filter_map(|assigned| {
        let word = command.word(assigned.word)?;
        Some((assigned.name.as_str(), word.value.get(assigned.range.clone())?, word, false))
    });
    let variables = server.env.iter().map(|pair| {
        let value = pair.value.value.as_str();
        (pair.name.as_str(), value, &pair.value, !value.trim_start().starts_with('['))
    });
    for (_, value, text, replaceable) in variables.chain(assigned).filter(|variable| names_directories(variable.0)) {
        let broad = split(value, machine.env.os).into_iter().filter_map(|path| Some((measure(path)?, path)));
        all.extend(broad.map(|(reach, path)| Broad { reach, path, text, replaceable }));
    }
    all
}

/// One finding per server, with every place in its fix.
fn report(machine: &Machine, index: ServerIndex, server: &Server, all: &[Broad], found: &mut Findings) {
    let Some(first) = all.first() else { return };
    let mut reaches: Vec<String> = Vec::new();
    let mut places: Vec<KeyPath> = Vec::new();
    for broad in all {
        // The paths of one text follow one another.
        if places.last() != Some(&broad.text.at) {
            places.push(broad.text.at.clone());
        }
        if reaches.len() < NAMED {
            let what = match broad.reach {
                Reach::Disk => "a whole disk",
                Reach::Homes => "every home folder",
                Reach::Home => "a whole home folder",
                Reach::System => "a whole folder of the system",
            };
            let text = format!("{what} ({})", named(broad.path));
            if !reaches.contains(&text) {
                reaches.push(text);
            }
        }
    }
    let message = format!("{} may reach {}.", named(&server.name), reaches.join(" and "));
    let place = place::text(machine, server, first.text);
    let finding = found.add(machine, &RULE, Some(index), place, Confidence::Confirmed, message);
    if all.iter().all(|broad| broad.reach == Reach::System) {
        finding.severity(Severity::Medium);
    }
    if server.command().is_some_and(|command| command.launch.container.is_some()) {
        // One cause with `container-host-takeover`, where the mount is that too.
        finding.group("container");
    }
    if let Err(why) = may_narrow(machine, server) {
        let write = "Write the folders the server works on into the entry, in the place of the broad ones.".to_owned();
        finding.fix("by-hand", "Narrow the folders", Safety::Manual, Act::Manual(vec![why, write]));
    } else if all.iter().all(|broad| broad.replaceable) {
        finding.fix("narrow", "Narrow the folders", Safety::Review, Act::Narrow { places });
    } else {
        let act = steps(["Write the folders the server works on into the entry, in the place of the broad ones."]);
        finding.fix("by-hand", "Narrow the folders", Safety::Manual, act);
    }
}

/// Whether the option before a path says that it is written to, read as
/// settings, or no path of a disk at all.
pub(super) fn names_no_root(command: &Command, path: &PathWord) -> bool {
    const NO_ROOT: [&str; 15] = [
        "cache", "config", "endpoint", "http", "log", "logfile", "logs", "message", "out", "output", "prefix", "route",
        "sse", "tmp", "url",
    ];
    let Some(word) = command.word(path.word) else { return false };
    let option = match word.value.get(..path.range.start) {
        Some(head) if head.starts_with('-') => head,
        _ => match path.word.checked_sub(1).and_then(|before| command.word(before)) {
            Some(before) if before.value.starts_with('-') && !before.value.contains('=') => &before.value,
            _ => return false,
        },
    };
    let words = words(option);
    any(&words, &NO_ROOT) || words == ["base", "path"] || words == ["o"]
}

/// Whether a variable's name says that it lists the folders a server may use.
pub(super) fn names_directories(name: &str) -> bool {
    const DIRECTORIES: [&str; 12] = [
        "dir",
        "directories",
        "directory",
        "dirs",
        "folder",
        "folders",
        "mount",
        "mounts",
        "root",
        "roots",
        "workspace",
        "workspaces",
    ];
    const OTHER: [&str; 20] = [
        "api",
        "backup",
        "cache",
        "config",
        "data",
        "download",
        "downloads",
        "http",
        "install",
        "log",
        "logs",
        "out",
        "output",
        "route",
        "state",
        "temp",
        "tmp",
        "uri",
        "url",
        "web",
    ];
    let words = words(name);
    let is = |wanted: &[&str]| any(&words, wanted);
    let allowed_paths = is(&["allow", "allowed", "allowlist"]) && is(&["path", "paths"]);
    (is(&DIRECTORIES) || allowed_paths) && !is(&OTHER)
}

/// The character that separates the paths of a list; `None` for a single path.
/// The colon of a drive, a reference (`${env:X}`) or a URL separates nothing.
pub(crate) fn separator(os: Os, value: &str) -> Option<char> {
    let candidates: &[char] = if os == Os::Windows { &[';', ','] } else { &[',', ';', ':'] };
    candidates.iter().copied().find(|separator| match separator {
        ':' => value.match_indices(':').any(|(colon, _)| {
            let (head, rest) = (&value[..colon], &value[colon..]);
            let drive =
                colon == 1 && rest[1..].starts_with(['\\', '/']) && head.starts_with(|c: char| c.is_ascii_alphabetic());
            !drive && head.matches('{').count() <= head.matches('}').count() && !rest.starts_with("://")
        }),
        other => value.contains(*other),
    })
}

/// The paths of a list, or of a JSON array of texts.
pub(crate) fn split(value: &str, os: Os) -> Vec<&str> {
    let inner = value.trim().strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(value);
    let parts: Vec<&str> = match separator(os, inner) {
        Some(separator) => inner.split(separator).collect(),
        None => vec![inner],
    };
    parts.into_iter().map(|part| part.trim().trim_matches('"')).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::tests::{entry, fires, look, silent};

    const FS: &str = r#""command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2025.8.21", "#;

    #[test]
    fn broad_arguments_are_found() {
        for path in ["/", "~", "/home", "[HOME]", "[HOME]/", "${userHome}", "--root=/", "/mnt/c", "/home/ana/../.."] {
            fires(&RULE, &format!(r#"{{ {FS}"{path}"] }}"#));
        }
        for path in [r"C:\\", "c:/", r"C:\\Users", r"C:\\Users\\someone", "%USERPROFILE%"] {
            let seen = look(&entry(&format!(r#"{{ {FS}"{path}"] }}"#)).on(Os::Windows));
            assert_eq!(seen.of(&RULE).len(), 1, "{path}");
        }
        let seen = look(&entry(&format!(r#"{{ {FS}"/Users"] }}"#)).on(Os::Macos));
        assert_eq!(seen.of(&RULE).len(), 1);
    }

    #[test]
    fn a_folder_of_the_system_is_less_bad_than_a_home() {
        let severity = |path: &str| look(&entry(&format!(r#"{{ {FS}"{path}"] }}"#))).of(&RULE)[0].severity;
        assert_eq!(severity("/var"), Severity::Medium);
        assert_eq!(severity("~"), Severity::High);
    }

    #[test]
    fn broad_mounts_and_variables_are_found() {
        fires(
            &RULE,
            r#"{ "command": "docker", "args": ["run", "-i", "-v", "[HOME]:/work", "mcp/filesystem", "/work"] }"#,
        );
        fires(
            &RULE,
            r#"{ "command": "docker", "args": ["run", "-i", "-v", "/:/host:ro", "mcp/filesystem", "/host"] }"#,
        );
        fires(&RULE, r#"{ "command": "docker", "args": ["run", "-i", "-v", "/:/host", "mcp/filesystem", "/host"] }"#);
        fires(&RULE, r#"{ "command": "some-mcp", "env": { "ALLOWED_DIRECTORIES": "/srv/a:[HOME]" } }"#);
        fires(&RULE, r#"{ "command": "some-mcp", "env": { "ALLOWED_PATHS": "/srv/a,/" } }"#);
        fires(&RULE, r#"{ "command": "some-mcp", "env": { "rootDir": "~" } }"#);
        fires(&RULE, r#"{ "command": "env", "args": ["ROOT_DIR=/", "some-mcp"] }"#);
    }

    #[test]
    fn narrow_paths_outputs_and_references_are_not() {
        for path in
            ["[HOME]/code", "./", ".", "${workspaceFolder}", "${env:PROJECT_DIR}", "--output=/", "--base-path=/"]
        {
            silent(&RULE, &format!(r#"{{ {FS}"{path}"] }}"#));
        }
        for entry in [
            r#"{ "command": "docker", "args": ["run", "-i", "-v", "[HOME]/code:/work", "mcp/filesystem", "/"] }"#,
            r#"{ "command": "docker", "args": ["run", "-i", "-e", "ALLOWED_DIRS=/", "mcp/filesystem"] }"#,
            r#"{ "command": "some-mcp", "env": { "HOME": "[HOME]" } }"#,
            r#"{ "command": "some-mcp", "env": { "PATH": "/usr/bin:/bin" } }"#,
            r#"{ "command": "some-mcp", "env": { "API_ROOT": "/" } }"#,
            r#"{ "command": "some-mcp", "env": { "ALLOWED_DIRS": "[HOME]/code:[HOME]/notes" } }"#,
            r#"{ "command": "some-mcp", "env": { "ALLOWED_DIRS": "${env:DIRS}" } }"#,
            r#"{ "url": "https://mcp.example.com/mcp" }"#,
        ] {
            silent(&RULE, entry);
        }
    }

    #[test]
    fn one_finding_names_every_place() {
        let seen =
            look(&entry(&format!(r#"{{ {FS}"/", "[HOME]", "[HOME]/code"], "env": {{ "ALLOWED_DIRS": "/" }} }}"#)));
        let findings = seen.of(&RULE);
        let Act::Narrow { places } = &findings[0].fixes[0].act else { panic!("the fix narrows") };
        let places: Vec<String> = places.iter().map(KeyPath::to_string).collect();
        assert_eq!(places, ["/mcpServers/it/args/2", "/mcpServers/it/args/3", "/mcpServers/it/env/ALLOWED_DIRS"]);
    }

    #[test]
    fn lists_are_split_at_what_separates_them() {
        for (os, value, parts) in [
            (Os::Linux, "/a:/b", vec!["/a", "/b"]),
            (Os::Linux, "/a, /b", vec!["/a", "/b"]),
            (Os::Linux, "/a;/b", vec!["/a", "/b"]),
            (Os::Linux, "${env:A}", vec!["${env:A}"]),
            (Os::Linux, r#"["/a", "/b"]"#, vec!["/a", "/b"]),
            (Os::Linux, "file:///a", vec!["file:///a"]),
            (Os::Linux, "", vec![]),
            (Os::Linux, r"K:\", vec![r"K:\"]),
            (Os::Windows, r"C:\a;D:\b", vec![r"C:\a", r"D:\b"]),
            (Os::Windows, r"C:\a", vec![r"C:\a"]),
        ] {
            assert_eq!(split(value, os), parts, "{value}");
        }
    }
}
