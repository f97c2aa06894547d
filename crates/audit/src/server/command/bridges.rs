//! Programs that put another server behind themselves: bridges to a URL, and
//! runners that start a second package (client-formats §20.5).

use super::options::Table;
use super::words::{Word, simple_command};
use super::{Payload, nested};
use crate::clients::Os;

/// What a bridge or runner is told to reach.
pub(super) enum Behind {
    /// The word, and the URL in it.
    Url(usize, String),
    /// The package or server it starts, as it names it.
    Inner(String),
}

/// What the package or program `name` puts behind itself, given `words`.
pub(super) fn read(name: &str, words: &[Word], os: Os) -> Option<Behind> {
    match name {
        "mcp-remote" | "@geelen/mcp-remote" | "mcp-remote-client" => url(words.get(remote(words))?),
        "supergateway" => gateway(words, os),
        "mcp-proxy" => proxy(words, os),
        "@smithery/cli" | "smithery" => smithery(words),
        _ => None,
    }
}

/// `geelen/mcp-remote`, lib/utils.ts: headers may stand anywhere; without
/// them the URL comes first.
fn remote(words: &[Word]) -> usize {
    let mut at = 0;
    while words.get(at).is_some_and(|word| word.text == "--header") {
        at += 2;
    }
    at
}

/// `--sse URL`, `--streamableHttp URL`, or `--stdio 'line'`.
fn gateway(words: &[Word], os: Os) -> Option<Behind> {
    let value = |flag: &str| {
        words.iter().enumerate().find_map(|(at, word)| match word.split('=') {
            Some((name, value)) if name.text == flag => Some(value),
            _ if word.text == flag => words.get(at + 1).cloned(),
            _ => None,
        })
    };
    match value("--sse").or_else(|| value("--streamableHttp")) {
        Some(found) => url(&found),
        None => inner(simple_command(&value("--stdio")?)?, os),
    }
}

/// `mcp-proxy [opts] URL|command [-- args]`.
fn proxy(words: &[Word], os: Os) -> Option<Behind> {
    const OPTIONS: Table = Table {
        switches: "--pass-environment --no-pass-environment --debug --no-debug --stateless \
            --no-stateless --no-verify-ssl --verify-ssl",
        values: "--named-server-config --client-id --client-secret --token-url --transport \
            --cwd --port --host --sse-port --sse-host --allow-origin --expose-header \
            --log-level --server --endpoint --streamEndpoint --sseEndpoint --apiKey",
        pairs: "-H --headers -e --env --named-server",
    };
    let scan = OPTIONS.scan(words, 0);
    let target = words.get(scan.next)?;
    url(target).or_else(|| {
        let mut line = words.get(scan.next..).filter(|_| scan.unknown.is_none())?.to_vec();
        if line.get(1).is_some_and(|word| word.text == "--") {
            line.remove(1);
        }
        inner(line, os)
    })
}

/// `@smithery/cli run NAME --key K --profile P --config JSON`.
fn smithery(words: &[Word]) -> Option<Behind> {
    const OPTIONS: Table = Table {
        switches: "-y --yes --verbose --debug --no-open --playground",
        values: "--key -k --profile --config -c --client -p --port",
        pairs: "",
    };
    let verb = OPTIONS.scan(words, 0).next;
    if words.get(verb)?.text != "run" {
        return None;
    }
    let name = words.get(OPTIONS.scan(words, verb + 1).next)?;
    Some(Behind::Inner(name.text.clone()))
}

fn url(word: &Word) -> Option<Behind> {
    let sound = has_scheme(&word.text) || word.text.starts_with(['$', '{']);
    sound.then(|| Behind::Url(word.at, word.text.clone()))
}

/// The package that a second launch line fetches.
fn inner(line: Vec<Word>, os: Os) -> Option<Behind> {
    match nested(line, os).payload {
        Payload::Package(package) => Some(Behind::Inner(package.name)),
        _ => None,
    }
}

fn has_scheme(text: &str) -> bool {
    text.split_once("://")
        .is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https" | "ws" | "wss") && !rest.is_empty())
}
