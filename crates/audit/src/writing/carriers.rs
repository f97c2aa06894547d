//! How the keys of a server elsewhere leave the file, for each client: the
//! table, and what it means for one entry (client-formats §19 and §21).

use std::collections::{BTreeMap, HashSet};

use serde_json::json;
use url::Url;

use crate::clients::{Client, Spelling, Words};
use crate::dialect::{Form, Spot, all};
use crate::document::{KeyPath, Node, Patch, Value};
use crate::finding::By;
use crate::machine::{FoundFile, Machine};
use crate::redact::line;
use crate::server::{Pair, Relay, Server, Transport};

use super::{may_edit, may_wrap};

/// The best way a client has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The entry starts our relay, which adds the key.
    Relay,
    /// The client asks our relay for its headers.
    Helper,
    /// The client asks its user once, and keeps the key encrypted.
    Input,
    /// A variable that the user sets, in the client's own spelling: by hand.
    Own,
    /// There is none; why, as a full sentence.
    None(&'static str),
}

/// What an entry that starts a program says as its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// Nothing: the member goes.
    Gone,
    /// This, where the entry said one before.
    Kept(&'static str),
    /// This, in any case.
    Always(&'static str),
}

/// One client's row.
#[derive(Clone, Copy, Debug)]
pub struct Carrier {
    /// Of the client.
    pub id: &'static str,
    /// A key in a header, in a file of the user's own.
    pub header: Way,
    /// A key in the URL there.
    pub url: Way,
    /// A key in a file that others get.
    pub shared: Way,
    pub typed: Typed,
    /// Why, for the page.
    pub why: &'static str,
}

/// What holds for a client without a row: most know nothing of their own.
pub const USUAL: Carrier = Carrier {
    id: "",
    header: Way::Relay,
    url: Way::Relay,
    shared: Way::Own,
    typed: Typed::Kept("stdio"),
    why: "It keeps no key of its own for a server elsewhere, and starts programs.",
};

const UNTYPED: Carrier = Carrier { typed: Typed::Gone, ..USUAL };

/// A key that VS Code is given by hand would have to be at hand: Warder shows none.
const VSCODE: Carrier = Carrier {
    shared: Way::Input,
    why: "Its inputs ask for the key, which Warder never shows: where the file is your own, the server goes on without \
          a question. A file that others get must not name a program of this computer.",
    ..USUAL
};

const SKIPPED: Carrier = Carrier {
    header: Way::None("Claude Desktop skips entries with a URL, so nothing uses this key: take the entry out."),
    url: Way::None("Claude Desktop skips entries with a URL, so nothing uses this key: take the entry out."),
    why: "It skips entries with a URL (client-formats §3.2).",
    ..USUAL
};

const CONTAINED: Carrier = Carrier {
    header: Way::None("This program often runs in a container, where neither the relay nor the keychain is."),
    url: Way::None("This program often runs in a container, where neither the relay nor the keychain is."),
    why: "It often runs in a container, where neither the relay nor the keychain is.",
    ..USUAL
};

/// Clients that differ, sorted by id.
pub const CARRIERS: &[Carrier] = &[
    // Google's, after Windsurf's: no type is documented.
    Carrier { id: "antigravity", ..UNTYPED },
    Carrier {
        id: "claude-code",
        header: Way::Helper,
        why: "`headersHelper` is asked at each connection, and the entry stays one with a URL; it gives headers only \
              (code.claude.com/docs/en/mcp).",
        ..USUAL
    },
    Carrier { id: "claude-desktop", ..SKIPPED },
    Carrier { id: "claude-desktop-3p", ..SKIPPED },
    Carrier { id: "code-oss", ..VSCODE },
    // Mixed members are a fault of the whole file; it looks at no type.
    Carrier {
        id: "codex",
        why: "`bearer_token_env_var` needs somebody to set the variable; the form of `http_headers_helper` is not \
              known.",
        ..UNTYPED
    },
    // Its schema is closed and knows no `type` (client-formats §7).
    Carrier { id: "devin", ..UNTYPED },
    // `type` means a kind of HTTP there and nothing else (client-formats §14).
    Carrier { id: "gemini", ..UNTYPED },
    Carrier {
        id: "generic",
        header: Way::None("It is not known which client reads this file, nor whether it starts programs."),
        url: Way::None("It is not known which client reads this file, nor whether it starts programs."),
        why: "It is not known which client reads the file.",
        ..USUAL
    },
    // `type` says what an extension is (client-formats §12).
    Carrier {
        id: "goose",
        typed: Typed::Always("stdio"),
        why: "`env_keys` are set in Goose itself, and no file is changed by that.",
        ..USUAL
    },
    Carrier {
        id: "kilo",
        header: Way::None("What Kilo Code takes in an entry is not known well enough to give it another form."),
        url: Way::None("What Kilo Code takes in an entry is not known well enough to give it another form."),
        why: "What it takes in an entry is not known well enough to give it another form.",
        ..USUAL
    },
    Carrier { id: "librechat", ..CONTAINED },
    Carrier { id: "mcphub", ..CONTAINED },
    Carrier { id: "mcpo", ..CONTAINED },
    Carrier { id: "opencode", typed: Typed::Always("local"), ..USUAL },
    Carrier { id: "qwen", ..UNTYPED },
    Carrier {
        id: "visual-studio",
        shared: Way::Input,
        why: "As in VS Code, whose inputs it takes (Microsoft Learn, \"Use MCP servers\").",
        ..USUAL
    },
    Carrier { id: "vscode", ..VSCODE },
    Carrier { id: "vscode-insiders", ..VSCODE },
    Carrier { id: "vscodium", ..VSCODE },
    Carrier { id: "windsurf", ..UNTYPED },
    // It looks at no type.
    Carrier { id: "zed", why: "Its keychain holds secrets of sign-ins only, not those of headers.", ..UNTYPED },
];

/// A client's row.
pub fn carrier(client: &Client) -> &'static Carrier {
    CARRIERS.iter().find(|row| row.id == client.id).unwrap_or(&USUAL)
}

