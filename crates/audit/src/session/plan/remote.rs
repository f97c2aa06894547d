//! Keys that a server elsewhere is told: out of its entry, into the keychain
//! or into its client's own store.

use std::collections::BTreeMap;

use serde_json::json;
use warder_launch::command::{Approved, Token, is_loader, seal_inherited};
use warder_launch::profile::{Profile, ProfileId, Remote, Run};
use warder_launch::stderr::typed;
use warder_launch::vault::{Handle, REFERENCE, Secret};
use warder_launch::wrap::Wrapped;

use super::{Drawn, Held, Plan, Ready, by_hand, own_program};
use crate::api::{Code, Failure};
use crate::clients::Os;
use crate::dialect::Spot;
use crate::document::{KeyPath, Node, Patch};
use crate::env::Env;
use crate::finding::{By, Said, ServerIndex};
use crate::machine::{FoundFile, Machine};
use crate::redact::{Known, line};
use crate::report::Judged;
use crate::rules::credentials::literals::without;
use crate::rules::credentials::secret_in_header::variable;
use crate::server::{Pair, Relay, Server, Text, Transport};
use crate::session::entry::holds;
use crate::session::failures::refused;
use crate::writing::carriers::{filled_in, inputs, into_program, kinds};

/// An entry with a URL.
pub(super) struct Elsewhere<'a> {
    machine: &'a Machine,
    env: &'a Env,
    file: &'a FoundFile,
    server: &'a Server,
    index: ServerIndex,
    url: &'a Text,
    sse: bool,
    headers: &'a [Pair],
    relay: Option<&'a Relay>,
    held: Held<'a>,
    known: &'a Known,
}

/// What the server is to be told, without its keys.
struct Keyless {
    url: String,
    headers: Vec<(String, String)>,
    /// The keys of before that are still named, then the new ones.
    inside: Vec<Handle>,
    stash: Vec<(Handle, Secret)>,
}

