//! Between the client's lines and the server's answers.
//!
//! Requests run side by side. What opens a session is waited for, since all
//! that follows needs it; notifications keep their order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc::{self, Receiver, UnboundedSender};
use tokio::sync::{oneshot, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use crate::caller::Caller;
use crate::http::Trouble;
use crate::message::{self, Id, Message};
use crate::older::Older;
use crate::stdio::Line;
use crate::streamable::{Letter, Streamable};

/// How long what follows waits for a session to stand.
const OPENING: Duration = Duration::from_secs(10);
/// How long the next notification waits for one that hangs.
const NOTIFYING: Duration = Duration::from_secs(30);
/// How long requests may still run when the client is done: shorter than
/// clients wait before they kill.
const FINISHING: Duration = Duration::from_millis(1500);
const CLOSING: Duration = Duration::from_millis(1000);

/// How the server is spoken to.
#[derive(Clone)]
enum Way {
    Streamable,
    Older(Arc<Older>),
}

pub(crate) struct Relay {
    server: Arc<Streamable>,
    caller: Arc<Caller>,
    way: Way,
    /// The profile says that the server is an older one.
    older: bool,
    tasks: JoinSet<()>,
    /// Requests that are cancelled by ending them, by the key of their id.
    modern: HashMap<String, AbortHandle>,
    notices: Option<UnboundedSender<(Way, Letter)>>,
    /// Why the one stream of an older server ended, once it did.
    lost: watch::Sender<Option<Trouble>>,
}

impl Relay {
    pub(crate) fn new(server: Streamable, older: bool) -> Relay {
        Relay {
            caller: Arc::clone(&server.caller),
            server: Arc::new(server),
            way: Way::Streamable,
            older,
            tasks: JoinSet::new(),
            modern: HashMap::new(),
            notices: None,
            lost: watch::channel(None).0,
        }
    }

    /// Relays until the client is done, `stop` ends or the connection of an
    /// older server is lost (false). `ended`: the client writes no more.
    pub(crate) async fn run(
        mut self,
        mut lines: Receiver<Line>,
        ended: oneshot::Receiver<()>,
        stop: impl Future<Output = ()>,
    ) -> bool {
        let mut lost = self.lost.subscribe();
        let caller = Arc::clone(&self.caller);
        let late = async {
            let _ = ended.await;
            sleep(FINISHING).await;
        };
        let stopped = async {
            tokio::select! {
                () = stop => {}
                () = caller.gone() => {}
                () = late => {}
            }
        };
        tokio::pin!(stopped);
        let mut finished = false;
        loop {
            let taken = async {
                match lines.recv().await {
                    Some(line) => self.take(line).await,
                    None => finished = true,
                }
            };
            tokio::select! {
                () = &mut stopped => break,
                _ = lost.wait_for(Option::is_some) => break,
                () = taken => if finished { break },
            }
        }
        self.notices = None;
        if finished {
            tokio::select! {
                () = &mut stopped => {}
                _ = lost.wait_for(Option::is_some) => {}
                () = self.finish() => {}
            }
        }
        self.tasks.abort_all();
        let reason = self.lost.send_replace(None);
        if let Some(reason) = &reason {
            // Only now: no request comes to be open any more.
            let _ = timeout(CLOSING, self.caller.fail_all(reason)).await;
        }
        let _ = timeout(CLOSING, self.server.close()).await;
        reason.is_none()
    }

    async fn finish(&mut self) {
        while self.tasks.join_next().await.is_some() {}
        self.caller.idle().await;
    }

    /// One line of the client.
    async fn take(&mut self, line: Line) {
        while self.tasks.try_join_next().is_some() {}
        let line = match line {
            Line::Message(line) => line,
            Line::TooLong(id) => return self.caller.refuse(id.as_ref(), "the message is longer than 64 MiB").await,
        };
        let Some(messages) = std::str::from_utf8(&line).ok().and_then(message::read) else {
            return self.caller.refuse(None, "this line is no MCP message").await;
        };
        let ids: Vec<Id> = messages.iter().filter_map(|message| message.request().cloned()).collect();
        self.caller.expect(&ids);
        if let Err(trouble) = self.send(line.clone(), &messages).await {
            self.caller.fail(&ids, &trouble).await;
        }
    }

    async fn send(&mut self, line: Bytes, messages: &[Message<'_>]) -> Result<(), Trouble> {
        if self.older && matches!(self.way, Way::Streamable) {
            self.connect_older().await?;
        }
        let letter = self.server.letter(line, messages)?;
        let [only] = messages else {
            self.spawn(letter);
            return Ok(());
        };
        if only.is("initialize") && only.request().is_some() {
            return self.open(letter).await;
        }
        if only.is("notifications/initialized") {
            return self.opened(letter).await;
        }
        if only.is("notifications/cancelled") && !self.cancel(only) {
            return Ok(());
        }
        if only.method.is_some() && only.request().is_none() {
            self.notify(letter);
        } else {
            self.spawn(letter);
        }
        Ok(())
    }

    async fn connect_older(&mut self) -> Result<(), Trouble> {
        let (older, events) = Older::connect(&self.server.remote, &self.server.http).await?;
        let (caller, lost) = (Arc::clone(&self.caller), self.lost.clone());
        tokio::spawn(async move {
            lost.send_replace(Some(Older::hear(events, caller).await));
        });
        self.way = Way::Older(Arc::new(older));
        Ok(())
    }

    /// Sends `initialize`, and waits a while for its answer: the version in it
    /// belongs into what follows. A server that does not know this transport
    /// may know the older one.
    async fn open(&mut self, letter: Letter) -> Result<(), Trouble> {
        if matches!(self.way, Way::Older(_)) {
            self.spawn(letter);
            return Ok(());
        }
        let answer = match self.server.begin(&letter).await {
            Err(trouble) if trouble.may_be_older() => {
                self.connect_older().await.map_err(|_| trouble)?;
                self.spawn(letter);
                return Ok(());
            }
            other => other?,
        };
        let (server, caller, ids) = (Arc::clone(&self.server), Arc::clone(&self.caller), letter.ids.clone());
        self.tasks.spawn(async move {
            if let Err(trouble) = server.finish(answer, &letter).await {
                caller.fail(&letter.ids, &trouble).await;
            }
        });
        let _ = timeout(OPENING, self.caller.answered(&ids)).await;
        Ok(())
    }

    /// Sends `initialized`; only then does the session stand.
    async fn opened(&mut self, letter: Letter) -> Result<(), Trouble> {
        match &self.way {
            Way::Older(older) => older.post(letter.line).await,
            Way::Streamable => {
                let sent = timeout(OPENING, self.server.begin(&letter)).await;
                let sent = sent.unwrap_or(Err(Trouble::Silent));
                // Some servers do without sessions, and refuse what is no request.
                self.server.ready(letter.line);
                sent.map(drop)
            }
        }
    }

    /// Whether the cancellation is to be sent. From 2026-07-28 on, closing the
    /// request's own stream is what cancels it.
    fn cancel(&mut self, cancelled: &Message) -> bool {
        let Some(id) = cancelled.param("requestId").and_then(Id::read) else { return true };
        self.caller.forget(id.key());
        self.modern.remove(id.key()).inspect(AbortHandle::abort).is_none()
    }

    fn spawn(&mut self, letter: Letter) {
        let (server, caller, way) = (Arc::clone(&self.server), Arc::clone(&self.caller), self.way.clone());
        let ends = letter.is_modern().then(|| letter.ids.first().map(|id| id.key().to_owned())).flatten();
        let task = self.tasks.spawn(async move {
            if let Err(trouble) = deliver(&server, &way, &letter).await {
                caller.fail(&letter.ids, &trouble).await;
            }
        });
        if let Some(key) = ends {
            self.modern.retain(|_, task| !task.is_finished());
            self.modern.insert(key, task);
        }
    }

    fn notify(&mut self, letter: Letter) {
        let notices = self.notices.get_or_insert_with(|| {
            let (tell, mut told) = mpsc::unbounded_channel::<(Way, Letter)>();
            let (server, caller) = (Arc::clone(&self.server), Arc::clone(&self.caller));
            self.tasks.spawn(async move {
                while let Some((way, letter)) = told.recv().await {
                    let sent = timeout(NOTIFYING, deliver(&server, &way, &letter)).await;
                    let _ = sent.unwrap_or(Err(Trouble::Silent)).inspect_err(|trouble| caller.complain(trouble));
                }
            });
            tell
        });
        // The task lives as long as this sender.
        let _ = notices.send((self.way.clone(), letter));
    }
}

/// Sends a message and passes its answer on.
async fn deliver(server: &Arc<Streamable>, way: &Way, letter: &Letter) -> Result<(), Trouble> {
    match way {
        Way::Older(older) => older.post(letter.line.clone()).await,
        Way::Streamable => {
            let answer = server.begin(letter).await?;
            server.finish(answer, letter).await
        }
    }
}
