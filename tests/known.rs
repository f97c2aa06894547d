//! What was a key once is seen nowhere later; what runs is seen whatever a config calls a key.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use homes::{Home, moved, offered};
use warder_audit::api::{Answer, Choices, ReportShape, Request};
use warder_audit::session::Session;
use warder_audit::session::export::bytes;
use warder_launch::vault::{Handle, Secret, Vault, VaultError};

const CURSOR: &str = ".cursor/mcp.json";
const WINDSURF: &str = ".codeium/windsurf/mcp_config.json";
/// Only the name of its variable says that it is a key.
const PLAIN: &str = "Zq8-plainvalue-77x1";

fn entry(name: &str, args: &str, env: &str) -> String {
    format!(r#""{name}": {{ "command": "npx", "args": [{args}], "env": {{ {env} }} }}"#)
}

fn config(entries: &[String]) -> String {
    format!("{{ \"mcpServers\": {{\n{}\n}} }}", entries.join(",\n"))
}

/// A key in one entry, and its copy in another, where nothing shows what it is.
fn copied() -> Home {
    let home = Home::empty();
    let variable = format!(r#""SERVICE_PASSWORD": "{PLAIN}""#);
    home.write(CURSOR, &config(&[entry("a", r#""-y", "srv@1.0.0""#, &variable)]));
    home.write(WINDSURF, &config(&[entry("b", &format!(r#""-y", "other@1.0.0", "{PLAIN}""#), "")]));
    home
}

/// Everything that a session answers without being asked for a change.
fn answered(session: &mut Session) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let report = session.scan().report();
    for shape in [ReportShape::Html, ReportShape::Markdown, ReportShape::Sarif, ReportShape::Json] {
        all.push((format!("{shape:?}"), String::from_utf8(bytes(&report, shape)).unwrap()));
    }
    let mut requests = vec![
        Request::Scan,
        Request::News,
        Request::SeenNews { changes: None },
        Request::Secrets,
        Request::Keys,
        Request::Log,
        Request::Safe,
        Request::Reminders,
    ];
    let findings = report.findings.iter();
    requests.extend(findings.map(|finding| Request::Detail { finding: finding.id.clone() }));
    requests
        .extend(offered(session).into_iter().map(|fix| Request::Preview { fix: fix.id, choices: Choices::default() }));
    for change in session.log().unwrap() {
        requests.push(Request::Change { change: change.id });
    }
    for request in requests {
        let what = format!("{request:?}");
        match session.ask(request) {
            Ok(answer) => all.push((what, serde_json::to_string(&answer).unwrap())),
            Err(failure) => all.push((what, format!("{failure:?}"))),
        }
    }
    all
}

#[track_caller]
fn hidden(session: &mut Session, value: &str) {
    for (what, text) in answered(session) {
        assert!(!text.contains(value), "{what} shows it: {text}");
    }
}

#[test]
fn the_copies_of_a_key_stay_hidden_once_it_is_moved() {
    let home = copied();
    let mut session = home.session();
    hidden(&mut session, PLAIN);
    moved(&home, &mut session);
    assert!(!home.read(CURSOR).contains(PLAIN) && home.read(WINDSURF).contains(PLAIN));
    hidden(&mut session, PLAIN);
    // What changes beside the copy is told without it, and what is told is kept without it.
    home.write(WINDSURF, &home.read(WINDSURF).replace("other@1.0.0", "other@2.0.0"));
    hidden(&mut session, PLAIN);
    assert!(!session.news().unwrap().news.is_empty());
    assert!(!home.holds(".warder", PLAIN));
}

#[test]
fn a_new_process_hides_the_copies_of_what_the_keychain_holds() {
    // There a scan asks no keychain.
    if cfg!(target_os = "macos") {
        return;
    }
    let home = copied();
    moved(&home, &mut home.session());
    let mut session = home.session();
    hidden(&mut session, PLAIN);
    home.write(WINDSURF, &home.read(WINDSURF).replace("other@1.0.0", "other@2.0.0"));
    hidden(&mut session, PLAIN);
    assert!(!home.holds(".warder", PLAIN));
}

/// A keychain that may be locked, and counts who asks.
struct Asked {
    locked: AtomicBool,
    times: AtomicUsize,
}

impl Vault for Asked {
    fn get(&self, _: &Handle) -> Result<Option<Secret>, VaultError> {
        assert!(!self.locked.load(Relaxed), "a scan would wait");
        self.times.fetch_add(1, Relaxed);
        Ok(Some(Secret::new(PLAIN)))
    }
    fn set(&self, _: &Handle, _: &Secret) -> Result<(), VaultError> {
        panic!("a scan stores nothing")
    }
    fn delete(&self, _: &Handle) -> Result<(), VaultError> {
        panic!("a scan deletes nothing")
    }
    fn look(&self) -> Result<Option<String>, VaultError> {
        if self.locked.load(Relaxed) { Err(VaultError::Locked) } else { Ok(None) }
    }
}

#[test]
fn a_scan_waits_for_no_keychain_and_asks_once() {
    // There a scan asks no keychain.
    if cfg!(target_os = "macos") {
        return;
    }
    let home = copied();
    moved(&home, &mut home.session());
    let vault = Arc::new(Asked { locked: AtomicBool::new(true), times: AtomicUsize::new(0) });
    let mut session = Session::open(home.env(), home.env().state(), vault.clone());
    let mut shows = || session.scan().report().servers.iter().any(|row| row.command.iter().any(|word| word == PLAIN));
    assert!(shows(), "nothing says that it is a key");
    vault.locked.store(false, Relaxed);
    assert!(!shows() && !shows());
    vault.locked.store(true, Relaxed);
    assert!(!shows(), "it was known before");
    assert_eq!(vault.times.load(Relaxed), 1);
}

#[test]
fn what_everybody_knows_hides_nothing() {
    let home = Home::empty();
    let env = r#""POSTGRES_PASSWORD": "postgres""#;
    home.write(
        CURSOR,
        &config(&[entry("a", r#""-y", "srv@1.0.0""#, env), entry("my-postgres-db", r#""-y", "some@1.0.0""#, "")]),
    );
    moved(&home, &mut home.session());
    assert_eq!(home.values(), ["postgres"]);
    let mut session = home.session();
    assert!(session.scan().report().servers.iter().any(|row| row.name == "my-postgres-db"));
}

#[test]
fn what_became_known_as_a_key_goes_from_what_was_told() {
    let home = Home::empty();
    let with = |args: &str, env: &str| config(&[entry("a", args, env)]);
    home.write(CURSOR, &with(r#""-y", "srv@1.0.0""#, ""));
    let mut session = home.session();
    session.news().unwrap();
    home.write(CURSOR, &with(&format!(r#""-y", "srv@1.0.0", "{PLAIN}""#), ""));
    session.scan();
    session.news().unwrap();
    assert!(home.holds(".warder", PLAIN), "nobody could know that it is one");
    home.write(CURSOR, &with(r#""-y", "srv@1.0.0""#, &format!(r#""A_PASSWORD": "{PLAIN}""#)));
    // By another process, too: what it knows is what stands there now.
    let mut session = home.session();
    hidden(&mut session, PLAIN);
    assert!(!home.holds(".warder", PLAIN));
    // The key itself goes; what it was is known to this process still.
    home.write(CURSOR, &with(&format!(r#""-y", "srv@1.0.0", "{PLAIN}""#), ""));
    hidden(&mut session, PLAIN);
    assert!(!home.holds(".warder", PLAIN));
}

#[test]
fn a_forgotten_history_tells_no_news() {
    let home = Home::empty();
    home.write(CURSOR, "{}");
    let mut session = home.session();
    session.news().unwrap();
    home.write(CURSOR, &config(&[entry("planted-name", r#""-y", "srv@1.0.0""#, "")]));
    session.scan();
    assert!(!session.news().unwrap().news.is_empty());
    assert!(home.holds(".warder", "planted-name"));
    session.forget_history().unwrap();
    assert!(!home.holds(".warder", "planted-name"));
    assert!(session.news().unwrap().news.is_empty());
}

/// The commands that a fix of one entry would start.
fn started(session: &mut Session, server: &str) -> Vec<String> {
    let report = session.scan().report();
    let id = &report.servers.iter().find(|row| row.name == server).unwrap().id;
    let own = report.findings.iter().filter(|finding| finding.server.as_ref() == Some(id));
    let fixes: Vec<String> = own.flat_map(|finding| finding.fixes.iter().map(|fix| fix.id.clone())).collect();
    let mut lines = Vec::new();
    for fix in fixes {
        if let Ok(Answer::Preview(preview)) = session.ask(Request::Preview { fix, choices: Choices::default() }) {
            lines.extend(preview.verify.unwrap_or_default());
        }
    }
    let row = report.servers.into_iter().find(|row| row.name == server).unwrap();
    lines.push(row.command.join(" "));
    lines
}

#[test]
fn no_config_hides_what_runs_by_calling_it_a_key() {
    let key = "qXi7td2ktpzedf7w3ly37a7Z";
    for (package, value) in [
        ("@evil/server-github@6.6.6", "@evil/server-github@6.6.6"),
        ("@evil/server-github@6.6.6", "evil/server-github@6"),
        ("@evil/server-github@6.6.6", "-y @evil/server-github@6.6.6"),
        ("@evil/server-github@6.6.6", r"first\n@evil/server-github@6.6.6"),
        ("evil-server-github@6.6.6", "evil-server-github@6.6.6"),
        ("evil-server-github@6.6.6", "npx -y evil-server-github@6.6.6"),
        ("evil-server-github@6.6.6", "--allow-everything"),
        ("evil-server-github@6.6.6", "--allow-everything of all"),
    ] {
        let home = Home::empty();
        let args = format!(r#""-y", "{package}", "--allow-everything", "of", "all""#);
        let other = entry("it", &args, &format!(r#""SOME_TOKEN": "{key}""#));
        home.write(CURSOR, &config(&[other]));
        let called = format!(r#""API_KEY": "{value}", "A_PASSWORD": "{value}""#);
        home.write("code/app/.cursor/mcp.json", &config(&[entry("names", r#""-y", "some-mcp@1.0.0""#, &called)]));
        let mut session = home.session_in("code/app");
        let lines = started(&mut session, "it");
        assert!(lines.len() > 2, "{lines:?}");
        for line in lines {
            assert!(line.contains(package) && line.contains("--allow-everything of all"), "{value}: {line}");
            assert!(!line.contains(key));
        }
    }
}

#[test]
fn a_swap_shows_although_both_packages_are_called_keys() {
    let home = Home::empty();
    let called = r#""A_SECRET": "@good/server-github@1.0.6", "B_PASSWORD": "@good/server-github@1.0.6",
        "API_KEY": "@evil/server-github@6.6.6", "C_PASSWORD": "@evil/server-github@6.6.6""#;
    home.write("code/app/.cursor/mcp.json", &config(&[entry("names", r#""-y", "some-mcp@1.0.0""#, called)]));
    home.write(CURSOR, &config(&[entry("github", r#""-y", "@good/server-github@1.0.6""#, "")]));
    let mut session = home.session_in("code/app");
    session.news().unwrap();
    home.write(CURSOR, &config(&[entry("github", r#""-y", "@evil/server-github@6.6.6""#, "")]));
    session.scan();
    let told = session.news().unwrap().news.into_iter().find(|one| one.name.as_deref() == Some("github")).unwrap();
    let words: Vec<&str> = told.diff.iter().map(|line| line.text.as_str()).collect();
    assert!(words.contains(&"@good/server-github@1.0.6") && words.contains(&"@evil/server-github@6.6.6"), "{words:?}");
    assert!(session.scan().report().findings.iter().all(|finding| finding.rule != "secret-in-env"));
}

#[test]
fn no_config_hides_the_line_of_a_shell() {
    // One that may be started to see whether it does: those lines are shown too.
    let line = "node /srv/evil.js | tee /tmp/out";
    let home = Home::empty();
    let shell = format!(
        r#""it": {{ "command": "sh", "args": ["-c", "{line}"], "env": {{ "SOME_TOKEN": "qXi7td2ktpzedf7w3ly37a7Z" }} }}"#
    );
    home.write(
        CURSOR,
        &config(&[shell, entry("names", r#""-y", "some-mcp@1.0.0""#, &format!(r#""A_PASSWORD": "{line}""#))]),
    );
    let mut session = home.session();
    let lines = started(&mut session, "it");
    assert!(lines.len() > 1 && lines.iter().all(|shown| shown.contains(line)), "{lines:?}");
}

#[test]
fn a_key_within_what_runs_stays_hidden() {
    let key = "Zq8plainvalue77x1";
    let home = Home::empty();
    let args = format!(r#""-y", "git+https://user:{key}@git.example.com/it.git""#);
    home.write(CURSOR, &config(&[entry("it", &args, ""), entry("b", &format!(r#""-y", "other@1.0.0", "{key}""#), "")]));
    hidden(&mut home.session(), key);
}

#[test]
fn what_an_input_would_fill_in_by_itself_is_hidden() {
    for default in ["qXi7td2ktpzedf7w3ly37a7Z", PLAIN] {
        let home = Home::empty();
        let input = format!(r#"{{ "id": "t", "type": "promptString", "password": true, "default": "{default}" }}"#);
        let key = r#""OTHER_TOKEN": "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN", "T": "${input:t}""#;
        let server = entry("a", &format!(r#""-y", "srv", "{default}""#), key);
        home.write(
            ".config/Code/User/mcp.json",
            &format!("{{ \"inputs\": [{input}],\n \"servers\": {{ {server} }} }}"),
        );
        let mut session = home.session();
        hidden(&mut session, default);
        let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
        let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
        session.apply(&fix.id, &Choices::default(), &seen, false).unwrap();
        hidden(&mut session, default);
    }
}
