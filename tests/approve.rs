//! An entry that changed since it was approved: found, refused, shown uncut, approved by a person.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

mod world;

use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use warder_audit::api::{Choices, Code, VariableState};
use warder_audit::env::Env;
use warder_audit::session::Session;
use warder_launch::vault::MemoryVault;
use world::{CURSOR, TOKEN, World, all, beside_keyring, row};

#[test]
fn a_swapped_command_starts_again_only_when_a_person_approves_it() {
    if !beside_keyring("a_swapped_command_starts_again_only_when_a_person_approves_it") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    world.done(&["fix", "--rule", "secret-in-env", "--yes"]);
    assert!(world.gets_key("printer"));
    let wrapped = world.read(CURSOR);

    // What an attacker would hide behind blanks.
    let hidden = format!("ok{}--eval\u{202e}", " ".repeat(10_000));
    world.add_word("printer", &hidden);
    let swapped = world.read(CURSOR);
    let started = world.start("printer");
    assert_eq!(started.status.code(), Some(125));
    assert!(all(&started).contains("its command line changed; if that was you, approve it: warder approve printer"));
    assert!(!all(&started).contains(TOKEN));

    let report = world.report();
    assert_eq!(row(&report, "printer")["protection"], "changed");
    assert_eq!(row(&report, "other")["protection"], "keychain");
    let found = report["findings"].as_array().unwrap().iter().find(|one| one["rule"] == "name-shadowing").unwrap();
    assert_eq!((&found["severity"], &found["server"]), (&json!("high"), &row(&report, "printer")["id"]));
    assert_eq!(found["message"], "The launcher does not start printer: its command line changed.");

    // An agent has no terminal.
    let piped = world.warder(&["approve", "printer"]);
    assert_eq!(piped.status.code(), Some(2));
    assert!(all(&piped).contains("approving needs a person"), "{}", all(&piped));
    let (said, code) = world.at_terminal(&["approve", "printer"], "no\n");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("+ ok⟨10000 blanks⟩--eval\\u{202e}"), "{said}");
    assert!(!said.contains(TOKEN) && !said.contains('\u{202e}'), "{said}");
    assert_eq!(world.start("printer").status.code(), Some(125));

    let (said, code) = world.at_terminal(&["approve", "printer"], "printer\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(world.gets_key("printer"));
    assert_eq!(world.read(CURSOR), swapped);
    assert_eq!(row(&world.report(), "printer")["protection"], "keychain");
    let (said, code) = world.at_terminal(&["approve", "printer"], "");
    assert_eq!(code, Some(0), "{said}");

    // It is a change like any other.
    world.done(&["undo", "--last"]);
    assert_eq!(world.read(CURSOR), swapped);
    assert_eq!(world.start("printer").status.code(), Some(125));
    world.write(CURSOR, &wrapped);
    assert!(world.gets_key("printer"));
    world.edit(CURSOR, "\"MODE\": \"plain\"", "\"MODE\": \"other\"");
    assert!(all(&world.start("printer")).contains("its variable MODE changed"));
}

