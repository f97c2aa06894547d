//! What a fenced server needs is learned from a start that is watched, and named
//! where a verification fails; allowed is only what a person chose.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use warder_audit::api::{Answer, Call, Choices, Code, Learned, NetworkChoice, Request};

use super::world::{CURSOR, beside_keyring, root};
use super::{Place, Talk};

/// A home with what the server wants and does not get.
fn place(folder: &Path, more: &[&str]) -> Place {
    let home = folder.canonicalize().unwrap();
    for dir in ["server", ".config/app", ".ssh", "data"] {
        fs::create_dir_all(home.join(dir)).unwrap();
    }
    fs::copy(root().join("tests/permissions/needy.js"), home.join("server/needy.js")).unwrap();
    fs::write(home.join(".config/app/settings.json"), "my settings").unwrap();
    fs::write(home.join(".ssh/config"), "Host x").unwrap();
    let script = home.join("server/needy.js").to_string_lossy().into_owned();
    let words: Vec<&str> = std::iter::once(script.as_str()).chain(more.iter().copied()).collect();
    Place::new(&home, &json!({ "needy": { "command": "node", "args": words } }))
}

fn call(tool: &str) -> Call {
    Call { tool: tool.to_owned(), arguments: json!({}) }
}

fn learn(place: &mut Place, calls: &[&str]) -> Learned {
    let server = place.server("needy").id;
    let calls = calls.iter().map(|tool| call(tool)).collect();
    let Answer::Learned(learned) = place.session.ask(Request::Learn { server, calls }).unwrap() else { panic!() };
    learned
}

fn answer(talk: &mut Talk) -> Value {
    talk.call("look", &json!({}))["content"][0]["text"].clone()
}

#[test]
fn what_it_was_refused_becomes_choices_and_nothing_is_allowed_by_that() {
    let folder = tempfile::tempdir().unwrap();
    let mut place = place(folder.path(), &[]);
    let Place { session, .. } = &mut place;
    let unfenced = session.scan().report().servers[0].id.clone();
    let failure = session.ask(Request::Learn { server: unfenced, calls: Vec::new() }).unwrap_err();
    assert!(failure.message.contains("does not run in a sandbox"), "{failure}");

    place.fence("needy");
    let fix = format!("permissions:{}", place.server("needy").id);
    let Answer::Proposal(now) = place.session.ask(Request::Propose { fix: fix.clone() }).unwrap() else { panic!() };
    assert!(now.learns.unwrap().contains("/.warder/bin/warder-launch learn --profile needy-"));
    let (config, may) = (place.world.read(CURSOR), place.server("needy").permissions);

    let at_start = learn(&mut place, &[]);
    assert_eq!(at_start.outcome, "It started and lists 2 tools.");
    let rows = |learned: &Learned| {
        let row = |one: &warder_audit::api::ProposedFolder| (one.shown.clone(), one.write, one.why.clone());
        learned.folders.iter().map(row).collect::<Vec<_>>()
    };
    let settings = "~/.config/app/settings.json";
    assert_eq!(rows(&at_start), [(settings.to_owned(), false, "it tried to read it once".to_owned())]);
    assert_eq!((at_start.hosts.len(), at_start.warnings.len()), (0, 0), "{at_start:?}");

    let tools: Vec<_> = at_start.tools.iter().map(|tool| (tool.name.as_str(), tool.reads)).collect();
    assert_eq!(tools, [("fail", false), ("look", false)], "both can be called with nothing");

    let called = learn(&mut place, &["look", "fail", "unknown"]);
    assert_eq!(called.outcome, "It started and lists 2 tools; these calls failed: fail, unknown.");
    let expected = [
        (settings.to_owned(), false, "it tried to read it 2 times".to_owned()),
        ("~/data".to_owned(), true, "it tried to write there once".to_owned()),
    ];
    assert_eq!(rows(&called), expected);
    let host = &called.hosts[0];
    assert_eq!((called.hosts.len(), host.host.as_str()), (1, "api.example.org"));
    assert!(host.why.starts_with("it tried to reach it "), "{}", host.why);
    assert_eq!(called.warnings.len(), 1);
    assert!(called.warnings[0].starts_with("It tried to use ~/.ssh/config once: keys, "), "{:?}", called.warnings);
    assert_eq!((place.world.read(CURSOR), place.server("needy").permissions), (config, may), "nothing is allowed");

    // One of them, as it was named.
    let choices = Choices { read: vec![called.folders[0].path.clone()], ..Choices::default() };
    let preview = place.session.preview(&fix, &choices).unwrap();
    assert_eq!(preview.permissions.as_ref().unwrap().more, [format!("It may read {settings}.")]);
    place.session.apply(&fix, &choices, &preview.seen, false).unwrap();
    assert_eq!(answer(&mut place.start("needy")), "my settings");
    let after = learn(&mut place, &[]);
    assert_eq!(rows(&after), []);
}

