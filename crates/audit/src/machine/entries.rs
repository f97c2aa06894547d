//! The entries of one file, read as its client reads them.

mod faults;
mod relayed;

use std::path::PathBuf;

use warder_launch::wrap::Wrapped;

use super::{EntryProblem, FoundFile};
use crate::clients::{Both, Holds, Root, SameName, Scope, Untyped, Words};
use crate::document::{Document, Key, KeyPath, Node, Value};
use crate::env::Env;
use crate::finding::FileIndex;
use crate::id::short_hash;
use crate::server::{Command, Kind, Line, Pair, Server, Text, Transport, command};
use faults::NOTHING_TO_START;

/// What one file says of servers.
#[derive(Default)]
pub(super) struct Entries {
    pub(super) servers: Vec<Server>,
    pub(super) problems: Vec<EntryProblem>,
    pub(super) switches: Vec<Switch>,
    /// Servers (by index) that only change one of the same name elsewhere, and
    /// what is wrong if there is none.
    pub(super) parts: Vec<(usize, EntryProblem)>,
}

/// What an entry says about being on; it counts for the same name in other
/// scopes too where the client merges entries.
pub(super) struct Switch {
    pub(super) name: String,
    pub(super) scope: Scope,
    pub(super) project: Option<PathBuf>,
    pub(super) on: bool,
}

/// The entries of one file.
pub(super) fn read(env: &Env, file: FileIndex, found: &FoundFile, document: &Document) -> Entries {
    let mut reader = Reader { env, file, found, document, entries: Entries::default() };
    let mut none = true;
    let mut wrong = Vec::new();
    for root in found.row.roots {
        let mut any = false;
        reach(&document.root, root.path, &mut |way, node, star| {
            let fits = reader.root(root, way, node, star);
            any |= fits;
            let expected = match (root.holds, &node.value) {
                // The paths of other files.
                _ if found.row.names.is_some() && is_text(node) => None,
                (Holds::Map, _) if !root.path.is_empty() => Some("an object here, each under its name"),
                (Holds::List(_), Value::Object(_)) => Some("a list here, each with its name"),
                _ => None,
            };
            wrong.extend(expected.filter(|_| !fits).map(|expected| (key_path(way), node, expected)));
        });
        none &= !any;
        if any && found.row.first_root {
            break;
        }
    }
    if none {
        for (at, node, expected) in &wrong {
            reader.problem(at, node, &format!("The servers must stand in {expected}."));
        }
        if wrong.is_empty() && found.row.needed {
            let name = found.row.roots[0].path.join(".");
            let message = format!("\"{name}\" is missing; {} refuses the whole file without it.", found.client.name);
            reader.report(&KeyPath::default(), &document.root, message);
        }
    }
    reader.entries
}

/// A text, or a list of nothing else.
fn is_text(node: &Node) -> bool {
    let texts = matches!(&node.value, Value::Array(items) if items.iter().all(|item| item.as_str().is_some()));
    texts || node.as_str().is_some()
}

/// Calls `visit` with every node that a path leads to, in file order: the names on
/// the way to it, the node, and the last name that stood at a `*`. As deep as the path.
pub(crate) fn reach<'a>(top: &'a Node, path: &[&str], visit: &mut Visit<'a, '_>) {
    fn step<'a>(
        node: &'a Node,
        path: &[&str],
        way: &mut Vec<&'a str>,
        star: Option<&'a str>,
        visit: &mut Visit<'a, '_>,
    ) {
        let Some((wanted, rest)) = path.split_first() else { return visit(way, node, star) };
        for member in node.members() {
            let Some(name) = member.key.as_ref().map(|key| key.text.as_str()) else { continue };
            if *wanted == "*" || *wanted == name {
                way.push(name);
                step(member, rest, way, if *wanted == "*" { Some(name) } else { star }, visit);
                way.pop();
            }
        }
    }
    step(top, path, &mut Vec::with_capacity(path.len()), None, visit);
}

type Visit<'a, 'v> = dyn FnMut(&[&'a str], &'a Node, Option<&'a str>) + 'v;

pub(crate) fn key_path(way: &[&str]) -> KeyPath {
    KeyPath(way.iter().map(|name| Key::Name((*name).to_owned())).collect())
}

struct Reader<'a> {
    env: &'a Env,
    file: FileIndex,
    found: &'a FoundFile,
    document: &'a Document,
    entries: Entries,
}

/// An entry and where it belongs.
struct Place<'a> {
    at: KeyPath,
    name: String,
    /// Where the name stands, or the entry itself.
    shown: usize,
    node: &'a Node,
    scope: Scope,
    project: Option<PathBuf>,
}

