//! Living with a finding: it stays in sight, counts half, and comes back when
//! its time is over or its evidence changes.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use homes::Home;
use warder_audit::api::{Finding, Report};
use warder_audit::finding::Reason;
use warder_audit::session::Session;

const CONFIG: &str = r#"{ "mcpServers": { "memory": { "command": "npx", "args": ["-y", "some-mcp"] } } }"#;

fn home(config: &str) -> Home {
    let home = Home::empty();
    home.write(".cursor/mcp.json", config);
    home
}

fn finding(report: &Report, rule: &str) -> Finding {
    report.findings.iter().find(|finding| finding.rule == rule).unwrap().clone()
}

fn points(report: &Report) -> u32 {
    report.servers[0].score.total.score.unwrap()
}

fn look(session: &mut Session) -> Report {
    session.scan().report()
}

/// Accepts the finding of a rule.
fn accept(session: &mut Session, rule: &str, days: Option<u32>) {
    let id = finding(&look(session), rule).id;
    session.accept(&id, Reason::Needed, "we build it ourselves", days).unwrap();
}

#[test]
fn an_accepted_finding_stays_in_sight_last_and_counts_half() {
    let home = home(CONFIG);
    let mut session = home.session();
    let before = points(&look(&mut session));
    accept(&mut session, "unpinned-package", Some(30));
    let report = look(&mut session);
    let accepted = finding(&report, "unpinned-package").accepted.unwrap();
    assert_eq!((accepted.reason, accepted.note.as_str()), (Reason::Needed, "we build it ourselves"));
    assert_eq!((accepted.at.as_str(), accepted.until.as_deref()), ("2026-11-21", Some("2026-12-21")));
    assert_eq!(report.findings.last().unwrap().rule, "unpinned-package");
    assert!(points(&report) > before);
    // Another session sees it too, and without it the score is better still.
    let mut mended = home.session();
    home.write(".cursor/mcp.json", &CONFIG.replace("some-mcp", "some-mcp@1.2.3"));
    assert!(points(&look(&mut mended)) > points(&report));
}

#[test]
fn it_ends_with_its_time() {
    let home = home(CONFIG);
    accept(&mut home.session(), "unpinned-package", Some(30));
    let on = |day| finding(&look(&mut home.session_with(|env| env.today = day)), "unpinned-package").accepted;
    assert!(on(Some(20_778 + 29)).is_some());
    assert!(on(Some(20_778 + 30)).is_none());
    assert!(on(None).is_none(), "without a clock nothing with an end counts");
}

#[test]
fn it_ends_with_its_evidence_and_not_with_its_place() {
    let home = home(CONFIG);
    accept(&mut home.session(), "unpinned-package", None);
    let now = |config: &str| {
        home.write(".cursor/mcp.json", config);
        finding(&look(&mut home.session()), "unpinned-package").accepted.is_some()
    };
    assert!(now(&CONFIG.replace("{ \"mcpServers\"", "{\n\n  \"other\": 1, \"mcpServers\"")));
    assert!(!now(&CONFIG.replace("some-mcp", "other-mcp")));
    assert!(!now(&CONFIG.replace("some-mcp", "some-mcp@latest")));
}

#[test]
fn it_can_be_taken_back() {
    let home = home(CONFIG);
    let mut session = home.session();
    let before = points(&look(&mut session));
    accept(&mut session, "unpinned-package", None);
    let id = finding(&look(&mut session), "unpinned-package").id;
    session.withdraw(&id).unwrap();
    assert_eq!(points(&look(&mut session)), before);
    assert!(session.withdraw(&id).is_err());
}

#[test]
fn a_file_that_cannot_be_read_is_nothing_to_live_with() {
    let home = home("{ \"mcpServers\": {");
    let mut session = home.session();
    let unread = finding(&look(&mut session), "invalid-config");
    assert!(!unread.acceptable && session.accept(&unread.id, Reason::Needed, "", None).is_err());
    assert!(unread.fixes[0].steps.iter().any(|step| step.contains("by itself")), "{:?}", unread.fixes[0].steps);
    // One that is read in spite of a name that stands twice is as it ever was.
    home.write(".cursor/mcp.json", r#"{ "mcpServers": { "a": { "command": "x" }, "a": { "command": "y" } } }"#);
    assert!(finding(&look(&mut session), "invalid-config").acceptable);
}

#[test]
fn what_cannot_be_accepted_is_refused() {
    let home = home(CONFIG);
    let mut session = home.session();
    let report = look(&mut session);
    let unpinned = finding(&report, "unpinned-package").id;
    let info = finding(&report, "unsandboxed-server");
    assert!(!info.acceptable && session.accept(&info.id, Reason::Needed, "", None).is_err());
    for (id, note, days) in [
        ("0000000000000000", "", None),
        (&*unpinned, "", Some(31)),
        (&unpinned, "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN is the key", None),
        (&unpinned, &"x".repeat(2000), None),
    ] {
        assert!(session.accept(id, Reason::Needed, note, days).is_err(), "{id}");
    }
    assert!(finding(&look(&mut session), "unpinned-package").accepted.is_none());
}

#[test]
fn no_secret_is_in_what_is_kept() {
    let home = home(
        r#"{ "mcpServers": { "a": { "command": "npx", "args": ["-y", "x@1.0.0", "--token", "hunter2-Zk81Lq0TrW"],
            "env": { "API_PASSWORD": "PLANTED-9fK2mQ7x" } } } }"#,
    );
    let mut session = home.session();
    for finding in look(&mut session).findings.into_iter().filter(|finding| finding.acceptable) {
        session.accept(&finding.id, Reason::Mitigated, "", None).unwrap();
    }
    assert!(home.path(".warder/history.db").exists());
    for value in ["PLANTED-9fK2mQ7x", "hunter2-Zk81Lq0TrW"] {
        assert!(!home.holds(".warder", value), "{value}");
    }
    // The value may change without the finding's coming back.
    home.write(".cursor/mcp.json", &home.read(".cursor/mcp.json").replace("PLANTED-9fK2mQ7x", "PLANTED-8aB3nC6d"));
    assert!(finding(&look(&mut home.session()), "secret-in-env").accepted.is_some());
}

#[test]
fn a_note_with_a_key_of_this_computer_is_refused() {
    let key = "tok-live-seventeen-and-more";
    let other = format!(r#"{{ "command": "node", "args": ["/srv/a.js"], "env": {{ "DB_PASSWORD": "{key}" }} }}"#);
    let home = home(&CONFIG.replace("{ \"memory\"", &format!("{{ \"other\": {other}, \"memory\"")));
    let mut session = home.session();
    let id = finding(&look(&mut session), "unpinned-package").id;
    let failure = session.accept(&id, Reason::Needed, &format!("needs {key}"), Some(30)).unwrap_err();
    assert!(!failure.to_string().contains(key) && failure.message.contains("key"), "{failure}");
    session.accept(&id, Reason::Needed, "needs the key of the other one", Some(30)).unwrap();
}