#[test]
fn a_verification_that_fails_names_what_was_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut place = place(folder.path(), &["--strict"]);
    let before = place.world.read(CURSOR);
    let fix = place.fix("needy");
    let preview = place.session.preview(&fix, &Choices::default()).unwrap();
    let besides = preview.verify_refused.unwrap();
    assert!(besides.contains(" learn --profile needy-"), "all that may be started is shown: {besides}");
    let failure = place.session.apply(&fix, &Choices::default(), &preview.seen, true).unwrap_err();
    assert_eq!(failure.code, Code::NotVerified);
    let hint = failure.hint.unwrap();
    assert!(
        hint.starts_with("It was refused reading ~/.config/app/settings.json: allow that, and try again."),
        "{hint}"
    );
    assert_eq!(place.world.read(CURSOR), before);
    let [taken_back] = &place.session.log().unwrap()[..] else { panic!("one change") };
    assert!(taken_back.undone && taken_back.taken_back);
    assert_eq!(taken_back.note, None);
    // As choices, too.
    let Answer::Learned(missed) = place.session.ask(Request::Missed).unwrap() else { panic!() };
    assert_eq!(missed.server, place.server("needy").id);
    let folders: Vec<(&str, bool)> = missed.folders.iter().map(|one| (one.shown.as_str(), one.write)).collect();
    assert_eq!((folders, missed.hosts.len()), (vec![("~/.config/app/settings.json", false)], 0));

    let settings = place.world.home.join(".config/app/settings.json").to_string_lossy().into_owned();
    let choices = Choices { read: vec![settings], ..Choices::default() };
    let preview = place.session.preview(&fix, &choices).unwrap();
    let done = place.session.apply(&fix, &choices, &preview.seen, true).unwrap();
    assert_eq!(done.note.unwrap(), "Started before and after: 2 tools, the same.");
    assert!(place.session.ask(Request::Missed).is_err(), "it is not what failed last any more");
    assert!(!place.session.log().unwrap()[0].taken_back);
    assert_eq!(place.server("needy").permissions.unwrap().network, NetworkChoice::None);
}

#[test]
fn folders_of_a_server_that_only_reads_could_be_read_only() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().canonicalize().unwrap().join("data").to_string_lossy().into_owned();
    let told = |place: &mut Place| {
        place.fence("needy");
        learn(place, &[]).notes.iter().any(|note| note.contains("its folders could be read-only"))
    };
    assert!(told(&mut place(folder.path(), &["--reader", &data])));
    let other = tempfile::tempdir().unwrap();
    let data = other.path().canonicalize().unwrap().join("data").to_string_lossy().into_owned();
    assert!(!told(&mut place(other.path(), &[&data])), "these tools do not say so");
}

