//! What stands before an undo is known before anybody tries it: by the window,
//! and by the doctor.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::fs;

use homes::{Home, offered};
use serde_json::json;
use warder_audit::api::{Choices, Code};
use warder_audit::session::Session;

/// Applies the first fix of a kind that is offered; the id of its change.
fn apply(session: &mut Session, kind: &str) -> String {
    let fix = offered(session).into_iter().find(|fix| fix.id.ends_with(kind)).unwrap();
    let seen = session.preview(&fix.id, &Choices::default()).unwrap().seen;
    session.apply(&fix.id, &Choices::default(), &seen, false).unwrap().id
}

/// What cannot be taken back now, and the change that comes first.
fn blocked(session: &mut Session) -> Vec<(String, Option<String>)> {
    session.blocked().unwrap().into_iter().map(|one| (one.change, one.first)).collect()
}

fn of_history(session: &mut Session) -> String {
    let checked = session.doctor();
    checked.into_iter().filter(|check| check.about == "history").map(|check| check.message).collect()
}

#[test]
fn a_newer_change_of_the_same_entry_is_named_and_goes_first() {
    let home = Home::story("cursor-token");
    let before = home.configs();
    let mut session = home.session();
    assert!(blocked(&mut session).is_empty());
    let older = apply(&mut session, ".keychain");
    assert!(blocked(&mut session).is_empty());
    assert!(of_history(&mut session).starts_with("The one change can be undone. "));
    let newer = apply(&mut session, ".keychain");
    assert_eq!(blocked(&mut session), [(older.clone(), Some(newer.clone()))]);
    assert!(of_history(&mut session).starts_with("All 2 changes can be undone, of one entry the newest first."));
    let failure = session.undo(&older).unwrap_err();
    assert_eq!(failure.code, Code::Conflict);
    assert!(failure.hint.unwrap().contains(&newer));
    session.undo(&newer).unwrap();
    assert!(blocked(&mut session).is_empty());
    session.undo(&older).unwrap();
    assert_eq!(home.configs(), before);
}

#[test]
fn servers_of_one_name_in_one_file_do_not_stand_in_each_others_way() {
    let home = Home::empty();
    let words = ["-y", "@modelcontextprotocol/server-github@2025.4.8"];
    let entry = |token: &str| json!({ "command": "npx", "args": words, "env": { "GITHUB_TOKEN": token } });
    let project = home.path("app").to_str().unwrap().to_owned();
    home.write("app/main.rs", "");
    let [one, other] = [
        ["ghp_", "Ky9Pf34qY6Nb3wWD25RQ4F5ZR3qa7y3gm1IL"].concat(),
        ["sk-ant-api03-", &"Qw8Rt5Yu2Io9Pa3Sd6Fg1Hj4Kl7Zx0Cv".repeat(3)[..93], "AA"].concat(),
    ];
    let projects = json!({ project: { "mcpServers": { "gh": entry(&other) } } });
    home.write(".claude.json", &json!({ "mcpServers": { "gh": entry(&one) }, "projects": projects }).to_string());
    let before = home.configs();
    let mut session = home.session();
    let older = apply(&mut session, ".keychain");
    let newer = apply(&mut session, ".keychain");
    assert!(blocked(&mut session).is_empty());
    session.undo(&older).unwrap();
    session.undo(&newer).unwrap();
    assert_eq!(home.configs(), before);
}

#[cfg(unix)]
#[test]
fn rights_go_back_though_the_text_changed_since() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::story("cursor-token");
    let path = home.path(".cursor/mcp.json");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let mut session = home.session();
    let rights = apply(&mut session, ".protect");
    let text = apply(&mut session, ".keychain");
    let moved = fs::read(&path).unwrap();
    assert!(blocked(&mut session).is_empty());
    session.undo(&rights).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    assert_eq!(fs::read(&path).unwrap(), moved, "the text is not what was undone");
    session.undo(&text).unwrap();
}

#[test]
fn what_another_program_changed_is_said_by_the_window_and_the_doctor() {
    let home = Home::story("cursor-token");
    let mut session = home.session();
    let change = apply(&mut session, ".keychain");
    let path = home.path(".cursor/mcp.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"command\"", "\"disabled\": false, \"command\"")).unwrap();
    assert_ne!(fs::read_to_string(&path).unwrap(), text);
    assert_eq!(blocked(&mut session), [(change.clone(), None)]);
    assert!(session.undo(&change).unwrap_err().message.contains("another program"));
    assert!(of_history(&mut session).starts_with("The one change cannot be undone: "), "{}", of_history(&mut session));
    fs::remove_file(&path).unwrap();
    assert_eq!(blocked(&mut session), [(change, None)]);
}

#[test]
fn a_key_in_a_url_is_called_what_it_is() {
    let home = Home::empty();
    let titled = |word: &str| {
        home.write(
            ".cursor/mcp.json",
            &json!({ "mcpServers": { "db": { "command": "npx", "args": ["-y", "some-mcp@1.0.0", word] } } })
                .to_string(),
        );
        let mut session = home.session();
        let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap();
        let preview = session.preview(&fix.id, &Choices::default()).unwrap();
        assert!(preview.diff.iter().all(|line| !line.text.contains("er@")), "the end of the password shows");
        preview.title
    };
    assert_eq!(
        titled("postgresql://app:tr0ub4dor-w1nter@db.internal:5432/app"),
        "Move the password of a database URL to the keychain"
    );
    assert_eq!(titled("https://app:tr0ub4dor-w1nter@git.internal/x"), "Move the password of a URL to the keychain");
    let token = ["ghp_", "Ky9Pf34qY6Nb3wWD25RQ4F5ZR3qa7y3gm1IL"].concat();
    assert_eq!(titled(&token), "Move a GitHub token to the keychain");
}

#[test]
fn a_folder_may_be_written_as_one_of_the_home() {
    let home = Home::empty();
    home.write("notes/today.md", "");
    let entry =
        json!({ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem@2026.8.31", home.root()] });
    home.write(".cursor/mcp.json", &json!({ "mcpServers": { "files": entry } }).to_string());
    let mut session = home.session();
    let fix = offered(&mut session).into_iter().find(|fix| fix.id.ends_with(".narrow")).unwrap();
    let keep =
        |folders: &[&str]| Choices { keep: folders.iter().map(ToString::to_string).collect(), ..Choices::default() };
    let preview = session.preview(&fix.id, &keep(&["~/notes"])).unwrap();
    let added: String = preview.diff.iter().filter(|line| line.new.is_some()).map(|line| line.text.as_str()).collect();
    assert!(added.contains(home.path("notes").to_str().unwrap()) && !added.contains('~'), "{added}");
    assert!(session.preview(&fix.id, &keep(&["~/nowhere"])).unwrap_err().message.contains("~/nowhere is not a folder"));
    assert!(session.preview(&fix.id, &keep(&["~"])).is_err(), "the home is no narrower");

    let settings = session.settings().settings;
    let with = |project: &str| warder_audit::api::Settings { projects: vec![project.to_owned()], ..settings.clone() };
    let kept = session.keep_settings(with("~/notes")).unwrap();
    assert_eq!(kept.settings.projects, [home.path("notes").to_str().unwrap()]);
}
