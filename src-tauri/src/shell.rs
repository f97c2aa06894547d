//! What Warder does besides answering: it watches, tells, hides and comes back.
//!
//! While the window is seen, a change is an event and the page asks. While it
//! is not, the shell asks by itself and raises one notification for what matters.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tauri::{AppHandle, Emitter, Manager};
use warder_audit::api::{Answer, Code, Failure, News, NewsPage, Report, Request, Settings};
use warder_audit::env::Env;
use warder_audit::session::Session;
use warder_launch::state::State;

use crate::ask::Desk;
use crate::login::Login;
use crate::notice::{self, Notices};
use crate::options::Options;
use crate::pace::Pace;
use crate::tray::{self, Line, Told, Tray};
use crate::watch::Watch;
use crate::window::Wanted;
use crate::{place, window};

/// Tells the screen that a config changed; it asks for a new scan then.
const CHANGED: &str = "changed";

/// One running Warder.
pub(crate) struct Shell {
    pub(crate) options: Options,
    pub(crate) env: Env,
    /// What was started. Asked at the start: Linux says `… (deleted)` once an update has replaced it.
    pub(crate) program: PathBuf,
    pub(crate) state: State,
    pub(crate) watch: Mutex<Watch>,
    pub(crate) notices: Notices,
    pub(crate) pace: Pace,
    /// Whether a later start finds this one.
    pub(crate) alone: bool,
    pub(crate) settings: Mutex<Settings>,
    pub(crate) tray: Mutex<Option<Tray>>,
    pub(crate) told: Mutex<Told>,
    /// News that was shown, raised or is to be raised, by id.
    pub(crate) known: Mutex<HashSet<String>>,
    /// Something changed that the page was not told of.
    pub(crate) missed: AtomicBool,
    /// Held while the shell looks by itself: what is told is compared with what was seen just before.
    pub(crate) looking: Mutex<()>,
}

impl Shell {
    pub(crate) fn settings(&self) -> Settings {
        self.settings.lock().expect("no panic while held").clone()
    }

    /// Starts with the session from now on, or no longer.
    ///
    /// # Errors
    ///
    /// When the system's list cannot be written.
    pub(crate) fn start_at_login(&self, on: bool) -> std::io::Result<()> {
        let login = Login { program: self.program.clone(), home: self.options.home.clone() };
        login.set(&self.env, on)
    }
}

/// The shell, once it is there: a change can be noticed before.
fn shell(app: &AppHandle) -> Option<tauri::State<'_, Shell>> {
    app.try_state::<Shell>()
}

/// The first thing: settings, the window unless it is to stay hidden, and a look around meanwhile.
pub(crate) fn start(app: &AppHandle, hidden: bool) {
    // Settings that cannot be read are the usual ones. The keychain is not asked: it may wait for a person.
    if let (Some(shell), Ok(settings)) =
        (shell(app), app.state::<Desk>().with(|session| Ok(session.settings_or_usual())))
    {
        settle(app, &shell, &settings);
    }
    if !hidden {
        show(app, None);
    }
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || match hidden {
        true => look(&app),
        false => app.state::<Desk>().look_first(&app),
    });
}

/// A followed file changed.
pub(crate) fn changed(app: &AppHandle) {
    let Some(shell) = shell(app) else { return };
    app.state::<Desk>().forget_first();
    if window::is_seen(app) {
        // Fails only when the window is gone; then nobody has to know.
        let _ = app.emit(CHANGED, ());
    } else {
        shell.missed.store(true, Ordering::Relaxed);
        look(app);
    }
}

/// Looks by itself, and tells what is urgent and new.
pub(crate) fn look(app: &AppHandle) {
    let Some(shell) = shell(app) else { return };
    let _looking = shell.looking.lock();
    let desk = app.state::<Desk>();
    if desk.answer(app, Request::Scan).is_ok() {
        // What it finds is told on the way (`heard`).
        let _ = desk.answer(app, Request::News);
    }
}

/// One question, and what has to happen around it.
pub(crate) fn put(app: &AppHandle, session: &mut Session, request: Request) -> Result<Answer, Failure> {
    let Some(shell) = shell(app) else { return session.ask(request) };
    match request {
        Request::Scan => {
            let answer = session.ask(Request::Scan);
            if follow(&shell, session, shell.settings().watch) {
                // A change between the reading and the watching would go unnoticed.
                return session.ask(Request::Scan);
            }
            answer
        }
        Request::Settle { settings } => {
            let (before, login) = (shell.settings().login, settings.login);
            // The system's list first: a setting that says what is not true helps nobody.
            if login != before {
                shell.start_at_login(login).map_err(|error| Failure {
                    code: Code::Refused,
                    message: format!("the start at login cannot be changed: {error}"),
                    hint: None,
                })?;
            }
            let answer = session.ask(Request::Settle { settings });
            match &answer {
                Ok(Answer::Settings(page)) => drop(follow(&shell, session, page.settings.watch)),
                // Nothing was settled, so the list is as it was.
                _ if login != before => drop(shell.start_at_login(before)),
                _ => {}
            }
            answer
        }
        request => session.ask(request),
    }
}

