//! What the two shapes of Streamable HTTP ask for.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use serde_json::{Value, json};

use super::World;
use super::server::{Server, opening, result};

/// A message that no JSON library would write so.
const ODD: &str = r#"{ "jsonrpc" : "2.0","method":"vendor/new" ,"params":{"n":1.50,"big":123456789012345678901234567890,
"é":"\u00e9","t":"\ud83d\ude00"},"id":9e0,"extra":[ ] }"#;

#[test]
fn messages_go_through_as_they_came() {
    let answer = ODD.replace("\"method\":\"vendor/new\" ,\"params\"", "\"result\"");
    let sent = answer.clone();
    let server = Server::start(move |request, mut reply| {
        if opening(request, &mut reply) {
            return;
        }
        if request.rpc() == "vendor/news" {
            reply.events();
            let lines: String = sent.lines().map(|line| format!("data: {line}\n")).collect();
            reply.write(lines + "\n");
        } else {
            reply.whole(200, &[("Content-Type", "application/json; charset=utf-8")], &sent);
        }
    });
    let world = World::new();
    let mut session = world.start(&server.url(), false);
    session.open();
    let line = ODD.replace('\n', " ");
    session.write(&line);
    assert_eq!(session.line(), answer.replace('\n', " "));
    session.write(&line.replace("vendor/new", "vendor/news"));
    assert_eq!(session.line(), answer.replace('\n', " "));
    let posted: Vec<String> =
        server.asked().iter().map(|request| String::from_utf8(request.body.clone()).unwrap()).collect();
    assert!(posted.contains(&line), "{posted:?}");
    assert_eq!(session.end().0.code(), Some(0));
}

#[test]
fn a_session_is_kept_and_ended() {
    let (told, came) = mpsc::channel();
    let server = Server::start(move |request, mut reply| {
        if request.method == "GET" {
            let _ = told.send(());
        }
        if !opening(request, &mut reply) {
            reply.json(&result(request, json!({})));
        }
    });
    let world = World::new();
    let mut session = world.start(&server.url(), false);
    session.open();
    session.request(1, "ping", json!({}));
    session.answer(1);
    // Its stream for the server's own messages is opened beside what is asked.
    came.recv_timeout(super::LONG).unwrap();
    let (status, _, errors) = session.end();
    assert_eq!((status.code(), errors.as_str()), (Some(0), ""));
    let asked = server.asked();
    let first = &asked[0];
    assert_eq!((first.header("mcp-session-id"), first.header("mcp-protocol-version")), (None, None));
    assert_eq!(first.header("accept"), Some("application/json, text/event-stream"));
    assert_eq!(first.header("content-type"), Some("application/json"));
    for request in &asked[1..] {
        assert_eq!(request.header("mcp-session-id"), Some("s-1"), "{}", request.method);
        assert_eq!(request.header("mcp-protocol-version"), Some("2025-06-18"), "{}", request.method);
        assert_eq!(request.header("mcp-method"), None);
    }
    let methods: Vec<&str> = asked.iter().map(|request| request.method.as_str()).collect();
    assert!(methods.contains(&"GET"));
    assert_eq!(methods.last(), Some(&"DELETE"));
}

#[test]
fn a_session_that_the_server_forgot_is_begun_anew() {
    let sessions = AtomicUsize::new(0);
    let server = Server::start(move |request, mut reply| match (request.method.as_str(), request.rpc().as_str()) {
        ("POST", "initialize") => {
            let name = format!("s-{}", sessions.fetch_add(1, Ordering::SeqCst));
            let answer = result(request, json!({ "protocolVersion": "2025-11-25" })).to_string();
            reply.head(200, &[("Content-Type", "text/event-stream"), ("Mcp-Session-Id", name.as_str())]);
            reply.write(format!("id: 1\ndata:\n\ndata: {answer}\n\n"));
        }
        ("POST", "notifications/initialized") => reply.accepted(),
        ("POST", _) if request.header("mcp-session-id") == Some("s-0") => reply.whole(404, &[], "gone"),
        ("POST", _) => reply.json(&result(request, json!({}))),
        _ => reply.whole(405, &[], ""),
    });
    let world = World::new();
    let mut session = world.start(&server.url(), false);
    session.open();
    (1..9).for_each(|id| session.request(id, "ping", json!({})));
    let mut ids: Vec<i64> = (1..9).map(|_| session.next()["id"].as_i64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..9).collect::<Vec<_>>());
    let (status, rest, errors) = session.end();
    assert_eq!((status.code(), rest.len(), errors.as_str()), (Some(0), 0, ""));
    let asked = server.asked();
    assert_eq!(asked.iter().filter(|request| request.rpc() == "initialize").count(), 2);
    assert_eq!(asked.iter().filter(|request| request.rpc() == "notifications/initialized").count(), 2);
}