/// Members that only make sense for a server elsewhere, and that the relay
/// cannot do: sign-ins, programs and variables of the client's own for headers.
const REMOTE_ONLY: &[&str] = &[
    "apiKey",
    "auth",
    "authProviderType",
    "authorization",
    "bearer_token_env_var",
    "env_http_headers",
    "eventSourceInit",
    "headersHelper",
    "http_headers_helper",
    "oauth",
    "oauthClient",
    "oauthClientId",
    "oauthScopes",
    "oauth_resource",
    "oauth_scopes",
    "requestInit",
    "requestOptions",
    "scopes",
    "targetAudience",
    "targetServiceAccount",
];

/// Members by which an entry names its kind.
pub const KINDS: &[&str] = &["type", "transport", "transportType"];

/// What [`KINDS`] say of a server elsewhere, as some client spells it: any other word is not kept outside of its config.
const ELSEWHERE: &[&str] = &["http", "remote", "sse", "streamablehttp", "ws"];

/// How an entry with a URL names its kind, by member.
pub fn kinds(machine: &Machine, server: &Server) -> BTreeMap<String, String> {
    let named = KINDS.iter().filter_map(|name| {
        let (name, node) = member(machine, server, &[name])?;
        let kind = node.as_str()?;
        let plain = kind.to_ascii_lowercase().replace(['-', '_'], "");
        ELSEWHERE.contains(&plain.as_str()).then(|| (name.to_owned(), kind.to_owned()))
    });
    named.collect()
}

/// Headers that say where a message ends, or to whom it goes; the relay has its own.
const FRAMING: &[&str] =
    &["connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade"];

/// How the keys of an entry leave the file; else why they cannot, as a full sentence.
/// `in_url`: not only its headers hold one.
pub fn carry(machine: &Machine, server: &Server, in_url: bool) -> Result<By, String> {
    may_edit(machine, server)?;
    let Transport::Http { relay, .. } = &server.transport else {
        return Err("This entry has no URL.".to_owned());
    };
    let row = carrier(server.client);
    let by = match relay {
        _ if relay.is_some() && server.profile().is_none() => {
            return Err(
                "The profile of this entry cannot be read: undo its change, or write the entry anew.".to_owned()
            );
        }
        Some(Relay::Asked { .. }) if in_url => {
            return Err("The headers of this entry come from the keychain already: undo that first, and move all \
                        keys together."
                .to_owned());
        }
        Some(Relay::Asked { .. }) => Ok(By::Helper),
        Some(Relay::Started(_)) => relayed(machine, server).map(|()| By::Relay),
        None => match may_wrap(machine, server) {
            Ok(()) => own(machine, server, row, in_url),
            Err(why) => Err(why),
        },
    };
    match by {
        Err(_) if relay.is_none() && asks(machine, server) => Ok(By::Input),
        by => by,
    }
}

