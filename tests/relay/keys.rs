//! Keys from a real Secret Service: they reach the server, and nobody else.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use warder_launch::profile::Profile;
use warder_launch::vault::{Handle, Keychain, Secret, Vault};

use super::server::{Server, opening, result};
use super::{Session, World, rand};

/// The relay's only way to a bus in these tests.
const BUS: &str = "DBUS_SESSION_BUS_ADDRESS";

/// Runs the test `name` again beside a keyring of its own; true when this is
/// that second run.
fn beside_keyring(name: &str) -> bool {
    if std::env::var("KEYRING_TEST").is_ok_and(|running| running == name) {
        return true;
    }
    let mut again = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/keychain.sh"));
    again.arg(std::env::current_exe().unwrap()).args(["--exact", &format!("keys::{name}"), "--nocapture"]);
    let output = again.env("KEYRING_TEST", name).output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{out}{}", String::from_utf8_lossy(&output.stderr));
    assert!(out.contains("1 passed"), "{name} is not the name of this test");
    false
}

fn keep(world: &World, label: &str, value: &str) -> Handle {
    let handle = Handle::new(label, rand());
    let keychain = Keychain { state_id: world.state.id().unwrap(), bus: None };
    keychain.set(&handle, &Secret::new(value)).unwrap();
    handle
}

fn with_bus(mut command: Command) -> Command {
    command.env(BUS, std::env::var(BUS).unwrap());
    command
}

/// Made up anew, so that finding it anywhere means something.
fn value(of: &str) -> String {
    format!("{of}_{}", Handle::new("x", rand()).as_str())
}

#[test]
fn the_server_gets_the_keys_and_nobody_else() {
    if !beside_keyring("the_server_gets_the_keys_and_nobody_else") {
        return;
    }
    let world = World::new();
    let server = Server::start(|request, mut reply| {
        if !opening(request, &mut reply) {
            reply.json(&result(request, json!({})));
        }
    });
    let (token, query) = (value("tok"), value("q"));
    // One looks like a reference to the other, and stays what it is.
    let other = keep(&world, "OTHER", &value("other"));
    let odd = format!("$HOME \"é\" {}", other.reference());
    let handles = [keep(&world, "TOKEN", &token), keep(&world, "QUERY", &query), keep(&world, "ODD", &odd)];
    let [first, second, third] = handles.each_ref().map(Handle::reference);
    let url = format!("{}?key={second}", server.url());
    let headers = [
        ("Authorization", format!("Bearer {first}")),
        ("X-Odd", third.clone()),
        ("X-Plain", "a, b".into()),
        ("Accept", "x/y".into()),
    ];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let mut profile = world.profile(&url, false, &headers);
    profile.inside = handles.iter().cloned().chain([other]).collect();

    let mut session = Session::start(&mut with_bus(world.entry(&profile)));
    session.open();
    session.request(1, "ping", json!({}));
    session.answer(1);
    let held: Vec<Vec<u8>> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|process| fs::read(process.unwrap().path().join("cmdline")).ok())
        .collect();
    assert!(held.len() > 1);
    let pid = session.child.id();
    let (status, rest, errors) = session.end();
    assert_eq!((status.code(), rest.len(), errors.as_str()), (Some(0), 0, ""));
    for request in server.asked() {
        assert_eq!(request.header("authorization"), Some(format!("Bearer {token}").as_str()), "{}", request.method);
        assert_eq!(request.header("x-odd"), Some(odd.as_str()));
        assert_eq!(request.header("x-plain"), Some("a, b"));
        // The transport's own word is the last, and the only one.
        assert_eq!(request.count("accept"), 1);
        assert_eq!(request.header("accept") == Some("x/y"), request.method == "DELETE");
        assert_eq!(request.path, format!("/mcp?key={query}"));
    }
    assert!(pid > 1 && server.asked().len() >= 4);
    for value in [&token, &query] {
        assert!(held.iter().all(|line| !line.windows(value.len()).any(|part| part == value.as_bytes())));
        assert!(!holds(world.home(), value), "a file holds it");
    }
}