#[test]
fn a_dropped_stream_is_resumed() {
    let resumed = AtomicUsize::new(0);
    let call = Mutex::new(Value::Null);
    let server = Server::start(move |request, mut reply| {
        match request.header("last-event-id") {
            Some(last) => {
                assert_eq!((request.method.as_str(), request.header("mcp-session-id")), ("GET", Some("s-1")));
                // Refused once, dropped once more, and then to the end.
                match resumed.fetch_add(1, Ordering::SeqCst) {
                    0 => reply.whole(503, &[], ""),
                    1 => {
                        assert_eq!(last, "e-2");
                        reply.events();
                        reply.event(Some("e-3"), &json!({ "jsonrpc": "2.0", "method": "two" }));
                    }
                    _ => {
                        assert_eq!(last, "e-3");
                        reply.events();
                        let answer = json!({ "jsonrpc": "2.0", "id": *call.lock().unwrap(), "result": "late" });
                        reply.event(Some("e-4"), &answer);
                    }
                }
            }
            None if opening(request, &mut reply) => {}
            None => {
                *call.lock().unwrap() = request.json()["id"].clone();
                reply.events();
                reply.write("id: e-1\nretry: 10\ndata:\n\n");
                reply.event(Some("e-2"), &json!({ "jsonrpc": "2.0", "method": "one" }));
            }
        }
    });
    let world = World::new();
    let mut session = world.start(&server.url(), false);
    session.open();
    session.request("c", "tools/call", json!({}));
    let (answer, before) = session.answer("c");
    assert_eq!(answer["result"], "late");
    let methods: Vec<&str> = before.iter().map(|message| message["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["one", "two"]);
    assert_eq!(session.end().2, "");
}

#[test]
fn answers_come_in_any_order_and_a_slow_one_blocks_nobody() {
    let (tell, told) = mpsc::channel::<()>();
    let told = Mutex::new(told);
    let server = Server::start(move |request, mut reply| {
        if opening(request, &mut reply) {
            return;
        }
        if request.rpc() == "slow" {
            told.lock().unwrap().recv().unwrap();
        }
        reply.json(&result(request, json!({})));
    });
    let world = World::new();
    let mut session = world.start(&server.url(), false);
    session.open();
    session.request(1, "slow", json!({}));
    for id in 2..6 {
        session.request(id, "quick", json!({}));
        assert_eq!(session.next()["id"], id);
    }
    tell.send(()).unwrap();
    assert_eq!(session.next()["id"], 1);
    assert_eq!(session.end().2, "");
}

#[test]
fn the_server_asks_on_a_stream_of_its_own() {
    let answered = Mutex::new(None::<mpsc::Receiver<Value>>);
    let (tell, told) = mpsc::channel::<Value>();
    *answered.lock().unwrap() = Some(told);
    let server = Server::start(move |request, mut reply| {
        if request.method == "GET" {
            let Some(told) = answered.lock().unwrap().take() else { return reply.whole(405, &[], "") };
            reply.events();
            reply.event(None, &json!({ "jsonrpc": "2.0", "id": "q", "method": "roots/list" }));
            let answer = told.recv().unwrap();
            reply.event(None, &json!({ "jsonrpc": "2.0", "method": "thanks", "params": answer["result"] }));
            reply.until_closed();
        } else if request.json()["id"] == "q" {
            reply.accepted();
            tell.send(request.json()).unwrap();
        } else {
            opening(request, &mut reply);
        }
    });
    let world = World::new();
    let mut session = world.start(&server.url(), false);
    session.open();
    assert_eq!(session.next(), json!({ "jsonrpc": "2.0", "id": "q", "method": "roots/list" }));
    session.send(&json!({ "jsonrpc": "2.0", "id": "q", "result": { "roots": [] } }));
    assert_eq!(session.next()["params"], json!({ "roots": [] }));
    assert_eq!(session.end().2, "");
}

#[test]
fn notifications_keep_their_order() {
    let server = Server::start(|request, mut reply| {
        if !opening(request, &mut reply) {
            reply.accepted();
        }
    });
    let world = World::new();
    let mut session = world.start(&server.url(), false);
    session.open();
    (0..50).for_each(|n| session.notify("n", json!({ "n": n })));
    assert_eq!(session.end().0.code(), Some(0));
    let asked = server.asked();
    let order: Vec<i64> = asked
        .iter()
        .filter(|request| request.rpc() == "n")
        .map(|r| r.json()["params"]["n"].as_i64().unwrap())
        .collect();
    assert_eq!(order, (0..50).collect::<Vec<_>>());
}

#[test]
fn a_request_of_2026_stands_by_itself() {
    let (tell, told) = mpsc::channel::<()>();
    let server = Server::start(move |request, mut reply| match request.rpc().as_str() {
        "tools/list" => {
            let region = json!({ "type": "string", "x-mcp-header": "Region" });
            let schema = json!({ "type": "object", "properties": { "region": region } });
            let tool = json!({ "name": "sql", "inputSchema": schema });
            reply.json(&result(request, json!({ "tools": [tool] })));
        }
        "tools/call" => reply.json(&result(request, json!({}))),
        // Goes on until it is cancelled.
        _ => {
            reply.events();
            reply.event(None, &json!({ "jsonrpc": "2.0", "method": "notifications/subscriptions/acknowledged" }));
            reply.until_closed();
            tell.send(()).unwrap();
        }
    });
    let world = World::new();
    let mut session = world.start(&server.url(), false);
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28" });
    session.request(1, "tools/list", json!({ "_meta": meta }));
    session.answer(1);
    let arguments = json!({ "region": "Zürich" });
    session.request(2, "tools/call", json!({ "name": "sql", "arguments": arguments, "_meta": meta }));
    session.answer(2);
    session.request("sub", "subscriptions/listen", json!({ "_meta": meta }));
    assert_eq!(session.next()["method"], "notifications/subscriptions/acknowledged");
    session.notify("notifications/cancelled", json!({ "requestId": "sub" }));
    told.recv_timeout(super::LONG).unwrap();
    let (status, rest, errors) = session.end();
    assert_eq!((status.code(), rest.len(), errors.as_str()), (Some(0), 0, ""));
    let asked = server.asked();
    assert_eq!(asked.len(), 3, "no stream is asked for, no session ended, no cancellation sent");
    let call = &asked[1];
    for (name, value) in [
        ("mcp-protocol-version", "2026-07-28"),
        ("mcp-method", "tools/call"),
        ("mcp-name", "sql"),
        ("mcp-param-region", "=?base64?WsO8cmljaA==?="),
    ] {
        assert_eq!(call.header(name), Some(value), "{name}");
    }
    assert_eq!(call.header("mcp-session-id"), None);
}

#[test]
fn a_cancelled_request_of_2025_is_the_servers_to_end() {
    let (tell, told) = mpsc::channel::<()>();
    let told = Mutex::new(told);
    let server = Server::start(move |request, mut reply| {
        if opening(request, &mut reply) {
            return;
        }
        if request.rpc() == "notifications/cancelled" {
            reply.accepted();
            tell.send(()).unwrap();
        } else {
            // It ends the stream without an answer, as it should.
            reply.events();
            told.lock().unwrap().recv().unwrap();
        }
    });
    let world = World::new();
    let mut session = world.start(&server.url(), false);
    session.open();
    session.request(5, "tools/call", json!({}));
    session.notify("notifications/cancelled", json!({ "requestId": 5 }));
    let (status, rest, errors) = session.end();
    assert_eq!((status.code(), rest.len(), errors.as_str()), (Some(0), 0, ""));
    assert!(server.asked().iter().any(|request| request.rpc() == "notifications/cancelled"));
}

#[test]
fn the_end_comes_by_itself_and_by_a_signal() {
    let server = Server::start(|request, mut reply| {
        if !opening(request, &mut reply) {
            reply.events();
            reply.until_closed();
        }
    });
    let world = World::new();
    let mut session = world.start(&server.url(), false);
    session.open();
    session.request(1, "never", json!({}));
    assert_eq!(session.end().0.code(), Some(0));
    let mut session = world.start(&server.url(), false);
    session.open();
    session.request(1, "never", json!({}));
    let ended = std::process::Command::new("kill").arg(session.child.id().to_string()).status().unwrap();
    assert!(ended.success());
    assert_eq!(session.wait().0.code(), Some(0));
    assert_eq!(server.asked().iter().filter(|request| request.method == "DELETE").count(), 2);
}