/// The way of a file that is the user's own.
fn own(machine: &Machine, server: &Server, row: &Carrier, in_url: bool) -> Result<By, String> {
    let several = machine.files[server.file.0].has_several_readers();
    match if in_url { row.url } else { row.header } {
        // Its other readers know nothing of it.
        Way::Helper if !several => {
            let spelling = &machine.files[server.file.0].row.spelling;
            match member(machine, server, spelling.helper) {
                Some((name, _)) => Err(format!("This entry has a \"{name}\" of its own.")),
                // The relay is told the URL, and gives nothing to another.
                None => reachable(machine, server).map(|()| By::Helper),
            }
        }
        Way::Relay | Way::Helper => relayed(machine, server).map(|()| By::Relay),
        Way::None(why) => Err(why.to_owned()),
        Way::Input | Way::Own => Err("This file is for the client's own references.".to_owned()),
    }
}

/// Whether a key may be sent where the URL leads; else why not, as full sentences.
pub fn reachable(machine: &Machine, server: &Server) -> Result<(), String> {
    let Transport::Http { url, .. } = &server.transport else { unreachable!("the caller looked") };
    let is_near = |url: &Url| match url.host() {
        Some(url::Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    if let Some(text) = filled_in(&machine.files[server.file.0], Spot::Url, &url.value) {
        let client = server.client.name;
        return Err(format!("{client} puts something in for {}, which only {client} can do.", line(text)));
    }
    match Url::parse(url.value.trim()) {
        Ok(parsed) if parsed.scheme() == "https" || parsed.scheme() == "http" && is_near(&parsed) => Ok(()),
        Ok(parsed) if parsed.scheme() == "http" => Err("The way to this server is not encrypted, and a key must not \
                                                        take it: change its URL to https first."
            .to_owned()),
        _ => Err("Warder's relay speaks to https URLs only.".to_owned()),
    }
}

/// Whether the relay can send what the entry says; else why not, as a full sentence.
pub fn sendable(machine: &Machine, server: &Server) -> Result<(), String> {
    reachable(machine, server)?;
    let Transport::Http { headers, .. } = &server.transport else { unreachable!("the caller looked") };
    let mut names = HashSet::new();
    let mut is_unfit = |header: &&Pair| {
        let (name, value) = (header.name.to_ascii_lowercase(), &header.value.value);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        name.is_empty()
            || !name.chars().all(plain)
            || value.contains(|c: char| c.is_control() && c != '\t')
            || FRAMING.contains(&name.as_str())
            || !names.insert(name)
    };
    if let Some(header) = headers.iter().find(|header| is_unfit(header)) {
        return Err(format!("The header {} is not one that Warder's relay can send.", line(&header.name)));
    }
    let file = &machine.files[server.file.0];
    if let Some(text) = headers.iter().find_map(|header| filled_in(file, Spot::Headers, &header.value.value)) {
        let client = server.client.name;
        return Err(format!("{client} puts something in for {}, which only {client} can do.", line(text)));
    }
    Ok(())
}

/// Whether the relay can stand in for the client; else why not.
fn relayed(machine: &Machine, server: &Server) -> Result<(), String> {
    sendable(machine, server)?;
    let kind = member(machine, server, KINDS);
    if kind.and_then(|(_, node)| node.as_str()) == Some("ws") {
        return Err("Warder's relay does not speak over web sockets.".to_owned());
    }
    if let Some((name, _)) = REMOTE_ONLY.iter().find_map(|name| member(machine, server, &[name]).filter(counts)) {
        return Err(format!(
            "This entry has \"{name}\", which only {} can do: a program in its place could not.",
            server.client.name
        ));
    }
    if !server.env.is_empty() {
        return Err("This entry sets variables, which a program in its place would be given.".to_owned());
    }
    Ok(())
}

/// `oauth: false` asks for nothing.
fn counts((_, node): &(&str, &Node)) -> bool {
    !matches!(node.value, Value::Null | Value::Bool(false))
}

/// A member of the entry, or of what its URL stands in.
fn member<'a>(machine: &'a Machine, server: &Server, names: &[&'static str]) -> Option<(&'static str, &'a Node)> {
    let document = machine.document(server.file)?;
    let url = if let Transport::Http { url, .. } = &server.transport { Some(holder(&url.at)) } else { None };
    let nodes = [url, Some(server.at.clone())].into_iter().flatten().filter_map(|at| document.get(&at));
    nodes.into_iter().find_map(|node| names.iter().find_map(|name| Some((*name, node.member(name)?))))
}

/// What a member stands in.
fn holder(at: &KeyPath) -> KeyPath {
    KeyPath(at.0[..at.0.len().saturating_sub(1)].to_vec())
}

/// What the client itself would put into a text, where it stands or as an argument.
pub fn filled_in<'a>(file: &FoundFile, spot: Spot, text: &'a str) -> Option<&'a str> {
    let dialect = &file.row.expands;
    let found = match file.has_several_readers() {
        true => all(text),
        false => [dialect.references(spot, text), dialect.references(Spot::Args, text)].concat(),
    };
    let dollar = [spot, Spot::Args].iter().any(|spot| dialect.takes(*spot, Form::Dollar)) && text.contains('$');
    found.first().map(|one| &text[one.range.clone()]).or(dollar.then_some("$"))
}