/// A part of an entry.
type Part<'a> = Option<(KeyPath, &'a Node)>;

impl<'a> Reader<'a> {
    /// Reads what stands at a root; whether the root was there.
    fn root(&mut self, root: &Root, way: &[&str], node: &'a Node, star: Option<&str>) -> bool {
        // Most projects of a large file have an empty map.
        if root.holds == Holds::Map && matches!(&node.value, Value::Object(members) if members.is_empty()) {
            return true;
        }
        let at = key_path(way);
        let scope = root.scope.unwrap_or(self.found.scope);
        let project = match (scope, star) {
            (Scope::Local, Some(folder)) => Some(PathBuf::from(folder)),
            _ => self.found.project.clone(),
        };
        let place = |at, name: &str, shown, node| Place {
            at,
            name: name.to_owned(),
            shown,
            node,
            scope,
            project: project.clone(),
        };
        match (root.holds, &node.value) {
            (Holds::Map, Value::Object(members)) => {
                for member in members {
                    if let Some(name) = &member.key {
                        self.entry(place(at.name(&name.text), &name.text, name.span.start, member));
                    }
                }
            }
            (Holds::List(key), Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    let name = item.member(key);
                    let start = name.map_or(item.span.start, |name| name.span.start);
                    let name = name.and_then(Node::as_str).unwrap_or_default();
                    self.entry(place(at.index(index), name, start, item));
                }
            }
            (Holds::Items, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    for member in item.members() {
                        if let Some(name) = &member.key {
                            let at = at.index(index).name(&name.text);
                            self.entry(place(at, &name.text, name.span.start, member));
                        }
                    }
                }
            }
            (Holds::One(key), Value::Object(_)) => {
                let way = KeyPath(key.iter().map(|step| Key::Name((*step).to_owned())).collect());
                let name = self.document.root.get(&way).and_then(Node::as_str);
                let stem = self.found.path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
                let one = place(at.clone(), name.unwrap_or(&stem), node.span.start, node);
                // A file that holds something else holds no entry.
                let spelling = &self.found.row.spelling;
                if [spelling.command, spelling.url].iter().all(|names| self.part(&one, names).is_none()) {
                    return false;
                }
                self.entry(one);
            }
            _ => return false,
        }
        true
    }

    /// A part by its names: in the entry, or in a member that may hold the parts.
    fn part(&self, place: &Place<'a>, names: &[&str]) -> Part<'a> {
        let inside = self.found.row.spelling.inside;
        let holder = |name: &str, node: &Node| inside.contains(&name) && matches!(node.value, Value::Object(_));
        let find = |at: &KeyPath, node: &'a Node| {
            names.iter().find_map(|name| {
                let part = node.member(name).filter(|part| !holder(name, part))?;
                Some((at.name(*name), part))
            })
        };
        let over = self.found.row.spelling.over.iter().filter(|(os, _)| *os == self.env.os);
        let mut laid_over: Vec<(KeyPath, &'a Node)> = Vec::new();
        for (_, path) in over {
            reach(place.node, path, &mut |way, node, _| {
                laid_over.push((KeyPath([&place.at.0[..], &key_path(way).0[..]].concat()), node));
            });
        }
        laid_over
            .iter()
            .find_map(|(at, node)| find(at, node))
            .or_else(|| find(&place.at, place.node))
            .or_else(|| inside.iter().find_map(|name| find(&place.at.name(*name), place.node.member(name)?)))
    }

    /// Where a part stands, or would stand beside `beside`.
    fn part_at(&self, place: &Place<'a>, names: &[&str], beside: &KeyPath) -> KeyPath {
        match self.part(place, names) {
            Some((at, _)) => at,
            None => KeyPath(beside.0[..beside.0.len() - 1].to_vec()).name(names[0]),
        }
    }

    /// What an entry says it is.
    fn kind(&self, place: &Place<'a>) -> Option<&'a str> {
        self.part(place, &["type", "transport", "transportType"]).and_then(|(_, node)| node.as_str())
    }

    /// Whether an entry with a program and a URL is reached by its URL.
    fn by_url(&mut self, place: &Place<'a>, node: &Node) -> bool {
        match (self.kind(place), self.found.row.spelling.both) {
            (_, Both::Refused) => {
                self.problem(&place.at, node, "This entry has both a command and a URL.");
                false
            }
            (Some("stdio" | "local"), _) | (_, Both::Program) => false,
            (Some(kind), _) if is_remote(kind) => true,
            (_, Both::Url) => true,
            (_, Both::Unclear) => {
                let message = "This entry has both a command and a URL; which one counts is up to the client.";
                self.report(&place.at, node, message.to_owned());
                false
            }
        }
    }

    fn entry(&mut self, place: Place<'a>) {
        let spelling = &self.found.row.spelling;
        if place.name.is_empty() && !spelling.nameless {
            let message = format!("{} skips an entry without a name.", self.found.client.name);
            self.report(&place.at, place.node, message);
        }
        let command = self.part(&place, spelling.command);
        let url = self.part(&place, spelling.url);
        let switch = spelling.off.iter().find_map(|(name, off)| {
            let (_, node) = self.part(&place, &[name])?;
            Some(node.as_bool()? != *off)
        });
        let merged = self.found.client.same_name == SameName::Merged;
        if let Some(on) = switch.filter(|_| merged) {
            let (name, project) = (place.name.clone(), place.project.clone());
            self.entries.switches.push(Switch { name, scope: place.scope, project, on });
        }
        let known = self.entries.problems.len();
        let transport = match (command, url) {
            (Some((at, command)), Some((to, url))) => {
                if self.by_url(&place, command) {
                    self.http(&place, to, url)
                } else {
                    self.stdio(&place, at, command)
                }
            }
            (Some((at, command)), None) => self.stdio(&place, at, command),
            (None, Some((at, url))) => self.http(&place, at, url),
            (None, None) if merged && self.is_part(&place) => {
                self.problem(&place.at, place.node, NOTHING_TO_START);
                let problem = self.entries.problems.pop().expect("one was just added");
                self.entries.parts.push((self.entries.servers.len(), problem));
                None
            }
            (None, None) => {
                let meant = self.kind(&place).is_some_and(|kind| is_remote(kind) || ["stdio", "local"].contains(&kind));
                if !meant {
                    self.nothing(&place, switch.is_some());
                    return;
                }
                self.problem(&place.at, place.node, NOTHING_TO_START);
                None
            }
        };
        if transport.is_some() {
            self.faults(&place);
        }
        let transport = transport.unwrap_or_else(|| {
            debug_assert!(merged || self.entries.problems.len() > known, "an unreadable entry says why");
            Transport::Unknown
        });
        let kind = match &transport {
            Transport::Stdio(command) => command::kind(&command.launch),
            Transport::Http { .. } => Kind::Remote,
            Transport::Unknown => Kind::LocalScript,
        };
        let env = self.pairs(&place, spelling.env);
        let cwd = self.part(&place, spelling.cwd).and_then(|(at, node)| text(&at, node));
        // It is read for what the client starts itself.
        let is_started = matches!(transport, Transport::Stdio(_));
        let env_file = self.part(&place, spelling.env_file).filter(|_| is_started);
        let env_file = env_file.and_then(|(at, node)| text(&at, node));
        self.entries.servers.push(Server {
            id: short_hash(&[self.found.client.id, &self.found.shown, &place.at.to_string()]),
            client: self.found.client,
            file: self.file,
            position: self.document.position(place.shown),
            enabled: switch.unwrap_or(true),
            under: Vec::new(),
            kind,
            transport,
            env,
            cwd,
            env_file,
            span: place.node.span.clone(),
            scope: place.scope,
            project: place.project,
            name: place.name,
            at: place.at,
        });
    }

    fn stdio(&mut self, place: &Place<'a>, at: KeyPath, command: &Node) -> Option<Transport> {
        let spelling = &self.found.row.spelling;
        let whole = matches!(command.value, Value::Array(_)) && spelling.words != Words::Apart;
        let (program, args, line) = if whole {
            let mut words = self.words(&at, command)?.into_iter();
            let Some(program) = words.next() else {
                self.problem(&at, command, "The command is an empty list.");
                return None;
            };
            (program, words.collect(), Line::Whole(at))
        } else {
            let program = text(&at, command).filter(|_| spelling.words != Words::Whole);
            let Some(program) = program else {
                let kind = if spelling.words == Words::Whole { "list of texts" } else { "text" };
                self.problem(&at, command, &format!("The command must be a {kind}."));
                return None;
            };
            let args = match self.part(place, spelling.args) {
                None => Vec::new(),
                Some((at, node)) => self.words(&at, node)?,
            };
            (program, args, Line::Apart { args: self.part_at(place, spelling.args, &at), command: at })
        };
        if let Some(relayed) = relayed::started(self.env, &program, &args, &line) {
            return Some(relayed);
        }
        // Also our relay with words that it does not know: what was approved is another line.
        let wrapped = (self.env.is_launcher(&program.value) || self.env.is_relay(&program.value))
            .then(|| Wrapped::of_entry(&args.iter().map(|arg| arg.value.clone()).collect::<Vec<_>>()))
            .flatten();
        let profile = wrapped.as_ref().and_then(|wrapped| self.env.profile(&wrapped.profile)).map(Box::new);
        let taken_off = if wrapped.is_some() { Wrapped::PREFIX + 1 } else { 0 };
        let words: Vec<&str> =
            std::iter::once(&program).chain(&args).skip(taken_off).map(|word| word.value.as_str()).collect();
        let launch = command::read(words[0], &words[1..], self.env.os);
        Some(Transport::Stdio(Command { program, args, line, wrapped, profile, launch }))
    }

    /// A list of words.
    fn words(&mut self, at: &KeyPath, node: &Node) -> Option<Vec<Text>> {
        let Value::Array(items) = &node.value else {
            self.problem(at, node, "The arguments must be a list of texts.");
            return None;
        };
        let mut words = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let Some(word) = scalar(&at.index(index), item) else {
                self.problem(&at.index(index), item, "Every argument must be a text.");
                return None;
            };
            words.push(word);
        }
        Some(words)
    }

    fn http(&mut self, place: &Place<'a>, at: KeyPath, node: &Node) -> Option<Transport> {
        let client = self.found.client;
        let Some(url) = text(&at, node) else {
            self.problem(&at, node, "The URL must be a text.");
            return None;
        };
        let spelling = &self.found.row.spelling;
        let kind = self.kind(place);
        if !client.remote {
            let message = format!("{} skips entries with a URL; this server never starts.", client.name);
            self.report(&at, node, message);
        } else if kind.is_none() && spelling.untyped == Untyped::Refused && !spelling.typed {
            let message = format!("{} skips a URL without a \"type\"; this server is never used.", client.name);
            self.report(&at, node, message);
        }
        let path = url.value.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let streams = matches!(at.0.last(), Some(Key::Name(name)) if spelling.streams.contains(&name.as_str()));
        let sse = match kind.filter(|_| spelling.untyped != Untyped::AlwaysSse) {
            Some(kind) => kind.eq_ignore_ascii_case("sse") || spelling.falls_back && path.ends_with("/sse"),
            None => {
                !streams && (matches!(spelling.untyped, Untyped::Sse | Untyped::AlwaysSse) || path.ends_with("/sse"))
            }
        };
        let helper = self.part(place, spelling.helper).and_then(|(at, node)| text(&at, node));
        let relay = helper.and_then(|helper| relayed::asked(self.env, helper));
        Some(Transport::Http { url, sse, headers: self.pairs(place, spelling.headers), relay })
    }

    fn pairs(&mut self, place: &Place<'a>, names: &[&str]) -> Vec<Pair> {
        let Some((at, node)) = self.part(place, names) else { return Vec::new() };
        if !matches!(node.value, Value::Object(_) | Value::Null) {
            let name = at.0.last().map(|key| if let Key::Name(name) = key { name.as_str() } else { "" });
            self.problem(&at, node, &format!("\"{}\" must be an object.", name.unwrap_or_default()));
        }
        let pair = |member: &Node| {
            let name = member.key.as_ref()?.text.clone();
            Some(Pair { value: scalar(&at.name(&name), member)?, name })
        };
        node.members().iter().filter_map(pair).collect()
    }

    /// A fault, and what the client does about it.
    fn problem(&mut self, at: &KeyPath, node: &Node, message: &str) {
        let spoils = self.found.row.spelling.spoils;
        let more = format!(" {} refuses the whole file because of it.", self.found.client.name);
        self.report(at, node, if spoils { message.to_owned() + &more } else { message.to_owned() });
    }

    fn report(&mut self, at: &KeyPath, node: &Node, message: String) {
        let position = self.document.position(node.span.start);
        self.entries.problems.push(EntryProblem { file: self.file, at: at.clone(), position, message });
    }
}

/// Whether a `type` means a server that is reached by its URL.
fn is_remote(kind: &str) -> bool {
    ["http", "sse", "ws", "remote", "streamable-http", "streamableHttp", "streamable_http"].contains(&kind)
}

fn text(at: &KeyPath, node: &Node) -> Option<Text> {
    Some(Text { value: node.as_str()?.to_owned(), at: at.clone(), span: node.span.clone() })
}

/// A text, or a number or boolean as clients turn it into one.
fn scalar(at: &KeyPath, node: &Node) -> Option<Text> {
    let value = match &node.value {
        Value::String(text) => text.clone(),
        Value::Number(text) => text.clone(),
        Value::Bool(yes) => yes.to_string(),
        _ => return None,
    };
    Some(Text { value, at: at.clone(), span: node.span.clone() })
}
