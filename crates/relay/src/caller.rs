//! The MCP client that called: what it still waits for, and what it is told.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use tokio::sync::Notify;
use warder_launch::stderr::tell_as;

use crate::http::Trouble;
use crate::message::{self, Id, Message};
use crate::stdio::Output;

pub(crate) struct Caller {
    /// The server's name in the config, for stderr.
    server: String,
    output: Output,
    /// Requests without an answer, by the key of their id.
    waiting: Mutex<HashMap<String, Id>>,
    changed: Notify,
}

impl Caller {
    pub(crate) fn new(server: String, output: Output) -> Caller {
        Caller { server, output, waiting: Mutex::default(), changed: Notify::new() }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Id>> {
        self.waiting.lock().expect("nothing panics while it is held")
    }

    /// These requests are to be answered.
    pub(crate) fn expect(&self, ids: &[Id]) {
        self.waiting().extend(ids.iter().map(|id| (id.key().to_owned(), id.clone())));
    }

    /// The client does not want this answer any more.
    pub(crate) fn forget(&self, key: &str) {
        self.waiting().remove(key);
        self.changed.notify_waiters();
    }

    pub(crate) fn waits_for(&self, ids: &[Id]) -> bool {
        let waiting = self.waiting();
        ids.iter().any(|id| waiting.contains_key(id.key()))
    }

    /// Ends when none of these is waited for.
    pub(crate) async fn answered(&self, ids: &[Id]) {
        self.until(|| !self.waits_for(ids)).await;
    }

    /// Ends when nothing is waited for.
    pub(crate) async fn idle(&self) {
        self.until(|| self.waiting().is_empty()).await;
    }

    async fn until(&self, done: impl Fn() -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            if done() {
                return;
            }
            changed.await;
        }
    }

    /// Passes on what the server sent: a message, as one line, once `look` has
    /// seen it. Anything else never gets to the client.
    pub(crate) async fn deliver(&self, text: String, look: impl FnOnce(&[Message])) -> Result<(), Trouble> {
        let answered: Vec<String> = {
            let messages = message::read(&text).ok_or(Trouble::Strange)?;
            look(&messages);
            messages.iter().filter_map(|message| message.response()).map(|id| id.key().to_owned()).collect()
        };
        self.output.send(message::one_line(text)).await;
        for key in answered {
            self.forget(&key);
        }
        Ok(())
    }

    /// Answers those of the requests that got no answer, and says why.
    pub(crate) async fn fail(&self, ids: &[Id], trouble: &Trouble) {
        self.complain(trouble);
        for id in ids {
            let open = self.waiting().contains_key(id.key());
            if open {
                let answer = match trouble {
                    Trouble::Said(error) => message::passed_on(id, error),
                    other => message::failure(id, &format!("{}: {other}", self.server)),
                };
                self.output.send(message::one_line(answer)).await;
                self.forget(id.key());
            }
        }
    }

    /// The same for all that is open.
    pub(crate) async fn fail_all(&self, trouble: &Trouble) {
        let open: Vec<Id> = self.waiting().values().cloned().collect();
        self.fail(&open, trouble).await;
    }

    /// An answer to a line that is no message.
    pub(crate) async fn refuse(&self, id: Option<&Id>, said: &str) {
        tell_as(crate::PROGRAM, format_args!("{}: {said}", self.server));
        self.output.send(message::unreadable(id, said)).await;
    }

    /// One line on stderr, for what belongs to no request.
    pub(crate) fn complain(&self, trouble: &Trouble) {
        tell_as(crate::PROGRAM, format_args!("{}: {trouble}", self.server));
    }

    /// Ends when the client does not listen any more.
    pub(crate) async fn gone(&self) {
        self.output.closed().await;
    }
}