/// Whether the client can ask for a key in this file.
fn asks(machine: &Machine, server: &Server) -> bool {
    let file = &machine.files[server.file.0];
    let takes = |spot| file.row.expands.takes(spot, Form::Input);
    file.readers.iter().all(|reader| carrier(reader).shared == Way::Input)
        && takes(Spot::Headers)
        && takes(Spot::Url)
        && inputs(machine, server).is_some()
}

/// Where the list of inputs stands or would stand, and what is in it.
pub fn inputs<'a>(machine: &'a Machine, server: &Server) -> Option<(KeyPath, Option<&'a Node>)> {
    let (last, way) = machine.files[server.file.0].row.inputs.split_last()?;
    let beside = way.iter().fold(KeyPath::default(), |at, step| at.name(*step));
    // The older `mcp.servers` has no list beside it.
    if server.at.0[..server.at.0.len() - 1] != beside.name("servers").0 {
        return None;
    }
    let at = beside.name(*last);
    let node = machine.document(server.file)?.get(&at);
    node.is_none_or(|node| matches!(node.value, Value::Array(_))).then_some((at, node))
}

/// The entry as one that starts `program`, instead of the one with a URL.
pub fn into_program(machine: &Machine, server: &Server, program: &str, args: &[String]) -> Vec<Patch> {
    let Transport::Http { url, .. } = &server.transport else { return Vec::new() };
    let spelling: &Spelling = &machine.files[server.file.0].row.spelling;
    let Some(document) = machine.document(server.file) else { return Vec::new() };
    let within = holder(&url.at);
    let places = if within == server.at { vec![within.clone()] } else { vec![within.clone(), server.at.clone()] };
    let mut patches = Vec::new();
    let mut typed = false;
    for at in &places {
        let Some(node) = document.get(at) else { continue };
        for name in spelling.url.iter().chain(spelling.headers).chain(REMOTE_ONLY) {
            patches.extend(node.member(name).map(|_| Patch::Remove(at.name(*name))));
        }
        for name in KINDS.iter().filter(|name| node.member(name).is_some_and(|kind| kind.as_str().is_some())) {
            typed = true;
            patches.push(match carrier(server.client).typed {
                Typed::Gone => Patch::Remove(at.name(*name)),
                Typed::Kept(kind) | Typed::Always(kind) => Patch::Set(at.name(*name), json!(kind)),
            });
        }
    }
    if let Typed::Always(kind) = carrier(server.client).typed
        && !typed
    {
        patches.push(Patch::Set(server.at.name("type"), json!(kind)));
    }
    let command = within.name(spelling.command[0]);
    match spelling.words {
        Words::Whole => {
            let words: Vec<&str> = std::iter::once(program).chain(args.iter().map(String::as_str)).collect();
            patches.push(Patch::Set(command, json!(words)));
        }
        _ => {
            patches.push(Patch::Set(command, json!(program)));
            patches.push(Patch::Set(within.name(spelling.args[0]), json!(args)));
        }
    }
    patches
}
