//! A desktop of its own for one test: a screen, a session bus, an unlocked
//! keychain, WebKit's driver and a home folder, all gone afterwards.

use std::cell::Cell;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use crate::display::Display;
use crate::process::Process;

/// For one answer of the window; a cold start on a busy machine takes 20 s.
const PATIENCE: Duration = Duration::from_secs(60);
/// For a whole test. A driver waits for ever for a window that never came.
const LIMIT: Duration = Duration::from_secs(300);
/// The key, as WebDriver writes it.
pub(crate) const ENTER: char = '\u{e007}';
/// Between two looks at what has to come.
const TICK: Duration = Duration::from_millis(20);
const PASSWORD: &[u8] = b"made-up";

/// Runs one story on a new desktop.
pub(crate) fn story(story: impl AsyncFnOnce(&mut Desktop)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut desktop = Desktop::new().await;
        tokio::time::timeout(LIMIT, story(&mut desktop)).await.expect("the story ends in time");
    });
}

/// Fields are dropped in this order: the window before its screen.
pub(crate) struct Desktop {
    driver: Option<Process>,
    _keyring: Process,
    _bus: Process,
    _screen: Process,
    display: String,
    bus_address: String,
    dir: TempDir,
    /// How often Warder was started without a driver.
    started: Cell<u32>,
}

impl Desktop {
    async fn new() -> Desktop {
        let dir = tempfile::tempdir().unwrap();
        for name in ["home", "runtime", "logs", "data", "config", "cache", "tmp"] {
            fs::create_dir(dir.path().join(name)).unwrap();
        }
        fs::set_permissions(dir.path().join("runtime"), fs::Permissions::from_mode(0o700)).unwrap();
        let logs = dir.path().join("logs");

        let mut xvfb = command("Xvfb", dir.path());
        xvfb.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]);
        let mut screen = Process::start("Xvfb", &logs, xvfb, Stdio::piped());
        let display = format!(":{}", first_line(screen.child().stdout.take()));

        let mut daemon = command("dbus-daemon", dir.path());
        daemon.args(["--session", "--nofork", "--print-address=1"]);
        daemon.arg(format!("--address=unix:path={}", dir.path().join("runtime/bus").display()));
        let mut bus = Process::start("dbus-daemon", &logs, daemon, Stdio::piped());
        let bus_address = first_line(bus.child().stdout.take());

        let mut daemon = command("gnome-keyring-daemon", dir.path());
        daemon.args(["--foreground", "--unlock", "--components=secrets"]).stdin(Stdio::piped());
        daemon.env("DBUS_SESSION_BUS_ADDRESS", &bus_address);
        let mut keyring = Process::start("gnome-keyring-daemon", &logs, daemon, Stdio::null());
        keyring.child().stdin.take().unwrap().write_all(PASSWORD).unwrap();

        let (driver, started) = (None, Cell::default());
        let desktop =
            Desktop { driver, _keyring: keyring, _bus: bus, _screen: screen, display, bus_address, dir, started };
        until("the keychain answers", || desktop.has_keychain()).await;
        desktop
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// The address of the session bus.
    pub(crate) fn bus(&self) -> &str {
        &self.bus_address
    }

    /// The name of the screen.
    pub(crate) fn screen(&self) -> &str {
        &self.display
    }

    /// What is on the screen.
    pub(crate) fn display(&self) -> Display {
        Display::open(&self.display)
    }

    /// What the user settled before, as Warder keeps it.
    pub(crate) fn settle(&self, settings: &serde_json::Value) {
        let state = self.home().join(".warder");
        fs::create_dir_all(&state).unwrap();
        fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
        fs::write(state.join("settings.json"), settings.to_string()).unwrap();
    }

    /// Starts Warder on this desktop's home, with nothing that drives its window.
    pub(crate) fn start(&self, words: &[&str]) -> Process {
        self.start_at(&self.home(), words)
    }

    /// The same for another home.
    pub(crate) fn start_at(&self, home: &Path, words: &[&str]) -> Process {
        let mut app = command(env!("CARGO_BIN_EXE_warder-app"), self.dir.path());
        self.let_in(&mut app);
        app.arg("--home").arg(home).args(words);
        // One log each: two may run at once.
        let name = format!("warder-app-{}", self.started.replace(self.started.get() + 1));
        Process::start(&name, &self.dir.path().join("logs"), app, Stdio::null())
    }

    /// All that a program needs to show a window here.
    fn let_in(&self, command: &mut Command) {
        command.env("DISPLAY", &self.display).env("GDK_BACKEND", "x11");
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address);
        let launcher = std::env::var_os("WARDER_LAUNCHER");
        command.env("WARDER_LAUNCHER", launcher.expect("`cargo xtask test` builds the launcher and names it"));
    }

    /// Everything that crosses the session bus from now on, in a file.
    pub(crate) fn listen_to_bus(&self) -> (Process, PathBuf) {
        let log = self.dir.path().join("logs/bus.pcap");
        let mut monitor = command("dbus-monitor", self.dir.path());
        monitor.args(["--address", &self.bus_address, "--pcap"]);
        let file = fs::File::create(&log).unwrap();
        (Process::start("dbus-monitor", &self.dir.path().join("logs"), monitor, file.into()), log)
    }

    fn has_keychain(&self) -> bool {
        let mut ask = command("dbus-send", self.dir.path());
        ask.args(["--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]);
        ask.args(["org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"]);
        let answer = ask.env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address).output().unwrap();
        String::from_utf8_lossy(&answer.stdout).contains("true")
    }

    /// Opens Warder's window on this desktop's home.
    pub(crate) async fn open(&mut self) -> Screen {
        self.drive().await.window(&[]).await
    }

    /// Starts WebKit's driver, which starts Warder and takes hold of its window.
    pub(crate) async fn drive(&mut self) -> Driver {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut driver = command("WebKitWebDriver", self.dir.path());
        driver.args([format!("--port={port}"), "--host=127.0.0.1".to_owned()]);
        self.let_in(&mut driver);
        driver.env("TAURI_WEBVIEW_AUTOMATION", "true");
        let logs = self.dir.path().join("logs");
        let log = fs::File::create(logs.join("window.log")).unwrap();
        self.driver = Some(Process::start("WebKitWebDriver", &logs, driver, log.into()));
        until("the driver answers", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()).await;

        let address = format!("http://127.0.0.1:{port}");
        Driver { address, home: self.home(), logs, display: self.display.clone() }
    }
}

