//! Story homes: whole home directories, copied for one test each. `[HOME]` in
//! a file becomes the copy's path.
#![allow(dead_code, reason = "each test file uses its share")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;

use warder_audit::api::{Choices, Fix, Report};
use warder_audit::clients::Os;
use warder_audit::env::Env;
use warder_audit::finding::Safety;
use warder_audit::session::Session;
use warder_launch::vault::{Handle, MemoryVault, Vault};

/// A copy of a story; gone when dropped.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    vault: Arc<MemoryVault>,
}

fn stories() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/homes")
}

impl Home {
    pub(crate) fn story(name: &str) -> Home {
        let home = Home::empty();
        copy(&stories().join(name), &home.root(), &home.root());
        home
    }

    /// A home with nothing in it.
    pub(crate) fn empty() -> Home {
        Home { folder: tempfile::tempdir().unwrap(), vault: Arc::default() }
    }

    /// Real path, because a temporary folder may be reached through a link.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        if path.is_empty() { self.root() } else { self.root().join(path) }
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        fs::create_dir_all(self.path(path).parent().unwrap()).unwrap();
        fs::write(self.path(path), text).unwrap();
    }

    pub(crate) fn env(&self) -> Env {
        let path = std::env::var("PATH").unwrap();
        Env {
            os: Os::Linux,
            home: self.root(),
            vars: BTreeMap::from([("PATH".to_owned(), path)]),
            projects: Vec::new(),
            files: Vec::new(),
            only: None,
            root: "/".into(),
            today: Some(20_778),
            instead: Vec::new(),
            // Copied by a fix, never started by these tests; there is no key in it.
            launcher: Some(stories().join("programs/warder-launch")),
        }
    }

    /// A session on this home; all of one home share their vault.
    pub(crate) fn session(&self) -> Session {
        Session::open(self.env(), self.env().state(), self.vault.clone())
    }

    /// A session that sees this home otherwise.
    pub(crate) fn session_with(&self, change: impl FnOnce(&mut Env)) -> Session {
        let mut env = self.env();
        change(&mut env);
        Session::open(env, self.env().state(), self.vault.clone())
    }

    /// A session that looks into one project too.
    pub(crate) fn session_in(&self, project: &str) -> Session {
        self.session_with(|env| env.projects.push(self.path(project)))
    }

    /// Every config file with its bytes.
    pub(crate) fn configs(&self) -> BTreeMap<String, Vec<u8>> {
        let mut found = BTreeMap::new();
        walk(&self.root(), &mut |path| {
            if path.extension().is_some_and(|end| end == "json") && !path.starts_with(self.path(".warder")) {
                found.insert(path.to_string_lossy().into_owned(), fs::read(path).unwrap());
            }
        });
        found
    }

    /// The permission bits of every config file; none where files have no such.
    pub(crate) fn modes(&self) -> BTreeMap<String, Option<u32>> {
        self.configs().into_keys().map(|path| (path.clone(), warder_audit::disk::mode(path.as_ref()))).collect()
    }

    pub(crate) fn profiles(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path(".warder/profiles")).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    /// Whether any file below `folder` holds these bytes.
    pub(crate) fn holds(&self, folder: &str, text: &str) -> bool {
        let mut holds = false;
        walk(&self.path(folder), &mut |path| {
            let bytes = fs::read(path).unwrap();
            holds |= bytes.windows(text.len()).any(|window| window == text.as_bytes());
        });
        holds
    }

    /// Whether the keychain holds the item of `keychain:NAME-…`.
    pub(crate) fn keeps(&self, reference: &str) -> bool {
        let handle: Handle = serde_json::from_value(reference.strip_prefix("keychain:").unwrap().into()).unwrap();
        self.vault.get(&handle).unwrap().is_some()
    }

    /// What the item of `keychain:NAME-…` holds.
    pub(crate) fn kept(&self, reference: &str) -> Option<String> {
        let handle: Handle = serde_json::from_value(reference.strip_prefix("keychain:").unwrap().into()).unwrap();
        self.vault.get(&handle).unwrap().map(|secret| secret.expose().to_owned())
    }

    /// What the keychain holds, but for the key of the history.
    pub(crate) fn values(&self) -> Vec<String> {
        let named = self.vault.handles().into_iter().map(|handle| handle.reference());
        named.filter(|reference| !reference.contains("history")).filter_map(|one| self.kept(&one)).collect()
    }

    pub(crate) fn items(&self) -> usize {
        self.values().len()
    }

    /// Changes the history behind Warder's back.
    pub(crate) fn sql(&self, statement: &str) {
        rusqlite::Connection::open(self.path(".warder/history.db")).unwrap().execute_batch(statement).unwrap();
    }
}

fn copy(from: &Path, to: &Path, home: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target, home);
        } else {
            fs::copy(entry.path(), &target).unwrap();
            let text = fs::read_to_string(&target).unwrap();
            if text.contains("[HOME]") {
                fs::write(&target, text.replace("[HOME]", &home.to_string_lossy())).unwrap();
            }
        }
    }
}

fn walk(folder: &Path, each: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, each) } else { each(&path) }
    }
}

/// The fixes of a home that Warder can do itself, without a network.
pub(crate) fn offered(session: &mut Session) -> Vec<Fix> {
    let report = session.scan().report();
    let local = |server: &Option<String>| {
        let server = report.servers.iter().find(|row| Some(&row.id) == server.as_ref());
        server.is_some_and(|server| server.package.is_none())
    };
    let findings =
        report.findings.iter().filter(|finding| finding.rule != "unsandboxed-server" || local(&finding.server));
    let fixes = findings.flat_map(|finding| finding.fixes.clone());
    fixes.filter(|fix| fix.safety != Safety::Manual).collect()
}