#[test]
fn a_folder_of_a_server_that_was_heard_to_only_read_is_proposed_read_only() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().canonicalize().unwrap().join("data").to_string_lossy().into_owned();
    let mut place = place(folder.path(), &["--reader", &data]);
    let fix = place.fix("needy");
    let proposed = |place: &mut Place| {
        let Answer::Proposal(proposal) = place.session.ask(Request::Propose { fix: fix.clone() }).unwrap() else {
            panic!()
        };
        proposal.folders.into_iter().map(|one| (one.shown, one.write, one.why)).collect::<Vec<_>>()
    };
    assert_eq!(proposed(&mut place), [("~/data".to_owned(), true, "its argument".to_owned())], "nobody asked it yet");
    let preview = place.session.preview(&fix, &Choices::default()).unwrap();
    let done = place.session.apply(&fix, &Choices::default(), &preview.seen, true).unwrap();
    assert_eq!(
        done.note.unwrap(),
        "Started before and after: 2 tools, the same. All its tools say that they only read: its folders could be \
         read-only."
    );
    place.session.undo(&done.id).unwrap();
    let why = "its argument; all its tools say that they only read".to_owned();
    assert_eq!(proposed(&mut place), [("~/data".to_owned(), false, why)]);
    let (preview, _) = place.fence("needy");
    let may = preview.permissions.unwrap().after;
    assert!(may.read.contains(&"~/data".to_owned()) && may.write.is_empty(), "{may:?}");
}

#[test]
fn a_folder_with_a_name_that_moves_the_cursor_is_told_on_one_line() {
    if !beside_keyring("learn::a_folder_with_a_name_that_moves_the_cursor_is_told_on_one_line") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = place(folder.path(), &["--odd"]).world;
    let odd = world.home.join("odd\u{1b}[2J\nIt was refused nothing.\u{202e}txt");
    fs::create_dir(&odd).unwrap();
    fs::write(odd.join("x"), "").unwrap();
    fs::remove_dir_all(world.home.join(".config/app")).unwrap();
    world.done(&["fix", "--rule", "unsandboxed-server", "--yes"]);
    let told = |said: String| {
        assert!(
            said.contains("refused    ~/odd\\u{1b}[2J\\nIt was refused nothing.\\u{202e}txt/x: it tried"),
            "{said}"
        );
        let raw = |c| matches!(c, '\u{1b}' | '\u{202e}');
        assert!(!said.contains(raw) && !said.contains("\nIt was refused nothing."), "{said:?}");
        said
    };
    let said = told(world.done(&["learn", "needy", "--yes"]));
    assert!(!said.contains("A part of it"), "nobody can type that: {said}");
    fs::create_dir(world.home.join("plain name")).unwrap();
    fs::write(world.home.join("plain name/x"), "").unwrap();
    let said = told(world.done(&["learn", "needy", "--yes"]));
    let plain = world.home.join("plain name/x");
    assert!(said.contains(&format!("A part of it: warder allow --read '{}' -- needy", plain.display())), "{said}");
}

#[test]
fn learning_asks_before_it_starts_and_before_it_allows() {
    if !beside_keyring("learn::learning_asks_before_it_starts_and_before_it_allows") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = place(folder.path(), &[]).world;
    world.done(&["fix", "--rule", "unsandboxed-server", "--yes"]);
    let piped = world.warder(&["learn", "needy"]);
    assert_eq!(piped.status.code(), Some(2));
    assert!(super::err(&piped).contains("starting a server needs a yes"), "{}", super::err(&piped));
    let tried = world.home.join(".warder/refused");
    assert!(!tried.exists(), "it was not started");

    let said = world.done(&["learn", "needy", "--yes"]);
    assert!(said.contains("refused    ~/.config/app/settings.json: it tried to read it once"), "{said}");
    let may = |path: &str| world.done(&["permissions", "needy"]).contains(path);
    assert!(!may("settings.json"));

    let wanted = ["learn", "needy", "--call", "look", "--call", "'look {\"x\":1}'"];
    let (said, code) = world.at_terminal(&wanted, "y\nn\n");
    assert!(
        code == Some(0) && said.contains("+ It may write in ~/data.") && said.contains("Nothing was allowed."),
        "{said}"
    );
    assert!(!may("settings.json") && !may("~/data"));
    let (said, code) = world.at_terminal(&wanted, "y\ny\n");
    assert_eq!(code, Some(0), "{said}");
    assert!(may("settings.json") && may("~/data") && may("api.example.org"));
    assert!(!world.home.join("data/new").exists(), "watched, it was not let in");

    let bad = world.warder(&["learn", "needy", "--yes", "--call", "look [1]"]);
    assert!(super::err(&bad).contains("write a call like this"), "{}", super::err(&bad));
}

