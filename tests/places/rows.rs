//! Where a key stands in an entry, what it looks like, and which of both go together.

use std::collections::BTreeMap;
use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use warder_audit::clients::{self, Client, ConfigFile};
use warder_audit::dialect::Spot;

use crate::shapes::{Entry, Shape};

/// In every key, so that one search finds any of them.
pub(crate) const MARK: &str = "q7Zk2Vx9Lm4T";

/// Where a key stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    Env,
    EnvFile,
    /// `--api-key V`
    Flag,
    /// `--api-key=V`
    FlagEquals,
    /// `--header 'Authorization: Bearer V'`
    HeaderWord,
    /// `--config '{"apiKey": "V"}'`
    JsonWord,
    /// `postgresql://app:V@…`
    UrlWord,
    /// `docker run -e API_KEY=V`
    Docker,
    /// `Authorization: Bearer V` of a server elsewhere.
    Bearer {
        sse: bool,
    },
    /// `X-Api-Key: V`
    Header {
        sse: bool,
    },
    /// `?api_key=V`
    Query {
        sse: bool,
    },
    /// `http://ana:V@…`
    Userinfo,
}

use Place::*;

pub(crate) const PLACES: &[Place] = &[
    Env,
    EnvFile,
    Flag,
    FlagEquals,
    HeaderWord,
    JsonWord,
    UrlWord,
    Docker,
    Bearer { sse: false },
    Bearer { sse: true },
    Header { sse: false },
    Header { sse: true },
    Query { sse: false },
    Query { sse: true },
    Userinfo,
];

/// What a key looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Look {
    Plain,
    Dollar,
    Braces,
    Percent,
    Quotes,
    Lines,
    Letters,
    Blanks,
    /// 2,500 bytes.
    Long,
}

pub(crate) const LOOKS: &[Look] = &[
    Look::Plain,
    Look::Dollar,
    Look::Braces,
    Look::Percent,
    Look::Quotes,
    Look::Lines,
    Look::Letters,
    Look::Blanks,
    Look::Long,
];

impl Look {
    /// The `nth` key that looks like this.
    pub(crate) fn value(self, nth: usize) -> String {
        let key = format!("{MARK}{}", letters(nth, 24));
        match self {
            Look::Plain => key,
            Look::Dollar => format!("{key}$x$$1"),
            // Its form says that it is a key, though it holds what may be a reference.
            Look::Braces => format!("ghp_{key}-${{HOME}}"),
            Look::Percent => format!("{key}%PATH%"),
            Look::Quotes => format!("{key}\"'`\\n\\"),
            Look::Lines => format!("{key}\n\tz8{key}"),
            Look::Letters => format!("{key}üß😀"),
            Look::Blanks => format!("  {key} "),
            Look::Long => format!("{key}{}", letters(nth, 2500 - key.len())),
        }
    }
}

/// Letters and digits without a pattern, other ones for each `seed`.
fn letters(seed: usize, count: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = (seed as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        LETTERS[usize::try_from(state >> 33).unwrap() % LETTERS.len()] as char
    };
    (0..count).map(|_| next()).collect()
}

/// One entry of the table.
pub(crate) struct Row {
    pub(crate) shape: &'static Shape,
    pub(crate) place: Place,
    pub(crate) look: Look,
    pub(crate) value: String,
    /// Of the entry in its file.
    pub(crate) name: String,
    pub(crate) entry: Entry,
}

/// What the entries start and where they are.
pub(crate) struct Ground<'a> {
    pub(crate) home: &'a Path,
    /// `echo.mjs`
    pub(crate) server: &'a str,
    /// `127.0.0.1:PORT` of the same over HTTP.
    pub(crate) host: &'a str,
}

impl Shape {
    pub(crate) fn client(&self) -> (&'static Client, &'static ConfigFile) {
        clients::named(self.client, Path::new(&format!("/home/ana/{}", self.path))).unwrap()
    }

    /// Whether its entries have such a place.
    pub(crate) fn has(&self, place: Place) -> bool {
        match place {
            EnvFile => !self.style.env_file.is_empty(),
            Bearer { sse: true } | Header { sse: true } | Query { sse: true } => self.style.sse.is_some(),
            Bearer { .. } | Header { .. } | Query { .. } | Userinfo => self.style.http.is_some(),
            _ => true,
        }
    }
}

impl Row {
    /// The `nth` entry. `None`: this client, or anybody, cannot carry such a value there.
    pub(crate) fn new(shape: &'static Shape, place: Place, look: Look, nth: usize, ground: &Ground) -> Option<Row> {
        let value = look.value(nth);
        if !place.carries(&value) {
            return None;
        }
        let entry = entry(place, &value, nth, ground);
        let (_, file) = shape.client();
        let texts = texts(&entry);
        // The client would put something else in, or (where a row says that this is not known) may.
        if texts.iter().any(|(spot, text)| !file.expands.references(*spot, text).is_empty()) {
            return None;
        }
        // Where a client makes slashes of backslashes, no text can hold what JSON escapes.
        if file.slashes && texts.iter().any(|(_, text)| json!(text).to_string().contains('\\')) {
            return None;
        }
        Some(Row { shape, place, look, value, name: format!("{}-{nth}", place.name()), entry })
    }
}

