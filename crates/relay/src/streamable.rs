//! Streamable HTTP, in both of its shapes.
//!
//! Up to 2025-11-25: a session, a stream that the server may speak on unasked,
//! streams that can be resumed. From 2026-07-28 on: none of these; a request
//! says of itself which revision it follows, and that decides for it alone.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Response, StatusCode};
use tokio::task::AbortHandle;
use tokio::time::sleep;

use crate::caller::Caller;
use crate::events::{Events, message};
use crate::http::{Answer, Trouble, answer, text};
use crate::message::{self, Id, Message};
use crate::mirror::Tools;
use crate::remote::{EVENTS, JSON, Remote};

const SESSION: HeaderName = HeaderName::from_static("mcp-session-id");
const VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const LAST_EVENT: HeaderName = HeaderName::from_static("last-event-id");

/// How often in a row a stream is sought again.
const ATTEMPTS: u32 = 6;
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A server that asks for more patience than this is not waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// A message with what the transport has to know of it.
pub(crate) struct Letter {
    pub(crate) line: Bytes,
    /// The requests in it.
    pub(crate) ids: Vec<Id>,
    /// Its own headers, if it follows 2026-07-28 or later.
    modern: Option<HeaderMap>,
    /// It asks for the list of tools.
    lists: bool,
    initialize: bool,
}

impl Letter {
    /// Whether it follows 2026-07-28 or later.
    pub(crate) fn is_modern(&self) -> bool {
        self.modern.is_some()
    }
}

#[derive(Default)]
struct Session {
    id: Option<HeaderValue>,
    version: Option<HeaderValue>,
    /// The client's `initialize` and `initialized`, to begin anew with.
    hello: Option<(Id, Bytes)>,
    ready: Option<Bytes>,
    /// Which session of this process it is.
    number: u32,
    listening: Option<AbortHandle>,
}

pub(crate) struct Streamable {
    pub(crate) remote: Remote,
    pub(crate) http: Client,
    pub(crate) caller: Arc<Caller>,
    session: Mutex<Session>,
    renewing: tokio::sync::Mutex<()>,
    tools: Mutex<Tools>,
}

impl Streamable {
    pub(crate) fn new(remote: Remote, http: Client, caller: Arc<Caller>) -> Streamable {
        Streamable {
            remote,
            http,
            caller,
            session: Mutex::default(),
            renewing: tokio::sync::Mutex::default(),
            tools: Mutex::default(),
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().expect("nothing panics while it is held")
    }

    fn tools(&self) -> MutexGuard<'_, Tools> {
        self.tools.lock().expect("nothing panics while it is held")
    }

    /// What is to be known of a message before it goes out.
    pub(crate) fn letter(&self, line: Bytes, messages: &[Message]) -> Result<Letter, Trouble> {
        let ids: Vec<Id> = messages.iter().filter_map(|message| message.request().cloned()).collect();
        let (initialize, lists, modern) = match messages {
            [only] => {
                let version = only.own_version();
                let headers = version.map(|version| self.tools().headers(only, &version)).transpose();
                (only.is("initialize"), only.is("tools/list"), headers.map_err(Trouble::Unsent)?)
            }
            _ => (false, false, None),
        };
        if initialize && let [id] = ids.as_slice() {
            let mut session = self.session();
            session.listening.take().inspect(AbortHandle::abort);
            let number = session.number + 1;
            *session = Session { hello: Some((id.clone(), line.clone())), number, ..Session::default() };
        }
        Ok(Letter { line, ids, modern, lists, initialize })
    }

    /// Sends a message and waits for the beginning of its answer. A session
    /// that the server has ended is begun anew, once.
    pub(crate) async fn begin(self: &Arc<Self>, letter: &Letter) -> Result<Answer, Trouble> {
        let mut again = false;
        loop {
            let number = self.session().number;
            match self.post(letter).await {
                Err(Trouble::Session) if !again => {
                    self.renew(number).await?;
                    again = true;
                }
                other => return other,
            }
        }
    }