/// Command lines of all that runs and names this home, but for Warder's own.
fn running(home: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let line = |entry: fs::DirEntry| fs::read(entry.path().join("cmdline")).ok();
    let lines = processes.filter_map(line).map(|line| String::from_utf8_lossy(&line).replace('\0', " "));
    let (home, warder) = (home.to_str().unwrap(), env!("CARGO_BIN_EXE_warder"));
    lines.filter(|line| line.contains(home) && !line.starts_with(warder)).collect()
}

fn is_there(lines: &[String], program: &str) -> bool {
    lines.iter().any(|line| Path::new(line.split(' ').next().unwrap()).ends_with(program))
}

#[track_caller]
fn until(home: &Path, is: impl Fn(&[String]) -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is(&running(home)) {
        assert!(Instant::now() < end, "{:#?}", running(home));
        std::thread::yield_now();
    }
}

fn signal(process: &Child, signal: &str) {
    assert!(Command::new("kill").args([signal, &process.id().to_string()]).status().unwrap().success());
}

#[test]
fn nothing_that_was_started_outlives_warder() {
    if !beside_keyring("learn::nothing_that_was_started_outlives_warder") {
        return;
    }
    for engine in ["bubblewrap", "landlock"] {
        let folder = tempfile::tempdir().unwrap();
        let world = place(folder.path(), &["--deaf", "--children"]).world;
        world.done(&["fix", "--rule", "unsandboxed-server", "--engine", engine, "--yes"]);
        let mut warder = world.command(&["learn", "needy", "--yes"]).spawn().unwrap();
        let started = |lines: &[String]| is_there(lines, "node") && is_there(lines, "sh");
        until(&world.home, started);
        assert!(running(&world.home).iter().any(|line| line.contains(".warder/bin/warder-launch learn")));
        signal(&warder, "-KILL");
        warder.wait().unwrap();
        until(&world.home, <[String]>::is_empty);
    }
    // Nor what a verification starts without a fence, whatever session that put itself in.
    let folder = tempfile::tempdir().unwrap();
    let world = place(folder.path(), &["--deaf", "--children"]).world;
    let mut warder = world.command(&["fix", "--rule", "unsandboxed-server", "--verify", "--yes"]).spawn().unwrap();
    until(&world.home, |lines| is_there(lines, "node") && is_there(lines, "sh"));
    assert!(!running(&world.home).iter().any(|line| line.contains("warder-launch")), "the control is unwrapped");
    signal(&warder, "-KILL");
    warder.wait().unwrap();
    until(&world.home, <[String]>::is_empty);
}

#[test]
fn what_a_checked_server_left_running_ends_with_it() {
    if !beside_keyring("learn::what_a_checked_server_left_running_ends_with_it") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = place(folder.path(), &["--children"]).world;
    let said = world.done(&["fix", "--rule", "unsandboxed-server", "--verify", "--yes"]);
    assert!(said.contains("Started before and after"), "{said}");
    // It ended when it was told to; its child hears nothing and is in a session of its own.
    assert_eq!(running(&world.home), [] as [String; 0]);
}

#[test]
fn stopped_warder_ends_the_server_and_changes_nothing() {
    if !beside_keyring("learn::stopped_warder_ends_the_server_and_changes_nothing") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let world = place(folder.path(), &["--deaf"]).world;
    let stopped = |arguments: &[&str], sent: &str| {
        let before = world.read(CURSOR);
        let mut command = world.command(arguments);
        let warder = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until(&world.home, |lines| is_there(lines, "node"));
        signal(&warder, sent);
        let output = warder.wait_with_output().unwrap();
        let said = super::all(&output);
        assert!(output.status.code() == Some(2) && said.contains("stopped: nothing was changed"), "{said}");
        until(&world.home, <[String]>::is_empty);
        assert_eq!(world.read(CURSOR), before);
    };
    stopped(&["fix", "--rule", "unsandboxed-server", "--verify", "--yes"], "-INT");
    world.done(&["fix", "--rule", "unsandboxed-server", "--yes"]);
    for sent in ["-INT", "-TERM", "-HUP"] {
        stopped(&["learn", "needy", "--yes"], sent);
    }
}
