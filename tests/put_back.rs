//! An entry that was swapped after it was approved goes back to what was approved: previewed, bound to what was
//! shown, undone; and its key goes to nothing else meanwhile.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "tests")]

#[allow(dead_code, reason = "each test file uses its share")]
mod world;

use std::fs;
use std::sync::Arc;

use serde_json::{Value, json};
use warder_audit::api::{Change, Choices, Code, Failure, Preview};
use warder_audit::edit::LineKind;
use warder_audit::env::Env;
use warder_audit::session::Session;
use warder_launch::vault::MemoryVault;
use world::{CURSOR, TOKEN, World, all, beside_keyring, row};

const PUT_BACK: [&str; 6] = ["fix", "--rule", "name-shadowing", "--server", "printer", "--yes"];

#[test]
fn a_swapped_entry_goes_back_byte_for_byte() {
    if !beside_keyring("a_swapped_entry_goes_back_byte_for_byte") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    let original = world.read(CURSOR);
    world.done(&["fix", "--rule", "secret-in-env", "--server", "printer", "--yes"]);
    let approved = world.read(CURSOR);
    world.edit(CURSOR, "\"printenv\"", "\"env\"");
    world.edit(CURSOR, "\"MODE\": \"plain\"", "\"MODE\": \"plain\", \"NODE_OPTIONS\": \"--require=/tmp/x.js\"");
    let swapped = world.read(CURSOR);
    assert_eq!(world.start("printer").status.code(), Some(125));

    let said = world.done(&[&PUT_BACK[..5], &["--dry-run"]].concat());
    assert!(said.contains("Put printer back as you approved it") && said.contains("\"printenv\""), "{said}");
    assert_eq!(world.read(CURSOR), swapped);
    let said = world.done(&PUT_BACK);
    assert!(!said.contains(TOKEN), "{said}");
    assert_eq!(world.read(CURSOR), approved);
    assert!(world.gets_key("printer"));
    assert_eq!(row(&world.report(), "printer")["protection"], "keychain");

    // It is a change like any other.
    world.done(&["undo", "--last"]);
    assert_eq!(world.read(CURSOR), swapped);
    assert_eq!(world.start("printer").status.code(), Some(125));
    world.done(&PUT_BACK);
    // And what it stands on can be taken back as well.
    let said = world.done(&["restore", "printer", "--yes"]);
    assert!(said.contains("Restored: printer"), "{said}");
    assert_eq!(world.read(CURSOR), original);
}

#[test]
fn an_entry_in_a_sandbox_goes_back_into_it() {
    if !beside_keyring("an_entry_in_a_sandbox_goes_back_into_it") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    world.done(&["fix", "--rule", "secret-in-env", "--server", "printer", "--yes"]);
    world.done(&["fix", "--rule", "unsandboxed-server", "--server", "printer", "--network", "none", "--yes"]);
    let approved = world.read(CURSOR);
    assert!(world.gets_key("printer"), "{}", all(&world.start("printer")));
    world.add_word("printer", "--eval");
    assert_eq!(world.start("printer").status.code(), Some(125));
    let refused = world.warder(&["restore", "printer", "--yes"]);
    assert!(all(&refused).contains("warder fix --rule name-shadowing --server printer"), "{}", all(&refused));
    world.done(&PUT_BACK);
    assert_eq!(world.read(CURSOR), approved);
    assert!(world.gets_key("printer"));
    assert_eq!(row(&world.report(), "printer")["protection"], "sandbox");
}

#[test]
fn an_entry_that_asks_to_be_watched_does_not_start_and_goes_back() {
    if !beside_keyring("an_entry_that_asks_to_be_watched_does_not_start_and_goes_back") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    world.done(&["fix", "--rule", "secret-in-env", "--server", "printer", "--yes"]);
    let fence = ["fix", "--rule", "unsandboxed-server", "--server", "printer", "--network", "none", "--yes"];
    for fenced in [false, true] {
        if fenced {
            world.done(&fence);
        }
        let (approved, protection) = (world.read(CURSOR), row(&world.report(), "printer")["protection"].clone());
        let keys = world.done(&["keys"]);
        world.edit(CURSOR, "\"run\"", "\"learn\"");
        let swapped = world.read(CURSOR);
        let output = world.start("printer");
        assert_eq!((output.status.code(), output.stdout), (Some(125), Vec::new()));
        let scan = all(&world.warder(&["scan"]));
        assert!(scan.contains("The launcher does not start printer: its command line changed."), "{scan}");
        let report = world.report();
        let mut findings = report["findings"].as_array().unwrap().iter();
        assert!(findings.any(|one| one["rule"] == "name-shadowing" && one["severity"] == "high"), "{report:#}");
        assert_eq!(world.done(&["keys"]), keys, "its keys are still its own");
        let doctor = all(&world.warder(&["doctor"]));
        assert!(doctor.contains("It does not start: its command line changed."), "{doctor}");
        let approving = world.at_terminal(&["approve", "printer"], "y\n").0;
        for said in [approving, all(&world.warder(&["restore", "printer", "--yes"]))] {
            assert!(said.contains("warder fix --rule name-shadowing --server printer"), "{said}");
            assert_eq!(world.read(CURSOR), swapped);
        }
        world.done(&PUT_BACK);
        assert_eq!(world.read(CURSOR), approved);
        assert!(world.gets_key("printer"));
        assert_eq!(row(&world.report(), "printer")["protection"], protection);
    }
}