#[test]
fn a_relayed_entry_goes_elsewhere_only_when_a_person_says_so() {
    if !beside_keyring("a_relayed_entry_goes_elsewhere_only_when_a_person_says_so") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    // Nobody answers there; the relay starts, and ends with its client.
    let headers = json!({ "Authorization": format!("Bearer {TOKEN}"), "X-Set": "repos" });
    let entry = json!({ "url": "http://127.0.0.1:9/mcp", "headers": headers });
    world.write(CURSOR, &json!({ "mcpServers": { "git": entry } }).to_string());
    world.done(&["fix", "--rule", "secret-in-header", "--yes"]);
    assert!(!world.read(CURSOR).contains(TOKEN));
    assert_eq!(world.start("git").status.code(), Some(0), "{}", all(&world.start("git")));

    world.edit(CURSOR, "http://127.0.0.1:9/mcp", "http://127.0.0.1:10/mcp");
    let started = world.start("git");
    assert_eq!(started.status.code(), Some(125));
    let said = "did not start git: its command line changed; if that was you, approve it: warder approve git";
    assert!(all(&started).contains(said), "{}", all(&started));
    assert_eq!(row(&world.report(), "git")["protection"], "changed");
    let doctor = world.warder(&["doctor"]);
    assert_eq!(doctor.status.code(), Some(1));
    assert!(all(&doctor).contains("warder approve git"), "{}", all(&doctor));

    let (said, code) = world.at_terminal(&["approve", "git"], "git\n");
    assert_eq!(code, Some(0), "{said}");
    let sides = ["- http://127.0.0.1:9/mcp", "+ http://127.0.0.1:10/mcp"];
    assert!(sides.iter().all(|side| said.contains(side)), "{said}");
    assert!(said.contains("Its key goes to http://127.0.0.1:10 from now on"), "{said}");
    assert!(!said.contains(TOKEN));
    assert_eq!(world.start("git").status.code(), Some(0));
    world.done(&["doctor"]);

    world.write(".warder/history.db", "this is no history any more");
    let said = world.done(&["restore", "git", "--yes"]);
    assert!(said.contains("Restored: git") && !said.contains(TOKEN), "{said}");
    let entry = json!({ "url": "http://127.0.0.1:10/mcp", "headers": headers });
    assert_eq!(world.config(), json!({ "mcpServers": { "git": entry } }));
}

/// A home with one server, its key moved in a vault of the process.
struct Home {
    folder: tempfile::TempDir,
    session: Session,
}

const CONFIG: &str = ".cursor/mcp.json";

impl Home {
    fn new() -> Home {
        let entry = json!({ "command": "printenv", "args": ["--api-key", "aW1hZ2luZWQtdmFsdWU3Nzc", "A"],
            "env": { "GITHUB_TOKEN": TOKEN, "MODE": "plain" } });
        Home::of(&entry, None, "secret-in-env")
    }

    /// `entry` with its key moved, beside one that is as it was written.
    fn of(entry: &Value, beside: Option<Value>, rule: &str) -> Home {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        let mut servers = json!({ "x": entry });
        beside.into_iter().for_each(|beside| servers["y"] = beside);
        fs::create_dir(home.join(".cursor")).unwrap();
        fs::write(home.join(CONFIG), json!({ "mcpServers": servers }).to_string()).unwrap();
        fs::write(home.join("warder-launch"), "a launcher").unwrap();
        fs::write(home.join("warder-relay"), "a relay").unwrap();
        let env = Env { launcher: Some(home.join("warder-launch")), ..Env::current(Some(&home)).unwrap() };
        let state = env.state();
        let mut session = Session::open(env, state, Arc::new(MemoryVault::default()));
        let report = session.scan().report();
        let fixes = report.findings.iter().filter(|one| one.rule == rule).flat_map(|one| &one.fixes);
        let fix = fixes.into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap().id.clone();
        let seen = session.preview(&fix, &Choices::default()).unwrap().seen;
        session.apply(&fix, &Choices::default(), &seen, false).unwrap();
        Home { folder, session }
    }

    fn edit(&self, old: &str, new: &str) {
        let path = self.folder.path().join(CONFIG);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{old} is not in {text}");
        fs::write(path, text.replacen(old, new, 1)).unwrap();
    }

    fn server(&mut self) -> String {
        self.session.scan().report().servers[0].id.clone()
    }

    /// All profiles.
    fn kept(&self) -> String {
        let files = fs::read_dir(self.folder.path().join(".warder/profiles")).unwrap();
        files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap()).collect()
    }
}