/// Watches what the session read, or nothing; true when there is something new to watch.
fn follow(shell: &Shell, session: &mut Session, watch: bool) -> bool {
    let files = if watch { session.watched() } else { Vec::new() };
    shell.watch.lock().expect("no panic while held").follow(&files)
}

/// What the session said, before it goes where it was asked for.
pub(crate) fn heard(app: &AppHandle, answer: &Result<Answer, Failure>) {
    let Some(shell) = shell(app) else { return };
    match answer {
        Ok(Answer::Report(report)) => tell(&shell, report),
        Ok(Answer::News(page)) => raise(app, &shell, page),
        Ok(Answer::Settings(page)) => settle(app, &shell, &page.settings),
        _ => {}
    }
}

/// One notification for all that is urgent and was not known, while nobody sees the window.
fn raise(app: &AppHandle, shell: &Shell, page: &NewsPage) {
    let mut known = shell.known.lock().expect("no panic while held");
    let mut new: Vec<_> = page.news.iter().filter(|news| known.insert(news.id.clone())).collect();
    drop(known);
    new.retain(|news| news.urgent && !news.seen);
    if !shell.settings().notify || window::is_seen(app) {
        return;
    }
    shell.pace.add(new.into_iter().cloned());
}

/// Raises one notification for what was gathered; false where nobody wants it any more.
pub(crate) fn notify(app: &AppHandle, news: &[News]) -> bool {
    let Some(shell) = shell(app) else { return false };
    let words = notice::words(&news.iter().collect::<Vec<_>>());
    let Some(words) = words.filter(|_| shell.settings().notify && !window::is_seen(app)) else { return false };
    shell.notices.raise(&words);
    true
}

/// The tray says what the report says.
fn tell(shell: &Shell, report: &Report) {
    let mut told = shell.told.lock().expect("no panic while held");
    told.state = tray::sentence(report);
    if let Some(tray) = shell.tray.lock().expect("no panic while held").as_ref() {
        tray.tell(told.clone());
    }
}

/// Settings count at once.
fn settle(app: &AppHandle, shell: &Shell, settings: &Settings) {
    let before = std::mem::replace(&mut *shell.settings.lock().expect("no panic while held"), settings.clone());
    if before.theme != settings.theme {
        window::set_theme(app, settings.theme);
    }
    let mut told = shell.told.lock().expect("no panic while held");
    told.watching = settings.watch;
    let mut tray = shell.tray.lock().expect("no panic while held");
    match (settings.tray, tray.as_ref()) {
        (true, None) => *tray = Tray::new(app, told.clone(), act),
        (true, Some(tray)) => tray.tell(told.clone()),
        (false, _) => *tray = None,
    }
}

/// Shows the window, at `view` if one is named.
pub(crate) fn show(app: &AppHandle, view: Option<&'static str>) {
    let main = app.clone();
    let shown = move || {
        let Some(shell) = shell(&main) else { return };
        let settings = shell.settings();
        // A window that cannot be made is as gone as one that was closed.
        let wanted = Wanted { options: &shell.options, state: &shell.state, theme: settings.theme, view };
        let _ = window::show(&main, wanted);
        if shell.missed.swap(false, Ordering::Relaxed) {
            let _ = main.emit(CHANGED, ());
        }
    };
    // Fails only when Warder ends.
    let _ = app.run_on_main_thread(shown);
}

/// The window has the focus again: what was missed while it was minimised is told.
pub(crate) fn focused(app: &AppHandle) {
    if shell(app).is_some_and(|shell| shell.missed.swap(false, Ordering::Relaxed)) {
        let _ = app.emit(CHANGED, ());
    }
}

/// What a line of the tray's menu does.
fn act(app: &AppHandle, line: Line) {
    match line {
        Line::Open => show(app, None),
        Line::Again => look_again(app),
        Line::Watch => toggle_watching(app),
        Line::Quit => quit(app),
    }
}

/// Looks anew, wherever the result is to be seen.
fn look_again(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || changed(&app));
}

/// Stops watching, or begins again: the setting itself.
fn toggle_watching(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn_blocking(move || {
        let Some(settings) = shell(&app).map(|shell| shell.settings()) else { return };
        let settings = Settings { watch: !settings.watch, ..settings };
        // Refused only where nothing can be written; then it stays as it was.
        let _ = app.state::<Desk>().answer(&app, Request::Settle { settings });
        changed(&app);
    });
}

/// Ends Warder.
fn quit(app: &AppHandle) {
    let main = app.clone();
    let _ = app.run_on_main_thread(move || {
        keep_place(&main);
        main.exit(0);
    });
}

/// Remembers where the window stands.
pub(crate) fn keep_place(app: &AppHandle) {
    if let (Some(window), Some(shell)) = (window::get(app), shell(app)) {
        place::keep(&window, &shell.state);
    }
}

/// Whether closing the window leaves Warder running. Not where nothing would
/// bring it back: a tray may be missing, so a later start has to find this one.
pub(crate) fn stays(app: &AppHandle) -> bool {
    let Some(shell) = shell(app) else { return false };
    let hears = shell.watch.lock().expect("no panic while held").hears_calls();
    shell.settings().tray && shell.alone && hears
}