impl<'a> Elsewhere<'a> {
    /// `None`: the entry has no URL. Refuses one whose profile cannot be read.
    pub(super) fn of(judged: &'a Judged, index: ServerIndex, held: Held<'a>) -> Result<Option<Elsewhere<'a>>, Failure> {
        let (machine, known) = (&judged.machine, &judged.known);
        let server = &machine.servers[index.0];
        let Transport::Http { url, sse, headers, relay } = &server.transport else { return Ok(None) };
        if relay.is_some() && server.profile().is_none() {
            return Err(refused("this entry's profile cannot be read, so Warder does not touch it".to_owned()));
        }
        // A fix must not be the yes that its keys may go elsewhere.
        let approved = server.profile().and_then(|profile| profile.remote.as_ref());
        if relay.is_some() && approved.is_some_and(|approved| origin(&approved.url) != origin(&url.value)) {
            return Err(Failure {
                hint: Some(format!(
                    "If that was you, look at it and approve it first: warder approve {}",
                    line(&typed(&server.name))
                )),
                ..refused("this entry names another server than the one that was approved".to_owned())
            });
        }
        let (env, file) = (&machine.env, &machine.files[server.file.0]);
        Ok(Some(Elsewhere {
            machine,
            env,
            file,
            server,
            index,
            url,
            sse: *sse,
            headers,
            relay: relay.as_ref(),
            held,
            known,
        }))
    }

    /// The keys of the entry out of the file: that at `at`, and with the relay all others.
    pub(super) fn keychain(&self, at: &KeyPath, by: &By, drawn: Drawn) -> Result<Plan, Failure> {
        match by {
            By::Input => self.input(at),
            By::Relay => self.relayed(drawn),
            By::Helper => self.asked(drawn),
            _ => Err(by_hand()),
        }
    }

    /// The client asks for the key.
    fn input(&self, at: &KeyPath) -> Result<Plan, Failure> {
        let (list, items) = inputs(self.machine, self.server).ok_or_else(by_hand)?;
        let header = self.headers.iter().find(|header| header.value.at == *at);
        let (name, text) = match header {
            Some(header) => (header.name.as_str(), &header.value.value),
            None if self.url.at == *at => ("", &self.url.value),
            None => return Err(by_hand()),
        };
        let items = items.map_or(&[][..], Node::items);
        let wanted = variable(&self.server.name, name);
        let label = wanted.to_lowercase().replace('_', "-");
        let document = self.machine.document(self.server.file).ok_or_else(by_hand)?;
        let is_free = |id: &String| {
            let has = |item: &Node| item.member("id").and_then(Node::as_str) == Some(id);
            !items.iter().any(has) && !document.text.contains(&format!("${{input:{id}}}"))
        };
        let mut ids: Vec<(String, String)> = Vec::new();
        let mut count = 1;
        let written = without(name, text, |key| {
            let known = ids.iter().find(|(_, known)| known == key).map(|(id, _)| id.clone());
            let id = known.unwrap_or_else(|| {
                loop {
                    let id = if count == 1 { label.clone() } else { format!("{label}-{count}") };
                    count += 1;
                    if is_free(&id) && ids.iter().all(|(other, _)| *other != id) {
                        ids.push((id.clone(), key.to_owned()));
                        break id;
                    }
                }
            });
            format!("${{input:{id}}}")
        });
        if ids.is_empty() {
            return Err(refused("there is no plain key any more".to_owned()));
        }
        let ids: Vec<String> = ids.into_iter().map(|(id, _)| id).collect();
        let server = line(&self.server.name);
        let item = |id: &String| {
            json!({
                "type": "promptString",
                "id": id,
                "description": format!("Key of {server}"),
                "password": true,
            })
        };
        let mut patches = vec![Patch::Set(at.clone(), json!(written))];
        match items.len() {
            0 => patches.push(Patch::Set(list, json!(ids.iter().map(item).collect::<Vec<_>>()))),
            many => {
                patches.extend(ids.iter().enumerate().map(|(more, id)| Patch::Set(list.index(many + more), item(id))))
            }
        }
        let client = self.server.client.name;
        let shared = if self.file.shared.is_some() {
            "Others may have this file and the key in it: replace the key at its provider first, and give the client \
             the new one."
        } else {
            "The key has stood here in plain text: replace it at its provider first, and give the client the new one."
        };
        let said = Said {
            title: format!("Let {client} ask for the key of {server}"),
            past: format!("Let {client} ask for the key of {server}"),
            summary: format!("{client} will ask for the key once, when {server} starts next, and keep it encrypted."),
            notes: vec![
                shared.to_owned(),
                "Have the key at hand: Warder takes it out of the file and does not show \
                                           it. Undo brings it back."
                    .to_owned(),
            ],
        };
        Ok(Plan::said(self.server.file, Some(self.index), &said, patches))
    }

    /// The entry starts the relay.
    fn relayed(&self, drawn: Drawn) -> Result<Plan, Failure> {
        let keyless = self.keyless(|_| true, drawn)?;
        let said = self.said(&keyless, |name, client, key| {
            format!("{client} will reach {name} through Warder's relay on this computer, which adds {key}.")
        });
        let mut plan = self.through(keyless, &said, drawn)?;
        plan.notes.push("A sign-in of the service itself (OAuth) does not pass through the relay.".to_owned());
        Ok(plan)
    }

    /// An entry that starts the relay, with this URL and these headers.
    fn through(&self, keyless: Keyless, said: &Said, drawn: Drawn) -> Result<Plan, Failure> {
        let relay = own_program(self.env, self.file, &self.env.state().relay())?;
        let (id, patches);
        let words = words(&keyless.url, self.sse, &keyless.headers);
        let wrapped =
            |id: &ProfileId| Wrapped { profile: id.clone(), program: words[0].clone(), args: words[1..].to_vec() };
        let program;
        match self.relay {
            Some(Relay::Started(command)) => {
                id = self.server.profile_id().ok_or_else(by_hand)?.clone();
                program = command.program.value.clone();
                patches = command.rewrite(&program, &wrapped(&id).arguments());
            }
            Some(Relay::Asked { .. }) => return Err(by_hand()),
            None => {
                id = ProfileId::new(&self.server.name, drawn.profile);
                program = relay;
                patches = into_program(self.machine, self.server, &program, &wrapped(&id).arguments());
            }
        }
        let line = Some((program, wrapped(&id).arguments()));
        self.plan(keyless, id, said, patches, line)
    }

    /// The client asks the relay for the headers that hold keys.
    fn asked(&self, drawn: Drawn) -> Result<Plan, Failure> {
        let helper = self.file.row.spelling.helper.first().ok_or_else(by_hand)?;
        let is_keyed = |header: &Pair| {
            let mut any = false;
            without(&header.name, &header.value.value, |_| {
                any = true;
                REFERENCE.to_owned()
            });
            any
        };
        let keyed: Vec<&Pair> = self.headers.iter().filter(|header| is_keyed(header)).collect();
        let Some(first) = keyed.first() else { return Err(refused("there is no plain key any more".to_owned())) };
        let mut keyless = self.keyless(|header| keyed.iter().any(|keyed| keyed.name == header.name), drawn)?;
        // The relay is no client: what it gives is sent as it is.
        let mut values = keyless.headers.iter().map(|(_, value)| value);
        if let Some(text) = values.find_map(|value| filled_in(self.file, Spot::Headers, value)) {
            let client = self.server.client.name;
            return Err(refused(format!("{client} puts something in for {}, which only {client} can do", line(text))));
        }
        let said = self.said(&keyless, |name, client, key| {
            format!("{client} will ask Warder for {key} each time it connects to {name}; the rest stays as it is.")
        });
        let mut patches: Vec<Patch> = if keyed.len() == self.headers.len() {
            let headers = KeyPath(first.value.at.0[..first.value.at.0.len() - 1].to_vec());
            vec![Patch::Remove(headers)]
        } else {
            keyed.iter().map(|header| Patch::Remove(header.value.at.clone())).collect()
        };
        let id = match self.relay {
            Some(_) => {
                let profile = self.server.profile().ok_or_else(by_hand)?;
                // What it gives already, it goes on giving.
                let remote = profile.remote.iter().flat_map(|remote| &remote.headers);
                let given: Vec<(String, String)> = remote
                    .filter(|(name, _)| !keyless.headers.iter().any(|(new, _)| new == *name))
                    .map(|(name, value)| (name.clone(), value.clone()))
                    .collect();
                keyless.headers.extend(given);
                keyless.inside.splice(..0, profile.inside.iter().cloned());
                profile.id.clone()
            }
            None => {
                let id = ProfileId::new(&self.server.name, drawn.profile);
                let relay = own_program(self.env, self.file, &self.env.state().relay())?;
                let asks = format!("{} headers --profile {}", quoted(self.env.os, &relay)?, id.as_str());
                patches.push(Patch::Set(self.server.at.name(*helper), json!(asks)));
                id
            }
        };
        self.plan(keyless, id, &said, patches, None)
    }

    /// Other texts of an entry that comes to its server through our relay: the
    /// profile follows. `None`: it does not, and the texts are its own.
    pub(super) fn texts(
        &self,
        texts: &[(KeyPath, Option<String>)],
        said: &Said,
        drawn: Drawn,
    ) -> Result<Option<Plan>, Failure> {
        let Some(relay) = self.relay else { return Ok(None) };
        let new = |text: &Text| match texts.iter().find(|(at, _)| *at == text.at) {
            Some((_, new)) => new.clone(),
            None => Some(text.value.clone()),
        };
        let url = new(self.url).ok_or_else(by_hand)?;
        let headers = self.headers.iter().filter_map(|header| Some((header.name.clone(), new(&header.value)?)));
        let profile = self.server.profile().ok_or_else(by_hand)?;
        let mut keyless =
            Keyless { url, headers: headers.collect(), inside: profile.inside.clone(), stash: Vec::new() };
        match relay {
            Relay::Started(_) => {
                keyless.forget();
                self.through(keyless, said, drawn).map(Some)
            }
            Relay::Asked { .. } => {
                let given = profile.remote.as_ref().map(|remote| &remote.headers).into_iter().flatten();
                keyless.headers = given.map(|(name, value)| (name.clone(), value.clone())).collect();
                let patches = super::texts::patches(texts);
                self.plan(keyless, profile.id.clone(), said, patches, None).map(Some)
            }
        }
    }

    /// The URL and the headers that are `wanted` without their keys; the same value is one item.
    fn keyless(&self, wanted: impl Fn(&Pair) -> bool, drawn: Drawn) -> Result<Keyless, Failure> {
        let known = self.server.profile().map_or(&[][..], |profile| &profile.inside);
        let mut keyless =
            Keyless { url: String::new(), headers: Vec::new(), inside: known.to_vec(), stash: Vec::new() };
        keyless.url = self.take(&mut keyless, "", &self.url.value, drawn);
        for header in self.headers.iter().filter(|header| wanted(header)) {
            let value = self.take(&mut keyless, &header.name, &header.value.value, drawn);
            keyless.headers.push((header.name.clone(), value));
        }
        if keyless.stash.is_empty() {
            return Err(refused("there is no plain key any more".to_owned()));
        }
        if origin(&keyless.url) != origin(&self.url.value) {
            return Err(refused("the key is a part of the name of the server".to_owned()));
        }
        keyless.forget();
        Ok(keyless)
    }

    /// A text with references to keychain items in the place of its keys; `name`: the header's, of the URL none.
    fn take(&self, keyless: &mut Keyless, name: &str, text: &str, drawn: Drawn) -> String {
        without(name, text, |key| {
            let known = keyless.stash.iter().find(|(_, secret)| secret.expose() == key);
            if let Some((handle, _)) = known {
                return handle.reference();
            }
            let secret = Secret::new(key);
            // Each of one fix another one, the same for its preview and its application.
            let random = u128::from_be_bytes(drawn.key).wrapping_add(keyless.stash.len() as u128);
            let new = || Handle::new(&variable(&self.server.name, name), random.to_be_bytes());
            let handle = (self.held)(&secret).unwrap_or_else(new);
            let reference = handle.reference();
            if !keyless.inside.contains(&handle) {
                keyless.inside.push(handle.clone());
            }
            keyless.stash.push((handle, secret));
            reference
        })
    }

    fn said(&self, keyless: &Keyless, summary: impl Fn(&str, &str, &str) -> String) -> Said {
        let name = line(&self.server.name);
        let (keys, key) = match keyless.stash.len() {
            1 => ("the key".to_owned(), "the key"),
            many => (format!("{many} keys"), "the keys"),
        };
        Said {
            title: format!("Move {keys} of {name} to the keychain"),
            past: format!("Moved {keys} of {name} to the keychain"),
            summary: summary(&name, self.server.client.name, key),
            notes: vec!["The key has stood here in plain text: replace it at its provider as well.".to_owned()],
        }
    }

    /// `line`: what the client starts, if it starts the relay.
    fn plan(
        &self,
        keyless: Keyless,
        id: ProfileId,
        said: &Said,
        patches: Vec<Patch>,
        line: Option<(String, Vec<String>)>,
    ) -> Result<Plan, Failure> {
        let Keyless { url, headers, inside, stash } = keyless;
        let texts = headers.iter().map(|(_, value)| value).chain([&url]);
        let is_foreign = |text: &String| {
            let rest = inside.iter().fold(text.clone(), |text, handle| text.replace(&handle.reference(), ""));
            rest.contains(REFERENCE)
        };
        if texts.clone().any(|text| holds(self.known, text)) {
            return Err(Failure {
                hint: Some("Take what is a key elsewhere out of its address and its headers first.".to_owned()),
                ..refused("the profile of this entry would hold a key in plain text".to_owned())
            });
        }
        if texts.into_iter().any(is_foreign) {
            return Err(Failure {
                code: Code::Refused,
                message: "this entry refers to a key that it was not given".to_owned(),
                hint: Some("Write the key in its place, and try again.".to_owned()),
            });
        }
        let argv = words(&url, self.sse, &headers).into_iter().map(Token::Text).collect();
        let before = self.server.profile().and_then(|profile| profile.remote.as_ref());
        let kinds = match (self.relay, before) {
            (Some(_), Some(before)) => before.kinds.clone(),
            (None, _) if line.is_some() => kinds(self.machine, self.server),
            _ => BTreeMap::new(),
        };
        let loader = |(name, value): (&String, &String)| {
            is_loader(name).then(|| (name.clone(), seal_inherited(&id, name, value)))
        };
        let profile = Profile {
            schema: 1,
            server: self.server.name.clone(),
            client: self.server.client.id.to_owned(),
            approved: Approved {
                argv,
                env: BTreeMap::new(),
                varies: Vec::new(),
                cwd: None,
                inherited: self.env.vars.iter().filter_map(loader).collect(),
            },
            run: Run { program: self.env.state().relay(), args: Vec::new(), cwd: None, env: BTreeMap::new() },
            secrets: BTreeMap::new(),
            inside,
            remote: Some(Remote { url, sse: self.sse, headers: headers.into_iter().collect(), kinds }),
            sandbox: None,
            package: None,
            id,
        };
        let ready = Some(Box::new(Ready { profile, line }));
        Ok(Plan { stash, ready, ..Plan::said(self.server.file, Some(self.index), said, patches) })
    }
}