/// WebKit's driver.
pub(crate) struct Driver {
    address: String,
    home: PathBuf,
    logs: PathBuf,
    display: String,
}

impl Driver {
    /// Warder's window, once there is one.
    pub(crate) async fn window(&self, words: &[&str]) -> Screen {
        let home = ["--home", self.home.to_str().unwrap()];
        let words: Vec<_> = home.iter().chain(words).collect();
        let capabilities = json!({
            "browserName": "wry",
            "webkitgtk:browserOptions": { "binary": env!("CARGO_BIN_EXE_warder-app"), "args": words },
        });
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.as_object().unwrap().clone());
        match tokio::time::timeout(PATIENCE, builder.connect(&self.address)).await {
            Ok(Ok(client)) => Screen { client, display: Display::open(&self.display) },
            Ok(Err(error)) => panic!("no window came: {error}\n{}", self.logs()),
            Err(_) => panic!("no window came in time\n{}", self.logs()),
        }
    }

    /// What the programs of this desktop printed.
    fn logs(&self) -> String {
        let logs = fs::read_dir(&self.logs).unwrap().map(|entry| entry.unwrap().path());
        logs.map(|log| format!("{}: {}\n", log.display(), fs::read_to_string(&log).unwrap_or_default())).collect()
    }
}

/// Warder's window, by what a person sees and clicks.
pub(crate) struct Screen {
    client: Client,
    display: Display,
}

impl Screen {
    /// Waits until the page has an element for `selector`.
    pub(crate) async fn find(&self, selector: &str) -> fantoccini::elements::Element {
        match self.client.wait().at_most(PATIENCE).for_element(Locator::Css(selector)).await {
            Ok(element) => element,
            Err(error) => self.fail(&format!("there is no {selector}: {error}")).await,
        }
    }

    /// Waits for the element, brings it into sight and clicks it. A list that is
    /// drawn anew takes the element away in between: then it looks again.
    pub(crate) async fn click(&self, selector: &str) {
        let start = Instant::now();
        while let Err(error) = self.click_once(selector).await {
            if start.elapsed() > PATIENCE {
                self.fail(&format!("{selector} cannot be clicked: {error:?}")).await;
            }
        }
    }

    async fn click_once(&self, selector: &str) -> Result<(), fantoccini::error::CmdError> {
        let element = self.find(selector).await;
        // The driver presses where it was: what still moves is waited for, as a hand does.
        let still = "const [it, done] = arguments;
            it.scrollIntoView({ block: 'center' });
            const place = () => { const { x, y } = it.getBoundingClientRect(); return `${x} ${y}`; };
            const look = before => requestAnimationFrame(() => place() === before ? done() : look(place()));
            look(place());";
        self.client.execute_async(still, vec![serde_json::to_value(&element)?]).await?;
        element.click().await
    }

    /// Waits until the page has no element for `selector` any more.
    pub(crate) async fn gone(&self, selector: &str) {
        let start = Instant::now();
        while self.value(&format!("document.querySelector('{selector}') !== null")).await == json!(true) {
            if start.elapsed() > PATIENCE {
                self.fail(&format!("{selector} is still there")).await;
            }
        }
    }