/// Whether a file below this folder has the value in it.
fn holds(folder: &std::path::Path, value: &str) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            return holds(&path, value);
        }
        memchr::memmem::find(&fs::read(&path).unwrap(), value.as_bytes()).is_some()
    })
}

#[test]
fn a_refused_key_is_not_repeated() {
    if !beside_keyring("a_refused_key_is_not_repeated") {
        return;
    }
    let world = World::new();
    let server = Server::start(|_, mut reply| reply.whole(401, &[], ""));
    let key = value("tok");
    let handle = keep(&world, "TOKEN", &key);
    let url = server.url().replace("http://", &format!("http://user:{}@", handle.reference()));
    let mut profile = world.profile(&url, false, &[("X-Key", &handle.reference())]);
    profile.inside = vec![handle];
    let mut session = Session::start(&mut with_bus(world.entry(&profile)));
    session.request(1, "initialize", json!({}));
    let (answer, _) = session.answer(1);
    assert_eq!(answer["error"]["message"], "demo: the server refused the key (401)");
    let (_, _, errors) = session.end();
    assert_eq!(errors, "warder-relay: demo: the server refused the key (401)\n");
    let basic = data_encoding::BASE64.encode(format!("user:{key}").as_bytes());
    assert_eq!(server.asked()[0].header("authorization"), Some(format!("Basic {basic}").as_str()));
    assert_eq!(server.asked()[0].header("x-key"), Some(key.as_str()));
}

#[test]
fn a_key_does_not_decide_the_host() {
    if !beside_keyring("a_key_does_not_decide_the_host") {
        return;
    }
    let world = World::new();
    let handle = keep(&world, "TOKEN", "x@evil.example.com/");
    let mut profile = world.profile(&format!("https://user:{}@mcp.example.com/", handle.reference()), false, &[]);
    profile.inside = vec![handle];
    let output = with_bus(world.entry(&profile)).output().unwrap();
    assert_eq!(output.status.code(), Some(125));
    let said = "warder-relay: did not start demo: a key decides which host its URL names\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), said);
}

#[test]
fn headers_are_printed_for_the_approved_url_alone() {
    if !beside_keyring("headers_are_printed_for_the_approved_url_alone") {
        return;
    }
    let world = World::new();
    let key = "quote \" and é";
    let handle = keep(&world, "TOKEN", key);
    let authorization = format!("Bearer {}", handle.reference());
    let headers = [("Authorization", authorization.as_str()), ("X-Plain", "1")];
    let mut profile: Profile = world.profile("https://mcp.example.com/mcp", false, &headers);
    profile.inside = vec![handle];
    profile.write(&world.state).unwrap();
    let ask = |url: Option<&str>| {
        let words = ["headers", "--profile", profile.id.as_str()].map(str::to_owned);
        let mut command = with_bus(world.call(words));
        url.map(|url| command.env("CLAUDE_CODE_MCP_SERVER_URL", url));
        command.output().unwrap()
    };
    for url in ["https://mcp.example.com/mcp", "https://MCP.example.com:443/mcp"] {
        let output = ask(Some(url));
        assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(printed, json!({ "Authorization": format!("Bearer {key}"), "X-Plain": "1" }));
    }
    for url in ["https://mcp.example.com/other", "https://evil.example.com/mcp", "http://mcp.example.com/mcp", "", "x"]
    {
        let output = ask(Some(url));
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(125), b"".as_slice()), "{url}");
        let said =
            "warder-relay: did not start demo: its URL changed; if that was you, approve it: warder approve demo\n";
        assert_eq!(String::from_utf8(output.stderr).unwrap(), said);
    }
    // A client that does not say it might send them anywhere.
    let output = ask(None);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(125), b"".as_slice()));
    let said =
        "warder-relay: gave no keys of demo: its client does not say where it would send them; update the client\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), said);
}