impl Keyless {
    /// Keys that nothing names any more are no concern of the profile's.
    fn forget(&mut self) {
        let Keyless { url, headers, inside, .. } = self;
        inside.retain(|handle| {
            let reference = handle.reference();
            url.contains(&reference) || headers.iter().any(|(_, value)| value.contains(&reference))
        });
    }
}

/// What stands behind `--`: the URL, and how the server is spoken to.
pub(in crate::session) fn words(url: &str, sse: bool, headers: &[(String, String)]) -> Vec<String> {
    let mut words = vec![url.to_owned()];
    words.extend(sse.then(|| "--sse".to_owned()));
    for (name, value) in headers {
        words.extend(["--header".to_owned(), format!("{name}: {value}")]);
    }
    words
}

/// Scheme, host and port; `None` for what is no URL.
pub(in crate::session) fn origin(url: &str) -> Option<url::Origin> {
    Some(url::Url::parse(url.trim()).ok()?.origin()).filter(url::Origin::is_tuple)
}

/// A path as a word of a shell line; on Windows of `cmd` as of Git's bash, which
/// takes a bare backslash away.
fn quoted(os: Os, path: &str) -> Result<String, Failure> {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@,".contains(c);
    match os {
        Os::Windows if !path.contains(['"', '%', '`', '!']) => Ok(format!("\"{path}\"")),
        Os::Linux | Os::Macos if path.chars().all(is_plain) => Ok(path.to_owned()),
        Os::Linux | Os::Macos if !path.contains('\'') => Ok(format!("'{path}'")),
        _ => Err(refused(format!("a shell would not read the path of the relay as it is: {}", line(path)))),
    }
}
