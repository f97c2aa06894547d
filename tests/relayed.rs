//! Entries that come to their server through the relay, or whose client asks it
//! for headers: approved anew, put back without a history, looked at by the doctor.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::fs;

use homes::{Home, fix, key_moved};
use serde_json::{Value, json};
use warder_audit::api::{Approval, Checked, Choices, Code, Health, Protection, Restoring};
use warder_audit::session::Session;
use warder_launch::profile::Profile;
use warder_launch::vault::Handle;

const KEY: &str = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
const OTHER: &str = "q8Zr2LmW0xVb7TnKc4JdYp91";

const CURSOR: &str = ".cursor/mcp.json";
const CLAUDE: &str = ".claude.json";
const CODEX: &str = ".codex/config.toml";
const GOOSE: &str = ".config/goose/config.yaml";
const CONTINUE: &str = ".continue/config.yaml";
const OPENCODE: &str = ".config/opencode/opencode.json";

/// File and its text, whose only entry is called `git`.
const HOMES: &[(&str, &str)] = &[
    (
        CURSOR,
        r#"{ "mcpServers": { "git": { "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]", "X-Set": "repos" } } } }"#,
    ),
    (
        CURSOR,
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp?api_key=[OTHER]" } } }"#,
    ),
    (
        CODEX,
        "[mcp_servers.git]\nurl = \"https://mcp.example.com/mcp\"\nstartup_timeout_sec = 20\nhttp_headers = { Authorization = \"Bearer [KEY]\" }\n\n[mcp_servers.other]\ncommand = \"some-mcp\"\n",
    ),
    (
        CODEX,
        "[mcp_servers.git]\nurl = \"https://mcp.example.com/mcp\"\n\n[mcp_servers.git.http_headers]\nAuthorization = \"Bearer [KEY]\"\nX-Set = \"repos\"\n",
    ),
    (
        GOOSE,
        "extensions:\n  git:\n    type: streamable_http\n    name: git\n    enabled: true\n    uri: https://mcp.example.com/mcp\n    headers:\n      Authorization: Bearer [KEY]\n    timeout: 300\n",
    ),
    (
        CONTINUE,
        "name: mine\nmcpServers:\n  - name: git\n    type: streamable-http\n    url: https://ana:[OTHER]@mcp.example.com/mcp\n  - name: other\n    command: some-mcp\n",
    ),
    (
        OPENCODE,
        r#"{ "mcp": { "git": { "type": "remote", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "enabled": true } } }"#,
    ),
    (
        CLAUDE,
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]", "X-Set": "repos" } } } }"#,
    ),
    (
        CLAUDE,
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
    ),
    (
        CLAUDE,
        r#"{ "mcpServers": { "git": { "type": "sse", "url": "https://mcp.example.com/events?api_key=[OTHER]" } } }"#,
    ),
    (
        ".cline/data/settings/cline_mcp_settings.json",
        r#"{ "mcpServers": { "git": { "transport": { "type": "sse", "url": "https://mcp.example.com/sse", "headers": { "X-API-Key": "[OTHER]" } }, "disabled": false } } }"#,
    ),
    (
        ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
        r#"{ "mcpServers": { "git": { "type": "streamable-http", "url": "https://mcp.example.com/mcp?api_key=[OTHER]", "alwaysAllow": ["list"] } } }"#,
    ),
    (
        ".config/zed/settings.json",
        r#"{ "context_servers": { "git": { "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
    ),
    (
        ".gemini/settings.json",
        r#"{ "mcpServers": { "git": { "httpUrl": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "trust": false } } }"#,
    ),
    (
        ".gemini/settings.json",
        r#"{ "mcpServers": { "git": { "url": "https://mcp.example.com/sse", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
    ),
    (
        ".codeium/windsurf/mcp_config.json",
        r#"{ "mcpServers": { "git": { "serverUrl": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
    ),
    (
        ".config/Code/User/mcp.json",
        r#"{ "servers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp?a=b&token=[OTHER]", "headers": { "Authorization": "Bearer [KEY]", "X-Copy": "[KEY]" } } } }"#,
    ),
    (
        ".ai/mcp/mcp.json",
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
    ),
    (
        ".ai/mcp/mcp.json",
        r#"{ "mcpServers": { "git": { "type": "sse", "url": "https://mcp.example.com/events", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
    ),
    (
        ".aws/amazonq/mcp.json",
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
    ),
    (
        ".config/crush/crush.json",
        r#"{ "mcp": { "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
    ),
    (
        ".kiro/settings/mcp.json",
        r#"{ "mcpServers": { "git": { "type": "streamable-http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" } } } }"#,
    ),
    (
        ".vibe/config.toml",
        "[[mcp_servers]]\nname = \"git\"\ntransport = \"streamable-http\"\nurl = \"https://mcp.example.com/mcp\"\nheaders = { Authorization = \"Bearer [KEY]\" }\n",
    ),
    (
        ".copilot/mcp-config.json",
        r#"{ "mcpServers": { "git": { "type": "http", "url": "https://mcp.example.com/mcp", "headers": { "Authorization": "Bearer [KEY]" }, "tools": ["*"] } } }"#,
    ),
];

