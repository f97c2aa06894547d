//! HTTP with events, as before 2025-03-26: one stream for all that the server
//! says, and an address that it names for all it is told.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method};
use tokio::time::timeout;

use crate::caller::Caller;
use crate::events::{Events, message};
use crate::http::{Answer, Trouble, answer, endpoint};
use crate::remote::{EVENTS, JSON, Remote};

/// How long the server may take to name its address.
const NAMING: Duration = Duration::from_secs(30);

pub(crate) struct Older {
    /// Where the messages go, below the approved origin.
    endpoint: Remote,
    http: Client,
}

impl Older {
    /// Opens the stream and hears where the messages go.
    pub(crate) async fn connect(remote: &Remote, http: &Client) -> Result<(Older, Events), Trouble> {
        let silent = |_| Trouble::Unreachable(remote.place(), "it does not answer".to_owned());
        timeout(NAMING, Older::open(remote, http)).await.map_err(silent)?
    }

    async fn open(remote: &Remote, http: &Client) -> Result<(Older, Events), Trouble> {
        let request = remote.request(http, Method::GET, HeaderMap::from_iter([(ACCEPT, EVENTS)]));
        let response = request.send().await.map_err(|error| Trouble::of(&error, remote))?;
        let Answer::Events(response) = answer(response, remote, false).await? else { return Err(Trouble::Strange) };
        let mut events = Events::of(response);
        while let Some(event) = events.next().await? {
            if event.event.as_deref() == Some("endpoint") {
                let url = endpoint(remote, &event.data.unwrap_or_default())?;
                let endpoint = Remote { url, headers: remote.headers.clone() };
                return Ok((Older { endpoint, http: http.clone() }, events));
            }
        }
        Err(Trouble::Broken)
    }

    /// Passes on what the server says, until the stream ends; gives the reason.
    pub(crate) async fn hear(mut events: Events, caller: Arc<Caller>) -> Trouble {
        loop {
            match events.next().await {
                Ok(Some(event)) => {
                    if let Some(text) = message(event) {
                        let _ = caller.deliver(text, |_| ()).await.inspect_err(|trouble| caller.complain(trouble));
                    }
                }
                Ok(None) | Err(Trouble::Broken) => return Trouble::Lost,
                Err(trouble) => return trouble,
            }
        }
    }

    /// Sends one message; the answer comes on the stream.
    pub(crate) async fn post(&self, line: Bytes) -> Result<(), Trouble> {
        let json = HeaderMap::from_iter([(CONTENT_TYPE, JSON)]);
        let request = self.endpoint.request(&self.http, Method::POST, json).body(line);
        let response = request.send().await.map_err(|error| Trouble::of(&error, &self.endpoint))?;
        match answer(response, &self.endpoint, false).await {
            // Whatever it says beside having taken it.
            Ok(_) | Err(Trouble::Strange) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }
}
