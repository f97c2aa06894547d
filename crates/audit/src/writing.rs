//! What may be changed in an entry, by what was found: the *must* and *must
//! not* of every client (client-formats §21) that need no second look at the disk.
//!
//! Asked by the rules, so that nothing is offered that would be refused, and by
//! the session before it plans. Whether a file may be written at this moment
//! (its client runs, its lock is held) is `session/permit.rs`.

pub mod carriers;

use crate::clients::{Root, When, Writing};
use crate::dialect::{Form, Spot, UNKNOWN, is_variable};
use crate::document::{Key, KeyPath, Node, Value};
use crate::machine::{Barred, FileState, FoundFile, Machine, Shared};
use crate::redact::line;
use crate::server::{Server, Transport};

/// Whether an entry may be changed at all; else why not, as a full sentence.
pub fn may_edit(machine: &Machine, server: &Server) -> Result<(), String> {
    let file = &machine.files[server.file.0];
    if file.format.is_yaml() && merges(machine, server) {
        return Err(
            "Some readers of YAML take members of this entry from elsewhere in the file (`<<`), others do not: \
                    write them out first."
                .to_owned(),
        );
    }
    may_write(machine, file)
}

/// Whether a file may be changed at all; else why not, as a full sentence.
pub fn may_write(machine: &Machine, file: &FoundFile) -> Result<(), String> {
    let shown = || line(&file.shown);
    if let Writing::Never(why) = file.row.writing {
        return Err(why.to_owned());
    }
    // Few clients have such a file, and there are many files.
    let is_live = |other: &&FoundFile| {
        other.client.id == file.client.id && other.row.instead && !matches!(other.state, FileState::Missing)
    };
    let may_be = file.client.files.iter().any(|row| row.instead);
    let live = may_be.then(|| machine.files.iter().find(is_live)).flatten();
    if let Some(live) = live.filter(|live| live.path != file.path && live.scope == file.scope) {
        let live = line(&live.shown);
        return Err(format!("{} uses {live} and not this file: change the entry there.", file.client.name));
    }
    match file.barred {
        Some(Barred::Outside) => Err(format!("{} is a link that leads out of its project.", shown())),
        Some(Barred::Store) => {
            Err(format!("{} leads into a read-only store: change it where that store is made from.", shown()))
        }
        None => Ok(()),
    }
}

/// The member, and its value, by which the client itself leaves an entry out.
pub fn switch(machine: &Machine, server: &Server) -> Option<(&'static str, bool)> {
    let row = machine.files[server.file.0].row;
    let on = |step: &str, key: &Key| matches!(key, Key::Name(name) if step == "*" || step == name);
    let holds = |root: &&Root| {
        let way = &server.at.0;
        way.len() == root.path.len() + 1 && root.path.iter().zip(way).all(|(step, key)| on(step, key))
    };
    row.roots.iter().find(holds).and_then(|root| root.switch).or(row.spelling.switch)
}

/// Whether `<<` takes in an entry, what it stands in, or something in it.
fn merges(machine: &Machine, server: &Server) -> bool {
    let Some(document) = machine.document(server.file) else { return false };
    let ways = (1..=server.at.0.len()).map(|length| KeyPath(server.at.0[..length].to_vec()));
    let inside = document.get(&server.at).map_or(&[][..], Node::members);
    let mut around = ways.filter_map(|way| document.get(&way)).chain(inside);
    around.any(|node| document.is_merged(node))
        || inside.iter().flat_map(Node::members).any(|node| document.is_merged(node))
}

/// The box that a user's file belongs to, by where it lies (client-formats §2): a
/// client from there starts its servers inside of it.
fn boxed(machine: &Machine, file: &FoundFile) -> Option<&'static str> {
    let below = file.path.strip_prefix(&machine.env.home).ok().filter(|_| file.project.is_none())?;
    let boxes = [(".var/app", "Flatpak"), ("snap", "Snap")];
    boxes.into_iter().find(|(folder, _)| below.starts_with(folder)).map(|(_, name)| name)
}

/// Whether an entry may be started through the launcher; else why not.
pub fn may_wrap(machine: &Machine, server: &Server) -> Result<(), String> {
    may_edit(machine, server)?;
    let file = &machine.files[server.file.0];
    if let Some(fixed) = file.row.fixed.iter().find(|fixed| is_meant(machine, server, fixed.when)) {
        return Err(fixed.why.to_owned());
    }
    if let Some(name) = boxed(machine, file) {
        return Err(format!(
            "{} from {name} starts its servers inside its own sandbox, where neither the launcher nor the keychain is.",
            server.client.name
        ));
    }
    if file.row.slashes && holds_backslash(server) {
        return Err(format!(
            "{} turns backslashes into slashes, and this entry is written with some.",
            server.client.name
        ));
    }
    let obeys = |clients: &[&str]| file.readers.iter().any(|reader| clients.contains(&reader.id));
    if let Some(policy) = machine.policies.iter().find(|policy| obeys(policy.clients)) {
        return Err(format!(
            "{} can allow and deny servers by their exact command, and another command would be another server to it.",
            line(&policy.shown)
        ));
    }
    match file.shared {
        Some(Shared::Repository) => {
            Err("This file can be committed to a repository, where a program of this computer \
             would be named to everybody who works with it."
                .to_owned())
        }
        Some(Shared::Sync) => Err("Settings Sync takes this file to your other computers, where a program of this \
             one is not found."
            .to_owned()),
        None => Ok(()),
    }
}