    /// Types into a field, in the place of what is there.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let field = self.find(selector).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Presses a button by the keyboard, for one that may move while a pointer is on its way.
    pub(crate) async fn press(&self, selector: &str) {
        self.find(selector).await.send_keys(&ENTER.to_string()).await.unwrap();
    }

    /// Gives the keyboard's focus to an element.
    pub(crate) async fn focus(&self, selector: &str) {
        let element = serde_json::to_value(self.find(selector).await).unwrap();
        self.client.execute("arguments[0].focus();", vec![element]).await.unwrap();
    }

    /// Waits until the page shows `text`.
    pub(crate) async fn text(&self, text: &str) {
        let path = format!("//*[contains(text(), '{text}')]");
        if let Err(error) = self.client.wait().at_most(PATIENCE).for_element(Locator::XPath(&path)).await {
            self.fail(&format!("the window does not say `{text}`: {error}")).await;
        }
    }

    /// Waits until `holds` does.
    pub(crate) async fn until(&self, what: &str, mut holds: impl FnMut() -> bool) {
        let start = Instant::now();
        let mut tick = tokio::time::interval(TICK);
        while !holds() {
            if start.elapsed() > PATIENCE {
                self.fail(&format!("in vain: {what}")).await;
            }
            tick.tick().await;
        }
    }

    /// All that the page holds, seen or not.
    pub(crate) async fn html(&self) -> String {
        self.client.source().await.unwrap()
    }

    /// Whether a promise of the page's own script fails; `internals` is
    /// Tauri's door to the core.
    pub(crate) async fn is_refused(&self, attempt: &str) -> bool {
        let script = format!(
            "const done = arguments[0], internals = window.__TAURI_INTERNALS__;
             Promise.resolve({attempt}).then(() => done(false), () => done(true));"
        );
        self.client.execute_async(&script, vec![]).await.unwrap() == json!(true)
    }

    /// What an expression of the page's own script is.
    pub(crate) async fn value(&self, expression: &str) -> serde_json::Value {
        self.client.execute(&format!("return {expression};"), vec![]).await.unwrap()
    }

    /// What a promise of the page's own script brings, kept or broken.
    pub(crate) async fn promise(&self, expression: &str) -> serde_json::Value {
        let script = format!(
            "const done = arguments[0], internals = window.__TAURI_INTERNALS__;
             Promise.resolve({expression}).then(done, done);"
        );
        self.client.execute_async(&script, vec![]).await.unwrap()
    }

    /// What the core answers to a request of the page.
    pub(crate) async fn ask(&self, request: &serde_json::Value) -> serde_json::Value {
        self.promise(&format!("internals.invoke('ask', {{ request: {request} }})")).await
    }

    /// Runs a statement in the page.
    pub(crate) async fn run(&self, statement: &str) {
        self.client.execute(statement, vec![]).await.unwrap();
    }

    pub(crate) async fn address(&self) -> String {
        self.client.current_url().await.unwrap().into()
    }

    /// Keeps a picture of the window in `target/window`.
    pub(crate) async fn picture(&self, name: &str) {
        // What was just clicked shows with the second frame.
        let frames = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));";
        self.client.execute_async(frames, vec![]).await.unwrap();
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/window");
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join(format!("{name}.png")), self.display.picture()).unwrap();
    }

    pub(crate) async fn close(self) {
        self.client.close().await.unwrap();
    }

    /// Ends the test with a picture of what was there instead.
    async fn fail(&self, why: &str) -> ! {
        // A test runs in a thread of its name.
        let name = format!("failed-{}", std::thread::current().name().unwrap_or("test").replace("::", "-"));
        self.picture(&name).await;
        panic!("{why}; see target/window/{name}.png");
    }
}

/// Waits until `holds` does, and fails when it never does.
pub(crate) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    let mut tick = tokio::time::interval(TICK);
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "in vain: {what}");
        tick.tick().await;
    }
}

/// A program that sees this desktop and nothing of the tester's own.
fn command(program: &str, dir: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("LANG", "C.UTF-8").stdin(Stdio::null());
    command.env("HOME", dir.join("home")).env("XDG_RUNTIME_DIR", dir.join("runtime"));
    for (variable, name) in
        [("XDG_DATA_HOME", "data"), ("XDG_CONFIG_HOME", "config"), ("XDG_CACHE_HOME", "cache"), ("TMPDIR", "tmp")]
    {
        command.env(variable, dir.join(name));
    }
    command
}

fn first_line(output: Option<ChildStdout>) -> String {
    let mut line = String::new();
    BufReader::new(output.expect("the output is piped")).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}
