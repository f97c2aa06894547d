//! The one command a screen has: ask the session, off the window's thread.

use std::sync::{Arc, Mutex};

use tauri::State;
use warder_audit::api::{Answer, Code, Failure, Request};
use warder_audit::session::Session;

use crate::watch::Watch;

/// Where the questions are answered, one at a time.
pub(crate) struct Desk(Arc<Mutex<Inner>>);

struct Inner {
    session: Session,
    watch: Watch,
}

impl Desk {
    pub(crate) fn new(session: Session, watch: Watch) -> Desk {
        Desk(Arc::new(Mutex::new(Inner { session, watch })))
    }
}

impl Inner {
    fn answer(&mut self, request: Request) -> Result<Answer, Failure> {
        let scans = matches!(request, Request::Scan);
        let answer = self.session.ask(request);
        if scans && self.watch.follow(&self.session.watched()) {
            // A change between the reading and the watching would go unnoticed.
            return self.session.ask(Request::Scan);
        }
        answer
    }
}

/// Answers `request`. A keychain may keep it waiting for the user, hence the
/// thread of its own.
///
/// # Errors
///
/// What the session refuses, and a fault of Warder's own.
#[tauri::command]
pub(crate) async fn ask(desk: State<'_, Desk>, request: Request) -> Result<Answer, Failure> {
    let inner = Arc::clone(&desk.0);
    let answer = tauri::async_runtime::spawn_blocking(move || {
        // After a panic nobody knows how far the session came: no more answers.
        inner.lock().map_err(|_| fault())?.answer(request)
    });
    answer.await.unwrap_or_else(|_| Err(fault()))
}

fn fault() -> Failure {
    Failure {
        code: Code::Refused,
        message: "Warder met a fault of its own and stopped working".to_owned(),
        hint: Some("Close Warder and open it again: it then finishes or takes back what was begun.".to_owned()),
    }
}
