//! A server that means harm, or is broken: no key goes elsewhere, nothing but
//! MCP gets to the client, and every request is answered.

use std::sync::{Mutex, mpsc};

use serde_json::{Value, json};

use super::World;
use super::server::{Reply, Request, Server, opening, result};

/// What the client is told when one request is answered like this; stderr too.
fn told(answer: impl Fn(&Request, &mut Reply) + Send + Sync + 'static) -> (Value, String) {
    let (world, server) = (
        World::new(),
        Server::start(move |request, mut reply| {
            if !opening(request, &mut reply) {
                answer(request, &mut reply);
            }
        }),
    );
    let mut session = world.start(&server.url(), false);
    session.open();
    session.request(7, "tools/call", json!({ "name": "x" }));
    let (answer, before) = session.answer(7);
    assert!(before.is_empty(), "{before:?}");
    let (status, rest, errors) = session.end();
    assert_eq!((status.code(), rest.len()), (Some(0), 0), "{rest:?}");
    (answer, errors)
}

#[track_caller]
fn assert_fails(told: (Value, String), sentence: &str) {
    let (answer, errors) = told;
    assert_eq!(answer["error"]["message"], format!("demo: {sentence}"));
    assert_eq!(answer["error"]["code"], -32000);
    assert_eq!(errors, format!("warder-relay: demo: {sentence}\n"));
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Server::start(|_, mut reply| reply.accepted());
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/mcp", elsewhere.origin.replace("127.0.0.1", "localhost"));
        let place = location.trim_start_matches("http://").trim_end_matches("/mcp").to_owned();
        let told = told(move |_, reply| reply.whole(status, &[("Location", location.as_str())], ""));
        assert_fails(told, &format!("the server sends on to {place}, which was not approved; nothing was sent there"));
    }
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn a_refused_key_is_said_so() {
    for status in [401, 403] {
        let challenge = [("WWW-Authenticate", "Bearer resource_metadata=\"http://127.0.0.1:1/x\"")];
        let told = told(move |_, reply| reply.whole(status, &challenge, "<html>no</html>"));
        assert_fails(told, &format!("the server refused the key ({status})"));
    }
}

#[test]
fn what_is_no_message_stays_outside() {
    let strange = "the server answered with something that is no MCP message";
    let page = |body: &'static str, kind: &'static str| told(move |_, r| r.whole(200, &[("Content-Type", kind)], body));
    assert_fails(page("<html>hello</html>", "text/html"), strange);
    assert_fails(page("<html>hello</html>", "application/json"), strange);
    assert_fails(page("{\"id\":7,\"result\":{}}", "application/json"), strange);
    assert_fails(page("{}\n{}", "application/json"), strange);
    assert_fails(told(|_, reply| reply.whole(500, &[], "oops")), "the server answered with HTTP status 500");
    assert_fails(told(|_, reply| reply.accepted()), "the server answered nothing");
    assert_fails(told(|_, _| ()), "the connection to the server broke before it answered");
    let (answer, errors) = told(|request, reply| {
        reply.events();
        reply.write("data: hello\n\nevent: other\ndata: {}\n\n: comment\n\n");
        reply.event(None, &result(request, json!({})));
    });
    assert_eq!(answer["result"], json!({}));
    assert_eq!(errors, format!("warder-relay: demo: {strange}\n"));
}

#[test]
fn the_servers_own_error_is_passed_on() {
    let error =
        json!({ "code": -32022, "message": "no\nsuch", "data": { "supported": ["2026-07-28"] }, "more": [1.50] });
    let body = json!({ "jsonrpc": "2.0", "id": null, "error": error });
    let (answer, _) = told(move |_, reply| {
        let pretty = serde_json::to_string_pretty(&body).unwrap();
        reply.whole(400, &[("Content-Type", "application/json")], pretty);
    });
    assert_eq!(answer["error"], error);
}

/// A mebibyte that no line break interrupts.
static BLOCK: [u8; 1 << 20] = [b'x'; 1 << 20];
const LONG: &str = "the server answered with more than 64 MiB";

#[test]
fn an_endless_line_is_cut() {
    assert_fails(
        told(|_, reply| {
            reply.events();
            reply.write("data: {\"jsonrpc\":\"2.0\",\"method\":\"");
            while reply.write(BLOCK) {}
        }),
        LONG,
    );
    // Of any kind: a comment, a field that nobody knows, an answer.
    for (kind, start) in [("text/event-stream", ":"), ("text/event-stream", "what: "), ("application/json", "\"")] {
        let told = told(move |_, reply| {
            reply.head(200, &[("Content-Type", kind)]);
            reply.write(start);
            while reply.write(BLOCK) {}
        });
        assert_fails(told, LONG);
    }
    assert_fails(
        told(|_, reply| {
            reply.head(200, &[("Content-Type", "application/json"), ("Content-Length", "99999999999999")]);
            reply.until_closed();
        }),
        LONG,
    );
}