pub(crate) fn choices(home: &Home) -> Choices {
    Choices { keep: vec![home.path("code/app").to_string_lossy().into_owned()], ..Choices::default() }
}

/// What is worse after `fix` than before: a lower score of a server, or a new
/// finding at least as severe as the one that was mended.
pub(crate) fn worse(before: &Report, after: &Report, fix: &str) -> Vec<String> {
    let mended = before.findings.iter().find(|finding| finding.fixes.iter().any(|one| one.id == fix)).unwrap();
    let name = |report: &Report, id: &str| {
        let server = report.servers.iter().find(|server| server.id == id);
        server.map_or_else(String::new, |server| format!("{} {}", server.client, server.name))
    };
    let count = |report: &Report| {
        let mut count = BTreeMap::new();
        for finding in report.findings.iter().filter(|finding| finding.severity >= mended.severity) {
            // What weighs on several is said once, at any of them.
            let on = finding.server.iter().chain(&finding.also).map(String::as_str);
            let on = if finding.server.is_none() { vec![""] } else { on.collect() };
            for server in on {
                *count.entry((finding.rule.clone(), name(report, server))).or_insert(0) += 1;
            }
        }
        count
    };
    let were = count(before);
    let more = count(after).into_iter().filter(|(key, number)| number > were.get(key).unwrap_or(&0));
    let lower = before.servers.iter().filter_map(|server| {
        let other = after.servers.iter().find(|other| other.id == server.id)?;
        (other.score.total.score < server.score.total.score).then(|| format!("{} scores lower", server.name))
    });
    more.map(|((rule, server), _)| format!("{rule} on {server}")).chain(lower).collect()
}

/// The choices of a fix: folders only where it asks for them.
pub(crate) fn answers(home: &Home, fix: &Fix) -> Choices {
    if fix.id.ends_with(".narrow") { choices(home) } else { Choices::default() }
}

pub(crate) const STORIES: &[&str] = &["cursor-token", "claude-files", "vscode-mixed"];

/// Applies the first keychain fix; gives the change and its key's reference.
pub(crate) fn moved(home: &Home, session: &mut Session) -> (String, String) {
    let fix = offered(session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    let change = session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
    let text = home.read(".cursor/mcp.json");
    let start = text.find("keychain:").unwrap();
    (change.id, text[start..].split('"').next().unwrap().to_owned())
}

/// A process of this name with this home; ended when dropped.
pub(crate) struct Running(process::Child);

impl Running {
    pub(crate) fn named(home: &Home, name: &str, its_home: &Path) -> Running {
        let program = home.path("bin").join(name);
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        // By another process, which cannot keep it open for writing.
        assert!(process::Command::new("cp").args(["/bin/cat"]).arg(&program).status().unwrap().success());
        let mut command = process::Command::new(program);
        Running(command.env("HOME", its_home).stdin(process::Stdio::piped()).spawn().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A fix of this kind, if there is one.
pub(crate) fn fix(session: &mut Session, kind: &str) -> Option<Fix> {
    let report = session.scan().report();
    let mut fixes = report.findings.into_iter().flat_map(|finding| finding.fixes);
    fixes.find(|fix| fix.id.ends_with(&format!(".{kind}")))
}

/// The steps of everything that has to be done by hand.
pub(crate) fn by_hand(session: &mut Session) -> String {
    let report = session.scan().report();
    let fixes = report.findings.iter().flat_map(|finding| &finding.fixes);
    fixes.filter(|fix| fix.id.ends_with(".by-hand")).flat_map(|fix| fix.steps.clone()).collect::<Vec<_>>().join("\n")
}

/// Whether a fix that starts the entry through the launcher is offered.
pub(crate) fn wraps(session: &mut Session) -> bool {
    ["keychain", "sandbox"].iter().any(|kind| fix(session, kind).is_some())
}

/// Applies a fix; gives the change's id.
pub(crate) fn apply(session: &mut Session, fix: &Fix, choices: &Choices) -> String {
    let seen =
        session.preview(&fix.id, choices).unwrap_or_else(|why| panic!("{}: {why} {:?}", fix.title, why.hint)).seen;
    session.apply(&fix.id, choices, &seen, false).unwrap_or_else(|why| panic!("{}: {why} {:?}", fix.title, why.hint)).id
}

/// An entry with a key: `{ "command": …, … }`.
pub(crate) fn entry() -> serde_json::Value {
    serde_json::json!({
        "command": "node",
        "args": ["/srv/x.js"],
        "env": { "GITHUB_TOKEN": "ghp_16C7e42F292c6912E7710c838347Ae178B4a" }
    })
}

/// A file with that entry called `x` at `root`.
pub(crate) fn file(root: &str) -> String {
    serde_json::json!({ root: { "x": entry() } }).to_string()
}

/// Moves the key of a home's only entry.
pub(crate) fn key_moved(session: &mut Session) -> String {
    let keychain = fix(session, "keychain").expect("a key to move");
    apply(session, &keychain, &Choices::default())
}

/// Why a key is not moved now.
pub(crate) fn refusal(session: &mut Session) -> (warder_audit::api::Code, String) {
    let keychain = fix(session, "keychain").expect("a key to move");
    let failure = match session.preview(&keychain.id, &Choices::default()) {
        Ok(preview) => session.apply(&keychain.id, &Choices::default(), &preview.seen, false).unwrap_err(),
        Err(failure) => failure,
    };
    (failure.code, format!("{failure} {}", failure.hint.as_deref().unwrap_or_default()))
}

/// A JSON file of a home.
pub(crate) fn read(home: &Home, path: &str) -> serde_json::Value {
    serde_json::from_str(&home.read(path)).expect("the file is JSON")
}