#[test]
fn a_relayed_entry_goes_back_to_its_own_server() {
    if !beside_keyring("a_relayed_entry_goes_back_to_its_own_server") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = World::new(folder.path());
    let headers = json!({ "Authorization": format!("Bearer {TOKEN}") });
    let entry = json!({ "url": "http://127.0.0.1:9/mcp", "headers": headers });
    world.write(CURSOR, &json!({ "mcpServers": { "printer": entry } }).to_string());
    world.done(&["fix", "--rule", "secret-in-header", "--yes"]);
    let approved = world.read(CURSOR);
    world.edit(CURSOR, "http://127.0.0.1:9/mcp", "http://127.0.0.1:10/mcp");
    assert_eq!(world.start("printer").status.code(), Some(125));
    world.done(&PUT_BACK);
    assert_eq!(world.read(CURSOR), approved);
    assert_eq!(world.start("printer").status.code(), Some(0));
}

/// A home with one key moved, in a vault of the process.
struct Home {
    folder: tempfile::TempDir,
    config: &'static str,
    session: Session,
}

impl Home {
    fn of(config: &'static str, text: &str) -> Home {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().canonicalize().unwrap();
        let path = home.join(config);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        fs::write(home.join("warder-launch"), "a launcher").unwrap();
        fs::write(home.join("warder-relay"), "a relay").unwrap();
        let env = Env { launcher: Some(home.join("warder-launch")), ..Env::current(Some(&home)).unwrap() };
        let session = Session::open(env.clone(), env.state(), Arc::new(MemoryVault::default()));
        let mut home = Home { folder, config, session };
        let fix = home.fix(".keychain");
        home.done(&fix).unwrap();
        home
    }

    fn cursor() -> Home {
        let entry = json!({ "command": "printenv", "args": ["A"], "env": { "GITHUB_TOKEN": TOKEN } });
        Home::of(CURSOR, &json!({ "mcpServers": { "x": entry } }).to_string())
    }

    fn fix(&mut self, end: &str) -> String {
        let report = self.session.scan().report();
        let mut fixes = report.findings.iter().flat_map(|one| &one.fixes);
        fixes
            .find(|fix| fix.id.ends_with(end))
            .unwrap_or_else(|| panic!("no fix {end}: {:#?}", report.findings))
            .id
            .clone()
    }

    fn preview(&mut self) -> Result<Preview, Failure> {
        let fix = self.fix(".put-back");
        self.session.preview(&fix, &Choices::default())
    }

    fn done(&mut self, fix: &str) -> Result<Change, Failure> {
        let seen = self.session.preview(fix, &Choices::default())?.seen;
        self.session.apply(fix, &Choices::default(), &seen, false)
    }

    fn text(&self) -> String {
        fs::read_to_string(self.folder.path().join(self.config)).unwrap()
    }

    fn edit(&self, old: &str, new: &str) {
        let text = self.text();
        assert!(text.contains(old), "{old} is not in {text}");
        fs::write(self.folder.path().join(self.config), text.replacen(old, new, 1)).unwrap();
    }
}

#[test]
fn what_others_wrote_beside_the_entry_stays() {
    let mut home = Home::cursor();
    let approved = home.text();
    home.edit("\"A\"", "\"B\"");
    home.edit("{\"mcpServers\":{", "{\"other\": [1, 2],\"mcpServers\":{ \"y\": {\"command\":\"date\"},");
    let fix = home.fix(".put-back");
    home.done(&fix).unwrap();
    let expected =
        approved.replacen("{\"mcpServers\":{", "{\"other\": [1, 2],\"mcpServers\":{ \"y\": {\"command\":\"date\"},", 1);
    assert_eq!(home.text(), expected);
}

