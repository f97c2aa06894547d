//! Which tools a client runs without asking, and where that is written.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use crate::clients::{Approval, Naming, Skips};
use crate::document::{KeyPath, Node, Value};
use crate::finding::{FileIndex, ServerIndex};
use crate::machine::{Machine, key_path, reach};
use crate::rules::nodes::nodes;
use crate::rules::settings;
use crate::server::Server;

/// What one place lets run of one server.
pub(super) struct Approved<'a> {
    pub(super) server: ServerIndex,
    pub(super) file: FileIndex,
    /// The member that says so.
    pub(super) at: KeyPath,
    pub(super) node: &'a Node,
    /// Each tool and where it is named; `None`: all of them.
    pub(super) tools: Vec<(Option<&'a str>, KeyPath)>,
}

/// Whether a client asks before it calls a tool of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asking {
    /// Never; up to this version of the client, if one is named.
    Never(Option<&'static str>),
    /// Not before so many tools.
    NotBefore(usize),
    Always,
    /// What lets tools run without asking stands where nobody can read it, or may be asked for at the moment.
    Unknown,
}

/// Per server: whether its client asks.
pub(crate) fn asking(machine: &Machine) -> Vec<Asking> {
    let mut asking: Vec<Asking> = machine
        .servers
        .iter()
        .map(|server| match machine.files[server.file.0].row.spelling.approves_here {
            true => Asking::Always,
            false => Asking::Unknown,
        })
        .collect();
    let mut tools: HashMap<ServerIndex, HashSet<&str>> = HashMap::new();
    let all: Vec<Approved> = by_entries(machine).into_iter().chain(by_lists(machine)).collect();
    for approved in &all {
        tools.entry(approved.server).or_default().extend(approved.tools.iter().filter_map(|(tool, _)| *tool));
    }
    for (server, tools) in tools.into_iter().filter(|(_, tools)| !tools.is_empty()) {
        asking[server.0] = Asking::NotBefore(tools.len());
    }
    for on in settings::on(machine, Skips::Calls) {
        let file = &machine.files[on.file.0];
        let meant = |server: &Server| {
            let everywhere = file.project.is_none() || server.project.is_none() || file.project == server.project;
            server.client.id == file.client.id && everywhere
        };
        for (slot, _) in asking.iter_mut().zip(&machine.servers).filter(|(_, server)| meant(server)) {
            let until = on.setting.until;
            if until.is_none() || !matches!(slot, Asking::Never(None)) {
                *slot = Asking::Never(until);
            }
        }
    }
    for server in whole(machine) {
        asking[server.0] = Asking::Never(None);
    }
    asking
}

/// Per server: the tools that run without asking, by name.
pub(crate) fn unasked(machine: &Machine) -> Vec<BTreeSet<&str>> {
    let mut tools = vec![BTreeSet::new(); machine.servers.len()];
    for approved in by_entries(machine).into_iter().chain(by_lists(machine)) {
        tools[approved.server.0].extend(approved.tools.into_iter().filter_map(|(tool, _)| tool));
    }
    tools
}

/// The servers of which every tool runs without asking.
pub(in crate::rules) fn whole(machine: &Machine) -> HashSet<ServerIndex> {
    let all = by_entries(machine).into_iter().chain(by_lists(machine));
    let whole = all.filter(|approved| approved.tools.iter().any(|(tool, _)| tool.is_none()));
    whole.map(|approved| approved.server).collect()
}

/// What the entries say of themselves.
pub(super) fn by_entries(machine: &Machine) -> Vec<Approved<'_>> {
    let mut all = Vec::new();
    for ((index, server), entry) in machine.servers.iter().enumerate().zip(nodes(machine)) {
        let file = &machine.files[server.file.0];
        let Some(entry) = entry else { continue };
        for approval in file.row.spelling.approves {
            let name = approval.member();
            let Some(node) = entry.member(name) else { continue };
            let at = server.at.name(name);
            let tools = approval.tools(node, &at);
            if !tools.is_empty() {
                all.push(Approved { server: ServerIndex(index), file: server.file, at, node, tools });
            }
        }
    }
    all
}

