//! The entries of one file, read as its client reads them.

use warder_launch::profile::Profile;
use warder_launch::wrap::Wrapped;

use super::{EntryProblem, FoundFile};
use crate::document::{Document, Key, KeyPath, Node, Value};
use crate::env::Env;
use crate::finding::FileIndex;
use crate::id::short_hash;
use crate::server::{Command, Kind, Pair, Server, Text, Transport, command};

/// The entries of one file, and what is wrong with some of them.
pub(super) fn read(
    env: &Env,
    file: FileIndex,
    found: &FoundFile,
    document: &Document,
) -> (Vec<Server>, Vec<EntryProblem>) {
    let mut reader = Reader { env, file, found, document, servers: Vec::new(), problems: Vec::new() };
    let roots =
        found.row.roots.iter().map(|root| KeyPath(root.iter().map(|name| Key::Name((*name).to_owned())).collect()));
    for root in roots {
        if let Some(node) = document.get(&root).filter(|node| matches!(node.value, Value::Object(_))) {
            node.members().iter().for_each(|entry| reader.entry(&root, entry));
            break;
        }
    }
    (reader.servers, reader.problems)
}

struct Reader<'a> {
    env: &'a Env,
    file: FileIndex,
    found: &'a FoundFile,
    document: &'a Document,
    servers: Vec<Server>,
    problems: Vec<EntryProblem>,
}

/// How clients spell a remote server's address.
const URLS: &[&str] = &["url", "serverUrl", "httpUrl"];

impl Reader<'_> {
    fn entry(&mut self, root: &KeyPath, entry: &Node) {
        let Some(name) = &entry.key else { return };
        let url = URLS.iter().find_map(|key| Some((*key, entry.member(key)?)));
        let command = entry.member("command");
        if command.is_none() && url.is_none() {
            return; // `_comment`, `$doc` and the like are left alone.
        }
        let at = root.name(&name.text);
        let known = self.problems.len();
        let transport = match (command, url) {
            (Some(command), url) => {
                if url.is_some() {
                    self.problem(
                        &at,
                        command,
                        "This entry has both a command and a URL; which one counts is up to the client.",
                    );
                }
                self.stdio(&at, entry, command)
            }
            (None, Some((key, url))) => {
                if !self.found.client.remote {
                    let message =
                        format!("{} skips entries with a URL; this server never starts.", self.found.client.name);
                    self.problem(&at, url, &message);
                }
                self.http(&at, entry, key, url)
            }
            (None, None) => return,
        };
        let transport = transport.unwrap_or_else(|| {
            debug_assert!(self.problems.len() > known, "an unreadable entry says why");
            Transport::Unknown
        });
        let kind = match &transport {
            Transport::Stdio(command) => command::kind(&command.launch),
            Transport::Http { .. } => Kind::Remote,
            Transport::Unknown => Kind::LocalScript,
        };
        let off = entry.member("disabled").and_then(Node::as_bool) == Some(true)
            || entry.member("enabled").and_then(Node::as_bool) == Some(false);
        let env = self.pairs(&at, entry, "env");
        self.servers.push(Server {
            id: short_hash(&[self.found.client.id, &self.found.shown, &at.to_string()]),
            client: self.found.client,
            file: self.file,
            name: name.text.clone(),
            position: self.document.position(name.span.start),
            enabled: !(self.found.client.disables && off),
            kind,
            transport,
            env,
            cwd: entry.member("cwd").and_then(|node| text(&at.name("cwd"), node)),
            span: entry.span.clone(),
            at,
        });
    }

    fn stdio(&mut self, at: &KeyPath, entry: &Node, command: &Node) -> Option<Transport> {
        let Some(program) = text(&at.name("command"), command) else {
            self.problem(&at.name("command"), command, "The command must be a text.");
            return None;
        };
        let args_at = at.name("args");
        let mut args = Vec::new();
        match entry.member("args") {
            None => {}
            Some(Node { value: Value::Array(items), .. }) => {
                for (index, item) in items.iter().enumerate() {
                    let Some(word) = scalar(&args_at.index(index), item) else {
                        self.problem(&args_at.index(index), item, "Every argument must be a text.");
                        return None;
                    };
                    args.push(word);
                }
            }
            Some(node) => {
                self.problem(&args_at, node, "The arguments must be a list of texts.");
                return None;
            }
        }
        let wrapped = Wrapped::is_launcher(&program.value)
            .then(|| Wrapped::parse(&args.iter().map(|arg| arg.value.clone()).collect::<Vec<_>>()))
            .flatten();
        let profile =
            wrapped.as_ref().and_then(|wrapped| Profile::read(&self.env.state(), &wrapped.profile).ok()).map(Box::new);
        let taken_off = if wrapped.is_some() { Wrapped::PREFIX + 1 } else { 0 };
        let words: Vec<&str> =
            std::iter::once(&program).chain(&args).skip(taken_off).map(|word| word.value.as_str()).collect();
        let launch = command::read(words[0], &words[1..], self.env.os);
        Some(Transport::Stdio(Command { program, args, wrapped, profile, launch }))
    }

    fn http(&mut self, at: &KeyPath, entry: &Node, key: &str, url: &Node) -> Option<Transport> {
        let Some(url) = text(&at.name(key), url) else {
            self.problem(&at.name(key), url, "The URL must be a text.");
            return None;
        };
        let kind = entry.member("type").or(entry.member("transport")).and_then(Node::as_str).unwrap_or_default();
        let path = url.value.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let sse = kind.eq_ignore_ascii_case("sse") || (kind.is_empty() && path.ends_with("/sse"));
        Some(Transport::Http { url, sse, headers: self.pairs(at, entry, "headers") })
    }

    fn pairs(&mut self, at: &KeyPath, entry: &Node, key: &str) -> Vec<Pair> {
        let at = at.name(key);
        let Some(node) = entry.member(key) else { return Vec::new() };
        if !matches!(node.value, Value::Object(_) | Value::Null) {
            self.problem(&at, node, &format!("\"{key}\" must be an object."));
        }
        let pair = |member: &Node| {
            let name = member.key.as_ref()?.text.clone();
            Some(Pair { value: scalar(&at.name(&name), member)?, name })
        };
        node.members().iter().filter_map(pair).collect()
    }

    fn problem(&mut self, at: &KeyPath, node: &Node, message: &str) {
        let position = self.document.position(node.span.start);
        self.problems.push(EntryProblem { file: self.file, at: at.clone(), position, message: message.to_owned() });
    }
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