/// A home whose only key was moved.
fn moved(path: &str, text: &str) -> (Home, Session, String) {
    let home = Home::empty();
    home.write(path, &text.replace("[KEY]", KEY).replace("[OTHER]", OTHER));
    let mut session = home.session();
    let change = key_moved(&mut session);
    assert_eq!(protection(&mut session), Protection::Keychain, "{path}");
    (home, session, change)
}

/// The first home of this file.
fn first(path: &str) -> (Home, Session, String) {
    let (_, text) = HOMES.iter().find(|(other, _)| *other == path).unwrap();
    moved(path, text)
}

fn protection(session: &mut Session) -> Protection {
    session.scan().report().servers.iter().find(|row| row.name == "git").unwrap().protection
}

fn server(session: &mut Session) -> String {
    session.scan().report().servers.iter().find(|row| row.name == "git").unwrap().id.clone()
}

fn edit(home: &Home, path: &str, old: &str, new: &str) {
    let text = home.read(path);
    assert!(text.contains(old), "{old} is not in {text}");
    home.write(path, &text.replacen(old, new, 1));
}

fn value(path: &str, text: &str) -> Value {
    match path.rsplit('.').next().unwrap() {
        "json" => serde_json::from_str(text).unwrap(),
        "toml" => toml::from_str(text).unwrap(),
        _ => serde_norway::from_str(text).unwrap(),
    }
}

fn profile(home: &Home) -> Profile {
    let state = home.env().state();
    let ids = Profile::list(&state).unwrap();
    assert_eq!(ids.len(), 1);
    Profile::read(&state, &ids[0]).unwrap()
}

fn approval(session: &mut Session) -> Approval {
    let server = server(session);
    session.approval(&server).unwrap_or_else(|why| panic!("{why} {:?}", why.hint))
}

fn refused(session: &mut Session) -> String {
    let server = server(session);
    let failure = session.approval(&server).unwrap_err();
    format!("{failure} {}", failure.hint.as_deref().unwrap_or_default())
}

fn restored(session: &mut Session) -> Restoring {
    let server = server(session);
    let mut done = session.restore(&[server]).unwrap();
    assert_eq!(done.len(), 1);
    done.remove(0)
}

#[test]
fn without_a_history_the_entry_is_spelled_as_before() {
    for (path, text) in HOMES {
        let (home, mut session, _) = moved(path, text);
        let before = text.replace("[KEY]", KEY).replace("[OTHER]", OTHER);
        home.write(".warder/history.db", "this is no history any more");
        let wanted = server(&mut session);
        let shown = session.restoring(&[wanted]).unwrap().remove(0);
        assert_eq!(shown.failure.as_ref().map(ToString::to_string), None, "{path}: {:?}", shown.failure);
        assert!(!serde_json::to_string(&shown).unwrap().contains("keychain:"), "{path}");
        assert!(shown.steps[0].contains("again"), "{path}: {:?}", shown.steps);
        let kept = profile(&home);
        let one = restored(&mut session);
        assert_eq!(one.failure.map(|why| why.to_string()), None, "{path}");
        let now = home.read(path);
        assert_eq!(value(path, &now), value(path, &before), "{path}: {now}");
        assert_eq!(protection(&mut session), Protection::None, "{path}");
        // Nothing was dropped that no history holds.
        assert_eq!(profile(&home), kept, "{path}");
        assert!(kept.inside.iter().all(|handle| home.keeps(&handle.reference())), "{path}");
    }
}

