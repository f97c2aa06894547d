//! `warder rpc`, `settings` and `news` through the front door.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

const TOKEN: &str = "ghp_k3J8sQ2nVx7Lp9RtY4wZb6Hc1Md5Fg0AeTuN";

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let entry = json!({ "command": "npx", "args": ["-y", "some-mcp@1.0.0"], "env": { "GITHUB_TOKEN": TOKEN } });
    write(home.path(), ".cursor/mcp.json", &json!({ "mcpServers": { "one": entry } }).to_string());
    home
}

fn write(home: &Path, path: &str, text: &str) {
    let path = home.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn warder(home: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warder"));
    command.args(arguments).arg("--home").arg(home).env_remove("DBUS_SESSION_BUS_ADDRESS").env("NO_COLOR", "1");
    command.env("SOURCE_DATE_EPOCH", "1795219200");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || {
        // One that ends early reads no further.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The answers to these lines.
fn asked(home: &Path, lines: &[String]) -> Vec<Value> {
    let output = warder(home, &["rpc", "--demo"], lines.join("\n").as_bytes());
    assert!(output.status.success(), "{}", err(&output));
    out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn question(id: u32, request: Value) -> String {
    json!({ "id": id, "request": request }).to_string()
}

#[test]
fn a_screen_is_answered_line_by_line() {
    let home = home();
    let all = asked(home.path(), &[question(1, json!({ "ask": "scan" })), question(2, json!({ "ask": "safe" }))]);
    assert_eq!(all.len(), 2);
    assert_eq!((&all[0]["id"], &all[0]["answer"]["answer"]), (&json!(1), &json!("report")));
    let fix = &all[1]["answer"]["with"]["fixes"][0];
    assert!(all.iter().all(|answer| !answer.to_string().contains(&TOKEN[6..20])));
    // Each start begins anew: its own keychain, but the same files.
    let apply = json!({ "ask": "applySafe", "fix": fix["fix"], "effect": "something else" });
    let all = asked(home.path(), &[question(3, apply), question(4, json!({ "ask": "log" }))]);
    assert_eq!(all[0]["failure"]["code"], "stale");
    assert_eq!(all[1]["answer"]["with"], json!([]));
}

#[test]
fn a_line_that_is_no_question_is_answered_and_nothing_is_lost() {
    let home = home();
    let lines = [
        "no json".to_owned(),
        String::new(),
        question(1, json!({ "ask": "sudo" })),
        json!({ "id": "two" }).to_string(),
        format!("{{\"id\": 3, \"filler\": \"{}\"}}", "x".repeat(2_000_000)),
        "\u{1b}[31m".to_owned(),
        question(4, json!({ "ask": "reminders" })),
    ];
    let all = asked(home.path(), &lines);
    assert_eq!(all.len(), 6);
    for (answer, id, message) in [
        (&all[0], json!(null), "this is no question: expected ident at line 1 column 2"),
        (&all[1], json!(1), "this is no question: unknown variant `sudo`"),
        (&all[2], json!("two"), "this is no question: missing field `request` at line 1 column 12"),
        (&all[3], json!(null), "the line is longer than 1048576 bytes"),
        (&all[4], json!(null), "this is no question: expected value at line 1 column 1"),
    ] {
        assert_eq!(answer["id"], id);
        assert_eq!(answer["failure"]["code"], "refused");
        assert!(answer["failure"]["message"].as_str().unwrap().starts_with(message), "{answer}");
    }
    assert_eq!(all[5], json!({ "id": 4, "answer": { "answer": "reminders", "with": [] } }));
    assert!(!home.path().join(".warder").exists(), "nothing was begun");
}

#[test]
fn keys_in_memory_need_a_home_of_their_own() {
    let output = Command::new(env!("CARGO_BIN_EXE_warder")).args(["rpc", "--demo"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("--home"));
}

#[test]
fn every_safe_fix_is_done_over_rpc_as_it_was_shown() {
    let home = home();
    let mut child = Command::new(env!("CARGO_BIN_EXE_warder"))
        .args(["rpc", "--demo", "--home"])
        .arg(home.path())
        .env("WARDER_LAUNCHER", home.path().join(".cursor/mcp.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut questions = child.stdin.take().unwrap();
    let mut answers = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut ask = |request: Value| -> Value {
        writeln!(questions, "{}", question(9, request)).unwrap();
        let mut line = String::new();
        std::io::BufRead::read_line(&mut answers, &mut line).unwrap();
        assert!(!line.contains(&TOKEN[6..20]));
        serde_json::from_str(&line).unwrap()
    };
    ask(json!({ "ask": "news" }));
    let safe = ask(json!({ "ask": "safe" }));
    let fixes = safe["answer"]["with"]["fixes"].as_array().unwrap().clone();
    assert!(!fixes.is_empty(), "{safe}");
    for fix in &fixes {
        let done = ask(json!({ "ask": "applySafe", "fix": fix["fix"], "effect": fix["effect"] }));
        assert_eq!(done["answer"]["answer"], "change", "{done}");
    }
    assert!(!fs::read_to_string(home.path().join(".cursor/mcp.json")).unwrap().contains(TOKEN));
    let secrets = ask(json!({ "ask": "secrets" }));
    assert_eq!(secrets["answer"]["with"]["credentials"][0]["place"], "keychain");
    let news = ask(json!({ "ask": "news" }));
    assert_eq!(news["answer"]["with"]["news"], json!([]), "our own changes are no news");
    drop(questions);
    assert!(child.wait().unwrap().success());
}

#[test]
fn settings_are_changed_on_the_command_line_and_count_for_every_command() {
    let home = home();
    let path = |path: &str| home.path().join(path).to_string_lossy().into_owned();
    write(home.path(), "code/app/.mcp.json", r#"{ "mcpServers": { "memory": { "command": "x" } } }"#);
    write(home.path(), "odd.json", r#"{ "mcpServers": { "odd": { "command": "y" } } }"#);
    let servers = || {
        let report: Value = serde_json::from_slice(&warder(home.path(), &["scan", "--json"], b"").stdout).unwrap();
        let servers = report["servers"].as_array().unwrap();
        servers.iter().map(|server| server["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(servers(), "one");
    let (project, file) = (path("code/app/"), path("odd.json"));
    let set = |words: &[&str]| warder(home.path(), &[&["settings"], words].concat(), b"");
    let output = set(&["--add-project", &project, "--add-file", &file, "--client", "cursor", "--editor", "zed"]);
    assert!(output.status.success(), "{}", err(&output));
    assert!(out(&output).contains("odd.json as cursor reads it"), "{}", out(&output));
    assert_eq!(servers(), "memory one odd");
    let alone = warder(home.path(), &["scan", "--json", "--file", &path(".cursor/mcp.json")], b"");
    let alone: Value = serde_json::from_slice(&alone.stdout).unwrap();
    assert_eq!(alone["servers"].as_array().unwrap().len(), 1, "one file is one file");
    assert!(set(&["--remove-project", &project, "--remove-file", &file]).status.success());
    assert_eq!(servers(), "one");
    for (words, why) in [
        (&["--add-project", "/nowhere/at/all"][..], "is not a folder"),
        (&["--remove-project", "/nowhere/at/all"], "is none of your projects"),
        (&["--add-file", "/nowhere/at/all"], "does not exist"),
        (&["--editor", "ed"], "there is no editor ed"),
    ] {
        let output = set(words);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains(why), "{}", err(&output));
    }
    write(home.path(), ".warder/settings.json", "{\n,}");
    let output = set(&[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("is damaged in line 2, column 1"), "{}", err(&output));
    assert_eq!(servers(), "one", "a scan does not fail");
}

#[test]
fn news_are_told_on_the_command_line() {
    let home = home();
    let news = |words: &[&str]| warder(home.path(), &[&["news"], words].concat(), b"");
    assert_eq!(out(&news(&[])), "Nobody else has changed anything since Warder began to look.\n");
    let entry = json!({ "mcpServers": { "memory": { "command": "npx", "args": ["-y", "some-mcp@1.0.0"] } } });
    write(home.path(), ".codeium/windsurf/mcp_config.json", &entry.to_string());
    let output = news(&["--seen"]);
    let text = out(&output);
    assert!(text.starts_with("* ") && text.contains("  “memory” was added to Windsurf's config.\n  + npx\n"), "{text}");
    let page: Value = serde_json::from_slice(&news(&["--json"]).stdout).unwrap();
    assert_eq!(page["news"][0]["seen"], true);
    assert_eq!(page["findings"], json!([]));
    assert!(page["since"].is_string());
}
