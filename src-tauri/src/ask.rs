//! What a screen asks the session, off the window's thread.
//!
//! One question at a time, in a session that keeps what it saw. While that one
//! is at something slow, what only reads is answered by a second session.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Mutex, TryLockError};

use tauri::{AppHandle, Emitter, Manager, State};
use warder_audit::api::{Answer, Code, Failure, Request, Step};
use warder_audit::session::Session;

/// Tells the page what is being done in something that takes long.
const STEP: &str = "step";

/// Where the questions are answered.
pub(crate) struct Desk {
    open: Box<dyn Fn() -> Session + Send + Sync>,
    around: Around,
    session: Mutex<Session>,
    /// What the session is at (`Work`).
    work: AtomicU8,
    /// Answers what only reads meanwhile.
    second: Mutex<Option<Session>>,
    /// The second one saw something newer.
    behind: AtomicBool,
    /// The report that was made while the page was on its way.
    first: Mutex<Option<Answer>>,
    cancelled: Arc<AtomicBool>,
}

/// What the shell does around a question.
#[derive(Clone, Copy)]
pub(crate) struct Around {
    /// Puts it, with what has to happen before and after.
    pub(crate) put: fn(&AppHandle, &mut Session, Request) -> Result<Answer, Failure>,
    /// Hears the answer, before it goes where it was asked for.
    pub(crate) heard: fn(&AppHandle, &Result<Answer, Failure>),
}

/// What a question takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Work {
    /// Milliseconds.
    Short,
    /// Seconds, and changes nothing here.
    Reading,
    /// Seconds, and files change.
    Changing,
}

impl Work {
    fn of(request: &Request) -> Work {
        match request {
            Request::Residue { .. } | Request::Newer { .. } | Request::Learn { .. } => Work::Reading,
            Request::Apply { .. }
            | Request::ApplySafe { .. }
            | Request::Approve { .. }
            | Request::ReplaceKey { .. }
            | Request::Update { .. }
            | Request::Undo { .. }
            | Request::Restore { .. } => Work::Changing,
            _ => Work::Short,
        }
    }
}

/// Whether the second session may answer while the first is at `work`. A history
/// that is being written to shows changes that are only half done: not then.
fn may_pass(request: &Request, work: u8) -> bool {
    match request {
        Request::Rule { .. } => true,
        Request::Detail { .. } => work != Work::Short as u8,
        Request::Scan | Request::Log | Request::Change { .. } | Request::Settings | Request::News => {
            work == Work::Reading as u8
        }
        _ => false,
    }
}

impl Desk {
    /// `open` makes a session of the same home.
    pub(crate) fn new(app: &AppHandle, around: Around, open: impl Fn() -> Session + Send + Sync + 'static) -> Desk {
        let cancelled = Arc::<AtomicBool>::default();
        let (app, stops, last) = (app.clone(), Arc::clone(&cancelled), Mutex::new(String::new()));
        let told = move |step: &Step| {
            let mut last = last.lock().expect("no panic while held");
            // The same words come with every file that is looked at.
            if *last != step.words {
                last.clone_from(&step.words);
                // Fails only when the window is gone; then nobody has to know.
                let _ = app.emit(STEP, step);
            }
            !stops.load(Ordering::Relaxed)
        };
        Desk {
            session: Mutex::new(open().with_steps(Arc::new(told))),
            open: Box::new(open),
            around,
            work: AtomicU8::new(Work::Short as u8),
            second: Mutex::default(),
            behind: AtomicBool::default(),
            first: Mutex::default(),
            cancelled,
        }
    }

    /// Looks while the page is still on its way.
    pub(crate) fn look_first(&self, app: &AppHandle) {
        let mut first = self.first.lock().expect("no panic while held");
        let answer = self.answer_by_first(app, Request::Scan);
        (self.around.heard)(app, &answer);
        *first = answer.ok();
    }

    /// What was seen first is not how things are now.
    pub(crate) fn forget_first(&self) {
        self.first.lock().expect("no panic while held").take();
    }

    /// Answers `request`, and lets the shell hear the answer.
    pub(crate) fn answer(&self, app: &AppHandle, request: Request) -> Result<Answer, Failure> {
        if matches!(request, Request::Scan)
            && let Some(first) = self.first.lock().map_err(|_| fault())?.take()
        {
            return Ok(first);
        }
        let answer = match may_pass(&request, self.work.load(Ordering::Relaxed)) {
            true => self.answer_by_second(app, request),
            false => self.answer_by_first(app, request),
        };
        (self.around.heard)(app, &answer);
        answer
    }

    fn answer_by_first(&self, app: &AppHandle, request: Request) -> Result<Answer, Failure> {
        // After a panic nobody knows how far the session came: no more answers.
        let mut session = self.session.lock().map_err(|_| fault())?;
        if self.behind.swap(false, Ordering::Relaxed) {
            session.scan();
        }
        let work = Work::of(&request);
        self.cancelled.store(false, Ordering::Relaxed);
        self.work.store(work as u8, Ordering::Relaxed);
        let answer = (self.around.put)(app, &mut session, request);
        self.work.store(Work::Short as u8, Ordering::Relaxed);
        drop(session);
        if work != Work::Short
            && let Ok(mut second) = self.second.try_lock()
        {
            // It holds a whole report.
            second.take();
        }
        answer
    }

    fn answer_by_second(&self, app: &AppHandle, request: Request) -> Result<Answer, Failure> {
        let mut second = self.second.lock().map_err(|_| fault())?;
        let session = second.get_or_insert_with(|| (self.open)());
        if matches!(request, Request::Scan) {
            self.behind.store(true, Ordering::Relaxed);
        }
        (self.around.put)(app, session, request)
    }

    /// Asks the session itself, after what takes milliseconds, but not after what takes longer.
    pub(crate) fn with<T>(&self, ask: impl FnOnce(&mut Session) -> Result<T, Failure>) -> Result<T, Failure> {
        if self.work.load(Ordering::Relaxed) == Work::Short as u8 {
            return ask(&mut *self.session.lock().map_err(|_| fault())?);
        }
        match self.session.try_lock() {
            Ok(mut session) => ask(&mut session),
            Err(TryLockError::WouldBlock) => Err(Failure {
                code: Code::Refused,
                message: "Warder is still at something else".to_owned(),
                hint: Some("Wait until it is done, or cancel it, and ask again.".to_owned()),
            }),
            Err(TryLockError::Poisoned(_)) => Err(fault()),
        }
    }
}

/// Answers `request`. A keychain may keep it waiting for the user, hence the
/// thread of its own.
///
/// # Errors
///
/// What the session refuses, and a fault of Warder's own.
#[tauri::command]
pub(crate) async fn ask(app: AppHandle, request: Request) -> Result<Answer, Failure> {
    let answer = tauri::async_runtime::spawn_blocking(move || app.state::<Desk>().answer(&app, request));
    answer.await.unwrap_or_else(|_| Err(fault()))
}

/// Stops what the session is at, where it can be stopped.
#[tauri::command]
pub(crate) fn cancel(desk: State<'_, Desk>) {
    desk.cancelled.store(true, Ordering::Relaxed);
}

/// A failure that only says why.
pub(crate) fn refused(why: &str) -> Failure {
    Failure { code: Code::Refused, message: why.to_owned(), hint: None }
}

pub(crate) fn fault() -> Failure {
    Failure {
        code: Code::Refused,
        message: "Warder met a fault of its own and stopped working".to_owned(),
        hint: Some("Close Warder and open it again: it then finishes or takes back what was begun.".to_owned()),
    }
}