#[test]
fn restoring_is_a_change_like_any_other() {
    for path in [CURSOR, CLAUDE] {
        let (home, mut session, _) = first(path);
        let relayed = home.read(path);
        let kept = profile(&home);
        fs::remove_file(home.path(".warder/history.db")).unwrap();
        assert_eq!(restored(&mut session).failure.map(|why| why.to_string()), None, "{path}");
        assert!(home.read(path).contains(KEY) && home.profiles().is_empty(), "{path}");
        let log = session.log().unwrap();
        assert_eq!(log[0].title, "Took the relay out of git", "{path}");
        session.undo(&log[0].id).unwrap();
        assert_eq!((home.read(path), profile(&home)), (relayed, kept), "{path}");
        assert_eq!(protection(&mut session), Protection::Keychain, "{path}");
    }
}

#[test]
fn what_cannot_be_put_back_for_sure_stays() {
    let lost = |home: &Home| home.write(".warder/history.db", "this is no history any more");
    let why = |session: &mut Session| {
        let one = restored(session);
        let failure = one.failure.unwrap();
        format!("{failure} {}", failure.hint.as_deref().unwrap_or_default())
    };
    // It got a type since, and what it said before is written nowhere.
    let (home, mut session, _) = first(CURSOR);
    lost(&home);
    edit(&home, CURSOR, "\"command\"", "\"type\": \"stdio\", \"command\"");
    let now = home.read(CURSOR);
    let said = why(&mut session);
    assert!(said.contains("it is not known well enough how"), "{said}");
    assert_eq!(home.read(CURSOR), now);

    // No key goes where nobody said that it may go, nor back into a file beside it.
    for path in [CURSOR, CODEX, CLAUDE] {
        let (home, mut session, _) = first(path);
        lost(&home);
        edit(&home, path, "https://mcp.example.com/", "https://mcp.example.net/");
        let now = home.read(path);
        assert!(why(&mut session).contains("git changed since it was approved"), "{path}");
        assert_eq!(home.read(path), now);
    }
    let (home, mut session, _) = first(CURSOR);
    lost(&home);
    edit(&home, CURSOR, "\"command\"", "\"headers\": { \"X-Own\": \"a\" }, \"command\"");
    assert!(why(&mut session).contains("has a URL or headers of its own beside the relay"));

    // Headers that only the profile knew.
    let (home, mut session, _) = first(CLAUDE);
    lost(&home);
    fs::write(&home.profiles()[0], "{").unwrap();
    assert!(why(&mut session).contains("the profile of git cannot be read"));
}

#[test]
fn another_url_is_found_shown_and_approved() {
    for path in [CURSOR, CODEX, GOOSE, CONTINUE, OPENCODE, CLAUDE] {
        let (home, mut session, change) = first(path);
        let (relayed, was) = (home.read(path), profile(&home));
        assert_eq!(approval(&mut session).change, None, "{path}");
        edit(&home, path, "mcp.example.com/mcp", "mcp.example.com/other");
        assert_eq!(protection(&mut session), Protection::Changed, "{path}");
        let report = session.scan().report();
        let found = report.findings.iter().find(|one| one.rule == "name-shadowing").unwrap();
        let said = if path == CLAUDE {
            "git is not what you approved: its URL changed."
        } else {
            "The relay does not start git: its command line changed."
        };
        assert_eq!(found.message, said, "{path}");
        let approval = approval(&mut session);
        assert!(approval.old.words[0].ends_with("mcp.example.com/mcp"), "{path}: {:?}", approval.old.words);
        assert!(approval.new.words[0].ends_with("mcp.example.com/other"), "{path}: {:?}", approval.new.words);
        assert_eq!(approval.old.words[1..], approval.new.words[1..], "{path}");
        assert!(!approval.notes.iter().any(|note| note.contains("from now on")), "{path}: {:?}", approval.notes);

        let now = home.read(path);
        let approved = session.approve(&approval.server, &approval.seen).unwrap();
        assert_eq!(approved.title, "Approved where git is", "{path}");
        assert_eq!((home.read(path), protection(&mut session)), (now, Protection::Keychain), "{path}");
        let is = profile(&home);
        let (before, after) = (was.remote.clone().unwrap(), is.remote.clone().unwrap());
        assert_eq!(after.url, before.url.replace("/mcp", "/other").replace("//other", "//mcp"), "{path}");
        assert_eq!((after.headers, &is.inside, &is.id), (before.headers, &was.inside, &was.id), "{path}");
        // What was shown before is not what is there.
        assert_eq!(session.approve(&approval.server, &approval.seen).unwrap_err().code, Code::Stale, "{path}");

        session.undo(&approved.id).unwrap();
        assert_eq!((profile(&home), protection(&mut session)), (was, Protection::Changed), "{path}");
        home.write(path, &relayed);
        session.undo(&change).unwrap();
        assert_eq!(home.items(), 0, "{path}");
    }
}