#[test]
fn a_table_and_a_block_go_back_too() {
    for (config, text, was, is) in [
        (
            ".codex/config.toml",
            format!(
                "a = 1\n[mcp_servers.x]\ncommand = \"node\"\nargs = [\"/srv/x.js\"]\n[mcp_servers.x.env]\nTOKEN_GH = \"{TOKEN}\"\n# end\n[z]\nb = 2\n"
            ),
            "/srv/x.js",
            "/srv/y.js",
        ),
        (
            ".config/goose/config.yaml",
            format!(
                "extensions:\n  x:\n    type: stdio\n    cmd: node\n    args:\n      - /srv/x.js # mine\n    envs:\n      TOKEN_GH: {TOKEN}\n    enabled: true\nother: 1\n"
            ),
            "/srv/x.js",
            "/srv/y.js",
        ),
    ] {
        let mut home = Home::of(config, &text);
        let approved = home.text();
        home.edit(was, is);
        let fix = home.fix(".put-back");
        home.done(&fix).unwrap();
        assert_eq!(home.text(), approved, "{config}");
    }
}

#[test]
fn only_what_was_shown_is_put_back() {
    let mut home = Home::cursor();
    home.edit("\"A\"", "\"B\"");
    let preview = home.preview().unwrap();
    assert_eq!(preview.safety, warder_audit::finding::Safety::Review);
    let lines = |kind| preview.diff.iter().filter(move |line| line.kind == kind).map(|line| line.text.as_str());
    assert!(lines(LineKind::Removed).any(|line| line.contains("\"B\"")), "{:?}", preview.diff);
    assert!(lines(LineKind::Added).any(|line| line.contains("\"A\"")), "{:?}", preview.diff);
    // The text of another moment, or the stamp of the file alone.
    home.edit("\"B\"", "\"C\"");
    let (fix, none) = (preview.fix.clone(), Choices::default());
    assert_eq!(home.session.apply(&fix, &none, &preview.seen, false).unwrap_err().code, Code::Stale);
    let file = home.session.stamp(&fix).unwrap();
    assert_eq!(home.session.apply(&fix, &none, &file, false).unwrap_err().code, Code::Stale);
    assert!(home.text().contains("\"C\""));
    home.done(&fix).unwrap();
    assert!(home.text().contains("\"A\""));
}

#[test]
fn the_newest_approval_is_what_goes_back() {
    let mut home = Home::cursor();
    let first = home.text();
    home.edit("\"A\"", "\"B\"");
    let server = home.session.scan().report().servers[0].id.clone();
    let seen = home.session.approval(&server).unwrap().seen;
    let approved = home.session.approve(&server, &seen).unwrap();
    let second = home.text();
    home.edit("\"B\"", "\"C\"");
    let fix = home.fix(".put-back");
    let back = home.done(&fix).unwrap();
    assert_eq!(home.text(), second);
    // The approval taken back, its text is not what is approved any more.
    home.session.undo(&back.id).unwrap();
    home.session.undo(&approved.id).unwrap_err();
    home.edit("\"C\"", "\"B\"");
    home.session.undo(&approved.id).unwrap();
    let fix = home.fix(".put-back");
    home.done(&fix).unwrap();
    assert_eq!(home.text(), first);
}

#[test]
fn without_the_bytes_it_says_why() {
    let mut home = Home::cursor();
    home.edit("\"A\"", "\"B\"");
    let swapped = home.text();
    let fix = home.fix(".put-back");
    fs::remove_file(home.folder.path().join(".warder/history.db")).unwrap();
    let failure = home.session.preview(&fix, &Choices::default()).map(|preview| preview.title).unwrap_err();
    assert_eq!(failure.message, "nobody knows byte for byte what you approved of x");
    assert!(failure.hint.unwrap().contains("There is no history"));
    assert_eq!(home.text(), swapped);
}

#[test]
fn an_undo_leaves_later_permissions_alone() {
    // What was put back wrote no profile, so taking it back writes none either.
    let mut home = Home::cursor();
    home.edit("\"A\"", "\"B\"");
    let fix = home.fix(".put-back");
    let back = home.done(&fix).unwrap();
    home.edit("\"A\"", "\"D\"");
    let server = home.session.scan().report().servers[0].id.clone();
    let seen = home.session.approval(&server).unwrap().seen;
    home.session.approve(&server, &seen).unwrap();
    let profiles = |home: &Home| -> Vec<Value> {
        let files = fs::read_dir(home.folder.path().join(".warder/profiles")).unwrap();
        files.map(|file| serde_json::from_slice(&fs::read(file.unwrap().path()).unwrap()).unwrap()).collect()
    };
    let approved = profiles(&home);
    home.edit("\"D\"", "\"A\"");
    home.session.undo(&back.id).unwrap();
    assert_eq!(profiles(&home), approved);
}
