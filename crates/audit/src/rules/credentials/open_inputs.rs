//! Keys that a client asks for as if they were none, and so keeps in plain text.
//!
//! microsoft/vscode, mcpRegistryInputStorage: only what an input with `password: true` was
//! given is encrypted.

use std::collections::HashMap;

use crate::dialect::{Form, all};
use crate::document::{KeyPath, Node, Patch};
use crate::finding::{Act, Confidence, FileIndex, Safety, Said, ServerIndex, Severity};
use crate::machine::Machine;
use crate::redact::line;
use crate::rules::named::named;
use crate::rules::{Findings, Rule, place, servers};
use crate::secret::flag_takes_secret;
use crate::server::{Server, Transport};
use crate::writing::may_edit;

/// Adds them as findings of `rule`.
pub(super) fn check(machine: &Machine, rule: &'static Rule, found: &mut Findings) {
    let mut add = |at: (ServerIndex, &KeyPath, &Node), id: &str| one(machine, rule, found, at, id);
    let mut used: HashMap<(FileIndex, String), (ServerIndex, bool)> = HashMap::new();
    for (index, server) in servers(machine).filter(|(_, server)| !lists(machine, server.file).is_empty()) {
        for (name, text) in texts(server) {
            for one in all(text).into_iter().filter(|one| one.form == Form::Input) {
                let use_ = used.entry((server.file, one.name.to_owned())).or_insert((index, false));
                use_.1 |= is_secret(name);
            }
        }
    }
    for file in (0..machine.files.len()).map(FileIndex) {
        let way = lists(machine, file);
        let at = way.iter().fold(KeyPath::default(), |at, step| at.name(*step));
        let Some(document) = machine.document(file).filter(|_| !way.is_empty()) else { continue };
        for (number, item) in document.get(&at).map_or(&[][..], Node::items).iter().enumerate() {
            let said = |name: &str| item.member(name).and_then(Node::as_str);
            let is_open = item.member("password").and_then(Node::as_bool) != Some(true);
            let Some(id) = said("id").filter(|_| is_open && said("type") == Some("promptString")) else { continue };
            let Some((index, named_so)) = used.get(&(file, id.to_owned())) else { continue };
            if *named_so || is_secret(id) || said("description").is_some_and(is_secret) {
                add((*index, &at.index(number), item), id);
            }
        }
    }
}

fn one(
    machine: &Machine,
    rule: &'static Rule,
    found: &mut Findings,
    (index, at, item): (ServerIndex, &KeyPath, &Node),
    id: &str,
) {
    let server = &machine.servers[index.0];
    let client = server.client.name;
    let message = format!("{client} asks for {} as for no password, and keeps it in plain text.", named(id));
    let place = place::bytes(machine, server.file, at, &item.span);
    let finding = found.add(machine, rule, Some(index), place, Confidence::Medium, message);
    finding.severity(Severity::Medium).group("secret");
    let id = line(id);
    let said = Said {
        title: format!("Ask for {id} as for a password"),
        past: format!("Let {client} ask for {id} as for a password"),
        summary: format!("{client} will hide {id} as you type it, and keep it encrypted."),
        notes: vec![format!(
            "{client} may ask for it once more. What it has kept so far stays in its own storage: replace the key at \
             its provider, and give the client the new one."
        )],
    };
    match may_edit(machine, server) {
        Ok(()) => {
            let patches = vec![Patch::Set(at.name("password"), true.into())];
            finding.fix("password", "Ask as for a password", Safety::Review, Act::Settings { patches, said });
        }
        Err(why) => {
            let steps = vec![why, format!("Write \"password\": true into the input {id} there.")];
            finding.fix("by-hand", "Ask as for a password", Safety::Manual, Act::Manual(steps));
        }
    }
}

/// Where a file has its inputs; empty: it has none.
fn lists(machine: &Machine, file: FileIndex) -> &'static [&'static str] {
    machine.files[file.0].row.inputs
}

/// Every text of an entry that its client fills in, and the name it has.
fn texts(server: &Server) -> Vec<(&str, &str)> {
    let mut texts: Vec<(&str, &str)> = Vec::new();
    texts.extend(server.env.iter().map(|pair| (pair.name.as_str(), pair.value.value.as_str())));
    match &server.transport {
        Transport::Http { url, headers, .. } => {
            texts.push(("", &url.value));
            texts.extend(headers.iter().map(|header| (header.name.as_str(), header.value.value.as_str())));
        }
        Transport::Stdio(command) => {
            let words: Vec<&str> = command.words().iter().map(|word| word.value.as_str()).collect();
            let named = words.iter().enumerate().map(|(index, word)| {
                let before = index.checked_sub(1).map_or("", |before| words[before]);
                (before, *word)
            });
            texts.extend(named);
        }
        Transport::Unknown => {}
    }
    texts
}

/// Whether a name or a description says that a secret is meant.
fn is_secret(name: &str) -> bool {
    let name = name.trim_start_matches('-');
    let joined: String = name.chars().map(|c| if c.is_whitespace() { '-' } else { c }).collect();
    !joined.is_empty() && flag_takes_secret(&format!("--{joined}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::credentials::secret_in_env::RULE;
    use crate::rules::tests::{Given, file, look};

    fn given(input: &str, entry: &str) -> Given {
        file(&format!(r#"{{ "servers": {{ "it": {entry} }}, "inputs": [{input}] }}"#)).of("vscode")
    }

    const ENTRY: &str = r#"{ "command": "some-mcp", "env": { "SOME_TOKEN": "${input:it}", "MODE": "${input:mode}" } }"#;

    #[test]
    fn an_input_that_is_a_key_is_a_password() {
        for (input, expected) in [
            (r#"{ "type": "promptString", "id": "it", "description": "What?" }"#, 1),
            (r#"{ "type": "promptString", "id": "it", "password": false }"#, 1),
            (r#"{ "type": "promptString", "id": "it", "password": true }"#, 0),
            (r#"{ "type": "promptString", "id": "mode", "description": "How fast" }"#, 0),
            (r#"{ "type": "promptString", "id": "mode", "description": "Service API key" }"#, 1),
            (r#"{ "type": "promptString", "id": "unused-token" }"#, 0),
            (r#"{ "type": "pickString", "id": "it", "options": ["a"] }"#, 0),
            (r#"{ "type": "promptString" }"#, 0),
            ("5", 0),
        ] {
            assert_eq!(look(&given(input, ENTRY)).of(&RULE).len(), expected, "{input}");
        }
        let seen = look(&given(
            r#"{ "type": "promptString", "id": "x" }"#,
            r#"{ "url": "https://mcp.example.com", "headers": { "X-API-Key": "${input:x}" } }"#,
        ));
        assert_eq!(seen.fixes(&RULE), [("password", Safety::Review)]);
    }
}