#[test]
fn an_approval_says_who_gets_the_keys() {
    for path in [CURSOR, CODEX, GOOSE, OPENCODE, CLAUDE] {
        let (home, mut session, _) = first(path);
        edit(&home, path, "https://mcp.example.com/mcp", "https://mcp.example.com:8443/mcp");
        let earlier = approval(&mut session);
        edit(&home, path, "https://mcp.example.com:8443/mcp", "https://collect.example.net/mcp");
        let shown = approval(&mut session);
        let said = "Its key goes to https://collect.example.net from now on, and no longer to https://mcp.example.com.";
        assert_eq!(shown.notes[0], said, "{path}");
        assert!(earlier.notes[0].contains("https://mcp.example.com:8443 from now on"), "{path}: {:?}", earlier.notes);
        // A yes to one host is none to another.
        assert_eq!(session.approve(&shown.server, &earlier.seen).unwrap_err().code, Code::Stale, "{path}");
        assert!(profile(&home).remote.unwrap().url.starts_with("https://mcp.example.com/"), "{path}");
        session.approve(&shown.server, &shown.seen).unwrap();
        assert_eq!(profile(&home).remote.unwrap().url, "https://collect.example.net/mcp", "{path}");
        // And none of these can be given a key.
        for (url, why) in [
            ("http://collect.example.net/mcp", "is not encrypted"),
            ("ftp://collect.example.net/mcp", "https URLs only"),
        ] {
            let now = home.read(path);
            home.write(path, &now.replace("https://collect.example.net/mcp", url));
            let said = refused(&mut session);
            assert!(said.contains(why), "{path} {url}: {said}");
            home.write(path, &now);
        }
    }
}

#[test]
fn an_approval_gives_no_other_key_and_keeps_none_in_plain() {
    let (home, mut session, _) = first(CURSOR);
    let relayed = home.read(CURSOR);
    let foreign = Handle::new("GIT_TOKEN", [7; 16]).reference();
    edit(&home, CURSOR, "X-Set: repos", &format!("X-Set: {foreign}"));
    assert!(refused(&mut session).contains("refers to a key that this entry was not given"));
    home.write(CURSOR, &relayed);
    edit(&home, CURSOR, "X-Set: repos", "X-Set: ${env:HOME}");
    assert!(refused(&mut session).contains("Cursor puts something in for ${env:HOME}, which only Cursor can do."));
    home.write(CURSOR, &relayed);

    // The key was replaced by hand. It is moved like the one before it.
    let own = profile(&home).inside[0].reference();
    let new = KEY.replace("16C7e42F", "9dQz3LpX");
    edit(&home, CURSOR, &own, &new);
    let said = refused(&mut session);
    assert!(said.contains("has a key in plain text") && !said.contains(&new), "{said}");
    let replaced = home.read(CURSOR);
    // But not together with another host: that would be a yes to it.
    edit(&home, CURSOR, "https://mcp.example.com/mcp", "https://collect.example.net/mcp");
    let keychain = fix(&mut session, "keychain").unwrap();
    let failure = session.preview(&keychain.id, &Choices::default()).unwrap_err();
    assert!(failure.to_string().contains("names another server than the one that was approved"), "{failure}");
    assert!(failure.hint.unwrap().contains("warder approve git"));
    home.write(CURSOR, &replaced);
    key_moved(&mut session);
    assert!(!home.holds("", &new));
    assert_eq!(protection(&mut session), Protection::Keychain);

    // Headers come and go; a key that is named no more is given no more.
    let own = profile(&home).inside[0].reference();
    edit(&home, CURSOR, &format!("Authorization: Bearer {own}"), "X-More: yes");
    let shown = approval(&mut session);
    assert!(shown.notes[0].contains("stays in the keychain"), "{:?}", shown.notes);
    session.approve(&shown.server, &shown.seen).unwrap();
    let is = profile(&home);
    assert_eq!((is.inside.len(), is.remote.unwrap().headers["X-More"].as_str()), (0, "yes"));
    assert_eq!(home.kept(&own).as_deref(), Some(new.as_str()));
}