/// Whether the entry has its client put the server in the client's own fence.
pub fn client_fences(machine: &Machine, server: &Server) -> bool {
    let name = machine.files[server.file.0].row.fences;
    name.is_some_and(|name| is_meant(machine, server, When::True(name)))
}

/// Whether folders of an entry may be replaced by others; else why not. In a
/// file that is shared they are written from the project's folder on.
pub fn may_narrow(machine: &Machine, server: &Server) -> Result<(), String> {
    may_edit(machine, server)?;
    let file = &machine.files[server.file.0];
    match file.shared {
        Some(Shared::Repository) if !names_project(file) => Err(format!(
            "This file can be committed to a repository, and {} has no word for the folder of a project.",
            server.client.name
        )),
        Some(Shared::Sync) => Err("Settings Sync takes this file to your other computers, where a folder of this one \
             is not found."
            .to_owned()),
        _ => Ok(()),
    }
}

/// Whether the readers of a project's file know `${workspaceFolder}`.
fn names_project(file: &FoundFile) -> bool {
    let known = |spot| file.row.expands.takes(spot, Form::Workspace);
    file.project.is_some() && !file.has_several_readers() && known(Spot::Args) && known(Spot::Env)
}

fn is_meant(machine: &Machine, server: &Server, when: When) -> bool {
    let member = |name: &str| machine.document(server.file)?.get(&server.at)?.member(name);
    let is_true = |node: &Node| matches!(node.value, Value::Bool(true));
    let program = || server.command().and_then(|command| Some(command.words().first()?.value.as_str()));
    match when {
        When::Always => true,
        When::True(name) => member(name).is_some_and(is_true),
        When::Says(name, text) => member(name).and_then(Node::as_str) == Some(text),
        When::Named(name) => server.name == name,
        When::Inside(folder) => program().is_some_and(|program| program.contains(folder)),
        When::Sets(names) => {
            let named = |name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
            server.env.iter().any(|pair| named(&pair.name))
        }
        When::In(folder) => server.cwd.as_ref().is_some_and(|cwd| cwd.value == folder),
    }
}

/// Whether JSON writes a text of the entry with a backslash.
fn holds_backslash(server: &Server) -> bool {
    let words = server.command().map(|command| command.words()).unwrap_or_default();
    let elsewhere = match &server.transport {
        Transport::Http { url, headers, .. } => headers.iter().map(|header| &header.value).chain([url]).collect(),
        _ => Vec::new(),
    };
    let own = server.env.iter().map(|pair| &pair.value).chain(&server.cwd);
    let mut texts = words.into_iter().chain(own).chain(elsewhere);
    texts.any(|text| text.value.contains(|c: char| c == '\\' || c == '"' || c.is_control()))
}

/// Where a secret stands, and what to write there instead.
pub struct Put<'a> {
    pub spot: Spot,
    /// The variable that can hold it: `GITHUB_TOKEN`.
    pub variable: &'a str,
    /// What stays in front of it: `Bearer `.
    pub before: &'a str,
    /// Ends "Write X …": `as the value of GITHUB_TOKEN`.
    pub place: &'a str,
}

/// What to write so that the client itself puts a secret in, step by step, for
/// an entry that may not be started through the launcher.
pub fn own_way(machine: &Machine, server: &Server, put: &Put) -> Vec<String> {
    let file = &machine.files[server.file.0];
    let client = server.client.name;
    let Put { spot, variable: name, before, place } = *put;
    let takes = |form| file.row.expands.takes(spot, form);
    // Where it is not known what is put in, no text can be given.
    if !is_variable(name) || file.row.expands == UNKNOWN {
        return Vec::new();
    }
    let one = !file.has_several_readers();
    if one && takes(Form::Input) {
        let id = name.to_lowercase().replace('_', "-");
        return vec![
            format!(
                "Add this to the list \"inputs\" at the top of the file: {{ \"type\": \"promptString\", \
                 \"id\": \"{id}\", \"description\": \"{name}\", \"password\": true }}."
            ),
            format!("Write \"{before}${{input:{id}}}\" {place}."),
            format!("{client} asks for the key once and keeps it encrypted."),
        ];
    }
    let forms = [
        (Form::Braces, format!("${{{name}}}")),
        (Form::Env, format!("${{env:{name}}}")),
        (Form::BareEnv, format!("{{env:{name}}}")),
        (Form::Double, format!("${{{{ secrets.{name} }}}}")),
    ];
    // Only the first is read by everybody who reads a file of several clients.
    let known = forms.into_iter().take(if one { 4 } else { 1 }).find(|(form, _)| takes(*form));
    match known {
        Some((form, text)) => vec![
            format!("Write \"{before}{text}\" {place}."),
            match form {
                Form::Double => format!("Put {name} into the .env file that {client} reads its secrets from."),
                _ => format!("Set {name} in the environment that {client} is started in."),
            },
        ],
        // Its readers may still have a way in common, which is not known here.
        None if !one => Vec::new(),
        None if spot != Spot::Env && !server.client.own_secrets.is_empty() => {
            vec![format!("{client} has a way of its own to keep keys: {}.", server.client.own_secrets)]
        }
        // The user's own settings are where it stands already.
        None if spot != Spot::Env && file.project.is_none() => Vec::new(),
        None => vec![format!("{client} puts nothing into this file: move the entry to your own settings of {client}.")],
    }
}
