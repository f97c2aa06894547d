//! What the window does for all at once: safe fixes, the list of credentials, settings, reports to take away.
#![expect(clippy::unwrap_used, reason = "tests")]

mod homes;

use std::sync::{Arc, Mutex};

use homes::{Home, moved};
use warder_audit::api::{
    Answer, Choices, Code, Credential, CredentialPlace, ExtraFile, KeychainState, ReportShape, Request, Settings, Step,
};
use warder_audit::edit::LineKind;
use warder_audit::finding::{Reason, Safety, Severity};

const TOKEN: &str = "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN";
const OTHER: &str = "glpat-k3J8sQ2nVx7Lp9RtY4wZ";

/// Two keys in one entry, one of them in another entry too.
fn keys() -> Home {
    let home = Home::empty();
    let entry = |env: &str| format!(r#"{{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"], "env": {{ {env} }} }}"#);
    let one = entry(&format!(r#""GITHUB_TOKEN": "{TOKEN}", "GITLAB_TOKEN": "{OTHER}""#));
    let two = entry(&format!(r#""GH": "{TOKEN}""#));
    home.write(".cursor/mcp.json", &format!("{{ \"mcpServers\": {{\n \"one\": {one}\n}} }}"));
    home.write(".codeium/windsurf/mcp_config.json", &format!("{{ \"mcpServers\": {{\n \"two\": {two}\n}} }}"));
    home
}

#[test]
fn all_safe_fixes_are_shown_as_they_are_then_done() {
    let home = keys();
    let mut session = home.session();
    let before = home.configs();
    let safe = session.safe().unwrap();
    assert_eq!(before, home.configs(), "nothing is written");
    assert_eq!(home.items(), 0);
    assert!(safe.left.is_empty(), "{:?}", safe.left);
    let report = session.scan().report();
    let is_safe = |finding: &&warder_audit::api::Finding| finding.fixes.iter().any(|fix| fix.safety == Safety::Safe);
    let findings = report.findings.iter().filter(is_safe).count();
    assert_eq!(safe.fixes.len() + safe.also.len(), findings, "every safe one is in sight");
    let moves = safe.fixes.iter().filter(|fix| fix.title.contains("keychain")).count();
    assert_eq!(moves, 3, "{:?}", safe.fixes.iter().map(|fix| &fix.title).collect::<Vec<_>>());
    let mut diffs = Vec::new();
    for fix in &safe.fixes {
        let change =
            session.apply_safe(&fix.fix, &fix.effect).unwrap_or_else(|failure| panic!("{}: {failure:?}", fix.title));
        let of = |diff: &[warder_audit::edit::DiffLine]| {
            let changed = diff.iter().filter(|line| matches!(line.kind, LineKind::Added | LineKind::Removed));
            changed.map(|line| line.text.clone()).collect::<Vec<_>>()
        };
        assert_eq!(of(&change.diff), of(&fix.diff), "done as shown");
        diffs.push(change.id);
    }
    assert!(!home.holds(".cursor", TOKEN) && !home.holds(".codeium", TOKEN));
    assert_eq!(home.items(), 2, "one key is one item");
    let score = session.scan().report().machine.score.unwrap();
    assert_eq!(safe.score.unwrap().1, score, "the score was foreseen");
    assert!(session.safe().unwrap().fixes.is_empty());
    // And all the way back.
    for change in diffs.iter().rev() {
        session.undo(change).unwrap();
    }
    assert_eq!(before, home.configs());
}

#[test]
fn the_first_fixes_bring_what_was_foretold() {
    let home = Home::empty();
    let entry = |env: &str| format!(r#"{{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"], "env": {{ {env} }} }}"#);
    let other = entry(&format!(r#""GITLAB_TOKEN": "{OTHER}""#)).replace("some-mcp", "other-mcp");
    let one = entry(&format!(r#""GITHUB_TOKEN": "{TOKEN}""#));
    home.write(".cursor/mcp.json", &format!(r#"{{ "mcpServers": {{ "one": {one}, "other": {other} }} }}"#));
    let mut session = home.session();
    let report = session.scan().report();
    let (now, best) = (report.machine.score.unwrap(), report.best.clone());
    let then = best.score.unwrap();
    assert_eq!(best.fixes.len(), 2, "one of each server");
    assert!(then > now, "{now} {then}");
    assert_eq!((best.steps.len(), best.steps.last()), (2, Some(&then)));
    let mut at = now;
    for (fix, step) in best.fixes.iter().zip(&best.steps) {
        let seen = session.preview(fix, &Choices::default()).unwrap().seen;
        session.apply(fix, &Choices::default(), &seen, false).unwrap();
        assert_eq!(session.scan().report().machine.score, Some(*step), "each step is the whole machine's");
        assert!(*step >= at);
        at = *step;
    }
    assert_eq!(session.scan().report().machine.score, Some(then));
}

#[test]
fn an_entry_that_is_taken_out_brings_what_was_foretold() {
    let home = Home::empty();
    let bad = r#"{ "command": "npx", "args": ["-y", "postmark-mcp@1.0.16"] }"#;
    let shell = r#"{ "command": "npx", "args": ["-y", "some-mcp"] }"#;
    home.write(".cursor/mcp.json", &format!(r#"{{ "mcpServers": {{ "bad": {bad}, "one": {shell} }} }}"#));
    let mut session = home.session();
    let report = session.scan().report();
    let fix = &report.best.fixes[0];
    assert!(fix.ends_with(".off"), "{:?}", report.best);
    let preview = session.preview(fix, &Choices::default()).unwrap();
    assert!(preview.title.starts_with("Take bad out"), "{}", preview.title);
    // Nothing is said of a changed entry, because there is none.
    assert!(!preview.notes.iter().any(|note| note.contains("changed entry")), "{:?}", preview.notes);
    assert!(preview.notes.iter().any(|note| note.contains("stops at the latest")), "{:?}", preview.notes);
    session.apply(fix, &Choices::default(), &preview.seen, false).unwrap();
    assert_eq!(session.scan().report().machine.score, Some(report.best.steps[0]));
}

#[test]
fn a_fix_that_does_something_else_by_now_is_refused() {
    let home = keys();
    let mut session = home.session();
    let safe = session.safe().unwrap();
    let cursor = safe.fixes.iter().find(|fix| fix.path == "~/.cursor/mcp.json").unwrap();
    home.write(".cursor/mcp.json", &home.read(".cursor/mcp.json").replace("some-mcp", "other-mcp"));
    let failure = session.apply_safe(&cursor.fix, &cursor.effect).unwrap_err();
    assert_eq!(failure.code, Code::Stale);
    home.write(".cursor/mcp.json", "{}");
    let failure = session.apply_safe(&cursor.fix, &cursor.effect).unwrap_err();
    assert_eq!(
        (failure.code, failure.message.as_str()),
        (Code::Unknown, "a fix before this one has mended it already")
    );
    let failure = session.apply_safe("nothing", &cursor.effect).unwrap_err();
    assert_eq!((failure.code, failure.message.as_str()), (Code::Unknown, "there is no such fix now"));
    assert_eq!(home.items(), 0);
}

/// An entry of a file over many lines: none of what it starts stands on a line that a fix of its key changes.
const WRITTEN: &str = r#"{
  "mcpServers": {
    "github": {
      "command": "npx",
      "args": [
        "-y",
        "@modelcontextprotocol/server-github@1.0.0"
      ],
      "cwd": "/srv/good",
      "env": {
        "GITHUB_PERSONAL_ACCESS_TOKEN": "[TOKEN]"
      }
    }
  }
}
"#;

const ELSEWHERE: &str = r#"{
  "mcpServers": {
    "g": {
      "type": "http",
      "url": "https://good.example.com/mcp",
      "headers": {
        "Authorization": "Bearer [TOKEN]"
      }
    }
  }
}
"#;

#[test]
fn what_a_fix_leaves_as_it_is_belongs_to_what_was_shown() {
    let package = "@modelcontextprotocol/server-github@1.0.0";
    let token = "\"GITHUB_PERSONAL_ACCESS_TOKEN\"";
    let more = format!("\"NODE_OPTIONS\": \"--require=/tmp/x.js\",\n        {token}");
    for (path, text, was, is) in [
        (".cursor/mcp.json", WRITTEN, package, "@evil/server-github@6.6.6"),
        (".cursor/mcp.json", WRITTEN, "/srv/good", "/srv/evil"),
        (".cursor/mcp.json", WRITTEN, token, &more),
        (".cursor/mcp.json", WRITTEN, "[TOKEN]", "ghp_A3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN"),
        (".claude.json", ELSEWHERE, "good.example.com", "evil.example.com"),
        (".claude.json", ELSEWHERE, "\"Authorization\"", "\"X-More\": \"1\",\n        \"Authorization\""),
    ] {
        let home = Home::empty();
        let shown = text.replace("[TOKEN]", TOKEN);
        home.write(path, &shown);
        let mut session = home.session();
        session.scan();
        session.news().unwrap();
        let safe = session.safe().unwrap();
        let fix = safe.fixes.iter().find(|fix| fix.title.contains("keychain"));
        let fix = fix.unwrap_or_else(|| panic!("{:#?}", session.scan().report().findings));
        let swapped = text.replacen(was, is, 1).replace("[TOKEN]", TOKEN);
        assert_ne!(swapped, shown, "{was}");
        home.write(path, &swapped);
        let failure = session.apply_safe(&fix.fix, &fix.effect).map(|change| change.title).unwrap_err();
        assert_eq!((failure.code, home.read(path)), (Code::Stale, swapped), "{is}");
        assert_eq!((home.items(), home.profiles().len()), (0, 0), "{is}");
        // As it was shown it is done.
        home.write(path, &shown);
        session.apply_safe(&fix.fix, &fix.effect).unwrap_or_else(|failure| panic!("{is}: {failure:?}"));
        assert_eq!(home.items(), 1, "{is}");
    }
}

#[test]
fn a_fix_of_another_entry_in_the_file_changes_none() {
    let entry = |name: &str, variable: &str, token: &str| {
        format!(
            r#""{name}": {{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"], "env": {{ "{variable}": "{token}" }} }}"#
        )
    };
    let both = [entry("one", "GITHUB_TOKEN", TOKEN), entry("two", "GITLAB_TOKEN", OTHER)].join(",\n");
    let config = format!("{{ \"mcpServers\": {{\n{both}\n}} }}");
    // Each without the other, and each after the other.
    for order in
        [&["GITHUB_TOKEN"][..], &["GITLAB_TOKEN"], &["GITHUB_TOKEN", "GITLAB_TOKEN"], &["GITLAB_TOKEN", "GITHUB_TOKEN"]]
    {
        let home = Home::empty();
        home.write(".cursor/mcp.json", &config);
        let mut session = home.session();
        let safe = session.safe().unwrap();
        for name in order {
            let title = format!("Move {name} to the keychain");
            let fix = safe.fixes.iter().find(|fix| fix.title == title).unwrap();
            session.apply_safe(&fix.fix, &fix.effect).unwrap_or_else(|failure| panic!("{order:?} {name}: {failure:?}"));
        }
        assert_eq!(home.items(), order.len());
    }
}

#[test]
fn what_the_user_lives_with_is_left_alone() {
    let home = keys();
    let mut session = home.session();
    let finding = session
        .scan()
        .report()
        .findings
        .into_iter()
        .find(|finding| finding.rule == "secret-in-env" && finding.acceptable);
    let finding = finding.unwrap();
    session.accept(&finding.id, Reason::Needed, "", None).unwrap();
    let safe = session.safe().unwrap();
    assert!(!safe.fixes.is_empty());
    assert!(finding.fixes.iter().all(|own| safe.fixes.iter().all(|fix| fix.fix != own.id)));
}

#[test]
fn a_fix_that_cannot_be_done_now_says_why() {
    let home = Home::empty();
    let config = format!(
        r#"{{ "mcpServers": {{ "a": {{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"], "env": {{ "GITHUB_TOKEN": "{TOKEN}" }} }} }} }}"#
    );
    home.write(".config/Claude/claude_desktop_config.json", &config);
    let mut session = home.session();
    assert_eq!(session.safe().unwrap().left.len(), 0);
    let _running = homes::Running::named(&home, "claude-desktop", &home.root());
    let safe = session.safe().unwrap();
    assert_eq!(safe.fixes.len(), 0);
    assert!(safe.left[0].why.contains("Claude Desktop"), "{:?}", safe.left);
    assert_eq!(safe.score.map(|(now, then)| now == then), Some(true));
}

#[test]
fn every_credential_is_listed_once_with_all_its_places() {
    let home = keys();
    let mut session = home.session();
    session.news().unwrap();
    let secrets = session.secrets().unwrap();
    assert_eq!(secrets.keychain, KeychainState::Open);
    let [github, gitlab] = &secrets.credentials[..] else { panic!("{:#?}", secrets.credentials) };
    let uses = |one: &Credential| {
        let mut uses: Vec<String> = one
            .uses
            .iter()
            .map(|one| format!("{} {} {}:{}", one.name, one.used_as, one.shown.as_deref().unwrap(), one.line.unwrap()))
            .collect();
        uses.sort();
        uses
    };
    assert_eq!(uses(github), ["one GITHUB_TOKEN ~/.cursor/mcp.json:2", "two GH ~/.codeium/windsurf/mcp_config.json:2"]);
    assert_eq!(uses(gitlab), ["one GITLAB_TOKEN ~/.cursor/mcp.json:2"]);
    assert_eq!(gitlab.kind.as_deref(), Some("a GitLab token"));
    assert!(github.since.is_some() && github.finding.is_some() && github.item.is_none());
    assert!(secrets.credentials.iter().all(|one| one.place == CredentialPlace::Plain));
    let text = serde_json::to_string(&secrets).unwrap();
    assert!(!text.contains(&TOKEN[6..20]) && !text.contains(&OTHER[8..20]));

    moved(&home, &mut session);
    let secrets = session.secrets().unwrap();
    let kept: Vec<&Credential> =
        secrets.credentials.iter().filter(|one| one.place == CredentialPlace::Keychain).collect();
    let [kept] = kept[..] else { panic!("{:#?}", secrets.credentials) };
    assert!(kept.item.is_some() && kept.since.is_some() && kept.kind.is_some() && !kept.orphan);
    assert!(kept.reminder.as_ref().is_some_and(|reminder| !reminder.done), "it stood in plain text");
    assert!(secrets.credentials.first().unwrap().place == CredentialPlace::Plain, "in plain text first");
}

#[test]
fn a_key_that_nothing_uses_any_more_is_listed_and_can_be_forgotten() {
    let home = keys();
    let mut session = home.session();
    moved(&home, &mut session);
    std::fs::remove_dir_all(home.path(".warder/profiles")).unwrap();
    let secrets = session.secrets().unwrap();
    let orphan = secrets.credentials.iter().find(|one| one.orphan).unwrap();
    session.forget(orphan.item.as_ref().unwrap()).unwrap();
    assert!(!session.secrets().unwrap().credentials.iter().any(|one| one.orphan));
}

#[test]
fn settings_are_kept_and_what_is_not_known_stays() {
    let home = Home::empty();
    home.write("code/app/.mcp.json", r#"{ "mcpServers": { "memory": { "command": "x" } } }"#);
    home.write("odd.json", r#"{ "mcpServers": { "odd": { "command": "y" } } }"#);
    let mut session = home.session();
    let path = |path: &str| home.path(path).to_string_lossy().into_owned();
    let settings = Settings {
        projects: vec![path("code/app"), path("code/app")],
        files: vec![ExtraFile { path: path("odd.json"), client: None }],
        quick: true,
        ..Settings::default()
    };
    assert!(session.scan().report().servers.is_empty());
    let page = session.keep_settings(settings).unwrap();
    assert_eq!((page.settings.projects.len(), page.settings.quick, page.damaged), (1, true, None));
    assert_eq!(session.scan().report().servers.len(), 2, "they count at once");
    assert_eq!(home.session().scan().report().servers.len(), 2, "and for another");
    // A newer Warder's member is not lost.
    home.write(".warder/settings.json", &home.read(".warder/settings.json").replacen('{', "{ \"newer\": [1],", 1));
    let kept = home.session().keep_settings(Settings { quick: false, ..page.settings }).unwrap().settings;
    assert!(home.read(".warder/settings.json").contains("\"newer\""));
    assert!(!kept.quick);
    #[cfg(unix)]
    assert_eq!(warder_audit::disk::mode(&home.path(".warder/settings.json")), Some(0o600));
}

#[test]
fn what_is_not_there_is_refused_and_what_went_since_is_not() {
    let home = Home::empty();
    home.write("code/app/x", "");
    let mut session = home.session();
    let path = |path: &str| home.path(path).to_string_lossy().into_owned();
    let files = |path: String, client: Option<&str>| Settings {
        files: vec![ExtraFile { path, client: client.map(str::to_owned) }],
        ..Settings::default()
    };
    let projects = |path: String| Settings { projects: vec![path], ..Settings::default() };
    for (settings, why) in [
        (projects("code/app".into()), "code/app is no absolute path"),
        (projects(path("nothing")), "nothing is not a folder"),
        (projects(path("code/app/x")), "x is not a folder"),
        (files(path("code"), None), "code is not a file"),
        (files(path("nothing"), None), "nothing does not exist"),
        (files(path("code/app/x"), Some("emacs")), "there is no client emacs"),
        (Settings { editor: Some("ed".into()), ..Settings::default() }, "there is no editor ed"),
    ] {
        let failure = session.keep_settings(settings).unwrap_err();
        assert!(failure.message.ends_with(why), "{}", failure.message);
        assert!(!home.path(".warder/settings.json").exists());
    }
    let settings = projects(path("code/app"));
    session.keep_settings(settings.clone()).unwrap();
    std::fs::remove_dir_all(home.path("code")).unwrap();
    session.keep_settings(Settings { quick: true, ..settings }).unwrap();
}

#[test]
fn damaged_settings_are_named_and_never_lost() {
    let home = Home::empty();
    home.write("code/app/.mcp.json", "{}");
    home.write(".warder/settings.json", "{\n  \"projects\": [\"/x\",]\n}");
    let mut session = home.session();
    session.scan();
    let page = session.settings();
    let damaged = page.damaged.unwrap();
    assert!(damaged.contains("settings.json is damaged in line 2, column 21"), "{damaged}");
    assert_eq!(page.settings, Settings::default());
    assert!(home.read(".warder/settings.json").contains("/x"), "it stays until the user settles");
    assert_eq!(session.keep_settings(Settings::default()).unwrap().damaged, None);
    assert!(home.read(".warder/settings-damaged-1.json").contains("/x"));
    for wrong in ["[]", "{ \"theme\": \"pink\" }", "{ \"projects\": 7 }", "\u{0}"] {
        home.write(".warder/settings.json", wrong);
        assert!(session.settings().damaged.is_some(), "{wrong}");
        session.scan();
    }
}

#[test]
fn a_report_goes_to_the_downloads_and_replaces_nothing() {
    let home = keys();
    let mut session = home.session();
    std::fs::create_dir(home.path("Downloads")).unwrap();
    assert!(session.open_report().is_err(), "there is none yet");
    for (shape, ending, begins) in [
        (ReportShape::Html, "html", "<!"),
        (ReportShape::Markdown, "md", "#"),
        (ReportShape::Sarif, "sarif", "{"),
        (ReportShape::Json, "json", "{"),
    ] {
        let first = session.export(shape, None).unwrap();
        assert_eq!(first.shown, format!("~/Downloads/warder-2026-11-21.{ending}"));
        let again = session.export(shape, None).unwrap();
        assert_eq!(again.shown, format!("~/Downloads/warder-2026-11-21-2.{ending}"));
        let text = std::fs::read_to_string(&first.path).unwrap();
        assert!(text.starts_with(begins) && !text.contains(&TOKEN[6..20]), "{ending}");
        #[cfg(unix)]
        assert_eq!(warder_audit::disk::mode(first.path.as_ref()), Some(0o600));
    }
    home.write(".config/user-dirs.dirs", "# made\nXDG_DOWNLOAD_DIR=\"$HOME/Geladen\"\n");
    std::fs::create_dir(home.path("Geladen")).unwrap();
    assert_eq!(session.export(ReportShape::Json, None).unwrap().shown, "~/Geladen/warder-2026-11-21.json");
    let path = |path: &str| home.path(path).to_string_lossy().into_owned();
    let mut to = |path: &str| session.export(ReportShape::Json, Some(path)).map_err(|failure| failure.message);
    assert!(to(&path("report.json")).is_ok());
    assert!(to(&path("report.json")).unwrap_err().ends_with("is there already"));
    assert!(to("report.json").unwrap_err().ends_with("is no absolute path"));
    assert!(to(&path(".cursor/mcp.json")).unwrap_err().ends_with("is a config that was just read"));
}

#[cfg(unix)]
#[test]
fn a_report_goes_nowhere_where_a_program_would_take_it_for_its_own() {
    let home = keys();
    let mut session = home.session();
    for folder in ["Documents", "code/.git/hooks", ".config/fish"] {
        std::fs::create_dir_all(home.path(folder)).unwrap();
    }
    std::os::unix::fs::symlink(home.path(".config/fish"), home.path("linked")).unwrap();
    let before = home.configs();
    for (shape, path, why) in [
        (ReportShape::Sarif, ".bash_profile", "would be a hidden file"),
        (ReportShape::Sarif, ".x.sarif", "would be a hidden file"),
        (ReportShape::Sarif, "Documents/report", "does not end with .sarif"),
        (ReportShape::Sarif, "Documents/report.sarif.sh", "does not end with .sarif"),
        (ReportShape::Html, "Documents/report.json", "does not end with .html"),
        (ReportShape::Markdown, "Documents/md", "does not end with .md"),
        (ReportShape::Json, "Documents/json", "does not end with .json"),
        (ReportShape::Json, "Documents/../report.json", "leads back through .."),
        (ReportShape::Json, "nowhere/report.json", "lies in a folder that is not there"),
        (ReportShape::Json, "odd.json/report.json", "lies in a folder that is not there"),
        (ReportShape::Json, ".config/fish/report.json", "lies in a hidden folder, where programs keep what they read"),
        (
            ReportShape::Json,
            "code/.git/hooks/report.json",
            "lies in a hidden folder, where programs keep what they read",
        ),
        (ReportShape::Json, "linked/report.json", "lies in a hidden folder, where programs keep what they read"),
    ] {
        home.write("odd.json", "{}");
        let whole = home.path(path);
        let failure = session.export(shape, Some(&whole.to_string_lossy())).unwrap_err();
        assert!(failure.message.ends_with(why), "{path}: {}", failure.message);
        assert!(failure.hint.is_some_and(|hint| hint.ends_with('.')), "{path}");
        assert!(!whole.exists(), "{path}");
    }
    std::fs::remove_file(home.path("odd.json")).unwrap();
    assert_eq!(before, home.configs());
    for (shape, name) in [
        (ReportShape::Html, "a.html"),
        (ReportShape::Markdown, "a.md"),
        (ReportShape::Sarif, "a.sarif"),
        (ReportShape::Json, "a.json"),
    ] {
        let path = home.path("Documents").join(name);
        assert_eq!(session.export(shape, Some(&path.to_string_lossy())).unwrap().shown, format!("~/Documents/{name}"));
    }
}

/// A folder whose name clears a terminal and turns what follows around.
#[cfg(unix)]
#[test]
fn no_name_of_a_folder_reaches_the_page_as_it_is() {
    let home = Home::empty();
    let folder = "code/a\u{1b}[2Jb\u{202e}c";
    home.write(&format!("{folder}/.git/HEAD"), "ref: refs/heads/main\n");
    let entry = |variable: &str| {
        format!(r#"{{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"], "env": {{ "{variable}": "{TOKEN}" }} }}"#)
    };
    home.write(
        &format!("{folder}/.cursor/mcp.json"),
        &format!(r#"{{ "mcpServers": {{ "a": {} }} }}"#, entry("A_TOKEN")),
    );
    let mut session = home.session_in(folder);
    let safe = session.safe().unwrap();
    let fix = safe.fixes.first().unwrap();
    let shown = "~/code/a\\u{1b}[2Jb\\u{202e}c";
    assert_eq!(fix.path, format!("{shown}/.cursor/mcp.json"));
    assert_eq!(session.preview(&fix.fix, &Choices::default()).unwrap().path, fix.path);
    let asked = session.ask(Request::Suggest { fix: fix.fix.clone() }).unwrap();
    let Answer::Folders(folders) = asked else { panic!("not folders") };
    assert_eq!(folders.iter().map(|folder| folder.shown.as_str()).collect::<Vec<_>>(), [shown]);
    let suggested = session.settings().suggested;
    assert!(suggested.iter().all(|folder| folder.shown == shown), "{suggested:?}");
}

#[test]
fn a_history_that_is_needed_is_not_forgotten() {
    let home = keys();
    let mut session = home.session();
    let (change, _) = moved(&home, &mut session);
    let failure = session.forget_history().unwrap_err();
    assert_eq!(failure.message, "Warder still starts one (Cursor)");
    session.undo(&change).unwrap();
    session.forget_history().unwrap();
    assert!(session.log().unwrap().is_empty());
    assert!(session.recovery_key().is_err(), "its key is gone");
    // A new one begins with the next change.
    moved(&home, &mut session);
    assert_eq!(session.log().unwrap().len(), 1);
}

#[cfg(unix)]
#[test]
fn a_config_opens_in_the_users_editor_at_its_line() {
    use std::os::unix::fs::PermissionsExt;
    let home = keys();
    let told = home.path("told");
    assert!(std::process::Command::new("mkfifo").arg(&told).status().unwrap().success());
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > {}\n", told.display());
    home.write("bin/kate", &script);
    std::fs::set_permissions(home.path("bin/kate"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut session = home.session_with(|env| {
        env.vars.insert("PATH".to_owned(), format!("{}:/usr/bin:/bin", env.home.join("bin").display()));
    });
    session.keep_settings(Settings { editor: Some("kate".into()), ..Settings::default() }).unwrap();
    let report = session.scan().report();
    let file = report.files.iter().find(|file| file.shown == "~/.cursor/mcp.json").unwrap();
    session.edit(&file.id, Some(2)).unwrap();
    // Waits until somebody has written it.
    let words = std::fs::read_to_string(&told).unwrap();
    assert_eq!(words.lines().collect::<Vec<_>>(), ["--line", "2", &file.path]);
    assert_eq!(session.edit("nothing", None).unwrap_err().code, Code::Unknown);
    let missing = report.files.iter().find(|file| !std::path::Path::new(&file.path).exists()).unwrap();
    assert_eq!(session.edit(&missing.id, None).unwrap_err().code, Code::Refused);
}

#[test]
fn what_takes_long_is_told_and_can_be_stopped() {
    let home = keys();
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard = told.clone();
    let mut session = home.session().with_steps(Arc::new(move |step: &Step| {
        let mut heard = heard.lock().unwrap();
        heard.push(step.words.clone());
        heard.len() < 2
    }));
    let before = home.configs();
    assert_eq!(session.safe().unwrap_err().message, "stopped: nothing was changed");
    assert_eq!(told.lock().unwrap()[0], "Looking at safe fix 1 of 5");
    let fix = homes::fix(&mut session, "keychain").unwrap();
    let preview = session.preview(&fix.id, &Choices::default()).unwrap();
    let failure = session.apply(&fix.id, &Choices::default(), &preview.seen, false).unwrap_err();
    assert_eq!(failure.message, "stopped: nothing was changed");
    assert_eq!(before, home.configs());
    assert!(session.log().unwrap().is_empty());
    let going = home.session().with_steps(Arc::new(|_: &Step| true));
    let mut going = going;
    moved(&home, &mut going);
    let found = going.ask(warder_audit::api::Request::Residue { change: None }).unwrap();
    assert!(matches!(found, warder_audit::api::Answer::Residue(residue) if !residue.stopped));
    let mut stopping = home.session().with_steps(Arc::new(|_: &Step| false));
    let found = stopping.ask(warder_audit::api::Request::Residue { change: None }).unwrap();
    assert!(matches!(found, warder_audit::api::Answer::Residue(residue) if residue.stopped));
}

#[test]
fn an_entry_out_of_sight_is_told_from_one_that_is_gone_by_its_file() {
    let entry = |key: &str| {
        format!(
            r#"{{ "mcpServers": {{ "github": {{ "command": "npx", "args": ["-y", "some-mcp@1.0.0"], "env": {{ "TOKEN": "{key}" }} }} }} }}"#
        )
    };
    for broken in ["code/app/.cursor/mcp.json", ".cursor/mcp.json"] {
        // Two files of one client, each with an entry of that name.
        let home = Home::empty();
        home.write(".cursor/mcp.json", &entry(TOKEN));
        home.write("code/app/.cursor/mcp.json", &entry(OTHER));
        let mut session = home.session_in("code/app");
        let (_, _) = moved(&home, &mut session);
        let of = session.log().unwrap()[0].shown.clone();
        home.write(of.strip_prefix("~/").unwrap(), r#"{ "mcpServers": {} }"#);
        home.write(broken, "{ nothing");
        let secrets = session.secrets().unwrap();
        let kept = secrets.credentials.iter().find(|one| one.place == CredentialPlace::Keychain).unwrap();
        let expected = (of == format!("~/{broken}")).then_some(of);
        assert_eq!(kept.uses.iter().map(|one| one.unread.clone()).collect::<Vec<_>>(), [expected]);
    }
}

#[test]
fn what_is_grave_comes_before_what_is_harmless() {
    let home = Home::empty();
    let keyed = |number: usize| {
        format!(
            r#""keyed{number}": {{ "url": "https://mcp{number}.example.com/mcp", "headers": {{ "Authorization": "Bearer {TOKEN}" }} }}"#
        )
    };
    let plain = r#""plain": { "command": "npx", "args": ["-y", "some-mcp@1.0.0"], "env": { "NODE_TLS_REJECT_UNAUTHORIZED": "0" } }"#;
    let all: Vec<String> = (0..3).map(keyed).chain([plain.to_owned()]).collect();
    home.write(".cursor/mcp.json", &format!(r#"{{ "mcpServers": {{ {} }} }}"#, all.join(", ")));
    let report = home.session().scan().report();
    let of = |id: &String| report.findings.iter().find(|one| one.fixes.iter().any(|fix| fix.id == *id)).unwrap();
    let light = report.findings.iter().filter(|one| one.severity < Severity::High);
    assert!(light.flat_map(|one| &one.fixes).any(|fix| fix.gain > Some(0.0)), "it would gain its own server something");
    let first: Vec<Severity> = report.best.fixes.iter().map(|id| of(id).severity).collect();
    assert_eq!(first, [Severity::High; 3]);
}

#[test]
fn what_gains_its_server_most_comes_first_where_the_score_stays() {
    let home = Home::empty();
    let far = |number: usize| format!(r#""far{number}": {{ "url": "https://mcp{number}.example.com/mcp" }}"#);
    // The same server twice: mending one of them leaves the other one as it is.
    let near = |name: &str| {
        format!(r#""{name}": {{ "command": "npx", "args": ["-y", "@modelcontextprotocol/server-github"] }}"#)
    };
    let all: Vec<String> = (0..2).map(far).chain(["one", "other"].map(near)).collect();
    home.write(".cursor/mcp.json", &format!(r#"{{ "mcpServers": {{ {} }} }}"#, all.join(", ")));
    let report = home.session().scan().report();
    assert_eq!(report.best.steps[0], report.machine.score.unwrap(), "the other one is as bad");
    let fixes = || report.findings.iter().flat_map(|finding| &finding.fixes);
    let gain = |id: &String| fixes().find(|fix| fix.id == *id).and_then(|fix| fix.gain).unwrap();
    let gains: Vec<f64> = report.best.fixes.iter().map(gain).collect();
    assert!(gains[0] > gains[2] && gains.is_sorted_by(|one, other| one >= other), "{gains:?}");
}