#[test]
fn words_that_the_relay_does_not_know_are_a_change_too() {
    let (home, mut session, _) = first(OPENCODE);
    edit(&home, OPENCODE, "\"--header\"", "\"--insecure\", \"--header\"");
    assert_eq!(protection(&mut session), Protection::Changed);
    let said = refused(&mut session);
    assert!(said.contains("Warder's relay does not know what git says"), "{said}");
    assert!(restored(&mut session).failure.unwrap().to_string().contains("its command line changed"));
    // The launcher takes no profile of the relay.
    let (home, mut session, _) = first(CURSOR);
    edit(&home, CURSOR, "warder-relay", "warder-launch");
    assert_eq!(protection(&mut session), Protection::Changed);
    assert!(refused(&mut session).contains("cannot be approved like this"));
}

#[test]
fn a_header_beside_the_helper_is_told_and_approved() {
    let (home, mut session, _) = first(CLAUDE);
    edit(&home, CLAUDE, "\"X-Set\": \"repos\"", "\"X-Set\": \"repos\", \"authorization\": \"Basic none\"");
    assert_eq!(protection(&mut session), Protection::Changed);
    let shown = approval(&mut session);
    assert_eq!(shown.change.as_deref(), Some("its header authorization stands in the file as well"));
    let said = "The header authorization is sent as it stands in the file; the relay does not add it.";
    assert_eq!(shown.notes[0], said);
    session.approve(&shown.server, &shown.seen).unwrap();
    let is = profile(&home);
    assert_eq!((is.inside.len(), is.remote.unwrap().headers.len()), (0, 0));
    assert_eq!(protection(&mut session), Protection::Keychain);
}

/// What the doctor says about something.
fn doctor(session: &mut Session, about: &str) -> Checked {
    let checked = session.doctor();
    checked.into_iter().find(|one| one.about == about).unwrap_or_else(|| panic!("nothing about {about}"))
}

#[test]
fn the_doctor_looks_at_the_relay_too() {
    for (path, about, how) in [
        (CURSOR, "git (Cursor)", "it is reached through the relay"),
        (CODEX, "git (Codex)", "it is reached through the relay"),
        (CLAUDE, "git (Claude Code)", "it asks the relay for its headers"),
    ] {
        let (home, mut session, _) = first(path);
        // What the tests install is no program.
        let relay = home.path(".warder/bin/warder-relay");
        let shipped = fs::read(&relay).unwrap();
        let one = doctor(&mut session, about);
        assert_eq!(one.health, Health::Well, "{path}: {}", one.message);
        assert!(one.message.contains("its key is in the keychain") && one.message.contains(how), "{}", one.message);
        assert_eq!(doctor(&mut session, "relay").message, "It is installed, as it came with this Warder.");
        assert_eq!(doctor(&mut session, "launcher").message, "It is not installed; no entry needs it.");

        fs::write(&relay, "another").unwrap();
        let one = doctor(&mut session, "relay");
        assert_eq!((one.health, one.message.contains("another one")), (Health::Wrong, true), "{}", one.message);
        fs::remove_file(&relay).unwrap();
        assert_eq!(doctor(&mut session, "relay").health, Health::Wrong);
        let one = doctor(&mut session, about);
        assert_eq!(
            (one.health, one.message.contains("warder-relay is gone")),
            (Health::Wrong, true),
            "{}",
            one.message
        );
        home.env().state().install_relay(&home.env().relay().unwrap()).unwrap();
        assert_eq!(fs::read(&relay).unwrap(), shipped);

        let text = home.read(path);
        edit(&home, path, "mcp.example.com/mcp", "mcp.example.com/other");
        let one = doctor(&mut session, about);
        assert_eq!((one.health, one.message.contains("changed.")), (Health::Wrong, true), "{}", one.message);
        assert!(one.hint.unwrap().contains("warder approve git"));
        home.write(path, &text);

        // A profile of the relay's whose key is nowhere.
        let mut other = profile(&home);
        let gone = Handle::new("GIT_TOKEN", [9; 16]);
        let own = other.inside[0].reference();
        let told = json!(other).to_string().replace(own.strip_prefix("keychain:").unwrap(), gone.as_str());
        other = serde_json::from_str(&told).unwrap();
        other.write(&home.env().state()).unwrap();
        home.write(path, &text.replace(&own, &gone.reference()));
        let one = doctor(&mut session, about);
        assert_eq!(
            (one.health, one.message.contains("is not in the keychain")),
            (Health::Wrong, true),
            "{}",
            one.message
        );

        fs::write(&home.profiles()[0], "{").unwrap();
        let one = doctor(&mut session, about);
        assert_eq!((one.health, one.message.contains("damaged")), (Health::Wrong, true), "{}", one.message);
    }
}