impl Approval {
    fn member(self) -> &'static str {
        match self {
            Approval::List(name) | Approval::True(name) | Approval::Says(name, _) | Approval::Each(name, ..) => name,
        }
    }

    fn tools<'a>(self, node: &'a Node, at: &KeyPath) -> Vec<(Option<&'a str>, KeyPath)> {
        match (self, &node.value) {
            (Approval::List(_), Value::Array(items)) => {
                let items = items.iter().enumerate();
                let names = items.filter_map(|(nth, item)| Some((item.as_str()?, at.index(nth))));
                names.map(|(name, at)| (Some(name).filter(|name| *name != "*"), at)).collect()
            }
            // Some write the one word where a list belongs.
            (Approval::List(_), _) if node.as_str() == Some("*") => vec![(None, at.clone())],
            (Approval::True(_), Value::Bool(true)) => vec![(None, at.clone())],
            (Approval::Says(_, text), _) if node.as_str() == Some(text) => vec![(None, at.clone())],
            (Approval::Each(_, member, text), Value::Object(members)) => {
                let says = |tool: &Node| tool.member(member).and_then(Node::as_str) == Some(text);
                let tools = members.iter().filter(|tool| says(tool)).filter_map(|tool| tool.key.as_ref());
                tools.map(|key| (Some(key.text.as_str()), at.name(&key.text).name(member))).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What lists for all servers say of each.
pub(super) fn by_lists(machine: &Machine) -> Vec<Approved<'_>> {
    let mut all = Vec::new();
    for (index, file) in machine.files.iter().enumerate().filter(|(_, file)| !file.row.allows.is_empty()) {
        let index = FileIndex(index);
        let Some(document) = machine.document(index) else { continue };
        for allows in file.row.allows {
            let mut lists = Vec::new();
            reach(&document.root, allows.path, &mut |way, node, star| match &node.value {
                // A file can hold an empty one for each of a hundred thousand projects.
                Value::Array(items) if !items.is_empty() => lists.push((key_path(way), node, items, star)),
                _ => {}
            });
            if lists.is_empty() {
                continue;
            }
            let named = named(machine, allows.named, &|server| match allows.named {
                Naming::At => server.file == index,
                Naming::Underscores => server.client.id == file.client.id,
            });
            for (at, node, items, star) in lists {
                let project = star.map(Path::new).or(file.project.as_deref());
                let counts = |server: &ServerIndex| {
                    let own = machine.servers[server.0].project.as_deref();
                    allows.named == Naming::At || project.is_none() || own.is_none() || own == project
                };
                let mut found: HashMap<ServerIndex, Vec<(Option<&str>, KeyPath)>> = HashMap::new();
                for (nth, item) in items.iter().enumerate() {
                    let Some((servers, tool)) = item.as_str().and_then(|text| split(text, allows.named, &named)) else {
                        continue;
                    };
                    for server in servers.iter().filter(|server| counts(server)) {
                        found.entry(*server).or_default().push((tool, at.index(nth)));
                    }
                }
                let mut found: Vec<_> = found.into_iter().collect();
                found.sort_by_key(|(server, _)| *server);
                let approved = found.into_iter().map(|(server, tools)| (server, tools, at.clone()));
                all.extend(approved.map(|(server, tools, at)| Approved { server, file: index, at, node, tools }));
            }
        }
    }
    all
}

/// Servers by their name as a list writes it.
fn named(machine: &Machine, naming: Naming, counts: &dyn Fn(&Server) -> bool) -> HashMap<String, Vec<ServerIndex>> {
    let mut named: HashMap<String, Vec<ServerIndex>> = HashMap::new();
    for (index, server) in machine.servers.iter().enumerate().filter(|(_, server)| counts(server)) {
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
        let name = match naming {
            Naming::Underscores => server.name.chars().map(plain).collect(),
            Naming::At => server.name.clone(),
        };
        named.entry(name).or_default().push(ServerIndex(index));
    }
    named
}

/// The servers that an item of a list is about, and the one tool it names.
fn split<'a, 'b>(
    text: &'a str,
    naming: Naming,
    named: &'b HashMap<String, Vec<ServerIndex>>,
) -> Option<(&'b [ServerIndex], Option<&'a str>)> {
    // Longer ones are no names; looking for every one in them would take long.
    const LONGEST: usize = 512;
    let (prefix, between) = match naming {
        Naming::Underscores => ("mcp__", "__"),
        Naming::At => ("@", "/"),
    };
    let rest = text.strip_prefix(prefix).filter(|rest| rest.len() <= LONGEST)?;
    if let Some(servers) = named.get(rest) {
        return Some((servers, None));
    }
    rest.match_indices(between).find_map(|(at, _)| {
        let servers = named.get(&rest[..at])?;
        let tool = &rest[at + between.len()..];
        Some((servers.as_slice(), Some(tool).filter(|tool| *tool != "*")))
    })
}