#[test]
fn a_bomb_does_not_go_off() {
    // Flushed in full, a block says the same each time it comes (RFC 1951); 65
    // times one, behind the head of a file (RFC 1952).
    let mut block = Vec::with_capacity(1 << 16);
    let mut packing = flate2::Compress::new(flate2::Compression::best(), false);
    packing.compress_vec(&BLOCK, &mut block, flate2::FlushCompress::Full).unwrap();
    assert_eq!(packing.total_in(), BLOCK.len() as u64);
    let packed = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff][..], &block.repeat(65)].concat();
    assert!(packed.len() < 1 << 18);
    for kind in ["application/json", "text/event-stream"] {
        let packed = packed.clone();
        let told = told(move |_, reply| {
            reply.head(200, &[("Content-Type", kind), ("Content-Encoding", "gzip")]);
            reply.write(&packed);
        });
        assert_fails(told, LONG);
    }
}

#[test]
fn a_foreign_endpoint_gets_nothing() {
    let (world, elsewhere) = (World::new(), Server::start(|_, mut reply| reply.accepted()));
    let named = format!("{}/message", elsewhere.origin);
    let place = elsewhere.origin.trim_start_matches("http://").to_owned();
    for named in [named.clone(), named.trim_start_matches("http:").to_owned()] {
        let server = Server::start(move |_, mut reply| {
            reply.events();
            reply.write(format!("event: endpoint\ndata: {named}\n\n"));
            reply.until_closed();
        });
        let mut session = world.start(&server.url(), true);
        session.request(1, "initialize", json!({}));
        let said = session.answer(1).0["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(
            said,
            format!("demo: the server wants its messages at {place}, which was not approved; nothing was sent there")
        );
        assert_eq!(session.end().0.code(), Some(0));
    }
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn a_stream_that_is_lost_ends_the_older_transport() {
    const LOST: &str = "demo: the connection to the server is lost; start it again";
    let (lose, lost) = mpsc::channel::<()>();
    let lost = Mutex::new(lost);
    let server = Server::start(move |request, mut reply| {
        if request.method == "GET" {
            reply.events();
            reply.write("event: endpoint\ndata: /message?s=1\n\n");
            lost.lock().unwrap().recv().unwrap();
        } else {
            reply.accepted();
            if matches!(request.rpc().as_str(), "b" | "notifications/end") {
                lose.send(()).unwrap();
            }
        }
    });
    let world = World::new();
    // All that is open gets to know it.
    let mut session = world.start(&server.url(), true);
    session.request("a", "a", json!({}));
    session.request("b", "b", json!({}));
    let (status, rest, errors) = session.wait();
    assert_eq!((status.code(), errors), (Some(1), format!("warder-relay: {LOST}\n")));
    let answers: Vec<Value> = rest.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut told: Vec<&str> = answers.iter().map(|answer| answer["id"].as_str().unwrap()).collect();
    told.sort_unstable();
    assert_eq!(told, ["a", "b"]);
    assert!(answers.iter().all(|answer| answer["error"]["message"] == LOST), "{answers:?}");
    assert_eq!(server.asked()[1].path, "/message?s=1");
    // Nothing is open: it is said all the same.
    let mut session = world.start(&server.url(), true);
    session.notify("notifications/end", json!({}));
    let (status, rest, errors) = session.wait();
    assert_eq!((status.code(), rest.len(), errors), (Some(1), 0, format!("warder-relay: {LOST}\n")));
}

#[test]
fn nobody_there_is_said_so() {
    // Nothing listens there any more.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for sse in [false, true] {
        let world = World::new();
        let mut session = world.start(&format!("http://127.0.0.1:{port}/mcp?key=hidden"), sse);
        session.request(1, "initialize", json!({}));
        let message = session.answer(1).0["error"]["message"].as_str().unwrap().to_owned();
        assert_eq!(message, format!("demo: cannot reach 127.0.0.1:{port}: connection refused"));
        session.notify("notifications/initialized", json!({}));
        let (status, _, errors) = session.end();
        assert_eq!(status.code(), Some(0));
        assert_eq!(errors, format!("warder-relay: {message}\n").repeat(2));
    }
}

#[test]
fn a_strange_line_of_the_client_is_answered() {
    let server = Server::start(|request, mut reply| {
        let _ = opening(request, &mut reply);
    });
    let world = World::new();
    let mut session = world.start(&server.url(), false);
    session.open();
    session.write("hello");
    assert_eq!(
        session.next(),
        json!({ "jsonrpc": "2.0", "id": null,
        "error": { "code": -32700, "message": "this line is no MCP message" } })
    );
    let long = "x".repeat(64 << 20);
    session.write(&format!(r#"{{"method":"tools/call","params":{{"a":"{long}"}},"jsonrpc":"2.0","id":"big"}}"#));
    let (answer, _) = session.answer("big");
    assert_eq!(answer["error"]["message"], "the message is longer than 64 MiB");
    assert!(!server.asked().iter().any(|request| request.rpc() == "tools/call"));
    assert_eq!(session.end().0.code(), Some(0));
}