#[test]
fn an_approval_counts_only_for_what_was_shown() {
    let mut home = Home::new();
    let server = home.server();
    assert_eq!(home.session.approval(&server).unwrap().change, None);
    home.edit("\"MODE\":\"plain\"", "\"MODE\":\"fast\"");
    let seen = home.session.approval(&server).unwrap().seen;
    // A value is never shown, and still it is a part of what was agreed to.
    home.edit("\"MODE\":\"fast\"", "\"MODE\":\"evil\"");
    assert_eq!(home.session.approve(&server, &seen).unwrap_err().code, Code::Stale);
    let approval = home.session.approval(&server).unwrap();
    assert_eq!(approval.change.as_deref(), Some("its variable MODE changed"));
    let change = home.session.approve(&server, &approval.seen).unwrap();
    assert_eq!(home.session.approval(&server).unwrap().change, None);
    // The profile moved on; what was shown before is not what is there.
    assert_eq!(home.session.approve(&server, &approval.seen).unwrap_err().code, Code::Stale);
    home.session.undo(&change.id).unwrap();
    assert_eq!(home.session.approval(&server).unwrap().seen, approval.seen);
}

/// What only another entry tells to be a key.
const ELSEWHERE: &str = "tr0ub4dor-and-3-horses";

#[test]
fn a_key_of_another_entry_is_not_shown_and_not_kept_in_clear() {
    let entry = json!({ "command": "printenv", "args": ["A"], "env": { "GITHUB_TOKEN": TOKEN } });
    let beside = json!({ "command": "printenv", "env": { "DB_PASSWORD": ELSEWHERE } });
    let mut home = Home::of(&entry, Some(beside), "secret-in-env");
    let server = home.server();
    home.edit("\"A\"", &format!("\"A\",\"{ELSEWHERE}\",\"--to=db:{ELSEWHERE}@example.com\""));
    let approval = home.session.approval(&server).unwrap();
    let text = serde_json::to_string(&approval).unwrap();
    assert!(!text.contains(&ELSEWHERE[2..18]), "{text}");
    assert_eq!(approval.new.words[..2], ["printenv", "A"], "what is started stays to be seen");
    assert_eq!(approval.new.words[2..], ["••••", "--to=db:••••@example.com"]);
    let change = home.session.approve(&server, &approval.seen).unwrap();
    let kept = home.kept();
    assert!(kept.contains("printenv") && !kept.contains(&ELSEWHERE[2..18]), "{kept}");
    let now = home.session.approval(&server).unwrap();
    assert_eq!((now.change, now.old.words), (None, now.new.words), "it is what the launcher starts");
    home.session.undo(&change.id).unwrap();
    assert!(home.session.approval(&server).unwrap().change.is_some());
}

#[test]
fn a_key_of_another_entry_is_not_told_elsewhere_by_a_profile() {
    let entry = json!({ "url": "https://example.com/mcp",
        "headers": { "Authorization": format!("Bearer {TOKEN}"), "X-Set": "repositories" } });
    let beside = json!({ "command": "printenv", "env": { "DB_PASSWORD": ELSEWHERE } });
    let mut home = Home::of(&entry, Some(beside), "secret-in-header");
    let server = home.server();
    home.edit("repositories", ELSEWHERE);
    let failure = home.session.approval(&server).unwrap_err();
    assert_eq!(failure.message, "the server x has a key in plain text, which no profile may hold");
    assert!(home.kept().contains("repositories") && !home.kept().contains(ELSEWHERE));
    // Nor when its own key is moved for the first time.
    let text = json!({ "mcpServers": {
        "x": { "url": "https://example.com/mcp",
            "headers": { "Authorization": format!("Bearer {TOKEN}"), "X-Set": ELSEWHERE } },
        "y": { "command": "printenv", "env": { "DB_PASSWORD": ELSEWHERE } } } });
    fs::write(home.folder.path().join(CONFIG), text.to_string()).unwrap();
    let report = home.session.scan().report();
    let fixes = report.findings.iter().filter(|one| one.rule == "secret-in-header").flat_map(|one| &one.fixes);
    let fix = fixes.into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap().id.clone();
    let failure = home.session.preview(&fix, &Choices::default()).map(|preview| preview.title).unwrap_err();
    assert_eq!(failure.message, "the profile of this entry would hold a key in plain text");
}