impl Place {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Env => "env",
            EnvFile => "env-file",
            Flag => "flag",
            FlagEquals => "flag-equals",
            HeaderWord => "header-word",
            JsonWord => "json-word",
            UrlWord => "url-word",
            Docker => "docker",
            Bearer { sse: false } => "bearer-http",
            Bearer { sse: true } => "bearer-sse",
            Header { sse: false } => "header-http",
            Header { sse: true } => "header-sse",
            Query { sse: false } => "query-http",
            Query { sse: true } => "query-sse",
            Userinfo => "userinfo",
        }
    }

    /// The rule that finds a key here.
    pub(crate) fn rule(self) -> &'static str {
        match self {
            Env | EnvFile => "secret-in-env",
            Flag | FlagEquals | HeaderWord | JsonWord | Docker => "secret-in-args",
            Bearer { .. } | Header { .. } => "secret-in-header",
            UrlWord | Query { .. } | Userinfo => "secret-in-url",
        }
    }

    /// The server reads it from its arguments and nowhere else, so there it stays.
    pub(crate) fn is_argument(self) -> bool {
        matches!(self, Flag | FlagEquals | HeaderWord | JsonWord | UrlWord)
    }

    /// Whether such a value can stand here at all, whatever the client.
    pub(crate) fn carries(self, value: &str) -> bool {
        match self {
            // What HTTP takes in a field.
            Bearer { .. } | Header { .. } | HeaderWord => value.bytes().all(|byte| byte.is_ascii_graphic()),
            // What every reader of such files takes for the same value; Warder moves no other.
            EnvFile => value.bytes().all(|byte| byte.is_ascii_alphanumeric()),
            _ => true,
        }
    }
}

fn entry(place: Place, value: &str, nth: usize, ground: &Ground) -> Entry {
    let local = |words: &[&str]| Entry::Local {
        words: ["node", ground.server].iter().chain(words).map(|word| (*word).to_owned()).collect(),
        env: BTreeMap::new(),
        env_file: None,
    };
    let encoded = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let remote = |user: &str, query: &str, header: Option<(&str, String)>| {
        let sse = matches!(place, Bearer { sse: true } | Header { sse: true } | Query { sse: true });
        let path = if sse { "sse" } else { "mcp" };
        let headers = header.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
        Entry::Remote { sse, url: format!("http://{user}{}/{path}?n={nth}{query}", ground.host), headers, helper: None }
    };
    match place {
        Env => match local(&[]) {
            Entry::Local { words, env_file, .. } => {
                let env =
                    BTreeMap::from([("API_KEY".to_owned(), value.to_owned()), ("MODE".to_owned(), "plain".to_owned())]);
                Entry::Local { words, env, env_file }
            }
            remote => remote,
        },
        EnvFile => match local(&[]) {
            Entry::Local { words, env, .. } => {
                let file = ground.home.join(format!("variables-{nth}.env"));
                Entry::Local { words, env, env_file: Some(file.to_string_lossy().into_owned()) }
            }
            remote => remote,
        },
        Flag => local(&["--verbose", "--api-key", value]),
        FlagEquals => local(&[&format!("--api-key={value}"), "--verbose"]),
        HeaderWord => local(&["--header", &format!("Authorization: Bearer {value}")]),
        JsonWord => local(&["--config", &format!("{{\"mode\": \"fast\", \"apiKey\": {}}}", json!(value))]),
        UrlWord => local(&[&format!("postgresql://app:{encoded}@db.example.com/app")]),
        Docker => {
            let words = ["docker", "run", "-i", "--rm", "-e", &format!("API_KEY={value}"), "example/echo:1.0.0", "--x"];
            Entry::Local { words: words.map(str::to_owned).to_vec(), env: BTreeMap::new(), env_file: None }
        }
        Bearer { .. } => remote("", "", Some(("Authorization", format!("Bearer {value}")))),
        Header { .. } => remote("", "", Some(("X-Api-Key", value.to_owned()))),
        Query { .. } => remote("", &format!("&api_key={encoded}"), None),
        Userinfo => remote(&format!("ana:{encoded}@"), "", None),
    }
}

/// Every text of an entry that its client may put something into.
fn texts(entry: &Entry) -> Vec<(Spot, &str)> {
    match entry {
        Entry::Local { words, env, .. } => {
            let words = words[1..].iter().map(|word| (Spot::Args, word.as_str()));
            words.chain(env.values().map(|value| (Spot::Env, value.as_str()))).collect()
        }
        Entry::Remote { url, headers, .. } => {
            let headers = headers.values().map(|value| (Spot::Headers, value.as_str()));
            headers.chain([(Spot::Url, url.as_str())]).collect()
        }
    }
}