    async fn post(&self, letter: &Letter) -> Result<Answer, Trouble> {
        let mut headers = letter.modern.clone().unwrap_or_else(|| self.stamp());
        let named = headers.contains_key(SESSION);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json, text/event-stream"));
        headers.insert(CONTENT_TYPE, JSON);
        let request = self.remote.request(&self.http, Method::POST, headers).body(letter.line.clone());
        let response = request.send().await.map_err(|error| Trouble::of(&error, &self.remote))?;
        if letter.initialize {
            self.session().id = response.headers().get(SESSION).cloned();
        }
        answer(response, &self.remote, named).await
    }

    /// What every request of a session carries.
    fn stamp(&self) -> HeaderMap {
        let session = self.session();
        let mut headers = HeaderMap::new();
        for (name, value) in [(SESSION, &session.id), (VERSION, &session.version)] {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
        headers
    }

    /// Passes the answer on, to its end.
    pub(crate) async fn finish(&self, answer: Answer, letter: &Letter) -> Result<(), Trouble> {
        match answer {
            Answer::Nothing => {}
            // Nobody asked for it.
            Answer::Json(_) if letter.ids.is_empty() => {}
            Answer::Json(response) => self.receive(text(response).await?, letter.lists).await?,
            Answer::Events(response) => self.follow(Some(response), Some(letter)).await?,
        }
        if self.caller.waits_for(&letter.ids) { Err(Trouble::Silent) } else { Ok(()) }
    }

    async fn receive(&self, text: String, lists: bool) -> Result<(), Trouble> {
        self.caller.deliver(text, |messages| self.learn(messages, lists)).await
    }

    /// What is to be known of the server's messages before they are passed on.
    fn learn(&self, messages: &[Message], lists: bool) {
        for message in messages {
            let (Some(id), Some(result)) = (message.response(), message.result) else { continue };
            if lists {
                self.tools().learn(result.get());
            }
            let mut session = self.session();
            if session.version.is_none() && session.hello.as_ref().is_some_and(|(hello, _)| hello.key() == id.key()) {
                session.version = version(result);
            }
        }
    }

    /// Reads a stream to its end, and seeks it again when it breaks. With a
    /// letter: until that is answered. Without: for good.
    async fn follow(&self, first: Option<Response>, letter: Option<&Letter>) -> Result<(), Trouble> {
        let waits = || letter.is_none_or(|letter| self.caller.waits_for(&letter.ids));
        let modern = letter.is_some_and(Letter::is_modern);
        let lists = letter.is_some_and(|letter| letter.lists);
        let mut last: Option<HeaderValue> = None;
        let (mut pause, mut failures) = (FIRST_PAUSE, 0);
        let mut opening = first.is_none();
        let mut stream = first;
        loop {
            failures += 1;
            if let Some(response) = stream.take() {
                let mut events = Events::of(response);
                let broken = loop {
                    let event = match events.next().await {
                        Ok(Some(event)) => event,
                        Ok(None) => break false,
                        Err(Trouble::Broken) => break true,
                        Err(other) => return Err(other),
                    };
                    failures = 0;
                    pause = event.retry.map_or(pause, Duration::from_millis);
                    last = event.id.as_deref().and_then(|id| HeaderValue::from_str(id).ok()).or(last);
                    if let Some(text) = message(event) {
                        // One that is no message is no reason to lose the others.
                        let _ = self.receive(text, lists).await.inspect_err(|trouble| self.caller.complain(trouble));
                    }
                };
                if !waits() || letter.is_some() && (modern || last.is_none()) {
                    return if broken && waits() { Err(Trouble::Broken) } else { Ok(()) };
                }
            }
            if failures > ATTEMPTS || pause > PATIENCE {
                return Err(Trouble::Broken);
            }
            if !std::mem::take(&mut opening) {
                let growing = pause * 2_u32.pow(failures.saturating_sub(1));
                sleep(growing.min(LONGEST_PAUSE).max(pause).max(SHORTEST_PAUSE)).await;
            }
            stream = match self.listen(last.clone()).await {
                Ok(response) => Some(response),
                Err(Trouble::Unreachable(..) | Trouble::Broken) => None,
                Err(Trouble::Status(500..=599 | 429)) => None,
                // It cannot be resumed.
                Err(Trouble::Status(_) | Trouble::Said(_)) if letter.is_some() => return Err(Trouble::Broken),
                Err(other) => return Err(other),
            };
        }
    }

    /// Asks for a stream: the session's own, or the rest of a broken one.
    async fn listen(&self, last: Option<HeaderValue>) -> Result<Response, Trouble> {
        let mut headers = self.stamp();
        let named = headers.contains_key(SESSION);
        headers.extend(last.map(|last| (LAST_EVENT, last)));
        headers.insert(ACCEPT, EVENTS);
        let request = self.remote.request(&self.http, Method::GET, headers);
        let response = request.send().await.map_err(|error| Trouble::of(&error, &self.remote))?;
        match answer(response, &self.remote, named).await? {
            Answer::Events(response) => Ok(response),
            _ => Err(Trouble::Status(StatusCode::METHOD_NOT_ALLOWED.as_u16())),
        }
    }

    /// The session stands: from now on the server may speak unasked, if it
    /// offers that.
    pub(crate) fn ready(self: &Arc<Self>, line: Bytes) {
        self.session().ready = Some(line);
        self.hear();
    }

    fn hear(self: &Arc<Self>) {
        let streamable = Arc::clone(self);
        let task = tokio::spawn(async move {
            match streamable.follow(None, None).await {
                // It offers none, or has ended the session: the next request will tell.
                Ok(()) | Err(Trouble::Status(_) | Trouble::Said(_) | Trouble::Session | Trouble::Strange) => {}
                Err(Trouble::Broken) => streamable.caller.complain(&Trouble::Deaf),
                Err(trouble) => streamable.caller.complain(&trouble),
            }
        });
        self.session().listening.replace(task.abort_handle()).inspect(AbortHandle::abort);
    }

    /// Begins the session anew, as the client began it; of several that find
    /// it ended, the first does so for all.
    async fn renew(self: &Arc<Self>, number: u32) -> Result<(), Trouble> {
        let _one = self.renewing.lock().await;
        let (id, hello, ready) = {
            let mut session = self.session();
            if session.number != number {
                return Ok(());
            }
            let Some((id, hello)) = session.hello.clone() else { return Err(Trouble::Session) };
            session.listening.take().inspect(AbortHandle::abort);
            (session.id, session.version) = (None, None);
            session.number += 1;
            (id, hello, session.ready.clone())
        };
        let letter = |line, initialize| Letter { line, ids: Vec::new(), modern: None, lists: false, initialize };
        let text = match self.post(&letter(hello, true)).await? {
            Answer::Json(response) => text(response).await?,
            Answer::Events(response) => first_answer(response, &id).await?,
            Answer::Nothing => return Err(Trouble::Session),
        };
        let messages = message::read(&text).ok_or(Trouble::Strange)?;
        let result = messages.iter().find_map(|message| message.result).ok_or(Trouble::Session)?;
        self.session().version = version(result);
        if let Some(ready) = ready {
            self.post(&letter(ready, false)).await?;
            self.hear();
        }
        Ok(())
    }

    /// Tells the server that the session is over.
    pub(crate) async fn close(&self) {
        let headers = self.stamp();
        self.session().listening.take().inspect(AbortHandle::abort);
        if headers.contains_key(SESSION) {
            // It may well not allow that.
            let _ = self.remote.request(&self.http, Method::DELETE, headers).send().await;
        }
    }
}

/// The revision that the result of `initialize` names.
fn version(result: &serde_json::value::RawValue) -> Option<HeaderValue> {
    let named = message::text(message::member(result, "protocolVersion")?)?;
    HeaderValue::from_str(&named).ok()
}

/// The answer to `id` on a stream.
async fn first_answer(response: Response, id: &Id) -> Result<String, Trouble> {
    let mut events = Events::of(response);
    while let Some(event) = events.next().await? {
        let Some(text) = message(event) else { continue };
        let answers = |message: &Message| message.response().is_some_and(|other| other.key() == id.key());
        if message::read(&text).ok_or(Trouble::Strange)?.iter().any(answers) {
            return Ok(text);
        }
    }
    Err(Trouble::Session)
}