#[test]
fn an_approval_shows_names_and_no_values() {
    let mut home = Home::new();
    let server = home.server();
    // The key moves to where nothing tells that it is one.
    for (old, new) in [("aW1hZ2luZWQtdmFsdWU3Nzc", "@"), ("\"A\"", "\"aW1hZ2luZWQtdmFsdWU3Nzc\""), ("\"@\"", "\"A\"")] {
        home.edit(old, new);
    }
    home.edit("\"MODE\":\"plain\"", "\"MODE\":\"fast-value\",\"NODE_OPTIONS\":\"--require=/tmp/x\"");
    home.edit("\"--api-key\"", "\"--\\u001b[2Japi\"");
    let approval = home.session.approval(&server).unwrap();
    let text = serde_json::to_string(&approval).unwrap();
    for hidden in [TOKEN, "aW1hZ2luZWQ", "plain", "fast-value", "/tmp/x", "\\u001b"] {
        assert!(!text.contains(hidden), "{hidden} is in {text}");
    }
    assert_eq!(approval.new.words[1..3], ["--\\u{1b}[2Japi", "A"]);
    assert_eq!(approval.old.words[2], "⟨sealed⟩");
    let states: Vec<(&str, VariableState)> =
        approval.variables.iter().map(|one| (one.name.as_str(), one.state)).collect();
    assert_eq!(
        states,
        [("GITHUB_TOKEN", VariableState::Same), ("MODE", VariableState::Changed), ("NODE_OPTIONS", VariableState::New)]
    );
}

#[test]
fn a_key_that_was_not_given_cannot_be_approved() {
    let mut home = Home::new();
    let server = home.server();
    let text = fs::read_to_string(home.folder.path().join(CONFIG)).unwrap();
    let at = text.find("keychain:").unwrap();
    let own = text[at..].split('"').next().unwrap().to_owned();
    home.edit("\"MODE\":\"plain\"", &format!("\"MODE\":\"{own}\""));
    let failure = home.session.approval(&server).unwrap_err();
    assert!(failure.message.contains("MODE refers to a key that this entry was not given"), "{failure}");
}

#[test]
fn no_fix_is_the_yes_to_a_swapped_command() {
    let mut home = Home::new();
    // It brings a key along, which a safe fix would move.
    home.edit("\"printenv\"", "\"env\"");
    home.edit("\"MODE\"", "\"GITLAB_TOKEN\":\"glpat-k3J8sQ2nVx7Lp9RtY4wZ\",\"MODE\"");
    let profiles = home.kept();
    let report = home.session.scan().report();
    let fixes = report.findings.iter().flat_map(|one| &one.fixes).map(|fix| &fix.id);
    let seals: Vec<&String> =
        fixes.filter(|id| [".keychain", ".sandbox"].iter().any(|end| id.ends_with(end))).collect();
    assert!(!seals.is_empty());
    for fix in seals {
        let failure = home.session.preview(fix, &Choices::default()).map(|preview| preview.title).unwrap_err();
        assert_eq!(failure.message, "this entry is not what you approved: its command line changed", "{fix}");
    }
    let safe = home.session.safe().unwrap();
    assert!(safe.fixes.iter().all(|fix| !fix.title.contains("keychain")), "{:?}", safe.fixes);
    assert_eq!(home.kept(), profiles);
}

#[test]
fn a_new_key_in_the_place_of_its_reference_is_moved_again() {
    let mut home = Home::new();
    let text = fs::read_to_string(home.folder.path().join(CONFIG)).unwrap();
    let at = text.find("keychain:").unwrap();
    let own = text[at..].split('"').next().unwrap().to_owned();
    home.edit(&own, "ghp_A3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN");
    let server = home.server();
    assert!(home.session.approval(&server).unwrap().change.is_some());
    let report = home.session.scan().report();
    let fixes = report.findings.iter().flat_map(|one| &one.fixes);
    let fix = fixes.into_iter().find(|fix| fix.id.ends_with(".keychain")).unwrap().id.clone();
    let seen = home.session.preview(&fix, &Choices::default()).unwrap().seen;
    home.session.apply(&fix, &Choices::default(), &seen, false).unwrap();
    assert_eq!(home.session.approval(&server).unwrap().change, None);
}
