//! HTTP with events, as before 2025-03-26: one stream for all that the server
//! says, and an address that it names for all it is told.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Url};
use tokio::time::timeout;

use crate::caller::Caller;
use crate::events::{Events, message};
use crate::http::{Answer, Trouble, answer, endpoint};
use crate::remote::Remote;

/// How long the server may take to name its address.
const NAMING: Duration = Duration::from_secs(30);

pub(crate) struct Older {
    remote: Remote,
    http: Client,
    endpoint: Url,
}

impl Older {
    /// Opens the stream and hears where the messages go.
    pub(crate) async fn connect(remote: &Remote, http: &Client) -> Result<(Older, Events), Trouble> {
        let silent = |_| Trouble::Unreachable(remote.place(), "it does not answer".to_owned());
        timeout(NAMING, Older::open(remote, http)).await.map_err(silent)?
    }

    async fn open(remote: &Remote, http: &Client) -> Result<(Older, Events), Trouble> {
        let request = http.get(remote.url.clone()).headers(remote.headers.clone()).header(ACCEPT, "text/event-stream");
        let response = request.send().await.map_err(|error| Trouble::of(&error, remote))?;
        let Answer::Events(response) = answer(response, remote, false).await? else { return Err(Trouble::Strange) };
        let mut events = Events::of(response);
        while let Some(event) = events.next().await? {
            if event.event.as_deref() == Some("endpoint") {
                let endpoint = endpoint(remote, &event.data.unwrap_or_default())?;
                return Ok((Older { remote: remote.clone(), http: http.clone(), endpoint }, events));
            }
        }
        Err(Trouble::Broken)
    }

    /// Passes on what the server says, until the stream ends.
    pub(crate) async fn hear(mut events: Events, caller: Arc<Caller>) -> Trouble {
        loop {
            match events.next().await {
                Ok(Some(event)) => {
                    if let Some(bytes) = message(event) {
                        let _ = caller.deliver(bytes).await.inspect_err(|trouble| caller.complain(trouble));
                    }
                }
                Ok(None) => return Trouble::Broken,
                Err(trouble) => return trouble,
            }
        }
    }

    /// Sends one message; the answer comes on the stream.
    pub(crate) async fn post(&self, line: Bytes) -> Result<(), Trouble> {
        let request = self.http.post(self.endpoint.clone()).headers(self.remote.headers.clone());
        let request = request.header(CONTENT_TYPE, "application/json").body(line);
        let response = request.send().await.map_err(|error| Trouble::of(&error, &self.remote))?;
        match answer(response, &self.remote, false).await {
            // Whatever it says beside having taken it.
            Ok(_) | Err(Trouble::Strange) => Ok(()),
            Err(trouble) => Err(trouble),
        }
    }
}
